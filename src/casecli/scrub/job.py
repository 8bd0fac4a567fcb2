"""One file's way through the gate: its limits, its bookkeeping, its byte streams."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from casecli.domain.errors import BadInput, ScrubRefused
from casecli.domain.ports import LeftOut
from casecli.scrub.pieces import Piece
from casecli.scrub.report import Report
from casecli.scrub.stream import Stream
from casecli.scrub.workers import Crew

BLOCK = 160 * 1024
IN_MEMORY = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where an archive stops being believable; sizes in bytes.

    Up to `floor` bytes any compression ratio is fine.
    """

    depth: int = 4
    ratio: int = 100
    floor: int = 64 * 1024 * 1024
    spare_disk: int = 64 * 1024 * 1024


@dataclass(slots=True, kw_only=True)
class Job:
    """One file on its way through the gate.

    `again` is the second pass, over the outcome of each text when all of that is there,
    by the `crew` that it had.
    `is_ours` knows the beginning of a file that must never leave; `went` names what
    was waived and went byte for byte.
    """

    stream: Callable[[], Stream]
    again: Callable[[Iterable[Piece], Crew | None], Iterator[bytes]]
    crew: Callable[[], Crew] | None = None
    name: Callable[[str], str]
    limits: Limits
    waived: frozenset[str]
    report: Report
    progress: Callable[[int], None] | None
    is_ours: Callable[[bytes], bool]
    left_out: list[LeftOut] = field(default_factory=list)
    went: list[str] = field(default_factory=list)
    bytes_in: int = 0
    unpacked: int = 0
    folder: Path = Path()
    source: str = ""

    def read(self, count: int) -> None:
        """Note bytes read from the source."""
        self.bytes_in += count
        if self.progress is not None:
            self.progress(count)

    def unpack(self, count: int) -> None:
        """Note bytes unpacked; refuse what unpacks too far, or to a full disk."""
        self.unpacked += count
        if self.unpacked <= self.limits.floor:
            return
        if self.unpacked > self.limits.ratio * max(self.bytes_in, 1):
            raise ScrubRefused(
                f"{self.source} unpacks to over {self.limits.ratio} times its size",
                "unpack it yourself and attach the folder",
            )
        self.check_disk()

    def check_disk(self) -> None:
        """Refuse to go on when the disk is nearly full."""
        if shutil.disk_usage(self.folder).free < self.limits.spare_disk:
            raise ScrubRefused(
                "the disk is too full to write a scrubbed copy", "casecli doctor"
            )

    def is_waived(self, member: str) -> bool:
        """Tell whether a path may go byte for byte."""
        own = (member, f"{self.source}/{member}", f"{Path(self.source).name}/{member}")
        return any(each in self.waived for each in own)

    def temp(self) -> IO[bytes]:
        """Give a private scratch file that has no name."""
        spool = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - the caller closes it
            IN_MEMORY, dir=str(self.folder)
        )
        return cast("IO[bytes]", spool)


class Stays(Exception):
    """Raised where something cannot be scrubbed and so does not leave."""


class Counted(io.RawIOBase):
    """The source, read at most as far as it reached when it was opened."""

    def __init__(self, file: BinaryIO, job: Job) -> None:
        self._file = file
        self._job = job
        size = os.fstat(file.fileno()).st_size
        self._left = size or None  # files of the kernel say 0 and still have content

    def readable(self) -> bool:
        """Say yes."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Read on, and tell the job."""
        if self._left is not None:
            size = self._left if size < 0 else min(size, self._left)
        try:
            data = self._file.read(size)
        except OSError as error:
            source = self._job.source
            raise BadInput(f"{source} cannot be read: {error.strerror}") from error
        if self._left is not None:
            self._left -= len(data)
        self._job.read(len(data))
        return data


class Measured(io.RawIOBase):
    """A new file; takes its size and sha256 while it is written, front to back."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._size = 0
        self._digest = hashlib.sha256()
        self._in_order = True

    def writable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes; who goes back has the file measured afterwards."""
        return True

    def write(self, data: Any, /) -> int:
        """Write on."""
        if self._in_order:
            self._digest.update(data)
        count = self._file.write(data)
        self._size += count
        return count

    def tell(self) -> int:
        """Say where that is."""
        return self._file.tell()

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Write elsewhere."""
        self._in_order = False
        return self._file.seek(offset, whence)

    def flush(self) -> None:
        """Hand on what is held back."""
        self._file.flush()

    def measure(self, path: Path) -> tuple[int, str]:
        """Give the size and the sha256, when the file is whole and closed."""
        if self._in_order:
            return self._size, self._digest.hexdigest()
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return file.tell(), digest


class Prefixed(io.RawIOBase):
    """Bytes already read, then the rest of where they came from."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        """Say yes."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Read the head first."""
        if not self._head:
            return self._rest.read(size)
        if size < 0:
            data, self._head = self._head, b""
            return data + self._rest.read()
        data, self._head = self._head[:size], self._head[size:]
        return data


class Unpacked(io.RawIOBase):
    """A decoder's output, counted against the limits."""

    def __init__(self, source: IO[bytes], job: Job) -> None:
        self._source = source
        self._job = job

    def readable(self) -> bool:
        """Say yes."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Read on, and refuse a bomb."""
        data = self._source.read(BLOCK if size < 0 else min(size, BLOCK))
        self._job.unpack(len(data))
        return data
