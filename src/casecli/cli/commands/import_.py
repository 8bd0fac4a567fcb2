"""`casecli import`: cases exported elsewhere, to read here."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.wiring import Session

EXAMPLES = ("casecli import cases.jsonl", "casecli list -p imported")


def run(
    ctx: typer.Context,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="What casecli export wrote; - stdin.")
    ],
) -> None:
    """Take cases exported elsewhere into the profile `imported`, all or none of them.

    They can be read, searched, tagged and noted on, and never changed at a vendor.
    Importing the same file again changes nothing; a newer one brings cases up to date.
    """
    from casecli.cli import keeping

    keeping.take_over(Session.of(ctx), file)
