"""A long `sync` of a live Request Tracker: seen on a terminal, killed, gone on with."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.cli.tmux import Terminal
from tests.servers.process import Desk, Missing
from tests.servers.proxy import LossyProxy, lossy
from tests.servers.rt5 import request_tracker
from tests.servers.rt5_tickets import fill

pytestmark = pytest.mark.servers

TICKETS = 450
LISTS = "GET /REST/2.0/tickets?"


@pytest.fixture(scope="module")
def full_tracker() -> Iterator[Desk]:
    """Serve a Request Tracker of its own with five pages of tickets."""
    # Not tmp_path: the server's user must be able to walk into the folder.
    with tempfile.TemporaryDirectory(prefix="full-", ignore_cleanup_errors=True) as at:
        try:
            with request_tracker(Path(at)) as desk:
                fill(desk, Path(at), TICKETS)
                yield desk
        except Missing as error:
            pytest.skip(f"Request Tracker cannot be had here: {error}")


@dataclass(frozen=True)
class Way:
    """A command line, and the proxy between it and the tracker."""

    cli: Cli
    proxy: LossyProxy

    @property
    def environ(self) -> dict[str, str]:
        return {**self.cli.environ, "CASECLI_PROFILE": "rt"}

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "casecli", "sync"],
            env=self.environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def sync(self) -> str:
        return self.cli("--profile", "rt", "sync").err

    def there(self) -> list[tuple[int, int]]:
        """Give each case that was taken in, with how much was said in it."""
        lines = self.cli("export").out.splitlines()
        cases = [json.loads(line) for line in lines]
        return sorted((int(each["number"]), len(each["comments"])) for each in cases)


@pytest.fixture
def way(full_tracker: Desk, cli: Cli) -> Iterator[Way]:
    with lossy(full_tracker.port) as proxy:
        where = ("--backend", "rt", "--url", proxy.url, "--user", "customer")
        cli("profile", "add", "rt", *where, "--set", "queue=support", "--no-check")
        token = full_tracker.tokens["customer"].encode()
        login = ("--profile", "rt", "login", "--token-stdin", "--insecure-storage")
        cli(*login, stdin=token)
        yield Way(cli, proxy)
        proxy.released.set()


@pytest.fixture
def terminal(way: Way) -> Iterator[Terminal]:
    if shutil.which("tmux") is None:
        pytest.skip("needs tmux: apt-get install tmux")
    given = Terminal(way.cli.home.parent, 100, way.environ)
    yield given
    given.close()


def test_a_sync_says_on_a_terminal_how_far_it_is(way: Way, terminal: Terminal) -> None:
    way.proxy.hold(LISTS, after=4)

    terminal.start("sync")
    assert way.proxy.held.wait(60)
    terminal.wait("taking in 400 cases, page 4")
    way.proxy.released.set()
    end = terminal.wait("ended with 0")

    assert "delivered 0; took in 450 cases" in end
    assert "taking in" not in end


@pytest.mark.parametrize("lists", [2, 4])
def test_a_sync_that_was_killed_is_gone_on_with(way: Way, lists: int) -> None:
    # A page is listed while the one before it is still being read.
    way.proxy.hold(LISTS, after=lists)
    with way.start() as process:
        assert way.proxy.held.wait(60)
        process.send_signal(signal.SIGKILL)
    way.proxy.released.set()
    before = way.there()

    told = way.sync()

    assert process.returncode == -signal.SIGKILL
    assert len(before) >= (lists - 1) * 100
    assert f"took in {TICKETS - len(before)} cases" in told
    assert way.there() == [(n, 1) for n in range(1, TICKETS + 1)]
    assert "took in 0 cases" in way.sync()
