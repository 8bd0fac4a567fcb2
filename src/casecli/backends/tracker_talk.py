"""What is said in trackers that know neither feeds nor escalations nor our keys.

Every message of ours carries a mark with the key and the kind of its change. Where a
message has no hidden place for it, the mark is the last line of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from casecli.domain.case import (
    Attachment,
    Comment,
    Escalation,
    EscalationState,
    Feed,
    Side,
    Status,
    Visibility,
    WaitingOn,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from casecli.domain.change import AddAttachment

ESCALATION_LINE = "[escalation]"
IN_ESCALATION = "comment-escalation"
UNFLAGGED = "escalate-unflagged"
MARK = r"casecli (.+) ([a-z-]+)"
_MARKED = re.compile(rf"\[{MARK}\]")
_ABOUT = re.compile(r", (\d{1,18}) bytes, sha256 ([0-9a-f]{64})\Z", re.ASCII)


class Mark(NamedTuple):
    """Key and kind of the change a message came from."""

    key: str
    kind: str

    def __str__(self) -> str:
        return f"casecli {self.key} {self.kind}"


class Enclosed(NamedTuple):
    """A file that came with a message."""

    id: str
    name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message of a case, its mark taken off the text.

    The one that `opens` the case is its description and no comment.
    """

    id: str
    at: datetime
    author: str
    side: Side
    text: str
    mark: Mark | None = None
    opens: bool = False
    internal: bool = False
    files: tuple[Enclosed, ...] = ()

    @property
    def kind(self) -> str:
        """The kind of the change that said it, empty for what is not ours."""
        return self.mark.kind if self.mark else ""


def mark(key: str, kind: str) -> str:
    """Write the mark by which a message of ours is found again."""
    return f"[{Mark(key, kind)}]"


def marked(line: str) -> Mark | None:
    """Read a mark; None where it is none."""
    found = _MARKED.fullmatch(line.strip())
    return Mark(found[1], found[2]) if found else None


def signed(text: str, key: str, kind: str) -> str:
    """Put the mark below a text."""
    return f"{text}\n\n{mark(key, kind)}"


def unsigned(text: str) -> tuple[str, Mark | None]:
    """Take the mark off a text again."""
    said, _, last = text.rpartition("\n")
    found = marked(last)
    return (said.removesuffix("\n"), found) if found else (text, None)


def about(change: AddAttachment) -> str:
    """Write what goes with a file: the note, and last how to tell it is whole."""
    line = f"{change.name}, {change.size} bytes, sha256 {change.sha256}"
    return f"{change.note}\n\n{line}" if change.note else line


def told_of_file(text: str) -> tuple[int | None, str | None]:
    """Read size and digest from what `about` wrote."""
    found = _ABOUT.search(text)
    return (int(found[1]), found[2]) if found else (None, None)


def waiting_on(status: Status) -> WaitingOn:
    """Tell whose move it is where the tracker only knows a status."""
    if status.ended or status is Status.RESOLVED:
        return WaitingOn.NOBODY
    if status is Status.WAITING_ON_THIRD_PARTY:
        return WaitingOn.THIRD_PARTY
    waits = status is Status.WAITING_ON_CUSTOMER
    return WaitingOn.CUSTOMER if waits else WaitingOn.VENDOR


def comments(talk: Iterable[Said]) -> Iterator[Comment]:
    """Read the comments of both feeds."""
    for each in talk:
        if each.opens or each.kind == "attachment" or not each.text:
            continue
        text, feed = each.text, Feed.CASE
        # Ours say in the mark which feed they are of; a vendor's agent types the line.
        if each.kind != "comment" and text.startswith(f"{ESCALATION_LINE}\n"):
            text, feed = text.removeprefix(f"{ESCALATION_LINE}\n"), Feed.ESCALATION
        yield Comment(
            id=each.id,
            at=each.at,
            author=each.author,
            text=text,
            side=each.side,
            feed=feed,
            visibility=Visibility.INTERNAL if each.internal else Visibility.PUBLIC,
            key=each.mark.key if each.mark else None,
        )


def attachments(talk: Iterable[Said]) -> Iterator[Attachment]:
    """Read the files that came with messages."""
    for each in talk:
        key = each.mark.key if each.mark and each.kind == "attachment" else None
        for file in each.files:
            yield Attachment(
                id=file.id,
                at=each.at,
                author=each.author,
                name=file.name,
                size=file.size,
                sha256=told_of_file(each.text.strip())[1] if key else None,
                side=each.side,
                key=key,
            )


def escalation_text(reason: str, outcome: str | None, details: str) -> str:
    """Write an escalation so that a person reads it and `escalations` does too."""
    lines = [f"Reason: {reason}", f"Wanted: {outcome}" if outcome else "", "", details]
    return "\n".join(lines)


def escalations(talk: Sequence[Said], *, escalated: bool) -> Iterator[Escalation]:
    """Pair requests with their ends; `escalated` is what the tracker's field says.

    The vendor takes one up by answering in its feed. One that could not be flagged is
    ended by the customer's word alone.
    """
    asked: Said | None = None
    taken_up: datetime | None = None
    for each in talk:
        if each.kind in ("escalate", UNFLAGGED):
            if asked is not None:
                yield _escalation(asked, taken_up, each.at)
            asked, taken_up = each, None
        elif each.kind == "deescalate" and asked is not None:
            yield _escalation(asked, taken_up, each.at)
            asked = None
        elif each.side is Side.VENDOR and each.text.startswith(f"{ESCALATION_LINE}\n"):
            taken_up = taken_up or each.at
    if asked is not None:
        live = escalated or asked.kind == UNFLAGGED
        yield _escalation(asked, taken_up, None if live else asked.at)


def _escalation(
    asked: Said, taken_up: datetime | None, ended: datetime | None
) -> Escalation:
    text = asked.text.removeprefix(f"{ESCALATION_LINE}\n")
    reason, _, rest = text.partition("\n")
    wanted, _, details = rest.partition("\n\n")
    state = EscalationState.ACTIVE if taken_up else EscalationState.REQUESTED
    return Escalation(
        id=asked.id,
        state=EscalationState.CLOSED if ended else state,
        requested_at=asked.at,
        reason=reason.removeprefix("Reason: "),
        details=details,
        outcome=wanted.removeprefix("Wanted: ") or None,
        acknowledged_at=taken_up,
        closed_at=ended,
        key=asked.mark.key if asked.mark else None,
    )


def outcome(status: Status, talk: Iterable[Said]) -> tuple[Status, str | None]:
    """Tell how a case ended where the tracker cannot: by our own last words.

    A closed case was cancelled if we said so; gives the reason we wrote too.
    """
    last: Said | None = None
    for each in talk:
        if each.kind in ("close", "cancel"):
            last = each
    if last is None or not status.ended:
        return status, None
    withdrawn = status is Status.CLOSED and last.kind == "cancel"
    return Status.CANCELLED if withdrawn else status, last.text.partition("\n")[0]
