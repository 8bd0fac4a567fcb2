"""How a test connects to each server, and which requests there write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from casecli.backends import BackendOptions, open_backend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from casecli.domain.ports import Backend
    from tests.servers.process import Desk


class Kind(NamedTuple):
    """A kind of server: its fixture, its usual settings, the requests that write.

    `tail` is what a profile's URL has after the host; the requests are as the proxy
    sees them, with N for the case's number.
    """

    fixture: str
    settings: Mapping[str, str]
    tail: str
    opens: str
    says: str


KINDS: Mapping[str, Kind] = {
    "rt": Kind(
        fixture="tracker",
        settings={"queue": "support", "field.product.name": "Product"},
        tail="",
        opens="POST /REST/2.0/ticket ",
        says="POST /REST/2.0/ticket/N/correspond",
    ),
    "redmine": Kind(
        fixture="redmine_server",
        settings={"project": "support", "field.product.name": "Product"},
        tail="",
        opens="POST /issues.json",
        says="PUT /issues/N.json",
    ),
    "roundup": Kind(
        fixture="roundup_server",
        settings={"field.product.name": "product"},
        tail="/support/",
        opens="POST /support/rest/data/issue ",
        says="PUT /support/rest/data/issue/N",
    ),
}


def connect(
    name: str,
    desk: Desk,
    url: str = "",
    user: str = "customer",
    settings: Mapping[str, str] | None = None,
    secret: str | None = None,
) -> Backend:
    """Connect to a server, past `url` if given, as one of its seed's users."""
    kind = KINDS[name]
    # Roundup takes no write from under another address than its own.
    own = {"web": desk.url} if name == "roundup" else {}
    return open_backend(
        name,
        BackendOptions(
            profile="live",
            url=f"{url}{kind.tail}" if url else desk.url,
            user=user,
            role="agent" if user == "agent" else "customer",
            folder=Path("unused"),
            settings={**kind.settings, **own, **(settings or {})},
            token=lambda: secret or desk.tokens[user],
        ),
    )
