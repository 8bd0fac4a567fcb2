"""Tokens back to values: a text, a file, or one spoken token."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from casecli.cli import texts
from casecli.cli.scrub_task import vault_name
from casecli.domain.errors import NotFound

if TYPE_CHECKING:
    from casecli.cli.wiring import Session


def run(session: Session, what: str, case: str | None) -> None:
    """Print the text with values for tokens.

    Raises:
        NotFound: what was given is neither a file nor a token of ours.
    """
    if what != "-" and not Path(what).exists():
        _one(session, what, case)
        return
    text = texts.read_text(what)
    for name in _cases(session, case):
        with session.vault.case(name) as vault:
            text = session.gate.unscrub(text, vault)
    session.screen.write(text)


def _one(session: Session, token: str, case: str | None) -> None:
    name, value = _found(session, token.strip(), case)
    plain = {"token": token.strip(), "value": value, "case": name}
    session.screen.result(plain, lambda: session.screen.line(value))


def _found(session: Session, token: str, case: str | None) -> tuple[str, str]:
    for name in _cases(session, case):
        with session.vault.case(name) as vault:
            value = vault.value(token)
        if value is not None:
            return name, value
    raise NotFound("file or token", token, "casecli unscrub - --case CASE")


def _cases(session: Session, case: str | None) -> tuple[str, ...]:
    if case is not None:
        return (vault_name(session, case),)
    return session.vault.cases() if session.vault_exists else ()
