"""The sieve behind `list --escalatable` says of each case what judging it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casecli.domain.case import (
    Accounts,
    ActionItem,
    BusinessImpact,
    Case,
    Comment,
    Contact,
    Environment,
    Escalation,
    EscalationState,
    Product,
    Side,
    Status,
    WaitingOn,
    Workaround,
)
from casecli.domain.facts import CASE_FACTS, case_facts, fields_behind
from casecli.domain.judgement import judge
from casecli.domain.policy import (
    Actor,
    Effect,
    Policy,
    Request,
    Role,
    Rule,
    WhenUnknown,
)
from casecli.domain.sieve import EscalationSieve
from casecli.domain.variables import VARIABLES
from casecli.policies import CelConditions
from casecli.policies.conditions import variables_in
from tests.policies.scenes import PACKS, pack

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WORDS = st.sampled_from(["", "low", "critical", "cloud", "premise", "problem", "ada"])
MAYBE = st.none() | WORDS
MOMENT = st.integers(0, 400).map(lambda hours: NOW - timedelta(hours=hours))
MOMENTS = st.none() | MOMENT
CASES = st.builds(
    Case,
    ref=st.just("L1"),
    number=st.none() | st.just("4711"),
    type=MAYBE,
    status=st.sampled_from(Status),
    waiting_on=st.sampled_from(WaitingOn),
    severity=st.none()
    | st.sampled_from(["critical", "production-down", "high", "medium", "low", "odd"]),
    severity_agreed=MAYBE,
    business_impact=st.builds(
        BusinessImpact,
        summary=WORDS,
        milestone_date=st.none() | st.just(date(2026, 4, 1)),
    ),
    product=st.builds(Product, name=MAYBE),
    environment=st.builds(Environment, type=MAYBE, deployment=MAYBE),
    fields=st.dictionaries(st.sampled_from(["customer", "queue"]), WORDS),
    contact=st.builds(Contact, name=MAYBE, email=MAYBE),
    accounts=st.builds(Accounts, end_user=MAYBE),
    workaround=st.builds(Workaround, text=MAYBE, practical=st.none() | st.booleans()),
    action_items=st.lists(
        st.builds(ActionItem, text=WORDS, at=MOMENT, done_at=MOMENTS), max_size=2
    ).map(tuple),
    opened_at=MOMENTS,
    updated_at=MOMENTS,
    vendor_updated_at=MOMENTS,
    rca_requested_at=MOMENTS,
    closed_at=MOMENTS,
    escalations=st.lists(
        st.builds(
            Escalation,
            id=st.just("E1"),
            state=st.sampled_from(EscalationState),
            requested_at=MOMENT,
        ),
        max_size=2,
    ).map(tuple),
    comments=st.lists(
        st.builds(
            Comment,
            id=st.just("1"),
            at=MOMENT,
            author=WORDS,
            text=WORDS,
            side=st.sampled_from(Side),
        ),
        max_size=2,
    ).map(tuple),
)
ACTORS = st.builds(
    Actor,
    name=WORDS,
    role=st.sampled_from(["designated-contact", "customer", "read-only", "nobody"]),
    level=st.sampled_from(["", "business-care-for-cloud", "care-for-cloud"]),
    entitlement=st.sampled_from(["verified", "unverified", "expired"]),
    deployment=WORDS,
)


def rule(when: str) -> Rule:
    return Rule(
        id="R", on=("escalate",), effect=Effect.DENY, when=when, message="{case.type}"
    )


RULES = st.lists(
    st.builds(
        Rule,
        id=st.just("R"),
        message=st.just("{case.type}"),
        when=st.sampled_from(
            [
                "case.unread",
                "case.open_items > 0",
                "case.severity == 'low'",
                "case.stale_at > now",
                "case.fields.queue == 'ada'",
                "case.exists && request.reason == 'other'",
                "actor.name == 'ada'",
                "this is no condition",
            ]
        ),
        scope=st.sampled_from(
            ["", "request.reason == ''", "request.reason == 'x'", "case.ended", "oh no"]
        ),
        needs=st.sampled_from([(), ("case.severity",), ("actor.level",)]),
        unknown=st.sampled_from(WhenUnknown),
        effect=st.sampled_from(Effect),
        on=st.sampled_from([("escalate",), ("close",), ("close", "escalate")]),
    ),
    max_size=3,
).map(tuple)


def denied(policy: Policy, actor: Actor, case: Case) -> bool:
    conditions = CelConditions(policy.calendar)
    findings = judge(policy, "escalate", case, actor, Request(), NOW, conditions)
    return Effect.DENY in [each.effect for each in findings]


def sieve(policy: Policy, actor: Actor) -> EscalationSieve:
    conditions = CelConditions(policy.calendar)
    return EscalationSieve(policy, actor, NOW, conditions, variables_in)


def narrowed(case: Case, fields: frozenset[str]) -> Case:
    """Leave only these fields, as the store does."""
    return Case(**{name: getattr(case, name) for name in fields})


@pytest.mark.parametrize("name", sorted(set(PACKS.values())))
@settings(max_examples=30, deadline=None)
@given(actor=ACTORS, cases=st.lists(CASES, min_size=1, max_size=4))
def test_each_policy_lets_through_what_judging_does_not_deny(
    name: str, actor: Actor, cases: list[Case]
) -> None:
    policy = pack(name)
    sifting = sieve(policy, actor)

    through = [sifting.lets_through(narrowed(each, sifting.fields)) for each in cases]

    assert through == [not denied(policy, actor, each) for each in cases]


@settings(max_examples=150, deadline=None)
@given(actor=ACTORS, case=CASES, rules=RULES)
def test_any_rules_let_through_what_judging_does_not_deny(
    actor: Actor, case: Case, rules: tuple[Rule, ...]
) -> None:
    policy = replace(pack("generic"), rules=rules)
    sifting = sieve(policy, actor)

    through = sifting.lets_through(narrowed(case, sifting.fields))

    assert through is not denied(policy, actor, case)


@settings(max_examples=100, deadline=None)
@given(actor=ACTORS, case=CASES)
def test_a_fact_takes_no_other_fields_than_it_names(actor: Actor, case: Case) -> None:
    policy, asked = pack("genesys"), Request()

    alone = {
        name: case_facts(
            policy, narrowed(case, fields_behind([name])), actor, asked, [name]
        )
        for name in CASE_FACTS
    }

    whole = case_facts(policy, case, actor, asked, CASE_FACTS)
    assert {k: v for each in alone.values() for k, v in each.items()} == whole


def test_every_variable_of_a_case_can_be_told() -> None:
    described = {name for name in VARIABLES if name.startswith("case.")}

    assert described == {*CASE_FACTS, "case.exists"}


def test_a_role_that_may_not_escalate_lets_nothing_through() -> None:
    roles = (Role(id="reader", label="reader", may=("view",)),)
    policy = replace(pack("generic"), roles=roles)

    assert not sieve(policy, Actor(role="reader")).lets_through(Case(number="1"))


def test_what_was_said_is_read_only_where_a_rule_asks_who_spoke_last() -> None:
    silent = replace(pack("generic"), rules=(rule("case.severity == 'low'"),))
    asking = replace(pack("generic"), rules=(rule("case.unread"),))

    assert "comments" not in sieve(silent, Actor()).fields
    assert "comments" in sieve(asking, Actor()).fields


@pytest.mark.parametrize(
    ("scope", "through"),
    [
        ("", False),
        ("request.reason == ''", False),
        ("request.reason == 'x'", True),
        ("case.ended", True),
        ("oh no", False),
    ],
)
def test_a_rule_denies_within_its_scope_only(scope: str, *, through: bool) -> None:
    scoped = replace(rule("case.severity == 'low'"), scope=scope)
    policy = replace(pack("generic"), roles=(), rules=(scoped,))
    case = Case(ref="L1", number="4711", severity="low")

    assert sieve(policy, Actor()).lets_through(case) is through
