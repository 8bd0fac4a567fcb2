"""What `doctor` looks at: each finding says what is, and what to do if it is wrong."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from casecli.domain.errors import CaseError, StorageFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from casecli.cli.wiring import Session


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
        yield Check(name="vault", found="no token was given yet")
        return
    session.vault.check()
    yield Check(name="vault", found=f"opens; its key is in {session.vault.where()}")


def _gate(session: Session) -> Iterator[Check]:
    session.gate.self_test()
    yield Check(name="scrub rules", found=f"ruleset {session.gate.ruleset}")


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
    backend = session.delivery.backend
    who = backend.whoami()
    if backend.capabilities().by_hand:
        yield Check(name="vendor", found=f"is written to by {who.name}, by hand")
        return
    yield Check(name="vendor", found=f"knows you as {who.name}, role {who.role}")
