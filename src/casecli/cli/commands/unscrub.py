"""`casecli unscrub`: real values back for tokens, at home."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.completing import complete_cases
from casecli.cli.wiring import Session

EXAMPLES = (
    "casecli unscrub host-7kqbxw.example --case CS-1001",
    "casecli unscrub 'user 7KQBXW at host 3mpkra example'",
    "casecli show CS-1001 | casecli unscrub - --case CS-1001",
)


def run(
    ctx: typer.Context,
    what: Annotated[
        str, typer.Argument(metavar="[FILE|-|TOKEN]", help="Text, a file, or a token.")
    ] = "-",
    case: Annotated[
        str | None,
        typer.Option(
            "--case",
            metavar="CASE",
            help="Whose tokens; without it every case is tried.",
            autocompletion=complete_cases,
        ),
    ] = None,
) -> None:
    """Put real values back for tokens, on this machine only, byte for byte.

    Takes a file, standard input, or one token as support said it on the telephone:
    case, blanks and the words for signs (at, dot, dash) do not matter.
    """
    from casecli.cli import unscrubbing

    unscrubbing.run(Session.of(ctx), what, case)
