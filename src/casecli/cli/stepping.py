"""A step of one case's life, or of many, from the command line to the vendor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from casecli.cli import submitting, texts
from casecli.cli.confirming import confirm
from casecli.domain.errors import BadInput, CaseError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from casecli.app.lifecycle import Lifecycle, Step
    from casecli.cli.wiring import Session
    from casecli.domain.case import Case

MANY = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a step is to be taken: confirmed, tried only, named, waited for."""

    key: str | None = None
    wait: float | None = None
    yes: bool = False
    dry_run: bool = False
    confirm: bool = False


def take(
    session: Session,
    cases: Sequence[str],
    build: Callable[[Case], Step],
    terms: Terms,
) -> None:
    """Take the same step with one case, or with each of many.

    Raises:
        BadInput: a confirmation is needed and nobody can be asked for it.
    """
    refs = case_refs(session, cases)
    if len(refs) == 1:
        _take_one(session, build(session.place.case(refs[0])), terms)
    else:
        _take_many(session, [build(session.place.case(ref)) for ref in refs], terms)


def case_refs(session: Session, names: Sequence[str]) -> list[str]:
    """Find the refs of several cases, each once; `@-` reads names from stdin.

    Raises:
        BadInput: no case was named.
    """
    found: dict[str, None] = {}
    for name in names:
        if name == "@-":
            lines = texts.read_stdin().decode("utf-8", "replace").split()
            found.update(dict.fromkeys(map(session.case_ref, lines)))
        else:
            found[session.case_ref(name)] = None
    if not found:
        raise BadInput("no case was named", "casecli list")
    return list(found)


def _take_one(session: Session, step: Step, terms: Terms) -> None:
    from casecli.app import asking
    from casecli.app.lifecycle import Lifecycle

    lifecycle = Lifecycle(session.place)
    done = _done_already(step)
    if done:
        _say_done(session, step, done)
        return
    if session.interactive:
        step = asking.complete(session.place, lifecycle, session.interviewer, step)
    if terms.dry_run:
        submitting.dry_run(session, lifecycle.prepare(step))
        return
    digest = _digest(step)
    named, earlier = submitting.known_intent(session, terms.key, digest, terms.wait)
    if earlier is not None:
        submitting.repeat(session, earlier, named)
        return
    prepared = lifecycle.prepare(replace(step, key=named.key))
    if terms.confirm:
        what = f"{step.verb} case {step.case.label}: {step.case.subject}?"
        confirm(session, what, yes=terms.yes)
    recorded = submitting.record(session, prepared, named)
    if step.verb == "edit":
        _tick_off(session, step)
    submitting.send(session, prepared, recorded, named)


def _tick_off(session: Session, step: Step) -> None:
    """Take off the to-dos that asked for what an edit tells."""
    from casecli.app import todos
    from casecli.cli import marking

    before, ref = step.case.todos, step.case.ref
    left = todos.without_fields(before, ref, step.request.fields)
    if left != before:
        marking.set_todos(session, ref, left)


def _take_many(session: Session, steps: Sequence[Step], terms: Terms) -> None:
    import typer

    from casecli.app.lifecycle import Lifecycle

    if terms.key is not None:
        raise BadInput("--key names one intent, not many")
    lifecycle, verb = Lifecycle(session.place), steps[0].verb
    for step in steps:
        session.screen.notice(f"  {verb} {step.case.label}  {step.case.subject}")
    if not terms.dry_run and (terms.confirm or len(steps) >= MANY):
        confirm(session, f"{verb} these {len(steps)} cases?", yes=terms.yes)
    results, codes = [], []
    for step in steps:
        plain, code = _one_of_many(session, lifecycle, step, terms)
        results.append(plain)
        codes.append(code)
    _show_results(session, results)
    failed = [code for code in codes if code]
    if failed:
        raise typer.Exit(failed[0] if len(failed) == len(codes) else 9)


def _one_of_many(
    session: Session, lifecycle: Lifecycle, step: Step, terms: Terms
) -> tuple[dict[str, Any], int]:
    head = {"case": step.case.ref, "number": step.case.number, "kind": step.verb}
    done = _done_already(step)
    if done:
        return {**head, "state": "delivered", "error": None, "notice": done}, 0
    try:
        prepared = lifecycle.prepare(step)
    except CaseError as error:
        return {**head, "state": "refused", "error": str(error)}, error.exit_code
    if terms.dry_run:
        return {**head, "state": "would-be-recorded", "error": None}, 0
    return submitting.outcome(session, prepared, submitting.Terms(wait=terms.wait))


def _show_results(session: Session, results: Sequence[dict[str, Any]]) -> None:
    from casecli.cli.cells import Column

    columns = (
        Column(key="case", title="case"),
        Column(key="number", title="number"),
        Column(key="state", title="state"),
        Column(key="error", title="why", shrinks=True),
    )
    session.screen.items(results, columns)


def _done_already(step: Step) -> str:
    """Say what makes a step needless: closing what is closed is no error."""
    status = step.case.status.value
    match step.verb, status:
        case ("close", "closed") | ("cancel", "cancelled"):
            return f"case {step.case.label} is {status} already"
        case _:
            return ""


def _say_done(session: Session, step: Step, done: str) -> None:
    plain = {
        "case": step.case.ref,
        "number": step.case.number,
        "change": None,
        "kind": step.verb,
        "state": "delivered",
        "notice": done,
    }
    screen = session.screen
    screen.result(plain, lambda: screen.line(step.case.label))
    screen.notice(done)


def _digest(step: Step) -> str:
    from casecli.app.filing import intent_digest
    from casecli.domain.wire import to_plain

    asked = [step.verb, step.case.ref, to_plain(step.request), step.outcome]
    return intent_digest([*asked, to_plain(step.plan) if step.plan else None])
