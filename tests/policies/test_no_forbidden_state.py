"""No sequence of what people do brings a case into a state its pack forbids.

The store is a list of changes folded into a case; the vendor's side moves as it likes.
In CI (`CI=true`) 2,000 runs of 30 steps a pack, elsewhere fewer.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from casecli import policies
from casecli.domain.calendar import BusinessCalendar, window_end
from casecli.domain.case import (
    Case,
    CommunicationPlan,
    EscalationState,
    Status,
    WaitingOn,
)
from casecli.domain.change import (
    AgreePlan,
    AnyChange,
    Cancel,
    Close,
    Deescalate,
    EditFields,
    Escalate,
    Open,
    Reopen,
)
from casecli.domain.checklist import Question, QuestionKind
from casecli.domain.folding import fold
from casecli.domain.judgement import judge, refusals
from casecli.domain.policy import Policy, Request

RUNS = 2000 if os.environ.get("CI") else 60
BEGIN = datetime(2026, 3, 1, 10, tzinfo=UTC)
ROLES = {"genesys": "designated-contact"}
VERBS = st.sampled_from(
    ["edit", "plan", "deescalate", "close", "cancel", "reopen", *["escalate"] * 4]
)


def _answers(question: Question) -> list[str]:
    """Give mostly what would do, and now and then what would not."""
    if question.kind is QuestionKind.DATE:
        return ["2026-04-01"]
    if question.kind is QuestionKind.YES_NO:
        good = question.expects or "yes"
        return [good] * 7 + ["no" if good == "yes" else "yes"]
    if question.choices:
        return [each.id for each in question.choices]
    return ["12" if question.kind is QuestionKind.NUMBER else "said in the case"]


def _machine(pack: str) -> type[RuleBasedStateMachine]:  # noqa: C901 (one class a pack)
    policy: Policy = policies.load(pack)
    conditions = policies.CelConditions(policy.calendar)
    actor = policies.actor_of("kim", ROLES.get(pack, "customer"), "", {})
    severities = [each.id for each in policy.severities]
    reasons = [
        each.id for each in (*policy.closing.reasons, *policy.escalation.reasons)
    ]

    asked = (
        *policy.closing.confirmations,
        *policy.escalation.facts,
        *policy.escalation.deescalation,
    )
    answers_given = st.fixed_dictionaries(
        {each.id: st.sampled_from(_answers(each)) for each in asked}
    )

    class Life(RuleBasedStateMachine):
        """One case, its customer, its vendor and the clock."""

        case: Case
        now = BEGIN
        count = 0
        cancelled = False

        @initialize(severity=st.sampled_from(severities))
        def opened(self, severity: str) -> None:
            """Open a case."""
            change = Open(
                key="k", case="L1", at=BEGIN, subject="Calls drop", severity=severity
            )
            self.case = replace(fold(None, [change]), number="1", status=Status.OPEN)

        @rule(hours=st.integers(1, 24 * 20))
        def time_passes(self, hours: int) -> None:
            """Let the clock run."""
            self.now += timedelta(hours=hours)

        @rule(
            verb=VERBS,
            reason=st.sampled_from([*reasons, *reasons, "because"]),
            answers=answers_given,
            severity=st.sampled_from(severities),
            channel=st.sampled_from(["portal", "phone", "email"]),
        )
        def customer_acts(
            self,
            verb: str,
            reason: str,
            answers: dict[str, str],
            severity: str,
            channel: str,
        ) -> None:
            """Do what the pack allows, and nothing where it refuses."""
            request = Request(
                channel=channel,
                reason=reason,
                text="please",
                impact="all agents are idle since nine",
                outcome="other",
                contact="kim",
                answers=answers,
                severity=severity if verb == "edit" else None,
                fields={"severity": severity} if verb == "edit" else {},
                plan=CommunicationPlan(mode="email", every="4h", attendees=("kim",)),
            )
            found = judge(policy, verb, self.case, actor, request, self.now, conditions)
            if refusals(found):
                return
            before = self.case
            self.count += 1
            self.case = fold(self.case, [self._change(verb, request)])
            self._check_step(verb, before)

        def _change(self, verb: str, request: Request) -> AnyChange:
            head = {"key": f"k{self.count}", "case": "L1", "at": self.now}
            match verb:
                case "edit":
                    return EditFields(**head, fields=request.fields)  # type: ignore[arg-type] # one head for all
                case "escalate":
                    return Escalate(**head, reason=request.reason)  # type: ignore[arg-type] # as above
                case "plan":
                    assert request.plan is not None
                    return AgreePlan(**head, plan=request.plan)  # type: ignore[arg-type] # as above
                case "deescalate":
                    return Deescalate(**head, agreement="yes")  # type: ignore[arg-type] # as above
                case "close":
                    return Close(**head, reason=request.reason)  # type: ignore[arg-type] # as above
                case "cancel":
                    return Cancel(**head, reason=request.reason)  # type: ignore[arg-type] # as above
                case _:
                    return Reopen(**head, reason=request.reason)  # type: ignore[arg-type] # as above

        def _check_step(self, verb: str, before: Case) -> None:
            assert not (before.status.ended and verb in ("escalate", "close", "edit"))
            if verb == "reopen" and policy.reopen.days and before.closed_at:
                zone = (policy.calendar or BusinessCalendar()).zone
                inclusive = policy.reopen.inclusive
                days = policy.reopen.days
                assert self.now <= window_end(
                    before.closed_at, days, zone, inclusive=inclusive
                )
            if verb == "deescalate":
                assert before.escalation is not None
                assert before.escalation.state is EscalationState.ACTIVE
            if pack == "citrix" and verb == "edit" and before.severity_agreed:
                old = policy.severity(before.severity_agreed)
                new = policy.severity(self.case.severity)
                assert old is not None
                assert new is not None
                assert new.rank >= old.rank

        @precondition(lambda self: self.case.escalation is not None)
        @rule(state=st.sampled_from(list(EscalationState)))
        def vendor_answers(self, state: EscalationState) -> None:
            """Move the newest escalation on, while it lives."""
            newest = self.case.escalation
            assert newest is not None
            if newest.state.live:
                rest = self.case.escalations[:-1]
                self.case = replace(
                    self.case, escalations=(*rest, replace(newest, state=state))
                )

        @precondition(lambda self: not self.case.status.ended)
        @rule(
            status=st.sampled_from(
                [Status.IN_PROGRESS, Status.WAITING_ON_CUSTOMER, Status.RESOLVED]
            )
        )
        def vendor_works(self, status: Status) -> None:
            """Let the vendor move the case."""
            waits = status is Status.WAITING_ON_CUSTOMER
            self.case = replace(
                self.case,
                status=status,
                waiting_on=WaitingOn.CUSTOMER if waits else WaitingOn.VENDOR,
                vendor_updated_at=self.now,
                severity_agreed=self.case.severity,
            )

        @invariant()
        def one_escalation_lives(self) -> None:
            """Never two at once."""
            live = [each for each in self.case.escalations if each.state.live]
            assert len(live) <= 1

        @invariant()
        def cancelled_stays_cancelled(self) -> None:
            """Cancelling is the end."""
            if self.cancelled:
                assert self.case.status is Status.CANCELLED
            self.cancelled = self.case.status is Status.CANCELLED

        @invariant()
        def an_ended_case_says_when(self) -> None:
            """Closed and cancelled cases carry the moment."""
            if self.case.status.ended:
                assert self.case.closed_at is not None

    return Life


@pytest.mark.timeout(900)
@pytest.mark.parametrize("pack", ["generic", "citrix", "genesys", "hotline-portal"])
def test_no_sequence_reaches_a_forbidden_state(pack: str) -> None:
    run_state_machine_as_test(
        _machine(pack),
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
