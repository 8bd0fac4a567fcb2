"""The support side of our own desk, and what its customer then sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.conftest import Cli

Opening = Callable[..., tuple[str, ...]]
ESCALATED = (
    "--reason",
    "dissatisfied-with-progress",
    "-m",
    "no answer for two days",
    "--answer",
    "problem-statement-correct=yes",
    "--answer",
    "impact-described=yes",
    "--answer",
    "milestone-date=none",
    "--yes",
)


@pytest.fixture
def case(cli: Cli, opening: Opening) -> Cli:
    """A home with an open case and an agent on the other side."""
    cli(*opening())
    cli("profile", "add", "support", "--backend", "desk", "--role", "agent")
    return cli


def _seen(cli: Cli, *fields: str) -> Any:
    cli("sync")
    shown = cli("show", "L1", "--fields", ",".join(fields)).json
    return [shown[each] for each in fields]


def test_an_agent_takes_a_case_waits_resolves_and_closes_it(case: Cli) -> None:
    support = ("-p", "support")

    case(*support, "desk", "assign", "CS-1001", "--to", "dana")
    case(*support, "desk", "severity", "CS-1001", "medium")
    agreed = _seen(case, "owner", "severity", "severity_agreed")
    case(*support, "desk", "wait", "CS-1001", "--on", "customer", "-m", "Send the log")
    waiting = _seen(case, "status", "waiting_on")
    case(*support, "desk", "resolve", "CS-1001", "-m", "Set the timer to 60")
    resolved = _seen(case, "status", "resolution")
    case(*support, "desk", "close", "CS-1001")
    closed = _seen(case, "status", "waiting_on")

    assert agreed == ["dana", "high", "medium"]
    assert waiting == ["waiting-on-customer", "customer"]
    assert resolved == ["resolved", "Set the timer to 60"]
    assert closed == ["closed", "nobody"]


def test_an_escalation_turned_down_says_why_and_what_else_to_do(case: Cli) -> None:
    case("escalate", "L1", *ESCALATED)

    words = ("-m", "no impact is stated", "--process", "state it and ask again")
    case("-p", "support", "desk", "escalation", "reject", "CS-1001", *words)
    (escalation,) = _seen(case, "escalation")

    assert escalation["state"] == "rejected"
    assert escalation["rejection"] == {
        "reasons": "no impact is stated",
        "process": "state it and ask again",
    }


def test_an_escalation_is_taken_on_and_ended_by_the_agent(case: Cli) -> None:
    support = ("-p", "support")
    case("escalate", "L1", *ESCALATED)

    case(*support, "desk", "escalation", "accept", "CS-1001", "--owner", "dana")
    (taken,) = _seen(case, "escalation")
    case(*support, "desk", "escalation", "close", "CS-1001", "-m", "The fix is in")
    (ended,) = _seen(case, "escalations")

    assert (taken["state"], taken["owner"]) == ("active", "dana")
    assert [each["state"] for each in ended] == ["closed"]


def test_action_items_are_given_and_ticked_off_by_the_agent(case: Cli) -> None:
    support = ("-p", "support")

    case(*support, "desk", "ask", "CS-1001", "-m", "Send a trace of the outage")
    (asked,) = _seen(case, "action_items")
    case(*support, "desk", "done", "CS-1001")
    (done,) = _seen(case, "action_items")
    nothing = case(*support, "desk", "done", "CS-1001", code=7)

    assert [(e["text"], e["done_at"]) for e in asked] == [
        ("Send a trace of the outage", None)
    ]
    assert [each["done_at"] is None for each in done] == [False]
    assert "casecli desk ask CS-1001 -m TEXT" in nothing.err


def test_the_support_side_needs_the_role_of_an_agent(case: Cli) -> None:
    refused = case("desk", "reply", "L1", "-m", "Hello", code=5)

    assert "agent" in refused.err
