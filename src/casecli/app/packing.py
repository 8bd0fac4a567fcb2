"""Making a scrubbed file fit what the vendor takes: compressed, or cut into parts."""

from __future__ import annotations

import gzip
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from casecli.domain.ports import Spool

CHUNK = 1 << 20
FASTEST = 1  # deflate costs more than scrubbing at any higher level


def compressed(source: Path, spool: Spool) -> Path:
    """Write a file as .gz into the spool and remove it; the same bytes every time."""
    target = spool.scratch()
    with (
        source.open("rb") as plain,
        target.open("wb") as raw,
        gzip.GzipFile("", "wb", FASTEST, raw, mtime=0) as packed,
    ):
        shutil.copyfileobj(plain, packed, CHUNK)
    source.unlink()
    return target


def parts(source: Path, limit: int, spool: Spool) -> Iterator[Path]:
    """Cut a file into parts of at most `limit` bytes, and remove it."""
    with source.open("rb") as whole:
        while True:
            first = whole.read(min(CHUNK, limit))
            if not first:
                break
            target = spool.scratch()
            with target.open("wb") as part:
                part.write(first)
                left = limit - len(first)
                while left and (chunk := whole.read(min(CHUNK, left))):
                    part.write(chunk)
                    left -= len(chunk)
            yield target
    source.unlink()
