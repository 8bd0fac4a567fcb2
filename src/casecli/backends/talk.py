"""A case told in messages, for trackers that keep nothing but a text and its author.

What we write ends in a mark: the key and kind of the change it came from, so that it is
found again and read as what it was. Feeds, escalations and reasons are emulated by it.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from casecli.domain.case import (
    Comment,
    Escalation,
    EscalationState,
    Feed,
    Side,
    Visibility,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

ESCALATION_LINE = "[escalation]"
IN_ESCALATION = "comment-escalation"
UNFLAGGED = "escalate-unflagged"
HIDDEN = frozenset({"attachment"})


class Mark(NamedTuple):
    """Key and kind of the change a message came from."""

    key: str
    kind: str

    def __str__(self) -> str:
        return f"casecli {self.key} {self.kind}"


MARK = re.compile(r"casecli (\S+) ([a-z-]+)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something said about a case, its mark taken off the text."""

    id: str
    at: datetime
    author: str
    text: str
    side: Side
    visibility: Visibility = Visibility.PUBLIC
    mark: Mark | None = None

    @property
    def kind(self) -> str:
        """What change of ours it was; empty for what others say."""
        return self.mark.kind if self.mark else ""


def comments(messages: Iterable[Message]) -> Iterator[Comment]:
    """Read messages as comments, in the feed their mark or first line names."""
    for each in messages:
        if each.kind in HIDDEN or not each.text:
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
            visibility=each.visibility,
            key=each.mark.key if each.mark else None,
        )


def escalation_text(reason: str, outcome: str | None, details: str) -> str:
    """Write an escalation so that a person reads it and `escalations` does too."""
    wanted = f"Wanted: {outcome}" if outcome else ""
    return "\n".join([ESCALATION_LINE, f"Reason: {reason}", wanted, "", details])


def escalations(messages: Iterable[Message], *, flagged: bool) -> Iterator[Escalation]:
    """Pair requests with their ends; the vendor ends one by taking the flag away.

    One that could not be flagged is ended by the customer's word alone.
    """
    asked: Message | None = None
    for each in messages:
        if each.kind in ("escalate", UNFLAGGED):
            if asked is not None:
                yield _escalation(asked, each.at)
            asked = each
        elif each.kind == "deescalate" and asked is not None:
            yield _escalation(asked, each.at)
            asked = None
    if asked is not None:
        live = flagged or asked.kind == UNFLAGGED
        yield _escalation(asked, None if live else asked.at)


def _escalation(asked: Message, ended: datetime | None) -> Escalation:
    text = asked.text.removeprefix(f"{ESCALATION_LINE}\n")
    reason, _, rest = text.partition("\n")
    wanted, _, details = rest.partition("\n\n")
    return Escalation(
        id=asked.id,
        state=EscalationState.CLOSED if ended else EscalationState.REQUESTED,
        requested_at=asked.at,
        reason=reason.removeprefix("Reason: "),
        details=details,
        outcome=wanted.removeprefix("Wanted: ") or None,
        closed_at=ended,
        key=asked.mark.key if asked.mark else None,
    )


def close_reason(messages: Sequence[Message]) -> str | None:
    """Give the reason of the last close or cancel of ours, which is its first line."""
    ends = [each for each in messages if each.kind in ("close", "cancel")]
    return ends[-1].text.partition("\n")[0] or None if ends else None


def digest(*facts: object) -> str:
    """Make a short mark of a state; equal for equal JSON."""
    plain = json.dumps(facts, sort_keys=True, default=str)
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


def version(facts: str, talk: str, etag: str = "") -> str:
    """Join the marks of a case's facts and of its talk, and the server's own."""
    return ".".join(filter(None, (facts, talk, etag)))


def same_state(one: str, other: str) -> bool:
    """Compare versions; a server's own mark adds nothing to ours."""
    return one.split(".")[:2] == other.split(".")[:2]


def same_facts(one: str, other: str) -> bool:
    """Compare what an edit could overwrite: talk since then is no conflict."""
    return one.partition(".")[0] == other.partition(".")[0]
