"""The desk in one SQLite file, opened by many processes at once.

Access to the file is access to the desk: the roles keep honest people apart, no more.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from casecli.backends.desk_records import Person, Records
from casecli.backends.desk_tables import (
    APPLICATION_ID,
    SQLITE_TYPES,
    VERSION,
    statements,
)
from casecli.domain.errors import Invalid, StorageFailed, Transient
from casecli.transactions import transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FILE = "desk.db"
BUSY_SECONDS = 30


class DeskFile:
    """The port `Database` over `<folder>/desk.db`, made on first use."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._db = _connect(folder, self._file)

    def enter(self, claimed: Person) -> Person:
        """Take their word for it, and register them."""
        with self.reading() as records:
            known = records.knows(claimed)
        if not known:
            with self.writing("") as records:
                records.register(claimed)
        return claimed

    @contextmanager
    def reading(self) -> Iterator[Records]:
        """Begin a transaction that sees one state of the desk; keep it short."""
        with self._transaction("BEGIN") as records:
            yield records

    @contextmanager
    def writing(self, key: str) -> Iterator[Records]:  # noqa: ARG002 (all writers queue)
        """Begin a transaction that writes; commit at the end, undo on any error."""
        with self._transaction("BEGIN IMMEDIATE") as records:
            yield records

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Records]:
        with _said_plainly(self._file), transaction(self._db, begin):
            yield Records(self._run)

    def _run(
        self, statement: str, *values: str | int | bytes | None
    ) -> list[tuple[Any, ...]]:  # a column's type is the table's to know
        return self._db.execute(statement, values).fetchall()

    @contextmanager
    def listening(self, number: str) -> Iterator[Callable[[float], float]]:  # noqa: ARG002 (a file tells nobody)
        """Give a plain pause: a file tells nobody that it changed."""
        yield _pause

    def close(self) -> None:
        """Let go of the file; harmless twice."""
        self._db.close()


def _pause(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


_SETTINGS = (
    "PRAGMA journal_mode = TRUNCATE",
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
)


def _connect(folder: Path, file: Path) -> sqlite3.Connection:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        os.close(os.open(file, flags, 0o600))
    except OSError as error:
        raise StorageFailed(
            f"the desk's file {file} cannot be opened: {error.strerror}",
            hint="casecli doctor",
        ) from error
    with _said_plainly(file):
        # One thread at a time is the port's rule; which one is the caller's business.
        db = sqlite3.connect(
            file,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            for setting in _SETTINGS:
                db.execute(setting).fetchall()
            _prepare(db, file)
        except BaseException:
            db.close()
            raise
    return db


def _prepare(db: sqlite3.Connection, file: Path) -> None:
    if _mark(db) == (APPLICATION_ID, VERSION):
        return
    with transaction(db):
        # Judged again under the lock: another process may just have made the tables.
        if not _is_ready(db, file):
            for statement in statements(SQLITE_TYPES):
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {VERSION}")


def _mark(db: sqlite3.Connection) -> tuple[int, int]:
    owner = db.execute("PRAGMA application_id").fetchall()[0][0]
    return owner, db.execute("PRAGMA user_version").fetchall()[0][0]


def _is_ready(db: sqlite3.Connection, file: Path) -> bool:
    owner, version = _mark(db)
    if owner == APPLICATION_ID and version > VERSION:
        raise StorageFailed(
            f"the desk's file {file} was written by a newer casecli",
            hint="pip install --upgrade casecli",
        )
    if owner == APPLICATION_ID and version == VERSION:
        return True
    tables = db.execute("SELECT COUNT(*) FROM sqlite_master").fetchall()[0][0]
    if owner or version or tables:
        raise StorageFailed(f"{file} is not a desk's file", hint="casecli doctor")
    return False


@contextmanager
def _said_plainly(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise Invalid(f"the desk's own rules forbid it: {error}") from error
    except UnicodeEncodeError as error:
        raise Invalid("the text holds a lone surrogate, which no desk takes") from error
    except sqlite3.Error as error:
        busy = getattr(error, "sqlite_errorcode", 0) & 0xFF in (
            sqlite3.SQLITE_BUSY,
            sqlite3.SQLITE_LOCKED,
        )
        if busy:
            raise Transient(
                f"the desk was busy for {BUSY_SECONDS} seconds", hint="casecli sync"
            ) from error
        raise StorageFailed(
            f"the desk's file {file} cannot be used: {error}", hint="casecli doctor"
        ) from error
