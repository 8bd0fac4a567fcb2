"""`casecli scrub`: replace what must not leave, without sending anything."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from casecli.cli.completing import complete_cases
from casecli.cli.options import OutputOpt
from casecli.cli.wiring import Session

EXAMPLES = (
    "journalctl -u proxy | casecli scrub - | less",
    "casecli scrub app.log -o app.clean.log --case L12",
    "casecli scrub app.log --interactive -o app.clean.log",
    "casecli scrub bundle.tar.gz -o clean.tar.gz --report html",
    "casecli scrub --check notes.md",
)


class Report(StrEnum):
    """How to report."""

    JSON = "json"
    HTML = "html"


class Tokens(StrEnum):
    """What tokens look like."""

    SHAPED = "shaped"
    OPAQUE = "opaque"


def run(
    ctx: typer.Context,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE|-]", help="What to scrub; - is stdin. More with --check."
        ),
    ] = None,
    output: OutputOpt = None,
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
    rules: Annotated[
        Path | None, typer.Option("--rules", help="Your own rules, to try them.")
    ] = None,
    report: Annotated[
        Report | None,
        typer.Option("--report", help="JSON on stderr, or a page for a colleague."),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Print nothing; exit 5 if anything is found."),
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Print what changes instead of the text.")
    ] = False,
    interactive: Annotated[
        bool,
        typer.Option(
            "--interactive", "-i", help="Ask about each value; keep words, exceptions."
        ),
    ] = False,
    reveal: Annotated[
        bool,
        typer.Option("--reveal", help="Show the real values in the table of findings."),
    ] = False,
) -> None:
    """Scrub a text or a file without sending it: text on stdout, report on stderr.

    The same value gets the same token everywhere in a case; without --case the
    profile's scratch case is used. `casecli unscrub` puts the values back. Standard
    input is scrubbed as it comes. Archives and folders need -o or a pipe.

    `--report html` writes a page beside the outcome: what was replaced, what was not
    scanned, and 50 lines of the outcome; no value stands on it.
    """
    from casecli.cli import scrubbing
    from casecli.cli.scrub_task import Task

    scrubbing.run(
        Session.of(ctx),
        Task(
            files=tuple(files or ("-",)),
            output=output,
            case=case,
            style=tokens.value if tokens else None,
            words=words,
            rules=rules,
            report=report.value if report else None,
            check=check,
            diff=diff,
            interactive=interactive,
            reveal=reveal,
        ),
    )
