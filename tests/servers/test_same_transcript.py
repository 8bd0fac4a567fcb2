"""The same commands do the same on every server: only `--profile` differs."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.backends.postgres import Server
from tests.cli.conftest import OPEN, Cli
from tests.servers.connecting import KINDS
from tests.servers.process import Desk

pytestmark = pytest.mark.servers

FACTS = (
    "--answer=problem-statement-correct=yes",
    "--answer=impact-described=yes",
    "--answer=milestone-date=2026-12-01",
)


LOGIN = ("login", "--token-stdin", "--insecure-storage")


@pytest.fixture(params=["desk", "team", *KINDS])
def profile(request: pytest.FixtureRequest, cli: Cli) -> str:
    """Add a profile for the server and log in to it."""
    name: str = request.param
    if name == "desk":
        cli("profile", "add", name, "--backend", "desk")
        return name
    if name == "team":
        team: Server = request.getfixturevalue("postgres")
        url = team.url(team.desk(), "ann")
        cli("profile", "add", name, "--backend", "desk", "--url", url)
        cli("--profile", name, *LOGIN, stdin=b"nna")
        return name
    kind = KINDS[name]
    desk: Desk = request.getfixturevalue(kind.fixture)
    where = ("--backend", name, "--url", desk.url, "--user", "customer")
    settings = [f"--set={key}={value}" for key, value in kind.settings.items()]
    cli("profile", "add", name, *where, *settings)
    secret = desk.tokens["customer"].encode()
    cli("--profile", name, *LOGIN, stdin=secret)
    return name


def test_a_case_lives_the_same_life_everywhere(
    cli: Cli, profile: str, tmp_path: Path
) -> None:
    trace = tmp_path / "work" / "trace.log"
    trace.write_text("12:00:01 INVITE sent\n12:00:33 BYE received\n")
    at = ("--profile", profile)

    number = cli(*at, *OPEN, "--attach", str(trace)).out.strip()
    cli(*at, "comment", number, "-m", "It is the second line too")
    escalated = cli(
        *at,
        *("escalate", number, "--reason", "dissatisfied-with-progress"),
        *("-m", "no answer for two days", *FACTS, "--yes", "--json"),
    ).json
    feed = ("--feed", "escalation", "-m", "When do we hear from you?")
    cli(*at, "comment", number, *feed)
    asked = cli(*at, "show", number, "--json").json["escalation"]["state"]
    closed = cli(*at, "close", number, "--reason", "resolved", "--yes", "--json").json
    ended = cli(*at, "show", number, "--json").json["status"]
    cli(*at, "reopen", number, "-m", "It is back since this morning")
    cli(*at, "sync")
    case = cli(*at, "show", number, "--json").json
    status = cli(*at, "status", "--json").json

    assert (escalated["state"], closed["state"]) == ("delivered", "delivered")
    assert (ended, case["status"] in ("open", "in-progress")) == ("closed", True)
    assert case["severity"] == "high"
    assert asked == "requested"
    said = [(each["text"], each["feed"], each["side"]) for each in case["comments"]]
    assert ("It is the second line too", "case", "customer") in said
    assert ("When do we hear from you?", "escalation", "customer") in said
    (file,) = case["attachments"]
    assert (file["name"], file["size"]) == ("trace.log", 43)
    assert file["sha256"] == hashlib.sha256(trace.read_bytes()).hexdigest()
    cli(*at, "attachments", number, "--download", "back")
    assert (Path("back") / "trace.log").read_bytes() == trace.read_bytes()
    assert status["profile"] == profile
