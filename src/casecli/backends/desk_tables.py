"""The desk's tables; the only place where databases may differ is `*_TYPES`.

Events are numbered from a counter row, not from an identity column: the row stays
locked until commit, so no lower number can appear after a higher one was read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

APPLICATION_ID = 0x43534453  # "CSDS"
VERSION = 1
SQLITE_TYPES: Mapping[str, str] = {"bytes": "BLOB"}
POSTGRES_TYPES: Mapping[str, str] = {"bytes": "BYTEA"}

_TABLES = (
    """CREATE TABLE counter (
        name TEXT PRIMARY KEY,
        value BIGINT NOT NULL)""",
    """CREATE TABLE account (
        name TEXT PRIMARY KEY)""",
    """CREATE TABLE person (
        account TEXT NOT NULL REFERENCES account (name),
        name TEXT NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('customer', 'read-only', 'agent')),
        email TEXT,
        PRIMARY KEY (account, name, role))""",
    """CREATE TABLE contact (
        account TEXT NOT NULL REFERENCES account (name),
        name TEXT NOT NULL,
        email TEXT,
        phone TEXT,
        PRIMARY KEY (account, name))""",
    """CREATE TABLE support_case (
        number TEXT PRIMARY KEY,
        account TEXT NOT NULL REFERENCES account (name),
        key TEXT NOT NULL UNIQUE,
        status TEXT NOT NULL,
        owner TEXT,
        updated_at TEXT NOT NULL,
        version BIGINT NOT NULL,
        edited BIGINT NOT NULL,
        body TEXT NOT NULL)""",
    "CREATE UNIQUE INDEX case_version ON support_case (version)",
    "CREATE INDEX case_account ON support_case (account, version)",
    """CREATE TABLE comment (
        id TEXT PRIMARY KEY,
        number TEXT NOT NULL REFERENCES support_case (number),
        seq BIGINT NOT NULL,
        at TEXT NOT NULL,
        author TEXT NOT NULL,
        side TEXT NOT NULL,
        feed TEXT NOT NULL,
        visibility TEXT NOT NULL,
        body TEXT NOT NULL,
        key TEXT UNIQUE)""",
    "CREATE INDEX comment_case ON comment (number, seq)",
    """CREATE TABLE attachment (
        id TEXT PRIMARY KEY,
        number TEXT NOT NULL REFERENCES support_case (number),
        seq BIGINT NOT NULL,
        key TEXT UNIQUE,
        body TEXT NOT NULL)""",
    "CREATE INDEX attachment_case ON attachment (number, seq)",
    """CREATE TABLE attachment_chunk (
        attachment TEXT NOT NULL
            REFERENCES attachment (id) DEFERRABLE INITIALLY DEFERRED,
        n INTEGER NOT NULL,
        content {bytes} NOT NULL,
        PRIMARY KEY (attachment, n))""",
    """CREATE TABLE escalation (
        id TEXT PRIMARY KEY,
        number TEXT NOT NULL REFERENCES support_case (number),
        seq BIGINT NOT NULL,
        state TEXT NOT NULL,
        key TEXT UNIQUE,
        body TEXT NOT NULL)""",
    "CREATE INDEX escalation_case ON escalation (number, seq)",
    """CREATE UNIQUE INDEX one_live_escalation ON escalation (number)
        WHERE state IN ('requested', 'under-review', 'active')""",
    """CREATE TABLE event (
        seq BIGINT PRIMARY KEY,
        number TEXT NOT NULL REFERENCES support_case (number),
        at TEXT NOT NULL,
        actor TEXT NOT NULL,
        kind TEXT NOT NULL,
        data TEXT NOT NULL)""",
    "CREATE INDEX event_case ON event (number, seq)",
    """CREATE TABLE delivery (
        key TEXT PRIMARY KEY,
        account TEXT NOT NULL REFERENCES account (name),
        number TEXT NOT NULL REFERENCES support_case (number),
        kind TEXT NOT NULL,
        receipt TEXT NOT NULL)""",
    "INSERT INTO counter (name, value) VALUES ('case', 1000)",
    "INSERT INTO counter (name, value) VALUES ('event', 0)",
)


def statements(types: Mapping[str, str]) -> tuple[str, ...]:
    """Give what creates an empty desk, in order, in a database's own types."""
    return tuple(each.replace("{bytes}", types["bytes"]) for each in _TABLES)
