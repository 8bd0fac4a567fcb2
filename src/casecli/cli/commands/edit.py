"""`casecli edit`: change fields of a case."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.options import (
    AnswerOpt,
    CasesArg,
    ChannelOpt,
    DryRunOpt,
    KeyOpt,
    SetOpt,
    WaitOpt,
    WaiveOpt,
    YesOpt,
)
from casecli.cli.wiring import Session

EXAMPLES = (
    "casecli edit CS-1001 --severity medium",
    "casecli edit L3 --set product.version=8.5.104",
)


def run(
    ctx: typer.Context,
    cases: CasesArg,
    set_: SetOpt = None,
    severity: Annotated[
        str | None, typer.Option("--severity", help="Effect on the business.")
    ] = None,
    impact: Annotated[
        str | None, typer.Option("--impact", help="Business impact, said better.")
    ] = None,
    answer: AnswerOpt = None,
    channel: ChannelOpt = "portal",
    key: KeyOpt = None,
    wait: WaitOpt = None,
    waive: WaiveOpt = None,
    dry_run: DryRunOpt = False,
    yes: YesOpt = False,
) -> None:
    """Change fields of a case; each is judged as if the case were opened with it.

    What the vendor did not take is told by field, because servers acknowledge what
    they did not do.
    """
    from casecli.app.lifecycle import Step
    from casecli.cli import stepping, texts
    from casecli.domain.errors import BadInput
    from casecli.domain.policy import Request

    session = Session.of(ctx)
    fields = dict(texts.pairs(set_ or (), "--set"))
    answers = dict(texts.pairs(answer or (), "--answer"))
    waivers = texts.waivers(waive or ())
    terms = stepping.Terms(key=key, wait=wait, yes=yes, dry_run=dry_run, confirm=False)
    wanted = severity or fields.pop("severity", None)
    request = Request(
        channel=channel,
        severity=wanted,
        impact=impact or fields.pop("impact", ""),
        fields={**fields, **answers},
    )
    if not (fields or answers or wanted or request.impact):
        raise BadInput("nothing to change", "casecli edit CASE --set FIELD=VALUE")
    stepping.take(
        session,
        cases,
        lambda case: Step(verb="edit", case=case, request=request, waivers=waivers),
        terms,
    )
