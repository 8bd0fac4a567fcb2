"""Rewriting whole lines, each by itself: what is known of its kind is not looked for.

Where that cannot be, because a rule looks beyond lines, or a very long line comes in
pieces, the text is rewritten as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from casecli.scrub.engine import Engine
from casecli.scrub.lines import Lines, folded
from casecli.scrub.literals import Literals
from casecli.scrub.looks import Pair
from casecli.scrub.pieces import Settled
from casecli.scrub.recipes import (
    BY_HAND,
    NOTHING,
    Edits,
    Finds,
    Outcome,
    Recipe,
    Recipes,
    TokenSource,
    Values,
)
from casecli.scrub.replace import ROUNDS, Replacer, unsettled
from casecli.scrub.report import Report


@dataclass(slots=True)
class Loose:
    """Lines taken out of a text until they are settled; `slots` say where from.

    Of those made by a recipe `origin` has the outcome; they are looked at again, and
    `settled` has those that were fine, with the places that had a part in that. Those
    `by_hand` have no recipe.
    """

    lines: list[bytes] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    slots: list[int] = field(default_factory=list)
    origin: dict[int, Outcome] = field(default_factory=dict)
    settled: list[tuple[Outcome, list[Pair]]] = field(default_factory=list)
    by_hand: list[int] = field(default_factory=list)


class Rewriter:
    """Replaces what a finder's rules accept by the tokens of one case.

    What it changed is settled by another one `after` it, where there is one.
    """

    def __init__(
        self,
        finder: Finds,
        marks: Engine,
        tokens: TokenSource,
        report: Report,
        after: Rewriter | None = None,
    ) -> None:
        self._finder, self._marks = finder, marks
        self._tokens, self._report = tokens, report
        self._after = after
        self._replacer = Replacer(finder, marks, tokens, report)
        self._recipes = Recipes(finder, marks, tokens)

    def for_literals(self, values: Mapping[bytes, str]) -> Rewriter:
        """Give one that replaces these, and lets this one settle what it changed."""
        literals = Literals(values, self._marks)
        return Rewriter(literals, self._marks, self._tokens, self._report, self)

    def asking(self, tokens: TokenSource) -> Rewriter:
        """Take tokens from there from now on; gives itself."""
        self._tokens = self._replacer.tokens = self._recipes.tokens = tokens
        return self

    def restart(self, report: Report | None = None) -> Report:
        """Count in a new report from now on, and give that.

        What was a sample before is none again.
        """
        self._report = report if report is not None else Report()
        self._replacer.restart(self._report)
        if self._after is not None:
            self._after.restart(self._report)
        return self._report

    def settle(self, data: bytes, low: int, high: int, line: int) -> Settled:
        """Replace until a scan of the outcome finds nothing but tokens.

        Spans that begin in `data[low:high]` are replaced, what surrounds them is
        context.

        Raises:
            ScrubRefused: the outcome would not settle, or a rule failed.
        """
        if low == 0 and high == len(data) and not self._report.hears_all:
            lines = self._finder.lines(data)
            if lines and (out := self._settled(data, lines, line)) is not None:
                return Settled(out, len(out), high, lines.ends)
        tally = self.no_tally()
        fresh, end, used = self._replacer.settle(
            data, low, high, self._finder.spans, tally, lambda at: line + at
        )
        self.count(tally)
        if self._after is None or fresh == data:
            return Settled(fresh, end, used, None)
        out, settled, more, _ = self._after.settle(fresh, low, end, line)
        return Settled(out, settled, used + more - (end - low), None)

    def _settled(self, data: bytes, lines: Lines, line: int) -> bytes | None:
        """Settle lines, each by itself; None where rules look beyond the outcome's."""
        recipes = self._recipes.of(lines.kinds, lambda places: lines.of(data, places))
        tally, loose = self.no_tally(), Loose()
        parts: list[bytes] = []
        add, last, counted, begin = parts.append, 0, 0, -1
        for step, recipe in zip(lines.steps, recipes, strict=False):
            begin += step + 1
            if not recipe:
                continue
            high = recipe.high
            values: Values
            if high:
                values = data[begin + recipe.low : begin + high]
            elif varied := recipe.varied:
                values = tuple([data[begin + a : begin + b] for a, b in varied])
            else:
                values = ()
            edits = recipe.settled.get(values)
            if edits is None:
                end = data.find(b"\n", begin)
                end = len(data) if end < 0 else end
                line += data.count(b"\n", counted, begin)
                counted = begin
                loose.numbers.append(line)
                edits = self._first_edits(recipe, values, data[begin:end], loose)
                if edits is None:
                    parts += data[last:begin], b""
                    loose.slots.append(len(parts) - 1)
                    last = end
                    continue
            for low, high, token, rule in edits:
                add(data[last : begin + low])
                add(token)
                last = begin + high
                tally[rule] += 1
        add(data[last:])
        return self._joined(data, parts, loose, tally)

    def _first_edits(
        self, recipe: Recipe, values: Values, text: bytes, loose: Loose
    ) -> Edits | None:
        """Follow a recipe on values it was not used on yet; None where that is loose.

        The line's number is there already.
        """
        place = len(loose.lines)
        if recipe is BY_HAND:
            loose.lines.append(text)
            loose.by_hand.append(place)
            return None
        edits = self._edits(recipe, text, loose.numbers[-1])
        if edits:
            loose.lines.append(_edited(text, edits))
            loose.origin[place] = Outcome(text, recipe, values, edits)
            return None
        loose.numbers.pop()
        self._recipes.settled(Outcome(text, recipe, values, edits), ())
        return edits

    def _joined(
        self, data: bytes, parts: list[bytes], loose: Loose, tally: list[int]
    ) -> bytes | None:
        """Settle what is loose, put all together, and count."""
        for outcome in loose.origin.values():
            _add(tally, outcome.edits)
        if not self.settle_loose(loose, tally):
            return None
        if not any(tally):
            return data
        last, last_tally = self, tally
        if self._after is not None:
            last, last_tally = self._after, self._after.no_tally()
            if not last.settle_loose(loose, last_tally):
                return None
        for outcome, places in loose.settled:
            self._recipes.settled(outcome, places)
        for slot, settled in zip(loose.slots, loose.lines, strict=True):
            parts[slot] = settled
        out = b"".join(parts)
        if last.finds_beyond_lines(out):
            return None
        self.count(tally)
        if last is not self:
            last.count(last_tally)
        self._tokens.pause()
        return out

    def _edits(self, recipe: Recipe, text: bytes, number: int) -> Edits:
        """Follow a recipe for a line: its edits, from left to right."""
        edits: Edits = ()
        for low, high, hole in recipe.holes:
            found = hole.known.get(text[low:high])
            if found is None:
                give = partial(self._replacer.give, number)
                found = self._recipes.fill(hole, text, give)
            for start, stop, token, place in found:
                edits += ((low + start, low + stop, token, place),)
        return edits

    def settle_loose(self, loose: Loose, tally: list[int]) -> bool:
        """Settle lines on their own; tell whether that went well."""
        by_hand, loose.by_hand = loose.by_hand, []
        if self._after is not None:  # that one looks at all of them again
            return not by_hand or self._settle_by_hand(loose, by_hand, tally)
        todo: Sequence[int] = sorted(set(range(len(loose.lines))).difference(by_hand))
        for _ in range(ROUNDS):
            if not todo:
                break
            some = [loose.lines[at] for at in todo]
            at_places = partial(map, some.__getitem__)
            recipes = self._recipes.of(folded(b"\n".join(some)), at_places)
            changed: list[int] = []
            for at, found in zip(todo, recipes, strict=True):
                recipe = found or NOTHING
                edits: Edits = ()
                if found:
                    edits = self._edits(found, loose.lines[at], loose.numbers[at])
                if recipe is BY_HAND:
                    by_hand.append(at)
                elif edits:
                    changed.append(at)
                    loose.lines[at] = _edited(loose.lines[at], edits)
                    loose.origin.pop(at, None)
                    _add(tally, edits)
                elif outcome := loose.origin.get(at):
                    loose.settled.append((outcome, outcome.also_told_by(recipe)))
            todo = changed
        if todo:
            raise unsettled()
        return not by_hand or self._settle_by_hand(loose, sorted(by_hand), tally)

    def _settle_by_hand(
        self, loose: Loose, by_hand: list[int], tally: list[int]
    ) -> bool:
        """Settle lines that have no recipe; tell whether that went well."""
        text = b"\n".join([loose.lines[at] for at in by_hand])
        find = self._finder.within_lines
        out, *_ = self._replacer.settle(
            text, 0, len(text), find, tally, lambda at: loose.numbers[by_hand[at]]
        )
        settled = out.split(b"\n")
        for at, new in zip(by_hand, settled, strict=False):
            loose.lines[at] = new
        return len(settled) == len(by_hand)

    def finds_beyond_lines(self, data: bytes) -> bool:
        """Tell whether rules find something that lines by themselves do not show."""
        return bool(self._finder.beyond_lines(data))

    def no_tally(self) -> list[int]:
        """Give a tally of the finder's rules."""
        return [0] * len(self._finder.rules)

    def count(self, tally: Iterable[int]) -> None:
        """Count what each rule had replaced."""
        findings = self._report.findings
        for rule, count in zip(self._finder.rules, tally, strict=True):
            if count:
                findings[rule.type] += count


class Growing:
    """Settles with what is there at once, and with a `faster` one after `much`."""

    def __init__(
        self, rewriter: Rewriter, faster: Callable[[], Rewriter], much: int
    ) -> None:
        self._rewriter, self._faster = rewriter, faster
        self._left = much

    def settle(self, data: bytes, low: int, high: int, line: int) -> Settled:
        """Settle as `Rewriter.settle` does; the outcome is the same with both."""
        grown = self._left > 0 >= self._left - (high - low)
        self._left -= high - low
        if grown:
            self._rewriter = self._faster()
        return self._rewriter.settle(data, low, high, line)


def _add(tally: list[int], edits: Edits) -> None:
    for *_, rule in edits:
        tally[rule] += 1


def _edited(text: bytes, edits: Edits) -> bytes:
    """Give a line with edits made."""
    out, last = b"", 0
    for low, high, token, _ in edits:
        out += text[last:low] + token
        last = high
    return out + text[last:]
