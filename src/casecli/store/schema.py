"""The tables, and how a file of an earlier version becomes one of this version.

Refs stand as their number: 12 for `L12`. Times are `columns.stamp`. What is disposable:
snapshot, view and prose can be pulled and computed again. Nothing else can.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from casecli.transactions import transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    Step = str | Callable[[sqlite3.Connection], object]

APPLICATION_ID = 0x43415345  # "CASE"

_FIRST = """
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

INSERT INTO counter VALUES ('ref', 0);

CREATE TABLE draft (
  ref INTEGER PRIMARY KEY,
  profile TEXT NOT NULL,
  json TEXT NOT NULL,
  saved INTEGER NOT NULL
);

CREATE TABLE cases (
  ref INTEGER PRIMARY KEY,
  profile TEXT NOT NULL,
  number TEXT,
  same_as INTEGER REFERENCES cases (ref),
  UNIQUE (profile, number)
);

CREATE INDEX cases_number ON cases (number) WHERE number IS NOT NULL;

CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  ref INTEGER NOT NULL REFERENCES cases (ref),
  profile TEXT NOT NULL,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  digest TEXT NOT NULL,
  intent TEXT,
  state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'unknown', 'delivered',
    'rejected', 'conflict', 'needs-human', 'dropped')),
  folds INTEGER NOT NULL DEFAULT 1 CHECK (folds IN (0, 1)),
  attempts INTEGER NOT NULL DEFAULT 0,
  first_sent TEXT,
  last_sent TEXT,
  not_before TEXT,
  error TEXT,
  receipt TEXT,
  recorded_at TEXT NOT NULL
);

CREATE INDEX outbox_case ON outbox (ref, seq);

CREATE INDEX outbox_state ON outbox (state, profile);

CREATE TABLE attempt (
  seq INTEGER NOT NULL REFERENCES outbox (seq),
  n INTEGER NOT NULL,
  started TEXT NOT NULL,
  ended TEXT,
  outcome TEXT,
  error TEXT,
  PRIMARY KEY (seq, n)
) WITHOUT ROWID;

CREATE TABLE lease (
  ref INTEGER PRIMARY KEY,
  pid INTEGER NOT NULL,
  started TEXT NOT NULL,
  boot TEXT NOT NULL,
  until TEXT NOT NULL
);

CREATE TABLE snapshot (
  ref INTEGER PRIMARY KEY REFERENCES cases (ref),
  version TEXT NOT NULL,
  json TEXT NOT NULL,
  taken_at TEXT NOT NULL
);

CREATE TABLE cursor (
  profile TEXT PRIMARY KEY,
  cursor TEXT NOT NULL,
  pulled_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE mark (
  ref INTEGER PRIMARY KEY,
  snoozed_until TEXT,
  seen_at TEXT,
  todos TEXT NOT NULL DEFAULT '[]'
);

CREATE TABLE tag (
  ref INTEGER NOT NULL,
  tag TEXT NOT NULL,
  PRIMARY KEY (ref, tag)
) WITHOUT ROWID;

CREATE INDEX tag_name ON tag (tag, ref);

CREATE TABLE note (
  id INTEGER PRIMARY KEY,
  ref INTEGER NOT NULL,
  at TEXT NOT NULL,
  text TEXT NOT NULL
);

CREATE INDEX note_case ON note (ref, id);

CREATE TABLE view (
  ref INTEGER PRIMARY KEY,
  profile TEXT NOT NULL,
  number TEXT,
  backend TEXT NOT NULL,
  url TEXT,
  type TEXT,
  subtype TEXT,
  subject TEXT NOT NULL,
  status TEXT NOT NULL,
  status_raw TEXT,
  waiting_on TEXT NOT NULL,
  severity TEXT,
  owner TEXT,
  assignee TEXT,
  contact TEXT,
  opened_at TEXT,
  updated_at TEXT,
  vendor_updated_at TEXT,
  closed_at TEXT,
  snoozed_until TEXT,
  due_at TEXT,
  due_kind TEXT,
  escalated INTEGER NOT NULL,
  unread INTEGER NOT NULL,
  pending INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  tags TEXT NOT NULL,
  fields TEXT NOT NULL
);

CREATE INDEX view_active ON view (updated_at) WHERE ended = 0;

CREATE INDEX view_profile_active ON view (profile, updated_at) WHERE ended = 0;

CREATE INDEX view_updated ON view (updated_at);

CREATE INDEX view_profile ON view (profile, updated_at);

CREATE INDEX view_opened ON view (opened_at);

CREATE INDEX view_closed ON view (closed_at);

CREATE INDEX view_due ON view (due_at IS NULL, due_at) WHERE ended = 0;

CREATE INDEX view_owner ON view (owner, updated_at);

CREATE INDEX view_contact ON view (contact, updated_at);

CREATE INDEX view_unread ON view (updated_at) WHERE unread = 1;

CREATE INDEX view_escalated ON view (updated_at) WHERE escalated = 1;

CREATE TABLE tally (
  profile TEXT NOT NULL,
  status TEXT NOT NULL,
  waiting_on TEXT NOT NULL,
  unread INTEGER NOT NULL,
  escalated INTEGER NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (profile, status, waiting_on, unread, escalated)
) WITHOUT ROWID;

CREATE TRIGGER tally_more AFTER INSERT ON view
BEGIN
  INSERT INTO tally
  VALUES (new.profile, new.status, new.waiting_on, new.unread, new.escalated, 1)
  ON CONFLICT DO UPDATE SET n = n + 1;
END;

CREATE TRIGGER tally_less AFTER DELETE ON view
BEGIN
  UPDATE tally SET n = n - 1 WHERE profile = old.profile AND status = old.status
  AND waiting_on = old.waiting_on AND unread = old.unread
  AND escalated = old.escalated;
END;

CREATE TRIGGER tally_other AFTER UPDATE ON view
BEGIN
  UPDATE tally SET n = n - 1 WHERE profile = old.profile AND status = old.status
  AND waiting_on = old.waiting_on AND unread = old.unread
  AND escalated = old.escalated;
  INSERT INTO tally
  VALUES (new.profile, new.status, new.waiting_on, new.unread, new.escalated, 1)
  ON CONFLICT DO UPDATE SET n = n + 1;
END;

CREATE VIRTUAL TABLE prose USING fts5 (
  subject, description, comments, attachments, other, tokenize = 'unicode61'
);

CREATE TABLE event (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  ref INTEGER NOT NULL,
  number TEXT,
  profile TEXT NOT NULL,
  kind TEXT NOT NULL,
  data TEXT NOT NULL
);

CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  ref TEXT NOT NULL,
  json TEXT NOT NULL
);

CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
BEGIN SELECT RAISE (ABORT, 'the trail is append only'); END;

CREATE TRIGGER audit_remains BEFORE DELETE ON audit
BEGIN SELECT RAISE (ABORT, 'the trail is append only'); END
"""

_CALLS = (
    """
CREATE TABLE call (
  id INTEGER PRIMARY KEY,
  ref INTEGER NOT NULL,
  at TEXT NOT NULL,
  text TEXT NOT NULL
)
""",
    "CREATE INDEX call_case ON call (ref, id)",
    "ALTER TABLE mark ADD COLUMN assignee TEXT",
)

UPGRADES: tuple[Sequence[Step], ...] = (tuple(_FIRST.split(";\n\n")), _CALLS)
"""What makes version n+1 out of n, one statement or function a step; append only."""


def version_of(conn: sqlite3.Connection) -> tuple[int, int]:
    """Read the application id and the schema version."""
    application = conn.execute("PRAGMA application_id").fetchone()[0]
    version = conn.execute("PRAGMA user_version").fetchone()[0]
    return int(application), int(version)


def apply_upgrades(
    conn: sqlite3.Connection, upgrades: Sequence[Sequence[Step]]
) -> None:
    """Bring the schema to `len(upgrades)` in one transaction, or leave it as it is."""
    with transaction(conn):
        for steps in upgrades[version_of(conn)[1] :]:
            for step in steps:
                if isinstance(step, str):
                    conn.execute(step)
                else:
                    step(conn)
        conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        conn.execute(f"PRAGMA user_version = {len(upgrades)}")
