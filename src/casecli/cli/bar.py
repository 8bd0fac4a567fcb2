"""A bar in one line: how far, how fast, and how long still."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

from casecli.cli.safe import fit, width

if TYPE_CHECKING:
    from collections.abc import Callable

_PERIOD = 0.3  # seconds between two drawings at the same percentage
_SETTLED = 1.0  # seconds before a rate is worth saying


class Bar:
    """A line that is redrawn only when what it says changes; needs no escape codes.

    `total` is in bytes; without it the bar says how many there were. `clock` gives
    seconds.
    """

    def __init__(
        self,
        err: TextIO,
        label: str,
        total: int | None,
        columns: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._err, self._label, self._total = err, label, total
        self._room, self._done, self._shown = max(columns - 1, 1), 0, ""
        self._clock = clock
        self._begun = clock()
        self._drawn = float("-inf")
        self._percent = -1

    def __call__(self, step: int) -> None:
        """Take note of so many more bytes."""
        self._done += step
        now = self._clock()
        percent = self._done * 100 // self._total if self._total else 0
        if now - self._drawn < _PERIOD and percent == self._percent:
            return
        self._drawn, self._percent = now, percent
        self._draw(fit(self._said(now - self._begun), self._room, ""))

    def wipe(self) -> None:
        """Leave the line empty."""
        self._draw("")
        self._err.write("\r")
        self._err.flush()

    def _said(self, seconds: float) -> str:
        rate = self._done / seconds if seconds >= _SETTLED else 0.0
        speed = f"  {size_text(int(rate))}/s" if rate else ""
        if not self._total:
            return f"{self._label}  {size_text(self._done)}{speed}"
        part = min(self._done / self._total, 1.0)
        said = f"{self._label}  {'#' * int(part * 20):<20}  {part:4.0%}{speed}"
        left = (self._total - self._done) / rate if rate else 0.0
        return f"{said}  {_clock(left)} left" if left >= 1 else said

    def _draw(self, text: str) -> None:
        if text != self._shown:
            blank = " " * max(width(self._shown) - width(text), 0)
            self._err.write(f"\r{text}{blank}")
            self._err.flush()
            self._shown = text


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
