"""Recording, sending and settling changes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from casecli.domain.case import Draft, Status, WaitingOn
from casecli.domain.change import (
    AddComment,
    Close,
    EditFields,
    Open,
    OutboxState,
    Receipt,
)
from casecli.domain.errors import Conflicted, NotFound
from casecli.domain.query import CaseQuery
from casecli.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)


def an_open(ref: str = "L1", key: str = "open-1", subject: str = "Disk full") -> Open:
    return Open(key=key, case=ref, at=NOON, subject=subject, severity="high")


def a_comment(
    ref: str = "L1", key: str = "say-1", text: str = "any news?"
) -> AddComment:
    return AddComment(key=key, case=ref, at=NOON, text=text)


def test_a_recorded_open_is_a_queued_case_at_once(store: SqliteStore) -> None:
    (item,) = store.record([an_open()], "acme", NOON)

    case = store.case("L1")

    assert item.state is OutboxState.QUEUED
    assert item.last_sent is None
    assert case is not None
    assert case.status is Status.QUEUED
    assert case.profile == "acme"
    assert case.backend == "rt"
    assert [(p.change, p.kind, p.state) for p in case.pending] == [
        ("open-1", "open", "queued")
    ]


def test_recording_the_same_key_again_gives_what_stands_there(
    store: SqliteStore,
) -> None:
    store.record([an_open()], "acme", NOON)
    store.begin_attempt("open-1", NOON)

    (again,) = store.record([replace(an_open(), at=LATER)], "acme", LATER)

    assert again.state is OutboxState.SENDING
    assert again.recorded_at == NOON
    assert len(store.outbox()) == 1


def test_the_same_key_for_another_request_is_a_conflict(store: SqliteStore) -> None:
    store.record([an_open()], "acme", NOON)

    with pytest.raises(Conflicted) as refused:
        store.record([an_open(subject="Disk empty")], "acme", NOON)

    assert refused.value.exit_code == 6
    assert store.outbox()[0].change == an_open()


def test_under_an_intent_the_arguments_are_compared_and_not_the_text(
    store: SqliteStore,
) -> None:
    store.record([an_open()], "acme", NOON, intent="digest of the arguments")
    reworded = an_open(subject="Disk full on <HOST-1>")

    store.record([reworded], "acme", NOON, intent="digest of the arguments")

    with pytest.raises(Conflicted):
        store.record([reworded], "acme", NOON, intent="digest of others")


def test_changes_are_recorded_together_or_not_at_all(store: SqliteStore) -> None:
    with pytest.raises(NotFound):
        store.record([an_open(), a_comment(ref="L77")], "acme", NOON)

    assert store.outbox() == ()
    assert store.case("L1") is None


def test_a_comment_on_a_case_opened_in_the_same_breath_is_accepted(
    store: SqliteStore,
) -> None:
    store.record([an_open(), a_comment()], "acme", NOON)

    case = store.case("L1")

    assert case is not None
    assert [comment.text for comment in case.comments] == ["any news?"]


def test_a_case_is_not_opened_twice(store: SqliteStore) -> None:
    store.record([an_open()], "acme", NOON)

    with pytest.raises(Conflicted):
        store.record([an_open(key="open-2")], "acme", NOON)


def test_a_delivered_open_shows_its_number_before_any_pull(store: SqliteStore) -> None:
    store.record([an_open()], "acme", NOON)
    store.begin_attempt("open-1", NOON)

    store.settle(
        "open-1",
        OutboxState.DELIVERED,
        LATER,
        receipt=Receipt(number="4711", url="https://desk.example.com/4711"),
    )

    case = store.case("L1")
    assert case is not None
    assert (case.number, case.status, case.waiting_on) == (
        "4711",
        Status.OPEN,
        WaitingOn.VENDOR,
    )
    assert case.url == "https://desk.example.com/4711"
    assert case.pending == ()
    assert store.resolve("4711", "acme") == "L1"
    assert store.outbox() == ()


def test_a_rejected_open_leaves_no_case_and_its_draft_lives(
    store: SqliteStore,
) -> None:
    draft = store.save_draft(Draft(profile="acme", subject="Disk full"))
    store.record([an_open(draft.ref)], "acme", NOON)

    store.settle("open-1", OutboxState.REJECTED, LATER, error="queue is unknown")

    assert store.case(draft.ref) is None
    assert store.rows(CaseQuery()) == []
    assert store.draft(draft.ref) == draft
    assert store.resolve("L1", "acme") == "L1"


def test_a_rejected_open_can_be_opened_anew_under_its_ref(store: SqliteStore) -> None:
    store.record([an_open()], "acme", NOON)
    store.settle("open-1", OutboxState.REJECTED, LATER, error="queue is unknown")

    store.record([an_open(key="open-2")], "acme", LATER)

    case = store.case("L1")
    assert case is not None
    assert [pending.change for pending in case.pending] == ["open-2"]


def test_a_dropped_change_is_no_longer_shown(store: SqliteStore) -> None:
    store.record([an_open(), a_comment()], "acme", NOON)

    store.settle("say-1", OutboxState.DROPPED, LATER)

    case = store.case("L1")
    assert case is not None
    assert case.comments == ()


def test_a_change_counts_as_sent_before_its_first_byte(store: SqliteStore) -> None:
    store.record([an_open()], "acme", NOON)

    item = store.begin_attempt("open-1", LATER)

    assert item.state is OutboxState.SENDING
    assert (item.attempts, item.first_sent, item.last_sent) == (1, LATER, LATER)


def test_a_try_that_never_left_does_not_count_as_sent(store: SqliteStore) -> None:
    store.record([an_open()], "acme", NOON)
    store.begin_attempt("open-1", NOON)

    item = store.settle(
        "open-1", OutboxState.QUEUED, LATER, error="no route", not_before=LATER
    )

    assert (item.attempts, item.first_sent, item.last_sent) == (1, None, None)
    assert item.not_before == LATER


def test_the_last_send_is_remembered_when_a_later_try_never_left(
    store: SqliteStore,
) -> None:
    store.record([an_open()], "acme", NOON)
    store.begin_attempt("open-1", NOON)
    store.settle("open-1", OutboxState.UNKNOWN, NOON, error="answer lost")
    store.begin_attempt("open-1", LATER)

    item = store.settle("open-1", OutboxState.QUEUED, LATER, error="no route")

    assert (item.first_sent, item.last_sent) == (NOON, NOON)


def test_a_try_nobody_ended_may_have_reached_the_vendor(store: SqliteStore) -> None:
    store.record([an_open()], "acme", NOON)
    store.begin_attempt("open-1", NOON)

    store.begin_attempt("open-1", LATER)
    store.settle("open-1", OutboxState.QUEUED, LATER, error="no route")

    assert [each.outcome for each in store.attempts("open-1")] == ["unknown", "queued"]
    assert store.outbox()[0].last_sent == NOON


def test_a_delivered_change_is_never_sent_again(store: SqliteStore) -> None:
    store.record([an_open()], "acme", NOON)
    store.settle("open-1", OutboxState.DELIVERED, NOON, receipt=Receipt(number="1"))

    with pytest.raises(Conflicted):
        store.begin_attempt("open-1", LATER)


def test_a_late_answer_does_not_undo_a_delivery(store: SqliteStore) -> None:
    store.record([an_open()], "acme", NOON)
    store.settle("open-1", OutboxState.DELIVERED, NOON, receipt=Receipt(number="1"))

    late = store.settle("open-1", OutboxState.UNKNOWN, LATER, error="answer lost")

    assert late.state is OutboxState.DELIVERED
    assert late.receipt == Receipt(number="1")


def test_a_dropped_change_can_still_turn_out_delivered(store: SqliteStore) -> None:
    store.record([an_open(), a_comment()], "acme", NOON)
    store.settle("say-1", OutboxState.DROPPED, NOON)

    with pytest.raises(Conflicted):
        store.settle("say-1", OutboxState.QUEUED, LATER)
    item = store.settle(
        "say-1", OutboxState.DELIVERED, LATER, receipt=Receipt(number="1")
    )

    assert item.state is OutboxState.DELIVERED


def test_a_queued_change_can_be_edited_in_its_place(store: SqliteStore) -> None:
    store.record([an_open(), a_comment()], "acme", NOON)

    item = store.replace_change(a_comment(text="any news today?"), LATER)

    case = store.case("L1")
    assert case is not None
    assert (item.seq, item.state) == (2, OutboxState.QUEUED)
    assert [comment.text for comment in case.comments] == ["any news today?"]
    assert store.check() == []


def test_a_change_that_may_have_arrived_keeps_its_content(store: SqliteStore) -> None:
    store.record([an_open(), a_comment()], "acme", NOON)
    store.begin_attempt("say-1", NOON)
    store.settle("say-1", OutboxState.UNKNOWN, NOON)

    with pytest.raises(Conflicted):
        store.replace_change(a_comment(text="any news today?"), LATER)


def test_the_outbox_shows_what_is_not_settled_in_order(store: SqliteStore) -> None:
    store.record([an_open(), a_comment()], "acme", NOON)
    store.record([an_open("L2", "open-2")], "other", NOON)
    store.settle("open-1", OutboxState.DELIVERED, NOON, receipt=Receipt(number="1"))

    assert [item.change.key for item in store.outbox()] == ["say-1", "open-2"]
    assert [item.change.key for item in store.outbox(profile="acme")] == ["say-1"]
    assert [item.change.key for item in store.outbox(case="L2")] == ["open-2"]
    assert [
        item.change.key for item in store.outbox(states=[OutboxState.DELIVERED])
    ] == ["open-1"]


def test_a_delivered_edit_stays_until_the_vendor_has_his_say(
    store: SqliteStore,
) -> None:
    edit = EditFields(key="edit-1", case="L1", at=NOON, fields={"severity": "low"})
    store.record([an_open(), edit], "acme", NOON)

    store.settle("edit-1", OutboxState.DELIVERED, NOON, receipt=Receipt(number="1"))

    case = store.case("L1")
    assert case is not None
    assert case.severity == "low"


def test_settling_tells_scripts(store: SqliteStore) -> None:
    close = Close(key="close-1", case="L1", at=NOON, reason="solved")
    store.record([an_open(), close], "acme", NOON)
    store.settle("open-1", OutboxState.DELIVERED, LATER, receipt=Receipt(number="1"))
    store.settle("close-1", OutboxState.REJECTED, LATER, error="not yours")

    told = [(e.kind, e.number, e.data["change"]) for e in store.events(0, 10)]

    assert told == [
        ("recorded", None, "open-1"),
        ("recorded", None, "close-1"),
        ("delivered", "1", "open-1"),
        ("rejected", "1", "close-1"),
    ]
    assert [event.seq for event in store.events(2, 1)] == [3]


def test_a_case_can_be_seen_as_it_was_before_a_change(store: SqliteStore) -> None:
    later = a_comment(key="say-2", text="hello?")
    store.record([an_open(), a_comment(), later], "acme", NOON)

    case = store.case("L1", before=3)

    assert case is not None
    assert [comment.text for comment in case.comments] == ["any news?"]
    assert [pending.change for pending in case.pending] == ["open-1", "say-1"]
    assert store.case("L1", before=1) is None


def test_a_list_of_what_is_undelivered_needs_no_decoding(store: SqliteStore) -> None:
    store.record([an_open(), a_comment()], "acme", NOON)
    store.settle("open-1", OutboxState.DELIVERED, NOON, receipt=Receipt(number="1"))
    store.settle("say-1", OutboxState.NEEDS_HUMAN, NOON, error="the case is closed")

    assert store.pending("other") == []
    assert store.pending("acme") == [
        {
            "key": "say-1",
            "kind": "comment",
            "state": "needs-human",
            "error": "the case is closed",
            "case": "L1",
            "number": "1",
            "by_hand": 0,
        }
    ]


def test_an_item_tells_the_intent_it_was_recorded_under(store: SqliteStore) -> None:
    (item,) = store.record([an_open()], "acme", NOON, intent="digest")

    assert item.intent == "digest"


def test_an_unknown_key_is_said_so(store: SqliteStore) -> None:
    assert store.recorded("nothing") is None
    with pytest.raises(NotFound):
        store.begin_attempt("nothing", NOON)


def test_text_no_terminal_could_have_typed_is_kept(store: SqliteStore) -> None:
    odd = a_comment(text="lone \udc80 and nul \0 and \U0001f600")

    store.record([an_open(subject="\udcff"), odd], "acme", NOON)

    assert store.outbox()[1].change == odd
    assert store.rows(CaseQuery())[0]["subject"] == "?"


def test_a_lease_is_ours_alone_until_it_ends(store: SqliteStore, path: Path) -> None:
    store.record([an_open()], "acme", NOON)
    take = (
        "import sys; from datetime import datetime; from pathlib import Path;"
        "from casecli.store.sqlite import SqliteStore;"
        "at = datetime.fromisoformat;"
        "print(SqliteStore(Path(sys.argv[1])).lease('L1', at(sys.argv[2]),"
        " at(sys.argv[3])))"
    )
    command = [sys.executable, "-c", take, str(path), LATER.isoformat()]

    assert store.lease("L1", LATER, NOON)
    assert store.lease("L1", LATER, NOON)
    refused = subprocess.check_output([*command, NOON.isoformat()], text=True)
    over = subprocess.check_output([*command, LATER.isoformat()], text=True)

    assert (refused, over) == ("False\n", "True\n")


def test_the_lease_of_a_dead_process_is_free(store: SqliteStore, path: Path) -> None:
    store.record([an_open()], "acme", NOON)
    die = (
        "import os, sys; from datetime import UTC, datetime; from pathlib import Path;"
        "from casecli.store.sqlite import SqliteStore;"
        "store = SqliteStore(Path(sys.argv[1]));"
        "store.lease('L1', datetime.max.replace(tzinfo=UTC), datetime.min.replace("
        "tzinfo=UTC)); os.kill(os.getpid(), 9)"
    )

    died = subprocess.run([sys.executable, "-c", die, str(path)], check=False)

    assert died.returncode == -signal.SIGKILL
    assert store.lease("L1", LATER, NOON)


def test_releasing_frees_only_our_own_lease(store: SqliteStore) -> None:
    store.record([an_open()], "acme", NOON)
    store.lease("L1", LATER, NOON)

    store.release("L1")
    store.release("L1")

    assert store.lease("L1", LATER, NOON)


def test_only_one_pulls_a_profile(store: SqliteStore, path: Path) -> None:
    other = SqliteStore(path)

    with (
        store.pull_lock("acme") as first,
        other.pull_lock("acme") as second,
        other.pull_lock("other") as elsewhere,
    ):
        assert (first, second, elsewhere) == (True, False, True)
    with other.pull_lock("acme") as after:
        assert after


def test_what_fails_under_the_pull_lock_is_not_storage(store: SqliteStore) -> None:
    with pytest.raises(ConnectionResetError), store.pull_lock("acme"):
        raise ConnectionResetError

    with store.pull_lock("acme") as again:
        assert again


def test_acknowledged_changes_survive_a_kill_at_any_moment(path: Path) -> None:
    record = (
        "import sys; from datetime import UTC, datetime; from pathlib import Path;"
        "from casecli.domain.change import Open;"
        "from casecli.store.sqlite import SqliteStore;"
        "now = datetime(2026, 3, 1, tzinfo=UTC);"
        "store = SqliteStore(Path(sys.argv[1]))\n"
        "for n in range(1000):\n"
        "    ref = store.new_ref()\n"
        "    key = f'{sys.argv[2]}-{ref}'\n"
        "    store.record([Open(key=key, case=ref, at=now, subject='x')], 'a', now)\n"
        "    print(key, flush=True)"
    )
    acknowledged: list[str] = []
    for run in range(12):
        command = [sys.executable, "-c", record, str(path), str(run)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            acknowledged += [child.stdout.readline().strip() for _ in range(run + 1)]
            os.kill(child.pid, signal.SIGKILL)
            acknowledged += child.stdout.read().split()

    store = SqliteStore(path)
    kept = {item.change.key for item in store.outbox()}

    assert len(acknowledged) >= 78
    assert set(acknowledged) <= kept
    assert store.check() == []
