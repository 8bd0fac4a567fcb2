"""What GitHub's issues, labels and comments say about a case."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from casecli.backends.tracker_talk import (
    MARK,
    Mark,
    Said,
    comments,
    escalations,
    outcome,
    waiting_on,
)
from casecli.backends.tracker_versions import version_of
from casecli.domain.calendar import parse_time
from casecli.domain.case import Case, Side, Status
from casecli.domain.folding import with_fields
from casecli.domain.ports import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from casecli.backends.tracker_settings import Words

Record = dict[str, Any]  # a decoded JSON object of GitHub's; read under `understood`

# Labels people use for the states GitHub has none for; `map.status.LABEL` adds more.
LABELS = {
    "waiting on customer": Status.WAITING_ON_CUSTOMER,
    "waiting for customer": Status.WAITING_ON_CUSTOMER,
    "needs info": Status.WAITING_ON_CUSTOMER,
    "needs-info": Status.WAITING_ON_CUSTOMER,
    "in progress": Status.IN_PROGRESS,
    "in-progress": Status.IN_PROGRESS,
}
STAFF = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
_MARKED = re.compile(rf"(?:\A|\n\n)<!-- {MARK} -->\s*\Z")


def marked(text: str, mark: Mark) -> str:
    """Put a mark under a text where people who read the page do not see it."""
    return f"{text}\n\n<!-- {mark} -->"


def unmarked(body: str | None) -> tuple[str, Mark | None]:
    """Part a body into its text and our mark; what a browser wrote has CRLF."""
    text = (body or "").replace("\r\n", "\n")
    found = _MARKED.search(text)
    if found is None:
        return text, None
    return text[: found.start()], Mark(found[1], found[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Who reads, and by which words."""

    me: str
    agent: bool
    words: Words
    severity_label: str
    escalated_label: str

    def snapshot(
        self, issue: Record, said: Iterable[Record], etag: str = ""
    ) -> Snapshot:
        """Build a case from an issue and all of its comments."""
        opener = login(issue["user"])
        talk = [self._said(each, opener) for each in said]
        labels = names(issue)
        description, mark = unmarked(issue.get("body"))
        status = self._status(issue, labels)
        told = [each.at for each in talk if each.side is Side.VENDOR]
        flagged = self.escalated_label in labels
        case = Case(
            number=str(issue["number"]),
            backend="github",
            url=issue["html_url"],
            subject=issue["title"],
            description=description,
            status=status,
            status_raw=": ".join(
                filter(None, (issue["state"], issue.get("state_reason")))
            ),
            waiting_on=waiting_on(status),
            severity=next(filter(None, map(self.severity, labels)), None),
            owner=login(issue["assignee"]) if issue.get("assignee") else None,
            opened_at=parse_time(issue["created_at"]),
            updated_at=parse_time(issue["updated_at"]),
            vendor_updated_at=max(told, default=None),
            closed_at=parse_time(issue["closed_at"]) if status.ended else None,
            close_reason=outcome(status, talk)[1],
            comments=tuple(comments(talk)),
            escalations=tuple(escalations(talk, escalated=flagged)),
        )
        case = self._with_labels(case, labels)
        version = version_of(case, issue["updated_at"])
        return Snapshot(
            number=str(issue["number"]),
            version=f"{version}.{etag}" if etag else version,
            case=case,
            key=mark.key if mark and mark.kind == "open" else None,
        )

    def _with_labels(self, case: Case, labels: Sequence[str]) -> Case:
        left = []
        for label in labels:
            ours = self.field_of(label)
            if ours is not None:
                case = with_fields(case, {ours[0]: ours[1]})
            elif label != self.escalated_label and self.severity(label) is None:
                left.append(label)
        if left:
            case = replace(case, fields={**case.fields, "labels": ", ".join(left)})
        return case

    def severity(self, label: str) -> str | None:
        """Read a label as a severity of ours; None if it is about something else."""
        ours = self.words.our_severity(label)
        if ours != label:
            return ours
        prefix = self.severity_label
        return label.removeprefix(prefix) if label.startswith(prefix) else None

    def severity_as_label(self, ours: str) -> str:
        """Write a severity as a label."""
        theirs = self.words.their_severity(ours)
        return theirs if theirs != ours else f"{self.severity_label}{ours}"

    def field_of(self, label: str) -> tuple[str, str] | None:
        """Read a label as a field of ours and its value."""
        for name, prefix in self.words.fields.items():
            if label.startswith(prefix):
                return name, label.removeprefix(prefix)
        return None

    def labels_for(
        self, fields: Mapping[str, str], severity: str | None
    ) -> tuple[list[str], dict[str, str]]:
        """Give the labels that say these fields, and why the rest is left out."""
        prefixes = self.words.fields
        kept = [f"{prefixes[k]}{v}" for k, v in fields.items() if k in prefixes]
        why = "GitHub issues have no field for it; --set field.ID=PREFIX makes a label"
        ignored = {name: why for name in fields if name not in prefixes}
        if severity:
            kept.append(self.severity_as_label(severity))
        return kept, ignored

    def _status(self, issue: Record, labels: Iterable[str]) -> Status:
        if issue["state"] == "closed":
            withdrawn = issue.get("state_reason") == "not_planned"
            return Status.CANCELLED if withdrawn else Status.CLOSED
        known = self.words.statuses
        return next(
            (known[each.lower()] for each in labels if each.lower() in known),
            Status.OPEN,
        )

    def _said(self, item: Record, opener: str) -> Said:
        author = login(item["user"])
        text, mark = unmarked(item.get("body"))
        customer = author == opener or (author == self.me and not self.agent)
        staff = item.get("author_association") in STAFF or author == self.me
        return Said(
            id=str(item["id"]),
            at=parse_time(item["created_at"]),
            author=author,
            text=text,
            side=Side.VENDOR if staff and not customer else Side.CUSTOMER,
            mark=mark,
        )


def login(user: Record | None) -> str:
    """Give a name; whoever left GitHub is `ghost` there too."""
    return user["login"] if user else "ghost"


def names(issue: Record) -> list[str]:
    """Give the names of an issue's labels."""
    return [
        each if isinstance(each, str) else each.get("name") or ""
        for each in issue["labels"]
    ]
