"""Backups, exports and imports: what is in them, what is not, and who may read them."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from casecli.store.sqlite import SqliteStore
from tests.cli.conftest import Cli

Opening = Callable[..., tuple[str, ...]]


@pytest.fixture
def case(cli: Cli, opening: Opening) -> Cli:
    """A home with a delivered case, L1."""
    cli(*opening())
    return cli


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_backup_lies_in_our_folder_and_is_private(case: Cli) -> None:
    path = Path(case("backup", CASECLI_CLOCK="2026-03-01T12:00:00Z").out.strip())

    assert path == case.home / "data" / "backups" / "casecli-20260301T120000Z.db"
    assert (_mode(path), _mode(path.parent)) == (0o600, 0o700)
    copy = SqliteStore(path)
    found = copy.case("L1")
    copy.close()
    assert found is not None
    assert found.number == "CS-1001"
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_the_vault_is_copied_only_if_asked_and_with_a_warning(
    case: Cli, tmp_path: Path
) -> None:
    folder = tmp_path / "usb"
    folder.mkdir()

    said = case("backup", str(folder), "--with-vault", "--json")

    vault = Path(said.json["vault"])
    assert vault.parent == folder
    assert _mode(vault) == 0o600
    assert "holds the real values" in said.err
    assert b"hunter2secret" not in vault.read_bytes()


def test_a_backup_overwrites_nothing_unless_forced(case: Cli) -> None:
    case("backup", "copy.db")

    assert "there already" in case("backup", "copy.db", code=6).err
    case("backup", "copy.db", "--force")
    (Path.cwd() / "link.db").symlink_to("elsewhere")
    case("backup", "link.db", "--force", code=6)
    case("backup", "no/such/folder/copy.db", code=11)


def test_an_export_holds_cases_as_shown_and_no_value(case: Cli) -> None:
    case("note", "L1", "-m", "ours")
    shown = case("show", "L1", "--json").json

    out = case("export").out

    assert case("export", "-o", "-").out == out
    assert [json.loads(line) for line in out.splitlines()] == [shown]
    assert "hunter2secret" not in out
    assert "bob@hallbrook" not in out


def test_an_export_to_a_file_is_private_and_overwrites_nothing(case: Cli) -> None:
    said = case("export", "--case", "CS-1001", "-o", "cases.jsonl", "--json").json

    assert said == {"path": "cases.jsonl", "cases": 1}
    assert _mode(Path("cases.jsonl")) == 0o600
    case("export", "-o", "cases.jsonl", code=6)
    case("export", "-o", "no/such/cases.jsonl", code=11)
    assert [each.name for each in Path.cwd().iterdir()] == ["cases.jsonl"]


@pytest.fixture
def exported(case: Cli) -> Cli:
    """The case of L1 in cases.jsonl, and nothing in the home."""
    case("note", "L1", "-m", "Kim has a spare router")
    case("export", "-o", "cases.jsonl")
    case.home.rename(case.home.with_name("elsewhere"))
    return case


def test_imported_cases_are_read_and_found(exported: Cli) -> None:
    said = exported("import", "cases.jsonl", "--json").json

    assert said == {"profile": "imported", "cases": ["L1"], "new": 1}
    shown = exported("show", "CS-1001", "--json").json
    assert (shown["profile"], shown["backend"]) == ("imported", "desk")
    assert [each["text"] for each in shown["notes"]] == ["Kim has a spare router"]
    assert len(exported("search", "spare router", "--json").json) == 1
    assert len(exported("list", "-p", "imported", "--json").json) == 1
    assert exported("status", "CS-1001", code=0).out.startswith("CS-1001")


def test_importing_again_changes_nothing(exported: Cli) -> None:
    exported("import", "cases.jsonl")
    before = exported("export").out
    events = exported("events", "--json").json

    said = exported(
        "import", "-", "--json", stdin=Path("cases.jsonl").read_bytes()
    ).json

    assert (said["cases"], said["new"]) == (["L1"], 0)
    assert exported("export").out == before
    assert exported("events", "--json").json == events


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["comment", "CS-1001", "-m", "x"], 2),
        (["-p", "imported", "comment", "CS-1001", "-m", "x"], 5),
        (["-p", "imported", "close", "CS-1001", "--yes"], 5),
        (["-p", "imported", "sync"], 2),
        (["profile", "add", "imported", "--backend", "desk"], 2),
    ],
)
def test_imported_cases_are_never_changed_at_a_vendor(
    exported: Cli, words: list[str], code: int
) -> None:
    exported("import", "cases.jsonl")

    exported(*words, code=code)

    assert exported("outbox", "list", "--all", "--json").json == []


def test_two_vendors_cases_with_one_number_stay_two(exported: Cli) -> None:
    first = json.loads(Path("cases.jsonl").read_text())
    other = {**first, "opened_at": "2020-01-01T00:00:00Z", "subject": "Another"}
    Path("cases.jsonl").write_text(f"{json.dumps(first)}\n{json.dumps(other)}\n")

    exported("import", "cases.jsonl")
    exported("import", "cases.jsonl")

    rows = exported("list", "--all", "--sort", "ref", "--json").json
    assert [each["number"] for each in rows] == ["CS-1001", "CS-1001.2"]


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        "[]",
        "{}",
        '{"number": 7}',
        '{"number": "a b"}',
        '{"number": "7", "status": "lost"}',
        '{"number": "7", "comments": [{"id": "1"}]}',
    ],
)
def test_a_line_that_is_no_case_keeps_all_out(exported: Cli, line: str) -> None:
    with Path("cases.jsonl").open("a") as out:
        out.write(f"{line}\n")

    exported("import", "cases.jsonl", code=2)

    assert exported("list", "--all", "--json").json == []


def test_a_case_of_another_profile_is_not_changed_at_this_vendor(case: Cli) -> None:
    case("profile", "add", "other", "--backend", "desk", "--set", "account=other")
    case("-p", "other", "track", "ZZ-1", "--offline")

    said = case("comment", "ZZ-1", "-m", "to whom?", "--json", code=2).error

    assert said["hint"] == "casecli --profile other comment L2"
    assert case("outbox", "list", "--json").json == []
