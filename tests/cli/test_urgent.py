"""`open --urgent`: the case first, everything else as to-dos that are not forgotten."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

URGENT = (
    "open",
    "--urgent",
    "-s",
    "All calls drop",
    "--severity",
    "high",
    "--impact",
    "two of three contact centres cannot take any call",
)
ANSWER = "--answer production-down=yes|no"


@pytest.fixture
def log() -> str:
    """The absolute path of a log worth sending."""
    path = Path.cwd() / "app.log"
    path.write_text("09:02 login bob@hallbrook.example.org failed\n")
    return str(path)


def test_what_can_wait_becomes_to_dos(cli: Cli) -> None:
    opened = cli(*URGENT, "--contact-phone", "+1 202 555 0143", "--json").json

    assert (opened["number"], opened["state"]) == ("CS-1001", "delivered")
    assert any(each.endswith(f"casecli edit L1 {ANSWER}") for each in opened["todos"])
    assert opened["todos"][0].endswith(": casecli comment L1 -m TEXT")
    assert cli("show", "L1", "--json").json["todos"] == opened["todos"]
    assert ANSWER in cli("status").out


def test_a_missing_number_to_call_back_is_a_to_do(cli: Cli) -> None:
    todos = cli(*URGENT, "--json").json["todos"]

    assert todos[0].startswith("no number to call back")


@pytest.mark.parametrize("vital", ["-s", "--severity", "--impact"])
def test_subject_severity_and_impact_cannot_wait(cli: Cli, vital: str) -> None:
    at = URGENT.index(vital)
    words = (*URGENT[:at], *URGENT[at + 2 :])

    error = cli(*words, "--json", code=5).error

    assert len(error["findings"]) == 1
    assert cli("outbox", "list", "--json").json == []


def test_a_thin_impact_stops_an_urgent_case_too(cli: Cli) -> None:
    cli(*URGENT[:-1], "asap", code=5)


def test_the_text_of_an_urgent_case_is_scrubbed(cli: Cli) -> None:
    cli(*URGENT, "-m", "Ask bob@hallbrook.example.org")

    assert "bob@" not in cli("show", "L1").out


def test_files_follow_the_number(cli: Cli, log: str) -> None:
    said = cli(*URGENT, "--attach", log)

    assert said.out == "CS-1001\n"
    case = cli("show", "L1", "--json").json
    assert [each["name"] for each in case["attachments"]] == ["app.log"]
    assert not any("upload" in each for each in case["todos"])
    assert case["pending"] == []


def test_a_file_that_is_not_there_costs_neither_case_nor_the_other_file(
    cli: Cli, log: str
) -> None:
    opened = cli(*URGENT, "--attach", "gone.log", "--attach", log, "--json", code=9)

    assert opened.json["state"] == "delivered"
    assert [(each["name"], each["state"]) for each in opened.json["attachments"]] == [
        ("app.log", "delivered"),
        ("gone.log", "left-out"),
    ]
    left = [each for each in opened.json["todos"] if "upload" in each]
    assert left == [f"send the file: casecli upload L1 {Path.cwd() / 'gone.log'}"]


def test_an_upload_ticks_its_to_do_off(cli: Cli) -> None:
    cli(*URGENT, "--attach", "late.log", code=9)
    Path("late.log").write_text("nothing of note\n")

    cli("upload", "L1", "late.log")

    todos = cli("show", "L1", "--json").json["todos"]
    assert not any("upload" in each for each in todos)


def test_an_edit_ticks_its_to_do_off(cli: Cli) -> None:
    cli(*URGENT)

    cli("edit", "L1", "--answer", "production-down=yes")

    todos = cli("show", "L1", "--json").json["todos"]
    assert not any("production-down" in each for each in todos)
    assert len(todos) > 0


def test_an_urgent_case_waits_offline_and_is_not_stopped_when_it_leaves(
    cli: Cli, log: str
) -> None:
    assert cli(*URGENT, "--attach", log, "--offline").out == "L1\n"

    pushed = cli("sync", "--json").json["pushed"]

    assert [(each["kind"], each["state"]) for each in pushed] == [
        ("open", "delivered"),
        ("attachment", "delivered"),
    ]


def test_an_urgent_case_is_opened_once_under_a_key(cli: Cli, log: str) -> None:
    cli(*URGENT, "--attach", log, "--key", "outage")

    again = cli(*URGENT, "--attach", log, "--key", "outage", "--json").json

    assert (again["number"], again["deduplicated"]) == ("CS-1001", True)
    assert [each["name"] for each in again["attachments"]] == ["app.log"]
    assert len(cli("list", "--json").json) == 1


def test_a_dry_run_of_an_urgent_case_keeps_nothing(cli: Cli) -> None:
    tried = cli(*URGENT, "--attach", "gone.log", "--dry-run", "--json").json

    assert [each["kind"] for each in tried["changes"]] == ["open"]
    assert cli("list", "--all", "--json").json == []


def test_killed_after_the_number_nothing_is_lost(cli: Cli) -> None:
    line = "09:02 login bob@hallbrook.example.org from 198.51.100.7 failed\n"
    path = Path.cwd() / "big.log"
    path.write_text(line * 600_000)

    command = [sys.executable, "-m", "casecli", *URGENT, "--attach", "big.log"]
    with subprocess.Popen(
        command, env=cli.environ, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        number = running.stdout.readline().strip()
        running.kill()

    case = cli("show", number, "--json").json
    assert (case["ref"], case["status"]) == ("L1", "open")
    assert case["attachments"] == []
    assert f"send the file: casecli upload L1 {path}" in cli("status").out
