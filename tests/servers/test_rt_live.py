"""Request Tracker 5 keeps the backend contract, and loses nothing with an answer."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from casecli.backends import BackendOptions
from casecli.backends.request_tracker import RequestTracker
from casecli.backends.request_tracker_pull import Cursor
from casecli.conformance import BackendContract, Vendor
from casecli.domain.calendar import parse_time
from casecli.domain.case import (
    CommunicationPlan,
    EscalationState,
    Feed,
    Side,
    Status,
    Visibility,
)
from casecli.domain.change import (
    AddComment,
    AgreePlan,
    Deescalate,
    EditFields,
    Escalate,
    Reopen,
)
from casecli.domain.errors import (
    AuthError,
    Invalid,
    NotFoundRemote,
    PermissionDenied,
    Unknown,
    VersionConflict,
)
from casecli.domain.ports import Support
from tests.servers.changes import (
    MONDAY,
    Agents,
    close,
    comment,
    file,
    opening,
    read,
)
from tests.servers.process import Desk
from tests.servers.proxy import LossyProxy, lossy

pytestmark = pytest.mark.servers


def connect(
    tracker: Desk, url: str, user: str = "customer", **settings: str
) -> RequestTracker:
    role = "agent" if user == "agent" else "customer"
    return RequestTracker(
        BackendOptions(
            profile="live",
            url=url,
            user="someone",
            role=role,
            folder=Path("unused"),
            settings={
                "queue": "support",
                "field.product.name": "Product",
                **settings,
            },
            token=lambda: tracker.tokens[user],
        )
    )


@pytest.fixture
def backend(tracker: Desk) -> Iterator[RequestTracker]:
    connected = connect(tracker, tracker.url)
    yield connected
    connected.close()


@pytest.fixture
def agent(tracker: Desk) -> Iterator[RequestTracker]:
    connected = connect(tracker, tracker.url, "agent")
    yield connected
    connected.close()


@pytest.fixture
def proxy(tracker: Desk) -> Iterator[LossyProxy]:
    with lossy(tracker.port) as way:
        yield way


@pytest.fixture
def through_proxy(tracker: Desk, proxy: LossyProxy) -> Iterator[RequestTracker]:
    connected = connect(tracker, proxy.url)
    yield connected
    connected.close()


class TestRequestTracker(BackendContract):
    edit = {"subject": "Print jobs hang since noon", "severity": "high"}  # noqa: RUF012 (the contract says ClassVar)

    @pytest.fixture
    def backend(self, tracker: Desk) -> Iterator[RequestTracker]:
        connected = connect(tracker, tracker.url)
        yield connected
        connected.close()

    @pytest.fixture
    def second(self, tracker: Desk) -> Iterator[RequestTracker]:
        connected = connect(tracker, tracker.url)
        yield connected
        connected.close()

    @pytest.fixture
    def vendor(self, agent: RequestTracker) -> Vendor:
        return Agents(agent)


# an answer is lost


def test_an_answer_lost_while_reading_back_leaves_the_write_delivered(
    through_proxy: RequestTracker, proxy: LossyProxy, tracker: Desk
) -> None:
    number = through_proxy.deliver(opening("for-reread"), None).number
    dead = connect(tracker, proxy.url)
    dead._reader.seen = _gone  # type: ignore[method-assign, assignment] # noqa: SLF001 (the one read that must fail)

    receipt = dead.deliver(comment("unread", "said"), number)

    dead.close()
    assert (receipt.number, receipt.verified) == (number, False)
    assert [each.text for each in read(through_proxy, number).case.comments] == ["said"]


def _gone(number: str, *_: object) -> object:
    raise Unknown(number)


def test_a_write_is_read_back_without_the_bytes_of_older_files(
    backend: RequestTracker,
) -> None:
    number = backend.deliver(opening("lean"), None).number
    backend.deliver(file("lean-1", b"trace"), number, source=io.BytesIO(b"trace"))

    seen = backend._reader.seen(number)  # noqa: SLF001 (what a write does then)

    assert seen.snapshot.version == read(backend, number).version
    assert seen.snapshot.case.description.startswith("Since noon.")
    assert seen.snapshot.case.attachments == ()


# a receipt names what Request Tracker only said it did


def test_a_value_dropped_with_200_is_named(backend: RequestTracker) -> None:
    number = backend.deliver(opening("dropped", severity="high"), None).number
    change = EditFields(
        key="e", case="L1", at=MONDAY, fields={"severity": "apocalyptic"}
    )

    receipt = backend.deliver(change, number)

    assert receipt.ignored == {"severity": "Request Tracker did not keep it"}
    assert read(backend, number).case.severity == "high"


def test_severities_are_translated_both_ways(tracker: Desk) -> None:
    settings = {"map.severity.1": "critical", "map.severity.3": "low"}
    backend = connect(tracker, tracker.url, **settings)

    number = backend.deliver(opening("translated", severity="1"), None).number

    case = read(backend, number).case
    backend.close()
    assert (case.severity, case.fields) == ("1", {})


def test_a_severity_may_be_a_priority(tracker: Desk) -> None:
    backend = connect(tracker, tracker.url, severity_field="Priority")

    receipt = backend.deliver(opening("priority", severity="urgent"), None)

    severity = read(backend, receipt.number).case.severity
    backend.close()
    assert "severity" in receipt.applied
    assert severity == "urgent"


def test_without_a_field_for_our_keys_nothing_can_be_found(tracker: Desk) -> None:
    backend = connect(tracker, tracker.url, key_field="Not-There")

    dedupe = backend.capabilities().dedupe

    backend.close()
    assert dedupe is Support.NONE


def test_talk_since_then_is_no_conflict_and_a_new_subject_is(
    backend: RequestTracker, agent: RequestTracker
) -> None:
    number = backend.deliver(opening("conflict"), None).number
    version = read(backend, number).version
    agent.deliver(comment("talk", "we are looking"), number)
    mine = EditFields(key="m", case="L1", at=MONDAY, fields={"subject": "Mine"})
    theirs = EditFields(key="t", case="L1", at=MONDAY, fields={"subject": "Theirs"})

    backend.deliver(mine, number, version=version)
    stale = read(backend, number).version
    agent.deliver(theirs, number)

    with pytest.raises(VersionConflict):
        backend.deliver(mine, number, version=stale)
    assert read(backend, number).case.subject == "Theirs"


# who we are, and what is refused


def test_a_token_tells_whose_it_is(backend: RequestTracker) -> None:
    me = backend.whoami()

    assert (me.name, me.email) == ("customer", "customer@support.test")


def test_another_login_than_the_token_is_refused(tracker: Desk) -> None:
    backend = connect(tracker, tracker.url, login="agent")

    with pytest.raises(AuthError):
        backend.whoami()

    backend.close()


def test_a_strangers_case_is_not_found(backend: RequestTracker, tracker: Desk) -> None:
    number = backend.deliver(opening("not-yours"), None).number
    stranger = connect(tracker, tracker.url, "stranger")

    with pytest.raises(NotFoundRemote):
        stranger.fetch(number)
    with pytest.raises(NotFoundRemote):
        stranger.deliver(comment("hello", "hello?"), number)

    stranger.close()


def test_customers_write_no_internal_comments(backend: RequestTracker) -> None:
    number = backend.deliver(opening("internal"), None).number
    change = AddComment(
        key="i", case="L1", at=MONDAY, text="psst", visibility=Visibility.INTERNAL
    )

    with pytest.raises(PermissionDenied):
        backend.deliver(change, number)


def test_a_large_file_goes_up_in_pieces_and_comes_back(
    backend: RequestTracker,
) -> None:
    number = backend.deliver(opening("large"), None).number
    content = bytes(range(256)) * (24 * 4096)
    pieces: list[int] = []

    receipt = backend.deliver(
        file("large-file", content, 'a "näme"\n.bin'),
        number,
        source=io.BytesIO(content),
        progress=pieces.append,
    )

    out = io.BytesIO()
    backend.download(number, receipt.event_id or "", out)
    assert out.getvalue() == content
    assert pieces == [1024 * 1024] * 24
    assert receipt.verified


def test_a_web_reply_of_the_vendor_is_read_as_text(
    backend: RequestTracker, tracker: Desk
) -> None:
    number = backend.deliver(opening("html"), None).number
    httpx.post(
        f"{tracker.url}/REST/2.0/ticket/{number}/correspond",
        headers={"Authorization": f"token {tracker.tokens['agent']}"},
        json={
            "Content": "<p>[escalation]</p><p>On it &amp; <b>soon</b></p>",
            "ContentType": "text/html",
        },
    )

    (said,) = read(backend, number).case.comments

    assert (said.text, said.feed, said.side) == (
        "On it & soon",
        Feed.ESCALATION,
        Side.VENDOR,
    )


# a case's life


def test_a_case_from_opening_to_reopening(
    backend: RequestTracker, agent: RequestTracker
) -> None:
    opened = backend.deliver(opening("life-1", severity="urgent"), None)
    number = opened.number
    backend.deliver(file("life-2", b"trace"), number, source=io.BytesIO(b"trace"))
    backend.deliver(comment("life-3", "any news?"), number)
    asked = Escalate(
        key="life-4",
        case="L1",
        at=MONDAY,
        reason="impact",
        details="The line stands.\n\nAll day.",
        outcome="a date",
    )
    escalated = backend.deliver(asked, number)

    agent.deliver(comment("a-1", "a manager calls", Feed.ESCALATION), number)
    case = read(backend, number).case
    assert case.escalation is not None
    assert case.escalation.state is EscalationState.ACTIVE
    assert (case.escalation.reason, case.escalation.outcome) == ("impact", "a date")
    assert case.escalation.details == "The line stands.\n\nAll day."
    assert set(escalated.applied) == {"reason", "state", "details", "outcome"}
    with pytest.raises(Invalid):
        backend.deliver(asked, number)

    plan = CommunicationPlan(mode="call", every="4h", attendees=("ann", "bob"))
    backend.deliver(AgreePlan(key="life-5", case="L1", at=MONDAY, plan=plan), number)
    backend.deliver(
        Deescalate(key="life-6", case="L1", at=MONDAY, agreement="agreed"), number
    )
    closed = backend.deliver(close("life-7"), number)
    ended = read(backend, number).case
    backend.deliver(Reopen(key="life-8", case="L1", at=MONDAY, reason="back"), number)
    case = read(backend, number).case

    assert set(closed.applied) == {"status", "close_reason"}
    assert (ended.status, ended.close_reason) == (Status.CLOSED, "solved")
    assert ended.closed_at is not None
    assert ended.escalation is not None
    assert ended.escalation.state is EscalationState.CLOSED
    assert (case.status, case.close_reason, case.closed_at) == (Status.OPEN, None, None)
    assert [(each.key, each.feed, each.side) for each in case.comments] == [
        ("life-3", Feed.CASE, Side.CUSTOMER),
        ("life-4", Feed.ESCALATION, Side.CUSTOMER),
        ("a-1", Feed.ESCALATION, Side.VENDOR),
        ("life-5", Feed.ESCALATION, Side.CUSTOMER),
        ("life-6", Feed.ESCALATION, Side.CUSTOMER),
        ("life-7", Feed.CASE, Side.CUSTOMER),
        ("life-8", Feed.CASE, Side.CUSTOMER),
    ]
    assert case.comments[2].text == "a manager calls"
    assert [(each.name, each.key) for each in case.attachments] == [
        ("trace.bin", "life-2")
    ]


def test_an_unchanged_queue_gives_an_empty_page(backend: RequestTracker) -> None:
    backend.deliver(opening("pull"), None)
    start = backend.changed_since(None, 1000)

    again = backend.changed_since(start.next, 1000)

    assert (again.snapshots, again.more) == ((), False)


def test_a_change_that_shows_late_is_still_pulled(backend: RequestTracker) -> None:
    number = backend.deliver(opening("late"), None).number
    came = Cursor.read(backend.changed_since(None, 1000).next)
    assert came.at is not None
    ahead = replace(came, at=came.at + timedelta(seconds=20))
    backend.deliver(comment("late-comment", "committed late"), number)

    page = backend.changed_since(str(ahead), 1000)

    assert [each.number for each in page.snapshots] == [number]
    assert backend.changed_since(page.next, 1000).snapshots == ()


def test_a_second_answer_of_the_same_second_is_still_pulled(
    backend: RequestTracker,
) -> None:
    number = backend.deliver(opening("same-second"), None).number
    came = Cursor.read(backend.changed_since(None, 1000).next)
    backend.deliver(comment("same-second-comment", "right away"), number)
    ticket, _ = backend._reader.ticket(number)  # noqa: SLF001 (its second, to the letter)
    updated = ticket["LastUpdated"]
    # As if both had happened within the second that was seen already.
    _, version = came.seen[number]
    seen = {**came.seen, number: (updated, version)}
    at = parse_time(updated)
    mark = replace(came, at=at, ticket=int(number), seen=seen)

    page = backend.changed_since(str(mark), 1000)

    assert [each.number for each in page.snapshots] == [number]
    assert backend.changed_since(page.next, 1000).snapshots == ()


def test_the_horizon_is_two_minutes_unless_set(
    tracker: Desk, backend: RequestTracker
) -> None:
    quick = connect(tracker, tracker.url, horizon="3")

    seconds = (backend.capabilities().horizon, quick.capabilities().horizon)

    quick.close()
    assert seconds == (timedelta(seconds=120), timedelta(seconds=3))
