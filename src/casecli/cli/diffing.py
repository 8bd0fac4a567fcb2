"""What a scrub changes, line by line, at constant memory."""

from __future__ import annotations

from itertools import islice
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
    before, after = iter(old), iter(new)
    number, in_key = 0, False
    for line in before:
        number += 1
        other = next(after, b"")
        in_key = _KEY in line if b"-----" in line else in_key
        if line == other:
            continue
        were = [line]
        if in_key and b"-----" not in line:
            end = _rest_of_key(before, were)
            closing = next(after, b"")
            in_key = False
            yield number, were, other
            number += len(were) - 1
            if end is not None:
                number += 1
                if end != closing:
                    yield number, [end], closing
            continue
        yield number, were, other


def _rest_of_key(before: Iterator[bytes], were: list[bytes]) -> bytes | None:
    """Take the lines of a key up to the one after it, which is given."""
    for line in islice(before, _LONGEST_KEY):
        if b"-----" in line or not _of_a_key(line):
            return line
        were.append(line)
    return None


def _of_a_key(line: bytes) -> bool:
    bare = line.strip()
    return bare.replace(b"+", b"a").replace(b"/", b"a").rstrip(b"=").isalnum()


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r\n")
