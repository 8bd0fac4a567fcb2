"""Reading policy files, alone and in layers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from casecli import policies
from casecli.domain.errors import BadInput, NotFound
from casecli.domain.policy import Effect, WhenUnknown

HEAD = 'title = "Acme"\nvendor = "Acme"\n'
RULE = """
[[rule]]
id = "R1"
on = "open"
effect = "warn"
when = "true"
message = "hello"
"""


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_the_generic_policy_is_always_there() -> None:
    policy = policies.load("generic")

    assert policy.id == "generic"
    assert [each.id for each in policy.severities] == [
        "critical",
        "high",
        "medium",
        "low",
    ]
    assert policy.attachments.max_bytes is None
    assert policy.reopen.days is None


def test_a_policy_nobody_has_is_not_found() -> None:
    with pytest.raises(NotFound, match="no policy 'acme'"):
        policies.load("acme")


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "", "A b", ".hidden"])
def test_a_name_is_not_a_path(name: str) -> None:
    with pytest.raises(NotFound):
        policies.load(name)


def test_the_users_folder_adds_to_ours(tmp_path: Path) -> None:
    write(tmp_path, "acme.toml", HEAD)

    packs = policies.available([tmp_path])

    assert [(each.name, each.built_in) for each in packs if each.name == "acme"] == [
        ("acme", False)
    ]
    assert "generic" in [each.name for each in packs]
    assert policies.load("acme", [tmp_path]).vendor == "Acme"


def test_the_users_file_of_the_same_name_wins(tmp_path: Path) -> None:
    write(tmp_path, "generic.toml", HEAD)

    assert policies.load("generic", [tmp_path]).vendor == "Acme"
    assert policies.load("generic", [tmp_path]).rules == ()


def test_the_users_file_may_build_on_ours_of_the_same_name(tmp_path: Path) -> None:
    text = 'extends = "generic"\n[phones]\nsupport = "+1 555 0100"\n'
    write(tmp_path, "generic.toml", text)

    policy = policies.load("generic", [tmp_path])

    assert policy.phones == {"support": "+1 555 0100"}
    assert policy.vendor == "the vendor"
    assert policy.rules == policies.load("generic").rules


def test_what_a_file_extends_is_merged_key_by_key(tmp_path: Path) -> None:
    write(
        tmp_path,
        "acme.toml",
        HEAD
        + """
extends = "generic"
[impact]
substantial_words = 9
[[severity]]
id = "low"
definition = "no hurry"
[[severity]]
id = "wish"
rank = 5
label = "Wish"
""",
    )

    policy = policies.load("acme", [tmp_path])
    below = policies.load("generic")

    assert policy.impact.substantial_words == 9
    assert policy.impact.placeholders == below.impact.placeholders
    assert [each.id for each in policy.severities] == [
        "critical",
        "high",
        "medium",
        "low",
        "wish",
    ]
    assert policy.severities[3].definition == "no hurry"
    assert policy.severities[3].rank == 4
    assert policy.extends == "generic"


def test_inherited_things_can_be_dropped_or_begun_afresh(tmp_path: Path) -> None:
    write(
        tmp_path,
        "acme.toml",
        HEAD
        + """
extends = "generic"
replace = ["severity", "rule"]
[[severity]]
id = "only"
rank = 1
label = "Only"
[[checklist]]
id = "logs"
drop = true
""",
    )

    policy = policies.load("acme", [tmp_path])

    assert [each.id for each in policy.severities] == ["only"]
    assert policy.rules == ()
    assert "logs" not in [each.id for each in policy.checklist]
    assert "tried" in [each.id for each in policy.checklist]


def test_what_a_pack_says_of_itself_is_not_inherited(tmp_path: Path) -> None:
    write(tmp_path, "old.toml", HEAD + 'status = "legacy"\nverified_at = 2018-03-01\n')
    write(tmp_path, "new.toml", HEAD + 'extends = "old"\n')

    assert policies.load("old", [tmp_path]).status == "legacy"
    assert policies.load("old", [tmp_path]).verified_at == date(2018, 3, 1)
    assert policies.load("new", [tmp_path]).status == "current"
    assert policies.load("new", [tmp_path]).verified_at is None


def test_short_forms_mean_the_long_ones(tmp_path: Path) -> None:
    write(
        tmp_path,
        "acme.toml",
        HEAD + '[[field]]\nid = "os"\nlabel = "OS"\nchoices = ["linux"]\n' + RULE,
    )

    policy = policies.load("acme", [tmp_path])

    assert [each.id for each in policy.fields[0].choices] == ["linux"]
    assert policy.rules[0].on == ("open",)
    assert policy.rules[0].effect is Effect.WARN
    assert policy.rules[0].unknown is WhenUnknown.SKIP


def test_an_examples_facts_are_flat_and_of_their_kind(tmp_path: Path) -> None:
    given = """
[[rule.example]]
expect = "warn"
[rule.example.given]
now = "2026-01-08T10:00:00+01:00"
actor.services = ["chat"]
case = { severity = "low", opened_at = 2026-01-08T09:00:00Z, fields = { a = "b" } }
"request.severity_rank" = 2
"""
    write(tmp_path, "acme.toml", HEAD + RULE + given)

    (example,) = policies.load("acme", [tmp_path]).rules[0].examples

    assert example.given == {
        "now": datetime(2026, 1, 8, 9, tzinfo=UTC),
        "actor.services": ["chat"],
        "case.severity": "low",
        "case.opened_at": datetime(2026, 1, 8, 9, tzinfo=UTC),
        "case.fields": {"a": "b"},
        "request.severity_rank": 2,
    }


def test_a_calendar_is_read_with_its_zone(tmp_path: Path) -> None:
    text = '[calendar]\nzone = "Asia/Tokyo"\nworkdays = ["mon", "sat"]\n'
    write(tmp_path, "acme.toml", HEAD + text + "holidays = [2026-01-03]\n")

    calendar = policies.load("acme", [tmp_path]).calendar

    assert calendar is not None
    assert str(calendar.zone) == "Asia/Tokyo"
    assert calendar.workdays == {0, 5}
    assert calendar.holidays == {date(2026, 1, 3)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = ", "invalid value (at end of document)"),
        ('vendor = "Acme"\n', "title is missing"),
        ("title = 7\nvendor = 'A'\n", "title is 7, expected a text"),
        (HEAD + 'id = "acne"\n', "id is 'acne', expected 'acme' as the file says"),
        (HEAD + 'vendr = "A"\n', "vendr is not known, expected vendor"),
        (HEAD + 'status = "old"\n', "expected one of current, legacy"),
        (HEAD + 'verified_at = "May"\n', "expected a date such as 2026-01-31"),
        (HEAD + 'rule = "R1"\n', "rule is 'R1', expected a list: [[rule]]"),
        (HEAD + 'impact = "big"\n', "impact is 'big', expected a table: [impact]"),
        (HEAD + "[attachments]\nmax_bytes = true\n", "expected a whole number"),
        (HEAD + "[attachments]\nin_comments = 1\n", "expected true or false"),
        (HEAD + '[[severity]]\nid = "a"\nlabel = "A"\n', "severity.a.rank is missing"),
        (HEAD + '[[role]]\nlabel = "A"\n', "role.1.id is missing"),
        (HEAD + '[[role]]\nid = " "\nlabel = "A"\n', "expected a name"),
        (
            HEAD + '[[role]]\nid = "a"\nlabel = "A"\nmay = ["opn"]\n',
            "role.a.may is 'opn', expected open",
        ),
        (HEAD + RULE + 'colour = "red"\n', "rule.R1.colour is not known"),
        (HEAD + RULE + RULE, "rule.R1 is there twice, expected once"),
        (HEAD + RULE + 'unknown = "guess"\n', "rule.R1.unknown is 'guess'"),
        (
            HEAD + RULE.replace('"warn"', '"refuse"'),
            "rule.R1.effect is 'refuse', expected one of deny, require, warn, inform",
        ),
        (
            HEAD + RULE + 'needs = ["case.severty"]\n',
            "rule.R1.needs is 'case.severty', expected case.severity",
        ),
        (
            HEAD + RULE + '[[rule.example]]\ngiven = { case = { sev = "x" } }\n',
            "rule.R1.example.1.given.case.sev is not a variable",
        ),
        (
            HEAD
            + RULE
            + '[[rule.example]]\nexpect = "warn"\n'
            + "given = { now = 2026-01-01T00:00:00 }",
            "expected a time with its offset",
        ),
        (
            HEAD + RULE + '[[rule.example]]\nexpect = "no"\ngiven = {}',
            "rule.R1.example.1.expect is 'no'",
        ),
        (HEAD + '[calendar]\nzone = "Mars"\n', "expected a zone such as Europe/Berlin"),
        (HEAD + '[calendar]\nworkdays = ["monday"]\n', "expected mon"),
        (HEAD + "[calendar]\nholiday = []\n", "calendar.holiday is not known"),
        (HEAD + '[calendar]\nopens = "9"\n', "expected a time such as 09:00:00"),
        (HEAD + 'extends = "nobody"\n', "extends is 'nobody', expected one of"),
        (HEAD + "extends = 7\n", "extends is 7, expected one of"),
        (HEAD + 'extends = "acme"\n', "extends is 'acme', expected one of"),
        (HEAD + 'replace = ["rules"]\n', "replace is ['rules'], expected a list"),
        (
            HEAD + 'extends = "generic"\n[[rule]]\nid = "NONE"\ndrop = true\n',
            "rule.NONE.drop takes away nothing that is inherited",
        ),
    ],
)
def test_a_wrong_file_is_refused_in_one_line_with_its_place(
    tmp_path: Path, text: str, said: str
) -> None:
    file = write(tmp_path, "acme.toml", text)

    with pytest.raises(BadInput) as caught:
        policies.load("acme", [tmp_path])

    assert caught.value.exit_code == 2
    assert said in caught.value.message
    assert caught.value.message.startswith(f"policy {file}: ")
    assert "\n" not in caught.value.message
    assert caught.value.hint == f"casecli policy lint {file}"


def test_a_circle_of_policies_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "one.toml", HEAD + 'extends = "two"\n')
    write(tmp_path, "two.toml", HEAD + 'extends = "one"\n')

    with pytest.raises(BadInput, match="which extends this file again"):
        policies.load("one", [tmp_path])


def test_the_file_that_says_it_wrong_is_named_not_the_one_on_top(
    tmp_path: Path,
) -> None:
    below = write(tmp_path, "below.toml", HEAD + "[reopen]\ndays = 'x'\n")
    write(tmp_path, "above.toml", HEAD + 'extends = "below"\n[reopen]\nrule = "R"\n')

    with pytest.raises(BadInput) as caught:
        policies.load("above", [tmp_path])

    assert str(below) in caught.value.message


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "acme.toml").write_bytes(b"\xff\xfe")

    with pytest.raises(BadInput, match="cannot be read"):
        policies.load("acme", [tmp_path])


def test_a_file_anywhere_can_be_loaded_by_its_path(tmp_path: Path) -> None:
    file = write(tmp_path, "acme.toml", HEAD + 'extends = "generic"\n')

    assert policies.load_file(file).id == "acme"
    with pytest.raises(NotFound, match="no policy file"):
        policies.load_file(tmp_path / "none.toml")


def test_two_policies_are_compared_key_by_key(tmp_path: Path) -> None:
    write(
        tmp_path,
        "acme.toml",
        HEAD + 'extends = "generic"\n[reopen]\ndays = 14\n[calendar]\nzone = "UTC"\n',
    )
    acme = policies.load("acme", [tmp_path])

    found = {each.key: each for each in policies.diff(policies.load("generic"), acme)}

    assert found["reopen.days"].before is None
    assert found["reopen.days"].after == 14
    assert found["vendor"].after == "Acme"
    assert found["calendar.zone"].after == "UTC"
    assert not [key for key in found if key.startswith(("rules", "severities"))]
    assert policies.diff(acme, acme) == ()
