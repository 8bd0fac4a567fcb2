"""The scrub gate: what is sensitive is replaced before anything leaves the machine.

It fails closed. A rule that raises, an outcome that still holds something, an archive
over its limits: each stops what was about to leave with `ScrubRefused`.
"""

from __future__ import annotations

import functools
import os
import re
import stat
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from casecli.domain.errors import ScrubRefused
from casecli.domain.ports import CaseVault, ScrubbedFile, ScrubbedText
from casecli.scrub import ruleset
from casecli.scrub.cuts import Cuts
from casecli.scrub.engine import Engine
from casecli.scrub.engines import choose
from casecli.scrub.exceptions import (
    EXCEPTED,
    ExceptingReport,
    ExceptingTokens,
    FullReport,
)
from casecli.scrub.garbage import only_new_collected
from casecli.scrub.learned import Known
from casecli.scrub.names import scrub_name
from casecli.scrub.pipe import Lines, Pipe, TextStream
from casecli.scrub.report import Report
from casecli.scrub.rewrite import Growing, Rewriter
from casecli.scrub.rule import Rule
from casecli.scrub.rule_lint import lint_rules
from casecli.scrub.ruleset import Ruleset
from casecli.scrub.second import SecondPass
from casecli.scrub.spans import Finder
from casecli.scrub.stdlib import StdlibEngine
from casecli.scrub.stream import CHUNK, Settles, Stream
from casecli.scrub.tokens import MARKS, Style, Tokens

if TYPE_CHECKING:
    from casecli.scrub.job import Limits
    from casecli.scrub.own_rules import RuleFile
    from casecli.scrub.workers import Crew

__all__ = ["EXCEPTED", "FullReport", "Gate", "Lines", "lint_rules"]

_MUCH = 4 * 1024 * 1024  # from which on it is worth to compile for some seconds
_PACKED = 8  # times as large is what a log unpacks to
_PHONE = 7  # digits from which on a number is unlikely to end another by chance


class Gate:
    """Scrubs texts, names and files of a case, consistently among them.

    `words` are the user's own, found in any case, and `own_rules` are files that the
    user wrote, see `own_rules.py`; what is in `exceptions` stays as it
    is, and reports count it apart. `engine` is "hyperscan", or "stdlib" for nothing
    but the standard library; without it the fastest there is takes large input, and
    small input does not wait for that one to be compiled. `workers` processes share a
    large text, by default as many as there are cores, four at most. What was compiled
    is kept in the folder `cache`. `rules` replaces the shipped ones; only tests want
    that.
    """

    def __init__(  # noqa: PLR0913 - a door with a switch for each of its settings
        self,
        *,
        words: tuple[str, ...] = (),
        exceptions: tuple[str, ...] = (),
        own_rules: tuple[RuleFile, ...] = (),
        style: Style = "shaped",
        limits: Limits | None = None,
        engine: str = "",
        cache: Path | None = None,
        rules: Sequence[Rule] | None = None,
        chunk: int = CHUNK,
        workers: int | None = None,
    ) -> None:
        self._own = _Own(words, own_rules)
        self._exceptions = exceptions
        self._style: Style = style
        self._limits = limits
        self._rules = rules
        self._chunk = chunk
        self._workers = workers
        self._engine = engine
        self._cache = cache
        self._known = Known()
        self._loaded: Ruleset | None = None
        self._finders: dict[bool, tuple[Finder, Engine]] = {}

    @property
    def ruleset(self) -> str:
        """Name this set of rules by its digest."""
        return self._load().digest

    @property
    def own_rules(self) -> tuple[str, ...]:
        """Name the user's own rules.

        Raises:
            BadInput: one of them is no good.
        """
        return tuple(rule.id for rule in self._own.rules(self._cache))

    def self_test(self) -> None:
        """Try every rule that ships on its own examples and innocent lines.

        Raises:
            ScrubRefused: a rule misses its example, or hits what is innocent.
        """
        none = _Own((), ())
        finder, _ = _scanners_of(none, self._engine, self._cache, at_once=True)
        problem = next(lint_rules(finder.rules, finder), None)
        if problem is not None:
            raise ScrubRefused(f"the scrub rules fail their own test: {problem}")

    def text(self, text: str, vault: CaseVault) -> ScrubbedText:
        """Scrub a text and verify the outcome.

        Users, hosts, names and telephone numbers that it or its case names in a keyed
        place are replaced wherever it has them.

        Raises:
            ScrubRefused: it cannot be vouched for.
        """
        report = self._report()
        data = text.encode("utf-8", "surrogatepass")
        tokens = self._tokens(vault)
        rewriter = self._rewriter(tokens, report, len(data))
        stream = self._stream(rewriter, tokens, report)
        out = stream.feed(data) + stream.finish()
        out = self._second(rewriter, tokens).text(out, vault, self._known)
        return ScrubbedText(
            text=out.decode("utf-8", "surrogatepass"),
            findings=dict(+report.findings),
            samples=report.all_samples(),
        )

    def name(self, name: str, vault: CaseVault) -> str:
        """Scrub a file name or the path of an archive's member, keeping its ending."""
        tokens = self._tokens(vault)
        rewriter = self._rewriter(tokens, self._report(), len(name))
        second = self._second(rewriter, tokens)
        known = self._known
        return scrub_name(name, rewriter, lambda data: second.text(data, vault, known))

    def pipe(self, vault: CaseVault, lines: Lines | None = None) -> Pipe:
        """Scrub text as it comes; what is learned on the way holds from there on."""
        report, tokens = self._report(), self._tokens(vault)
        rewriter = self._rewriter(tokens, report, 0)
        faster = functools.partial(self._rewriter, tokens, report, _MUCH)
        stream = self._stream(Growing(rewriter, faster, _MUCH), tokens, report)
        second = self._second(rewriter, tokens)
        return Pipe(stream, second, report, vault, lines)

    def file(  # noqa: PLR0913 - the port's, and two who listen
        self,
        source: Path,
        out: Path,
        vault: CaseVault,
        waived: frozenset[str] = frozenset(),
        progress: Callable[[int], None] | None = None,
        *,
        report: Report | None = None,
        lines: Lines | None = None,
    ) -> ScrubbedFile:
        """Scrub a file or folder into `out` (0600); a folder becomes a .tar.gz.

        `progress` is told how many bytes of the source were read since the last call.
        What `left_out` names as a member can be given in `waived`. On any failure
        `out` does not exist. `report` is told of each replacement, `lines` hears what
        came out.

        Raises:
            BadInput: the source is no regular file or folder, or cannot be read.
            ScrubRefused: it cannot be vouched for, or a limit was hit.
        """
        from casecli.scrub import containers
        from casecli.scrub.job import Job, Limits

        report = report if report is not None else self._report()
        tokens = self._tokens(vault)
        rewriter = self._rewriter(tokens, report, _size(source))
        second = self._second(rewriter, tokens)
        hear = None if lines is None else lines.hear
        job = Job(
            stream=lambda: self._stream(rewriter, tokens, report),
            again=lambda pieces, crew: second.pieces(pieces, hear, crew),
            crew=self._crew(rewriter, tokens, report, lines),
            name=lambda name: scrub_name(name, rewriter, second.piece),
            limits=self._limits or Limits(),
            waived=waived,
            report=report,
            progress=progress,
            is_ours=vault.is_own,
        )
        with only_new_collected():
            return containers.scrub_path(source, out, job)

    def legend(
        self, values: Iterable[str], vault: CaseVault
    ) -> tuple[tuple[str, str], ...]:
        """Say which token each of these search keys has: (value, token), if any.

        A key has tokens once a text or file with it was scrubbed; case and the way a
        telephone number is written do not matter.
        """
        wanted = {value: _folded(value) for value in values}
        found: dict[tuple[str, str], None] = {}
        for token, spelling in vault.tokens().items():
            folded = _folded(spelling)
            for value, key in wanted.items():
                if key and _same(key, folded):
                    found[value, token] = None
        order = {value: place for place, value in enumerate(wanted)}
        return tuple(sorted(found, key=lambda pair: (order[pair[0]], pair[1])))

    def unscrub(self, text: str, vault: CaseVault) -> str:
        """Put values back for the case's tokens, byte for byte."""
        tokens = Tokens(vault, self._style)
        data = text.encode("utf-8", "surrogatepass")
        out: list[str] = []
        last = 0
        for start, stop in tokens.find(data):
            out.append(data[last:start].decode("utf-8", "surrogatepass"))
            out.append(_readable(tokens.value(data[start:stop]) or ""))
            last = stop
        out.append(data[last:].decode("utf-8", "surrogatepass"))
        return "".join(out)

    def unscrub_bytes(self, data: bytes, vault: CaseVault) -> bytes:
        """Put values back into a file's bytes; exact whatever its encoding."""
        tokens = Tokens(vault, self._style)
        out: list[bytes] = []
        last = 0
        for start, stop in tokens.find(data):
            out.append(data[last:start])
            value = tokens.value(data[start:stop]) or ""
            out.append(value.encode("utf-8", "surrogateescape"))
            last = stop
        out.append(data[last:])
        return b"".join(out)

    def spoken(self, said: str, vault: CaseVault) -> tuple[tuple[str, str], ...]:
        """Find the tokens somebody may have said: (token, value).

        "User 7KQBXW at host 3mpkra example" is `user-7kqbxw@host-3mpkra.example`; case,
        blanks and how signs are said do not matter, nor does a last "example".
        """
        wanted = _as_said(said)
        tokens = vault.tokens()
        found = [token for token in tokens if wanted and _as_said(token) == wanted]
        return tuple((token, tokens[token]) for token in found)

    def _load(self) -> Ruleset:
        if self._loaded is None:
            chosen = ruleset.load(self._cache)
            if self._rules is not None:
                chosen = Ruleset(tuple(self._rules), "test")
            self._loaded = self._own.added(chosen, self._engine, self._cache)
        return self._loaded

    @functools.cached_property
    def _cuts(self) -> Cuts:
        return Cuts(self._load().rules)

    def _crew(
        self, rewriter: Rewriter, tokens: Tokens, report: Report, lines: Lines | None
    ) -> Callable[[], Crew] | None:
        """Give what starts the workers, where there may be some."""
        from casecli.scrub.workers import Crew, cores

        count = cores() if self._workers is None else self._workers
        own = self._rules is not None or report.hears_all or lines is not None
        if count < 2 or own:  # noqa: PLR2004 - one is this one
            return None
        scanners = functools.partial(
            _scanners_of, self._own, self._engine, self._cache, at_once=False
        )
        return lambda: Crew(count, rewriter, scanners, tokens, report)

    def _report(self) -> Report:
        return ExceptingReport() if self._exceptions else Report()

    def _tokens(self, vault: CaseVault) -> Tokens:
        if self._exceptions:
            return ExceptingTokens(vault, self._style, self._exceptions)
        return Tokens(vault, self._style)

    def _stream(self, rewriter: Settles, tokens: Tokens, report: Report) -> Stream:
        return TextStream(rewriter, self._cuts, tokens, report, self._chunk)

    def _second(self, rewriter: Rewriter, tokens: Tokens) -> SecondPass:
        return SecondPass(tokens.learned, rewriter, self._cuts, self._chunk)

    def _rewriter(self, tokens: Tokens, report: Report, size: int) -> Rewriter:
        """Give one for so many bytes; for a few it is what is there at once."""
        at_once = size < _MUCH and False not in self._finders
        if at_once not in self._finders:
            rules = self._load().rules
            made = _scanners(rules, self._engine, self._cache, at_once=at_once)
            self._finders[at_once] = made
            if made[1].name != StdlibEngine.name:  # as fast as can be
                self._finders[False] = made
        return Rewriter(*self._finders[at_once], tokens, report)


class _Own(NamedTuple):
    """What a user adds to the rules that ship."""

    words: tuple[str, ...]
    files: tuple[RuleFile, ...]

    def rules(self, cache: Path | None) -> tuple[Rule, ...]:
        """Make the rules of the files.

        Raises:
            BadInput: one is no good.
        """
        if not self.files:
            return ()
        from casecli.scrub import own_rules

        return own_rules.rules_of(self.files, cache)

    def added(self, rules: Ruleset, engine: str, cache: Path | None) -> Ruleset:
        """Give rules and the user's own, with expressions for an engine.

        Raises:
            BadInput: a rule of the user's is no good.
        """
        own, texts = self.rules(cache), [file.text for file in self.files]
        rules = rules.with_words(self.words).with_rules(own, repr(texts))
        return rules.plain() if engine == StdlibEngine.name else rules


def _scanners_of(
    own: _Own, name: str, cache: Path | None, *, at_once: bool
) -> tuple[Finder, Engine]:
    rules = own.added(ruleset.load(cache), name, cache)
    return _scanners(rules.rules, name, cache, at_once=at_once)


def _scanners(
    rules: tuple[Rule, ...], name: str, cache: Path | None, *, at_once: bool
) -> tuple[Finder, Engine]:
    make = functools.partial(_engine, name=name, cache=cache, at_once=at_once)
    return Finder(rules, make), make((MARKS,))


@functools.lru_cache(8)
def _engine(
    rules: tuple[Rule, ...], *, name: str, cache: Path | None, at_once: bool
) -> Engine:
    """Make and try an engine once, however many gates there are."""
    return choose(rules, name, cache, at_once=at_once)


def _size(source: Path) -> int:
    """Guess how many bytes a file unpacks to, or all files of a folder."""
    from casecli.scrub.packed import kind_of

    try:
        about = source.lstat()
        if stat.S_ISDIR(about.st_mode):
            return _folder_size(source)
        if not stat.S_ISREG(about.st_mode):
            return 0
        with source.open("rb") as file:
            return about.st_size * (_PACKED if kind_of(file.read(512)) else 1)
    except OSError:
        return 0


def _folder_size(folder: Path) -> int:
    size = 0
    for path, _, names in os.walk(folder):
        for name in names:
            size += os.lstat(os.path.join(path, name)).st_size  # noqa: PTH118 - as walked
            if size >= _MUCH:
                return size
    return size


def _folded(value: str) -> str:
    """Leave only letters and digits; telephone numbers without leading zeros."""
    text = "".join(filter(str.isalnum, value.casefold()))
    return text.lstrip("0") if text.isdigit() else text


_SIGNS = re.compile(
    r"\b(?:at|dot|dash|minus|hyphen|underscore|plus|colon|point)\b|[\W_]+"
)


def _as_said(text: str) -> str:
    """Leave of a token what is heard of it."""
    heard = _SIGNS.sub("", text.casefold().replace("_", " "))
    return heard.removesuffix("example") or heard


def _same(key: str, folded: str) -> bool:
    """Compare what is folded; a telephone number may lack its country."""
    if key.isdigit() and folded.isdigit() and min(len(key), len(folded)) >= _PHONE:
        return key.endswith(folded) or folded.endswith(key)
    return key == folded


def _readable(value: str) -> str:
    """Undo how undecodable bytes were kept, where they were a lone surrogate."""
    try:
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "surrogatepass")
    except (UnicodeDecodeError, UnicodeEncodeError):
        return value
