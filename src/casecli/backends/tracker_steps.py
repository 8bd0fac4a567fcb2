"""Saying something to a tracker that takes a request each for flag, state and words.

Every step may be done again without harm, and what is searched for by its key, the
words, comes last: a change that is found was done completely.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from casecli.backends.tracker_talk import UNFLAGGED, Mark
from casecli.backends.tracker_versions import refuse_if_changed
from casecli.domain.errors import (
    BackendError,
    Invalid,
    NotFoundRemote,
    PermissionDenied,
    RateLimited,
    Transient,
    Unknown,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from casecli.backends.tracker_writing import Message
    from casecli.domain.case import Status
    from casecli.domain.ports import Snapshot


class Steps(Protocol):
    """What such a tracker can do."""

    def look(self, number: str, event: str | None = None) -> Snapshot:
        """Read the case as it is now."""
        ...

    def flag(self, number: str, *, on: bool) -> None:
        """Show everybody that a case is escalated, or is not any more."""
        ...

    def move(self, number: str, status: Status) -> None:
        """Bring a case into a state, by whatever way leads there."""
        ...

    def comment(self, number: str, text: str, mark: Mark, *, internal: bool) -> str:
        """Write a comment and give its id."""
        ...


def say(
    tracker: Steps, number: str, message: Message, version: str | None
) -> tuple[str | None, Mapping[str, str]]:
    """Do the steps of a message; give its id and what was ignored.

    A refused flag is said in words; a state that moved is not undone by a refusal of
    the words.
    """
    if version is not None:
        refuse_if_changed(tracker.look(number), version)
    ignored: dict[str, str] = {}
    kind = message.kind
    if message.escalated is not None:
        try:
            tracker.flag(number, on=message.escalated)
        except (Invalid, PermissionDenied, NotFoundRemote) as error:
            ignored["flag"] = str(error)
            kind = UNFLAGGED if message.escalated else kind
    if message.status is not None:
        tracker.move(number, message.status)
    mark = Mark(message.key, kind)
    text = message.text or "-"
    try:
        return tracker.comment(number, text, mark, internal=message.internal), ignored
    except (Transient, Unknown, RateLimited):
        raise
    except BackendError as error:
        if message.status is None:
            raise
        return None, {**ignored, "text": str(error)}
