"""The scrub gate: what is sensitive is replaced before anything leaves the machine.

It fails closed. A rule that raises, an outcome that still holds something, an archive
over its limits: each stops what was about to leave with `ScrubRefused`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from casecli.domain.errors import ScrubRefused
from casecli.domain.ports import CaseVault, ScrubbedFile, ScrubbedText
from casecli.scrub import containers, ruleset
from casecli.scrub.engine import Engine, StdlibEngine
from casecli.scrub.job import Job, Limits
from casecli.scrub.rewrite import CHUNK, Report, Rewriter, Stream, spans
from casecli.scrub.ruleset import Rule, Ruleset
from casecli.scrub.tokens import Style, Tokens

__all__ = ["Gate", "lint_rules"]

_CARRIER = "/"  # in front of a name, so that `home/x` in an archive reads as a folder


class Gate:
    """Scrubs texts, names and files of a case, consistently among them.

    `words` are the user's own, found in any case. `rules` replaces the shipped ones;
    only tests want that.
    """

    def __init__(
        self,
        *,
        words: tuple[str, ...] = (),
        style: Style = "shaped",
        limits: Limits | None = None,
        rules: Sequence[Rule] | None = None,
        chunk: int = CHUNK,
    ) -> None:
        self._words = words
        self._style: Style = style
        self._limits = limits or Limits()
        self._rules = rules
        self._chunk = chunk
        self._loaded: tuple[Ruleset, Engine] | None = None

    @property
    def ruleset(self) -> str:
        """Name this set of rules by its digest."""
        return self._load()[0].digest

    def self_test(self) -> None:
        """Try every rule on its own examples and innocent lines.

        Raises:
            ScrubRefused: a rule misses its example, or hits what is innocent.
        """
        problems = list(lint_rules())
        if problems:
            raise ScrubRefused(f"the scrub rules fail their own test: {problems[0]}")

    def text(self, text: str, vault: CaseVault) -> ScrubbedText:
        """Scrub a text and verify the outcome.

        Raises:
            ScrubRefused: it cannot be vouched for.
        """
        report = Report()
        stream = Stream(self._rewriter(vault, report), self._chunk)
        data = text.encode("utf-8", "surrogatepass")
        out = stream.feed(data) + stream.finish()
        return ScrubbedText(
            text=out.decode("utf-8", "surrogatepass"),
            findings=dict(report.findings),
            samples=report.all_samples(),
        )

    def name(self, name: str, vault: CaseVault) -> str:
        """Scrub a file name or the path of an archive's member, keeping its ending."""
        rewriter = self._rewriter(vault, Report())
        return _scrub_name(name, rewriter)

    def file(
        self,
        source: Path,
        out: Path,
        vault: CaseVault,
        waived: frozenset[str] = frozenset(),
        progress: Callable[[int], None] | None = None,
    ) -> ScrubbedFile:
        """Scrub a file or folder into `out` (0600); a folder becomes a .tar.gz.

        `progress` is told how many bytes of the source were read since the last call.
        What `left_out` names as a member can be given in `waived`. On any failure
        `out` does not exist.

        Raises:
            BadInput: the source is no regular file or folder, or cannot be read.
            ScrubRefused: it cannot be vouched for, or a limit was hit.
        """
        report = Report()
        rewriter = self._rewriter(vault, report)
        job = Job(
            stream=lambda: Stream(rewriter, self._chunk),
            name=lambda name: _scrub_name(name, rewriter),
            limits=self._limits,
            waived=waived,
            report=report,
            progress=progress,
        )
        return containers.scrub_path(source, out, job)

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

    def _load(self) -> tuple[Ruleset, Engine]:
        if self._loaded is None:
            chosen = ruleset.load()
            if self._rules is not None:
                chosen = Ruleset(tuple(self._rules), "test")
            chosen = chosen.with_words(self._words)
            self._loaded = chosen, StdlibEngine(chosen.rules)
        return self._loaded

    def _rewriter(self, vault: CaseVault, report: Report) -> Rewriter:
        return Rewriter(self._load()[1], Tokens(vault, self._style), report)


def lint_rules(rules: Sequence[Rule] | None = None) -> Iterator[str]:
    """Say what is wrong with rules: syntax, examples missed, innocents touched."""
    shipped = ruleset.load().rules
    chosen = tuple(rules) if rules is not None else shipped
    engine = StdlibEngine(tuple(dict.fromkeys((*shipped, *chosen))))

    def found(data: bytes) -> list[tuple[str, int, int]]:
        return spans(engine, data)

    return ruleset.lint_rules(chosen, found)


def _scrub_name(name: str, rewriter: Rewriter) -> str:
    stem, ending = containers.split_name(name)
    data = (_CARRIER + stem).encode("utf-8", "surrogateescape")
    if b"\n" in data:
        raise ScrubRefused("a file name with a line break in it cannot be scrubbed")
    out, _, _ = rewriter.settle(data, 0, len(data), 1)
    text = out.decode("utf-8", "surrogateescape")
    return text.removeprefix(_CARRIER) + ending


def _readable(value: str) -> str:
    """Undo how undecodable bytes were kept, where they were a lone surrogate."""
    try:
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "surrogatepass")
    except (UnicodeDecodeError, UnicodeEncodeError):
        return value
