"""Scrubbing as a filter and as a tool of its own, apart from any case that is sent."""

from __future__ import annotations

import codecs
import select
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casecli.cli import texts
from casecli.cli.scrub_task import STDIN, Task, scrubbed, vault_name
from casecli.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from casecli.cli.wiring import Session
    from casecli.domain.ports import CaseVault, ScrubbedFile
    from casecli.scrub import Gate, Lines
    from casecli.scrub.own_rules import RuleFile

_BLOCK = 64 * 1024
_PAUSE = 0.05  # seconds without input after which what is there is scrubbed
_FOR_THE_EYE = 4 * 1024 * 1024
_STARTS_OF_PACKED = (
    b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"PK\x05\x06",
    b"\xff\xfe", b"\xfe\xff",
)  # fmt: skip


def run(session: Session, task: Task) -> None:
    """Scrub files or standard input; exit 5 under `check` if anything was found."""
    from casecli.cli import reporting

    _checked(session, task)
    words, rules = _own(task)
    gate = _gate(session, task, words, rules)
    lines = reporting.lines_for(task)
    name = vault_name(session, task.case)
    with session.vault.case(name) as vault:
        if task.interactive:
            from casecli.cli import reviewing

            more, exceptions = reviewing.review(session, task.file, gate, vault)
            if more or exceptions:
                gate = _gate(session, task, (*words, *more), rules, exceptions)
        done = [
            (file, _one(session, task, file, gate, vault, lines)) for file in task.files
        ]
    reporting.say(session, task, done, gate.ruleset, lines)
    if task.check and any(reporting.replaced(report) for _, report in done):
        import typer

        raise typer.Exit(5)


def _checked(session: Session, task: Task) -> None:
    several = len(task.files) > 1
    if several and not task.check:
        raise BadInput(
            "more than one file goes with --check only", "casecli scrub FILE -o OUT"
        )
    if task.interactive and not session.interactive:
        raise BadInput("--interactive needs a terminal to ask at")
    if (task.interactive or several) and STDIN in task.files:
        raise BadInput("standard input cannot be read here", "casecli scrub FILE")
    if task.reveal and not session.screen.err_tty:
        raise BadInput(
            "--reveal shows real values on a terminal only", "casecli unscrub FILE"
        )


def _own(task: Task) -> tuple[tuple[str, ...], tuple[RuleFile, ...]]:
    """Read the words and rules that a task names; a pipe can be read once only."""
    words: tuple[str, ...] = ()
    rules: tuple[RuleFile, ...] = ()
    if task.words is not None:
        lines = texts.read_text(str(task.words)).splitlines()
        words = tuple(line.strip() for line in lines if line.strip())
    if task.rules is not None:
        from casecli.scrub import own_rules

        rules = (own_rules.read(task.rules),)
    return words, rules


def _gate(
    session: Session,
    task: Task,
    words: tuple[str, ...],
    rules: tuple[RuleFile, ...],
    exceptions: tuple[str, ...] = (),
) -> Gate:
    """Give the gate for a task, with what a review added."""
    if not (task.style or words or rules or exceptions):
        return session.gate
    return session.gate_with(
        words=words, exceptions=exceptions, rules=rules, style=task.style
    )


def _one(
    session: Session,
    task: Task,
    file: str,
    gate: Gate,
    vault: CaseVault,
    lines: Lines | None,
) -> ScrubbedFile:
    if file != STDIN:
        return _file(session, task, Path(file), gate, vault, lines)
    _insist_on_input()
    first = _first_block()
    if not task.diff and not first.startswith(_STARTS_OF_PACKED) and b"\0" not in first:
        return _piped(session, task, first, gate, vault, lines)
    scratch = session.spool.scratch()
    try:
        with scratch.open("wb") as copy:
            copy.write(first)
            while block := sys.stdin.buffer.read(_BLOCK):
                copy.write(block)
        return _file(session, task, scratch, gate, vault, lines)
    finally:
        scratch.unlink(missing_ok=True)


def _file(
    session: Session,
    task: Task,
    source: Path,
    gate: Gate,
    vault: CaseVault,
    lines: Lines | None,
) -> ScrubbedFile:
    scratch = session.spool.scratch()
    try:
        report = scrubbed(session, gate, source, scratch, vault, lines=lines)
        _deliver(session, task, source, scratch)
    finally:
        scratch.unlink(missing_ok=True)
    return report


# --- standard input, as it comes -----------------------------------------------------


def _insist_on_input() -> None:
    if sys.stdin is None or sys.stdin.closed:
        raise BadInput("there is no standard input", "casecli scrub FILE")
    if sys.stdin.isatty():
        raise BadInput("standard input is a terminal", "casecli scrub FILE")


def _first_block() -> bytes:
    """Read what tells text from archives, waiting for no more than there is."""
    block = b""
    while len(block) < 8 and (more := _read1()):  # noqa: PLR2004 - the longest start
        block += more
    return block


def _read1() -> bytes:
    read1: Callable[[int], bytes] = getattr(
        sys.stdin.buffer, "read1", sys.stdin.buffer.read
    )
    return read1(_BLOCK)


def _piped(
    session: Session,
    task: Task,
    first: bytes,
    gate: Gate,
    vault: CaseVault,
    lines: Lines | None,
) -> ScrubbedFile:
    """Scrub as it comes: what is whole is out before the input has ended."""
    pipe = gate.pipe(vault, lines)
    with _sink(session, task) as write:
        write(pipe.feed(first))
        while True:
            if _paused():
                write(pipe.ready())
            block = _read1()
            if not block:
                break
            write(pipe.feed(block))
        write(pipe.finish())
    return pipe.report(STDIN)


def _paused() -> bool:
    """Tell whether nothing comes right now; files never pause."""
    try:
        return not select.select([sys.stdin.fileno()], [], [], _PAUSE)[0]
    except (OSError, ValueError):
        return False


@contextmanager
def _sink(session: Session, task: Task) -> Iterator[Callable[[bytes], object]]:
    if task.check:
        yield lambda _: None
    elif task.output is not None:
        with _written(task.output) as out:
            yield out.write
    elif session.screen.tty:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        yield lambda data: session.screen.write(decoder.decode(data))
    else:
        yield _to_stdout


def _to_stdout(data: bytes) -> None:
    if data:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


# --- where it goes -------------------------------------------------------------------


def _deliver(session: Session, task: Task, source: Path, scratch: Path) -> None:
    if task.check:
        return
    if task.diff:
        from casecli.cli import diffing

        diffing.show(session.screen, task.file, source, scratch)
    elif task.output is not None:
        with _written(task.output) as out:
            _copy(scratch, out.write)
    elif session.screen.tty:
        _show(session, task, scratch)
    else:
        _copy(scratch, _to_stdout)


def _copy(scratch: Path, write: Callable[[bytes], object]) -> None:
    with scratch.open("rb") as clean:
        while chunk := clean.read(1 << 20):
            write(chunk)


def _show(session: Session, task: Task, scratch: Path) -> None:
    """Print an outcome that a person can read, in a pager if there is one.

    Raises:
        BadInput: it is an archive, or far too long.
    """
    hint = f"casecli scrub {task.file} -o OUT"
    size = scratch.stat().st_size
    if size > _FOR_THE_EYE:
        raise BadInput(f"the outcome has {size:,} bytes, too many to show", hint)
    text = scratch.read_bytes()
    if b"\0" in text or text.startswith(_STARTS_OF_PACKED):
        raise BadInput("the outcome is no text to show on a terminal", hint)
    command = session.settings.command("CASECLI_PAGER", "PAGER") or ""
    lines = text.decode("utf-8", "replace").splitlines()
    session.screen.pager(lines, command, _pager_environment(session))


def _pager_environment(session: Session) -> dict[str, str]:
    names = ("PATH", "HOME", "TERM", "LANG", "LC_ALL", "LESS")
    environ = session.settings.environ
    return {name: environ[name] for name in names if name in environ}


@contextmanager
def _written(path: Path) -> Iterator[Any]:
    try:
        with path.open("wb") as out:
            yield out
    except OSError as error:
        raise BadInput(f"cannot write {path}: {error.strerror}") from error
