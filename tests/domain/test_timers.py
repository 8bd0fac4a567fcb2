"""The moments that matter in a case, nearest first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from casecli.domain.calendar import BusinessCalendar, parse_duration
from casecli.domain.case import (
    Case,
    CommunicationPlan,
    Environment,
    Escalation,
    EscalationState,
    Status,
    WaitingOn,
)
from casecli.domain.policy import (
    Actor,
    ChannelSpec,
    ClosingSpec,
    EntitlementLevel,
    EscalationSpec,
    Policy,
    ReopenSpec,
    SeverityLevel,
)
from casecli.domain.timers import timers

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)  # a Friday
BERLIN = BusinessCalendar(zone=ZoneInfo("Europe/Berlin"))
POLICY = Policy(
    id="acme",
    title="Acme",
    vendor="Acme",
    severities=(
        SeverityLevel(id="high", rank=1, label="High", response="1h"),
        SeverityLevel(id="low", rank=2, label="Low", response="8h", clock="business"),
        SeverityLevel(id="none", rank=3, label="None"),
    ),
    channels=(
        ChannelSpec(id="phone", label="phone", response="1h"),
        ChannelSpec(id="email", label="e-mail", response="same-business-day"),
        ChannelSpec(id="web", label="web"),
    ),
    entitlement=(
        EntitlementLevel(id="gold", label="Gold", response_factor={"high": 0.5}),
        EntitlementLevel(id="free", label="Free", targets=False),
    ),
    reopen=ReopenSpec(days=30),
    calendar=BERLIN,
)
CASE = Case(ref="L1", severity="high", opened_at=NOON)
ASKED = Escalation(
    id="E1", state=EscalationState.REQUESTED, requested_at=NOON, channel="phone"
)


def due(policy: Policy, case: Case, level: str = "") -> list[tuple[str, datetime]]:
    found = timers(policy, case, Actor(level=level))
    return [(each.kind, each.due_at) for each in found]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_response_is_due_while_nobody_has_answered() -> None:
    answered = replace(CASE, vendor_updated_at=NOON)

    assert due(POLICY, CASE) == [("response-due", NOON + timedelta(hours=1))]
    assert due(POLICY, answered) == []


def test_a_level_shortens_a_target_or_has_none() -> None:
    assert due(POLICY, CASE, "gold") == [("response-due", NOON + timedelta(minutes=30))]
    assert due(POLICY, replace(CASE, severity="low"), "gold") == due(
        POLICY, replace(CASE, severity="low")
    )
    assert due(POLICY, CASE, "free") == []


def test_a_target_nobody_stated_makes_no_timer() -> None:
    assert due(POLICY, replace(CASE, severity="none")) == []
    assert due(POLICY, replace(CASE, severity=None)) == []


def test_a_target_in_business_hours_goes_on_after_the_week_end() -> None:
    case = replace(CASE, severity="low")

    assert due(POLICY, case) == [("response-due", at("2026-03-09T13:00:00+01:00"))]


@pytest.mark.parametrize(
    ("start", "span", "end"),
    [
        ("2026-03-06T16:00:00+01:00", "1h", "2026-03-06T17:00:00+01:00"),
        ("2026-03-06T16:00:00+01:00", "61m", "2026-03-09T09:01:00+01:00"),
        ("2026-03-06T20:00:00+01:00", "1h", "2026-03-09T10:00:00+01:00"),
        ("2026-03-07T10:00:00+01:00", "8h", "2026-03-09T17:00:00+01:00"),
        ("2026-03-27T16:00:00+01:00", "2h", "2026-03-30T10:00:00+02:00"),
    ],
)
def test_business_time_is_counted_in_opening_hours(
    start: str, span: str, end: str
) -> None:
    assert BERLIN.add_business_time(at(start), parse_duration(span)) == at(end)


def test_an_escalation_is_answered_by_its_channel() -> None:
    by_mail = replace(ASKED, channel="email")
    on_the_web = replace(ASKED, channel="web")
    seen = replace(ASKED, acknowledged_at=NOON)

    def when(escalation: Escalation) -> list[tuple[str, datetime]]:
        answered = replace(CASE, vendor_updated_at=NOON, escalations=(escalation,))
        return due(POLICY, answered)

    assert when(ASKED) == [("escalation-response-due", NOON + timedelta(hours=1))]
    assert when(by_mail) == [
        ("escalation-response-due", at("2026-03-06T17:00:00+01:00"))
    ]
    assert when(on_the_web) == []
    assert when(seen) == []


def test_an_update_is_due_by_the_plan() -> None:
    plan = CommunicationPlan(mode="email", every="daily", attendees=("Ada",))
    live = replace(ASKED, state=EscalationState.ACTIVE, plan=plan)
    case = replace(
        CASE, vendor_updated_at=NOON + timedelta(hours=2), escalations=(live,)
    )
    loose = replace(live, plan=replace(plan, every="when there is news"))

    assert due(POLICY, case) == [("update-due", NOON + timedelta(hours=26))]
    assert due(POLICY, replace(case, escalations=(loose,))) == []


def test_silence_an_analysis_and_missing_feedback_have_their_moments() -> None:
    policy = replace(
        POLICY,
        escalation=EscalationSpec(
            rca_days={"cloud": 5}, no_update="24h", no_update_from="high"
        ),
        closing=ClosingSpec(no_feedback="14d"),
    )
    case = replace(
        CASE,
        status=Status.WAITING_ON_CUSTOMER,
        waiting_on=WaitingOn.CUSTOMER,
        vendor_updated_at=NOON,
        rca_requested_at=NOON,
        environment=Environment(deployment="cloud"),
    )

    assert due(policy, case) == [
        ("no-update", NOON + timedelta(hours=24)),
        ("rca-due", NOON + timedelta(days=7)),
        ("no-feedback", NOON + timedelta(days=14)),
    ]
    assert due(policy, replace(case, severity="low", waiting_on=WaitingOn.VENDOR)) == [
        ("rca-due", NOON + timedelta(days=7))
    ]


def test_a_closed_case_has_its_window_and_nothing_else() -> None:
    case = replace(CASE, status=Status.CLOSED, closed_at=NOON, escalations=(ASKED,))

    assert due(POLICY, case) == [("reopen-until", at("2026-04-05T13:00:00+02:00"))]


@pytest.mark.parametrize("text", ["", "h", "4", "1.5h", "-1h", "soon", "4 h"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


def test_durations_have_words_too() -> None:
    assert parse_duration("Daily") == timedelta(days=1)
    assert parse_duration("weekly") == timedelta(weeks=1)
    assert parse_duration("90m") == timedelta(minutes=90)
