"""Escalations on the screen, and the plan of their updates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from casecli.domain.case import CommunicationPlan, Feed
from casecli.domain.errors import NotFound, Refused
from casecli.domain.wire import to_plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from casecli.app.lifecycle import Step
    from casecli.cli.stepping import Terms
    from casecli.cli.wiring import Session
    from casecli.domain.case import Case
    from casecli.domain.policy import Finding


def show(session: Session, ref: str) -> None:
    """Show the newest escalation of a case with its feed.

    Raises:
        NotFound: the case was never escalated.
    """
    case = session.case(ref)
    newest = case.escalation
    if newest is None:
        raise NotFound(
            "escalation of case", case.label, f"casecli escalate {case.label}"
        )
    feed = [each for each in case.comments if each.feed is Feed.ESCALATION]
    plain: dict[str, Any] = {**to_plain(newest), "feed": [to_plain(e) for e in feed]}

    def human() -> None:
        screen = session.screen
        screen.line((f"{case.label}  ", "bold"), f"escalation {newest.state}")
        shown = {
            k: v for k, v in plain.items() if k not in ("feed", "plan", "rejection")
        }
        screen.pairs(list(shown.items()))
        for group in ("plan", "rejection"):
            for name, value in (plain[group] or {}).items():
                screen.pairs([(f"{group}.{name}", value)])
        for each in feed:
            screen.line((f"\n{to_plain(each.at)}  ", "dim"), (each.author, "bold"))
            screen.line(each.text)

    session.screen.result(plain, human)


def agree_plan(
    session: Session,
    case: str,
    agreed: CommunicationPlan,
    waive: Sequence[str],
    terms: Terms,
) -> None:
    """Record a communication plan.

    Raises:
        Refused: a part of the plan is missing or cannot be.
    """
    from casecli.app.lifecycle import Step
    from casecli.cli import stepping, texts
    from casecli.domain.policy import Request

    missing = _incomplete(session, agreed)
    if missing:
        raise Refused("plan", missing)

    def step(found: Case) -> Step:
        return Step(
            verb="plan",
            case=found,
            request=Request(),
            waivers=texts.waivers(waive),
            plan=agreed,
        )

    stepping.take(session, [case], step, terms)


def _incomplete(session: Session, plan: CommunicationPlan) -> list[Finding]:
    from casecli.domain.judgement import rule_id
    from casecli.domain.policy import Effect, Finding
    from casecli.domain.timers import parse_duration

    modes = session.policy.escalation.plan_modes
    problems = []
    if not plan.mode or (modes and plan.mode not in modes):
        problems.append(("mode", f"the mode is one of {', '.join(modes)}"))
    try:
        parse_duration(plan.every)
    except ValueError:
        problems.append(("every", "how often is a time such as 4h or 1d"))
    if not plan.attendees:
        problems.append(("attendee", "somebody must attend"))
    return [
        Finding(
            rule=rule_id(session.policy, "PLAN"),
            effect=Effect.REQUIRE,
            field=field,
            message=message,
            remedy=f"--{field} {field.upper()}",
            source=session.policy.escalation.source,
        )
        for field, message in problems
    ]
