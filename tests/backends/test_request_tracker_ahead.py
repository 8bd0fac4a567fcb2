"""What Request Tracker's adapter lists ahead, in a thread that may outlive its use."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from casecli.backends.http import HttpClient
from casecli.backends.http_site import Auth, Limits, Site
from casecli.backends.request_tracker_ahead import Ahead
from tests.loopback import Server, listening, reply

QUICK = Limits(connect=2, read=20, total=20, tries=3)
LISTED = json.dumps({"items": [{"id": "1"}, {"id": "2"}], "pages": 2}).encode()


@pytest.fixture
def server() -> Iterator[Server]:
    with listening() as start:
        yield start()


def lister() -> threading.Thread:
    """Give the thread that lists, which is a daemon nobody else can find."""
    [thread] = [each for each in threading.enumerate() if "_list" in each.name]
    return thread


def test_what_was_listed_ahead_is_given_once(server: Server) -> None:
    server.says("/tickets", LISTED)
    ahead = Ahead(HttpClient(Site(url=server.url, limits=QUICK)))

    ahead.begin("x", 2)
    taken, again = ahead.take("x", 2), ahead.take("x", 2)
    ahead.close()

    assert taken is not None
    assert [row["id"] for row in taken.rows] == ["1", "2"]
    assert again is None
    assert len(server.asked) == 1


def test_a_listing_closed_before_it_is_sent_ends_without_a_sound(
    server: Server,
) -> None:
    asking, closed = threading.Event(), threading.Event()

    def token() -> Auth:
        asking.set()
        assert closed.wait(20)
        return Auth(secret="x")  # noqa: S106 (no one's)

    ahead = Ahead(HttpClient(Site(url=server.url, limits=QUICK, auth=token)))
    ahead.begin("x", 2)
    thread = lister()
    assert asking.wait(20)
    ahead.close()
    closed.set()
    thread.join(20)

    # Had the thread raised, pytest would fail this test.
    assert not thread.is_alive()
    assert server.asked == []


def test_a_listing_closed_while_the_server_thinks_ends_and_is_not_tried_again(
    server: Server,
) -> None:
    thinking = threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        thinking.set()
        server.released.wait(20)
        reply(handler, LISTED, 200, {})

    server.otherwise = answer
    ahead = Ahead(HttpClient(Site(url=server.url, limits=QUICK)))
    ahead.begin("x", 2)
    thread = lister()
    assert thinking.wait(20)
    ahead.close()
    thread.join(10)

    assert not thread.is_alive()
    assert len(server.asked) == 1


def test_nothing_is_listed_ahead_once_it_is_closed(server: Server) -> None:
    ahead = Ahead(HttpClient(Site(url=server.url, limits=QUICK)))
    ahead.close()

    ahead.begin("x", 2)

    assert ahead.take("x", 2) is None
    assert server.asked == []
