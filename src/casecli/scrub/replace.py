"""Text in, text that may leave out: spans, tokens, and a second look at the outcome."""

from __future__ import annotations

from collections.abc import Callable

from casecli.domain.errors import CaseError, ScrubRefused
from casecli.scrub.engine import Engine
from casecli.scrub.looks import OFFSET, START, STOP
from casecli.scrub.recipes import Finds, TokenSource
from casecli.scrub.report import Report
from casecli.scrub.spans import Claim, Found, claims

ROUNDS = 16  # a rule may reach further when what it found gets shorter
_REMEMBERED = 20_000


def spans(finder: Finds, data: bytes) -> list[tuple[str, int, int]]:
    """Say what would be replaced in a text that holds no tokens: (rule, start, end)."""
    found = claims(finder.rules, data, finder.spans(data), ())
    return [(finder.rules[place].id, start, stop) for start, stop, place, _, _ in found]


class Replacer:
    """Replaces spans by the tokens of one case, in a text as a whole."""

    def __init__(
        self, finder: Finds, marks: Engine, tokens: TokenSource, report: Report
    ) -> None:
        self._rules = finder.rules
        self._marks = marks
        self.tokens = tokens
        self._given: list[dict[bytes, bytes]] = [{} for _ in self._rules]
        self._known: set[bytes] = set()
        self.restart(report)

    def restart(self, report: Report) -> None:
        """Report to another from now on."""
        self._report = report
        self._shown = set(range(len(self._rules)))

    def settle(
        self,
        data: bytes,
        low: int,
        high: int,
        find: Callable[[bytes], Found],
        tally: list[int],
        number: Callable[[int], int],
    ) -> tuple[bytes, int, int]:
        """Replace until a scan of the outcome finds nothing but tokens.

        Spans that begin in `data[low:high]` are replaced, what surrounds them is
        context. Gives the new data, where its settled part ends, and how many bytes
        of the input that part stands for, counted from `low`. Adds to the `tally` of
        rules; `number` turns a line's place into its number.

        Raises:
            ScrubRefused: the outcome would not settle, or a rule failed.
        """
        used = high
        taken = self._taken(data)
        found = find(data)
        for _ in range(ROUNDS):
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
            self.tokens.pause()
            found = self._left(find(data), data)
            taken = _placed(pieces, wanted, taken) if found.spans else []
        raise unsettled()

    def give(self, line: int, place: int, value: bytes, *, whole: bool) -> bytes:
        """Give the token for what a rule found, and report it."""
        token = self._token(place, value, b"", whole=whole)
        if place in self._shown:
            self._show(place, value, token, line)
        return token

    def _left(self, found: Found, data: bytes) -> Found:
        """Leave of what is found in an outcome all that is no token."""
        known = self._known
        left = []
        for span in found.spans:
            text = data[span >> START : span >> STOP & OFFSET]
            if text not in known:
                if self.tokens.knows(text):
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
                found = self.tokens.find(data[start:done])
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
        add, shown = out.append, self._shown
        last = counted = line = 0
        for start, stop, place, plain, whole in wanted:
            value = data[start:stop]
            token = self._token(place, value, plain, whole=whole)
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

    def _token(self, place: int, value: bytes, plain: bytes, *, whole: bool) -> bytes:
        """Give the token for what a rule found; a whole value's is remembered."""
        known = self._given[place]
        if whole and (found := known.get(value)) is not None:
            return found
        rule = self._rules[place]
        try:
            token = self.tokens.give(rule.type, value, whole=whole, plain=plain)
        except CaseError:
            raise
        except Exception as error:
            raise ScrubRefused(
                f"no token could be made for what scrub rule {rule.id!r} found",
                "casecli doctor",
            ) from error
        if whole and not plain:
            if len(known) >= _REMEMBERED:
                known.clear()
            known[value] = token
        return token


def unsettled() -> ScrubRefused:
    """Say that a text would not settle."""
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
