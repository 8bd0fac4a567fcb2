"""Text on its way through the gate: as a stream of a file, and as a pipe of a shell."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

from casecli.domain.errors import ScrubRefused
from casecli.domain.ports import ScrubbedFile
from casecli.scrub.report import Report
from casecli.scrub.stream import CHUNK, Settles, Stream
from casecli.scrub.table import Table

if TYPE_CHECKING:
    from casecli.domain.ports import CaseVault
    from casecli.scrub.cuts import Cuts
    from casecli.scrub.second import SecondPass
    from casecli.scrub.tokens import Tokens


class Lines:
    """A fair choice of a few lines out of any number (Vitter's algorithm R)."""

    def __init__(self, most: int = 50) -> None:
        self._most = most
        self._random = random.Random(most)  # noqa: S311 - a choice for the eye
        self._kept: list[tuple[int, str]] = []
        self._seen = 0

    @property
    def chosen(self) -> tuple[tuple[int, str], ...]:
        """Give the lines with their numbers, in order."""
        return tuple(sorted(self._kept))

    def hear(self, data: bytes) -> None:
        """Take in scrubbed text that ends with a line's end, or with the text's."""
        for line in data.split(b"\n"):
            if not line.strip():
                continue
            self._seen += 1
            place = self._seen - 1
            if place >= self._most:
                place = self._random.randrange(self._seen)
            if place < self._most:
                shown = (self._seen, line.decode("utf-8", "replace"))
                self._kept[place : place + 1] = [shown]


class TextStream(Stream):
    """A stream that knows tables."""

    def __init__(
        self,
        rewriter: Settles,
        cuts: Cuts,
        tokens: Tokens,
        report: Report,
        chunk: int = CHUNK,
    ) -> None:
        super().__init__(rewriter, cuts, chunk)
        self._table = Table(tokens, report)

    def _prepared(self, data: bytes, *, last: bool = False) -> bytes:
        """Give what the table is done with."""
        return self._table.feed(data, self._reached, last=last)


class Pipe:
    """Text without an end in sight; the tokens of what came out are kept already."""

    def __init__(
        self,
        stream: Stream,
        second: SecondPass,
        report: Report,
        vault: CaseVault,
        lines: Lines | None = None,
    ) -> None:
        self._stream, self._report, self._vault = stream, report, vault
        self._second, self._lines = second, lines
        self._digest = hashlib.sha256()
        self._in = self._out = 0

    def feed(self, data: bytes) -> bytes:
        """Take more input; give what may leave of it.

        Raises:
            ScrubRefused: it is no text, or cannot be vouched for.
        """
        if b"\0" in data:
            raise ScrubRefused(
                "the input is binary from here on, so no more of it leaves",
                "casecli scrub FILE -o OUT",
            )
        self._in += len(data)
        return self._given(self._stream.feed(data))

    def ready(self) -> bytes:
        """Give what may leave of the whole lines so far."""
        return self._given(self._stream.ready())

    def finish(self) -> bytes:
        """Give the rest."""
        return self._given(self._stream.finish())

    def report(self, name: str) -> ScrubbedFile:
        """Say what was done so far."""
        return ScrubbedFile(
            name=name,
            bytes_in=self._in,
            bytes_out=self._out,
            sha256=self._digest.hexdigest(),
            findings=dict(+self._report.findings),
            samples=self._report.all_samples(),
        )

    def _given(self, data: bytes) -> bytes:
        data = self._second.piece(data)
        if self._lines is not None:
            self._lines.hear(data)
        self._out += len(data)
        self._digest.update(data)
        if data:
            self._vault.commit()
        return data
