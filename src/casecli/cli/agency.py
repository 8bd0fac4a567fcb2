"""What every command of the desk's support side shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from casecli.cli import texts
from casecli.domain.errors import BadInput, Refused

if TYPE_CHECKING:
    from pathlib import Path

    from casecli.backends.desk_agent import DeskAgent
    from casecli.cli.wiring import Session
    from casecli.domain.change import Receipt


def agent(session: Session) -> DeskAgent:
    """Open the support side of the profile's desk, until the run ends.

    Raises:
        BadInput: the profile is not a desk.
        Refused: its role is not an agent's.
    """
    from casecli.backends.desk_agent import DeskAgent
    from casecli.domain.policy import Effect, Finding

    profile = session.profile
    if profile.backend != "desk":
        raise BadInput(
            f"profile {profile.name!r} is at {profile.backend}, "
            "which has a support side of its own",
            "casecli profile list",
        )
    if profile.role != "agent":
        finding = Finding(
            rule="DESK-ROLE",
            effect=Effect.DENY,
            message=f"a {profile.role} does not work the support side",
        )
        hint = "casecli profile add support --backend desk --role agent"
        raise Refused("desk", [finding], hint)
    desk = DeskAgent(session.backend_options())
    session.at_end(desk.shut)
    return desk


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
