"""Bringing a case's files home, inside one folder and nowhere else."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casecli.domain.errors import BadInput, Conflicted, StorageFailed
from casecli.domain.ports import Resuming
from casecli.domain.text import flat_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import FileIO

    from casecli.cli.wiring import Session
    from casecli.domain.case import Attachment, Case

PIECE = 1024 * 1024


def fetch(
    session: Session, case: Case, folder: Path, *, force: bool
) -> list[dict[str, Any]]:
    """Fetch every file of a case that the vendor has; give what went where.

    Raises:
        BadInput: offline, or the case has no number yet.
        Conflicted: a file is there already, or came out different from its digest.
    """
    from casecli.domain.wire import to_plain

    if session.offline:
        raise BadInput("fetching files needs the network, and --offline forbids it")
    if case.number is None:
        raise BadInput(f"case {case.ref} is not at the vendor yet", "casecli sync")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFailed(f"cannot use {folder}: {error.strerror}") from error
    there = {pending.change for pending in case.pending}
    rows: list[dict[str, Any]] = []
    taken: set[str] = set()
    for number, each in enumerate(case.attachments, 1):
        if each.key in there:
            continue
        target = folder / _free_name(flat_name(each.name, number), taken)
        if force or not _is_there(target, each):
            _Fetch(session, case.number, each, target).run()
        rows.append({**to_plain(each), "path": str(target)})
    return rows


def _free_name(name: str, taken: set[str]) -> str:
    """Tell files of one name apart, in the order the case has them."""
    stem, dot, ending = name.partition(".")
    free, n = name, 1
    while free.casefold() in taken:
        n += 1
        free = f"{stem}-{n}{dot}{ending}"
    taken.add(free.casefold())
    return free


def _is_there(target: Path, file: Attachment) -> bool:
    """Tell whether an earlier run fetched this very file.

    Raises:
        Conflicted: something else has its name.
    """
    if not (target.exists() or target.is_symlink()):
        return False
    ours = target.is_file() and not target.is_symlink()
    if ours and file.sha256 and target.stat().st_size == file.size:
        with target.open("rb") as source:
            if hashlib.file_digest(source, "sha256").hexdigest() == file.sha256:
                return True
    raise Conflicted(f"{target} is there already", "--force overwrites it")


class _Digest:
    """Counts, hashes and shows what passes to a file."""

    def __init__(self, out: FileIO, step: Callable[[int], None]) -> None:
        self._out, self._step = out, step
        self.sha256, self.size = hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        self.took(data)
        left = memoryview(data)
        while left:
            left = left[self._out.write(left) :]
        return len(data)

    def took(self, data: bytes) -> None:
        self.sha256.update(data)
        self.size += len(data)
        self._step(len(data))


class _Fetch:
    """One file on its way home, beside its place until it is whole.

    What came before a break stays in a hidden file, named after the file at the vendor,
    and is gone on with where the vendor can.
    """

    def __init__(
        self, session: Session, number: str, file: Attachment, target: Path
    ) -> None:
        self._session, self._number, self._file = session, number, file
        self._target = target
        named = f"{session.profile.name} {number} {file.id} {file.sha256}"
        mark = hashlib.sha256(named.encode()).hexdigest()[:12]
        self._part = target.with_name(f".{target.name[:60]}.{mark}.part")

    def run(self) -> None:
        """Fetch it, check it, and put it in its place.

        Raises:
            Conflicted: it came with another digest, or somebody is fetching it now.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            # Unbuffered, so that what came before a break is there.
            fd = os.open(self._part, flags, 0o600)
            with os.fdopen(fd, "r+b", buffering=0) as out:
                self._be_alone(out)
                self._fill_or_keep(out)
                os.fsync(out.fileno())
                self._part.replace(self._target)
        except OSError as error:
            raise StorageFailed(
                f"cannot write {self._part}: {error.strerror}"
            ) from error

    def _fill_or_keep(self, out: FileIO) -> None:
        try:
            self._fill(out)
        except BaseException:
            if not self._resumes or not out.tell():
                self._part.unlink(missing_ok=True)
            raise

    def _be_alone(self, out: FileIO) -> None:
        import fcntl

        try:
            fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Conflicted(f"{self._target.name} is being fetched already") from error

    @property
    def _resumes(self) -> bool:
        # Without a digest nobody could tell whether the two halves fit.
        able = isinstance(self._session.backend, Resuming)
        return able and self._file.sha256 is not None

    def _fill(self, out: FileIO) -> None:
        begun = out.seek(0, os.SEEK_END) if self._resumes else 0
        if begun and self._came(out, begun):
            return
        if not self._came(out, 0):
            out.truncate(0)
            out.seek(0)
            raise Conflicted(
                f"{self._file.name} came with other bytes than the case tells of",
                f"casecli attachments {self._number} --download DIR",
            )

    def _came(self, out: FileIO, begun: int) -> bool:
        """Fetch what is missing after `begun` bytes; False if the whole is not it."""
        file, backend = self._file, self._session.backend
        label = f"fetching {file.name}"
        with self._session.screen.progress(label, file.size) as step:
            digest = _Digest(out, step)
            out.seek(0)
            while digest.size < begun:
                digest.took(out.read(min(PIECE, begun - digest.size)))
            out.truncate(begun)
            if begun and isinstance(backend, Resuming):
                backend.download_from(self._number, file.id, begun, digest)  # type: ignore[arg-type] # write() is all a backend uses
            else:
                backend.download(self._number, file.id, digest)  # type: ignore[arg-type] # the same
        return file.sha256 in (None, digest.sha256.hexdigest())
