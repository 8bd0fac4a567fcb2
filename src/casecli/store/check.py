"""What `doctor` looks for in the file; SQLite's own check misses lost rows."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from casecli.store.codec import digest

if TYPE_CHECKING:
    from collections.abc import Iterator

# each selects what must not be there
_INVARIANTS = (
    (
        "change {0} is delivered without a receipt",
        "SELECT key FROM outbox WHERE state = 'delivered' AND receipt IS NULL",
    ),
    (
        "change {0} was sent without an attempt",
        (
            "SELECT key FROM outbox WHERE attempts > "
            "(SELECT count(*) FROM attempt WHERE attempt.seq = outbox.seq)"
        ),
    ),
    (
        "change {0} is settled as failed and still shown",
        "SELECT key FROM outbox WHERE state IN ('rejected', 'dropped') AND folds",
    ),
    (
        "case L{0} has a snapshot and no row to list",
        "SELECT ref FROM snapshot WHERE ref NOT IN (SELECT ref FROM view)",
    ),
    (
        "case L{0} is listed and is no case",
        "SELECT ref FROM view WHERE ref NOT IN (SELECT ref FROM cases)",
    ),
    (
        "case L{0} is listed and cannot be searched",
        "SELECT ref FROM view WHERE ref NOT IN (SELECT rowid FROM prose)",
    ),
    (
        "the count of {0} cases is wrong",
        (
            "SELECT status FROM (SELECT status, n FROM tally UNION ALL "
            "SELECT status, -1 FROM view) GROUP BY status HAVING sum(n) <> 0"
        ),
    ),
    (
        "ref L{0} would be given again",
        (
            "SELECT max(ref) FROM (SELECT ref FROM cases UNION SELECT ref FROM draft) "
            "HAVING max(ref) > (SELECT value FROM counter WHERE name = 'ref')"
        ),
    ),
)


def problems(conn: sqlite3.Connection) -> list[str]:
    """Name everything wrong with the file; nothing if it is sound."""
    try:
        return [
            *_damage(conn),
            *_dangling(conn),
            *_changed(conn),
            *_broken(conn),
        ]
    except sqlite3.DatabaseError as error:
        return [f"the file cannot be read to its end: {error}"]


def _damage(conn: sqlite3.Connection) -> Iterator[str]:
    found = [row[0] for row in conn.execute("PRAGMA quick_check")]
    found += [row[0] for row in conn.execute("PRAGMA integrity_check")]
    yield from (each for each in dict.fromkeys(found) if each != "ok")


def _dangling(conn: sqlite3.Connection) -> Iterator[str]:
    for row in conn.execute("PRAGMA foreign_key_check"):
        yield f"row {row[1]} of {row[0]} points to a {row[2]} that is gone"


def _changed(conn: sqlite3.Connection) -> Iterator[str]:
    for row in conn.execute("SELECT key, payload, digest FROM outbox"):
        if digest(row["payload"]) != row["digest"]:
            yield f"change {row['key']} is not what was recorded"


def _broken(conn: sqlite3.Connection) -> Iterator[str]:
    for sentence, query in _INVARIANTS:
        for row in conn.execute(query):
            yield sentence.format(row[0])
