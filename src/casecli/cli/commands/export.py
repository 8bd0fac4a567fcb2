"""`casecli export`: cases as lines of JSON."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.completing import complete_cases
from casecli.cli.options import OutputOpt
from casecli.cli.wiring import Session

EXAMPLES = (
    "casecli export -o cases.jsonl",
    "casecli export --case CS-1001 | jq .subject",
    "casecli export -p acme -o acme.jsonl",
)


def run(
    ctx: typer.Context,
    case: Annotated[
        list[str] | None,
        typer.Option(
            "--case",
            metavar="CASE",
            help="Only this one; repeatable.",
            autocompletion=complete_cases,
        ),
    ] = None,
    output: OutputOpt = None,
    force: Annotated[
        bool, typer.Option("--force", "-f", help="Overwrite what is there.")
    ] = False,
) -> None:
    """Write cases as `show --json` gives them, one a line, closed ones too.

    Tokens stay tokens: the vault is never exported. Notes and logged calls are ours
    and leave as they were typed.
    """
    from casecli.cli import keeping, stepping

    session = Session.of(ctx)
    refs = stepping.case_refs(session, case) if case else None
    keeping.export(session, refs, output, force=force)
