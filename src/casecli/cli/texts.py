"""Texts and pairs from flags, files, standard input and an editor."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from casecli.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from casecli.cli.wiring import Session
    from casecli.domain.case import Waiver

LONGEST_TEXT = 1_000_000


def read_text(name: str) -> str:
    """Read a text file; `-` is standard input.

    Raises:
        BadInput: it cannot be read, is no UTF-8, empty, or over a megabyte.
    """
    shown, text = _called(name), _decoded(name)
    if not text.strip():
        raise BadInput(f"no text on {shown}" if name == "-" else f"{shown} is empty")
    return checked(text, shown)


def read_stdin() -> bytes:
    """Read standard input to its end; a closed one counts as empty."""
    if sys.stdin is None or sys.stdin.closed:
        return b""
    if sys.stdin.isatty():
        raise BadInput("standard input is a terminal", "pipe the text in, or -F FILE")
    return sys.stdin.buffer.read()


def read_lines(name: str) -> list[str]:
    """Read the lines of a text file of any length; `-` is standard input.

    Raises:
        BadInput: it cannot be read, or is no UTF-8.
    """
    return _decoded(name).split("\n")


def checked(text: str, name: str) -> str:
    """Give the text back if it can be stored and sent.

    Raises:
        BadInput: it is too long, or has characters no text should have.
    """
    if len(text) > LONGEST_TEXT:
        raise BadInput(f"{name} has {len(text)} characters, over {LONGEST_TEXT}")
    if "\0" in text:
        raise BadInput(f"{name} holds a NUL character")
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise BadInput(f"{name} is not valid UTF-8")
    return text


def gather_text(
    session: Session,
    message: str | None,
    file: Path | None,
    *,
    edit: bool = False,
    before: str = "",
) -> str | None:
    """Give the text of -m, -F or -e, None where none of them was given.

    Raises:
        BadInput: two of them at once, or an empty buffer came back from the editor.
    """
    if message is not None and file is not None:
        raise BadInput("-m and -F exclude each other")
    text = checked(message, "-m") if message is not None else None
    if file is not None:
        text = read_text(str(file))
    if edit:
        text = edit_text(session, text or before)
    return text


def edit_text(session: Session, before: str) -> str:
    """Let the person edit a text; an empty buffer aborts.

    Raises:
        BadInput: nothing was left in the buffer, or there is no editor.
    """
    from casecli.cli.prompt import edit

    return checked(edit(session.editor or "vi", before), "the buffer")


def pairs(values: Iterable[str], option: str) -> Iterator[tuple[str, str]]:
    """Split NAME=VALUE texts.

    Raises:
        BadInput: one has no `=` or no name.
    """
    for each in values:
        name, equals, value = each.partition("=")
        if not equals or not name.strip():
            raise BadInput(f"{option} takes NAME=VALUE, not {each[:60]!r}")
        yield name.strip(), checked(value, f"{option} {name}")


def waivers(values: Iterable[str]) -> tuple[Waiver, ...]:
    """Read RULE=REASON waivers; a reason is a reason, not a blank.

    Raises:
        BadInput: no rule or no reason.
    """
    from casecli.domain.case import Waiver

    found = []
    for each in values:
        name, equals, reason = each.partition("=")
        if not equals or not name.strip() or not reason.strip():
            raise BadInput(f"--waive takes RULE=REASON, not {each[:60]!r}")
        found.append(Waiver(rule=name.strip(), reason=reason.strip()))
    return tuple(found)


def _decoded(name: str) -> str:
    shown = _called(name)
    try:
        raw = read_stdin() if name == "-" else _regular(Path(name)).read_bytes()
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise BadInput(f"cannot read {shown}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{shown} is not UTF-8 at byte {error.start}") from error


def _called(name: str) -> str:
    return "standard input" if name == "-" else name


def _regular(path: Path) -> Path:
    if path.is_dir():
        raise BadInput(f"{path} is a folder, not a text", f"--attach {path}")
    if path.exists() and not path.is_file():
        raise BadInput(f"{path} is not a regular file")
    return path
