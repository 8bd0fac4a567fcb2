"""Opening cases, commenting and uploading: judge, scrub, seal, record.

Nothing here talks to a vendor. Every text and file that ends up in a recorded change
has passed the scrub gate; what the gate approved is sealed and nothing else is sent.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from casecli.app import packing
from casecli.domain.case import Answer, BusinessImpact, Draft, Feed, Visibility
from casecli.domain.change import AddAttachment, AddComment, AnyChange, Open
from casecli.domain.errors import BadInput, CaseError
from casecli.domain.policy import FileFact, Request
from casecli.domain.text import answered, case_text
from casecli.domain.wire import to_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from casecli.app.workplace import Workplace
    from casecli.domain.case import Case, Waiver
    from casecli.domain.change import OutboxItem
    from casecli.domain.policy import Finding
    from casecli.domain.ports import CaseVault, Sample, ScrubbedFile, Spool

SCRUB_WAIVER = "scrub:"
PART = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class _Packing:
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


AS_IT_IS = _Packing()


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
class Prepared:
    """Changes ready to be recorded, with what the policy and the gate had to say."""

    changes: tuple[AnyChange, ...]
    findings: tuple[Finding, ...] = ()
    scrubbed: Mapping[str, int] = field(default_factory=dict)
    samples: tuple[Sample, ...] = ()
    files: tuple[SealedFile, ...] = ()

    @property
    def left_out(self) -> tuple[SealedFile, ...]:
        """Files of which nothing may leave."""
        return tuple(each for each in self.files if each.error is not None)


def opening_request(draft: Draft) -> Request:
    """Say a draft in the policy's words; a folder counts as its files' sizes."""
    return Request(
        channel=draft.channel,
        subject=draft.subject,
        description=draft.description,
        type=draft.type,
        severity=draft.severity,
        impact=draft.impact,
        impact_answers=draft.impact_answers,
        answers=draft.answers,
        fields=draft.fields,
        files=tuple(file_fact(path) for path in draft.attach),
        follows=draft.follows or "",
        contact_24x7=bool(draft.contact.available_24x7),
    )


def file_fact(path: str) -> FileFact:
    """Give name and size of what a path holds; a missing one counts as empty."""
    where = Path(path)
    if where.is_dir():
        sizes = (each.stat().st_size for each in where.rglob("*") if each.is_file())
        return FileFact(name=f"{where.resolve().name}.tar.gz", size=sum(sizes))
    size = where.stat().st_size if where.is_file() else 0
    return FileFact(name=where.name, size=size)


def readable(name: str) -> str:
    """Give a file name that can be written down: what is no UTF-8 becomes a mark."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def total_size(paths: Iterable[str]) -> int:
    """Give how many bytes there are to scrub."""
    return sum(file_fact(path).size for path in paths)


def intent_digest(plain: object) -> str:
    """Give the digest of a user's arguments that `--key` compares."""
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def opening_intent(draft: Draft) -> str:
    """Give the digest of a draft, leaving out what casecli itself put there."""
    bare = replace(
        draft, ref="", created_at=None, updated_at=None, error=None, key=None
    )
    return intent_digest(["open", to_plain(bare)])


class Filing:
    """Files cases, comments and attachments in the outbox."""

    def __init__(self, place: Workplace) -> None:
        self._place = place

    def check(self, draft: Draft) -> tuple[Finding, ...]:
        """Give every finding about opening a case from this draft."""
        return self._place.judge("open", None, opening_request(draft))

    def prepare_open(
        self, draft: Draft, progress: Callable[[int], None] | None = None
    ) -> Prepared:
        """Judge a draft, scrub its text and seal its files.

        Raises:
            Refused: the policy, with everything that is wrong at once.
            ScrubRefused: the gate cannot vouch for the text.
        """
        place = self._place
        findings = place.insist("open", None, opening_request(draft), draft.waivers)
        key = draft.key or place.new_key()
        with place.vault.case(draft.ref) as vault:
            gate = _TextGate(place, vault)
            change = self._open(draft, key, gate)
            files = self._seal(vault, draft.attach, draft.waivers, progress)
        attachments = self._attachments(change, files)
        return Prepared(
            changes=(change, *attachments),
            findings=findings,
            scrubbed=_total(gate.findings, files),
            samples=(*gate.samples, *_samples(files)),
            files=files,
        )

    def prepare_comment(  # noqa: PLR0913 (what a comment may carry)
        self,
        case: Case,
        text: str,
        *,
        feed: Feed = Feed.CASE,
        visibility: Visibility = Visibility.PUBLIC,
        attach: Sequence[str] = (),
        channel: str = "portal",
        waivers: tuple[Waiver, ...] = (),
        key: str | None = None,
    ) -> Prepared:
        """Judge and scrub a comment, with files of its own if the policy lets it."""
        place = self._place
        request = Request(
            text=text,
            feed=feed.value,
            channel=channel,
            files=tuple(file_fact(path) for path in attach),
        )
        findings = place.insist("comment", case, request, waivers)
        chosen = key or place.new_key()
        with place.vault.case(case.ref) as vault:
            gate = _TextGate(place, vault)
            change = AddComment(
                key=chosen,
                case=case.ref,
                at=place.now(),
                channel=channel,
                waivers=gate.waivers(waivers),
                text=gate(text),
                feed=feed,
                visibility=visibility,
                scrubbed=dict(gate.findings),
            )
            files = self._seal(vault, attach, waivers, None)
        attachments = self._attachments(change, files)
        return Prepared(
            changes=(change, *attachments),
            findings=findings,
            scrubbed=_total(gate.findings, files),
            samples=(*gate.samples, *_samples(files)),
            files=files,
        )

    def prepare_upload(  # noqa: PLR0913 (what an upload may carry)
        self,
        case: Case,
        paths: Sequence[str],
        *,
        name: str | None = None,
        folder: str | None = None,
        note: str | None = None,
        compress: bool = False,
        split: bool = False,
        channel: str = "portal",
        waivers: tuple[Waiver, ...] = (),
        key: str | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Prepared:
        """Judge, scrub and seal files; one change a file, or a part of one.

        The vendor's limits are judged on what would be sent, before the scrubbing
        where its size is the file's, after the packing otherwise.
        """
        place = self._place
        packed = compress or split
        facts = () if packed else tuple(file_fact(path) for path in paths)
        request = Request(channel=channel, files=facts)
        findings = place.insist("upload", case, request, waivers)
        most = place.policy.attachments.max_bytes or PART
        how = _Packing(compress=compress, part=most if split else None)
        with place.vault.case(case.ref) as vault:
            gate = _TextGate(place, vault)
            clean_note = gate(note) if note else None
            clean_waivers = gate.waivers(waivers)
            files = self._seal(vault, paths, waivers, progress, name, how)
        if packed:
            facts = tuple(FileFact(name=e.name, size=e.size) for e in files if e.sha256)
            findings = place.insist(
                "upload", case, replace(request, files=facts), waivers
            )
        parent = AddAttachment(
            key=key or place.new_key(),
            case=case.ref,
            at=place.now(),
            channel=channel,
            waivers=clean_waivers,
            name="",
            sha256="",
            size=0,
            note=clean_note,
            folder=folder,
        )
        changes = self._attachments(parent, files)
        if changes:
            changes = (replace(changes[0], key=parent.key), *changes[1:])
        return Prepared(
            changes=changes,
            findings=findings,
            scrubbed=_total(gate.findings, files),
            samples=(*gate.samples, *_samples(files)),
            files=files,
        )

    def record(
        self, prepared: Prepared, intent: str | None = None
    ) -> tuple[OutboxItem, ...]:
        """Put prepared changes into the outbox, all or none."""
        place = self._place
        return place.store.record(prepared.changes, place.profile, place.now(), intent)

    def _open(self, draft: Draft, key: str, gate: _TextGate) -> Open:
        policy, place = self._place.policy, self._place
        impact_texts = {each.id: each.text for each in policy.impact.questions}
        labels = {each.id: each.label for each in policy.fields}
        asked = {each.id: each.text for each in policy.checklist}
        severity = policy.severity(draft.severity)
        impact = BusinessImpact(
            summary=gate(draft.impact),
            answers={name: gate(value) for name, value in draft.impact_answers.items()},
            milestone_date=_milestone(draft),
        )
        fields = {name: gate(value) for name, value in draft.fields.items()}
        checklist = tuple(
            Answer(id=name, question=asked.get(name, name), value=gate(value))
            for name, value in draft.answers.items()
        )
        waivers = gate.waivers(draft.waivers)
        description = gate(draft.description)
        sections = {
            "Business impact": [
                ("summary", impact.summary),
                *((impact_texts.get(k, k), v) for k, v in impact.answers.items()),
            ],
            "Details": [(labels.get(k, k), value) for k, value in fields.items()],
            "Checklist": answered(checklist),
        }
        return Open(
            key=key,
            case=draft.ref,
            at=place.now(),
            channel=draft.channel,
            waivers=waivers,
            subject=gate(draft.subject),
            description=description,
            text=case_text(description, sections, waivers, tokens=bool(gate.findings)),
            type=draft.type,
            severity=severity.id if severity else draft.severity,
            impact=impact,
            fields=fields,
            checklist=checklist,
            contact=draft.contact,
            cc=draft.cc,
            asset=draft.asset and gate(draft.asset),
            follows=draft.follows,
            links=draft.links,
            fingerprint=draft.dedupe_key,
            scrubbed=dict(gate.findings),
        )

    def _seal(
        self,
        vault: CaseVault,
        paths: Iterable[str],
        waivers: Iterable[Waiver],
        progress: Callable[[int], None] | None,
        name: str | None = None,
        how: _Packing = AS_IT_IS,
    ) -> tuple[SealedFile, ...]:
        waived = frozenset(
            each.rule.removeprefix(SCRUB_WAIVER)
            for each in waivers
            if each.rule.startswith(SCRUB_WAIVER) and self._place.waivers_allowed
        )
        sealed: list[SealedFile] = []
        for path in paths:
            sealed += self._seal_one(vault, path, waived, progress, name, how)
        return tuple(sealed)

    def _seal_one(
        self,
        vault: CaseVault,
        path: str,
        waived: frozenset[str],
        progress: Callable[[int], None] | None,
        name: str | None,
        how: _Packing,
    ) -> list[SealedFile]:
        place = self._place
        scratch = place.spool.scratch()
        called = name or file_fact(path).name
        try:
            report = place.scrubber.file(Path(path), scratch, vault, waived, progress)
        except BadInput:
            scratch.unlink(missing_ok=True)
            raise
        except CaseError as error:
            scratch.unlink(missing_ok=True)
            return [SealedFile(path=path, name=called, error=str(error))]
        clean = readable(place.scrubber.name(name, vault) if name else report.name)
        if report.nothing_left:
            scratch.unlink(missing_ok=True)
            why = "; ".join(each.why for each in report.left_out)
            error_text = f"{path} was left out: {why}"
            return [SealedFile(path=path, name=clean, report=report, error=error_text)]
        return [
            self._sealed(path, each_name, each, report)
            for each_name, each in how.pack(clean, scratch, place.spool)
        ]

    def _sealed(
        self, path: str, name: str, scratch: Path, report: ScrubbedFile
    ) -> SealedFile:
        sha256, size = self._place.spool.seal(scratch)
        return SealedFile(path=path, name=name, sha256=sha256, size=size, report=report)

    def _attachments(
        self, parent: AnyChange, files: Iterable[SealedFile]
    ) -> tuple[AddAttachment, ...]:
        """Key the nth file by its parent's key, so that a repeat finds each again."""
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


def _waivers_of(waivers: Iterable[Waiver], file: SealedFile) -> tuple[Waiver, ...]:
    """Keep what was waived for this file: rules, and the gate for its own path."""
    return tuple(
        each
        for each in waivers
        if not each.rule.startswith(SCRUB_WAIVER)
        or each.rule.removeprefix(SCRUB_WAIVER).startswith(file.path)
    )


class _TextGate:
    """Scrubs one text after another and keeps count."""

    def __init__(self, place: Workplace, vault: CaseVault) -> None:
        self._scrubber, self._vault = place.scrubber, vault
        self.findings: Counter[str] = Counter()
        self.samples: list[Sample] = []

    def __call__(self, text: str) -> str:
        if not text:
            return text
        clean = self._scrubber.text(text, self._vault)
        self.findings.update(clean.findings)
        self.samples.extend(clean.samples)
        return clean.text

    def waivers(self, waivers: Iterable[Waiver]) -> tuple[Waiver, ...]:
        """Scrub the reasons people give for a waiver; they travel with the case."""
        return tuple(replace(each, reason=self(each.reason)) for each in waivers)


def _milestone(draft: Draft) -> date | None:
    for name, value in draft.impact_answers.items():
        if "milestone" in name or "date" in name:
            try:
                return date.fromisoformat(value.strip())
            except ValueError:
                continue
    return None


def _total(texts: Counter[str], files: Iterable[SealedFile]) -> dict[str, int]:
    total = Counter(texts)
    for each in files:
        if each.report is not None:
            total.update(each.report.findings)
    return dict(sorted(total.items()))


def _samples(files: Iterable[SealedFile]) -> tuple[Sample, ...]:
    return tuple(
        sample for each in files if each.report for sample in each.report.samples
    )
