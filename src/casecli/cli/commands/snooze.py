"""`casecli snooze`: put cases off until a time."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.options import CasesArg
from casecli.cli.wiring import Session

EXAMPLES = (
    "casecli snooze CS-1001 --until 3d",
    "casecli snooze CS-1001 CS-1002 --until 2026-12-01T09:00+01:00",
    "casecli snooze CS-1001 --off",
)


def run(
    ctx: typer.Context,
    cases: CasesArg,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="TIME", help="A time, a date, or 3d, 4h, 30m."),
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Wake them now.")] = False,
) -> None:
    """Keep cases off the waiting list of `casecli status` until a time; never sent.

    They stay in every other list, and their timers keep running and being shown.
    """
    from casecli.cli import filters, marking, stepping
    from casecli.domain.errors import BadInput

    session = Session.of(ctx)
    if off == (until is not None):
        raise BadInput("say --until TIME or --off", "casecli snooze CASE --until 3d")
    refs = stepping.case_refs(session, cases)
    wanted = session.now() if until is None else filters.ahead(until, session)
    marking.snooze(session, refs, wanted)
    marking.show(session, refs, "snoozed_until")
