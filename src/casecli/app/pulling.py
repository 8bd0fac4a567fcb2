"""Take in what changed at the vendor: everything since the last time, or one case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from casecli.app.workplace import Workplace
    from casecli.domain.ports import Backend

    # Shows a number of things going by, None where nobody knows how many; told of each.
    Counting = Callable[[int | None], AbstractContextManager[Callable[[int], None]]]

PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """What a pull took in; `busy` when another sync is pulling this profile."""

    refs: tuple[str, ...] = ()
    busy: bool = False


def pull(
    place: Workplace, backend: Backend, shown: Counting, *, full: bool = False
) -> Pulled:
    """Take in what changed; a page is kept with its cursor or not at all.

    From a vendor nobody can ask but a person, nothing is taken in.

    Raises:
        BackendError: the vendor could not be asked; what was taken in stays.
    """
    if backend.capabilities().by_hand:
        return Pulled()
    with place.store.pull_lock(place.profile) as mine:
        if not mine:
            return Pulled(busy=True)
        cursor = None if full else place.store.cursor(place.profile)
        refs: list[str] = []
        with shown(None) as step:
            while True:
                page = backend.changed_since(cursor, PAGE)
                refs += place.store.take_in(
                    place.profile, page.snapshots, place.now(), page.next
                )
                step(len(page.snapshots))
                if not page.more or page.next == cursor:
                    return Pulled(refs=tuple(dict.fromkeys(refs)))
                cursor = page.next


def refresh(place: Workplace, connect: Callable[[], Backend], ref: str) -> None:
    """Take in one case as the vendor has it now, quietly unchanged if it is."""
    case = place.store.case(ref)
    if case is None or case.number is None:
        return
    snapshot = connect().fetch(case.number, place.store.version(ref))
    if snapshot is not None:
        place.store.take_in(place.profile, (snapshot,), place.now())
