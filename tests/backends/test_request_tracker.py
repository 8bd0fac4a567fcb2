"""What Request Tracker's adapter makes of records, settings and cursors, offline."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecli.backends import BackendOptions, open_backend
from casecli.backends.request_tracker import RequestTracker
from casecli.backends.request_tracker_pull import Cursor, instant
from casecli.backends.request_tracker_reading import file_content, quoted
from casecli.backends.request_tracker_records import (
    Part,
    Transaction,
    Vocabulary,
)
from casecli.backends.tracker_talk import mark, marked
from casecli.domain.case import Status
from casecli.domain.errors import (
    AuthError,
    BadInput,
    Invalid,
    NotFoundRemote,
    NotLoggedIn,
    Transient,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def options(**settings: str) -> BackendOptions:
    return BackendOptions(
        profile="work",
        url="https://rt.example.com/",
        user="ann",
        role="customer",
        folder=Path("unused"),
        settings=settings,
    )


# settings


def test_it_is_found_by_the_name_rt() -> None:
    backend = open_backend("rt", options(queue="support"))

    assert isinstance(backend, RequestTracker)
    backend.close()


def test_a_setting_with_a_typing_error_lists_what_there_is() -> None:
    with pytest.raises(BadInput, match=r"'queu' is no setting .*map\.severity\."):
        RequestTracker(options(queu="support"))


@pytest.mark.parametrize(
    "settings",
    [
        {"horizon": "soon"},
        {"overlap": "-1"},
        {"max_attachment": "10 MB"},
        {"map.status.fixed": "finished"},
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(settings: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        RequestTracker(options(**settings))


def test_without_a_token_nothing_is_asked() -> None:
    backend = RequestTracker(options())

    with pytest.raises(AuthError, match="no token for profile 'work'"):
        backend.whoami()


def test_a_locked_keyring_is_a_login_that_failed() -> None:
    def locked() -> str:
        raise NotLoggedIn("the keyring cannot be used", hint="unlock it")

    given = BackendOptions(
        profile="work",
        url="https://rt.example.com",
        user="ann",
        role="customer",
        folder=Path("unused"),
        token=locked,
    )

    with pytest.raises(AuthError, match="the keyring cannot be used") as refusal:
        RequestTracker(given).fetch("1")

    assert refusal.value.hint == "unlock it"


@pytest.mark.parametrize(
    "number", ["", "../user/1", "-1", "1 OR 1=1", "\u0661", "9" * 19]
)
def test_what_is_no_number_is_never_put_into_a_path(number: str) -> None:
    with pytest.raises(NotFoundRemote):
        RequestTracker(options()).fetch(number)


# words


def test_the_users_word_for_a_status_wins() -> None:
    words = Vocabulary(statuses={"resolved": Status.CLOSED, "done": Status.CLOSED})

    assert words.their_status(Status.CLOSED) == "done"


@pytest.mark.parametrize(
    ("theirs", "ours"), [("0", "low"), ("60", "medium"), ("99", "high")]
)
def test_a_priority_between_two_severities_is_the_lower(theirs: str, ours: str) -> None:
    words = Vocabulary(severity="Priority")

    assert words.their_severity(words.our_severity(theirs)) == words.their_severity(
        ours
    )


# marks


@given(st.uuids().map(str), st.sampled_from(["comment", "close", "deescalate"]))
def test_a_mark_is_read_as_it_was_written(key: str, kind: str) -> None:
    assert marked(f"{mark(key, kind)}\n") == (key, kind)


@pytest.mark.parametrize(
    "subject", ["", "No Subject", "Re: [casecli k comment]", "[casecli k]"]
)
def test_a_subject_of_others_is_no_mark(subject: str) -> None:
    assert marked(subject) is None


def test_a_text_in_a_query_stays_a_text() -> None:
    assert quoted("a' OR id > 0 \\") == "'a\\' OR id > 0 \\\\'"


def test_the_plain_part_of_a_mail_is_read_and_not_the_page() -> None:
    said = Transaction(
        id=1,
        kind="Correspond",
        at=NOON,
        author="ann",
        parts=(
            Part("1", "", "text/html", 9, "<p>x</p>"),
            Part("2", "", "text/plain", 1, "x"),
            Part("3", "a.txt", "text/plain", 1),
        ),
    )

    assert said.text == "x"
    assert [each.name for each in said.files] == ["a.txt"]


@pytest.mark.parametrize(
    ("kind", "old", "new", "counts"),
    [
        ("Correspond", "", "", False),
        ("Status", "new", "open", False),
        ("Status", "open", "resolved", True),
        ("Set", "a", "b", True),
        ("CustomField", "a", "b", True),
    ],
)
def test_talk_changes_no_facts(kind: str, old: str, new: str, *, counts: bool) -> None:
    happened = Transaction(id=1, kind=kind, at=NOON, author="a", old=old, new=new)

    assert happened.changes_facts is counts


# cursors


def test_a_cursor_survives_being_stored() -> None:
    came = Cursor().moved("7", "2026-03-02T12:00:00Z", "40")
    came = came.moved("3", "2026-03-02T12:00:05Z", "44")

    assert Cursor.read(str(came)) == came
    assert (came.at, came.ticket) == (NOON + timedelta(seconds=5), 3)


def test_a_ticket_seen_again_does_not_move_the_place() -> None:
    came = Cursor().moved("7", "2026-03-02T12:00:05Z", "40")

    again = came.moved("3", "2026-03-02T12:00:01Z", "44")

    assert (again.at, again.ticket) == (came.at, 7)
    assert again.seen["3"] == ("2026-03-02T12:00:01Z", "44")


def test_what_lies_before_the_overlap_is_forgotten() -> None:
    came = Cursor().moved("1", "2026-03-02T11:59:00Z", "1")
    came = came.moved("2", "2026-03-02T11:59:30Z", "2")
    came = came.moved("3", "2026-03-02T12:00:00Z", "3")

    assert set(came.pruned(timedelta(seconds=30)).seen) == {"2", "3"}


def test_a_second_look_goes_no_further_than_the_mark() -> None:
    came = Cursor().moved("7", "2026-03-02T12:00:00Z", "40")

    assert came.again(timedelta(seconds=30)) == (
        "LastUpdated >= '2026-03-02 11:59:30 +0000' AND "
        "LastUpdated <= '2026-03-02 12:00:00 +0000'"
    )


@pytest.mark.parametrize("cursor", ["", "7", "{}", "[1,2]", '["x",1,[]]', "[null]"])
def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid):
        Cursor.read(cursor)


def test_a_time_in_a_query_names_its_zone() -> None:
    assert instant(NOON) == "2026-03-02 12:00:00 +0000"


# files


@given(st.binary(max_size=3000), st.integers(min_value=1, max_value=200))
def test_a_file_is_read_from_json_however_it_is_cut(content: bytes, size: int) -> None:
    encoded = base64.encodebytes(content).decode()
    body = json.dumps(
        {"Filename": '"Content" : "no', "Content": encoded, "id": 1}
    ).encode()
    chunks = [body[n : n + size] for n in range(0, len(body), size)]

    assert b"".join(file_content(chunks)) == content


@pytest.mark.parametrize(
    "body", [b"{}", b'{"Content" : "AAEC', b'{"Content" : "%%%%"}', b""]
)
def test_a_file_that_is_not_whole_is_no_file(body: bytes) -> None:
    with pytest.raises(Transient):
        list(file_content([body]))
