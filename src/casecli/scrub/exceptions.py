"""What a person said may leave as it is: found, counted, and put back unchanged.

An excepted value is found like any other and stands in for itself, so that a report can
say how often that happened; nothing is excepted without being counted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from casecli.scrub.report import Report
from casecli.scrub.tokens import Style, Tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from casecli.domain.ports import CaseVault

EXCEPTED = "excepted:"
"""Before a type, among findings: values of this type that left as they were."""


class ExceptingTokens(Tokens):
    """Gives what is excepted, in any case, itself for a token."""

    def __init__(
        self, vault: CaseVault, style: Style, exceptions: Iterable[str]
    ) -> None:
        super().__init__(vault, style)
        self._exceptions = frozenset(each.casefold() for each in exceptions)

    def give(
        self, kind: str, value: bytes, *, whole: bool = True, plain: bytes = b""
    ) -> bytes:
        """Give the token of a value; fragments of values are never excepted."""
        read = (plain or value).decode("utf-8", "replace")
        if whole and read.casefold() in self._exceptions:
            return value
        return super().give(kind, value, whole=whole, plain=plain)


@dataclass(slots=True)
class ExceptingReport(Report):
    """Tells what was excepted from what was replaced."""

    hears_all: ClassVar[bool] = True

    def wants(self, kind: str) -> bool:  # noqa: ARG002 - the signature is common
        """Ask for everything, to count it."""
        return True

    def show(self, kind: str, value: bytes, token: bytes, line: int) -> None:
        """Count what stays as it is; of the rest keep a few samples."""
        if value == token:
            self.findings[EXCEPTED + kind] += 1
            self.findings[kind] -= 1  # the rewriter counts it as replaced
        elif Report.wants(self, kind):
            Report.show(self, kind, value, token, line)


@dataclass(frozen=True, slots=True)
class Found:
    """One value that was found, where first, and how its line reads afterwards."""

    kind: str
    value: str
    token: str
    line: int


@dataclass(slots=True)
class FullReport(ExceptingReport):
    """Keeps every value that was found, for a person to go through."""

    found: dict[tuple[str, str], Found] = field(default_factory=dict)
    times: Counter[tuple[str, str]] = field(default_factory=Counter)

    def show(self, kind: str, value: bytes, token: bytes, line: int) -> None:
        """Keep what was replaced."""
        ExceptingReport.show(self, kind, value, token, line)
        if value == token:
            return
        text = value.decode("utf-8", "replace")
        self.times[kind, text] += 1
        if (kind, text) not in self.found:
            self.found[kind, text] = Found(kind, text, token.decode(), line)
