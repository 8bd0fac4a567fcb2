"""Refs, drafts, our own marks and the trail."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from casecli.domain.case import Call, Case, Contact, Draft, Note, WaitingOn, Waiver
from casecli.domain.change import Open
from casecli.domain.errors import NotFound
from casecli.domain.ports import AuditEntry, Snapshot
from casecli.domain.query import CaseQuery

if TYPE_CHECKING:
    from pathlib import Path

    from casecli.store.sqlite import SqliteStore

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)
SEEN = Snapshot(
    number="4711",
    version="1",
    case=Case(subject="Disk full", updated_at=NOON, vendor_updated_at=NOON),
)


def test_a_draft_comes_back_as_it_was_saved(store: SqliteStore) -> None:
    draft = Draft(
        profile="acme",
        subject="Disk full",
        contact=Contact(name="Kim", available_24x7=False),
        answers={"when": "since Monday"},
        attach=("/var/log/app.log",),
        waivers=(Waiver(rule="R1", reason="agreed by phone"),),
        created_at=NOON,
    )

    saved = store.save_draft(draft)

    assert saved.ref == "L1"
    assert store.draft("L1") == saved


def test_drafts_are_read_newest_first(store: SqliteStore) -> None:
    first = store.save_draft(Draft(subject="one"))
    store.save_draft(Draft(subject="two"))
    store.save_draft(first)

    assert [draft.subject for draft in store.drafts()] == ["one", "two"]


def test_a_ref_is_never_given_twice(store: SqliteStore) -> None:
    store.save_draft(Draft())
    store.drop_draft("L1")
    store.save_draft(Draft(ref="L7"))

    assert store.take_in("acme", [SEEN], NOON) == ("L8",)
    assert store.new_ref() == "L9"
    assert store.save_draft(Draft()).ref == "L10"


def test_dropping_says_whether_there_was_a_draft(store: SqliteStore) -> None:
    store.save_draft(Draft())

    assert store.drop_draft("L1")
    assert not store.drop_draft("L1")
    assert not store.drop_draft("../x")
    assert store.draft("L1") is None


def test_marks_stay_through_what_the_vendor_sends(store: SqliteStore) -> None:
    store.take_in("acme", [SEEN], NOON)
    store.annotate("L1", tags=("b", "a b", "b"), note=Note(at=NOON, text="call Kim"))
    store.annotate("L1", snoozed_until=LATER, todos=("attach logs",))

    store.take_in("acme", [SEEN], LATER)

    case = store.case("L1")
    assert case is not None
    assert case.tags == ("a b", "b")
    assert [note.text for note in case.notes] == ["call Kim"]
    assert (case.snoozed_until, case.todos) == (LATER, ("attach logs",))
    (row,) = store.rows(CaseQuery())
    assert row["tags"] == ["a b", "b"]
    assert row["snoozed_until"] == "2026-03-01T12:05:00Z"


def test_calls_are_kept_in_order_and_found_by_what_was_said(store: SqliteStore) -> None:
    store.take_in("acme", [SEEN], NOON)
    store.annotate("L1", call=Call(at=NOON, text="they want the core dump"))
    store.annotate("L1", call=Call(at=LATER, text="sent the ftp address"))

    store.take_in("acme", [replace(SEEN, version="2")], LATER)

    case = store.case("L1")
    assert case is not None
    assert [call.text for call in case.calls] == [
        "they want the core dump",
        "sent the ftp address",
    ]
    assert [row["ref"] for row in store.search(["core dump"], 5)] == ["L1"]


def test_snoozed_cases_are_left_out_and_counted_until_their_time(
    store: SqliteStore,
) -> None:
    waiting = replace(SEEN.case, waiting_on=WaitingOn.CUSTOMER)
    store.take_in("acme", [replace(SEEN, case=waiting)], NOON)
    store.annotate("L1", snoozed_until=LATER)

    assert store.rows(CaseQuery(awake_at=NOON)) == []
    assert store.snoozed("acme", NOON) == 1
    assert len(store.rows(CaseQuery(awake_at=LATER))) == 1
    assert store.snoozed("acme", LATER) == 0
    assert store.snoozed("other", NOON) == 0


def test_cases_with_to_dos_are_found(store: SqliteStore) -> None:
    store.take_in("acme", [SEEN, replace(SEEN, number="4712")], NOON)
    store.annotate("L1", todos=("attach logs",))
    store.annotate("L2", todos=())

    (row,) = store.todo_rows("acme")

    assert (row["ref"], row["todos"]) == ("L1", ["attach logs"])
    assert store.todo_rows("other") == []


def test_a_list_of_drafts_shows_what_they_are_about(store: SqliteStore) -> None:
    store.save_draft(Draft(profile="acme", about="L7", subject="s", updated_at=NOON))

    assert store.draft_rows() == [
        {
            "ref": "L1",
            "profile": "acme",
            "about": "L7",
            "subject": "s",
            "updated_at": "2026-03-01T12:00:00Z",
            "error": None,
        }
    ]


def test_marks_can_be_cleared(store: SqliteStore) -> None:
    store.take_in("acme", [SEEN], NOON)
    store.annotate("L1", tags=("a",), todos=("attach logs",))

    store.annotate("L1", tags=(), todos=())

    case = store.case("L1")
    assert case is not None
    assert (case.tags, case.todos) == ((), ())


def test_a_case_is_unread_until_seen_after_the_vendors_last_word(
    store: SqliteStore,
) -> None:
    store.take_in("acme", [SEEN], NOON)
    assert len(store.rows(CaseQuery(unread=True))) == 1

    store.annotate("L1", seen_at=NOON)

    assert store.rows(CaseQuery(unread=True)) == []


def test_only_what_exists_can_be_marked(store: SqliteStore) -> None:
    with pytest.raises(NotFound):
        store.annotate("L1", tags=("a",))
    with pytest.raises(NotFound):
        store.annotate("4711", tags=("a",))


def test_marks_of_a_draft_go_over_to_its_case(store: SqliteStore) -> None:
    store.save_draft(Draft(ref="L1"))

    store.annotate("L1", tags=("a",))
    store.record([Open(key="k", case="L1", at=NOON, subject="x")], "acme", NOON)

    case = store.case("L1")
    assert case is not None
    assert case.tags == ("a",)


ENTRY = AuditEntry(
    at=NOON,
    profile="acme",
    case="L1",
    number=None,
    change="open-1",
    kind="open",
    destination="https://desk.example.com",
    sha256="ab" * 32,
    bytes=120,
    findings={"email": 2},
    waivers={"R1": "agreed"},
)


def test_the_trail_is_read_by_time_and_case(store: SqliteStore) -> None:
    store.audit(ENTRY)

    assert store.audited(None, None) == (ENTRY,)
    assert store.audited(NOON, "L1") == (ENTRY,)
    assert store.audited(LATER, None) == ()
    assert store.audited(None, "L2") == ()


@pytest.mark.parametrize("statement", ["DELETE FROM audit", "UPDATE audit SET at = ''"])
def test_nothing_is_taken_out_of_the_trail(
    store: SqliteStore, path: Path, statement: str
) -> None:
    store.audit(ENTRY)
    other = sqlite3.connect(path)

    with pytest.raises(sqlite3.IntegrityError, match="append only"):
        other.execute(statement)

    other.close()
