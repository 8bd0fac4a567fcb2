"""The same case at two vendors whose documents contradict each other, as typed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.acceptance.conftest import Vendor, rules

Become = Callable[..., Vendor]


@pytest.fixture(scope="module")
def citrix(vendor: Become) -> Vendor:
    """A customer of Citrix with case L1 of low severity."""
    become = vendor("citrix")
    become.open("--severity=low")
    return become


@pytest.fixture(scope="module")
def genesys(vendor: Become) -> Vendor:
    """A customer of Genesys with case L1 of low priority."""
    become = vendor("genesys")
    become.open("--severity=low")
    return become


@pytest.fixture(scope="module")
def portal(vendor: Become) -> Vendor:
    """A customer of the hotline with case L1 of low priority."""
    become = vendor("hotline-portal")
    become.open("--severity=low")
    return become


@pytest.fixture(scope="module")
def generic(vendor: Become) -> Vendor:
    """A customer of any vendor with case L1 of low severity."""
    become = vendor("generic")
    become.open("--severity=low")
    return become


FACTS = (
    "--answer=problem-statement-correct=yes",
    "--answer=impact-described=yes",
    "--answer=milestone-date=none",
)


def test_x1_a_low_case_is_escalated_at_any_time_or_not_at_all(
    generic: Vendor, genesys: Vendor
) -> None:
    (refusal,) = genesys.may_not("escalate", "--reason=other")

    assert refusal["rule"] == "GENESYS-ESC-LOW"
    assert generic.may("escalate", "--reason=other", "--channel=phone", *FACTS) == []


def test_x3_an_escalation_goes_by_mail_or_does_not(
    citrix: Vendor, genesys: Vendor
) -> None:
    refusals = genesys.may_not("escalate", "--reason=other", "--channel=email")
    remarks = citrix.may("escalate", "--reason=dissatisfied", "--channel=email")

    assert rules(refusals)[0] == "GENESYS-CHANNEL"
    assert "CITRIX-CHANNEL" not in remarks


def test_x5_a_colleagues_case_is_for_some_or_for_all(
    genesys: Vendor, portal: Vendor
) -> None:
    genesys.also("colleague", policy="genesys", role="read-only", user="bo")
    portal.also("colleague", policy="hotline-portal", role="customer", user="bo")
    words = ("-p", "colleague", "comment", "CS-1001", "-m", "I see it too")
    genesys("-p", "colleague", "track", "CS-1001")
    portal("-p", "colleague", "track", "CS-1001")

    (refusal,) = genesys.refused(*words)
    said = portal(*words, "--json").json

    assert refusal["rule"] == "GENESYS-ROLE"
    assert said["state"] == "delivered"


def test_x6_a_case_is_reopened_in_a_window_or_at_any_time(vendor: Become) -> None:
    citrix, genesys = vendor("citrix"), vendor("genesys")
    citrix.open()
    genesys.open()
    yes = ("--answer=worked-to-satisfaction=yes", "--answer=may-be-closed=yes")
    citrix("close", "L1", "--reason=resolved", *yes, "--yes")
    genesys("close", "L1", "--reason=resolved", "--yes")
    late = "2026-04-02T12:00:01Z"

    (refusal,) = citrix.may_not("reopen", "--at", late)

    assert refusal["rule"] == "CITRIX-REOPEN"
    assert genesys.may("reopen", "--at", late) == []


def test_x7_cancelling_is_an_end_of_its_own_or_none(
    citrix: Vendor, genesys: Vendor, portal: Vendor
) -> None:
    (at_citrix,), (at_genesys,) = citrix.may_not("cancel"), genesys.may_not("cancel")

    assert at_citrix["rule"] == "CITRIX-CANCEL"
    assert at_genesys["rule"] == "GENESYS-CANCEL"
    assert portal.may("cancel") == ["PORTAL-CANCEL"]
