"""CEL behind its one door, traps included."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from casecli.domain.calendar import BusinessCalendar
from casecli.domain.policy import ConditionFailed
from casecli.domain.variables import VARIABLES, Kind
from casecli.policies import CelConditions

THURSDAY = datetime(2026, 1, 8, 10, tzinfo=UTC)
FACTS: dict[str, object] = {
    "now": datetime(2026, 1, 15, 10, tzinfo=UTC),
    "case.opened_at": THURSDAY,
    "case.severity": "low",
    "case.severity_rank": 4,
    "case.workaround": True,
    "actor.services": ["chat"],
    "request.answers": {"agree": "yes"},
}


@pytest.mark.parametrize(
    ("expression", "outcome"),
    [
        ("case.severity == 'low'", True),
        ("case.severity_rank <= 2", False),
        ("case.workaround && 'chat' in actor.services", True),
        ("request.answers['agree'] == 'yes'", True),
        ("request.answers.agree == 'yes'", True),
        ("request.answers[?'other'].orValue('no') == 'yes'", False),
        ("now - case.opened_at >= duration('168h')", True),
        ("now - case.opened_at > duration('168h')", False),
        ("business_days(case.opened_at, now) == 5", True),
        ("business_days(case.opened_at, now) >= 6", False),
        ("now >= add_business_days(case.opened_at, 5)", True),
        ("now >= add_business_days(case.opened_at, 6)", False),
        ("case.workaround || request.answers['other'] == 'yes'", True),
    ],
)
def test_a_condition_is_true_or_false(expression: str, *, outcome: bool) -> None:
    assert CelConditions().holds(expression, FACTS) is outcome


@pytest.mark.parametrize(
    ("expression", "facts"),
    [
        ("case.severity == 'low'", {}),
        ("case.severity == 'low'", {"case.severity": None}),
        ("case.severity == 'low'", {"case.severity": 3}),
        ("case.workaround", {"case.workaround": 1}),
        ("case.workaround", {"case.workaround": "true"}),
        ("case.severity_rank < 3", {"case.severity_rank": 2**70}),
        ("case.severity_rank < 3", {"case.severity_rank": 2.0}),
        ("'chat' in actor.services", {"actor.services": ("chat",)}),
        ("'chat' in actor.services", {"actor.services": {"chat"}}),
        ("request.answers.agree == 'yes'", {"request.answers": {}}),
        ("request.answers.agree == 'yes'", {"request.answers": {"agree": None}}),
        ("now > case.opened_at", {"now": "2026-01-01T00:00:00Z"}),
        ("now == now", {"now": date(2026, 1, 1)}),
        ("now == now", {"now": datetime(2026, 1, 1)}),  # noqa: DTZ001 (the trap)
        ("case.severity", FACTS),
        ("case.severity_rank", FACTS),
        ("case.severity_rank / 0 == 1", FACTS),
        ("case.severity == 3", FACTS),
        ("case.severty == 'low'", FACTS),
        ("case.severity = 'low'", FACTS),
        ("business_days(now)", FACTS),
        ("add_business_days(now, -1) < now", FACTS),
        ("", FACTS),
        ("((", FACTS),
    ],
)
def test_whatever_is_not_a_clean_answer_is_a_failure(
    expression: str, facts: dict[str, object]
) -> None:
    with pytest.raises(ConditionFailed) as caught:
        CelConditions().holds(expression, facts)

    assert "\n" not in str(caught.value)


def test_a_naive_time_is_a_failure_where_it_is_read() -> None:
    facts = {"now": datetime(2026, 1, 1), "case.workaround": True}  # noqa: DTZ001

    with pytest.raises(ConditionFailed, match="now has no UTC offset"):
        CelConditions().holds("case.workaround && now == now", facts)


def test_the_calendar_is_the_policys_own() -> None:
    holiday = BusinessCalendar(holidays=frozenset({date(2026, 1, 12)}))

    assert CelConditions(holiday).holds(
        "business_days(case.opened_at, now) == 4", FACTS
    )


def test_a_calendar_that_gives_up_is_a_failure() -> None:
    never = CelConditions(BusinessCalendar(workdays=frozenset()))

    with pytest.raises(ConditionFailed, match="no business day"):
        never.holds("business_days(case.opened_at, now) == 0", FACTS)


def test_a_moment_is_an_aware_time() -> None:
    conditions = CelConditions()

    assert conditions.moment("add_business_days(case.opened_at, 1)", FACTS) == (
        datetime(2026, 1, 9, 10, tzinfo=UTC)
    )
    with pytest.raises(ConditionFailed, match="is not a time"):
        conditions.moment("case.severity", FACTS)


def test_offsets_make_no_difference() -> None:
    east = timezone(timedelta(hours=9))
    facts = {"now": THURSDAY.astimezone(east), "case.opened_at": THURSDAY}

    assert CelConditions().holds("now == case.opened_at", facts)


@pytest.mark.parametrize(
    ("expression", "kind", "problem"),
    [
        ("case.workaround", Kind.BOOL, ""),
        ("now", Kind.TIMESTAMP, ""),
        ("now", Kind.BOOL, "gives timestamp, expected bool"),
        ("case.severty == 'low'", Kind.BOOL, "1:5: undeclared reference"),
        ("case.severity == 3", Kind.BOOL, "1:15: found no matching overload"),
    ],
)
def test_a_check_tells_the_column(expression: str, kind: Kind, problem: str) -> None:
    said = CelConditions().check(expression, kind)

    assert said.startswith(problem)
    assert bool(said) is bool(problem)


@pytest.mark.parametrize("name", VARIABLES)
def test_every_variable_can_be_read(name: str) -> None:
    assert CelConditions().check(name, VARIABLES[name].kind) == ""


def test_loading_a_policy_does_not_import_cel() -> None:
    code = (
        "import sys; from casecli import policies; "
        "policies.CelConditions(policies.load('generic').calendar); "
        "print([n for n in sys.modules if n.startswith('cel_expr')])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"
