"""The one way out: texts scrubbed, files scrubbed and sealed, everything counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from casecli.app import packing
from casecli.domain.change import AddAttachment, AnyChange
from casecli.domain.errors import BadInput, CaseError
from casecli.domain.policy import FileFact
from casecli.domain.text import key_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from casecli.app.workplace import Workplace
    from casecli.domain.case import Waiver
    from casecli.domain.policy import Finding
    from casecli.domain.ports import CaseVault, Sample, ScrubbedFile, Spool

SCRUB_WAIVER = "scrub:"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedFile:
    """A file after the gate; `error` says why none of it may leave, else None."""

    path: str
    name: str
    sha256: str | None = None
    size: int = 0
    report: ScrubbedFile | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchKey:
    """A value support is to search by, and its tokens in what is sent, if any."""

    name: str
    value: str
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Changes ready to be recorded, with what the policy and the gate had to say."""

    changes: tuple[AnyChange, ...]
    findings: tuple[Finding, ...] = ()
    scrubbed: Mapping[str, int] = field(default_factory=dict)
    samples: tuple[Sample, ...] = ()
    files: tuple[SealedFile, ...] = ()
    keys: tuple[SearchKey, ...] = ()

    @property
    def left_out(self) -> tuple[SealedFile, ...]:
        """Files of which nothing may leave."""
        return tuple(each for each in self.files if each.error is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """How a scrubbed file is made to fit; `part` is the bytes of one part."""

    compress: bool = False
    part: int | None = None

    def pack(
        self, name: str, scratch: Path, spool: Spool
    ) -> Iterator[tuple[str, Path]]:
        """Give the name and the scratch file of each piece."""
        if self.compress:
            name, scratch = f"{name}.gz", packing.compressed(scratch, spool)
        if self.part is None or scratch.stat().st_size <= self.part:
            yield name, scratch
            return
        pieces = packing.parts(scratch, self.part, spool)
        for number, piece in enumerate(pieces, 1):
            yield f"{name}.{number:03}", piece


AS_IT_IS = Packing()


class CaseGate:
    """Scrubs one case's texts and files, one after another, and keeps count."""

    def __init__(self, place: Workplace, vault: CaseVault) -> None:
        self._place, self._vault = place, vault
        self.findings: Counter[str] = Counter()
        self.keys: tuple[SearchKey, ...] = ()
        self.samples: list[Sample] = []

    def __call__(self, text: str) -> str:
        """Scrub a text.

        Raises:
            ScrubRefused: the gate cannot vouch for it.
        """
        if not text:
            return text
        clean = self._place.scrubber.text(text, self._vault)
        self.findings.update(clean.findings)
        self.samples.extend(clean.samples)
        return clean.text

    def waivers(self, waivers: Iterable[Waiver]) -> tuple[Waiver, ...]:
        """Scrub the reasons people give for a waiver; they travel with the case."""
        return tuple(replace(each, reason=self(each.reason)) for each in waivers)

    def legend(self, keys: Iterable[str]) -> str:
        """Write which tokens stand for the search keys the user named.

        To be asked for when all that is sent has passed: a key has a token once it was
        found somewhere. Keys that were not are told to the user and not to support.
        """
        named = [_named(each) for each in keys]
        known = self._place.scrubber.legend([v for _, v in named], self._vault)
        self.keys = tuple(
            SearchKey(
                name=self(name),
                value=value,
                tokens=tuple(token for each, token in known if each == value),
            )
            for name, value in named
        )
        return key_text((e.name, token) for e in self.keys for token in e.tokens)

    def seal(
        self,
        paths: Iterable[str],
        waivers: Iterable[Waiver],
        progress: Callable[[int], None] | None = None,
        name: str | None = None,
        how: Packing = AS_IT_IS,
    ) -> tuple[SealedFile, ...]:
        """Scrub and seal files; one that may not leave is told, not raised.

        Raises:
            BadInput: a path is no file or folder, or cannot be read.
        """
        waived = frozenset(
            each.rule.removeprefix(SCRUB_WAIVER)
            for each in waivers
            if each.rule.startswith(SCRUB_WAIVER) and self._place.waivers_allowed
        )
        sealed: list[SealedFile] = []
        for path in paths:
            scratch = self._place.spool.scratch()
            try:
                sealed += self._seal(path, scratch, waived, progress, name, how)
            finally:
                scratch.unlink(missing_ok=True)
        return tuple(sealed)

    def _seal(
        self,
        path: str,
        scratch: Path,
        waived: frozenset[str],
        progress: Callable[[int], None] | None,
        name: str | None,
        how: Packing,
    ) -> list[SealedFile]:
        place, vault = self._place, self._vault
        try:
            report = place.scrubber.file(Path(path), scratch, vault, waived, progress)
        except BadInput:
            raise
        except CaseError as error:
            called = name or file_fact(path).name
            return [SealedFile(path=path, name=called, error=str(error))]
        clean = readable(place.scrubber.name(name, vault) if name else report.name)
        if report.nothing_left:
            why = "; ".join(each.why for each in report.left_out)
            error_text = f"{path} was left out: {why}"
            return [SealedFile(path=path, name=clean, report=report, error=error_text)]
        pieces = []
        for each_name, piece in how.pack(clean, scratch, place.spool):
            sha256, size = place.spool.seal(piece)
            pieces.append(
                SealedFile(
                    path=path, name=each_name, sha256=sha256, size=size, report=report
                )
            )
        return pieces

    def prepared(
        self,
        changes: Iterable[AnyChange],
        findings: Iterable[Finding],
        files: tuple[SealedFile, ...] = (),
    ) -> Prepared:
        """Hand changes over with everything that was found on the way."""
        total = Counter(self.findings)
        for each in _reports(files):
            total.update(each.findings)
        return Prepared(
            changes=tuple(changes),
            findings=tuple(findings),
            scrubbed=dict(sorted(total.items())),
            samples=(
                *self.samples,
                *(sample for each in _reports(files) for sample in each.samples),
            ),
            files=files,
            keys=self.keys,
        )


def attachments(
    parent: AnyChange, files: Iterable[SealedFile]
) -> tuple[AddAttachment, ...]:
    """Make a change of each sealed file, keyed by its parent so that repeats match."""
    sealed = [each for each in files if each.sha256 is not None]
    said = parent if isinstance(parent, AddAttachment) else None
    return tuple(
        AddAttachment(
            key=f"{parent.key}.{n}",
            case=parent.case,
            at=parent.at,
            channel=parent.channel,
            waivers=_waivers_of(parent.waivers, each),
            name=each.name,
            sha256=each.sha256 or "",
            size=each.size,
            note=said.note if said else None,
            folder=said.folder if said else None,
            scrubbed=each.report.findings if each.report else {},
        )
        for n, each in enumerate(sealed, 1)
    )


def file_fact(path: str) -> FileFact:
    """Give name and size of what a path holds; a missing one counts as empty."""
    where = Path(path)
    if where.is_dir():
        sizes = (each.stat().st_size for each in where.rglob("*") if each.is_file())
        return FileFact(name=f"{where.resolve().name}.tar.gz", size=sum(sizes))
    size = where.stat().st_size if where.is_file() else 0
    return FileFact(name=where.name, size=size)


def total_size(paths: Iterable[str]) -> int:
    """Give how many bytes there are to scrub."""
    return sum(file_fact(path).size for path in paths)


def readable(name: str) -> str:
    """Give a file name that can be written down: what is no UTF-8 becomes a mark."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _named(key: str) -> tuple[str, str]:
    """Split `NAME=VALUE`; what has no name is all value.

    Raises:
        BadInput: there is no value.
    """
    name, equals, value = key.partition("=")
    if not equals or not name.strip():
        name, value = "", key
    if not value.strip():
        raise BadInput(f"--keep-keys takes VALUE or NAME=VALUE, not {key[:60]!r}")
    return name.strip(), value.strip()


def _reports(files: Iterable[SealedFile]) -> list[ScrubbedFile]:
    """Give each file's report once, however many parts it was cut into."""
    found: list[ScrubbedFile] = []
    for each in files:
        if each.report is not None and each.report not in found:
            found.append(each.report)
    return found


def _waivers_of(waivers: Iterable[Waiver], file: SealedFile) -> tuple[Waiver, ...]:
    """Keep what was waived for this file: rules, and the gate for its own path."""
    return tuple(
        each
        for each in waivers
        if not each.rule.startswith(SCRUB_WAIVER)
        or _was_used(each.rule.removeprefix(SCRUB_WAIVER), file)
    )


def _was_used(path: str, file: SealedFile) -> bool:
    """Tell whether a waived path is this file or a member of it that went as it was."""
    went = file.report.went if file.report else ()
    return path.startswith(file.path) or any(
        path == each or path.endswith(f"/{each}") for each in went
    )
