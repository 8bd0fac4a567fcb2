"""Opening cases, commenting and uploading: judge, scrub, seal, record.

Nothing here talks to a vendor. Every text and file that ends up in a recorded change
has passed the scrub gate; what the gate approved is sealed and nothing else is sent.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from casecli.app.gate import (
    CaseGate,
    Packing,
    Prepared,
    attachments,
    file_fact,
)
from casecli.domain.case import Answer, BusinessImpact, Draft, Feed, Visibility
from casecli.domain.change import AddAttachment, AddComment, Open
from casecli.domain.judgement import refusals
from casecli.domain.policy import FileFact, Request
from casecli.domain.text import answered, case_text
from casecli.domain.urgency import deferred
from casecli.domain.wire import to_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from casecli.app.workplace import Workplace
    from casecli.domain.case import Case, Waiver
    from casecli.domain.change import OutboxItem
    from casecli.domain.policy import Finding

PART = 100 * 1024 * 1024


def opening_request(draft: Draft) -> Request:
    """Say a draft in the policy's words; a folder counts as its files' sizes.

    The files of an urgent one come later and are judged then.
    """
    attached = () if draft.urgent else draft.attach
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
        files=tuple(file_fact(path) for path in attached),
        follows=draft.follows or "",
        contact=draft.contact.name or "",
        contact_24x7=bool(draft.contact.available_24x7),
    )


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
        request = opening_request(draft)
        return self._place.judge("open", None, request, urgent=draft.urgent)

    def deferred(self, draft: Draft) -> tuple[Finding, ...]:
        """Give what the policy requires and an urgent draft leaves for later."""
        findings = self._place.judge("open", None, opening_request(draft))
        return deferred(refusals(findings, draft.waivers))

    def prepare_open(
        self, draft: Draft, progress: Callable[[int], None] | None = None
    ) -> Prepared:
        """Judge a draft, scrub its text and seal its files; no files if urgent.

        Raises:
            Refused: the policy, with everything that is wrong at once.
            ScrubRefused: the gate cannot vouch for the text.
        """
        place = self._place
        findings = place.insist(
            "open", None, opening_request(draft), draft.waivers, urgent=draft.urgent
        )
        key = draft.key or place.new_key()
        with place.vault.case(draft.ref) as vault:
            gate = CaseGate(place, vault)
            change = self._open(draft, key, gate)
            attached = () if draft.urgent else draft.attach
            files = gate.seal(attached, draft.waivers, progress)
            legend = gate.legend(draft.keys)
        change = replace(
            change,
            text=_with(change.text, legend),
            description=_with(change.description, legend),
        )
        return gate.prepared((change, *attachments(change, files)), findings, files)

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
        keys: Sequence[str] = (),
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
            gate = CaseGate(place, vault)
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
            files = gate.seal(attach, waivers)
            change = replace(change, text=_with(change.text, gate.legend(keys)))
        return gate.prepared((change, *attachments(change, files)), findings, files)

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
        keys: Sequence[str] = (),
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
        how = Packing(compress=compress, part=most if split else None)
        with place.vault.case(case.ref) as vault:
            gate = CaseGate(place, vault)
            clean_note = gate(note) if note else None
            clean_waivers = gate.waivers(waivers)
            files = gate.seal(paths, waivers, progress, name, how)
            clean_note = _with(clean_note or "", gate.legend(keys)) or None
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
        changes = attachments(parent, files)
        if changes:
            changes = (replace(changes[0], key=parent.key), *changes[1:])
        return gate.prepared(changes, findings, files)

    def record(
        self, prepared: Prepared, intent: str | None = None
    ) -> tuple[OutboxItem, ...]:
        """Put prepared changes into the outbox, all or none."""
        place = self._place
        return place.store.record(prepared.changes, place.profile, place.now(), intent)

    def _open(self, draft: Draft, key: str, gate: CaseGate) -> Open:
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
            urgent=draft.urgent,
            scrubbed=dict(gate.findings),
        )


def _with(text: str, legend: str) -> str:
    return f"{text}\n\n{legend}".strip() if legend else text


def _milestone(draft: Draft) -> date | None:
    for name, value in draft.impact_answers.items():
        if "milestone" in name or "date" in name:
            try:
                return date.fromisoformat(value.strip())
            except ValueError:
                continue
    return None
