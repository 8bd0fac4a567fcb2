"""Files that nobody else may read, and that are there whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
_LONGEST = 60  # letters of a name, of four bytes each; a folder takes 255 bytes


@contextmanager
def whole(
    path: Path, *, lasting: bool = False, first: bool = False
) -> Iterator[IO[bytes]]:
    """Lend a file to write, which takes the place of another when all is written.

    Its folder is made if need be. One that is `lasting` is on the disk afterwards. With
    `first`, whoever wrote the file before keeps it, also a process that does so now.

    Raises:
        OSError: it could not be written; what was there before is still there.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name[-_LONGEST:]}.{os.urandom(4).hex()}")
    try:
        with os.fdopen(os.open(scratch, _FLAGS, 0o600), "wb") as file:
            yield file
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        if first:
            with suppress(FileExistsError):
                os.link(scratch, path)
        else:
            scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes, *, lasting: bool = False) -> None:
    """Put a file in the place of another at once; its folder is made if need be.

    One that is `lasting` is on the disk when this returns.

    Raises:
        OSError: it could not be written; what was there before is still there.
    """
    with whole(path, lasting=lasting) as file:
        file.write(data)


class Kept:
    """What need not be made again at each start, in a file with a seal.

    `about` is all that it was made of: with anything else there, or a byte of it
    changed, it is made anew. Without a path nothing is kept.
    """

    def __init__(self, path: Path | None, about: bytes) -> None:
        self._path, self._about = path, about

    def load(self) -> bytes | None:
        """Give what was kept, if it is about this and every byte is as written."""
        if self._path is None:
            return None
        try:
            raw = self._path.read_bytes()
        except OSError:
            return None
        seal, data = raw[:32], raw[32:]
        return data if data and self._seal(data) == seal else None

    def save(self, data: bytes) -> None:
        """Keep it for the next start; where that fails, nothing is lost."""
        if self._path is not None:
            with suppress(OSError):
                write_whole(self._path, self._seal(data) + data)

    def _seal(self, data: bytes) -> bytes:
        return hashlib.sha256(self._about + data).digest()
