"""One sync of one profile, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from casecli.cli.wiring import Session
    from casecli.domain.change import OutboxItem
    from casecli.domain.errors import CaseError


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What was delivered and taken in, and what stopped it if something did.

    `refused` is set where a sealed file was not what had been approved.
    """

    profile: str
    items: tuple[OutboxItem, ...]
    refs: tuple[str, ...]
    busy: bool
    problem: CaseError | None
    refused: CaseError | None

    @property
    def undelivered(self) -> tuple[OutboxItem, ...]:
        """Changes that still wait or need a person; a rejected one is settled."""
        return tuple(each for each in self.items if not each.state.settled)

    def plain(self) -> dict[str, Any]:
        """Give the JSON of a sync."""
        return {
            "profile": self.profile,
            "pushed": [
                {
                    "case": each.change.case,
                    "change": each.change.key,
                    "kind": each.change.kind,
                    "state": each.state.value,
                    "error": each.error,
                }
                for each in self.items
            ],
            "pulled": list(self.refs),
            "busy": self.busy,
            "undelivered": len(self.undelivered),
        }

    def say(self, session: Session) -> None:
        """Tell people; nothing to tell is one line too."""
        from casecli.cli.patience import why

        screen, store = session.screen, session.store
        for item in self.items:
            case = store.case(item.change.case)
            label = case.label if case else item.change.case
            settled = item.state.settled
            reason = (item.error or "") if settled else why(item, session.now())
            cells = (item.change.kind, label, item.state.value, reason)
            screen.line("\t".join(cells).rstrip())
        told = f"delivered {len(self.items) - len(self.undelivered)}"
        errands = [each for each in self.items if each.handed_over]
        if errands:
            told += f", {len(errands)} to carry over (casecli status)"
        waiting = len(self.undelivered) - len(errands)
        if waiting:
            told += f", {waiting} still waiting (casecli outbox list)"
        taken = f"{len(self.refs)} case{'s' * (len(self.refs) != 1)}"
        screen.notice(f"{told}; took in {taken}")
        if self.busy:
            screen.notice("another sync is taking in this profile right now")


def run(session: Session, *, push: bool, pull: bool, full: bool) -> SyncReport:
    """Push and pull; an unreachable vendor is told, not raised."""
    from casecli.app import pulling
    from casecli.app.delivery import Pushed
    from casecli.domain.errors import BackendError, BadInput

    if session.offline:
        raise BadInput("sync needs the network, and --offline forbids it")
    place, shown = session.place, session.screen.progress
    pushed, pulled = Pushed(), pulling.Pulled()
    problem: CaseError | None = None
    if push:
        pushed = session.delivery.push(shown=lambda n: shown("delivering", n, "change"))
        problem = pushed.problem
        session.spool.sweep(session.now(), session.sealed())
    if pull and problem is None:
        try:
            pulled = pulling.pull(
                place,
                session.backend,
                lambda n: shown("taking in", n, "case"),
                full=full,
            )
        except BackendError as error:
            problem = error
    return SyncReport(
        profile=session.profile.name,
        items=pushed.items,
        refs=pulled.refs,
        busy=pulled.busy,
        problem=problem,
        refused=pushed.refused,
    )
