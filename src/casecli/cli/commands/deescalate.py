"""`casecli deescalate`: record that the escalation may end."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.options import (
    AnswerOpt,
    CaseArg,
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

EXAMPLES = ("casecli deescalate CS-1001 --agree --answer plan-acceptable=yes",)


def run(
    ctx: typer.Context,
    case: CaseArg,
    agree: Annotated[
        bool, typer.Option("--agree", help="You agree that the escalation ends.")
    ] = False,
    message: MessageOpt = None,
    file: FileOpt = None,
    editor: EditorOpt = False,
    answer: AnswerOpt = None,
    channel: ChannelOpt = "portal",
    key: KeyOpt = None,
    wait: WaitOpt = None,
    waive: WaiveOpt = None,
    dry_run: DryRunOpt = False,
    yes: YesOpt = False,
) -> None:
    """Record the customer's agreement to end the escalation; it goes into the case.

    Only an escalation the vendor has accepted can be ended like this.
    """
    from casecli.app.lifecycle import Step
    from casecli.cli import stepping, texts
    from casecli.domain.policy import Request

    session = Session.of(ctx)
    text = texts.gather_text(session, message, file, edit=editor) or ""
    answers = dict(texts.pairs(answer or (), "--answer"))
    if agree:
        answers["agree"] = "yes"
    waivers = texts.waivers(waive or ())
    terms = stepping.Terms(key=key, wait=wait, yes=yes, dry_run=dry_run, confirm=False)
    request = Request(channel=channel, text=text, answers=answers)
    stepping.take(
        session,
        [case],
        lambda found: Step(
            verb="deescalate", case=found, request=request, waivers=waivers
        ),
        terms,
    )
