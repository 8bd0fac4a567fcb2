"""`casecli sync`: deliver the outbox, then take in what changed."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.wiring import Session

EXAMPLES = ("casecli sync", "casecli sync --push", "casecli sync --full --json")


def run(
    ctx: typer.Context,
    push: Annotated[bool, typer.Option("--push", help="Only deliver.")] = False,
    pull: Annotated[bool, typer.Option("--pull", help="Only take in.")] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Take in everything, not just changes.")
    ] = False,
) -> None:
    """Deliver what waits in the outbox, then take in what changed at the vendor.

    A lost answer is looked for before anything is sent again. A failed or partial pull
    closes and deletes nothing. Exit 10 if changes stay undelivered, 5 if a scrubbed
    copy was altered since it was approved.
    """
    from casecli.cli import syncing

    session = Session.of(ctx)
    both = not (push or pull)
    report = syncing.run(session, push=push or both, pull=pull or both, full=full)
    session.screen.result(report.plain(), lambda: report.say(session))
    if report.problem is not None:
        raise report.problem
    if report.refused is not None:
        raise typer.Exit(report.refused.exit_code)
    if report.undelivered:
        raise typer.Exit(10)
