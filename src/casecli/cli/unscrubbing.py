"""Tokens back to values: a text, a file, or one spoken token."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from casecli.cli.scrub_task import vault_name
from casecli.domain.errors import BadInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from casecli.cli.wiring import Session


_BLOCK = 1 << 20


def run(session: Session, what: str, case: str | None) -> None:
    """Print the text with values for tokens.

    Raises:
        NotFound: what was given is neither a file nor a token of ours.
    """
    if what != "-" and not Path(what).exists():
        _one(session, what, case)
        return
    with ExitStack() as stack:
        vaults = [
            stack.enter_context(session.vault.case(name))
            for name in _cases(session, case)
        ]
        source = stack.enter_context(_opened(what))
        for lines in iter(lambda: source.readlines(_BLOCK), []):
            data = b"".join(lines)
            for vault in vaults:
                data = session.gate.unscrub_bytes(data, vault)
            _give(session, data)


@contextmanager
def _opened(what: str) -> Iterator[BinaryIO]:
    if what == "-":
        if sys.stdin is None or sys.stdin.closed:
            raise BadInput("there is no standard input", "casecli unscrub FILE")
        if sys.stdin.isatty():
            raise BadInput("standard input is a terminal", "casecli unscrub TOKEN")
        yield sys.stdin.buffer
        return
    path = Path(what)
    if path.is_dir() or not path.is_file():
        raise BadInput(f"{what} is not a regular file", f"ls -ld -- {what}")
    try:
        file = path.open("rb")
    except OSError as error:
        raise BadInput(f"cannot read {what}: {error.strerror}") from error
    with file:
        yield file


def _give(session: Session, data: bytes) -> None:
    if session.screen.tty:
        session.screen.write(data.decode("utf-8", "replace"))
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def _one(session: Session, said: str, case: str | None) -> None:
    name, token, value = _found(session, said.strip(), case)
    plain = {"token": token, "value": value, "case": name}
    session.screen.result(plain, lambda: session.screen.line(value))


def _found(session: Session, said: str, case: str | None) -> tuple[str, str, str]:
    """Find the case, token and value of one token, written or spoken."""
    names = _cases(session, case)
    for name in names:
        with session.vault.case(name) as vault:
            value = vault.value(said)
        if value is not None:
            return name, said, value
    heard: list[tuple[str, str, str]] = []
    for name in names:
        with session.vault.case(name) as vault:
            heard += [(name, *each) for each in session.gate.spoken(said, vault)]
    if len(heard) > 1:
        cases = ", ".join(dict.fromkeys(name for name, _, _ in heard))
        raise BadInput(
            f"{said!r} may be {len(heard)} tokens, of {cases}",
            "casecli unscrub TOKEN --case CASE",
        )
    if not heard:
        raise NotFound("file or token", said, "casecli unscrub - --case CASE")
    return heard[0]


def _cases(session: Session, case: str | None) -> tuple[str, ...]:
    if case is not None:
        return (vault_name(session, case),)
    return session.vault.cases() if session.vault_exists else ()
