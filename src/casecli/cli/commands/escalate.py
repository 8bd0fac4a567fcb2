"""`casecli escalate`: ask for management attention."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.options import (
    AnswerOpt,
    CaseArg,
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
    "casecli escalate CS-1001",
    "casecli policy check escalate CS-1001",
    "casecli escalate CS-1001 --reason other -m 'No answer for two days' -y",
)


def run(
    ctx: typer.Context,
    case: CaseArg,
    reason: Annotated[
        str | None, typer.Option("--reason", help="The ground, one of the policy's.")
    ] = None,
    message: MessageOpt = None,
    file: FileOpt = None,
    editor: EditorOpt = False,
    impact: Annotated[
        str | None, typer.Option("--impact", help="Who suffers, and how.")
    ] = None,
    outcome: Annotated[
        str | None, typer.Option("--outcome", help="What you want to come of it.")
    ] = None,
    contact: Annotated[
        str | None, typer.Option("--contact", help="Whom to call, if not the contact.")
    ] = None,
    answer: AnswerOpt = None,
    channel: Annotated[
        str, typer.Option("--channel", help="web, phone or email.")
    ] = "web",
    key: KeyOpt = None,
    wait: WaitOpt = None,
    waive: WaiveOpt = None,
    dry_run: DryRunOpt = False,
    yes: YesOpt = False,
) -> None:
    """Ask the vendor's management for attention, after every criterion of the policy.

    Escalating is not a technical transfer and not a change of severity. What refuses
    it is said with rule, source, remedy and, where time lifts it, the earliest moment;
    `casecli policy check escalate CASE` asks without doing. One escalation of a case
    can be live; the talk with its owner is `casecli comment CASE --feed escalation`.
    """
    from casecli.app.lifecycle import Step
    from casecli.cli import stepping, texts
    from casecli.domain.case import Case, Contact
    from casecli.domain.policy import Request

    session = Session.of(ctx)
    text = texts.gather_text(session, message, file, edit=editor) or ""
    answers = dict(texts.pairs(answer or (), "--answer"))
    waivers = texts.waivers(waive or ())
    terms = stepping.Terms(key=key, wait=wait, yes=yes, dry_run=dry_run, confirm=True)
    request = Request(
        channel=channel,
        reason=reason or "",
        text=text,
        impact=impact or "",
        outcome=outcome or "",
        contact=contact or "",
        answers=answers,
    )
    whom = Contact(name=contact) if contact else Contact()

    def step(found: Case) -> Step:
        return Step(
            verb="escalate",
            case=found,
            request=request,
            waivers=waivers,
            outcome=outcome,
            contact=whom,
        )

    stepping.take(session, [case], step, terms)
