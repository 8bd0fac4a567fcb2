"""Let another scrubber mark what it finds; run by that scrubber's own Python.

`python scrub_peers.py NAME < asked.json` reads `{"texts": [...], "users": [...],
"domains": [...]}` and writes, for each text, a list of [start, stop] in characters.
`sos clean` is told the users and domains, which it cannot know from lines. It exits
with 3 where the peer is not installed.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.metadata
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from program_cpu import ran

Spans = list[tuple[int, int]]
Find = Callable[[str], Spans]
MISSING = 3
MODEL = "en_core_web_sm"  # or what a package index calls its copy of it


def presidio_patterns() -> Find:
    """Presidio's recognisers without a language model."""
    import spacy
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    class Blank(SpacyNlpEngine):  # type: ignore[misc]  # known to the peer only
        def __init__(self) -> None:
            super().__init__()
            self.nlp = {"en": spacy.blank("en")}

    return _presidio(AnalyzerEngine(nlp_engine=Blank(), supported_languages=["en"]))


def presidio_names() -> Find:
    """Presidio with spaCy's small English model, which knows names."""
    import spacy
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    found = [e for e in spacy.util.get_installed_models() if e.startswith(MODEL)]
    if not found:
        raise OSError(f"no spaCy model {MODEL}")
    models = [{"lang_code": "en", "model_name": found[0]}]
    made = NlpEngineProvider(
        nlp_configuration={"nlp_engine_name": "spacy", "models": models}
    )
    return _presidio(AnalyzerEngine(nlp_engine=made.create_engine()))


def _presidio(engine: Any) -> Find:
    def find(text: str) -> list[tuple[int, int]]:
        return [(r.start, r.end) for r in engine.analyze(text=text, language="en")]

    return find


def scrubadub_default() -> Find:
    """Scrubadub as it comes."""
    import scrubadub

    scrubber = scrubadub.Scrubber()

    def find(text: str) -> list[tuple[int, int]]:
        return [(filth.beg, filth.end) for filth in scrubber.iter_filth(text)]

    return find


def sos_clean(asked: dict[str, list[str]]) -> tuple[str, float, list[Spans]]:
    """Give the version of sos, the seconds of CPU it takes, and what it changes.

    Raises:
        OSError: it is not there, or failed.
    """
    program = Path(sys.executable).with_name("sos")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = folder / "in" / "all" / "all.log"
        log.parent.mkdir(parents=True)
        texts = [text.rstrip("\n").replace("\n", " ") for text in asked["texts"]]
        log.write_text("".join(text + "\n" for text in texts), "utf-8")
        command = [str(program), "clean", "--batch", "-j1", "-z", "none"]
        command += ["--usernames", ",".join(asked["users"])]
        command += ["--domains", ",".join(asked["domains"])]
        command += ["--tmp-dir", str(folder), str(log.parent)]
        done, seconds = ran(command, subprocess.PIPE)
        made = folder / "all" / "all.log"
        if done.returncode or not made.exists():
            raise OSError((done.stderr or done.stdout).strip()[-200:])
        cleaned = made.read_text("utf-8").split("\n")
    spans = [changed(*pair) for pair in zip(texts, cleaned, strict=False)]
    return str(importlib.import_module("sos").__version__), seconds, spans


def changed(text: str, cleaned: str) -> Spans:
    """Say which words of a text are others in what was made of it."""
    if text == cleaned:
        return []
    words = list(re.finditer(r"[A-Za-z0-9]+|.", text))
    others = re.findall(r"[A-Za-z0-9]+|.", cleaned)
    match = difflib.SequenceMatcher(None, [w[0] for w in words], others, autojunk=False)
    return [
        (words[low].start(), words[high - 1].end())
        for what, low, high, _, _ in match.get_opcodes()
        if what != "equal" and high > low
    ]


PEERS = {
    "presidio": ("presidio-analyzer", presidio_patterns),
    "presidio+names": ("presidio-analyzer", presidio_names),
    "scrubadub": ("scrubadub", scrubadub_default),
}


def found_by(name: str, asked: dict[str, list[str]]) -> tuple[str, float, list[Spans]]:
    """Give a peer's version, the seconds of CPU it takes, and what it marks."""
    package, make = PEERS[name]
    version = importlib.metadata.version(package)
    find = make()
    begun = time.process_time()
    spans = [find(text) for text in asked["texts"]]
    return version, time.process_time() - begun, spans


def main() -> int:
    """Mark the texts of standard input."""
    asked = json.load(sys.stdin)
    try:
        name = sys.argv[1]
        found = sos_clean(asked) if name == "sos clean" else found_by(name, asked)
    except (ImportError, OSError, importlib.metadata.PackageNotFoundError) as error:
        print(error, file=sys.stderr)
        return MISSING
    json.dump(
        dict(zip(("version", "seconds", "spans"), found, strict=True)), sys.stdout
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
