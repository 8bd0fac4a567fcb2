"""How the vendor-neutral policy treats people."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from casecli.domain.case import Case, Escalation, EscalationState, Status, Workaround
from casecli.domain.judgement import judge, refusals
from casecli.domain.policy import Actor, FileFact, Finding, Request
from casecli.policies import CelConditions, load

GENERIC = load("generic")
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
QUESTION = Request(
    subject="Typo in the manual",
    description="Page 7 says the port is 8080, it is 8081",
    severity="low",
    impact="new colleagues stumble over it",
    impact_answers={"production-down": "no"},
)
OUTAGE = Request(
    subject="All tills are down",
    description="The broker restarts every minute",
    severity="critical",
    impact="no shop in Lyon can take money",
    impact_answers={"production-down": "yes", "people-affected": "40"},
    contact_24x7=True,
    fields={
        "occurrence.started_at": "2026-03-02 11:30 UTC",
        "environment.type": "production",
    },
)
CASE = Case(ref="L1", number="4711", severity="high", status=Status.OPEN)


def said(
    action: str, request: Request, case: Case | None = None, role: str = ""
) -> tuple[Finding, ...]:
    conditions = CelConditions(GENERIC.calendar)
    return judge(GENERIC, action, case, Actor(role=role), request, NOW, conditions)


def test_a_small_question_needs_nothing_more_and_hears_nothing() -> None:
    assert said("open", QUESTION) == ()


def test_an_outage_that_says_what_matters_hears_nothing() -> None:
    assert said("open", OUTAGE) == ()


def test_an_empty_open_lists_only_what_is_essential() -> None:
    fields = [each.field for each in refusals(said("open", Request()))]

    assert fields == ["subject", "description", "severity", "impact", "production-down"]


@pytest.mark.parametrize("severity", ["critical", "high"])
def test_a_severe_case_says_how_many_are_affected(severity: str) -> None:
    request = replace(
        QUESTION, severity=severity, impact_answers={"production-down": "no"}
    )

    assert [each.field for each in refusals(said("open", request))] == [
        "people-affected"
    ]


def test_when_production_is_down_the_number_is_needed_at_any_severity() -> None:
    request = replace(QUESTION, impact_answers={"production-down": "YES"})

    findings = said("open", request)

    assert [each.field for each in refusals(findings)] == ["people-affected"]
    assert "GENERIC-DOWN-NOT-SEVERE" in [each.rule for each in findings]


@pytest.mark.parametrize(
    "text",
    ["n/a", "None", "tbd", "-", "?", "unknown", "ASAP!", "high", "yes", "very urgent"],
)
def test_the_business_impact_is_never_waved_through(text: str) -> None:
    (finding,) = refusals(said("open", replace(QUESTION, impact=text)))

    assert finding.rule == "GENERIC-IMPACT"
    assert not finding.waivable


def test_three_words_are_enough_for_a_small_case_only() -> None:
    small = said("open", replace(QUESTION, impact="readers are misled"))
    severe = said("open", replace(OUTAGE, impact="shops are closed"))

    assert [each.effect.value for each in small] == ["warn"]
    assert [each.field for each in refusals(severe)] == ["impact"]


def test_a_severe_case_without_a_beginning_is_warned_not_refused() -> None:
    findings = said("open", replace(OUTAGE, fields={}))

    assert [each.rule for each in findings] == [
        "GENERIC-STARTED-AT",
        "GENERIC-ENVIRONMENT",
    ]
    assert refusals(findings) == ()


def test_a_read_only_user_may_look_and_nothing_else() -> None:
    assert said("view", Request(), CASE, role="read-only") == ()
    assert [each.rule for each in said("open", QUESTION, role="read-only")] == [
        "GENERIC-ROLE"
    ]


def test_files_of_any_size_are_taken() -> None:
    huge = FileFact(name="core.dmp", size=10**12)

    assert said("upload", Request(files=(huge,)), CASE) == ()


def test_closing_asks_for_a_reason_and_no_more() -> None:
    assert said("close", Request(reason="resolved"), CASE) == ()
    assert [each.field for each in said("close", Request(), CASE)] == ["reason"]
    assert [each.field for each in said("close", Request(reason="other"), CASE)] == [
        "message"
    ]


def test_a_case_closed_long_ago_can_be_reopened() -> None:
    closed = replace(
        CASE, status=Status.CLOSED, closed_at=datetime(2019, 1, 1, tzinfo=UTC)
    )

    assert said("reopen", Request(reason="it is back"), closed) == ()


FACTS = {
    "problem-statement-correct": "yes",
    "impact-described": "yes",
    "milestone-date": "none",
}
BY_PHONE = Request(channel="phone", reason="dissatisfied-with-progress", answers=FACTS)


def test_an_escalation_is_possible_at_once_and_with_no_date_at_stake() -> None:
    assert said("escalate", BY_PHONE, CASE) == ()


def test_an_escalation_without_its_facts_is_sent_back() -> None:
    findings = said("escalate", replace(BY_PHONE, answers={}), CASE)

    assert [each.field for each in refusals(findings)] == list(FACTS)


def test_a_workaround_is_asked_about_and_a_practical_one_only_warned_of() -> None:
    case = replace(CASE, workaround=Workaround(text="restart it hourly"))
    answered = {**FACTS, "workaround-impractical": "no"}

    asked = said("escalate", BY_PHONE, case)
    warned = said("escalate", replace(BY_PHONE, answers=answered), case)

    assert [each.field for each in refusals(asked)] == ["workaround-impractical"]
    assert [each.rule for each in warned] == ["GENERIC-ESC-WORKAROUND"]
    assert refusals(warned) == ()


def test_escalating_on_the_web_is_possible_with_a_word_about_the_phone() -> None:
    findings = said("escalate", replace(BY_PHONE, channel="web"), CASE)

    assert [each.rule for each in findings] == ["GENERIC-ESC-CHANNEL"]
    assert refusals(findings) == ()


def test_an_escalation_ends_with_the_customers_agreement() -> None:
    live = Escalation(id="E1", state=EscalationState.ACTIVE, requested_at=NOW)
    case = replace(CASE, escalations=(live,))

    assert [each.field for each in said("deescalate", Request(), case)] == ["agree"]
    assert [
        each.field
        for each in said("deescalate", Request(answers={"agree": "no"}), case)
    ] == ["agree"]
    assert said("deescalate", Request(answers={"agree": "yes"}), case) == ()
    assert [
        each.rule
        for each in said(
            "deescalate",
            Request(answers={"agree": "yes", "analysis-on-track": "no"}),
            case,
        )
    ] == ["GENERIC-DEESC-PLAN"]
