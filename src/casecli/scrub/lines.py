"""Finding spans line by line: a log is few kinds of lines with many numbers in them.

Two lines are of one kind when they differ in digits only. Where anchors are, and what
most rules accept, is the same in all lines of a kind; so the first one is planned, and
of the others only that is looked at in which digits have a part. What is found in a
line depends on that line alone, never on what was planned before or what stands next
to it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from casecli.scrub.digits_alike import DIGITS_AS_0
from casecli.scrub.engine import Engine
from casecli.scrub.looks import SHIFT, Draft, LineHits, Look, Plan

_MOST = 16_384  # plans at once, a kilobyte each
_MANY = 64  # lines from which on planning pays: not a few words somebody wrote
_LONGEST = 1024  # longer lines are rarely alike


def folded(data: bytes) -> list[bytes]:
    """Give the kinds of a text's lines: each with 0 for every digit."""
    return data.translate(DIGITS_AS_0).split(b"\n")


class Lines(NamedTuple):
    """Lines of a text, folded, and how many bytes each begins behind the one before.

    The `steps` are one less than that, and the first is where the first line begins.
    `ends` is how many line ends the text has; None where these are not all its lines.
    """

    kinds: Sequence[bytes]
    steps: Sequence[int]
    ends: int | None

    def of(self, data: bytes, places: Iterable[int]) -> list[bytes]:
        """Give some of them as they stand in the text."""
        begins = list(accumulate(self.steps, lambda begin, step: begin + step + 1))
        return [data[begins[at] : begins[at] + len(self.kinds[at])] for at in places]


def all_lines(alike: bytes) -> Lines:
    """Give all lines of a text with 0 for every digit."""
    kinds = alike.split(b"\n")
    return Lines(kinds, [0, *map(len, kinds)], len(kinds) - 1)


class LineFinder:
    """Finds spans of the rules that look at one line only.

    `looks` has one for each of the engine's rules but the last: that finds disguises.
    """

    def __init__(self, engine: Engine, looks: Sequence[Look]) -> None:
        self._engine = engine
        self._looks = looks
        self._known: dict[bytes, Plan | None] = {}
        self._lines = 0

    def spans(self, data: bytes) -> tuple[list[int], list[int]]:
        """Give the spans, sorted, and where disguises end."""
        kinds = folded(data)
        found: list[int] = []
        disguised: list[int] = []
        begin = 0
        for plan, line in zip(self.plans(kinds), data.split(b"\n"), strict=True):
            if plan is not None:
                fixed, runs, stretches, disguises = plan
                here = begin * SHIFT
                if runs or stretches:
                    near = set(fixed)
                    for run in runs:
                        near.update(run.spans(line))
                    for stretch in stretches:
                        near.update(stretch.spans(line))
                    found += [here + span for span in sorted(near)]
                else:
                    found += [here + span for span in fixed]
                if disguises:
                    disguised += [begin + end for end in disguises]
            begin += len(line) + 1
        return found, disguised

    def plans(self, kinds: Sequence[bytes]) -> list[Plan | None]:
        """Give a plan for each line, None where nothing is to be looked at.

        The lines are as `folded` gives them.
        """
        known = self._known
        self._lines += len(kinds)
        new = [kind for kind in dict.fromkeys(kinds) if kind not in known]
        if new:
            known.update(self._planned(new))
        plans = [known[kind] for kind in kinds]
        for kind in new:
            if len(kind) > _LONGEST:
                del known[kind]
        if len(known) > _MOST:
            self._known = {}
        return plans

    def _planned(self, kinds: Sequence[bytes]) -> Iterator[tuple[bytes, Plan | None]]:
        """Plan for lines, one of each kind."""
        thorough = self._lines >= _MANY
        drafts: dict[int, Draft] = {}
        for line, place, found in hits_by_line(self._engine, kinds):
            draft = drafts.setdefault(line, Draft(thorough))
            if place == len(self._looks):
                draft.disguises += [end - found.begin for end in found.ends]
            else:
                self._looks[place].plan(found, draft)
        for line, kind in enumerate(kinds):
            yield kind, drafts[line].plan() if line in drafts else None


def hits_by_line(
    engine: Engine, kinds: Sequence[bytes]
) -> Iterator[tuple[int, int, LineHits]]:
    """Scan folded lines all at once: (place of a line, place of a rule, where)."""
    text = b"\n%s\n" % b"\n".join(kinds)
    begins = list(accumulate((len(kind) + 1 for kind in kinds), initial=1))
    for place, ends in engine.hits(text, text):
        at = 0
        while at < len(ends):
            line = bisect_right(begins, ends[at] - 1) - 1
            begin, stop = begins[line], begins[line] + len(kinds[line])
            first = at
            while at < len(ends) and ends[at] - 1 <= stop:
                at += 1
            yield line, place, LineHits(text, begin, stop, ends[first:at])
