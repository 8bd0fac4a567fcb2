"""`casecli scrub`: replace what must not leave, without sending anything."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from casecli.cli.completing import complete_cases
from casecli.cli.wiring import Session

EXAMPLES = (
    "journalctl -u proxy | casecli scrub - | less",
    "casecli scrub app.log -o app.clean.log --case L12",
    "casecli scrub --check notes.md",
)


class Report(StrEnum):
    """How to report."""

    JSON = "json"


class Tokens(StrEnum):
    """What tokens look like."""

    SHAPED = "shaped"
    OPAQUE = "opaque"


def run(
    ctx: typer.Context,
    file: Annotated[
        str, typer.Argument(metavar="[FILE|-]", help="What to scrub; - is stdin.")
    ] = "-",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it there.")
    ] = None,
    case: Annotated[
        str | None,
        typer.Option(
            "--case",
            metavar="CASE",
            help="Share this case's tokens.",
            autocompletion=complete_cases,
        ),
    ] = None,
    tokens: Annotated[
        Tokens | None, typer.Option("--tokens", help="Stand-ins, or plain codes.")
    ] = None,
    words: Annotated[
        Path | None, typer.Option("--words", help="Your own words, one a line.")
    ] = None,
    report: Annotated[
        Report | None, typer.Option("--report", help="Report as JSON on stderr.")
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Print nothing; exit 5 if anything is found."),
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Print what changes instead of the text.")
    ] = False,
) -> None:
    """Scrub a text or a file without sending it: text on stdout, report on stderr.

    The same value gets the same token everywhere in a case; without --case the
    profile's scratch case is used. `casecli unscrub` puts the values back.
    """
    from casecli.cli import scrubbing

    scrubbing.run(
        Session.of(ctx),
        scrubbing.Task(
            file=file,
            output=output,
            case=case,
            style=tokens.value if tokens else None,
            words=words,
            json_report=report is Report.JSON,
            check=check,
            diff=diff,
        ),
    )
