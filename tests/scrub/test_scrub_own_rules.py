"""Rules that users write: tried before they are used, and then used everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from casecli.domain.errors import BadInput
from casecli.domain.ports import CaseVault
from casecli.scrub import Gate
from casecli.scrub.own_rules import OWN_TYPES, RuleFile, in_folder, rules_of

KIB = 1024
EXAMPLES = Path(__file__).parents[2] / "examples" / "scrub"
CRATE = (EXAMPLES / "crates.toml").read_text("utf-8")
TICKET = r"""
[[rule]]
id = "ticket-code"
type = "word"
match = ['\b[A-Z]{2}-\d{6}\b', 'Projekt "(?P<value>[^"]+)"']
examples = ["see ⟦QX-104233⟧", 'Projekt "⟦Blaue Elster⟧"']
keep = ["AB-000001"]
"""


def rule(**changed: str) -> str:
    lines = {
        "id": '"code"',
        "type": '"word"',
        "match": "'code (?P<value>[a-z]+)'",
        "examples": '["code ⟦abc⟧"]',
        **changed,
    }
    return "[[rule]]\n" + "".join(f"{key} = {said}\n" for key, said in lines.items())


def gate(*texts: str, engine: str = "") -> Gate:
    """Give a gate with these rules and no others."""
    files = tuple(RuleFile(f"{n}.toml", text) for n, text in enumerate(texts))
    return Gate(own_rules=files, engine=engine, rules=())


@pytest.mark.parametrize("engine", ["hyperscan", "stdlib"])
def test_own_rules_find_what_they_say_whichever_engine_runs(
    case: CaseVault, engine: str
) -> None:
    if engine == "hyperscan":
        pytest.importorskip("hyperscan")
    text = 'his Crate k70418 saw QX-104233, AB-000001 and Projekt "Grüne Hölle" 12'

    done = gate(CRATE, TICKET, engine=engine).text(text, case)

    assert done.findings == {"agent": 1, "word": 2}
    for value in ("70418", "104233", "Hölle"):
        assert value not in done.text
    assert "AB-000001" in done.text
    assert Gate().unscrub(done.text, case) == text


def test_own_rules_hold_in_files_that_workers_share(
    case: CaseVault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("casecli.scrub.workers._may_fork", lambda: False)
    monkeypatch.setattr("casecli.scrub.workers.STARTED", 64 * KIB)
    monkeypatch.setattr("casecli.scrub.workers.SLICE", 64 * KIB)
    source = tmp_path / "app.log"
    source.write_text("".join(f"crate K{n % 9:05} left\n" for n in range(20_000)))
    file = RuleFile("own.toml", CRATE)

    for count in (1, 2):
        own = Gate(own_rules=(file,), engine="stdlib", workers=count)
        own.file(source, tmp_path / str(count), case)

    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
    assert b" K" not in (tmp_path / "1").read_bytes()


def test_own_rules_stand_beside_those_that_ship(case: CaseVault) -> None:
    own = Gate(own_rules=(RuleFile("own.toml", CRATE),))

    done = own.text("crate K70418 of bob@acme.com", case)

    assert done.findings == {"agent": 1, "email": 1}


def test_a_rule_may_be_of_any_type_that_does_not_say_what_its_values_are(
    case: CaseVault,
) -> None:
    rules = (
        rule(
            id=f'"own-{kind}"',
            type=f'"{kind}"',
            match=f"'the {kind} code (?P<value>[a-z]+)'",
            examples=f'["the {kind} code ⟦abc⟧"]',
        )
        for kind in OWN_TYPES
    )
    text = "\n".join(f"the {kind} code xyzzy" for kind in OWN_TYPES)
    own = gate("\n".join(rules))

    done = own.text(text, case)

    assert done.findings == dict.fromkeys(OWN_TYPES, 1)
    assert "xyzzy" not in done.text
    assert own.unscrub(done.text, case) == text
    assert own.text(done.text, case).text == done.text


def test_own_rules_name_the_ruleset() -> None:
    assert len({Gate().ruleset, gate(CRATE).ruleset, gate(TICKET).ruleset}) == 3


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[rule]", "no TOML"),
        ("", r"no \[\[rule\]\]"),
        ("rule = [7]", "rule 7: it is no table"),
        ("[rule]\nid = 'a'", r"no \[\[rule\]\]"),
        (rule(id='"My Code"'), "its id is not made of"),
        (rule(type='"nick"'), "its type is none of email, "),
        (rule(type='"mac"'), "its type is none of"),
        (rule(type="3"), "its type is none of"),
        (rule(match="'code ('"), "missing \\)"),
        (rule(match="[]"), "it has no match"),
        (rule(match="7"), "not iterable"),
        (rule(match="[7]"), "its match is neither a text nor a list"),
        (rule(matches="'x'"), "there is no 'matches' in a rule"),
        (rule(match=r"'\w+@\w+'"), "no word is in all that it matches"),
        (rule(examples="[]"), "fails: code: no examples"),
        (rule(examples='["code abc"]'), "is read as 'code code:⟦abc⟧'"),
        (rule(examples='["code ⟦abc1⟧"]'), "is read as 'code code:⟦abc⟧1'"),
        (rule(innocent='["code red"]'), "innocent 'code red' is read as"),
        (CRATE + CRATE, "there are two of that id"),
    ],
)
def test_a_rule_that_is_not_right_is_refused(text: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        rules_of((RuleFile("own.toml", text),), None)


def test_with_a_rule_that_is_not_right_nothing_is_scrubbed(case: CaseVault) -> None:
    with pytest.raises(BadInput):
        gate(CRATE, rule(type='"nick"')).text("code abc", case)


def test_an_anchor_says_where_to_look_when_no_word_does(case: CaseVault) -> None:
    own = gate(
        rule(
            match=r"'(?P<value>\w+)=?@@?\w+'",
            examples="['⟦ab⟧@cd']",
            anchor="['@']",
        )
    )

    assert own.text("so xy@@cd is", case).findings == {"word": 1}


def test_rules_that_passed_are_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = (RuleFile("own.toml", CRATE),)
    first = rules_of(files, tmp_path)
    rules_of.cache_clear()
    monkeypatch.setattr("casecli.scrub.own_rules.lint_rules", None)

    again = rules_of(files, tmp_path)

    assert [each.id for each in first] == [each.id for each in again] == ["crate"]
    with pytest.raises(TypeError):
        rules_of((RuleFile("own.toml", TICKET),), tmp_path)


def test_all_files_of_a_folder_are_read_in_order(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text(TICKET)
    (tmp_path / "a.toml").write_text(CRATE)
    (tmp_path / "notes.txt").write_text("not a rule")

    assert [file.text for file in in_folder(tmp_path)] == [CRATE, TICKET]
    assert in_folder(tmp_path / "none") == ()


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe")

    with pytest.raises(BadInput, match="cannot be read"):
        in_folder(tmp_path)
