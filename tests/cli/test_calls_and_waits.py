"""Phoning about a case, waiting for it, and seeing it in the browser."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from casecli.cli.browsing import page_of
from casecli.domain.case import Case
from casecli.domain.errors import BadInput
from casecli.domain.ports import Snapshot
from casecli.store.sqlite import SqliteStore
from tests.cli.conftest import Cli

Opening = Callable[..., tuple[str, ...]]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def case(cli: Cli, opening: Opening) -> Cli:
    """A home with a delivered case, L1, and an agent on the other side."""
    cli(*opening())
    cli("profile", "add", "support", "--backend", "desk", "--role", "agent")
    return cli


def test_the_call_sheet_says_what_is_known_and_what_is_not(case: Cli) -> None:
    said = case("call", "CS-1001").out

    assert "I am calling about case CS-1001: Calls drop after 32 seconds." in said
    assert "Severity: High." in said
    assert "two of three contact centres" in said
    assert "contract (not known)" in said
    assert "the vendor's telephone number" in said
    assert "--set phone.support=NUMBER" in said


def test_the_profile_gives_numbers_and_contract(case: Cli) -> None:
    case(
        "profile",
        "add",
        "acme",
        "--backend",
        "desk",
        "--level",
        "gold",
        "--set",
        "phone.support=+1 202 555 0143",
        "--set",
        "contract.number=C-77",
    )

    sheet = case("-p", "acme", "call", "CS-1001", "--json").json

    assert sheet["phones"] == {"support": "+1 202 555 0143"}
    assert "contract C-77, support level gold" in sheet["lines"][0]
    assert [each["what"] for each in sheet["unknown"]] == ["a number to call us back"]
    assert case("-p", "acme", "sync", "--json").json["undelivered"] == 0


def test_a_case_without_a_number_is_opened_by_phone(cli: Cli, opening: Opening) -> None:
    cli(*opening("--offline"))

    sheet = cli("call", "L1", "--json").json

    assert sheet["lines"][-1] == "Please open it now and give me its number."
    assert "casecli settle L1 --number N" in {each["hint"] for each in sheet["unknown"]}


def test_a_logged_call_is_kept_and_never_sent(case: Cli) -> None:
    case("call", "L1", "--log", "-m", "Ana takes it over")

    shown = case("show", "L1", "--json").json
    assert [each["text"] for each in shown["calls"]] == ["Ana takes it over"]
    assert "call (ours)" in case("show", "L1").out
    assert case("outbox", "list", "--json").json == []


def test_a_call_is_logged_with_what_was_said(case: Cli) -> None:
    assert "what was said?" in case("call", "L1", "--log", code=2).err
    assert "needs --log" in case("call", "L1", "-m", "hello", code=2).err


def test_waiting_ends_when_the_vendor_gets_there(
    case: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            case("-p", "support", "desk", "resolve", "L1", "-m", "fixed in 104")

    monkeypatch.setattr(time, "sleep", pause)

    ended = case("wait", "L1", "--until", "resolved,closed", "--json").json

    assert (ended["status"], ended["reached"], ended["looks"]) == ("resolved", True, 4)
    assert pauses == [5.0, 7.5, 11.25]


def test_waiting_gives_up_when_its_time_is_over(
    case: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)

    said = case("wait", "L1", "--until", "closed", "--timeout", "1h", code=8)

    assert said.out == "open\n"
    assert "is open, not closed, yet" in said.err
    assert sum(pauses) == 3600
    assert max(pauses) == 300


def test_waiting_offline_is_one_look_at_the_cache(case: Cli) -> None:
    case("-p", "support", "desk", "resolve", "L1", "-m", "fixed in 104")

    assert case("wait", "L1", "--until", "open", "--offline").out == "open\n"
    case("wait", "L1", "--until", "resolved", "--offline", code=8)
    case("wait", "L1", "--until", "resolved", "--timeout", "0m")


@pytest.mark.parametrize(
    "words",
    [
        ["--until", "resovled"],
        ["--until", ","],
        ["--until", "closed", "--timeout", "soon"],
        ["--until", "closed", "--timeout", "99999999999d"],
        [],
    ],
)
def test_waiting_needs_a_status_and_a_duration(case: Cli, words: list[str]) -> None:
    case("wait", "L1", *words, code=2)


@pytest.fixture
def paged(case: Cli) -> Cli:
    """A home with a case, L2, whose vendor has a page for it."""
    store = SqliteStore(case.home / "data" / "casecli.db")
    page = Case(subject="Disk full", url="https://desk.example.com/case?id=7")
    store.take_in("local", [Snapshot(number="CS-7", version="1", case=page)], NOON)
    store.close()
    return case


def test_a_case_is_seen_in_the_browser_of_the_environment(
    paged: Cli, tmp_path: Path
) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1$CASECLI_TOKEN" > {tmp_path}/seen\n')
    browser.chmod(0o700)

    world: dict[str, Any] = {
        "BROWSER": f"/nonexistent:{browser}",
        "CASECLI_TOKEN": "s3cret",
    }
    paged("browse", "CS-7", **world)

    assert (tmp_path / "seen").read_text() == "https://desk.example.com/case?id=7"


def test_a_page_is_only_printed_if_asked(paged: Cli) -> None:
    url = "https://desk.example.com/case?id=7"

    assert paged("browse", "CS-7", "--print", BROWSER="/nonexistent").out == f"{url}\n"
    assert "no browser" in paged("browse", "CS-7", BROWSER="/nonexistent", code=2).err


def test_a_vendor_without_pages_has_none_to_open(case: Cli) -> None:
    assert "no page of case 'CS-1001'" in case("browse", "L1", code=3).err


@pytest.mark.parametrize(
    "url",
    [
        "http://desk.example.com/7",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "https://kim@desk.example.com/7",
        "https://desk.example.com/7 --incognito",
        "https://[::1",
        "http://localhost.example.com/",
    ],
)
def test_a_page_that_is_no_safe_page_is_not_opened(url: str) -> None:
    with pytest.raises(BadInput):
        page_of(Case(number="7", url=url))


def test_a_page_of_this_machine_may_be_plain() -> None:
    assert page_of(Case(url="http://127.0.0.1:8080/7")) == "http://127.0.0.1:8080/7"
