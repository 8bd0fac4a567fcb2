"""What lint finds in a policy, and that ours are clean."""

from __future__ import annotations

from pathlib import Path

import pytest

from casecli import policies
from casecli.domain.errors import NotFound
from casecli.domain.policy import Effect, Policy, Rule, RuleExample

HERE = Path(__file__).parents[2]
OURS = [each.name for each in policies.available()]
EXAMPLES = sorted((HERE / "examples" / "policies").glob("*.toml"))
HEAD = 'title = "Acme"\nvendor = "Acme"\n'
SPOKEN = '[[rule.example]]\ngiven = {}\nexpect = "warn"\n'
SILENT = '[[rule.example]]\ngiven = { request = { text = "x" } }\nexpect = "pass"\n'


def rule(when: str, more: str = "") -> str:
    text = '[[rule]]\nid = "R1"\non = "open"\neffect = "warn"\nmessage = "hello"\n'
    return f'{HEAD}{text}when = "{when}"\n{more}'


@pytest.mark.parametrize("name", OURS)
def test_every_policy_we_ship_is_clean_and_its_examples_hold(name: str) -> None:
    assert policies.lint(policies.load(name)) == ()


@pytest.mark.parametrize("name", OURS)
def test_every_rule_we_ship_names_its_source(name: str) -> None:
    silent = [each.id for each in policies.load(name).rules if not each.source]

    assert silent == []


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_every_example_file_is_clean(file: Path) -> None:
    assert policies.lint_file(file) == ()


def test_the_example_of_the_how_to_is_among_them() -> None:
    assert "acme.toml" in [each.name for each in EXAMPLES]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (rule("case.severty == 'x'"), "rule.R1.when: 1:5: undeclared reference to"),
        (
            f'{HEAD}[[form]]\nid = "comment"\ntitle = "x"\nfields = ["txt"]\n',
            "form.comment.fields: there is no field 'txt'",
        ),
        (rule("request.text == 3"), "rule.R1.when: 1:14: found no matching overload"),
        (rule("request.text"), "rule.R1.when: gives string, expected bool"),
        (rule("request.text = 'x'"), "rule.R1.when: 1:14: Syntax error"),
        (
            rule("request.text == ''", 'earliest = "request.text"\n'),
            "rule.R1.earliest: gives string, expected timestamp",
        ),
        (
            rule("case.severity == 'low'", SPOKEN + SILENT),
            "rule.R1.when: reads case.severity, which may be unknown; name it",
        ),
        (rule("request.text == ''", SILENT), "rule.R1.example: none in which"),
        (rule("request.text == ''", SPOKEN), "rule.R1.example: none that passes"),
        (
            rule("request.text == 'y'", SPOKEN + SILENT),
            "rule.R1.example.1: gives pass, expected warn",
        ),
        (
            rule("request.answers['a'] == 'y'", SPOKEN + SILENT),
            "rule.R1.example.1: no answer: NOT_FOUND",
        ),
        (
            rule("request.text == ''", 'source = "book, page 3"\n' + SPOKEN + SILENT),
            "rule.R1.source: 'book' is not in [sources]",
        ),
        (
            HEAD
            + '[[field]]\nid = "a"\nlabel = "A"\nchoices = ["x"]\n'
            + '[[field]]\nid = "b"\nlabel = "B"\ndepends_on = "a"\n'
            + 'choices = [{ id = "c", when = ["y"] }]\n',
            "field.b.choices.c: never legal, a has no value 'y'",
        ),
        (
            HEAD + '[[field]]\nid = "b"\nlabel = "B"\ndepends_on = "a"\n',
            "field.b.depends_on: there is no field 'a'",
        ),
        (
            HEAD
            + '[[field]]\nid = "b"\nlabel = "B"\n'
            + 'choices = [{ id = "c", when = ["y"] }]\n',
            "field.b.choices.c: when without depends_on",
        ),
        (
            HEAD + '[[field]]\nid = "b"\nlabel = "B"\nchoices = ["x"]\ndefault = "y"\n',
            "field.b.default: 'y' is not one of its choices",
        ),
        (HEAD + 'default_type = "wish"\n', "default_type: 'wish' is no case type"),
        (
            HEAD + '[[checklist]]\nid = "q"\ntext = "?"\nask_when = "nope"\n',
            "checklist.q.ask_when: 1:1: undeclared reference to 'nope'",
        ),
        (
            HEAD
            + '[[checklist]]\nid = "q"\ntext = "?"\n'
            + "ask_when = \"request.severity == 'low'\"\n",
            "checklist.q.ask_when: reads request.severity, which may be unknown",
        ),
        (
            HEAD + '[[checklist]]\nid = "q"\ntext = "?"\nkind = "choice"\n',
            'checklist.q.choices: needed by kind "choice" and by no other',
        ),
        (
            HEAD
            + '[[checklist]]\nid = "q"\ntext = "?"\nkind = "yes-no"\nexpects = "Yes"\n',
            "checklist.q.expects: 'Yes' is no yes-no answer",
        ),
        (
            HEAD + '[[checklist]]\nid = "impact"\ntext = "?"\n',
            "checklist.impact: the id is taken by a case",
        ),
        (
            HEAD + '[impact]\nsubstantial_from = "high"\n',
            "impact.substantial_from: there is no severity 'high'",
        ),
        (
            HEAD
            + '[[channel]]\nid = "phone"\nlabel = "Phone"\n'
            + '[[severity]]\nid = "a"\nrank = 1\nlabel = "A"\noffered = ["fax"]\n',
            "severity.a.offered: there is no channel 'fax'",
        ),
        (
            rule("request.text == 'x'", "scope = \"case.severity == 'low'\"\n"),
            "rule.R1.scope: reads case.severity, which may be unknown",
        ),
        (
            rule("request.text == 'x'", 'remedy = "see {case.nummer}"\n'),
            "rule.R1.remedy: 'case.nummer' is no variable",
        ),
        (
            HEAD + '[[service]]\nid = "s"\nlabel = "S"\nlevels = ["gold"]\n',
            "service.s.levels: there is no level 'gold'",
        ),
        (
            HEAD + '[[entitlement]]\nid = "e"\nlabel = "E"\ngoes_with = ["gold"]\n',
            "entitlement.e.goes_with: there is no level 'gold'",
        ),
        (
            HEAD + '[escalation]\nno_update = "a day"\n',
            "escalation.no_update: 'a day' is no duration",
        ),
        (
            HEAD + '[[note]]\ntext = "hello"\nsource = "book, page 1"\n',
            "note.1.source: 'book' is not in [sources]",
        ),
        (
            HEAD + '[[field]]\nid = "a"\nlabel = "A"\nleading_of = "b"\n',
            "field.a.leading_of: there is no field 'b'",
        ),
        (
            HEAD + '[[channel]]\nid = "p"\nlabel = "P"\nresponse = "soon"\n',
            "channel.p.response: 'soon' is no duration such as 4h",
        ),
        (
            HEAD
            + '[[role]]\nid = "a"\nlabel = "A"\ndefault = true\n'
            + '[[role]]\nid = "b"\nlabel = "B"\ndefault = true\n',
            "role: more than one is the default",
        ),
    ],
)
def test_what_is_wrong_is_found_and_placed(
    tmp_path: Path, text: str, problem: str
) -> None:
    file = tmp_path / "acme.toml"
    file.write_text(text, encoding="utf-8")

    problems = policies.lint_file(file)

    assert [each for each in problems if each.startswith(problem)]
    assert not [each for each in problems if "\n" in each]


def test_a_file_that_cannot_be_loaded_has_that_one_problem(tmp_path: Path) -> None:
    file = tmp_path / "acme.toml"
    file.write_text("title = ", encoding="utf-8")

    (problem,) = policies.lint_file(file)

    assert problem.startswith(f"policy {file}: invalid value")


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        policies.lint_file(tmp_path / "none.toml")


def test_a_rule_made_by_hand_is_checked_for_its_names_too() -> None:
    odd = Rule(
        id="R1",
        on=("opn",),
        effect=Effect.DENY,
        when="true",
        message="no",
        needs=("case.mood",),
        examples=(RuleExample(given={}, expect="deny"),),
    )

    problems = policies.lint(Policy(id="x", title="X", vendor="X", rules=(odd,)))

    assert "rule.R1.needs: 'case.mood' is no variable" in problems
    assert "rule.R1.on: 'opn' is no action" in problems


def test_a_name_in_quotes_is_not_taken_for_a_variable(tmp_path: Path) -> None:
    file = tmp_path / "acme.toml"
    file.write_text(
        rule("request.text == '' && 'case.severity' != ''", SPOKEN + SILENT),
        encoding="utf-8",
    )

    assert policies.lint_file(file) == ()
