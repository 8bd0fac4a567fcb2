"""What Jira's issues, comments and attachments say about a case."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from casecli.backends.atlassian_document import parted, plain
from casecli.backends.tracker_talk import (
    Mark,
    Said,
    comments,
    escalations,
    outcome,
    waiting_on,
)
from casecli.backends.tracker_versions import version_of
from casecli.domain.calendar import parse_time
from casecli.domain.case import Attachment, Case, Side, Status
from casecli.domain.folding import with_fields
from casecli.domain.ports import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from casecli.backends.tracker_settings import Words

Record = dict[str, Any]  # a decoded JSON object of Jira's; read under `understood`

PROPERTY = "casecli"
PRIORITY = "priority"
# Statuses of the workflows Jira ships; any other is told by its category.
STATUSES = {
    "waiting for customer": Status.WAITING_ON_CUSTOMER,
    "waiting for support": Status.OPEN,
    "pending": Status.WAITING_ON_THIRD_PARTY,
    "canceled": Status.CANCELLED,
    "cancelled": Status.CANCELLED,
    "declined": Status.CANCELLED,
    "won't do": Status.CANCELLED,
}
CATEGORIES = {
    "new": Status.OPEN,
    "indeterminate": Status.IN_PROGRESS,
    "done": Status.CLOSED,
}
WITHDRAWN = frozenset({"won't do", "canceled", "cancelled", "declined"})
FIELDS = (
    "summary,description,status,resolution,resolutiondate,labels,reporter,assignee,"
    "created,updated,comment,attachment"
)
_FILE = re.compile(r"(.*), (\d+) bytes, sha256 ([0-9a-f]{64})", re.DOTALL)


class Announced(NamedTuple):
    """A file as we said it would come, just before it did."""

    key: str
    name: str
    size: int
    sha256: str
    note: str | None
    author: str
    at: Any  # datetime; a NamedTuple's annotation is evaluated


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Who reads, and by which words."""

    me: str
    agent: bool
    url: str
    words: Words
    severity_field: str
    escalated_label: str

    def snapshot(self, issue: Record, said: Sequence[Record]) -> Snapshot:
        """Build a case from an issue and all of its comments."""
        fields = issue["fields"]
        reporter = _account(fields.get("reporter"))
        talk = [m for m in self._messages(said, reporter) if self._shown(m)]
        status = self.status(fields["status"], fields.get("resolution"))
        severity = _value(fields.get(self.severity_field))
        told = [each.at for each in talk if each.side is Side.VENDOR]
        done = fields.get("resolutiondate")
        flagged = self.escalated_label in (fields.get("labels") or ())
        files = tuple(self.files(fields.get("attachment") or (), talk, reporter))
        case = Case(
            number=issue["key"],
            backend="jira",
            url=f"{self.url}/browse/{issue['key']}",
            subject=fields["summary"],
            description=plain(fields.get("description")),
            status=status,
            status_raw=fields["status"]["name"],
            waiting_on=waiting_on(status),
            severity=self.words.our_severity(severity) if severity else None,
            owner=(fields.get("assignee") or {}).get("displayName"),
            opened_at=parse_time(fields["created"]),
            updated_at=parse_time(fields["updated"]),
            vendor_updated_at=max(told, default=None),
            closed_at=parse_time(done) if done and status.ended else None,
            close_reason=outcome(status, talk)[1],
            resolution=(fields.get("resolution") or {}).get("name"),
            comments=tuple(comments(talk)),
            attachments=files,
            escalations=tuple(escalations(talk, escalated=flagged)),
        )
        case = self._with_fields(case, fields)
        own = (issue.get("properties") or {}).get(PROPERTY)
        return Snapshot(
            number=str(issue["key"]),
            version=version_of(case, fields["updated"]),
            case=case,
            key=str(own["key"]) if isinstance(own, dict) and "key" in own else None,
        )

    def _with_fields(self, case: Case, fields: Mapping[str, Any]) -> Case:
        for ours, theirs in self.words.fields.items():
            value = _value(fields.get(theirs))
            if value:
                case = with_fields(case, {ours: value})
        left = [
            each for each in fields.get("labels") or () if each != self.escalated_label
        ]
        if left:
            case = replace(case, fields={**case.fields, "labels": ", ".join(left)})
        return case

    def status(self, status: Record, resolution: Record | None = None) -> Status:
        """Translate a status by its name, else by its category."""
        category = (status.get("statusCategory") or {}).get("key") or ""
        usual = CATEGORIES.get(category, Status.OPEN)
        known = self.words.statuses.get(status["name"].lower(), usual)
        withdrawn = resolution and (resolution.get("name") or "").lower() in WITHDRAWN
        return Status.CANCELLED if known is Status.CLOSED and withdrawn else known

    def _messages(self, said: Sequence[Record], reporter: str) -> Iterator[Said]:
        for each in said:
            text, mark = parted(each.get("body"))
            author = each.get("author") or {}
            hidden = each.get("jsdPublic") is False or bool(each.get("visibility"))
            yield Said(
                id=str(each["id"]),
                at=parse_time(each["created"]),
                author=author.get("displayName") or "",
                text=text,
                side=self._side(author, reporter),
                internal=hidden,
                mark=mark,
            )

    def _shown(self, said: Said) -> bool:
        # An agent's account may be used as a customer's: it sees more than it should.
        return self.agent or not said.internal

    def _side(self, author: Record, reporter: str) -> Side:
        account = _account(author)
        mine = account == self.me and not self.agent
        portal = author.get("accountType") == "customer"
        customer = mine or portal or account == reporter
        return Side.CUSTOMER if customer else Side.VENDOR

    def files(
        self, there: Sequence[Record], talk: Sequence[Said], reporter: str
    ) -> Iterator[Attachment]:
        """Read attachments; one of ours is the first that fits its announcement."""
        waiting = list(announced(talk))
        for each in sorted(there, key=lambda one: int(one["id"])):
            author = each.get("author") or {}
            at = parse_time(each["created"])
            ours = next((one for one in waiting if _fits(one, each, author, at)), None)
            if ours:
                waiting.remove(ours)
            yield Attachment(
                id=str(each["id"]),
                at=at,
                author=author.get("displayName") or "",
                name=each["filename"],
                size=int(each["size"]),
                sha256=ours.sha256 if ours else None,
                side=self._side(author, reporter),
                note=ours.note if ours else None,
                key=ours.key if ours else None,
            )


def announced(talk: Sequence[Said]) -> Iterator[Announced]:
    """Read which files we said would come, in order."""
    for each in talk:
        note, _, about = each.text.rpartition("\n\n")
        found = _FILE.fullmatch(about) if each.kind == "attachment" else None
        if found and each.mark:
            yield Announced(
                each.mark.key,
                found[1],
                int(found[2]),
                found[3],
                note or None,
                each.author,
                each.at,
            )


def _fits(one: Announced, file: Record, author: Record, at: Any) -> bool:
    same = _letters(one.name) == _letters(file["filename"])
    ours = (author.get("displayName") or "") == one.author
    return same and ours and one.size == int(file["size"]) and at >= one.at


def _letters(name: str) -> str:
    # A server may write what a file's name must not hold in a way of its own.
    return re.sub(r"%22|%0D|%0A|[\W_]", "", name)


def mark_of(comment: Record) -> Mark | None:
    """Read the mark of a comment."""
    return parted(comment.get("body"))[1]


def _account(user: Record | None) -> str:
    return str((user or {}).get("accountId") or "")


def _value(found: Any) -> str | None:  # any field's value
    """Give a field's value as a text; of several the first."""
    if isinstance(found, list):
        found = found[0] if found else None
    if isinstance(found, dict):
        if found.get("type") == "doc":
            return plain(found)
        found = found.get("value") or found.get("name") or found.get("displayName")
    if isinstance(found, float) and found.is_integer():
        found = int(found)
    return None if found is None else str(found)
