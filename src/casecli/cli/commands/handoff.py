"""`casecli handoff`: what a person carries over to a vendor without an interface."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.options import CaseArg
from casecli.cli.wiring import Session

EXAMPLES = (
    "casecli handoff L12",
    "casecli handoff L12 --copy description",
    "casecli handoff 4711 --eml",
    "casecli handoff 4711 --done all",
)


def run(
    ctx: typer.Context,
    case: CaseArg,
    copy: Annotated[
        str | None,
        typer.Option("--copy", metavar="FIELD", help="Copy and print one field."),
    ] = None,
    eml: Annotated[
        bool, typer.Option("--eml", help="Print where the mails lie that may be sent.")
    ] = False,
    done: Annotated[
        list[str] | None,
        typer.Option(
            "--done",
            metavar="SHEET",
            help="Count a sheet as carried over, by its number, or all; repeatable.",
        ),
    ] = None,
    via: Annotated[
        str | None,
        typer.Option(
            "--via", metavar="CHANNEL", help="With --done: the way it really went."
        ),
    ] = None,
) -> None:
    """Carry a case's changes over to a vendor that has no interface for programs.

    Each change is a sheet in a folder of its own: the vendor's form with its fields in
    order, the scrubbed files, a mail where the vendor takes mail, and what to say on
    the telephone. On a terminal you walk through it field by field, each copied to the
    clipboard where the terminal can; elsewhere all of it is printed. A new case ends
    with its number (`casecli settle`), everything else with --done.
    """
    from casecli.cli import handing
    from casecli.domain.errors import BadInput

    session = Session.of(ctx)
    ref = session.case_ref(case)
    if sum((copy is not None, eml, done is not None)) > 1:
        raise BadInput("--copy, --eml and --done go one at a time")
    if via is not None and done is None:
        raise BadInput(
            "--via needs --done", f"casecli handoff {case} --done all --via {via}"
        )
    if copy is not None:
        handing.copy(session, ref, copy)
    elif eml:
        handing.mails(session, ref)
    elif done is not None:
        handing.done(session, ref, done, via)
    else:
        handing.show(session, ref)
