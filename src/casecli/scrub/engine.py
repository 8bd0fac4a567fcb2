"""Finding candidates: where in a text some rule's anchor ends.

An engine only proposes; spans, validators and tokens are common to all engines, so
which one runs can never change the outcome, only how long it takes.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from casecli.domain.errors import ScrubRefused
from casecli.scrub.ruleset import CLOSED, DIGITS_AS_0, Rule, marked

_LOWER = bytes(range(256)).lower()
_DIGITS_AS_0 = _LOWER.translate(DIGITS_AS_0)
_CLASS_D = re.compile(rb"(?<!\\)\\d")
_OWN_DIGIT = re.compile(rb"(?<![{,\d])\d+(?![,}\d])")
_PARTS = re.compile(rb"(" + CLOSED + rb")([*+]?)")
_BOUNDED = {b"*": b"{0,64}", b"+": b"{1,64}"}  # no run makes `re` slow
_SHORT_HEAD = 3
_MOST_WORDS = 50_000
# Heads so common that to search for the whole anchor is faster than to try each.
_EVERYWHERE = frozenset(
    (b"0", b"00", b"000", b"0000", b"0.", b"0.0", b".", b":", b"-", b" ", b"00:00:00")
)
_REPEATED_0 = re.compile(rb"(?<!\])(?<![\w)])0\{(\d+)\}")

Hits = Sequence[tuple[int, Sequence[int]]]
Words = Callable[[bytes], list[int]]
"""Gives where words end in a text, in any order; they are found in any case."""


class Engine(Protocol):
    """Proposes places to look at closely; may propose too many, never too few."""

    name: str
    rules: tuple[Rule, ...]

    def hits(self, data: bytes, alike: bytes | None = None) -> Hits:
        """Give, by the place of the rule in `rules`, the ends of its anchors.

        `alike` is the data with each digit as a 0, where the caller has that already.
        """
        ...

    def words(self, words: Sequence[bytes]) -> Words | None:
        """Give what finds many words fast, None where nothing does."""
        ...


def choose(rules: Sequence[Rule], name: str = "", cache: Path | None = None) -> Engine:
    """Make the fastest engine there is, or the one named, and try it on canaries.

    Raises:
        ScrubRefused: an engine missed a rule's own example.
    """
    engine: Engine | None = None
    if name != StdlibEngine.name:
        try:
            engine = HyperscanEngine(rules, cache)
        except ImportError:
            if name:
                raise
    if engine is None:
        engine = _stdlib(tuple(rules))
        _sing_once(engine, cache)
    else:
        _sing(engine)
    return engine


@functools.lru_cache(8)
def _stdlib(rules: tuple[Rule, ...]) -> StdlibEngine:
    """Make an engine once: what it compiles on the way is worth keeping."""
    return StdlibEngine(rules)


def _sing_once(engine: Engine, cache: Path | None) -> None:
    """Try an engine, unless it passed before with these rules on this very Python.

    The song has every anchor compiled, which takes longer than a comment takes.
    """
    code = Path(__file__).stat()
    rules = [
        (rule.id, rule.anchors, rule.loose, rule.examples) for rule in engine.rules
    ]
    about = engine.name, sys.version, code.st_size, code.st_mtime_ns, rules
    proof = _Kept(cache, "ok", about)
    if proof.load() is None:
        _sing(engine)
        proof.save(b"sung")


def _sing(engine: Engine) -> None:
    """Let each rule find the first of its examples, all in one text."""
    text = b"\n"
    where: list[tuple[int, int, Rule]] = []
    for place, rule in enumerate(engine.rules):
        if rule.examples:
            example, _ = marked(rule.examples[0])
            where.append((place, len(text), rule))
            text += example + b"\n"
    found = dict(engine.hits(text))
    ends = [start for _, start, _ in where] + [len(text)]
    for (place, start, rule), end in zip(where, ends[1:], strict=True):
        if not any(start <= hit <= end for hit in found.get(place, ())):
            raise ScrubRefused(
                f"the {engine.name} engine misses what scrub rule {rule.id!r} is for, "
                "so nothing leaves",
                "casecli doctor",
            )


# --- hyperscan -----------------------------------------------------------------------


class HyperscanEngine:
    """Looks for all anchors at once; needs the hyperscan library.

    Anchors that tell digits apart are few, and looked for by themselves. The compiled
    expressions may be kept in the folder `cache`, under a name that holds the digest of
    all that went into them.
    """

    name = "hyperscan"

    def __init__(self, rules: Sequence[Rule], cache: Path | None = None) -> None:
        self.rules = tuple(rules)
        self._alike = _Database([rule.digits for rule in rules], rules, cache)
        self._exact = _Database([not rule.digits for rule in rules], rules, cache)

    def hits(self, data: bytes, alike: bytes | None = None) -> Hits:
        """Give, by the place of the rule in `rules`, the ends of its anchors."""
        ends: list[list[int]] = [[] for _ in self.rules]
        if self._alike:
            self._alike.scan(
                data.translate(DIGITS_AS_0) if alike is None else alike, ends
            )
        if self._exact:
            self._exact.scan(data, ends)
        return [(place, sorted(each)) for place, each in enumerate(ends) if each]

    def words(self, words: Sequence[bytes]) -> Words | None:
        """Give what finds many words fast."""
        import hyperscan

        if not words:
            return None
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        flags = hyperscan.HS_FLAG_CASELESS
        database.compile(expressions=list(words), flags=flags, literal=True)

        def find(data: bytes) -> list[int]:
            found: list[int] = []
            add = found.append

            def hit(_: int, _start: int, end: int, _flags: int, _about: object) -> None:
                add(end)

            database.scan(data, match_event_handler=hit)
            return found

        return find


class _Database:
    """The compiled anchors of some of the rules; one anchor may be that of several."""

    def __init__(
        self, without: Sequence[bool], rules: Sequence[Rule], cache: Path | None
    ) -> None:
        import importlib.metadata

        import hyperscan  # noqa: F401 - where it is missing is told here, not later

        places: dict[bytes, tuple[int, ...]] = {}
        for place, rule in enumerate(rules):
            for anchor in () if without[place] else rule.anchors:
                if place not in places.get(anchor, ()):
                    places[anchor] = (*places.get(anchor, ()), place)
        self._groups = tuple(dict.fromkeys(places.values()))
        pairs = tuple(
            (self._groups.index(group), anchor) for anchor, group in places.items()
        )
        self._local = threading.local()
        self._data = b""
        if not pairs:
            return
        about = importlib.metadata.version("hyperscan"), pairs
        kept = _Kept(cache, "hs", about)
        data = kept.load()
        if data is None:
            data = _compiled(pairs)
            kept.save(data)
        self._data = data

    def __bool__(self) -> bool:
        """Tell whether there is anything to look for."""
        return bool(self._data)

    def scan(self, data: bytes, ends: list[list[int]]) -> None:
        """Add the ends of anchors to those of their rules."""
        found: list[list[int]] = [[] for _ in self._groups]
        add = [each.append for each in found]

        def hit(group: int, _start: int, end: int, _flags: int, _: object) -> None:
            add[group](end)

        self._database().scan(data + b"\n", match_event_handler=hit)
        for group, each in zip(self._groups, found, strict=True):
            if each:
                for place in group:
                    ends[place] += each

    def _database(self) -> Any:
        """Give this thread's own copy: its scratch space serves one scan at a time."""
        database = getattr(self._local, "database", None)
        if database is None:
            import hyperscan

            database = hyperscan.loadb(self._data, hyperscan.HS_MODE_BLOCK)
            database.scratch = hyperscan.Scratch(database)
            self._local.database = database
        return database


@functools.lru_cache(4)
def _compiled(pairs: tuple[tuple[int, bytes], ...]) -> bytes:
    """Compile anchors, each with the number of its group: seconds, for all of them."""
    import hyperscan

    made = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    made.compile(
        expressions=[anchor for _, anchor in pairs],
        ids=[group for group, _ in pairs],
        flags=hyperscan.HS_FLAG_CASELESS,
    )
    return bytes(hyperscan.dumpb(made))


class _Kept:
    """What need not be made again, in a file that says what it must hash to."""

    def __init__(
        self, folder: Path | None, ending: str, about: tuple[object, ...]
    ) -> None:
        digest = hashlib.sha256(repr(about).encode()).hexdigest()
        self._path = folder / f"scrub-{digest[:32]}.{ending}" if folder else None
        self._about = digest.encode()

    def load(self) -> bytes | None:
        """Give what was kept, if every byte of it is as it was written."""
        if self._path is None:
            return None
        try:
            raw = self._path.read_bytes()
        except OSError:
            return None
        digest, data = raw[:32], raw[32:]
        whole = hashlib.sha256(self._about + data).digest() == digest
        return data if data and whole else None

    def save(self, data: bytes) -> None:
        """Keep it for the next start; where that fails, nothing is lost."""
        if self._path is None:
            return
        scratch = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            scratch.unlink(missing_ok=True)
            with os.fdopen(os.open(scratch, flags, 0o600), "wb") as file:
                file.write(hashlib.sha256(self._about + data).digest() + data)
            scratch.replace(self._path)


# --- the standard library ------------------------------------------------------------


class StdlibEngine:
    """Works everywhere: literal searches first, `re` only where they hit.

    Anchors are matched against a lower-cased copy, mostly one where each digit is a 0:
    so they begin with a literal, which `bytes.find` finds far faster than `re` finds a
    class.
    """

    name = "stdlib"

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        places: dict[tuple[bytes, bool], list[int]] = {}
        for place, rule in enumerate(self.rules):
            for source in dict.fromkeys(rule.loose or rule.anchors):
                places.setdefault((source, not rule.digits), []).append(place)
        groups: dict[tuple[bool, bytes], list[_Anchor]] = {}
        self._searched: list[tuple[list[bytes], _Anchor]] = []
        for (source, alike), where in places.items():
            anchor = _Anchor(source, where, alike=alike)
            begins = heads(anchor.source)
            if any(head in _EVERYWHERE for head in begins):
                self._searched.append((begins, anchor))
                continue
            for head in begins:
                groups.setdefault((anchor.zeros, head), []).append(anchor)
        self._wordless: list[tuple[bool, bytes, _Group]] = []
        self._by_start: dict[bytes, list[tuple[bytes, _Found]]] = {}
        self._known: dict[bytes, tuple[_Found, ...]] = {}
        for (is_zeros, head), anchors in _under_shortest(groups):
            word = _longest_word(head)
            group = _Group(anchors)
            if word:
                found = -head.index(word), is_zeros, head, group
                starts = self._by_start.setdefault(word[:2], [])
                starts.append((word, found))
            else:
                self._wordless.append((is_zeros, head, group))

    def hits(self, data: bytes, alike: bytes | None = None) -> Hits:  # noqa: ARG002 - common
        """Give, by the place of the rule in `rules`, the ends of its anchors."""
        low = data.translate(_LOWER) + b"\n"
        zeros = data.translate(_DIGITS_AS_0) + b"\n"
        found: dict[int, set[int]] = {}
        for begins, anchor in self._searched:
            text = zeros if anchor.zeros else low
            if not any(head in text for head in begins):
                continue
            ends = anchor.ends(text)
            for place in anchor.places if ends else ():
                found.setdefault(place, set()).update(ends)
        for is_zeros, head, group in self._wordless:
            text = zeros if is_zeros else low
            at = text.find(head)
            while at >= 0:
                group.look(text, at, found)
                at = text.find(head, at + 1)
        known = self._known
        for run in _WORDS.finditer(low):
            within = known.get(run[0])
            if within is None:
                within = self._within(run[0])
            for offset, is_zeros, head, group in within:
                at = run.start() + offset
                text = zeros if is_zeros else low
                if at >= 0 and text.startswith(head, at):
                    group.look(text, at, found)
        return [(place, sorted(found[place])) for place in sorted(found)]

    def words(self, words: Sequence[bytes]) -> Words | None:  # noqa: ARG002 - common
        """Give nothing."""
        return None

    def _within(self, run: bytes) -> tuple[_Found, ...]:
        """Say which heads a run of letters may be part of, and where they begin."""
        out = []
        for at in range(len(run) - 1):
            for word, (offset, is_zeros, head, group) in self._by_start.get(
                run[at : at + 2], ()
            ):
                if run.startswith(word, at):
                    out.append((at + offset, is_zeros, head, group))
        if len(self._known) >= _MOST_WORDS:
            self._known.clear()
        self._known[run] = tuple(out)
        return self._known[run]


class _Group:
    """The anchors with one head, and one expression that says whether any fits."""

    def __init__(self, anchors: list[_Anchor]) -> None:
        self.anchors = anchors
        self._any: re.Pattern[bytes] | None = None

    def look(self, text: bytes, at: int, found: dict[int, set[int]]) -> None:
        """Add where the anchors that fit here end."""
        if self._any is None:
            sources = dict.fromkeys(anchor.source for anchor in self.anchors)
            self._any = re.compile(b"|".join(sources))
        if self._any.match(text, at) is None:
            return
        for anchor in self.anchors:
            fit = anchor.match(text, at)
            if fit is not None:
                for place in anchor.places:
                    found.setdefault(place, set()).add(fit.end())


_Found = tuple[int, bool, bytes, _Group]


_WORDS = re.compile(rb"[a-z]{2,}")


def _longest_word(head: bytes) -> bytes:
    return max(_WORDS.findall(head), key=len, default=b"")


_PLAIN = re.compile(rb"[a-z _@/=:,;<>\"'&%!~-]+")


class _Anchor:
    """One anchor, compiled when the first text has its head."""

    def __init__(self, source: bytes, places: list[int], *, alike: bool) -> None:
        self.places = places
        self._pattern: re.Pattern[bytes] | None = None
        if _PLAIN.fullmatch(source):  # most are, where words are listed
            self.source = self.whole = source
            self.zeros, self._at_start, self._indent = alike, False, 0
            return
        source = _PARTS.sub(lambda part: part[1] + _BOUNDED.get(part[2], b""), source)
        self.zeros = source.startswith(b"\\d") and not _OWN_DIGIT.search(source)
        if self.zeros:
            source = _CLASS_D.sub(b"0", source)
            source = _REPEATED_0.sub(lambda count: b"0" * int(count[1]), source)
        self.zeros = self.zeros or alike
        self.whole = source
        start = _LINE_START.match(source)
        self._at_start = start is not None
        self._indent = _INDENT if start and b"[" in start[0] else 0
        self.source = _looking_behind(source)

    def match(self, text: bytes, at: int) -> re.Match[bytes] | None:
        """Match at a place, where the anchor's head is."""
        if self._at_start:
            begin = text.rfind(b"\n", 0, at) + 1
            if at - begin > self._indent or text[begin:at].strip(b" \t"):
                return None
        if self._pattern is None:
            self._pattern = re.compile(self.source)
        return self._pattern.match(text, at)

    def ends(self, text: bytes) -> list[int]:
        """Give where all matches end, overlapping ones too."""
        if self._pattern is None:
            self._pattern = re.compile(self.whole)
        out = []
        fit = self._pattern.search(text)
        while fit:
            out.append(fit.end())
            fit = self._pattern.search(text, fit.start() + 1)
        return out


def _has_heads(source: bytes) -> bool:
    try:
        return bool(heads(source))
    except ValueError:
        return False


_EITHER = re.compile(rb"\(\?:\^\|\[\^((?:\\.|[^\]\\])+)\]\)")
_LINE_START = re.compile(rb"\(\?:\^\|\\n\)(?:\[ \\t\]\{0,8\})?")
_INDENT = 8
_ONE_CLASS = re.compile(rb"(?:\[(?:\\.|[^\]\\])+\]|\\[dws])(?:\{\d\})?(?![*+?{])")
_OPTIONAL = re.compile(rb"[*+?{]")


def _looking_behind(anchor: bytes) -> bytes:
    """Begin with what can be found: an anchor's end is all that matters.

    `(?:^|[^a])b` becomes `(?<![a])b`, and `[ab]c` becomes `(?<=[ab])c`; where a line
    begins is looked at by itself.
    """
    if start := _LINE_START.match(anchor):
        return anchor[start.end() :]
    if either := _EITHER.match(anchor):
        return b"(?<![" + either[1] + b"])" + anchor[either.end() :]
    single = _ONE_CLASS.match(anchor)
    if single and not anchor.startswith(b"[^\\]"):
        return b"(?<=" + single[0] + b")" + anchor[single.end() :]
    return anchor


def heads(anchor: bytes) -> list[bytes]:
    """Give literals one of which every match begins with.

    Raises:
        ValueError: there are none, so the anchor needs another form in `loose`.
    """
    if _PLAIN.fullmatch(anchor):
        return [anchor]
    if anchor.startswith((b"(?<!", b"(?<=")):
        anchor = anchor[_group_end(anchor) :]
    out: list[bytes] = []
    for branch in _branches(anchor):
        head = b""
        rest = branch
        while literal := _HEAD_BYTE.match(rest):
            head += (
                bytes.fromhex(literal[2].decode()) if literal[2] else literal[1][-1:]
            )
            rest = rest[literal.end() :]
            if literal[3]:
                break
        if len(head) < _SHORT_HEAD and rest.startswith(b"(?:"):
            end = _group_end(rest)
            if not _OPTIONAL.match(rest[end:]):
                inner = [each + rest[end:] for each in _branches(rest[3 : end - 1])]
                if not head or all(map(_has_heads, inner)):
                    out += [head + one for each in inner for one in heads(each)]
                    continue
        if not head:
            raise ValueError(anchor.decode())
        out.append(head)
    return list(dict.fromkeys(out))


_HEAD_BYTE = re.compile(
    rb"([^\\.^$*+?{}\[\]|()]|\\[^a-zA-Z0-9]|\\x([\da-f]{2}))(?:(\{1,)|(?![*+?{]))"
)


_UNITS = re.compile(CLOSED + rb"|[a-z0-9 ]")
_TOKENS = re.compile(CLOSED + rb"|[()|]")
_FLAT_GROUP = re.compile(rb"\([^()]*\)")


def _tokens(anchor: bytes) -> Iterator[tuple[int, bytes]]:
    for token in _TOKENS.finditer(anchor):
        yield token.start(), token[0]


def _group_end(anchor: bytes) -> int:
    """Say where the group that an anchor begins with ends."""
    depth = 0
    for at, token in _tokens(anchor):
        depth += {b"(": 1, b")": -1}.get(token, 0)
        if depth == 0:
            return at + 1
    return len(anchor)


def _branches(anchor: bytes) -> list[bytes]:
    """Split at the bars that are in no group."""
    if b"|" not in anchor:
        return [anchor]
    flat, more = _UNITS.sub(b"", anchor), 1
    while more:
        flat, more = _FLAT_GROUP.subn(b"", flat)
    if b"|" not in flat:
        return [anchor]
    depth = last = 0
    out = []
    for at, token in _tokens(anchor):
        depth += {b"(": 1, b")": -1}.get(token, 0)
        if token == b"|" and depth == 0:
            out.append(anchor[last:at])
            last = at + 1
    return [*out, anchor[last:]]


def _under_shortest(
    groups: dict[tuple[bool, bytes], list[_Anchor]],
) -> list[tuple[tuple[bool, bytes], list[_Anchor]]]:
    """Search once for heads that begin alike: `pass` finds `password` as well."""
    kept: dict[tuple[bool, bytes], list[_Anchor]] = {}
    for key in sorted(groups, key=lambda key: len(key[1])):
        zeros, head = key
        shorter = [(zeros, head[:size]) for size in range(_SHORT_HEAD, len(head))]
        shorter = [] if zeros else shorter
        into = next((each for each in shorter if each in kept), key)
        known = kept.setdefault(into, [])
        known += [anchor for anchor in groups[key] if anchor not in known]
    return list(kept.items())
