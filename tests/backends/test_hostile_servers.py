"""Every backend over HTTP against a server that lies, whatever it is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from casecli.backends import BackendOptions, open_backend
from casecli.domain.change import AddComment
from casecli.domain.errors import (
    AuthError,
    BackendError,
    PermissionDenied,
    RateLimited,
    Transient,
    Unknown,
)
from casecli.domain.ports import Backend
from tests.loopback import Server, listening, reply

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECRET = "1-35-c0ffee0123456789"  # noqa: S105 (must never be seen again)
SETTINGS = {
    "rt": {"queue": "support", "login": "ann"},
    "github": {"repository": "acme/support", "login": "ann"},
    "jira": {"project": "SUP"},
}
NUMBERS = {"rt": "1", "github": "1", "jira": "SUP-1"}
HTML = b"<!doctype html><title>Sign in</title>"

pytestmark = pytest.mark.parametrize("kind", sorted(SETTINGS))


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw no jitter, so that no retry waits."""
    monkeypatch.setattr("random.random", lambda: 0.0)


@pytest.fixture
def servers() -> Iterator[Callable[[], Server]]:
    with listening() as start:
        yield start


@pytest.fixture
def server(servers: Callable[[], Server]) -> Server:
    return servers()


@pytest.fixture
def backend(server: Server, kind: str) -> Iterator[Backend]:
    options = BackendOptions(
        profile="work",
        url=server.url,
        user="ann@example.com",
        role="customer",
        folder=Path("unused"),
        settings=SETTINGS[kind],
        token=lambda: SECRET,
        now=lambda: MONDAY,
    )
    connected = open_backend(kind, options)
    yield connected
    connected.close()


def always(server: Server, body: bytes, status: int = 200, **headers: str) -> None:
    server.otherwise = lambda handler: reply(handler, body, status, headers)


def says(number: str) -> Callable[[Backend], object]:
    change = AddComment(key="k", case="L1", at=MONDAY, text="hello")
    return lambda backend: backend.deliver(change, number)


def reading(kind: str) -> dict[str, Callable[[Backend], object]]:
    return {
        "who": lambda backend: backend.whoami(),
        "fetch": lambda backend: backend.fetch(NUMBERS[kind]),
        "pull": lambda backend: backend.changed_since(None, 10),
        "find": lambda backend: backend.find("k", "comment", NUMBERS[kind], MONDAY),
    }


def refusal(backend: Backend, call: Callable[[Backend], object]) -> BackendError:
    with pytest.raises(BackendError) as refused:
        call(backend)
    said = f"{refused.value}{refused.value.hint}{refused.value!r}"
    assert SECRET not in said
    assert "<title>" not in said
    return refused.value


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (HTML, "text/html"),
        (HTML, "application/json"),
        (b"", "application/json"),
        (b'{"id": 1, "items": [{"i', "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"\xff\xfe{}", "application/json"),
        (b"[]", "text/plain"),
        (b"null", "application/json"),
        (b"7", "application/json"),
        (b'"words"', "application/json"),
        (b"NaN", "application/json"),
        (b"[null]", "application/json"),
        (b'{"id": [], "items": 3, "issues": 3, "per_page": "x"}', "application/json"),
        (b'{"items": [7], "issues": [7], "per_page": 100}', "application/json"),
    ],
)
def test_what_is_no_answer_to_a_question_is_said_so(
    backend: Backend, server: Server, kind: str, body: bytes, media: str
) -> None:
    always(server, body, Content_Type=media)

    pull = refusal(backend, reading(kind)["pull"])
    fetch = refusal(backend, reading(kind)["fetch"])

    assert (type(pull), type(fetch)) == (Transient, Transient)
    assert {pull.exit_code, fetch.exit_code} == {10}


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (HTML, "text/html"),
        (b"", "application/json"),
        (b'{"id": 1, "x', "application/json"),
        (b"[]", "application/json"),
        (b"null", "application/json"),
        (b'{"id": {}}', "application/json"),
    ],
)
def test_a_write_with_a_senseless_answer_may_have_been_done(
    backend: Backend, server: Server, kind: str, body: bytes, media: str
) -> None:
    always(server, json.dumps(SOUND[kind]).encode())
    writes = ("POST", "PUT", "PATCH")
    sound = server.otherwise

    def answer(handler: Any) -> None:
        if handler.command in writes:
            reply(handler, body, 201, {"Content_Type": media})
        else:
            sound(handler)

    server.otherwise = answer

    error = refusal(backend, says(NUMBERS[kind]))

    assert type(error) is Unknown
    assert error.exit_code == 8


# What a ticket must hold for RT to be asked for the rest of it.
SOUND: dict[str, Any] = {
    "rt": {"id": 1, "Status": "open"},
    "github": {},
    "jira": {},
}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, AuthError),
        (403, PermissionDenied),
        (418, BackendError),
        (451, BackendError),
        (500, Unknown),
        (507, Unknown),
    ],
)
def test_a_refusal_that_repeats_our_secret_does_not_show_it(
    backend: Backend,
    server: Server,
    kind: str,
    status: int,
    expected: type[BackendError],
) -> None:
    always(server, json.dumps(SOUND[kind]).encode())
    sound = server.otherwise

    def answer(handler: Any) -> None:
        if handler.command == "GET":
            sound(handler)
            return
        proof = handler.headers["Authorization"]
        body = json.dumps({"message": f"no: {proof}", "errors": {"x": proof}})
        reply(handler, body.encode(), status, {})

    server.otherwise = answer

    error = refusal(backend, says(NUMBERS[kind]))

    proof = server.asked[-1].headers["authorization"].split()[-1]
    assert isinstance(error, expected)
    assert proof not in str(error)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_not_a_byte_goes_where_a_redirect_leads(
    backend: Backend,
    server: Server,
    servers: Callable[[], Server],
    kind: str,
    status: int,
) -> None:
    other = servers()
    always(server, b"", status, Location=f"{other.url}/take?it=1")

    errors = [refusal(backend, each) for each in reading(kind).values()]
    errors.append(refusal(backend, says(NUMBERS[kind])))

    assert other.asked == []
    assert {type(each) for each in errors} <= {Transient, Unknown, AuthError}


@pytest.mark.parametrize(
    ("after", "seconds"),
    [
        ("soon", None),
        ("", None),
        ("-5", 0),
        ("7", 7),
        ("1e9", None),
        ("99999999999", 30 * 24 * 3600),
        ("Mon, 02 Mar 2026 09:00:07 GMT", 7),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
    ],
)
def test_a_junk_retry_after_is_patience_without_a_moment(
    backend: Backend, server: Server, kind: str, after: str, seconds: int | None
) -> None:
    always(server, json.dumps(SOUND[kind]).encode())
    sound = server.otherwise

    def answer(handler: Any) -> None:
        if handler.command == "GET":
            sound(handler)
        else:
            reply(handler, b"{}", 429, {"Retry_After": after})

    server.otherwise = answer

    error = refusal(backend, says(NUMBERS[kind]))

    assert isinstance(error, RateLimited)
    waits = error.retry_at and (error.retry_at - MONDAY).total_seconds()
    assert waits == seconds


def issue(n: int) -> dict[str, Any]:
    """Give the least of an issue or ticket that each of the backends reads."""
    when = "2026-03-02T09:00:00Z"
    person = {"login": "ann", "accountId": "a", "displayName": "Ann"}
    fields = {
        "summary": "x",
        "status": {"name": "Open"},
        "created": when,
        "updated": when,
    }
    ticket = {
        "Subject": "x",
        "Status": "open",
        "Owner": {"id": "Nobody"},
        "Requestor": [],
        "Cc": [],
        "Created": when,
        "LastUpdated": when,
        "CustomFields": [],
        "Priority": "",
    }
    return {
        "id": n,
        "number": n,
        "key": f"SUP-{n}",
        "title": "x",
        "state": "open",
        "labels": [],
        "comments": 0,
        "html_url": "x",
        "user": person,
        "created_at": when,
        "updated_at": when,
        "fields": fields,
        **ticket,
    }


def flooding(kind: str, count: int) -> bytes:
    found = [issue(n) for n in range(1, count + 1)]
    if kind == "github":
        return json.dumps(found).encode()
    listed = {"items": found, "issues": found, "per_page": 100, "nextPageToken": "same"}
    me = {"accountId": "a", "displayName": "Ann", "timeZone": "UTC"}
    return json.dumps({**listed, **me}).encode()


def test_pages_that_never_end_are_left(
    backend: Backend, server: Server, kind: str
) -> None:
    always(server, flooding(kind, 100))

    error = refusal(backend, lambda each: each.changed_since(None, 1000))

    assert "pages do not end" in str(error)
    assert len(server.asked) < 20


def test_fifty_thousand_at_once_are_not_read(
    backend: Backend, server: Server, kind: str
) -> None:
    always(server, b"[%s]" % b",".join([json.dumps(issue(1)).encode()] * 50_000))

    error = refusal(backend, reading(kind)["pull"])

    assert str(error) == "the server's answer is over 20000000 bytes"
