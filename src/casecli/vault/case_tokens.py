"""One case's tokens in the vault's file."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterator, Mapping

from casecli.domain.errors import ScrubRefused
from casecli.vault.keys import KEY_BYTES, CaseKey, Master

APPLICATION = 0x43617365  # "Case"
_MOST_PROPOSALS = 10_000
_REMEMBERED = 100_000  # tokens a case keeps in memory, and as many that are none


class CaseTokens:
    """One case's tokens, inside `FileVault.case`."""

    def __init__(
        self, db: sqlite3.Connection, ref: str, key: CaseKey, master: Master
    ) -> None:
        self._db = db
        self._ref = ref
        self._key = key
        self._master = master
        self._given: dict[bytes, str] = {}
        self._known: set[str] = set()
        self._unknown: set[str] = set()

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
            self._unknown.discard(token)
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
        if text in self._known or text in self._unknown:
            return text in self._known
        row = self._db.execute(
            "SELECT 1 FROM token WHERE case_id = ? AND token = ?", (self._key.id, text)
        ).fetchone()
        if len(self._unknown) >= _REMEMBERED:
            self._unknown.clear()
        (self._unknown if row is None else self._known).add(text)
        return row is not None

    def is_own(self, head: bytes) -> bool:
        """Tell by its first 4 KB whether a file is a vault or this vault's key."""
        if head.startswith(b"SQLite format 3\0"):
            return (
                head[68:72] == APPLICATION.to_bytes(4) or b"TABLE token(case_id" in head
            )
        return len(head) == KEY_BYTES and self._master.is_key(head)

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


class _Spellings(Mapping[str, str]):
    """A case's tokens; a spelling is opened only when asked for."""

    def __init__(self, case: CaseTokens, tokens: tuple[str, ...]) -> None:
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


def begin(db: sqlite3.Connection) -> None:
    """Begin to write; what this thread had under way in another case is kept first."""
    if db.in_transaction:
        db.execute("COMMIT")
    db.execute("BEGIN IMMEDIATE")


def case_key(db: sqlite3.Connection, master: Master, ref: str) -> CaseKey:
    """Give the key of a case; one that had none gets one."""
    query = 'SELECT id, sealed FROM "case" WHERE ref = ?'
    row = db.execute(query, (ref,)).fetchone()
    if row is None:
        begin(db)
        row = db.execute(query, (ref,)).fetchone()
        if row is None:
            case_id = secrets.token_hex(8)
            sealed = master.seal(ref, case_id, secrets.token_bytes(KEY_BYTES))
            row = case_id, sealed
            db.execute('INSERT INTO "case" VALUES(?, ?, ?)', (ref, *row))
        db.execute("COMMIT")
    return master.open(ref, row[0], row[1])
