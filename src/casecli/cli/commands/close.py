"""`casecli close`: say that a case is done with."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.options import (
    AnswerOpt,
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
    "casecli close CS-1001 --reason resolved --yes",
    "casecli list --status resolved | cut -f1 | casecli close @- --reason resolved -y",
)


def run(
    ctx: typer.Context,
    cases: CasesArg,
    reason: Annotated[
        str | None, typer.Option("--reason", help="Why, one of the policy's reasons.")
    ] = None,
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
    """Close a case at the vendor, with a reason and the policy's confirmations.

    Closing a closed case is no error. Asks for a yes on a terminal and needs --yes
    without one. Several cases, or @- for a list on standard input, are shown first.
    """
    from casecli.app.lifecycle import Step
    from casecli.cli import stepping, texts
    from casecli.domain.policy import Request

    session = Session.of(ctx)
    text = texts.gather_text(session, message, file, edit=editor) or ""
    answers = dict(texts.pairs(answer or (), "--answer"))
    waivers = texts.waivers(waive or ())
    terms = stepping.Terms(key=key, wait=wait, yes=yes, dry_run=dry_run, confirm=True)
    request = Request(channel=channel, reason=reason or "", text=text, answers=answers)
    stepping.take(
        session,
        cases,
        lambda case: Step(verb="close", case=case, request=request, waivers=waivers),
        terms,
    )
