"""What a person is shown before a case is sent: answers, replacements, remarks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from casecli.app.intake_questions import FIRST, mended_by, said, value_of

if TYPE_CHECKING:
    from casecli.app.gate import Prepared
    from casecli.app.intake_questions import Questions
    from casecli.domain.case import Draft
    from casecli.domain.policy import Finding
    from casecli.domain.ports import Sample, ScrubbedFile

SAMPLES = 8
LINES = 8


class Word(StrEnum):
    """What the person wants after the review."""

    SUBMIT = "submit"
    CHANGE = "change"
    FILES = "attach"
    MORE = "more"
    KEEP = "keep"


def summary(draft: Draft, prepared: Prepared, questions: Questions) -> Iterator[str]:
    """Give the lines of the review: what leaves, as typed, and what becomes of it."""
    yield ""
    yield f"Ready: {draft.subject}"
    for name in questions.given(draft):
        if name != "subject":
            yield f"  {_bare(questions.title(name))}:{_shown(value_of(draft, name))}"
    if prepared.scrubbed:
        yield f"Replaced before it leaves: {counts(prepared.scrubbed)}"
        yield from _samples(prepared.samples)
    else:
        yield "Nothing had to be replaced."
    for file in prepared.files:
        if file.report is None:
            yield f"  left out: {file.error}"
            yield f'    to send it as it is: --waive "scrub:{file.path}=REASON"'
        else:
            yield from file_lines(file.path, file.report)
    yield from findings_lines(prepared.findings, questions, draft.ref)


def findings_lines(
    findings: Iterable[Finding], questions: Questions, ref: str
) -> Iterator[str]:
    """Give each finding, and where it is mended: here, or by which command."""
    for each in findings:
        yield f"{each.effect}: {said(each)} ({each.rule})"
        names = [e for e in mended_by(each) if e in FIRST or questions.known(e)]
        if names:
            titles = ", ".join(_bare(questions.title(name)) for name in names)
            yield f"  change: {titles}"
        elif each.remedy.startswith("--"):
            yield f"  or keep it, then: casecli open --draft {ref} {each.remedy}"


def file_lines(path: str, report: ScrubbedFile) -> Iterator[str]:
    """Give what the gate found in a file, by type, and what stays at home."""
    if report.waived:
        yield f"  {path}: goes as it is (waived), {size(report.bytes_out)}"
    elif report.nothing_left:
        yield f"  {path}: nothing of it may leave"
    else:
        found = counts(report.findings)
        what = f"{found} replaced" if found else "nothing to replace"
        yield f"  {path}: {what}, {size(report.bytes_out)}"
    for each in report.left_out:
        yield f"    left out: {each.member}: {each.why}"


def counts(findings: Mapping[str, int]) -> str:
    """Say how many of each type: `3 email, 1 ip`."""
    return ", ".join(f"{count} {kind}" for kind, count in sorted(findings.items()))


def size(count: int) -> str:
    """Say a number of bytes in the unit people think in."""
    value = float(count)
    for unit in ("bytes", "KB", "MB"):
        if value < 1000:  # noqa: PLR2004 (a unit further from here on)
            return f"{value:.0f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def _samples(samples: Iterable[Sample]) -> Iterator[str]:
    """Show one of each kind before a second of any."""
    every = {each.value: each for each in samples}.values()
    first = {each.kind: each for each in reversed(every)}
    ordered = [*reversed(first.values()), *(e for e in every if e is not first[e.kind])]
    for each in ordered[:SAMPLES]:
        yield f"  {each.kind}: {each.value} -> {each.token}"


def _shown(value: str) -> str:
    """Indent a text of several lines and cut it where it would fill the screen."""
    lines = value.strip().splitlines()
    if len(lines) < 2:  # noqa: PLR2004 (one line stands beside its title)
        return f" {value}"
    more = len(lines) - LINES
    told = [*lines[:LINES], f"and {more} more lines"] if more > 0 else lines
    return "".join(f"\n    {each}" for each in told)


def _bare(title: str) -> str:
    return title.rstrip("?: ")
