"""`casecli events`: what happened, for scripts."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from casecli.cli.wiring import Session

EXAMPLES = (
    "casecli events --since 0 --jsonl",
    "casecli events --since $(cat cursor) --json",
)


def run(
    ctx: typer.Context,
    since: Annotated[
        int, typer.Option("--since", metavar="CURSOR", help="After this cursor.", min=0)
    ] = 0,
    limit: Annotated[
        int, typer.Option("--limit", help="At most so many.", min=1, max=100_000)
    ] = 1000,
) -> None:
    """Print what happened to cached cases after a cursor, oldest first.

    The next cursor is the `seq` of the last event; text output ends with it on
    standard error. Polling with it misses nothing and repeats nothing.
    """
    from casecli.cli.cells import Column
    from casecli.domain.wire import to_plain

    session = Session.of(ctx)
    found = session.store.events(since, limit)
    rows: list[dict[str, Any]] = [to_plain(each) for each in found]
    columns = (
        Column(key="seq", title="cursor"),
        Column(key="at", title="when", time=True),
        Column(key="case", title="case"),
        Column(key="number", title="number"),
        Column(key="kind", title="what"),
        Column(key="data", title="more", shrinks=True),
    )
    session.screen.items(rows, columns, now=session.now(), empty="nothing new")
    session.screen.notice(f"next: --since {found[-1].seq if found else since}")
