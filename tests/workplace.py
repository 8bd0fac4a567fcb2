"""What use cases work with, for tests that deliver without a command line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from casecli import policies
from casecli.app.workplace import Workplace
from casecli.domain.case import BusinessImpact
from casecli.domain.change import Open
from casecli.domain.policy import Actor
from casecli.policies.conditions import CelConditions
from casecli.scrub import Gate
from casecli.vault import FileVault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from casecli.domain.ports import Spool, Store

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OPENING = Open(
    key="k1",
    case="L1",
    at=MONDAY,
    subject="Calls drop",
    description="Every call drops since this morning.",
    type="problem",
    severity="high",
    impact=BusinessImpact(
        summary="two of three contact centres cannot take any call since nine",
        answers={"production-down": "no", "people-affected": "410"},
    ),
)


def workplace(
    store: Store, spool: Spool, folder: Path, now: Callable[[], datetime]
) -> Workplace:
    """Set up a customer's profile `live` under the generic policy."""
    policy = policies.load("generic", ())
    return Workplace(
        profile="live",
        policy=policy,
        actor=Actor(name="customer", role="customer"),
        store=store,
        spool=spool,
        vault=FileVault(folder / "vault.db", folder / "vault.key"),
        scrubber=Gate(),
        conditions=CelConditions(policy.calendar),
        now=now,
        new_key=lambda: "none is needed",
    )
