"""The scrub rules as data: read from `rules/*.toml`, compiled once, linted by tests.

A rule is found in two steps. Its *anchors* are cheap expressions that an engine looks
for in the whole text; its *exact* expressions then run on the one line around an anchor
and mark the span to replace with the group `value`. A keyed rule names its `key` and
the `forms` (JSON, bare, XML, …) it may come in instead of writing `exact` itself.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from casecli.private_files import Kept
from casecli.scrub import validators
from casecli.scrub.digits_alike import DIGITS_AS_0, without_digits
from casecli.scrub.kept import kept_as
from casecli.scrub.rule import Exact, Expression, Rule
from casecli.scrub.wordlists import wordlist

_LISTS = ("common", "given", "endings", "public")
_FILES = ("net", "secrets", "users", "names", "places", "numbers", "ids")
_TEXTS = ("examples", "innocent")
_BREAK = re.compile(r"\n[ ]*")


@dataclass(frozen=True, slots=True)
class Ruleset:
    """All rules and the digest that names this set of them in reports."""

    rules: tuple[Rule, ...]
    digest: str

    def with_words(self, words: Iterable[str]) -> Ruleset:
        """Add a user's own words, found in any case, as a rule of their own."""
        found = tuple(dict.fromkeys(word for word in words if word.strip()))
        if not found:
            return self
        digest = hashlib.sha256("\0".join((self.digest, *found)).encode()).hexdigest()
        return Ruleset((*self.rules, _word_rule(found)), digest[:16])

    def with_rules(self, rules: Sequence[Rule], written: str) -> Ruleset:
        """Add a user's own rules, as they are written."""
        if not rules:
            return self
        both = hashlib.sha256(f"{self.digest}\0{written}".encode()).hexdigest()
        return Ruleset((*self.rules, *rules), both[:16])

    def plain(self) -> Ruleset:
        """Give rules that need nothing but the standard library."""
        return Ruleset(tuple(map(_plain, self.rules)), self.digest)


@functools.cache
def _plain(rule: Rule) -> Rule:
    each = None if rule.each is None else rule.each.plain
    return replace(rule.rewritten(lambda old: old.plain), each=each)


_loaded: dict[str, Ruleset] = {}  # one, whatever cache folders there are


def load(cache: Path | None = None) -> Ruleset:
    """Read the rules that ship with casecli; what TOML says is kept in `cache`."""
    texts, digest = _written()
    if digest not in _loaded:
        shared, *files = _tables(texts, kept_as(cache, "json", (digest,)))
        shared["part"]["endings"] = _endings()
        rules = [rule for file in files for rule in parse(file, shared)]
        _loaded[digest] = Ruleset(tuple(rules), digest)
    return _loaded[digest]


@functools.cache
def _written() -> tuple[list[bytes], str]:
    """Read the files that hold the rules, and digest them and the lists of words."""
    folder = resources.files("casecli.scrub") / "rules"
    texts = [(folder / f"{name}.toml").read_bytes() for name in ("forms", *_FILES)]
    lists = [(folder / f"{name}.txt").read_bytes() for name in _LISTS]
    return texts, hashlib.sha256(b"\0".join((*texts, *lists))).hexdigest()[:16]


def _tables(texts: Sequence[bytes], kept: Kept) -> list[dict[str, Any]]:
    """Read TOML, or the JSON that was kept of it, which takes a tenth of the time."""
    written = kept.load()
    if written is None:
        import tomllib

        read = [_unbroken(tomllib.loads(raw.decode())) for raw in texts]
        written = json.dumps(read).encode()
        kept.save(written)
    tables: list[dict[str, Any]] = json.loads(written)
    return tables


def _unbroken(said: Any) -> Any:
    """Join expressions that are written over several lines; texts stay as they are."""
    match said:
        case str():
            return _BREAK.sub("", said)
        case list():
            return [_unbroken(each) for each in said]
        case dict():
            return {
                name: each if name in _TEXTS else _unbroken(each)
                for name, each in said.items()
            }
        case _:
            return said


def parse(data: Mapping[str, Any], shared: Mapping[str, Any]) -> list[Rule]:
    """Compile the rules of one file; `shared` holds the parts and forms of all."""
    parts = {**shared.get("part", {}), **data.get("part", {})}
    return [_rule(table, parts, shared["form"]) for table in data.get("rule", ())]


def _rule(
    table: Mapping[str, Any], parts: Mapping[str, str], forms: Mapping[str, Any]
) -> Rule:
    own = dict(parts)
    own["key"] = _fill(table.get("key", ""), parts)
    if "value" in table:
        own["bare_value"] = own["plain_value"] = own["words_value"] = table["value"]
        own["words"] = table["value"]
        own["quoted_value"] = table.get("quoted_value", table["value"])
    written = [table["exact"]] if isinstance(table.get("exact"), str) else []
    written += table["exact"] if isinstance(table.get("exact"), list) else []
    exacts = [Exact(pattern=_expression(_fill(text, own))) for text in written]
    exacts += [_form(forms[name], own) for name in table.get("forms", ())]
    name = table.get("validator")
    multiline = table.get("multiline", False)
    digits = table.get("digits", multiline)
    found = str.encode if digits else without_digits
    return Rule(
        id=table["id"],
        type=table["type"],
        anchors=tuple(found(_fill(text, own)) for text in _anchors(table)),
        openings=tuple(_openings(table)),
        loose=tuple(found(_fill(text, own)) for text in table.get("loose", ())),
        exacts=tuple(exacts),
        gate=_expression(own["key"]) if "key" in table else None,
        each=_expression(_fill(table["each"], parts)) if "each" in table else None,
        run=_table(table["run"]) if "run" in table else b"",
        context=table.get("context", 4),
        after=table.get("after", 4),
        past=table.get("past", 0),
        back=table.get("back", 64),
        reach=table.get("reach", 4096),
        multiline=multiline,
        begins=tuple(_lines(table.get("begins", ()), own)),
        begins_block=tuple(_lines(table.get("begins_block", ()), own)),
        alike=table.get("alike", False),
        digits=digits,
        rank=table.get("rank", 50),
        validator=validators.named(name) if name else None,
        keep=frozenset(_kept(table)),
        examples=tuple(table.get("examples", ())),
        innocent=tuple(table.get("innocent", ())),
    )


def _lines(written: Iterable[str], parts: Mapping[str, str]) -> Iterator[bytes]:
    for text in written:
        yield _fill(text, parts).encode()


def _kept(table: Mapping[str, Any]) -> Iterator[bytes]:
    for word in table.get("keep", ()):
        kept = word.lower().encode()
        yield kept
        if table.get("alike"):
            yield kept.translate(DIGITS_AS_0)


def _anchors(table: Mapping[str, Any]) -> list[str]:
    """Give the anchors: those written out, and each keyword before each tail."""
    keyed = [
        keyword + "{{" + tail + "}}"
        for keyword in table.get("keywords", ())
        for tail in table.get("tails", ("after",))
    ]
    return [*table.get("anchor", ()), *keyed]


def _openings(table: Mapping[str, Any]) -> Iterator[bytes]:
    """Give the words of a rule's list as they stand in a text in small letters.

    They begin with a capital there, and byte expressions know the case of ASCII only.
    """
    for word in sorted(wordlist(table["words"])) if "words" in table else ():
        yield (word if word[0].isascii() else word[0].upper() + word[1:]).encode()


def _endings() -> str:
    """Write an expression for what names of hosts end in; any two letters will do."""
    long = sorted(word for word in wordlist("endings") if len(word) > len("de"))
    return "|".join((*long, "[a-z]{2}"))


def _form(form: Mapping[str, Any], own: Mapping[str, str]) -> Exact:
    return Exact(
        pattern=_expression(_fill(form["exact"], own)),
        lead=form.get("lead", False),
        keyed=True,
        ends=form.get("ends", "").encode(),
        holds=form.get("holds", "").encode(),
    )


def _table(run: str) -> bytes:
    inside = re.compile(f"[{run}]".encode("latin-1"), re.IGNORECASE)
    return bytes(bool(inside.match(bytes((byte,)))) for byte in range(256))


def _fill(text: str, parts: Mapping[str, str]) -> str:
    while (at := text.find("{{")) >= 0:
        end = text.index("}}", at)
        text = text[:at] + parts[text[at + 2 : end]] + text[end + 2 :]
    return text


@functools.cache
def _expression(text: str) -> Expression:
    return Expression(text.encode())


def _word_rule(words: tuple[str, ...]) -> Rule:
    longest_first = sorted(words, key=len, reverse=True)
    forms = "|".join(_any_case(word) for word in longest_first)
    exact = Expression(f"(?P<value>{forms})".encode("latin-1"), re.IGNORECASE)
    return Rule(
        id="word",
        type="word",
        anchors=tuple(without_digits(_any_case(word)) for word in longest_first),
        exacts=(Exact(pattern=exact),),
        back=4 * max(len(word) for word in words) + 8,
        rank=20,
    )


def _any_case(word: str) -> str:
    """Write an expression for a word in UTF-8 and Latin-1, in both cases.

    Byte expressions know the case of ASCII letters only.
    """
    out = []
    for letter in word:
        if letter.isascii():
            out.append(letter if letter.isalnum() else re.escape(letter))
            continue
        spellings = dict.fromkeys((letter, letter.lower(), letter.upper()))
        codes = [each.encode() for each in spellings]
        codes += [
            each.encode("latin-1")
            for each in spellings
            if max(map(ord, each)) < 256  # noqa: PLR2004 - the end of Latin-1
        ]
        out.append("(?:" + "|".join(_hex(code) for code in codes) + ")")
    return "".join(out).lower()


def _hex(code: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in code)
