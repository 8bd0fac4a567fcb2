"""What is new between two states of a case, as events for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casecli.domain.case import Side

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from casecli.domain.case import Case

    News = tuple[str, Mapping[str, str]]


def news(old: Case | None, new: Case) -> Iterator[News]:
    """Give kind and data of each event, oldest cause first.

    A case seen for the first time `appeared`, and that is all: what it already holds
    happened before we looked. Our own comments are no news, nor is what disappeared.
    """
    if old is None:
        yield "appeared", {"status": new.status.value}
        return
    if new.status is not old.status:
        yield "status", {"from": old.status.value, "to": new.status.value}
    read = {comment.id for comment in old.comments}
    for comment in new.comments:
        if comment.side is Side.VENDOR and comment.id not in read:
            data = {"id": comment.id, "feed": comment.feed.value}
            yield "comment", {**data, "author": comment.author}
    had = {attachment.id for attachment in old.attachments}
    for attachment in new.attachments:
        if attachment.side is Side.VENDOR and attachment.id not in had:
            yield "attachment", {"id": attachment.id, "name": attachment.name}
    stood = {escalation.id: escalation.state for escalation in old.escalations}
    for escalation in new.escalations:
        before = stood.get(escalation.id)
        if before is not escalation.state:
            data = {"id": escalation.id, "to": escalation.state.value}
            yield "escalation", data if before is None else {**data, "from": before}
