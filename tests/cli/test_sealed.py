"""Between the scrub and the send: the approved bytes go, or nothing does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

CASE = (
    *("open", "-s", "Mail stuck", "-m", "See the log.", "--severity", "low"),
    *("--impact", "nobody can send mail since nine this morning"),
    *("--answer", "production-down=no", "--answer", "people-affected=3"),
)
EVIL = b"password=Tiger9x of the whole company\n"


def swapped(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(EVIL)
    other.replace(path)


def appended(path: Path) -> None:
    path.chmod(0o600)
    with path.open("ab") as file:
        file.write(EVIL)


def linked(path: Path) -> None:
    secret = path.with_name("secret")
    secret.write_bytes(EVIL)
    path.unlink()
    path.symlink_to(secret)


def gone(path: Path) -> None:
    path.unlink()


CHANGES = pytest.mark.parametrize("change", [swapped, appended, linked, gone])


@pytest.fixture
def waiting(cli: Cli) -> Cli:
    cli(*CASE)
    Path("app.log").write_bytes(b"user=bob99 came\n")
    cli("upload", "L1", "app.log", "--offline")
    return cli


@CHANGES
def test_what_becomes_of_the_file_after_the_scrub_does_not_matter(
    waiting: Cli, change: Callable[[Path], None]
) -> None:
    change(Path("app.log"))

    waiting("sync")

    waiting("attachments", "L1", "--download", "fetched")
    sent = Path("fetched/app.log").read_bytes()
    assert sent.startswith(b"user=user_")
    assert sent.endswith(b" came\n")
    assert b"Tiger9x" not in sent


@CHANGES
def test_a_sealed_copy_that_changed_is_not_sent(
    waiting: Cli, change: Callable[[Path], None]
) -> None:
    spool = waiting.home / "data" / "spool"
    (sealed,) = [each for each in spool.glob("*/*") if len(each.name) == 64]
    sealed.parent.chmod(0o700)
    change(sealed)

    said = waiting("sync", code=5)

    assert "needs-human" in said.out
    desk = waiting.home / "data" / "desk"
    left = b"".join(each.read_bytes() for each in desk.rglob("*") if each.is_file())
    assert b"Tiger9x" not in left


def test_a_link_is_not_scrubbed_in_the_place_of_a_file(cli: Cli) -> None:
    cli(*CASE)
    Path("real.log").write_bytes(EVIL)
    Path("app.log").symlink_to("real.log")

    said = cli("upload", "L1", "app.log", code=2)

    assert "symbolic link" in said.err
