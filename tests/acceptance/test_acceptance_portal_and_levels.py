"""T29 to T40 at the command line: support levels, and the portal of a hotline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.conftest import Vendor, fields, rules

Become = Callable[..., Vendor]

# --- T29 to T33: what a support level gives -------------------------------------------

TARGETS = {"response.critical": "1h", "response.low": "2d", "response.high": "4h"}
CRITICAL = ("--severity=critical", "--channel=phone", "--set=contact_24x7=yes")


@pytest.mark.parametrize(
    ("level", "words", "due"),
    [
        ("business-care", CRITICAL, "2026-03-02T13:00:00Z"),
        ("business-care-plus", CRITICAL, "2026-03-02T12:30:00Z"),
        ("premium-care", ("--severity=low",), "2026-03-04T12:00:00Z"),
    ],
)
def test_t29_a_better_level_halves_what_it_names(  # S-57
    vendor: Become, level: str, words: tuple[str, ...], due: str
) -> None:
    customer = vendor("genesys", level=level, settings=TARGETS)

    customer.open(*words)

    timers = {each["kind"]: each for each in customer.case()["timers"]}
    severity = words[0].partition("=")[2]
    assert timers["response-due"]["due_at"] == due
    assert timers["response-due"]["rule"] == f"severity {severity}"


def test_t29_without_a_base_target_there_is_no_timer(vendor: Become) -> None:
    customer = vendor("genesys", level="premium-care")

    customer.open()

    assert customer.case()["timers"] == []


def test_t30_care_for_cloud_has_no_targets_and_no_phone(  # S-72 S-73
    vendor: Become,
) -> None:
    customer = vendor("genesys", level="care-for-cloud", settings=TARGETS)

    said = customer.open("--severity=low", "--channel=phone")

    assert "GENESYS-PHONE" in rules(said["findings"])
    assert customer.case()["timers"] == []


LOGS = ("--type=admin", "--set=service=log-retrieval", "--set=service.case=4711")


@pytest.mark.parametrize(
    ("level", "installed", "rule"),
    [
        ("business-care", "lfmt", "GENESYS-LOG-RETRIEVAL"),
        ("business-care-plus", "", "GENESYS-LOG-RETRIEVAL-TOOL"),
    ],
)
def test_t31_logs_are_fetched_for_some_levels_with_the_tool(  # S-53 S-54 G-23
    vendor: Become, level: str, installed: str, rule: str
) -> None:
    settings = {"contract.installed": installed}
    customer = vendor("genesys", level=level, settings=settings)

    (finding,) = customer.open_refused(*LOGS, "--set=subtype=")

    assert (finding["rule"], finding["waivable"]) == (rule, True)


def test_t31_with_level_and_tool_it_passes(vendor: Become) -> None:  # S-54
    settings = {"contract.installed": "lfmt"}
    customer = vendor("genesys", level="business-care-plus", settings=settings)

    assert customer.open(*LOGS, "--set=subtype=")["state"] == "delivered"


@pytest.fixture(scope="module")
def premium(vendor: Become) -> Vendor:
    """A customer with Premium Care alone."""
    return vendor("genesys", level="premium-care")


@pytest.fixture(scope="module")
def flex(vendor: Become) -> Vendor:
    """A customer with Premium Care and Flex Care."""
    settings = {"contract.add_ons": "flex-care"}
    return vendor("genesys", level="premium-care", settings=settings)


@pytest.mark.parametrize(
    ("word", "rule"),
    [
        ("--set=product.end_of_service=yes", "GENESYS-END-OF-SERVICE"),
        ("--set=product.category=PS Custom Applications", "GENESYS-CUSTOM-APP"),
    ],
)
def test_t32_t33_what_only_flex_care_has_is_warned_of(  # S-63 S-64
    premium: Vendor, flex: Vendor, word: str, rule: str
) -> None:
    alone = premium.open(word, "--dry-run")["findings"]
    both = flex.open(word, "--dry-run")["findings"]

    assert [each["effect"] for each in alone if each["rule"] == rule] == ["warn"]
    assert rule not in rules(both)


# --- T34 to T36: files ----------------------------------------------------------------


@pytest.fixture
def portal(vendor: Become) -> Vendor:
    """A customer of the hotline with case L1, CS-1001."""
    become = vendor("hotline-portal")
    become.open()
    return become


def test_t34_ten_megabytes_and_not_a_byte_more(  # P-27
    portal: Vendor, tmp_path: Path
) -> None:
    exact, over = tmp_path / "exact.log", tmp_path / "over.log"
    exact.write_bytes(b"nothing to see.\n" * 655360)
    over.write_bytes(exact.read_bytes() + b".")

    (finding,) = portal.refused("upload", "L1", str(over))
    said = portal("upload", "L1", str(exact), "--json").json

    assert exact.stat().st_size == 10 * 1024 * 1024
    assert (finding["rule"], finding["waivable"]) == ("PORTAL-FILE-SIZE", True)
    assert "--compress or --split" in finding["remedy"]
    assert said["attachments"][0]["state"] == "delivered"
    assert [each["name"] for each in portal.case()["attachments"]] == ["exact.log"]


def test_t34_too_large_a_file_can_be_packed(  # P-27
    portal: Vendor, tmp_path: Path
) -> None:
    (tmp_path / "over.log").write_bytes(b"all is well\n" * 900000)

    said = portal("upload", "L1", str(tmp_path / "over.log"), "--compress", "--json")

    assert said.json["attachments"][0]["state"] == "delivered"


def test_t35_files_do_not_go_into_comments(  # P-32 P-33
    portal: Vendor, tmp_path: Path
) -> None:
    (tmp_path / "a.log").write_text("started\n")
    words = ("comment", "L1", "-m", "see the file", "--attach", str(tmp_path / "a.log"))

    (finding,) = portal.refused(*words)

    assert finding["rule"] == "HOTLINE-PORTAL-COMMENT-FILES"
    assert finding["remedy"] == "casecli upload CS-1001 PATH"
    assert portal.case()["comments"] == []


def test_t36_files_wait_for_the_case(vendor: Become, tmp_path: Path) -> None:  # P-21
    customer = vendor("hotline-portal")
    customer.open("--offline")
    (tmp_path / "a.log").write_text("started\n")

    said = customer("upload", "L1", str(tmp_path / "a.log"), "--offline", "--json").json
    pushed = customer("sync", "--json").json["pushed"]

    assert said["attachments"][0]["state"] == "queued"
    assert rules(said["findings"]) == ["PORTAL-LINK-FILES"]
    assert [each["kind"] for each in pushed] == ["open", "attachment"]
    assert [each["name"] for each in customer.case()["attachments"]] == ["a.log"]


# --- T37 to T40: companies, subtypes, the end, and what is high -----------------------


def test_t37_another_companys_case_is_never_seen(vendor: Become) -> None:  # P-05
    a = vendor("hotline-portal", settings={"account": "a", "contract.company": "A"})
    company_b = {"account": "b", "contract.company": "B"}
    a.also("b", policy="hotline-portal", role="customer", settings=company_b)
    a.open("--profile=b", "--subject=The robot of B stands still")

    a("sync")
    unknown = a("track", "CS-1001", code=3)

    assert "no case at the vendor 'CS-1001'" in unknown.err
    assert a("-p", "vendor", "list", "--all", "--json").json == []
    assert a("-p", "b", "list", "--json").json[0]["number"] == "CS-1001"


def test_t37_what_names_another_company_is_not_touched(vendor: Become) -> None:  # P-05
    customer = vendor("hotline-portal", settings={"contract.company": "A"})
    customer.open("--set=customer=B")

    (finding,) = customer.refused("comment", "L1", "-m", "any news?")

    assert (finding["rule"], finding["waivable"]) == ("PORTAL-COMPANY", False)


def test_t38_the_subject_comes_before_the_subtype(vendor: Become) -> None:  # P-15
    customer = vendor("hotline-portal")

    found = customer.open_refused("--set=subject_type=", "--set=subtype=welding")

    assert rules(found) == ["PORTAL-SUBJECT", "PORTAL-SUBTYPE"]
    assert fields(found) == ["subject_type", "subtype"]


def test_t39_cancelling_asks_and_is_final(portal: Vendor) -> None:  # P-36
    cancel = ("cancel", "L1", "-m", "the machine is sold")

    unasked = portal(*cancel, "--no-input", code=2)
    said = portal(*cancel, "--yes", "--json").json
    (finding,) = portal.refused("reopen", "L1", "-m", "it is back")

    assert "hint: --yes" in unasked.err
    assert rules(said["findings"]) == ["PORTAL-CANCEL"]
    assert finding["rule"] == "HOTLINE-PORTAL-STATE"
    assert portal.case()["status"] == "cancelled"


def test_t40_high_priority_asks_why(vendor: Become) -> None:  # P-12
    customer = vendor("hotline-portal")
    high = ("--severity=high", "--answer=people-affected=12")
    why = "--answer=important-and-urgent=the line stands still"
    impact = "--impact=the press stands and with it the line"

    (finding,) = customer.open_refused(*high, impact)
    said = customer.open(*high, impact, why)

    assert (finding["rule"], finding["field"]) == (
        "PORTAL-HIGH",
        "important-and-urgent",
    )
    assert said["state"] == "delivered"
