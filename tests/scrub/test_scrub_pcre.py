"""Expressions as machine code match what the standard library's match."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from casecli.scrub.digits_alike import with_digits_alike
from casecli.scrub.pcre import Pattern, fast
from casecli.scrub.rule import Expression, Rule
from casecli.scrub.ruleset import load
from tests.scrub.lines_for import lines_for

pytest.importorskip("pcre2")

FLAGS = re.VERBOSE | re.IGNORECASE | re.MULTILINE
TOO_OFTEN = rb"(?P<value>(?:[a-z]{1,40}|\d{2}-\d{2}-\d{2}[abc]x){1,999})y"
TOO_LARGE = rb"(?P<value>%s)y" % b"|".join(b"%05d" % n for n in range(20_000))
TOO_DEEP = rb"^(?P<value>(?:(a)|b)*)$"


def found(pattern: Pattern, text: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Give all matches, overlapping ones too, and the places of what is marked."""
    match = pattern.search(text, 0)
    while match:
        value = match.span("value")
        yield match.start(), match.end(), *value
        match = pattern.search(text, match.start() + 1)


@pytest.mark.parametrize("rule", load().rules, ids=lambda rule: rule.id)
def test_a_rule_matches_the_same_both_ways(rule: Rule) -> None:
    alike = with_digits_alike(rule)
    for each in filter(None, (rule, alike)):
        for expression in (exact.pattern for exact in each.exacts):
            for line in lines_for(rule):
                ours = list(found(expression.compiled, line))
                assert ours == list(found(expression.plain.compiled, line))


def test_all_expressions_are_machine_code() -> None:
    expressions = {each for rule in load().rules for each in rule.expressions()}

    assert [each.source for each in expressions if each.fast is None] == []


def test_each_byte_of_a_letter_counts() -> None:
    text = "担当者=鈴木".encode()
    expression = Expression("担当者=(?P<value>鈴木)".encode())

    assert list(found(expression.compiled, text)) == [(0, 16, 10, 16)]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (TOO_OFTEN, b"so 11-22-33axabc11-22-33bxy and 1-22-33axy"),
        (
            (
                rb"(?P<value>(?-i:[A-Z](?:[a-z]|\.[A-Z]{2}){1,999}"
                rb"(?:\ [A-Z](?:[a-z]|'){1,999}){1,99}))"
            ),
            b"ANNA Anna LIND Anna L.INd Anna.LInd O'neil Oneil' So On",
        ),
        (
            (
                rb"(?P<value>(?P<sign>[\"'])?"
                rb"(?:k(?:\d|[(](?:[a-z]\)|x){1,999}){1,999}){1,999}"
                rb"(?(sign)(?P=sign)|;))"
            ),
            b"'k1(a)2' 'k1(b)2; k(xxa)3; \"k(xx)\" 'k1k2'",
        ),
        (rb"(?P<value>(?<!a)(?:b(?!c)|[c\]](?=d)){1,2999}d?)", b"abbc bbb]d cdbcd ]]d"),
    ],
)
def test_what_is_repeated_often_is_defined_once_and_matches_the_same(
    source: bytes, text: bytes
) -> None:
    expression = Expression(source)

    assert expression.fast
    matches = list(found(expression.compiled, text))
    assert matches == list(found(expression.plain.compiled, text))
    assert matches


def test_what_is_too_large_is_left_to_the_standard_library() -> None:
    expression = Expression(TOO_LARGE)

    assert expression.fast is None
    assert expression.compiled.search(b"! 00042y") is not None


def test_where_a_text_takes_too_many_steps_the_standard_library_is_asked() -> None:
    text = b"ab" * 4000
    pattern = fast(TOO_DEEP, FLAGS)

    assert pattern is not None
    assert list(found(pattern, text)) == [(0, 8000, 0, 8000)]
    assert [match.span("value") for match in pattern.finditer(text)] == [(0, 8000)]
    match = pattern.match(text, 0)
    assert match is not None
    assert match.span("value") == (0, 8000)


def test_without_the_library_all_is_the_standard_librarys() -> None:
    code = """
import sys
sys.modules["pcre2"] = None
from casecli.scrub.rule import Expression
print(type(Expression(rb"user=(?P<value>\\w+)").compiled))
"""
    said = subprocess.check_output([sys.executable, "-c", code], text=True)

    assert said == "<class 're.Pattern'>\n"


def test_a_plain_expression_is_the_standard_librarys() -> None:
    assert isinstance(Expression(rb"(?P<value>a)").plain.compiled, re.Pattern)
    plain = load().plain().rules
    assert {each.fast for rule in plain for each in rule.expressions()} == {None}
