"""Findings and errors as scripts get them, and a finding as people read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from casecli.cli.cells import GAP

if TYPE_CHECKING:
    from casecli.domain.errors import CaseError
    from casecli.domain.policy import Finding


def error_plain(error: CaseError) -> dict[str, Any]:
    """Build the JSON object of an error, as the command contract lays it down."""
    return {
        "error": {
            "code": error.exit_code,
            "kind": error.kind,
            "message": error.message,
            "hint": error.hint,
            "findings": [finding_plain(each) for each in error.findings],
        }
    }


def finding_plain(finding: Finding) -> dict[str, Any]:
    """Build the JSON object of a finding."""
    from casecli.domain.calendar import format_time

    earliest = finding.earliest
    return {
        "rule": finding.rule,
        "effect": finding.effect.value,
        "field": finding.field,
        "waivable": finding.waivable,
        "message": finding.message,
        "remedy": finding.remedy,
        "source": finding.source,
        "earliest": None if earliest is None else format_time(earliest),
    }


def finding_line(finding: Finding) -> str:
    """Say a finding with every way out of it, its source, and when time lifts it."""
    ways = [finding.remedy] if finding.remedy else []
    if finding.waivable and finding.effect.refuses:
        ways.append(f"--waive {finding.rule}=REASON")
    said = [finding.message]
    if ways:
        said.append(f"({' or '.join(ways)})")
    if finding.source:
        said.append(f"[{finding.source}]")
    if finding.earliest is not None:
        from casecli.domain.calendar import format_time

        said.append(f"earliest {format_time(finding.earliest)}")
    return GAP.join(said)
