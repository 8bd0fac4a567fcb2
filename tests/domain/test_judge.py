"""What a policy says about an action, rule by rule and table by table."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from casecli.domain.case import (
    Attachment,
    Case,
    Escalation,
    EscalationState,
    Product,
    Status,
    Waiver,
)
from casecli.domain.checklist import Choice, Question, QuestionKind
from casecli.domain.judgement import (
    ConditionFailed,
    applies,
    judge,
    judge_rule,
    known_facts,
    refusals,
)
from casecli.domain.policy import (
    Actor,
    AttachmentLimits,
    ChannelSpec,
    ClosingSpec,
    Effect,
    EscalationSpec,
    FieldSpec,
    FileFact,
    Finding,
    ImpactSpec,
    Policy,
    ReopenSpec,
    Request,
    Role,
    Rule,
    SeverityLevel,
    WhenUnknown,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PLAIN = Policy(
    id="acme",
    title="Acme",
    vendor="Acme",
    severities=(
        SeverityLevel(id="high", rank=1, label="High"),
        SeverityLevel(id="low", rank=2, label="Low"),
    ),
    impact=ImpactSpec(
        placeholders=("n/a", "see above", "high"),
        substantial_from="high",
        substantial_words=3,
    ),
)
GOOD = Request(
    subject="Disk full",
    description="The log disk is full",
    severity="low",
    impact="two colleagues wait",
)
CASE = Case(ref="L1", number="4711", severity="low")


@dataclass
class Answers:
    """Conditions known beforehand; every other one fails."""

    known: Mapping[str, bool] = field(default_factory=dict)

    def holds(self, expression: str, facts: Mapping[str, object]) -> bool:
        del facts
        if expression not in self.known:
            raise ConditionFailed("no such key")
        return self.known[expression]

    def moment(self, expression: str, facts: Mapping[str, object]) -> datetime:
        del facts
        if expression != "tomorrow":
            raise ConditionFailed("no such time")
        return datetime(2026, 3, 3, tzinfo=UTC)


def about(
    policy: Policy,
    action: str,
    request: Request = GOOD,
    case: Case | None = None,
    actor: Actor = Actor(),  # noqa: B008 (frozen)
) -> list[tuple[str, str, str | None]]:
    findings = judge(policy, action, case, actor, request, NOW, Answers())
    return [(each.rule, each.effect.value, each.field) for each in findings]


# --- who, where, when ----------------------------------------------------------------

ROLES = (
    Role(id="reader", label="reader", may=("view",), remedy="ask a writer"),
    Role(id="writer", label="writer", may=("open", "view")),
)


def test_a_role_may_not_do_what_is_not_listed() -> None:
    policy = replace(PLAIN, roles=ROLES)

    assert about(policy, "open", actor=Actor(role="reader")) == [
        ("ACME-ROLE", "deny", None)
    ]
    assert about(policy, "open", actor=Actor(role="writer")) == []


@pytest.mark.parametrize("role", ["", "boss"])
def test_nobody_acts_in_a_role_the_policy_does_not_have(role: str) -> None:
    policy = replace(PLAIN, roles=ROLES)

    assert about(policy, "view", actor=Actor(role=role)) == [
        ("ACME-ROLE", "deny", None)
    ]


def test_the_default_role_is_taken_where_none_is_named_but_not_for_a_wrong_one() -> (
    None
):
    policy = replace(PLAIN, roles=(replace(ROLES[1], default=True),))

    assert about(policy, "open") == []
    assert about(policy, "open", actor=Actor(role="boss")) == [
        ("ACME-ROLE", "deny", None)
    ]


def test_a_channel_that_does_not_serve_the_action_names_those_that_do() -> None:
    policy = replace(
        PLAIN,
        channels=(
            ChannelSpec(id="email", label="e-mail", actions=("comment",)),
            ChannelSpec(id="portal", label="portal", actions=("open", "comment")),
        ),
    )

    findings = judge(
        policy, "open", None, Actor(), replace(GOOD, channel="email"), NOW, Answers()
    )

    assert [each.rule for each in findings] == ["ACME-CHANNEL"]
    assert findings[0].remedy == "use portal"
    assert about(policy, "open", replace(GOOD, channel="web")) == []


@pytest.mark.parametrize(
    ("status", "action", "found"),
    [
        (Status.CLOSED, "escalate", [("ACME-STATE", "deny", None)]),
        (Status.CLOSED, "close", [("ACME-STATE", "deny", None)]),
        (Status.CLOSED, "comment", [("ACME-STATE", "warn", None)]),
        (Status.CLOSED, "reopen", []),
        (Status.RESOLVED, "reopen", []),
        (Status.OPEN, "reopen", [("ACME-STATE", "deny", None)]),
        (Status.CANCELLED, "comment", [("ACME-STATE", "deny", None)]),
        (Status.CANCELLED, "reopen", [("ACME-STATE", "deny", None)]),
        (Status.OPEN, "cancel", []),
    ],
)
def test_where_a_case_stands_decides_what_is_possible(
    status: Status, action: str, found: list[object]
) -> None:
    case = replace(CASE, status=status)

    assert about(PLAIN, action, Request(text="hello"), case) == found


@pytest.mark.parametrize(
    ("now", "inclusive", "found"),
    [
        ("2026-03-30T11:59:59+00:00", True, []),
        ("2026-03-30T12:00:00+00:00", True, [Effect.WARN]),
        ("2026-03-31T12:00:00+00:00", True, [Effect.WARN]),
        ("2026-03-31T12:00:00.000001+00:00", True, [Effect.DENY]),
        ("2026-03-31T12:00:00+00:00", False, [Effect.DENY]),
        ("2026-03-31T11:59:59.999999+00:00", False, [Effect.WARN]),
    ],
)
def test_the_last_moment_of_the_reopen_window(
    now: str, *, inclusive: bool, found: list[Effect]
) -> None:
    policy = replace(PLAIN, reopen=ReopenSpec(days=30, inclusive=inclusive))
    case = replace(
        CASE, status=Status.CLOSED, closed_at=datetime(2026, 3, 1, 12, tzinfo=UTC)
    )

    findings = judge(
        policy,
        "reopen",
        case,
        Actor(),
        Request(),
        datetime.fromisoformat(now),
        Answers(),
    )

    assert [each.effect for each in findings] == found


def test_past_the_window_the_next_command_is_a_follow_up() -> None:
    policy = replace(PLAIN, reopen=ReopenSpec(days=1))
    case = replace(
        CASE, status=Status.CLOSED, closed_at=datetime(2026, 2, 1, tzinfo=UTC)
    )

    (finding,) = judge(policy, "reopen", case, Actor(), Request(), NOW, Answers())

    assert finding.remedy == "casecli open --follows 4711"
    assert finding.message == (
        "case 4711 could be reopened for 1 days, until 2026-02-02T00:00:00Z"
    )


def test_an_unknown_day_of_closure_warns_of_the_window() -> None:
    policy = replace(PLAIN, reopen=ReopenSpec(days=30))

    assert about(policy, "reopen", Request(), replace(CASE, status=Status.CLOSED)) == [
        ("ACME-REOPEN", "warn", None)
    ]


# --- escalations ---------------------------------------------------------------------


def escalated(state: EscalationState) -> Case:
    escalation = Escalation(id="E1", state=state, requested_at=NOW)
    return replace(CASE, escalations=(escalation,))


@pytest.mark.parametrize(
    ("state", "action", "refused"),
    [
        (EscalationState.REQUESTED, "escalate", True),
        (EscalationState.ACTIVE, "escalate", True),
        (EscalationState.REJECTED, "escalate", False),
        (EscalationState.CLOSED, "escalate", False),
        (EscalationState.REQUESTED, "deescalate", True),
        (EscalationState.ACTIVE, "deescalate", False),
        (EscalationState.CLOSED, "deescalate", True),
        (EscalationState.UNDER_REVIEW, "plan", False),
        (EscalationState.CLOSED, "plan", True),
    ],
)
def test_one_escalation_lives_at_a_time(
    state: EscalationState, action: str, *, refused: bool
) -> None:
    found = about(PLAIN, action, Request(), escalated(state))

    assert found == [("ACME-ESCALATION", "deny", None)] * refused


def test_the_escalation_feed_needs_an_escalation() -> None:
    request = Request(text="any news?", feed="escalation")

    assert about(PLAIN, "comment", request, CASE) == [("ACME-ESCALATION", "deny", None)]
    assert about(PLAIN, "comment", request, escalated(EscalationState.ACTIVE)) == []


def test_an_escalation_gives_its_reason_and_answers_the_facts() -> None:
    facts = (
        Question(id="right", text="Right?", kind=QuestionKind.YES_NO, expects="yes"),
    )
    spec = EscalationSpec(reasons=(Choice(id="slow"), Choice(id="other")), facts=facts)
    policy = replace(PLAIN, escalation=spec)

    assert about(policy, "escalate", Request(), CASE) == [
        ("ACME-ESCALATION", "require", "reason"),
        ("ACME-CHECKLIST", "require", "right"),
    ]
    assert about(
        policy, "escalate", Request(reason="late", answers={"right": "no"}), CASE
    ) == [
        ("ACME-ESCALATION", "deny", "reason"),
        ("ACME-CHECKLIST", "require", "right"),
    ]
    assert (
        about(policy, "escalate", Request(reason="SLOW", answers={"right": "Y"}), CASE)
        == []
    )


def test_closing_wants_one_of_the_reasons() -> None:
    policy = replace(PLAIN, closing=ClosingSpec(reasons=(Choice(id="solved"),)))

    assert about(policy, "close", Request(), CASE) == [
        ("ACME-CLOSE", "require", "reason")
    ]
    assert about(policy, "close", Request(reason="solved"), CASE) == []


# --- opening -------------------------------------------------------------------------


def test_everything_that_is_missing_is_listed_at_once() -> None:
    assert about(PLAIN, "open", Request()) == [
        ("ACME-FIELD", "require", "subject"),
        ("ACME-FIELD", "require", "description"),
        ("ACME-FIELD", "require", "severity"),
        ("ACME-IMPACT", "require", "impact"),
    ]


def test_the_default_type_is_taken_where_none_is_named() -> None:
    types = (Choice(id="problem"), Choice(id="question"))
    chosen = replace(PLAIN, case_types=types)
    assumed = replace(chosen, default_type="problem")

    assert about(chosen, "open") == [("ACME-TYPE", "require", "type")]
    assert about(assumed, "open") == []
    assert about(assumed, "open", replace(GOOD, type="wish")) == [
        ("ACME-TYPE", "deny", "type")
    ]


def test_a_severity_is_known_by_id_or_label_in_any_case() -> None:
    assert about(PLAIN, "open", replace(GOOD, severity=" LOW ")) == []
    assert about(PLAIN, "open", replace(GOOD, severity="worst")) == [
        ("ACME-SEVERITY", "deny", "severity")
    ]


def test_a_severity_is_offered_on_its_channels_only() -> None:
    level = SeverityLevel(
        id="down", rank=0, label="Down", offered=("phone",), remedy="phone them"
    )
    policy = replace(PLAIN, severities=(level,))
    request = replace(GOOD, severity="down")

    assert about(policy, "open", request) == [("ACME-SEVERITY", "deny", "severity")]
    assert about(policy, "open", replace(request, channel="phone")) == []


@pytest.mark.parametrize(
    "text", ["", "  ", "-", "...", "N/A", "n / a", "High", "high high!", "See above."]
)
def test_an_impact_that_says_nothing_is_a_missing_impact(text: str) -> None:
    assert about(PLAIN, "open", replace(GOOD, impact=text)) == [
        ("ACME-IMPACT", "require", "impact")
    ]


@pytest.mark.parametrize(
    ("severity", "text", "effects"),
    [
        ("high", "all stopped", ["require"]),
        ("low", "all stopped", ["warn"]),
        ("high", "all tills stopped", []),
        ("high", "全店舗で会計ができない", []),
        ("nonsense", "all stopped", ["deny", "warn"]),
    ],
)
def test_a_severe_case_needs_more_words_about_its_impact(
    severity: str, text: str, effects: list[str]
) -> None:
    found = about(PLAIN, "open", replace(GOOD, severity=severity, impact=text))

    assert [effect for _, effect, _ in found] == effects


FIELDS = (
    FieldSpec(
        id="range",
        label="Range",
        required=True,
        choices=(Choice(id="hw", label="Hardware"), Choice(id="sw")),
    ),
    FieldSpec(
        id="part",
        label="Part",
        required=True,
        depends_on="range",
        choices=(Choice(id="fan", when=("hw",)), Choice(id="psu", when=("hw",))),
    ),
    FieldSpec(id="site", label="Site", required=True, default="Lyon"),
)


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, [("ACME-FIELD", "require", "range")]),
        ({"range": "hw"}, [("ACME-FIELD", "require", "part")]),
        ({"range": "Hardware", "part": "FAN"}, []),
        ({"range": "sw"}, []),
        ({"range": "sw", "part": "fan"}, [("ACME-FIELD", "deny", "part")]),
        ({"range": "air"}, [("ACME-FIELD", "deny", "range")]),
    ],
)
def test_a_field_takes_what_its_parent_leaves(
    fields: dict[str, str], found: list[object]
) -> None:
    policy = replace(PLAIN, fields=FIELDS)

    assert about(policy, "open", replace(GOOD, fields=fields)) == found


def test_an_edit_is_judged_over_what_the_case_has() -> None:
    case = replace(CASE, fields={"range": "hw", "part": "fan"})
    policy = replace(PLAIN, fields=FIELDS)

    assert about(policy, "edit", Request(fields={"part": "psu"}), case) == []
    assert about(policy, "edit", Request(fields={"range": "sw"}), case) == [
        ("ACME-FIELD", "deny", "part")
    ]
    assert about(policy, "edit", Request(fields={"range": " "}), case) == [
        ("ACME-FIELD", "require", "range"),
        ("ACME-FIELD", "deny", "part"),
    ]
    assert about(policy, "edit", Request(severity="worst"), case) == [
        ("ACME-SEVERITY", "deny", "severity")
    ]
    assert about(policy, "edit", Request(fields={"impact": "n/a"}), case) == [
        ("ACME-IMPACT", "require", "impact")
    ]
    assert about(policy, "edit", Request(fields={"subject": ""}), case) == [
        ("ACME-FIELD", "require", "subject")
    ]


def test_a_comment_needs_text_or_a_file() -> None:
    file = FileFact(name="a.log", size=1)

    assert about(PLAIN, "comment", Request(), CASE) == [
        ("ACME-FIELD", "require", "message")
    ]
    assert about(PLAIN, "comment", Request(files=(file,)), CASE) == []


# --- files ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ([("a.log", 10)], 0),
        ([("a.log", 11)], 1),
        ([("setup.EXE", 1)], 1),
        ([("a.log", 1), ("b.log", 1)], 1),
        ([("a.exe", 11), ("b.log", 1)], 3),
    ],
)
def test_files_keep_to_the_vendors_limits(
    files: list[tuple[str, int]], found: int
) -> None:
    limits = AttachmentLimits(max_bytes=10, max_count=2, banned_extensions=(".exe",))
    one = Attachment(id="1", at=NOW, author="me", name="old", size=1)
    case = replace(CASE, attachments=(one,))
    request = Request(files=tuple(FileFact(name=n, size=s) for n, s in files))

    findings = about(replace(PLAIN, attachments=limits), "upload", request, case)

    assert findings == [("ACME-ATTACHMENT", "deny", "attach")] * found


def test_files_may_be_kept_out_of_comments() -> None:
    policy = replace(PLAIN, attachments=AttachmentLimits(in_comments=False))
    request = Request(text="see", files=(FileFact(name="a", size=1),))

    assert about(policy, "comment", request, CASE) == [
        ("ACME-COMMENT-FILES", "deny", "attach")
    ]
    assert about(policy, "upload", request, CASE) == []


# --- questions -----------------------------------------------------------------------

AFTER = Question(id="after", text="And then?", ask_when="first == 'no'")


def test_a_question_is_asked_when_its_condition_holds() -> None:
    assert applies(AFTER, {}, Answers({"first == 'no'": True}))
    assert not applies(AFTER, {}, Answers({"first == 'no'": False}))


def test_a_question_whose_condition_fails_is_asked() -> None:
    assert applies(AFTER, {}, Answers())


def test_a_question_waits_until_what_it_needs_is_known() -> None:
    waiting = replace(AFTER, needs=("case.severity",))

    assert not applies(waiting, {}, Answers())
    assert applies(waiting, {"case.severity": "low"}, Answers())


def test_an_offered_question_is_judged_only_once_it_is_answered() -> None:
    offered = Question(id="n", text="N?", kind=QuestionKind.NUMBER, required=False)
    policy = replace(PLAIN, checklist=(offered,))

    assert about(policy, "open") == []
    assert about(policy, "open", replace(GOOD, answers={"n": "some"})) == [
        ("ACME-CHECKLIST", "require", "n")
    ]


# --- facts ---------------------------------------------------------------------------


def test_conditions_see_answers_in_one_spelling_and_no_blank_ones() -> None:
    asked = Question(id="down", text="Down?", kind=QuestionKind.YES_NO)
    policy = replace(PLAIN, impact=ImpactSpec(questions=(asked,)))
    request = Request(
        impact_answers={"down": "Y", "other": " x "}, fields={"queue": "  "}
    )

    facts = known_facts(policy, "open", None, Actor(), request, NOW)

    assert facts["request.impact_answers"] == {"down": "yes", "other": "x"}
    assert facts["request.fields"] == {}


def test_a_fact_that_is_not_known_is_absent_and_never_null() -> None:
    facts = known_facts(PLAIN, "comment", CASE, Actor(), Request(), NOW)

    assert facts["case.severity_rank"] == 2
    assert "case.closed_at" not in facts
    assert None not in facts.values()


def test_the_product_of_a_case_is_a_fact() -> None:
    case = replace(CASE, product=Product(name="Broker"))

    facts = known_facts(PLAIN, "comment", case, Actor(), Request(), NOW)

    assert facts["case.product"] == "Broker"


# --- rules ---------------------------------------------------------------------------

RULE = Rule(id="R1", on=("close",), effect=Effect.DENY, when="x", message="not yet")


def judged(
    rule: Rule, facts: Mapping[str, object], *, known: bool | None
) -> list[Finding]:
    conditions = Answers({} if known is None else {"x": known})
    return list(judge_rule(rule, facts, conditions))


def test_a_rule_speaks_when_its_condition_is_true() -> None:
    (finding,) = judged(replace(RULE, earliest="tomorrow"), {}, known=True)

    assert finding.message == "not yet"
    assert finding.earliest == datetime(2026, 3, 3, tzinfo=UTC)
    assert judged(RULE, {}, known=False) == []


@pytest.mark.parametrize("effect", list(Effect))
def test_a_rule_that_cannot_be_judged_counts_as_broken(effect: Effect) -> None:
    (finding,) = judged(replace(RULE, effect=effect), {}, known=None)

    assert finding.effect is effect
    assert finding.message == "not yet (rule could not be judged: no such key)"


def test_a_time_that_cannot_be_told_leaves_the_refusal_standing() -> None:
    (finding,) = judged(replace(RULE, earliest="some day"), {}, known=True)

    assert finding.effect is Effect.DENY
    assert finding.earliest is None


@pytest.mark.parametrize(
    ("unknown", "effects"),
    [
        (WhenUnknown.ASK, [Effect.REQUIRE]),
        (WhenUnknown.SKIP, []),
        (WhenUnknown.DENY, [Effect.DENY]),
    ],
)
def test_a_fact_that_is_not_known_is_asked_for_skipped_or_denied(
    unknown: WhenUnknown, effects: list[Effect]
) -> None:
    rule = replace(RULE, needs=("case.deployment",), unknown=unknown)

    assert [each.effect for each in judged(rule, {}, known=True)] == effects


def test_what_is_asked_for_is_named_as_the_option_takes_it() -> None:
    rule = replace(RULE, needs=("case.deployment",), unknown=WhenUnknown.ASK)

    (finding,) = judged(rule, {}, known=True)

    assert finding.field == "environment.deployment"


def test_a_rule_is_judged_on_its_actions_only() -> None:
    policy = replace(PLAIN, rules=(RULE,))

    assert about(policy, "open") == []
    assert about(policy, "close", Request(), CASE) == [("R1", "deny", None)]


def test_old_rules_warn_and_may_be_waived() -> None:
    policy = replace(PLAIN, status="legacy", rules=(RULE,))

    findings = judge(policy, "close", CASE, Actor(), Request(), NOW, Answers())

    assert [(each.rule, each.effect) for each in findings] == [
        ("ACME-LEGACY", Effect.WARN),
        ("R1", Effect.DENY),
    ]
    assert refusals(findings, [Waiver(rule="R1", reason="told so on the phone")]) == ()


# --- waivers -------------------------------------------------------------------------


def test_a_waiver_needs_a_reason_and_a_rule_that_may_be_waived() -> None:
    hard = Finding(rule="A", effect=Effect.DENY, message="no")
    soft = replace(hard, rule="B", waivable=True)
    remark = replace(hard, rule="C", effect=Effect.WARN)
    waivers = [Waiver(rule="A", reason="please"), Waiver(rule="B", reason="agreed")]

    assert refusals([hard, soft, remark]) == (hard, soft)
    assert refusals([hard, soft, remark], waivers) == (hard,)
    assert refusals([soft], [Waiver(rule="B", reason="  ")]) == (soft,)
