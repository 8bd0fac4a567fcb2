"""What may be done with a case now, action by action."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from casecli.domain.policy import Effect, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from casecli.domain.case import Case
    from casecli.domain.policy import Finding

    Judge = Callable[[str, Case, Request], tuple[Finding, ...]]

ACTIONS = ("comment", "upload", "escalate", "edit", "close", "cancel", "reopen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Whether an action is possible now; `findings` say why not, or what to mind.

    With a `reason` it is about that one alone, empty for any.
    """

    action: str
    allowed: bool
    findings: tuple[Finding, ...] = ()
    reason: str = ""


def permissions(
    judge: Judge, case: Case, reasons: Iterable[str] = ()
) -> tuple[Permission, ...]:
    """Judge every action on a case as far as it can be judged without its details.

    Of the `reasons` to escalate for, those are told that must wait, with their moment.
    """
    found = {action: _permission(judge, case, action) for action in ACTIONS}
    waiting = [
        each
        for reason in (reasons if found["escalate"].allowed else ())
        if _waits(each := _permission(judge, case, "escalate", reason))
    ]
    return (*found.values(), *waiting)


def _permission(judge: Judge, case: Case, action: str, reason: str = "") -> Permission:
    findings = tuple(
        each
        for each in judge(action, case, Request(reason=reason))
        if each.effect in (Effect.DENY, Effect.WARN)
    )
    denied = any(each.effect is Effect.DENY for each in findings)
    return Permission(
        action=action, allowed=not denied, findings=findings, reason=reason
    )


def _waits(permission: Permission) -> bool:
    return any(
        each.effect is Effect.DENY and each.earliest is not None
        for each in permission.findings
    )
