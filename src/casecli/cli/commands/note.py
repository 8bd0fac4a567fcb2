"""`casecli note`: a remark of ours on a case, never sent."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.options import CaseArg, EditorOpt, FileOpt, MessageOpt
from casecli.cli.wiring import Session

EXAMPLES = (
    "casecli note CS-1001 -m 'Their build 104 is in our lab since Monday'",
    "casecli note CS-1001 --todo 'ask Kim for the trace'",
    "casecli note CS-1001 --done 1",
)


def run(
    ctx: typer.Context,
    case: CaseArg,
    message: MessageOpt = None,
    file: FileOpt = None,
    editor: EditorOpt = False,
    todo: Annotated[
        str | None, typer.Option("--todo", metavar="TEXT", help="Add a to-do of ours.")
    ] = None,
    done: Annotated[
        int | None,
        typer.Option("--done", metavar="N", min=1, help="Tick off the Nth to-do."),
    ] = None,
) -> None:
    """Keep a remark or a to-do with a case; it stays on this machine.

    Notes stand in `casecli show` and are found by `casecli search`; they are neither
    scrubbed nor sent. To-dos are counted from 1, as `casecli status CASE` lists them.
    """
    from casecli.cli import marking, texts
    from casecli.domain.errors import BadInput

    session = Session.of(ctx)
    ref = session.case_ref(case)
    text = texts.gather_text(session, message, file, edit=editor)
    if not (text or "").strip() and todo is None and done is None:
        raise BadInput("a note needs a text", f"casecli note {case} -m TEXT")
    if done is not None:
        session.screen.notice(f"done: {marking.tick(session, ref, done)}")
    if todo is not None:
        marking.add_todo(session, ref, texts.checked(todo, "--todo"))
    if text:
        marking.add_note(session, ref, text)
    marking.show(session, [ref], "notes" if text else "todos")
