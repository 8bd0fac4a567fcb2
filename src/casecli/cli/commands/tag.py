"""`casecli tag`: words of ours on cases, to find them by; never sent."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.options import CasesArg
from casecli.cli.wiring import Session

EXAMPLES = (
    "casecli tag CS-1001 --add upgrade-2026",
    "casecli list --mine --json | jq -r '.[].ref' | casecli tag @- --add mine",
    "casecli tag CS-1001 CS-1002 --remove upgrade-2026",
)


def run(
    ctx: typer.Context,
    cases: CasesArg,
    add: Annotated[
        list[str] | None, typer.Option("--add", metavar="TAG", help="Repeatable.")
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", metavar="TAG", help="Repeatable.")
    ] = None,
    assignee: Annotated[
        str | None, typer.Option("--assignee", help="Who of us looks after it.")
    ] = None,
) -> None:
    """Tag cases on this machine; `casecli list --tag TAG` finds them.

    Tags the vendor gave stay whatever is removed here. --assignee notes who of your own
    side looks after a case; an empty name clears it.
    """
    from casecli.cli import marking, stepping

    session = Session.of(ctx)
    refs = stepping.case_refs(session, cases)
    if assignee is not None:
        marking.assign(session, refs, assignee)
    if add or remove or assignee is None:
        marking.tag(session, refs, add or (), remove or ())
    marking.show(session, refs, "tags")
