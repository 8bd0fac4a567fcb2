"""T13 to T20 at the command line: what Genesys escalates, and when."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.acceptance.conftest import Vendor, fields, rules

Become = Callable[..., Vendor]

PLEASE = ("escalate", "L1", "--reason", "other", "-m", "the fix does not hold", "--yes")


@pytest.fixture(scope="module")
def opened(vendor: Become) -> Vendor:
    """A designated contact with case L1, CS-1001, of medium priority."""
    become = vendor("genesys")
    become.open()
    return become


@pytest.fixture
def fresh(vendor: Become) -> Vendor:
    """The same, to do something with."""
    become = vendor("genesys")
    become.open()
    return become


# --- T13 and T14: one at a time, of what is open and not low --------------------------


def test_t13_nothing_that_has_no_number_is_escalated(vendor: Become) -> None:  # S-05
    queued = vendor("genesys")
    queued.open("--offline")

    (finding,) = queued.refused(*PLEASE)

    assert (finding["rule"], finding["waivable"]) == ("GENESYS-ESC-NUMBER", False)
    assert finding["remedy"] == "casecli sync"


def test_t13_nothing_low_is_escalated(vendor: Become) -> None:  # S-15 S-16 S-17
    low = vendor("genesys")
    low.open("--severity", "low")

    (finding,) = low.refused(*PLEASE)

    assert (finding["rule"], finding["waivable"]) == ("GENESYS-ESC-LOW", True)
    assert "casecli comment CS-1001" in finding["remedy"]


def test_t13_nothing_closed_is_escalated(fresh: Vendor) -> None:  # S-02 S-03
    fresh("close", "L1", "--reason", "resolved", "--yes")

    (finding,) = fresh.refused(*PLEASE)

    assert (finding["rule"], finding["waivable"]) == ("GENESYS-STATE", False)
    assert finding["remedy"] == "casecli reopen CS-1001"


def test_t13_t14_one_at_a_time_and_another_after_it(fresh: Vendor) -> None:  # S-08 S-09
    fresh(*PLEASE)

    (second,) = fresh.refused(*PLEASE)
    fresh.agent("escalation", "accept", "CS-1001", "--owner", "Dana")
    active, _unread = fresh.refused(*PLEASE)
    fresh.agent("escalation", "close", "CS-1001", "-m", "the plan is agreed")
    again = fresh(*PLEASE, "--answer", "read-latest-update=yes", "--json").json

    assert second["rule"] == active["rule"] == "GENESYS-ESCALATION"
    assert not second["waivable"]
    assert second["remedy"] == "casecli comment CS-1001 --feed escalation"
    assert again["state"] == "delivered"


# --- T15: the analysis of the cause has its business days -----------------------------

WINTER = "2026-01-08T10:00:00Z"  # a Thursday
SPRING = "2026-03-26T10:00:00+01:00"  # a Thursday; the clock goes forward on Sunday


def rca(since: str, where: str) -> tuple[str, ...]:
    since, where = f"rca_requested_at={since}", f"environment.deployment={where}"
    return ("--reason", "rca", "--answer", since, "--answer", where)


@pytest.fixture(scope="module")
def berlin(vendor: Become) -> Vendor:
    """A customer of a vendor in Berlin."""
    become = vendor("genesys", settings={"calendar.zone": "Europe/Berlin"})
    become.open(at=WINTER)
    return become


@pytest.fixture(scope="module")
def holiday(vendor: Become) -> Vendor:
    """A customer of a vendor which does not work on Tuesday, 13 January 2026."""
    become = vendor("genesys", settings={"calendar.holidays": "2026-01-13"})
    become.open(at=WINTER)
    return become


@pytest.mark.parametrize(
    ("where", "last", "first"),
    [
        ("cloud", "2026-01-14T10:00:00Z", "2026-01-15T10:00:00Z"),
        ("cloud", "2026-01-15T09:59:59Z", "2026-01-15T10:00:00Z"),
        ("premise", "2026-01-19T09:59:59Z", "2026-01-19T10:00:00Z"),
    ],
)
def test_t15_five_days_in_the_cloud_and_seven_on_premise(  # S-12
    opened: Vendor, where: str, last: str, first: str
) -> None:
    (finding,) = opened.may_not("escalate", *rca(WINTER, where), "--at", last)

    assert (finding["rule"], finding["earliest"]) == ("GENESYS-ESC-RCA", first)
    assert opened.may("escalate", *rca(WINTER, where), "--at", first) == []


def test_t15_a_holiday_is_one_day_more(holiday: Vendor) -> None:  # S-12
    (finding,) = holiday.may_not(
        "escalate", *rca(WINTER, "cloud"), "--at", "2026-01-16T09:59:59Z"
    )

    assert finding["rule"] == "GENESYS-ESC-RCA"
    assert finding["earliest"] == "2026-01-16T10:00:00Z"
    assert (
        holiday.may("escalate", *rca(WINTER, "cloud"), "--at", finding["earliest"])
        == []
    )


def test_t15_a_day_is_a_day_of_the_vendors_clock(berlin: Vendor) -> None:  # S-12
    (finding,) = berlin.may_not(
        "escalate", *rca(SPRING, "cloud"), "--at", "2026-04-02T09:59:59+02:00"
    )

    assert finding["rule"] == "GENESYS-ESC-RCA"
    assert finding["earliest"] == "2026-04-02T08:00:00Z"
    assert (
        berlin.may("escalate", *rca(SPRING, "cloud"), "--at", finding["earliest"]) == []
    )


def test_t15_what_is_not_known_is_asked(opened: Vendor) -> None:  # S-12
    (finding,) = opened.may_not("escalate", "--reason", "rca")

    assert (finding["rule"], finding["effect"]) == ("GENESYS-ESC-RCA", "require")
    assert finding["field"] == "rca_requested_at"


def test_t15_the_command_itself_follows_the_clock(vendor: Become) -> None:  # S-12
    customer = vendor("genesys")
    customer.open(at=WINTER)
    words = ("escalate", "L1", "-m", "five days are over", *rca(WINTER, "cloud"), "-y")

    (finding,) = customer.refused(*words, at="2026-01-15T09:59:59Z")
    said = customer(*words, "--json", at="2026-01-15T10:00:00Z")

    assert finding["rule"] == "GENESYS-ESC-RCA"
    assert said.json["state"] == "delivered"


# --- T16: silence ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def silent(vendor: Become) -> Vendor:
    """A customer whose high case L1 the vendor answered in the night of the clocks."""
    become = vendor("genesys", settings={"calendar.zone": "Europe/Berlin"})
    become.open(
        *("--severity=high", "--answer=production-down=no"),
        at="2026-03-28T09:00:00+01:00",
    )
    become.agent(
        "reply", "CS-1001", "-m", "we are on it", at="2026-03-28T12:00:00+01:00"
    )
    return become


SILENCE = ("--reason", "no-update", "--answer", "read-latest-update=yes")
HARM, NO_HARM = (
    ("--answer", "impact-significant=yes"),
    ("--answer", "impact-significant=no"),
)


def test_t16_silence_is_a_ground_after_a_day_of_hours(silent: Vendor) -> None:  # S-14
    (finding,) = silent.may_not(
        "escalate", *SILENCE, *HARM, "--at", "2026-03-29T12:59:00+02:00"
    )

    assert finding["rule"] == "GENESYS-ESC-NO-UPDATE"
    assert finding["earliest"] == "2026-03-29T11:00:00Z"
    assert silent.may("escalate", *SILENCE, *HARM, "--at", finding["earliest"]) == []


def test_t16_silence_without_harm_is_no_ground(silent: Vendor) -> None:  # S-14
    (finding,) = silent.may_not(
        "escalate", *SILENCE, *NO_HARM, "--at", "2026-03-29T13:00:00+02:00"
    )

    assert finding["rule"] == "GENESYS-ESC-NO-UPDATE-HARM"


def test_t16_another_ground_does_not_wait(silent: Vendor) -> None:  # S-14, section K
    read = ("--answer", "read-latest-update=yes")

    assert (
        silent.may(
            "escalate", "--reason=other", *read, "--at", "2026-03-28T13:00:00+01:00"
        )
        == []
    )


# --- T17 to T20 -----------------------------------------------------------------------


def test_t17_a_missed_update_is_asked_about(fresh: Vendor) -> None:  # S-06
    fresh.agent("reply", "CS-1001", "-m", "please look at the new build")

    (finding,) = fresh.refused(*PLEASE)
    said = fresh(*PLEASE, "--answer", "read-latest-update=yes", "--json")

    assert (finding["rule"], finding["field"]) == (
        "GENESYS-ESC-UNREAD",
        "read-latest-update",
    )
    assert said.json["state"] == "delivered"


def test_t17_an_open_request_is_asked_about(fresh: Vendor) -> None:  # S-07
    fresh.agent("wait", "CS-1001", "--on", "customer", "-m", "please send the log")

    found = fresh.refused(*PLEASE)

    assert rules(found) == ["GENESYS-ESC-UNREAD", "GENESYS-ESC-WAITING"]
    assert fields(found) == ["read-latest-update", "answered-request"]


def test_t17_without_a_person_it_needs_a_yes(opened: Vendor) -> None:  # S-06
    said = opened(*PLEASE[:-1], "--no-input", code=2)

    assert "hint: --yes" in said.err


def test_t18_urgency_goes_by_phone(opened: Vendor) -> None:  # S-10 S-11
    (finding,) = opened.refused(
        "escalate", "L1", "--reason", "urgency-or-impact", "-m", "it spreads", "-y"
    )

    assert (finding["rule"], finding["waivable"]) == ("GENESYS-ESC-URGENCY", True)
    assert "casecli call" in finding["remedy"]


@pytest.fixture(scope="module")
def low(vendor: Become) -> Vendor:
    """A customer with a low case L1."""
    become = vendor("genesys")
    become.open("--severity=low")
    return become


@pytest.mark.parametrize(
    ("after", "rule", "command"),
    [
        ("medium", "GENESYS-RAISE-BY-NOTE", "casecli comment CS-1001"),
        ("high", "GENESYS-RAISE-BY-PHONE", "casecli call CS-1001"),
    ],
)
def test_t19_a_low_case_is_raised_by_a_note_or_a_call(  # S-11 S-16 S-17
    low: Vendor, after: str, rule: str, command: str
) -> None:
    (finding,) = low.refused("edit", "L1", "--severity", after)

    assert finding["rule"] == rule
    assert command in finding["remedy"]


def test_t19_medium_becomes_high_by_phone(fresh: Vendor) -> None:  # S-11 G-47
    words = ("edit", "L1", "--severity", "high")

    (finding,) = fresh.refused(*words)
    said = fresh(*words, "--channel", "phone", "--json")

    assert finding["rule"] == "GENESYS-RAISE-BY-PHONE"
    assert said.json["state"] == "delivered"


def test_t20_the_escalation_feed_is_there_once_escalated(  # S-31 S-32 S-33
    fresh: Vendor,
) -> None:
    words = ("comment", "L1", "--feed", "escalation", "-m", "who decides?")

    (finding,) = fresh.refused(*words)
    fresh(*PLEASE)
    fresh(*words)
    plain = fresh("comment", "L1", "-m", "the log is there", "--json").json

    assert finding["rule"] == "GENESYS-ESCALATION"
    feed = fresh("escalation", "show", "L1", "--json").json["feed"]
    assert [each["text"] for each in feed] == ["who decides?"]
    assert rules(plain["findings"]) == ["GENESYS-FEED"]


def test_status_tells_from_when_silence_is_a_ground(fresh: Vendor) -> None:  # S-14
    early = fresh("status", "L1", at="2026-03-03T11:59:59Z").out
    later = fresh("status", "L1", at="2026-03-03T12:00:00Z").out

    (line,) = [each for each in early.splitlines() if "escalate (no-update)" in each]
    assert line.startswith("not now  escalate (no-update): ")
    assert " before 2026-03-03T12:00:00Z (GENESYS-ESC-NO-UPDATE)" in line
    assert "· escalate ·" in early
    assert "escalate (no-update)" not in later
