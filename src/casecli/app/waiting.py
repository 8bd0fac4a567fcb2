"""Waiting for a case to come to a status, asking ever more seldom."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from casecli.domain.errors import RateLimited, Transient, Unknown
from casecli.domain.ports import Herald

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from casecli.app.workplace import Workplace
    from casecli.domain.case import Case
    from casecli.domain.ports import Backend

FIRST_PAUSE = 5.0
LONGEST_PAUSE = 300.0
GROWTH = 1.5

_PASSING = (Transient, Unknown, RateLimited)


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """How the waiting ended; `trouble` is why the vendor could not be asked last."""

    case: Case
    reached: bool
    looks: int
    trouble: str | None = None


def await_status(
    look: Callable[[], Case],
    refresh: Callable[[], None] | None,
    statuses: Collection[str],
    timeout: timedelta,
    pause: Callable[[float], float],
) -> Awaited:
    """Refresh and look until the status is one of these or the pauses sum up to enough.

    Without `refresh` the cache is looked at once. A vendor that cannot be reached for
    a while is asked again. `pause` may end early, where news came, and says how long it
    was; `timeout` counts pauses, not the time an answer takes.

    Raises:
        BackendError: the vendor answers, and asking again would not help.
    """
    left, step, looks = timeout.total_seconds(), FIRST_PAUSE, 0
    while True:
        looks += 1
        trouble = _refreshed(refresh) if refresh else None
        case = look()
        reached = case.status.value in statuses
        if reached or refresh is None or left <= 0:
            return Awaited(case=case, reached=reached, looks=looks, trouble=trouble)
        asked = min(step, left)
        waited = pause(asked)
        left -= waited
        if waited >= asked:
            step = min(step * GROWTH, LONGEST_PAUSE)


@contextmanager
def listening(
    place: Workplace,
    connect: Callable[[], Backend],
    ref: str,
    pause: Callable[[float], None],
) -> Iterator[Callable[[float], float]]:
    """Listen for news of a case; gives a pause that they end, and its length.

    Where the vendor does not tell, or cannot be reached now, it is a plain `pause`.
    """

    def plain(seconds: float) -> float:
        pause(seconds)
        return seconds

    case = place.store.case(ref)
    wait: Callable[[float], float] = plain
    with ExitStack() as stack:
        with suppress(*_PASSING):
            backend = connect()
            if case and case.number and isinstance(backend, Herald):
                wait = stack.enter_context(backend.listening(case.number))
        yield wait


def _refreshed(refresh: Callable[[], None]) -> str | None:
    try:
        refresh()
    except _PASSING as error:
        return str(error)
    return None
