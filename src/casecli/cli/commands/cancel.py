"""`casecli cancel`: withdraw a case that is not needed any more."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.options import (
    CasesArg,
    ChannelOpt,
    DryRunOpt,
    KeyOpt,
    MessageOpt,
    WaitOpt,
    WaiveOpt,
    YesOpt,
)
from casecli.cli.wiring import Session

EXAMPLES = ("casecli cancel CS-1001 -m 'Opened twice by mistake' --yes",)


def run(
    ctx: typer.Context,
    cases: CasesArg,
    message: MessageOpt = None,
    reason: Annotated[
        str | None, typer.Option("--reason", help="Why it is not needed.")
    ] = None,
    channel: ChannelOpt = "portal",
    key: KeyOpt = None,
    wait: WaitOpt = None,
    waive: WaiveOpt = None,
    dry_run: DryRunOpt = False,
    yes: YesOpt = False,
) -> None:
    """Cancel a case: it is not needed any more, and nothing was solved.

    A cancelled case cannot be reopened; `casecli open --follows CASE` continues it.
    """
    from casecli.app.lifecycle import Step
    from casecli.cli import stepping, texts
    from casecli.domain.policy import Request

    session = Session.of(ctx)
    text = texts.gather_text(session, message, None) or ""
    waivers = texts.waivers(waive or ())
    terms = stepping.Terms(key=key, wait=wait, yes=yes, dry_run=dry_run, confirm=True)
    request = Request(channel=channel, reason=reason or text, text=text)
    stepping.take(
        session,
        cases,
        lambda case: Step(verb="cancel", case=case, request=request, waivers=waivers),
        terms,
    )
