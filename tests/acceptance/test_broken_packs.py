"""A broken policy of one's own: one line with file and key, and nothing half loaded."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.conftest import Vendor, write_profiles

Become = Callable[..., Vendor]

HEAD = 'title = "Acme"\nvendor = "Acme"\nextends = "generic"\n'
RULE = """[[rule]]
id = "ACME-LOW"
on = "escalate"
effect = "deny"
message = "not at night"
source = "casecli"
"""


@pytest.fixture(scope="module")
def opened(vendor: Become) -> Vendor:
    """A customer with case L1, and a second profile under a policy of its own."""
    become = vendor("generic")
    become.open()
    write_profiles(become.cli, {"acme": {"policy": "acme", "role": "customer"}})
    return become


def written(customer: Vendor, text: str, name: str = "acme") -> Path:
    """Put a policy into the user's folder."""
    folder = customer.cli.home / "config" / "policies"
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.toml"
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{HEAD}title = 3", "cannot overwrite a value"),
        (f"{HEAD}reopne = 3\n", "reopne is not known, expected"),
        (f"{HEAD}[reopen]\ndays = 'ten'\n", "reopen.days is 'ten', expected a whole"),
        (
            f'{HEAD}{RULE}when = "request.reason == 3"\n',
            "rule.ACME-LOW.when: 1:16: found no matching overload",
        ),
        (
            f'{HEAD}{RULE}when = "true"\nearliest = "case.number"\n',
            "rule.ACME-LOW.earliest: gives string, expected timestamp",
        ),
        (HEAD.replace("generic", "acme"), "extends is 'acme', expected one of"),
        (HEAD.replace("generic", "nobody"), "extends is 'nobody', expected one of"),
    ],
    ids=["toml", "key", "type", "cel", "earliest", "itself", "nobody"],
)
def test_one_line_names_file_and_key(opened: Vendor, text: str, said: str) -> None:
    file = written(opened, text)

    check = opened("-p", "acme", "policy", "check", "escalate", "L1", code=2)
    lint = opened("policy", "lint", str(file), code=2)

    error, hint = check.err.splitlines()
    assert error.startswith(f"error: policy {file}: ")
    assert said in error
    assert hint == f"hint: casecli policy lint {file}"
    assert said in lint.out


def test_a_circle_of_policies_is_named(opened: Vendor) -> None:
    written(opened, HEAD.replace("generic", "below"))
    file = written(opened, HEAD.replace("generic", "acme"), "below")

    said = opened("-p", "acme", "policy", "show", code=2)
    file.unlink()

    assert f"policy {file}: extends is 'acme', which extends this file" in said.err


def test_a_rule_that_fails_when_judged_denies_and_says_so(opened: Vendor) -> None:
    written(opened, f"{HEAD}{RULE}when = \"request.fields['nope'] == 'x'\"\n")

    said = opened("-p", "acme", "policy", "check", "escalate", "L1", "--json", code=5)

    found = {each["rule"]: each for each in said.json["findings"]}
    assert found["ACME-LOW"]["effect"] == "deny"
    assert "rule could not be judged" in found["ACME-LOW"]["message"]


def test_a_kept_policy_follows_its_file(opened: Vendor) -> None:
    file = written(opened, f'{HEAD}{RULE}when = "true"\n')
    refused = opened("-p", "acme", "policy", "check", "escalate", "L1", code=5)
    file.write_text(f'{HEAD}{RULE}when = "false"\n')

    after = opened("-p", "acme", "policy", "check", "escalate", "L1", code=5)

    assert "ACME-LOW" in refused.err + refused.out
    assert "ACME-LOW" not in after.err + after.out


@pytest.mark.parametrize("damage", [b"", b"garbage", b"0" * 64 + b"\n{}"])
def test_a_damaged_cache_is_made_again(opened: Vendor, damage: bytes) -> None:
    opened("policy", "show")
    file = opened.cli.home / "cache" / "policy-generic.json"
    whole = file.read_bytes()
    file.write_bytes(damage)

    said = opened("policy", "show", "--json").json

    assert said["id"] == "generic"
    assert file.read_bytes() == whole
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_cache_that_cannot_be_written_stops_nothing(vendor: Become) -> None:
    customer = vendor("generic")
    (customer.cli.home / "cache").write_text("in the way")

    assert customer("policy", "show", "--json").json["id"] == "generic"
    assert (customer.cli.home / "cache").is_file()


def test_one_says_what_sets_two_apart(opened: Vendor) -> None:
    rows = opened("policy", "diff", "citrix", "genesys", "--json").json

    keys = {each["key"]: each for each in rows}
    assert keys["reopen.days"]["before"] == 30
    assert keys["status"] == {"key": "status", "before": "legacy", "after": "current"}
