"""Tokens at rest: which value each stands for, encrypted one by one.

A file of its own, never beside what leaves the machine. One master key, from a private
file or the system's keyring, seals each case's key; that key seals the case's values,
so forgetting a case makes its values unreadable even in copies of the file.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from casecli.domain.errors import ScrubRefused, StorageFailed

_APPLICATION = 0x43617365  # "Case"
_VERSION = 1
_KEY_BYTES = 32
_NONCE_BYTES = 12
_KEYRING_SECONDS = 5
_MOST_PROPOSALS = 10_000
_SCHEMA = """
CREATE TABLE meta(id TEXT NOT NULL, proof BLOB NOT NULL);
CREATE TABLE "case"(ref TEXT PRIMARY KEY, id TEXT NOT NULL, sealed BLOB NOT NULL)
    WITHOUT ROWID;
CREATE TABLE token(case_id TEXT NOT NULL, token TEXT NOT NULL, mac BLOB NOT NULL,
    sealed BLOB NOT NULL, PRIMARY KEY(case_id, token), UNIQUE(case_id, mac))
    WITHOUT ROWID;
"""
_KEYRING_CHILD = """
import json, sys, keyring
service, name, new = json.load(sys.stdin)
if new:
    keyring.set_password(service, name, new)
print(json.dumps(keyring.get_password(service, name)))
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
        self._key_path = key_path
        self._service = keyring_service
        self._readable: dict[str, tuple[int, list[tuple[str, str]]]] = {}

    def where(self) -> str:
        """Say where the master key lives."""
        if self._service:
            return f"the system keyring, service {self._service!r}"
        return f"the key file {self._key_path}"

    def check(self) -> None:
        """Open the vault and prove its key.

        Raises:
            ScrubRefused: the master key is missing or not this vault's.
            StorageFailed: the file cannot be used.
        """
        with self._opened():
            pass

    @contextmanager
    def case(self, ref: str) -> Iterator[_CaseTokens]:
        """Work with one case's tokens; what was added is durable at the exit.

        Raises:
            ScrubRefused: the master key is missing or not this vault's.
            StorageFailed: the file cannot be used.
        """
        with self._opened() as (db, master):
            tokens = _CaseTokens(db, ref, _case_key(db, master, ref))
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
        """Find every token, in any case, of values that contain this text."""
        wanted = value.casefold()
        if not wanted:
            return ()
        found: dict[str, None] = {}
        for ref in self.cases():
            for spelling, token in self._spellings(ref):
                if wanted in spelling:
                    found[token] = None
        return tuple(found)

    def forget(self, ref: str) -> None:
        """Destroy a case's key and values; its tokens can never be read again."""
        if not self._path.exists():
            return
        with self._opened() as (db, _):
            db.execute("BEGIN IMMEDIATE")
            row = db.execute('SELECT id FROM "case" WHERE ref = ?', (ref,)).fetchone()
            if row is not None:
                db.execute("DELETE FROM token WHERE case_id = ?", row)
                db.execute('DELETE FROM "case" WHERE ref = ?', (ref,))
            db.execute("COMMIT")
        self._readable.pop(ref, None)

    def _spellings(self, ref: str) -> list[tuple[str, str]]:
        with self.case(ref) as tokens:
            count = tokens.count()
            cached = self._readable.get(ref)
            if cached is None or cached[0] != count:
                read = [(each.casefold(), key) for key, each in tokens.tokens().items()]
                cached = self._readable[ref] = count, read
        return cached[1]

    # --- opening -------------------------------------------------------------------

    @contextmanager
    def _opened(self) -> Iterator[tuple[sqlite3.Connection, _Master]]:
        try:
            db = self._connect()
        except (sqlite3.Error, OSError) as error:
            raise self._unusable(error) from error
        try:
            yield db, self._master(db)
        except sqlite3.Error as error:
            raise self._unusable(error) from error
        finally:
            db.close()

    def _unusable(self, error: Exception) -> StorageFailed:
        return StorageFailed(
            f"the token vault {self._path} cannot be used: {error}", "casecli doctor"
        )

    def _connect(self) -> sqlite3.Connection:
        _make_private_folder(self._path.parent)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        os.close(os.open(self._path, flags, 0o600))
        db = sqlite3.connect(self._path, timeout=30, isolation_level=None)
        for pragma in (
            "busy_timeout=30000",
            "journal_mode=TRUNCATE",
            "synchronous=FULL",
            "fullfsync=ON",
            "secure_delete=ON",
            "temp_store=MEMORY",
            "trusted_schema=OFF",
        ):
            db.execute(f"PRAGMA {pragma}")
        return db

    def _master(self, db: sqlite3.Connection) -> _Master:
        if db.execute("PRAGMA user_version").fetchone()[0] == 0:
            self._create(db)
        version = db.execute("PRAGMA user_version").fetchone()[0]
        application = db.execute("PRAGMA application_id").fetchone()[0]
        if version > _VERSION or application != _APPLICATION:
            raise StorageFailed(
                f"{self._path} is not a token vault this casecli can read",
                "casecli --version",
            )
        vault_id, proof = db.execute("SELECT id, proof FROM meta").fetchone()
        key = self._read_key(vault_id)
        if key is None:
            raise ScrubRefused(
                f"the key of the token vault is missing from {self.where()}",
                "casecli doctor",
            )
        master = _Master(vault_id, key)
        if not master.proves(proof):
            raise ScrubRefused(
                f"{self.where()} holds another vault's key", "casecli doctor"
            )
        return master

    def _create(self, db: sqlite3.Connection) -> None:
        db.execute("BEGIN IMMEDIATE")
        try:
            if db.execute("PRAGMA user_version").fetchone()[0] == 0:
                self._fill(db)
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise

    def _fill(self, db: sqlite3.Connection) -> None:
        vault_id = secrets.token_hex(16)
        key = self._read_key(vault_id) or self._make_key(vault_id)
        for statement in _SCHEMA.split(";"):
            if statement.strip():
                db.execute(statement)
        master = _Master(vault_id, key)
        db.execute("INSERT INTO meta VALUES(?, ?)", (vault_id, master.proof()))
        db.execute(f"PRAGMA application_id={_APPLICATION}")
        db.execute(f"PRAGMA user_version={_VERSION}")

    # --- the master key ------------------------------------------------------------

    def _read_key(self, vault_id: str) -> bytes | None:
        if self._service:
            text = _ask_keyring(self._service, vault_id)
            return bytes.fromhex(text) if text else None
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(self._key_path, flags)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise ScrubRefused(
                    f"the key file {self._key_path} can be read by others",
                    f"chmod 600 {self._key_path}",
                )
            key = file.read(_KEY_BYTES + 1)
        if len(key) != _KEY_BYTES:
            raise ScrubRefused(
                f"the key file {self._key_path} is damaged", "casecli doctor"
            )
        return key

    def _make_key(self, vault_id: str) -> bytes:
        key = secrets.token_bytes(_KEY_BYTES)
        if self._service:
            kept = _ask_keyring(self._service, vault_id, key.hex())
            if kept != key.hex():
                raise ScrubRefused(
                    "the system keyring did not keep the vault's key", "casecli doctor"
                )
            return key
        _make_private_folder(self._key_path.parent)
        scratch = self._key_path.with_name(f".{self._key_path.name}.{os.getpid()}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        scratch.unlink(missing_ok=True)
        with os.fdopen(os.open(scratch, flags, 0o600), "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        # A link, not a rename: whoever was first keeps his key.
        with suppress(FileExistsError):
            os.link(scratch, self._key_path)
        scratch.unlink()
        made = self._read_key(vault_id)
        return made if made is not None else key


class _CaseTokens:
    """One case's tokens, inside `FileVault.case`."""

    def __init__(self, db: sqlite3.Connection, ref: str, key: _CaseKey) -> None:
        self._db = db
        self._ref = ref
        self._key = key
        self._given: dict[bytes, str] = {}
        self._known: set[str] = set()

    def secret(self) -> bytes:
        """Give the case's 32-byte token key."""
        return self._key.tokens

    def token(
        self, kind: str, canonical: str, spelling: str, proposals: Callable[[int], str]
    ) -> str:
        """Give the token of a spelling; `proposals(n)` is tried from 0 until free.

        Raises:
            ScrubRefused: no proposal was free.
        """
        mac = self._key.mac(kind, canonical, spelling)
        token = self._given.get(mac)
        if token is None:
            token = self._find(mac) or self._add(mac, spelling, proposals)
            self._given[mac] = token
            self._known.add(token)
        return token

    def value(self, token: str) -> str | None:
        """Give the spelling behind a token, byte for byte."""
        row = self._db.execute(
            "SELECT sealed FROM token WHERE case_id = ? AND token = ?",
            (self._key.id, token),
        ).fetchone()
        return None if row is None else self._key.open(token, row[0])

    def is_token(self, text: str) -> bool:
        """Tell whether a text is a token of this case."""
        if text in self._known:
            return True
        row = self._db.execute(
            "SELECT 1 FROM token WHERE case_id = ? AND token = ?", (self._key.id, text)
        ).fetchone()
        if row is not None:
            self._known.add(text)
        return row is not None

    def tokens(self) -> Mapping[str, str]:
        """Give every token with its spelling."""
        rows = self._db.execute(
            "SELECT token, sealed FROM token WHERE case_id = ?", (self._key.id,)
        ).fetchall()
        return {token: self._key.open(token, sealed) for token, sealed in rows}

    def count(self) -> int:
        """Count the tokens; there are never fewer, unless the case was forgotten."""
        query = "SELECT count(*) FROM token WHERE case_id = ?"
        return int(self._db.execute(query, (self._key.id,)).fetchone()[0])

    def commit(self) -> None:
        """Make what was added durable and let other processes write."""
        if self._db.in_transaction:
            self._db.execute("COMMIT")

    def _find(self, mac: bytes) -> str | None:
        row = self._db.execute(
            "SELECT token FROM token WHERE case_id = ? AND mac = ?", (self._key.id, mac)
        ).fetchone()
        return None if row is None else str(row[0])

    def _add(self, mac: bytes, spelling: str, proposals: Callable[[int], str]) -> str:
        if not self._db.in_transaction:
            self._db.execute("BEGIN IMMEDIATE")
            self._still_there()
            if found := self._find(mac):  # another process was faster
                return found
        for n in range(_MOST_PROPOSALS):
            token = proposals(n)
            done = self._db.execute(
                "INSERT INTO token VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (self._key.id, token, mac, self._key.seal(token, spelling)),
            )
            if done.rowcount:
                return token
        raise ScrubRefused(f"no free token left in case {self._ref}", "casecli doctor")

    def _still_there(self) -> None:
        row = self._db.execute(
            'SELECT 1 FROM "case" WHERE id = ?', (self._key.id,)
        ).fetchone()
        if row is None:
            raise ScrubRefused(f"the tokens of case {self._ref} were just forgotten")


# --- keys ----------------------------------------------------------------------------


class _Master:
    """The one key that is kept outside the file."""

    def __init__(self, vault_id: str, key: bytes) -> None:
        self._id = vault_id
        self._sealing = _derive(key, "seal case keys")
        self._proof = _derive(key, f"proof {vault_id}")

    def proof(self) -> bytes:
        """Give what shows later that a key is this vault's."""
        return hmac.digest(self._proof, self._id.encode(), hashlib.sha256)

    def proves(self, proof: bytes) -> bool:
        """Tell whether this is the key the vault was made with."""
        return hmac.compare_digest(self.proof(), proof)

    def seal(self, ref: str, case_id: str, key: bytes) -> bytes:
        """Encrypt a case's key."""
        return _seal(self._sealing, key, f"{self._id}\0{ref}\0{case_id}")

    def open(self, ref: str, case_id: str, sealed: bytes) -> _CaseKey:
        """Decrypt a case's key."""
        key = _open(self._sealing, sealed, f"{self._id}\0{ref}\0{case_id}")
        return _CaseKey(f"{self._id}\0{ref}", case_id, key)


class _CaseKey:
    """Three keys of one case: for its tokens, for looking up, for its values."""

    def __init__(self, about: str, case_id: str, key: bytes) -> None:
        self.id = case_id
        self.tokens = _derive(key, "tokens")
        self._about = about
        self._lookup = _derive(key, "lookup")
        self._values = _derive(key, "values")

    def mac(self, kind: str, canonical: str, spelling: str) -> bytes:
        """Give what a value is looked up by."""
        text = json.dumps([kind, canonical, spelling]).encode()
        return hmac.digest(self._lookup, text, hashlib.sha256)

    def seal(self, token: str, spelling: str) -> bytes:
        """Encrypt a value."""
        data = spelling.encode("utf-8", "surrogatepass")
        return _seal(self._values, data, f"{self._about}\0{token}")

    def open(self, token: str, sealed: bytes) -> str:
        """Decrypt a value."""
        data = _open(self._values, sealed, f"{self._about}\0{token}")
        return data.decode("utf-8", "surrogatepass")


def _case_key(db: sqlite3.Connection, master: _Master, ref: str) -> _CaseKey:
    query = 'SELECT id, sealed FROM "case" WHERE ref = ?'
    row = db.execute(query, (ref,)).fetchone()
    if row is None:
        db.execute("BEGIN IMMEDIATE")
        row = db.execute(query, (ref,)).fetchone()
        if row is None:
            case_id = secrets.token_hex(8)
            sealed = master.seal(ref, case_id, secrets.token_bytes(_KEY_BYTES))
            row = case_id, sealed
            db.execute('INSERT INTO "case" VALUES(?, ?, ?)', (ref, *row))
        db.execute("COMMIT")
    return master.open(ref, row[0], row[1])


def _derive(key: bytes, purpose: str) -> bytes:
    """Expand a key as HKDF-SHA256 does for one block (RFC 5869, no salt)."""
    extracted = hmac.digest(bytes(32), key, hashlib.sha256)
    info = b"casecli vault " + purpose.encode() + b"\x01"
    return hmac.digest(extracted, info, hashlib.sha256)


def _seal(key: bytes, data: bytes, about: str) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, about.encode())


def _open(key: bytes, sealed: bytes, about: str) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce, data = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, data, about.encode())
    except InvalidTag as error:
        raise ScrubRefused(
            "the token vault was changed by something else", "casecli doctor"
        ) from error


def _make_private_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)


def _ask_keyring(service: str, name: str, new: str | None = None) -> str | None:
    """Ask in a child process, because keyrings hang; nothing secret is on its argv.

    Raises:
        ScrubRefused: there is no usable keyring, or it did not answer in time.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own program text
            [sys.executable, "-I", "-c", _KEYRING_CHILD],
            input=json.dumps([service, name, new]),
            capture_output=True,
            check=True,
            text=True,
            timeout=_KEYRING_SECONDS,
        )
        answer = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        raise ScrubRefused(
            "the system keyring did not answer, and the vault's key is in it",
            "casecli doctor",
        ) from error
    return answer if isinstance(answer, str) else None
