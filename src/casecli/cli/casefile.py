"""A whole case as JSON, or as a timeline for people."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from casecli.domain.wire import to_plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from casecli.cli.wiring import Session
    from casecli.domain.case import Case, Feed, PendingChange


def case_plain(case: Case) -> dict[str, Any]:
    """Give a case's JSON, `escalation` being the newest of `escalations`."""
    plain: dict[str, Any] = to_plain(case)
    plain["escalation"] = plain["escalations"][-1] if plain["escalations"] else None
    return plain


def read(session: Session, ref: str, *, feed: Feed | None, reveal: bool) -> Case:
    """Read a case, one feed of it if asked, with values for tokens on a terminal.

    Raises:
        BadInput: values were asked for where standard output is not a terminal.
    """
    case = session.place.case(ref)
    if feed is not None:
        kept = tuple(each for each in case.comments if each.feed is feed)
        case = replace(case, comments=kept)
    if not reveal:
        return case
    if not session.screen.tty:
        from casecli.domain.errors import BadInput

        raise BadInput(
            "--reveal shows real values on a terminal only",
            f"casecli show {ref} | casecli unscrub - --case {ref}",
        )
    from casecli.domain.wire import from_plain

    with session.vault.case(ref) as vault:

        def revealed(value: Any) -> Any:
            if isinstance(value, str):
                return session.gate.unscrub(value, vault)
            if isinstance(value, list):
                return [revealed(each) for each in value]
            if isinstance(value, dict):
                return {key: revealed(each) for key, each in value.items()}
            return value

        return from_plain(type(case), revealed(to_plain(case)))


def raw(session: Session, ref: str) -> str:
    """Give the cached snapshot as it was taken in."""
    import json

    return json.dumps(case_plain(session.place.case(ref)), indent=2, sort_keys=True)


def say(session: Session, case: Case) -> None:
    """Print a case for people: its facts, then what happened, oldest first."""
    screen, now = session.screen, session.now()
    screen.line((f"{case.label}  ", "bold"), (case.subject, "bold"))
    impact = case.business_impact
    screen.pairs(
        [
            ("ref", case.ref),
            ("profile", case.profile),
            ("status", case.status.value),
            ("waiting on", case.waiting_on.value),
            ("type", case.type),
            ("severity", case.severity),
            ("business impact", impact.summary),
            *impact.answers.items(),
            *_parts(case),
            *case.fields.items(),
            ("owner", case.owner),
            *((f"contact.{name}", v) for name, v in to_plain(case.contact).items()),
            ("cc", case.cc),
            ("opened", case.opened_at and screen.when(case.opened_at, now)),
            ("closed", case.closed_at and screen.when(case.closed_at, now)),
            ("close reason", case.close_reason),
            ("resolution", case.resolution),
            ("follows", case.follows),
            ("tags", case.tags),
            *((f"asked of us {n}", each) for n, each in enumerate(_asked(case), 1)),
            *((f"to do {n}", each) for n, each in enumerate(case.todos, 1)),
            *((each.kind, screen.when(each.due_at, now)) for each in case.timers),
            *((f"waived {each.rule}", each.reason) for each in case.waivers),
        ]
    )
    if case.description:
        screen.line("\n" + case.description)
    for answer in case.checklist:
        screen.line(("\n" + answer.question, "bold"), f"\n{answer.value}")
    for when, head, body in sorted(_timeline(case)):
        screen.line((f"\n{screen.when(when, now)}  ", "dim"), (head, "bold"))
        if body:
            screen.line(body)


def _parts(case: Case) -> Iterator[tuple[str, object]]:
    for group in ("product", "environment", "occurrence", "accounts", "workaround"):
        for name, value in to_plain(getattr(case, group)).items():
            yield f"{group}.{name}", value


def _asked(case: Case) -> list[str]:
    """Give the vendor's action items, the open ones first."""
    items = sorted(case.action_items, key=lambda each: each.done_at is not None)
    return [f"{each.text}{' (done)' if each.done_at else ''}" for each in items]


def _timeline(case: Case) -> Iterator[tuple[datetime, str, str]]:
    waiting = {each.change: each for each in case.pending}
    for each in case.comments:
        feed = f", {each.feed} feed" if each.feed != "case" else ""
        hidden = ", internal" if each.visibility == "internal" else ""
        state = _state(waiting.pop(each.key or "", None))
        yield each.at, f"{each.author} ({each.side}{feed}{hidden}){state}", each.text
    for file in case.attachments:
        state = _state(waiting.pop(file.key or "", None))
        head = f"{file.author} attached {file.name}, {file.size} bytes{state}"
        yield file.at, head, file.note or ""
    for each_escalation in case.escalations:
        head = f"escalation {each_escalation.state}: {each_escalation.reason}"
        yield each_escalation.requested_at, head, each_escalation.details
    for pending in waiting.values():
        yield pending.at, f"{pending.kind}{_state(pending)}", ""
    for note in case.notes:
        yield note.at, "note (ours)", note.text
    for call in case.calls:
        yield call.at, "call (ours)", call.text


def _state(pending: PendingChange | None) -> str:
    """Say what a change of ours waits for; nothing where the vendor has it."""
    if pending is None:
        return ""
    return f" - {pending.state}{f': {pending.error}' if pending.error else ''}"
