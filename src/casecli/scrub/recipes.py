"""How lines of one kind are rewritten: what stays, and what is done with the rest.

A recipe is made from the plan of a kind and one line of it. Its holes are the parts of
the line in which rules may accept something; what becomes of a hole is remembered by
what stands in it, so that most lines of a log are put together from what is known.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from casecli.scrub.digits_alike import DIGITS_AS_0
from casecli.scrub.engine import Engine
from casecli.scrub.lines import Lines, hits_by_line
from casecli.scrub.looks import PLACE, START, Pair, Plan, Run, Stretch, bounds
from casecli.scrub.rule import Rule
from casecli.scrub.spans import Found, claims

_MOST = 16_384  # recipes at once
_LONGEST = 1024  # longer lines are rarely alike
_REMEMBERED = 20_000  # values of holes at once
_REMEMBERED_BYTES = 1024 * 1024
_MOST_OF_A_KIND = 4096  # lines settled at once
_TOKEN = 64  # bytes; none is longer

Edits = tuple[tuple[int, int, bytes, int], ...]  # from, to, token, the rule's place
Values = bytes | tuple[bytes, ...]


class Give(Protocol):
    """What gives the token of what a rule found, all of it or what others left."""

    def __call__(self, place: int, value: bytes, *, whole: bool) -> bytes:
        """Give the token."""
        ...


class TokenSource(Protocol):
    """What gives and knows the tokens of one case."""

    def give(
        self, kind: str, value: bytes, *, whole: bool = True, plain: bytes = b""
    ) -> bytes:
        """Give the token of a value, the one it has already if it has one."""
        ...

    def find(self, data: bytes) -> list[tuple[int, int]]:
        """Find our tokens in a text, left to right, never overlapping."""
        ...

    def knows(self, text: bytes) -> bool:
        """Tell whether a text is one of the case's tokens, all of it."""
        ...

    def pause(self) -> None:
        """Let the vault write down what it has before others wait for long."""
        ...


class Finds(Protocol):
    """What finds spans, as `Finder` does."""

    rules: tuple[Rule, ...]

    def spans(self, data: bytes) -> Found:
        """Find all spans."""
        ...

    def within_lines(self, data: bytes) -> Found:
        """Find those that depend on their line alone."""
        ...

    def beyond_lines(self, data: bytes) -> list[int]:
        """Find the others."""
        ...

    def lines(self, data: bytes) -> Lines | None:
        """Give the lines of a text that anything may be found in.

        None where the lines by themselves do not show all that is found.
        """
        ...

    def plans(self, kinds: Sequence[bytes]) -> list[Plan | None]:
        """Give plans for folded lines."""
        ...


@dataclass(frozen=True, slots=True)
class Hole:
    """A part of a line in which rules may accept something.

    `known` says what became of what stood there: edits, counted from its beginning.
    `fixed` spans are accepted whatever the digits are, what is found in `runs` depends
    on them; these count from the line's beginning. Where it is `marked`, there may be
    tokens already.
    """

    low: int
    high: int
    known: dict[bytes, Edits]
    fixed: tuple[int, ...]
    runs: tuple[Run | Stretch, ...]
    marked: bool


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to rewrite the lines of a kind: the holes in it, from left to right.

    `settled` has what became of lines by what stood in `varied` places, where a scan of
    the outcome found nothing more, whatever digits stand elsewhere: in the holes with
    digits, and where else the scan looked. Where there is one of these only, it is
    `line[low:high]` as well, and its values are no tuples.
    """

    low: int
    high: int
    varied: tuple[tuple[int, int], ...]
    settled: dict[Values, Edits]
    holes: tuple[tuple[int, int, Hole], ...]


class Outcome(NamedTuple):
    """What a recipe made of a line, and the values that stood in varied places."""

    line: bytes
    recipe: Recipe
    values: Values
    edits: Edits

    def also_told_by(self, after: Recipe) -> list[Pair]:
        """Give where digits of the line have a part in a scan of the outcome.

        `after` is the recipe of the outcome, for which there is nothing to do. Digits
        in varied places are left out.
        """
        if not after.holes:
            return []
        seen: list[Pair] = []
        begin = grown = 0
        end = len(self.line)
        for start, stop, token, _ in (*self.edits, (end, end, b"", 0)):
            for low, high, _ in after.holes:  # of them that stays from `begin` on
                if low - grown < start and high - grown > begin:
                    seen.append((max(begin, low - grown), min(start, high - grown)))
            begin = stop
            grown += len(token) - (stop - start)
        if not seen:
            return []
        told = bytearray(self.line)
        for low, high in self.recipe.varied:
            told[low:high] = b"." * (high - low)
        return [place for place in seen if _DIGIT.search(told, *place)]


def _recipe_of(
    kind: bytes, holes: tuple[tuple[int, int, Hole], ...], varied: Iterable[Pair]
) -> Recipe:
    places: list[Pair] = []
    for low, high in varied:
        if places and b"0" not in kind[places[-1][1] : low]:
            low, _ = places.pop()  # noqa: PLW2901 - one stretch is told sooner than two
        places.append((low, high))
    low, high = places[0] if len(places) == 1 else (0, 0)
    return Recipe(low, high, tuple(places), {}, holes)


NOTHING = _recipe_of(b"", (), ())
"""The recipe of lines in which there is nothing to do."""
BY_HAND = _recipe_of(b"", (), ())
"""The recipe of lines that are to be looked at one by one."""


class Recipes:
    """The recipes of one case."""

    def __init__(self, finder: Finds, marks: Engine, tokens: TokenSource) -> None:
        self._finder, self._marks, self.tokens = finder, marks, tokens
        self._known: dict[bytes, Recipe | tuple[()]] = {}
        self._settled = 0
        self._filled: dict[object, dict[bytes, Edits]] = {}

    def of(
        self,
        kinds: Sequence[bytes],
        lines: Callable[[Iterable[int]], Iterable[bytes]],
    ) -> list[Recipe | tuple[()]]:
        """Give a recipe for each folded line, () where there is nothing to do.

        `lines` gives those that stood at such places.
        """
        known = self._known
        with contextlib.suppress(KeyError):
            return list(map(known.__getitem__, kinds))
        new = {kind: at for at, kind in enumerate(kinds) if kind not in known}
        known.update(self._made(dict(zip(new, lines(new.values()), strict=True))))
        found = [known[kind] for kind in kinds]
        for kind in new:
            if len(kind) > _LONGEST:
                del known[kind]
        if len(known) > _MOST or self._settled > _REMEMBERED:
            self._known, self._filled, self._settled = {}, {}, 0
        return found

    def settled(self, outcome: Outcome, places: Sequence[Pair]) -> None:
        """Remember what becomes of lines, and that it needs no second look.

        Where other `places` have a part in that, they are told apart from now on.
        """
        line, recipe, values, edits = outcome
        if places:
            kind = line.translate(DIGITS_AS_0)
            latest = self._known.get(kind)
            if latest:
                varied = _together([*latest.varied, *places])
                self._known[kind] = _recipe_of(kind, latest.holes, varied)
            return
        if len(recipe.settled) >= _MOST_OF_A_KIND:
            self._settled -= len(recipe.settled)
            recipe.settled.clear()
        recipe.settled[values] = edits
        self._settled += 1

    def fill(self, hole: Hole, line: bytes, give: Give) -> Edits:
        """Say what becomes of a hole in this line, and remember it."""
        found = set(hole.fixed)
        for run in hole.runs:
            found.update(run.spans(line))
        edits: Edits = ()
        if found:
            taken = self.tokens.find(line) if hole.marked else ()
            spans = Found(sorted(found), {})
            edits = tuple(
                (low - hole.low, high - hole.low, token, place)
                for low, high, place, _, whole in claims(
                    self._finder.rules, line, spans, taken
                )
                if (token := give(place, line[low:high], whole=whole)) != line[low:high]
            )
        most = min(_REMEMBERED, _REMEMBERED_BYTES // (hole.high - hole.low))
        if len(hole.known) >= most:
            hole.known.clear()
        hole.known[line[hole.low : hole.high]] = edits
        return edits

    def _made(
        self, examples: dict[bytes, bytes]
    ) -> Iterator[tuple[bytes, Recipe | tuple[()]]]:
        kinds = list(examples)
        plans = self._finder.plans(kinds)
        marks: dict[int, list[int]] = {}
        for line, _, hits in hits_by_line(self._marks, kinds):
            marks[line] = [end - hits.begin for end in hits.ends]
        for place, (kind, plan) in enumerate(zip(kinds, plans, strict=True)):
            if plan is None:
                yield kind, ()
            elif plan.disguises or len(kind) > _LONGEST:
                yield kind, BY_HAND
            else:
                found = marks.get(place, ())
                yield kind, self._recipe(plan, kind, examples[kind], found)

    def _recipe(
        self, plan: Plan, kind: bytes, line: bytes, marks: Sequence[int]
    ) -> Recipe:
        """Make a recipe; `marks` are where what is like a token may end.

        Another line of the kind might have a token where this one has none, or none
        where this one has one. That is no matter where it has no digit, where nothing
        of it is looked at, or in a run, which says for each value what it is.
        """
        ours = self.tokens.find(line) if marks else ()
        looks: tuple[Run | Stretch, ...] = (*plan.runs, *plan.stretches)
        runs = [(look.low, look.high) for look in looks]
        parts = [*map(bounds, plan.fixed), *runs]
        for mark in marks:
            if _is_within(mark, ours) or _is_within(mark, runs):
                continue
            low, high = place = _token_like(kind, mark)
            if b"0" in kind[low:high] and _meets(place, parts):
                return BY_HAND
        holes = []
        for low, high in _together([*parts, *ours]):
            fixed = tuple([span for span in plan.fixed if low <= span >> START < high])
            inside = tuple([look for look in looks if low <= look.low < high])
            if fixed or inside:
                known = self._shared(low, high, fixed, inside, marked=bool(marks))
                holes.append(Hole(low, high, known, fixed, inside, marked=bool(marks)))
        all_ = tuple([(hole.low, hole.high, hole) for hole in holes])
        varied = [(low, high) for low, high, _ in all_ if b"0" in kind[low:high]]
        return _recipe_of(kind, all_, varied)

    def _shared(
        self,
        low: int,
        high: int,
        fixed: Sequence[int],
        runs: Sequence[Run | Stretch],
        *,
        marked: bool,
    ) -> dict[bytes, Edits]:
        """Give what is known of holes that are the same but for where they are."""
        key: tuple[object, ...] = (object(),)
        if len(fixed) == 1 and not runs and bounds(fixed[0]) == (low, high):
            key = fixed[0] & PLACE, marked
        elif len(runs) == 1 and not fixed and runs[0][1:3] == (low, high):
            match runs[0]:
                case Run(look=look, before=before, after=after):
                    key = look, before, after, marked
                case Stretch(look=look, end=end):
                    key = look, end, marked
        return self._filled.setdefault(key, {})


_DIGIT = re.compile(rb"\d")
_TOKEN_LIKE = re.compile(rb"(?:[\w.@:+\-]|(?<=\d)[ ](?=\d))*")


def _token_like(kind: bytes, end: int) -> Pair:
    """Give all that may be one token with what ends there."""
    before = _TOKEN_LIKE.match(kind[max(0, end - _TOKEN) : end][::-1])
    after = _TOKEN_LIKE.match(kind, end, end + _TOKEN)
    first, last = (0 if part is None else part.end() for part in (before, after))
    return end - first, max(end, last)


def _meets(place: Pair, others: Sequence[Pair]) -> bool:
    return any(low < place[1] and high > place[0] for low, high in others)


def _is_within(end: int, places: Sequence[Pair]) -> bool:
    for low, high in places:  # noqa: SIM110 - three times as fast as any()
        if low < end <= high:
            return True
    return False


def _together(places: list[Pair]) -> list[Pair]:
    """Join places that overlap."""
    joined: list[Pair] = []
    for low, high in sorted(places):
        if joined and low < joined[-1][1]:
            joined[-1] = joined[-1][0], max(high, joined[-1][1])
        else:
            joined.append((low, high))
    return joined
