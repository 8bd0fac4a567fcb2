"""Rewriting whole lines, each by itself: what is known of its kind is not looked for.

Where that cannot be, because a rule looks beyond lines, or a very long line comes in
pieces, the text is rewritten as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from casecli.scrub.engine import Engine
from casecli.scrub.lines import folded
from casecli.scrub.literals import Literals
from casecli.scrub.recipes import (
    BY_HAND,
    NOTHING,
    Edits,
    Finds,
    Recipe,
    Recipes,
    TokenSource,
    Values,
)
from casecli.scrub.replace import ROUNDS, Replacer, unsettled
from casecli.scrub.report import Report


@dataclass(slots=True)
class _Loose:
    """Lines taken out of a text until they are settled.

    `origin` has the recipe, and the values it was used on, of those made by one; they
    are to be looked at again. Those `by_hand` have no recipe.
    """

    lines: list[bytes] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    slots: list[int] = field(default_factory=list)
    origin: dict[int, tuple[Recipe, Values, Edits]] = field(default_factory=dict)
    by_hand: list[int] = field(default_factory=list)

    def add(self, line: bytes, number: int, slot: int) -> int:
        """Take out a line; give its place here."""
        self.lines.append(line)
        self.numbers.append(number)
        self.slots.append(slot)
        return len(self.lines) - 1


class Rewriter:
    """Replaces what a finder's rules accept by the tokens of one case."""

    def __init__(
        self, finder: Finds, marks: Engine, tokens: TokenSource, report: Report
    ) -> None:
        self._finder, self._marks = finder, marks
        self._tokens, self._report = tokens, report
        self._replacer = Replacer(finder, marks, tokens, report)
        self._recipes = Recipes(finder, marks, tokens)

    def for_literals(self, values: Mapping[bytes, str]) -> Rewriter:
        """Give one that replaces these instead, and counts with this."""
        literals = Literals(values, self._marks)
        return Rewriter(literals, self._marks, self._tokens, self._report)

    def restart(self) -> Report:
        """Count in a new report from now on, and give that."""
        self._report = Report()
        self._replacer.restart(self._report)
        self._recipes.forget()
        return self._report

    def settle(
        self, data: bytes, low: int, high: int, line: int
    ) -> tuple[bytes, int, int]:
        """Replace until a scan of the outcome finds nothing but tokens.

        Spans that begin in `data[low:high]` are replaced, what surrounds them is
        context. Gives the new data, where its settled part ends, and how many bytes
        of the input that part stands for, counted from `low`.

        Raises:
            ScrubRefused: the outcome would not settle, or a rule failed.
        """
        if low == 0 and high == len(data) and self._is_by_lines(data):
            out = self._settled(data, line)
            if out is not None:
                return out, len(out), high
        tally = self._no_tally()
        settled = self._replacer.settle(
            data, low, high, self._finder.spans, tally, lambda at: line + at
        )
        self._count(tally)
        return settled

    def settle_changed(self, before: bytes, data: bytes, line: int) -> bytes:
        """Settle whole lines; those that are as they were `before` are settled.

        Raises:
            ScrubRefused: as `settle`.
        """
        if self._is_by_lines(data):
            lines = data.split(b"\n")
            pairs = zip(lines, before.split(b"\n"), strict=True)
            loose = _Loose()
            for at, (new, old) in enumerate(pairs):
                if new != old:
                    loose.add(new, line + at, at)
            out = self._joined(data, lines, loose, self._no_tally(), b"\n")
            if out is not None:
                return out
        return self.settle(data, 0, len(data), line)[0]

    def _is_by_lines(self, data: bytes) -> bool:
        """Tell whether each line may be looked at by itself."""
        return not self._report.hears_all and not self._finder.beyond_lines(data)

    def _settled(self, data: bytes, line: int) -> bytes | None:
        """Settle lines, each by itself; None where that cannot be."""
        kinds, begins, numbers = self._finder.lines(data)
        recipes = self._recipes.of(
            kinds, lambda at: data[begins[at] : begins[at] + len(kinds[at])]
        )
        tally, loose = self._no_tally(), _Loose()
        parts: list[bytes] = []
        add, last = parts.append, 0
        for at, recipe in enumerate(recipes):
            if recipe is NOTHING:
                continue
            begin = begins[at]
            holes = recipe.holes
            values = tuple([data[begin + low : begin + high] for low, high, _ in holes])
            edits = recipe.settled.get(values)
            if edits is None:
                end = begin + len(kinds[at])
                text, number = data[begin:end], line + numbers[at]
                edits = self._edits(recipe, text, number)
                if edits or recipe is BY_HAND:
                    place = loose.add(_edited(text, edits), number, len(parts) + 1)
                    if recipe is BY_HAND:
                        loose.by_hand.append(place)
                    else:
                        loose.origin[place] = recipe, values, edits
                    add(data[last:begin])
                    add(b"")
                    last = end
                    for *_, rule in edits:
                        tally[rule] += 1
                    continue
                self._recipes.settled(recipe, values, edits)
            for low, high, token, rule in edits:
                add(data[last : begin + low])
                add(token)
                last = begin + high
                tally[rule] += 1
        add(data[last:])
        return self._joined(data, parts, loose, tally, b"")

    def _joined(
        self,
        data: bytes,
        parts: list[bytes],
        loose: _Loose,
        tally: list[int],
        between: bytes,
    ) -> bytes | None:
        """Settle what is loose, put all together, and count."""
        if not self._settle_loose(loose, tally):
            return None
        if not any(tally):
            return data
        for slot, settled in zip(loose.slots, loose.lines, strict=True):
            parts[slot] = settled
        out = between.join(parts)
        if self._finder.beyond_lines(out):
            return None
        self._count(tally)
        self._tokens.pause()
        return out

    def _edits(self, recipe: Recipe, text: bytes, number: int) -> Edits:
        """Follow a recipe for a line: its edits, from left to right."""

        def give(place: int, value: bytes, *, whole: bool) -> bytes:
            return self._replacer.give(place, value, number, whole=whole)

        edits: Edits = ()
        for low, high, hole in recipe.holes:
            found = hole.known.get(text[low:high])
            if found is None:
                found = self._recipes.fill(hole, text, give)
            for start, stop, token, place in found:
                edits += ((low + start, low + stop, token, place),)
        return edits

    def _settle_loose(self, loose: _Loose, tally: list[int]) -> bool:
        """Settle lines on their own; tell whether that went well."""
        by_hand = list(loose.by_hand)
        todo: Sequence[int] = sorted(set(range(len(loose.lines))).difference(by_hand))
        for _ in range(ROUNDS):
            if not todo:
                break
            some = [loose.lines[at] for at in todo]
            recipes = self._recipes.of(folded(b"\n".join(some)), some.__getitem__)
            changed: list[int] = []
            for at, recipe in zip(todo, recipes, strict=True):
                edits = self._edits(recipe, loose.lines[at], loose.numbers[at])
                if recipe is BY_HAND:
                    by_hand.append(at)
                elif edits:
                    changed.append(at)
                    loose.lines[at] = _edited(loose.lines[at], edits)
                    loose.origin.pop(at, None)
                    for *_, rule in edits:
                        tally[rule] += 1
                elif at in loose.origin:
                    self._learn(recipe, *loose.origin[at])
            todo = changed
        if todo:
            raise unsettled()
        return not by_hand or self._settle_by_hand(loose, sorted(by_hand), tally)

    def _learn(
        self, after: Recipe, recipe: Recipe, values: Values, edits: Edits
    ) -> None:
        """Remember a settled outcome, if nothing else in the line matters for it."""
        parts: list[tuple[int, int]] = []
        grown = 0
        for low, high, _ in recipe.holes:
            begin = low + grown
            grown += sum(
                len(token) - (stop - start)
                for start, stop, token, _ in edits
                if low <= start < high
            )
            parts.append((begin, high + grown))
        if all(
            any(begin <= low and high <= end for begin, end in parts)
            for low, high, _ in after.holes
        ):
            self._recipes.settled(recipe, values, edits)

    def _settle_by_hand(
        self, loose: _Loose, by_hand: list[int], tally: list[int]
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

    def _no_tally(self) -> list[int]:
        return [0] * len(self._finder.rules)

    def _count(self, tally: Iterable[int]) -> None:
        """Count what each rule had replaced."""
        findings = self._report.findings
        for rule, count in zip(self._finder.rules, tally, strict=True):
            if count:
                findings[rule.type] += count


def _edited(text: bytes, edits: Edits) -> bytes:
    """Give a line with edits made."""
    out, last = b"", 0
    for low, high, token, _ in edits:
        out += text[last:low] + token
        last = high
    return out + text[last:]
