"""Profiles, who one is in them, their rules, and where all of it is kept."""

from __future__ import annotations

from tests.cli.conftest import Cli

GENESYS = (
    *("--backend", "desk", "--policy", "genesys", "--role", "designated-contact"),
    *("--user", "kim.lee", "--level", "business-care-plus"),
)


def test_a_profile_is_added_used_and_removed(cli: Cli) -> None:
    cli("profile", "add", "gen", *GENESYS, "--set", "calendar.country=DE-BY")
    cli("profile", "use", "gen")

    rows = cli("profile", "list", "--json").json
    shown = cli("profile", "show", "--json").json
    who = cli("whoami", "--json").json
    assert {each["name"]: each["chosen"] for each in rows} == {
        "gen": True,
        "local": False,
    }
    assert (shown["policy"], shown["settings"]) == (
        "genesys",
        {"calendar.country": "DE-BY"},
    )
    assert shown["origin"].endswith("config.toml")
    assert (who["name"], who["role"]) == ("kim.lee", "designated-contact")

    assert "--yes" in cli("profile", "remove", "gen", code=2).err
    cli("profile", "remove", "gen", "--yes")
    assert [each["name"] for each in cli("profile", "list", "--json").json] == ["local"]
    assert "no profile" in cli("profile", "show", "gen", code=3).err


def test_the_shipped_policies_are_listed_and_compared(cli: Cli) -> None:
    rows = cli("policy", "list", "--json").json
    found = cli("policy", "diff", "citrix", "genesys", "--json").json

    assert {"citrix", "generic", "genesys", "hotline-portal"} == {
        each["name"] for each in rows
    }
    assert any(each["key"] == "case_types.admin.id" for each in found)


def test_config_says_where_it_is_and_where_each_value_comes_from(cli: Cli) -> None:
    cli("config", "set", "profile", "local")

    path = cli("config", "path").out
    rows = cli("config", "list", "--show-origin", "--json").json

    origins = {each["key"]: each["origin"] for each in rows}
    assert path.strip() == str(cli.home / "config" / "config.toml")
    assert origins["profile"] == str(cli.home / "config" / "config.toml")
    assert origins["tokens"] == "built in"


def test_doctor_tells_that_all_is_well_and_names_the_clock(cli: Cli) -> None:
    said = cli("doctor", "--json", CASECLI_CLOCK="2026-03-01T12:00:00Z").json

    found = {each["name"]: each["found"] for each in said["checks"]}
    assert said["ok"] is True
    assert "2026-03-01" in found["clock"]
