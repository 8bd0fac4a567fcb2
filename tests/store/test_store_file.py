"""The file itself: made, refused, upgraded, copied, full, damaged."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from casecli.domain.case import Case, Draft
from casecli.domain.change import Open
from casecli.domain.errors import BadInput, StorageFailed
from casecli.domain.ports import Snapshot
from casecli.domain.query import CaseQuery
from casecli.store.file import StoreFile
from casecli.store.lock import FileLock
from casecli.store.schema import UPGRADES
from casecli.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = (
    "CREATE TABLE extra (id INTEGER)",
    "INSERT INTO extra VALUES (1)",
    "ALTER TABLE draft ADD COLUMN extra TEXT",
)


def tables(path: Path) -> set[str]:
    conn = sqlite3.connect(path)
    found = {row[0] for row in conn.execute("SELECT name FROM sqlite_master")}
    conn.close()
    return found


def pragma(path: Path, text: str) -> object:
    conn = sqlite3.connect(path)
    (value,) = conn.execute(f"PRAGMA {text}").fetchone() or (None,)
    conn.close()
    return value


def test_file_and_folder_are_ours_alone(store: SqliteStore, path: Path) -> None:
    before = os.umask(0)

    store.save_draft(Draft())

    os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.with_name("casecli.db.lock").stat().st_mode) == 0o600


def test_writing_leaves_no_temporary_file(store: SqliteStore, path: Path) -> None:
    store.save_draft(Draft())

    left = {each.name for each in path.parent.iterdir()}

    assert left == {"casecli.db", "casecli.db-journal", "casecli.db.lock"}


def test_an_empty_file_is_a_new_one(store: SqliteStore, path: Path) -> None:
    path.parent.mkdir()
    path.touch(0o600)

    assert store.rows(CaseQuery()) == []
    assert store.save_draft(Draft()).ref == "L1"


@pytest.mark.parametrize("empty", [True, False])
def test_a_journal_without_its_database_is_never_played_back(
    store: SqliteStore, path: Path, *, empty: bool
) -> None:
    path.parent.mkdir()
    path.with_name("casecli.db-journal").write_bytes(b"not ours to judge")
    for file in [path] * empty:
        file.touch()

    with pytest.raises(StorageFailed, match="left its journal behind"):
        store.save_draft(Draft())
    with pytest.raises(StorageFailed):
        store.rows(CaseQuery())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"These are my notes, and no database at all.\n" * 40, "is not a database"),
        (b"x", "belongs to another program"),
    ],
)
def test_what_is_no_database_is_left_alone(
    store: SqliteStore, path: Path, content: bytes, sentence: str
) -> None:
    path.parent.mkdir()
    path.write_bytes(content)

    with pytest.raises(StorageFailed, match=sentence) as refused:
        store.save_draft(Draft())

    assert refused.value.exit_code == 11
    assert refused.value.hint == "casecli doctor"
    assert path.read_bytes() == content


def test_a_truncated_file_is_damaged(store: SqliteStore, path: Path) -> None:
    store.save_draft(Draft())
    store.close()
    content = path.read_bytes()[:9000]
    path.write_bytes(content)

    with pytest.raises(StorageFailed, match="is damaged"):
        store.drafts()
    with pytest.raises(StorageFailed, match="is damaged"):
        store.save_draft(Draft())

    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("PRAGMA user_version = 999", "was written by a newer casecli"),
        ("PRAGMA application_id = 7", "belongs to another program"),
    ],
)
def test_a_file_of_others_is_left_byte_for_byte(
    store: SqliteStore, path: Path, statement: str, sentence: str
) -> None:
    store.save_draft(Draft())
    store.close()
    pragma(path, statement.removeprefix("PRAGMA "))
    content = path.read_bytes()

    with pytest.raises(StorageFailed, match=sentence):
        store.save_draft(Draft())
    with pytest.raises(StorageFailed, match=sentence):
        store.rows(CaseQuery())

    assert path.read_bytes() == content


def test_another_programs_database_is_left_alone(
    store: SqliteStore, path: Path
) -> None:
    path.parent.mkdir()
    conn = sqlite3.connect(path)
    conn.execute("CREATE TABLE theirs (x)")
    conn.close()

    with pytest.raises(StorageFailed, match="belongs to another program"):
        store.save_draft(Draft())

    assert tables(path) == {"theirs"}


def test_a_symbolic_link_is_refused(
    store: SqliteStore, path: Path, tmp_path: Path
) -> None:
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(StorageFailed, match="is a symbolic link"):
        store.save_draft(Draft())

    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_in_its_place_is_refused(store: SqliteStore, path: Path) -> None:
    path.mkdir(parents=True)

    with pytest.raises(StorageFailed, match="is not a file"):
        store.rows(CaseQuery())


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StorageFailed, match="cannot be used"):
        SqliteStore(tmp_path / "file" / "casecli.db").save_draft(Draft())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_file_can_still_be_read(store: SqliteStore, path: Path) -> None:
    store.save_draft(Draft(subject="kept"))
    store.close()
    path.chmod(0o400)

    with pytest.raises(StorageFailed, match="cannot be written"):
        store.save_draft(Draft())

    assert [draft.subject for draft in store.drafts()] == ["kept"]


@pytest.fixture
def little_room() -> Iterator[int]:
    """Let no file of this process grow over 200,000 bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    yield 200_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_no_room_loses_nothing_and_later_work_goes_on(
    store: SqliteStore, little_room: int
) -> None:
    store.save_draft(Draft(subject="kept"))

    with pytest.raises(StorageFailed, match="cannot"):
        store.save_draft(Draft(description="x" * little_room))

    assert [draft.subject for draft in store.drafts()] == ["kept"]
    assert store.save_draft(Draft(subject="again")).ref == "L2"
    assert store.check() == []


def test_a_failed_change_leaves_no_trace(store: SqliteStore) -> None:
    def derive(case: Case) -> tuple[()]:
        raise ArithmeticError(case.ref)

    store.save_draft(Draft())
    failing = SqliteStore(store._file.path, derive=derive)  # noqa: SLF001 (same file)

    with pytest.raises(ArithmeticError):
        failing.take_in("acme", [Snapshot(number="1", version="1", case=Case())], NOON)

    assert store.resolve("1", "acme") is None
    assert failing.new_ref() == "L2"


def upgraded(path: Path, *upgrades: object) -> StoreFile:
    return StoreFile(path, (*UPGRADES, *upgrades))  # type: ignore[arg-type] # test steps


def test_an_upgrade_keeps_the_data_and_a_copy_of_the_old_file(
    store: SqliteStore, path: Path
) -> None:
    store.save_draft(Draft(subject="kept"))
    store.close()

    with upgraded(path, SECOND).reading() as conn:
        (n,) = conn.execute("SELECT count(*) FROM draft WHERE extra IS NULL").fetchone()

    assert n == 1
    assert pragma(path, "user_version") == 3
    backup = path.with_name("casecli.db.backup-1")
    assert pragma(backup, "user_version") == 2
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert SqliteStore(backup).drafts()[0].subject == "kept"


def test_three_backups_are_kept(store: SqliteStore, path: Path) -> None:
    store.save_draft(Draft())
    store.close()
    more = [(f"CREATE TABLE t{n} (x)",) for n in range(5)]

    for n in range(1, 6):
        with upgraded(path, *more[:n]).reading():
            pass

    backups = sorted(path.parent.glob("*.backup-*"))
    assert [pragma(each, "user_version") for each in backups] == [6, 5, 4]


@pytest.mark.parametrize("failing", [0, 1, 2, 3])
def test_an_upgrade_that_fails_anywhere_changes_nothing(
    store: SqliteStore, path: Path, failing: int
) -> None:
    store.save_draft(Draft(subject="kept"))
    store.close()
    before = tables(path)
    broken = (*SECOND[:failing], "INSERT INTO nowhere VALUES (1)", *SECOND[failing:])

    with (
        pytest.raises(StorageFailed, match="nowhere"),
        upgraded(path, broken).reading(),
    ):
        pass

    assert tables(path) == before
    assert pragma(path, "user_version") == 2
    assert [draft.subject for draft in store.drafts()] == ["kept"]


@pytest.mark.parametrize("fatal", [0, 1, 2, 3])
def test_an_upgrade_killed_anywhere_changes_nothing(
    store: SqliteStore, path: Path, fatal: int
) -> None:
    store.save_draft(Draft(subject="kept"))
    store.close()
    before = tables(path)
    program = (
        "import os, sys; from pathlib import Path;"
        "from casecli.store.file import StoreFile;"
        "from casecli.store.schema import UPGRADES;"
        "steps = sys.argv[3:];"
        "steps.insert(int(sys.argv[2]), lambda conn: os.kill(os.getpid(), 9));"
        "StoreFile(Path(sys.argv[1]), (*UPGRADES, steps)).reading().__enter__()"
    )

    killed = subprocess.run(
        [sys.executable, "-c", program, str(path), str(fatal), *SECOND], check=False
    )

    assert killed.returncode == -signal.SIGKILL
    assert [draft.subject for draft in store.drafts()] == ["kept"]
    assert tables(path) == before
    assert pragma(path, "user_version") == 2


def test_a_first_creation_cut_short_is_taken_up_again(
    store: SqliteStore, path: Path
) -> None:
    path.parent.mkdir()
    path.with_name("casecli.db.new").write_bytes(b"half")
    path.with_name("casecli.db.new-journal").write_bytes(b"half")

    store.save_draft(Draft())

    assert store.check() == []


def test_a_backup_is_whole_and_private(
    store: SqliteStore, path: Path, tmp_path: Path
) -> None:
    store.record([Open(key="k", case="L1", at=NOON, subject="x")], "acme", NOON)

    store.backup(tmp_path / "copy.db")

    assert SqliteStore(tmp_path / "copy.db", backend_of=str).case("L1") is not None
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    with pytest.raises(BadInput):
        store.backup(path)


def test_no_other_writer_gets_in_between(path: Path) -> None:
    with StoreFile(path).writing():
        stranger = sqlite3.connect(path, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            stranger.execute("BEGIN IMMEDIATE")
        stranger.close()


def test_only_who_holds_the_lock_changes_the_file(path: Path) -> None:
    file = StoreFile(path)
    with file.writing():
        pass
    file.lock.patience = 0.01

    with (
        FileLock(file.lock.path).held(),
        pytest.raises(StorageFailed, match=r"locked for 0\.01 s"),
        file.writing(),
    ):
        pass


def test_only_who_holds_the_lock_makes_the_file(path: Path) -> None:
    path.parent.mkdir()
    file = StoreFile(path)
    file.lock.patience = 0.01

    with (
        FileLock(file.lock.path).held(),
        pytest.raises(StorageFailed, match=r"locked for 0\.01 s"),
        file.writing(),
    ):
        pass

    assert not path.exists()


def test_a_long_wait_for_the_lock_names_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    impatient = FileLock(path, patience=0.01)

    with (
        FileLock(path).held(),
        pytest.raises(StorageFailed, match=f"by process {os.getpid()}") as refused,
        impatient.held(),
    ):
        pass

    assert refused.value.hint == f"ps -p {os.getpid()}"


def test_doctor_sees_a_sound_file_as_sound(store: SqliteStore) -> None:
    store.record([Open(key="k", case="L1", at=NOON, subject="x")], "acme", NOON)

    assert store.check() == []


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("UPDATE outbox SET payload = '{}'", "change k is not what was recorded"),
        (
            "UPDATE outbox SET state = 'delivered'",
            "change k is delivered without a rec",
        ),
        ("UPDATE outbox SET attempts = 1", "change k was sent without an attempt"),
        ("DELETE FROM prose", "case L1 is listed and cannot be searched"),
        ("UPDATE tally SET n = 9", "the count of queued cases is wrong"),
        ("UPDATE counter SET value = 0", "ref L1 would be given again"),
        ("DELETE FROM cases", "points to a cases that is gone"),
    ],
)
def test_doctor_sees_what_sqlite_does_not(
    store: SqliteStore, path: Path, damage: str, sentence: str
) -> None:
    store.record([Open(key="k", case="L1", at=NOON, subject="x")], "acme", NOON)
    conn = sqlite3.connect(path)
    conn.execute(damage)
    conn.commit()
    conn.close()

    assert sentence in "\n".join(store.check())


def test_doctor_sees_damage_in_the_middle(store: SqliteStore, path: Path) -> None:
    for n in range(40):
        store.save_draft(Draft(subject=f"{n}", description="x" * 3000))
    store.close()
    with path.open("r+b") as file:
        file.seek(path.stat().st_size - 3 * 4096)
        file.write(b"\xff" * 4096)

    assert store.check() != []


def test_writers_use_a_truncated_journal_and_full_syncs(path: Path) -> None:
    with StoreFile(path).writing() as conn:
        modes = [
            conn.execute(f"PRAGMA {name}").fetchone()[0]
            for name in (
                "journal_mode",
                "synchronous",
                "fullfsync",
                "foreign_keys",
                "busy_timeout",
                "temp_store",
                "trusted_schema",
                "cell_size_check",
                "secure_delete",
            )
        ]

    assert modes == ["truncate", 2, 1, 1, 30_000, 2, 0, 1, 1]
