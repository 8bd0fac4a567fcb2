"""What becomes of a case after it was opened: edit, escalate, calm, close, reopen.

Each verb is judged with the case as it stands, its words pass the gate, and it becomes
one change; recording and sending are the same for all.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from casecli.app.gate import CaseGate, Prepared
from casecli.domain.case import Answer, CommunicationPlan, Contact
from casecli.domain.change import (
    AgreePlan,
    AnyChange,
    Cancel,
    Close,
    Deescalate,
    EditFields,
    Escalate,
    Reopen,
)

if TYPE_CHECKING:
    from casecli.app.workplace import Workplace
    from casecli.domain.case import Case, Waiver
    from casecli.domain.checklist import Choice, Question
    from casecli.domain.policy import Finding, Request

VERBS = ("edit", "escalate", "plan", "deescalate", "close", "cancel", "reopen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A verb on a case with all that was said about it, before any judgement.

    `outcome`, `contact` and `plan` are of escalations only.
    """

    verb: str
    case: Case
    request: Request
    waivers: tuple[Waiver, ...] = ()
    outcome: str | None = None
    contact: Contact = field(default_factory=Contact)
    plan: CommunicationPlan | None = None
    key: str | None = None


class Lifecycle:
    """Turns steps into changes ready to be recorded."""

    def __init__(self, place: Workplace) -> None:
        self._place = place

    def judge(self, step: Step) -> tuple[Finding, ...]:
        """Give every finding about a step."""
        return self._place.judge(step.verb, step.case, step.request)

    def prepare(self, step: Step) -> Prepared:
        """Judge a step, scrub its words, and make its change.

        Raises:
            Refused: the policy, with everything that is wrong at once.
            ScrubRefused: the gate cannot vouch for the words.
        """
        place = self._place
        findings = place.insist(step.verb, step.case, step.request, step.waivers)
        with place.vault.case(step.case.ref) as vault:
            gate = CaseGate(place, vault)
            change = self._change(step, gate)
            change = replace(change, scrubbed=dict(gate.findings))
        return gate.prepared((change,), findings)

    def _change(self, step: Step, gate: CaseGate) -> AnyChange:
        place, request = self._place, step.request
        head: dict[str, Any] = {
            "key": step.key or place.new_key(),
            "case": step.case.ref,
            "at": place.now(),
            "channel": request.channel,
            "waivers": gate.waivers(step.waivers),
        }
        reason, text = gate(request.reason), gate(request.text)
        answers = self._answers(step, gate)
        match step.verb:
            case "edit":
                return EditFields(**head, fields=_edited(request, gate))
            case "escalate":
                return Escalate(
                    **head,
                    reason=reason,
                    details=text,
                    outcome=step.outcome and gate(step.outcome),
                    impact=gate(request.impact),
                    contact=step.contact,
                    answers=answers,
                )
            case "plan":
                return AgreePlan(**head, plan=step.plan or CommunicationPlan())
            case "deescalate":
                return Deescalate(**head, agreement=text, answers=answers)
            case "close":
                return Close(**head, reason=reason, text=text, answers=answers)
            case "cancel":
                return Cancel(**head, reason=reason or text)
            case "reopen":
                return Reopen(**head, reason=reason or text)
            case _:
                msg = f"{step.verb!r} is none of {', '.join(VERBS)}"
                raise ValueError(msg)

    def _answers(self, step: Step, gate: CaseGate) -> tuple[Answer, ...]:
        asked = {each.id: each.text for each in questions(self._place, step.verb)}
        return tuple(
            Answer(id=name, question=asked.get(name, name), value=gate(value))
            for name, value in step.request.answers.items()
        )


def questions(place: Workplace, verb: str) -> tuple[Question, ...]:
    """Give what the policy asks before a verb."""
    match verb:
        case "close":
            return place.policy.closing.confirmations
        case "escalate":
            return place.policy.escalation.facts
        case "deescalate":
            return place.policy.escalation.deescalation
        case _:
            return ()


def reasons(place: Workplace, verb: str) -> tuple[Choice, ...]:
    """Give the reasons the policy takes for a verb; none means free words."""
    match verb:
        case "close":
            return place.policy.closing.reasons
        case "escalate":
            return place.policy.escalation.reasons
        case _:
            return ()


def _edited(request: Request, gate: CaseGate) -> dict[str, str]:
    values = dict(request.fields)
    if request.severity:
        values["severity"] = request.severity
    if request.impact:
        values["impact"] = request.impact
    return {name: gate(value) for name, value in values.items()}
