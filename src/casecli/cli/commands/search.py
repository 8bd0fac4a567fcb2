"""`casecli search`: full text over the cache."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.completing import complete_cases
from casecli.cli.listing import search_cases
from casecli.cli.wiring import Session
from casecli.domain.query import PAGE

EXAMPLES = (
    "casecli search 'TLS handshake'",
    "casecli search k.hollmann@hallbrook-freight.com   # found though a token was sent",
    "casecli search --similar CS-1001 --json",
)


def run(
    ctx: typer.Context,
    text: Annotated[
        str | None, typer.Argument(metavar="TEXT", help="Words or a value.")
    ] = None,
    similar: Annotated[
        str | None,
        typer.Option(
            "--similar",
            metavar="CASE",
            help="Cases like this one.",
            autocompletion=complete_cases,
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", help="At most so many.", min=1, max=1_000_000)
    ] = PAGE,
) -> None:
    """Search subjects, descriptions, comments and attachment names of cached cases.

    A value that was replaced before sending is looked up at home, so you find it by
    what it was.
    """
    search_cases(Session.of(ctx), {"text": text, "similar": similar, "limit": limit})
