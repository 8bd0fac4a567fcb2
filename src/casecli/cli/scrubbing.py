"""Scrubbing and unscrubbing as filters, apart from any case that is sent."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casecli.cli import texts
from casecli.domain.errors import BadInput, ScrubRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from casecli.cli.wiring import Session
    from casecli.domain.ports import ScrubbedFile, Scrubber
    from casecli.settings import Style

STDIN = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be scrubbed, and what is to come of it."""

    file: str
    output: Path | None
    case: str | None
    style: Style | None
    words: Path | None
    json_report: bool
    check: bool
    diff: bool


def run(session: Session, task: Task) -> None:
    """Scrub one file or standard input; exit 5 under `check` if anything was found."""
    import typer

    gate = _gate(session, task)
    scratch = session.spool.scratch()
    try:
        with (
            session.vault.case(vault_name(session, task.case)) as vault,
            _source(session, task.file) as source,
        ):
            size = source.stat().st_size if source.is_file() else 0
            with session.screen.progress("scrubbing", size) as step:
                report = gate.file(source, scratch, vault, frozenset(), step)
            if report.nothing_left:
                why = "; ".join(each.why for each in report.left_out)
                raise ScrubRefused(f"{task.file} cannot be scrubbed: {why}")
            _deliver(session, task, source, scratch)
    finally:
        scratch.unlink(missing_ok=True)
    _report(session, task, report)
    if task.check and report.findings:
        raise typer.Exit(5)


def vault_name(session: Session, case: str | None) -> str:
    """Give the name tokens go under: a case's ref, else the profile's scratch case."""
    if case is None:
        return f"scratch-{session.profile.name}"
    return session.case_ref(case)


def report_plain(report: ScrubbedFile, name: str, ruleset: str) -> dict[str, Any]:
    """Build the JSON of a scrub report as the contract lays it down."""
    file = {
        "name": name,
        "bytes_in": report.bytes_in,
        "bytes_out": report.bytes_out,
        "sha256": report.sha256,
        "findings": dict(report.findings),
        "left_out": [{"member": e.member, "why": e.why} for e in report.left_out],
    }
    return {"files": [file], "findings": dict(report.findings), "ruleset": ruleset}


def _gate(session: Session, task: Task) -> Scrubber:
    if task.style is None and task.words is None:
        return session.gate
    from casecli.scrub import Gate

    more: tuple[str, ...] = ()
    if task.words is not None:
        lines = texts.read_text(str(task.words)).splitlines()
        more = tuple(line.strip() for line in lines if line.strip())
    words = (*session.settings.words, *more)
    return Gate(
        words=words,
        style=task.style or session.settings.tokens,
        cache=session.settings.folders.cache,
    )


@contextmanager
def _source(session: Session, name: str) -> Iterator[Path]:
    if name != STDIN:
        yield Path(name)
        return
    raw = texts.read_stdin()
    scratch = session.spool.scratch()
    try:
        scratch.write_bytes(raw)
        yield scratch
    finally:
        scratch.unlink(missing_ok=True)


def _deliver(session: Session, task: Task, source: Path, scratch: Path) -> None:
    if task.check:
        return
    if task.diff:
        _print_diff(session, task, source, scratch)
    elif task.output is not None:
        with _written(task.output) as out, scratch.open("rb") as clean:
            while chunk := clean.read(1 << 20):
                out.write(chunk)
    elif session.screen.tty:
        with scratch.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                session.screen.write(line)
    else:
        with scratch.open("rb") as clean:
            while chunk := clean.read(1 << 20):
                sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()


@contextmanager
def _written(path: Path) -> Iterator[Any]:
    try:
        with path.open("wb") as out:
            yield out
    except OSError as error:
        raise BadInput(f"cannot write {path}: {error.strerror}") from error


def _print_diff(session: Session, task: Task, source: Path, scratch: Path) -> None:
    import difflib

    before = source.read_text(encoding="utf-8", errors="replace").splitlines()
    after = scratch.read_text(encoding="utf-8", errors="replace").splitlines()
    lines = difflib.unified_diff(before, after, task.file, "scrubbed", lineterm="", n=0)
    for line in lines:
        session.screen.write(line + "\n")


def _report(session: Session, task: Task, report: ScrubbedFile) -> None:
    screen = session.screen
    if task.json_report or screen.json:
        import json

        plain = report_plain(report, task.file, session.gate.ruleset)
        sys.stderr.write(json.dumps(plain) + "\n")
        return
    counts = ", ".join(f"{count} {kind}" for kind, count in report.findings.items())
    screen.notice(f"replaced: {counts or 'nothing'}")
    for left in report.left_out:
        screen.warn(f"{left.member} was left out: {left.why}")
