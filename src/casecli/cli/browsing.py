"""A case's page at the vendor, and the browser to see it in."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from casecli.domain.errors import BadInput, NotFound

if TYPE_CHECKING:
    from casecli.cli.wiring import Session
    from casecli.domain.case import Case

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def page_of(case: Case) -> str:
    """Give the URL of a case if it may be opened.

    Raises:
        NotFound: the vendor gives no page for it.
        BadInput: it leads somewhere a browser should not be sent to.
    """
    url = case.url
    if not url:
        hint = "casecli sync" if case.number is None else f"casecli show {case.label}"
        raise NotFound("page of case", case.label, hint)
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError as error:
        raise BadInput(f"the vendor's URL of case {case.label} is none") from error
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    if not secure or not host or parts.username or not url.isprintable() or " " in url:
        raise BadInput(
            f"{url[:80]!r} is no https page; it is not opened",
            f"casecli show {case.label}",
        )
    return url


def visit(session: Session, url: str) -> None:
    """Open a page in the first browser that starts, without a token in its reach.

    Raises:
        BadInput: none starts.
    """
    import webbrowser

    from casecli.settings import forget_secrets

    forget_secrets()
    wanted = session.settings.command("BROWSER") or ""
    for each in filter(None, wanted.split(os.pathsep)):
        command = each if "%s" in each else f"{each} %s"
        if webbrowser.get(command).open(url):
            return
    if not wanted and webbrowser.open(url):
        return
    raise BadInput("no browser could be started", "casecli browse CASE --print")
