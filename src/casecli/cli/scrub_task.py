"""One run of `casecli scrub`: what was asked for, and the gate at work behind a bar."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casecli.domain.errors import ScrubRefused

if TYPE_CHECKING:
    from casecli.cli.wiring import Session
    from casecli.domain.ports import CaseVault, ScrubbedFile
    from casecli.scrub import Gate
    from casecli.settings import Style

STDIN = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be scrubbed, and what is to come of it."""

    files: tuple[str, ...]
    output: Path | None = None
    case: str | None = None
    style: Style | None = None
    words: Path | None = None
    rules: Path | None = None
    report: str | None = None
    check: bool = False
    diff: bool = False
    interactive: bool = False
    reveal: bool = False

    @property
    def file(self) -> str:
        """The one file there is where there may be only one."""
        return self.files[0]


def vault_name(session: Session, case: str | None) -> str:
    """Give the name tokens go under: a case's ref, else the profile's scratch case."""
    if case is None:
        return f"scratch-{session.profile.name}"
    return session.case_ref(case)


def scrubbed(
    session: Session,
    gate: Gate,
    source: Path,
    scratch: Path,
    vault: CaseVault,
    **listeners: Any,
) -> ScrubbedFile:
    """Scrub a file into a scratch file, behind a bar.

    Raises:
        ScrubRefused: nothing of it may leave.
    """
    size = source.stat().st_size if source.is_file() else 0
    with session.screen.progress("scrubbing", size) as step:
        report = gate.file(
            source, scratch, vault, frozenset(), progress=step, **listeners
        )
    if report.nothing_left:
        why = "; ".join(each.why for each in report.left_out)
        raise ScrubRefused(
            f"{source} cannot be scrubbed: {why}",
            f'casecli upload CASE {source} --waive "scrub:{source}=REASON"',
        )
    return report
