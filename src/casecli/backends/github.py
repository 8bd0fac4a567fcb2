"""GitHub issues as support cases, of one repository; proven by contract, not live.

| setting | meaning | default |
| --- | --- | --- |
| `repository` | `OWNER/NAME` | told by the URL |
| `scope` | `mine`, or `all` for everybody's issues | `all` for an agent |
| `login` | whose token it is | asked |
| `severity_label` | how a label that names a severity begins | `severity: ` |
| `escalated_label` | label while escalated | `escalated` |

`field.ID` is how a label that says a field of ours begins; the other settings are in
`tracker_settings`. A file cannot be sent: GitHub's API takes none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from casecli.backends.github_reading import Reader
from casecli.backends.github_records import unmarked
from casecli.backends.github_writing import Issues
from casecli.backends.http_answers import understood
from casecli.backends.tracker_port import OverTracker
from casecli.backends.tracker_talk import Mark
from casecli.backends.tracker_versions import found_by_key
from casecli.domain.calendar import format_time
from casecli.domain.case import Status
from casecli.domain.change import Open, Receipt
from casecli.domain.errors import NotFoundRemote
from casecli.domain.ports import Capabilities, Discovery, Identity, Snapshot, Support

if TYPE_CHECKING:
    from datetime import datetime

    from casecli.backends import BackendOptions


class GitHub(OverTracker):
    """The port `Backend` over one repository's issues.

    GitHub cannot be told of a version, so what is compared is read just before a write.
    """

    def __init__(self, options: BackendOptions) -> None:
        self._reader = Reader(options)
        super().__init__(self._reader.http, self._reader, Issues(self._reader), options)

    def capabilities(self) -> Capabilities:
        """Say what issues can do; GitHub is not asked."""
        return Capabilities(
            dedupe=Support.EMULATED,
            horizon=self._reader.horizon,
            attachments=Support.NONE,
            concurrency=Support.EMULATED,
            edit_severity=Support.EMULATED,
            severities=tuple(self._reader.words.severities),
            statuses=(Status.OPEN, Status.CLOSED, Status.CANCELLED),
        )

    def whoami(self) -> Identity:
        """Say whose token this is; an app's token needs the setting `login`."""
        return self._reader.identity

    def discover(self) -> Discovery:
        """Look at the repository: whether it has issues, and which labels."""
        repository = self._reader.http.get(self._reader.repository).json()
        with understood():
            if not repository["has_issues"]:
                raise NotFoundRemote(
                    f"{repository['full_name']} has its issues switched off"
                )
            labels = [
                str(each["name"])
                for each in self._reader.all(f"{self._reader.repository}/labels")
            ]
            severities = [self._reader.reading.severity(each) for each in labels]
            return Discovery(
                severities=tuple(each for each in severities if each),
                fields={each: each for each in labels},
                server_time=self._reader.http.server_time,
            )

    def find(
        self, key: str, kind: str, target: str | None, since: datetime
    ) -> Receipt | None:
        """Look for our mark; an edit leaves none, but doing it again does no harm.

        Not by GitHub's search, which learns of an issue some time after it was made.
        """
        wanted = Mark(key, kind)
        if kind == Open.kind:
            own = {
                "creator": self._reader.reading.me,
                "sort": "created",
                "direction": "desc",
            }
            params = {**own, "state": "all", "since": format_time(since)}
            for issue in self._reader.all(self._reader.issues, params):
                with understood():
                    if unmarked(issue.get("body"))[1] == wanted:
                        return Receipt(number=str(issue["number"]), verified=True)
            return None
        return found_by_key(self._reader.look(self.checked(target or "")), key)

    def fetch(self, number: str, if_version: str | None = None) -> Snapshot | None:
        """Read one case; None when it still has `if_version`.

        A version that holds GitHub's own mark is asked for by it, free of any quota.
        """
        number = self.checked(number)
        ours, _, etag = (if_version or "").partition(".")
        known = {"If-None-Match": etag} if etag else None
        reply = self._reader.http.get(f"{self._reader.issues}/{number}", None, known)
        if reply.status == 304:  # noqa: PLR2004 (not modified)
            return None
        snapshot = self._reader.snapshot(reply.json(), reply.headers.get("etag", ""))
        return None if snapshot.version.partition(".")[0] == ours else snapshot
