"""Files of a tracker's cases: the one that was asked for, whole."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from casecli.domain.errors import NotFoundRemote, Transient

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO

    from casecli.domain.case import Attachment
    from casecli.domain.ports import Snapshot

SLACK = 1_000_000


def wanted(snapshot: Snapshot, attachment: str) -> Attachment:
    """Find a file of a case.

    Raises:
        NotFoundRemote: the case has no such file.
    """
    for each in snapshot.case.attachments:
        if each.id == attachment:
            return each
    raise NotFoundRemote(
        f"{snapshot.number} has no attachment {attachment!r}",
        hint=f"casecli attachments {snapshot.number}",
    )


def copied(pieces: Iterable[bytes], file: Attachment, out: BinaryIO) -> None:
    """Write a file's bytes; compare its size and, if it is ours, its digest.

    Raises:
        Transient: other bytes came than the case tells of.
    """
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
        out.write(piece)
    changed = file.sha256 is not None and digest.hexdigest() != file.sha256
    if size != file.size or changed:
        raise Transient(f"{file.name} did not come back as it was sent")
