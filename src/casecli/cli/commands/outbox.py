"""`casecli outbox`: see and settle undelivered changes."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.options import EditorOpt, FileOpt, MessageOpt, YesOpt
from casecli.cli.wiring import Session

EXAMPLES = (
    "casecli outbox list",
    "casecli outbox show 0192f",
    "casecli outbox retry 0192f",
)
app = typer.Typer(help="See and settle the changes the vendor does not have yet.")

ChangeArg = Annotated[
    str, typer.Argument(metavar="CHANGE", help="The change's key, or its beginning.")
]


@app.command("list")
def list_(
    ctx: typer.Context,
    all_: Annotated[
        bool, typer.Option("--all", "-a", help="Settled ones too.")
    ] = False,
) -> None:
    """List the changes that wait, oldest first; --all shows settled ones too."""
    from casecli.cli import outboxing

    outboxing.show_list(Session.of(ctx), settled=all_)


@app.command()
def show(ctx: typer.Context, change: ChangeArg) -> None:
    """Show a change: what would be sent, every try, and what you can do."""
    from casecli.cli import outboxing

    session = Session.of(ctx)
    outboxing.show_one(session, outboxing.find(session, change))


@app.command()
def edit(
    ctx: typer.Context,
    change: ChangeArg,
    message: MessageOpt = None,
    file: FileOpt = None,
    editor: EditorOpt = False,
) -> None:
    """Change the text of a queued comment; it passes the gate again."""
    from casecli.cli import outboxing

    session = Session.of(ctx)
    item = outboxing.find(session, change)
    outboxing.edit(session, item, message, file, use_editor=editor)


@app.command()
def retry(ctx: typer.Context, change: ChangeArg) -> None:
    """Put a stuck change back into the queue and try it now."""
    from casecli.cli import outboxing

    session = Session.of(ctx)
    outboxing.again(session, outboxing.find(session, change), reconcile=True)


@app.command()
def resend(ctx: typer.Context, change: ChangeArg, yes: YesOpt = False) -> None:
    """Send a change whose answer was lost again, knowing that it may arrive twice."""
    from casecli.cli import outboxing
    from casecli.cli.confirming import confirm

    session = Session.of(ctx)
    item = outboxing.find(session, change)
    confirm(session, "it may be there already; send it again?", yes=yes)
    outboxing.again(session, item, reconcile=False)


@app.command()
def forget(ctx: typer.Context, change: ChangeArg, yes: YesOpt = False) -> None:
    """Count a change whose answer was lost as done: you saw it at the vendor."""
    from casecli.cli import outboxing
    from casecli.cli.confirming import confirm

    session = Session.of(ctx)
    item = outboxing.find(session, change)
    confirm(session, "count it as delivered?", yes=yes)
    outboxing.give_up(session, item, "counted as delivered by hand")


@app.command()
def drop(ctx: typer.Context, change: ChangeArg, yes: YesOpt = False) -> None:
    """Drop a change that was not delivered; it will never be sent."""
    from casecli.cli import outboxing
    from casecli.cli.confirming import confirm

    session = Session.of(ctx)
    item = outboxing.find(session, change)
    confirm(session, f"drop this {item.change.kind} for good?", yes=yes)
    outboxing.give_up(session, item, "dropped by hand")
