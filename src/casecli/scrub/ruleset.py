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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from casecli.private_files import Kept
from casecli.scrub import validators
from casecli.scrub.kept import kept_as
from casecli.scrub.validators import Validator
from casecli.scrub.wordlists import wordlist

DIGITS_AS_0 = bytes.maketrans(b"123456789", b"0" * 9)
_FLAGS = re.VERBOSE | re.IGNORECASE | re.MULTILINE
_LISTS = ("common", "given", "endings", "public")
_FILES = ("net", "secrets", "users", "names", "places", "numbers", "ids")
_TEXTS = ("examples", "innocent")
_BREAK = re.compile(r"\n[ ]*")
_META = re.compile(rb"[\\.^$*+?{}\[\]|()]")
_OPEN_END = re.compile(rb"(?:[*+?]|,\d*\})$")
CLOSED = rb"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]"
"""What is one in an expression, whatever signs are in it: an escape, or a class."""
_CLASSES = re.compile(CLOSED)
_CODES = re.compile(
    rb"\\x[\da-f]{2}|[%#]\(?[\da-fA-F|:?]+\)?|\\u00\w\w|\{\d*,?\d*\}|[02]-9|0-"
)
_OWN_DIGIT = re.compile(rb"\d(?![?])")
_UNITS = rb"\\x[\da-f]{2}|\{\d+(?:,\d*)?\}|" + CLOSED
_PARTS = re.compile(_UNITS + rb"|.", re.DOTALL)
_DIGIT_PARTS = re.compile(_UNITS + rb"|\d", re.DOTALL)
_ALL_DIGITS = re.compile(rb"\\d|\\x[\da-fA-F]{2}|0-9|\{\d*,?\d*\}")
_DIGIT = re.compile(rb"\d|\\d")
_ZEROS = re.compile(rb"0\{(\d+)\}")
_CLASS_PARTS = re.compile(rb"\\x[\da-f]{2}|(?:\\d|\d-\d|\d)+")
_MARKS = re.compile("⟦([^⟧]*)⟧")


class Expression:
    """An expression that is compiled when a text first needs it; most never do."""

    def __init__(self, source: bytes, flags: int = _FLAGS) -> None:
        self.source = source
        self.flags = flags

    @functools.cached_property
    def compiled(self) -> re.Pattern[bytes]:
        """The expression ready to be looked for."""
        return re.compile(self.source, self.flags)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exact:
    """An expression with a group `value`.

    One that is `keyed` needs the rule's key, one with `lead` begins with it.

    `ends` (bytes an anchor may end with) and `holds` (what must follow on the line)
    only save time.
    """

    pattern: Expression
    lead: bool = False
    keyed: bool = False
    ends: bytes = b""
    holds: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule:
    """One kind of thing that must not leave, and how to find it.

    `back` and `reach` bound, in bytes, how far around an anchor the exact expressions
    look; without `multiline` they never look beyond the line. `run`, a table of the
    bytes a span consists of, makes it look at all of the run of such bytes around an
    anchor, and at `context` bytes before and `after` behind it; `gate` must be there at
    all. The last `past` bytes of an anchor may lie behind what `exact` matches.
    `loose` says at least as much as `anchors`, for engines that need literals.
    Anchors are looked for in a copy of the text in which each digit is a 0, and are
    written accordingly, but for those of rules that tell `digits` apart or are
    `multiline`.
    `alike` rules take one digit for another, so they see each as a 0.
    Where `each` is there, a span is a list of which every part that it matches is one:
    the pairs of a Cookie header.
    Rules with a lower `rank` take contested bytes first.
    """

    id: str
    type: str
    anchors: tuple[bytes, ...]
    loose: tuple[bytes, ...] = ()
    exacts: tuple[Exact, ...]
    gate: Expression | None = None
    each: Expression | None = None
    run: bytes = b""
    context: int = 4
    after: int = 4
    past: int = 0
    back: int = 64
    reach: int = 4096
    multiline: bool = False
    alike: bool = False
    digits: bool = False
    rank: int = 50
    validator: Validator | None = None
    keep: frozenset[bytes] = frozenset()
    examples: tuple[str, ...] = ()
    innocent: tuple[str, ...] = ()

    def accepts(self, value: bytes, before: bytes, after: bytes) -> bool:
        """Tell whether a span the expressions marked is really one to replace."""
        if not value or value.lower() in self.keep:
            return False
        return self.validator is None or self.validator(value, before, after)


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
    found = str.encode if digits else _without_digits
    return Rule(
        id=table["id"],
        type=table["type"],
        anchors=tuple(found(_fill(text, own)) for text in _anchors(table)),
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
        alike=table.get("alike", False),
        digits=digits,
        rank=table.get("rank", 50),
        validator=validators.named(name) if name else None,
        keep=frozenset(_kept(table)),
        examples=tuple(table.get("examples", ())),
        innocent=tuple(table.get("innocent", ())),
    )


def _kept(table: Mapping[str, Any]) -> Iterator[bytes]:
    for word in table.get("keep", ()):
        kept = word.lower().encode()
        yield kept
        if table.get("alike"):
            yield kept.translate(DIGITS_AS_0)


def _without_digits(anchor: str) -> bytes:
    """Rewrite an anchor for a text in which each digit is a 0."""
    source = anchor.encode()
    if _DIGIT.search(source) is None:
        return source
    text = _DIGIT_PARTS.sub(_without_digit, source)
    return _ZEROS.sub(lambda count: b"0" * int(count[1]), text)


def _without_digit(part: re.Match[bytes]) -> bytes:
    text = part[0]
    if text.startswith(b"[") and len(text) > 1:
        inner = _CLASS_PARTS.sub(
            lambda each: each[0] if each[0].startswith(b"\\x") else b"0", text
        )
        return b"0" if inner == b"[0]" else inner
    return b"0" if text == b"\\d" or text.isdigit() else text


def _anchors(table: Mapping[str, Any]) -> list[str]:
    """Give the anchors: those written out, each keyword before each tail, and words."""
    keyed = [
        keyword + "{{" + tail + "}}"
        for keyword in table.get("keywords", ())
        for tail in table.get("tails", ("after",))
    ]
    listed = wordlist(table["words"]) if "words" in table else ()
    return [*table.get("anchor", ()), *keyed, *(map(_opening, sorted(listed)))]


def _endings() -> str:
    """Write an expression for what names of hosts end in; any two letters will do."""
    long = sorted(word for word in wordlist("endings") if len(word) > len("de"))
    return "|".join((*long, "[a-z]{2}"))


def _opening(word: str) -> str:
    """Write an anchor for a word that begins with a capital and has a blank behind it.

    Byte expressions know the case of ASCII letters only.
    """
    if word.isascii():
        return word + " "
    word = word if word[0].isascii() else word[0].upper() + word[1:]
    return "".join(c if c.isascii() else _hex(c.encode()) for c in word) + " "


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
        anchors=tuple(_without_digits(_any_case(word)) for word in longest_first),
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


def with_digits_alike(rule: Rule) -> Rule | None:
    """Give a rule that, where each digit is a 0, may accept too much, never too little.

    None where that cannot be said of one of its expressions.
    """
    gate = _alike(rule.gate) if rule.gate else None
    patterns = [_alike(exact.pattern) for exact in rule.exacts]
    if (rule.gate and gate is None) or None in patterns:
        return None
    exacts = (
        replace(exact, pattern=pattern)
        for exact, pattern in zip(rule.exacts, patterns, strict=True)
        if pattern is not None
    )
    return replace(rule, exacts=tuple(exacts), gate=gate)


@functools.cache
def _alike(expression: Expression) -> Expression | None:
    """Rewrite an expression for a text in which each digit is a 0.

    Where something must *not* be a certain digit, all that it must not be is left out;
    None for a class of signs that does so.
    """
    out: list[bytes] = []
    groups: list[tuple[int, bool]] = [(0, False)]  # begin, and whether it denies
    vague = False
    source = expression.source
    for part in _PARTS.finditer(source):
        text = part[0]
        if text == b"(":
            denies = source.startswith((b"(?!", b"(?<!"), part.start())
            groups.append((len(out), denies or groups[-1][1]))
        if any(byte in b"0123456789" for byte in _ALL_DIGITS.sub(b"", text)):
            vague = vague or groups[-1][1]
            if text.startswith(b"[^") and not vague:
                return None
            text = _without_digit(part)
        out.append(text)
        if text == b")":
            begin, _ = groups.pop()
            if vague and not groups[-1][1]:
                del out[begin:]
                vague = False
    return Expression(b"".join(out), expression.flags)


def is_literal(anchor: bytes) -> bool:
    """Tell whether an anchor is plain text, without any expression syntax."""
    return _META.search(anchor) is None


# --- lint ----------------------------------------------------------------------------


def marked(example: str) -> tuple[bytes, list[tuple[int, int]]]:
    """Take the ⟦marks⟧ out of an example: its bytes, and the spans that were marked."""
    text = b""
    spans: list[tuple[int, int]] = []
    last = 0
    for mark in _MARKS.finditer(example):
        text += example[last : mark.start()].encode()
        value = mark[1].encode()
        spans.append((len(text), len(text) + len(value)))
        text += value
        last = mark.end()
    return text + example[last:].encode(), spans


def lint_rules(
    rules: Iterable[Rule], spans: Callable[[bytes], list[tuple[str, int, int]]]
) -> Iterator[str]:
    """Say what is wrong with rules: syntax, examples missed, innocents touched.

    `spans` gives (rule id, start, end) of all that a text would have replaced by all
    rules together, so that an innocent line is innocent for every rule.
    """
    for rule in rules:
        yield from _lint_anchors(rule)
        for example in rule.examples:
            text, wanted = marked(example)
            found = spans(text)
            missing = [span for span in wanted if span not in [s[1:] for s in found]]
            extra = [s for s in found if s[0] == rule.id and s[1:] not in wanted]
            if not wanted or missing or extra:
                yield f"{rule.id}: {example!r} gives {found}"
        for line in rule.innocent:
            if found := spans(line.encode()):
                yield f"{rule.id}: innocent {line!r} gives {found}"


def _lint_anchors(rule: Rule) -> Iterator[str]:
    if not rule.examples:
        yield f"{rule.id}: no examples"
    for anchor in rule.anchors:
        plain = _CLASSES.sub(b"x", anchor)
        if b".*" in plain or b".+" in plain or b"(?s" in plain:
            yield f"{rule.id}: anchor {anchor!r} may run over a whole text"
        plain = _CLASSES.sub(b"x", anchor)
        if plain != plain.lower() or _OPEN_END.search(plain):
            yield f"{rule.id}: anchor {anchor!r} has capitals or no fixed end"
    for exact in rule.exacts:
        if rule.alike and _OWN_DIGIT.search(_CODES.sub(b"", exact.pattern.source)):
            yield f"{rule.id}: {exact.pattern.source!r} tells one digit from another"
        if "value" not in exact.pattern.compiled.groupindex:
            yield f"{rule.id}: an exact expression has no group `value`"


def with_validator(rule: Rule, validator: Validator) -> Rule:
    """Give a copy of a rule another validator; tests plant faults this way."""
    return replace(rule, validator=validator)
