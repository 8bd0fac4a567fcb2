"""How things stand: the overview, and one case with what may be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from casecli.app.permissions import Permission
    from casecli.cli.screen import Screen
    from casecli.cli.wiring import Session
    from casecli.domain.case import Case

SHOWN = 10
BY_HAND = "handoff"


def overview(session: Session) -> dict[str, Any]:
    """Collect what needs a person, from the cache alone."""
    from casecli.domain.query import CaseQuery

    store, name = session.store, session.profile.name
    waiting = CaseQuery(
        profile=name,
        wanted={"waiting_on": ("customer",)},
        awake_at=session.now(),
        limit=SHOWN,
    )
    due = CaseQuery(profile=name, sort="due", limit=SHOWN)
    counts = store.counts(name)
    pulled = store.pulled_at(name)
    pending = store.pending(name)
    return {
        "profile": name,
        "pulled_at": pulled and pulled.isoformat().replace("+00:00", "Z"),
        "undelivered": [_item(each) for each in pending],
        "by_hand": [_errand(each) for each in pending if each["by_hand"]],
        "waiting_on_me": [_row(each) for each in store.rows(waiting)],
        "due": [_row(each) for each in store.rows(due) if each["due_at"]],
        "snoozed": store.snoozed(name, session.now()),
        "todos": [
            {**_row(each), "todos": each["todos"]} for each in store.todo_rows(name)
        ],
        "drafts": [dict(each) for each in store.draft_rows()],
        "counts": dict(counts),
    }


def show(session: Session, case: str | None) -> None:
    """Show how one case stands, or without one what needs a person."""
    if case is None:
        show_overview(session)
        return
    one = one_case(session, session.case_ref(case))
    session.screen.result(one.plain(), lambda: one.say(session))
    if session.policy.status == "legacy":
        session.screen.warn(
            f"the documents behind {session.policy.id} are marked legacy; "
            f"casecli policy show {session.policy.id}"
        )


def show_overview(session: Session) -> None:
    """Show what needs a person."""
    found = overview(session)
    session.screen.result(found, lambda: say_overview(session, found))


def say_overview(session: Session, found: dict[str, Any]) -> None:
    """Print the overview; a quiet day is one line."""
    screen = session.screen
    screen.line(("profile ", "dim"), found["profile"])
    errands = {each["change"] for each in found["by_hand"]}
    found = {
        **found,
        "undelivered": [e for e in found["undelivered"] if e["change"] not in errands],
        "by_hand": [{**each, "change": None} for each in found["by_hand"]],
    }
    sections = (
        ("Carry over by hand", "by_hand", "casecli handoff CASE"),
        ("Undelivered changes", "undelivered", "casecli sync"),
        ("Waiting on you", "waiting_on_me", "casecli show CASE"),
        ("To do", "todos", "casecli show CASE"),
        ("Timers", "due", "casecli list --sort due"),
        ("Drafts", "drafts", "casecli open --draft REF"),
    )
    for title, key, hint in sections:
        if found[key]:
            screen.line(("\n" + title, "bold"), (f"  ({hint})", "dim"))
        for row in found[key]:
            screen.line("  " + "  ".join(_cells(session, row)))
            for todo in row.get("todos", ()):
                screen.line(f"    - {todo}")
    if not any(found[key] for _, key, _ in sections):
        screen.line("nothing needs you")
    if found["snoozed"]:
        screen.line((f"\n{found['snoozed']} waiting on you snoozed", "dim"))
    screen.notice(_age(session, found["pulled_at"]))


def _age(session: Session, pulled: str | None) -> str:
    if session.profile.backend == BY_HAND:
        return "what the vendor answers: casecli track NUMBER --from reply.eml"
    if pulled is None:
        return "nothing was ever taken in from the vendor; casecli sync"
    from casecli.cli.cells import ago
    from casecli.domain.calendar import parse_time

    return f"the cache is from {ago(parse_time(pulled), session.now())}"


def _cells(session: Session, row: Mapping[str, Any]) -> Iterator[str]:
    """Give the values of a row that are set, to-dos left out, times for people."""
    from casecli.domain.calendar import parse_time

    for key, value in row.items():
        if value and key != "todos":
            is_time = key.endswith("_at")
            yield (
                session.screen.when(parse_time(value), session.now())
                if is_time
                else str(value)
            )


def _item(row: Any) -> dict[str, Any]:
    return {
        "case": row["number"] or row["case"],
        "kind": row["kind"],
        "state": row["state"],
        "change": row["key"],
        "error": row["error"],
    }


def _errand(row: Any) -> dict[str, Any]:
    name = row["number"] or row["case"]
    return {
        "case": name,
        "kind": row["kind"],
        "change": row["key"],
        "todo": f"casecli handoff {name}",
    }


def _row(row: Any) -> dict[str, Any]:
    return {
        "case": row["number"] or row["ref"],
        "status": row["status"],
        "severity": row["severity"],
        "due_at": row["due_at"],
        "subject": row["subject"],
    }


class Standing(NamedTuple):
    """A case and what the policy says about every action now."""

    case: Case
    permissions: tuple[Permission, ...]

    def plain(self) -> dict[str, Any]:
        """Give the case's JSON with `actions` added."""
        from casecli.cli.casefile import case_plain
        from casecli.cli.findings import finding_plain

        return {
            **case_plain(self.case),
            "actions": [
                {
                    "action": each.action,
                    "reason": each.reason or None,
                    "allowed": each.allowed,
                    "findings": [finding_plain(finding) for finding in each.findings],
                }
                for each in self.permissions
            ],
        }

    def say(self, session: Session) -> None:
        """Print how the case stands."""
        case, screen, now = self.case, session.screen, session.now()
        screen.line((f"{case.label}  ", "bold"), case.subject)
        escalation = case.escalation
        screen.pairs(
            [
                ("status", case.status.value),
                ("waiting on", case.waiting_on.value),
                ("severity", case.severity),
                ("owner", case.owner),
                ("escalation", escalation and escalation.state.value),
                ("updated", case.updated_at and screen.when(case.updated_at, now)),
                *((each.kind, screen.when(each.due_at, now)) for each in case.timers),
                *((f"to do {n}", each) for n, each in enumerate(case.todos, 1)),
                ("snoozed", _later(screen, case.snoozed_until, now)),
                *(
                    ("pending", f"{p.kind} {p.state} {p.error or ''}".strip())
                    for p in case.pending
                ),
            ]
        )
        may = [each.action for each in self.permissions if each.allowed]
        screen.line(("you may  ", "bold"), " · ".join(may) or "nothing")
        for each in self.permissions:
            if not each.allowed:
                screen.line(("not now  ", "bold"), _why_not(screen, each, now))


def _later(screen: Screen, moment: datetime | None, now: datetime) -> str | None:
    return screen.when(moment, now) if moment and moment > now else None


def _why_not(screen: Screen, permission: Permission, now: datetime) -> str:
    from casecli.domain.policy import Effect

    reasons = []
    for finding in permission.findings:
        if finding.effect is Effect.DENY:
            earliest = finding.earliest
            when = f" before {screen.when(earliest, now)}" if earliest else ""
            reasons.append(f"{finding.message}{when} ({finding.rule})")
    reason = f" ({permission.reason})" if permission.reason else ""
    return f"{permission.action}{reason}: {'; '.join(reasons)}"


def one_case(session: Session, ref: str) -> Standing:
    """Read a case and judge every action on it."""
    from casecli.app.permissions import permissions

    case = session.case(ref)
    reasons = [each.id for each in session.policy.escalation.reasons]
    found = permissions(session.judge, case, reasons)
    return Standing(case=case, permissions=found)
