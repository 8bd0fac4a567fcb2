"""Cases from elsewhere: tracked by their number, or settled with the one phoned in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.cli.conftest import Cli

Opening = Callable[..., tuple[str, ...]]


def test_a_case_a_colleague_opened_is_taken_in(cli: Cli, opening: Opening) -> None:
    cli(*opening(), CASECLI_HOME=str(cli.home / "kims"))
    (cli.home / "data").mkdir(parents=True)
    (cli.home / "kims" / "data" / "desk").rename(cli.home / "data" / "desk")

    tracked = cli("track", "CS-1001", "--json").json

    assert (tracked["case"], tracked["source"]) == ("L1", "vendor")
    assert tracked["subject"] == "Calls drop after 32 seconds"
    assert cli("track", "CS-1001").out == "L1\n"
    assert "the vendor's word stands" in cli("track", "CS-1001", "-s", "Other").err


def test_a_number_the_vendor_does_not_know_is_told(cli: Cli) -> None:
    said = cli("track", "CS-9", "--json", code=3).error

    assert said["hint"] == "casecli track CS-9 --offline"
    assert cli("list", "--json").json == []


def test_a_case_is_kept_as_told_where_nobody_can_be_asked(cli: Cli) -> None:
    words = ("--offline", "--json")
    cli("track", "4711", "-s", "Disk full", "--severity", "HIGH", *words)
    cli("track", "4711", "--status", "waiting-on-customer", *words)

    (row,) = cli("list", "--json").json

    assert (row["ref"], row["number"], row["subject"]) == ("L1", "4711", "Disk full")
    assert (row["severity"], row["status"]) == ("high", "waiting-on-customer")
    assert len(cli("status", "--json").json["waiting_on_me"]) == 1


def test_what_the_vendor_says_replaces_what_was_told(
    cli: Cli, opening: Opening
) -> None:
    cli("track", "CS-1001", "-s", "Something with calls", "--offline")
    cli(*opening(), CASECLI_HOME=str(cli.home / "kims"))
    (cli.home / "kims" / "data" / "desk").rename(cli.home / "data" / "desk")

    tracked = cli("track", "CS-1001", "--json").json

    assert (tracked["case"], tracked["source"]) == ("L1", "vendor")
    assert tracked["subject"] == "Calls drop after 32 seconds"
    assert cli("track", "CS-1001", "--offline", "--json").json["source"] == "cache"


@pytest.mark.parametrize(
    "words",
    [
        ["L7"],
        [""],
        ["a b"],
        ["47", "--status", "queued"],
        ["47", "--severity", "urgentest"],
    ],
)
def test_only_what_can_be_is_tracked(cli: Cli, words: list[str]) -> None:
    cli("track", *words, "--offline", code=2)

    assert cli("list", "--all", "--json").json == []


def test_a_number_that_came_by_phone_keeps_the_case_from_being_sent(
    cli: Cli, opening: Opening
) -> None:
    cli(*opening("--offline"))
    cli("comment", "L1", "-m", "Restarted", "--offline")

    settled = cli("settle", "L1", "--number", "CS-1001", "--offline", "--json").json

    assert (settled["number"], settled["state"]) == ("CS-1001", "delivered")
    case = cli("show", "CS-1001", "--json").json
    assert (case["ref"], case["status"]) == ("L1", "open")
    waiting = cli("outbox", "list", "--json").json
    assert [each["kind"] for each in waiting] == ["comment"]
    assert cli("draft", "list", "--json").json == []
    assert cli("audit", "list", "--json").json == []


def test_what_stands_behind_a_settled_case_follows_it(
    cli: Cli, opening: Opening
) -> None:
    cli(*opening("--json"), CASECLI_HOME=str(cli.home / "hotline"))
    cli(*opening("--offline"))
    cli("comment", "L1", "-m", "Restarted", "--offline")
    desk = cli.home / "data" / "desk"
    (cli.home / "hotline" / "data" / "desk").rename(desk)

    said = cli("settle", "L1", "--number", "CS-1001")

    assert said.out == "CS-1001\n"
    case = cli("show", "L1", "--json").json
    assert [each["text"] for each in case["comments"]] == ["Restarted"]
    assert case["pending"] == []
    cli("sync")
    assert [each["ref"] for each in cli("list", "--json").json] == ["L1"]


def test_a_tracked_case_and_the_settled_one_become_one(
    cli: Cli, opening: Opening
) -> None:
    cli(*opening("--offline"))
    cli("track", "CS-7", "--offline")
    cli("note", "CS-7", "-m", "Ana answered")

    cli("settle", "L1", "--number", "CS-7", "--offline")

    (row,) = cli("list", "--json").json
    assert (row["ref"], row["number"]) == ("L1", "CS-7")
    notes = cli("show", "L2", "--json").json["notes"]
    assert [each["text"] for each in notes] == ["Ana answered"]


def test_settling_twice_is_no_harm_but_never_with_another_number(
    cli: Cli, opening: Opening
) -> None:
    cli(*opening("--offline"))
    cli("settle", "L1", "--number", "CS-7", "--offline")

    cli("settle", "L1", "--number", "CS-7", "--offline")
    said = cli("settle", "L1", "--number", "CS-8", "--offline", "--json", code=6)

    assert said.error["message"] == "case L1 has the number CS-7"


def test_a_number_of_another_case_of_ours_is_refused(
    cli: Cli, opening: Opening
) -> None:
    cli(*opening())
    cli(*opening("--offline"))

    said = cli("settle", "L2", "--number", "CS-1001", "--json", code=6)

    assert said.error["message"] == "CS-1001 is case L1"
    assert cli("show", "L2", "--json").json["status"] == "queued"


def test_only_what_waits_to_be_opened_is_settled(cli: Cli) -> None:
    cli("track", "CS-7", "--offline")

    assert cli("settle", "CS-7", "--number", "CS-8", code=3).err.startswith("error: no")
    cli("settle", "L9", "--number", "CS-8", code=3)
