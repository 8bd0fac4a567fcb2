"""The whole life of a case, as its customer and the desk live it together."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.cli.conftest import Cli, Said

Opening = Callable[..., tuple[str, ...]]
Life = Callable[..., Said]

FACTS = (
    "--answer",
    "problem-statement-correct=yes",
    "--answer",
    "impact-described=yes",
    "--answer",
    "milestone-date=2026-12-01",
)
AGREED = (
    "--agree",
    "--answer",
    "plan-acceptable=yes",
    "--answer",
    "analysis-on-track=yes",
    "-m",
    "The fix is in test, we agree to calm this down",
)


@pytest.fixture
def case(cli: Cli, opening: Opening) -> Cli:
    """A home with an open case and an agent on the other side."""
    cli(*opening())
    cli("profile", "add", "support", "--backend", "desk", "--role", "agent")
    return cli


def _agent(cli: Cli, *words: str) -> None:
    cli("-p", "support", "desk", *words)
    cli("sync")


def test_a_case_is_escalated_calmed_closed_and_reopened(case: Cli) -> None:
    escalated = case(
        "escalate",
        "L1",
        "--reason",
        "dissatisfied-with-progress",
        "-m",
        "no answer for two days",
        *FACTS,
        "--yes",
        "--json",
    ).json
    assert (escalated["kind"], escalated["state"]) == ("escalate", "delivered")

    _agent(case, "escalation", "accept", "CS-1001", "--owner", "Dana")
    shown = case("escalation", "show", "L1", "--json").json
    assert (shown["state"], shown["owner"]) == ("active", "Dana")

    case("comment", "L1", "--feed", "escalation", "-m", "When do we hear from you?")
    plan = ("--mode", "phone-call", "--every", "4h", "--attendee", "kim")
    case("escalation", "plan", "L1", *plan)
    shown = case("escalation", "show", "L1", "--json").json
    assert shown["plan"] == {"mode": "phone-call", "every": "4h", "attendees": ["kim"]}
    assert "When do we hear from you?" in [each["text"] for each in shown["feed"]]

    case("deescalate", "L1", *AGREED)
    assert case("escalation", "show", "L1", "--json").json["state"] == "closed"

    closed = case("close", "L1", "--reason", "resolved", "--yes", "--json").json
    assert (closed["kind"], closed["state"]) == ("close", "delivered")
    assert case("show", "L1", "--json").json["status"] == "closed"

    case("reopen", "L1", "-m", "It is back since this morning")
    assert case("show", "L1", "--json").json["status"] == "open"
    case("close", "L1", "--reason", "resolved", "--yes")


def test_the_same_life_offline_and_synced(case: Cli) -> None:
    for words in (
        ("edit", "L1", "--severity", "medium"),
        ("close", "L1", "--reason", "resolved", "--yes"),
        ("reopen", "L1", "-m", "too early"),
        ("escalate", "L1", "--reason", "other", "-m", "please", *FACTS, "--yes"),
    ):
        said = case(*words, "--offline", "--json").json
        assert said["state"] == "queued"

    synced = case("sync", "--json").json

    assert [each["state"] for each in synced["pushed"]] == ["delivered"] * 4
    found = case("show", "L1", "--json").json
    assert (found["status"], found["severity"]) == ("open", "medium")
    assert found["escalation"]["state"] == "requested"


def test_an_escalation_nobody_accepted_cannot_be_calmed(case: Cli) -> None:
    case("escalate", "L1", "--reason", "other", "-m", "please", *FACTS, "--yes")

    said = case("deescalate", "L1", *AGREED, "--offline", "--json", code=5)

    assert "not active" in said.error["findings"][0]["message"]


def test_a_second_escalation_is_refused_while_one_lives(case: Cli) -> None:
    words = ("escalate", "L1", "--reason", "other", "-m", "please", *FACTS, "--yes")
    case(*words)

    said = case(*words, code=5)

    assert "casecli comment CS-1001 --feed escalation" in said.err


def test_closing_what_is_closed_is_no_error(case: Cli) -> None:
    case("close", "L1", "--reason", "resolved", "--yes")

    said = case("close", "L1", "--reason", "resolved")

    assert "closed already" in said.err


def test_closing_needs_a_yes_and_a_reason(case: Cli) -> None:
    assert "--yes" in case("close", "L1", "--reason", "resolved", code=2).err
    assert "--reason" in case("close", "L1", "--yes", code=5).err


def test_a_cancelled_case_is_over(case: Cli) -> None:
    case("cancel", "L1", "-m", "opened twice", "--yes")

    assert case("show", "L1", "--json").json["status"] == "cancelled"
    said = case("reopen", "L1", "-m", "after all", code=5)
    assert "casecli open --follows CS-1001" in said.err


WINDOW = """
id = "thirty"
extends = "generic"
title = "Thirty days"
vendor = "the vendor"
verified_at = 2026-11-21

[reopen]
days = 30
"""


@pytest.fixture
def thirty(cli: Cli) -> Cli:
    """A home whose desk reopens for thirty days."""
    folder = cli.home / "config" / "policies"
    folder.mkdir(parents=True)
    (folder / "thirty.toml").write_text(WINDOW)
    cli("profile", "add", "acme", "--backend", "desk", "--policy", "thirty")
    cli("profile", "use", "acme")
    cli.environ["CASECLI_CLOCK"] = "2026-03-01T10:00:00Z"
    return cli


def test_the_last_moment_of_the_window_still_reopens(
    thirty: Cli, opening: Opening
) -> None:
    thirty(*opening())
    thirty("close", "L1", "--reason", "resolved", "--yes")

    thirty("reopen", "L1", "-m", "back", CASECLI_CLOCK="2026-03-31T10:00:00Z")


def test_past_the_window_a_follow_up_is_named_and_opened(
    thirty: Cli, opening: Opening
) -> None:
    thirty(*opening())
    thirty("close", "L1", "--reason", "resolved", "--yes")
    thirty.environ["CASECLI_CLOCK"] = "2026-03-31T10:00:01Z"

    said = thirty("reopen", "L1", "-m", "back", code=5)
    assert "casecli open --follows CS-1001" in said.err

    followed = thirty("reopen", "L1", "--follow-up", "-m", "It is back", "--json").json
    case = thirty("show", followed["number"], "--json").json
    assert (followed["kind"], case["follows"]) == ("open", "CS-1001")
    assert case["subject"] == "Calls drop after 32 seconds"


def test_many_cases_are_shown_and_need_a_yes(cli: Cli, opening: Opening) -> None:
    for number in range(3):
        cli(*opening("-s", f"Case {number}"))
    listed = cli("list", "--json", "--fields", "number").json
    numbers = "\n".join(each["number"] for each in listed).encode()

    said = cli("close", "@-", "--reason", "resolved", stdin=numbers, code=2)
    assert ("close CS-1001" in said.err, "--yes" in said.err) == (True, True)

    words = ("close", "@-", "--reason", "resolved", "--yes", "--jsonl")
    lines = cli(*words, stdin=numbers).out.splitlines()
    assert [json.loads(line)["state"] for line in lines] == ["delivered"] * 3


def test_one_refusal_among_many_is_exit_nine(cli: Cli, opening: Opening) -> None:
    cli(*opening("-s", "One"))
    cli(*opening("-s", "Two"))
    cli("cancel", "L2", "-m", "no", "--yes")

    said = cli("edit", "L1", "L2", "--severity", "low", "--json", code=9).json

    assert [each["state"] for each in said] == ["delivered", "refused"]


def test_an_edit_says_what_changed(case: Cli) -> None:
    said = case("edit", "L1", "--set", "product.version=8.5.104", "--json").json

    assert said["applied"] == ["product.version"]
    found = case("show", "L1", "--json").json
    assert found["product"]["version"] == "8.5.104"


def test_policy_check_answers_without_doing(case: Cli) -> None:
    words = ("policy", "check", "escalate", "L1", "--reason", "other", *FACTS)
    assert case(*words, "--json").json["allowed"]
    case("close", "L1", "--reason", "resolved", "--yes")

    said = case(*words, "--json", code=5).json

    assert not said["allowed"]
    assert said["findings"][0]["rule"] == "GENERIC-STATE"
