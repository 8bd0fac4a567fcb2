"""The short way for commands that only read: no Typer, no waiting.

Importing Typer alone costs five times what Python does, so plain uses of the reading
commands are understood from a table that `tools/reference.py` makes from the command
tree. Anything unusual (help, a mistake, a word the table lacks) goes the long way, so
there is one place that explains and complains.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from casecli.cli.plain_words import ALIASES, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from casecli.cli.asked import CommonOptions
    from casecli.cli.wiring import Session

__all__ = ["ALIASES", "parse", "run"]


def run(argv: Sequence[str]) -> int | None:
    """Run a reading command and give its exit code; None if this is not for us."""
    understood = parse(argv)
    if understood is None:
        return None
    command, given, common = understood
    try:
        code = _run(command, given, common)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 (every ending becomes an exit code)
        from casecli.cli.ending import end

        return end(error, argv, None)
    return code


def _run(command: str, given: Mapping[str, Any], common: CommonOptions) -> int:
    from casecli.cli.wiring import Session

    session = Session(common)
    try:
        return _COMMANDS[command](session, given) or 0
    finally:
        session.close()


def _list(session: Session, given: Mapping[str, Any]) -> None:
    from casecli.cli.listing import list_cases

    list_cases(session, given)


def _search(session: Session, given: Mapping[str, Any]) -> None:
    from casecli.cli.listing import search_cases

    search_cases(session, given)


def _status(session: Session, given: Mapping[str, Any]) -> None:
    from casecli.cli import standing

    standing.show(session, given.get("case"))


def _check(session: Session, given: Mapping[str, Any]) -> int:
    from casecli.cli import ruling

    return ruling.check(session, given)


_COMMANDS: Mapping[str, Callable[[Session, Mapping[str, Any]], int | None]] = {
    "list": _list,
    "search": _search,
    "status": _status,
    "policy check": _check,
}
