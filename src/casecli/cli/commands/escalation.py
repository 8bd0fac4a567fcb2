"""`casecli escalation`: the escalation of a case, and the agreed updates."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.options import (
    CaseArg,
    DryRunOpt,
    KeyOpt,
    WaitOpt,
    WaiveOpt,
    YesOpt,
)
from casecli.cli.wiring import Session

EXAMPLES = (
    "casecli escalation show CS-1001",
    "casecli escalation plan CS-1001 --mode phone-call --every 4h --attendee kim",
)
app = typer.Typer(help="The escalation of a case, and the updates agreed for it.")


@app.command()
def show(ctx: typer.Context, case: CaseArg) -> None:
    """Show state, owner, due time, plan and feed of the newest escalation."""
    from casecli.cli import escalating

    session = Session.of(ctx)
    escalating.show(session, session.case_ref(case))


@app.command()
def plan(
    ctx: typer.Context,
    case: CaseArg,
    mode: Annotated[
        str, typer.Option("--mode", help="email, phone-call or conference-call.")
    ] = "",
    every: Annotated[str, typer.Option("--every", help="How often: 4h, 1d.")] = "",
    attendee: Annotated[
        list[str] | None, typer.Option("--attendee", help="Who attends; repeatable.")
    ] = None,
    key: KeyOpt = None,
    wait: WaitOpt = None,
    waive: WaiveOpt = None,
    dry_run: DryRunOpt = False,
    yes: YesOpt = False,
) -> None:
    """Record the agreed updates: how, how often, and who must be there.

    All three belong to a plan; the next update is a timer of the case from then on.
    """
    from casecli.cli import escalating, stepping
    from casecli.domain.case import CommunicationPlan

    session = Session.of(ctx)
    agreed = CommunicationPlan(mode=mode, every=every, attendees=tuple(attendee or ()))
    terms = stepping.Terms(key=key, wait=wait, yes=yes, dry_run=dry_run)
    escalating.agree_plan(session, case, agreed, waive or (), terms)
