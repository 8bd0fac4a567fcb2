"""What is refused, what it says, and that nothing typed is lost over it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import OPEN, Cli

Opening = Callable[..., tuple[str, ...]]


def test_all_that_is_missing_is_said_at_once(cli: Cli) -> None:
    said = cli("open", "--no-input", "-s", "Calls drop", code=5)

    for each in ("--severity", "business impact is missing", "production-down", "-m"):
        assert each in said.err
    assert said.err.splitlines()[-1] == "hint: casecli open --draft L1"


def test_all_that_is_missing_is_one_json_error(cli: Cli) -> None:
    error = cli("open", "--no-input", "-s", "Calls drop", "--json", code=5).error

    assert (error["code"], error["kind"]) == (5, "refused")
    missing = {each["field"]: each["effect"] for each in error["findings"]}
    assert missing.keys() >= {"description", "severity", "impact", "production-down"}
    assert set(missing.values()) == {"require"}


def test_a_refused_open_leaves_only_its_draft(cli: Cli) -> None:
    cli("open", "--no-input", "-s", "Calls drop", "-m", "They do", code=5)

    assert cli("list", "--all", "--json").json == []
    assert cli("outbox", "list", "--json").json == []
    drafts = cli("draft", "list", "--json").json
    assert [(each["ref"], each["subject"]) for each in drafts] == [("L1", "Calls drop")]


def test_a_draft_is_finished_where_it_stopped(cli: Cli) -> None:
    words = [each for each in OPEN if each != "--impact"]
    del words[words.index("high") + 1]
    cli(*words, code=5)

    opened = cli(
        "open",
        "--draft",
        "L1",
        "--impact",
        "four hundred agents cannot take calls",
        "--json",
    ).json

    assert (opened["case"], opened["state"]) == ("L1", "delivered")
    assert cli("draft", "list", "--json").json == []


@pytest.mark.parametrize(
    "words",
    [
        ("open", "-s", "x"),
        ("comment", "L1"),
        ("close", "L1"),
        ("scrub", "-"),
        ("comment", "L1", "-F", "-"),
        ("open", "--from", "-"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("given", ["closed", "null", "silent pipe"])
def test_nothing_hangs_without_a_person(
    cli: Cli, words: tuple[str, ...], given: str
) -> None:
    reader, writer = os.pipe()
    if given == "silent pipe" and "-" in words:
        os.close(writer)  # whoever asks for standard input waits for its end
    streams = {"closed": None, "null": subprocess.DEVNULL, "silent pipe": reader}
    close = (lambda: os.close(0)) if given == "closed" else None

    done = subprocess.run(
        [sys.executable, "-m", "casecli", *words],
        stdin=streams[given],
        preexec_fn=close,
        env=cli.environ,
        capture_output=True,
        timeout=60,
        check=False,
    )

    os.close(reader)
    assert done.returncode in (0, 2, 3, 5)
    assert b"Traceback" not in done.stderr


def test_secrets_are_absent_from_every_byte_of_the_desk(
    cli: Cli, opening: Opening
) -> None:
    pem = (
        "-----BEGIN PRIVATE KEY-----\nMIIEvAIBADANBgkqhkiG9w0BAQEFAASC\n"
        "Zm9vYmFyZm9vYmFyZm9vYmFy\n-----END PRIVATE KEY-----\n"
    )
    log = f"password=S3cr3tPhrase9 for bob@hallbrook.example.org\n{pem}"
    (Path.cwd() / "app.log").write_text(log)
    text = f"Seen: password=S3cr3tPhrase9 and bob@hallbrook.example.org\n{pem}"

    cli(*opening("-m", text, "--attach", "app.log"))

    desk = b"".join(each.read_bytes() for each in (cli.home / "data/desk").iterdir())
    for secret in (b"S3cr3tPhrase9", b"bob@hallbrook", b"MIIEvAIBADANBgkqhkiG9w0B"):
        assert secret not in desk


def test_a_binary_is_left_out_and_the_case_opened(cli: Cli, opening: Opening) -> None:
    (Path.cwd() / "shot.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(64))

    said = cli(*opening("--attach", "shot.png", "--json"), code=9)

    assert said.json["state"] == "delivered"
    assert [each["state"] for each in said.json["attachments"]] == ["left-out"]


def test_a_waived_binary_goes_byte_for_byte_on_record(
    cli: Cli, opening: Opening
) -> None:
    cli(*opening())
    raw = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(64)
    (Path.cwd() / "shot.png").write_bytes(raw)
    cli("upload", "L1", "shot.png", code=5)

    cli("upload", "L1", "shot.png", "--waive", "scrub:shot.png=a blue screen only")

    cli("attachments", "L1", "--download", "fetched")
    assert (Path.cwd() / "fetched/shot.png").read_bytes() == raw
    trail = cli("audit", "list", "--json").json
    assert trail[-1]["waivers"] == {"scrub:shot.png": "a blue screen only"}


def test_a_refused_comment_keeps_its_text(cli: Cli, opening: Opening) -> None:
    cli(*opening())

    said = cli("comment", "L1", "-m", "Look here", "--attach", "gone.log", code=2)

    assert "casecli comment L1 --draft L2" in said.err
    cli("comment", "L1", "--draft", "L2")
    comments = cli("show", "L1", "--json").json["comments"]
    assert [each["text"] for each in comments] == ["Look here"]


def test_the_support_side_is_for_agents_only(cli: Cli, opening: Opening) -> None:
    cli(*opening())

    said = cli("desk", "reply", "L1", "-m", "Hello", code=5)

    assert "profile add support --backend desk --role agent" in said.err


def test_a_read_only_role_may_look_and_nothing_else(cli: Cli, opening: Opening) -> None:
    cli(*opening())
    cli("profile", "add", "viewer", "--backend", "desk", "--role", "read-only")

    cli("-p", "viewer", "sync")
    error = cli(
        "-p", "viewer", "comment", "CS-1001", "-m", "Hello", "--json", code=5
    ).error

    assert [each["rule"] for each in error["findings"]] == ["GENERIC-ROLE"]


def test_the_same_key_gives_the_same_case(cli: Cli, opening: Opening) -> None:
    first = cli(*opening("--key", "build-7", "--json")).json
    again = cli(*opening("--key", "build-7", "--json")).json

    assert (again["number"], again["deduplicated"]) == (first["number"], True)
    assert len(cli("list", "--json").json) == 1


def test_the_same_key_for_something_else_is_a_conflict(
    cli: Cli, opening: Opening
) -> None:
    cli(*opening("--key", "build-7"))

    error = cli(*opening("--key", "build-7", "-s", "Other", "--json"), code=6).error

    assert error["kind"] == "conflict"


def test_a_dry_run_records_nothing(cli: Cli, opening: Opening) -> None:
    said = cli(*opening("--dry-run", "--json")).json

    assert said["dry_run"]
    assert "bob@" not in str(said["changes"])
    assert cli("list", "--all", "--json").json == []
    assert cli("draft", "list", "--json").json == []


def test_a_terminal_that_is_none_is_never_asked(cli: Cli) -> None:
    assert not io.StringIO().isatty()
    said = cli("open", CI="true", code=5)

    assert said.out == ""


def test_a_token_is_kept_in_a_private_file_only_when_asked(cli: Cli) -> None:
    words = ("--offline", "login", "--token-stdin")
    refused = cli(*words, stdin=b"s3cret-token\n", code=4, CI="true")
    assert "s3cret" not in refused.err

    cli(*words, "--insecure-storage", stdin=b"s3cret-token\n", CI="true")

    kept = [each for each in (cli.home / "config/tokens").iterdir() if each.is_file()]
    assert [oct(each.stat().st_mode & 0o777) for each in kept] == ["0o600"]
    assert cli("--offline", "logout", "--json", CI="true").json["forgotten"]
    assert list((cli.home / "config/tokens").iterdir()) == []
