"""Measure what the scrub gate finds, misses and takes for nothing.

`python benchmarks/scrub_accuracy.py [FILE ...]` reads labelled texts, by default the
corpus in `tests/scrub/corpus`, where a value is written ⟦type:value⟧; they are scrubbed
as a user's are, with the tables in them and the second pass. A file with
`harmless` in its name holds lines of which nothing may change. `-v` lists every miss.
`SCRUB_PEERS` names a virtual environment with presidio-analyzer, scrubadub or sos in
it, which are then measured on the same texts, a line at a time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # where the tests are

from casecli.scrub import Gate
from casecli.vault import FileVault
from tests.scrub.labelled import (
    CORPUS,
    MARK,
    Outcome,
    count,
    measure_files,
    measure_gate,
    unmarked,
)

PEERS = ("presidio", "presidio+names", "scrubadub", "sos clean")


def consistent(paths: list[Path]) -> bool:
    """Tell whether two runs, in different orders, give every value one token.

    The case has met all texts before: what it knows is searched for in later ones.
    """
    texts = [unmarked(path.read_text("utf-8"))[0].decode() for path in paths]
    with tempfile.TemporaryDirectory() as folder:
        vault = FileVault(Path(folder) / "vault.db", Path(folder) / "key")
        with vault.case("bench") as case:
            for text in texts:
                Gate().text(text, case)
            first = [Gate().text(text, case).text for text in texts]
            again = [Gate().text(text, case).text for text in reversed(texts)]
    return first == again[::-1]


def lines_of(paths: list[Path]) -> list[tuple[str, bool]]:
    """Give every line of labelled files, and whether it is harmless."""
    return [
        (line, "harmless" in path.name)
        for path in paths
        for line in path.read_text("utf-8").splitlines(keepends=True)
    ]


def measure_peer(name: str, folder: Path, lines: list[tuple[str, bool]]) -> None:
    """Print one row for another scrubber, or say that it is not there."""
    texts = [unmarked(line)[0].decode() for line, _ in lines]
    marks = [mark for line, _ in lines for mark in MARK.findall(line)]
    users = {value for kind, value in marks if kind == "user"}
    hosts = {value for kind, value in marks if kind == "host"}
    domains = {host.partition(".")[2] for host in hosts if host.count(".") > 1}
    asked = {"texts": texts, "users": sorted(users), "domains": sorted(domains)}
    done = subprocess.run(
        [
            str(folder / "bin" / "python"),
            Path(__file__).with_name("scrub_peers.py"),
            name,
        ],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["?"])[-1]
        print(f"  {name:<24} not measured: {why[:60]}")
        return
    answer = json.loads(done.stdout)
    outcome = Outcome()
    for (line, harmless), text, spans in zip(
        lines, texts, answer["spans"], strict=True
    ):
        in_bytes = [
            (len(text[:start].encode()), len(text[:stop].encode()))
            for start, stop in spans
        ]
        count(line, in_bytes, outcome, harmless=harmless)
    size = sum(len(text.encode()) for text in texts) / 1e6
    row(f"{name} {answer['version']}", outcome, size / answer["seconds"])


def row(name: str, outcome: Outcome, speed: float) -> None:
    """Print recall, recall of what all know, false positives, collateral and speed."""
    core = outcome.recall("ipv4", "email", "phone", "card", "iban", "ssn")
    print(
        f"  {name:<24}{outcome.recall():>8.1%}{core:>8.1%}"
        f"{outcome.false_positives():>8.1%}{outcome.collateral():>8.1%}{speed:>10.3f}"
    )


def peers(paths: list[Path]) -> None:
    """Measure others on the same texts where there is an environment with them."""
    folder = os.environ.get("SCRUB_PEERS")
    print("  tool                      recall    core   false   lost      MB/s of CPU")
    begun = time.process_time()
    outcome = measure_files(paths)
    size = sum(len(unmarked(p.read_text("utf-8"))[0]) for p in paths) / 1e6
    row("casecli, stdlib engine", outcome, size / (time.process_time() - begun))
    for name in PEERS:
        if folder:
            measure_peer(name, Path(folder), lines_of(paths))
        else:
            print(f"  {name:<24} not measured: SCRUB_PEERS names no environment")


def main() -> None:
    """Print recall by type, false positives, collateral and consistency."""
    named = [Path(each) for each in sys.argv[1:] if each != "-v"]
    paths = named or sorted(CORPUS.glob("*.txt"))
    for group in (paths, *([path] for path in paths if len(paths) > 1)):
        outcome = measure_gate(list(group))
        alone = measure_files(list(group)).recall()
        print("all files" if group is paths else group[0].name)
        for kind in sorted(outcome.wanted):
            found, every = outcome.found[kind], outcome.wanted[kind]
            if group is paths:
                print(f"  {kind:<11}{found:>4} of {every:<4}{found / every:>7.1%}")
        wanted = sum(outcome.wanted.values())
        print(f"  recall     {outcome.recall():.1%} of {wanted}, by rules {alone:.1%}")
        print(f"  false positives {outcome.false_positives():.1%} of {outcome.lines}")
        print(f"  collateral {outcome.collateral():.2%}")
        if "-v" in sys.argv and group is paths:
            print("\n".join(f"  {note}" for note in outcome.notes))
    print("beside others")
    peers(paths)
    print(f"consistent over files and runs: {'yes' if consistent(paths) else 'NO'}")


if __name__ == "__main__":
    main()
