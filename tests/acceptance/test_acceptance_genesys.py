"""T1 to T12 at the command line: what Genesys takes for a case, and from whom."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.conftest import Vendor, fields, rules

Become = Callable[..., Vendor]


@pytest.fixture(scope="module")
def genesys(vendor: Become) -> Vendor:
    """A designated contact with case L1, CS-1001, of medium priority."""
    become = vendor("genesys")
    become.open()
    return become


# --- T1 to T6: who, where, what -------------------------------------------------------


@pytest.fixture(scope="module")
def reader(vendor: Become) -> Vendor:
    """A read-only user who has taken a colleague's case in."""
    become = vendor("genesys")
    become.open()
    become.also("reader", policy="genesys", role="read-only")
    become("-p", "reader", "track", "CS-1001")
    return become


@pytest.mark.parametrize(
    "words",
    [
        ("comment", "L2", "-m", "any news?"),
        ("edit", "L2", "--set", "environment.os=RHEL 8"),
        ("escalate", "L2", "--reason", "other", "-m", "please", "--yes"),
        ("escalation", "plan", "L2", "--mode", "email", "--every", "1d"),
        ("deescalate", "L2", "--agree"),
        ("close", "L2", "--reason", "resolved", "--yes"),
        ("reopen", "L2", "-m", "it is back"),
        ("cancel", "L2", "-m", "sold", "--yes"),
        ("open", "-s", "Calls drop", "--no-input"),
    ],
    ids=lambda words: words[0],
)
def test_t01_a_read_only_user_writes_nothing(  # G-01 G-02 S-36
    reader: Vendor, words: tuple[str, ...]
) -> None:
    found = reader.refused("-p", "reader", *words)

    role = {each["rule"]: each for each in found}["GENESYS-ROLE"]
    assert (role["effect"], role["waivable"]) == ("deny", False)
    assert role["remedy"] == "ask a designated contact of your company"
    assert reader("-p", "reader", "outbox", "list", "--json").json == []


def test_t01_a_read_only_user_uploads_nothing_and_reads(  # G-01 G-02
    reader: Vendor, tmp_path: Path
) -> None:
    (tmp_path / "a.log").write_text("started\n")

    found = reader.refused("-p", "reader", "upload", "L2", str(tmp_path / "a.log"))

    assert "GENESYS-ROLE" in rules(found)
    assert reader("-p", "reader", "show", "L2", "--json").json["number"] == "CS-1001"


@pytest.mark.parametrize("severity", ["critical", "production-down"])
def test_t02_the_worst_priorities_are_high_and_a_call(  # G-45 G-46 G-47
    genesys: Vendor, severity: str
) -> None:
    (finding,) = genesys.open_refused("--severity", severity, "--set=contact_24x7=yes")

    assert finding["rule"] == "GENESYS-SEVERITY"
    assert not finding["waivable"]
    assert f"--severity high --set raise_to={severity} and call" in finding["remedy"]


def test_t02_high_then_a_call_is_a_to_do(vendor: Become) -> None:  # G-46 G-47
    customer = vendor("genesys")
    down = ("--answer=production-down=yes", "--set=contact_24x7=yes")

    said = customer.open("--severity=high", "--set=raise_to=production-down", *down)

    assert "GENESYS-CALL-TO-RAISE" in rules(said["findings"])
    assert said["todos"] == [
        "call Customer Care to have the case raised to Production Down: casecli call L1"
    ]


@pytest.mark.parametrize("name", ["genesys", "citrix"])
def test_t03_no_case_is_opened_by_mail_and_comments_are(  # G-66 C-04
    vendor: Become, name: str
) -> None:
    customer = vendor(name)

    (finding,) = customer.open_refused("--channel", "email")
    customer.open()
    said = customer(
        *("comment", "CS-1001", "--channel", "email", "--json"),
        *("-m", "Case CS-1001: any news?"),
    )

    assert finding["rule"] == f"{name.upper()}-CHANNEL"
    assert said.json["state"] == "delivered"


@pytest.mark.parametrize("impact", ["-", "n/a", "calls drop"])
def test_t04_high_needs_an_impact_that_says_something(  # G-36
    genesys: Vendor, impact: str
) -> None:
    found = genesys.open_refused("--severity=high", f"--impact={impact}")

    assert rules(found) == ["GENESYS-IMPACT"]


def test_t05_t06_nothing_personal_leaves_in_text_or_file(  # G-15 G-67
    vendor: Become, tmp_path: Path
) -> None:
    customer = vendor("genesys")
    log = tmp_path / "sip.log"
    log.write_text(
        "09:00 INVITE from ada.byron@hallbrook.example.org password=S3cr3tX9\n"
    )

    said = customer.open(
        "-m",
        "Mail to bob@hallbrook.example.org fails with password: hunter2secret, always",
        f"--attach={log}",
    )

    desk = b"".join(
        each.read_bytes() for each in (customer.cli.home / "data/desk").iterdir()
    )
    assert said["scrub"]["findings"]["email"] == 2
    assert said["scrub"]["files"][0]["findings"]["email"] == 1
    assert b"hallbrook" not in desk
    assert b"hunter2secret" not in desk
    assert b"S3cr3tX9" not in desk


def test_t06_a_file_nobody_can_look_into_stays_at_home(  # G-15
    vendor: Become, tmp_path: Path
) -> None:
    customer = vendor("genesys")
    customer.open()
    (tmp_path / "shot.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(64))

    said = customer("upload", "L1", str(tmp_path / "shot.png"), code=5)

    assert "shot.png" in said.err
    assert customer.case()["attachments"] == []


# --- T7 to T12: the form --------------------------------------------------------------


def test_t07_all_that_is_missing_is_named_at_once(genesys: Vendor) -> None:  # G-25 G-62
    found = genesys.refused("open", "--no-input")

    assert fields(found) == [
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
    assert {each["effect"] for each in found} == {"require"}
    assert {
        "GENESYS-FIELD",
        "GENESYS-IMPACT",
        "GENESYS-ACCOUNTS",
        "GENESYS-PRODUCT",
        "GENESYS-RELEASE",
    } <= set(rules(found))


def test_t08_a_product_outside_the_contract_names_those_inside(  # G-31
    vendor: Become,
) -> None:
    customer = vendor(
        "genesys", settings={"contract.products": "Framework; Voice Platform"}
    )

    (finding,) = customer.open_refused("--set=product.name=Orchestration")

    assert finding["rule"] == "GENESYS-PRODUCT"
    assert "Framework, Voice Platform" in finding["message"]
    assert customer.open("--set=product.name=voice platform")["state"] == "delivered"


def test_t09_only_pairs_one_is_contact_for(vendor: Become) -> None:  # G-60
    customer = vendor(
        "genesys", settings={"contract.accounts": "Acme; Beta=Partner GmbH"}
    )

    (finding,) = customer.open_refused("--set=accounts.sold_to=Partner GmbH")
    said = customer.open(
        "--set=accounts.end_user=Beta", "--set=accounts.sold_to=Partner GmbH"
    )

    assert finding["rule"] == "GENESYS-ACCOUNTS"
    assert said["state"] == "delivered"


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (
            ("--severity=production-down", "--channel=phone"),
            "GENESYS-CONTACT-SEVERE",
        ),
        (
            ("--severity=high", "--set=raise_to=production-down"),
            "GENESYS-CONTACT-24X7",
        ),
    ],
)
def test_t10_the_worst_need_somebody_within_reach(  # G-50 G-52
    genesys: Vendor, words: tuple[str, ...], rule: str
) -> None:
    down = "--answer=production-down=yes"

    (finding,) = genesys.open_refused(*words, down)
    allowed = genesys.open(*words, down, "--set=contact_24x7=yes", "--dry-run")

    assert (finding["rule"], finding["field"]) == (rule, "contact_24x7")
    assert rule not in rules(allowed["findings"])


def test_t11_the_second_question_hangs_on_the_first(genesys: Vendor) -> None:  # G-38
    impacted = "--answer=production-impacted=yes"

    (finding,) = genesys.open_refused(impacted, "--answer=production-down=no")
    down = genesys.open(impacted, "--answer=production-down=yes", "--dry-run")

    assert (finding["rule"], finding["field"]) == (
        "GENESYS-CHECKLIST",
        "people-affected",
    )
    assert "people-affected" not in fields(down["findings"])


@pytest.mark.parametrize(
    ("release", "effects"), [("8.5", []), ("8", []), ("9", ["warn"])]
)
def test_t12_a_major_release_is_read_in_both_ways(  # G-32 G-33
    genesys: Vendor, release: str, effects: list[str]
) -> None:
    said = genesys.open(f"--set=product.release={release}", "--dry-run")

    about = [each for each in said["findings"] if each["rule"] == "GENESYS-RELEASE"]
    assert [each["effect"] for each in about] == effects


def test_the_checklist_warns_and_does_not_refuse(genesys: Vendor) -> None:  # G-07
    said = genesys.open("--dry-run")

    warned = [each for each in said["findings"] if each["rule"] == "GENESYS-CHECKLIST"]
    assert len(warned) == 8
    assert {each["effect"] for each in warned} == {"warn"}
