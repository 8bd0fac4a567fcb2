"""Pieces of a text that may be settled each by itself, and a place to keep them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple

_HEAD = struct.Struct("<QQ?")


class Piece(NamedTuple):
    """Whole lines, or a part of a very long one, behind the number of the first line.

    What is `cut` is such a part, and settled already: it needs what stands around it.
    """

    line: int
    data: bytes
    cut: bool = False


class Settled(NamedTuple):
    """What became of a stretch of a text, with the context that it had.

    `end` is where its settled part ends; `used` is how many bytes of the input that
    part stands for, `lines` how many line ends they have, None where nobody counted.
    """

    data: bytes
    end: int
    used: int
    lines: int | None


class Scratch:
    """Pieces kept in a file until all of them are there."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def keep(self, pieces: Iterable[Piece]) -> Iterator[int]:
        """Write pieces down; gives the size of each when that is done."""
        for line, data, cut in pieces:
            if data:
                self._file.write(_HEAD.pack(line, len(data), cut))
                yield self._file.write(data)

    def kept(self) -> Iterator[Piece]:
        """Give them again, from the first one on."""
        self._file.seek(0)
        while head := self._file.read(_HEAD.size):
            line, size, cut = _HEAD.unpack(head)
            yield Piece(line, self._file.read(size), cut)
