"""Stand-ins for values: the same value gets the same token everywhere in a case.

Codes are keyed hashes (a plain hash of an address is guessed in minutes) of a value's
canonical form, so `Bob@x.org` and `bob@x.org` are one person; a spelling that is not
the canonical one carries a mark of its own, so that the way back is exact. All tokens
can be told from text without looking around them: fixed widths or a final `.example`.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

from casecli.scrub.canonical import canonical_form
from casecli.scrub.learned import Learned
from casecli.scrub.rule import Exact, Expression, Rule

if TYPE_CHECKING:
    from casecli.domain.ports import CaseVault

Style = Literal["shaped", "opaque"]

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
_C = f"[{_ALPHABET}]".encode()
TYPES = (
    *("ipv4", "ipv6", "mac", "email", "phone", "host", "card", "iban", "password"),
    *("secret", "auth", "cookie", "session", "jwt", "key", "user", "name", "word"),
    *("agent", "connection", "ssn", "birth", "address", "gps", "account"),
)
_KINDS = tuple(map(str.encode, TYPES))
# One expression a shape, each beginning with a literal: far faster than their union.
_SHAPES = tuple(
    re.compile(shape.encode().replace(b"C{", _C + b"{"))
    for shape in (
        r"user-C{6}@host-C{6}(?:-C{3})?\.example",
        r"host-C{6}(?:-C{3})?(?:\.example)?",
        r"fdca:5e[0-9a-f]{2}(?::[0-9a-f]{4}){2}::(?:[0-9a-f]{4}:)?[0-9a-f]{4}:[0-9a-f]{4}",
        r"0e[:_-]?ca[:._-]?5e[:_-]?[0-9a-f]{2}[:._-]?[0-9a-f]{2}[:_-]?[0-9a-f]{2}",
        r"0E[:_-]?CA[:._-]?5E[:_-]?[0-9A-F]{2}[:._-]?[0-9A-F]{2}[:_-]?[0-9A-F]{2}",
        r"\+1([- .])[2-9][0-9]{2}\1(?:555)\1(?:01)[0-9]{2}",
        r"1[2-9][0-9]{2}55501[0-9]{2}",
        r"24[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}",
        r"25[0-4]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}",
    )
)
# Looks ahead only: `_secret_7kqbxw` has a code where the token's own kind stands.
_WORD = re.compile(rb"_(?=(%s{6}(?:_%s{3})?))" % (_C, _C))
_PATIENCE = 0.2
_LONGEST_KIND = max(map(len, _KINDS))
# Where a token may be: too many places, never too few. Each digit is a 0 there.
MARKS = Rule(
    id="token",
    type="word",
    anchors=(
        rb"(?:%s)_[a-km-z0]{6}"
        % b"|".join(_KINDS).replace(b"4", b"0").replace(b"6", b"0"),
        rb"host-[a-km-z0]{6}",
        b"fdca:0e",
        rb"0e[:_\-]?ca[:._\-]?0e",
        rb"\+0[\- .]000[\- .]000[\- .]0000",
        b"00000000000",
        rb"000\.0{1,3}\.0{1,3}\.0",
    ),
    exacts=(Exact(pattern=Expression(b"(?P<value>$a)")),),
    examples=("host-abcdef.example",),
)


def has_tokens(kind: str) -> bool:
    """Tell whether values of a type have tokens that are known again."""
    return kind.encode() in _KINDS


def may_hold_any(data: bytes) -> bool:
    """Tell whether anything in a text has the shape of a token."""
    return any(shape.search(data) for shape in (_WORD, *_SHAPES))


class Tokens:
    """Gives and recognises the tokens of one case."""

    def __init__(self, vault: CaseVault, style: Style = "shaped") -> None:
        self._vault = vault
        self.learned = Learned()
        self._style = style
        self._secret = vault.secret()
        self._since: float | None = None

    def give(
        self, kind: str, value: bytes, *, whole: bool = True, plain: bytes = b""
    ) -> bytes:
        """Give the token of a value, the one it has already if it has one.

        A fragment (not `whole`) of a value has neither a canonical form nor a shape;
        a disguised value has the canonical form of what it reads as, `plain`.
        """
        spelling = value.decode("utf-8", "surrogateescape")
        read = plain.decode("utf-8", "surrogateescape") if plain else spelling
        canonical = canonical_form(kind, read) if whole else spelling
        shape = _SHAPED.get(kind) if whole and self._style == "shaped" else None
        if plain and kind not in {"email", "host"}:
            shape = None
        proposals = self._proposals(kind, canonical, spelling, shape)
        if self._since is None:
            self._since = time.monotonic()
        if whole and not plain:
            self.learned.hear(kind, value)
        return self._vault.token(kind, canonical, spelling, proposals).encode()

    def find(self, data: bytes) -> list[tuple[int, int]]:
        """Find our tokens in a text, left to right, never overlapping."""
        found = list(self._words(data))
        for shape in _SHAPES:
            if first := shape.search(data):
                found.extend(self._shaped(shape, first, data))
        found.sort(key=lambda span: (span[0], -span[1]))
        last = 0
        apart = []
        for start, stop in found:
            if start >= last:
                apart.append((start, stop))
                last = stop
        return apart

    def _shaped(
        self, shape: re.Pattern[bytes], first: re.Match[bytes], data: bytes
    ) -> Iterator[tuple[int, int]]:
        match: re.Match[bytes] | None = first
        while match:
            length = self._known(match[0])
            if length:
                yield match.start(), match.start() + length
            match = shape.search(data, match.start() + max(length, 1))

    def _words(self, data: bytes) -> Iterator[tuple[int, int]]:
        for match in _WORD.finditer(data):
            at = match.start()
            if not data.endswith(_KINDS, max(0, at - _LONGEST_KIND), at):
                continue
            for kind in _KINDS:
                start = at - len(kind)
                length = 0
                if start >= 0 and data.startswith(kind, start):
                    length = self._known(data[start : match.end(1)])
                if length:
                    yield start, start + length
                    break

    def _known(self, text: bytes) -> int:
        """Give the length of the longest token that a match begins with, or 0."""
        for length in range(len(text), max(len(text) - 13, 6), -1):
            if self._vault.is_token(text[:length].decode()):
                return length
        return 0

    def knows(self, text: bytes) -> bool:
        """Tell whether a text is one of the case's tokens, all of it."""
        return text.isascii() and self._vault.is_token(text.decode())

    def value(self, token: bytes) -> str | None:
        """Give the spelling behind a token."""
        return self._vault.value(token.decode())

    def pause(self) -> None:
        """Let the vault write down what it has before others wait for long."""
        if self._since is not None and time.monotonic() - self._since > _PATIENCE:
            self.keep()

    def keep(self) -> None:
        """Let the vault write down what it has."""
        self._vault.commit()
        self._since = None

    def _proposals(
        self, kind: str, canonical: str, spelling: str, shape: _Shape | None
    ) -> Callable[[int], str]:
        mark = "" if spelling == canonical else spelling

        def propose(n: int) -> str:
            again = f"\0{n}" if n else ""
            if shape is not None and n < _SHAPED_TRIES:
                return shape(self._bits, canonical + again, mark, spelling)
            return _word(kind, self._bits, canonical + again, mark)

        return propose

    def _bits(self, *about: str) -> int:
        text = "\0".join(about).encode("utf-8", "surrogatepass")
        digest = hmac.digest(self._secret, text, hashlib.sha256)
        return int.from_bytes(digest[:16], "big")


_SHAPED_TRIES = 64
_Bits = Callable[..., int]
_Shape = Callable[[_Bits, str, str, str], str]


# Where digits stand behind letters, a token with a colon behind it could be read as a
# key (`7uid:`, `pin5:`) or a title (`6mw.`), so they are first if anywhere. These ends
# are read as keys whatever stands before them; those of marks end no key.
_LETTERS = "abcdefghijkmnpqrstuvwxyz"
_LIKE_KEYS = ("pw", "dn", "pwd", "psw", "mdp")
_MARK_ENDS = "jqz"


def _code(bits: int) -> str:
    bits, first = divmod(bits, len(_ALPHABET))
    out = _ALPHABET[first]
    for _ in range(5):
        bits, letter = divmod(bits, len(_LETTERS))
        out += _LETTERS[letter]
    return out[:-1] + "x" if out.endswith(_LIKE_KEYS) else out


def _mark(bits: int) -> str:
    rest, end = divmod(bits, len(_MARK_ENDS))
    first, second = divmod(rest % len(_LETTERS) ** 2, len(_LETTERS))
    return _LETTERS[first] + _LETTERS[second] + _MARK_ENDS[end]


def _word(kind: str, bits: _Bits, canonical: str, mark: str) -> str:
    token = f"{kind}_{_code(bits(kind, canonical))}"
    return f"{token}_{_mark(bits('mark', mark))}" if mark else token


def _host(bits: _Bits, canonical: str, mark: str, spelling: str) -> str:
    token = f"host-{_code(bits('host', canonical))}"
    token += f"-{_mark(bits('mark', mark))}" if mark else ""
    return f"{token}.example" if "." in spelling else token


def _email(bits: _Bits, canonical: str, mark: str, spelling: str) -> str:  # noqa: ARG001 - the shapes' common signature
    address, _, again = canonical.partition("\0")
    local, _, domain = address.rpartition("@")
    who = _code(bits("user", local, again) if again else bits("user", local))
    where = f"host-{_code(bits('host', domain))}"
    where += f"-{_mark(bits('mark', mark))}" if mark else ""
    return f"user-{who}@{where}.example"


def _ipv4(bits: _Bits, canonical: str, mark: str, spelling: str) -> str:  # noqa: ARG001 - the shapes' common signature
    """Map net by net, so that neighbours stay neighbours.

    The last two parts are permuted within their net: no collisions inside a /16.
    """
    address, _, again = canonical.partition("\0")
    a, b, c, d = address.split(".")
    net = bits("net16", a, b, again)
    third = _permuted(int(c), bits("net24", a, b, again))
    fourth = _permuted(int(d), bits("hosts", a, b, c, again))
    return f"{240 + net % 15}.{(net >> 8) & 255}.{third}.{fourth}"


def _permuted(octet: int, key: int) -> int:
    return (octet * (2 * (key & 127) + 1) + (key >> 8)) & 255


def _ipv6(bits: _Bits, canonical: str, mark: str, spelling: str) -> str:  # noqa: ARG001 - the shapes' common signature
    address, _, again = canonical.partition("\0")
    net = ipaddress.IPv6Address(address).packed[:8].hex()
    prefix = f"{bits('net64', net, again) % 2**40:010x}"
    host = f"{bits('ipv6', canonical) % 2**32:08x}"
    mid = f"{bits('mark', mark) % 2**16:04x}:" if mark else ""
    head = f"fdca:5e{prefix[:2]}:{prefix[2:6]}:{prefix[6:]}"
    return f"{head}::{mid}{host[:4]}:{host[4:]}"


def _mac(bits: _Bits, canonical: str, mark: str, spelling: str) -> str:
    style = re.sub(r"[0-9a-fA-F]", "", spelling)
    clean = spelling in {spelling.lower(), spelling.upper()}
    odd = "" if clean else mark
    digits = f"0eca5e{bits('mac', canonical, odd) % 2**24:06x}"
    step = 4 if style[:1] == "." else 2
    groups = [digits[at : at + step] for at in range(0, 12, step)]
    token = (style[:1]).join(groups)
    return token.upper() if clean and spelling != spelling.lower() else token


def _phone(bits: _Bits, canonical: str, mark: str, spelling: str) -> str:
    """Keep the separator, so that common spellings share one fictional number."""
    separators = set(re.sub(r"\d", "", spelling.lstrip("+")))
    usual = not separators or (len(separators) == 1 and separators <= set("- ."))
    number = bits("phone", canonical, "" if usual else mark)
    area = 200 + number % 800
    last = (number >> 16) % 100
    if spelling.isdigit():
        return f"1{area}55501{last:02d}"
    sep = separators.pop() if usual and separators else "-"
    return f"+1{sep}{area}{sep}555{sep}01{last:02d}"


_SHAPED: dict[str, _Shape] = {
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "mac": _mac,
    "email": _email,
    "host": _host,
    "phone": _phone,
}
