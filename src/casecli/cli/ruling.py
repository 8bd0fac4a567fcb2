"""Policies on the screen: listed, shown, compared, and tried on a case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from casecli import policies
from casecli.cli.cells import Column
from casecli.cli.findings import finding_plain
from casecli.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from casecli.cli.wiring import Session
    from casecli.domain.policy import ChannelSpec, Policy, Service


def show_list(session: Session) -> None:
    """List every policy that can be chosen."""
    rows = []
    for pack in policies.available(session.policy_folders):
        policy = session.load_policy(pack.name)
        rows.append(
            {
                "name": pack.name,
                "vendor": policy.vendor,
                "title": policy.title,
                "status": policy.status,
                "verified_at": policy.verified_at and policy.verified_at.isoformat(),
                "rules": len(policy.rules),
                "file": None if pack.built_in else str(pack.file),
                "chosen": pack.name == session.profile.policy,
            }
        )
    columns = (
        Column(key="name", title="policy"),
        Column(key="vendor", title="vendor", shrinks=True),
        Column(key="status", title="status"),
        Column(key="verified_at", title="verified"),
        Column(key="rules", title="rules"),
        Column(key="file", title="your file", shrinks=True),
    )
    session.screen.items(rows, columns)


def show_policy(session: Session, policy: Policy, *, rules: bool) -> None:
    """Show a policy; as JSON it is always whole."""
    plain = policies.describe(policy)

    def human() -> None:
        screen = session.screen
        screen.line((policy.title, "bold"), f"  ({policy.id})")
        screen.pairs(
            [
                ("vendor", policy.vendor),
                ("status", policy.status),
                ("verified", policy.verified_at),
                ("extends", policy.extends),
                *((f"source {name}", what) for name, what in policy.sources.items()),
                ("case types", ", ".join(each.id for each in policy.case_types)),
                ("reopen window", policy.reopen.days and f"{policy.reopen.days} days"),
            ]
        )
        if policy.status == "legacy":
            screen.warn(f"the documents behind {policy.id} are marked legacy")
        _section(
            session, "Severities", [(e.id, e.definition) for e in policy.severities]
        )
        _section(session, "Roles", [(e.id, ", ".join(e.may)) for e in policy.roles])
        questions = (*policy.impact.questions, *policy.checklist)
        _section(
            session,
            "Questions",
            [
                (e.id, f"{e.text}{'' if e.required else ' (offered)'}")
                for e in questions
            ],
        )
        _section(
            session,
            "Fields",
            [(e.id, f"{e.label}{' (required)' * e.required}") for e in policy.fields],
        )
        _section(session, "Channels", [_channel(e) for e in policy.channels])
        _section(session, "Services", [_service(e) for e in policy.services])
        _section(session, "Words", [(e.id, e.definition) for e in policy.terms])
        _section(session, "Good to know", [(e.source, e.text) for e in policy.notes])
        if rules:
            _rules(session, policy)
        else:
            screen.notice(f"{len(policy.rules)} rules; --rules shows them")

    session.screen.result(plain, human)


def _channel(channel: ChannelSpec) -> tuple[str, str]:
    answered = f", answered within {channel.response}" if channel.response else ""
    return channel.id, f"{', '.join(channel.actions) or 'everything'}{answered}"


def _service(service: Service) -> tuple[str, str]:
    return service.id, f"{service.label} ({', '.join(service.levels) or 'every level'})"


def _section(session: Session, title: str, rows: list[tuple[str, str]]) -> None:
    if rows:
        session.screen.line(("\n" + title, "bold"))
        session.screen.pairs(rows)


def _rules(session: Session, policy: Policy) -> None:
    screen = session.screen
    for rule in policy.rules:
        screen.line(
            (f"\n{rule.id}", "bold"), f"  {rule.effect} on {', '.join(rule.on)}"
        )
        screen.pairs(
            [
                ("says", rule.message),
                ("when", rule.when),
                ("remedy", rule.remedy),
                ("waivable", rule.waivable),
                ("source", rule.source),
            ]
        )


def check(session: Session, given: Mapping[str, Any]) -> int:
    """Judge one action on a case, now or at another moment; `given` as typed.

    Gives the exit code: 5 if it would be refused.

    Raises:
        BadInput: there is no such action.
    """
    from casecli.cli import texts
    from casecli.cli.filters import moment
    from casecli.domain.judgement import refusals
    from casecli.domain.policy import ACTIONS, Request

    action = given["action"]
    if action not in ACTIONS:
        raise BadInput(f"action {action!r} is not one of {', '.join(sorted(ACTIONS))}")
    fields = dict(texts.pairs(given.get("set_") or (), "--set"))
    ref = session.case_ref(given["case"])
    when = moment(given.get("at"), session, "--at") or session.now()
    case = session.case(ref)
    request = Request(
        channel=given.get("channel", "portal"),
        reason=given.get("reason", ""),
        severity=fields.get("severity"),
        fields=fields,
        answers=dict(texts.pairs(given.get("answer") or (), "--answer")),
        text="…",
    )
    findings = session.judge(action, case, request, when)
    refused = refusals(findings)
    plain: dict[str, Any] = {
        "action": action,
        "case": ref,
        "number": case.number,
        "at": when.isoformat().replace("+00:00", "Z"),
        "allowed": not refused,
        "findings": [finding_plain(each) for each in findings],
    }

    def human() -> None:
        verdict = "refused" if refused else "allowed"
        session.screen.line(f"{action} {case.label}: ", (verdict, "bold"))
        session.screen.findings(findings)

    session.screen.result(plain, human)
    return 5 if refused else 0


def lint(session: Session, file: Path) -> None:
    """Print every problem of a policy file; exit 2 if there is one."""
    import typer

    problems = policies.lint_file(file, session.policy_folders)
    plain = {"file": str(file), "problems": list(problems)}

    def human() -> None:
        for each in problems:
            session.screen.line(f"{file}: {each}")
        if not problems:
            session.screen.notice(f"{file} may be trusted")

    session.screen.result(plain, human)
    if problems:
        raise typer.Exit(2)


def show_diff(session: Session, before: str, after: str) -> None:
    """Print the keys in which two policies differ."""
    found = policies.diff(session.load_policy(before), session.load_policy(after))
    rows = [each._asdict() for each in found]
    columns = (
        Column(key="key", title="key"),
        Column(key="before", title=before, shrinks=True),
        Column(key="after", title=after, shrinks=True),
    )
    session.screen.items(rows, columns, empty="they say the same")
