"""What `doctor` looks at: each finding says what is, and what to do if it is wrong."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from casecli.domain.errors import (
    AuthError,
    CaseError,
    NotFoundRemote,
    NotLoggedIn,
    PermissionDenied,
    RateLimited,
    StorageFailed,
)
from casecli.domain.ports import Discovering
from casecli.settings import IMPORTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from casecli.cli.wiring import Session
    from casecli.domain.ports import Discovery
    from casecli.settings import Profile

SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at; `code` is the exit code it alone would give."""

    name: str
    found: str
    code: int = 0
    hint: str = ""


def run(session: Session, *, repair: bool) -> tuple[Check, ...]:
    """Look at everything; what cannot be looked at is a finding, not an end."""
    looks: tuple[tuple[str, Callable[[Session], Iterator[Check]]], ...] = (
        ("python", _python),
        ("settings", _settings),
        ("storage", _repaired if repair else _storage),
        ("vault", _vault),
        ("scrub rules", _gate),
        ("policy", _policy),
        ("vendor", _vendor),
    )
    found: list[Check] = []
    for name, look in looks:
        try:
            found += look(session)
        except CaseError as error:
            code = 11 if isinstance(error, StorageFailed) else 1
            found.append(Check(name=name, found=str(error), code=code, hint=error.hint))
    return tuple(found)


def say(session: Session, report: Sequence[Check]) -> None:
    """Print what was found, problems marked."""
    plain: dict[str, Any] = {
        "ok": not exit_code(report),
        "checks": [
            {"name": e.name, "ok": not e.code, "found": e.found, "hint": e.hint}
            for e in report
        ],
    }

    def human() -> None:
        screen = session.screen
        for each in report:
            mark = ("ok  ", "green") if not each.code else ("bad ", "red")
            screen.line(mark, f"{each.name}: {each.found}")
            if each.hint and each.code:
                screen.line(f"    {each.hint}")

    session.screen.result(plain, human)


def exit_code(report: Sequence[Check]) -> int:
    """Give 11 if storage is damaged, 1 if anything else is wrong, else 0."""
    return max((each.code for each in report), default=0)


def _python(session: Session) -> Iterator[Check]:
    from casecli import __version__

    del session
    version = ".".join(map(str, sys.version_info[:3]))
    yield Check(name="casecli", found=f"{__version__} on Python {version}")


def _settings(session: Session) -> Iterator[Check]:
    settings = session.settings
    chosen = settings.chosen["profile"]
    profile = session.profile
    yield Check(
        name="profile",
        found=f"{profile.name} ({chosen.origin}): {profile.backend}, {profile.policy}",
    )
    if settings.clock is not None:
        yield Check(name="clock", found=f"CASECLI_CLOCK says {settings.clock}")


def _storage(session: Session) -> Iterator[Check]:
    problems = session.store.check()
    where = session.data / "casecli.db"
    yield Check(
        name="storage",
        found="; ".join(problems) or f"{where} is sound",
        code=11 if problems else 0,
        hint="casecli backup, then casecli doctor --repair" if problems else "",
    )
    waiting = len(session.store.outbox())
    yield Check(name="outbox", found=f"{waiting} changes wait")


def _repaired(session: Session) -> Iterator[Check]:
    session.store.rebuild()
    yield Check(name="repair", found="rows and search index are made anew")
    swept = session.spool.sweep(session.now(), session.sealed())
    yield Check(name="spool", found=f"{swept} forgotten files are deleted")
    yield from _storage(session)


def _vault(session: Session) -> Iterator[Check]:
    if not session.vault_exists:
        yield Check(name="vault", found="nothing had to be replaced yet")
        return
    session.vault.check()
    yield Check(name="vault", found=f"opens; its key is in {session.vault.where()}")


def _gate(session: Session) -> Iterator[Check]:
    session.gate.self_test()
    own = session.gate.own_rules
    more = f", {len(own)} rule{'s' * (len(own) != 1)} of yours" if own else ""
    yield Check(name="scrub rules", found=f"ruleset {session.gate.ruleset}{more}")


def _policy(session: Session) -> Iterator[Check]:
    from casecli import policies

    problems = policies.lint(session.policy)
    yield Check(
        name="policy",
        found="; ".join(problems) or f"{session.policy.id} may be trusted",
        code=1 if problems else 0,
    )


def _vendor(session: Session) -> Iterator[Check]:
    if session.offline:
        yield Check(name="vendor", found="not asked: offline")
        return
    chosen = session.profile
    yield from _profile(session, chosen)
    for name in session.settings.profiles:
        if name != chosen.name and session.settings.allows(name):
            yield from _profile(session, session.settings.profile(name))


def _profile(session: Session, profile: Profile) -> Iterator[Check]:
    """Look a vendor up as a command would; any trouble is said in words."""
    name = f"vendor of {profile.name}"
    if profile == IMPORTED:
        yield Check(name=name, found="has none: its cases are imported")
        return
    try:
        with closing(session.connect_to(profile)) as backend:
            who = backend.whoami()
            found = backend.discover() if isinstance(backend, Discovering) else None
            by_hand = found is None and backend.capabilities().by_hand
    except CaseError as error:
        yield Check(
            name=name, found=in_words(error), code=1, hint=_way_out(error, profile)
        )
        return
    if by_hand:
        yield Check(name=name, found=f"is written to by {who.name}, by hand")
        return
    version = f", version {found.version}" if found and found.version else ""
    yield Check(name=name, found=f"knows you as {who.name}, role {who.role}{version}")
    if found is None:
        return
    for setting, values in found.choices.items():
        yield Check(
            name=name,
            found=f"{setting} is missing or not there; it has {', '.join(values)}",
            code=1,
            hint=f"casecli profile add {profile.name} … --set {setting}=VALUE",
        )
    yield from _clock(session, name, found)


def _clock(session: Session, name: str, found: Discovery) -> Iterator[Check]:
    if found.server_time is None or session.settings.clock is not None:
        return
    off = found.server_time - session.now()
    if abs(off) > SKEW:
        minutes = round(abs(off).total_seconds() / 60)
        way = "ahead of" if off > timedelta(0) else "behind"
        yield Check(
            name=name,
            found=f"its clock is {minutes} minutes {way} this machine's",
            code=1,
            hint="timedatectl status",
        )


def in_words(error: CaseError) -> str:
    """Say what a vendor's refusal means to somebody who just set it up."""
    match error:
        case AuthError() if str(error).startswith("the server"):
            return f"does not let you in: {error}"
        case PermissionDenied():
            return f"knows you and forbids it: {error}"
        case NotFoundRemote():
            return f"has no such API at this address: {error}"
        case RateLimited():
            return f"asks for patience: {error}"
        case _:
            return str(error)


def _way_out(error: CaseError, profile: Profile) -> str:
    if isinstance(error, AuthError | NotLoggedIn) and "--profile" not in error.hint:
        return error.hint.replace("casecli login", f"casecli -p {profile.name} login")
    show = f"casecli profile show {profile.name}"
    return show if isinstance(error, NotFoundRemote) else error.hint or show
