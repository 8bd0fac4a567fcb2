"""Sealed attachments: what was approved is what is sent, byte for byte."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from casecli.domain.errors import ScrubRefused, StorageFailed
from casecli.store.process import runs

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from datetime import datetime
    from io import BufferedReader

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_ABANDONED_AFTER = 3600.0
_FORGOTTEN_AFTER = 24 * 3600.0


class FileSpool:
    """Bytes by their sha256 below `folder`: `ab/abcdef…`, read only once sealed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._scratches = self.folder / "tmp"

    def scratch(self) -> Path:
        """Make an empty private file inside the spool, named after this process."""
        with self._translated():
            self._private(self._scratches)
            path = self._scratches / f"{os.getpid()}-{secrets.token_hex(8)}"
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            return path

    def seal(self, scratch: Path) -> tuple[str, int]:
        """Make a scratch file immutable, on disk before this returns.

        The same bytes sealed twice are one file.
        """
        with self._translated():
            fd = os.open(scratch, os.O_RDONLY | _NOFOLLOW)
            with os.fdopen(fd, "rb") as sealed:
                sha256 = hashlib.file_digest(sealed, "sha256").hexdigest()
                size = sealed.tell()
                os.fchmod(fd, 0o400)
                os.fsync(fd)
            place = self._place(sha256)
            self._private(place.parent)
            scratch.replace(place)
            _sync(place.parent)
            return sha256, size

    def open(self, sha256: str) -> BinaryIO:
        """Open sealed bytes, having read them all once to check them.

        Raises:
            ScrubRefused: the bytes are gone or no longer what was approved.
        """
        if not _SHA256.fullmatch(sha256):
            raise ScrubRefused(f"{sha256!r} names no sealed file")
        with self._translated():
            try:
                fd = os.open(self._place(sha256), os.O_RDONLY | _NOFOLLOW)
            except OSError as error:
                raise _missing(sha256) from error
            sealed = os.fdopen(fd, "rb")
            try:
                _ensure_unaltered(sealed, sha256)
            except BaseException:
                sealed.close()
                raise
            return sealed

    def discard(self, sha256: str) -> None:
        """Delete sealed bytes; harmless if they are gone."""
        if _SHA256.fullmatch(sha256):
            with self._translated():
                self._place(sha256).unlink(missing_ok=True)

    def sweep(self, now: datetime, needed: Container[str]) -> int:
        """Delete what nobody comes back for; count the files.

        That is scratch files over an hour old whose process is gone, and sealed ones
        over a day old that are not `needed`: somebody may sit before a last review.
        """
        with self._translated():
            swept = [
                path
                for path in self._files()
                if self._abandoned(path, now.timestamp(), needed)
            ]
            for path in swept:
                path.unlink(missing_ok=True)
        return len(swept)

    def _files(self) -> Iterator[Path]:
        if self.folder.is_dir():
            for folder in self.folder.iterdir():
                yield from folder.iterdir()

    def _abandoned(self, path: Path, now: float, needed: Container[str]) -> bool:
        try:
            age = now - path.lstat().st_mtime
        except FileNotFoundError:  # somebody else was quicker
            return False
        if path.parent != self._scratches:
            sealed = _SHA256.fullmatch(path.name) is not None
            return sealed and path.name not in needed and age > _FORGOTTEN_AFTER
        pid = path.name.partition("-")[0]
        return age > _ABANDONED_AFTER and pid.isdigit() and not runs(int(pid))

    def _place(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256

    def _private(self, folder: Path) -> None:
        """Make a folder below the spool, and the spool, for us alone."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)
            _sync(self.folder)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            why = "the disk is full" if full else (error.strerror or "").lower()
            raise StorageFailed(
                f"the spool {self.folder} cannot be used: {why}", "casecli doctor"
            ) from error


def _missing(sha256: str) -> ScrubRefused:
    return ScrubRefused(
        f"the scrubbed file {sha256[:12]}… is gone from the spool",
        "casecli outbox list",
    )


def _ensure_unaltered(sealed: BufferedReader, sha256: str) -> None:
    if hashlib.file_digest(sealed, "sha256").hexdigest() != sha256:
        raise ScrubRefused(
            f"the scrubbed file {sha256[:12]}… is no longer what was approved",
            "casecli outbox list",
        )
    sealed.seek(0)


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
