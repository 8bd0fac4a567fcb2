"""`open --urgent`: the case is at the vendor before its files are even looked at.

What is still to do is written down before the case is recorded, so that a command
killed at any moment leaves it to be read in `casecli status`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from casecli.cli import drafting, marking, submitting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from casecli.app.gate import Prepared
    from casecli.cli.submitting import Terms
    from casecli.cli.wiring import Session
    from casecli.domain.case import Draft
    from casecli.domain.change import OutboxItem
    from casecli.domain.policy import Finding, Policy


def submit(session: Session, prepared: Prepared, terms: Terms) -> None:
    """Record and deliver an urgent case, give its number, then send its files."""
    ref = prepared.changes[0].case
    draft = drafting.kept_draft(session, ref)
    put_off = session.filing.deferred(draft)
    marking.set_todos(session, ref, _todos(session.policy, draft, put_off))
    recorded = submitting.record(session, prepared, terms)
    if recorded[0].change.case != ref:  # somebody was quicker with the same --key
        submitting.send(session, prepared, recorded, terms)
        return
    items = submitting.deliver(session, recorded, terms.wait)
    submitting.say_number(session, items[0])
    later: list[Prepared] = []
    if _goes_on(items[0]):
        later = _files(session, draft, items[0].change.key)
        waiting = [change.key for each in later for change in each.changes]
        behind = [session.store.recorded(key) for key in waiting]
        items += submitting.deliver(session, [e for e in behind if e], terms.wait)
    every = _together(prepared, later, put_off)
    submitting.finish(session, items, every, told=True)


def _todos(policy: Policy, draft: Draft, put_off: Sequence[Finding]) -> tuple[str, ...]:
    from casecli.app import todos

    return (
        *todos.raise_todos(policy, draft),
        *(() if draft.contact.phone else (todos.phone_todo(draft.ref),)),
        *(todos.finding_todo(draft.ref, each) for each in put_off),
        *(todos.file_todo(draft.ref, path) for path in draft.attach),
    )


def _goes_on(item: OutboxItem) -> bool:
    """Tell whether files make sense behind it; a rejected case is a draft again."""
    from casecli.domain.change import OutboxState

    match item.state:
        case OutboxState.REJECTED | OutboxState.DROPPED:
            return False
        case _:
            return True


def _files(session: Session, draft: Draft, key: str) -> list[Prepared]:
    """Scrub, seal and record the files one by one; what fails stays a to-do."""
    from casecli.app import todos
    from casecli.app.gate import Prepared, SealedFile, total_size
    from casecli.domain.errors import CaseError

    done: list[Prepared] = []
    with session.screen.progress("scrubbing", total_size(draft.attach)) as step:
        for n, path in enumerate(draft.attach, 1):
            try:
                drafting.check_files([path])
                sealed = session.filing.prepare_upload(
                    session.place.case(draft.ref),
                    [path],
                    channel=draft.channel,
                    waivers=draft.waivers,
                    keys=draft.keys,
                    key=f"{key}.{n}",
                    progress=step,
                )
            except CaseError as error:
                failed = SealedFile(path=path, name=path, error=f"{path}: {error}")
                done.append(Prepared(changes=(), files=(failed,)))
                continue
            if sealed.changes:
                session.filing.record(sealed)
                left = marking.todos(session, draft.ref)
                left = todos.without_files(left, draft.ref, [path])
                marking.set_todos(session, draft.ref, left)
            done.append(sealed)
    return done


def _together(
    first: Prepared, later: Sequence[Prepared], put_off: Sequence[Finding]
) -> Prepared:
    """Make one report of the case and its files; to-dos need no warning beside them."""
    from collections import Counter

    found = Counter(first.scrubbed)
    for each in later:
        found.update(each.scrubbed)
    listed = {(each.rule, each.field, each.message) for each in put_off}
    findings = (*first.findings, *(f for each in later for f in each.findings))
    return replace(
        first,
        scrubbed=dict(sorted(found.items())),
        findings=tuple(
            each
            for each in findings
            if (each.rule, each.field, each.message) not in listed
        ),
        files=tuple(f for each in later for f in each.files),
    )
