"""What every backend promises, as tests a backend's author runs against a real server.

Needs pytest. Subclass `BackendContract` as `TestSomething`, override the `backend`
fixture, and the hooks for what your server allows a test to do; what it cannot is
skipped by capability. Every test opens a case of its own and cleans nothing up.
"""

# ruff: noqa: S101, D102 (these are tests: assert speaks, and the name is the sentence)

from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Protocol
from uuid import uuid4

import pytest

from casecli.domain.case import Feed, Side, Status, Visibility
from casecli.domain.change import (
    AddAttachment,
    AddComment,
    Cancel,
    Close,
    EditFields,
    Escalate,
    Open,
    Reopen,
)
from casecli.domain.errors import (
    BackendError,
    NotFoundRemote,
    TooLarge,
    VersionConflict,
)
from casecli.domain.folding import with_fields
from casecli.domain.ports import Support

if TYPE_CHECKING:
    from collections.abc import Mapping

    from casecli.domain.case import Case
    from casecli.domain.change import Receipt
    from casecli.domain.ports import Backend, Page, Snapshot

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
ODD_TEXT = (
    "Grüße, 日本語, 👩🏽‍🚀, שלום, a\u0301, \u202e, \ufeff, tab\there\nnext <b>&amp;</b>"
)


class Vendor(Protocol):
    """The other side of the server under test, where a test can play it."""

    def says(self, number: str, text: str) -> object:
        """Write a comment the customer may read."""
        ...

    def says_internally(self, number: str, text: str) -> object:
        """Write a comment only the vendor's people may read."""
        ...


class BackendContract:
    """The promises; a subclass brings the server.

    `at` is the time the changes carry; `unknown_number` looks right and is nobody's;
    `edit` are fields your server lets a customer change after opening.
    """

    at: ClassVar[datetime] = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    unknown_number: ClassVar[str] = "999999999"
    edit: ClassVar[Mapping[str, str]] = {"subject": "Print jobs hang since noon"}

    # what a subclass overrides

    @pytest.fixture
    def backend(self) -> Backend:
        """Give a backend logged in as a customer; override this."""
        raise NotImplementedError

    @pytest.fixture
    def second(self) -> Backend | None:
        """Give another connection of the same customer, None to skip its tests."""
        return None

    @pytest.fixture
    def vendor(self) -> Vendor | None:
        """Give the vendor's side, None to skip what needs it."""
        return None

    # a key is delivered once

    def test_a_case_delivered_twice_is_one_case(self, backend: Backend) -> None:
        _needs(backend.capabilities().dedupe, "dedupe")
        change = self.an_open()

        first = backend.deliver(change, None)
        again = backend.deliver(change, None)

        assert again == first
        assert _numbers_of(backend, change.key) == [first.number]

    def test_a_comment_delivered_twice_is_one_comment(self, backend: Backend) -> None:
        _needs(backend.capabilities().dedupe, "dedupe")
        number = self.opened(backend)
        change = self.a_comment("said once")

        first = backend.deliver(change, number)
        again = backend.deliver(change, number)

        assert again == first
        assert _texts(backend, number).count("said once") == 1

    def test_a_file_delivered_twice_is_one_file(self, backend: Backend) -> None:
        _needs(backend.capabilities().attachments, "attachments", emulated=True)
        _needs(backend.capabilities().dedupe, "dedupe")
        number = self.opened(backend)
        change = self.a_file(b"once")

        first = backend.deliver(change, number, source=io.BytesIO(b"once"))
        again = backend.deliver(change, number, source=io.BytesIO(b"once"))

        assert again == first
        assert len(_case(backend, number).attachments) == 1

    def test_two_deliveries_of_a_key_at_once_make_one_case(
        self, backend: Backend, second: Backend | None
    ) -> None:
        _needs(backend.capabilities().dedupe, "dedupe")
        if second is None:
            pytest.skip("no second connection")
        change = self.an_open()

        with ThreadPoolExecutor(max_workers=2) as pool:
            pending = [
                pool.submit(each.deliver, change, None) for each in (backend, second)
            ]
            receipts = [each.result() for each in pending]

        assert receipts[0] == receipts[1]
        assert _numbers_of(backend, change.key) == [receipts[0].number]

    # a lost answer is found again

    def test_a_delivered_case_is_found_by_its_key(self, backend: Backend) -> None:
        change = self.an_open()
        receipt = backend.deliver(change, None)

        found = backend.find(change.key, "open", None, LONG_AGO)

        assert found is not None
        assert found.number == receipt.number

    def test_a_delivered_comment_is_found_by_its_key(self, backend: Backend) -> None:
        number = self.opened(backend)
        change = self.a_comment("can be found")
        receipt = backend.deliver(change, number)

        found = backend.find(change.key, "comment", number, LONG_AGO)

        assert found is not None
        assert (found.number, found.event_id) == (number, receipt.event_id)

    def test_a_delivered_file_is_found_by_its_key(self, backend: Backend) -> None:
        _needs(backend.capabilities().attachments, "attachments", emulated=True)
        number = self.opened(backend)
        change = self.a_file(b"can be found")
        receipt = backend.deliver(change, number, source=io.BytesIO(b"can be found"))

        found = backend.find(change.key, "attachment", number, LONG_AGO)

        assert found is not None
        assert (found.number, found.event_id) == (number, receipt.event_id)

    def test_a_key_never_sent_is_not_found(self, backend: Backend) -> None:
        number = self.opened(backend)

        assert backend.find(_key(), "open", None, LONG_AGO) is None
        assert backend.find(_key(), "comment", number, LONG_AGO) is None
        assert backend.find(_key(), "attachment", number, LONG_AGO) is None

    def test_native_dedupe_needs_no_horizon(self, backend: Backend) -> None:
        _needs(backend.capabilities().dedupe, "dedupe")

        assert backend.capabilities().horizon == timedelta(0)

    def test_what_we_made_carries_our_keys(self, backend: Backend) -> None:
        opening = self.an_open()
        number = backend.deliver(opening, None).number
        comment = self.a_comment("ours")
        backend.deliver(comment, number)

        snapshot = _snapshot(backend, number)

        assert snapshot.key == opening.key
        assert comment.key in [each.key for each in snapshot.case.comments]

    # nothing is overwritten unseen

    def test_an_edit_of_a_stale_version_conflicts_and_does_nothing(
        self, backend: Backend
    ) -> None:
        _needs(backend.capabilities().concurrency, "concurrency")
        number = self.opened(backend)
        stale = _snapshot(backend, number).version
        backend.deliver(self.an_edit(self.edit), number)
        before = _snapshot(backend, number)

        with pytest.raises(VersionConflict):
            backend.deliver(self.an_edit({"subject": "lost"}), number, version=stale)

        assert _snapshot(backend, number) == before

    def test_closing_a_stale_version_conflicts_and_does_nothing(
        self, backend: Backend
    ) -> None:
        _needs(backend.capabilities().concurrency, "concurrency")
        number = self.opened(backend)
        stale = _snapshot(backend, number).version
        backend.deliver(self.an_edit(self.edit), number)

        with pytest.raises(VersionConflict):
            backend.deliver(self.a_close(), number, version=stale)

        assert not _case(backend, number).status.ended

    def test_a_comment_on_a_stale_version_goes_in(self, backend: Backend) -> None:
        number = self.opened(backend)
        stale = _snapshot(backend, number).version
        backend.deliver(self.an_edit(self.edit), number)

        backend.deliver(self.a_comment("never conflicts"), number, version=stale)

        assert "never conflicts" in _texts(backend, number)

    # a receipt tells the truth

    def test_all_an_open_is_said_to_apply_is_there(self, backend: Backend) -> None:
        change = self.an_open()

        receipt = backend.deliver(change, None)

        case = _case(backend, receipt.number)
        assert {"subject", "description"} <= _told_of(receipt)
        assert _untrue(case, receipt, _values(change)) == []

    def test_all_an_edit_is_said_to_apply_is_there(self, backend: Backend) -> None:
        number = self.opened(backend)

        receipt = backend.deliver(self.an_edit(self.edit), number)

        assert set(self.edit) <= _told_of(receipt)
        assert _untrue(_case(backend, number), receipt, self.edit) == []

    def test_a_status_cannot_be_set_like_a_field(self, backend: Backend) -> None:
        number = self.opened(backend)
        change = self.an_edit({"status": "no such status"})

        ignored: Mapping[str, str]
        try:
            ignored = backend.deliver(change, number).ignored
        except BackendError as refusal:
            ignored = {"status": str(refusal)}

        assert "status" in ignored
        assert _case(backend, number).status is not Status.CLOSED

    def test_a_snapshot_leaves_our_side_to_us(self, backend: Backend) -> None:
        case = _case(backend, self.opened(backend))

        assert (case.ref, case.profile) == ("", "")

    # nothing is missed

    def test_writes_between_pages_are_not_missed(self, backend: Backend) -> None:
        start = _to_the_end(backend, None)[-1].next
        numbers = [self.opened(backend) for _ in range(3)]
        backend.deliver(self.a_comment("before"), numbers[0])

        first = backend.changed_since(start, 1)
        backend.deliver(self.a_comment("meanwhile"), numbers[0])
        late = self.opened(backend)
        rest = _to_the_end(backend, first.next, limit=1)

        seen = [each for page in (first, *rest) for each in page.snapshots]
        assert {*numbers, late} <= {each.number for each in seen}
        newest = [each for each in seen if each.number == numbers[0]][-1]
        assert "meanwhile" in [each.text for each in newest.case.comments]

    def test_a_cursor_may_be_used_again(self, backend: Backend) -> None:
        start = _to_the_end(backend, None)[-1].next
        number = self.opened(backend)

        once = backend.changed_since(start, 10)
        twice = backend.changed_since(start, 10)

        assert once == twice
        assert number in [each.number for each in once.snapshots]

    def test_the_last_page_says_so(self, backend: Backend) -> None:
        self.opened(backend)

        pages = _to_the_end(backend, None)

        assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False]

    def test_a_case_is_once_on_a_page(self, backend: Backend) -> None:
        start = _to_the_end(backend, None)[-1].next
        number = self.opened(backend)
        backend.deliver(self.a_comment("one"), number)
        backend.deliver(self.a_comment("two"), number)

        page = backend.changed_since(start, 10)

        assert [each.number for each in page.snapshots].count(number) == 1

    def test_an_unchanged_case_is_not_sent_again(self, backend: Backend) -> None:
        number = self.opened(backend)
        version = _snapshot(backend, number).version

        assert backend.fetch(number, if_version=version) is None

    def test_a_changed_case_is_sent_again(self, backend: Backend) -> None:
        number = self.opened(backend)
        version = _snapshot(backend, number).version
        backend.deliver(self.a_comment("news"), number)

        snapshot = backend.fetch(number, if_version=version)

        assert snapshot is not None
        assert snapshot.version != version

    # who may read what

    def test_internal_talk_never_reaches_the_customer(
        self, backend: Backend, vendor: Vendor | None
    ) -> None:
        if vendor is None:
            pytest.skip("nobody plays the vendor")
        _needs(backend.capabilities().internal_comments, "internal", emulated=True)
        start = _to_the_end(backend, None)[-1].next
        number = self.opened(backend)

        vendor.says_internally(number, "between us")

        assert "between us" not in repr(_snapshot(backend, number))
        assert "between us" not in repr(_to_the_end(backend, start))

    def test_the_sides_of_a_talk_are_told_apart(
        self, backend: Backend, vendor: Vendor | None
    ) -> None:
        if vendor is None:
            pytest.skip("nobody plays the vendor")
        number = self.opened(backend)
        backend.deliver(self.a_comment("is it known?"), number)

        vendor.says(number, "it is")

        sides = {each.text: each.side for each in _case(backend, number).comments}
        assert sides["is it known?"] is Side.CUSTOMER
        assert sides["it is"] is Side.VENDOR
        assert _case(backend, number).vendor_updated_at is not None

    def test_the_feeds_are_told_apart(self, backend: Backend) -> None:
        _needs(backend.capabilities().feeds, "feeds", emulated=True)
        number = self.opened(backend)
        change = replace(self.a_comment("to the owner"), feed=Feed.ESCALATION)

        backend.deliver(change, number)

        feeds = {each.text: each.feed for each in _case(backend, number).comments}
        assert feeds["to the owner"] is Feed.ESCALATION

    def test_a_customer_writes_in_public_unless_asked(self, backend: Backend) -> None:
        number = self.opened(backend)

        backend.deliver(self.a_comment("for all"), number)

        shown = {each.text: each.visibility for each in _case(backend, number).comments}
        assert shown["for all"] is Visibility.PUBLIC

    def test_an_unknown_number_is_not_found(self, backend: Backend) -> None:
        with pytest.raises(NotFoundRemote):
            backend.fetch(self.unknown_number)
        with pytest.raises(NotFoundRemote):
            backend.deliver(self.a_comment("hello?"), self.unknown_number)
        with pytest.raises(NotFoundRemote):
            backend.download(self.unknown_number, "1", io.BytesIO())

    def test_the_server_knows_who_we_are(self, backend: Backend) -> None:
        assert backend.whoami().name

    # bytes and texts

    @pytest.mark.parametrize("size", [0, 1, 1024 * 1024 + 1])
    def test_bytes_come_back_as_they_went(self, backend: Backend, size: int) -> None:
        _needs(backend.capabilities().attachments, "attachments", emulated=True)
        number = self.opened(backend)
        content = (bytes(range(256)) * (size // 256 + 1))[:size]
        change = self.a_file(content)

        receipt = backend.deliver(change, number, source=io.BytesIO(content))

        out = io.BytesIO()
        kept = _case(backend, number).attachments[-1]
        backend.download(number, kept.id, out)
        assert (receipt.event_id, kept.name, kept.size) == (kept.id, change.name, size)
        assert hashlib.sha256(out.getvalue()).hexdigest() == change.sha256

    def test_a_file_over_the_limit_is_too_large(self, backend: Backend) -> None:
        limit = backend.capabilities().max_attachment
        if limit is None:
            pytest.skip("the server has no limit")
        number = self.opened(backend)
        change = replace(self.a_file(b""), size=limit + 1)

        with pytest.raises(TooLarge) as refusal:
            backend.deliver(change, number, source=io.BytesIO())

        assert refusal.value.limit == limit
        assert _case(backend, number).attachments == ()

    def test_a_foreign_attachment_is_not_found(self, backend: Backend) -> None:
        _needs(backend.capabilities().attachments, "attachments", emulated=True)
        mine, other = self.opened(backend), self.opened(backend)
        backend.deliver(self.a_file(b"mine"), mine, source=io.BytesIO(b"mine"))
        kept = _case(backend, mine).attachments[0].id

        with pytest.raises(NotFoundRemote):
            backend.download(other, kept, io.BytesIO())

    def test_odd_text_survives(self, backend: Backend) -> None:
        number = self.opened(backend)

        backend.deliver(self.a_comment(ODD_TEXT), number)

        assert ODD_TEXT in _texts(backend, number)

    # the life of a case

    def test_a_case_is_closed_reopened_and_closed(self, backend: Backend) -> None:
        _needs(backend.capabilities().reopen, "reopen", emulated=True)
        number = self.opened(backend)

        backend.deliver(self.a_close(), number)
        closed = _case(backend, number).status
        backend.deliver(self.a_reopen(), number)
        reopened = _case(backend, number).status
        backend.deliver(self.a_close(), number)

        assert closed is Status.CLOSED
        assert not reopened.ended
        assert _case(backend, number).status is Status.CLOSED

    def test_a_close_keeps_its_reason(self, backend: Backend) -> None:
        _needs(backend.capabilities().close_reason, "close reason")
        number = self.opened(backend)

        backend.deliver(self.a_close(), number)

        assert _case(backend, number).close_reason == "solved"

    def test_closing_a_closed_case_does_no_harm(self, backend: Backend) -> None:
        number = self.opened(backend)
        backend.deliver(self.a_close(), number)

        backend.deliver(self.a_close(), number)

        assert _case(backend, number).status is Status.CLOSED

    def test_a_cancelled_case_has_ended(self, backend: Backend) -> None:
        number = self.opened(backend)

        backend.deliver(
            Cancel(key=_key(), case="L1", at=self.at, reason="not needed"), number
        )

        assert _case(backend, number).status.ended

    def test_an_escalation_is_there_afterwards(self, backend: Backend) -> None:
        _needs(backend.capabilities().escalate, "escalate")
        number = self.opened(backend)
        change = self.an_escalation()

        receipt = backend.deliver(change, number)

        newest = _case(backend, number).escalation
        assert newest is not None
        assert newest.state.live
        assert (newest.id, newest.key) == (receipt.event_id, change.key)

    def test_escalating_while_escalated_is_refused(self, backend: Backend) -> None:
        _needs(backend.capabilities().escalate, "escalate")
        number = self.opened(backend)
        backend.deliver(self.an_escalation(), number)
        before = _snapshot(backend, number)

        with pytest.raises(BackendError):
            backend.deliver(self.an_escalation(), number)

        assert _snapshot(backend, number) == before

    # changes to deliver; a subclass may send others

    def an_open(self) -> Open:
        """Build an opening with a new key."""
        return Open(
            key=_key(),
            case="L1",
            at=self.at,
            subject="Print jobs hang",
            description="Since this morning nothing is printed.",
            text="Since this morning nothing is printed.\n\nFrequency: always",
            fields={"product.name": "Press", "occurrence.frequency": "always"},
        )

    def opened(self, backend: Backend) -> str:
        """Open a case and give its number."""
        return backend.deliver(self.an_open(), None).number

    def a_comment(self, text: str) -> AddComment:
        """Build a comment with a new key."""
        return AddComment(key=_key(), case="L1", at=self.at, text=text)

    def a_file(self, content: bytes) -> AddAttachment:
        """Build the change that sends this content."""
        return AddAttachment(
            key=_key(),
            case="L1",
            at=self.at,
            name="spooler.log",
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
        )

    def an_edit(self, values: Mapping[str, str]) -> EditFields:
        """Build an edit with a new key."""
        return EditFields(key=_key(), case="L1", at=self.at, fields=values)

    def a_close(self) -> Close:
        """Build a close with a new key."""
        return Close(key=_key(), case="L1", at=self.at, reason="solved")

    def a_reopen(self) -> Reopen:
        """Build a reopen with a new key."""
        return Reopen(key=_key(), case="L1", at=self.at, reason="it is back")

    def an_escalation(self) -> Escalate:
        """Build an escalation with a new key."""
        return Escalate(
            key=_key(), case="L1", at=self.at, reason="impact", details="line stands"
        )


def _key() -> str:
    return str(uuid4())


def _needs(support: Support, what: str, *, emulated: bool = False) -> None:
    enough = (Support.NATIVE, Support.EMULATED) if emulated else (Support.NATIVE,)
    if support not in enough:
        pytest.skip(f"{what} is {support}")


def _snapshot(backend: Backend, number: str) -> Snapshot:
    snapshot = backend.fetch(number)
    assert snapshot is not None
    return snapshot


def _case(backend: Backend, number: str) -> Case:
    return _snapshot(backend, number).case


def _texts(backend: Backend, number: str) -> list[str]:
    return [each.text for each in _case(backend, number).comments]


def _to_the_end(backend: Backend, cursor: str | None, limit: int = 50) -> list[Page]:
    pages = [backend.changed_since(cursor, limit)]
    while pages[-1].more:
        assert pages[-1].snapshots, "a page without cases promised more"
        pages.append(backend.changed_since(pages[-1].next, limit))
    return pages


def _numbers_of(backend: Backend, key: str) -> list[str]:
    pages = _to_the_end(backend, None)
    return [each.number for page in pages for each in page.snapshots if each.key == key]


def _values(change: Open) -> dict[str, str]:
    return {"subject": change.subject, **change.fields}


def _told_of(receipt: Receipt) -> set[str]:
    return {*receipt.applied, *receipt.ignored}


def _untrue(case: Case, receipt: Receipt, values: Mapping[str, str]) -> list[str]:
    return [
        name
        for name in receipt.applied
        if name in values and with_fields(case, {name: values[name]}) != case
    ]
