"""Every rule finds its own examples and leaves innocent lines alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from casecli.domain.errors import ScrubRefused
from casecli.domain.ports import CaseVault
from casecli.scrub import Gate, lint_rules
from casecli.scrub.rule import Exact, Expression, Rule
from casecli.scrub.ruleset import load
from casecli.vault import FileVault

LONGEST_LINE = 140


@contextmanager
def a_case(folder: Path) -> Iterator[CaseVault]:
    with FileVault(folder / "v" / "vault.db", folder / "v" / "key").case("L1") as case:
        yield case


def test_rules_find_their_examples_exactly_and_no_innocent_line() -> None:
    assert list(lint_rules()) == []


def test_no_line_of_the_rules_is_too_long_to_be_reviewed() -> None:
    folder = resources.files("casecli.scrub") / "rules"
    lines = [
        f"{file.name}:{number}"
        for file in folder.iterdir()
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if len(line) > LONGEST_LINE
    ]

    assert lines == []


def test_an_anchor_that_may_run_over_the_text_is_reported() -> None:
    loose = Rule(
        id="loose",
        type="word",
        anchors=(b"curl.*pass",),
        exacts=(Exact(pattern=Expression(b"(?P<value>x)")),),
        examples=("⟦x⟧",),
    )

    problems = list(lint_rules([loose]))

    assert any("may run over a whole text" in problem for problem in problems)


def test_a_rule_that_misses_its_example_is_reported() -> None:
    blind = Rule(
        id="blind",
        type="word",
        anchors=(b"abc",),
        exacts=(Exact(pattern=Expression(b"(?P<value>abc)")),),
        examples=("⟦xyz⟧",),
    )

    problems = list(lint_rules([blind]))

    assert problems == ["blind: '⟦xyz⟧' is read as 'xyz'"]


def test_a_rule_of_a_type_without_tokens_is_reported() -> None:
    strange = replace(load().rules[0], type="national")

    problems = list(lint_rules([strange]))

    assert "ipv4: there are no tokens of type 'national'" in problems


def explode(value: bytes, before: bytes, after: bytes) -> bool:
    raise ZeroDivisionError(value, before, after)


def test_a_rule_that_raises_stops_the_text_and_is_named(tmp_path: Path) -> None:
    rules = [
        replace(rule, validator=explode) for rule in load().rules if rule.id == "mac"
    ]

    with (
        a_case(tmp_path) as case,
        pytest.raises(ScrubRefused, match=r"'mac' failed with ZeroDivisionError"),
    ):
        Gate(rules=rules).text("ether 08:00:27:4e:66:a1", case)


def test_a_rule_that_raises_leaves_no_output_file(tmp_path: Path) -> None:
    rules = [
        replace(rule, validator=explode) for rule in load().rules if rule.id == "mac"
    ]
    source = tmp_path / "app.log"
    source.write_text("ether 08:00:27:4e:66:a1\n")

    with a_case(tmp_path) as case, pytest.raises(ScrubRefused):
        Gate(rules=rules).file(source, tmp_path / "out", case)

    assert not (tmp_path / "out").exists()


def test_the_ruleset_is_named_by_its_rules_and_the_users_words() -> None:
    plain = Gate().ruleset

    assert plain == Gate().ruleset
    assert plain != Gate(words=("Acme",)).ruleset


@pytest.mark.parametrize(
    "line",
    [
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8 by build 1.2.3.4567",
        "id=550e8400-e29b-41d4-a716-446655440000 seq=42",
        "java.lang.NullPointerException at com.acme.pay.Invoice.sum(Invoice.java:9)",
        "use std::collections::HashMap; // a::b",
        "2024-05-06T07:08:09.123456Z INFO took 12 ms, 99.9 % of 1,234,567 bytes",
        "listening on 0.0.0.0:8080, mask 255.255.255.0, ::1 and 127.0.0.1",
        "password=${DB_PASSWORD} token=$TOKEN secret=%SECRET% pwd=********",
        "oid 1.3.6.1.4.1.9.9.41 md5 d41d8cd98f00b204e9800998ecf8427e",
        "0x7fed806eb5d 00000001@2016/9/27:20:30:31.455 WcpInitialize",
        "Removed 3 files: setup.py, run.sh, a.so.1, README.md, index.html",
        "GET /api/v2/users?page=2&limit=50 HTTP/1.1 200 512",
        "heap: used=123456K max=999999K committed=500000K",
    ],
)
def test_harmless_lines_stay_as_they_are(tmp_path: Path, line: str) -> None:
    with a_case(tmp_path) as case:
        assert Gate().text(line, case).text == line
