"""What there is to ask about a new case, and how each question is put."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from casecli.app.filing import opening_request
from casecli.domain.case import Draft
from casecli.domain.checklist import SHAPES, Choice, Question, QuestionKind, normalise
from casecli.domain.facts import flat_fields
from casecli.domain.judgement import applies, known_facts, refusals
from casecli.domain.policy import Effect, FieldSpec, Request
from casecli.domain.query import CaseQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from casecli.app.workplace import Workplace
    from casecli.domain.policy import Finding, SeverityLevel

SKIP = "skip"
FEW = 20
FIRST = ("subject", "description", "type", "severity", "impact")
_LEAVE_OPEN = Choice(id=SKIP, label="Leave it open")
CONTACT = (
    FieldSpec(
        id="contact.phone",
        label="Telephone to reach you",
        help="With the country's code: +49 30 5550 0123.",
    ),
    FieldSpec(
        id="contact.available_24x7",
        label="Can the vendor reach you at any hour?",
        choices=(Choice(id="yes", label="Yes"), Choice(id="no", label="No")),
    ),
)
"""Whom to reach; asked like a field, kept with the contact."""
_T = TypeVar("_T", Draft, Request)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A question ready to be put; `closed` tells of choices why they cannot be taken.

    With choices it takes one of their ids, else a line, or lines where it is `long`.
    """

    title: str
    help_text: str = ""
    default: str = ""
    choices: tuple[Choice, ...] = ()
    closed: Mapping[str, str] = field(default_factory=dict)
    required: bool = True
    long: bool = False


class Questions:
    """Knows, of one profile's policy, what a draft still lacks and how to ask it."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._earlier: tuple[str, Mapping[str, str]] | None = None

    def findings(self, draft: Draft) -> tuple[Finding, ...]:
        """Give what the policy has to say about a draft."""
        request = opening_request(draft)
        return self._place.judge("open", None, request, urgent=draft.urgent)

    def refused(self, draft: Draft) -> tuple[Finding, ...]:
        """Give what refuses a draft, missing answers among it."""
        return refusals(self.findings(draft), draft.waivers)

    def missing(self, draft: Draft) -> tuple[Finding, ...]:
        """Give the first finding of every answer that is missing or refused."""
        first: dict[str, Finding] = {}
        for each in self.refused(draft):
            if each.field is not None:
                first.setdefault(each.field, each)
        return tuple(first.values())

    def hopeless(self, draft: Draft) -> tuple[Finding, ...]:
        """Give what refuses a draft whatever is answered: who asks, and by which way.

        A rule may come to pass once more is known, so it is not among these.
        """
        rules = {each.id for each in self._place.policy.rules}
        return tuple(
            each
            for each in self.refused(draft)
            if each.field is None and each.rule not in rules
        )

    def answered(self, draft: Draft) -> list[str]:
        """Name the demanded questions that have their answer, in the policy's order."""
        policy = self._place.policy
        demanded = [
            *(each for each in FIRST if each != "type" or not policy.default_type),
            *(each.id for each in self._applying(draft, required=True)),
            *(each.id for each in policy.fields if each.required),
        ]
        return [each for each in demanded if value_of(draft, each)]

    def given(self, draft: Draft) -> list[str]:
        """Name everything that has an answer, in the policy's order."""
        policy = self._place.policy
        known = [
            *FIRST,
            *(each.id for each in policy.impact.questions),
            *(each.id for each in policy.fields),
            *(each.id for each in policy.checklist),
            *(each.id for each in CONTACT),
        ]
        more = (*draft.impact_answers, *draft.answers, *draft.fields)
        return [
            each for each in dict.fromkeys([*known, *more]) if value_of(draft, each)
        ]

    def offered(self, draft: Draft) -> tuple[Choice, ...]:
        """Give what support will ask next; what the policy remarks on comes first."""
        policy = self._place.policy
        remarks = {
            name: each.message
            for each in self.findings(draft)
            if each.effect is Effect.WARN
            for name in mended_by(each)
        }
        offers = [
            Choice(id=each.id, label=each.text, definition=remarks.get(each.id, ""))
            for each in self._applying(draft, required=False)
        ]
        offers += [
            Choice(id=each.id, label=each.label, definition=remarks.get(each.id, ""))
            for each in (*policy.fields, *CONTACT)
            if not each.required and (not each.choices or self._fitting(draft, each))
        ]
        unanswered = [each for each in offers if not value_of(draft, each.id)]
        return tuple(sorted(unanswered, key=lambda each: not each.definition))

    def known(self, name: str) -> bool:
        """Tell whether the policy has a question of that id."""
        return self._question(name) is not None or self._field(name) is not None

    def title(self, name: str) -> str:
        """Say what an answer is called."""
        question, spec = self._question(name), self._field(name)
        titles = {
            "subject": "Subject",
            "description": "What happened?",
            "type": "Type",
            "severity": "Severity",
            "impact": "Business impact",
        }
        if question is not None:
            return question.text
        return spec.label if spec is not None else titles.get(name, name)

    def asking(self, draft: Draft, name: str) -> Asking:
        """Put the question of a name in words, with why some choices are closed."""
        asking = self._worded(draft, name, value_of(draft, name))
        if any(each.field == name for each in self.missing(draft)):
            asking = replace(asking, required=True)
        if not asking.choices:
            return asking
        closed = self._closed(draft, name, asking)
        legal = {each.id for each in asking.choices} - set(closed)
        return replace(
            asking,
            default=asking.default if asking.default in legal else "",
            choices=(*asking.choices, *(() if asking.required else (_LEAVE_OPEN,))),
            closed=closed,
        )

    def check(
        self, draft: Draft, name: str, *, required: bool
    ) -> Callable[[str], str | None]:
        """Give what tells whether an answer will do: None, or what is wrong with it."""
        base = opening_request(draft)
        question = self._question(name)

        def check(text: str) -> str | None:
            if not text.strip() and not required:
                return None
            if question is not None and normalise(question, text) is None:
                return f"{SHAPES.get(question.kind, 'an answer')} is needed"
            tried = with_value(self._place, base, name, text.strip())
            for each in refusals(self._place.judge("open", None, tried), draft.waivers):
                if each.field == name:
                    return said(each)
            return None

        return check

    def _worded(self, draft: Draft, name: str, before: str) -> Asking:
        policy, title = self._place.policy, self.title(name)
        question, spec = self._question(name), self._field(name)
        if question is not None:
            return _of_question(question, before)
        if spec is not None:
            return self._of_field(draft, spec, before)
        match name:
            case "subject":
                told = "One line a stranger understands: what fails, where."
                return Asking(title=title, help_text=told, default=before)
            case "description":
                told = "What you see, what you expected, since when, what you tried."
                return Asking(title=title, help_text=told, default=before, long=True)
            case "severity":
                return self._severity(draft, before)
            case "type":
                return Asking(title=title, default=before, choices=policy.case_types)
            case "impact":
                told = policy.impact.help
                return Asking(title=title, help_text=told, default=before)
            case _:
                return Asking(title=title, default=before)

    def _closed(self, draft: Draft, name: str, asking: Asking) -> dict[str, str]:
        """Say of each choice the policy would refuse why; nothing where it is all."""
        if len(asking.choices) > FEW:
            return {}
        check = self.check(draft, name, required=True)
        answers = {each.id: check(each.id) for each in asking.choices}
        closed = {
            each: why
            for each, why in answers.items()
            if why and not (name == "severity" and self.instead_of(draft, each))
        }
        return closed if len(closed) < len(answers) else {}

    def instead_of(self, draft: Draft, severity: str) -> SeverityLevel | None:
        """Give the level a case is opened with where its channel does not take this."""
        policy = self._place.policy
        level = policy.severity(severity)
        if level is None or not level.instead or not level.offered:
            return None
        if draft.channel in level.offered:
            return None
        return policy.severity(level.instead)

    def _defined(self, draft: Draft, level: SeverityLevel) -> str:
        instead = self.instead_of(draft, level.id)
        if instead is None:
            return level.definition
        return f"opened as {instead.label}, then {level.todo}: {level.definition}"

    def _severity(self, draft: Draft, before: str) -> Asking:
        policy = self._place.policy
        level = policy.severity(before)
        return Asking(
            title="Severity",
            help_text="How bad it is for the business now; it can be changed later.",
            default=level.id if level else "",
            choices=tuple(
                Choice(
                    id=each.id, label=each.label, definition=self._defined(draft, each)
                )
                for each in policy.severities
            ),
        )

    def _of_field(self, draft: Draft, spec: FieldSpec, before: str) -> Asking:
        default, told = before or spec.default, spec.help
        if not default:
            default, case = self._as_last_time(spec)
            if default:
                told = f"{told} (as in case {case})".strip()
        return Asking(
            title=spec.label,
            help_text=told,
            default=default,
            choices=self._fitting(draft, spec),
            required=spec.required,
        )

    def _fitting(self, draft: Draft, spec: FieldSpec) -> tuple[Choice, ...]:
        """Give the choices that belong to the value of the field above."""
        parent = value_of(draft, spec.depends_on).strip().lower()
        above = self._field(spec.depends_on)
        spellings = {parent}
        for each in above.choices if above else ():
            names = {each.id.lower(), each.label.lower()}
            spellings |= names if parent in names else set()
        return tuple(
            each
            for each in spec.choices
            if not each.when or spellings & {value.lower() for value in each.when}
        )

    def _as_last_time(self, spec: FieldSpec) -> tuple[str, str]:
        """Give what the newest case of the profile says, and that case's name."""
        place = self._place
        if not (spec.choices or spec.id.startswith(("product.", "environment."))):
            return "", ""
        if self._earlier is None:
            query = CaseQuery(profile=place.profile, ended=True, sort="opened", limit=1)
            refs = [str(each["ref"]) for each in place.store.rows(query)]
            case = place.store.case(refs[0]) if refs else None
            self._earlier = "", {}
            if case is not None:
                with place.vault.case(case.ref) as vault:
                    self._earlier = (
                        case.label,
                        {
                            name: place.scrubber.unscrub(value, vault)
                            for name, value in flat_fields(case).items()
                        },
                    )
        case_name, values = self._earlier
        return values.get(spec.id, ""), case_name

    def _applying(self, draft: Draft, *, required: bool) -> Iterator[Question]:
        place, policy = self._place, self._place.policy
        request = opening_request(draft)
        facts = known_facts(policy, "open", None, place.actor, request, place.now())
        for each in (*policy.impact.questions, *policy.checklist):
            if each.required == required and applies(each, facts, place.conditions):
                yield each

    def _question(self, name: str) -> Question | None:
        policy = self._place.policy
        every = (*policy.impact.questions, *policy.checklist)
        return next((each for each in every if each.id == name), None)

    def _field(self, name: str) -> FieldSpec | None:
        every = (*self._place.policy.fields, *CONTACT)
        return next((each for each in every if each.id == name), None)


def mended_by(finding: Finding) -> tuple[str, ...]:
    """Name the answers that lift a finding."""
    if finding.field is None and finding.remedy.startswith("--contact "):
        return tuple(each.id for each in CONTACT)
    return (finding.field,) if finding.field else ()


def said(finding: Finding) -> str:
    """Say a finding where it can be mended at once: its remedy without the options."""
    advice = finding.remedy
    if advice.startswith("--"):
        advice = advice.partition(": ")[2]
    return f"{finding.message}; {advice}" if advice else finding.message


def _of_question(question: Question, before: str) -> Asking:
    choices, help_text = question.choices, question.help
    if question.kind is QuestionKind.YES_NO:
        choices = (Choice(id="yes", label="Yes"), Choice(id="no", label="No"))
    elif not help_text:
        help_text = SHAPES.get(question.kind, "").capitalize()
    default = normalise(question, before) or ""
    return Asking(
        title=question.text,
        help_text=help_text,
        default=default if choices else default or before,
        choices=choices,
        required=question.required,
    )


def value_of(draft: Draft, name: str) -> str:
    """Give an answer by the id that findings use; empty where there is none."""
    if name in FIRST:
        return getattr(draft, name) or ""
    if name == "contact.phone":
        return draft.contact.phone or ""
    if name == "contact.available_24x7":
        return {True: "yes", False: "no", None: ""}[draft.contact.available_24x7]
    for table in (draft.impact_answers, draft.answers, draft.fields):
        if name in table:
            return table[name]
    return ""


def with_value(place: Workplace, thing: _T, name: str, value: str) -> _T:
    """Set one answer, in a draft or what it asks for, by the id that findings use."""
    changed: dict[str, Any] = {name: value}
    if any(each.id == name for each in CONTACT):
        changed = _contacted(thing, name, value)
    elif name not in FIRST:
        table = _answer_table(place, name)
        changed = {table: {**getattr(thing, table), name: value}}
    return replace(thing, **changed)


def without_value(place: Workplace, draft: Draft, name: str) -> Draft:
    """Take an answer back, so that it is as if never given."""
    if name in FIRST or any(each.id == name for each in CONTACT):
        return with_value(place, draft, name, "")
    table = _answer_table(place, name)
    left = {key: text for key, text in getattr(draft, table).items() if key != name}
    changed: dict[str, Any] = {table: left}
    return replace(draft, **changed)


def _answer_table(place: Workplace, name: str) -> str:
    policy = place.policy
    if any(each.id == name for each in policy.impact.questions):
        return "impact_answers"
    if any(each.id == name for each in policy.checklist):
        return "answers"
    return "fields"


def _contacted(thing: Draft | Request, name: str, value: str) -> dict[str, Any]:
    reached = {"yes": True, "no": False}.get(value.strip().lower())
    if isinstance(thing, Request):
        return {} if name == "contact.phone" else {"contact_24x7": bool(reached)}
    if name == "contact.phone":
        return {"contact": replace(thing.contact, phone=value.strip() or None)}
    return {"contact": replace(thing.contact, available_24x7=reached)}
