"""What a scrub changes, line by line, at constant memory."""

from __future__ import annotations

from itertools import chain, islice, takewhile
from typing import TYPE_CHECKING, BinaryIO

from casecli.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from casecli.cli.screen import Screen

_KEY = b"PRIVATE KEY"
_LONGEST_KEY = 2000  # lines
_HEAD = 4096

Change = tuple[int, list[bytes], bytes]


def show(screen: Screen, name: str, before: Path, after: Path) -> None:
    """Print the lines that change, as a unified diff without context.

    Raises:
        BadInput: it is a folder or no text.
    """
    hint = f"casecli scrub {name} -o OUT"
    if before.is_dir():
        raise BadInput(f"{name} is a folder, and --diff compares texts", hint)
    with before.open("rb") as old, after.open("rb") as new:
        if b"\0" in new.read(_HEAD):
            raise BadInput(f"{name} is no text to compare line by line", hint)
        new.seek(0)
        screen.line((f"--- {name}", "bold"))
        screen.line(("+++ scrubbed", "bold"))
        for number, were, is_ in changes(old, new):
            screen.line((f"@@ line {number} @@", "cyan"))
            for each in were:
                screen.line(("-" + _text(each), "red"))
            screen.line(("+" + _text(is_), "green"))


def changes(old: BinaryIO, new: BinaryIO) -> Iterator[Change]:
    """Pair lines that differ; a key block of many lines becomes one.

    Scrubbing keeps lines apart everywhere else, so no search for matches is needed.
    """
    before: Iterator[bytes] = iter(old)
    after = iter(new)
    number = 0
    while line := next(before, b""):
        number += 1
        other = next(after, b"")
        if line == other:
            continue
        were = [line]
        _, begin, key = line.rpartition(b"-----BEGIN")
        if begin and _KEY in key and b"-----END" not in key:
            rest, left = _rest_of_key(list(islice(before, _LONGEST_KEY)))
            were += rest
            before = chain(left, before)
        yield number, were, other
        number += len(were) - 1


def _rest_of_key(lines: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Part the lines of a key that has begun from those behind it."""
    marked = [at for at, line in enumerate(lines) if b"-----" in line]
    if marked and b"-----END" in lines[marked[0]]:
        size = marked[0] + 1
    else:  # cut off
        size = len(list(takewhile(_of_a_key, lines)))
    return lines[:size], lines[size:]


def _of_a_key(line: bytes) -> bool:
    bare = line.strip()
    return bare.replace(b"+", b"a").replace(b"/", b"a").rstrip(b"=").isalnum()


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r\n")
