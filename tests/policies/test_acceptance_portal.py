"""The hotline's portal judged on cases, T34 to T40."""

from __future__ import annotations

from dataclasses import replace

import pytest

from casecli.domain.case import (
    Status,
)
from casecli.domain.judgement import refusals
from casecli.domain.policy import Actor, FileFact, Request
from tests.policies.scenes import (
    CASE,
    PORTAL_OPENING,
    case_for,
    refused,
    rules,
    said,
)

# --- T34 to T40: the hotline's portal -------------------------------------------------


def sized(size: int) -> Request:
    return Request(text="see the file", files=(FileFact(name="trace.zip", size=size),))


def test_t34_ten_megabytes_and_not_a_byte_more() -> None:  # P-27
    (finding,) = refusals(said("hotline-portal", "upload", sized(10485761), CASE))

    assert finding.rule == "PORTAL-FILE-SIZE"
    assert finding.waivable
    assert "--compress or --split" in finding.remedy
    assert refused(said("hotline-portal", "upload", sized(10485760), CASE)) == []


def test_t34_another_reading_of_megabytes_is_a_setting() -> None:  # P-27
    settings = {"attachments.max_bytes": "10000000"}

    assert refused(
        said("hotline-portal", "upload", sized(10485760), CASE, settings=settings)
    ) == ["PORTAL-FILE-SIZE"]


def test_t35_files_do_not_go_into_comments() -> None:  # P-32 P-33
    (finding,) = refusals(said("hotline-portal", "comment", sized(1), CASE))

    assert finding.remedy == "casecli upload 4711 PATH"


def test_t36_files_wait_for_the_case() -> None:  # P-21
    queued = replace(CASE, number=None, status=Status.QUEUED)

    assert refused(said("hotline-portal", "upload", sized(1), None)) == [
        "HOTLINE-PORTAL-NO-CASE"
    ]
    assert rules(said("hotline-portal", "upload", sized(1), queued)) == [
        "PORTAL-LINK-FILES"
    ]


@pytest.mark.parametrize("action", ["view", "comment", "upload", "close", "cancel"])
def test_t37_another_companys_case_is_out_of_reach(action: str) -> None:  # P-05
    case = case_for(action, {"company": "B"})

    findings = said("hotline-portal", action, Request(), case, actor=Actor(company="A"))

    assert "PORTAL-COMPANY" in refused(findings)


def test_t38_the_subject_comes_before_the_subtype() -> None:  # P-15
    fields = {**PORTAL_OPENING.fields, "subject_type": "", "subtype": "welding"}

    findings = said("hotline-portal", "open", replace(PORTAL_OPENING, fields=fields))

    assert refused(findings) == ["PORTAL-SUBJECT", "PORTAL-SUBTYPE"]


def test_t38_subtypes_are_free_until_the_profile_lists_them() -> (
    None
):  # P-15, section U
    fields = {**PORTAL_OPENING.fields, "subtype": "painting"}
    request = replace(PORTAL_OPENING, fields=fields)
    settings = {"choices.subtype": "welding; handling"}

    assert refused(said("hotline-portal", "open", request)) == []
    assert refused(said("hotline-portal", "open", request, settings=settings)) == [
        "PORTAL-SUBTYPE"
    ]


def test_t39_cancelling_is_warned_of_and_final() -> None:  # P-36
    cancelled = replace(CASE, status=Status.CANCELLED)

    assert rules(said("hotline-portal", "cancel", Request(reason="sold"), CASE)) == [
        "PORTAL-CANCEL"
    ]
    assert refused(
        said("hotline-portal", "reopen", Request(reason="back"), cancelled)
    ) == ["HOTLINE-PORTAL-STATE"]


def test_t40_high_priority_asks_why() -> None:  # P-12
    request = replace(
        PORTAL_OPENING,
        severity="high",
        impact_answers={"production-down": "no", "people-affected": "12"},
    )
    answers = {**request.answers, "important-and-urgent": "the line stands still"}

    (finding,) = refusals(said("hotline-portal", "open", request))

    assert finding.rule == "PORTAL-HIGH"
    assert finding.field == "important-and-urgent"
    assert (
        refused(said("hotline-portal", "open", replace(request, answers=answers))) == []
    )
