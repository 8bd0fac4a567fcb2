"""Redmine over its REST API: a customer's view of one project.

A key is kept in a custom field of the issue and in the last line of each note.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from casecli.backends.http import HttpClient
from casecli.backends.redmine_reading import Reader
from casecli.backends.redmine_settings import PRIORITY, configured
from casecli.backends.redmine_writing import Issues
from casecli.backends.tracker_port import OverTracker
from casecli.backends.tracker_versions import found_by_key
from casecli.domain.calendar import format_time
from casecli.domain.change import Open, Receipt
from casecli.domain.ports import Capabilities, Discovery, Identity, Support

if TYPE_CHECKING:
    from datetime import datetime

    from casecli.backends import BackendOptions

# Their clock is not ours: a key is looked for from a day before it was first sent.
CLOCKS_DIFFER = timedelta(days=1)


class Redmine(OverTracker):
    """The port `Backend` over one project.

    Settings: see `redmine_settings`. The role `agent` is meant literally; any other is
    a customer, who neither reads nor writes private notes. Redmine has no guard of its
    own: what others change between our look and our write is overwritten unseen.
    """

    def __init__(self, options: BackendOptions) -> None:
        self._options = options
        self._setup = configured(options)
        http = HttpClient(self._setup.site)
        self._reader = Reader(http, self._setup)
        tracker = Issues(http, self._reader, self._setup)
        limit = self._setup.max_attachment
        super().__init__(http, self._reader, tracker, options, limit)

    def capabilities(self) -> Capabilities:
        """Say what this project can do; asks it once what it knows."""
        setup, reader = self._setup, self._reader
        words = setup.words
        by_priority = setup.severity_field == PRIORITY
        names = [each.name for each in reader.priorities()] if by_priority else []
        has_severity = by_priority or reader.field(setup.severity_field) is not None
        return Capabilities(
            dedupe=Support.EMULATED,
            horizon=setup.horizon,
            feeds=Support.EMULATED,
            internal_comments=Support.NATIVE,
            attachments=Support.NATIVE,
            escalate=Support.EMULATED,
            reopen=Support.NATIVE,
            close_reason=Support.EMULATED,
            edit_severity=Support.NATIVE if has_severity else Support.NONE,
            concurrency=Support.EMULATED,
            fields=Support.EMULATED,
            max_attachment=setup.max_attachment,
            severities=tuple(words.our_severity(each) for each in names)
            or tuple(words.severities),
            statuses=words.ours,
        )

    def whoami(self) -> Identity:
        """Say whose API key this is."""
        me = self._reader.me()
        return Identity(
            name=str(me["login"]), email=me.get("mail"), role=self._options.role
        )

    def discover(self) -> Discovery:
        """Look at projects, kinds of issue, priorities and custom fields.

        Redmine tells nobody its version.
        """
        setup, reader = self._setup, self._reader
        projects = reader.projects()
        fields: tuple[str, ...] = ()
        choices = {}
        if setup.project in (*projects, *projects.values()):
            fields = reader.fields()
            if setup.tracker and reader.tracker(setup.tracker) is None:
                choices["tracker"] = reader.trackers()
        else:
            choices["project"] = tuple(projects)
        by_priority = setup.severity_field == PRIORITY
        names = [each.name for each in reader.priorities()] if by_priority else []
        return Discovery(
            choices=choices,
            severities=tuple(reversed(names)),
            fields={each: each for each in fields},
            server_time=self._http.server_time,
        )

    def find(
        self, key: str, kind: str, target: str | None, since: datetime
    ) -> Receipt | None:
        """Look for a key; an edit leaves none, but doing it again does no harm."""
        if kind != Open.kind:
            return found_by_key(self._reader.look(self.checked(target or "")), key)
        start = format_time((since - CLOCKS_DIFFER).replace(microsecond=0))
        query: dict[str, str | int] = {
            "project_id": self._setup.project,
            "created_on": f">={start}",
            "sort": "id:desc",
        }
        field = self._reader.field(self._setup.key_field)
        query |= {"author_id": "me"} if field is None else {f"cf_{field}": key}
        for issue in self._reader.issues(query):
            if self._reader.key_of(issue) == key:
                return Receipt(number=str(issue["id"]), verified=True)
        return None
