"""What a case looks like with our pending changes laid over the vendor's snapshot."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecli.domain.case import (
    Case,
    CommunicationPlan,
    EscalationState,
    Feed,
    Status,
    WaitingOn,
)
from casecli.domain.change import (
    AddAttachment,
    AddComment,
    AgreePlan,
    AnyChange,
    Cancel,
    Close,
    Deescalate,
    EditFields,
    Escalate,
    Open,
    Reopen,
)
from casecli.domain.folding import fold

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WAITING = Case(
    ref="L1",
    number="4711",
    status=Status.WAITING_ON_CUSTOMER,
    waiting_on=WaitingOn.CUSTOMER,
)

KEYS = st.uuids().map(str)
TIMES = st.timedeltas(timedelta(0), timedelta(days=9)).map(lambda gap: NOON + gap)
NAMES = st.sampled_from(
    [
        "severity",
        "impact",
        "product.name",
        "product.odd",
        "workaround.text",
        "workaround.practical",
        "accounts.sold_to",
        "queue",
    ]
)


def changes_of(ref: str) -> st.SearchStrategy[list[AnyChange]]:
    case, texts = st.just(ref), st.text(max_size=5)
    common = {"key": KEYS, "case": case, "at": TIMES}
    one: st.SearchStrategy[AnyChange] = st.one_of(
        st.builds(AddComment, **common, text=texts, feed=st.sampled_from(Feed)),
        st.builds(AddAttachment, **common, name=texts, sha256=texts, size=st.just(1)),
        st.builds(EditFields, **common, fields=st.dictionaries(NAMES, texts)),
        st.builds(Escalate, **common, reason=texts),
        st.builds(AgreePlan, **common, plan=st.builds(CommunicationPlan, mode=texts)),
        st.builds(Deescalate, **common, agreement=texts),
        st.builds(Close, **common, reason=texts),
        st.builds(Cancel, **common, reason=texts),
        st.builds(Reopen, **common, reason=texts),
    )
    return st.lists(one, max_size=8)


@given(changes_of("L1"))
def test_folding_twice_is_folding_once(changes: list[AnyChange]) -> None:
    once = fold(WAITING, changes)

    assert fold(once, changes) == once


@given(changes_of("L1"), changes_of("L2"), st.randoms(use_true_random=False))
def test_changes_of_another_case_in_between_make_no_difference(
    mine: list[AnyChange], others: list[AnyChange], order: object
) -> None:
    picks = [True] * len(mine) + [False] * len(others)
    order.shuffle(picks)  # type: ignore[attr-defined] # hypothesis gives a Random
    ours, theirs = iter(mine), iter(others)
    mixed = [next(ours) if pick else next(theirs) for pick in picks]

    assert fold(WAITING, mixed) == fold(WAITING, mine)


def test_an_open_becomes_a_queued_case_nobody_has_to_act_on() -> None:
    change = Open(
        key="k1",
        case="L1",
        at=NOON,
        subject="Disk full",
        severity="high",
        fields={"product.name": "Broker", "workaround.practical": "No", "queue": "7"},
    )

    case = fold(None, [change])

    assert case.status is Status.QUEUED
    assert case.waiting_on is WaitingOn.NOBODY
    assert case.product.name == "Broker"
    assert case.workaround.practical is False
    assert case.fields == {"queue": "7"}
    assert case.opened_at == NOON


def test_a_change_before_its_open_is_refused() -> None:
    early = AddComment(key="k1", case="L1", at=NOON, text="hello")

    with pytest.raises(ValueError, match="k1 comes before its case was opened"):
        fold(None, [early])


def test_nothing_to_fold_is_refused() -> None:
    with pytest.raises(ValueError, match="neither a snapshot nor an open"):
        fold(None, [])


def test_a_comment_the_snapshot_already_has_is_not_there_twice() -> None:
    comment = AddComment(key="k1", case="L1", at=NOON, text="rebooted")
    taken_in = fold(WAITING, [comment])

    again = fold(replace(taken_in, status=Status.OPEN), [comment])

    assert [each.text for each in again.comments] == ["rebooted"]


def test_a_comment_on_a_case_that_waits_for_us_hands_it_back() -> None:
    comment = AddComment(key="k1", case="L1", at=NOON, text="logs are up")

    assert fold(WAITING, [comment]).waiting_on is WaitingOn.VENDOR


def test_an_end_of_the_first_escalation_does_not_end_the_second() -> None:
    first = Escalate(key="e1", case="L1", at=NOON, reason="other")
    agreed = Deescalate(key="d1", case="L1", at=NOON, agreement="fine")
    second = Escalate(key="e2", case="L1", at=NOON, reason="other")
    once = fold(WAITING, [first, agreed, second])

    twice = fold(once, [first, agreed, second])

    assert [each.state for each in twice.escalations] == [
        EscalationState.CLOSED,
        EscalationState.REQUESTED,
    ]


def test_an_escalation_that_is_over_takes_no_plan() -> None:
    changes: list[AnyChange] = [
        Escalate(key="e1", case="L1", at=NOON, reason="other"),
        Deescalate(key="d1", case="L1", at=NOON, agreement="fine"),
        AgreePlan(key="p1", case="L1", at=NOON, plan=CommunicationPlan(mode="email")),
    ]

    escalation = fold(WAITING, changes).escalation

    assert escalation is not None
    assert escalation.plan is None


def test_reopening_clears_what_closing_set() -> None:
    changes: list[AnyChange] = [
        Close(key="c1", case="L1", at=NOON, reason="resolved"),
        Reopen(key="r1", case="L1", at=NOON, reason="it is back"),
    ]

    case = fold(WAITING, changes)

    assert case.status is Status.OPEN
    assert case.closed_at is None
    assert case.close_reason is None
