"""Forms with one file in them, written piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, NamedTuple
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MEBIBYTE = 1024 * 1024


class File(NamedTuple):
    """A file on its way up; exactly `size` bytes are read from `source`."""

    field: str
    name: str
    source: BinaryIO
    size: int
    media_type: str = "application/octet-stream"


def form(fields: Mapping[str, str], file: File) -> tuple[bytes, bytes, str]:
    """Give what goes before and after the file's bytes, and the boundary."""
    boundary = uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'
        f"\r\n\r\n{value}\r\n"
        for name, value in fields.items()
    ]
    head = (
        f"--{boundary}\r\nContent-Disposition: form-data; "
        f'name="{_quoted(file.field)}"; filename="{_quoted(file.name)}"\r\n'
        f"Content-Type: {file.media_type}\r\n\r\n"
    )
    tail = f"\r\n--{boundary}--\r\n"
    return "".join([*parts, head]).encode("utf-8", "replace"), tail.encode(), boundary


def _quoted(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def pieces_of(file: File, progress: Callable[[int], None] | None) -> Iterator[bytes]:
    """Read a file by the mebibyte; `progress` is told of each piece that went."""
    left = file.size
    while left and (piece := file.source.read(min(MEBIBYTE, left))):
        left -= len(piece)
        yield piece
        if progress is not None:
            progress(len(piece))
