"""What was learned in keyed places, to be replaced everywhere else.

`user=kwong` says who kwong is; three lines on, `kwong gave up` says nothing about
itself. User names, host names, names of people and telephone numbers that rules found
are kept for the second pass, and of passwords, keys and ids those that are no word and
no small number. Words that are as well English or everyday log are not learned: one
mistaken find must not spread.
"""

from __future__ import annotations

import re
import weakref
import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from casecli.scrub.canonical import canonical_form
from casecli.scrub.wordlists import wordlist

if TYPE_CHECKING:
    from casecli.domain.ports import CaseVault

MOST = 20_000  # literals of one file; so many cost a tenth of the time
MOST_CODES = 500  # of these: some logs have another one on every line
MOST_KNOWN = 5_000  # values of a case that are opened for a text
_SHORTEST, _LONGEST = 4, 64
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15  # of a telephone number
_CALLED = ("user", "host", "name", "phone")
_CODES = (
    *("password", "secret", "key", "agent", "account"),
    *("connection", "session", "ssn"),
)
KINDS = (*_CALLED, *_CODES)  # of two that claim one literal, the first
_SHORTEST_CODE, _SHORTEST_NUMBER = 8, 9
_C = "[a-km-z2-9]"
_KIND_OF_TOKEN = re.compile(
    rf"({'|'.join(KINDS)})_.*|(host)-{_C}{{6}}(?:-{_C}{{3}})?"
    r"|\+1([- .])[2-9]\d\d\3555\3(01)\d\d|1[2-9]\d\d555(01)\d\d"
)
_FORMS = {
    "user": re.compile(r"\w[\w.@+\-\\]*\w"),
    "host": re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]*[A-Za-z0-9]"),
    "name": re.compile(r"[^\W\d_](?:[\w.'\u2019, \-]*\w)?"),
    "phone": re.compile(r"\+?[(\d][\d .\-/()]*\d"),
    **dict.fromkeys(_CODES, re.compile(r"\w[\w.@+\-:/=&!#%*~$^?]*\w")),
}
_TIMES = re.compile(r"1[4-9]\d{8}(?:\d{3})?|(?:19|20)\d\d[01]\d[0-3]\d\d*")
_NAME_WORDS = re.compile(r"(?<![\w'\u2019.-])[^\W\d_][\w'\u2019.-]*")
_MOST_NAMES = 4
_SYSTEM_SID = re.compile(r"S-1-\d{1,2}(?:-\d{1,3}){1,2}")
_LETTERS = re.compile(r"[^\W\d_]+")


def is_telling(kind: str, text: str) -> bool:
    """Tell whether a value, wherever it stands, can only mean what it meant."""
    form = _FORMS.get(kind)
    if form is None or not _SHORTEST <= len(text) <= _LONGEST:
        return False
    if not form.fullmatch(text) or text.casefold() in wordlist("common"):
        return False
    if _SYSTEM_SID.fullmatch(text):
        return False
    digits = sum(letter.isdigit() for letter in text)
    if kind in _CODES:
        return _is_code(text, digits)
    if kind == "phone":
        return _FEWEST_DIGITS <= digits <= _MOST_DIGITS
    words = _LETTERS.findall(text.casefold())
    rare = [word for word in words if word not in wordlist("common")]
    if kind == "name":
        own = len(words) > 1 or text[0].isupper()
        return own and any(len(word) >= _SHORTEST - 1 for word in rare)
    if kind == "host":
        named = "-" in text and any(len(word) > 1 for word in rare)
        return named or (digits > 0 and any(len(word) > 1 for word in words))
    if text.isdigit():
        return digits >= _FEWEST_DIGITS - 1
    return any(len(word) >= _SHORTEST - 1 for word in rare) or (
        bool(rare) and digits >= _SHORTEST
    )


def _parts_of(name: str) -> list[str]:
    """Give the words of a name that are hardly anything else, wherever they stand.

    One of them is a given name many people have: else it may be no name at all.
    """
    words = _NAME_WORDS.findall(name)
    if not 1 < len(words) <= _MOST_NAMES or " ".join(words) != name.replace(",", ""):
        return []
    if wordlist("given").isdisjoint(word.casefold() for word in words):
        return []
    loud = name.isupper()  # else a word in capitals is no name: `Anna Holm IBAN`
    return [
        word for word in words if is_telling("name", word) and loud == word.isupper()
    ]


def _is_code(text: str, digits: int) -> bool:
    """Tell whether a secret or id is no word, no version, no time and no count."""
    if len(text) == digits:
        return digits >= _SHORTEST_NUMBER and not _TIMES.fullmatch(text)
    return len(text) >= _SHORTEST_CODE and digits > 1 and bool(_LETTERS.search(text))


class Learned:
    """Values that rules found, by what they are; of too many, the same ones always.

    `changes` counts what was learned.
    """

    def __init__(self) -> None:
        self.changes = 0
        self._codes = 0
        self._last_code: tuple[int, bytes] | None = None
        self._values: dict[bytes, str] = {}

    def hear(self, kind: str, value: bytes) -> None:
        """Learn a value, if it is telling."""
        if kind not in _FORMS:
            return
        key = _key(kind, value)
        known = self._values.get(key)
        if known is not None and KINDS.index(known) <= KINDS.index(kind):
            return
        if kind in _CODES and self._last_code and _rank(key) > self._last_code:
            return
        try:
            text = value.decode()
        except UnicodeDecodeError:
            return
        if is_telling(kind, text):
            self._learn(key, kind)
        if kind == "name":
            for part in _parts_of(text):
                self._learn(part.encode(), kind)

    def _learn(self, key: bytes, kind: str) -> None:
        if self._values.get(key) != kind:
            self._values[key] = kind
            self.changes += 1
            self._codes += kind in _CODES
            if len(self._values) >= 2 * MOST or self._codes >= 2 * MOST_CODES:
                self._values = _fewer(self._values)
                codes = [key for key, each in self._values.items() if each in _CODES]
                self._codes = len(codes)
                if len(codes) == MOST_CODES:
                    self._last_code = max(map(_rank, codes))

    def values(self, known: Mapping[bytes, str] | None = None) -> dict[bytes, str]:
        """Give what to search for, as far as is known now, or was `known` before.

        The keys are as `Literals` takes them.
        """
        return _fewer({**known, **self._values} if known else self._values)


def _key(kind: str, value: bytes) -> bytes:
    """Say under what a value is known: logins and hosts in lower case, after a 0."""
    return b"\0" + value.lower() if kind in {"user", "host"} else value


def _fewer(values: dict[bytes, str]) -> dict[bytes, str]:
    """Choose by a checksum, so that it does not matter what was learned first."""
    called = _least(values, _CALLED, MOST)
    codes = _least(values, _CODES, MOST_CODES)
    if len(called) + len(codes) == len(values):
        return values
    return {key: values[key] for key in (*called, *codes)}


def _least(values: Mapping[bytes, str], kinds: Sequence[str], most: int) -> list[bytes]:
    keys = [key for key, kind in values.items() if kind in kinds]
    if len(keys) <= most:
        return keys
    return sorted(keys, key=_rank)[:most]


def _rank(key: bytes) -> tuple[int, bytes]:
    return zlib.crc32(key), key


class Known:
    """What cases knew before, opened once for each time a case's vault is."""

    def __init__(self) -> None:
        self._opened: weakref.WeakKeyDictionary[CaseVault, dict[str, list[bytes]]] = (
            weakref.WeakKeyDictionary()
        )

    def of(self, vault: CaseVault) -> dict[bytes, str]:
        """Give the telling values of a case; none where there are too many."""
        tokens = vault.tokens()
        kinds = {token: kind for token in tokens if (kind := _kind_of(token))}
        if len(kinds) > MOST_KNOWN:
            kinds = {token: kind for token, kind in kinds.items() if kind in _CALLED}
        if len(kinds) > MOST_KNOWN:
            return {}
        opened = self._opened.setdefault(vault, {})
        for token, kind in kinds.items():
            if token not in opened:
                text = tokens[token]
                value = text.encode("utf-8", "surrogateescape")
                telling = is_telling(kind, text) and not _is_piece(kind, token, text)
                keys = opened[token] = [_key(kind, value)] if telling else []
                if kind == "name":
                    keys += [part.encode() for part in _parts_of(text)]
        found: dict[bytes, str] = {}
        for token, kind in kinds.items():
            for key in opened[token]:
                found[key] = min(kind, found.get(key, kind), key=KINDS.index)
        return found


def _is_piece(kind: str, token: str, text: str) -> bool:
    """Tell the token of what others left of a value: it bears no mark of a spelling."""
    return (
        token.startswith(f"{kind}_")
        and token.count("_") == 1
        and canonical_form(kind, text) != text
    )


def _kind_of(token: str) -> str:
    match = _KIND_OF_TOKEN.fullmatch(token)
    if match is None:
        return ""
    return match[1] or match[2] or "phone"
