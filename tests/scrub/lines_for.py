"""Lines that a rule's expressions are tried on."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator

from casecli.scrub.rule import Rule
from casecli.scrub.rule_lint import marked
from tests.scrub.labelled import CORPUS, unmarked


def lines_for(rule: Rule) -> Iterator[bytes]:
    """Give a rule's own lines, and some of the corpus: the same on every run."""
    yield from (marked(each)[0] for each in rule.examples)
    yield from (each.encode() for each in rule.innocent)
    dice = random.Random(rule.id)  # noqa: S311 - the same lines on every run
    yield from dice.sample(_corpus(), 8)


@functools.cache
def _corpus() -> list[bytes]:
    text, _ = unmarked((CORPUS / "tuned.txt").read_text("utf-8"))
    return text.split(b"\n")
