"""The desk in PostgreSQL, for a team: the door to psycopg.

Whoever connects is whom the database says, by their login; `desk_guards.py` holds them
to it. Writers queue at the event counter for the few milliseconds a change takes, while
a file's bytes travel outside that queue.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from casecli.backends.desk_address import address
from casecli.backends.desk_guards import CHANNEL, SCHEMA
from casecli.backends.desk_migrate import NEWER, STEPS, version_of
from casecli.backends.desk_records import Person, Records
from casecli.domain.errors import (
    AuthError,
    BackendError,
    BadInput,
    Invalid,
    PermissionDenied,
    StorageFailed,
    Transient,
    Unknown,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg

    from casecli.backends import BackendOptions
    from casecli.backends.desk_records import Run

CONNECT_SECONDS = 10
BUSY_SECONDS = 30
_NEXT_ATTACHMENT = "SELECT nextval('attachment_number')"
_SESSION = (
    f"-c search_path={SCHEMA} -c lock_timeout={BUSY_SECONDS}s"
    " -c client_min_messages=warning -c TimeZone=UTC"
)
# By the first two or all five characters of what SQL calls the state of an error.
_PASSING = ("08", "40", "53", "57", "55P03")


class TeamDatabase:
    """The port `Database` over PostgreSQL; connects on the first need, and again."""

    def __init__(self, options: BackendOptions) -> None:
        self._options = options
        bundle = options.settings.get("ca_bundle")
        self.address = address(options.url, options.user, bundle)
        self._db: psycopg.Connection[tuple[Any, ...]] | None = None

    def enter(self, claimed: Person) -> Person:  # noqa: ARG002 (the login says it)
        """Say whom the login stands for.

        Raises:
            PermissionDenied: for nobody, or it stands above the desk's rules.
            StorageFailed: the desk is older or newer than this casecli.
        """
        with self.reading() as records:
            return self._whom(records.run)

    def _whom(self, run: Run) -> Person:
        login = self.address.login
        version = version_of(run)
        if version > len(STEPS):
            raise StorageFailed(NEWER, hint="pip install --upgrade casecli")
        if version < len(STEPS):
            state = f"desk of version {version}, too old" if version else "no desk yet"
            raise StorageFailed(
                f"database {self.address.database} holds {state}",
                hint="casecli desk migrate, by whoever owns the database",
            )
        if not run("SELECT row_security_active('support_case')")[0][0]:
            raise PermissionDenied(
                f"login {login!r} is above the desk's rules, so it cannot work there",
                hint="casecli desk admit LOGIN --account NAME --role customer",
            )
        rows = run("SELECT account, name, role, email FROM me")
        if not rows:
            raise self._stranger()
        account, name, role, email = rows[0]
        return Person(account=account, name=name, role=role, email=email)

    def _stranger(self) -> PermissionDenied:
        return PermissionDenied(
            f"login {self.address.login!r} is not admitted to the desk",
            hint="have its owner run casecli desk admit LOGIN",
        )

    @contextmanager
    def reading(self) -> Iterator[Records]:
        """Begin a transaction that sees one state of the desk; keep it short."""
        with self._transaction("REPEATABLE READ READ ONLY") as run:
            yield Records(run, _NEXT_ATTACHMENT)

    @contextmanager
    def writing(self, key: str) -> Iterator[Records]:
        """Begin a transaction that writes; commit at the end, undo on any error."""
        with self._transaction("READ COMMITTED") as run:
            run("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", key)
            yield Records(run, _NEXT_ATTACHMENT)

    @contextmanager
    def owning(self) -> Iterator[Run]:
        """Begin a transaction of the database's owner, for `desk_migrate`."""
        with self._transaction("READ COMMITTED") as run:
            yield run

    def verifier(self, login: str, password: str) -> str:
        """Give what the server may keep and log of a password, by SCRAM."""
        coded = self._connected().pgconn.encrypt_password(
            password.encode(), login.encode(), b"scram-sha-256"
        )
        return coded.decode()

    @contextmanager
    def _transaction(self, level: str) -> Iterator[Run]:
        import psycopg

        db = self._connected()

        def run(statement: str, *values: str | int | bytes | None) -> list[Any]:
            return _run(db, statement, values)

        committing = False
        try:
            db.execute(f"BEGIN ISOLATION LEVEL {level}")
            yield run
            committing = True
            db.execute("COMMIT")
        except BaseException as error:
            self._undo(db)
            if isinstance(error, psycopg.Error):
                self._say(error, lost=committing and "READ ONLY" not in level)
            if isinstance(error, UnicodeEncodeError):
                raise Invalid(
                    "the text holds a lone surrogate, which no desk takes"
                ) from error
            raise

    def _undo(self, db: psycopg.Connection[tuple[Any, ...]]) -> None:
        import psycopg

        try:
            db.execute("ROLLBACK")
        except psycopg.Error:
            db.close()

    def _connected(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self._db is None or self._db.closed:
            self._db = self._connect()
        return self._db

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Connect without a password, and with one if the server asks."""
        psycopg = _psycopg()
        try:
            return self._knock("")
        except psycopg.OperationalError as error:
            if error.pgconn is None or not error.pgconn.needs_password:
                self._refused(error)
        token = self._options.token()
        if not token:
            raise AuthError(
                f"the desk asks for the password of {self.address.login!r}",
                hint=f"casecli login --profile {self._options.profile} --token-stdin",
            )
        try:
            return self._knock(token)
        except psycopg.OperationalError as error:
            self._refused(error)

    def _knock(self, password: str) -> psycopg.Connection[tuple[Any, ...]]:
        place = self.address
        # The password comes from our own stores alone: an empty one and a file that
        # is not there keep libpq from its own.
        db: psycopg.Connection[tuple[Any, ...]] = _psycopg().connect(
            "",
            autocommit=True,
            host=place.host or None,
            port=place.port or None,
            dbname=place.database,
            user=place.login,
            password=password,
            passfile=str(self._options.folder / "no-passwords-here"),
            application_name="casecli",
            options=_SESSION,
            **{"connect_timeout": str(CONNECT_SECONDS), **place.options},
        )
        return db

    def _refused(self, error: psycopg.OperationalError) -> NoReturn:
        why = str(error).strip().splitlines()[0].removeprefix("connection failed: ")
        _, fatal, said = why.partition("FATAL:")
        passing = ("starting up", "shutting down", "too many", "connection slots")
        if fatal and not any(each in said for each in passing):
            raise AuthError(
                f"the desk does not let {self.address.login!r} in: {said.strip()}",
                hint=f"casecli login --profile {self._options.profile} --token-stdin",
            ) from error
        raise Transient(f"the desk cannot be reached: {why}", "casecli sync") from error

    def _say(self, error: psycopg.Error, *, lost: bool) -> NoReturn:
        """Raise what a failed statement means to us."""
        import psycopg

        # What psycopg itself refuses to send has no state.
        unfit = isinstance(error, psycopg.DataError)
        state = error.sqlstate or ("22000" if unfit else "")
        said = error.diag.message_primary or str(error).splitlines()[0]
        if error.diag.constraint_name == "delivery_pkey":
            # Ours would have been found: the one there is of another account.
            raise Invalid(
                "this key was used for another change", hint="casecli outbox list"
            ) from error
        raise self._meaning(state, said, lost=lost) from error

    def _meaning(
        self, state: str, said: str, *, lost: bool
    ) -> BackendError | Exception:
        gone = not state or state[:2] in ("08", "57")
        if gone and lost:
            return Unknown(f"the desk's answer was lost: {said}", "casecli sync")
        if gone or state.startswith(_PASSING):
            return Transient(f"the desk is busy or gone: {said}", "casecli sync")
        if state == "42501" and "schema" in said:
            return self._stranger()
        if state == "42501":
            return PermissionDenied(f"the desk forbids it: {said}", "casecli whoami")
        if state[:2] in ("22", "23"):
            return Invalid(f"the desk's own rules forbid it: {said}")
        return StorageFailed(f"the desk cannot be used: {said}", hint="casecli doctor")

    @contextmanager
    def listening(self, number: str) -> Iterator[Callable[[float], float]]:
        """Listen for news of a case from now on, on a connection of its own."""
        with self.reading() as records:
            rows = records.run(
                "SELECT news_of(number, key) FROM support_case WHERE number = ?", number
            )
        if not rows:
            yield _pause
            return
        listener = _Listener(self._connect, str(rows[0][0]))
        try:
            listener.begin()
            yield listener.wait
        finally:
            listener.end()

    def close(self) -> None:
        """Let go of the connection; harmless twice."""
        if self._db is not None:
            self._db.close()
            self._db = None


class _Listener:
    """Waits for one case's news; a lost connection is made again at the next pause."""

    def __init__(
        self, connect: Callable[[], psycopg.Connection[tuple[Any, ...]]], news: str
    ) -> None:
        self._connect = connect
        self._news = news
        self._db: psycopg.Connection[tuple[Any, ...]] | None = None

    def begin(self) -> None:
        if self._db is None:
            self._db = self._connect()
            self._db.execute(f"LISTEN {CHANNEL}")

    def wait(self, seconds: float) -> float:
        import psycopg

        begun = time.monotonic()
        try:
            if self._db is None:
                # What was missed meanwhile is seen by looking at once.
                self.begin()
                return time.monotonic() - begun
            self._hear(self._db, begun + seconds)
        except (psycopg.Error, BackendError):
            self.end()
            time.sleep(max(0.0, min(5.0, begun + seconds - time.monotonic())))
        return time.monotonic() - begun

    def _hear(self, db: psycopg.Connection[tuple[Any, ...]], until: float) -> None:
        while (left := until - time.monotonic()) > 0:
            for each in db.notifies(timeout=left, stop_after=1):
                if each.payload == self._news:
                    return

    def end(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


def _run(
    db: psycopg.Connection[tuple[Any, ...]],
    statement: str,
    values: tuple[str | int | bytes | None, ...],
) -> list[tuple[Any, ...]]:
    if not values:
        cursor = db.execute(statement.encode(), binary=True)
    else:
        marked = statement.replace("%", "%%").replace("?", "%s")
        cursor = db.execute(marked.encode(), values, binary=True)
    return cursor.fetchall() if cursor.description else []


def _pause(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def _psycopg() -> Any:  # the module, which may not be installed
    try:
        import psycopg
    except ImportError as error:
        raise BadInput(
            "a desk in PostgreSQL needs psycopg, which is not installed",
            hint="pip install 'casecli[postgres]'",
        ) from error
    return psycopg
