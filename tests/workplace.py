"""What use cases work with, for tests that deliver without a command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casecli import policies
from casecli.app.workplace import Workplace
from casecli.domain.policy import Actor
from casecli.policies.conditions import CelConditions
from casecli.scrub import Gate
from casecli.vault import FileVault

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from casecli.domain.ports import Spool, Store


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
