"""`casecli wait` from what was typed to what is said at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from casecli.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from casecli.app.waiting import Awaited
    from casecli.cli.wiring import Session
    from casecli.domain.case import Case
    from casecli.domain.ports import Backend


def run(session: Session, ref: str, until: Sequence[str], timeout: str) -> Awaited:
    """Wait for a case, and say how that ended.

    Raises:
        BadInput: a status no case can have, or no duration.
        NotFound: `ref` is a draft, which has no status to wait for.
    """
    from casecli.domain.timers import parse_duration

    wanted = _statuses(until)
    try:
        patience = parse_duration(timeout)
    except (ValueError, OverflowError) as error:
        raise BadInput(
            f"--timeout {timeout[:20]!r} is no duration", "--timeout 2h"
        ) from error
    session.case(ref)
    ended = _ended(session, ref, wanted, patience)
    _say(session, ended, wanted)
    return ended


def _ended(
    session: Session, ref: str, wanted: Sequence[str], patience: timedelta
) -> Awaited:
    import time

    from casecli.app.pulling import refresh
    from casecli.app.waiting import await_status, listening

    def look() -> Case:
        return session.case(ref)

    def connect() -> Backend:
        return session.backend

    if session.offline:
        return await_status(look, None, wanted, patience, _never)
    with listening(session.place, connect, ref, time.sleep) as pause:
        return await_status(
            look, lambda: refresh(session.place, connect, ref), wanted, patience, pause
        )


def _statuses(until: Sequence[str]) -> tuple[str, ...]:
    from casecli.cli.ending import nearest
    from casecli.cli.filters import STATUSES

    words = [word.strip() for each in until for word in each.split(",") if word.strip()]
    if not words:
        raise BadInput("--until names no status", f"--until {'|'.join(STATUSES)}")
    for word in words:
        if word not in STATUSES:
            near = nearest(word, STATUSES) or "|".join(STATUSES)
            raise BadInput(f"no case has the status {word[:40]!r}", f"--until {near}")
    return tuple(words)


def _say(session: Session, ended: Awaited, wanted: Sequence[str]) -> None:
    case, screen = ended.case, session.screen
    plain: dict[str, Any] = {
        "case": case.ref,
        "number": case.number,
        "status": case.status.value,
        "waiting_on": case.waiting_on.value,
        "reached": ended.reached,
        "looks": ended.looks,
        "trouble": ended.trouble,
    }
    screen.result(plain, lambda: screen.line(case.status.value))
    if not ended.reached:
        awaited = " or ".join(wanted)
        screen.notice(f"case {case.label} is {case.status.value}, not {awaited}, yet")
    if ended.trouble:
        screen.warn(f"the vendor could not be asked last: {ended.trouble}")


def _never(seconds: float) -> float:
    """Offline there is nothing to pause for."""
    return seconds
