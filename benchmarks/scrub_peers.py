"""Let another scrubber mark what it finds; run by that scrubber's own Python.

`python scrub_peers.py NAME < lines.json` reads a JSON list of texts and writes, for
each, a list of [start, stop] in characters.
It exits with 3 where the peer is not installed.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
import time
from collections.abc import Callable
from typing import Any

Find = Callable[[str], list[tuple[int, int]]]
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


PEERS = {
    "presidio": ("presidio-analyzer", presidio_patterns),
    "presidio+names": ("presidio-analyzer", presidio_names),
    "scrubadub": ("scrubadub", scrubadub_default),
}


def main() -> int:
    """Mark the texts of standard input."""
    package, make = PEERS[sys.argv[1]]
    texts = json.load(sys.stdin)
    try:
        version = importlib.metadata.version(package)
        find = make()
    except (ImportError, OSError, importlib.metadata.PackageNotFoundError) as error:
        print(error, file=sys.stderr)
        return MISSING
    begun = time.process_time()
    spans = [find(text) for text in texts]
    seconds = time.process_time() - begun
    json.dump({"version": version, "seconds": seconds, "spans": spans}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
