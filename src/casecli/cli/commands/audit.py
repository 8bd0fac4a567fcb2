"""`casecli audit`: what left this machine."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from casecli.cli.completing import complete_cases
from casecli.cli.wiring import Session

EXAMPLES = ("casecli audit list --since 7d", "casecli audit list --case CS-1001 --json")
app = typer.Typer(help="What left this machine: when, where to, and what was waived.")


@app.command("list")
def list_(
    ctx: typer.Context,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="From then on.")
    ] = None,
    case: Annotated[
        str | None,
        typer.Option(
            "--case", metavar="CASE", help="Of one case.", autocompletion=complete_cases
        ),
    ] = None,
) -> None:
    """List what was delivered, oldest first: digests and counts, never contents."""
    from casecli.cli.cells import Column
    from casecli.cli.filters import moment
    from casecli.domain.wire import to_plain

    session = Session.of(ctx)
    ref = session.case_ref(case) if case else None
    found = session.store.audited(moment(since, session, "--since"), ref)
    rows: list[dict[str, Any]] = [to_plain(each) for each in found]
    columns = (
        Column(key="at", title="when", time=True),
        Column(key="number", title="case"),
        Column(key="kind", title="what"),
        Column(key="destination", title="where to", shrinks=True),
        Column(key="bytes", title="bytes"),
        Column(key="sha256", title="sha256", shrinks=True),
        Column(key="findings", title="replaced", shrinks=True),
        Column(key="waivers", title="waived", shrinks=True),
    )
    empty = "nothing has left this machine"
    session.screen.items(rows, columns, now=session.now(), empty=empty)
