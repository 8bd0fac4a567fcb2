"""The facts a condition may read: one table, which also makes the reference page."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(StrEnum):
    """The CEL type of a variable."""

    STRING = "string"
    BOOL = "bool"
    INT = "int"
    TIMESTAMP = "timestamp"
    STRINGS = "list(string)"
    TABLE = "map(string, string)"


class Variable(NamedTuple):
    """A fact conditions may read; unknown facts are absent, never null."""

    kind: Kind
    meaning: str


VARIABLES: Mapping[str, Variable] = {
    "action": Variable(Kind.STRING, "the verb being judged: open, comment, upload, …"),
    "now": Variable(Kind.TIMESTAMP, "the moment of judging"),
    "actor.name": Variable(Kind.STRING, "who asks, as the vendor knows them"),
    "actor.role": Variable(Kind.STRING, "who asks, by the policy's role id"),
    "actor.level": Variable(Kind.STRING, "support level of the contract"),
    "actor.services": Variable(
        Kind.STRINGS, "services of the level, its add-ons and those the profile names"
    ),
    "actor.installed": Variable(Kind.STRINGS, "tools of the vendor that are in use"),
    "actor.company": Variable(Kind.STRING, "the company that asks"),
    "actor.entitlement": Variable(Kind.STRING, "verified, unverified or expired"),
    "case.exists": Variable(Kind.BOOL, "there is a case already"),
    "case.number": Variable(Kind.STRING, "the vendor's number"),
    "case.numbered": Variable(Kind.BOOL, "the vendor has given a number"),
    "case.type": Variable(Kind.STRING, "case type"),
    "case.status": Variable(Kind.STRING, "our word for where it stands"),
    "case.ended": Variable(Kind.BOOL, "closed or cancelled"),
    "case.waiting_on": Variable(Kind.STRING, "whose move it is"),
    "case.open_items": Variable(
        Kind.INT, "things the vendor asked for and nobody has done"
    ),
    "case.unread": Variable(Kind.BOOL, "the newest comment is the vendor's"),
    "case.company": Variable(Kind.STRING, "the company the case belongs to"),
    "case.contact": Variable(Kind.STRING, "the person to reach, by name or address"),
    "case.severity": Variable(Kind.STRING, "severity id"),
    "case.severity_rank": Variable(Kind.INT, "1 is the worst"),
    "case.severity_agreed": Variable(Kind.STRING, "severity both sides agreed on"),
    "case.severity_agreed_rank": Variable(Kind.INT, "its rank, 1 is the worst"),
    "case.impact": Variable(Kind.STRING, "business impact in words"),
    "case.milestone": Variable(Kind.TIMESTAMP, "milestone at risk"),
    "case.environment": Variable(Kind.STRING, "environment type"),
    "case.deployment": Variable(Kind.STRING, "cloud, premise, …"),
    "case.product": Variable(Kind.STRING, "product name"),
    "case.workaround": Variable(Kind.BOOL, "a workaround is known"),
    "case.workaround_practical": Variable(Kind.BOOL, "it can be lived with"),
    "case.opened_at": Variable(Kind.TIMESTAMP, "when it was opened"),
    "case.updated_at": Variable(Kind.TIMESTAMP, "last change by anybody"),
    "case.vendor_updated_at": Variable(Kind.TIMESTAMP, "last change by the vendor"),
    "case.stale_at": Variable(
        Kind.TIMESTAMP, "when the vendor's silence becomes a ground to escalate"
    ),
    "case.closed_at": Variable(Kind.TIMESTAMP, "when it was closed"),
    "case.rca_requested_at": Variable(Kind.TIMESTAMP, "root cause analysis asked for"),
    "case.rca_days": Variable(
        Kind.INT, "business days the analysis may take, by deployment"
    ),
    "case.escalated": Variable(Kind.BOOL, "an escalation is live"),
    "case.escalation_state": Variable(Kind.STRING, "state of the newest escalation"),
    "case.fields": Variable(Kind.TABLE, "the vendor's own fields"),
    "request.channel": Variable(Kind.STRING, "portal, phone, email, web, chat"),
    "request.subject": Variable(Kind.STRING, "subject asked for"),
    "request.description": Variable(Kind.STRING, "description asked for"),
    "request.text": Variable(Kind.STRING, "comment, details or agreement"),
    "request.type": Variable(Kind.STRING, "case type asked for"),
    "request.severity": Variable(Kind.STRING, "severity asked for"),
    "request.severity_rank": Variable(Kind.INT, "its rank, 1 is the worst"),
    "request.impact": Variable(Kind.STRING, "business impact in words"),
    "request.impact_words": Variable(Kind.INT, "how many words that is"),
    "request.impact_answers": Variable(Kind.TABLE, "answers to the impact questions"),
    "request.answers": Variable(Kind.TABLE, "answers to checklist and confirmations"),
    "request.fields": Variable(Kind.TABLE, "fields by flat id, choices by theirs"),
    "request.relationship": Variable(
        Kind.STRING, "direct or indirect, by the accounts or else the contract"
    ),
    "request.feed": Variable(Kind.STRING, "case or escalation"),
    "request.reason": Variable(Kind.STRING, "reason or ground"),
    "request.outcome": Variable(Kind.STRING, "what an escalation should bring about"),
    "request.files": Variable(Kind.INT, "number of attachments"),
    "request.largest_file": Variable(Kind.INT, "bytes of the largest attachment"),
    "request.follows": Variable(Kind.STRING, "the case this one continues"),
    "request.contact": Variable(Kind.STRING, "the person to reach; else who asks"),
    "request.contact_24x7": Variable(Kind.BOOL, "the contact is available at any time"),
}
