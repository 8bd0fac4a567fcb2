"""Request Tracker 5 over its REST 2.0: a customer's view of one queue.

A key is kept in a custom field of the ticket and in the subject of each message.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from casecli.backends.http import HttpClient
from casecli.backends.http_answers import understood
from casecli.backends.http_site import Auth
from casecli.backends.request_tracker_reading import Reader, quoted
from casecli.backends.request_tracker_records import (
    PRIORITY,
    custom_fields,
)
from casecli.backends.request_tracker_settings import configured
from casecli.backends.request_tracker_writing import Tickets
from casecli.backends.tracker_port import AGENT, OverTracker
from casecli.backends.tracker_talk import marked
from casecli.domain.change import (
    AddAttachment,
    Open,
    Receipt,
)
from casecli.domain.errors import (
    AuthError,
)
from casecli.domain.ports import (
    Capabilities,
    Discovery,
    Identity,
    Support,
)

if TYPE_CHECKING:
    from datetime import datetime

    from casecli.backends import BackendOptions

_TOKEN = re.compile(r"\d+-(\d+)-[0-9a-f]+")


class RequestTracker(OverTracker):
    """The port `Backend` over one queue.

    Settings: see `request_tracker_settings`. The role `agent` is meant literally; any
    other is a customer, who neither reads nor writes internal comments.
    """

    def __init__(self, options: BackendOptions) -> None:
        self._options = options
        self._setup = configured(options, self._auth)
        self._words = self._setup.words
        agent = options.role == AGENT
        http = HttpClient(self._setup.site)
        self._reader = Reader(http, self._setup, agent=agent)
        tracker = Tickets(http, self._reader, self._setup, self.whoami)
        limit = self._setup.max_attachment
        super().__init__(http, self._reader, tracker, options, limit)
        self._login = self._setup.login or options.user
        self._me: Identity | None = None
        self._queue_fields: frozenset[str] | None = None

    def _auth(self, token: str) -> Auth:
        # RT puts the number of the token's owner into the token.
        owner = _TOKEN.fullmatch(token)
        if owner and not self._setup.login:
            self._login = owner[1]
        return Auth(prefix="token ", secret=token)

    def capabilities(self) -> Capabilities:
        """Say what this queue can do; asks it once which custom fields it has."""
        words, has = self._words, self._fields_of_queue()
        return Capabilities(
            dedupe=_support(words.key in has),
            horizon=self._setup.horizon,
            feeds=Support.EMULATED,
            internal_comments=Support.NATIVE,
            attachments=Support.NATIVE,
            escalate=Support.EMULATED,
            reopen=Support.NATIVE,
            close_reason=_support(words.reason in has),
            edit_severity=Support.NATIVE
            if words.severity == PRIORITY or words.severity in has
            else Support.NONE,
            concurrency=Support.NATIVE,
            fields=Support.EMULATED,
            max_attachment=self._setup.max_attachment,
            severities=tuple(words.severities),
            statuses=words.ours,
        )

    def whoami(self) -> Identity:
        """Say whose token this is: RT shows the `id` of one's own record alone."""
        if self._me is None:
            self._http.get("rt")
            with understood():
                found = self._http.get(f"user/{self._login}").json()
                name, email = found.get("Name"), found.get("EmailAddress")
            if "id" not in found or not name:
                raise AuthError(
                    f"the token is not {self._login}'s",
                    hint="casecli profile add NAME --set login=USER",
                )
            self._me = Identity(name=name, email=email, role=self._options.role)
        return self._me

    def discover(self) -> Discovery:
        """Look at the server's version, its queues and this queue's custom fields."""
        queues = self._reader.queues()
        fields: frozenset[str] = frozenset()
        choices = {}
        if self._setup.queue in queues:
            fields = self._fields_of_queue()
        else:
            choices["queue"] = queues
        with understood():
            version = self._http.get("rt").json().get("Version")
            return Discovery(
                version=str(version) if version else None,
                choices=choices,
                severities=tuple(self._words.severities),
                fields={each: each for each in sorted(fields - self._own_fields)},
                server_time=self._http.server_time,
            )

    def find(
        self,
        key: str,
        kind: str,
        target: str | None,
        since: datetime,  # noqa: ARG002 (RT keeps our keys for ever)
    ) -> Receipt | None:
        """Look for a key; an edit leaves none, but doing it again does no harm."""
        if kind == Open.kind:
            query = f"'CF.{{{self._words.key}}}' = {quoted(key)}"
            for ticket in self._reader.tickets(query):
                if custom_fields(ticket).get(self._words.key) == key:
                    return Receipt(number=str(ticket["id"]), verified=True)
            return None
        number = self.checked(target or "")
        for item in self._reader.marked(number, key):
            found = marked(item["Data"] or "")
            if found and found[0] == key and found[1].partition("-")[0] == kind:
                event = str(item["id"])
                if kind == AddAttachment.kind:
                    files = self._reader.files(event)
                    event = files[0].id if files else event
                return Receipt(number=number, event_id=event, verified=True)
        return None

    def close(self) -> None:
        """Let go of both connections; harmless twice."""
        self._reader.close()
        super().close()

    @property
    def _own_fields(self) -> frozenset[str]:
        words = self._words
        return frozenset((words.key, words.severity, words.reason, words.escalated))

    def _fields_of_queue(self) -> frozenset[str]:
        if self._queue_fields is None:
            with understood():
                queue = self._http.get(f"queue/{self._setup.queue}").json()
                found = queue.get("TicketCustomFields") or []
                self._queue_fields = frozenset(each["name"] for each in found)
        return self._queue_fields


def _support(has: bool) -> Support:  # noqa: FBT001 (a yes or no is all it takes)
    return Support.EMULATED if has else Support.NONE
