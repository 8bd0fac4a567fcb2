"""What may be done with a case now, action by action."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from casecli.domain.policy import Effect, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from casecli.domain.case import Case
    from casecli.domain.policy import Finding

    Judge = Callable[[str, Case, Request], tuple[Finding, ...]]

ACTIONS = ("comment", "upload", "escalate", "edit", "close", "cancel", "reopen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Whether an action is possible now; `findings` say why not, or what to mind."""

    action: str
    allowed: bool
    findings: tuple[Finding, ...] = ()


def permissions(judge: Judge, case: Case) -> tuple[Permission, ...]:
    """Judge every action on a case as far as it can be judged without its details."""
    return tuple(_permission(judge, case, action) for action in ACTIONS)


def _permission(judge: Judge, case: Case, action: str) -> Permission:
    findings = tuple(
        each
        for each in judge(action, case, Request())
        if each.effect in (Effect.DENY, Effect.WARN)
    )
    denied = any(each.effect is Effect.DENY for each in findings)
    return Permission(action=action, allowed=not denied, findings=findings)
