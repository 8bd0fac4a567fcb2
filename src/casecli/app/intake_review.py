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
            yield f"  {_bare(questions.title(name))}: {value_of(draft, name)}"
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
    shown: dict[str, str] = {}
    for each in samples:
        shown.setdefault(each.value, f"  {each.kind}: {each.value} -> {each.token}")
    lines = list(shown.values())
    yield from lines[:SAMPLES]
    if len(lines) > SAMPLES:
        yield f"  and {len(lines) - SAMPLES} more"


def _bare(title: str) -> str:
    return title.rstrip("?: ")
