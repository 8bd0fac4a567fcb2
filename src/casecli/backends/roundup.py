"""Roundup over its REST API: a customer's view of one tracker.

A key is kept in the message-id of each message, the one that opens the issue too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from casecli.backends import API_VERSION
from casecli.backends.http import HttpClient
from casecli.backends.roundup_reading import Reader
from casecli.backends.roundup_settings import PRIORITY, configured
from casecli.backends.roundup_writing import Issues
from casecli.backends.tracker_files import wanted
from casecli.backends.tracker_settings import numeric
from casecli.backends.tracker_writing import Writer, found_by_key
from casecli.domain.change import Open, Receipt
from casecli.domain.ports import Capabilities, Identity, Page, Snapshot, Support

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import BinaryIO

    from casecli.backends import BackendOptions
    from casecli.domain.change import AnyChange

AGENT = "agent"


class Roundup:
    """The port `Backend` over one tracker; settings: see `roundup_settings`."""

    api_version: ClassVar[int] = API_VERSION

    def __init__(self, options: BackendOptions) -> None:
        self._options = options
        self._setup = configured(options)
        self._http = HttpClient(self._setup.site)
        self._reader = Reader(self._http, self._setup)
        self._writer = Writer(
            Issues(self._http, self._reader, self._setup),
            agent=options.role == AGENT,
            max_attachment=self._setup.max_attachment,
        )

    def capabilities(self) -> Capabilities:
        """Say what this tracker can do; asks it once what it knows."""
        setup, reader = self._setup, self._reader
        words = setup.words
        by_priority = setup.severity_field == PRIORITY
        names = tuple(reader.names(PRIORITY).values()) if by_priority else ()
        has_severity = by_priority or reader.has(setup.severity_field)
        return Capabilities(
            dedupe=Support.EMULATED,
            horizon=setup.horizon,
            feeds=Support.EMULATED,
            internal_comments=Support.NONE,
            attachments=Support.NATIVE,
            escalate=Support.EMULATED,
            reopen=Support.NATIVE,
            close_reason=Support.EMULATED,
            edit_severity=Support.NATIVE if has_severity else Support.NONE,
            concurrency=Support.NATIVE,
            fields=Support.EMULATED,
            max_attachment=setup.max_attachment,
            severities=tuple(words.our_severity(each) for each in reversed(names))
            or tuple(words.severities),
            statuses=tuple(
                dict.fromkeys(each.value for each in words.statuses.values())
            ),
        )

    def whoami(self) -> Identity:
        """Check name and password."""
        me = self._reader.me()
        return Identity(
            name=str(me["username"]),
            email=me.get("address"),
            role=self._options.role,
            account=me.get("organisation"),
        )

    def deliver(
        self,
        change: AnyChange,
        target: str | None,
        version: str | None = None,
        source: BinaryIO | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Receipt:
        """Do one change; a `version` guards edit, close, cancel and reopen.

        Talk since then does not count as a conflict, another change of facts does.
        """
        if isinstance(change, Open):
            return self._writer.open(change)
        number = numeric(target or "")
        return self._writer.do(change, number, version, source, progress)

    def find(
        self,
        key: str,
        kind: str,
        target: str | None,
        since: datetime,  # noqa: ARG002 (Roundup keeps our keys for ever)
    ) -> Receipt | None:
        """Look for a key; an edit leaves none, but doing it again does no harm."""
        if kind != Open.kind:
            return found_by_key(self._reader.look(numeric(target or "")), key)
        for message, _ in self._reader.messages_of(key):
            for number in self._reader.issues_with(message):
                return Receipt(number=number, verified=True)
        return None

    def fetch(self, number: str, if_version: str | None = None) -> Snapshot | None:
        """Read one case; None when it still has `if_version`."""
        snapshot = self._reader.look(numeric(number))
        return None if snapshot.version == if_version else snapshot

    def changed_since(self, cursor: str | None, limit: int) -> Page:
        """Read by last activity; one seen lately is given again only if it changed."""
        return self._reader.changed_since(cursor, max(limit, 1))

    def download(self, number: str, attachment: str, out: BinaryIO) -> None:
        """Write a file's bytes, and compare size and, if ours, digest.

        Raises:
            NotFoundRemote: the case has no such file.
            Transient: other bytes came than were sent.
        """
        snapshot = self._reader.look(numeric(number))
        self._reader.download(wanted(snapshot, attachment), out)

    def close(self) -> None:
        """Let go of the connection; harmless twice."""
        self._http.close()
