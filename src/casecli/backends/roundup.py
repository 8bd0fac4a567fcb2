"""Roundup over its REST API: a customer's view of one tracker.

A key is kept in the message-id of each message, the one that opens the issue too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from casecli.backends.http import HttpClient
from casecli.backends.roundup_reading import Reader
from casecli.backends.roundup_settings import PRIORITY, configured
from casecli.backends.roundup_writing import Issues
from casecli.backends.tracker_port import OverTracker
from casecli.backends.tracker_versions import found_by_key
from casecli.domain.change import Open, Receipt
from casecli.domain.ports import Capabilities, Discovery, Identity, Support

if TYPE_CHECKING:
    from datetime import datetime

    from casecli.backends import BackendOptions


class Roundup(OverTracker):
    """The port `Backend` over one tracker; settings: see `roundup_settings`."""

    def __init__(self, options: BackendOptions) -> None:
        self._options = options
        self._setup = configured(options)
        http = HttpClient(self._setup.site)
        self._reader = Reader(http, self._setup)
        tracker = Issues(http, self._reader, self._setup)
        limit = self._setup.max_attachment
        super().__init__(http, self._reader, tracker, options, limit)

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
            statuses=words.ours,
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

    def discover(self) -> Discovery:
        """Look at priorities, and at what the newest issue has beyond the usual.

        Roundup tells nobody its version; before its first issue it shows no fields.
        """
        by_priority = self._setup.severity_field == PRIORITY
        names = tuple(self._reader.names(PRIORITY).values()) if by_priority else ()
        return Discovery(
            severities=names,
            fields={each: each for each in self._reader.further()},
            server_time=self._http.server_time,
        )

    def find(
        self,
        key: str,
        kind: str,
        target: str | None,
        since: datetime,  # noqa: ARG002 (Roundup keeps our keys for ever)
    ) -> Receipt | None:
        """Look for a key; an edit leaves none, but doing it again does no harm."""
        if kind != Open.kind:
            return found_by_key(self._reader.look(self.checked(target or "")), key)
        for message, _ in self._reader.messages_of(key):
            for number in self._reader.issues_with(message):
                return Receipt(number=number, verified=True)
        return None
