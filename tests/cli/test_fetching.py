"""Files come home whole, inside one folder, and from where they broke off."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

Opening = Callable[..., tuple[str, ...]]
CONTENT = bytes(range(256)) * 10_240


@pytest.fixture
def case(cli: Cli, opening: Opening) -> str:
    """A case with one file of two and a half mebibytes."""
    (Path.cwd() / "dump.bin").write_bytes(CONTENT)
    cli(*opening())
    cli("upload", "L1", "dump.bin", "--waive", "scrub:dump.bin=a core dump of ours")
    return "L1"


def broken_off(cli: Cli, case: str) -> Path:
    """Fetch where files may have a mebibyte and a half; give what was left."""
    limit = (1_500_000, resource.RLIM_INFINITY)
    done = subprocess.run(
        [sys.executable, "-m", "casecli", "attachments", case, "--download", "in"],
        env=cli.environ,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit),
    )
    assert done.returncode == 11, done.stderr
    parts = list((Path.cwd() / "in").iterdir())
    assert len(parts) == 1
    return parts[0]


def forget_first_piece(cli: Cli) -> None:
    with sqlite3.connect(cli.home / "data" / "desk" / "desk.db") as db:
        db.execute("DELETE FROM attachment_chunk WHERE n = 0")
    db.close()


def test_a_fetch_that_broke_off_is_gone_on_with(cli: Cli, case: str) -> None:
    part = broken_off(cli, case)
    assert part.stat().st_size == 1_500_000
    # Only somebody who goes on does without the first piece.
    forget_first_piece(cli)

    cli("attachments", case, "--download", "in")

    assert (Path.cwd() / "in" / "dump.bin").read_bytes() == CONTENT
    assert not part.exists()


def test_a_part_that_does_not_fit_is_fetched_anew(cli: Cli, case: str) -> None:
    part = broken_off(cli, case)
    part.write_bytes(b"x" * 1000)

    cli("attachments", case, "--download", "in")

    assert (Path.cwd() / "in" / "dump.bin").read_bytes() == CONTENT


def test_a_file_changed_at_the_vendor_is_not_kept(cli: Cli, case: str) -> None:
    forget_first_piece(cli)

    said = cli("attachments", case, "--download", "in", code=6)

    assert "other bytes" in said.err
    assert list((Path.cwd() / "in").iterdir()) == []


def test_what_is_there_already_is_not_fetched_again(cli: Cli, case: str) -> None:
    cli("attachments", case, "--download", "in")
    forget_first_piece(cli)

    cli("attachments", case, "--download", "in")

    assert (Path.cwd() / "in" / "dump.bin").read_bytes() == CONTENT


def test_another_file_of_that_name_is_left_alone(cli: Cli, case: str) -> None:
    (Path.cwd() / "in").mkdir()
    (Path.cwd() / "in" / "dump.bin").write_text("mine")

    said = cli("attachments", case, "--download", "in", code=6)

    assert "--force" in said.err
    assert (Path.cwd() / "in" / "dump.bin").read_text() == "mine"


def test_a_symbolic_link_is_not_followed_out_of_the_folder(
    cli: Cli, case: str, tmp_path: Path
) -> None:
    (Path.cwd() / "in").mkdir()
    (Path.cwd() / "in" / "dump.bin").symlink_to(tmp_path / "outside")

    cli("attachments", case, "--download", "in", code=6)
    cli("attachments", case, "--download", "in", "--force")

    assert not (tmp_path / "outside").exists()
    assert (Path.cwd() / "in" / "dump.bin").read_bytes() == CONTENT


def test_a_symbolic_link_in_place_of_a_part_is_refused(
    cli: Cli, case: str, tmp_path: Path
) -> None:
    part = broken_off(cli, case)
    part.unlink()
    part.symlink_to(tmp_path / "outside")

    cli("attachments", case, "--download", "in", code=11)

    assert not (tmp_path / "outside").exists()


def test_two_files_of_one_name_are_told_apart(cli: Cli, opening: Opening) -> None:
    cli(*opening())
    log = Path.cwd() / "app.log"
    log.write_text("first\n")
    cli("upload", "L1", "app.log")
    log.write_text("second\n")
    cli("upload", "L1", "app.log")

    cli("attachments", "L1", "--download", "in")

    assert (Path.cwd() / "in" / "app.log").read_text() == "first\n"
    assert (Path.cwd() / "in" / "app-2.log").read_text() == "second\n"
