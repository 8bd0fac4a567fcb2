"""Lines of one kind: what is known of them changes how fast, never what comes out."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casecli.domain.ports import CaseVault
from casecli.scrub import Gate
from casecli.scrub.digits_alike import with_digits_alike
from casecli.scrub.rule import Exact, Expression, Rule
from casecli.scrub.rule_lint import marked
from casecli.scrub.ruleset import load
from casecli.scrub.spans import Finder
from casecli.scrub.stdlib import StdlibEngine
from tests.scrub.labelled import CORPUS, unmarked

BY_LINES = Gate(engine="stdlib")
AS_A_WHOLE = Gate(engine="stdlib", exceptions=("nobody wants this excepted",))
FAST_BY_LINES = Gate()
FAST_AS_A_WHOLE = Gate(exceptions=("nobody wants this excepted",))
RULES = load().rules
EXAMPLES = [marked(each)[0].decode() for rule in RULES for each in rule.examples]
LOGS = sorted((Path(__file__).parents[3] / "shared" / "data" / "loghub").glob("*.log"))


def with_other_digits(text: str, dice: random.Random) -> str:
    return "".join(str(dice.randrange(10)) if c.isdigit() else c for c in text)


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.txt")), ids=lambda p: p.stem)
def test_line_by_line_is_as_the_text_as_a_whole(path: Path, case: CaseVault) -> None:
    text = unmarked(path.read_text("utf-8"))[0].decode()

    by_lines = FAST_BY_LINES.text(text, case)
    as_a_whole = FAST_AS_A_WHOLE.text(text, case)

    assert by_lines.text == as_a_whole.text
    assert by_lines.findings == as_a_whole.findings


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    lines=st.lists(st.sampled_from(EXAMPLES), min_size=1, max_size=6),
    seed=st.integers(0, 2**16),
)
def test_lines_with_other_digits_are_as_if_seen_for_the_first_time(
    lines: list[str], seed: int, case: CaseVault
) -> None:
    dice = random.Random(seed)  # noqa: S311 - to be the same on every run
    text = "\n".join([*lines, *(with_other_digits(each, dice) for each in lines * 3)])

    assert BY_LINES.text(text, case).text == AS_A_WHOLE.text(text, case).text


@pytest.mark.parametrize("log", LOGS, ids=lambda path: path.stem)
def test_a_real_log_is_as_when_scrubbed_as_a_whole(log: Path, case: CaseVault) -> None:
    text = log.read_bytes()[:60_000].decode("utf-8", "replace")

    by_lines, as_a_whole = BY_LINES.text(text, case), AS_A_WHOLE.text(text, case)

    assert by_lines.text == as_a_whole.text
    assert by_lines.findings == as_a_whole.findings


def test_a_token_of_the_case_stays_where_only_its_digits_make_it_one(
    case: CaseVault,
) -> None:
    first = BY_LINES.text("peer 10.1.2.3 up", case).text
    ours = first.split()[1]
    other = ours[:-1] + str((int(ours[-1]) + 1) % 10)

    text = f"{first}\npeer {other} up\npeer 10.9.8.7 up\n{first}"

    out = BY_LINES.text(text, case).text.splitlines()
    assert out[0] == out[3] == first
    assert "10.9.8.7" not in out[2]


def test_an_address_among_its_like_is_told_from_a_mask(case: CaseVault) -> None:
    text = "".join(f"via 10.0.{n}.1 mask 255.255.{n}.0\n" for n in range(256))

    out = BY_LINES.text(text, case).text

    assert "mask 255.255.255.0" in out
    assert "via 10.0." not in out


def test_lines_are_numbered_in_samples_as_in_the_text(case: CaseVault) -> None:
    text = "nothing\n" * 6 + "from 10.1.2.3\n" + "nothing\n" + "from 10.1.2.4\n"

    samples = BY_LINES.text(text, case).samples

    assert [(each.value, each.line) for each in samples] == [
        ("10.1.2.3", 7),
        ("10.1.2.4", 9),
    ]


def test_a_key_block_among_lines_goes_as_a_whole(case: CaseVault) -> None:
    key = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvAIBADANBg\n" * 4
    text = f"from 10.1.2.3\n{key}-----END PRIVATE KEY-----\nfrom 10.1.2.3\n"

    out = BY_LINES.text(text, case)

    assert "MIIEv" not in out.text
    assert "10.1.2.3" not in out.text
    assert out.findings["ipv4"] == 2


@pytest.mark.parametrize(
    "rule",
    [each for each in RULES if not each.alike and not each.run],
    ids=lambda rule: rule.id,
)
def test_a_rule_with_digits_alike_still_matches_its_examples(rule: object) -> None:
    alike = with_digits_alike(rule)  # type: ignore[arg-type]  # parametrised

    zeros = bytes.maketrans(b"123456789", b"0" * 9)
    for example in rule.examples:  # type: ignore[attr-defined]  # parametrised
        text = marked(example)[0]
        for exact, folded in zip(
            rule.exacts,  # type: ignore[attr-defined]  # parametrised
            alike.exacts if alike else (),
            strict=alike is not None,
        ):
            if exact.pattern.compiled.search(text):
                assert folded.pattern.compiled.search(text.translate(zeros))


def test_what_must_not_be_a_certain_digit_is_left_open_where_digits_are_alike() -> None:
    source = rb"year (?!19|2(?:0|1))(?P<value>\d{4})(?![\w5])"
    rule = replace(RULES[0], gate=None, exacts=(Exact(pattern=Expression(source)),))

    alike = with_digits_alike(rule)

    assert alike is not None
    assert alike.exacts[0].pattern.source == rb"year (?P<value>\d{4})"


def test_a_class_without_a_certain_digit_has_no_form_for_digits_alike() -> None:
    source = rb"year (?P<value>[^5]+)"
    rule = replace(RULES[0], gate=None, exacts=(Exact(pattern=Expression(source)),))

    assert with_digits_alike(rule) is None


def test_what_a_line_holds_does_not_depend_on_its_neighbours() -> None:
    finder = Finder(RULES, StdlibEngine)
    lines = [each.encode() for each in EXAMPLES if "\n" not in each]

    alone = [finder.within_lines(line).spans for line in lines]
    together = finder.within_lines(b"\n".join(lines)).spans

    assert sum(map(len, alone)) == len(together)


def a_rule(kind: str, anchor: bytes, expression: bytes) -> Rule:
    exact = Exact(pattern=Expression(expression))
    return Rule(id=kind, type=kind, anchors=(anchor,), exacts=(exact,), back=40)


@pytest.mark.parametrize("line", ["at host=alpha7 {}\n", "at alpha7 {}\n"])
def test_a_number_behind_a_token_is_looked_at_on_every_line(
    case: CaseVault, line: str
) -> None:
    host = a_rule("host", rb"host=\w", rb"host=(?P<value>[a-z]+\d)")
    code = a_rule(
        "account", rb"host-\w{6} 0000", rb"host-\w{6}[ ](?P<value>[1-4]\d{3})\b"
    )
    pipe = Gate(engine="stdlib", rules=(host, code), chunk=1).pipe(case)

    out = pipe.feed(b"host=alpha7\n")
    out += pipe.feed(line.format(9001).encode())
    out += pipe.feed(line.format(9001).encode())
    out += pipe.feed(line.format(1234).encode())
    out += pipe.finish()

    assert b"alpha7" not in out
    assert out.count(b" 9001\n") == 2
    assert b"1234" not in out
