"""What the backends of trackers have in common, and what each makes of its settings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecli.backends import BackendOptions, open_backend
from casecli.backends.roundup_records import marked as read_message_id
from casecli.backends.roundup_records import message_id
from casecli.backends.tracker_pull import FULL, Cursor, Row, listed, pulled
from casecli.backends.tracker_settings import Words
from casecli.backends.tracker_talk import (
    Mark,
    Said,
    about,
    escalations,
    outcome,
    signed,
    told_of_file,
    unsigned,
)
from casecli.backends.tracker_versions import refuse_if_changed, version_of
from casecli.domain.case import Case, Comment, EscalationState, Side, Status
from casecli.domain.change import AddAttachment
from casecli.domain.errors import AuthError, BadInput, Transient, VersionConflict
from casecli.domain.ports import Backend, Snapshot

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def backend(name: str, **settings: str) -> Backend:
    given_project = {"project": "support"} if name == "redmine" else {}
    return open_backend(
        name,
        BackendOptions(
            profile="work",
            url="https://desk.example.com/",
            user="ann",
            role="customer",
            folder=Path("unused"),
            settings={**given_project, **settings},
        ),
    )


def said(n: int, kind: str, text: str = "text", side: Side = Side.CUSTOMER) -> Said:
    at = NOON + timedelta(minutes=n)
    mark = Mark(f"k{n}", kind) if kind else None
    return Said(id=str(n), at=at, author="ann", side=side, text=text, mark=mark)


# settings


@pytest.mark.parametrize("name", ["redmine", "roundup"])
def test_an_unknown_setting_lists_what_there_is(name: str) -> None:
    with pytest.raises(BadInput, match=r"'projekt' is no setting .*map\.severity\."):
        backend(name, projekt="x")


@pytest.mark.parametrize("name", ["redmine", "roundup", "rt"])
@pytest.mark.parametrize(
    "settings",
    [{"horizon": "soon"}, {"overlap": "-1"}, {"map.status.fixed": "finished"}],
)
def test_a_setting_without_sense_is_refused(
    name: str, settings: dict[str, str]
) -> None:
    with pytest.raises(BadInput):
        backend(name, **settings)


def test_redmine_needs_its_project() -> None:
    nowhere = backend("redmine", project="")

    with pytest.raises(BadInput, match="needs its project"):
        nowhere.changed_since(None, 10)


@pytest.mark.parametrize("name", ["redmine", "roundup"])
def test_without_a_secret_nothing_is_asked(name: str) -> None:
    with pytest.raises(AuthError, match="no token for profile 'work'"):
        backend(name).whoami()


def test_the_best_status_a_workflow_has_is_taken() -> None:
    words = Words(
        statuses={
            "new": Status.OPEN,
            "doing": Status.IN_PROGRESS,
            "todo": Status.OPEN,
        }
    )

    assert list(words.ways_to(Status.OPEN, {"new": 1, "doing": 2, "todo": 3})) == [
        3,
        1,
        2,
    ]
    assert list(words.ways_to(Status.CANCELLED, {"new": 1})) == []


# marks


@given(st.text(), st.uuids().map(str), st.sampled_from(["comment", "close"]))
def test_a_signed_text_is_read_as_it_was(text: str, key: str, kind: str) -> None:
    assert unsigned(signed(text, key, kind)) == (text, (key, kind))


@given(st.text(min_size=1), st.sampled_from(["open", "comment-escalation"]))
def test_a_message_id_is_read_as_it_was(key: str, kind: str) -> None:
    written = message_id(key, kind)

    assert written.isascii()
    assert " " not in written
    assert read_message_id(written) == (key, kind)


@pytest.mark.parametrize("name", ["a.log", "x, 9 bytes, sha256 " + "0" * 64])
def test_what_goes_with_a_file_cannot_be_faked_by_its_name(name: str) -> None:
    change = AddAttachment(
        key="k", case="L1", at=NOON, name=name, sha256="a" * 64, size=7, note=name
    )

    assert told_of_file(about(change)) == (7, "a" * 64)


# talk


def test_the_vendor_takes_an_escalation_up_by_answering_in_its_feed() -> None:
    answer = said(2, "", "[escalation]\nwe are on it", Side.VENDOR)

    (taken,) = escalations([said(1, "escalate"), answer], escalated=True)

    assert (taken.state, taken.acknowledged_at) == (EscalationState.ACTIVE, answer.at)


def test_the_vendor_ends_an_escalation_by_clearing_the_field() -> None:
    (ended,) = escalations([said(1, "escalate")], escalated=False)

    assert ended.state is EscalationState.CLOSED


@pytest.mark.parametrize(
    ("status", "kinds", "expected"),
    [
        (Status.CLOSED, ["cancel"], (Status.CANCELLED, "no need")),
        (Status.CLOSED, ["cancel", "reopen", "close"], (Status.CLOSED, "no need")),
        (Status.CLOSED, [], (Status.CLOSED, None)),
        (Status.OPEN, ["close", "reopen"], (Status.OPEN, None)),
    ],
)
def test_our_last_words_tell_how_a_case_ended(
    status: Status, kinds: list[str], expected: tuple[Status, str | None]
) -> None:
    talk = [said(n, kind, "no need\n\nreally") for n, kind in enumerate(kinds)]

    assert outcome(status, talk) == expected


# versions


def seen(case: Case) -> Snapshot:
    return Snapshot(number="7", version=version_of(case, "stamp"), case=case)


def test_talk_makes_another_version_and_no_conflict() -> None:
    comment = Comment(id="1", at=NOON, author="ann", text="news")
    before, after = (
        seen(Case(subject="a")),
        seen(Case(subject="a", comments=(comment,))),
    )

    refuse_if_changed(after, before.version)

    assert before.version != after.version


def test_another_subject_is_a_conflict() -> None:
    before, after = seen(Case(subject="a")), seen(Case(subject="b"))

    with pytest.raises(VersionConflict):
        refuse_if_changed(after, before.version)


# pulling


def test_a_case_of_a_project_with_a_key_moves_the_place_by_its_number() -> None:
    came = Cursor().moved("SUP-10", "2026-03-02T12:00:00Z", "a")

    came = came.moved("SUP-9", "2026-03-02T12:00:00Z", "b")

    assert (came.ticket, set(came.seen)) == (10, {"SUP-9", "SUP-10"})


def test_what_was_listed_from_too_early_on_is_not_given_again() -> None:
    old, new = Row("1", NOON), Row("2", NOON + timedelta(hours=1))

    def read(rows: Sequence[Row]) -> list[Snapshot]:
        return [Snapshot(number=row.number, version="v", case=Case()) for row in rows]

    first = pulled(None, 10, timedelta(seconds=30), lambda _: iter([old, new]), read)
    again = pulled(
        first.next, 10, timedelta(seconds=30), lambda _: iter([old, new]), read
    )

    assert [each.number for each in first.snapshots] == ["1", "2"]
    assert again.snapshots == ()


# pages


def test_a_case_that_moves_to_the_end_pushes_no_other_over_the_edge() -> None:
    rows = [Row(str(n), NOON + timedelta(seconds=n)) for n in range(FULL + 50)]

    def page(since: datetime | None, skip: int) -> list[Row]:
        shown = [each for each in rows if since is None or each.updated >= since]
        answer = shown[skip * FULL : (skip + 1) * FULL]
        if since is None:
            # Updated by somebody between our two requests.
            rows.append(Row("0", NOON + timedelta(hours=1)))
            del rows[0]
        return answer

    numbers = [each.number for each in listed(page, None)]

    assert set(numbers) == {str(n) for n in range(FULL + 50)}


def test_a_second_in_which_more_than_a_page_changed_is_read_to_its_end() -> None:
    rows = [Row(str(n), NOON) for n in range(2 * FULL + 1)]

    def page(since: datetime | None, skip: int) -> list[Row]:
        del since
        return rows[skip * FULL : (skip + 1) * FULL]

    assert len(list(listed(page, None))) == 2 * FULL + 1


def test_a_server_that_gives_one_page_for_ever_is_left() -> None:
    rows = [Row(str(n), NOON) for n in range(FULL)]

    with pytest.raises(Transient, match="pages do not end"):
        list(listed(lambda _since, _skip: rows, None))
