"""Changes that wait and texts that are unfinished: seen, mended, settled by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from casecli.domain.change import OutboxState
from casecli.store.sqlite import SqliteStore
from tests.cli.conftest import Cli

Opening = Callable[..., tuple[str, ...]]
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def case(cli: Cli, opening: Opening) -> Cli:
    """A home with a delivered case, L1."""
    cli(*opening())
    return cli


def _waiting(cli: Cli, text: str) -> str:
    said = cli("--offline", "comment", "L1", "-m", text, "--json").json
    return str(said["change"])


def _lost(cli: Cli, text: str) -> str:
    key = _waiting(cli, text)
    store = SqliteStore(cli.home / "data" / "casecli.db")
    store.settle(key, OutboxState.UNKNOWN, NOW, error="the answer was lost")
    store.close()
    return key


def _texts(cli: Cli) -> list[str]:
    comments = cli("show", "L1", "--fields", "comments").json["comments"]
    return [each["text"] for each in comments]


def test_the_outbox_lists_what_waits_and_an_edit_passes_the_gate(case: Cli) -> None:
    key = _waiting(case, "It went on until noon")
    (row,) = case("outbox", "list", "--json").json
    assert (row["change"], row["kind"], row["state"]) == (key, "comment", "queued")
    assert case("outbox", "list").out.startswith(f"{key}\tL1\tcomment\tqueued\t")

    case("outbox", "edit", key[:13], "-m", "Ask bob@hallbrook.example.org")
    content = case("outbox", "show", key, "--json").json["content"]
    assert content["scrubbed"] == {"email": 1}
    assert "bob@" not in content["text"]

    case("sync")
    assert case("outbox", "list", "--json").json == []
    assert [each["state"] for each in case("outbox", "list", "--all", "--json").json]
    assert _texts(case) == [content["text"]]


def test_a_dropped_change_is_never_sent(case: Cli) -> None:
    key = _waiting(case, "Never mind")

    assert "--yes" in case("outbox", "drop", key, code=2).err
    dropped = case("outbox", "drop", key, "--yes", "--json").json
    case("sync")

    assert (dropped["state"], dropped["error"]) == ("dropped", "dropped by hand")
    assert _texts(case) == []
    assert "dropped already" in case("outbox", "drop", key, "--yes", code=6).err


def test_a_lost_answer_is_looked_for_before_it_is_sent_again(case: Cli) -> None:
    key = _lost(case, "Once only")

    tried = case("outbox", "retry", key, "--json").json
    case("outbox", "retry", key, code=6)

    assert tried["state"] == "delivered"
    assert _texts(case) == ["Once only"]


def test_a_lost_change_is_sent_again_or_forgotten_on_ones_word(case: Cli) -> None:
    again, gone = _lost(case, "Send me"), _lost(case, "Seen at the desk")

    case("outbox", "forget", gone, "--yes")
    assert "--yes" in case("outbox", "resend", again, code=2).err
    case("outbox", "resend", again, "--yes")
    case("sync")

    assert _texts(case) == ["Send me"]


def test_a_file_leaves_the_spool_once_it_is_delivered_and_a_day_has_passed(
    case: Cli,
) -> None:
    Path("sent.log").write_text("call setup took 31 s\n")
    Path("waits.log").write_text("call setup took 32 s\n")
    case("upload", "L1", "sent.log")
    key = case("--offline", "upload", "L1", "waits.log", "--json").json["change"]
    kept = case("outbox", "show", key, "--json").json["content"]["sha256"]

    case("doctor", "--repair", CASECLI_CLOCK="2040-01-01T00:00:00Z")

    spooled = [each for each in (case.home / "data/spool").rglob("*") if each.is_file()]
    assert [each.name for each in spooled] == [kept]


def test_a_draft_is_edited_or_dropped(cli: Cli) -> None:
    cli("open", "-s", "Calls drop", "-m", "They drop", "--no-input", code=5)
    (row,) = cli("draft", "list", "--json").json
    assert (row["ref"], row["subject"]) == ("L1", "Calls drop")

    cli("draft", "edit", "L1", "-m", "Every call drops after 32 seconds")
    shown = cli("draft", "show", "L1", "--json").json
    assert shown["description"] == "Every call drops after 32 seconds"

    assert "hint: casecli open --draft L1" in cli("status", "L1", code=3).err

    cli("draft", "drop", "L1", "--yes")
    assert cli("draft", "list", "--json").json == []
    assert "no draft" in cli("draft", "show", "L1", code=3).err
