"""Engines: interchangeable to the byte, tried before use, never silent."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casecli.domain.errors import ScrubRefused
from casecli.domain.ports import CaseVault
from casecli.scrub import Gate
from casecli.scrub.anchors import heads
from casecli.scrub.disguise import RULE as DISGUISE
from casecli.scrub.engine import Hits
from casecli.scrub.engines import choose
from casecli.scrub.hyper import HyperscanEngine
from casecli.scrub.rule import Rule
from casecli.scrub.rule_lint import marked
from casecli.scrub.ruleset import load
from casecli.scrub.spans import Finder
from casecli.scrub.stdlib import StdlibEngine
from casecli.scrub.tokens import MARKS
from casecli.vault import FileVault
from tests.scrub.labelled import CORPUS, unmarked

pytest.importorskip("hyperscan")

LOGS = sorted((Path(__file__).parents[3] / "shared" / "data" / "loghub").glob("*.log"))
RULES = (*load().rules, DISGUISE)
SLOW = Finder(load().plain().rules, StdlibEngine)
FAST = Finder(load().rules, HyperscanEngine)
TEXTS = [
    *(marked(each)[0] for rule in RULES for each in rule.examples),
    *(each.encode() for rule in RULES for each in rule.innocent),
]
GLUE = st.sampled_from([b"", b" ", b"\n", b"=", b":", b'"', b"'", b"@", b"/", b"\\"])


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.txt")), ids=lambda p: p.stem)
def test_engines_agree_on_the_corpus(path: Path) -> None:
    data = unmarked(path.read_text("utf-8"))[0]

    assert FAST.spans(data) == SLOW.spans(data)


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_engines_agree_on_real_logs(path: Path) -> None:
    data = path.read_bytes()[:100_000]

    assert FAST.spans(data) == SLOW.spans(data)


def test_engines_agree_on_every_example() -> None:
    data = b"\n".join(TEXTS)

    assert FAST.spans(data) == SLOW.spans(data)


@settings(max_examples=120, deadline=None)
@given(parts=st.lists(st.tuples(st.sampled_from(TEXTS), GLUE), max_size=12))
def test_engines_agree_on_examples_glued_together(
    parts: list[tuple[bytes, bytes]],
) -> None:
    data = b"".join(text + glue for text, glue in parts)

    assert FAST.spans(data) == SLOW.spans(data)


@settings(max_examples=60, deadline=None)
@given(text=st.text())
def test_engines_agree_on_any_text(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")

    assert FAST.spans(data) == SLOW.spans(data)


def test_scrubbed_texts_are_the_same_whichever_engine_ran(case: CaseVault) -> None:
    text = unmarked((CORPUS / "tuned.txt").read_text("utf-8"))[0].decode()

    fast = Gate(engine="hyperscan").text(text, case)
    slow = Gate(engine="stdlib").text(text, case)

    assert fast == slow


PLAIN = (*range(32, 65), *range(91, 127))  # the engines see no capitals


class Writer:
    """Writes texts that an expression matches, by walking its parse tree."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - to be the same on every run

    def write(self, tree: Any) -> bytes:
        return b"".join(self._one(kind, about) for kind, about in tree)

    def _one(self, kind: Any, about: Any) -> bytes:
        written: dict[Any, Callable[[], bytes]] = {
            op.LITERAL: lambda: bytes((about,)),
            op.NOT_LITERAL: lambda: b"q" if about != ord("q") else b"x",
            op.IN: lambda: self._byte(about),
            op.MAX_REPEAT: lambda: self._repeat(*about),
            op.SUBPATTERN: lambda: self.write(about[3]),
            op.BRANCH: lambda: self.write(self._random.choice(about[1])),
            op.AT: lambda: b"",
            op.ASSERT_NOT: lambda: b"",
        }
        return written[kind]()

    def _repeat(self, least: int, most: int, tree: Any) -> bytes:
        times = self._random.choice((least, min(most, least + 1), min(most, least + 3)))
        return b"".join(self.write(tree) for _ in range(times))

    def _byte(self, about: Any) -> bytes:
        plain = [byte for byte in PLAIN if _is_in(about, byte)]
        high = [byte for byte in range(128, 256) if _is_in(about, byte)]
        alike = [byte for byte in plain if byte not in b"123456789"]
        return bytes((self._random.choice(alike or plain or high or [10]),))


def _is_in(about: Any, byte: int) -> bool:
    classes = {
        op.CATEGORY_DIGIT: rb"\d",
        op.CATEGORY_WORD: rb"\w",
        op.CATEGORY_SPACE: rb"\s",
        op.CATEGORY_NOT_SPACE: rb"\S",
    }
    found = False
    for kind, what in about:
        if kind is op.LITERAL:
            found |= byte == what
        elif kind is op.RANGE:
            found |= what[0] <= byte <= what[1]
        elif kind is op.CATEGORY:
            found |= re.match(classes[what], bytes((byte,))) is not None
    return found != (about[0][0] is op.NEGATE)


FILLER = b"the quick brown fox\n" * 200
ENGINES = HyperscanEngine((*RULES, MARKS)), StdlibEngine((*RULES, MARKS))


@pytest.mark.parametrize("rule", [*RULES, MARKS], ids=lambda rule: rule.id)
def test_every_anchor_is_found_deep_in_a_long_text(rule: Rule) -> None:
    """Hyperscan silently missed one here: see decision 0007."""
    engine = ENGINES[0]
    texts = [Writer(7).write(parser.parse(anchor)) for anchor in rule.anchors]

    assert list(unheard(engine, rule, texts)) == []


@pytest.mark.parametrize("rule", [*RULES, MARKS], ids=lambda rule: rule.id)
def test_the_standard_library_finds_every_anchor_too(rule: Rule) -> None:
    engine = ENGINES[1]
    anchors = rule.loose or rule.anchors
    texts = [Writer(7).write(parser.parse(anchor)) for anchor in anchors]

    assert list(unheard(engine, rule, texts)) == []


def unheard(
    engine: HyperscanEngine | StdlibEngine, rule: Rule, texts: list[bytes]
) -> Iterator[bytes]:
    """Give what is not found between filler; words of a long list share theirs."""
    together = 200 if len(texts) > 2_000 else 1
    for first in range(0, len(texts), together):
        data = FILLER
        places = []
        for text in texts[first : first + together]:
            begin = len(data)
            data += text.lstrip(b"\n") + b"\n"
            places.append((text, begin, len(data)))
        found = dict(engine.hits(data + FILLER)).get(engine.rules.index(rule), ())
        for text, begin, end in places:
            if not any(begin <= at <= end for at in found):
                yield text


@pytest.mark.parametrize(
    ("anchor", "begins"),
    [
        (rb"abc\d", [b"abc"]),
        (rb"(?:ab|c(?:d|e))f", [b"abf", b"cdf", b"cef"]),
        (rb" (?:street|way)", [b" street", b" way"]),
        (rb"ab{1,2}c", [b"ab"]),
        (rb"\x27@", [b"'@"]),
    ],
)
def test_heads_are_what_every_match_begins_with(
    anchor: bytes, begins: list[bytes]
) -> None:
    assert heads(anchor) == begins


def test_an_anchor_without_a_head_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"\\d"):
        heads(rb"\d\d")


def test_all_ends_of_an_anchor_are_found_by_both_engines() -> None:
    anchors = (rb"key=n?[a-z]", rb"id: [^\n]{0,9} x")
    rule = replace(RULES[0], anchors=anchors, loose=(), digits=False)
    text = b"key=nab id: 12 x 34 x\n"

    fast, plain = HyperscanEngine([rule]).hits(text), StdlibEngine([rule]).hits(text)

    assert fast == plain == [(0, [5, 6, 16, 21])]


class Deaf(StdlibEngine):
    """An engine that hears nothing."""

    def hits(self, _: bytes, __: bytes | None = None) -> Hits:
        return []


def test_an_engine_that_misses_a_canary_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("casecli.scrub.stdlib.StdlibEngine.hits", Deaf.hits)

    with pytest.raises(ScrubRefused, match="misses what scrub rule 'ipv4' is for"):
        choose(RULES, "stdlib")


def test_the_song_is_sung_once_for_the_same_rules_and_again_if_that_is_in_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = load().rules[:3]
    choose(rules, "stdlib", tmp_path)
    (proof,) = tmp_path.glob("*.ok")
    monkeypatch.setattr("casecli.scrub.stdlib.StdlibEngine.hits", Deaf.hits)

    choose(rules, "stdlib", tmp_path)
    with pytest.raises(ScrubRefused):
        choose(load().rules[:2], "stdlib", tmp_path)
    proof.write_bytes(b"sung")
    with pytest.raises(ScrubRefused):
        choose(rules, "stdlib", tmp_path)

    assert [each.name for each in tmp_path.iterdir()] == [proof.name]


def test_a_kept_database_is_used_and_a_damaged_one_is_not(tmp_path: Path) -> None:
    mail = [rule for rule in RULES if rule.id == "email"]
    HyperscanEngine(mail, tmp_path)
    (kept,) = tmp_path.iterdir()
    before = kept.read_bytes()
    kept.write_bytes(before[:-9] + b"\0" * 9)

    engine = HyperscanEngine(mail, tmp_path)

    assert engine.hits(b"to bob@acme.com\n") == [(0, [8])]
    assert len(kept.read_bytes()) == len(before)


def test_a_pipe_starts_at_once_and_compiles_when_there_is_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("casecli.scrub._MUCH", 30_000)
    line = b"user=kwong42 at 10.1.2.3\n"
    cache = tmp_path / "cache"
    with FileVault(tmp_path / "vault.db", tmp_path / "key").case("c") as case:
        pipe = Gate(cache=cache, chunk=4096).pipe(case)

        first = pipe.feed(line * 400) + pipe.ready()
        compiled_early = list(cache.glob("*.hs"))
        rest = pipe.feed(line * 2000) + pipe.finish()

    assert compiled_early == []
    assert list(cache.glob("*.hs")) != []
    assert rest == first * 5


def test_what_is_compiled_already_takes_a_short_text_too(tmp_path: Path) -> None:
    rules = [rule for rule in RULES if rule.id == "email"]

    before = choose(rules, "", tmp_path, at_once=True)
    choose(rules, "", tmp_path)
    after = choose(rules, "", tmp_path, at_once=True)

    assert (before.name, after.name) == ("stdlib", "hyperscan")
