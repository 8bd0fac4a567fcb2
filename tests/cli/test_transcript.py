"""A case's first life, typed as a person or a script would, online and offline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

Opening = Callable[..., tuple[str, ...]]

CASE_KEYS = {
    "ref", "number", "profile", "backend", "url", "type", "subtype", "subject",
    "description", "status", "status_raw", "waiting_on", "severity",
    "severity_agreed", "business_impact", "occurrence", "product", "environment",
    "asset", "fields", "contact", "cc", "owner", "assignee", "accounts",
    "workaround", "tags", "links", "action_items", "todos", "notes", "calls",
    "opened_at", "updated_at", "vendor_updated_at", "rca_requested_at",
    "snoozed_until", "closed_at", "close_reason", "resolution", "reopen_until",
    "follows", "fingerprint", "escalation", "escalations", "comments",
    "attachments", "checklist", "waivers", "timers", "pending",
}  # fmt: skip
RESULT_KEYS = {
    "case", "number", "change", "kind", "state", "url", "applied", "ignored",
    "attachments", "scrub", "findings", "deduplicated",
}  # fmt: skip


@pytest.fixture
def log(tmp_path: Path) -> str:
    """A log worth attaching."""
    path = tmp_path / "work" / "app.log"
    path.write_text("09:02 login bob@hallbrook.example.org from 198.51.100.7 failed\n")
    return "app.log"


def test_a_case_lives_online(cli: Cli, opening: Opening, log: str) -> None:
    opened = cli(*opening("--attach", log, "--json")).json
    number = opened["number"]

    assert opened.keys() >= RESULT_KEYS
    assert (opened["case"], opened["kind"], opened["state"]) == (
        "L1",
        "open",
        "delivered",
    )
    assert [each["state"] for each in opened["attachments"]] == ["delivered"]
    assert opened["scrub"]["findings"]["email"] == 2

    said = cli("comment", number, "-m", "Restarted, no change", "--json").json
    assert (said["kind"], said["state"], said["number"]) == (
        "comment",
        "delivered",
        number,
    )

    (Path.cwd() / "more.log").write_text("nothing of note\n")
    sent = cli("upload", number, "more.log", "--json").json
    assert [each["name"] for each in sent["attachments"]] == ["more.log"]

    cli("profile", "add", "support", "--backend", "desk", "--role", "agent")
    cli("-p", "support", "desk", "reply", number, "-m", "Please try build 104")
    pulled = cli("sync", "--json").json
    assert (pulled["pulled"], pulled["undelivered"]) == (["L1"], 0)

    status = cli("status", number, "--json").json
    assert status["number"] == number
    assert {each["action"]: each["allowed"] for each in status["actions"]}["comment"]

    case = cli("show", number, "--json").json
    assert case.keys() == CASE_KEYS
    assert [each["text"] for each in case["comments"]] == [
        "Restarted, no change",
        "Please try build 104",
    ]
    assert [each["name"] for each in case["attachments"]] == ["app.log", "more.log"]
    assert case["pending"] == []

    listed = cli("list", "--json").json
    assert [(each["ref"], each["number"]) for each in listed] == [("L1", number)]

    found = cli("search", "build 104", "--json").json
    assert [each["number"] for each in found] == [number]


def test_a_case_lives_offline_until_it_is_synced(
    cli: Cli, opening: Opening, log: str
) -> None:
    opened = cli(*opening("--attach", log, "--offline", "--json")).json
    assert (opened["case"], opened["number"], opened["state"]) == ("L1", None, "queued")

    said = cli("comment", "L1", "-m", "Restarted", "--offline", "--json").json
    assert (said["state"], said["number"]) == ("queued", None)

    case = cli("show", "L1", "--json").json
    assert (case["status"], len(case["pending"])) == ("queued", 3)
    assert [each["text"] for each in case["comments"]] == ["Restarted"]
    assert [each["ref"] for each in cli("list", "--json").json] == ["L1"]
    assert len(cli("status", "--json").json["undelivered"]) == 3

    synced = cli("sync", "--json").json
    assert [each["state"] for each in synced["pushed"]] == ["delivered"] * 3

    case = cli("show", "L1", "--json").json
    assert case["number"] is not None
    assert (case["status"], case["pending"]) == ("open", [])
    assert [each["text"] for each in case["comments"]] == ["Restarted"]
    assert len(case["attachments"]) == 1
    assert cli("sync", "--json").json["pushed"] == []


def test_open_prints_the_number_alone_on_standard_output(
    cli: Cli, opening: Opening
) -> None:
    said = cli(*opening())

    assert said.out == "CS-1001\n"
    assert "replaced before sending" in said.err


def test_open_prints_the_ref_while_queued(cli: Cli, opening: Opening) -> None:
    assert cli(*opening("--offline")).out == "L1\n"


def test_a_value_is_found_though_a_token_was_sent(cli: Cli, opening: Opening) -> None:
    cli(*opening())

    assert "bob@" not in cli("show", "L1", "--json").out
    found = cli("search", "bob@hallbrook.example.org", "--json").json
    assert [each["ref"] for each in found] == ["L1"]


def test_tokens_of_text_and_file_are_the_same_and_come_back(
    cli: Cli, opening: Opening, log: str
) -> None:
    cli(*opening("--attach", log))
    cli("attachments", "L1", "--download", "fetched")
    sent = (Path.cwd() / "fetched" / "app.log").read_text()
    token = sent.split()[2]

    assert "bob@" not in sent
    assert token in cli("show", "L1", "--json").json["description"]
    assert cli("unscrub", token, "--case", "L1").out == "bob@hallbrook.example.org\n"
    back = cli("unscrub", "fetched/app.log", "--case", "L1").out
    assert back == (Path.cwd() / "app.log").read_text()


def test_the_trail_says_what_left(cli: Cli, opening: Opening, log: str) -> None:
    cli(*opening("--attach", log))

    trail = cli("audit", "list", "--json").json

    assert [each["kind"] for each in trail] == ["open", "attachment"]
    assert trail[1]["findings"] == {"email": 1, "ipv4": 1}


def test_events_are_read_by_cursor_once_each(cli: Cli, opening: Opening) -> None:
    cli(*opening())
    first = cli("events", "--since", "0", "--json").json
    cli("comment", "L1", "-m", "More to say")

    then = cli("events", "--since", str(first[-1]["seq"]), "--json").json

    assert "recorded" in {each["kind"] for each in first}
    assert then
    assert min(each["seq"] for each in then) > first[-1]["seq"]


def test_a_queued_case_is_not_listed_as_a_draft_too(cli: Cli, opening: Opening) -> None:
    cli(*opening("--offline"))

    assert cli("draft", "list", "--json").json == []
    assert cli("draft", "show", "L1", "--json").json["subject"].startswith("Calls")
