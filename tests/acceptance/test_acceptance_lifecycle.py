"""T21 to T28 at the command line: Citrix, and the guide to escalation."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.acceptance.conftest import Vendor, fields, rules

Become = Callable[..., Vendor]


@pytest.fixture
def citrix(vendor: Become) -> Vendor:
    """A customer of Citrix with case L1, CS-1001, of medium severity."""
    become = vendor("citrix")
    become.open()
    return become


# --- T21 and T22: severity and closing ------------------------------------------------


def test_t21_an_agreed_severity_goes_down_only(citrix: Vendor) -> None:  # C-25 C-26
    citrix("edit", "L1", "--severity", "high")
    citrix.agent("severity", "CS-1001", "medium")

    (higher,) = citrix.refused("edit", "L1", "--severity", "high")
    lower = citrix("edit", "L1", "--severity", "low", "--json").json

    assert (higher["rule"], higher["waivable"]) == ("CITRIX-SEVERITY-AGREED", True)
    assert (lower["state"], "CITRIX-SEVERITY-LOWER" in rules(lower["findings"])) == (
        "delivered",
        True,
    )


def test_t22_closing_takes_two_confirmations(citrix: Vendor) -> None:  # C-18 C-19
    close = ("close", "L1", "--reason", "resolved", "--yes")
    satisfied, closable = (
        "--answer=worked-to-satisfaction=yes",
        "--answer=may-be-closed=yes",
    )

    neither = citrix.refused(*close)
    (one,) = citrix.refused(*close, satisfied)
    said = citrix(*close, satisfied, closable, "-m", "the new build holds", "--json")

    assert rules(neither) == ["CITRIX-CLOSE-CONFIRM", "CITRIX-CLOSE-CONFIRM"]
    assert (one["rule"], one["field"]) == ("CITRIX-CLOSE-CONFIRM", "may-be-closed")
    assert said.json["state"] == "delivered"
    closed = citrix.case()
    assert (closed["status"], closed["close_reason"]) == ("closed", "resolved")
    assert closed["comments"][-1]["text"] == "the new build holds"
    assert closed["description"].startswith("Since the update every third call")


def test_t22_closing_takes_a_reason_of_the_customers(citrix: Vendor) -> None:  # C-21
    found = citrix.refused("close", "L1", "--reason", "not-entitled", "--yes")

    assert rules(found)[0] == "CITRIX-CLOSE"


# --- T23: thirty days, across a change of the clock -----------------------------------


@pytest.fixture
def closed(vendor: Become) -> Vendor:
    """A customer in Berlin whose case was closed on 15 March 2026 at noon."""
    become = vendor("citrix", settings={"calendar.zone": "Europe/Berlin"})
    become.open(at="2026-03-15T11:00:00+01:00")
    become(
        *("close", "L1", "--reason", "resolved", "--yes"),
        *("--answer=worked-to-satisfaction=yes", "--answer=may-be-closed=yes"),
        at="2026-03-15T12:00:00+01:00",
    )
    return become


REOPEN = ("reopen", "L1", "-m", "it is back since this morning")


def test_t23_reopened_on_the_last_second_with_a_warning(closed: Vendor) -> None:  # C-27
    said = closed(*REOPEN, "--json", at="2026-04-14T12:00:00+02:00").json

    assert said["state"] == "delivered"
    assert "CITRIX-REOPEN" in rules(said["findings"])
    assert closed.case()["status"] == "open"


def test_t23_a_second_later_a_linked_case_follows(closed: Vendor) -> None:  # C-27 C-28
    late = "2026-04-14T12:00:01+02:00"

    (finding,) = closed.refused(*REOPEN, at=late)
    opened = closed.open("--follows", "L1", at=late)

    assert (finding["rule"], finding["waivable"]) == ("CITRIX-REOPEN", True)
    assert finding["remedy"] == "casecli open --follows CS-1001"
    followed = closed("show", opened["case"], "--json").json
    assert followed["follows"] == "CS-1001"


def test_t23_follow_up_does_both_at_once(closed: Vendor) -> None:  # C-28
    late = "2026-04-14T12:00:01+02:00"

    said = closed(*REOPEN, "--follow-up", "--json", at=late).json

    opened = closed("show", said["case"], "--json").json
    assert (said["case"], opened["follows"]) == ("L2", "CS-1001")
    assert closed.case()["status"] == "closed"


def test_t23_nothing_warns_before_the_last_day(closed: Vendor) -> None:  # C-27
    assert closed.may("reopen", "--at", "2026-04-13T11:59:59+02:00") == [
        "CITRIX-LEGACY"
    ]


# --- T24 and T25: escalation at Citrix ------------------------------------------------


@pytest.mark.parametrize(
    ("channel", "requested", "due"),
    [
        ("phone", "2026-03-07T23:30:00+01:00", "2026-03-07T23:30:00Z"),
        ("email", "2026-03-06T16:00:00+01:00", "2026-03-06T16:00:00Z"),
        ("email", "2026-03-07T10:00:00+01:00", "2026-03-09T16:00:00Z"),
        ("phone", "2026-03-29T01:30:00+01:00", "2026-03-29T01:30:00Z"),
    ],
)
def test_t24_an_escalation_is_answered_in_time(  # C-36 C-37
    vendor: Become, channel: str, requested: str, due: str
) -> None:
    customer = vendor("citrix", settings={"calendar.zone": "Europe/Berlin"})
    customer.open(at="2026-03-02T09:00:00+01:00")

    customer(
        *("escalate", "L1", "--reason", "dissatisfied", "-m", "no answer for a week"),
        *("--channel", channel, "--contact", "Ada", "--yes"),
        at=requested,
    )

    timer = customer.case()["timers"][0]
    assert (timer["kind"], timer["due_at"], timer["rule"]) == (
        "escalation-response-due",
        due,
        f"channel {channel}",
    )


def test_t24_the_web_has_no_response_time(citrix: Vendor) -> None:  # C-34
    said = citrix(
        *("escalate", "L1", "--reason", "dissatisfied", "-m", "no answer for a week"),
        *("--outcome", "speak-with-manager", "--contact", "Ada", "--yes", "--json"),
    ).json

    assert "CITRIX-ESC-SLOW" in rules(said["findings"])
    assert citrix.case()["timers"] == []


def test_t25_a_transfer_waits_for_what_is_open(citrix: Vendor) -> None:  # C-16
    citrix.agent("ask", "CS-1001", "-m", "send a trace")
    citrix.agent("ask", "CS-1001", "-m", "install build 22")

    (finding,) = citrix.may_not("transfer")
    citrix.agent("done", "CS-1001")

    assert finding["rule"] == "CITRIX-TRANSFER-ITEMS"
    assert "2 action items open" in finding["message"]
    assert citrix.may("transfer") == ["CITRIX-LEGACY"]


def test_t25_what_was_asked_stands_in_show(citrix: Vendor) -> None:  # C-08 C-16
    citrix.agent("ask", "CS-1001", "-m", "send a trace")
    open_ = citrix("show", "L1").out
    citrix.agent("done", "CS-1001")

    assert "asked of us 1" in open_
    assert "send a trace (done)" in citrix("show", "L1").out


# --- T26 to T28: the guide to escalation ----------------------------------------------

FACTS = (
    "--answer=problem-statement-correct=yes",
    "--answer=impact-described=yes",
    "--answer=milestone-date=none",
)
PLEASE = ("escalate", "L1", "--reason=dissatisfied-with-progress", "--channel=phone")


@pytest.fixture
def generic(vendor: Become) -> Vendor:
    """A customer of any vendor with case L1, CS-1001, opened at noon."""
    become = vendor("generic")
    become.open()
    return become


def test_t26_an_escalation_is_possible_after_a_minute(  # E-03 E-09
    generic: Vendor,
) -> None:
    soon = "2026-03-02T12:01:00Z"

    found = generic.refused(*PLEASE, "-m", "it got worse", "--yes", at=soon)
    said = generic(*PLEASE, "-m", "it got worse", *FACTS, "-y", "--json", at=soon).json

    assert rules(found) == ["GENERIC-CHECKLIST"] * 3
    assert fields(found) == [
        "problem-statement-correct",
        "impact-described",
        "milestone-date",
    ]
    assert (said["state"], said["findings"]) == ("delivered", [])


def test_t26_a_practical_workaround_is_a_warning(vendor: Become) -> None:  # E-12
    customer = vendor("generic")
    customer.open("--set=workaround.text=restart it")

    said = customer(
        *(*PLEASE, "-m", "again", *FACTS, "--answer=workaround-impractical=no"),
        *("--yes", "--json"),
    ).json

    assert rules(said["findings"]) == ["GENERIC-ESC-WORKAROUND"]
    assert said["state"] == "delivered"


def test_t27_t28_a_plan_has_three_parts_and_the_end_an_agreement(  # E-20 E-23 to E-26
    generic: Vendor,
) -> None:
    generic(*PLEASE, "-m", "it got worse", *FACTS, "--yes")
    generic.agent("escalation", "accept", "CS-1001", "--owner", "Dana")
    plan = ("escalation", "plan", "L1", "--mode", "phone-call", "--attendee", "kim")

    (frequency,) = generic.refused(*plan)
    generic(*plan, "--every", "4h", at="2026-03-02T13:00:00Z")
    timer = generic.case()["timers"][0]
    (agreement,) = generic.refused("deescalate", "L1", "-m", "it is calm")
    said = generic("deescalate", "L1", "--agree", "-m", "it is calm", "--json").json

    assert (frequency["rule"], frequency["field"]) == ("GENERIC-PLAN", "every")
    assert timer["kind"] == "update-due"
    assert (agreement["rule"], agreement["field"]) == ("GENERIC-CHECKLIST", "agree")
    assert said["state"] == "delivered"
    feed = generic("escalation", "show", "L1", "--json").json
    assert feed["state"] == "closed"
    assert "it is calm" in str(feed["feed"])
