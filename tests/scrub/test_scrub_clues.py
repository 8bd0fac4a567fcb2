"""What an expression's clues say: never less than the expression finds."""

from __future__ import annotations

import re

import pytest

from casecli.scrub.clues import FAR, Clue, Trail, clues
from casecli.scrub.digits_alike import with_digits_alike
from casecli.scrub.rule import Expression, Rule
from casecli.scrub.ruleset import load
from tests.scrub.lines_for import lines_for


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (rb"user[ ]=", [Clue((b"user =",), 0, 0)]),
        (rb"\bUser\d+[ ]x", [Clue((b"user",), 0, 0), Clue((b" x",), 5, FAR)]),
        (rb"(?:my|own)[_-]?key", [Clue((b"my", b"own"), 0, 0), Clue((b"key",), 2, 4)]),
        (rb"users?=", [Clue((b"user",), 0, 0)]),
        (rb"(?:ab|c)d", []),
        (rb"ab|cde", [Clue((b"ab", b"cde"), 0, 0)]),
        (rb"(?=password)\w{3}", []),
        (rb"(?<!ab)\x41\x62", [Clue((b"ab",), 0, 0)]),
        (rb"(?P<q>['])?(?(q)host|node)(?P=q)", [Clue((b"host", b"node"), 0, 1)]),
        (rb"host|ghosts", [Clue((b"host",), 0, 1)]),
        (rb"secret # a remark", []),
    ],
)
def test_an_expression_says_what_all_its_matches_have(
    source: bytes, found: list[Clue]
) -> None:
    assert list(clues(source)) == found


def places(expression: Expression, line: bytes) -> list[int]:
    """Give where matches begin, by looking everywhere."""
    match_at = expression.compiled.match
    return [at for at in range(len(line) + 1) if match_at(line, at)]


@pytest.mark.parametrize("rule", load().rules, ids=lambda rule: rule.id)
def test_no_match_of_a_rule_is_off_its_trail(rule: Rule) -> None:
    alike = with_digits_alike(rule)
    for each in filter(None, (rule, alike)):
        for expression in each.expressions():
            for line in lines_for(rule):
                starts = expression.trail.starts(line.lower(), 0, len(line))
                if starts is not None:
                    missed = set(places(expression, line)).difference(starts)
                    assert not missed, (expression.source, line)


def test_an_expression_that_is_not_verbose_has_no_trail() -> None:
    assert Expression(b"a b", re.IGNORECASE).trail == Trail(None, ())
