"""Changes as the tests send them, to whichever server."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from casecli.domain.case import Feed, Visibility
from casecli.domain.change import (
    AddAttachment,
    AddComment,
    Close,
    Deescalate,
    EditFields,
    Escalate,
    Open,
)

if TYPE_CHECKING:
    from casecli.domain.ports import Backend, Snapshot

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Agents:
    """The vendor's side of a server, played by an agent's account."""

    def __init__(self, agent: Backend) -> None:
        self.agent = agent

    def says(self, number: str, text: str) -> object:
        """Write a comment the customer may read."""
        return self._said(number, text, Visibility.PUBLIC)

    def says_internally(self, number: str, text: str) -> object:
        """Write a comment only agents may read."""
        return self._said(number, text, Visibility.INTERNAL)

    def _said(self, number: str, text: str, visibility: Visibility) -> object:
        key = hashlib.sha256(f"{number} {text}".encode()).hexdigest()
        comment = AddComment(
            key=key, case="", at=MONDAY, text=text, visibility=visibility
        )
        return self.agent.deliver(comment, number)


def opening(key: str, **facts: str) -> Open:
    """Build an opening with fields a server has a place for and one it has not."""
    return Open(
        key=key,
        case="L1",
        at=MONDAY,
        subject="Mail is late",
        description="Since noon.",
        text="Since noon.\n\nFrequency: always",
        severity=facts.get("severity"),
        fields={"product.name": "Press", "environment.os": "Debian 12"},
    )


def comment(key: str, text: str, feed: Feed = Feed.CASE) -> AddComment:
    """Build a comment."""
    return AddComment(key=key, case="L1", at=MONDAY, text=text, feed=feed)


def file(key: str, content: bytes, name: str = "trace.bin") -> AddAttachment:
    """Build the change that sends this content."""
    digest = hashlib.sha256(content).hexdigest()
    return AddAttachment(
        key=key, case="L1", at=MONDAY, name=name, sha256=digest, size=len(content)
    )


def edit(key: str, **fields: str) -> EditFields:
    """Build an edit of fields."""
    return EditFields(key=key, case="L1", at=MONDAY, fields=fields)


def escalate(key: str) -> Escalate:
    """Build a request for an escalation, its details in two paragraphs."""
    return Escalate(
        key=key, case="L1", at=MONDAY, reason="impact", details="It stands.\n\nAll day."
    )


def deescalate(key: str) -> Deescalate:
    """Build the agreement to end an escalation."""
    return Deescalate(key=key, case="L1", at=MONDAY, agreement="agreed")


def close(key: str) -> Close:
    """Build a close."""
    return Close(key=key, case="L1", at=MONDAY, reason="solved", text="It prints.")


def read(backend: Backend, number: str) -> Snapshot:
    """Read a case that is there."""
    snapshot = backend.fetch(number)
    assert snapshot is not None
    return snapshot
