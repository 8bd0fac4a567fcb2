"""The door to the pcre2 library: expressions as machine code, ten times as fast.

What they match is what the standard library's match. Where this one gives up, because
an expression is too large for it or a text takes too many steps, that one is asked.
"""

from __future__ import annotations

import contextlib
import functools
import re
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Protocol

from casecli.scrub.clues import CLOSED


class Match(Protocol):
    """What is used of a match."""

    def start(self) -> int:
        """Give where it begins."""
        ...

    def end(self) -> int:
        """Give where it ends."""
        ...

    def span(self, group: str, /) -> tuple[int, int]:
        """Give where a group begins and ends, -1 twice where it has no part in it."""
        ...


class Pattern(Protocol):
    """What is used of a compiled expression; texts are seen up to `stop` only."""

    def search(self, text: bytes, low: int = ..., stop: int = ..., /) -> Match | None:
        """Find the first match that begins at `low` or behind it."""
        ...

    def match(self, text: bytes, low: int = ..., stop: int = ..., /) -> Match | None:
        """Find the match that begins at `low`."""
        ...

    def finditer(
        self, text: bytes, low: int = ..., stop: int = ..., /
    ) -> Iterator[Match]:
        """Find all matches that do not overlap, from left to right."""
        ...


class Fast:
    """An expression as machine code."""

    def __init__(self, source: bytes, flags: int, library: ModuleType) -> None:
        self._written = source, flags
        self._gives_up = library.LibraryError
        self._code = _compiled(source, flags, library)

    @functools.cached_property
    def _slow(self) -> re.Pattern[bytes]:
        return re.compile(*self._written)

    def search(
        self, text: bytes, low: int = 0, stop: int = sys.maxsize, /
    ) -> Match | None:
        """Find the first match that begins at `low` or behind it."""
        found: Match | None
        try:
            found = self._code.search(text, low, stop)
        except self._gives_up:
            found = self._slow.search(text, low, stop)
        return found

    def match(
        self, text: bytes, low: int = 0, stop: int = sys.maxsize, /
    ) -> Match | None:
        """Find the match that begins at `low`."""
        found: Match | None
        try:
            found = self._code.match(text, low, stop)
        except self._gives_up:
            found = self._slow.match(text, low, stop)
        return found

    def finditer(
        self, text: bytes, low: int = 0, stop: int = sys.maxsize, /
    ) -> Iterator[Match]:
        """Find all matches that do not overlap, from left to right."""
        found: list[Match]
        try:
            found = list(self._code.finditer(text, low, stop))
        except self._gives_up:
            found = list(self._slow.finditer(text, low, stop))
        return iter(found)


def fast(source: bytes, flags: int) -> Fast | None:
    """Compile an expression; None where the library is missing, or cannot do it."""
    library = _library()
    if library is None:
        return None
    try:
        return Fast(source, flags, library)
    except library.LibraryError:
        return None


@functools.cache
def _library() -> ModuleType | None:
    try:
        import pcre2
    except ImportError:
        return None
    library: ModuleType = pcre2
    return library


_TOKENS = re.compile(CLOSED + rb"|\((?:\?(?:\(\w+\)|-i:|.))?|.", re.DOTALL)
_OFTEN = re.compile(rb"\{(?:\d+,)?\d\d+\}")  # ten times or more


def _shorter(source: bytes) -> bytes:
    """Define each group that is repeated often once: the library copies it else.

    A group that has a name, or one in it, stays: there is one of these. Nothing is
    changed where there is a comment, which may have any sign in it.
    """
    out: list[bytes] = []
    names: dict[bytes, bytes] = {}
    groups: list[tuple[int, bool]] = []  # where one begins, and whether case counts
    for token in _TOKENS.finditer(source):
        text = token[0]
        if text == b"#":
            return source
        if text.startswith(b"("):
            exact = text == b"(?-i:" or bool(groups and groups[-1][1])
            groups.append((len(out), exact))
        out.append(text)
        if text != b")":
            continue
        begin, exact = groups.pop()
        group = b"".join(out[begin:])
        if _OFTEN.match(source, token.end()) and b"(?P<" not in group:
            group = b"(?-i:%s)" % group if exact else group
            name = names.setdefault(group, b"r%d" % len(names))
            out[begin:] = [b"(?&%s)" % name]
    defined = b"".join(b"(?<%s>%s)" % (name, each) for each, name in names.items())
    return b"".join(out) + b"(?(DEFINE)%s)" % defined


def _compiled(source: bytes, flags: int, library: ModuleType) -> Any:
    """Compile to machine code where the system allows that, else to what is run."""
    options = 0
    for ours, theirs in (
        (re.VERBOSE, library.VERBOSE),
        (re.IGNORECASE, library.IGNORECASE),
        (re.MULTILINE, library.MULTILINE),
    ):
        options |= theirs if flags & ours else 0
    written = source.replace(b"\x85", rb"\x85")  # a blank there, between what counts
    try:
        code = library.compile(written, options, jit=False)
    except library.LibraryError:
        code = library.compile(_shorter(written), options, jit=False)
    with contextlib.suppress(library.LibraryError):
        code.jit_compile()
    return code
