"""Our own desk keeps the backend contract, and its own promises besides."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from casecli.backends import BackendOptions
from casecli.backends.desk import Desk
from casecli.backends.desk_agent import DeskAgent
from casecli.conformance import BackendContract, Vendor
from casecli.domain.case import (
    Case,
    CommunicationPlan,
    Contact,
    EscalationState,
    Feed,
    Side,
    Status,
    Visibility,
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
from casecli.domain.errors import (
    AuthError,
    BadInput,
    CaseError,
    Invalid,
    NotFoundRemote,
    PermissionDenied,
    StorageFailed,
    TooLarge,
)

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


def options(
    folder: Path, user: str = "ann", role: str = "customer", **settings: str
) -> BackendOptions:
    return BackendOptions(
        profile="test", url="", user=user, role=role, folder=folder, settings=settings
    )


def opening(key: str = "k-open", **facts: str) -> Open:
    return Open(
        key=key,
        case="L1",
        at=MONDAY,
        subject=facts.get("subject", "Mail is late"),
        severity=facts.get("severity"),
    )


def read(desk: Desk, number: str) -> Case:
    snapshot = desk.fetch(number)
    assert snapshot is not None
    return snapshot.case


class Agents:
    def __init__(self, agent: DeskAgent) -> None:
        self.agent = agent

    def says(self, number: str, text: str) -> object:
        return self.agent.reply(number, text, now=MONDAY)

    def says_internally(self, number: str, text: str) -> object:
        return self.agent.reply(number, text, internal=True, now=MONDAY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "desk"


@pytest.fixture
def desk(folder: Path) -> Iterator[Desk]:
    opened = Desk(options(folder, max_attachment=str(8 * 1024 * 1024)))
    yield opened
    opened.close()


@pytest.fixture
def agent(folder: Path) -> Iterator[DeskAgent]:
    opened = DeskAgent(options(folder, user="bob", role="agent"))
    yield opened
    opened.shut()


@pytest.fixture
def number(desk: Desk) -> str:
    return desk.deliver(opening(), None).number


class TestDeskKeepsTheContract(BackendContract):
    @pytest.fixture
    def backend(self, desk: Desk) -> Desk:
        return desk

    @pytest.fixture
    def second(self, folder: Path, desk: Desk) -> Iterator[Desk]:
        other = Desk(dataclasses.replace(options(folder), user=desk.person.name))
        yield other
        other.close()

    @pytest.fixture
    def vendor(self, agent: DeskAgent) -> Vendor:
        return Agents(agent)


# --- numbers and the file ------------------------------------------------------------


def test_the_first_case_is_cs_1001(desk: Desk) -> None:
    receipts = [desk.deliver(opening(key), None) for key in ("a", "b")]

    assert [each.number for each in receipts] == ["CS-1001", "CS-1002"]


def test_a_refused_case_takes_no_number(desk: Desk) -> None:
    with pytest.raises(Invalid, match="needs a subject"):
        desk.deliver(opening("a", subject="  "), None)

    assert desk.deliver(opening("b"), None).number == "CS-1001"


CROWD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from casecli.backends import BackendOptions, open_backend
from casecli.domain.change import Open
who = sys.argv[2]
desk = open_backend("desk", BackendOptions(
    profile="t", url="", user="u" + who, role="customer", folder=Path(sys.argv[1])))
for n in range(3):
    at = datetime(2026, 1, 1, tzinfo=UTC)
    change = Open(key=f"{who}-{n}", case="L1", at=at, subject="crowd")
    print(desk.deliver(change, None).number)
"""


def test_sixteen_processes_number_without_gap_or_double(folder: Path) -> None:
    crowd = [
        subprocess.Popen(
            [sys.executable, "-c", CROWD, str(folder), str(n)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(16)
    ]

    numbers = [line for each in crowd for line in each.communicate()[0].split()]

    assert sorted(numbers) == [f"CS-{n}" for n in range(1001, 1049)]


def test_a_desk_is_made_once_by_many_at_once(folder: Path) -> None:
    start = threading.Barrier(8)

    def enter(name: str) -> Desk:
        start.wait()
        return Desk(options(folder, user=name))

    with ThreadPoolExecutor(max_workers=8) as crowd:
        desks = list(crowd.map(enter, "abcdefgh"))

    numbers = [each.deliver(opening(each.person.name), None).number for each in desks]
    assert numbers == [f"CS-{n}" for n in range(1001, 1009)]
    for each in desks:
        each.close()


KILLED = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from casecli.backends import BackendOptions, open_backend
from casecli.domain.change import AddAttachment
desk = open_backend("desk", BackendOptions(
    profile="t", url="", user="ann", role="customer", folder=Path(sys.argv[1])))
change = AddAttachment(key="f", case="L1", at=datetime(2026, 1, 1, tzinfo=UTC),
    name="mail.log", sha256="0" * 64, size=1024 * 1024 * 8)
class Slow:
    pieces = 0
    def read(self, size):
        self.pieces += 1
        if self.pieces == 6:
            print("written", flush=True)
            sys.stdin.read()
        return b"x" * size
desk.deliver(change, sys.argv[2], source=Slow())
"""


def test_a_killed_upload_leaves_nothing(desk: Desk, folder: Path, number: str) -> None:
    before = desk.fetch(number)
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(folder), number],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as upload:
        assert upload.stdout is not None
        assert upload.stdout.readline() == "written\n"
        upload.kill()

    assert desk.fetch(number) == before
    assert desk.find("f", "attachment", number, MONDAY) is None
    desk.deliver(sending(b"again", key="f"), number, source=io.BytesIO(b"again"))
    assert [each.size for each in read(desk, number).attachments] == [5]


def test_the_file_is_private(desk: Desk, folder: Path, number: str) -> None:
    assert read(desk, number).subject == "Mail is late"

    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "desk.db").stat().st_mode & 0o777 == 0o600


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "desk.db").symlink_to(tmp_path / "elsewhere.db")

    with pytest.raises(StorageFailed, match="cannot be opened"):
        Desk(options(tmp_path))

    assert not (tmp_path / "elsewhere.db").exists()


def test_a_newer_file_is_left_alone(desk: Desk, folder: Path) -> None:
    desk.close()
    with sqlite3.connect(folder / "desk.db") as db:
        db.execute("PRAGMA user_version = 2")
    db.close()

    with pytest.raises(StorageFailed, match="newer casecli"):
        Desk(options(folder))


def test_another_programs_file_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "desk.db") as db:
        db.execute("CREATE TABLE theirs (a)")
    db.close()

    with pytest.raises(StorageFailed, match="not a desk's file"):
        Desk(options(tmp_path))


def test_a_file_that_is_no_database_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "desk.db").write_text("no database " * 100)

    with pytest.raises(StorageFailed, match="cannot be used"):
        Desk(options(tmp_path))


def test_what_was_delivered_is_there_after_opening_again(
    desk: Desk, folder: Path, number: str
) -> None:
    before = desk.fetch(number)
    desk.close()

    again = Desk(options(folder))

    assert again.fetch(number) == before
    again.close()


def test_a_case_has_one_live_escalation_by_the_tables_own_rule(
    desk: Desk, folder: Path, number: str
) -> None:
    desk.deliver(escalating(), number)
    db = sqlite3.connect(folder / "desk.db")

    with pytest.raises(sqlite3.IntegrityError):
        db.execute(
            "INSERT INTO escalation (id, number, seq, state, body)"
            " VALUES ('E99', ?, 99, 'active', '{}')",
            (number,),
        )

    db.close()


def test_a_lone_surrogate_is_refused(desk: Desk, number: str) -> None:
    with pytest.raises(Invalid, match="surrogate"):
        desk.deliver(saying("c", "\udc80"), number)


# --- who may -------------------------------------------------------------------------


def test_accounts_do_not_see_one_another(folder: Path, number: str) -> None:
    other = Desk(options(folder, user="eve", account="acme"))

    with pytest.raises(NotFoundRemote):
        other.fetch(number)
    with pytest.raises(NotFoundRemote):
        other.deliver(saying("c", "hello"), number)
    with pytest.raises(NotFoundRemote):
        other.download(number, "A1", io.BytesIO())
    assert other.changed_since(None, 10).snapshots == ()
    assert other.find("k-open", "open", None, MONDAY) is None
    other.close()


def test_a_key_of_another_account_gives_nothing_away(folder: Path, number: str) -> None:
    other = Desk(options(folder, user="eve", account="acme"))

    with pytest.raises(Invalid, match="used for another change") as refusal:
        other.deliver(opening("k-open"), None)

    assert number not in str(refusal.value)
    other.close()


def test_colleagues_share_the_accounts_cases(
    desk: Desk, folder: Path, number: str
) -> None:
    colleague = Desk(options(folder, user="carl"))

    colleague.deliver(saying("c", "me too"), number)

    assert [each.author for each in read(desk, number).comments] == ["carl"]
    colleague.close()


def test_readers_read_and_do_not_write(folder: Path, number: str) -> None:
    reader = Desk(options(folder, role="read-only"))

    with pytest.raises(PermissionDenied, match="may read cases"):
        reader.deliver(saying("c", "hello"), number)

    assert read(reader, number).comments == ()
    reader.close()


def test_the_policys_other_roles_are_customers(folder: Path) -> None:
    desk = Desk(options(folder, role="designated-contact"))

    assert desk.whoami().role == "customer"
    desk.close()


def test_a_customer_cannot_work_the_support_side(folder: Path) -> None:
    with pytest.raises(PermissionDenied, match="support side"):
        DeskAgent(options(folder))


def test_a_customer_cannot_write_internally(desk: Desk, number: str) -> None:
    change = dataclasses.replace(saying("c", "psst"), visibility=Visibility.INTERNAL)

    with pytest.raises(PermissionDenied, match="internal"):
        desk.deliver(change, number)

    assert read(desk, number).comments == ()


def test_agents_see_every_account_and_internal_talk(
    agent: DeskAgent, folder: Path, number: str
) -> None:
    acme = Desk(options(folder, user="eve", account="acme"))
    theirs = acme.deliver(opening("k-acme"), None).number
    agent.reply(number, "check the relay", internal=True, now=TUESDAY)

    pages = agent.desk.changed_since(None, 10)

    assert {each.number for each in pages.snapshots} == {number, theirs}
    assert read(agent.desk, number).comments[0].visibility is Visibility.INTERNAL
    assert agent.desk.whoami().accounts == ("acme", "local")
    acme.close()


def test_internal_talk_does_not_look_like_news(
    desk: Desk, agent: DeskAgent, number: str
) -> None:
    before = read(desk, number)

    agent.reply(number, "check the relay", internal=True, now=TUESDAY)

    assert read(desk, number) == before


def test_nobody_is_not_let_in(folder: Path) -> None:
    with pytest.raises(AuthError):
        Desk(options(folder, user=" "))


# --- changes -------------------------------------------------------------------------


def saying(key: str, text: str) -> AddComment:
    return AddComment(key=key, case="L1", at=TUESDAY, text=text)


def escalating(key: str = "k-esc") -> Escalate:
    return Escalate(
        key=key,
        case="L1",
        at=TUESDAY,
        reason="impact",
        details="mail stands still",
        impact="300 people wait",
        contact=Contact(name="Ann", phone="555-0100"),
    )


def test_a_key_cannot_be_used_for_something_else(desk: Desk, number: str) -> None:
    with pytest.raises(Invalid, match="used for another change"):
        desk.deliver(saying("k-open", "hello"), number)


def test_a_key_first_answered_long_ago_is_answered_the_same(
    desk: Desk, number: str
) -> None:
    first = desk.deliver(saying("c", "hello"), number)
    desk.deliver(Close(key="x", case="L1", at=TUESDAY, reason="solved"), number)

    assert desk.deliver(saying("c", "hello"), number) == first


def test_an_open_keeps_all_that_was_asked(desk: Desk) -> None:
    change = Open(
        key="k",
        case="L1",
        at=MONDAY,
        subject="Mail is late",
        description="By hours",
        type="incident",
        severity="high",
        fields={"product.name": "Post", "queue": "mail"},
        contact=Contact(name="Ann", email="ann@example.com"),
        cc=("carl@example.com",),
    )

    receipt = desk.deliver(change, None)

    case = read(desk, receipt.number)
    assert set(receipt.applied) == {
        "subject",
        "description",
        "type",
        "severity",
        "contact",
        "cc",
        "product.name",
        "queue",
    }
    assert (case.product.name, case.fields) == ("Post", {"queue": "mail"})
    assert (case.status, case.waiting_on) == (Status.OPEN, WaitingOn.VENDOR)
    assert (case.backend, case.opened_at, case.cc) == (
        "desk",
        MONDAY,
        ("carl@example.com",),
    )


def test_an_edit_leaves_the_desks_own_fields(desk: Desk, number: str) -> None:
    change = EditFields(
        key="e", case="L1", at=TUESDAY, fields={"owner": "me", "severity": "high"}
    )

    receipt = desk.deliver(change, number)

    assert receipt.applied == ("severity",)
    assert receipt.ignored == {"owner": "the desk assigns its own people"}
    assert (read(desk, number).owner, read(desk, number).severity) == (None, "high")


def test_work_that_did_nothing_leaves_the_version(desk: Desk, number: str) -> None:
    before = desk.fetch(number)

    receipt = desk.deliver(
        Reopen(key="r", case="L1", at=TUESDAY, reason="again"), number
    )

    assert receipt.ignored == {"status": "already open"}
    assert desk.fetch(number) == before


def test_talk_does_not_make_an_edit_stale(
    desk: Desk, agent: DeskAgent, number: str
) -> None:
    agent.assign(number, "bob", now=MONDAY)
    seen = desk.fetch(number)
    assert seen is not None
    agent.reply(number, "we look into it", now=TUESDAY)
    change = EditFields(key="e", case="L1", at=TUESDAY, fields={"severity": "high"})

    receipt = desk.deliver(change, number, version=seen.version)

    assert receipt.applied == ("severity",)


@pytest.mark.parametrize(
    "change",
    [
        EditFields(key="x", case="L1", at=TUESDAY, fields={"severity": "high"}),
        Escalate(key="x", case="L1", at=TUESDAY, reason="impact"),
        Cancel(key="x", case="L1", at=TUESDAY, reason="not needed"),
    ],
)
def test_a_closed_case_refuses(desk: Desk, number: str, change: AnyChange) -> None:
    desk.deliver(Close(key="c", case="L1", at=TUESDAY, reason="solved"), number)

    with pytest.raises(Invalid, match="CS-1001 is closed") as refusal:
        desk.deliver(change, number)

    assert refusal.value.hint == "casecli reopen CS-1001"


def test_a_cancelled_case_stays_so(desk: Desk, number: str) -> None:
    desk.deliver(Cancel(key="c", case="L1", at=TUESDAY, reason="not needed"), number)

    with pytest.raises(Invalid, match="was cancelled"):
        desk.deliver(Reopen(key="r", case="L1", at=TUESDAY, reason="hm"), number)


def test_closing_ends_a_live_escalation(desk: Desk, number: str) -> None:
    desk.deliver(escalating(), number)

    desk.deliver(
        Close(key="c", case="L1", at=TUESDAY, reason="solved", text="Thank you"), number
    )

    case = read(desk, number)
    assert (case.status, case.close_reason, case.waiting_on) == (
        Status.CLOSED,
        "solved",
        WaitingOn.NOBODY,
    )
    assert case.escalation is not None
    assert case.escalation.state is EscalationState.CLOSED
    assert case.comments[-1].text == "Thank you"


def test_agents_read_all_of_an_escalation(
    desk: Desk, agent: DeskAgent, number: str
) -> None:
    desk.deliver(escalating(), number)

    case = read(agent.desk, number)
    assert case.escalation is not None
    assert case.escalation.details == "mail stands still"
    assert case.comments[0].text == "Impact: 300 people wait\nContact: Ann, 555-0100"
    assert case.comments[0].feed is Feed.ESCALATION


def test_a_plan_belongs_to_a_live_escalation(desk: Desk, number: str) -> None:
    plan = CommunicationPlan(mode="call", every="2h", attendees=("ann", "bob"))
    change = AgreePlan(key="p", case="L1", at=TUESDAY, plan=plan)

    with pytest.raises(Invalid, match="no live escalation"):
        desk.deliver(change, number)

    desk.deliver(escalating(), number)
    desk.deliver(change, number)
    case = read(desk, number)
    assert case.escalation is not None
    assert case.escalation.plan == plan


def test_a_second_escalation_is_refused_in_words(desk: Desk, number: str) -> None:
    desk.deliver(escalating("e1"), number)

    with pytest.raises(Invalid, match="already has a live escalation"):
        desk.deliver(escalating("e2"), number)


def test_an_escalation_may_follow_one_that_ended(desk: Desk, number: str) -> None:
    desk.deliver(escalating("e1"), number)
    agreed = Deescalate(key="d", case="L1", at=TUESDAY, agreement="It calmed down")
    desk.deliver(agreed, number)

    desk.deliver(escalating("e2"), number)

    states = [each.state for each in read(desk, number).escalations]
    assert states == [EscalationState.CLOSED, EscalationState.REQUESTED]
    assert "It calmed down" in [each.text for each in read(desk, number).comments]


# --- files ---------------------------------------------------------------------------


def sending(content: bytes, key: str = "f") -> AddAttachment:
    return AddAttachment(
        key=key,
        case="L1",
        at=TUESDAY,
        name="mail.log",
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
    )


def test_a_big_file_is_kept_in_pieces(desk: Desk, folder: Path, number: str) -> None:
    content = bytes(range(256)) * 4096 * 5
    told: list[int] = []
    out = io.BytesIO()

    receipt = desk.deliver(
        sending(content), number, source=io.BytesIO(content), progress=told.append
    )
    desk.download(number, receipt.event_id or "", out)

    db = sqlite3.connect(folder / "desk.db")
    pieces = db.execute("SELECT n, LENGTH(content) FROM attachment_chunk").fetchall()
    db.close()
    assert pieces == [(n, 1024 * 1024) for n in range(5)]
    assert told == [1024 * 1024] * 5
    assert out.getvalue() == content


def test_other_bytes_than_approved_are_refused(desk: Desk, number: str) -> None:
    before = desk.fetch(number)

    with pytest.raises(Invalid, match="other bytes than were approved"):
        desk.deliver(sending(b"approved"), number, source=io.BytesIO(b"swapped!"))

    assert desk.fetch(number) == before
    assert desk.find("f", "attachment", number, MONDAY) is None


def test_a_file_that_grows_over_the_limit_is_refused(folder: Path) -> None:
    small = Desk(options(folder, max_attachment="10"))
    number = small.deliver(opening(), None).number

    with pytest.raises(TooLarge):
        small.deliver(sending(b"short"), number, source=io.BytesIO(b"much longer"))

    assert read(small, number).attachments == ()
    small.close()


def test_a_limit_that_is_no_number_is_refused(folder: Path) -> None:
    with pytest.raises(BadInput, match="number of bytes"):
        Desk(options(folder, max_attachment="10M"))


def test_agents_hand_over_files(desk: Desk, agent: DeskAgent, number: str) -> None:
    out = io.BytesIO()

    agent.attach(number, "fix.zip", io.BytesIO(b"fix"), "apply it", now=TUESDAY)

    kept = read(desk, number).attachments[0]
    desk.download(number, kept.id, out)
    assert (kept.name, kept.side, kept.note, kept.key) == (
        "fix.zip",
        Side.VENDOR,
        "apply it",
        None,
    )
    assert out.getvalue() == b"fix"


# --- agents --------------------------------------------------------------------------


def test_a_case_goes_to_and_fro(desk: Desk, agent: DeskAgent, number: str) -> None:
    agent.assign(number, "bob", now=MONDAY)
    assigned = read(desk, number)
    agent.wait(number, "customer", "Which relay?", now=MONDAY)
    asked = read(desk, number)
    desk.deliver(saying("c", "The second"), number)
    answered = read(desk, number)
    agent.resolve(number, "Relay replaced", now=TUESDAY)
    resolved = read(desk, number)

    assert (assigned.owner, assigned.status) == ("bob", Status.IN_PROGRESS)
    assert (asked.status, asked.waiting_on, asked.comments[-1].text) == (
        Status.WAITING_ON_CUSTOMER,
        WaitingOn.CUSTOMER,
        "Which relay?",
    )
    assert (answered.status, answered.waiting_on) == (
        Status.IN_PROGRESS,
        WaitingOn.VENDOR,
    )
    assert (resolved.status, resolved.resolution) == (Status.RESOLVED, "Relay replaced")
    assert resolved.vendor_updated_at == TUESDAY


def test_a_resolved_case_may_be_reopened(
    desk: Desk, agent: DeskAgent, number: str
) -> None:
    agent.resolve(number, "Relay replaced", now=TUESDAY)

    desk.deliver(Reopen(key="r", case="L1", at=TUESDAY, reason="Late again"), number)

    case = read(desk, number)
    assert (case.status, case.resolution) == (Status.OPEN, None)
    assert case.comments[-1].text == "Late again"


def test_waiting_is_on_somebody_known(agent: DeskAgent, number: str) -> None:
    with pytest.raises(BadInput, match="customer or third-party"):
        agent.wait(number, "godot", "…", now=TUESDAY)


def test_an_agreed_severity_stands_beside_the_asked(
    desk: Desk, agent: DeskAgent
) -> None:
    number = desk.deliver(opening("k", severity="critical"), None).number

    agent.severity(number, "high", now=TUESDAY)

    case = read(desk, number)
    assert (case.severity, case.severity_agreed) == ("critical", "high")
    assert case.comments[-1].text == "Agreed severity: high"


def test_an_action_item_is_the_customers_to_do(
    desk: Desk, agent: DeskAgent, number: str
) -> None:
    agent.action_item(number, "Send the trace", now=TUESDAY)

    assert [each.text for each in read(desk, number).action_items] == ["Send the trace"]


def test_an_escalation_is_accepted_and_closed(
    desk: Desk, agent: DeskAgent, number: str
) -> None:
    desk.deliver(escalating(), number)

    agent.escalation_accept(number, "dora", now=TUESDAY)
    accepted = read(desk, number).escalation
    agent.escalation_close(number, "Stable for a day", now=TUESDAY)
    closed = read(desk, number).escalation

    assert accepted is not None
    assert closed is not None
    assert (accepted.state, accepted.owner) == (EscalationState.ACTIVE, "dora")
    assert accepted.acknowledged_at == TUESDAY
    assert closed.state is EscalationState.CLOSED


def test_a_rejected_escalation_says_why(
    desk: Desk, agent: DeskAgent, number: str
) -> None:
    desk.deliver(escalating(), number)

    agent.escalation_reject(number, "No impact yet", "Ask again", now=TUESDAY)

    case = read(desk, number)
    assert case.escalation is not None
    assert case.escalation.rejection is not None
    assert case.escalation.rejection.reasons == "No impact yet"
    assert case.comments[-1].text == "No impact yet\nAsk again"
    assert case.comments[-1].feed is Feed.ESCALATION


def test_there_must_be_an_escalation_to_accept(agent: DeskAgent, number: str) -> None:
    with pytest.raises(CaseError, match="CS-1001 has no live escalation"):
        agent.escalation_accept(number, "dora", now=TUESDAY)


def test_agents_leave_closed_cases_alone(agent: DeskAgent, number: str) -> None:
    agent.close(number, "no answer for a month", now=TUESDAY)

    with pytest.raises(CaseError, match="is closed, so it cannot be assigned"):
        agent.assign(number, "bob", now=TUESDAY)


def test_agents_may_repeat_themselves_by_key(
    desk: Desk, agent: DeskAgent, number: str
) -> None:
    first = agent.reply(number, "hello", now=TUESDAY, key="r1")
    again = agent.reply(number, "hello", now=TUESDAY, key="r1")

    assert again == first
    assert [each.text for each in read(desk, number).comments] == ["hello"]


def test_the_customer_does_not_see_agents_keys(
    desk: Desk, agent: DeskAgent, number: str
) -> None:
    agent.reply(number, "hello", now=TUESDAY, key="r1")

    assert [each.key for each in read(desk, number).comments] == [None]
    assert [each.key for each in read(agent.desk, number).comments] == ["r1"]


# --- cursors -------------------------------------------------------------------------


def test_a_cursor_from_another_desk_is_noticed(desk: Desk, number: str) -> None:
    with pytest.raises(Invalid, match="not come as far"):
        desk.changed_since("4711", 10)

    assert read(desk, number).number == number


def test_pages_are_as_long_as_asked(desk: Desk) -> None:
    for key in ("a", "b", "c"):
        desk.deliver(opening(key), None)

    first = desk.changed_since(None, 2)
    rest = desk.changed_since(first.next, 2)

    assert [each.number for each in first.snapshots] == ["CS-1001", "CS-1002"]
    assert [each.number for each in rest.snapshots] == ["CS-1003"]
    assert (first.more, rest.more) == (True, False)
