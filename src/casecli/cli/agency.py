"""What every command of the desk's support side shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from casecli.cli import texts
from casecli.domain.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path

    from casecli.cli.wiring import Session
    from casecli.domain.change import Receipt


def text(
    session: Session, message: str | None, file: Path | None, *, edit: bool
) -> str:
    """Give the agent's words, from an editor on a terminal if nothing else.

    Raises:
        BadInput: there are none.
    """
    ask = message is None and file is None and session.interactive
    words = texts.gather_text(session, message, file, edit=edit or ask)
    if words is None:
        raise BadInput("there is no text to tell the customer", "-m TEXT")
    return words


def opened(path: Path) -> BinaryIO:
    """Open a file to hand over.

    Raises:
        BadInput: it cannot be read.
    """
    try:
        return path.open("rb")
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}") from error


def done(session: Session, what: str, receipt: Receipt) -> None:
    """Say what was done: the case's number on standard output."""
    from casecli.domain.wire import to_plain

    screen = session.screen
    screen.result(
        {"kind": what, **to_plain(receipt)}, lambda: screen.line(receipt.number)
    )
