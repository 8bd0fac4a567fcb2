"""A follow-up case, filled from one that can no longer be reopened."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from casecli.cli import drafting, submitting
from casecli.domain.errors import BadInput
from casecli.domain.judgement import refusals
from casecli.domain.wire import to_plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from casecli.cli.stepping import Terms
    from casecli.cli.wiring import Session
    from casecli.domain.case import Case, Draft
    from casecli.domain.policy import Request

_GROUPS = ("product", "environment", "occurrence", "accounts", "workaround")


def too_late(session: Session, cases: Sequence[str], request: Request) -> bool:
    """Tell whether the policy refuses to reopen this one case.

    Raises:
        BadInput: more than one case was named.
    """
    if len(cases) != 1 or cases[0].startswith("@"):
        raise BadInput("--follow-up continues one case at a time")
    case = session.place.case(session.case_ref(cases[0]))
    return bool(refusals(session.place.judge("reopen", case, request)))


def open_next(session: Session, name: str, text: str, terms: Terms) -> None:
    """Open a case that follows another, with its words back in the clear first.

    The new case has tokens of its own, so nothing of the old one's may be copied.
    """
    case = session.place.case(session.case_ref(name))
    draft = next_draft(session, case, text)
    if terms.dry_run:
        submitting.dry_run(session, drafting.tried(session, draft))
        return
    digest = drafting.intent(draft)
    named, earlier = submitting.known_intent(session, terms.key, digest, terms.wait)
    if earlier is not None:
        submitting.repeat(session, earlier, named)
        return
    prepared = drafting.ready(session, draft, named, ask=not terms.yes)
    submitting.submit(session, prepared, named)


def next_draft(session: Session, case: Case, text: str) -> Draft:
    """Fill a draft from a case: what it was about, how bad, where, and who to reach."""
    fresh = drafting.start(session, None)
    with session.vault.case(case.ref) as vault:

        def clear(value: str | None) -> str:
            return session.gate.unscrub(value, vault) if value else ""

        fields = {name: clear(value) for name, value in case.fields.items()}
        for group in _GROUPS:
            for name, value in to_plain(getattr(case, group)).items():
                if isinstance(value, str):
                    fields[f"{group}.{name}"] = clear(value)
        impact = case.business_impact
        return replace(
            fresh,
            subject=clear(case.subject),
            description=text or clear(case.description),
            type=case.type,
            severity=case.severity,
            impact=clear(impact.summary),
            impact_answers={k: clear(v) for k, v in impact.answers.items()},
            answers={each.id: clear(each.value) for each in case.checklist},
            fields=fields,
            contact=case.contact,
            cc=case.cc,
            asset=case.asset,
            follows=case.number or case.ref,
        )
