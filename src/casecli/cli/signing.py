"""Keeping and forgetting tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casecli.cli import texts
from casecli.domain.errors import (
    BadInput,
    CaseError,
    NotLoggedIn,
    PermissionDenied,
    StorageFailed,
)

if TYPE_CHECKING:
    from casecli.cli.wiring import Session


def login(session: Session, *, stdin: bool, insecure: bool) -> None:
    """Keep a token and try it; one the vendor refuses is not kept.

    Raises:
        BadInput: there is no token, or nobody to ask for it.
        NotLoggedIn: the keyring cannot be used.
    """
    profile = session.profile.name
    token = _token(session, stdin=stdin)
    where = session.credentials.store(profile, token, insecure=insecure)
    if not session.offline:
        try:
            who = session.backend.whoami()
        except (PermissionDenied, StorageFailed) as error:
            # It let us in, with this token: the owner of a desk is nobody there.
            session.screen.warn(str(error))
        except CaseError:
            session.credentials.forget(profile)
            raise
        else:
            session.screen.notice(f"{session.profile.backend} knows you as {who.name}")
    plain = {"profile": profile, "stored": where}
    session.screen.result(plain, lambda: None)
    session.screen.notice(f"the token of {profile} is in {where}")


def logout(session: Session) -> None:
    """Forget the token of the profile."""
    profile = session.profile.name
    had = session.credentials.forget(profile)
    session.screen.result({"profile": profile, "forgotten": had}, lambda: None)
    what = "is forgotten" if had else "was not kept here"
    session.screen.notice(f"the token of {profile} {what}")


def token_for_new(session: Session, name: str) -> str | None:
    """Ask for the token of a new profile; None where nobody is there or has one."""
    if not session.interactive:
        return None
    return _asked(f"Token for {name} (empty: log in later): ") or None


def known_token(session: Session, profile: str) -> str | None:
    """Find a profile's token; a keyring that cannot be used has none."""
    try:
        return session.credentials.token_for(profile)
    except NotLoggedIn:
        return None


def _token(session: Session, *, stdin: bool) -> str:
    if stdin:
        return piped()
    if not session.interactive:
        raise BadInput(
            "nobody can be asked for the token", "casecli login --token-stdin"
        )
    return _asked(f"Token for {session.profile.name}: ")


def piped() -> str:
    """Read a token from standard input.

    Raises:
        BadInput: there is none.
    """
    token = texts.read_stdin().decode("utf-8", "replace").strip()
    if not token:
        raise BadInput("no token on standard input")
    return token


def _asked(question: str) -> str:
    import getpass
    import sys

    return getpass.getpass(question, stream=sys.stderr)
