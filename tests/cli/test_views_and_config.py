"""Saved views of the list, and the settings that may be changed by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from casecli.cli.plain_words import parse
from tests.cli.conftest import Cli

Opening = Callable[..., tuple[str, ...]]


def test_a_view_is_a_list_under_a_name(cli: Cli, opening: Opening) -> None:
    cli(*opening())
    cli(*opening("--severity", "low"))
    cli("config", "view", "hot", "--", "--severity", "high,critical", "--sort", "due")

    shown = cli("list", "--view", "hot", "--json", "--fields", "ref,severity").json

    assert shown == [{"ref": "L1", "severity": "high"}]
    assert cli("config", "view", "hot").out == "--severity high,critical --sort due\n"
    assert cli("config", "views").out == "hot\t--severity high,critical --sort due\n"


def test_what_is_typed_counts_more_than_the_view(cli: Cli, opening: Opening) -> None:
    cli(*opening())
    cli(*opening("--severity", "low"))
    cli("config", "view", "hot", "--", "--severity", "high", "--limit", "1")

    words = ("list", "--view", "hot", "--severity", "low", "--json", "--fields", "ref")
    assert cli(*words).json == [{"ref": "L2"}]
    assert cli(*words, "--no-color", "--debug").json == [{"ref": "L2"}]


def test_the_long_way_reads_a_view_the_same(cli: Cli, opening: Opening) -> None:
    cli(*opening())
    cli(*opening("--severity", "low"))
    cli("config", "view", "low", "--", "--severity=low", "--limit", "1")

    # a value with a hyphen is left to the long way
    words = ("list", "--view", "low", "--since", "-3d", "--json", "--fields", "ref")
    assert parse(words) is None
    assert cli(*words).json == [{"ref": "L2"}]


@pytest.mark.parametrize(
    "words",
    [
        ["hot", "--", "--nonsense"],
        ["hot", "--", "--json"],
        ["hot", "--", "--view", "other"],
        ["hot", "--", "word"],
        ["Hot Cases", "--", "--mine"],
    ],
)
def test_a_view_holds_filters_of_list_and_nothing_else(
    cli: Cli, words: list[str]
) -> None:
    cli("config", "view", *words, code=2)

    assert cli("config", "views", "--json").json == []


def test_a_view_that_is_not_there_is_told(cli: Cli) -> None:
    assert "no view 'hot'" in cli("list", "--view", "hot", code=3).err
    assert "no view 'hot'" in cli("config", "view", "hot", code=3).err
    cli("config", "view", "hot", "--remove", code=3)


def test_a_view_can_be_removed(cli: Cli) -> None:
    cli("config", "view", "hot", "--", "--mine")

    cli("config", "view", "hot", "--remove")

    assert cli("config", "views", "--json").json == []
    assert "views" not in (cli.home / "config" / "config.toml").read_text()


def test_a_view_of_something_else_is_bad_configuration(cli: Cli) -> None:
    (cli.home / "config").mkdir(parents=True)
    (cli.home / "config" / "config.toml").write_text("[views]\nhot = 7\n")

    assert "views.hot is no list of words" in cli("list", code=2).err


def test_settings_are_set_got_and_unset(cli: Cli, opening: Opening) -> None:
    cli("profile", "add", "acme", "--backend", "desk")
    cli("config", "set", "profile", "acme")
    cli("config", "set", "tokens", "opaque")
    cli("config", "set", "words", "Bluebird", "Project X")
    cli("config", "set", "defaults.product.name", "Billing")

    assert cli("config", "get", "profile").out == "acme\n"
    assert cli("config", "get", "tokens").out == "opaque\n"
    assert cli("config", "get", "words").out == "Bluebird\nProject X\n"
    assert cli("config", "get", "defaults.product.name", "--json").json == {
        "key": "defaults.product.name",
        "values": ["Billing"],
    }
    opened = cli(*opening("-d", "Bluebird is down", "--json")).json
    assert cli("show", opened["case"], "--json").json["product"]["name"] == "Billing"
    assert "Bluebird" not in cli("show", opened["case"]).out

    cli("config", "unset", "profile")
    cli("config", "unset", "defaults.product.name")

    assert cli("config", "get", "profile").out == "local\n"
    cli("config", "get", "defaults.product.name", code=3)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["set", "profile", "nobody"], 3),
        (["set", "tokens", "none"], 2),
        (["set", "profile", "local", "local"], 2),
        (["set", "words", " "], 2),
        (["set", "url", "https://desk.example.com"], 2),
        (["set", "defaults.", "x"], 2),
        (["set", "profiles.local.url", "x"], 2),
        (["get", "nonsense"], 2),
        (["unset", "profiles"], 2),
    ],
)
def test_nothing_else_can_be_set(cli: Cli, words: list[str], code: int) -> None:
    cli("config", *words, code=code)

    assert not (cli.home / "config" / "config.toml").exists()
