"""The settings of a Redmine profile, `--set KEY=VALUE`.

| key | meaning | default |
| --- | --- | --- |
| `project` | where cases are opened; its identifier | required |
| `tracker` | kind of issue that is opened | the project's first |
| `scope` | query of what `sync` reads, such as `author_id=me` | the project |
| `key_field` | custom field for our keys | `External-ID` |
| `severity_field` | `priority`, or a custom field | `priority` |
| `reason_field` | custom field for why it was closed | `Close-Reason` |
| `escalated_field` | custom field that is set while escalated | `Escalated` |

Custom fields are named or given by number. Where a project has no such field, the key
stands in the last line of a text, and a mark in the talk stands for the rest. What all
trackers take stands in `tracker_settings`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from casecli.backends.http_site import Auth
from casecli.backends.tracker_settings import Common, Given
from casecli.domain.case import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from casecli.backends import BackendOptions

PRIORITY = "priority"
KEYS = frozenset(
    {
        "project",
        "tracker",
        "scope",
        "key_field",
        "severity_field",
        "reason_field",
        "escalated_field",
    }
)
STATUSES = {
    "new": Status.OPEN,
    "in progress": Status.IN_PROGRESS,
    "resolved": Status.RESOLVED,
    "feedback": Status.WAITING_ON_CUSTOMER,
    "closed": Status.CLOSED,
    "rejected": Status.CANCELLED,
}
PRIORITIES = {
    "critical": "Immediate",
    "urgent": "Urgent",
    "high": "High",
    "medium": "Normal",
    "low": "Low",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup(Common):
    """A profile's settings, read; the `*_field`s are names or numbers."""

    project: str
    tracker: str | None
    scope: Mapping[str, str]
    key_field: str
    severity_field: str
    reason_field: str
    escalated_field: str


def configured(options: BackendOptions) -> Setup:
    """Read a profile's settings.

    Raises:
        BadInput: one is unknown, or not what it should be.
    """
    given = Given.checked(options, "Redmine", KEYS)
    project = given.text("project", "")
    severity = given.text("severity_field", PRIORITY)
    url = options.url.rstrip("/")
    return Setup(
        url=url,
        site=given.site(
            url, lambda token: Auth(header="X-Redmine-API-Key", secret=token)
        ),
        max_attachment=given.number("max_attachment"),
        horizon=given.horizon,
        overlap=given.overlap,
        project=project,
        tracker=options.settings.get("tracker"),
        scope=dict(parse_qsl(given.text("scope", f"project_id={project}"))),
        words=given.words(STATUSES, PRIORITIES if severity == PRIORITY else {}),
        key_field=given.text("key_field", "External-ID"),
        severity_field=severity,
        reason_field=given.text("reason_field", "Close-Reason"),
        escalated_field=given.text("escalated_field", "Escalated"),
    )
