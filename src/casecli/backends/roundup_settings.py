"""The settings of a Roundup profile, `--set KEY=VALUE`.

| key | meaning | default |
| --- | --- | --- |
| `scope` | query of what `sync` reads, such as `creator=ann` | all issues |
| `severity_field` | `priority`, or a property of text | `priority` |
| `reason_field` | property for why an issue was closed | `close_reason` |
| `escalated_field` | property that is true while escalated | `escalated` |
| `web` | the tracker's own address, where we reach it by another | the URL |
| `customers` | more names of our side, comma between | none |

The URL is the tracker's, such as `https://bugs.example.com/support/`; the profile's
user and the secret of `login` are name and password. Where the tracker has no such
property, a mark in the talk stands for it. What all trackers take stands in
`tracker_settings`.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from casecli.backends.http_site import Auth
from casecli.backends.tracker_settings import Common, Given
from casecli.domain.case import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from casecli.backends import BackendOptions

PRIORITY = "priority"
KEYS = frozenset(
    {"scope", "severity_field", "reason_field", "escalated_field", "web", "customers"}
)
STATUSES = {
    "deferred": Status.WAITING_ON_THIRD_PARTY,
    "unread": Status.OPEN,
    "chatting": Status.OPEN,
    "need-eg": Status.WAITING_ON_CUSTOMER,
    "testing": Status.IN_PROGRESS,
    "in-progress": Status.IN_PROGRESS,
    "done-cbb": Status.RESOLVED,
    "resolved": Status.CLOSED,
}
PRIORITIES = {"critical": "critical", "high": "urgent", "medium": "bug", "low": "wish"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup(Common):
    """A profile's settings, read; `url` ends with a slash."""

    user: str
    scope: Mapping[str, str]
    severity_field: str
    reason_field: str
    escalated_field: str
    customers: frozenset[str]


def configured(options: BackendOptions) -> Setup:
    """Read a profile's settings.

    Raises:
        BadInput: one is unknown, or not what it should be.
    """
    given = Given.checked(options, "Roundup", KEYS)
    severity = given.text("severity_field", PRIORITY)
    url = options.url.rstrip("/").removesuffix("/rest") + "/"
    web = given.text("web", url).rstrip("/") + "/"
    parts = urlsplit(web)

    def auth(password: str) -> Auth:
        pair = f"{options.user}:{password}".encode()
        return Auth(prefix="Basic ", secret=base64.b64encode(pair).decode())

    # Without these Roundup takes a write for one a foreign page has foisted on us.
    origin = {
        "X-Requested-With": "casecli",
        "Origin": f"{parts.scheme}://{parts.netloc}",
        "Referer": web,
    }
    if web != url:
        origin["Host"] = parts.netloc
    people = given.text("customers", "").split(",")
    return Setup(
        url=web,
        site=given.site(f"{url}rest", auth, origin),
        max_attachment=given.number("max_attachment"),
        horizon=given.horizon,
        overlap=given.overlap,
        user=options.user,
        scope=dict(parse_qsl(given.text("scope", ""))),
        words=given.words(STATUSES, PRIORITIES if severity == PRIORITY else {}),
        severity_field=severity,
        reason_field=given.text("reason_field", "close_reason"),
        escalated_field=given.text("escalated_field", "escalated"),
        customers=frozenset(each.strip() for each in people if each.strip()),
    )
