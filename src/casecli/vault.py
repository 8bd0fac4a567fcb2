"""Tokens at rest: which value each stands for, encrypted one by one.

A file of its own, never beside what leaves the machine. One master key, from a private
file or the system's keyring, seals each case's key; that key seals the case's values,
so forgetting a case makes its values unreadable even in copies of the file. Values are
found again by keyed hashes of themselves and of their words, without opening any.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from casecli.domain.errors import ScrubRefused, StorageFailed

_APPLICATION = 0x43617365  # "Case"
_VERSION = 2
_KEY_BYTES = 32
_NONCE_BYTES = 12
_KEYRING_SECONDS = 5
_MOST_PROPOSALS = 10_000
PATIENCE = 90  # seconds; dozens of processes may want to write at once
_REMEMBERED = 100_000  # tokens a case keeps in memory; the file knows the rest
_WORD = re.compile(r"[^\W_]{3,}")
_MOST_WORDS = 24
_FOUND = 2_000
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
            tokens = _CaseTokens(db, ref, _case_key(db, master, ref), master)
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
            found |= dict.fromkeys(master.found(db, _squeezed(wanted)))
            words = dict.fromkeys(_WORD.findall(wanted))
            if words and list(words) != [wanted]:
                for ref, token in master.holding(db, list(words)):
                    key = _case_key(db, master, ref)
                    if wanted in _CaseTokens(db, ref, key, master).text(token):
                        found[token] = None
        return tuple(found)

    def forget(self, ref: str) -> None:
        """Destroy a case's key and values; its tokens can never be read again."""
        if not self._path.exists():
            return
        with self._opened() as (db, _):
            _begin(db)
            row = db.execute('SELECT id FROM "case" WHERE ref = ?', (ref,)).fetchone()
            if row is not None:
                db.execute("DELETE FROM finder WHERE case_id = ?", row)
                db.execute("DELETE FROM token WHERE case_id = ?", row)
                db.execute('DELETE FROM "case" WHERE ref = ?', (ref,))
            db.execute("COMMIT")

    # --- opening -------------------------------------------------------------------

    @contextmanager
    def _opened(self) -> Iterator[tuple[sqlite3.Connection, _Master]]:
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
        _make_private_folder(self._path.parent)
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

    def _master(self, db: sqlite3.Connection) -> _Master:
        if db.execute("PRAGMA user_version").fetchone()[0] == 0:
            self._change(db, 0, self._fill)
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
        if version == 1:
            self._change(db, 1, lambda old: _make_finder(old, master))
        return master

    def _change(
        self,
        db: sqlite3.Connection,
        old: int,
        how: Callable[[sqlite3.Connection], None],
    ) -> None:
        """Bring a file of version `old` to the newest one, entirely or not at all."""
        _begin(db)
        try:
            if db.execute("PRAGMA user_version").fetchone()[0] == old:
                how(db)
                db.execute(f"PRAGMA user_version={_VERSION}")
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
        _make_finder(db, master)

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


class _Lent:
    """A thread's connection to one file, and how many use it now."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.users = 0


_OPEN = threading.local()


def _begin(db: sqlite3.Connection) -> None:
    """Begin to write; what this thread had under way in another case is kept first."""
    if db.in_transaction:
        db.execute("COMMIT")
    db.execute("BEGIN IMMEDIATE")


class _Spellings(Mapping[str, str]):
    """A case's tokens; a spelling is opened only when asked for."""

    def __init__(self, case: _CaseTokens, tokens: tuple[str, ...]) -> None:
        self._case = case
        self._tokens = dict.fromkeys(tokens)

    def __getitem__(self, token: str) -> str:
        value = self._case.value(token) if token in self._tokens else None
        if value is None:
            raise KeyError(token)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._tokens)

    def __len__(self) -> int:
        return len(self._tokens)


class _CaseTokens:
    """One case's tokens, inside `FileVault.case`."""

    def __init__(
        self, db: sqlite3.Connection, ref: str, key: _CaseKey, master: _Master
    ) -> None:
        self._db = db
        self._ref = ref
        self._key = key
        self._master = master
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
            if len(self._given) >= _REMEMBERED:
                self._given.clear()
                self._known.clear()
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

    def text(self, token: str) -> str:
        """Give the casefolded spelling behind a token, "" for none."""
        return (self.value(token) or "").casefold()

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

    def is_own(self, head: bytes) -> bool:
        """Tell by its first 4 KB whether a file is a vault or this vault's key."""
        if head.startswith(b"SQLite format 3\0"):
            return (
                head[68:72] == _APPLICATION.to_bytes(4)
                or b"TABLE token(case_id" in head
            )
        return len(head) == _KEY_BYTES and self._master.is_key(head)

    def tokens(self) -> Mapping[str, str]:
        """Give every token with its spelling."""
        query = "SELECT token FROM token WHERE case_id = ? ORDER BY token"
        rows = self._db.execute(query, (self._key.id,)).fetchall()
        return _Spellings(self, tuple(row[0] for row in rows))

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
                self._master.index(self._db, self._key.id, token, spelling)
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
        self._finding = _derive(key, f"finder {vault_id}")

    def proof(self) -> bytes:
        """Give what shows later that a key is this vault's."""
        return hmac.digest(self._proof, self._id.encode(), hashlib.sha256)

    def proves(self, proof: bytes) -> bool:
        """Tell whether this is the key the vault was made with."""
        return hmac.compare_digest(self.proof(), proof)

    def is_key(self, key: bytes) -> bool:
        """Tell whether these bytes are the key this was made of."""
        return _Master(self._id, key).proves(self.proof())

    def index(
        self, db: sqlite3.Connection, case_id: str, token: str, spelling: str
    ) -> None:
        """Let a token be found by its value and by the words in it."""
        text = spelling.casefold()
        texts = {text.strip(), *_WORD.findall(text)[:_MOST_WORDS]}
        texts.add(_squeezed(text))
        db.executemany(
            "INSERT OR IGNORE INTO finder VALUES(?, ?, ?)",
            [(self._finder(each), case_id, token) for each in texts],
        )

    def found(self, db: sqlite3.Connection, text: str) -> list[str]:
        """Find tokens by a casefolded value or word, oldest case first."""
        rows = db.execute(
            'SELECT DISTINCT f.token FROM finder f JOIN "case" c ON c.id = f.case_id '
            "WHERE f.mac = ? ORDER BY c.ref, f.token",
            (self._finder(text),),
        )
        return [row[0] for row in rows]

    def holding(
        self, db: sqlite3.Connection, words: list[str]
    ) -> list[tuple[str, str]]:
        """Find (ref, token) of the values that hold all these words."""
        each = "SELECT case_id, token FROM finder WHERE mac = ?"
        query = (
            f"SELECT c.ref, f.token FROM ({' INTERSECT '.join([each] * len(words))}) f "  # noqa: S608 - question marks only
            f'JOIN "case" c ON c.id = f.case_id ORDER BY c.ref, f.token LIMIT {_FOUND}'
        )
        return db.execute(query, [self._finder(word) for word in words]).fetchall()

    def _finder(self, text: str) -> bytes:
        data = text.encode("utf-8", "surrogatepass")
        return hmac.digest(self._finding, data, hashlib.sha256)[:16]

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


def _squeezed(text: str) -> str:
    """Leave out all but letters and digits: one form for `+1 202` and `+1-202`."""
    return "".join(filter(str.isalnum, text[:200]))


def _make_finder(db: sqlite3.Connection, master: _Master) -> None:
    """Make the index of values, over all tokens that are there already."""
    db.execute(_FINDER)
    for ref, case_id, sealed in db.execute('SELECT * FROM "case"').fetchall():
        key = master.open(ref, case_id, sealed)
        query = "SELECT token, sealed FROM token WHERE case_id = ?"
        for token, value in db.execute(query, (case_id,)).fetchall():
            master.index(db, case_id, token, key.open(token, value))


def _case_key(db: sqlite3.Connection, master: _Master, ref: str) -> _CaseKey:
    query = 'SELECT id, sealed FROM "case" WHERE ref = ?'
    row = db.execute(query, (ref,)).fetchone()
    if row is None:
        _begin(db)
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
