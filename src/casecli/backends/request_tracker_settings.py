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

What every tracker takes stands in `tracker_settings`. Without `map.severity` a severity
goes as it is, and `map.status` completes RT's default lifecycle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from casecli.backends.request_tracker_records import STATUSES, Vocabulary
from casecli.backends.tracker_settings import Common, Given

if TYPE_CHECKING:
    from collections.abc import Callable

    from casecli.backends import BackendOptions
    from casecli.backends.http_site import Auth

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
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup(Common):
    """A profile's settings, read."""

    queue: str
    scope: str
    login: str | None
    words: Vocabulary


def configured(options: BackendOptions, auth: Callable[[str], Auth]) -> Setup:
    """Read a profile's settings; `auth` makes a header of its token.

    Raises:
        BadInput: one is unknown, or not what it should be.
    """
    given = Given.checked(options, "Request Tracker", KEYS)
    queue = given.text("queue", "General")
    url = options.url.rstrip("/").removesuffix(REST)
    return Setup(
        url=url,
        site=given.site(f"{url}{REST}", auth),
        max_attachment=given.number("max_attachment"),
        horizon=given.horizon,
        overlap=given.overlap,
        queue=queue,
        scope=given.text("scope", f"Queue = '{queue}'"),
        login=options.settings.get("login"),
        words=Vocabulary(
            key=given.text("key_field", "External-ID"),
            severity=given.text("severity_field", "Severity"),
            reason=given.text("reason_field", "Close-Reason"),
            escalated=given.text("escalated_field", "Escalated"),
            fields=given.under("field."),
            severities=given.under("map.severity."),
            statuses={**STATUSES, **given.statuses()},
        ),
    )
