"""Text in, text that may leave out: spans, tokens, and a second look at the outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import ClassVar

from casecli.domain.errors import CaseError, ScrubRefused
from casecli.domain.ports import Sample
from casecli.scrub.engine import Engine
from casecli.scrub.lines import folded
from casecli.scrub.looks import OFFSET, START, STOP, Spans
from casecli.scrub.recipes import BY_HAND, Hole, Outcome, Recipes, TokenSource
from casecli.scrub.spans import Claim, Finder, Found, claims

_ROUNDS = 5
_SAMPLES = 5
_REMEMBERED = 20_000


@dataclass(slots=True)
class Report:
    """What was replaced so far, over any number of texts.

    One that `hears_all` is shown every single replacement.
    """

    hears_all: ClassVar[bool] = False

    findings: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[Sample]] = field(default_factory=dict)

    def wants(self, kind: str) -> bool:
        """Tell whether there are few samples of a kind yet."""
        return len(self.samples.get(kind, ())) < _SAMPLES

    def show(self, kind: str, value: bytes, token: bytes, line: int) -> None:
        """Keep a replacement as a sample."""
        shown = self.samples.setdefault(kind, [])
        text = token.decode()
        if all(each.token != text for each in shown):
            value_text = value.decode("utf-8", "replace")
            sample = Sample(kind=kind, value=value_text, token=text, line=line)
            shown.append(sample)

    def all_samples(self) -> tuple[Sample, ...]:
        """Give the samples, kind by kind."""
        return tuple(
            each for kind in sorted(self.samples) for each in self.samples[kind]
        )


def spans(finder: Finder, data: bytes) -> list[tuple[str, int, int]]:
    """Say what would be replaced in a text that holds no tokens: (rule, start, end)."""
    found = claims(finder.rules, data, finder.spans(data), ())
    return [(finder.rules[place].id, start, stop) for start, stop, place, _, _ in found]


class Rewriter:
    """Replaces what a finder's rules accept by the tokens of one case."""

    def __init__(
        self, finder: Finder, marks: Engine, tokens: TokenSource, report: Report
    ) -> None:
        self._finder = finder
        self._rules = finder.rules
        self._marks = marks
        self._tokens = tokens
        self._report = report
        self._given: list[dict[bytes, bytes]] = [{} for _ in self._rules]
        self._known: set[bytes] = set()
        self._shown = set(range(len(self._rules)))
        self._recipes = Recipes(finder, marks, tokens)

    def restart(self) -> Report:
        """Count in a new report from now on, and give that."""
        self._report = Report()
        self._recipes.forget()
        self._shown = set(range(len(self._rules)))
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
        if low == 0 and high == len(data) and not self._report.hears_all:
            out = self._settled_lines(data, line)
            if out is not None:
                return out, len(out), high
        tally = self._no_tally()
        find = self._finder.spans
        settled = self._settled(data, low, high, find, tally, lambda at: line + at)
        self._count(tally)
        return settled

    def _settled_lines(self, data: bytes, line: int) -> bytes | None:
        """Settle lines, each by itself; None where rules look beyond them."""
        if self._finder.beyond_lines(data):
            return None
        lines = data.split(b"\n")
        tally = self._no_tally()
        by_hand: list[int] = []
        todo: Sequence[int] = range(len(lines))
        for _ in range(_ROUNDS):
            todo = self._rewritten(lines, todo, by_hand, tally, line)
            if not todo:
                break
        else:
            raise _unsettled()
        if by_hand and not self._settled_by_hand(lines, sorted(by_hand), tally, line):
            return None
        if not any(tally):
            return data
        out = b"\n".join(lines)
        if self._finder.beyond_lines(out):
            return None
        self._count(tally)
        self._tokens.pause()
        return out

    def _rewritten(
        self,
        lines: list[bytes],
        todo: Sequence[int],
        by_hand: list[int],
        tally: list[int],
        line: int,
    ) -> list[int]:
        """Rewrite some of the lines in place; give those that changed."""
        some = [lines[at] for at in todo]
        recipes = self._recipes.of(folded(b"\n".join(some)), some)
        changed: list[int] = []
        places = compress(todo, recipes)
        for at, recipe in zip(places, filter(None, recipes), strict=True):
            if recipe is BY_HAND:
                by_hand.append(at)
                continue
            text, out, last = lines[at], b"", 0
            wanted: Spans = ()
            for hole in recipe:
                low, high, known, *_ = hole
                made = known.get(text[low:high])
                if made is None:
                    made = self._filled(hole, text, line + at)
                token, by = made
                if by:
                    out += text[last:low] + token
                    last = high
                    wanted += by
            if last:
                out += text[last:]
                lines[at] = out
                changed.append(at)
                for place in wanted:
                    tally[place] += 1
        return changed

    def _filled(self, hole: Hole, text: bytes, line: int) -> Outcome:
        def give(place: int, value: bytes, whole: bool) -> bytes:  # noqa: FBT001 - as a claim has it
            token = self._given[place].get(value) if whole else None
            if token is None:
                token = self._give(place, value, b"", whole=whole)
            if place in self._shown:
                self._show(place, value, token, line)
            return token

        return self._recipes.fill(hole, text, give)

    def _settled_by_hand(
        self, lines: list[bytes], by_hand: list[int], tally: list[int], line: int
    ) -> bool:
        """Settle lines that have no recipe, in place; tell whether that went well."""
        text = b"\n".join([lines[at] for at in by_hand])
        find = self._finder.within_lines
        out, *_ = self._settled(
            text, 0, len(text), find, tally, lambda at: line + by_hand[at]
        )
        settled = out.split(b"\n")
        if len(settled) != len(by_hand):
            return False
        for at, new in zip(by_hand, settled, strict=True):
            lines[at] = new
        return True

    def _settled(
        self,
        data: bytes,
        low: int,
        high: int,
        find: Callable[[bytes], Found],
        tally: list[int],
        number: Callable[[int], int],
    ) -> tuple[bytes, int, int]:
        """Settle a text as a whole; `number` turns a line's place into its number."""
        used = high
        taken = self._taken(data)
        found = find(data)
        for _ in range(_ROUNDS):
            if low or high < len(data):
                ours = [span for span in found.spans if low <= span >> START < high]
                found = Found(ours, found.plain)
            wanted = list(claims(self._rules, data, found, taken))
            if not wanted:
                return data, high, used - low
            overhang = max(wanted[-1][1] - high, 0)
            used += overhang
            pieces = self._pieces(data, wanted, tally, number)
            before = len(data)
            data = b"".join(pieces)
            high += overhang + len(data) - before
            self._tokens.pause()
            found = self._left(find(data), data)
            taken = _placed(pieces, wanted, taken) if found.spans else []
        raise _unsettled()

    def _no_tally(self) -> list[int]:
        return [0] * len(self._rules)

    def _count(self, tally: list[int]) -> None:
        """Count what each rule had replaced."""
        findings = self._report.findings
        for rule, count in zip(self._rules, tally, strict=True):
            if count:
                findings[rule.type] += count

    def is_settled(self, data: bytes) -> bool:
        """Tell whether a scan finds nothing but tokens."""
        return not self._left(self._finder.spans(data), data).spans

    def _left(self, found: Found, data: bytes) -> Found:
        """Leave of what is found in an outcome all that is no token."""
        known = self._known
        left = []
        for span in found.spans:
            text = data[span >> START : span >> STOP & OFFSET]
            if text not in known:
                if self._tokens.knows(text):
                    if len(known) >= _REMEMBERED:
                        known.clear()
                    known.add(text)
                else:
                    left.append(span)
        return Found(left, found.plain)

    def _taken(self, data: bytes) -> list[tuple[int, int]]:
        """Find tokens that were there already, on the lines that may hold any."""
        taken: list[tuple[int, int]] = []
        done = -1
        for _, ends in self._marks.hits(data):
            for end in ends:
                if end <= done:
                    continue
                start = data.rfind(b"\n", 0, end - 1) + 1
                done = data.find(b"\n", end)
                done = len(data) if done < 0 else done
                found = self._tokens.find(data[start:done])
                taken += [(start + first, start + last) for first, last in found]
        return taken

    def _pieces(
        self,
        data: bytes,
        wanted: list[Claim],
        tally: list[int],
        number: Callable[[int], int],
    ) -> list[bytes]:
        """Cut the data at the claims: what stays and a token, in turns."""
        out: list[bytes] = []
        add, given, shown = out.append, self._given, self._shown
        last = counted = line = 0
        for start, stop, place, plain, whole in wanted:
            value = data[start:stop]
            token = given[place].get(value) if whole else None
            if token is None:
                token = self._give(place, value, plain, whole=whole)
            if place in shown:
                line += data.count(b"\n", counted, start)
                counted = start
                self._show(place, value, token, number(line))
            tally[place] += 1
            add(data[last:start])
            add(token)
            last = stop
        add(data[last:])
        return out

    def _show(self, place: int, value: bytes, token: bytes, line: int) -> None:
        kind = self._rules[place].type
        if self._report.wants(kind):
            self._report.show(kind, value, token, line)
        else:
            self._shown.discard(place)

    def _give(self, place: int, value: bytes, plain: bytes, *, whole: bool) -> bytes:
        rule = self._rules[place]
        try:
            token = self._tokens.give(rule.type, value, whole=whole, plain=plain)
        except CaseError:
            raise
        except Exception as error:
            raise ScrubRefused(
                f"no token could be made for what scrub rule {rule.id!r} found",
                "casecli doctor",
            ) from error
        if whole and not plain:
            known = self._given[place]
            if len(known) >= _REMEMBERED:
                known.clear()
            known[value] = token
        return token


def _unsettled() -> ScrubRefused:
    return ScrubRefused(
        "the scrubbed text still held something to scrub after several passes",
        "casecli scrub --diff FILE",
    )


def _placed(
    pieces: list[bytes], wanted: list[Claim], taken: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Say where tokens are now: those just put in, and those `taken` before."""
    out: list[tuple[int, int]] = []
    grown = old = 0
    for (start, stop, *_), token in zip(wanted, pieces[1::2], strict=True):
        while old < len(taken) and taken[old][0] < start:
            out.append((taken[old][0] + grown, taken[old][1] + grown))
            old += 1
        out.append((start + grown, start + grown + len(token)))
        grown += len(token) - (stop - start)
    return out + [(first + grown, end + grown) for first, end in taken[old:]]
