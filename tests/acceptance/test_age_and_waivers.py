"""How old a pack is, what was waived and why, and that delivery judges once more."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.acceptance.conftest import Vendor, rules

Become = Callable[..., Vendor]

LEGACY = "warning: the documents behind citrix are marked legacy"


@pytest.fixture
def citrix(vendor: Become) -> Vendor:
    """A customer of Citrix with case L1, CS-1001."""
    become = vendor("citrix")
    become.open()
    return become


def test_a_legacy_pack_warns_where_its_rules_are_read(citrix: Vendor) -> None:  # C-02
    shown, status = citrix("policy", "show"), citrix("status", "L1")
    plain = citrix("policy", "show", "--json").json

    assert LEGACY in shown.err
    assert LEGACY in status.err
    assert (plain["status"], plain["verified_at"]) == ("legacy", "2026-11-21")


def test_a_current_pack_does_not(vendor: Become) -> None:
    customer = vendor("generic")
    customer.open()

    assert "legacy" not in customer("status", "L1").err


def test_what_was_waived_travels_with_the_case(vendor: Become) -> None:
    customer = vendor("genesys")
    words = ("--severity=high", "--set=raise_to=critical")

    (refusal,) = customer.open_refused(*words)
    waived = (*words, "--waive", "GENESYS-CONTACT-24X7=the night desk answers")
    sent = customer.open(*waived, "--dry-run")["changes"][0]["text"]
    customer.open(*waived)

    assert (refusal["rule"], refusal["waivable"]) == ("GENESYS-CONTACT-24X7", True)
    assert "- GENESYS-CONTACT-24X7: the night desk answers" in sent
    case = customer("show", "CS-1001", "--json").json
    assert case["waivers"][0]["rule"] == "GENESYS-CONTACT-24X7"


def test_what_is_not_waivable_stays_refused(citrix: Vendor) -> None:
    found = citrix.refused(
        *("close", "L1", "--reason=not-entitled", "--yes"),
        *("--waive", "CITRIX-CLOSE=we know better"),
    )

    assert "CITRIX-CLOSE" in rules(found)


def test_delivery_judges_once_more(citrix: Vendor) -> None:  # C-27
    yes = ("--answer=worked-to-satisfaction=yes", "--answer=may-be-closed=yes")
    citrix("close", "L1", "--reason=resolved", *yes, "--yes")
    in_time, late = "2026-04-01T12:00:00Z", "2026-04-01T12:00:01Z"
    citrix("reopen", "L1", "-m", "it is back", "--offline", at=in_time)

    said = citrix("sync", "--json", at=late, code=10).json

    (pushed,) = said["pushed"]
    assert pushed["state"] == "needs-human"
    assert "could be reopened for 30 days" in pushed["error"]
    assert citrix("outbox", "list", "--json").json[0]["kind"] == "reopen"
