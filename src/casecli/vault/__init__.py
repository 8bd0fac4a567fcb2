"""Tokens at rest: which value each stands for, encrypted one by one.

A file of its own, never beside what leaves the machine. One master key, from a private
file or the system's keyring, seals each case's key; that key seals the case's values,
so forgetting a case makes its values unreadable even in copies of the file. Values are
found again by keyed hashes of themselves and of their words, without opening any.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from casecli.domain.errors import ScrubRefused, StorageFailed
from casecli.transactions import transaction
from casecli.vault.case_tokens import APPLICATION, CaseTokens, begin, case_key
from casecli.vault.keys import WORD, Master, squeezed
from casecli.vault.master_key import MasterKey, make_private_folder

_VERSION = 2
PATIENCE = 90  # seconds; dozens of processes may want to write at once
_SCHEMA = """
CREATE TABLE meta(id TEXT NOT NULL, proof BLOB NOT NULL);
CREATE TABLE "case"(ref TEXT PRIMARY KEY, id TEXT NOT NULL, sealed BLOB NOT NULL)
    WITHOUT ROWID;
CREATE TABLE token(case_id TEXT NOT NULL, token TEXT NOT NULL, mac BLOB NOT NULL,
    sealed BLOB NOT NULL, PRIMARY KEY(case_id, token), UNIQUE(case_id, mac))
    WITHOUT ROWID;
"""
_FINDER = """
CREATE TABLE finder(mac BLOB NOT NULL, case_id TEXT NOT NULL, token TEXT NOT NULL,
    PRIMARY KEY(mac, case_id, token)) WITHOUT ROWID
"""


class FileVault:
    """A vault in one SQLite file that many processes may use at once.

    The file is made at first use, and so is the key: at `key_path` (0600), or under
    `keyring_service` in the system's keyring where one is named.
    """

    def __init__(
        self, path: Path, key_path: Path, *, keyring_service: str | None = None
    ) -> None:
        self._path = path
        self._key = MasterKey(key_path, keyring_service)

    def where(self) -> str:
        """Say where the master key lives."""
        return self._key.where()

    def check(self) -> None:
        """Open the vault and prove its key.

        Raises:
            ScrubRefused: the master key is missing or not this vault's.
            StorageFailed: the file cannot be used.
        """
        with self._opened():
            pass

    @contextmanager
    def case(self, ref: str) -> Iterator[CaseTokens]:
        """Work with one case's tokens; what was added is durable at the exit.

        Raises:
            ScrubRefused: the master key is missing or not this vault's.
            StorageFailed: the file cannot be used.
        """
        with self._opened() as (db, master):
            tokens = CaseTokens(db, ref, case_key(db, master, ref), master)
            try:
                yield tokens
            finally:
                tokens.commit()

    def cases(self) -> tuple[str, ...]:
        """Name the cases that have tokens."""
        if not self._path.exists():
            return ()
        with self._opened() as (db, _):
            rows = db.execute(
                'SELECT ref FROM "case" c WHERE EXISTS '
                "(SELECT 1 FROM token WHERE case_id = c.id) ORDER BY ref"
            ).fetchall()
        return tuple(row[0] for row in rows)

    def tokens_for(self, value: str) -> tuple[str, ...]:
        """Find every token, in any case, of this value or of values with these words.

        Spelling does not matter, `+1 202` is `+1-202`. A part of a word is not found:
        that would mean opening every value.
        """
        wanted = value.casefold().strip()
        if not wanted or not self._path.exists():
            return ()
        with self._opened() as (db, master):
            found = dict.fromkeys(master.found(db, wanted))
            found |= dict.fromkeys(master.found(db, squeezed(wanted)))
            words = dict.fromkeys(WORD.findall(wanted))
            if words and list(words) != [wanted]:
                for ref, token in master.holding(db, list(words)):
                    key = case_key(db, master, ref)
                    if wanted in CaseTokens(db, ref, key, master).text(token):
                        found[token] = None
        return tuple(found)

    def forget(self, ref: str) -> None:
        """Destroy a case's key and values; its tokens can never be read again."""
        if not self._path.exists():
            return
        with self._opened() as (db, _):
            begin(db)
            row = db.execute('SELECT id FROM "case" WHERE ref = ?', (ref,)).fetchone()
            if row is not None:
                db.execute("DELETE FROM finder WHERE case_id = ?", row)
                db.execute("DELETE FROM token WHERE case_id = ?", row)
                db.execute('DELETE FROM "case" WHERE ref = ?', (ref,))
            db.execute("COMMIT")

    # --- opening -------------------------------------------------------------------

    @contextmanager
    def _opened(self) -> Iterator[tuple[sqlite3.Connection, Master]]:
        try:
            with self._shared() as db:
                yield db, self._master(db)
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    @contextmanager
    def _shared(self) -> Iterator[sqlite3.Connection]:
        """Lend this thread's one connection to the file.

        Two connections of one thread would wait for one another's locks for ever.
        """
        where = str(self._path.absolute())
        mine: dict[str, _Lent] = _OPEN.__dict__.setdefault("files", {})
        lent = mine.get(where)
        if lent is None:
            try:
                lent = mine[where] = _Lent(self._connect())
            except (sqlite3.Error, OSError) as error:
                raise self._unusable(error) from error
        lent.users += 1
        try:
            yield lent.db
        finally:
            lent.users -= 1
            if not lent.users:
                mine.pop(where)
                lent.db.close()

    def _unusable(self, error: Exception) -> StorageFailed:
        return StorageFailed(
            f"the token vault {self._path} cannot be used: {error}", "casecli doctor"
        )

    def _connect(self) -> sqlite3.Connection:
        make_private_folder(self._path.parent)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        os.close(os.open(self._path, flags, 0o600))
        db = sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None)
        for pragma in (
            f"busy_timeout={PATIENCE * 1000}",
            "journal_mode=TRUNCATE",
            "synchronous=FULL",
            "fullfsync=ON",
            "secure_delete=ON",
            "temp_store=MEMORY",
            "cache_size=-24000",
            "trusted_schema=OFF",
        ):
            db.execute(f"PRAGMA {pragma}")
        return db

    def _master(self, db: sqlite3.Connection) -> Master:
        if db.execute("PRAGMA user_version").fetchone()[0] == 0:
            self._change(db, 0, self._fill)
        version = db.execute("PRAGMA user_version").fetchone()[0]
        application = db.execute("PRAGMA application_id").fetchone()[0]
        if version > _VERSION or application != APPLICATION:
            raise StorageFailed(
                f"{self._path} is not a token vault this casecli can read",
                "casecli --version",
            )
        vault_id, proof = db.execute("SELECT id, proof FROM meta").fetchone()
        key = self._key.read(vault_id)
        if key is None:
            raise ScrubRefused(
                f"the key of the token vault is missing from {self.where()}",
                "casecli doctor",
            )
        master = Master(vault_id, key)
        if not master.proves(proof):
            raise ScrubRefused(
                f"{self.where()} holds another vault's key", "casecli doctor"
            )
        if version == 1:
            self._change(db, 1, lambda old: make_finder(old, master))
        return master

    def _change(
        self,
        db: sqlite3.Connection,
        old: int,
        how: Callable[[sqlite3.Connection], None],
    ) -> None:
        """Bring a file of version `old` to the newest one, entirely or not at all."""
        with transaction(db):
            if db.execute("PRAGMA user_version").fetchone()[0] == old:
                how(db)
                db.execute(f"PRAGMA user_version={_VERSION}")

    def _fill(self, db: sqlite3.Connection) -> None:
        vault_id = secrets.token_hex(16)
        key = self._key.read(vault_id) or self._key.make(vault_id)
        for statement in _SCHEMA.split(";"):
            if statement.strip():
                db.execute(statement)
        master = Master(vault_id, key)
        db.execute("INSERT INTO meta VALUES(?, ?)", (vault_id, master.proof()))
        db.execute(f"PRAGMA application_id={APPLICATION}")
        make_finder(db, master)


class _Lent:
    """A thread's connection to one file, and how many use it now."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.users = 0


_OPEN = threading.local()


def make_finder(db: sqlite3.Connection, master: Master) -> None:
    """Make the index of values, over all tokens that are there already."""
    db.execute(_FINDER)
    for ref, case_id, sealed in db.execute('SELECT * FROM "case"').fetchall():
        key = master.open(ref, case_id, sealed)
        query = "SELECT token, sealed FROM token WHERE case_id = ?"
        for token, value in db.execute(query, (case_id,)).fetchall():
            master.index(db, case_id, token, key.open(token, value))
