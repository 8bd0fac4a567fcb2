"""The port over a folder and a person: what can hold there of the contract."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from casecli import policies
from casecli.backends import BackendOptions, open_backend
from casecli.backends.handoff import Handoff, keep_files, read_package
from casecli.domain.calling import Caller
from casecli.domain.case import Case, Visibility
from casecli.domain.change import AddAttachment, AddComment, Close, Open
from casecli.domain.errors import BadInput, Invalid, NotFoundRemote, Unsupported
from casecli.domain.handing import Briefing
from casecli.domain.ports import Support

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
OPEN = Open(key="k-1", case="L1", at=NOON, subject="Print jobs hang", severity="high")
COMMENT = AddComment(key="k-2", case="L1", at=NOON, text="since this morning")
BYTES = b"spooled\n" * 9
FILE = AddAttachment(
    key="k-3",
    case="L1",
    at=NOON,
    name="spool.log",
    sha256=hashlib.sha256(BYTES).hexdigest(),
    size=len(BYTES),
)


@pytest.fixture
def options(tmp_path: Path) -> BackendOptions:
    """A profile at Genesys, whose case L1 has the number 4711."""
    brief = Briefing(
        policy=policies.load("genesys"),
        caller=Caller(profile="gen", name="Kim"),
        case=lambda ref: Case(ref=ref, number="4711", subject="Print jobs hang"),
    )
    return BackendOptions(
        profile="gen",
        url="",
        user="kim",
        role="designated-contact",
        folder=tmp_path / "handoff",
        briefing=lambda: brief,
    )


@pytest.fixture
def backend(options: BackendOptions) -> Handoff:
    """The backend over it."""
    return Handoff(options)


def test_a_receipt_says_that_a_person_has_yet_to_go(backend: Handoff) -> None:
    receipt = backend.deliver(OPEN, None)

    assert (receipt.by_hand, receipt.number) == (True, "")
    assert backend.capabilities().by_hand
    assert backend.capabilities().dedupe is Support.NATIVE
    assert backend.capabilities().horizon == timedelta(0)


def test_a_change_delivered_twice_is_one_sheet(
    backend: Handoff, options: BackendOptions
) -> None:
    first = backend.deliver(OPEN, None)
    backend.deliver(COMMENT, None)
    before = read_package(options.folder / "L1")

    again = backend.deliver(OPEN, None)

    assert again == first
    assert read_package(options.folder / "L1") == before
    assert [each.n for each in before] == [1, 2]


def test_a_sheet_made_again_knows_the_number(
    backend: Handoff, options: BackendOptions
) -> None:
    backend.deliver(COMMENT, None)
    backend.deliver(COMMENT, "4711")

    (packed,) = read_package(options.folder / "L1")

    assert packed.sheet.number == "4711"
    assert packed.eml == "1-comment.eml"


def test_what_was_made_is_found_by_its_key(backend: Handoff) -> None:
    backend.deliver(OPEN, None)
    backend.deliver(COMMENT, "4711")

    assert backend.find("k-1", "open", None, NOON) is not None
    found = backend.find("k-2", "comment", "4711", NOON)
    assert found is not None
    assert found.by_hand
    assert backend.find("k-2", "close", "4711", NOON) is None
    assert backend.find("k-9", "open", None, NOON) is None


def test_the_sealed_bytes_lie_beside_the_sheet_and_come_back(
    backend: Handoff, options: BackendOptions
) -> None:
    pieces: list[int] = []
    backend.deliver(FILE, "4711", None, io.BytesIO(BYTES), pieces.append)
    out = io.BytesIO()

    backend.download("4711", "k-3", out)

    assert (options.folder / "L1" / "files" / "spool.log").read_bytes() == BYTES
    assert out.getvalue() == BYTES
    assert sum(pieces) == len(BYTES)


def test_two_files_of_one_name_lie_side_by_side(
    backend: Handoff, options: BackendOptions
) -> None:
    backend.deliver(FILE, "4711", None, io.BytesIO(b"one"))
    other = replace(FILE, key="k-4")
    backend.deliver(other, "4711", None, io.BytesIO(b"two"))
    backend.deliver(other, "4711", None, io.BytesIO(b"two"))

    files = {e.name: e.read_bytes() for e in (options.folder / "L1/files").iterdir()}

    assert files == {"spool.log": b"one", "spool-2.log": b"two"}


@pytest.mark.parametrize(
    ("number", "attachment"),
    [
        ("4711", "../../../etc/passwd"),
        ("4711", "/etc/passwd"),
        ("4711", "L1/mail/none"),
        ("4712", "L1/mail/a/plan.xml"),
        ("4711", ""),
        ("4711", "L1"),
    ],
)
def test_a_file_elsewhere_or_of_another_case_is_not_found(
    backend: Handoff, options: BackendOptions, number: str, attachment: str
) -> None:
    keep_files(options.folder, "L1/mail/a", {"plan.xml": b"<plan/>"})

    with pytest.raises(NotFoundRemote):
        backend.download(number, attachment, io.BytesIO())


def test_nobody_can_be_asked(backend: Handoff) -> None:
    with pytest.raises(Unsupported):
        backend.fetch("4711")
    page = backend.changed_since("c-1", 50)

    assert (page.snapshots, page.next, page.more) == ((), "c-1", False)


def test_a_ref_that_is_none_of_ours_names_no_folder(backend: Handoff) -> None:
    with pytest.raises(Invalid):
        backend.deliver(replace(COMMENT, case="../L1"), None)


def test_internal_comments_are_refused(backend: Handoff) -> None:
    with pytest.raises(Invalid):
        backend.deliver(replace(COMMENT, visibility=Visibility.INTERNAL), "4711")


def test_a_waived_rule_travels_on_the_sheet(
    backend: Handoff, options: BackendOptions
) -> None:
    from casecli.domain.case import Waiver

    waiver = Waiver(rule="GENESYS-X", reason="agreed by phone")
    close = Close(key="k-5", case="L1", at=NOON, reason="resolved", waivers=(waiver,))

    backend.deliver(close, "4711")

    text = (options.folder / "L1" / "1-close.txt").read_text()
    assert "GENESYS-X: agreed by phone" in text


def test_a_mail_takes_the_file_along_where_files_go_by_mail(
    options: BackendOptions,
) -> None:
    citrix = Briefing(
        policy=policies.load("citrix"),
        caller=Caller(profile="ctx"),
        case=lambda ref: Case(ref=ref, number="4711"),
    )
    backend = Handoff(replace(options, briefing=lambda: citrix))

    backend.deliver(FILE, "4711", None, io.BytesIO(BYTES))

    raw = (options.folder / "L1" / "1-attachment.eml").read_bytes()
    backend.deliver(FILE, "4711", None, io.BytesIO(BYTES))
    assert b"Subject: Case 4711" in raw
    assert b'filename="spool.log"' in raw
    assert (options.folder / "L1" / "1-attachment.eml").read_bytes() == raw


def test_it_needs_the_rules_to_write_by(options: BackendOptions) -> None:
    with pytest.raises(BadInput):
        open_backend("handoff", replace(options, briefing=None))
