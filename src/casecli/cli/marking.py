"""Our own side of cases: notes, tags, snoozes and what was seen; never sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from casecli.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from casecli.cli.wiring import Session
    from casecli.domain.case import Case


def marked(session: Session, refs: Sequence[str]) -> list[dict[str, Any]]:
    """Give the marks of cases as JSON, drafts with what little they have."""
    return [_marks(ref, session.store.case(ref)) for ref in refs]


def show(session: Session, refs: Sequence[str], key: str) -> None:
    """Show what became of one mark: an object for one case, a list for several."""
    from casecli.cli.cells import Column

    rows = marked(session, refs)
    if len(rows) > 1:
        columns = (Column(key="case", title="case"), Column(key=key, title=key))
        session.screen.items(rows, columns)
        return
    row, screen = rows[0], session.screen
    screen.result(row, lambda: screen.pairs([("case", row["case"]), (key, row[key])]))


def tag(
    session: Session, refs: Sequence[str], add: Sequence[str], remove: Sequence[str]
) -> None:
    """Add and remove tags; adding one that is there, or removing none, is no error.

    Raises:
        BadInput: nothing to do, or a tag nobody could filter by.
    """
    if not add and not remove:
        raise BadInput("no tag was named", "casecli tag CASE --add TAG")
    wanted, gone = list(map(_tag, add)), list(map(_tag, remove))
    for ref in refs:
        session.store.retag(ref, wanted, gone)


def assign(session: Session, refs: Sequence[str], name: str) -> None:
    """Say who of us looks after cases; an empty name clears it."""
    for ref in refs:
        session.store.annotate(ref, assignee=name)


def snooze(session: Session, refs: Sequence[str], until: datetime) -> None:
    """Put cases off until a moment; one that has come wakes them."""
    for ref in refs:
        session.store.annotate(ref, snoozed_until=until)


def seen(session: Session, refs: Sequence[str]) -> None:
    """Count all the vendor said as read, also by a clock that is ahead of ours."""
    for ref in refs:
        case = session.store.case(ref)
        said = case.vendor_updated_at if case else None
        now = session.now()
        session.store.annotate(ref, seen_at=max(now, said) if said else now)


def add_note(session: Session, ref: str, text: str) -> None:
    """Keep a remark of ours."""
    from casecli.domain.case import Note

    session.store.annotate(ref, note=Note(at=session.now(), text=text))


def add_todo(session: Session, ref: str, text: str) -> None:
    """Keep a to-do of ours, once."""
    set_todos(
        session, ref, dict.fromkeys([*todos(session, ref), " ".join(text.split())])
    )


def tick(session: Session, ref: str, number: int) -> str:
    """Take the to-do of that number, counted from 1, off the list; give its text.

    Raises:
        BadInput: there is none of that number.
    """
    there = list(todos(session, ref))
    if not 1 <= number <= len(there):
        count = len(there) or "no"
        raise BadInput(f"case {ref} has {count} to-dos", f"casecli status {ref}")
    done = there.pop(number - 1)
    set_todos(session, ref, there)
    return done


def todos(session: Session, ref: str) -> tuple[str, ...]:
    """Give the to-dos of a case; a draft shows none."""
    case = session.store.case(ref)
    return case.todos if case else ()


def set_todos(session: Session, ref: str, left: Iterable[str]) -> None:
    """Replace the to-dos of a case."""
    session.store.annotate(ref, todos=tuple(left))


def _tag(text: str) -> str:
    clean = " ".join(text.split())
    if not clean or "," in clean or not clean.isprintable():
        raise BadInput(f"{text[:40]!r} is no tag: a word or two, without commas")
    return clean


def _marks(ref: str, case: Case | None) -> dict[str, Any]:
    from casecli.domain.wire import to_plain

    plain: Mapping[str, Any] = to_plain(case) if case else {}
    return {
        "case": ref,
        "number": plain.get("number"),
        "tags": plain.get("tags", []),
        "notes": plain.get("notes", []),
        "calls": plain.get("calls", []),
        "todos": plain.get("todos", []),
        "snoozed_until": plain.get("snoozed_until"),
    }
