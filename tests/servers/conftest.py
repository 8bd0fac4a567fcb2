"""Real servers: all that the session's tests ask for are started at once."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.backends.conftest import postgres
from tests.cli.conftest import cli
from tests.servers.connecting import KINDS
from tests.servers.process import Desk, Missing
from tests.servers.redmine import redmine
from tests.servers.roundup import roundup
from tests.servers.rt5 import request_tracker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from concurrent.futures import Future
    from contextlib import AbstractContextManager

# The command line to type at and the team's database are the same fixtures here.
__all__ = ["cli", "postgres"]

SERVERS: Mapping[str, Callable[[Path], AbstractContextManager[Desk]]] = {
    "tracker": request_tracker,
    "redmine_server": redmine,
    "roundup_server": roundup,
}


class Park:
    """The servers of a session, each starting or running in a folder of its own."""

    def __init__(self, stack: ExitStack, names: set[str]) -> None:
        self._stack = stack
        pool = stack.enter_context(ThreadPoolExecutor(max_workers=len(SERVERS)))
        self._starting: Mapping[str, Future[Desk]] = {
            name: pool.submit(self._start, name) for name in SERVERS if name in names
        }

    def _start(self, name: str) -> Desk:
        # Not tmp_path: the server's user must be able to walk into the folder.
        folder = self._stack.enter_context(
            tempfile.TemporaryDirectory(prefix=f"{name}-", ignore_cleanup_errors=True)
        )
        return self._stack.enter_context(SERVERS[name](Path(folder)))

    def server(self, name: str) -> Desk:
        """Wait for a server, or skip loudly what needs it."""
        try:
            return self._starting[name].result()
        except Missing as error:
            pytest.skip(f"{name} cannot be had here: {error}")


@pytest.fixture(scope="session")
def park(request: pytest.FixtureRequest) -> Iterator[Park]:
    """Start what the tests chosen for this session need, in parallel."""
    names: set[str] = set()
    for item in request.session.items:
        names.update(getattr(item, "fixturenames", ()))
        asked = getattr(item, "callspec", None)
        # A test that runs on several servers names each as a parameter.
        for each in asked.params.values() if asked else ():
            if isinstance(each, str) and each in KINDS:
                names.add(KINDS[each].fixture)
    with ExitStack() as stack:
        yield Park(stack, names)


@pytest.fixture(scope="session")
def tracker(park: Park) -> Desk:
    """Serve Request Tracker 5."""
    return park.server("tracker")


@pytest.fixture(scope="session")
def redmine_server(park: Park) -> Desk:
    """Serve Redmine 5."""
    return park.server("redmine_server")


@pytest.fixture(scope="session")
def roundup_server(park: Park) -> Desk:
    """Serve Roundup 2."""
    return park.server("roundup_server")
