"""What was replaced: how often, and some samples of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import ClassVar

from casecli.domain.ports import Sample

_SAMPLES = 5


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
