"""The rules of Genesys judged on cases, T1 to T20; each test names its rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from casecli import policies
from casecli.domain.case import (
    Environment,
    EscalationState,
    Side,
    Status,
)
from casecli.domain.judgement import refusals
from casecli.domain.policy import ACTIONS, Request
from casecli.domain.timers import timers
from tests.policies.scenes import (
    ACTORS,
    CASE,
    CHECKLIST,
    GENESYS_OPENING,
    IN_ORDER,
    LIVE,
    NOW,
    at,
    case_for,
    pack,
    refused,
    rules,
    said,
)

CONTACT = ACTORS["genesys"]
ESCALATE = IN_ORDER["genesys", "escalate"]


# --- T1 to T6: who, where, what -------------------------------------------------------


@pytest.mark.parametrize("action", [each for each in ACTIONS if each != "view"])
def test_t01_a_read_only_user_writes_nothing(action: str) -> None:  # G-01 S-36
    findings = said(
        "genesys", action, Request(), CASE, actor=replace(CONTACT, role="read-only")
    )

    assert "GENESYS-ROLE" in refused(findings)
    assert not next(each for each in findings if each.rule == "GENESYS-ROLE").waivable


@pytest.mark.parametrize("severity", ["critical", "Production Down"])
@pytest.mark.parametrize("channel", ["portal", "web"])
def test_t02_the_worst_priorities_are_high_and_a_call(  # G-45 G-46 G-47
    severity: str, channel: str
) -> None:
    request = replace(
        GENESYS_OPENING, severity=severity, channel=channel, contact_24x7=True
    )

    (finding,) = refusals(said("genesys", "open", request))

    assert finding.rule == "GENESYS-SEVERITY"
    assert not finding.waivable
    assert "--severity high" in finding.remedy
    assert "call" in finding.remedy


def test_t02_policy_says_what_to_do_instead_and_then() -> None:  # G-47
    level = pack("genesys").severity("critical")

    assert level is not None
    assert level.instead == "high"
    assert level.todo == "call Customer Care to have the case raised to Critical"


@pytest.mark.parametrize("name", ["genesys", "citrix"])
def test_t03_no_case_is_opened_by_mail_and_comments_are(name: str) -> None:  # G-66 C-04
    request = replace(IN_ORDER[name, "open"], channel="email")
    comment = Request(channel="email", text="Case 4711: any news?")

    assert refused(said(name, "open", request)) == [f"{name.upper()}-CHANNEL"]
    assert refused(said(name, "comment", comment, CASE)) == []


@pytest.mark.parametrize("impact", ["-", "n/a", "high", "very bad", "calls drop"])
def test_t04_high_needs_an_impact_that_says_something(impact: str) -> None:  # G-36
    request = replace(GENESYS_OPENING, severity="high", impact=impact)

    assert refused(said("genesys", "open", request)) == ["GENESYS-IMPACT"]


def test_t04_low_takes_a_short_impact_with_a_warning() -> None:  # G-36
    request = replace(GENESYS_OPENING, severity="low", impact="agents wait longer")

    assert rules(said("genesys", "open", request)) == ["GENESYS-IMPACT"]
    assert refused(said("genesys", "open", request)) == []


# T5 and T6, the scrub gate: tests/scrub (G-15, G-67).

# --- T7 to T12: the form --------------------------------------------------------------

MANDATORY = [
    "subject",
    "description",
    "severity",
    "impact",
    "accounts.end_user",
    "accounts.sold_to",
    "product.category",
    "product.name",
    "product.release",
    "subtype",
    "environment.type",
    "environment.os",
]


def test_t07_all_that_is_missing_is_named_at_once() -> None:  # G-25 G-62
    findings = refusals(said("genesys", "open", Request()))

    assert [each.field for each in findings] == MANDATORY


def test_t08_a_product_outside_the_contract_names_those_inside() -> None:  # G-31
    request = replace(
        GENESYS_OPENING,
        fields={**GENESYS_OPENING.fields, "product.name": "Orchestration"},
    )
    settings = {"contract.products": "Framework; Voice Platform"}

    (finding,) = refusals(said("genesys", "open", request, settings=settings))

    assert finding.rule == "GENESYS-PRODUCT"
    assert "Framework, Voice Platform" in finding.message
    assert refused(said("genesys", "open", settings=settings)) == []


@pytest.mark.parametrize(
    ("user", "buyer", "found"),
    [
        ("Acme", "Acme", []),
        ("Beta", "Partner GmbH", []),
        ("Acme", "Partner GmbH", ["GENESYS-ACCOUNTS"]),
        ("Gamma", "Partner GmbH", ["GENESYS-ACCOUNTS", "GENESYS-ACCOUNTS"]),
    ],
)
def test_t09_only_pairs_one_is_contact_for(  # G-60
    user: str, buyer: str, found: list[str]
) -> None:
    pair = {"accounts.end_user": user, "accounts.sold_to": buyer}
    request = replace(GENESYS_OPENING, fields={**GENESYS_OPENING.fields, **pair})
    settings = {"contract.accounts": "Acme; Beta=Partner GmbH"}

    assert refused(said("genesys", "open", request, settings=settings)) == found


@pytest.mark.parametrize("severity", ["production-down", "critical"])
def test_t10_the_worst_need_somebody_within_reach(severity: str) -> None:  # G-50 G-52
    by_phone = replace(GENESYS_OPENING, severity=severity, channel="phone")
    to_raise = replace(
        GENESYS_OPENING,
        severity="high",
        fields={**GENESYS_OPENING.fields, "raise_to": severity},
    )

    assert refused(said("genesys", "open", by_phone)) == ["GENESYS-CONTACT-SEVERE"]
    assert refused(said("genesys", "open", to_raise)) == ["GENESYS-CONTACT-24X7"]
    assert refused(said("genesys", "open", replace(by_phone, contact_24x7=True))) == []
    assert refused(said("genesys", "open", replace(to_raise, contact_24x7=True))) == []


@pytest.mark.parametrize(
    ("answers", "missing"),
    [
        ({}, []),
        ({"production-down": "yes"}, []),
        ({"production-down": "no"}, []),
        (
            {"production-down": "no", "production-impacted": "yes"},
            ["people-affected"],
        ),
        ({"production-down": "yes", "production-impacted": "yes"}, []),
    ],
)
def test_t11_the_second_question_hangs_on_the_first(  # G-37 G-38
    answers: dict[str, str], missing: list[str]
) -> None:
    request = replace(GENESYS_OPENING, severity="high", impact_answers=answers)

    findings = refusals(said("genesys", "open", request))

    assert [each.field for each in findings] == missing


@pytest.mark.parametrize(
    ("release", "effects"),
    [("", ["require"]), ("8.5", []), ("8", []), ("9", ["warn"]), ("8.5.1", ["warn"])],
)
def test_t12_a_major_release_is_read_in_both_ways(  # G-32 G-33
    release: str, effects: list[str]
) -> None:
    request = replace(
        GENESYS_OPENING,
        fields={**GENESYS_OPENING.fields, "product.release": release},
    )

    findings = said("genesys", "open", request)

    about = [each for each in findings if each.rule == "GENESYS-RELEASE"]
    assert [each.effect.value for each in about] == effects
    assert all(each.remedy == "--set product.release=8.5|8" for each in about)


# --- T13 to T20: escalation at Genesys ------------------------------------------------


def test_t13_closed_none_low_and_second_are_four_refusals() -> (
    None
):  # S-03 S-05 S-15 S-09
    closed = replace(CASE, status=Status.CLOSED)
    low = replace(CASE, severity="low")
    second = replace(CASE, escalations=(LIVE,))

    assert refused(said("genesys", "escalate", ESCALATE, closed)) == ["GENESYS-STATE"]
    assert refused(said("genesys", "escalate", ESCALATE, None)) == ["GENESYS-NO-CASE"]
    assert refused(said("genesys", "escalate", ESCALATE, low)) == ["GENESYS-ESC-LOW"]
    assert refused(said("genesys", "escalate", ESCALATE, second)) == [
        "GENESYS-ESCALATION"
    ]


def test_t13_of_the_four_only_low_can_be_waived() -> None:  # S-15, section K
    low = replace(CASE, severity="low", escalations=(LIVE,))

    findings = refusals(said("genesys", "escalate", ESCALATE, low))

    assert {each.rule: each.waivable for each in findings} == {
        "GENESYS-ESCALATION": False,
        "GENESYS-ESC-LOW": True,
    }


@pytest.mark.parametrize("state", [EscalationState.CLOSED, EscalationState.REJECTED])
def test_t14_after_the_first_has_ended_a_second_may_follow(  # S-09
    state: EscalationState,
) -> None:
    case = replace(CASE, escalations=(replace(LIVE, state=state),))

    assert refused(said("genesys", "escalate", ESCALATE, case)) == []


RCA = replace(ESCALATE, reason="rca")
THURSDAY = at("2026-01-08T10:00:00+00:00")


@pytest.mark.parametrize(
    ("deployment", "holidays", "now", "found"),
    [
        ("cloud", "", "2026-01-14T10:00:00Z", ["GENESYS-ESC-RCA"]),
        ("cloud", "", "2026-01-15T09:59:59Z", ["GENESYS-ESC-RCA"]),
        ("cloud", "", "2026-01-15T10:00:00Z", []),
        ("cloud", "2026-01-13", "2026-01-15T10:00:00Z", ["GENESYS-ESC-RCA"]),
        ("cloud", "2026-01-13", "2026-01-16T10:00:00Z", []),
        ("premise", "", "2026-01-16T10:00:00Z", ["GENESYS-ESC-RCA"]),
        ("premise", "", "2026-01-19T09:59:59Z", ["GENESYS-ESC-RCA"]),
        ("premise", "", "2026-01-19T10:00:00Z", []),
    ],
)
def test_t15_an_analysis_has_full_business_days(  # S-12
    deployment: str, holidays: str, now: str, found: list[str]
) -> None:
    case = replace(
        CASE,
        rca_requested_at=THURSDAY,
        environment=Environment(deployment=deployment),
    )

    findings = said(
        "genesys",
        "escalate",
        RCA,
        case,
        now=at(now),
        settings={"calendar.holidays": holidays},
    )

    assert refused(findings) == found


def test_t15_the_refusal_says_when_it_becomes_possible() -> None:  # S-12
    case = replace(
        CASE,
        rca_requested_at=THURSDAY,
        environment=Environment(deployment="cloud"),
    )

    (finding,) = refusals(said("genesys", "escalate", RCA, case, now=THURSDAY))

    assert finding.earliest == at("2026-01-15T10:00:00Z")
    assert finding.waivable


def test_t15_what_is_not_known_is_asked_and_can_be_answered() -> None:  # S-12
    asked = refusals(said("genesys", "escalate", RCA, CASE))
    answers = {
        "rca_requested_at": "2026-02-02T10:00:00Z",
        "environment.deployment": "cloud",
    }

    assert [each.field for each in asked] == ["rca_requested_at"]
    assert (
        refused(said("genesys", "escalate", replace(RCA, answers=answers), CASE)) == []
    )


SILENT = replace(ESCALATE, reason="no-update", answers={"impact-significant": "yes"})
HARMLESS = replace(SILENT, answers={"impact-significant": "no"})


@pytest.mark.parametrize(
    ("request_", "silence", "severity", "found"),
    [
        (SILENT, timedelta(hours=23, minutes=59), "high", ["GENESYS-ESC-NO-UPDATE"]),
        (SILENT, timedelta(hours=24), "high", []),
        (HARMLESS, timedelta(hours=24), "high", ["GENESYS-ESC-NO-UPDATE-HARM"]),
        (SILENT, timedelta(hours=24), "medium", ["GENESYS-ESC-NO-UPDATE-HARM"]),
        (ESCALATE, timedelta(hours=1), "medium", []),
    ],
)
def test_t16_silence_is_a_ground_after_a_day_with_harm(  # S-14
    request_: Request, silence: timedelta, severity: str, found: list[str]
) -> None:
    case = replace(CASE, severity=severity, vendor_updated_at=NOW - silence)

    assert refused(said("genesys", "escalate", request_, case)) == found


def test_t17_a_missed_update_and_an_open_request_are_asked_about() -> None:  # S-06 S-07
    unread = case_for("escalate", {"last_word": "vendor"})
    waiting = case_for("escalate", {"waiting_on": "customer"})
    read = replace(ESCALATE, answers={"read-latest-update": "yes"})
    given = replace(ESCALATE, answers={"answered-request": "yes"})

    assert refused(said("genesys", "escalate", ESCALATE, unread)) == [
        "GENESYS-ESC-UNREAD"
    ]
    assert refused(said("genesys", "escalate", read, unread)) == []
    assert refused(said("genesys", "escalate", ESCALATE, waiting)) == [
        "GENESYS-ESC-WAITING"
    ]
    assert refused(said("genesys", "escalate", given, waiting)) == []


def test_t17_our_own_last_word_is_nothing_missed() -> None:  # S-06
    case = case_for("escalate", {"last_word": Side.CUSTOMER})

    assert refused(said("genesys", "escalate", ESCALATE, case)) == []


def test_t18_urgency_goes_by_phone() -> None:  # S-10 S-11
    request = replace(ESCALATE, reason="urgency-or-impact")

    (finding,) = refusals(said("genesys", "escalate", request, CASE))

    assert finding.rule == "GENESYS-ESC-URGENCY"
    assert finding.waivable
    assert "casecli call" in finding.remedy


@pytest.mark.parametrize(
    ("before", "after", "rule", "command"),
    [
        ("low", "medium", "GENESYS-RAISE-BY-NOTE", "casecli comment 4711"),
        ("low", "high", "GENESYS-RAISE-BY-PHONE", "casecli call 4711"),
        ("medium", "high", "GENESYS-RAISE-BY-PHONE", "casecli call 4711"),
    ],
)
def test_t19_a_higher_priority_is_a_note_or_a_call(  # S-11 S-16 S-17
    before: str, after: str, rule: str, command: str
) -> None:
    case = replace(CASE, severity=before)

    (finding,) = refusals(said("genesys", "edit", Request(severity=after), case))

    assert finding.rule == rule
    assert command in finding.remedy


def test_t20_the_escalation_feed_is_there_once_escalated() -> None:  # S-31 S-32 S-33
    request = Request(text="who decides?", feed="escalation")
    escalated = replace(CASE, escalations=(LIVE,))

    assert refused(said("genesys", "comment", request, CASE)) == ["GENESYS-ESCALATION"]
    assert refused(said("genesys", "comment", request, escalated)) == []


def test_the_checklist_warns_and_does_not_refuse() -> None:  # G-07
    findings = said("genesys", "open", replace(GENESYS_OPENING, answers={}))

    assert [each.field for each in findings] == list(CHECKLIST)
    assert refused(findings) == []


def test_development_and_production_down_do_not_go_together() -> None:  # G-49 G-55
    fields = {
        **GENESYS_OPENING.fields,
        "raise_to": "production-down",
        "environment.type": "Lab",
    }
    request = replace(GENESYS_OPENING, fields=fields, contact_24x7=True)

    assert rules(said("genesys", "open", request)) == [
        "GENESYS-CALL-TO-RAISE",
        "GENESYS-ENVIRONMENT",
    ]


@pytest.mark.parametrize(
    "settings",
    [
        {"calendar.holidays": "2026-01-13"},
        {"calendar.country": "JP"},  # the second Monday is Coming of Age Day
    ],
)
def test_a_holiday_puts_an_rca_off(settings: dict[str, str]) -> None:  # S-12
    policy = policies.under_contract(pack("genesys"), settings)
    case = replace(
        CASE,
        severity="low",
        rca_requested_at=THURSDAY,
        environment=Environment(deployment="cloud"),
    )

    (timer,) = timers(policy, case)

    assert (timer.kind, timer.due_at) == (
        "rca-due",
        datetime(2026, 1, 16, 10, tzinfo=UTC),
    )
