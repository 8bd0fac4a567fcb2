"""What was learned in keyed places, replaced everywhere else: the second pass.

`user=kwong` says who kwong is; three lines on, `kwong gave up` says nothing about
itself. User names, host names, names of people and telephone numbers that rules found
are searched for as literals between word boundaries, in what the rules left. Words that
are as well English or everyday log are not learned: one mistaken find must not spread.
"""

from __future__ import annotations

import functools
import re
import weakref
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import resources
from typing import TYPE_CHECKING

from casecli.domain.errors import ScrubRefused
from casecli.scrub.rewrite import Rewriter
from casecli.scrub.stream import CHUNK, Stream

if TYPE_CHECKING:
    from casecli.domain.ports import CaseVault
    from casecli.scrub.recipes import TokenSource
    from casecli.scrub.rewrite import Report

MOST = 20_000  # literals of one file; so many cost a tenth of the time
MOST_KNOWN = 5_000  # values of a case that are opened for a text
_ROUNDS = 8
_SHORTEST, _LONGEST = 4, 64
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15  # of a telephone number
_KINDS = ("user", "host", "name", "phone")  # of two that claim one literal, the first
_C = "[a-km-z2-9]"
_KIND_OF_TOKEN = re.compile(
    rf"(user|host|name|phone)_.*|(host)-{_C}{{6}}(?:-{_C}{{3}})?"
    r"|\+1([- .])[2-9]\d\d\3555\3(01)\d\d|1[2-9]\d\d555(01)\d\d"
)
_FORMS = {
    "user": re.compile(r"\w[\w.@+\-\\]*\w"),
    "host": re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]*[A-Za-z0-9]"),
    "name": re.compile(r"[^\W\d_](?:[\w.'\u2019, \-]*\w)?"),
    "phone": re.compile(r"\+?[(\d][\d .\-/()]*\d"),
}
_WORDS = re.compile(rb"[\w\x80-\xff]+")
_FEW = 100  # words that are quicker to look for one by one
_LETTERS = re.compile(r"[^\W\d_]+")
_IN_A_WORD = bytes(
    byte >= 0x80 or chr(byte).isalnum() or byte == ord("_")  # noqa: PLR2004 - ASCII ends
    for byte in range(256)
)
_SPACED = bytes(byte if _IN_A_WORD[byte] else ord(" ") for byte in range(256))

Hit = tuple[int, int, str]


@functools.cache
def _common() -> frozenset[str]:
    text = (resources.files("casecli.scrub") / "rules" / "common.txt").read_text(
        "utf-8"
    )
    lines = (line.partition("#")[0] for line in text.splitlines())
    return frozenset(word for line in lines for word in line.split())


def is_telling(kind: str, text: str) -> bool:
    """Tell whether a value, wherever it stands, can only mean what it meant."""
    form = _FORMS.get(kind)
    if form is None or not _SHORTEST <= len(text) <= _LONGEST:
        return False
    if not form.fullmatch(text) or text.casefold() in _common():
        return False
    digits = sum(letter.isdigit() for letter in text)
    if kind == "phone":
        return _FEWEST_DIGITS <= digits <= _MOST_DIGITS
    words = _LETTERS.findall(text.casefold())
    rare = [word for word in words if word not in _common()]
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


class Learned:
    """Values that rules found, by what they are; of too many, the same ones always."""

    def __init__(self) -> None:
        self._values: dict[bytes, str] = {}
        self._literals: Literals | None = None

    def hear(self, kind: str, value: bytes) -> None:
        """Learn a value, if it is telling."""
        if kind not in _FORMS:
            return
        key = _key(kind, value)
        known = self._values.get(key)
        if known is not None and _KINDS.index(known) <= _KINDS.index(kind):
            return
        try:
            text = value.decode()
        except UnicodeDecodeError:
            return
        if is_telling(kind, text):
            self._values[key] = kind
            self._literals = None
            if len(self._values) >= 2 * MOST:
                self._values = _fewer(self._values)

    def literals(self) -> Literals:
        """Give what to search for, as far as is known now."""
        if self._literals is None:
            self._literals = Literals(_fewer(self._values))
        return self._literals

    def with_known(self, known: Mapping[bytes, str]) -> Literals:
        """Give what to search for, and what the case knew before."""
        if not known:
            return self.literals()
        return Literals(_fewer({**known, **self._values}))


def _key(kind: str, value: bytes) -> bytes:
    """Say under what a value is known: logins and hosts in lower case, after a 0."""
    return b"\0" + value.lower() if kind in {"user", "host"} else value


def _fewer(values: dict[bytes, str]) -> dict[bytes, str]:
    """Choose by a checksum, so that it does not matter what was learned first."""
    if len(values) <= MOST:
        return values
    kept = sorted(values, key=lambda key: (zlib.crc32(key), key))[:MOST]
    return {key: values[key] for key in kept}


class Known:
    """What cases knew before, opened once for each time a case's vault is."""

    def __init__(self) -> None:
        self._opened: weakref.WeakKeyDictionary[
            CaseVault, dict[str, tuple[bytes, str] | None]
        ] = weakref.WeakKeyDictionary()

    def of(self, vault: CaseVault) -> dict[bytes, str]:
        """Give the telling values of a case; none where there are too many."""
        tokens = vault.tokens()
        kinds = {token: kind for token in tokens if (kind := _kind_of(token))}
        if len(kinds) > MOST_KNOWN:
            return {}
        opened = self._opened.setdefault(vault, {})
        for token, kind in kinds.items():
            if token not in opened:
                text = tokens[token]
                value = text.encode("utf-8", "surrogateescape")
                telling = is_telling(kind, text)
                opened[token] = (_key(kind, value), kind) if telling else None
        found: dict[bytes, str] = {}
        for each in opened.values():
            if each is not None:
                key, kind = each
                found[key] = min(kind, found.get(key, kind), key=_KINDS.index)
        return found


def _kind_of(token: str) -> str:
    match = _KIND_OF_TOKEN.fullmatch(token)
    if match is None:
        return ""
    return match[1] or match[2] or "phone"


class Literals:
    """Values to search for, all at once."""

    def __init__(self, values: Mapping[bytes, str]) -> None:
        self._by_word: dict[bytes, list[tuple[bytes, int, str, bool]]] = {}
        for key, kind in values.items():
            folded = key.startswith(b"\0")
            literal = key.removeprefix(b"\0")
            words = literal.lower().translate(_SPACED).split()
            rarest = max(words, key=len)
            offset = literal.lower().translate(_SPACED).find(rarest)
            entry = literal, offset, kind, folded
            self._by_word.setdefault(rarest, []).append(entry)

    def __bool__(self) -> bool:
        """Tell whether there is anything to search for."""
        return bool(self._by_word)

    def find(self, data: bytes) -> list[Hit]:
        """Find all that stand by themselves; they may overlap."""
        if not self._by_word:
            return []
        lowered = data.lower()
        found: list[Hit] = []
        for word, at in self._places(lowered):
            for literal, offset, kind, folded in self._by_word[word]:
                start, stop = at - offset, at - offset + len(literal)
                text = lowered if folded else data
                here = start >= 0 and text.startswith(literal, start)
                if here and _stands_alone(data, start, stop):
                    found.append((start, stop, kind))
        found.sort(key=lambda hit: (hit[0], -hit[1], _KINDS.index(hit[2])))
        return found

    def _places(self, lowered: bytes) -> Iterator[tuple[bytes, int]]:
        """Find the words that literals are known by.

        Every literal begins and ends with a word, so its longest one is a word here.
        """
        present = self._by_word.keys() & lowered.translate(_SPACED).split()
        if len(present) > _FEW:
            for match in _WORDS.finditer(lowered):
                if match[0] in present:
                    yield match[0], match.start()
            return
        for word in present:
            at = lowered.find(word)
            while at >= 0:
                yield word, at
                at = lowered.find(word, at + len(word))


def _stands_alone(data: bytes, start: int, stop: int) -> bool:
    before, after = data[start - 1 : start] if start else b"", data[stop : stop + 2]
    if before and _IN_A_WORD[before[0]] and _IN_A_WORD[data[start]]:
        return False
    if after and _IN_A_WORD[after[0]]:
        return False
    value = data[start:stop]
    if value.isalpha():  # may be a part of a longer name, or of a program
        if before in {b"-", b"$", b"%", b"."} or after[:1] in {b"(", b"-", b"="}:
            return False
        return after != b"::" and not _goes_on(after)
    if not any(byte >= 65 for byte in value):  # noqa: PLR2004 - no letters
        return before not in {b".", b"-", b"+", b":", b","} and not _goes_on(after)
    return True


def _goes_on(after: bytes) -> bool:
    """Tell whether a part of the same name or number follows."""
    return len(after) > 1 and after[:1] in b".:-," and _IN_A_WORD[after[1]] == 1


class SecondLook:
    """Replaces literals outside tokens; what changed is looked at by all rules again.

    It stands where a stream has its rewriter.
    """

    def __init__(
        self,
        rewriter: Rewriter,
        tokens: TokenSource,
        report: Report,
        literals: Literals,
    ) -> None:
        self._rewriter, self._tokens, self._report = rewriter, tokens, report
        self._literals = literals
        self._given: dict[tuple[str, bytes], bytes] = {}

    def _taken(self, data: bytes, found: Iterable[Hit]) -> list[tuple[int, int]]:
        """Find the tokens on the lines of some hits."""
        taken: list[tuple[int, int]] = []
        done = -1
        for start, stop, _ in found:
            if start < done:
                continue
            begin = data.rfind(b"\n", 0, start) + 1
            done = data.find(b"\n", stop) + 1 or len(data)
            ours = self._tokens.find(data[begin:done])
            taken += [(begin + first, begin + last) for first, last in ours]
        return taken

    def settle(
        self, data: bytes, low: int, high: int, line: int
    ) -> tuple[bytes, int, int]:
        """Replace what begins in `data[low:high]`, as `Rewriter.settle` does."""
        found = [hit for hit in self._literals.find(data) if low <= hit[0] < high]
        if found:
            found = list(_apart(found, self._taken(data, found)))
        pieces: list[bytes] = []
        touched: list[tuple[int, int]] = []
        last = counted = grown = 0
        at_line = line
        for start, stop, kind in found:
            value = data[start:stop]
            token = self._given.get((kind, value))
            if token is None:
                token = self._tokens.give(kind, value)
                self._given[kind, value] = token
            if token == value:  # an exception of the user's
                continue
            if self._report.wants(kind):
                at_line += data.count(b"\n", counted, start)
                counted = start
                self._report.show(kind, value, token, at_line)
            self._report.findings[kind] += 1
            pieces += (data[last:start], token)
            touched.append((start + grown, start + grown + len(token)))
            grown += len(token) - len(value)
            last = stop
        if not pieces:
            return data, high, high - low
        overhang = max(last - high, 0)
        fresh = b"".join((*pieces, data[last:]))
        self._tokens.pause()
        end = high + overhang
        new_end = end + grown
        if self._rewriter.is_settled(_near(fresh, touched)):
            return fresh, new_end, end - low
        out, settled, used = self._rewriter.settle(fresh, low, new_end, line)
        return out, settled, end - low + used - (new_end - low)


def _near(data: bytes, places: list[tuple[int, int]]) -> bytes:
    """Give the lines of some places and those next to them; gaps show as a NUL.

    A rule looks at a line, or at two for the value of a name.
    """
    out: list[bytes] = []
    last = done = 0
    for start, stop in places:
        if stop <= done:
            continue
        begin = data.rfind(b"\n", 0, start) + 1
        begin = max(data.rfind(b"\n", 0, max(begin - 1, 0)) + 1, last)
        done = data.find(b"\n", stop) + 1 or len(data)
        end = data.find(b"\n", done) + 1 or len(data)
        if out and begin > last:
            out.append(b"\0\n")
        out.append(data[begin:end])
        last = end
    return b"".join(out)


def _apart(found: Iterable[Hit], taken: list[tuple[int, int]]) -> Iterator[Hit]:
    """Choose the longest from the left, outside tokens."""
    taken = sorted(taken)
    at = last = 0
    for hit in found:
        start, stop, _ = hit
        while at < len(taken) and taken[at][1] <= start:
            at += 1
        if start >= last and (at == len(taken) or taken[at][0] >= stop):
            yield hit
            last = stop


class SecondPass:
    """The second pass over texts and files of one case, with what the first learned."""

    def __init__(
        self,
        learned: Learned,
        rewriter: Rewriter,
        tokens: TokenSource,
        report: Report,
        chunk: int = CHUNK,
    ) -> None:
        self._learned = learned
        self._parts = rewriter, tokens, report
        self._chunk = chunk

    def blocks(
        self,
        blocks: Iterable[bytes],
        hear: Callable[[bytes], object] | None = None,
    ) -> Iterator[bytes]:
        """Give a whole file's outcome with what was learned anywhere in it replaced."""
        literals = self._learned.literals()
        if not literals and hear is None:
            yield from blocks
            return
        stream = self._stream(literals)
        for block in blocks:
            yield _heard(stream.feed(block), hear)
        yield _heard(stream.finish(), hear)

    def piece(self, data: bytes) -> bytes:
        """Give a piece of an outcome with what was learned so far replaced."""
        look = SecondLook(*self._parts, self._learned.literals())
        return look.settle(data, 0, len(data), 1)[0]

    def text(self, data: bytes, vault: CaseVault, known: Known) -> bytes:
        """Give a text's outcome with what it and its case know replaced.

        Raises:
            ScrubRefused: the outcome would not settle.
        """
        for _ in range(_ROUNDS):
            literals = self._learned.with_known(known.of(vault))
            if not literals:
                return data
            stream = self._stream(literals)
            fresh = stream.feed(data) + stream.finish()
            if fresh == data:
                return data
            data = fresh
        raise ScrubRefused(
            "the scrubbed text still held something that was learned from it",
            "casecli scrub --diff FILE",
        )

    def _stream(self, literals: Literals) -> Stream:
        return Stream(SecondLook(*self._parts, literals), self._chunk)


def _heard(data: bytes, hear: Callable[[bytes], object] | None) -> bytes:
    if hear is not None:
        hear(data)
    return data
