"""What the vendor has, joined with what is ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from casecli.domain.case import (
    Attachment,
    Case,
    Comment,
    Escalation,
    EscalationState,
    Note,
    Product,
    Side,
    Status,
    Timer,
)
from casecli.domain.change import (
    AddComment,
    EditFields,
    Open,
    OutboxState,
    Receipt,
)
from casecli.domain.ports import Snapshot
from casecli.domain.query import CaseQuery
from casecli.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)
OPEN = Open(
    key="open-1",
    case="L1",
    at=NOON,
    subject="Disk full",
    fingerprint="f00",
    fields={"product.name": "Gateway", "queue": "north", "contract": "C-1"},
)
SAY = AddComment(key="say-1", case="L1", at=NOON, text="any news?")
THEIRS = Case(subject="Disk full", status=Status.IN_PROGRESS, updated_at=NOON)
REPLY = Comment(id="c9", at=LATER, author="Sam", text="Looking", side=Side.VENDOR)


def snapshot(
    case: Case = THEIRS,
    number: str = "4711",
    version: str = "1",
    key: str | None = None,
) -> Snapshot:
    return Snapshot(number=number, version=version, case=case, key=key)


def test_a_case_of_the_vendor_gets_the_next_ref_once(store: SqliteStore) -> None:
    first = store.take_in("acme", [snapshot(), snapshot(number="4712")], NOON)

    again = store.take_in("acme", [snapshot(version="2")], LATER)

    assert (first, again) == (("L1", "L2"), ("L1",))
    assert store.version("L1") == "2"


def test_two_profiles_may_know_the_same_number(store: SqliteStore) -> None:
    store.take_in("acme", [snapshot()], NOON)

    refs = store.take_in("other", [snapshot()], NOON)

    assert refs == ("L2",)


def test_our_own_case_coming_back_is_not_a_second_case(store: SqliteStore) -> None:
    store.record([OPEN], "acme", NOON)

    refs = store.take_in("acme", [snapshot(key="open-1")], LATER)

    case = store.case("L1")
    assert refs == ("L1",)
    assert case is not None
    assert (case.number, case.status) == ("4711", Status.IN_PROGRESS)
    assert len(store.rows(CaseQuery())) == 1


def test_a_pull_quicker_than_the_answer_ends_in_one_case(store: SqliteStore) -> None:
    store.record([OPEN], "acme", NOON)
    store.take_in("acme", [snapshot()], NOON)
    store.annotate("L2", tags=("mine",), note=Note(at=NOON, text="ours?"))
    store.record([replace(SAY, case="L2")], "acme", NOON)

    store.settle("open-1", OutboxState.DELIVERED, LATER, receipt=Receipt(number="4711"))

    case = store.case("L1")
    assert case is not None
    assert case.tags == ("mine",)
    assert [comment.text for comment in case.comments] == ["any news?"]
    assert store.case("L2") == case
    assert store.resolve("L2", "acme") == "L1"
    assert [row["ref"] for row in store.rows(CaseQuery())] == ["L1"]
    assert store.check() == []


def test_a_key_that_comes_late_ends_in_one_case_too(store: SqliteStore) -> None:
    store.record([OPEN], "acme", NOON)
    store.take_in("acme", [snapshot()], NOON)

    refs = store.take_in("acme", [snapshot(key="open-1")], LATER)

    assert refs == ("L1",)
    assert [row["number"] for row in store.rows(CaseQuery())] == ["4711"]


def test_pending_changes_stay_on_top_of_a_new_snapshot(store: SqliteStore) -> None:
    store.take_in("acme", [snapshot()], NOON)
    store.record([SAY], "acme", NOON)

    store.take_in("acme", [snapshot(replace(THEIRS, comments=(REPLY,)))], LATER)

    case = store.case("L1")
    assert case is not None
    assert [comment.text for comment in case.comments] == ["Looking", "any news?"]
    assert [pending.change for pending in case.pending] == ["say-1"]


def test_a_delivered_comment_stays_until_a_snapshot_follows(store: SqliteStore) -> None:
    store.take_in("acme", [snapshot()], NOON)
    store.record([SAY], "acme", NOON)
    store.settle("say-1", OutboxState.DELIVERED, NOON, receipt=Receipt(number="4711"))
    before = store.case("L1")
    keyless = Comment(id="c1", at=NOON, author="me", text="any news?")

    store.take_in("acme", [snapshot(replace(THEIRS, comments=(keyless,)))], LATER)

    after = store.case("L1")
    assert before is not None
    assert [comment.id for comment in before.comments] == ["say-1"]
    assert after is not None
    assert [comment.id for comment in after.comments] == ["c1"]


def test_our_comment_seen_at_the_vendor_is_not_doubled(store: SqliteStore) -> None:
    store.take_in("acme", [snapshot()], NOON)
    store.record([SAY], "acme", NOON)
    store.begin_attempt("say-1", NOON)
    ours = Comment(id="c1", at=NOON, author="me", text="any news?", key="say-1")

    store.take_in("acme", [snapshot(replace(THEIRS, comments=(ours,)))], LATER)

    case = store.case("L1")
    assert case is not None
    assert [comment.id for comment in case.comments] == ["c1"]


def test_what_the_vendor_has_no_field_for_is_not_forgotten(store: SqliteStore) -> None:
    edit = EditFields(key="e", case="L1", at=NOON, fields={"product.release": "9.1"})
    store.record([OPEN, edit], "acme", NOON)
    store.settle("open-1", OutboxState.DELIVERED, NOON, receipt=Receipt(number="4711"))
    store.settle("e", OutboxState.DELIVERED, NOON, receipt=Receipt(number="4711"))

    store.take_in("acme", [snapshot(replace(THEIRS, fields={"queue": "south"}))], LATER)

    case = store.case("L1")
    assert case is not None
    assert case.fingerprint == "f00"
    assert case.product == Product(name="Gateway", release="9.1")
    assert case.fields == {"queue": "south", "contract": "C-1"}


def test_absence_changes_nothing(store: SqliteStore) -> None:
    store.take_in("acme", [snapshot(), snapshot(number="4712")], NOON)

    store.take_in("acme", [], LATER, cursor="c2")

    assert len(store.rows(CaseQuery())) == 2
    assert store.cursor("acme") == "c2"
    assert store.pulled_at("acme") == LATER


def test_a_look_at_one_case_is_no_pull(store: SqliteStore) -> None:
    store.take_in("acme", [snapshot()], NOON)

    assert store.cursor("acme") is None
    assert store.pulled_at("acme") is None


def test_a_case_seen_first_has_only_appeared(store: SqliteStore) -> None:
    store.take_in("acme", [snapshot(replace(THEIRS, comments=(REPLY,)))], NOON)

    events = store.events(0, 10)

    assert [(e.kind, e.case, e.number, e.profile) for e in events] == [
        ("appeared", "L1", "4711", "acme")
    ]


def test_what_the_vendor_did_is_told_once(store: SqliteStore) -> None:
    store.take_in("acme", [snapshot()], NOON)
    file = Attachment(
        id="a1", at=LATER, author="Sam", name="fix.zip", size=1, side=Side.VENDOR
    )
    raised = Escalation(id="e1", state=EscalationState.ACTIVE, requested_at=NOON)
    changed = replace(
        THEIRS,
        status=Status.RESOLVED,
        comments=(REPLY, replace(REPLY, id="c10", side=Side.CUSTOMER)),
        attachments=(file,),
        escalations=(raised,),
    )

    store.take_in("acme", [snapshot(changed, version="2")], LATER)
    store.take_in("acme", [snapshot(changed, version="2")], LATER)

    assert [(event.kind, dict(event.data)) for event in store.events(1, 10)] == [
        ("status", {"from": "in-progress", "to": "resolved"}),
        ("comment", {"id": "c9", "feed": "case", "author": "Sam"}),
        ("attachment", {"id": "a1", "name": "fix.zip"}),
        ("escalation", {"id": "e1", "to": "active"}),
    ]


def test_timers_are_in_the_case_and_the_earliest_in_its_row(path: Path) -> None:
    def derive(case: Case) -> tuple[Timer, ...]:
        assert case.profile == "acme"
        return (
            Timer(kind="reopen", due_at=LATER, rule="R2"),
            Timer(kind="update", due_at=NOON, rule="R1"),
        )

    store = SqliteStore(path, derive=derive)
    store.take_in("acme", [snapshot()], NOON)

    case = store.case("L1")

    assert case is not None
    assert [timer.rule for timer in case.timers] == ["R2", "R1"]
    (row,) = store.rows(CaseQuery())
    assert (row["due_at"], row["due_kind"]) == ("2026-03-01T12:00:00Z", "update")


def test_rows_can_be_computed_again_under_other_rules(path: Path) -> None:
    SqliteStore(path).take_in("acme", [snapshot()], NOON)
    store = SqliteStore(path, derive=lambda _: (Timer(kind="update", due_at=NOON),))

    assert store.rebuild() == 1

    assert store.rows(CaseQuery())[0]["due_kind"] == "update"


def test_cases_read_together_are_the_cases_read_alone(store: SqliteStore) -> None:
    everything = frozenset(Case.__dataclass_fields__)
    fields = everything - {"tags", "notes", "pending", "timers"}
    product = EditFields(key="e", case="L3", at=NOON, fields={"product.name": "X"})
    store.record([OPEN], "acme", NOON)
    store.take_in("acme", [snapshot(key="open-1"), snapshot(number="4712")], NOON)
    store.take_in("other", [snapshot(replace(THEIRS, comments=(REPLY,)))], NOON)
    store.record([product, replace(SAY, case="L2")], "acme", NOON)

    read = list(store.cases(["L3", "L9", "nonsense", "L1", "L2"], fields))

    alone = [store.case(ref) for ref in ("L3", "L1", "L2")]
    assert read == [each and replace(each, pending=()) for each in alone]


def test_of_cases_read_together_only_what_is_wanted_is_decoded(
    store: SqliteStore,
) -> None:
    store.take_in("acme", [snapshot(replace(THEIRS, comments=(REPLY,)))], NOON)

    (case,) = store.cases(["L1"], {"status"})

    assert case == Case(
        ref="L1",
        number="4711",
        profile="acme",
        backend="rt",
        status=Status.IN_PROGRESS,
    )


def test_more_cases_than_are_read_at_once_come_in_the_order_asked(
    store: SqliteStore,
) -> None:
    store.take_in("acme", [snapshot(number=str(n)) for n in range(450)], NOON)
    wanted = [f"L{n}" for n in range(450, 0, -1)]

    assert [each.ref for each in store.cases(wanted, {"ref"})] == wanted
