"""Finding candidates: where in a text some rule's anchor ends.

An engine only proposes; spans, validators and tokens are common to all engines, so
which one runs can never change the outcome, only how long it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from casecli.scrub.rule import Rule

Hits = Sequence[tuple[int, Sequence[int]]]
Words = Callable[[bytes], list[int]]
"""Gives where words end in a text, in any order; they are found in any case."""


class Engine(Protocol):
    """Proposes places to look at closely; may propose too many, never too few."""

    name: str
    rules: tuple[Rule, ...]

    def hits(self, data: bytes, alike: bytes | None = None) -> Hits:
        """Give, by the place of the rule in `rules`, the ends of its anchors.

        `alike` is the data with each digit as a 0, where the caller has that already.
        """
        ...

    def words(self, words: Sequence[bytes]) -> Words | None:
        """Give what finds many words fast, None where nothing does."""
        ...
