"""Escalations on the screen, and the plan of their updates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from casecli.domain.case import CommunicationPlan, Feed
from casecli.domain.errors import NotFound
from casecli.domain.wire import to_plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from casecli.app.lifecycle import Step
    from casecli.cli.stepping import Terms
    from casecli.cli.wiring import Session
    from casecli.domain.case import Case


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

    def step(found: Case) -> Step:
        return Step(
            verb="plan",
            case=found,
            request=Request(plan=agreed),
            waivers=texts.waivers(waive),
            plan=agreed,
        )

    stepping.take(session, [case], step, terms)
