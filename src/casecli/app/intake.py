"""The pre-submit interview: ask for what is missing, show what will be sent.

The draft is saved after every answer, so that Ctrl-C or a closed lid costs nothing.
What the policy demands comes first and one by one; what support will ask next is one
question, to pick from.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from casecli.app.gate import file_fact
from casecli.app.intake_questions import (
    FIRST,
    SKIP,
    Questions,
    mended_by,
    said,
    value_of,
    with_value,
    without_value,
)
from casecli.app.intake_review import (
    Word,
    file_lines,
    findings_lines,
    size,
    summary,
)
from casecli.app.reading import similar
from casecli.app.todos import RAISE_TO
from casecli.domain.checklist import Choice
from casecli.domain.errors import CaseError, Refused
from casecli.domain.ports import Back

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from casecli.app.gate import Prepared
    from casecli.app.workplace import Workplace
    from casecli.domain.case import Draft
    from casecli.domain.policy import Finding
    from casecli.domain.ports import Prompter, ScrubbedFile

FILES = "attach"
PHONE = "contact.phone"
UNFINISHED = "stopped while typing: "
AT_ONCE = 64 * 1024 * 1024
"""Files up to this size are scrubbed for a look as soon as they are named."""


@dataclass(slots=True)
class Intake:
    """Interviews one person about one case."""

    place: Workplace
    prompter: Prompter
    questions: Questions = field(init=False)
    _trail: list[str] = field(default_factory=list)
    _typed: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.questions = Questions(self.place)

    def run(
        self, draft: Draft, prepare: Callable[[Draft], Prepared]
    ) -> Prepared | None:
        """Bring a draft to what may be recorded; None to keep it and stop.

        Raises:
            Refused: no answer can lift what refuses it.
        """
        asked = len(self.questions.missing(draft)) > 0 or _unfinished(draft) != ""
        draft = self.complete(draft)
        if draft.urgent:
            draft = self.ask_phone(draft)
        elif asked:
            draft = self.offer_files(draft)
            draft = self.offer_more(draft)
        while True:
            prepared = self._try(draft, prepare)
            match self._review(draft, prepared):
                case Word.SUBMIT if prepared is not None:
                    return prepared
                case Word.CHANGE:
                    draft = self.complete(self._change(draft))
                case Word.FILES:
                    draft = self.offer_files(draft)
                case Word.MORE:
                    draft = self.offer_more(draft)
                case _:
                    return None

    def complete(self, draft: Draft) -> Draft:
        """Ask for everything the policy requires and the draft lacks.

        Raises:
            Refused: no answer can lift what refuses it.
        """
        for each in self.questions.answered(draft):
            if each not in self._trail and each != _unfinished(draft):
                self._trail.append(each)
        hopeless = self.questions.hopeless(draft)
        if hopeless:
            raise Refused("open", hopeless)
        if self.questions.missing(draft) or _unfinished(draft):
            self.prompter.say(
                f"A case for {self.place.policy.vendor}. Every answer is kept at once, "
                f"in draft {draft.ref}; Ctrl-C stops."
            )
        return self._walk(draft, self._demanded)

    def ask_phone(self, draft: Draft) -> Draft:
        """Ask where an urgent case's contact can be called back; may stay unsaid."""

        def left(draft: Draft) -> list[str]:
            asked = PHONE in self._trail or value_of(draft, PHONE)
            return [*self._demanded(draft), *(() if asked else (PHONE,))]

        return self._walk(draft, left)

    def offer_more(self, draft: Draft) -> Draft:
        """Let the person pick, of what support will ask next, what to answer now."""
        offers = self.questions.offered(draft)
        if not offers:
            return draft
        try:
            picked = self.prompter.pick(
                "Support will ask these next; answer some now?",
                offers,
                help_text="What is answered now need not be asked tomorrow.",
                step="optional",
            )
        except Back:
            return self._walk(draft, self._demanded, back=True)
        passed = {each.id for each in offers}.difference(picked)

        def left(draft: Draft) -> list[str]:
            now = [each.id for each in self.questions.offered(draft)]
            asked = passed.union(self._trail)
            return [*self._demanded(draft), *(e for e in now if e not in asked)]

        self._trail = [each for each in self._trail if each not in picked]
        return self._walk(draft, left)

    def offer_files(self, draft: Draft) -> Draft:
        """Ask for files until no more is named, telling at once what each holds."""
        while True:
            try:
                name = self.prompter.path(
                    "Attach a log or another file? (Enter: no more)"
                    if draft.attach
                    else "Attach a log or another file? (Enter: none)",
                    help_text="Scrubbed before it leaves; a folder is packed.",
                    check=_there,
                    step="optional",
                )
            except Back:
                draft = self._walk(draft, self._demanded, back=True)
                continue
            if not name:
                return draft
            path = str(Path(name).expanduser())
            if path not in draft.attach and self._look(draft, path):
                draft = self._save(replace(draft, attach=(*draft.attach, path)))

    def _walk(
        self,
        draft: Draft,
        left: Callable[[Draft], Sequence[str]],
        *,
        back: bool = False,
    ) -> Draft:
        """Ask one after another; going back keeps every answer given since."""
        at = max(0, len(self._trail) - back)
        while True:
            todo = left(draft)
            if at >= len(self._trail) and not todo:
                return draft
            name = self._trail[at] if at < len(self._trail) else todo[0]
            total = len(self._trail) + len([e for e in todo if e not in self._trail])
            try:
                draft = self._ask(draft, name, f"{at + 1} of {max(total, at + 1)}")
            except Back as wish:
                self._typed[name] = wish.typed
                if at == 0:
                    self.prompter.say("This is the first question.")
                at = max(0, at - 1)
                continue
            if name not in self._trail and name != FILES:
                self._trail.append(name)
            at = len(self._trail)

    def _demanded(self, draft: Draft) -> list[str]:
        found = [each.field or "" for each in self.questions.missing(draft)]
        begun = _unfinished(draft)
        return [begun, *(each for each in found if each != begun)] if begun else found

    def _ask(self, draft: Draft, name: str, step: str) -> Draft:
        if name == FILES:
            return self._drop_file(draft, step)
        finding = next(
            (e for e in self.questions.missing(draft) if e.field == name), None
        )
        if finding is not None and value_of(draft, name):
            self.prompter.say(said(finding))
        try:
            answer = self._answer(draft, name, step)
        except KeyboardInterrupt as stop:
            self._keep_typed(draft, name, stop)
            raise
        self._typed.pop(name, None)
        if name == "severity":
            draft, answer = self._instead(draft, answer)
        before = self.questions.findings(draft)
        if answer or name in FIRST:
            after = with_value(self.place, draft, name, answer)
        else:
            after = without_value(self.place, draft, name)
        if finding is not None and value_of(draft, name) == answer:
            self._insist(after, finding)
        after = self._save(after)
        self._remark(after, name, before)
        return after

    def _instead(self, draft: Draft, severity: str) -> tuple[Draft, str]:
        """Open for less what the channel does not take, with the way to have it raised.

        Whatever was to be raised before is not any more.
        """
        draft = without_value(self.place, draft, RAISE_TO)
        level = self.place.policy.severity(severity)
        instead = self.questions.instead_of(draft, severity)
        if level is None or instead is None:
            return draft, severity
        self.prompter.say(f"  Opened as {instead.label}. To do then: {level.todo}.")
        return with_value(self.place, draft, RAISE_TO, level.id), instead.id

    def _answer(self, draft: Draft, name: str, step: str) -> str:
        asking = self.questions.asking(draft, name)
        default = self._typed.get(name) or asking.default
        if asking.choices:
            chosen = self.prompter.choose(
                asking.title,
                asking.choices,
                default=asking.default,
                help_text=asking.help_text,
                closed=asking.closed,
                step=step,
            )
            return "" if chosen == SKIP and not asking.required else chosen
        if asking.long:
            return self.prompter.text(
                asking.title, default=default, help_text=asking.help_text, step=step
            )
        answer = self.prompter.line(
            asking.title,
            default=default,
            help_text=asking.help_text,
            check=self.questions.check(draft, name, required=asking.required),
            step=step,
            live=self._similar if name == "subject" else None,
        )
        if name == "subject":
            self._show_similar(answer)
        return answer.strip()

    def _insist(self, draft: Draft, before: Finding) -> None:
        """Stop where the same answer is refused again for the same reason."""
        again = [e for e in self.questions.missing(draft) if e.field == before.field]
        if again:
            raise Refused("open", again)

    def _remark(self, draft: Draft, name: str, before: Sequence[Finding]) -> None:
        """Say at once what an answer brought about, while it can be changed."""
        known = {each.message for each in before}
        for each in self.questions.findings(draft):
            news = each.message not in known
            if news and (
                each.field == name or (each.effect.refuses and not each.field)
            ):
                self.prompter.say(f"  {each.effect}: {said(each)} ({each.rule})")

    def _keep_typed(self, draft: Draft, name: str, stop: KeyboardInterrupt) -> None:
        typed = str(stop.args[0]) if stop.args else ""
        if typed.strip() and name in ("subject", "description", "impact"):
            begun = with_value(self.place, draft, name, typed)
            self._save(begun, error=f"{UNFINISHED}{name}")

    def _save(self, draft: Draft, error: str | None = None) -> Draft:
        place = self.place
        return place.store.save_draft(
            replace(draft, updated_at=place.now(), error=error)
        )

    def _drop_file(self, draft: Draft, step: str) -> Draft:
        finding = next(e for e in self.questions.missing(draft) if e.field == FILES)
        choices = tuple(Choice(id=each) for each in draft.attach)
        name = self.prompter.choose(
            f"{said(finding)}. Which file stays behind?", choices, step=step
        )
        left = tuple(each for each in draft.attach if each != name)
        return self._save(replace(draft, attach=left))

    def _look(self, draft: Draft, path: str) -> bool:
        """Scrub a file into the air and tell what was found; False if it cannot go."""
        where = Path(path)
        about = file_fact(path).size
        if where.is_dir() or about > AT_ONCE:
            self.prompter.say(f"  {path}: {size(about)}, looked into before the review")
            return True
        place, scratch = self.place, self.place.spool.scratch()
        try:
            with place.vault.case(draft.ref) as vault:
                report: ScrubbedFile = place.scrubber.file(where, scratch, vault)
        except CaseError as error:
            self.prompter.say(f"  left out: {error.message}")
            if error.hint:
                self.prompter.say(f"  {error.hint}")
            return False
        finally:
            scratch.unlink(missing_ok=True)
        for each in file_lines(path, report):
            self.prompter.say(each)
        return not report.nothing_left

    def _try(
        self, draft: Draft, prepare: Callable[[Draft], Prepared]
    ) -> Prepared | None:
        try:
            return prepare(draft)
        except Refused as error:
            for each in findings_lines(error.findings, self.questions, draft.ref):
                self.prompter.say(each)
            return None

    def _review(self, draft: Draft, prepared: Prepared | None) -> Word:
        """Show what will leave and what the policy remarks; give the person's word."""
        if prepared is not None:
            for each in summary(draft, prepared, self.questions):
                self.prompter.say(each)
        more = len(self.questions.offered(draft))
        words = {
            Word.SUBMIT: Choice(id=Word.SUBMIT, label="Send it"),
            Word.CHANGE: Choice(id=Word.CHANGE, label="Change an answer"),
            Word.FILES: Choice(id=Word.FILES, label="Attach a file"),
            Word.MORE: Choice(
                id=Word.MORE, label=f"Answer more of what support asks ({more})"
            ),
            Word.KEEP: Choice(
                id=Word.KEEP, label=f"Keep it as draft {draft.ref}, stop"
            ),
        }
        if prepared is None:
            del words[Word.SUBMIT]
        if not more:
            del words[Word.MORE]
        default = Word.SUBMIT if prepared else Word.CHANGE
        try:
            word = self.prompter.choose(
                "Send it?", tuple(words.values()), default=default, step="review"
            )
        except Back:
            return Word.CHANGE
        return Word(word)

    def _change(self, draft: Draft) -> Draft:
        """Ask which answer to change, the ones remarked on first, then ask it again."""
        questions = self.questions
        remarks = {
            name: each.message
            for each in questions.findings(draft)
            for name in mended_by(each)
        }
        names = dict.fromkeys([*remarks, *questions.given(draft)])
        choices = [
            Choice(
                id=name,
                label=questions.title(name),
                definition=remarks.get(name) or value_of(draft, name)[:200],
            )
            for name in names
            if name in FIRST or questions.known(name) or value_of(draft, name)
        ]
        choices += [
            Choice(id=f"{FILES}:{each}", label="Leave out", definition=each)
            for each in draft.attach
        ]
        try:
            name = self.prompter.choose("Change what?", tuple(choices), step="change")
            if name.startswith(f"{FILES}:"):
                path = name.removeprefix(f"{FILES}:")
                left = tuple(each for each in draft.attach if each != path)
                return self._save(replace(draft, attach=left))
            return self._ask(draft, name, "change")
        except Back:
            return draft

    def _similar(self, subject: str) -> str:
        rows = similar(self.place.store, subject, limit=4)
        return "\n".join(
            f"{row['number'] or row['ref']}  {row['status']}  {row['subject']}"
            for row in rows
        )

    def _show_similar(self, subject: str) -> None:
        found = self._similar(subject)
        if found:
            self.prompter.say("Is it one of these? Then casecli comment CASE instead:")
            for each in found.splitlines():
                self.prompter.say(f"  {each}")


def _unfinished(draft: Draft) -> str:
    error = draft.error or ""
    return error.removeprefix(UNFINISHED) if error.startswith(UNFINISHED) else ""


def _there(text: str) -> str | None:
    if not text.strip():
        return None
    return None if Path(text).expanduser().exists() else "there is no such file"
