"""A vendor's site on the loopback: state in memory, judged by the vendor's document."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest

from casecli.backends import BackendOptions
from tests.backends.openapi import Contract

MARCH = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Ask:
    """A request as a site sees it; `path` has no query and nothing escaped."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Say:
    """An answer; `body` of bytes goes as it is."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Site:
    """What a vendor's site does; a subclass has `answer`."""

    prefix = ""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.violations: list[str] = []
        self.asked: list[Ask] = []
        self.next: list[Say] = []
        self.url = ""
        self.lock = threading.Lock()
        self._ticks = 0

    def now(self) -> datetime:
        """Give a time somewhat later than the last: three fit into a second."""
        self._ticks += 1
        return MARCH + timedelta(milliseconds=300 * self._ticks)

    def answer(self, ask: Ask) -> Say:
        raise NotImplementedError

    def handle(self, method: str, target: str, headers: Any, body: bytes) -> Say:
        media = headers.get("Content-Type", "")
        path, _, query = target.partition("?")
        plain = path.removeprefix(self.prefix)
        rest = f"{plain}?{query}" if query else plain
        ask = Ask(method, unquote(plain), dict(parse_qsl(query)), headers, body)
        with self.lock:
            self.asked.append(ask)
            self.violations += self.contract.request(method, rest, body, media)
            if self.next:
                return self.next.pop(0)
            say = self.answer(ask)
            raw = say.body if isinstance(say.body, bytes) else _json(say.body)
            self.violations += self.contract.answer(method, rest, say.status, raw)
        return say


def _json(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body).encode()


def profile(url: str, who: str, user: str, settings: dict[str, str]) -> BackendOptions:
    """Give a profile at a site; Bob is the vendor's agent, all others are customers."""
    return BackendOptions(
        profile="work",
        url=url,
        user=user,
        role="agent" if who == "bob" else "customer",
        folder=Path("unused"),
        settings=settings,
        token=lambda: f"{who}-token",
        now=lambda: MARCH,
    )


@contextmanager
def open_site(site: Site) -> Iterator[None]:
    """Serve until the block ends, then say what broke the vendor's document."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def reply(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(size)
            said = site.handle(self.command, self.path, self.headers, body)
            raw = said.body if isinstance(said.body, bytes) else _json(said.body)
            self.send_response(said.status)
            kind = {"Content-Type": "application/json; charset=utf-8"} if raw else {}
            length = (
                {} if said.status in (204, 304) else {"Content-Length": str(len(raw))}
            )
            for name, value in {**kind, **length, **said.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = reply  # noqa: N815 (the names http.server looks for)

        def log_message(self, *_: Any) -> None:
            return

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    site.url = f"http://127.0.0.1:{listening.server_address[1]}"
    threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield
    finally:
        listening.shutdown()
        listening.server_close()
    if site.violations:
        pytest.fail("\n".join(sorted(set(site.violations))))
