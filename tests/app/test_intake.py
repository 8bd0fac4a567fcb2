"""Which questions the interview asks, in which order, and what becomes of answers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from casecli.app.gate import Prepared
from casecli.app.intake import Intake
from casecli.cli.asked import CommonOptions
from casecli.cli.wiring import Session
from casecli.domain.case import Draft
from casecli.domain.checklist import Choice
from casecli.domain.errors import Refused
from casecli.domain.ports import Back

IMPACT = "all forty tills are down since nine"
SEND, KEEP, CHANGE = "submit", "keep", "change"


@dataclass
class Script:
    """A person who knows the answers beforehand; an exception is raised in its turn."""

    answers: list[str | tuple[str, ...] | BaseException]
    asked: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    defaults: list[str] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)
    closed: dict[str, Mapping[str, str]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def line(
        self,
        question: str,
        *,
        default: str = "",
        help_text: str = "",
        check: Callable[[str], str | None] | None = None,
        step: str = "",
        live: Callable[[str], str] | None = None,
    ) -> str:
        if help_text:
            self.said.append(help_text)
        if live:
            self.said.append(live(default))
        while True:
            answer = str(self._next(question, step, default))
            wrong = check(answer) if check else None
            if wrong is None:
                return answer
            self.said.append(wrong)

    def choose(
        self,
        question: str,
        choices: Sequence[Choice],
        *,
        default: str = "",
        help_text: str = "",
        closed: Mapping[str, str] | None = None,
        step: str = "",
    ) -> str:
        self.said.append(help_text)
        self.choices[question] = [each.id for each in choices]
        self.closed[question] = closed or {}
        return str(self._next(question, step, default))

    def pick(
        self,
        question: str,
        choices: Sequence[Choice],
        *,
        help_text: str = "",
        step: str = "",
    ) -> tuple[str, ...]:
        self.said.append(help_text)
        self.choices[question] = [each.id for each in choices]
        picked = self._next(question, step, "")
        assert isinstance(picked, tuple)
        return picked

    def text(
        self, question: str, *, default: str = "", help_text: str = "", step: str = ""
    ) -> str:
        self.said.append(help_text)
        return str(self._next(question, step, default))

    def path(
        self,
        question: str,
        *,
        help_text: str = "",
        check: Callable[[str], str | None] | None = None,
        step: str = "",
    ) -> str:
        return self.line(question, help_text=help_text, check=check, step=step)

    def confirm(self, question: str, *, default: bool = False) -> bool:
        raise AssertionError(f"{question} {default}")

    def say(self, text: str) -> None:
        self.said.append(text)

    def _next(self, question: str, step: str, default: str) -> str | tuple[str, ...]:
        self.asked.append(question)
        self.steps.append(step)
        self.defaults.append(default)
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


@dataclass
class Desk:
    """Interviews at a desk whose policy and role a test may choose."""

    home: Path
    sessions: list[Session] = field(default_factory=list)

    def session(self, policy: str = "generic", role: str = "customer") -> Session:
        config = self.home / "config"
        (config / "policies").mkdir(parents=True, exist_ok=True, mode=0o700)
        shipped = Path(__file__).parents[2] / "examples" / "policies" / "acme.toml"
        shutil.copy(shipped, config / "policies")
        (config / "config.toml").write_text(
            f'[profiles.desk]\nbackend = "desk"\npolicy = "{policy}"\nrole = "{role}"\n'
        )
        session = Session(CommonOptions(profile="desk"))
        self.sessions.append(session)
        return session

    def draft(self, session: Session, **parts: object) -> Draft:
        draft = Draft(profile="desk", type="problem", created_at=session.now())
        return session.store.save_draft(replace(draft, **parts))  # type: ignore[arg-type]

    def interview(
        self, script: Script, session: Session, draft: Draft
    ) -> Prepared | None:
        intake = Intake(session.place, script)
        return intake.run(draft, session.filing.prepare_open)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("CASECLI_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    one = Desk(tmp_path / "home")
    yield one
    for each in one.sessions:
        each.close()


GIVEN = {"subject": "Calls drop", "description": "They do.", "severity": "medium"}
DONE = {**GIVEN, "impact": IMPACT, "impact_answers": {"production-down": "no"}}


def test_what_is_demanded_comes_first_and_is_counted(desk: Desk) -> None:
    session = desk.session()
    script = Script(
        ["Calls drop", "They do.", "medium", IMPACT, "no", "", (), SEND],
    )

    prepared = desk.interview(script, session, desk.draft(session))

    assert prepared is not None
    assert script.asked[:5] == [
        "Subject",
        "What happened?",
        "Severity",
        "Business impact",
        "Is production down?",
    ]
    assert script.steps == [
        *("1 of 5", "2 of 5", "3 of 5", "4 of 5", "5 of 5"),
        *("optional", "optional", "review"),
    ]


def test_nothing_given_is_asked_again(desk: Desk) -> None:
    session = desk.session()
    script = Script([SEND])

    desk.interview(script, session, desk.draft(session, **DONE))

    assert script.asked == ["Send it?"]


def test_a_draft_is_taken_up_at_the_first_open_question(desk: Desk) -> None:
    session = desk.session()
    script = Script([IMPACT, "no", "", (), KEEP])

    prepared = desk.interview(script, session, desk.draft(session, **GIVEN))

    assert prepared is None
    assert script.steps[0] == "4 of 5"
    kept = session.store.drafts()[0]
    assert kept.impact == IMPACT
    assert kept.impact_answers == {"production-down": "no"}


def test_going_back_asks_with_the_answer_there_was(desk: Desk) -> None:
    session = desk.session()
    script = Script(
        [Back("all forty"), Back(), "They drop.", IMPACT, "no", "", (), KEEP]
    )

    desk.interview(script, session, desk.draft(session, **GIVEN))

    assert script.asked[:4] == [
        *("Business impact", "Severity", "What happened?", "Business impact"),
    ]
    assert script.defaults[:4] == ["", "medium", "They do.", "all forty"]
    assert session.store.drafts()[0].description == "They drop."


def test_there_is_nothing_before_the_first_question(desk: Desk) -> None:
    session = desk.session()
    script = Script([Back(), KeyboardInterrupt()])

    with pytest.raises(KeyboardInterrupt):
        desk.interview(script, session, desk.draft(session))

    assert script.asked == ["Subject", "Subject"]
    assert "This is the first question." in script.said


def test_what_was_half_typed_is_kept_and_asked_first(desk: Desk) -> None:
    session = desk.session()
    first = Script([KeyboardInterrupt("every call af")])
    again = Script(["every call after nine", KeyboardInterrupt()])
    draft = desk.draft(session, subject="Calls drop", severity="low")

    with pytest.raises(KeyboardInterrupt):
        desk.interview(first, session, draft)
    with pytest.raises(KeyboardInterrupt):
        desk.interview(again, session, session.store.drafts()[0])

    assert again.asked == ["What happened?", "Business impact"]
    assert again.defaults[0] == "every call af"
    kept = session.store.drafts()[0]
    assert kept.description == "every call after nine"
    assert kept.error is None


def test_a_placeholder_is_no_impact(desk: Desk) -> None:
    session = desk.session()
    script = Script(["asap", IMPACT, "no", "", (), KEEP])

    desk.interview(script, session, desk.draft(session, **GIVEN))

    assert "business impact is missing; 'asap' says nothing" in script.said


def test_a_severity_the_channel_does_not_take_is_closed_with_its_remedy(
    desk: Desk,
) -> None:
    session = desk.session("acme")
    draft = desk.draft(session, subject="Calls drop", description="They do.")
    script = Script([KeyboardInterrupt()])

    with pytest.raises(KeyboardInterrupt):
        desk.interview(script, session, draft)

    assert script.choices["Severity"] == ["sev1", "sev2", "sev3"]
    assert script.closed["Severity"] == {
        "sev1": "severity sev1 cannot be chosen by portal; "
        "call Acme; the portal takes sev2 and below"
    }


def test_a_severity_with_a_way_round_is_opened_for_less_and_raised_by_phone(
    desk: Desk,
) -> None:
    session = desk.session("genesys", "designated-contact")
    draft = desk.draft(
        session, subject="Calls drop", description="They do.", type="support"
    )
    script = Script(["production-down", KeyboardInterrupt()])

    with pytest.raises(KeyboardInterrupt):
        desk.interview(script, session, draft)

    assert "Severity" not in script.closed or not script.closed["Severity"]
    kept = session.store.drafts()[0]
    assert kept.severity == "high"
    assert kept.fields["raise_to"] == "production-down"
    assert any(
        "To do then: call Customer Care to have the case raised to Production Down" in e
        for e in script.said
    )


def test_choices_follow_the_field_above(desk: Desk) -> None:
    session = desk.session("acme")
    parts = {**DONE, "severity": "sev3", "fields": {"product.name": "broker"}}
    script = Script([CHANGE, "product.component", "queue"])
    script.answers += [CHANGE, "product.name", "gateway", "proxy", KEEP]

    desk.interview(script, session, desk.draft(session, **parts))

    assert script.choices["Component"] == ["proxy"]
    fields = session.store.drafts()[0].fields
    assert fields == {"product.name": "gateway", "product.component": "proxy"}


def test_only_what_is_picked_is_asked_and_may_be_left_open(desk: Desk) -> None:
    session = desk.session()
    picked = ("environment.type", "tried")
    script = Script([IMPACT, "no", "", picked, "a restart", "skip", KEEP])

    desk.interview(script, session, desk.draft(session, **GIVEN))

    assert script.asked[4:6] == [
        "What have you tried, and what came of it?",
        "Environment",
    ]
    kept = session.store.drafts()[0]
    assert kept.answers == {"tried": "a restart"}
    assert kept.fields == {}


def test_what_the_policy_remarks_on_is_offered_first(desk: Desk) -> None:
    session = desk.session()
    parts = {**DONE, "severity": "high"}
    answers = {"production-down": "no", "people-affected": "40"}
    script = Script(["more", (), KEEP])

    desk.interview(
        script, session, desk.draft(session, **{**parts, "impact_answers": answers})
    )

    offered = script.choices["Support will ask these next; answer some now?"]
    assert offered[:2] == ["environment.type", "occurrence.started_at"]


def test_an_offer_the_policy_demands_cannot_be_left_open(desk: Desk) -> None:
    session = desk.session("acme")
    parts = {**DONE, "severity": "sev2", "fields": {"product.name": "broker"}}
    answers = {"production-down": "no", "people-affected": "40"}
    script = Script(["", "since nine", "", (), KEEP])

    desk.interview(
        script, session, desk.draft(session, **{**parts, "impact_answers": answers})
    )

    assert script.asked[:2] == ["When it began", "When it began"]
    assert session.store.drafts()[0].fields["occurrence.started_at"] == "since nine"


def test_the_last_case_of_the_profile_gives_the_default(desk: Desk) -> None:
    session = desk.session()
    before = desk.draft(session, **DONE, fields={"product.version": "10.4.7.21"})
    session.filing.record(session.filing.prepare_open(before))
    session.store.drop_draft(before.ref)
    script = Script(["more", ("product.version",), "10.4.7.22", KEEP])

    desk.interview(script, session, desk.draft(session, **DONE))

    assert script.defaults[2] == "10.4.7.21"
    assert "all of it, with build and patch level (as in case L1)" in script.said


def test_who_may_not_open_is_told_before_any_question(desk: Desk) -> None:
    session = desk.session(role="read-only")
    script = Script([])

    with pytest.raises(Refused, match="open refused"):
        desk.interview(script, session, desk.draft(session))

    assert script.asked == []


def test_a_file_is_scrubbed_for_a_look_as_soon_as_it_is_named(
    desk: Desk, tmp_path: Path
) -> None:
    session = desk.session()
    (tmp_path / "app.log").write_text("ask bob@hallbrook.example.org\n")
    script = Script([IMPACT, "no", "no.log", "app.log", "", (), SEND])

    prepared = desk.interview(script, session, desk.draft(session, **GIVEN))

    assert "there is no such file" in script.said
    assert any(each.startswith("  app.log: 1 email replaced") for each in script.said)
    assert prepared is not None
    assert [each.path for each in prepared.files] == ["app.log"]


def test_the_review_names_every_remark_and_where_it_is_mended(desk: Desk) -> None:
    session = desk.session()
    parts = {**DONE, "severity": "high", "description": "ask bob@hallbrook.example.org"}
    answers = {"production-down": "no", "people-affected": "40"}
    script = Script([CHANGE, "occurrence.started_at", "since nine", SEND])

    desk.interview(
        script, session, desk.draft(session, **{**parts, "impact_answers": answers})
    )

    remark = (
        "warn: the case does not say when it began; support will ask that first "
        "(GENERIC-STARTED-AT)"
    )
    assert script.said[script.said.index(remark) + 1] == "  change: When it began"
    assert script.said.count(remark) == 1
    assert "Replaced before it leaves: 1 email" in script.said


def test_a_subject_like_another_shows_the_other(desk: Desk) -> None:
    session = desk.session()
    before = desk.draft(session, **DONE)
    session.filing.record(session.filing.prepare_open(before))
    script = Script(["Calls drop again", KeyboardInterrupt()])

    with pytest.raises(KeyboardInterrupt):
        desk.interview(script, session, desk.draft(session))

    assert "  L1  queued  Calls drop" in script.said


def test_whom_to_reach_at_night_is_offered_where_the_policy_misses_it(
    desk: Desk,
) -> None:
    session = desk.session()
    answers = {"production-down": "yes", "people-affected": "40"}
    parts = {**DONE, "severity": "critical", "impact_answers": answers}
    reach = ("contact.phone", "contact.available_24x7")
    script = Script(["more", reach, "+49 30 5550 0123", "yes", KEEP])

    desk.interview(script, session, desk.draft(session, **parts))

    warned = "nobody is named whom the vendor can reach at any hour"
    contact = session.store.drafts()[0].contact
    assert (contact.phone, contact.available_24x7) == ("+49 30 5550 0123", True)
    first = next(n for n, each in enumerate(script.said) if warned in each)
    assert script.said[first + 1] == (
        "  change: Telephone to reach you, Can the vendor reach you at any hour"
    )
    assert sum(warned in each for each in script.said) == 1


def test_the_review_shows_each_kind_once_and_the_beginning_of_a_long_text(
    desk: Desk,
) -> None:
    session = desk.session()
    names = [f"user{number}@hallbrook.example.org" for number in range(9)]
    text = "\n".join([*names, "password: hunter2secret", "the end"])
    script = Script([KEEP])

    desk.interview(
        script, session, desk.draft(session, **{**DONE, "description": text})
    )

    shown = [each.partition(": ")[0].strip() for each in script.said if " -> " in each]
    assert sorted(shown[:2]) == ["email", "password"]
    assert len(shown) == 6
    described = next(each for each in script.said if "What happened" in each)
    assert described.endswith("user7@hallbrook.example.org\n    and 3 more lines")
