"""Looking after changes the vendor does not have yet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from casecli.domain.change import AddComment, OutboxItem, OutboxState
from casecli.domain.errors import BadInput, Conflicted, NotFound
from casecli.domain.wire import to_plain

if TYPE_CHECKING:
    from pathlib import Path

    from casecli.cli.wiring import Session

SHORTEST_KEY = 4


def find(session: Session, text: str) -> OutboxItem:
    """Find a change by its key or an unambiguous beginning of it.

    Raises:
        NotFound: none begins so.
        BadInput: several do.
    """
    exact = session.store.recorded(text)
    if exact is not None:
        return exact
    items = session.store.outbox(states=OutboxState)
    found = [
        each
        for each in items
        if len(text) >= SHORTEST_KEY and each.change.key.startswith(text)
    ]
    if not found:
        raise NotFound("change", text, "casecli outbox list --all")
    if len(found) > 1:
        raise BadInput(f"{len(found)} changes begin with {text!r}")
    return found[0]


def item_plain(item: OutboxItem) -> dict[str, Any]:
    """Give the JSON of a change in the outbox."""
    plain: dict[str, Any] = to_plain(item)
    change = plain.pop("change")
    return {
        "change": item.change.key,
        "case": item.change.case,
        "kind": item.change.kind,
        **plain,
        "content": change,
    }


def show_list(session: Session, *, settled: bool) -> None:
    """List changes of every profile."""
    from casecli.cli.cells import Column

    states = OutboxState if settled else None
    rows = [item_plain(each) for each in session.store.outbox(states=states)]
    columns = (
        Column(key="change", title="change"),
        Column(key="case", title="case"),
        Column(key="kind", title="what"),
        Column(key="state", title="state"),
        Column(key="recorded_at", title="since", time=True),
        Column(key="error", title="why", shrinks=True),
    )
    session.screen.items(
        rows,
        columns,
        leave_out=("content",),
        now=session.now(),
        empty="nothing waits",
    )


def show_one(session: Session, item: OutboxItem) -> None:
    """Show a change, its tries, and the commands that fit its state."""
    plain = item_plain(item)
    tries = session.store.attempts(item.change.key)
    plain["tries"] = [to_plain(each) for each in tries]

    def human() -> None:
        screen = session.screen
        screen.pairs(
            [(k, v) for k, v in plain.items() if k not in ("content", "tries")]
        )
        screen.pairs([(f"  {k}", v) for k, v in plain["content"].items() if v])
        for each in tries:
            screen.line(f"try {each.n}: {each.outcome or 'no end'} {each.error or ''}")
        screen.notice(_advice(item))

    session.screen.result(plain, human)


def _advice(item: OutboxItem) -> str:
    key = item.change.key[:13]
    if item.handed_over:
        return f"casecli handoff {item.change.case}, or casecli outbox drop {key}"
    match item.state:
        case OutboxState.QUEUED | OutboxState.SENDING:
            return f"casecli sync, or casecli outbox drop {key}"
        case OutboxState.UNKNOWN:
            return f"casecli sync looks for it; or casecli outbox resend|forget {key}"
        case OutboxState.CONFLICT | OutboxState.NEEDS_HUMAN:
            return f"casecli outbox retry|resend|forget|drop {key}"
        case OutboxState.DELIVERED | OutboxState.REJECTED | OutboxState.DROPPED:
            return "settled"


def edit(
    session: Session,
    item: OutboxItem,
    message: str | None,
    file: Path | None,
    *,
    use_editor: bool,
) -> None:
    """Replace the text of a queued comment with one that passed the gate.

    Raises:
        BadInput: it is no comment, or no text was given.
        Conflicted: it is not queued any more.
    """
    from casecli.cli import texts

    change = item.change
    if not isinstance(change, AddComment):
        raise BadInput(
            f"a queued {change.kind} cannot be edited",
            f"casecli outbox drop {change.key[:13]}",
        )
    if item.state is not OutboxState.QUEUED:
        raise Conflicted(f"the comment is {item.state} already")
    ask = message is None and file is None and session.interactive
    with session.vault.case(change.case) as vault:
        before = session.gate.unscrub(change.text, vault)
        text = texts.gather_text(
            session, message, file, edit=use_editor or ask, before=before
        )
        if text is None:
            raise BadInput(
                "there is no new text", f"casecli outbox edit {change.key} -m TEXT"
            )
        clean = session.gate.text(text, vault)
    changed = replace(change, text=clean.text, scrubbed=dict(clean.findings))
    show_one(session, session.store.replace_change(changed, session.now()))


def again(session: Session, item: OutboxItem, *, reconcile: bool) -> None:
    """Queue a change again and try to deliver it now.

    `reconcile` keeps a change whose answer was lost unknown, so that it is looked for.

    Raises:
        Conflicted: it is settled.
    """
    from datetime import timedelta

    import typer

    from casecli.cli.submitting import exit_code

    _unsettled(item)
    lost = item.state in (OutboxState.UNKNOWN, OutboxState.SENDING)
    state = OutboxState.UNKNOWN if lost and reconcile else OutboxState.QUEUED
    key, case = item.change.key, item.change.case
    item = session.store.settle(key, state, session.now())
    if not session.offline:
        deadline = session.now() + timedelta(seconds=30)
        item = session.delivery.deliver(case, key, deadline)
    show_one(session, item)
    code = exit_code(session, [item], None)
    if code:
        raise typer.Exit(code)


def give_up(session: Session, item: OutboxItem, why: str) -> None:
    """Settle a change without sending it.

    Raises:
        Conflicted: it is settled.
    """
    _unsettled(item)
    show_one(
        session,
        session.store.settle(
            item.change.key, OutboxState.DROPPED, session.now(), error=why
        ),
    )


def _unsettled(item: OutboxItem) -> None:
    if item.state.settled:
        raise Conflicted(f"change {item.change.key} is {item.state} already")
