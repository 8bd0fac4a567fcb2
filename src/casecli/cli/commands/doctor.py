"""`casecli doctor`: check this installation and its storage."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.wiring import Session

EXAMPLES = ("casecli doctor", "casecli doctor --json")


def run(
    ctx: typer.Context,
    repair: Annotated[
        bool, typer.Option("--repair", help="Rebuild what can be rebuilt.")
    ] = False,
) -> None:
    """Check configuration, storage, vault, scrub rules, policy and every vendor.

    Every line says what was found; a problem says what to do about it. Exit 11 if the
    storage is damaged, 1 for anything else that is wrong.
    """
    from casecli.cli import checkup

    session = Session.of(ctx)
    report = checkup.run(session, repair=repair)
    checkup.say(session, report)
    code = checkup.exit_code(report)
    if code:
        raise typer.Exit(code)
