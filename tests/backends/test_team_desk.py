"""The desk in PostgreSQL keeps the contract, and its database keeps people apart."""

from __future__ import annotations

import dataclasses
import io
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from casecli.backends.desk import Desk
from casecli.backends.desk_address import address
from casecli.backends.desk_agent import DeskAgent
from casecli.backends.desk_migrate import STEPS, admit, dismiss, migrate
from casecli.backends.desk_postgres import TeamDatabase
from casecli.backends.desk_records import Person
from casecli.conformance import BackendContract, Vendor
from casecli.domain.case import Case
from casecli.domain.change import AddAttachment, AddComment, Escalate, Open
from casecli.domain.errors import (
    AuthError,
    BadInput,
    Invalid,
    NotFoundRemote,
    PermissionDenied,
    StorageFailed,
    Transient,
)
from tests.backends.postgres import Server

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SHA_OF_HI = "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4"


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
def database(postgres: Server) -> str:
    return postgres.desk()


@pytest.fixture
def desk(postgres: Server, database: str) -> Iterator[Desk]:
    opened = Desk(postgres.options(database, "ann"))
    yield opened
    opened.close()


@pytest.fixture
def agent(postgres: Server, database: str) -> Iterator[DeskAgent]:
    opened = DeskAgent(postgres.options(database, "bob"))
    yield opened
    opened.shut()


class TestTeamDeskKeepsTheContract(BackendContract):
    @pytest.fixture
    def backend(self, desk: Desk) -> Desk:
        return desk

    @pytest.fixture
    def second(self, postgres: Server, database: str) -> Iterator[Desk]:
        other = Desk(postgres.options(database, "ann"))
        yield other
        other.close()

    @pytest.fixture
    def vendor(self, agent: DeskAgent) -> Vendor:
        return Agents(agent)


# --- who may, whatever their program sends -------------------------------------------


def opening(key: str = "k-open") -> Open:
    return Open(key=key, case="L1", at=MONDAY, subject="Mail is late")


def saying(key: str, text: str) -> AddComment:
    return AddComment(key=key, case="L1", at=MONDAY, text=text)


@pytest.fixture
def number(desk: Desk) -> str:
    return desk.deliver(opening(), None).number


class Raw:
    """A login with its own SQL, as any client of PostgreSQL could send it."""

    def __init__(self, server: Server, database: str) -> None:
        self._server, self._database = server, database

    def __call__(self, login: str, *statements: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(
            host=str(self._server.folder),
            dbname=self._database,
            user=login,
            password=login[::-1],
            options="-c search_path=casecli",
        ) as db:
            cursors = [db.execute(each.encode()) for each in statements]
            last = cursors[-1]
            return last.fetchall() if last.description else []


@pytest.fixture
def raw(postgres: Server, database: str) -> Raw:
    return Raw(postgres, database)


TAKE = "UPDATE counter SET value = value + 1 WHERE name = 'event'"
TAKE_AND_TELL = f"{TAKE} RETURNING value"
COMMENT = (
    "INSERT INTO comment SELECT 'C' || value, '{number}', value,"
    " '2026-01-01T00:00:00Z', '{author}', '{side}', 'case', '{visibility}', 'hi', NULL"
    " FROM counter WHERE name = 'event'"
)
EVENT = (
    "INSERT INTO event (seq, number, at, actor, kind, data)"
    " SELECT value, '{number}', '', '{actor}', '{kind}', '{{}}'"
    " FROM counter WHERE name = 'event'"
)
SET = (
    "UPDATE support_case SET version = (SELECT value FROM counter"
    " WHERE name = 'event'), body = jsonb_set(body::jsonb, '{{{field}}}', '{value}')"
    " WHERE number = '{number}'"
)


@pytest.mark.parametrize(
    "table",
    [
        "support_case",
        "comment",
        "attachment",
        "attachment_chunk",
        "escalation",
        "event",
        "delivery",
        "contact",
    ],
)
def test_another_accounts_rows_cannot_be_read(
    desk: Desk, number: str, raw: Raw, table: str
) -> None:
    desk.deliver(saying("c", "hello"), number)
    sent = AddAttachment(
        key="f", case="L1", at=MONDAY, name="a", sha256=SHA_OF_HI, size=2
    )
    desk.deliver(sent, number, source=io.BytesIO(b"hi"))

    assert raw("eve", f"TABLE {table}") == []


def test_another_accounts_case_is_not_found_through_the_desk(
    postgres: Server, database: str, number: str
) -> None:
    eve = Desk(postgres.options(database, "eve"))

    with pytest.raises(NotFoundRemote):
        eve.fetch(number)
    with pytest.raises(NotFoundRemote):
        eve.deliver(saying("c", "hello"), number)
    assert eve.changed_since(None, 10).snapshots == ()
    assert eve.find("k-open", "open", None, MONDAY) is None
    eve.close()


def test_a_key_of_another_account_is_refused(
    postgres: Server, database: str, number: str
) -> None:
    eve = Desk(postgres.options(database, "eve"))

    with pytest.raises(Invalid) as refusal:
        eve.deliver(opening("k-open"), None)

    assert number not in str(refusal.value)
    eve.close()


def test_internal_talk_cannot_be_read_from_tables_or_log(
    agent: DeskAgent, number: str, raw: Raw
) -> None:
    agent.reply(number, "between us", internal=True, now=MONDAY)

    assert raw("ann", "SELECT * FROM comment") == []
    assert raw("ann", "SELECT * FROM event") == []
    assert raw("bob", "SELECT body FROM comment") == [("between us",)]


@pytest.mark.parametrize(
    ("author", "side", "visibility"),
    [
        ("bob", "vendor", "public"),
        ("bob", "customer", "public"),
        ("carl", "customer", "public"),
        ("ann", "vendor", "public"),
        ("ann", "customer", "internal"),
    ],
)
def test_nobody_writes_as_somebody_else(
    number: str, raw: Raw, author: str, side: str, visibility: str
) -> None:
    forged = COMMENT.format(
        number=number, author=author, side=side, visibility=visibility
    )

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        raw("ann", TAKE, forged)


def test_the_same_words_in_ones_own_name_go_in(number: str, raw: Raw) -> None:
    own = COMMENT.format(
        number=number, author="ann", side="customer", visibility="public"
    )

    raw("ann", TAKE, own)

    assert raw("bob", "SELECT author, side FROM comment") == [("ann", "customer")]


def test_a_comment_needs_a_number_taken_in_its_own_transaction(
    number: str, raw: Raw
) -> None:
    own = COMMENT.format(
        number=number, author="ann", side="customer", visibility="public"
    )
    raw("ann", TAKE)

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        raw("ann", own)


@pytest.mark.parametrize(
    ("actor", "kind"), [("bob", "comment"), ("ann", "desk-resolve")]
)
def test_events_cannot_be_forged(number: str, raw: Raw, actor: str, kind: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        raw("ann", TAKE, EVENT.format(number=number, actor=actor, kind=kind))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE counter SET value = 1000000 WHERE name = 'event'",
        "INSERT INTO event (seq, number, at, login) VALUES (9, 'CS-1001', '', 'bob')",
        "UPDATE event SET actor = 'bob'",
        "DELETE FROM event",
        "UPDATE comment SET body = 'other words'",
        "DELETE FROM comment",
        "UPDATE support_case SET account = 'acme'",
        "DELETE FROM delivery",
        "SELECT * FROM login",
        "UPDATE login SET role = 'agent'",
        "UPDATE person SET role = 'agent'",
        "INSERT INTO person VALUES ('local', 'ann', 'agent', NULL)",
        "SET ROLE bob",
        "SET SESSION AUTHORIZATION bob",
        "ALTER TABLE event DISABLE ROW LEVEL SECURITY",
        "CREATE FUNCTION casecli.mine() RETURNS INT LANGUAGE sql AS 'SELECT 1'",
        "TRUNCATE event",
    ],
)
@pytest.mark.usefixtures("number")
def test_the_desks_own_rules_are_not_a_customers_to_bend(
    raw: Raw, statement: str
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        raw("ann", statement)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("owner", '"ann"'),
        ("severity_agreed", '"urgent"'),
        ("resolution", '"never mind"'),
        ("vendor_updated_at", '"2026-01-01T00:00:00Z"'),
        ("action_items", '[{"text": "pay", "at": "2026-01-01T00:00:00Z"}]'),
        ("number", '"CS-1"'),
        ("status", '"resolved"'),
    ],
)
def test_what_agents_set_is_not_a_customers_to_set(
    number: str, raw: Raw, field: str, value: str
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        raw("ann", TAKE, SET.format(number=number, field=field, value=value))


def test_a_customer_cannot_accept_an_escalation(
    desk: Desk, number: str, raw: Raw
) -> None:
    desk.deliver(Escalate(key="e", case="L1", at=MONDAY, reason="late"), number)

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        raw(
            "ann",
            TAKE,
            "UPDATE escalation SET state = 'active',"
            """ body = jsonb_set(body::jsonb, '{state}', '"active"')""",
        )


def test_bytes_are_not_added_to_a_file_that_is_there(
    desk: Desk, number: str, raw: Raw
) -> None:
    sent = AddAttachment(
        key="f", case="L1", at=MONDAY, name="a", sha256=SHA_OF_HI, size=2
    )
    desk.deliver(sent, number, source=io.BytesIO(b"hi"))

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        raw(
            "ann",
            "SELECT nextval('attachment_number')",
            "INSERT INTO attachment_chunk VALUES ('A1', 1, 'more')",
        )


def test_readers_change_nothing(
    postgres: Server, database: str, number: str, raw: Raw
) -> None:
    rita = Desk(postgres.options(database, "rita"))

    with pytest.raises(PermissionDenied, match="may read cases"):
        rita.deliver(saying("c", "hello"), number)

    assert read(rita, number).subject == "Mail is late"
    assert raw("rita", TAKE_AND_TELL) == []
    rita.close()


def test_a_profile_that_claims_to_be_an_agents_is_not_believed(
    postgres: Server, database: str
) -> None:
    with pytest.raises(PermissionDenied, match="support side"):
        DeskAgent(postgres.options(database, "ann", role="agent"))


def test_the_database_says_who_one_is(desk: Desk, agent: DeskAgent) -> None:
    assert desk.whoami().role == "customer"
    assert desk.whoami().accounts == ("local",)
    assert agent.desk.whoami().account == "vendor"
    assert agent.desk.whoami().accounts == ("acme", "local", "vendor")


def test_whoever_owns_the_tables_does_not_work_there(
    postgres: Server, database: str
) -> None:
    with pytest.raises(PermissionDenied, match="above the desk's rules"):
        Desk(postgres.options(database, "owner"))


@pytest.mark.usefixtures("number")
def test_the_log_keeps_the_servers_own_time_and_login(raw: Raw) -> None:
    rows = raw(
        "bob", "SELECT login, recorded_at > now() - interval '1 hour' FROM event"
    )

    assert rows == [("ann", True)]


# --- many at once --------------------------------------------------------------------


def test_colleagues_write_at_once_and_nothing_is_lost(
    postgres: Server, database: str, number: str
) -> None:
    start = threading.Barrier(4)

    def write(who: int) -> None:
        mine = Desk(postgres.options(database, "carl" if who % 2 else "ann"))
        start.wait()
        for n in range(10):
            mine.deliver(saying(f"{who}-{n}", f"{who}-{n}"), number)
        mine.close()

    with ThreadPoolExecutor(max_workers=4) as crowd:
        list(crowd.map(write, range(4)))

    reader = Desk(postgres.options(database, "ann"))
    texts = [each.text for each in read(reader, number).comments]
    assert sorted(texts) == sorted(f"{who}-{n}" for who in range(4) for n in range(10))
    reader.close()


def test_a_slow_upload_holds_nobody_up(
    desk: Desk, postgres: Server, database: str, number: str
) -> None:
    colleague = Desk(postgres.options(database, "carl"))

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if not self.tell():
                colleague.deliver(saying("c", "meanwhile"), number)
            return super().read(size)

    sent = AddAttachment(
        key="f", case="L1", at=MONDAY, name="a", sha256=SHA_OF_HI, size=2
    )
    desk.deliver(sent, number, source=Slow(b"hi"))

    case = read(desk, number)
    assert [each.text for each in case.comments] == ["meanwhile"]
    assert [each.sha256 for each in case.attachments] == [SHA_OF_HI]
    colleague.close()


def test_a_lost_upload_leaves_nothing(desk: Desk, number: str, raw: Raw) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise KeyboardInterrupt
            return super().read(min(size or 1, 1))

    sent = AddAttachment(
        key="f", case="L1", at=MONDAY, name="a", sha256=SHA_OF_HI, size=2
    )
    with pytest.raises(KeyboardInterrupt):
        desk.deliver(sent, number, source=Broken(b"hi"))

    assert raw("ann", "SELECT * FROM attachment_chunk") == []
    receipt = desk.deliver(sent, number, source=io.BytesIO(b"hi"))
    assert receipt.event_id == read(desk, number).attachments[0].id


def test_news_of_a_case_are_heard_at_once(
    desk: Desk, agent: DeskAgent, number: str
) -> None:
    with desk.listening(number) as pause:
        agent.reply(number, "news", now=MONDAY)

        waited = pause(60)

    assert waited < 60


def test_news_of_other_cases_wake_nobody(desk: Desk, number: str) -> None:
    other = desk.deliver(opening("k-other"), None).number

    with desk.listening(number) as pause:
        desk.deliver(saying("c", "elsewhere"), other)

        waited = pause(0.2)

    assert waited >= 0.2


def test_a_connection_the_server_cut_is_made_again(
    desk: Desk, postgres: Server, database: str, number: str
) -> None:
    owner = postgres.owning(database)
    with owner.owning() as run:
        run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = 'ann'"
        )
    owner.close()

    with pytest.raises(Transient):
        desk.fetch(number)
    assert read(desk, number).subject == "Mail is late"


# --- the owner's side ----------------------------------------------------------------


def test_migrating_again_changes_nothing(postgres: Server, database: str) -> None:
    owner = postgres.owning(database)

    with owner.owning() as run:
        done = migrate(run)

    assert (done.before, done.after) == (1, 1)
    owner.close()


def test_a_desk_is_brought_from_version_to_version(
    postgres: Server, database: str
) -> None:
    owner = postgres.owning(database)
    steps = (*STEPS, ("CREATE TABLE later (a INT)", "INSERT INTO later VALUES (1)"))

    with owner.owning() as run:
        done = migrate(run, steps)
        rows = run("SELECT a FROM later")

    assert (done.before, done.after) == (1, 2)
    assert rows == [(1,)]
    owner.close()


def test_a_step_that_fails_leaves_the_desk_as_it_was(
    postgres: Server, database: str
) -> None:
    owner = postgres.owning(database)
    steps = (*STEPS, ("CREATE TABLE later (a INT)", "no SQL"))

    with pytest.raises(StorageFailed), owner.owning() as run:
        migrate(run, steps)

    with owner.owning() as run:
        assert run("SELECT to_regclass('later')::text, 1") == [(None, 1)]
        assert migrate(run).before == 1
    owner.close()


def test_a_newer_desk_is_left_alone(postgres: Server, database: str) -> None:
    owner = postgres.owning(database)
    with owner.owning() as run:
        run("INSERT INTO desk_migration (version) VALUES (99)")

    with pytest.raises(StorageFailed, match="newer casecli"), owner.owning() as run:
        migrate(run)
    with pytest.raises(StorageFailed, match="newer casecli"):
        Desk(postgres.options(database, "ann"))
    owner.close()


def test_a_database_without_a_desk_says_what_to_do(postgres: Server) -> None:
    empty = postgres.make(f"empty_{uuid.uuid4().hex}")

    with pytest.raises(StorageFailed, match="no desk yet") as refusal:
        Desk(postgres.options(empty, "ann"))

    assert refusal.value.hint is not None
    assert "casecli desk migrate" in refusal.value.hint


def test_another_programs_schema_is_left_alone(postgres: Server) -> None:
    theirs = postgres.make(f"theirs_{uuid.uuid4().hex}")
    owner = postgres.owning(theirs)
    with owner.owning() as run:
        run("CREATE SCHEMA casecli")

    with pytest.raises(StorageFailed, match="not a desk's"), owner.owning() as run:
        migrate(run)
    owner.close()


def test_two_migrations_at_once_make_one_desk(postgres: Server) -> None:
    fresh = postgres.make(f"fresh_{uuid.uuid4().hex}")

    def bring(_: int) -> int:
        owner = postgres.owning(fresh)
        with owner.owning() as run:
            before = migrate(run).before
        owner.close()
        return before

    with ThreadPoolExecutor(max_workers=4) as crowd:
        befores = sorted(crowd.map(bring, range(4)))

    assert befores == [0, 1, 1, 1]


def test_somebody_dismissed_is_shut_out_and_their_words_stay(
    desk: Desk, postgres: Server, database: str, number: str
) -> None:
    carl = Desk(postgres.options(database, "carl"))
    carl.deliver(saying("c", "I was here"), number)
    owner = postgres.owning(database)

    with owner.owning() as run:
        dismiss(run, "carl")
        shut = run("SELECT count(*) FROM login WHERE login = ?", "carl")
        # Logins belong to all databases of the server, and the tests share it.
        run("GRANT casecli_people TO carl")

    with pytest.raises(PermissionDenied, match="not admitted"):
        Desk(postgres.options(database, "carl"))
    assert shut == [(0,)]
    assert [each.author for each in read(desk, number).comments] == ["carl"]
    carl.close()
    owner.close()


def test_a_role_the_desk_does_not_know_is_refused(
    postgres: Server, database: str
) -> None:
    owner = postgres.owning(database)
    boss = Person(account="local", name="x", role="boss")

    with pytest.raises(BadInput, match="boss"), owner.owning() as run:
        admit(run, "ann", boss, None)
    owner.close()


def test_only_the_owner_lets_people_in(postgres: Server, database: str) -> None:
    ann = TeamDatabase(postgres.options(database, "ann"))
    agent = Person(account="local", name="ann", role="agent")

    with pytest.raises(PermissionDenied), ann.owning() as run:
        admit(run, "ann", agent, None)
    ann.close()


# --- getting in ----------------------------------------------------------------------


def test_a_wrong_password_is_an_error_of_credentials(
    postgres: Server, database: str
) -> None:
    options = dataclasses.replace(
        postgres.options(database, "ann"), token=lambda: "wrong"
    )

    with pytest.raises(AuthError, match="does not let 'ann' in") as refusal:
        Desk(options)

    assert "wrong" not in str(refusal.value)


def test_a_missing_password_says_how_to_log_in(postgres: Server, database: str) -> None:
    options = dataclasses.replace(postgres.options(database, "ann"), token=lambda: None)

    with pytest.raises(AuthError, match="password of 'ann'") as refusal:
        Desk(options)

    assert refusal.value.hint == "casecli login --profile team --token-stdin"


def test_libpqs_own_password_places_are_not_asked(
    postgres: Server, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "nna")
    options = dataclasses.replace(postgres.options(database, "ann"), token=lambda: None)

    with pytest.raises(AuthError, match="password of 'ann'"):
        Desk(options)


def test_a_server_that_is_not_there_is_asked_again_later(postgres: Server) -> None:
    options = dataclasses.replace(
        postgres.options("x", "ann"), url="postgresql://ann@/x?host=/nowhere"
    )

    with pytest.raises(Transient, match="cannot be reached"):
        Desk(options)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:hunter2@desk.example.com/x",
        "postgresql://desk.example.com/x?password=hunter2",
        "postgresql://desk.example.com/x?passfile=/tmp/hunter2",
    ],
)
def test_a_password_in_the_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(BadInput, match="password") as refusal:
        address(url, "ann")

    assert "hunter2" not in str(refusal.value)
    assert refusal.value.hint is not None
    assert "login" in refusal.value.hint


@pytest.mark.parametrize("option", ["options=-c%20role=bob", "user=bob", "service=x"])
def test_a_url_cannot_change_whom_the_session_stands_for(option: str) -> None:
    with pytest.raises(BadInput, match="cannot set"):
        address(f"postgresql://desk.example.com/x?{option}", "ann")


def test_a_server_elsewhere_must_prove_itself() -> None:
    found = address("postgresql://desk.example.com/x", "ann")

    assert dict(found.options) == {"sslmode": "verify-full", "sslrootcert": "system"}


def test_a_loopback_server_need_not_prove_itself() -> None:
    found = address("postgresql://localhost:5433/x", "ann")

    assert (found.login, found.port, dict(found.options)) == ("ann", "5433", {})


def test_a_text_no_postgresql_keeps_is_refused(desk: Desk, number: str) -> None:
    with pytest.raises(Invalid, match="NUL"):
        desk.deliver(saying("c", "a\x00b"), number)
