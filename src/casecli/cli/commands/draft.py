"""`casecli draft`: unfinished texts."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from casecli.cli.options import EditorOpt, FileOpt, MessageOpt, YesOpt
from casecli.cli.wiring import Session

EXAMPLES = ("casecli draft list", "casecli draft show L12", "casecli draft drop L12")
app = typer.Typer(help="Unfinished texts; nothing you typed is lost.")

DraftArg = Annotated[str, typer.Argument(metavar="REF", help="The draft's ref.")]


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """List drafts, the newest first."""
    from casecli.cli.cells import Column

    session = Session.of(ctx)
    rows: list[dict[str, Any]] = [dict(each) for each in session.store.draft_rows()]
    columns = (
        Column(key="ref", title="ref"),
        Column(key="about", title="comment on"),
        Column(key="subject", title="subject", shrinks=True),
        Column(key="updated_at", title="saved", time=True),
        Column(key="error", title="why it is here", shrinks=True),
    )
    session.screen.items(rows, columns, now=session.now(), empty="no drafts")


@app.command()
def show(ctx: typer.Context, ref: DraftArg) -> None:
    """Show a draft with everything in it, unscrubbed: it never left this machine."""
    from casecli.cli import drafting
    from casecli.domain.wire import to_plain

    session = Session.of(ctx)
    plain: dict[str, Any] = to_plain(drafting.kept_draft(session, ref))
    session.screen.result(plain, lambda: session.screen.pairs(list(plain.items())))


@app.command()
def edit(
    ctx: typer.Context,
    ref: DraftArg,
    message: MessageOpt = None,
    file: FileOpt = None,
    editor: EditorOpt = False,
) -> None:
    """Replace the text of a draft."""
    from dataclasses import replace

    from casecli.cli import drafting, texts
    from casecli.domain.errors import BadInput

    session = Session.of(ctx)
    draft = drafting.kept_draft(session, ref)
    ask = message is None and file is None and session.interactive
    text = texts.gather_text(
        session, message, file, edit=editor or ask, before=draft.description
    )
    if text is None:
        raise BadInput("there is no new text", f"casecli draft edit {ref} -m TEXT")
    session.store.save_draft(replace(draft, description=text, updated_at=session.now()))
    session.screen.notice(f"draft {ref} is saved")


@app.command()
def drop(ctx: typer.Context, ref: DraftArg, yes: YesOpt = False) -> None:
    """Forget a draft for good."""
    from casecli.cli import drafting
    from casecli.cli.confirming import confirm

    session = Session.of(ctx)
    drafting.kept_draft(session, ref)
    confirm(session, f"forget draft {ref}?", yes=yes)
    session.store.drop_draft(ref)
    session.screen.notice(f"draft {ref} is gone")
