"""`doctor`, `profile add` and `whoami` before a vendor that misbehaves each way."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme

from tests.loopback import Server, listening

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

TOKEN = "1-35-c0ffee0123456789"  # noqa: S105 (must never be seen again)
REST = "/REST/2.0"


@pytest.fixture
def servers() -> Iterator[Callable[..., Server]]:
    with listening() as start:
        yield start


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw no jitter, so that no retry waits."""
    monkeypatch.setattr("random.random", lambda: 0.0)


@pytest.fixture
def tracker(servers: Callable[..., Server]) -> Server:
    """Serve as much of Request Tracker as a login needs."""
    server = servers()
    sound(server)
    return server


def sound(server: Server, date: datetime | None = None) -> None:
    ann = {"id": 35, "Name": "ann", "EmailAddress": "ann@example.com"}
    queues = {
        "items": [{"Name": "General"}, {"Name": "support"}],
        "per_page": 100,
        "pages": 1,
    }
    fields = {"TicketCustomFields": [{"name": "Severity"}, {"name": "Product"}]}
    answers = {
        "rt": {"Version": "5.0.3"},
        "user/35": ann,
        "user/ann": ann,
        "queues/all": queues,
        "queue/General": fields,
        "queue/support": fields,
    }
    clock = format_datetime(date or datetime.now(UTC), usegmt=True)
    for path, body in answers.items():
        server.says(f"{REST}/{path}", json.dumps(body).encode(), Date=clock)


@pytest.fixture
def work(cli: Cli) -> Callable[[str], None]:
    """Give a way to have a profile without its being tried."""

    def add(url: str, *more: str) -> None:
        words = ("profile", "add", "work", "--backend", "rt", "--url", url)
        cli(*words, "--no-check", *more)

    return add


def vendor(cli: Cli, code: int = 1) -> tuple[str, str]:
    """Give what doctor finds of the profile, and its hint."""
    said = cli("-p", "work", "doctor", "--json", code=code, CASECLI_TOKEN=TOKEN)
    assert TOKEN not in said.out + said.err
    checks = {each["name"]: each for each in said.json["checks"]}
    assert checks["vendor of local"]["ok"]
    return checks["vendor of work"]["found"], checks["vendor of work"]["hint"]


@pytest.fixture
def crooked(servers: Callable[..., Server], work: Callable[[str], None]) -> Server:
    """Serve what a test says, and have a profile for it."""
    server = servers()
    work(server.url)
    return server


# doctor


def test_a_sound_vendor_is_told_with_its_version(
    cli: Cli, tracker: Server, work: Callable[[str], None]
) -> None:
    work(tracker.url)

    found, _ = vendor(cli, 0)

    assert found == "knows you as ann, role customer, version 5.0.3"


@pytest.mark.parametrize(
    ("status", "body", "media", "words"),
    [
        (401, b"{}", "application/json", "does not let you in: the server says 401"),
        (403, b"{}", "application/json", "knows you and forbids it"),
        (404, b"{}", "application/json", "has no such API at this address"),
        (410, b"{}", "application/json", "has no such API at this address"),
        (
            200,
            b"<html>Sign in</html>",
            "text/html",
            "a login page, a proxy, or no API at this address",
        ),
        (200, b'{"cut', "application/json", "not readable JSON"),
        (500, b"{}", "application/json", "the server says 500"),
    ],
)
def test_what_a_vendor_answers_wrongly_is_said_in_words(
    cli: Cli, crooked: Server, status: int, body: bytes, media: str, words: str
) -> None:
    crooked.says(f"{REST}/rt", body, status, Content_Type=media)
    crooked.says(f"{REST}/user/35", body, status, Content_Type=media)

    found, _ = vendor(cli)

    assert words in found


def test_a_vendor_that_asks_for_patience_is_believed(cli: Cli, crooked: Server) -> None:
    crooked.says(f"{REST}/rt", b"{}", 429, Retry_After="900")

    found, _ = vendor(cli)

    assert found == "asks for patience: the server says 429"


def test_a_name_nobody_has_is_said_in_words(
    cli: Cli, work: Callable[[str], None]
) -> None:
    work("https://no-such-host.invalid")

    found, hint = vendor(cli)

    assert found == (
        "cannot connect: the name no-such-host.invalid is not known here (DNS)"
    )
    assert hint == "getent hosts no-such-host.invalid"


def test_a_port_nobody_listens_at_is_said_in_words(
    cli: Cli, work: Callable[[str], None]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        at = f"127.0.0.1:{taken.getsockname()[1]}"
        work(f"http://{at}")

        found, _ = vendor(cli)

    assert found == f"cannot connect: nothing listens at {at} (connection refused)"


@pytest.fixture
def secure(servers: Callable[..., Server], tmp_path: Path) -> Server:
    """Serve Request Tracker over TLS, with an authority only this test knows."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    server = servers(context)
    sound(server)
    return server


def test_a_certificate_nobody_vouches_for_is_said_in_words(
    cli: Cli, secure: Server, work: Callable[..., None], tmp_path: Path
) -> None:
    work(secure.url)
    found, hint = vendor(cli)
    work(secure.url, "--set", f"ca_bundle={tmp_path / 'ca.pem'}")
    mended, _ = vendor(cli, 0)

    assert "the certificate of localhost is not trusted here" in found
    assert "ca_bundle=FILE" in hint
    assert mended.startswith("knows you as ann")


@pytest.mark.parametrize(
    ("hours", "words"),
    [(2, "clock is 120 minutes ahead of"), (-1, "clock is 60 minutes behind")],
)
def test_a_clock_that_is_off_is_said_in_words(
    cli: Cli,
    servers: Callable[..., Server],
    work: Callable[[str], None],
    hours: int,
    words: str,
) -> None:
    server = servers()
    sound(server, datetime.now(UTC) + timedelta(hours=hours))
    work(server.url)

    found, _ = vendor(cli)

    assert words in found


def test_a_queue_that_is_not_there_is_named_with_those_that_are(
    cli: Cli, tracker: Server, work: Callable[..., None]
) -> None:
    work(tracker.url, "--set", "queue=suport")

    found, hint = vendor(cli)

    assert found == "queue is missing or not there; it has General, support"
    assert hint == "casecli profile add work … --set queue=VALUE"


def test_every_profile_is_looked_at_and_each_says_its_own(
    cli: Cli, tracker: Server, work: Callable[[str], None]
) -> None:
    work(tracker.url)
    words = ("--backend", "rt", "--url", "https://no-such-host.invalid")
    cli("profile", "add", "other", *words, "--no-check")

    said = cli("doctor", code=1, CASECLI_TOKEN=TOKEN)

    assert "ok  vendor of work: knows you as ann" in said.out
    assert "bad vendor of other: cannot connect" in said.out


def test_offline_nobody_is_asked(
    cli: Cli, tracker: Server, work: Callable[[str], None]
) -> None:
    work(tracker.url)

    said = cli("-p", "work", "--offline", "doctor")

    assert "not asked: offline" in said.out
    assert tracker.asked == []


# profile add


def test_a_profile_is_logged_in_to_before_it_is_saved(
    cli: Cli, tracker: Server
) -> None:
    words = ("profile", "add", "work", "--backend", "rt", "--url", tracker.url)

    told = cli(*words, "--json", CASECLI_TOKEN=TOKEN).json

    assert told == {
        "profile": "work",
        "checked": "logged in",
        "name": "ann",
        "version": "5.0.3",
        "settings": {},
        "severities": [],
        "fields": {"Product": "Product"},
    }
    assert '"work"' in cli("profile", "list", "--json").out


def test_a_token_comes_by_the_pipe_and_is_kept(cli: Cli, tracker: Server) -> None:
    words = ("profile", "add", "work", "--backend", "rt", "--url", tracker.url)
    said = cli(
        *words, "--token-stdin", "--insecure-storage", stdin=f"{TOKEN}\n".encode()
    )

    who = cli("-p", "work", "whoami", "--json").json

    assert TOKEN not in said.out + said.err
    assert "rt knows you as ann, version 5.0.3" in said.err
    assert (who["name"], who["confirmed"]) == ("ann", True)


@pytest.mark.parametrize(("status", "code"), [(401, 4), (403, 7), (404, 3), (500, 10)])
def test_a_profile_that_does_not_work_is_not_saved(
    cli: Cli, servers: Callable[..., Server], status: int, code: int
) -> None:
    server = servers()
    server.says(f"{REST}/rt", b"{}", status)
    words = ("profile", "add", "work", "--backend", "rt", "--url", server.url)

    cli(*words, code=code, CASECLI_TOKEN=TOKEN)

    assert "work" not in cli("profile", "list").out


@pytest.mark.parametrize(
    ("status", "code", "words", "hint"),
    [
        (401, 4, "does not let you in: the server says 401", "with another token"),
        (404, 3, "has no such API at this address: the server says 404", "--url URL"),
    ],
)
def test_why_a_profile_was_not_saved_is_said_in_words(
    cli: Cli,
    servers: Callable[..., Server],
    status: int,
    code: int,
    words: str,
    hint: str,
) -> None:
    server = servers()
    server.says(f"{REST}/rt", b"{}", status)
    add = ("profile", "add", "work", "--backend", "rt", "--url", server.url)

    said = cli(*add, code=code, CASECLI_TOKEN=TOKEN)

    assert f"error: profile work is not saved: its server {words}" in said.err
    assert f"hint: casecli profile add work … {hint}" in said.err


def test_without_a_token_the_way_is_tried_and_the_login_named(
    cli: Cli, tracker: Server
) -> None:
    words = ("profile", "add", "work", "--backend", "rt", "--url", tracker.url)

    said = cli(*words, CI="1")

    assert f"{tracker.url} answers; log in with casecli -p work login" in said.err
    assert "authorization" not in tracker.asked[0].headers


def test_a_keyring_that_fails_leaves_the_profile_and_says_so(
    cli: Cli, tracker: Server
) -> None:
    words = ("profile", "add", "work", "--backend", "rt", "--url", tracker.url)

    said = cli(
        *words,
        "--token-stdin",
        stdin=TOKEN.encode(),
        code=4,
        PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring",
    )

    assert "profile work is saved" in said.err
    assert "the keyring cannot be used: this machine has none" in said.err
    assert TOKEN not in said.err


def test_doctor_names_the_way_to_log_in(
    cli: Cli, tracker: Server, work: Callable[[str], None]
) -> None:
    work(tracker.url)

    said = cli("-p", "work", "doctor", code=1, CI="1")

    assert "bad vendor of work: there is no token for profile 'work'" in said.out
    assert "casecli login --profile work --token-stdin" in said.out
    assert tracker.asked == []


def test_without_a_way_nothing_is_saved(cli: Cli) -> None:
    words = ("--backend", "rt", "--url", "https://no-such-host.invalid")

    said = cli("profile", "add", "work", *words, code=10, CI="1")

    assert "is not known here (DNS)" in said.err
    assert "work" not in cli("profile", "list").out


def test_what_must_be_chosen_is_listed_where_nobody_can_be_asked(
    cli: Cli, tracker: Server
) -> None:
    words = ("profile", "add", "work", "--backend", "rt", "--url", tracker.url)

    said = cli(*words, "--set", "queue=suport", code=2, CASECLI_TOKEN=TOKEN)

    assert "queue 'suport' is not there; it has General, support" in said.err
    assert "--set queue=VALUE" in said.err
    assert "work" not in cli("profile", "list").out


@pytest.mark.parametrize("flag", ["--no-check", "--offline"])
def test_a_profile_is_taken_as_it_is_where_asked_to(cli: Cli, flag: str) -> None:
    words = ("--backend", "rt", "--url", "https://no-such-host.invalid")

    cli("profile", "add", "work", *words, flag)

    assert "work" in cli("profile", "list").out


# words of the profile


def test_a_table_of_the_profile_translates_words(cli: Cli) -> None:
    (cli.home / "config").mkdir(parents=True)
    (cli.home / "config" / "config.toml").write_text(
        '[profiles.work]\nbackend = "rt"\nurl = "https://rt.example.com"\n'
        '[profiles.work.map.severity]\n1 = "urgent"\n'
        '[profiles.work.map.status]\nstalled = "waiting-on-third-party"\n'
    )

    told = cli("profile", "show", "work", "--json").json

    assert told["settings"] == {
        "map.severity.1": "urgent",
        "map.status.stalled": "waiting-on-third-party",
    }


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('map.colour.red = "1"', "'colour' is not severity or status"),
        ("map.severity.1 = 2", "map.severity.1 is not a text"),
        ('map.severity = "1"', "'severity' is not severity or status"),
    ],
)
def test_a_table_that_translates_nothing_is_refused(
    cli: Cli, table: str, words: str
) -> None:
    (cli.home / "config").mkdir(parents=True)
    (cli.home / "config" / "config.toml").write_text(f"[profiles.work]\n{table}\n")

    said = cli("profile", "list", code=2)

    assert words in said.err


def test_a_folder_chooses_its_profile(
    cli: Cli, tracker: Server, work: Callable[[str], None]
) -> None:
    work(tracker.url)
    Path(".casecli.toml").write_text('profile = "work"\n')

    told = cli("whoami", "--json", CASECLI_TOKEN=TOKEN).json

    assert (told["profile"], told["name"]) == ("work", "ann")
