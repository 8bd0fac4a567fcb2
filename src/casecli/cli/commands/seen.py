"""`casecli seen`: count what the vendor said so far as read."""

from __future__ import annotations

import typer

from casecli.cli.options import CasesArg
from casecli.cli.wiring import Session

EXAMPLES = (
    "casecli seen CS-1001",
    "casecli list --unread --json | jq -r '.[].ref' | casecli seen @-",
)


def run(ctx: typer.Context, cases: CasesArg) -> None:
    """Mark cases as seen: `casecli list --unread` shows them when there is more.

    Nothing else does: reading a case leaves it unread.
    """
    from casecli.cli import marking, stepping

    session = Session.of(ctx)
    refs = stepping.case_refs(session, cases)
    marking.seen(session, refs)
    session.screen.detail(f"{len(refs)} seen")
    marking.show(session, refs, "number")
