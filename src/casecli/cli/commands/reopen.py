"""`casecli reopen`: have a closed case taken up again."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.options import (
    CasesArg,
    ChannelOpt,
    DryRunOpt,
    EditorOpt,
    FileOpt,
    KeyOpt,
    MessageOpt,
    WaitOpt,
    WaiveOpt,
    YesOpt,
)
from casecli.cli.wiring import Session

EXAMPLES = (
    "casecli reopen CS-1001 -m 'Same error since this morning'",
    "casecli reopen CS-1001 --follow-up -m 'It is back after two months'",
)


def run(
    ctx: typer.Context,
    cases: CasesArg,
    message: MessageOpt = None,
    file: FileOpt = None,
    editor: EditorOpt = False,
    reason: Annotated[
        str | None, typer.Option("--reason", help="What changed since.")
    ] = None,
    follow_up: Annotated[
        bool,
        typer.Option("--follow-up", help="Open a linked case where it is too late."),
    ] = False,
    channel: ChannelOpt = "portal",
    key: KeyOpt = None,
    wait: WaitOpt = None,
    waive: WaiveOpt = None,
    dry_run: DryRunOpt = False,
    yes: YesOpt = False,
) -> None:
    """Reopen a closed case, within the vendor's reopen window.

    Past the window vendors want a follow-up case: casecli then names the command, and
    with --follow-up opens it, filled from the old one and linked to it.
    """
    from casecli.app.lifecycle import Step
    from casecli.cli import following, stepping, texts
    from casecli.domain.policy import Request

    session = Session.of(ctx)
    text = texts.gather_text(session, message, file, edit=editor) or ""
    waivers = texts.waivers(waive or ())
    terms = stepping.Terms(key=key, wait=wait, yes=yes, dry_run=dry_run, confirm=False)
    request = Request(channel=channel, reason=reason or text, text=text)
    if follow_up and following.too_late(session, cases, request):
        following.open_next(session, cases[0], text or reason or "", terms)
        return
    stepping.take(
        session,
        cases,
        lambda case: Step(verb="reopen", case=case, request=request, waivers=waivers),
        terms,
    )
