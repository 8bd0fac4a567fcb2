"""Where the documents contradict one another each policy decides for itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from casecli.domain.case import Case, Status
from casecli.domain.judgement import refusals
from casecli.domain.policy import Actor, FileFact, Request
from tests.policies.scenes import (
    ACTORS,
    CASE,
    FACTS,
    GENESYS_OPENING,
    IN_ORDER,
    NOW,
    OPENING,
    PORTAL_OPENING,
    pack,
    said,
)

CLOSED = replace(CASE, status=Status.CLOSED, closed_at=NOW - timedelta(days=31))
TODAY = replace(CASE, opened_at=NOW - timedelta(minutes=1))


def refused(
    name: str, action: str, request: Request, case: Case | None = CASE
) -> list[str]:
    findings = said(name, action, request, case)

    return [each.rule for each in refusals(findings)]


def test_1_escalation_at_any_time_or_behind_gates() -> None:
    low = replace(TODAY, severity="low")

    assert refused("generic", "escalate", IN_ORDER["generic", "escalate"], low) == []
    assert refused("genesys", "escalate", IN_ORDER["genesys", "escalate"], low) == [
        "GENESYS-ESC-LOW"
    ]


def test_2_a_critical_impact_is_a_ground_or_is_none() -> None:
    impact = Request(channel="phone", reason="critical-business-impact", answers=FACTS)
    urgency = Request(reason="urgency-or-impact", text="it spreads")

    assert refused("generic", "escalate", impact) == []
    assert refused("genesys", "escalate", urgency) == ["GENESYS-ESC-URGENCY"]


def test_3_escalation_by_mail_or_in_the_portal() -> None:
    generic = replace(IN_ORDER["generic", "escalate"], channel="email")
    citrix = replace(IN_ORDER["citrix", "escalate"], channel="email")
    genesys = replace(IN_ORDER["genesys", "escalate"], channel="email")

    assert refused("generic", "escalate", generic) == []
    assert refused("citrix", "escalate", citrix) == []
    assert refused("genesys", "escalate", genesys) == ["GENESYS-CHANNEL"]


def test_4_an_agreed_severity_stays_or_is_raised_by_phone() -> None:
    agreed = replace(CASE, severity_agreed="medium")
    raised = Request(severity="high", channel="phone")

    assert refused("citrix", "edit", raised, agreed) == ["CITRIX-SEVERITY-AGREED"]
    assert refused("genesys", "edit", raised, agreed) == []
    assert refused("genesys", "edit", replace(raised, channel="portal"), agreed) == [
        "GENESYS-RAISE-BY-PHONE"
    ]


def test_5_some_update_or_all_do() -> None:
    genesys = {each.id: "comment" in each.may for each in pack("genesys").roles}
    portal = {each.id: "comment" in each.may for each in pack("hotline-portal").roles}

    assert genesys == {
        "designated-contact": True,
        "partner": True,
        "read-only": False,
        "indirect-end-user": False,
    }
    assert portal == {"customer": True, "partner": True, "employee": True}


def test_6_reopened_within_a_window_or_without_one() -> None:
    request = Request(reason="it is back")

    assert refused("citrix", "reopen", request, CLOSED) == ["CITRIX-REOPEN"]
    assert refused("genesys", "reopen", request, CLOSED) == []
    assert refused("hotline-portal", "reopen", request, CLOSED) == []


def test_6_not_reopened_by_mail_at_genesys() -> None:
    request = Request(reason="it is back", channel="email")

    assert refused("genesys", "reopen", request, CLOSED) == ["GENESYS-CHANNEL"]


def test_7_closing_with_two_confirmations_or_plainly() -> None:
    request = Request(reason="resolved", channel="portal")

    assert refused("citrix", "close", request) == ["CITRIX-CLOSE-CONFIRM"] * 2
    assert refused("hotline-portal", "close", request) == []


def test_7_cancelling_is_an_end_of_its_own_or_none() -> None:
    request = Request(reason="the machine is sold")

    assert refused("hotline-portal", "cancel", request) == []
    assert refused("citrix", "cancel", request) == ["CITRIX-CANCEL"]
    assert refused("genesys", "cancel", request) == ["GENESYS-CANCEL"]


def test_8_files_of_any_size_or_ten_megabytes_and_no_comment() -> None:
    file = FileFact(name="core.dmp", size=10**9)
    request = Request(text="see the file", files=(file,))

    assert refused("genesys", "comment", request) == []
    assert refused("genesys", "upload", request) == []
    assert refused("hotline-portal", "upload", request) == ["PORTAL-FILE-SIZE"]
    assert refused("hotline-portal", "comment", request) == [
        "HOTLINE-PORTAL-COMMENT-FILES",
        "PORTAL-FILE-SIZE",
    ]


def test_9_four_words_of_impact_where_it_is_severe() -> None:
    genesys = replace(GENESYS_OPENING, severity="high", impact="calls drop")
    portal = replace(PORTAL_OPENING, impact="the press stands")

    assert refused("genesys", "open", genesys, None) == ["GENESYS-IMPACT"]
    assert refused("hotline-portal", "open", portal, None) == []


def test_9_no_impact_at_all_is_refused_everywhere_by_our_own_rule() -> None:
    portal = replace(PORTAL_OPENING, impact="")
    citrix = replace(OPENING, impact="")

    assert refused("hotline-portal", "open", portal, None) == ["HOTLINE-PORTAL-IMPACT"]
    assert refused("citrix", "open", citrix, None) == ["CITRIX-IMPACT"]


def test_10_both_readings_of_a_major_release_are_taken() -> None:
    fields = GENESYS_OPENING.fields
    long = replace(GENESYS_OPENING, fields={**fields, "product.release": "8.5"})
    short = replace(GENESYS_OPENING, fields={**fields, "product.release": "8"})

    assert said("genesys", "open", long) == said("genesys", "open", short) == ()


def test_11_keys_to_search_by_are_asked_for_though_data_is_purged() -> None:
    asked = {each.id: each.help for each in pack("genesys").checklist}

    assert "same token everywhere" in asked["search-keys"]


def test_12_the_worst_severity_has_another_name_and_no_better_target() -> None:
    level = pack("genesys").level("premium-care")

    assert next(each.id for each in pack("genesys").severities) == "production-down"
    assert next(each.id for each in pack("citrix").severities) == "critical"
    assert level is not None
    assert level.response_factor == {"critical": 0.5, "high": 0.5, "medium": 0.5}


def test_13_a_transfer_is_technical_and_an_escalation_is_not() -> None:
    terms = {each.id: each.kind for each in pack("citrix").terms}

    assert terms["with-escalation-team"] == "state"
    assert terms["management-team"] == "role"
    assert refused("citrix", "transfer", Request()) == []
    assert "CITRIX-ESC-SUMMARY" in refused("citrix", "escalate", Request())


def test_14_development_is_for_high_and_below_and_a_support_case_for_production() -> (
    None
):
    fields = {**GENESYS_OPENING.fields, "environment.type": "Development"}
    high = replace(GENESYS_OPENING, severity="high", fields=fields)

    assert refused("genesys", "open", high, None) == []


def test_15_the_cloud_is_promised_answers_and_has_no_phone() -> None:
    actor = replace(ACTORS["genesys"], level="care-for-cloud")
    request = replace(GENESYS_OPENING, channel="phone")

    findings = said("genesys", "open", request, actor=actor)

    assert [(each.rule, each.effect.value) for each in findings] == [
        ("GENESYS-PHONE", "warn")
    ]


def test_16_the_contact_is_who_submits_or_the_colleague_it_is_for() -> None:
    nobody = replace(PORTAL_OPENING, contact="")

    own = said("hotline-portal", "open", nobody, actor=Actor(name="ada"))
    none = said("hotline-portal", "open", nobody, actor=Actor())

    assert refusals(own) == ()
    assert [each.rule for each in refusals(none)] == ["PORTAL-CONTACT"]
