"""`casecli show`: everything about a case."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.options import CaseArg
from casecli.cli.wiring import Session
from casecli.domain.case import Feed

EXAMPLES = (
    "casecli show CS-1001",
    "casecli show CS-1001 --reveal",
    "casecli show L3 --feed escalation --json",
)


def run(
    ctx: typer.Context,
    case: CaseArg,
    feed: Annotated[
        Feed | None, typer.Option("--feed", help="Only this conversation.")
    ] = None,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Real values for tokens, on a terminal.")
    ] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="The cached snapshot as JSON.")
    ] = False,
) -> None:
    """Show a case from the cache: its facts, then what happened, oldest first.

    Tokens stand as they were sent; --reveal puts the real values back, on a terminal
    only, so that they do not end up in a pipe by accident.
    """
    from casecli.cli import casefile

    session = Session.of(ctx)
    ref = session.case_ref(case)
    shown = casefile.read(session, ref, feed=feed, reveal=reveal)
    if raw:
        session.screen.write(casefile.raw(session, ref) + "\n")
        return
    session.screen.result(
        casefile.case_plain(shown), lambda: casefile.say(session, shown)
    )
