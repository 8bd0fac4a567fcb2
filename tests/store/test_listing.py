"""Filters, order, search, counts and the ways to name a case."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casecli.domain.case import (
    Attachment,
    Case,
    Comment,
    Contact,
    Draft,
    Escalation,
    EscalationState,
    Product,
    Status,
    WaitingOn,
)
from casecli.domain.change import AddComment, Open
from casecli.domain.errors import BadInput
from casecli.domain.ports import Snapshot
from casecli.domain.query import CaseQuery
from casecli.store.listing import COLUMNS

if TYPE_CHECKING:
    from pathlib import Path

    from casecli.store.sqlite import SqliteStore

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DISK = Case(
    subject="Disk full",
    description="The media server runs full within a day",
    status=Status.OPEN,
    severity="high",
    owner="Sam",
    type="problem",
    contact=Contact(name="Kim", email="kim@example.com"),
    product=Product(release="9.1"),
    fields={"queue": "north"},
    opened_at=NOON - 3 * HOUR,
    updated_at=NOON,
    vendor_updated_at=NOON,
    comments=(
        Comment(id="1", at=NOON, author="Sam", text="connection refused by peer"),
    ),
)
LOGIN = Case(
    subject="Login fails",
    status=Status.WAITING_ON_CUSTOMER,
    waiting_on=WaitingOn.CUSTOMER,
    severity="low",
    opened_at=NOON - 2 * HOUR,
    updated_at=NOON + HOUR,
    attachments=(Attachment(id="1", at=NOON, author="me", name="trace.log", size=1),),
    escalations=(Escalation(id="1", state=EscalationState.ACTIVE, requested_at=NOON),),
)
DONE = Case(
    subject="Disk slow",
    status=Status.CLOSED,
    waiting_on=WaitingOn.NOBODY,
    opened_at=NOON - HOUR,
    updated_at=NOON + 2 * HOUR,
    closed_at=NOON + 2 * HOUR,
)


@pytest.fixture
def filled(store: SqliteStore) -> SqliteStore:
    """Hold DISK as L1 (acme 1), LOGIN as L2 (acme 2), DONE as L3 (other 1)."""
    store.take_in(
        "acme",
        [
            Snapshot(number="1", version="1", case=DISK),
            Snapshot(number="2", version="1", case=LOGIN),
        ],
        NOON,
    )
    store.take_in("other", [Snapshot(number="1", version="1", case=DONE)], NOON)
    store.annotate("L1", tags=("red", "blue"))
    return store


def refs(store: SqliteStore, query: CaseQuery) -> list[object]:
    return [row["ref"] for row in store.rows(query)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (CaseQuery(), ["L2", "L1"]),
        (CaseQuery(ended=True), ["L3", "L2", "L1"]),
        (CaseQuery(ended=True, limit=1), ["L3"]),
        (CaseQuery(ended=True, limit=None), ["L3", "L2", "L1"]),
        (CaseQuery(profile="other"), []),
        (CaseQuery(profile="other", ended=True), ["L3"]),
        (CaseQuery(wanted={"status": ("closed", "open")}), ["L3", "L1"]),
        (CaseQuery(wanted={"severity": ("high",), "owner": ("Sam",)}), ["L1"]),
        (CaseQuery(wanted={"contact": ("kim@example.com",)}), ["L1"]),
        (CaseQuery(wanted={"waiting_on": ("customer",)}), ["L2"]),
        (CaseQuery(wanted={"type": ()}), []),
        (CaseQuery(excluded={"severity": ("high",)}, ended=True), ["L3", "L2"]),
        (CaseQuery(excluded={"severity": ()}), ["L2", "L1"]),
        (CaseQuery(fields={"queue": "north"}), ["L1"]),
        (CaseQuery(fields={"product.release": "9.1", "queue": "north"}), ["L1"]),
        (CaseQuery(fields={"queue": "south"}), []),
        (CaseQuery(tags=("red",)), ["L1"]),
        (CaseQuery(tags=("red", "blue")), ["L1"]),
        (CaseQuery(tags=("red", "green")), []),
        (CaseQuery(since=NOON), ["L2", "L1"]),
        (CaseQuery(since=NOON + timedelta(microseconds=1)), ["L2"]),
        (CaseQuery(until=NOON + HOUR), ["L1"]),
        (CaseQuery(stale_before=NOON + HOUR), ["L1"]),
        (CaseQuery(escalated=True), ["L2"]),
        (CaseQuery(unread=True), ["L1"]),
        (CaseQuery(sort="opened", ended=True), ["L3", "L2", "L1"]),
        (CaseQuery(sort="closed", ended=True, limit=1), ["L3"]),
        (CaseQuery(sort="subject", ended=True), ["L1", "L3", "L2"]),
        (CaseQuery(sort="due"), ["L1", "L2"]),
    ],
)
def test_a_query_finds_its_cases_in_order(
    filled: SqliteStore, query: CaseQuery, expected: list[str]
) -> None:
    assert refs(filled, query) == expected


def test_refs_are_sorted_as_numbers(store: SqliteStore) -> None:
    case = replace(DISK, updated_at=NOON)
    store.take_in(
        "acme",
        [Snapshot(number=str(n), version="1", case=case) for n in range(11)],
        NOON,
    )

    assert refs(store, CaseQuery(sort="ref", limit=2)) == ["L1", "L2"]
    assert refs(store, CaseQuery(limit=3)) == ["L11", "L10", "L9"]


def test_a_row_has_the_promised_keys(filled: SqliteStore) -> None:
    (row,) = filled.rows(CaseQuery(tags=("red",)))

    assert tuple(row) == COLUMNS
    assert row["opened_at"] == "2026-03-01T09:00:00Z"
    assert row["tags"] == ["blue", "red"]
    assert (row["escalated"], row["unread"], row["pending"]) == (False, True, 0)
    assert row["closed_at"] is None


@pytest.mark.parametrize(
    "query",
    [
        CaseQuery(sort="updated_at; DROP TABLE view"),
        CaseQuery(wanted={"ref": ("1",)}),
        CaseQuery(excluded={"1=1 OR status": ("1",)}),
    ],
)
def test_a_column_that_does_not_exist_is_refused(
    filled: SqliteStore, query: CaseQuery
) -> None:
    with pytest.raises(BadInput):
        filled.rows(query)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["disk"], ["L1", "L3"]),
        (["connection ref"], ["L1"]),
        (["refused connection"], []),
        (["trace.log"], ["L2"]),
        (["no such", "login"], ["L2"]),
        (["9.1"], []),
        (["north"], ["L1"]),
        ([""], []),
        (["***"], []),
        ([], []),
    ],
)
def test_search_finds_phrases_wherever_they_stand(
    filled: SqliteStore, texts: list[str], expected: list[str]
) -> None:
    found = [row["ref"] for row in filled.search(texts, 10)]

    assert sorted(map(str, found)) == expected


def test_a_hit_in_the_subject_comes_first(store: SqliteStore) -> None:
    spoken = replace(
        LOGIN, comments=(Comment(id="1", at=NOON, author="Sam", text="the disk"),)
    )
    store.take_in(
        "acme",
        [
            Snapshot(number="1", version="1", case=DISK),
            Snapshot(number="2", version="1", case=spoken),
        ],
        NOON,
    )

    assert [row["ref"] for row in store.search(["disk"], 10)] == ["L1", "L2"]
    assert len(store.search(["disk"], 1)) == 1


@given(text=st.text())
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_breaks_search_or_resolve(filled: SqliteStore, text: str) -> None:
    filled.search([text, f'"{text}" OR subject:*'], 5)
    filled.resolve(text, text)


def test_search_follows_what_is_pending_and_what_goes(store: SqliteStore) -> None:
    store.take_in("acme", [Snapshot(number="1", version="1", case=DISK)], NOON)
    say = AddComment(key="k", case="L1", at=NOON, text="zebra")
    store.record([say], "acme", NOON)
    before = len(store.search(["zebra"], 5))

    store.replace_change(replace(say, text="quagga"), NOON)

    assert before == 1
    assert store.search(["zebra"], 5) == []
    assert len(store.search(["quagga"], 5)) == 1


def test_counts_tell_what_is_there(filled: SqliteStore) -> None:
    filled.save_draft(Draft(profile="acme"))
    filled.record([Open(key="k", case="L9", at=NOON, subject="x")], "acme", NOON)

    assert filled.counts("acme") == {
        "status.open": 1,
        "status.waiting-on-customer": 1,
        "status.queued": 1,
        "waiting_on.vendor": 1,
        "waiting_on.customer": 1,
        "waiting_on.nobody": 1,
        "unread": 1,
        "escalated": 1,
        "outbox.queued": 1,
        "draft": 1,
    }
    assert filled.counts(None)["status.closed"] == 1
    assert filled.counts("nobody") == {}


def test_counts_follow_every_change(filled: SqliteStore) -> None:
    solved = replace(DISK, status=Status.RESOLVED, waiting_on=WaitingOn.CUSTOMER)

    filled.take_in("acme", [Snapshot(number="1", version="2", case=solved)], NOON)

    counted = filled.counts("acme")
    assert "status.open" not in counted
    assert counted["waiting_on.customer"] == 2
    assert filled.check() == []


@pytest.mark.parametrize(
    ("text", "profile", "expected"),
    [
        ("L1", "acme", "L1"),
        ("1", "acme", "L1"),
        ("1", "other", "L3"),
        ("2", "other", "L2"),
        ("1", "third", None),
        ("other:1", "acme", "L3"),
        ("acme:7", "acme", None),
        ("L9", "acme", None),
        ("L01", "acme", None),
        ("l1", "acme", None),
        ("", "acme", None),
        ("../x", "acme", None),
        ("--help", "acme", None),
        ("1\n", "acme", None),
        ("\udc80", "acme", None),
        ("9" * 300, "acme", None),
        ("L" + "9" * 300, "acme", None),
    ],
)
def test_a_case_is_found_by_what_people_type(
    filled: SqliteStore, text: str, profile: str, expected: str | None
) -> None:
    assert filled.resolve(text, profile) == expected


def test_reading_a_fresh_home_writes_nothing(store: SqliteStore, path: Path) -> None:
    assert store.rows(CaseQuery()) == []
    assert store.drafts() == ()
    assert store.counts(None) == {}
    assert not path.parent.exists()


def test_reading_changes_no_byte(filled: SqliteStore, path: Path) -> None:
    before = path.read_bytes()

    filled.rows(CaseQuery())
    filled.search(["disk"], 5)
    filled.counts("acme")
    filled.case("L1")

    assert path.read_bytes() == before


def test_a_list_imports_no_module_that_could_decode_a_case(
    filled: SqliteStore, path: Path
) -> None:
    program = (
        "import sys; from pathlib import Path; from types import SimpleNamespace;"
        "from casecli.store.sqlite import SqliteStore;"
        "query = SimpleNamespace(profile='acme', wanted={}, excluded={}, fields={},"
        " tags=(), since=None, until=None, stale_before=None, escalated=False,"
        " unread=False, ended=False, awake_at=None, sort='updated', limit=30);"
        "print(len(SqliteStore(Path(sys.argv[1])).rows(query)));"
        "print(*(set(sys.modules) & {'casecli.domain.case', 'casecli.domain.change',"
        " 'casecli.domain.wire', 'casecli.domain.ports', 'dataclasses', 'json',"
        " 'hashlib', 'casecli.store.views', 'casecli.store.outbox'}))"
    )

    printed = subprocess.check_output(
        [sys.executable, "-c", program, str(path)], text=True
    )

    assert len(filled.rows(CaseQuery())) == 2
    assert printed == "2\n\n"
