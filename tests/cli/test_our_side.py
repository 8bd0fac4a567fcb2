"""Notes, tags, snoozes and what was seen: kept here, shown here, never sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.cli.conftest import Cli

Opening = Callable[..., tuple[str, ...]]


@pytest.fixture
def case(cli: Cli, opening: Opening) -> Cli:
    """A home with a delivered case, L1, and an agent on the other side."""
    cli(*opening())
    cli("profile", "add", "support", "--backend", "desk", "--role", "agent")
    return cli


def _agent(cli: Cli, *words: str) -> None:
    cli("-p", "support", "desk", *words)
    cli("sync")


def test_a_note_is_shown_and_found_and_never_sent(case: Cli) -> None:
    said = case("note", "CS-1001", "-m", "Kim has a spare router", "--json").json

    assert [each["text"] for each in said["notes"]] == ["Kim has a spare router"]
    assert "note (ours)" in case("show", "L1").out
    assert [each["ref"] for each in case("search", "spare router", "--json").json] == [
        "L1"
    ]
    assert case("outbox", "list", "--json").json == []
    assert case("show", "L1", "--json").json["comments"] == []


def test_a_note_without_words_is_refused(case: Cli) -> None:
    assert "a note needs a text" in case("note", "L1", code=2).err
    assert "a note needs a text" in case("note", "L1", "-m", "  ", code=2).err


def test_a_to_do_is_listed_by_status_until_it_is_done(case: Cli) -> None:
    case("note", "L1", "--todo", "ask Kim for the trace")
    case("note", "L1", "--todo", "send the trace")

    assert "ask Kim for the trace" in case("status").out
    assert "to do 2\tsend the trace" in case("status", "L1").out
    assert [each["todos"] for each in case("status", "--json").json["todos"]] == [
        ["ask Kim for the trace", "send the trace"]
    ]

    case("note", "L1", "--done", "1")

    assert case("show", "L1", "--json").json["todos"] == ["send the trace"]
    assert "has 1 to-dos" in case("note", "L1", "--done", "2", code=2).err


def test_tags_find_cases_until_they_are_removed(case: Cli, opening: Opening) -> None:
    case(*opening())
    tagged = case("tag", "L1", "L2", "--add", "upgrade", "--add", "lab", "--json").json

    assert [(each["case"], each["tags"]) for each in tagged] == [
        ("L1", ["lab", "upgrade"]),
        ("L2", ["lab", "upgrade"]),
    ]

    case("tag", "L1", "--remove", "lab", "--remove", "never-there")

    found = case("list", "--tag", "lab", "--json").json
    assert [each["ref"] for each in found] == ["L2"]


@pytest.mark.parametrize(
    "words", [[], ["--add", ""], ["--add", "a,b"], ["--remove", "x\n\x1b"]]
)
def test_a_tag_is_a_word_or_two(case: Cli, words: list[str]) -> None:
    case("tag", "L1", *words, code=2)

    assert case("show", "L1", "--json").json["tags"] == []


def test_a_snoozed_case_leaves_the_waiting_list_and_is_counted(case: Cli) -> None:
    _agent(case, "wait", "L1", "--on", "customer", "-m", "the trace?")
    assert len(case("status", "--json").json["waiting_on_me"]) == 1

    case("snooze", "L1", "--until", "3d")

    status = case("status", "--json").json
    assert (status["waiting_on_me"], status["snoozed"]) == ([], 1)
    assert "1 waiting on you snoozed" in case("status").out
    assert len(case("list", "--json").json) == 1

    case("snooze", "L1", "--off")

    status = case("status", "--json").json
    assert (len(status["waiting_on_me"]), status["snoozed"]) == (1, 0)


def test_a_snooze_ends_by_itself(case: Cli) -> None:
    _agent(case, "wait", "L1", "--on", "customer", "-m", "the trace?")
    case("snooze", "L1", "--until", "2031-01-01")

    later = case("status", "--json", CASECLI_CLOCK="2031-01-02T00:00:00Z").json

    assert (len(later["waiting_on_me"]), later["snoozed"]) == (1, 0)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--until", "yesterday"],
        ["--until", "2001-01-01"],
        ["--until", "0d"],
        ["--until", "99999999999d"],
        ["--until", "3d", "--off"],
    ],
)
def test_a_snooze_needs_a_time_to_come(case: Cli, words: list[str]) -> None:
    case("snooze", "L1", *words, code=2)

    assert case("show", "L1", "--json").json["snoozed_until"] is None


def test_what_was_seen_is_unread_again_when_the_vendor_writes(case: Cli) -> None:
    _agent(case, "reply", "L1", "-m", "please try build 104")
    unread = ("list", "--unread", "--json", "--fields", "ref")
    case("show", "L1")
    assert case(*unread).json == [{"ref": "L1"}]

    case("seen", "L1")
    assert case(*unread).json == []

    _agent(case, "reply", "L1", "-m", "any news?")
    assert case(*unread).json == [{"ref": "L1"}]


def test_marks_are_made_on_cases_read_from_standard_input(case: Cli) -> None:
    case("tag", "@-", "--add", "piped", stdin=b"CS-1001\n")

    assert case("show", "L1", "--json").json["tags"] == ["piped"]


@pytest.mark.parametrize(
    "words", [("note", "L9", "-m", "x"), ("seen", "L9"), ("tag", "L9", "--add", "x")]
)
def test_only_a_known_case_can_be_marked(case: Cli, words: tuple[str, ...]) -> None:
    assert case(*words, "--json", code=3).error["kind"] == "not-found"


def test_who_of_us_looks_after_a_case_is_never_sent(
    cli: Cli, opening: Callable[..., tuple[str, ...]]
) -> None:
    cli(*opening())

    cli("tag", "L1", "--assignee", "kim")

    assert cli("show", "L1", "--json").json["assignee"] == "kim"
    assert cli("outbox", "list", "--json").json == []
    cli("tag", "L1", "--assignee", "")
    assert cli("show", "L1", "--json").json["assignee"] is None
