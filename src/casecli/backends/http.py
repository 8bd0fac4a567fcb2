"""The one door to httpx: a server over HTTPS, with answers a backend can act on.

What matters most is told apart here: `Transient` is raised only while no byte of a
write can have reached the server, `Unknown` whenever one may have. Reads are retried,
writes never. Nothing raised or logged here holds a secret.
"""

from __future__ import annotations

import json
import random
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn, TypeAlias
from urllib.parse import urlsplit

from casecli.backends.http_answers import (
    Reply,
    limit_ends,
    moment,
    refusal,
    retry_moment,
    said_in,
)
from casecli.backends.http_deadline import Deadline
from casecli.backends.http_form import File, form, pieces_of
from casecli.backends.http_site import Auth, Site, checked, joined, on_loopback, trusted
from casecli.backends.http_trouble import trouble
from casecli.domain.errors import (
    AuthError,
    BackendError,
    RateLimited,
    Transient,
    Unknown,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    import httpx

Params: TypeAlias = "Mapping[str, str | int | Sequence[str]]"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# The statuses by which a server says that it did nothing with the request.
NOT_DONE = frozenset({307, 308})
MAX_REDIRECTS = 5
SLOWEST_TRANSFER = 32 * 1024
# How fast a server at least stores what it was sent, before it says a word.
SLOWEST_STORING = 512 * 1024


class _TooLong(Transient):
    """An answer over the limit: the next would be as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """One request; `content` is made anew for each try."""

    method: str
    path: str
    writes: bool
    params: Params = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: Callable[[], bytes | Iterator[bytes] | None] = lambda: None
    seconds: float
    silence: float = 0.0  # how much longer than usual nothing may be said

    @property
    def lost(self) -> type[BackendError]:
        return Unknown if self.writes else Transient


class HttpClient:
    """One connection to one origin; for one thread at a time, but for `abandon`.

    Raises:
        BadInput: the URL is neither https nor on the loopback, or holds a password.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._base = checked(site.url)
        self._client: httpx.Client | None = None
        self._auth: Auth | None = None
        self._deadline = Deadline()
        self.server_time: datetime | None = None
        """What the server's clock said in its last answer."""

    def get(
        self,
        path: str,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Read; tried again after faults of the way or of the server."""
        return self._read("GET", path, params, headers, None)

    def reach(self) -> None:
        """Connect and take any answer; what it says is for others to judge.

        Raises:
            Transient: there is no way to the server, or no TLS we trust.
        """
        call = _Call(
            method="HEAD", path="", writes=False, seconds=self._site.limits.total
        )
        with self._answer(call, self._base):
            return

    def ask(self, path: str, question: object, params: Params | None = None) -> Reply:
        """Read by POST, for a search that changes nothing; tried again like `get`."""
        return self._read("POST", path, params, None, question)

    def send(
        self,
        method: str,
        path: str,
        body: object,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Write JSON, once; nothing at all for a `body` of None.

        Raises:
            Transient: nothing can have arrived.
            Unknown: it may have been done.
        """
        content = json.dumps(body).encode() if body is not None else None
        kind = {"Content-Type": "application/json"} if body is not None else {}
        call = _Call(
            method=method,
            path=path,
            writes=True,
            headers={**kind, **(headers or {})},
            content=lambda: content,
            seconds=self._site.limits.total,
        )
        return self._once(call)

    def upload(
        self,
        path: str,
        fields: Mapping[str, str] | None,
        file: File,
        progress: Callable[[int], None] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Write a form with one file, once, in pieces of a mebibyte.

        Without `fields` the file is all of the body. `progress` is told the size of
        each piece. Raises as `send` does.
        """
        if fields is None:
            head, tail, kind = b"", b"", file.media_type
        else:
            head, tail, boundary = form(fields, file)
            kind = f"multipart/form-data; boundary={boundary}"
        length = len(head) + file.size + len(tail)

        def pieces() -> Iterator[bytes]:
            yield head
            yield from pieces_of(file, progress)
            yield tail

        call = _Call(
            method="POST",
            path=path,
            writes=True,
            headers={
                "Content-Type": kind,
                "Content-Length": str(length),
                **(headers or {}),
            },
            content=pieces,
            seconds=self._site.limits.total + file.size / SLOWEST_TRANSFER,
            silence=file.size / SLOWEST_STORING,
        )
        return self._once(call)

    def chunks(
        self, path: str, limit: int, headers: Mapping[str, str] | None = None
    ) -> Iterator[bytes]:
        """Read a large body piece by piece, once.

        Raises:
            Transient: it broke off, or is longer than `limit` bytes.
        """
        seconds = self._site.limits.total + limit / SLOWEST_TRANSFER
        with self._opened(path, seconds, headers) as (call, response):
            yield from self._limited(response, call, limit)

    def length(self, path: str, headers: Mapping[str, str] | None = None) -> int | None:
        """Ask how long a body is and leave it; many servers know no HEAD."""
        with self._opened(path, self._site.limits.total, headers) as (_, response):
            told: str = response.headers.get("content-length", "")
        return int(told) if told.isdecimal() else None

    @contextmanager
    def _opened(
        self, path: str, seconds: float, headers: Mapping[str, str] | None
    ) -> Iterator[tuple[_Call, httpx.Response]]:
        """Begin to read a body."""
        call = _Call(
            method="GET",
            path=path,
            writes=False,
            headers=headers or {},
            seconds=seconds,
        )
        with self._answer(call, self._url(path)) as response:
            if response.status_code in REDIRECTS:
                self._refuse_redirect(
                    call, joined(self._base, response.headers.get("location", ""))
                )
            if not response.is_success:
                self._refuse(call, response, self._body(response, call))
            yield call, response

    def twin(self) -> HttpClient:
        """Give another connection to the same site, to use in another thread."""
        return HttpClient(self._site)

    def abandon(self) -> None:
        """Break off what is being read, for good; the thread that reads then closes.

        It hears `Transient`, and so does whoever asks for more.
        """
        self._deadline.end()

    def close(self) -> None:
        """Let go of the connection; harmless twice."""
        if self._client is not None:
            self._client.close()
            self._client = None

    # one call
    def _read(
        self,
        method: str,
        path: str,
        params: Params | None,
        headers: Mapping[str, str] | None,
        question: object,
    ) -> Reply:
        limits = self._site.limits
        end = time.monotonic() + limits.total
        kind = {"Content-Type": "application/json"} if question is not None else {}
        body = json.dumps(question).encode() if question is not None else None
        n = 0
        while True:
            call = _Call(
                method=method,
                path=path,
                writes=False,
                params=params or {},
                headers={**kind, **(headers or {})},
                content=lambda: body,
                seconds=max(end - time.monotonic(), 0.01),
            )
            try:
                return self._once(call)
            except _TooLong:
                raise
            except (Transient, RateLimited) as error:
                n += 1
                pause = self._next_pause(n, error)
                late = n >= limits.tries or time.monotonic() + pause >= end
                if late or self._deadline.over:
                    raise
            self._site.pause(pause)

    def _next_pause(self, n: int, error: Transient | RateLimited) -> float:
        """Draw from all of the growing span; what a server asks for comes on top."""
        longest: float = min(0.5 * 2.0**n, self._site.limits.longest_pause)
        jitter = longest * random.random()  # noqa: S311 (jitter)
        if isinstance(error, Transient):
            return jitter
        if error.retry_at is None or self._site.clock is None:
            return longest
        return max((error.retry_at - self._site.clock()).total_seconds(), 0) + jitter

    def _once(self, call: _Call) -> Reply:
        url = self._url(call.path)
        for _ in range(MAX_REDIRECTS + 1):
            with self._answer(call, url) as response:
                body = self._body(response, call)
            if response.status_code not in REDIRECTS:
                if response.status_code >= 400:  # noqa: PLR2004 (refusals start here)
                    self._refuse(call, response, body)
                return Reply(
                    status=response.status_code,
                    headers=dict(response.headers),
                    body=body,
                    lost=call.lost,
                )
            target = joined(url, response.headers.get("location", ""))
            if call.method not in ("GET", "HEAD") or not self._is_ours(target):
                self._refuse_redirect(call, target, response.status_code)
            url = target
        raise Transient("the server redirects in a circle")

    @contextmanager
    def _answer(self, call: _Call, url: str) -> Iterator[httpx.Response]:
        """Send, and translate what goes wrong until the answer has been read."""
        import httpx

        client = self._connected()
        auth = self._proof()
        if self._deadline.over:
            raise Transient("nobody waits for the answer any more")
        headers = {**call.headers, **auth}
        with self._deadline.watched(call.seconds):
            try:
                with client.stream(
                    call.method,
                    url,
                    # Given even if empty, params replace the query of a redirection.
                    params=call.params or None,
                    headers=headers,
                    content=call.content(),
                    timeout=self._patience(call.silence),
                    extensions={"trace": self._deadline.trace},
                ) as response:
                    self.server_time = moment(response.headers.get("date", ""))
                    yield response
            except (
                httpx.ConnectError,
                httpx.ConnectTimeout,
                httpx.PoolTimeout,
                httpx.ProxyError,
            ) as error:
                raise Transient(*self._plain("cannot connect", error)) from None
            except httpx.LocalProtocolError:
                # Its text quotes the header it dislikes, which may be the secret one.
                raise call.lost("the request could not be put on the wire") from None
            except (
                httpx.HTTPError,
                httpx.StreamError,
                # httpx reads the Location of an answer even if it is not to follow.
                httpx.InvalidURL,
                OSError,
            ) as error:
                raise call.lost(*self._plain("broke off", error)) from None
        if self._deadline.expired:
            raise call.lost("the server took too long to answer")

    def _patience(self, longer: float = 0.0) -> httpx.Timeout:
        import httpx

        limits = self._site.limits
        return httpx.Timeout(
            limits.read, connect=limits.connect, read=limits.read + longer
        )

    def _plain(self, what: str, error: Exception) -> tuple[str, str]:
        """Say what went wrong, and the command that may help."""
        if self._deadline.expired:
            return "the server took too long to answer", ""
        found = trouble(error, self._base)
        if found is not None:
            return f"{what}: {found.why}", found.hint
        host = urlsplit(self._base).netloc
        why = self._clean(str(error)) or type(error).__name__
        return f"{what}: {host}: {why}", ""

    def _body(self, response: httpx.Response, call: _Call) -> bytes:
        limit = self._site.limits.reply
        return b"".join(self._limited(response, call, limit))

    def _limited(
        self, response: httpx.Response, call: _Call, limit: int
    ) -> Iterator[bytes]:
        taken = 0
        for piece in response.iter_bytes():
            taken += len(piece)
            if taken > limit:
                kind = call.lost if call.writes else _TooLong
                raise kind(f"the server's answer is over {limit} bytes")
            yield piece

    def _refuse(self, call: _Call, response: httpx.Response, body: bytes) -> NoReturn:
        after = response.headers.get("retry-after", "")
        now = self._site.clock() if self._site.clock else None
        said = self._clean(said_in(response.headers.get("content-type", ""), body))
        ends = None if after else limit_ends(response.headers, said, now)
        raise refusal(
            response.status_code,
            said,
            writes=call.writes,
            asked_to_wait=bool(after) or ends is not None,
            retry_at=retry_moment(after, now) if after else ends,
        )

    def _refuse_redirect(self, call: _Call, target: str, status: int = 302) -> NoReturn:
        kind = Transient if status in NOT_DONE else call.lost
        host = urlsplit(target).netloc or "nowhere"
        raise kind(f"the server redirects to {host}, where nothing of ours goes")

    def _clean(self, text: str) -> str:
        """Make one short line of what others wrote, without our secret."""
        if self._auth is not None:
            text = text.replace(self._auth.secret, "***")
        line = " ".join(text.split())
        return line if len(line) <= 200 else f"{line[:199]}…"  # noqa: PLR2004

    # the connection
    def _url(self, path: str) -> str:
        url = path if "://" in path else f"{self._base}/{path.lstrip('/')}"
        if not self._is_ours(url):
            raise Transient(f"the server sends us to {urlsplit(url).netloc}")
        return url

    def _is_ours(self, url: str) -> bool:
        ours, theirs = urlsplit(self._base), urlsplit(url)
        return (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc)

    def _proof(self) -> dict[str, str]:
        if self._auth is None:
            self._auth = self._site.auth()
        auth = self._auth
        if auth is None:
            return {}
        if not (auth.secret.isascii() and auth.secret.isprintable()):
            raise AuthError(
                "the token holds characters no token has", hint="casecli login"
            )
        return {auth.header: f"{auth.prefix}{auth.secret}"}

    def _connected(self) -> httpx.Client:
        if self._client is None:
            import httpx

            self._client = httpx.Client(
                follow_redirects=False,
                # Proxies come from the environment, for the world outside.
                trust_env=not on_loopback(self._base),
                verify=trusted(self._site) if self._base[4] == "s" else False,
                timeout=self._patience(),
                limits=httpx.Limits(max_connections=1),
                headers={
                    "User-Agent": "casecli",
                    "Accept": "application/json",
                    "Accept-Encoding": "gzip",
                    **self._site.headers,
                },
            )
        return self._client
