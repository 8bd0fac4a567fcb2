"""Sealed attachments: the bytes that were approved, or none."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casecli.domain.errors import ScrubRefused, StorageFailed
from casecli.store.spool import FileSpool

if TYPE_CHECKING:
    from pathlib import Path

HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


@pytest.fixture
def spool(tmp_path: Path) -> FileSpool:
    return FileSpool(tmp_path / "spool")


def sealed(spool: FileSpool, content: bytes) -> str:
    scratch = spool.scratch()
    scratch.write_bytes(content)
    return spool.seal(scratch)[0]


def test_sealing_gives_hash_and_size_and_leaves_no_scratch(spool: FileSpool) -> None:
    scratch = spool.scratch()
    scratch.write_bytes(b"hello")

    assert spool.seal(scratch) == (HELLO, 5)

    assert not scratch.exists()
    with spool.open(HELLO) as content:
        assert content.read() == b"hello"


def test_a_scratch_file_is_private_and_names_its_process(spool: FileSpool) -> None:
    scratch = spool.scratch()

    assert scratch.name.startswith(f"{os.getpid()}-")
    assert stat.S_IMODE(scratch.stat().st_mode) == 0o600
    assert stat.S_IMODE(scratch.parent.stat().st_mode) == 0o700


def test_sealed_bytes_are_read_only_in_private_folders(spool: FileSpool) -> None:
    sealed(spool, b"hello")

    place = spool.folder / "2c" / HELLO
    assert stat.S_IMODE(place.stat().st_mode) == 0o400
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(spool.folder.stat().st_mode) == 0o700


def test_the_same_bytes_sealed_twice_are_one_file(spool: FileSpool) -> None:
    assert sealed(spool, b"hello") == sealed(spool, b"hello")

    assert len(list((spool.folder / "2c").iterdir())) == 1


def test_altered_bytes_are_not_handed_out(spool: FileSpool) -> None:
    sealed(spool, b"hello")
    place = spool.folder / "2c" / HELLO
    place.chmod(0o600)
    place.write_bytes(b"hellO")

    with pytest.raises(ScrubRefused, match="no longer what was approved"):
        spool.open(HELLO)


def test_sealing_anew_mends_altered_bytes(spool: FileSpool) -> None:
    sealed(spool, b"hello")
    place = spool.folder / "2c" / HELLO
    place.chmod(0o600)
    place.write_bytes(b"hellO")

    sealed(spool, b"hello")

    with spool.open(HELLO) as content:
        assert content.read() == b"hello"


def test_a_link_in_the_place_of_sealed_bytes_is_not_followed(
    spool: FileSpool, tmp_path: Path
) -> None:
    sealed(spool, b"hello")
    (tmp_path / "twin").write_bytes(b"hello")
    place = spool.folder / "2c" / HELLO
    place.unlink()
    place.symlink_to(tmp_path / "twin")

    with pytest.raises(ScrubRefused):
        spool.open(HELLO)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", HELLO.upper(), HELLO + "\n"])
def test_what_is_no_hash_names_no_file(spool: FileSpool, name: str) -> None:
    spool.discard(name)

    with pytest.raises(ScrubRefused):
        spool.open(name)


def test_discarded_bytes_are_gone(spool: FileSpool) -> None:
    sealed(spool, b"hello")

    spool.discard(HELLO)
    spool.discard(HELLO)

    with pytest.raises(ScrubRefused, match="is gone"):
        spool.open(HELLO)


@given(content=st.binary(max_size=4000))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_goes_in_comes_out(spool: FileSpool, content: bytes) -> None:
    with spool.open(sealed(spool, content)) as out:
        assert out.read() == content


def test_sweeping_takes_old_scratch_files_of_dead_processes_only(
    spool: FileSpool,
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    mine = spool.scratch()
    dead = mine.with_name(f"{gone.pid}-0123456789abcdef")
    dead.touch()
    fresh = mine.with_name(f"{gone.pid}-fedcba9876543210")
    fresh.touch()
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    os.utime(dead, (noon.timestamp() - 3601, noon.timestamp() - 3601))
    os.utime(mine, (noon.timestamp() - 3601, noon.timestamp() - 3601))
    os.utime(fresh, (noon.timestamp() - 3599, noon.timestamp() - 3599))

    assert spool.sweep(noon, ()) == 1

    assert (mine.exists(), dead.exists(), fresh.exists()) == (True, False, True)


def test_a_spool_never_used_has_nothing_to_sweep(spool: FileSpool) -> None:
    assert spool.sweep(datetime(2026, 3, 1, tzinfo=UTC), ()) == 0


def test_sweeping_takes_sealed_files_nobody_needs_after_a_day(
    spool: FileSpool,
) -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    sealed = []
    for content, age in ((b"old", 86401), (b"waits", 86401), (b"new", 86399)):
        scratch = spool.scratch()
        scratch.write_bytes(content)
        sha256, _ = spool.seal(scratch)
        path = spool.folder / sha256[:2] / sha256
        os.utime(path, (noon.timestamp() - age, noon.timestamp() - age))
        sealed.append(path)
    old, waits, new = sealed

    assert spool.sweep(noon, {waits.name}) == 1

    assert [each.exists() for each in (old, waits, new)] == [False, True, True]


def test_a_spool_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StorageFailed, match="the spool"):
        FileSpool(tmp_path / "file" / "spool").scratch()
