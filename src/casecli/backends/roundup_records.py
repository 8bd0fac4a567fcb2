"""What Roundup's items are made of, and where they hold our keys.

The key of a change is part of the message-id, which people only see in a mail's head.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from casecli.backends.tracker_talk import Mark

Record = dict[str, Any]  # a decoded JSON object of Roundup's; read under `understood`
ISSUE = "title,status,priority,assignedto,messages,files,creator,creation,activity,nosy"
MESSAGE = "author,creator,creation,messageid,files,content"
FILE = "name,type,creator,creation"
# What every issue of Roundup's templates has, or Roundup itself gives it.
USUAL = frozenset({*ISSUE.split(","), "actor", "id", "keyword", "superseder"})
PERSON = "username,organisation,timezone"
BYTES = {"Accept": "application/octet-stream"}
EMPTY = hashlib.sha256().hexdigest()
# Roundup keeps no empty file: this goes in its place.
STAND_IN = b"\n"
_MESSAGE_ID = re.compile(r"<casecli\.(.+)\.([a-z-]+)@casecli\.invalid>")


class Seen(NamedTuple):
    """An issue as just read, with the ETag every write needs."""

    record: Record
    etag: str

    def ids(self, name: str) -> list[str]:
        """Give the numbers behind a multilink."""
        return ids_of(self.record, name)


def message_id(key: str, kind: str) -> str:
    """Write the message-id by which a message of ours is found again."""
    return f"<casecli.{quote(key, safe='')}.{kind}@casecli.invalid>"


def marked(text: str | None) -> Mark | None:
    """Read the mark in a message-id; None where it is not ours."""
    found = _MESSAGE_ID.fullmatch((text or "").strip())
    return Mark(unquote(found[1]), found[2]) if found else None


def people_of(record: Record) -> tuple[str, ...]:
    """Give the numbers of the accounts an item names."""
    found = (id_of(record, name) for name in ("author", "creator", "assignedto"))
    return tuple(each for each in found if each)


def id_of(record: Record, name: str) -> str:
    """Give the number behind a link, empty where there is none."""
    link = record.get(name)
    return str(link["id"]) if link else ""


def ids_of(record: Record, name: str) -> list[str]:
    """Give the numbers behind a multilink."""
    return [str(each["id"]) for each in record.get(name) or ()]


def time_of(text: str) -> datetime:
    """Read `2026-11-21.19:00:00`, which is UTC."""
    return datetime.strptime(text, "%Y-%m-%d.%H:%M:%S").replace(tzinfo=UTC)
