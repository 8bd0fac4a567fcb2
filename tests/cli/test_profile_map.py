"""The table of words in a profile."""

from __future__ import annotations

from tests.cli.conftest import Cli

TABLE = """
[profiles.work]
backend = "desk"

[profiles.work.settings]
project = "support"

[profiles.work.map.severity]
1 = "Immediate"

[profiles.work.map.status]
"Waiting for customer" = "waiting-on-customer"
"""


def test_a_table_of_words_is_settings_of_the_profile(cli: Cli) -> None:
    config = cli.home / "config"
    config.mkdir(parents=True)
    (config / "config.toml").write_text(TABLE)

    shown = cli("profile", "show", "work", "--json").json

    assert shown["settings"] == {
        "map.severity.1": "Immediate",
        "map.status.Waiting for customer": "waiting-on-customer",
        "project": "support",
    }


def test_a_word_outside_a_table_is_refused(cli: Cli) -> None:
    config = cli.home / "config"
    config.mkdir(parents=True)
    (config / "config.toml").write_text('[profiles.work.map]\nseverity = "high"\n')

    said = cli("list", code=2)

    assert "profiles.work.map" in said.err
