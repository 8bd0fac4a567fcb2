"""`casecli browse`: open a case in the browser."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.options import CaseArg
from casecli.cli.wiring import Session

EXAMPLES = ("casecli browse CS-1001", "casecli browse CS-1001 --print")


def run(
    ctx: typer.Context,
    case: CaseArg,
    print_: Annotated[
        bool, typer.Option("--print", help="Print the URL, open nothing.")
    ] = False,
) -> None:
    """Open the vendor's page of a case in $BROWSER, or in the system's browser.

    Only https pages, and http ones of this machine, are opened.
    """
    from casecli.cli import browsing

    session = Session.of(ctx)
    found = session.case(session.case_ref(case))
    url = browsing.page_of(found)
    if not print_:
        browsing.visit(session, url)
    plain = {"case": found.ref, "number": found.number, "url": url}
    session.screen.result(plain, lambda: session.screen.line(url) if print_ else None)
