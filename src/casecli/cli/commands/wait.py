"""`casecli wait`: until a case has come to a status, for scripts."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.options import CaseArg
from casecli.cli.wiring import Session

EXAMPLES = (
    "casecli wait CS-1001 --until waiting-on-customer,resolved --timeout 2h",
    "casecli wait CS-1001 --until closed --offline",
)


def run(
    ctx: typer.Context,
    case: CaseArg,
    until: Annotated[
        list[str],
        typer.Option(
            "--until", metavar="STATUS", help="One of these; repeat or commas."
        ),
    ],
    timeout: Annotated[
        str, typer.Option("--timeout", metavar="2h", help="How long: 90m, 2h, 3d, 0m.")
    ] = "2h",
) -> None:
    """Wait until a case has one of the statuses; exit 0 then, 8 if the time is up.

    Asks the vendor about this one case, at first every few seconds, then ever more
    seldom up to five minutes; a vendor out of reach is asked again. With --offline the
    cache is looked at once. Prints the status.
    """
    from casecli.cli import awaiting

    session = Session.of(ctx)
    ended = awaiting.run(session, session.case_ref(case), until, timeout)
    if not ended.reached:
        raise typer.Exit(8)
