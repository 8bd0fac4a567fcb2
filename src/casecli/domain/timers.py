"""The moments that matter in a case, computed from its facts and its policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casecli.domain.calendar import BusinessCalendar, parse_duration, window_end
from casecli.domain.case import EscalationState, Status, Timer, WaitingOn
from casecli.domain.facts import stale_at
from casecli.domain.policy import Actor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from casecli.domain.case import Case
    from casecli.domain.policy import Policy

__all__ = ["parse_duration", "timers"]

_NOBODY = Actor()
SAME_BUSINESS_DAY = "same-business-day"


def timers(policy: Policy, case: Case, actor: Actor = _NOBODY) -> tuple[Timer, ...]:
    """Give the running timers of a case, nearest first; none for what nobody stated.

    No clock of the vendor's runs for a case it does not have. A moment may lie in the
    past: then it is overdue, or the window is over.
    """
    if case.status in (Status.DRAFT, Status.QUEUED):
        return ()
    running = [*_reopen(policy, case)]
    if not case.status.ended:
        running += [
            *_response(policy, case, actor),
            *_escalation(policy, case),
            *_silence(policy, case),
            *_analysis(policy, case, actor),
            *_feedback(policy, case),
        ]
    return tuple(sorted(running, key=lambda timer: timer.due_at))


def _response(policy: Policy, case: Case, actor: Actor) -> Iterator[Timer]:
    """A level without targets has no timer; what a level does not name is unchanged."""
    severity, level = policy.severity(case.severity), policy.level(actor.level)
    if severity is None or severity.response is None or case.opened_at is None:
        return
    if case.status is not Status.OPEN or case.vendor_updated_at is not None:
        return
    if level is not None and not level.targets:
        return
    factor = level.response_factor.get(severity.id, 1.0) if level else 1.0
    due = _due(policy, case.opened_at, severity.response, severity.clock, factor)
    yield Timer(kind="response-due", due_at=due, rule=f"severity {severity.id}")


def _escalation(policy: Policy, case: Case) -> Iterator[Timer]:
    newest = case.escalation
    if newest is None or not newest.state.live:
        return
    channel = policy.channel(newest.channel)
    asked = newest.state is EscalationState.REQUESTED
    if asked and newest.acknowledged_at is None:
        due = newest.respond_by
        if due is None and channel is not None and channel.response is not None:
            due = _due(policy, newest.requested_at, channel.response, channel.clock)
        if due is not None:
            rule = f"channel {channel.id if channel else newest.channel}"
            yield Timer(kind="escalation-response-due", due_at=due, rule=rule)
    if newest.plan is not None and newest.plan.every:
        since = max(newest.requested_at, case.vendor_updated_at or newest.requested_at)
        try:
            due = since + parse_duration(newest.plan.every)
        except ValueError:
            return
        yield Timer(kind="update-due", due_at=due, rule=f"plan of {newest.id}")


def _silence(policy: Policy, case: Case) -> Iterator[Timer]:
    spec, severity = policy.escalation, policy.severity(case.severity)
    edge, due = policy.severity(spec.no_update_from), stale_at(policy, case)
    if due is None or severity is None or case.status is Status.RESOLVED:
        return
    if edge is None or severity.rank <= edge.rank:
        rule = f"{policy.id.upper()}-ESCALATION"
        yield Timer(kind="no-update", due_at=due, rule=rule)


def _analysis(policy: Policy, case: Case, actor: Actor) -> Iterator[Timer]:
    deployment = case.environment.deployment or actor.deployment
    days = policy.escalation.rca_days.get(deployment.lower())
    if case.rca_requested_at is not None and days is not None:
        due = _calendar(policy).add_business_days(case.rca_requested_at, days)
        yield Timer(kind="rca-due", due_at=due, rule=f"{policy.id.upper()}-ESCALATION")


def _feedback(policy: Policy, case: Case) -> Iterator[Timer]:
    """A case nobody answers may be closed; the vendor's question starts the clock."""
    span, since = policy.closing.no_feedback, case.vendor_updated_at
    if span is None or since is None or case.waiting_on is not WaitingOn.CUSTOMER:
        return
    due = since + parse_duration(span)
    yield Timer(kind="no-feedback", due_at=due, rule=f"{policy.id.upper()}-CLOSE")


def _reopen(policy: Policy, case: Case) -> Iterator[Timer]:
    window = policy.reopen
    if case.status is not Status.CLOSED or case.closed_at is None:
        return
    if window.days is not None:
        zone = _calendar(policy).zone
        end = window_end(case.closed_at, window.days, zone, inclusive=window.inclusive)
        rule = window.rule or f"{policy.id.upper()}-REOPEN"
        yield Timer(kind="reopen-until", due_at=end, rule=rule)


def _calendar(policy: Policy) -> BusinessCalendar:
    return policy.calendar or BusinessCalendar()


def _due(
    policy: Policy, start: datetime, target: str, clock: str, factor: float = 1.0
) -> datetime:
    if target == SAME_BUSINESS_DAY:
        return _calendar(policy).end_of_business(start)
    span = parse_duration(target) * factor
    if clock == "business":
        return _calendar(policy).add_business_time(start, span)
    return start + span
