"""Private files are whole, and nobody else's; what is kept is trusted by its seal."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from casecli.private_files import Kept, whole, write_whole


def test_a_private_file_and_its_folder_are_the_users_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "token"

    write_whole(path, b"s3cr3t")

    assert path.read_bytes() == b"s3cr3t"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_file_in_the_way_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_bytes(b"a longer one from before")

    write_whole(path, b"new", lasting=True)

    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [tmp_path / "token"]


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "token" / "in the way").mkdir(parents=True)

    with pytest.raises(OSError, match="token"):
        write_whole(tmp_path / "token", b"new")

    assert list(tmp_path.iterdir()) == [tmp_path / "token"]


def test_a_link_left_where_the_scratch_goes_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"untouched")
    (tmp_path / f".token.{os.getpid()}").symlink_to(other)

    write_whole(tmp_path / "token", b"new")

    assert other.read_bytes() == b"untouched"
    assert (tmp_path / "token").read_bytes() == b"new"


def test_what_is_kept_comes_back_to_who_asks_about_the_same(tmp_path: Path) -> None:
    Kept(tmp_path / "it", b"rules 1").save(b"compiled")

    assert Kept(tmp_path / "it", b"rules 1").load() == b"compiled"
    assert Kept(tmp_path / "it", b"rules 2").load() is None


@pytest.mark.parametrize("place", [0, 31, 32, 39])
def test_one_altered_byte_unkeeps_it(tmp_path: Path, place: int) -> None:
    path = tmp_path / "it"
    Kept(path, b"rules").save(b"compiled")
    raw = bytearray(path.read_bytes())
    raw[place] ^= 1

    path.write_bytes(raw)

    assert Kept(path, b"rules").load() is None


def test_without_a_place_nothing_is_kept() -> None:
    kept = Kept(None, b"rules")

    kept.save(b"compiled")

    assert kept.load() is None


def test_a_folder_that_cannot_be_written_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    Kept(tmp_path / "file" / "it", b"rules").save(b"compiled")

    assert Kept(tmp_path / "file" / "it", b"rules").load() is None


def test_of_two_who_write_a_file_first_the_first_ones_stays(tmp_path: Path) -> None:
    path = tmp_path / "key"

    with whole(path, first=True) as mine:
        mine.write(b"mine")
        write_whole(path, b"theirs, meanwhile")

    assert path.read_bytes() == b"theirs, meanwhile"
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_as_long_as_a_folder_takes_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("ß" * 127)

    write_whole(path, b"long")

    assert path.read_bytes() == b"long"
