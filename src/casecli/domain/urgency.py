"""What an urgent case may leave for later: it leaves now, with its to-dos written down.

Subject, severity and business impact are never left for later, and what a policy
denies stays denied.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from casecli.domain.policy import Effect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from casecli.domain.policy import Finding

AT_ONCE = frozenset({"subject", "severity", "impact"})


def deferred(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Keep what is required and may be done after an urgent case was opened."""
    return tuple(
        each
        for each in findings
        if each.effect is Effect.REQUIRE and each.field not in AT_ONCE
    )


def softened(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Turn what may be done later from a refusal into a warning."""
    every = tuple(findings)
    later = deferred(every)
    return tuple(
        replace(each, effect=Effect.WARN) if each in later else each for each in every
    )
