"""What is done in a transaction is done as a whole, or not at all."""

from __future__ import annotations

import sqlite3

import pytest

from casecli.transactions import transaction


def a_database() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("CREATE TABLE note(text TEXT)")
    return db


def note_and_fail(db: sqlite3.Connection) -> None:
    db.execute("INSERT INTO note VALUES('lost')")
    raise KeyboardInterrupt


def fail_on_a_full_disk(db: sqlite3.Connection) -> None:
    db.execute("ROLLBACK")
    raise OSError("disk full")


def test_what_was_done_stays() -> None:
    db = a_database()

    with transaction(db):
        db.execute("INSERT INTO note VALUES('kept')")

    assert not db.in_transaction
    assert db.execute("SELECT text FROM note").fetchall() == [("kept",)]


def test_an_error_undoes_all_and_is_told() -> None:
    db = a_database()

    with pytest.raises(KeyboardInterrupt), transaction(db):
        note_and_fail(db)

    assert not db.in_transaction
    assert db.execute("SELECT text FROM note").fetchall() == []


def test_an_error_that_undid_it_already_is_told_as_it_is() -> None:
    db = a_database()

    with pytest.raises(OSError, match="disk full"), transaction(db):
        fail_on_a_full_disk(db)
