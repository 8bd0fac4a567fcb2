"""What the owner of a team's desk does: make it, and say who may work there."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from casecli.cli import texts
from casecli.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from casecli.backends.desk_postgres import TeamDatabase
    from casecli.cli.wiring import Session


@contextmanager
def _database(session: Session) -> Iterator[TeamDatabase]:
    """Open the profile's database as its owner.

    Raises:
        BadInput: the profile is not a team's desk.
    """
    from casecli.backends.desk_address import is_postgres

    profile = session.profile
    if profile.backend != "desk" or not is_postgres(profile.url):
        raise BadInput(
            f"profile {profile.name!r} is not a desk in PostgreSQL",
            "casecli profile add NAME --backend desk --url postgresql://HOST/DATABASE",
        )
    from casecli.backends.desk_postgres import TeamDatabase

    database = TeamDatabase(session.backend_options())
    try:
        yield database
    finally:
        database.close()


def migrate(session: Session) -> None:
    """Bring the desk to this casecli's version and say from which."""
    from casecli.backends.desk_migrate import migrate as bring

    with _database(session) as database, database.owning() as run:
        done = bring(run)
    plain = {"before": done.before, "after": done.after}
    screen = session.screen
    screen.result(plain, lambda: screen.line(str(done.after)))
    where = f"the desk in {database.address.database}"
    if done.before == done.after:
        screen.notice(f"{where} is at version {done.after} already")
    elif done.before:
        screen.notice(f"{where} went from version {done.before} to {done.after}")
    else:
        screen.notice(f"{where} is made, at version {done.after}")
        screen.notice("next: casecli desk admit LOGIN --account NAME")


def admit(  # noqa: PLR0913 (what makes a person)
    session: Session,
    login: str,
    *,
    account: str,
    role: str,
    name: str,
    email: str | None,
    password_stdin: bool,
) -> None:
    """Let a login work the desk, and say whom it stands for.

    Raises:
        BadInput: an empty name or account, or no password where one was announced.
    """
    from casecli.backends.desk_migrate import admit as let_in
    from casecli.backends.desk_records import Person

    person = Person(account=account.strip(), name=name or login, role=role, email=email)
    if not (login.strip() and person.account and person.name.strip()):
        raise BadInput("a login, an account and a name cannot be empty")
    password = _password() if password_stdin else None
    with _database(session) as database, database.owning() as run:
        verifier = database.verifier(login, password) if password else None
        made = let_in(run, login, person, verifier)
    plain = {"login": login, **_plain(person), "made": made}
    screen = session.screen
    screen.result(plain, lambda: screen.line(login))
    screen.notice(f"{login} works the desk as {person.name}, {role} of {account}")
    if made and password is None:
        screen.notice(
            f"{login} is new and has no password: casecli desk admit {login} "
            f"--account {account} --role {role} --password-stdin"
        )


def dismiss(session: Session, login: str) -> None:
    """Shut the desk to a login."""
    from casecli.backends.desk_migrate import dismiss as shut_out

    with _database(session) as database, database.owning() as run:
        shut_out(run, login)
    screen = session.screen
    screen.result({"login": login}, lambda: screen.line(login))
    screen.notice(f"{login} cannot work the desk any more; what they wrote stays")


def people(session: Session) -> None:
    """List who may work the desk."""
    from casecli.backends.desk_migrate import people as admitted
    from casecli.cli.cells import Column

    with _database(session) as database, database.owning() as run:
        found = admitted(run)
    session.screen.items(
        [{"login": login, **_plain(person)} for login, person in found],
        [Column(each, each) for each in ("login", "name", "role", "account", "email")],
        keys=("login", "name", "role", "account", "email"),
        empty="nobody is admitted yet: casecli desk admit LOGIN --account NAME",
    )


def _plain(person: object) -> dict[str, str | None]:
    return {
        each: getattr(person, each) for each in ("name", "role", "account", "email")
    }


def _password() -> str:
    password = texts.read_stdin().decode("utf-8", "replace").strip("\r\n")
    if not password.strip():
        raise BadInput("no password on standard input")
    return password
