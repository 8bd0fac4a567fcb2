"""The database file: made, opened, upgraded and copied without ever being half done."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from casecli.domain.errors import BadInput, StorageFailed
from casecli.store.lock import FileLock
from casecli.store.schema import APPLICATION_ID, UPGRADES, apply_upgrades, version_of
from casecli.transactions import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from casecli.store.schema import Step

BACKUPS_KEPT = 3
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
# none of these touches the file; those that do wait until there is something to write
_PRAGMAS = (
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA foreign_keys = ON",
)
_WRITING_PRAGMAS = (
    "PRAGMA journal_mode = TRUNCATE",
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",
    "PRAGMA secure_delete = ON",
)
_REASONS = {
    "SQLITE_NOTADB": "is not a database",
    "SQLITE_CORRUPT": "is damaged",
    "SQLITE_FULL": "cannot grow: the disk is full",
    "SQLITE_READONLY": "cannot be written",
    "SQLITE_CANTOPEN": "cannot be opened",
    "SQLITE_PERM": "cannot be opened",
    "SQLITE_BUSY": "has been locked by another program for 30 s",
    "SQLITE_IOERR": "cannot be read or written: the disk reports an error",
    "SQLITE_TOOBIG": "cannot hold a text this long",
}


class StoreFile:
    """One SQLite file with its lock; opened at the first use, made at the first write.

    Rollback journal, never WAL: a process a command gains nothing by WAL, and the
    SQLite many systems still ship can lose rows with it.
    """

    def __init__(
        self, path: Path, upgrades: Sequence[Sequence[Step]] = UPGRADES
    ) -> None:
        self.path = path.absolute()
        self.lock = FileLock(self.path.with_name(self.path.name + ".lock"))
        self._upgrades = upgrades
        self._conn: sqlite3.Connection | None = None
        self._may_write = False

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """See one state of the file; where there is no file yet, an empty one."""
        with self._translated():
            if self._conn is None and self._missing():
                conn = self._in_memory()
            else:
                conn = self._opened()
            conn.execute("BEGIN")
            try:
                yield conn
            finally:
                # nothing to keep; COMMIT would have FTS look at damage once more
                if conn.in_transaction:
                    conn.execute("ROLLBACK")
                if conn is not self._conn:
                    conn.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Change the file in one transaction, durable once this returns."""
        with self._translated():
            if self._conn is None and self._missing():
                self._make()
            conn = self._opened()
            with self.lock.held():
                if not self._may_write:
                    for pragma in _WRITING_PRAGMAS:
                        conn.execute(pragma)
                    self._may_write = True
                with transaction(conn):
                    yield conn

    def backup(self, target: Path) -> None:
        """Copy the whole file to `target`, replacing it only once the copy is safe."""
        if target.resolve() == self.path.resolve():
            raise BadInput(f"{target} is the file to be copied")
        with self._translated():
            if self._conn is None and self._missing():
                self._make()
            conn = self._opened()
            with self.lock.held():
                _copy(conn, target.absolute())

    @contextmanager
    def alone(self, purpose: str) -> Iterator[bool]:
        """Be the only process with this purpose; yields whether that is so."""
        import hashlib
        from contextlib import ExitStack

        mark = hashlib.sha256(purpose.encode()).hexdigest()[:16]
        lock = FileLock(self.path.with_name(f"{self.path.name}.{mark}.lock"))
        with ExitStack() as stack:
            # only the lock is ours to answer for, not what is done under it
            with self._translated():
                self._make_folder()
                alone = stack.enter_context(lock.tried())
            yield alone

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        if self._conn is not None:
            self._conn.close()
            self._conn, self._may_write = None, False

    def _opened(self) -> sqlite3.Connection:
        if self._conn is None:
            conn = _connect(self.path)
            try:
                self._bring_up_to_date(conn)
            except BaseException:
                conn.close()
                raise
            self._conn = conn
        return self._conn

    def _bring_up_to_date(self, conn: sqlite3.Connection) -> None:
        if self._version(conn) == len(self._upgrades):
            return
        with self.lock.held():
            if self._version(conn) == len(self._upgrades):
                return
            self._keep_backup(conn)
            for pragma in _WRITING_PRAGMAS:
                conn.execute(pragma)
            apply_upgrades(conn, self._upgrades)

    def _version(self, conn: sqlite3.Connection) -> int:
        application, version = version_of(conn)
        if application != APPLICATION_ID:
            raise self._failed("belongs to another program")
        if version > len(self._upgrades):
            raise self._failed("was written by a newer casecli", "casecli --version")
        return version

    def _keep_backup(self, conn: sqlite3.Connection) -> None:
        for n in range(BACKUPS_KEPT - 1, 0, -1):
            older = self._backup_path(n)
            if older.exists():
                older.replace(self._backup_path(n + 1))
        _copy(conn, self._backup_path(1))

    def _backup_path(self, n: int) -> Path:
        return self.path.with_name(f"{self.path.name}.backup-{n}")

    def _missing(self) -> bool:
        """Tell whether the file is yet to be made, having refused what is no file."""
        try:
            found = self.path.lstat()
        except FileNotFoundError:
            empty = True
        else:
            if stat.S_ISLNK(found.st_mode):
                raise self._failed("is a symbolic link")
            if not stat.S_ISREG(found.st_mode):
                raise self._failed("is not a file")
            if found.st_uid != os.geteuid():
                raise self._failed("belongs to another user")
            empty = found.st_size == 0
        if empty and self._orphaned_journal():
            raise self._failed("is gone and left its journal behind", "casecli doctor")
        return empty

    def _orphaned_journal(self) -> bool:
        for suffix in ("-journal", "-wal"):
            journal = self.path.with_name(self.path.name + suffix)
            if journal.exists() and journal.stat().st_size > 0:
                return True
        return False

    def _make(self) -> None:
        """Build the file beside its place and move it there: nobody sees half of it."""
        self._make_folder()
        with self.lock.held():
            if not self._missing():
                return
            new = self.path.with_name(self.path.name + ".new")
            _create_private(new)
            conn = _connect(new)
            try:
                apply_upgrades(conn, self._upgrades)
            finally:
                conn.close()
            _move_into_place(new, self.path)

    def _make_folder(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _in_memory(self) -> sqlite3.Connection:
        conn = sqlite3.connect(":memory:", isolation_level=None)
        conn.row_factory = sqlite3.Row
        apply_upgrades(conn, self._upgrades)
        return conn

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
            raise  # these are our bugs, and no state of the file
        except sqlite3.Error as error:
            raise self._failed(_reason(error)) from error
        except UnicodeEncodeError as error:
            raise BadInput("a text holds bytes that are not UTF-8") from error
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            why = (
                _REASONS["SQLITE_FULL"] if full else f"cannot be used: {_words(error)}"
            )
            raise self._failed(why) from error

    def _failed(self, what: str, hint: str = "casecli doctor") -> StorageFailed:
        return StorageFailed(f"local storage {self.path} {what}", hint)


def _reason(error: sqlite3.Error) -> str:
    name = getattr(error, "sqlite_errorname", "")
    for code, reason in _REASONS.items():
        if name.startswith(code):
            return reason
    return f"cannot be used: {error}"


def _words(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _connect(path: Path) -> sqlite3.Connection:
    conn = sqlite3.connect(
        f"{path.as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=30
    )
    conn.row_factory = sqlite3.Row
    for pragma in _PRAGMAS:
        conn.execute(pragma)
    return conn


def copy_database(source: Path, target: Path) -> None:
    """Copy another database of ours, the vault's, whole and private.

    Raises:
        StorageFailed: it cannot be read, or its copy not be written.
    """
    try:
        conn = _connect(source)
        try:
            _copy(conn, target.absolute())
        finally:
            conn.close()
    except (sqlite3.Error, OSError) as error:
        raise StorageFailed(f"cannot copy {source} to {target}: {error}") from error


def _copy(conn: sqlite3.Connection, target: Path) -> None:
    new = target.with_name(target.name + ".new")
    _create_private(new)
    copy = sqlite3.connect(new, isolation_level=None)
    try:
        conn.backup(copy)
    finally:
        copy.close()
    _move_into_place(new, target)


def _create_private(path: Path) -> None:
    for leftover in (path, path.with_name(path.name + "-journal")):
        leftover.unlink(missing_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _NOFOLLOW, 0o600))


def _move_into_place(new: Path, target: Path) -> None:
    sync(new)
    new.replace(target)
    sync(target.parent)


def sync(path: Path) -> None:
    """Have a file, or a folder's entries, reach the disk."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
