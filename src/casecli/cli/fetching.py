"""Bringing a case's files home, inside one folder and nowhere else."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from casecli.domain.errors import BadInput, Conflicted, StorageFailed
from casecli.domain.text import flat_name

if TYPE_CHECKING:
    from casecli.cli.wiring import Session
    from casecli.domain.case import Attachment, Case


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
    rows = []
    for number, each in enumerate(case.attachments, 1):
        if each.key in there:
            continue
        target = folder / flat_name(each.name, number)
        if (target.exists() or target.is_symlink()) and not force:
            raise Conflicted(f"{target} is there already", "--force overwrites it")
        _fetch_one(session, case.number, each, target)
        rows.append({**to_plain(each), "path": str(target)})
    return rows


class _Digest:
    """Counts and hashes what passes to a file."""

    def __init__(self, out: BinaryIO) -> None:
        self._out, self.sha256, self.size = out, hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        self.size += len(data)
        return self._out.write(data)


def _fetch_one(session: Session, number: str, file: Attachment, target: Path) -> None:
    scratch = target.with_name(f".{target.name[:100]}.part-{os.getpid()}")
    try:
        with scratch.open("xb") as out:
            scratch.chmod(0o600)
            digest = _Digest(out)
            session.delivery.backend.download(number, file.id, digest)  # type: ignore[arg-type] # write() is all a backend uses
            out.flush()
            os.fsync(out.fileno())
        found = digest.sha256.hexdigest()
        if file.sha256 is not None and found != file.sha256:
            raise Conflicted(
                f"{file.name} came with sha256 {found[:12]}…, not {file.sha256[:12]}…"
            )
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)
