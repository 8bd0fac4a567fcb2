r"""Rules that users write themselves: what their house calls its things.

    [[rule]]
    id = "crate"
    type = "agent"
    match = 'crate (?P<value>[A-Z]\d{5})'
    examples = ["the crate ⟦K70418⟧ again"]
    innocent = ["a crate of apples"]

`match` is an expression of Python's `re` for one line, in any case, or a list of them.
What its group `value` matches is replaced, all of it where there is none; what is in
`keep` stays. A rule is found by a word, or by a number of some length, that is in every
match: where none is, `anchor` has to name some.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casecli.domain.errors import BadInput
from casecli.scrub.clues import CLOSED, Clue, cost
from casecli.scrub.digits_alike import clues_alike, without_digits
from casecli.scrub.kept import kept_as, stamp
from casecli.scrub.rule import Exact, Expression, Rule, literal
from casecli.scrub.rule_lint import lint_rules
from casecli.scrub.ruleset import load
from casecli.scrub.tokens import TYPES

_RANK = 20  # before all that ship
_FARTHEST = 400  # bytes from a match's beginning to what it is found by
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_UNITS = re.compile(CLOSED + rb"|[ #]", re.DOTALL)
OWN_TYPES = tuple(kind for kind in TYPES if kind not in {"ipv4", "ipv6", "mac"})
"""All but those whose tokens only stand for what is an address."""
_KNOWN = frozenset(("id", "type", "match", "examples", "innocent", "keep", "anchor"))


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A file of rules as it was read, so that whoever helps may read it again."""

    name: str
    text: str


def in_folder(folder: Path) -> tuple[RuleFile, ...]:
    """Read a user's files of rules, if there are any, in the order of their names.

    Raises:
        BadInput: one cannot be read.
    """
    return tuple(map(read, sorted(folder.glob("*.toml"))))


def read(path: Path) -> RuleFile:
    """Read a file of rules.

    Raises:
        BadInput: it cannot be read.
    """
    try:
        return RuleFile(str(path), path.read_text("utf-8"))
    except (OSError, UnicodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}") from error


@functools.lru_cache(8)
def rules_of(files: tuple[RuleFile, ...], cache: Path | None) -> tuple[Rule, ...]:
    """Make the rules of some files, and try them unless the very same ones passed.

    Made once, however many gates there are: so are their engines then.

    Raises:
        BadInput: one is not written as it should be, misses an example of its own, or
            finds something where it should not.
    """
    code = stamp("own_rules.py", "clues.py", "rule_lint.py")
    kept = kept_as(cache, "own", (sys.version, code, load().digest, files))
    tried = kept.load() is not None
    rules: dict[str, Rule] = {}
    for file in files:
        for rule in _parsed(file, tried=tried):
            if rule.id in rules:
                raise _bad(file, rule.id, "there are two of that id")
            rules[rule.id] = rule
    made = tuple(rules.values())
    if made and not tried:
        if problem := next(lint_rules(made), None):
            raise BadInput(f"a scrub rule of yours fails: {problem}", _HINT)
        kept.save(b"tried")
    return made


_HINT = "casecli doctor"


def _bad(file: RuleFile, name: object, why: str) -> BadInput:
    return BadInput(f"{file.name}: rule {name!r}: {why}", _HINT)


def _parsed(file: RuleFile, *, tried: bool) -> Iterator[Rule]:
    import tomllib

    try:
        tables = tomllib.loads(file.text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{file.name} is no TOML: {error}", _HINT) from error
    rules = tables.get("rule")
    if set(tables) != {"rule"} or not isinstance(rules, list):
        raise BadInput(f"{file.name} has no [[rule]], or something else", _HINT)
    for table in rules:
        if not isinstance(table, dict):
            raise _bad(file, table, "it is no table")
        name = table.get("id")
        if not isinstance(name, str) or not _ID.fullmatch(name):
            raise _bad(file, name, "its id is not made of small letters, digits and -")
        if more := sorted(set(table) - _KNOWN):
            raise _bad(file, name, f"there is no {more[0]!r} in a rule")
        try:
            yield _rule(table, tried=tried)
        except (TypeError, ValueError, re.error) as error:
            raise _bad(file, name, str(error)) from error


def _rule(table: Mapping[str, Any], *, tried: bool) -> Rule:
    """Make one rule; what was `tried` before is known to be an expression.

    Raises:
        TypeError, ValueError, re.error: it is not written as it should be.
    """
    kind = table.get("type", "")
    if kind not in OWN_TYPES:
        raise ValueError(f"its type is none of {', '.join(OWN_TYPES)}")
    sources = [_verbose(text.encode()) for text in _texts(table, "match")]
    if not sources:
        raise ValueError("it has no match")
    for source in () if tried else sources:
        re.compile(source, re.VERBOSE)
    found = [_found_by(source) for source in sources] if "anchor" not in table else []
    words = [word for clue in found for word in clue.words]
    named = [without_digits(text.lower()) for text in _texts(table, "anchor")]
    return Rule(
        id=table["id"],
        type=kind,
        anchors=tuple(dict.fromkeys((*map(literal, words), *named))),
        exacts=tuple(Exact(pattern=Expression(source)) for source in sources),
        back=max((c.high + max(map(len, c.words)) for c in found), default=_FARTHEST),
        rank=_RANK,
        keep=frozenset(text.lower().encode() for text in _texts(table, "keep")),
        examples=_texts(table, "examples"),
        innocent=_texts(table, "innocent"),
    )


def _texts(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    said = table.get(key, ())
    texts = (said,) if isinstance(said, str) else tuple(said)
    if not all(isinstance(text, str) and text for text in texts):
        raise TypeError(f"its {key} is neither a text nor a list of texts")
    return texts


def _verbose(source: bytes) -> bytes:
    """Write an expression in which blanks count as one in which they do not."""

    def quoted(unit: re.Match[bytes]) -> bytes:
        return {b" ": b"[ ]", b"#": rb"\#"}.get(unit[0], unit[0])

    written = _UNITS.sub(quoted, source)
    return written if b"(?P<value>" in written else b"(?P<value>%s)" % written


def _found_by(source: bytes) -> Clue:
    """Choose what every match has, and that is looked for.

    Raises:
        ValueError: there is nothing.
    """
    near = [
        clue
        for clue in clues_alike(source)
        if clue.high < _FARTHEST and not any(b"\n" in word for word in clue.words)
    ]
    if not near:
        raise ValueError("no word is in all that it matches; name some as its anchor")
    return min(near, key=cost)
