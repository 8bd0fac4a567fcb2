"""Labelled texts: reading them, and measuring what the rules find in them.

In a labelled text a value is written ⟦type:value⟧. A file with `harmless` in its name
holds lines of which nothing may change.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from casecli.scrub import Gate
from casecli.scrub.engines import choose
from casecli.scrub.ruleset import load
from casecli.scrub.spans import Finder, claims
from casecli.scrub.tokens import Tokens
from casecli.vault import FileVault

CORPUS = Path(__file__).parent / "corpus"
MARK = re.compile("⟦(\\w+):([^⟧]*)⟧")


@dataclass(slots=True)
class Outcome:
    """Counts over texts; `spoilt` and `harmless` are letters and digits."""

    wanted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    lines: int = 0
    changed: int = 0
    harmless: int = 0
    spoilt: int = 0
    notes: list[str] = field(default_factory=list)

    def recall(self, *kinds: str) -> float:
        """Give the part that was found of these types, or of all."""
        chosen = kinds or tuple(self.wanted)
        every = sum(self.wanted[kind] for kind in chosen)
        return sum(self.found[kind] for kind in chosen) / every if every else 1.0

    def false_positives(self) -> float:
        """Give the part of the harmless lines that would be changed."""
        return self.changed / self.lines if self.lines else 0.0

    def collateral(self) -> float:
        """Give the part of the harmless characters that would be lost."""
        return self.spoilt / self.harmless if self.harmless else 0.0


def unmarked(text: str) -> tuple[bytes, list[tuple[int, int, str]]]:
    """Take the marks out of a text: its bytes, and (start, stop, type) of each."""
    data = b""
    labels: list[tuple[int, int, str]] = []
    last = 0
    for mark in MARK.finditer(text):
        data += text[last : mark.start()].encode()
        value = mark[2].encode()
        labels.append((len(data), len(data) + len(value), mark[1]))
        data += value
        last = mark.end()
    return data + text[last:].encode(), labels


def measure(finder: Finder, text: str, outcome: Outcome, *, harmless: bool) -> None:
    """Add one text to an outcome."""
    data, _ = unmarked(text)
    found = claims(finder.rules, data, finder.spans(data), ())
    count(
        text, [(start, stop) for start, stop, *_ in found], outcome, harmless=harmless
    )


def count(
    text: str, spans: Iterable[tuple[int, int]], outcome: Outcome, *, harmless: bool
) -> None:
    """Count which labels of a text some spans of its bytes cover."""
    data, labels = unmarked(text)
    taken = bytearray(len(data))
    for start, stop in spans:
        taken[start:stop] = b"\1" * (stop - start)
    letters = bytearray(chr(byte).isalnum() for byte in data)
    for start, stop, kind in labels:
        outcome.wanted[kind] += 1
        if all(taken[at] or not letters[at] for at in range(start, stop)):
            outcome.found[kind] += 1
        else:
            outcome.notes.append(f"missed {kind} {data[start:stop].decode()}")
        letters[start:stop] = bytes(stop - start)
    outcome.harmless += sum(letters)
    outcome.spoilt += sum(a & b for a, b in zip(letters, taken, strict=True))
    if harmless:
        start = 0
        for line in data.splitlines(keepends=True):
            outcome.lines += 1
            if any(taken[start : start + len(line)]):
                outcome.changed += 1
                outcome.notes.append(f"changed {line.decode().rstrip()}")
            start += len(line)


def measure_files(paths: list[Path], engine: str = "stdlib") -> Outcome:
    """Measure labelled files with the rules that ship."""
    finder = Finder(load().rules, lambda rules: choose(rules, engine))
    outcome = Outcome()
    for path in paths:
        harmless = "harmless" in path.name
        measure(finder, path.read_text("utf-8"), outcome, harmless=harmless)
    return outcome


def measure_gate(paths: list[Path]) -> Outcome:
    """Measure files as a user's are scrubbed: tables and second pass included."""
    outcome = Outcome()
    for path in paths:
        text = path.read_text("utf-8")
        harmless = "harmless" in path.name
        count(text, gate_spans(unmarked(text)[0]), outcome, harmless=harmless)
    return outcome


def gate_spans(data: bytes) -> list[tuple[int, int]]:
    """Give where a text was replaced, by going back from the outcome's tokens."""
    spans = []
    with tempfile.TemporaryDirectory() as folder:
        vault = FileVault(Path(folder) / "vault.db", Path(folder) / "key")
        with vault.case("corpus") as case:
            out = Gate().text(data.decode(), case).text.encode()
            tokens = Tokens(case)
            moved = 0
            for start, stop in tokens.find(out):
                value = (tokens.value(out[start:stop]) or "").encode()
                spans.append((start - moved, start - moved + len(value)))
                moved += stop - start - len(value)
    return spans
