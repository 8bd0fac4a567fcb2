"""A team's desk as people use it: its owner, two engineers and an agent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.backends.postgres import Server


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody's own casecli, with a home of its own."""

    home: Path
    token: str

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "casecli", *words],
            env={
                **os.environ,
                "CASECLI_HOME": str(self.home),
                "CASECLI_PROFILE": "team",
                "CASECLI_TOKEN": self.token,
                "CI": "1",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, stdin: str = "") -> str:
        with self.start(*words) as process:
            out, err = process.communicate(stdin)
        assert process.returncode == 0, err
        return out


def seat(tmp_path: Path, postgres: Server, database: str, login: str) -> Seat:
    made = Seat(tmp_path / login, login[::-1])
    role = "agent" if login == "bob" else "customer"
    url = postgres.url(database, login)
    words = ("--backend", "desk", "--url", url, "--role", role)
    made.run("profile", "add", "team", *words)
    return made


OPEN = (
    "open",
    *("-s", "Print queue stuck", "-m", "since noon", "--severity", "low"),
    *("--answer", "production-down=no", "--impact", "one floor waits for its prints"),
)


def test_two_engineers_and_an_agent_share_a_case(
    tmp_path: Path, postgres: Server
) -> None:
    database = postgres.desk()
    ann = seat(tmp_path, postgres, database, "ann")
    carl = seat(tmp_path, postgres, database, "carl")
    bob = seat(tmp_path, postgres, database, "bob")

    number = ann.run(*OPEN).strip()
    bob.run("desk", "wait", number, "--on", "customer", "-m", "send the log")
    carl.run("sync")
    carl.run("comment", number, "-m", "here it is")
    ann.run("sync")

    case = json.loads(ann.run("show", number, "--json"))
    assert [each["author"] for each in case["comments"]] == ["bob", "carl"]
    assert case["status"] == "in-progress"


def test_a_profile_may_be_added_before_its_password(
    tmp_path: Path, postgres: Server
) -> None:
    url = postgres.url(postgres.desk(), "ann")
    nobody = Seat(tmp_path, "")
    words = ("profile", "add", "team", "--backend", "desk", "--url", url)

    with nobody.start(*words) as process:
        _, err = process.communicate()

    assert process.returncode == 0
    assert err == (
        f"{url} answers; log in with casecli -p team login\n"
        "profile team is saved; casecli profile use team\n"
    )


def test_wait_hears_of_the_answer(tmp_path: Path, postgres: Server) -> None:
    database = postgres.desk()
    ann = seat(tmp_path, postgres, database, "ann")
    bob = seat(tmp_path, postgres, database, "bob")
    number = ann.run(*OPEN).strip()

    with ann.start("wait", number, "--until", "resolved", "--timeout", "2h") as waiting:
        bob.run("desk", "resolve", number, "-m", "restart the spooler")
        out, _ = waiting.communicate(timeout=60)

    assert (waiting.returncode, out) == (0, "resolved\n")


def test_the_owner_makes_the_desk_and_lets_people_in(
    tmp_path: Path, postgres: Server
) -> None:
    database = postgres.make(f"fresh_{uuid.uuid4().hex}")
    owner = seat(tmp_path, postgres, database, "owner")
    login = f"dora_{uuid.uuid4().hex}"
    dora = ("--account", "acme", "--name", "Dora", "--password-stdin")

    first = owner.run("desk", "migrate")
    again = owner.run("desk", "migrate", "--json")
    owner.run("desk", "admit", login, *dora, stdin=f"{login[::-1]}\n")
    people = json.loads(owner.run("desk", "people", "--json"))
    who = json.loads(seat(tmp_path, postgres, database, login).run("whoami", "--json"))

    assert first == "1\n"
    assert json.loads(again) == {"before": 1, "after": 1}
    assert [each["name"] for each in people] == ["Dora"]
    assert (who["name"], who["role"], who["account"]) == ("Dora", "customer", "acme")


def test_somebody_dismissed_cannot_get_in_any_more(
    tmp_path: Path, postgres: Server
) -> None:
    database = postgres.desk()
    owner = seat(tmp_path, postgres, database, "owner")
    login = f"dora_{uuid.uuid4().hex}"
    words = ("--account", "acme", "--password-stdin")
    owner.run("desk", "admit", login, *words, stdin=f"{login[::-1]}\n")
    dora = seat(tmp_path, postgres, database, login)
    dora.run("sync")

    owner.run("desk", "dismiss", login)
    with dora.start("whoami") as process:
        _, err = process.communicate()

    assert process.returncode == 7
    assert "is not admitted to the desk" in err


@pytest.mark.parametrize("words", [("desk", "migrate"), ("desk", "people")])
def test_a_desk_in_a_file_has_no_owner_to_ask(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    local = Seat(tmp_path, "")
    local.run("profile", "add", "team", "--backend", "desk")

    with local.start(*words) as process:
        _, err = process.communicate()

    assert process.returncode == 2
    assert "is not a desk in PostgreSQL" in err


def test_a_profile_does_not_keep_a_password(tmp_path: Path) -> None:
    local = Seat(tmp_path, "")
    url = "postgresql://ann@desk.example.com/casecli?password=hunter2"

    with local.start("profile", "add", "x", "--backend", "desk", "--url", url) as add:
        _, err = add.communicate()

    assert add.returncode == 2
    assert "hunter2" not in err
    assert "casecli login" in err
