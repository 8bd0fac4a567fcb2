"""Bad input of every kind: one line that says what, the promised code, no traceback."""

from __future__ import annotations

import os
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

Opening = Callable[..., tuple[str, ...]]


def _spoken(said: str) -> str:
    """Give the error's own line, having made sure that it is one."""
    lines = [line for line in said.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, said
    assert "Traceback" not in said
    return lines[0]


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        (["show", "../x"], 2, "not a case id"),
        (["show", ""], 2, "not a case id"),
        (["show", "x" * 300], 2, "not a case id"),
        (["show", "--", "--help"], 2, "not a case id"),
        (["show", "L99"], 3, "no case 'L99'"),
        (["list", "--limit", "0"], 2, "--limit"),
        (["list", "--limit", "-1"], 2, "--limit"),
        (["list", "--limit", "1000000000"], 2, "--limit"),
        (["list", "--since", "yesterday-ish"], 2, "neither a time nor a span"),
        (["list", "--since", "2026-02-30"], 2, "neither a time nor a span"),
        (["list", "--since", "10000-01-01"], 2, "neither a time nor a span"),
        (["list", "--stale", "99999999999999d"], 2, "neither a time nor a span"),
        (["list", "--status", "sleeping"], 2, "not one of"),
        (["list", "--fields", "nope", "--json"], 0, ""),
        (["opne"], 2, "no such command 'opne'"),
        (["open", "--no-such"], 2, "no such option --no-such"),
        (["open", "--set", "nonsense"], 2, "NAME=VALUE"),
        (["open", "--waive", "RULE"], 2, "RULE=REASON"),
        (["open", "--waive", "RULE="], 2, "RULE=REASON"),
        (["open", "-m", "a", "-F", "b"], 2, "exclude each other"),
        (["open", "-m", "a\0b"], 2, "NUL"),
        (["open", "-m", "a\udc80b"], 2, "not valid UTF-8"),
        (["open", "-s", "x" * 1_000_001], 2, "over 1000000"),
        (["open", "-F", "gone.txt"], 2, "gone.txt"),
        (["open", "--from", "gone.toml"], 2, "gone.toml"),
        (["open", "--draft", "L7"], 3, "no draft 'L7'"),
        (["comment", "L1"], 3, "no case 'L1'"),
        (["upload", "L1", "x"], 3, "no case 'L1'"),
        (["policy", "show", "nope"], 3, "no policy 'nope'"),
        (["policy", "lint", "gone.toml"], 3, "gone.toml"),
        (["-p", "nobody", "list", "--mine"], 3, "no profile 'nobody'"),
        (["outbox", "show", "0192"], 3, "no change '0192'"),
        (["unscrub", "nope"], 3, "no file or token"),
        (["scrub", "gone.log"], 2, "gone.log"),
        (["search"], 2, "TEXT or --similar"),
        (["search", "  "], 2, "nothing to search for"),
        (["sync", "--offline"], 2, "forbids it"),
        (["profile", "add", "UPPER", "--backend", "desk"], 2, "no profile name"),
        (["profile", "add", "x", "--backend", "nope"], 2, "backend 'nope'"),
        (
            ["profile", "add", "x", "--backend", "desk", "--set", "calendar.zone=Mars"],
            2,
            "calendar.zone",
        ),
        (
            ["profile", "add", "x", "--backend", "desk", "--set", "calendar.country=X"],
            2,
            "calendar.country is 'X', expected an ISO code",
        ),
        (
            ["profile", "add", "x", "--backend", "desk", "--url", "http://h.example"],
            2,
            "is not https",
        ),
        (
            ["profile", "add", "x", "--backend", "desk", "--url", "file:///etc"],
            2,
            "is not https",
        ),
        (
            [
                "profile",
                "add",
                "x",
                "--backend",
                "desk",
                "--url",
                "https://u:p@h.example",
            ],
            2,
            "credentials do not belong into a URL",
        ),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_bad_words_are_one_line(
    cli: Cli, line: list[str], code: int, words: str
) -> None:
    said = cli(*line, code=code)

    assert "Traceback" not in said.err
    if code:
        assert words in _spoken(said.err)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("bad.toml", "subject = \n", "bad.toml: not TOML"),
        ("bad.json", "{", "bad.json: not JSON"),
        ("deep.json", "[" * 5 + "{" * 3, "not TOML"),
        ("typo.toml", 'sujbect = "x"', "'sujbect' is not one of"),
        ("number.toml", "subject = 7", "subject takes text"),
        ("list.toml", 'cc = "x"', "cc takes a list"),
        ("fence.md", "+++\nsubject = 'x'\n", "no closing +++"),
        ("empty.md", "", "empty.md is empty"),
        ("blank.md", " \n\t\n", "blank.md is empty"),
    ],
)
def test_bad_forms_name_the_file(cli: Cli, name: str, content: str, words: str) -> None:
    Path(name).write_text(content)

    said = cli("open", "--from", name, code=2)

    assert words in _spoken(said.err)


def test_a_form_that_is_not_utf8_says_where(cli: Cli) -> None:
    Path("latin.md").write_bytes(b"caf\xe9")

    assert "not UTF-8 at byte 3" in _spoken(
        cli("open", "--from", "latin.md", code=2).err
    )


def test_no_text_on_a_closed_standard_input(cli: Cli) -> None:
    said = cli("open", "-F", "-", code=2)

    assert "no text on standard input" in _spoken(said.err)


@pytest.fixture
def opened(cli: Cli, opening: Opening) -> Cli:
    """A home with one case."""
    cli(*opening())
    return cli


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def _dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.parametrize("make", [_fifo, _socket, _dangling, _loop])
def test_what_is_no_file_is_not_uploaded(
    opened: Cli, make: Callable[[Path], None]
) -> None:
    make(Path("thing"))

    said = opened("upload", "L1", "thing", code=2)

    assert "thing" in _spoken(said.err)


@pytest.mark.parametrize("path", ["/dev/zero", "/proc/self/mem", "/dev/stdin"])
def test_devices_and_kernel_files_are_not_uploaded(opened: Cli, path: str) -> None:
    said = opened("upload", "L1", path, code=2)

    assert path in _spoken(said.err)


def test_an_empty_file_and_odd_names_can_be_uploaded(opened: Cli) -> None:
    Path("empty.log").touch()
    odd = "ü" * 120 + ".log"
    Path(odd).write_text("nothing of note")

    opened("upload", "L1", "empty.log", odd)

    names = [each["name"] for each in opened("attachments", "L1", "--json").json]
    assert names == ["empty.log", odd]


def test_a_name_that_is_not_utf8_is_uploaded_readable(opened: Cli) -> None:
    Path(os.fsdecode(b"caf\xe9.log")).write_text("nothing of note")

    opened("upload", "L1", os.fsdecode(b"caf\xe9.log"))

    name = opened("attachments", "L1", "--json").json[0]["name"]
    assert name.startswith("caf")
    assert name.encode()


def _garbage(path: Path) -> None:
    path.write_bytes(b"this is no database, it is a letter to my aunt " * 40)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 // 4096 * 4096 + 100)


def _newer(path: Path) -> None:
    with sqlite3.connect(path) as conn:
        conn.execute("PRAGMA user_version = 9999")
    conn.close()


def _foreign(path: Path) -> None:
    with sqlite3.connect(path) as conn:
        conn.execute("PRAGMA application_id = 42")
    conn.close()


@pytest.mark.parametrize("spoil", [_garbage, _folder, _truncated, _newer, _foreign])
def test_a_spoilt_cache_is_reported_and_left_alone(
    opened: Cli, spoil: Callable[[Path], None]
) -> None:
    cache = opened.home / "data/casecli.db"
    spoil(cache)
    before = cache.read_bytes() if cache.is_file() else None

    said = opened("comment", "L1", "-m", "Hello", code=11)

    assert "casecli.db" in _spoken(said.err)
    assert (cache.read_bytes() if cache.is_file() else None) == before


def test_a_home_that_is_a_file(cli: Cli, opening: Opening) -> None:
    cli.home.write_text("not a folder")

    said = cli(*opening(), code=11)

    _spoken(said.err)


def test_no_home_at_all(cli: Cli) -> None:
    for name in ("CASECLI_HOME", "HOME"):
        cli.environ.pop(name, None)

    assert "HOME is not set" in _spoken(cli("status", code=11).err)


def test_a_config_that_is_not_toml_names_the_line(cli: Cli) -> None:
    (cli.home / "config").mkdir(parents=True)
    (cli.home / "config/config.toml").write_text("profile = \n")

    assert "config.toml" in _spoken(cli("list", code=2).err)


def test_a_config_that_is_not_utf8_says_where(cli: Cli) -> None:
    (cli.home / "config").mkdir(parents=True)
    (cli.home / "config/config.toml").write_bytes(b'profile = "\xff"')

    assert "not UTF-8" in _spoken(cli("list", code=2).err)


def test_a_project_file_cannot_choose_a_server(cli: Cli) -> None:
    Path(".casecli.toml").write_text("[profiles.x]\nurl = 'https://evil.example'\n")

    assert "may not stand here" in _spoken(cli("list", code=2).err)


@pytest.mark.parametrize(
    "environ",
    [
        {"COLUMNS": "1"},
        {"TERM": "dumb"},
        {"LC_ALL": "C", "PYTHONUTF8": "0"},
        {"TZ": "Mars/Olympus"},
        {"COLUMNS": "junk"},
        {"CASECLI_CLOCK": "1999-01-01T00:00:00Z"},
        {"CASECLI_CLOCK": "2099-01-01T00:00:00Z"},
    ],
    ids=str,
)
def test_a_strange_world_is_no_trouble(opened: Cli, environ: dict[str, str]) -> None:
    opened.environ.update(environ)

    opened("comment", "L1", "-m", "Grüße aus der Ferne")
    opened("show", "L1")
    opened("status")


def test_a_clock_that_is_no_time(cli: Cli) -> None:
    said = cli("list", "--stale", "3d", code=2, CASECLI_CLOCK="noon")

    assert "CASECLI_CLOCK" in _spoken(said.err)


def test_twelve_open_files_are_enough(opened: Cli) -> None:
    done = subprocess.run(
        ["sh", "-c", f"ulimit -n 16; exec {sys.executable} -m casecli show L1"],
        env=opened.environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def test_everything_kept_is_private_whatever_the_umask(
    cli: Cli, opening: Opening
) -> None:
    Path("app.log").write_text("nothing of note\n")
    before = os.umask(0)
    try:
        cli(*opening("--attach", "app.log"))
        cli("profile", "add", "support", "--backend", "desk", "--role", "agent")
    finally:
        os.umask(before)

    open_to_others = [
        str(each)
        for each in [cli.home, *cli.home.rglob("*")]
        if stat.S_IMODE(each.stat().st_mode) & 0o077 and each != cli.home
    ]
    assert open_to_others == []


def test_hostile_text_from_the_vendor_cannot_drive_the_terminal(
    opened: Cli,
) -> None:
    opened("profile", "add", "support", "--backend", "desk", "--role", "agent")
    hostile = "\x1b]0;owned\x07 \x9b31m \u202egnp.exe [/bold]"
    opened("-p", "support", "desk", "reply", "CS-1001", "-m", hostile)
    opened("sync")

    for line in (["show", "L1"], ["search", "owned"], ["show", "L1", "--json"]):
        out = opened(*line).out
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(out)


def test_a_full_disk_loses_nothing(opened: Cli) -> None:
    done = subprocess.run(
        [
            "sh",
            "-c",
            # -B: Python itself leaves half-written caches of our modules behind
            f"ulimit -f 1; exec {sys.executable} -B -m casecli comment L1 -m Hello",
        ],
        env=opened.environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 11, done.stderr
    _spoken(done.stderr)
    opened("comment", "L1", "-m", "Hello again")
    comments = opened("show", "L1", "--json").json["comments"]
    assert [each["text"] for each in comments] == ["Hello again"]
