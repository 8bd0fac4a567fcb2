"""`casecli policy`: the rules, where each comes from, and a dry run of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from casecli.cli.options import AnswerOpt, CaseArg, ChannelOpt, SetOpt
from casecli.cli.wiring import Session

EXAMPLES = (
    "casecli policy list",
    "casecli policy show generic --rules",
    "casecli policy check escalate CS-1001 --at 2026-11-26T09:00+01:00",
    "casecli policy lint acme.toml",
)
app = typer.Typer(help="The vendor's rules, where each comes from, and a dry run.")


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """List the policies that can be chosen, and which file each comes from."""
    from casecli.cli import ruling

    ruling.show_list(Session.of(ctx))


@app.command()
def show(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(metavar="POLICY", help="By default the profile's."),
    ] = None,
    rules: Annotated[
        bool, typer.Option("--rules", help="Every rule with its source.")
    ] = False,
) -> None:
    """Show what a vendor demands; --rules lists each rule with its source."""
    from casecli.cli import ruling

    session = Session.of(ctx)
    policy = session.load_policy(name) if name else session.policy
    ruling.show_policy(session, policy, rules=rules)


@app.command()
def check(
    ctx: typer.Context,
    action: Annotated[
        str, typer.Argument(metavar="ACTION", help="comment, escalate, close, …")
    ],
    case: CaseArg,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="Judge for this moment.")
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", help="The reason the action would give.")
    ] = "",
    channel: ChannelOpt = "portal",
    set_: SetOpt = None,
    answer: AnswerOpt = None,
) -> None:
    """Say whether an action would be refused, and why: exit 0 or 5, nothing is done."""
    given = {name: value for name, value in locals().items() if name != "ctx"}
    from casecli.cli import ruling

    code = ruling.check(Session.of(ctx), given)
    if code:
        raise typer.Exit(code)


@app.command()
def lint(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A policy file.")],
) -> None:
    """Check a policy file: keys, conditions, unreachable choices, its own examples."""
    from casecli.cli import ruling

    ruling.lint(Session.of(ctx), file)


@app.command()
def diff(
    ctx: typer.Context,
    before: Annotated[str, typer.Argument(metavar="A", help="One policy.")],
    after: Annotated[str, typer.Argument(metavar="B", help="Another.")],
) -> None:
    """Show what sets two policies apart, key by key."""
    from casecli.cli import ruling

    ruling.show_diff(Session.of(ctx), before, after)
