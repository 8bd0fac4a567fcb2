"""A throwaway PostgreSQL of the tests' own, on a socket in a folder of its own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from casecli.backends import BackendOptions
from casecli.backends.desk_migrate import admit, migrate
from casecli.backends.desk_postgres import TeamDatabase
from casecli.backends.desk_records import Person
from tests.servers.process import as_nobody, own

if TYPE_CHECKING:
    from collections.abc import Iterator

OWNER = "owner"
# Login, account, name and role of those who work the tests' desks; a login's password
# is its name spelt backwards.
PEOPLE = (
    ("ann", "local", "ann", "customer"),
    ("carl", "local", "carl", "customer"),
    ("rita", "local", "rita", "read-only"),
    ("eve", "acme", "eve", "customer"),
    ("bob", "vendor", "bob", "agent"),
)
_TEMPLATE = "desk_template"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; every desk is a database of its own."""

    folder: Path

    def url(self, database: str, login: str) -> str:
        return f"postgresql://{login}@/{database}?host={self.folder}"

    def options(self, database: str, login: str, role: str = "") -> BackendOptions:
        return BackendOptions(
            profile="team",
            url=self.url(database, login),
            user=login,
            role=role or ("agent" if login == "bob" else "customer"),
            folder=self.folder / "clients",
            token=lambda: login[::-1],
        )

    def owning(self, database: str) -> TeamDatabase:
        return TeamDatabase(self.options(database, OWNER))

    def make(self, database: str, template: str = "template0") -> str:
        """Make a database; CREATE DATABASE stands in no transaction."""
        import psycopg

        with psycopg.connect(
            host=str(self.folder),
            dbname="postgres",
            user=OWNER,
            password=OWNER[::-1],
            autocommit=True,
        ) as db:
            db.execute(f"CREATE DATABASE {database} TEMPLATE {template}".encode())
        return database

    def desk(self) -> str:
        """Make a desk that everybody is admitted to; give its database."""
        return self.make(f"desk_{uuid.uuid4().hex}", _TEMPLATE)


def _bin(program: str) -> str | None:
    places = [*Path("/usr/lib/postgresql").glob("*/bin"), Path("/usr/local/bin")]
    path = ":".join(str(each) for each in sorted(places, reverse=True))
    return shutil.which(program) or shutil.which(program, path=path)


@contextmanager
def server(*, durable: bool = False) -> Iterator[Server]:
    """Start PostgreSQL 15 or newer, or skip by name; `durable` as at home."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    initdb, pg_ctl = _bin("initdb"), _bin("pg_ctl")
    if initdb is None or pg_ctl is None:
        pytest.skip("PostgreSQL is not installed: no initdb and pg_ctl")
    # A short path: a socket's name has room for about a hundred characters.
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        own(folder)
        data, password = folder / "data", folder / "password"
        password.write_text(OWNER[::-1])
        password.chmod(0o644)
        make = [initdb, "-D", str(data), "-U", OWNER, "-A", "scram-sha-256"]
        pace = ["--pwfile", str(password), "--no-sync", "-E", "UTF8"]
        _do([*make, *pace, "--locale=C.UTF-8"], folder)
        knobs = (
            f"-c listen_addresses= -c unix_socket_directories={folder}"
            f" -c fsync={'on' if durable else 'off'}"
            " -c max_connections=100 -c lc_messages=C"
        )
        start = [pg_ctl, "-D", str(data), "-w", "-l", str(folder / "log")]
        _do([*start, "-o", knobs, "start"], folder)
        try:
            found = Server(folder)
            _prepare(found)
            yield found
        finally:
            _do([pg_ctl, "-D", str(data), "-m", "immediate", "stop"], folder)


def _do(command: list[str], folder: Path) -> None:
    log = folder / "steps"
    with log.open("ab") as out:
        done = subprocess.run(
            command, cwd=folder, stdout=out, stderr=out, check=False, **as_nobody()
        )
    assert done.returncode == 0, log.read_text()


def _prepare(found: Server) -> None:
    database = found.owning(found.make(_TEMPLATE))
    with database.owning() as run:
        migrate(run)
        for login, account, name, role in PEOPLE:
            verifier = database.verifier(login, login[::-1])
            admit(run, login, Person(account=account, name=name, role=role), verifier)
    database.close()
