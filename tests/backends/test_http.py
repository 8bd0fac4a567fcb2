"""The HTTP door against a server that lies, stalls, floods and leads astray."""

from __future__ import annotations

import gzip
import io
import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecli.backends.http import HttpClient
from casecli.backends.http_answers import decoded, every_page, retry_moment, understood
from casecli.backends.http_form import File
from casecli.backends.http_site import Auth, Limits, Site
from casecli.domain.errors import (
    AuthError,
    BackendError,
    BadInput,
    Invalid,
    NotFoundRemote,
    PermissionDenied,
    RateLimited,
    TooLarge,
    Transient,
    Unknown,
    VersionConflict,
)
from tests.loopback import Answer, Server, listening, reply

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECRET = "s3cret-t0ken-value"  # noqa: S105 (must never be seen again)
QUICK = Limits(connect=2, read=2, total=5, reply=1_000_000, tries=3)


@pytest.fixture
def servers() -> Iterator[Callable[[], Server]]:
    """Start servers on the loopback; all end with the test."""
    with listening() as start:
        yield start


@pytest.fixture
def server(servers: Callable[[], Server]) -> Server:
    return servers()


@pytest.fixture
def client(server: Server) -> Iterator[HttpClient]:
    connected = connect(server.url)
    yield connected
    connected.close()


def connect(url: str, limits: Limits = QUICK, **more: Any) -> HttpClient:
    site = Site(
        url=url,
        auth=lambda: Auth(header="X-Api-Key", secret=SECRET),
        clock=lambda: NOW,
        limits=limits,
        pause=more.pop("pause", lambda _: None),
        **more,
    )
    return HttpClient(site)


# which addresses are taken at all


@pytest.mark.parametrize(
    "url",
    [
        "http://support.example.com",
        "file:///etc/passwd",
        "ftp://127.0.0.1",
        "https://",
        "support.example.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "https://[::1",
        "https://host:port",
    ],
)
def test_only_https_and_the_loopback_are_taken(url: str) -> None:
    with pytest.raises(BadInput):
        connect(url)


def test_a_password_in_a_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(BadInput) as refusal:
        connect("https://ann:hunter2@support.example.com")

    assert "hunter2" not in str(refusal.value)


# what an answer means


def test_json_comes_back_with_its_headers(server: Server, client: HttpClient) -> None:
    server.says("/x", b'{"id": 7}', ETag='"42"')

    found = client.get("/x", {"q": "a b", "order": ["id", "at"]})

    assert (found.json(), found.headers["etag"]) == ({"id": 7}, '"42"')
    assert server.asked[0].path == "/x?q=a+b&order=id&order=at"
    assert server.asked[0].headers["x-api-key"] == SECRET


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Invalid),
        (401, AuthError),
        (403, PermissionDenied),
        (404, NotFoundRemote),
        (409, VersionConflict),
        (412, VersionConflict),
        (413, TooLarge),
        (418, Invalid),
        (422, Invalid),
        (429, RateLimited),
        (500, Unknown),
        (502, Unknown),
        (503, Unknown),
        (504, Unknown),
        (507, Unknown),
    ],
)
def test_a_refused_write_becomes_our_error(
    server: Server, client: HttpClient, status: int, error: type[BackendError]
) -> None:
    server.says("/x", b'{"message": "no such queue"}', status)

    with pytest.raises(error, match="no such queue") as refusal:
        client.send("POST", "x", {})

    assert type(refusal.value) is error
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_that_breaks_down_on_a_read_is_asked_again(
    server: Server, client: HttpClient, status: int
) -> None:
    server.says("/x", b"", status)

    with pytest.raises(Transient):
        client.get("x")

    assert len(server.asked) == 3


def test_a_read_that_comes_right_is_answered(
    server: Server, client: HttpClient
) -> None:
    answers = [(500, b""), (200, b"[]")]

    def next_answer(handler: BaseHTTPRequestHandler) -> None:
        status, body = answers.pop(0)
        reply(handler, body, status, {})

    server.answers["/x"] = next_answer

    assert client.get("x").json() == []


def test_an_answer_over_the_limit_is_not_asked_for_again(
    server: Server, client: HttpClient
) -> None:
    server.says("/x", b" " * 1_000_001)

    with pytest.raises(Transient, match="over 1000000 bytes"):
        client.get("x")
    with pytest.raises(Unknown, match="over 1000000 bytes"):
        client.send("POST", "x", {})

    assert [each.method for each in server.asked] == ["GET", "POST"]


def test_a_search_by_post_is_a_read(server: Server, client: HttpClient) -> None:
    server.says("/x", b"", 500)

    with pytest.raises(Transient):
        client.ask("x", [{"field": "id"}])

    assert [each.body for each in server.asked] == [b'[{"field": "id"}]'] * 3


def test_pauses_grow_and_are_drawn_from_all_of_their_span(server: Server) -> None:
    pauses: list[float] = []
    limits = Limits(total=1000, tries=12)
    client = connect(server.url, limits, pause=pauses.append)
    server.says("/x", b"", 500)

    with pytest.raises(Transient):
        client.get("x")

    client.close()
    longest = [min(0.5 * 2**n, 60) for n in range(1, 12)]
    assert len(pauses) == 11
    assert all(0 <= got <= most for got, most in zip(pauses, longest, strict=True))


def test_an_html_page_with_200_is_no_answer(server: Server, client: HttpClient) -> None:
    server.says("/x", b"<html>Please log in</html>", Content_Type="text/html")

    with pytest.raises(Transient, match="text/html where JSON was due"):
        client.get("x").json()
    with pytest.raises(Unknown):
        client.send("POST", "x", {}).json()


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": 7',
        b"",
        b"\xff\xfe{}",
        b"[" * 100_000,
        b'{"a": NaN}',
        b"{'a': 1}",
    ],
    ids=["cut", "empty", "utf-16", "deep", "nan", "python"],
)
def test_what_is_not_json_is_no_answer(
    server: Server, client: HttpClient, body: bytes
) -> None:
    server.says("/x", body)

    with pytest.raises(Transient, match="not readable JSON"):
        client.get("x").json()
    with pytest.raises(Unknown):
        client.send("POST", "x", {}).json()


def test_huge_integers_and_half_characters_are_made_storable(
    server: Server, client: HttpClient
) -> None:
    huge = b'{"a": %s, "b": -%s, "c": 9223372036854775808, "d": "x\\ud83dy"}'
    server.says("/x", huge % (b"9" * 5000, b"9" * 5000))

    found = client.get("x").json()

    assert found == {"a": 2**63 - 1, "b": 1 - 2**63, "c": 2**63 - 1, "d": "x\ufffdy"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_decoding_keeps_what_is_sound(value: object) -> None:
    assert decoded(json.dumps(value).encode()) == value


def test_an_unknown_shape_is_said_plainly() -> None:
    with pytest.raises(Unknown, match="unknown shape"), understood(Unknown):
        int({"id": None}["id"])  # type: ignore[call-overload] # what a server may send


# secrets


def test_a_server_that_repeats_our_token_does_not_get_it_shown(
    server: Server, client: HttpClient
) -> None:
    said = json.dumps({"message": f"bad token {SECRET}\n  for you"}).encode()
    server.says("/x", said, 401)

    with pytest.raises(AuthError) as refusal:
        client.get("x")

    assert str(refusal.value) == "the server says 401: bad token *** for you"


def test_a_token_that_breaks_a_header_is_not_shown(server: Server) -> None:
    site = Site(url=server.url, auth=lambda: Auth(secret=f"{SECRET}\nX: y"))
    client = HttpClient(site)

    with pytest.raises(AuthError) as refusal:
        client.get("x")

    assert SECRET not in repr(refusal.value)
    assert SECRET not in repr(Auth(secret=SECRET))
    assert server.asked == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nothing_follows_a_redirect_to_another_origin(
    servers: Callable[[], Server], status: int
) -> None:
    server, sink = servers(), servers()
    client = connect(server.url)
    sink.says("/taken")
    server.says("/x", b"", status, Location=f"{sink.url}/taken")
    content = io.BytesIO(b"case text")

    with pytest.raises(Transient, match="redirects to"):
        client.get("x")
    with pytest.raises((Transient, Unknown)):
        client.send("POST", "x", {"text": "case text"})
    with pytest.raises((Transient, Unknown)):
        client.upload("x", {}, File("f", "n", content, 9))
    with pytest.raises(Transient):
        list(client.chunks("x", 100))

    client.close()
    assert sink.asked == []


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, Unknown),
        (302, Unknown),
        (303, Unknown),
        (307, Transient),
        (308, Transient),
    ],
)
def test_a_redirected_write_is_not_sent_again(
    server: Server, client: HttpClient, status: int, error: type[BackendError]
) -> None:
    server.says("/x", b"", status, Location="/y")

    with pytest.raises(error) as refusal:
        client.send("POST", "x", {})

    assert type(refusal.value) is error
    assert [each.path for each in server.asked] == ["/x"]


def test_a_read_follows_within_its_origin(server: Server, client: HttpClient) -> None:
    server.says("/x", b"", 302, Location="/y?a=1")
    server.says("/y", b"[1]")

    assert client.get("x").json() == [1]
    assert [each.path for each in server.asked] == ["/x", "/y?a=1"]


@pytest.mark.parametrize(
    "location", ["", "https://[", "//[::1", "http://", "\x7f", "javascript:x", "/\x01"]
)
def test_a_crooked_redirect_leads_nowhere(
    server: Server, client: HttpClient, location: str
) -> None:
    server.says("/x", b"", 302, Location=location)

    with pytest.raises(Transient):
        client.get("x")
    with pytest.raises(Unknown):
        client.send("POST", "x", {})


def test_a_circle_of_redirects_ends(server: Server, client: HttpClient) -> None:
    server.says("/x", b"", 302, Location="/x")

    with pytest.raises(Transient, match="circle"):
        client.get("x")


def test_a_link_to_another_origin_is_not_asked(client: HttpClient) -> None:
    with pytest.raises(Transient, match=r"sends us to evil\.example"):
        client.get("https://evil.example/next-page")


# patience


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("2", 2),
        ("1.5", 1.5),
        ("-5", 0),
        ("Mon, 02 Mar 2026 09:01:00 GMT", 60),
        ("Mon, 02 Mar 2026 08:00:00 GMT", 0),
        ("Mon, 02 Mar 2026 09:01:00 -0000", 60),
        ("100000000000", 30 * 86400),
        ("Mon, 02 Mar 9999 09:01:00 GMT", 30 * 86400),
    ],
)
def test_retry_after_is_read(text: str, seconds: float) -> None:
    assert retry_moment(text, NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "soon", "1e11", "٣", "Mon, 99 Foo", "2 s"])
def test_a_junk_retry_after_says_nothing(text: str) -> None:
    assert retry_moment(text, NOW) is None


@given(st.text())
def test_no_retry_after_breaks_us_or_lies_in_the_past(text: str) -> None:
    moment = retry_moment(text, NOW)

    assert moment is None or moment >= NOW


def test_a_write_told_to_wait_says_until_when(
    server: Server, client: HttpClient
) -> None:
    server.says("/x", b"", 503, Retry_After="7")

    with pytest.raises(RateLimited) as refusal:
        client.send("POST", "x", {})

    assert refusal.value.retry_at == NOW + timedelta(seconds=7)
    assert len(server.asked) == 1


def test_a_read_never_comes_back_before_it_was_asked_to(server: Server) -> None:
    pauses: list[float] = []
    client = connect(server.url, Limits(total=100, tries=2), pause=pauses.append)
    server.says("/x", b"", 429, Retry_After="7")

    with pytest.raises(RateLimited):
        client.get("x")

    client.close()
    assert len(pauses) == 1
    assert pauses[0] >= 7


def test_a_read_does_not_wait_beyond_its_deadline(
    server: Server, client: HttpClient
) -> None:
    server.says("/x", b"", 429, Retry_After="900")

    with pytest.raises(RateLimited) as refusal:
        client.get("x")

    assert refusal.value.retry_at == NOW + timedelta(minutes=15)
    assert len(server.asked) == 1


# what breaks off


def drip(server: Server, head: bytes, drops: bytes) -> Answer:
    """Send a byte each 50 ms, so that no single wait is ever long."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.wfile.write(head)
        while not server.released.wait(0.05):
            handler.wfile.write(drops)
            handler.wfile.flush()

    return answer


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("head", "drops"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
    ],
    ids=["body", "headers"],
)
def test_a_dripping_reply_is_cut_at_the_deadline(
    server: Server, head: bytes, drops: bytes
) -> None:
    client = connect(server.url, Limits(total=0.4, tries=1))
    server.answers["/x"] = drip(server, head, drops)

    with pytest.raises(Transient, match="too long"):
        client.get("x")
    with pytest.raises(Unknown, match="too long"):
        client.send("POST", "x", {})

    client.close()


@pytest.mark.timeout(20)
def test_a_silent_server_is_given_up(server: Server) -> None:
    client = connect(server.url, Limits(read=0.2, total=5, tries=1))

    def wait(_: BaseHTTPRequestHandler) -> None:
        server.released.wait(10)

    server.answers["/x"] = wait

    with pytest.raises(Transient):
        client.get("x")
    with pytest.raises(Unknown):
        client.send("POST", "x", {})

    client.close()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 201 Cre",
        b"HTTP/1.1 201 Created\r\nContent-Type: appl",
        b'HTTP/1.1 201 Created\r\nContent-Length: 50\r\n\r\n{"id": 1',
        b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    ],
    ids=["nothing", "status", "head", "body", "chunk", "ssh", "two-lengths"],
)
def test_an_answer_cut_short_leaves_a_write_unknown(
    server: Server, client: HttpClient, raw: bytes
) -> None:
    server.sends("/x", raw)

    with pytest.raises(Unknown):
        client.send("POST", "x", {}).json()
    with pytest.raises(Transient):
        client.get("x").json()


def test_early_hints_are_passed_over(server: Server, client: HttpClient) -> None:
    server.sends(
        "/x",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
    )

    assert client.get("x").json() == []


def test_where_nobody_listens_nothing_left() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        client = connect(f"http://127.0.0.1:{taken.getsockname()[1]}")

        with pytest.raises(Transient, match="cannot connect"):
            client.send("POST", "x", {})

    client.close()


def test_a_name_nobody_has_lets_nothing_leave() -> None:
    client = connect("https://no-such-host.invalid")

    with pytest.raises(Transient, match="cannot connect"):
        client.send("POST", "x", {})

    client.close()


# too much


def test_a_reply_over_the_limit_is_not_read(server: Server, client: HttpClient) -> None:
    server.says("/x", b" " * 1_000_001)

    with pytest.raises(Transient, match="over 1000000 bytes"):
        client.get("x")


def test_fifty_megabytes_are_more_than_any_answer(server: Server) -> None:
    client = connect(server.url, Limits(tries=1))
    server.says("/x", b" " * 50_000_000)

    with pytest.raises(Transient, match="over 20000000 bytes"):
        client.get("x")

    client.close()


def test_a_reply_is_measured_unpacked(server: Server, client: HttpClient) -> None:
    packed = gzip.compress(b" " * 1_000_001)
    server.says("/x", packed, Content_Encoding="gzip")

    with pytest.raises(Unknown, match="over 1000000 bytes"):
        client.send("POST", "x", {})


def test_a_packed_reply_is_unpacked(server: Server, client: HttpClient) -> None:
    server.says("/x", gzip.compress(b"[1]"), Content_Encoding="gzip")

    assert client.get("x").json() == [1]


def test_a_reply_that_says_gzip_and_is_not_is_no_answer(
    server: Server, client: HttpClient
) -> None:
    server.says("/x", b"{}", Content_Encoding="gzip")

    with pytest.raises(Transient):
        client.get("x")
    with pytest.raises(Unknown):
        client.send("POST", "x", {})


def test_pages_end_where_a_cursor_comes_again() -> None:
    def fetch(_: str | None) -> tuple[list[int], str | None]:
        return [1], "again"

    pages = every_page(fetch)

    assert [next(pages), next(pages)] == [1, 1]
    with pytest.raises(Transient, match="do not end"):
        next(pages)


def test_all_pages_are_read() -> None:
    pages: dict[str | None, tuple[list[int], str | None]] = {
        None: ([1, 2], "b"),
        "b": ([], "c"),
        "c": ([3], None),
    }

    assert list(every_page(lambda cursor: pages[cursor])) == [1, 2, 3]


# files


def test_a_file_goes_up_in_mebibytes(server: Server, client: HttpClient) -> None:
    content = bytes(range(256)) * 10_000
    steps: list[int] = []
    server.says("/x", b'{"id": 1}', 201)
    file = File("file", 'a"b\r\nX: ü.log', io.BytesIO(content), len(content))

    client.upload("x", {"JSON": '{"ä": 1}'}, file, steps.append)

    body, headers = server.asked[0].body, server.asked[0].headers
    assert steps == [1024 * 1024, 1024 * 1024, 462_848]
    assert headers["content-length"] == str(len(body))
    assert b'name="file"; filename="a%22b%0D%0AX: \xc3\xbc.log"\r\n' in body
    assert b'name="JSON"\r\n\r\n{"\xc3\xa4": 1}\r\n' in body
    assert content in body


def test_a_file_refused_early_is_too_large(server: Server, client: HttpClient) -> None:
    server.says("/x", b"", 413)

    with pytest.raises(TooLarge):
        client.upload("x", {}, File("f", "n", io.BytesIO(b"abc"), 3))


def test_a_file_comes_down_whole(server: Server, client: HttpClient) -> None:
    content = bytes(range(256)) * 10_000
    server.says("/x", content, Content_Type="application/octet-stream")

    pieces = list(client.chunks("x", 3_000_000))

    assert b"".join(pieces) == content
    assert len(pieces) > 1


def test_a_file_over_its_limit_stops(server: Server, client: HttpClient) -> None:
    server.says("/x", b"x" * 2000, Content_Type="application/octet-stream")

    with pytest.raises(Transient, match="over 1000 bytes"):
        list(client.chunks("x", 1000))


def test_a_file_that_breaks_off_is_no_file(server: Server, client: HttpClient) -> None:
    server.sends("/x", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf")

    with pytest.raises(Transient):
        list(client.chunks("x", 1000))


def test_a_file_that_is_gone_is_not_found(server: Server, client: HttpClient) -> None:
    server.says("/x", b"{}", 404)

    with pytest.raises(NotFoundRemote):
        list(client.chunks("x", 1000))


# whom to trust


@pytest.fixture
def self_signed(tmp_path: Path) -> tuple[Path, Path]:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-keyout", key, "-out", cert, "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost"),
        ],
        check=True,
        capture_output=True,
    )
    key.chmod(0o600)
    return cert, key


@pytest.fixture
def secure(self_signed: tuple[Path, Path]) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reply(self, b"[1]", 200, {})

        def log_message(self, *_: Any) -> None:
            return

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    listening.socket = context.wrap_socket(
        listening.socket, server_side=True, do_handshake_on_connect=False
    )
    threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True).start()
    yield f"https://localhost:{listening.server_address[1]}"
    listening.shutdown()
    listening.server_close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_certificate_nobody_vouches_for_is_refused(secure: str) -> None:
    client = connect(secure)

    with pytest.raises(Transient, match="cannot connect"):
        client.send("POST", "x", {})

    client.close()


def test_the_profiles_own_bundle_is_trusted(
    secure: str, self_signed: tuple[Path, Path]
) -> None:
    client = connect(secure, ca_bundle=self_signed[0])

    assert client.get("x").json() == [1]
    client.close()


def test_a_key_others_can_read_is_refused(
    secure: str, self_signed: tuple[Path, Path]
) -> None:
    cert, key = self_signed
    key.chmod(0o644)
    client = connect(secure, client_cert=cert, client_key=key)

    with pytest.raises(BadInput, match="can be read by others"):
        client.get("x")


def test_a_bundle_that_is_none_is_said_plainly(secure: str, tmp_path: Path) -> None:
    client = connect(secure, ca_bundle=tmp_path / "missing.pem")

    with pytest.raises(BadInput, match="certificates cannot be used"):
        client.get("x")


# the environment


def test_no_proxy_gets_what_goes_to_this_machine(
    servers: Callable[[], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, trap = servers(), servers()
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, trap.url)
    server.says("/x", b"[]")
    client = connect(server.url)

    client.get("x")

    client.close()
    assert trap.asked == []


def test_a_netrc_adds_no_password(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ann password hunter2\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    server.says("/x", b"[]")
    client = connect(server.url)

    client.get("x")

    client.close()
    assert "authorization" not in server.asked[0].headers
