"""Brings a team's database to this version of the desk, and lets people in.

Run by whoever owns the database, never by those who work the desk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from casecli.backends.desk_guards import PEOPLE, SCHEMA, first_version
from casecli.backends.desk_records import AGENT, CUSTOMER, READ_ONLY, Person, Records
from casecli.domain.errors import BadInput, NotFoundRemote, StorageFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from casecli.backends.desk_records import Run

STEPS: tuple[tuple[str, ...], ...] = (first_version(),)
ROLES = (CUSTOMER, READ_ONLY, AGENT)
NEWER = "the team's desk was migrated by a newer casecli"


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """From which version to which a desk came; 0 is none at all."""

    before: int
    after: int


def migrate(run: Run, steps: Sequence[Sequence[str]] = STEPS) -> Migrated:
    """Do the steps the desk lacks; the caller commits. Harmless twice and at once.

    Raises:
        StorageFailed: the desk is newer than we are, or the schema is not a desk's.
    """
    run("SELECT pg_advisory_xact_lock(hashtext(?))", "casecli desk migrate")
    before = version_of(run)
    if before > len(steps):
        raise StorageFailed(NEWER, hint="pip install --upgrade casecli")
    if before == 0:
        _prepare(run)
    for number, step in enumerate(steps[before:], before + 1):
        for statement in step:
            run(statement)
        run("INSERT INTO desk_migration (version) VALUES (?)", number)
    return Migrated(before=before, after=len(steps))


def version_of(run: Run) -> int:
    """Give the version of the desk, 0 where there is none."""
    if not run("SELECT to_regclass(?)::text", f"{SCHEMA}.desk_migration")[0][0]:
        return 0
    rows = run(f"SELECT coalesce(max(version), 0) FROM {SCHEMA}.desk_migration")  # noqa: S608 (our own constant)
    return int(rows[0][0])


def _prepare(run: Run) -> None:
    if run("SELECT 1 FROM pg_namespace WHERE nspname = ?", SCHEMA):
        raise StorageFailed(
            f"the schema {SCHEMA!r} of this database is not a desk's",
            hint="give the desk a database of its own: createdb casecli",
        )
    if not run("SELECT 1 FROM pg_roles WHERE rolname = ?", PEOPLE):
        run(f"CREATE ROLE {PEOPLE} NOLOGIN")
    run(f"CREATE SCHEMA {SCHEMA}")
    run(
        "CREATE TABLE desk_migration (version INTEGER PRIMARY KEY,"
        " login NAME NOT NULL DEFAULT session_user,"
        " at TIMESTAMPTZ NOT NULL DEFAULT now())"
    )


def admit(run: Run, login: str, person: Person, verifier: str | None) -> bool:
    """Let a login work the desk as a person; True if it had to be made.

    A login that exists keeps its password unless a `verifier` (what PostgreSQL stores
    in place of one) is given. Admitting again changes whom it stands for.

    Raises:
        BadInput: the desk has no such role.
    """
    if person.role not in ROLES:
        raise BadInput(
            f"the desk's roles are {', '.join(ROLES)}, not {person.role!r}",
            hint="--role customer",
        )
    made = not run("SELECT 1 FROM pg_roles WHERE rolname = ?", login)
    if made:
        _format(run, "CREATE ROLE %I LOGIN", login)
    if verifier is not None:
        _format(run, "ALTER ROLE %I PASSWORD %L", login, verifier)
    _format(run, "GRANT %I TO %I", PEOPLE, login)
    Records(run).register(person)
    run(
        "INSERT INTO login (login, account, name, role) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (login) DO UPDATE SET account = EXCLUDED.account,"
        " name = EXCLUDED.name, role = EXCLUDED.role",
        login,
        person.account,
        person.name,
        person.role,
    )
    return made


def dismiss(run: Run, login: str) -> None:
    """Shut the desk to a login; what it wrote stays, and so does the login itself.

    Raises:
        NotFoundRemote: it was never admitted.
    """
    if not run("DELETE FROM login WHERE login = ? RETURNING login", login):
        raise NotFoundRemote(
            f"login {login!r} is not admitted to the desk", hint="casecli desk people"
        )
    if run("SELECT 1 FROM pg_roles WHERE rolname = ?", login):
        _format(run, "REVOKE %I FROM %I", PEOPLE, login)


def people(run: Run) -> tuple[tuple[str, Person], ...]:
    """Give every login with whom it stands for."""
    rows = run(
        "SELECT l.login::text, p.account, p.name, p.role, p.email FROM login AS l"
        " JOIN person AS p USING (account, name, role) ORDER BY 1"
    )
    return tuple(
        (login, Person(account=account, name=name, role=role, email=email))
        for login, account, name, role, email in rows
    )


def _format(run: Run, statement: str, *names: str) -> None:
    """Run a statement whose names cannot be values, quoted by the server itself."""
    marks = ", ".join("?::text" for _ in names)
    run(str(run(f"SELECT format('{statement}', {marks})", *names)[0][0]))
