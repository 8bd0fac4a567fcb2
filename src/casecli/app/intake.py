"""The pre-submit interview: ask for what is missing, show what will be sent.

The draft is saved after every answer, so that Ctrl-C or a closed lid costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from casecli.app.reading import similar
from casecli.domain.checklist import Choice, Question, QuestionKind, normalise
from casecli.domain.errors import BadInput
from casecli.domain.judgement import applies, known_facts, refusals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from casecli.app.filing import Filing
    from casecli.app.gate import Prepared
    from casecli.app.workplace import Workplace
    from casecli.domain.case import Draft
    from casecli.domain.policy import FieldSpec, Finding
    from casecli.domain.ports import Prompter

SUBMIT, CHANGE, KEEP = "submit", "change", "keep"


@dataclass(slots=True)
class Intake:
    """Interviews one person about one case."""

    place: Workplace
    filing: Filing
    prompter: Prompter

    def complete(self, draft: Draft) -> Draft:
        """Ask for everything the policy requires and the draft lacks."""
        if not draft.subject.strip():
            draft = self._ask(draft, "subject")
            self._show_similar(draft)
        while True:
            missing = self._missing(draft)
            if not missing:
                return draft
            self.prompter.say(f"\n{len(missing)} to go")
            draft = self._mend(draft, missing[0])

    def ask_phone(self, draft: Draft) -> Draft:
        """Ask where an urgent case's contact can be called back; may stay unsaid."""
        if draft.contact.phone:
            return draft
        said = self.prompter.line(
            "Telephone number to call you back",
            help_text="With the country code; empty if there is none.",
        )
        contact = replace(draft.contact, phone=said.strip() or None)
        return self.place.store.save_draft(replace(draft, contact=contact))

    def offer_more(self, draft: Draft) -> Draft:
        """Go through what support will ask anyway, if the person wants to."""
        offered = list(self._offered(draft))
        if not offered:
            return draft
        self.prompter.say(
            "\nSupport usually asks: " + "; ".join(text for _, text in offered)
        )
        if not self.prompter.confirm("Answer some of these now?", default=False):
            return draft
        for field, _ in offered:
            draft = self._ask(draft, field)
        return draft

    def review(self, draft: Draft, prepared: Prepared) -> str:
        """Show what will leave and what the policy remarks; give the person's word."""
        say = self.prompter.say
        say(f"\n{draft.subject}")
        say(f"severity {draft.severity} · impact: {draft.impact}")
        for finding in prepared.findings:
            say(f"  {finding.effect}: {finding.message} ({finding.rule})")
        counts = ", ".join(
            f"{count} {kind}" for kind, count in prepared.scrubbed.items()
        )
        say(f"replaced before sending: {counts or 'nothing found'}")
        for sample in prepared.samples[:8]:
            say(f"  {sample.kind}: {sample.value} -> {sample.token}")
        for file in prepared.files:
            say(f"  {file.error or f'{file.name}, {file.size} bytes'}")
        choices = (
            Choice(id=SUBMIT, definition="record it and send it"),
            Choice(id=CHANGE, definition="go back to one of the answers"),
            Choice(id=KEEP, definition=f"keep it as draft {draft.ref} and stop"),
        )
        return self.prompter.choose("Submit?", choices, default=SUBMIT)

    def change(self, draft: Draft) -> Draft:
        """Ask which answer to change, then ask it again."""
        policy = self.place.policy
        names = [
            "subject",
            "description",
            "severity",
            "impact",
            *(each.id for each in policy.impact.questions),
            *(each.id for each in policy.fields),
            *(each.id for each in policy.checklist),
        ]
        choices = tuple(
            Choice(id=name, definition=_value(draft, name)[:60]) for name in names
        )
        return self._ask(draft, self.prompter.choose("Which one?", choices))

    def _missing(self, draft: Draft) -> tuple[Finding, ...]:
        findings = refusals(self.filing.check(draft), draft.waivers)
        return tuple(each for each in findings if each.field is not None)

    def _mend(self, draft: Draft, finding: Finding) -> Draft:
        field = finding.field or ""
        before = _value(draft, field)
        if before:
            self.prompter.say(f"{finding.message}. {finding.remedy}")
        after = self._ask(draft, field)
        if _value(after, field) == before and self._still(after, finding):
            raise BadInput(finding.message, finding.remedy)
        return after

    def _still(self, draft: Draft, finding: Finding) -> bool:
        return any(each.field == finding.field for each in self._missing(draft))

    def _ask(self, draft: Draft, field: str) -> Draft:
        place = self.place
        draft = with_value(place, draft, field, self._answer(draft, field))
        return place.store.save_draft(replace(draft, updated_at=place.now()))

    def _answer(self, draft: Draft, field: str) -> str:
        prompter, policy = self.prompter, self.place.policy
        before = _value(draft, field)
        match field:
            case "subject":
                return prompter.line(
                    "Subject",
                    default=before,
                    help_text="One line a stranger understands.",
                )
            case "description":
                return prompter.text(
                    "What happened?",
                    default=before,
                    help_text="What you saw, what you expected, what you tried.",
                )
            case "severity":
                levels = tuple(
                    Choice(id=each.id, label=each.label, definition=each.definition)
                    for each in policy.severities
                    if not each.offered or draft.channel in each.offered
                )
                return prompter.choose("Severity", levels, default=before)
            case "type":
                return prompter.choose("Type", policy.case_types, default=before)
            case "impact":
                return prompter.line(
                    "Business impact",
                    default=before,
                    help_text=policy.impact.help,
                    check=self._impact_check(draft),
                )
            case _:
                return self._policy_answer(field, before)

    def _policy_answer(self, field: str, before: str) -> str:
        question = self._question(field)
        if question is not None:
            return self._ask_question(question, before)
        spec = self._field(field)
        if spec is None:
            return self.prompter.line(field, default=before)
        if spec.choices:
            return self.prompter.choose(spec.label, spec.choices, default=before)
        return self.prompter.line(
            spec.label, default=before or spec.default, help_text=spec.help
        )

    def _ask_question(self, question: Question, before: str) -> str:
        if question.kind is QuestionKind.YES_NO and question.required:
            choices = (Choice(id="yes"), Choice(id="no"))
            return self.prompter.choose(question.text, choices, default=before)
        if question.choices:
            return self.prompter.choose(question.text, question.choices, default=before)

        def check(text: str) -> str | None:
            if not text.strip() and not question.required:
                return None
            fits = normalise(question, text) is not None
            return None if fits else f"a {question.kind} is needed"

        return self.prompter.line(
            question.text, default=before, help_text=question.help, check=check
        )

    def _impact_check(self, draft: Draft) -> Callable[[str], str | None]:
        def check(text: str) -> str | None:
            tried = replace(draft, impact=text)
            wrong = [each for each in self._missing(tried) if each.field == "impact"]
            return wrong[0].message if wrong else None

        return check

    def _offered(self, draft: Draft) -> Iterator[tuple[str, str]]:
        from casecli.app.filing import opening_request

        place, policy = self.place, self.place.policy
        facts = known_facts(
            policy, "open", None, place.actor, opening_request(draft), place.now()
        )
        for question in (*policy.impact.questions, *policy.checklist):
            if _value(draft, question.id) or question.required:
                continue
            if applies(question, facts, place.conditions):
                yield question.id, question.text
        for spec in policy.fields:
            if not spec.required and not _value(draft, spec.id):
                yield spec.id, spec.label.lower()

    def _show_similar(self, draft: Draft) -> None:
        rows = similar(self.place.store, draft.subject)
        if rows:
            self.prompter.say("Cases like this in the cache:")
        for row in rows:
            name = row["number"] or row["ref"]
            self.prompter.say(f"  {name}  {row['status']}  {row['subject']}")

    def _question(self, field: str) -> Question | None:
        policy = self.place.policy
        every = (*policy.impact.questions, *policy.checklist)
        return next((each for each in every if each.id == field), None)

    def _field(self, field: str) -> FieldSpec | None:
        return next(
            (each for each in self.place.policy.fields if each.id == field), None
        )


_OWN = frozenset({"subject", "description", "severity", "type", "impact"})


def answer_table(place: Workplace, field: str) -> str:
    """Say which table of a draft an id belongs to."""
    policy = place.policy
    if any(each.id == field for each in policy.impact.questions):
        return "impact_answers"
    if any(each.id == field for each in policy.checklist):
        return "answers"
    return "fields"


def _value(draft: Draft, field: str) -> str:
    if field in _OWN:
        return getattr(draft, field) or ""
    for table in (draft.impact_answers, draft.answers, draft.fields):
        if field in table:
            return table[field]
    return ""


def with_value(place: Workplace, draft: Draft, field: str, value: str) -> Draft:
    """Set one part of a draft by the id that findings and `--set` use."""
    changed: dict[str, Any] = {field: value}
    if field not in _OWN:
        table = answer_table(place, field)
        changed = {table: {**getattr(draft, table), field: value}}
    return replace(draft, **changed)
