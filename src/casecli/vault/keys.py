"""Keys of the vault: what they seal, and what they find again without opening it."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import sqlite3

from casecli.domain.errors import ScrubRefused

KEY_BYTES = 32
WORD = re.compile(r"[^\W_]{3,}")
_NONCE_BYTES = 12
_MOSTWORDS = 24
_FOUND = 2_000


class Master:
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
        return Master(self._id, key).proves(self.proof())

    def index(
        self, db: sqlite3.Connection, case_id: str, token: str, spelling: str
    ) -> None:
        """Let a token be found by its value and by the words in it."""
        text = spelling.casefold()
        texts = {text.strip(), *WORD.findall(text)[:_MOSTWORDS]}
        texts.add(squeezed(text))
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

    def open(self, ref: str, case_id: str, sealed: bytes) -> CaseKey:
        """Decrypt a case's key."""
        key = _open(self._sealing, sealed, f"{self._id}\0{ref}\0{case_id}")
        return CaseKey(f"{self._id}\0{ref}", case_id, key)


class CaseKey:
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


def squeezed(text: str) -> str:
    """Leave out all but letters and digits: one form for `+1 202` and `+1-202`."""
    return "".join(filter(str.isalnum, text[:200]))


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
