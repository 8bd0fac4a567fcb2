"""`casecli status`: what needs you, or how one case stands."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.completing import complete_cases
from casecli.cli.wiring import Session

EXAMPLES = ("casecli status", "casecli status CS-1001", "casecli status CS-1001 --json")


def run(
    ctx: typer.Context,
    case: Annotated[
        str | None,
        typer.Argument(
            metavar="CASE",
            help="A case; without one, everything.",
            autocompletion=complete_cases,
        ),
    ] = None,
) -> None:
    """Show what needs you, or with CASE how it stands and what you may do now.

    Without CASE, like `git status`: undelivered changes, cases waiting on you, timers
    running out, drafts, and how old the cache is. With CASE the policy judges every
    action: what is refused, by which rule, and the earliest moment where time lifts it.
    """
    from casecli.cli import standing

    standing.show(Session.of(ctx), case)
