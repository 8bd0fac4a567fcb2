"""What a rule is: a type, what to look for in all of a text, and what to mark then."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from casecli.scrub.clues import Trail, clues
from casecli.scrub.pcre import Fast, Pattern, fast
from casecli.scrub.validators import Validator

_FLAGS = re.VERBOSE | re.IGNORECASE | re.MULTILINE
_HIGH = re.compile(rb"[\x80-\xff]")


def literal(word: bytes) -> bytes:
    """Write an expression for a word, in ASCII."""
    if word.isalnum():  # as ten thousand are, at each start
        return word
    return _HIGH.sub(lambda byte: b"\\x%02x" % ord(byte[0]), re.escape(word))


class Expression:
    """An expression that is compiled when a text first needs it; most never do.

    A `plain` one is the standard library's, whatever else there is.
    """

    def __init__(
        self, source: bytes, flags: int = _FLAGS, *, plain: bool = False
    ) -> None:
        self.source = source
        self.flags = flags
        self.is_plain = plain

    @functools.cached_property
    def fast(self) -> Fast | None:
        """The expression as machine code, where there is that."""
        return None if self.is_plain else fast(self.source, self.flags)

    @functools.cached_property
    def compiled(self) -> Pattern:
        """The expression ready to be looked for."""
        return self.fast or re.compile(self.source, self.flags)

    @functools.cached_property
    def plain(self) -> Expression:
        """The same expression as the standard library takes it."""
        return Expression(self.source, self.flags, plain=True)

    @functools.cached_property
    def trail(self) -> Trail:
        """Where it may match in a text."""
        return Trail.of(clues(self.source) if self.flags & re.VERBOSE else ())


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
    look; without `multiline` they never look beyond the line, with it `begins` tells
    the lines whose match goes on in the next line, and `begins_block` those whose match
    may go on for some lines: a text is not cut behind these. `run`, a table of the
    bytes a span consists of, makes it look at all of the run of such bytes around an
    anchor, and at `context` bytes before and `after` behind it; `gate` must be there at
    all. The last `past` bytes of an anchor may lie behind what `exact` matches.
    A word of `openings`, all letters, with a blank behind it is an anchor as well.
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
    openings: tuple[bytes, ...] = ()
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
    begins: tuple[bytes, ...] = ()
    begins_block: tuple[bytes, ...] = ()
    alike: bool = False
    digits: bool = False
    rank: int = 50
    validator: Validator | None = None
    keep: frozenset[bytes] = frozenset()
    examples: tuple[str, ...] = ()
    innocent: tuple[str, ...] = ()

    def expressions(self) -> Iterator[Expression]:
        """Give all expressions that are looked for around its anchors."""
        for exact in self.exacts:
            yield exact.pattern
        if self.gate is not None:
            yield self.gate

    def rewritten(self, change: Callable[[Expression], Expression]) -> Rule:
        """Give a rule with other expressions to look for around the same anchors."""
        exacts = (replace(each, pattern=change(each.pattern)) for each in self.exacts)
        gate = None if self.gate is None else change(self.gate)
        return replace(self, exacts=tuple(exacts), gate=gate)

    def accepts(self, value: bytes, before: bytes, after: bytes) -> bool:
        """Tell whether a span the expressions marked is really one to replace."""
        if not value or value.lower() in self.keep:
            return False
        return self.validator is None or self.validator(value, before, after)
