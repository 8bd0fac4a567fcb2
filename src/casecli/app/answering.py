"""A mailed answer becomes a comment of the vendor; the same mail only once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from casecli.app import adopting
from casecli.domain.case import Attachment, Comment, Side
from casecli.domain.errors import Conflicted, NotFound
from casecli.domain.folding import latest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from casecli.app.adopting import Told
    from casecli.app.mailing import MailedFile, ReceivedMail
    from casecli.app.workplace import Workplace
    from casecli.domain.case import Feed

MAILED = "mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What became of a mail; `new` False where it had been taken in before."""

    ref: str
    comment: str
    new: bool
    files: tuple[Path, ...] = ()


def take_in(
    place: Workplace,
    number: str,
    mail: ReceivedMail,
    keep: Callable[[str, Mapping[str, bytes]], tuple[Path, ...]],
    *,
    feed: Feed,
    told: Told,
) -> Answered:
    """Add a mail to the case with this number; `keep` writes files to a folder.

    Raises:
        NotFound: there is no such case.
        Conflicted: the vendor itself is asked about this case.
        StorageFailed: its files cannot be kept; nothing is taken in then.
    """
    store = place.store
    ref = store.resolve(f"{place.profile}:{number}", place.profile)
    case = store.vendors_case(ref) if ref else None
    if ref is None or case is None:
        raise NotFound("case", number, f"casecli track {number}")
    if store.version(ref) not in (None, adopting.BY_HAND):
        raise Conflicted(
            f"case {number} is read at the vendor, not from mails", "casecli sync"
        )
    if any(each.id == mail.id for each in case.comments):
        return Answered(ref=ref, comment=mail.id, new=False)
    at = min(mail.at or place.now(), place.now())
    name = hashlib.sha256(mail.id.encode()).hexdigest()[:16]
    keep(f"{ref}/{MAILED}", {f"{name}.eml": mail.raw})
    shelf = f"{ref}/{MAILED}/{name}"
    paths = keep(shelf, {each.name: each.content for each in mail.files})
    comment = Comment(
        id=mail.id,
        at=at,
        author=mail.author,
        text=mail.text or mail.subject or "(a mail without words)",
        side=Side.VENDOR,
        feed=feed,
    )
    known = replace(
        case,
        comments=(*case.comments, comment),
        attachments=(
            *case.attachments,
            *(_attachment(each, at, mail.author, shelf) for each in mail.files),
        ),
        updated_at=latest(case.updated_at, at),
        vendor_updated_at=latest(case.vendor_updated_at, at),
    )
    known = adopting.as_told(place, known, told, why=mail.text)
    adopting.take_in(place, number, known)
    return Answered(ref=ref, comment=mail.id, new=True, files=paths)


def _attachment(file: MailedFile, at: datetime, author: str, shelf: str) -> Attachment:
    return Attachment(
        id=f"{shelf}/{file.name}",
        at=at,
        author=author,
        name=file.name,
        size=len(file.content),
        sha256=hashlib.sha256(file.content).hexdigest(),
        side=Side.VENDOR,
    )
