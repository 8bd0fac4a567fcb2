"""`casecli track`: bring a case that was opened elsewhere into the cache."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.wiring import Session

EXAMPLES = (
    "casecli track CS-1001",
    "casecli track 4711 --offline --subject 'Disk full' --severity high",
    "casecli track 4711 --status waiting-on-customer --offline",
)


def run(
    ctx: typer.Context,
    number: Annotated[
        str, typer.Argument(metavar="NUMBER", help="The vendor's number of the case.")
    ],
    subject: Annotated[
        str | None, typer.Option("--subject", "-s", help="What it is about.")
    ] = None,
    severity: Annotated[
        str | None, typer.Option("--severity", help="Effect on the business.")
    ] = None,
    status: Annotated[
        str | None, typer.Option("--status", help="Our word for where it stands.")
    ] = None,
) -> None:
    """Track a case that was opened elsewhere: by phone, in the portal, by a colleague.

    A vendor that can be asked is asked, and its word stands. Of one that cannot, or
    with --offline, the case is kept as you tell it; telling more later adds to it.
    Prints the local ref.
    """
    from casecli.cli import adopting

    told = {"subject": subject, "severity": severity, "status": status}
    adopting.track(Session.of(ctx), number, told)
