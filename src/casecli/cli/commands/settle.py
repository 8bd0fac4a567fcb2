"""`casecli settle`: the number of a case that was opened by phone after all."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.options import CaseArg
from casecli.cli.wiring import Session

EXAMPLES = ("casecli settle L1 --number CS-1001",)


def run(
    ctx: typer.Context,
    case: CaseArg,
    number: Annotated[
        str, typer.Option("--number", metavar="N", help="What the vendor calls it.")
    ],
) -> None:
    """Give a case that waits in the outbox the number that came back another way.

    It counts as opened then and is never sent; comments and files behind it follow. A
    case tracked under that number becomes one with it.
    """
    from casecli.cli import adopting

    session = Session.of(ctx)
    adopting.settle(session, session.case_ref(case), number)
