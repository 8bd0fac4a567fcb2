"""A bar in one line: how far, how fast, and how long still."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

from casecli.cli.safe import fit, width

if TYPE_CHECKING:
    from collections.abc import Callable

_PERIOD = 0.3  # seconds between two drawings at the same percentage
_SETTLED = 1.0  # seconds before a rate is worth saying
_SHORTEST = 12  # cells a label keeps, whatever else there is to say


class Line:
    """The terminal's last line, written anew only where it changes; no escape codes."""

    def __init__(self, err: TextIO, columns: int) -> None:
        self._err, self._room, self._shown = err, max(columns - 1, 1), ""

    def draw(self, label: str, rest: str = "") -> None:
        """Show a text; where there is no room it is the label that gets shorter."""
        room = max(self._room - width(rest), min(width(label), _SHORTEST))
        text = fit(fit(label, room) + rest, self._room, "")
        if text != self._shown:
            blank = " " * max(width(self._shown) - width(text), 0)
            self._err.write(f"\r{text}{blank}")
            self._err.flush()
            self._shown = text

    def wipe(self) -> None:
        """Leave the line empty."""
        self.draw("")
        self._err.write("\r")
        self._err.flush()


class Bar:
    """How many bytes are done, how fast, and how long still.

    `total` is in bytes; without it the bar says how many there were. `clock` gives
    seconds.
    """

    def __init__(
        self,
        line: Line,
        label: str,
        total: int | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._line, self._label, self._total = line, label, total
        self._done = 0
        self._clock = clock
        self._begun = clock()
        self._drawn = float("-inf")
        self._percent = -1

    def __call__(self, step: int) -> None:
        """Take note of so many more."""
        self._done += step
        now = self._clock()
        percent = self._done * 100 // self._total if self._total else 0
        if now - self._drawn < _PERIOD and percent == self._percent:
            return
        self._drawn, self._percent = now, percent
        self.show()

    def show(self) -> None:
        """Draw it as it stands."""
        self._line.draw(self._label, self._said(self._clock() - self._begun))

    @property
    def place(self) -> str:
        """What a bar within this one begins with."""
        return ""

    def _said(self, seconds: float) -> str:
        rate = self._rate(seconds)
        speed = f"  {size_text(int(rate))}/s" if rate else ""
        if not self._total:
            return f"  {size_text(self._done)}{speed}"
        said = f"  {self._drawn_part()}  {self._part():4.0%}{speed}"
        left = (self._total - self._done) / rate if rate else 0.0
        return f"{said}  {_clock(left)} left" if left >= 1 else said

    def _rate(self, seconds: float) -> float:
        return self._done / seconds if seconds >= _SETTLED else 0.0

    def _part(self) -> float:
        return min(self._done / self._total, 1.0) if self._total else 0.0

    def _drawn_part(self) -> str:
        return f"{'#' * int(self._part() * 20):<20}"


class Tally(Bar):
    """How many of a thing are done; without `total` they come in pages."""

    def __init__(self, line: Line, label: str, total: int | None, unit: str) -> None:
        super().__init__(line, label, total)
        self._unit, self._pages = unit, 0

    def __call__(self, step: int) -> None:
        """Take note of so many more, which are a page where nobody knows the end."""
        self._done += step
        self._pages += 1
        self.show()

    @property
    def place(self) -> str:
        """Which one is at work now."""
        return f"{self._done + 1} of {self._total}  " if self._total else ""

    def _said(self, seconds: float) -> str:
        if self._total:
            said = f"{self._done} of {self._named(self._total)}"
            return f"  {self._drawn_part()}  {said}"
        if not self._pages:
            return " …"
        rate = self._rate(seconds)
        speed = f"  {rate:.0f}/s" if rate >= 1 else ""
        return f"  {self._named(self._done)}, page {self._pages}{speed}"

    def _named(self, count: int) -> str:
        return f"{count} {self._unit}{'s' * (count != 1)}"


def size_text(count: int) -> str:
    """Say how many bytes there are in a person's units."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"


def _clock(seconds: float) -> str:
    minutes, left = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
