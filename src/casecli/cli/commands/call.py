"""`casecli call`: whom to phone about a case and what to say, and what was said."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.options import CaseArg, EditorOpt, FileOpt, MessageOpt
from casecli.cli.wiring import Session

EXAMPLES = (
    "casecli call CS-1001",
    "casecli call CS-1001 --log -m 'Ana takes it over, calls back at four'",
)


def run(
    ctx: typer.Context,
    case: CaseArg,
    log: Annotated[
        bool, typer.Option("--log", help="Keep what was said; never sent.")
    ] = False,
    message: MessageOpt = None,
    file: FileOpt = None,
    editor: EditorOpt = False,
) -> None:
    """Show the vendor's telephone numbers, the contract, and what to say.

    Numbers come from the policy and from the profile (`--set phone.support=NUMBER`,
    `--set contract.number=ID`). What is not known is said, so that you find it before
    you dial. With --log, what was said is kept with the case on this machine.
    """
    from casecli.cli import calling, marking, texts
    from casecli.domain.errors import BadInput

    session = Session.of(ctx)
    ref = session.case_ref(case)
    text = texts.gather_text(session, message, file, edit=editor)
    if not log:
        if text is not None:
            raise BadInput("a text needs --log", f"casecli call {case} --log -m TEXT")
        calling.show_sheet(session, ref)
        return
    if not (text or "").strip():
        raise BadInput("what was said?", f"casecli call {case} --log -m TEXT")
    calling.log(session, ref, text or "")
    marking.show(session, [ref], "calls")
