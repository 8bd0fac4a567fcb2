"""What every changing command does once its change is prepared.

Record, deliver unless offline, say what came of it, and end with the promised code.
After a change is recorded nothing is asked any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from casecli.app.gate import Prepared, SealedFile
    from casecli.cli.wiring import Session
    from casecli.domain.change import OutboxItem

PATIENCE = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a change is to be submitted: the `--key`, its digest, and for how long."""

    key: str | None = None
    intent: str | None = None
    wait: float | None = None


def known_intent(
    session: Session, name: str | None, intent: str, wait: float | None
) -> tuple[Terms, OutboxItem | None]:
    """Look up what `--key` names: its terms, and the change if it is recorded already.

    Raises:
        Conflicted: the key was used for something else.
    """
    if name is None:
        return Terms(wait=wait), None
    from casecli.domain.errors import Conflicted

    key = session.named_key(name)
    item = session.store.recorded(key)
    if item is not None and item.intent != intent:
        raise Conflicted(
            f"--key {name} was used for another request: {item.change.kind} of case "
            f"{item.change.case}",
            f"casecli outbox show {key}",
        )
    return Terms(key=key, intent=intent, wait=wait), item


def repeat(session: Session, item: OutboxItem, terms: Terms) -> None:
    """Give the earlier result again, having tried to deliver it if it still waits."""
    from casecli.domain.change import OutboxState

    ref = item.change.case
    family = [
        each
        for each in session.store.outbox(session.profile.name, ref, OutboxState)
        if each.change.key.startswith(item.change.key)
    ]
    items = deliver(session, family, terms.wait)
    finish(session, items, None, deduplicated=True)


def submit(session: Session, prepared: Prepared, terms: Terms) -> None:
    """Record prepared changes, deliver them, report, and exit with the right code."""
    send(session, prepared, record(session, prepared, terms), terms)


def record(
    session: Session, prepared: Prepared, terms: Terms
) -> tuple[OutboxItem, ...]:
    """Put prepared changes into the outbox; from here on nothing is lost.

    Another process may have recorded the same intent meanwhile: then its case is ours.
    """
    items = session.filing.record(prepared, terms.intent)
    ours = prepared.changes[0].case
    if items[0].change.case != ours:
        session.store.drop_draft(ours)
    return items


def send(
    session: Session,
    prepared: Prepared,
    recorded: Sequence[OutboxItem],
    terms: Terms,
) -> None:
    """Deliver recorded changes unless offline, and report."""
    finish(session, deliver(session, recorded, terms.wait), prepared)


def outcome(
    session: Session, prepared: Prepared, terms: Terms
) -> tuple[dict[str, Any], int]:
    """Record and deliver quietly, one of many; give the result and its exit code."""
    items = deliver(session, record(session, prepared, terms), terms.wait)
    plain = result_plain(session, items, prepared)
    return plain, exit_code(session, items, prepared)


def dry_run(session: Session, prepared: Prepared) -> None:
    """Show what would be recorded, and every finding."""
    from casecli.cli.findings import finding_plain
    from casecli.domain.wire import to_plain

    plain = {
        "dry_run": True,
        "changes": [{"kind": each.kind, **to_plain(each)} for each in prepared.changes],
        "scrub": scrub_plain(prepared),
        "findings": [finding_plain(each) for each in prepared.findings],
    }

    def human() -> None:
        screen = session.screen
        for change in prepared.changes:
            screen.line(("would record: ", "bold"), change.kind)
            screen.pairs(_facts(to_plain(change)))
        say_scrub(session, prepared)
        screen.findings(prepared.findings)

    session.screen.result(plain, human)
    _unseal(session, prepared)


def _unseal(session: Session, prepared: Prepared) -> None:
    """Discard what was sealed for nothing, unless a waiting upload holds the same."""
    needed = session.sealed()
    for each in prepared.files:
        if each.sha256 is not None and each.sha256 not in needed:
            session.spool.discard(each.sha256)


def _facts(plain: dict[str, Any]) -> list[tuple[str, object]]:
    hidden = ("key", "at", "text", "scrubbed")
    return [
        (name, value) for name, value in plain.items() if value and name not in hidden
    ]


def deliver(
    session: Session, items: Sequence[OutboxItem], wait: float | None
) -> list[OutboxItem]:
    """Deliver recorded changes of a case unless offline; give them as they stand then.

    Raises:
        Exit: the credentials were refused; the changes stay queued.
    """
    from casecli.domain.errors import AuthError

    if session.offline or not items:
        return list(items)
    last = items[-1].change
    deadline = session.now() + timedelta(seconds=PATIENCE if wait is None else wait)
    delivery = session.delivery
    try:
        if wait is None:
            delivery.deliver(last.case, last.key, deadline)
        else:
            delivery.wait(last.case, last.key, deadline)
    except AuthError as error:
        session.screen.error(error)
        session.screen.notice(f"{items[0].change.kind} is recorded and stays queued")
        raise typer.Exit(error.exit_code) from error
    return [session.store.recorded(each.change.key) or each for each in items]


def finish(
    session: Session,
    items: Sequence[OutboxItem],
    prepared: Prepared | None,
    *,
    deduplicated: bool = False,
    told: bool = False,
) -> None:
    """Report what came of changes, and end with the promised code.

    `told` spares people the number they have been given already.
    """
    code = exit_code(session, items, prepared)
    plain = result_plain(session, items, prepared, deduplicated=deduplicated)
    screen = session.screen
    name = plain["number"] or plain["case"]
    screen.result(plain, lambda: None if told else screen.line(name))
    if deduplicated:
        screen.notice("this was asked for before; nothing was sent again")
    if prepared is not None:
        screen.findings(prepared.findings)
        say_scrub(session, prepared)
    _say_states(session, items)
    say_errands(session, items)
    for todo in plain["todos"]:
        screen.notice(f"to do: {todo}")
    _forget_draft(session, items[0])
    if code:
        raise typer.Exit(code)


def say_number(session: Session, item: OutboxItem) -> None:
    """Give people the number at once; scripts get one object when all is done."""
    case = session.store.case(item.change.case)
    if not session.screen.json:
        session.screen.line((case and case.number) or item.change.case)


def result_plain(
    session: Session,
    items: Sequence[OutboxItem],
    prepared: Prepared | None,
    *,
    deduplicated: bool = False,
) -> dict[str, Any]:
    """Build the JSON of a change as the contract lays it down."""
    from casecli.cli.findings import finding_plain
    from casecli.domain.change import AddAttachment

    first = items[0]
    receipt = first.receipt
    case = session.store.case(first.change.case)
    attachments = [
        {
            "name": each.change.name,
            "state": each.state.value,
            "sha256": each.change.sha256,
        }
        for each in items
        if isinstance(each.change, AddAttachment)
    ]
    left = [
        {"name": each.name, "state": "left-out", "sha256": None, "why": each.error}
        for each in (prepared.left_out if prepared else ())
    ]
    return {
        "case": first.change.case,
        "number": case.number if case else None,
        "change": first.change.key,
        "kind": first.change.kind,
        "state": first.state.value,
        "error": first.error,
        "url": receipt.url if receipt else None,
        "applied": list(receipt.applied) if receipt else [],
        "ignored": dict(receipt.ignored) if receipt else {},
        "attachments": attachments + left,
        "scrub": scrub_plain(prepared),
        "findings": [
            finding_plain(each) for each in (prepared.findings if prepared else ())
        ],
        "todos": list(case.todos) if case else [],
        "deduplicated": deduplicated,
    }


def scrub_plain(prepared: Prepared | None) -> dict[str, Any]:
    """Build the JSON of a scrub report."""
    if prepared is None:
        return {"findings": {}, "files": []}
    return {
        "findings": dict(prepared.scrubbed),
        "files": [_file_plain(each) for each in prepared.files],
    }


def _file_plain(file: SealedFile) -> dict[str, Any]:
    report = file.report
    if report is None:
        left = [{"member": file.name, "why": file.error}]
        return {"name": file.name, "sha256": None, "findings": {}, "left_out": left}
    return {
        "name": file.name,
        "bytes_in": report.bytes_in,
        "bytes_out": report.bytes_out,
        "sha256": file.sha256,
        "findings": dict(report.findings),
        "left_out": [{"member": e.member, "why": e.why} for e in report.left_out],
        "waived": report.waived,
    }


def say_scrub(session: Session, prepared: Prepared) -> None:
    """Tell people what was replaced and what was left out, on standard error."""
    screen = session.screen
    counts = ", ".join(f"{count} {kind}" for kind, count in prepared.scrubbed.items())
    if counts:
        screen.notice(f"replaced before sending: {counts}")
    for key in prepared.keys:
        if key.tokens:
            screen.notice(f"search key {key.value}: {', '.join(key.tokens)}")
        else:
            screen.warn(f"search key {key.value} was found in nothing that is sent")
    for file in prepared.files:
        if file.sha256 is not None:
            seal = f"{file.size} bytes, sealed as {file.sha256[:12]}…"
            screen.notice(f"{file.name}: {seal}")
        if file.error is not None:
            screen.warn(file.error)
            if not screen.json:
                path = file.path
                screen.notice(f'to send it as it is: --waive "scrub:{path}=REASON"')
        for went in file.report.went if file.report else ():
            screen.warn(f"{went} goes byte for byte, with all that is in it")
        for left in file.report.left_out if file.report else ():
            screen.warn(f"{file.name}: {left.member} was left out: {left.why}")


def exit_code(
    session: Session, items: Sequence[OutboxItem], prepared: Prepared | None
) -> int:
    """Turn the states of a submission into the promised exit code."""
    first, *rest = [_code(session, each) for each in items]
    if first:
        return first
    partly = prepared is not None and (
        prepared.left_out or any(f.report and f.report.left_out for f in prepared.files)
    )
    if partly or any(code not in (0, 8) for code in rest):
        return 9
    return max(rest, default=0)


def _code(session: Session, item: OutboxItem) -> int:
    from casecli.domain.change import OutboxState

    match item.state:
        case OutboxState.DELIVERED | OutboxState.DROPPED:
            return 0
        case OutboxState.QUEUED:
            return 0 if session.offline else 8
        case OutboxState.SENDING | OutboxState.UNKNOWN:
            return 8
        case OutboxState.REJECTED:
            return 7
        case OutboxState.CONFLICT | OutboxState.NEEDS_HUMAN:
            return 6


def _say_states(session: Session, items: Sequence[OutboxItem]) -> None:
    from casecli.cli.patience import why
    from casecli.domain.change import OutboxState

    screen = session.screen
    for item in items:
        what = f"{item.change.kind} {item.change.key[:13]}"
        match item.state:
            case OutboxState.DELIVERED:
                _say_ignored(session, item)
            case OutboxState.DROPPED:
                continue
            case OutboxState.QUEUED if session.offline:
                screen.notice(f"{item.change.kind} is recorded; casecli sync sends it")
            case OutboxState.QUEUED | OutboxState.SENDING:
                reason = why(item, session.now())
                screen.warn(f"{what} is not delivered yet: {reason}")
                screen.notice("hint: casecli sync")
            case OutboxState.UNKNOWN:
                when = f" after {item.not_before:%H:%M:%S}Z" if item.not_before else ""
                screen.warn(f"the answer to {what} was lost; sync looks for it{when}")
            case OutboxState.REJECTED:
                screen.warn(f"the vendor rejected {what}: {item.error}")
            case OutboxState.NEEDS_HUMAN if item.handed_over:
                continue
            case OutboxState.CONFLICT | OutboxState.NEEDS_HUMAN:
                screen.warn(f"{what} waits for you: {item.error}")
                screen.notice(f"hint: casecli outbox show {item.change.key}")


def say_errands(session: Session, items: Sequence[OutboxItem]) -> None:
    """Tell people what they are to carry over, in one line a case."""
    errands = [each for each in items if each.handed_over]
    if errands:
        case = session.store.case(errands[0].change.case)
        kinds = ", ".join(each.change.kind for each in errands)
        name = case.label if case else errands[0].change.case
        session.screen.notice(f"ready to carry over: {kinds}")
        session.screen.notice(f"hint: casecli handoff {name}")


def _say_ignored(session: Session, item: OutboxItem) -> None:
    """Say what a vendor took and did not do; fields it lacks stand in the text."""
    ignored = item.receipt.ignored if item.receipt else {}
    for name in ("status", "severity", "subject", "cc"):
        if name in ignored:
            session.screen.warn(f"the vendor left {name} as it is: {ignored[name]}")


def _forget_draft(session: Session, item: OutboxItem) -> None:
    """Let a draft go once its case has a number; a rejected open keeps it."""
    from casecli.domain.change import Open, OutboxState

    if not isinstance(item.change, Open):
        return
    ref = item.change.case
    if item.state is OutboxState.DELIVERED:
        session.store.drop_draft(ref)
    elif item.state is OutboxState.REJECTED:
        session.screen.notice(f"your text is safe: casecli open --draft {ref}")
