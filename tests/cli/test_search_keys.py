"""Search keys: support is told tokens, and tokens come back as values."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

CASE = (
    *("open", "-s", "One-way audio", "-m", "The caller hears nothing."),
    *("--severity", "low", "--impact", "one agent cannot talk to callers since nine"),
    *("--answer", "production-down=no", "--answer", "people-affected=1"),
)
TRACE = (
    b"AttributeANI '+12065550143'\nAttributeConnID 00a7031f8e2c91d4\nuser=B\xf6b99\n"
)


@pytest.fixture
def trace(cli: Cli) -> Path:
    path = cli.home.parent / "work" / "trace.log"
    path.write_bytes(TRACE)
    return path


@pytest.mark.usefixtures("trace")
def test_the_text_of_a_case_tells_the_tokens_of_named_keys(cli: Cli) -> None:
    said = cli(
        *CASE,
        *("--attach", "trace.log"),
        *("--keep-keys", "caller=+1 (206) 555 0143"),
        *("--keep-keys", "connection=00A7031F8E2C91D4"),
    )

    keys = cli("show", "L1").out.partition("Search keys:")[2]
    token = keys.partition("- caller: ")[2].split()[0]
    assert token.startswith("+1")
    assert cli("unscrub", token).out == "+12065550143\n"
    assert "- connection: connection_" in keys
    assert "2065550143" not in keys
    assert "(206)" not in keys
    assert f"search key +1 (206) 555 0143: {token}" in said.err


@pytest.mark.usefixtures("trace")
def test_a_key_that_is_in_nothing_sent_is_told_to_the_user_only(cli: Cli) -> None:
    said = cli(*CASE, "--attach", "trace.log", "--keep-keys", "order=ACME-7781")

    assert "search key ACME-7781 was found in nothing that is sent" in said.err
    assert "ACME-7781" not in cli("show", "L1", "--json").out
    assert "Search keys" not in cli("show", "L1").out


@pytest.mark.usefixtures("trace")
def test_uploads_and_comments_tell_keys_too(cli: Cli) -> None:
    cli(*CASE)

    cli("upload", "L1", "trace.log", "--keep-keys", "206 555 0143")
    cli("comment", "L1", "-m", "It was +12065550143", "--keep-keys", "n=2065550143")

    assert cli("show", "L1").out.count("Search keys:") == 2


def test_a_key_without_a_value_is_bad_input(cli: Cli) -> None:
    cli(*CASE)

    cli("comment", "L1", "-m", "x", "--keep-keys", "caller=", code=2)


def test_a_token_said_on_the_telephone_is_found(cli: Cli) -> None:
    out = cli("scrub", "-", stdin=b"mail=bob.smith@acme.com\n").out
    mail = out.partition("=")[2].strip()
    user, host = mail.removeprefix("user-").removesuffix(".example").split("@host-")

    said = f"User {user.upper()} at HOST {host} dot example"

    assert cli("unscrub", said).out == "bob.smith@acme.com\n"
    assert cli("unscrub", f"user{user}@host {host}", "--json").json["token"] == mail
    cli("unscrub", "user nobody at host nowhere", code=3)


def test_what_is_said_of_two_tokens_is_not_guessed(cli: Cli) -> None:
    cli(
        "scrub",
        "-",
        stdin=b"AttributeANI '206-555-0143'\nAttributeDNIS '206.555.0143'\n",
    )
    out = cli("scrub", "-", stdin=b"AttributeANI '206-555-0143'\n").out
    spoken = "".join(filter(str.isdigit, out))

    said = cli("unscrub", spoken, code=2)

    assert "2 tokens" in said.err


def test_a_file_of_any_encoding_comes_back_byte_for_byte(cli: Cli, trace: Path) -> None:
    cli("scrub", str(trace), "-o", "clean.log")

    program = [sys.executable, "-m", "casecli", "unscrub", "clean.log"]
    back = subprocess.run(program, env=cli.environ, capture_output=True, check=True)

    assert b"B\xf6b99" not in Path("clean.log").read_bytes()
    assert back.stdout == TRACE


def test_the_vault_and_its_key_leave_in_no_bundle(cli: Cli) -> None:
    cli("scrub", "-", stdin=b"user=bob99\n")
    vault, key = cli.home / "data" / "vault.db", cli.home / "config" / "vault.key"
    Path("bundle").mkdir()
    shutil.copy(vault, "bundle/notes.txt")
    shutil.copy(key, "bundle/readme.txt")
    Path("bundle/app.log").write_text("up\n")
    waived = (
        *("--waive", "scrub:notes.txt=mine", "--waive", "scrub:readme.txt=mine"),
        *("--waive", "scrub:bundle/notes.txt=mine"),
    )
    cli(*CASE)

    said = cli("upload", "L1", "bundle", *waived, code=9)

    assert "token vault" in said.err
    cli("attachments", "L1", "--download", "fetched")
    with tarfile.open("fetched/bundle.tar.gz") as tar:
        assert tar.getnames() == ["bundle/app.log"]


def test_the_vault_leaves_in_no_export(cli: Cli) -> None:
    cli(*CASE, "--keep-keys", "x")
    cli("comment", "L1", "-m", "user=bob99 and password=Tiger9x")

    exported = cli("export").out

    key = (cli.home / "config" / "vault.key").read_bytes()
    assert "bob99" not in exported
    assert "Tiger9x" not in exported
    assert key.hex() not in exported
    assert "SQLite" not in exported
