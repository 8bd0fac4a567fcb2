"""A live Roundup asks for patience: it gets it, and nothing is lost or done twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.cli.conftest import OPEN, Cli, Said
from tests.servers.connecting import KINDS
from tests.servers.process import Desk
from tests.servers.proxy import LossyProxy, lossy

pytestmark = pytest.mark.servers

OPENS = KINDS["roundup"].opens
MESSAGES = "POST /support/rest/data/msg"
LISTS = "GET /support/rest/data/issue?"


@dataclass(frozen=True)
class Way:
    """A command line with a clock of its own, and the proxy before the tracker."""

    cli: Cli
    proxy: LossyProxy

    def __call__(self, clock: str, *words: str, code: int = 0) -> Said:
        at = f"2026-11-22T{clock}Z"
        return self.cli("--profile", "live", *words, code=code, CASECLI_CLOCK=at)


@pytest.fixture
def way(roundup_server: Desk, cli: Cli) -> Iterator[Way]:
    kind = KINDS["roundup"]
    with lossy(roundup_server.port) as proxy:
        where = ("--url", f"{proxy.url}{kind.tail}", "--user", "customer")
        # Roundup takes no write from under another address than its own.
        own = ("--set", f"web={roundup_server.url}")
        cli("profile", "add", "live", "--backend", "roundup", *where, *own)
        secret = roundup_server.tokens["customer"].encode()
        login = ("--profile", "live", "login", "--token-stdin", "--insecure-storage")
        cli(*login, stdin=secret)
        yield Way(cli, proxy)


@pytest.mark.parametrize(
    ("retry_after", "too_early", "in_time"),
    [
        ("120", "09:01:59", "09:02:05"),
        ("Sun, 22 Nov 2026 09:02:00 GMT", "09:01:59", "09:02:05"),
        ("Sun, 22 Nov 2026 08:00:00 GMT", "09:00:01", "09:00:05"),
        ("-5", "09:00:01", "09:00:05"),
        ("soon", "09:00:01", "09:00:05"),
    ],
)
def test_a_case_waits_as_long_as_the_server_asks_and_is_opened_once(
    way: Way, retry_after: str, too_early: str, in_time: str
) -> None:
    way.proxy.limit(OPENS, retry_after)

    opened = way("09:00:00", *OPEN, code=8)
    before = way(too_early, "sync", "--push", code=10)
    asked = way.proxy.count(OPENS)
    way(in_time, "sync")

    assert "429: too many requests; not tried before 2026-11-22T09:0" in opened.err
    assert "; not tried before 2026-11-22T09:0" in before.out
    assert "delivered 0, 1 still waiting" in before.err
    assert (asked, way.proxy.count(OPENS)) == (1, 2)
    assert way.proxy.count(MESSAGES) == 1
    assert way(in_time, "show", "L1", "--json").json["number"] is not None


def test_a_comment_waits_and_is_said_once(way: Way) -> None:
    number = way("09:00:00", *OPEN).out.strip()
    way.proxy.limit(f"PUT /support/rest/data/issue/{number}", "3600")

    way("09:00:10", "comment", number, "-m", "The second line too", code=8)
    way("10:00:09", "sync", code=10)
    way("10:00:15", "sync")
    way("10:00:20", "sync", "--full")

    case = way("10:00:25", "show", number, "--json").json
    assert [each["text"] for each in case["comments"]] == ["The second line too"]
    assert way.proxy.count("PUT ") == 2


def test_a_pull_that_must_wait_says_until_when_and_loses_nothing(way: Way) -> None:
    number = way("09:00:00", *OPEN).out.strip()
    whole = way("09:00:05", "sync", "--full").err
    way.proxy.limit(LISTS, "900")

    limited = way("09:00:10", "sync", "--full", "--json", code=10)
    later = way("09:15:11", "sync", "--full")

    assert limited.error["kind"] == "rate-limited"
    assert limited.error["hint"] == "the same again after 2026-11-22T09:15:10Z"
    assert later.err == whole
    assert way("09:15:15", "show", number, "--json").json["pending"] == []


def test_a_pull_asked_to_wait_a_moment_just_does(way: Way) -> None:
    way("09:00:00", *OPEN)
    way.proxy.limit(LISTS, "0")

    told = way("09:00:10", "sync", "--full").err

    assert told.startswith("delivered 0; took in ")
    assert way.proxy.faults["limited"] == 1
