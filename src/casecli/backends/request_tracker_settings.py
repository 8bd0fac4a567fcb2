"""The settings of a Request Tracker profile, `--set KEY=VALUE`.

| key | meaning | default |
| --- | --- | --- |
| `queue` | where cases are opened | `General` |
| `scope` | TicketSQL of what `sync` reads | the queue |
| `login` | whose token it is | told by the token |
| `key_field` | custom field for our keys | `External-ID` |
| `severity_field` | custom field, or `Priority` | `Severity` |
| `reason_field` | custom field for why it was closed | `Close-Reason` |
| `escalated_field` | custom field that is `yes` while escalated | `Escalated` |
| `field.ID` | custom field for a field of ours | none |
| `map.severity.ID` | their value for a severity of ours | the same |
| `map.status.WORD` | our status for a status of theirs | RT's default lifecycle |
| `max_attachment` | bytes | no limit |
| `horizon`, `overlap` | seconds | 120, 30 |
| `ca_bundle`, `client_cert`, `client_key` | files | the system's |
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from casecli.backends.http_site import Auth, Site
from casecli.backends.request_tracker_records import STATUSES, Vocabulary
from casecli.domain.case import Status
from casecli.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from casecli.backends import BackendOptions

REST = "/REST/2.0"
KEYS = frozenset(
    {
        "queue",
        "scope",
        "login",
        "key_field",
        "severity_field",
        "reason_field",
        "escalated_field",
        "max_attachment",
        "horizon",
        "overlap",
        "ca_bundle",
        "client_cert",
        "client_key",
    }
)
PREFIXES = ("field.", "map.severity.", "map.status.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """A profile's settings, read; `url` is that of the web pages."""

    url: str
    queue: str
    scope: str
    login: str | None
    words: Vocabulary
    max_attachment: int | None
    horizon: timedelta
    overlap: timedelta
    files: Mapping[str, Path]
    clock: Callable[[], datetime] | None

    def site(self, auth: Callable[[], Auth | None]) -> Site:
        """Say how the server is reached."""
        return Site(
            url=f"{self.url}{REST}",
            auth=auth,
            clock=self.clock,
            ca_bundle=self.files.get("ca_bundle"),
            client_cert=self.files.get("client_cert"),
            client_key=self.files.get("client_key"),
        )


def configured(options: BackendOptions) -> Setup:
    """Read a profile's settings.

    Raises:
        BadInput: one is unknown, or not what it should be.
    """
    given = options.settings
    for key in given:
        if key not in KEYS and not key.startswith(PREFIXES):
            names = ", ".join((*sorted(KEYS), *(f"{each}…" for each in PREFIXES)))
            raise BadInput(
                f"{key!r} is no setting of Request Tracker; it takes {names}",
                hint=f"casecli profile show {options.profile}",
            )
    queue = given.get("queue", "General")
    limit = _number(given, "max_attachment", None)
    return Setup(
        url=options.url.rstrip("/").removesuffix(REST),
        queue=queue,
        scope=given.get("scope", f"Queue = '{queue}'"),
        login=given.get("login"),
        words=Vocabulary(
            key=given.get("key_field", "External-ID"),
            severity=given.get("severity_field", "Severity"),
            reason=given.get("reason_field", "Close-Reason"),
            escalated=given.get("escalated_field", "Escalated"),
            fields=_under(given, "field."),
            severities=_under(given, "map.severity."),
            statuses={**STATUSES, **_statuses(given)},
        ),
        max_attachment=limit,
        horizon=timedelta(seconds=_number(given, "horizon", 120) or 0),
        overlap=timedelta(seconds=_number(given, "overlap", 30) or 0),
        files={
            name: Path(given[name])
            for name in ("ca_bundle", "client_cert", "client_key")
            if name in given
        },
        clock=options.now,
    )


def _under(given: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {
        key.removeprefix(prefix): value
        for key, value in given.items()
        if key.startswith(prefix)
    }


def _statuses(given: Mapping[str, str]) -> dict[str, Status]:
    try:
        return {
            theirs: Status(ours)
            for theirs, ours in _under(given, "map.status.").items()
        }
    except ValueError as error:
        names = ", ".join(Status)
        raise BadInput(f"map.status: {error}; it takes {names}") from error


def _number(given: Mapping[str, str], name: str, default: int | None) -> int | None:
    text = given.get(name)
    if text is None:
        return default
    if not text.isdecimal():
        raise BadInput(f"{name} is a number, not {text!r}")
    return int(text)
