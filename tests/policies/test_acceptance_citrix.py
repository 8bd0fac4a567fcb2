"""Citrix and the guide to escalation judged on cases, T21 to T28."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from casecli import policies
from casecli.domain.case import (
    ActionItem,
    CommunicationPlan,
    Escalation,
    EscalationState,
    Status,
    Workaround,
)
from casecli.domain.judgement import refusals
from casecli.domain.policy import Actor, Request
from casecli.domain.timers import timers
from tests.policies.scenes import (
    CASE,
    FACTS,
    IN_ORDER,
    LIVE,
    NOW,
    OPENING,
    at,
    pack,
    refused,
    rules,
    said,
)

# --- T21 to T25: Citrix ---------------------------------------------------------------


def test_t21_an_agreed_severity_goes_down_only() -> None:  # C-26
    agreed = replace(CASE, severity_agreed="medium")

    higher = refusals(said("citrix", "edit", Request(severity="high"), agreed))
    lower = said("citrix", "edit", Request(severity="low"), agreed)
    before = said("citrix", "edit", Request(severity="high"), CASE)

    assert rules(higher) == ["CITRIX-SEVERITY-AGREED"]
    assert refused(lower) == []
    assert "CITRIX-SEVERITY-LOWER" in rules(lower)
    assert refused(before) == []


def test_t21_a_legacy_guide_warns_and_can_be_waived() -> None:  # C-02, section K
    agreed = replace(CASE, severity_agreed="medium")

    findings = said("citrix", "edit", Request(severity="high"), agreed)

    assert [(each.rule, each.waivable) for each in findings] == [
        ("CITRIX-LEGACY", False),
        ("CITRIX-SEVERITY-AGREED", True),
    ]


@pytest.mark.parametrize(
    ("answers", "missing"),
    [
        ({}, ["worked-to-satisfaction", "may-be-closed"]),
        ({"worked-to-satisfaction": "yes"}, ["may-be-closed"]),
        (
            {"worked-to-satisfaction": "no", "may-be-closed": "yes"},
            ["worked-to-satisfaction"],
        ),
        ({"worked-to-satisfaction": "yes", "may-be-closed": "yes"}, []),
    ],
)
def test_t22_closing_takes_two_confirmations(  # C-18
    answers: dict[str, str], missing: list[str]
) -> None:
    request = Request(channel="web", reason="resolved", answers=answers)

    findings = refusals(said("citrix", "close", request, CASE))

    assert [each.field for each in findings] == missing


def test_t22_closing_takes_a_reason_of_the_customers() -> None:  # C-19 C-21
    request = replace(IN_ORDER["citrix", "close"], reason="not-entitled")

    assert refused(said("citrix", "close", request, CASE)) == ["CITRIX-CLOSE"]
    assert [each.id for each in pack("citrix").closing.vendor_reasons] == [
        "no-further-troubleshooting",
        "no-feedback-in-time",
        "no-response-after-attempts",
        "not-entitled",
    ]


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ("2026-04-13T11:59:59+02:00", []),
        ("2026-04-13T12:00:00+02:00", ["warn"]),
        ("2026-04-14T12:00:00+02:00", ["warn"]),
        ("2026-04-14T12:00:01+02:00", ["deny"]),
    ],
)
def test_t23_thirty_days_across_a_change_of_the_clock(  # C-27 C-28
    now: str, found: list[str]
) -> None:
    case = replace(
        CASE, status=Status.CLOSED, closed_at=at("2026-03-15T12:00:00+01:00")
    )

    findings = said(
        "citrix",
        "reopen",
        Request(reason="it is back"),
        case,
        now=at(now),
        settings={"calendar.zone": "Europe/Berlin"},
    )

    about = [each for each in findings if each.rule == "CITRIX-REOPEN"]
    assert [each.effect.value for each in about] == found


def test_t23_afterwards_a_linked_case_follows() -> None:  # C-28
    case = replace(
        CASE, status=Status.CLOSED, closed_at=NOW - timedelta(days=30, seconds=1)
    )

    (finding,) = refusals(said("citrix", "reopen", Request(reason="it is back"), case))

    assert finding.remedy == "casecli open --follows 4711"


def asked_by(channel: str, moment: str) -> Escalation:
    return Escalation(
        id="E1",
        state=EscalationState.REQUESTED,
        requested_at=at(moment),
        channel=channel,
    )


@pytest.mark.parametrize(
    ("channel", "requested", "due"),
    [
        ("phone", "2026-03-07T23:30:00+01:00", "2026-03-08T00:30:00+01:00"),
        ("email", "2026-03-06T16:00:00+01:00", "2026-03-06T17:00:00+01:00"),
        ("email", "2026-03-07T10:00:00+01:00", "2026-03-09T17:00:00+01:00"),
    ],
)
def test_t24_an_escalation_is_answered_in_time(  # C-36 C-37
    channel: str, requested: str, due: str
) -> None:
    policy = policies.under_contract(pack("citrix"), {"calendar.zone": "Europe/Berlin"})
    case = replace(CASE, escalations=(asked_by(channel, requested),))

    (timer,) = timers(policy, case)

    assert timer.kind == "escalation-response-due"
    assert timer.due_at == at(due)


def test_t24_the_web_has_no_response_time() -> None:  # C-34
    case = replace(CASE, escalations=(asked_by("web", "2026-03-06T16:00:00+01:00"),))

    assert timers(pack("citrix"), case) == ()


def test_t25_a_transfer_waits_for_what_is_open() -> None:  # C-16
    todo = ActionItem(text="send a trace", at=NOW)
    waiting = replace(CASE, action_items=(todo, todo, replace(todo, done_at=NOW)))
    done = replace(CASE, action_items=(replace(todo, done_at=NOW),))

    (finding,) = refusals(said("citrix", "transfer", Request(), waiting))

    assert "2 action items open" in finding.message
    assert refused(said("citrix", "transfer", Request(), done)) == []


# --- T26 to T28: the guide to escalation ----------------------------------------------


def test_t26_an_escalation_is_possible_at_once_after_four_facts() -> None:  # E-03 E-09
    case = replace(CASE, opened_at=NOW - timedelta(minutes=1))
    request = IN_ORDER["generic", "escalate"]

    assert said("generic", "escalate", request, case) == ()
    assert (
        len(refused(said("generic", "escalate", replace(request, answers={}), case)))
        == 3
    )


def test_t26_a_practical_workaround_is_a_warning() -> None:  # E-12
    case = replace(CASE, workaround=Workaround(text="restart it"))
    request = replace(
        IN_ORDER["generic", "escalate"],
        answers={**FACTS, "workaround-impractical": "no"},
    )

    assert rules(said("generic", "escalate", request, case)) == [
        "GENERIC-ESC-WORKAROUND"
    ]
    assert refused(said("generic", "escalate", request, case)) == []


def test_t27_an_escalation_does_not_end_without_agreement() -> None:  # E-26
    case = replace(CASE, escalations=(LIVE,))

    assert refused(said("generic", "deescalate", Request(), case)) == [
        "GENERIC-CHECKLIST"
    ]
    assert (
        refused(said("generic", "deescalate", Request(answers={"agree": "yes"}), case))
        == []
    )


@pytest.mark.parametrize(
    ("plan", "missing"),
    [
        (CommunicationPlan(mode="email", every="daily", attendees=("Ada",)), []),
        (CommunicationPlan(mode="email", attendees=("Ada",)), ["every"]),
        (CommunicationPlan(mode="fax", every="soon"), ["mode", "every", "attendees"]),
    ],
)
def test_t28_a_plan_has_three_parts(  # E-20
    plan: CommunicationPlan, missing: list[str]
) -> None:
    case = replace(CASE, escalations=(LIVE,))

    findings = refusals(said("generic", "plan", Request(plan=plan), case))

    assert [each.field for each in findings] == missing


def test_entitlement_is_recorded_and_never_blocks() -> None:  # C-06
    unverified = said("citrix", "open", OPENING, actor=Actor())
    expired = said("citrix", "open", OPENING, actor=Actor(entitlement="expired"))

    assert "CITRIX-ENTITLEMENT" in rules(unverified)
    assert "CITRIX-ENTITLEMENT-EXPIRED" in rules(expired)
    assert refused(unverified) == refused(expired) == []


def test_what_the_web_form_requires_is_a_checklist_for_the_phone() -> (
    None
):  # C-38 to C-40
    case = replace(CASE, business_impact=replace(CASE.business_impact, summary=""))
    request = Request(channel="phone", reason="dissatisfied", contact="Ada")

    findings = said("citrix", "escalate", request, case)

    assert "CITRIX-ESC-SCRIPT" in rules(findings)
    assert refused(findings) == []
    assert refused(
        said("citrix", "escalate", replace(request, channel="web"), case)
    ) == [
        "CITRIX-ESC-IMPACT",
        "CITRIX-ESC-SUMMARY",
    ]
