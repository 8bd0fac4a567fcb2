"""Archives made to hurt, and archives that are merely large or odd."""

from __future__ import annotations

import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from casecli.domain.errors import ScrubRefused
from casecli.domain.ports import CaseVault
from casecli.scrub import Gate
from casecli.scrub.job import Limits

SECRET = b"in password=hunter2 from 10.1.2.3\n"


def a_tar(*members: tuple[str, bytes], mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as tar:  # type: ignore[call-overload]
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def a_zip(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members:
            made.writestr(name, data)
    return out.getvalue()


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def overlapping() -> bytes:
    """Two entries of the directory that point at one member."""
    data = a_zip(("a.txt", b"same bytes " * 400))
    end = data.rindex(b"PK\x05\x06")
    start = data.index(b"PK\x01\x02")
    entry = data[start:end]
    twin = entry.replace(b"a.txt", b"b.txt")
    size = len(entry) * 2
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 2, 2, size, start, 0)
    return data[:start] + entry + twin + tail


def test_zip_members_that_share_bytes_are_left_out(
    tmp_path: Path, case: CaseVault
) -> None:
    source = write(tmp_path / "o.zip", overlapping())

    done = Gate().file(source, tmp_path / "out", case)

    assert done.nothing_left
    assert "overlap" in done.left_out[0].why


def test_a_zip_that_lies_about_a_size_is_left_out(
    tmp_path: Path, case: CaseVault
) -> None:
    data = bytearray(a_zip(("a.txt", SECRET * 50)))
    place = data.index(b"PK\x01\x02") + 24
    data[place : place + 4] = struct.pack("<L", 10)
    source = write(tmp_path / "l.zip", bytes(data))

    done = Gate().file(source, tmp_path / "out", case)

    assert done.nothing_left
    assert not (tmp_path / "out").exists()


def test_a_bomb_inside_a_bomb_is_refused(tmp_path: Path, case: CaseVault) -> None:
    inner = gzip.compress(b"a" * 3_000_000)
    outer = a_tar(*((f"{n}.gz", inner) for n in range(9)), mode="w:gz")
    source = write(tmp_path / "n.tgz", outer)
    limits = Limits(floor=1_000_000)

    with pytest.raises(ScrubRefused, match="unpacks to over"):
        Gate(limits=limits).file(source, tmp_path / "out", case)

    assert not (tmp_path / "out").exists()


def test_a_stream_that_wants_too_much_memory_stays(
    tmp_path: Path, case: CaseVault
) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 29}]
    source = write(tmp_path / "m.log.xz", lzma.compress(SECRET, filters=filters))

    done = Gate().file(source, tmp_path / "out", case)

    assert done.nothing_left


def test_xz_streams_one_after_the_other_are_all_read(
    tmp_path: Path, case: CaseVault
) -> None:
    two = lzma.compress(SECRET) + b"\0" * 4 + lzma.compress(b"user=bob99\n")
    source = write(tmp_path / "m.log.xz", two)

    done = Gate().file(source, tmp_path / "out", case)

    text = lzma.decompress((tmp_path / "out").read_bytes())
    assert b"hunter2" not in text
    assert b"user=user_" in text
    assert not done.nothing_left


def test_a_cut_xz_stays(tmp_path: Path, case: CaseVault) -> None:
    source = write(tmp_path / "m.log.xz", lzma.compress(SECRET * 99)[:-9])

    assert Gate().file(source, tmp_path / "out", case).nothing_left


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../up", "C:\\x", "a\nb", "n" * 10_000_000]
)
def test_names_that_lead_out_or_are_no_names_stay(
    tmp_path: Path, case: CaseVault, name: str
) -> None:
    source = write(tmp_path / "n.tar", a_tar((name, b"x"), ("fine.log", b"y")))

    done = Gate().file(source, tmp_path / "out", case)

    with tarfile.open(tmp_path / "out") as tar:
        assert tar.getnames() == ["fine.log"]
    assert len(done.left_out) == 1
    assert len(done.left_out[0].member) <= 4096


def test_of_two_members_with_one_name_a_zip_keeps_the_first(
    tmp_path: Path, case: CaseVault
) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        data = a_zip(("a.log", b"first"), ("a.log", SECRET))
    source = write(tmp_path / "d.zip", data)

    done = Gate().file(source, tmp_path / "out", case)

    with zipfile.ZipFile(tmp_path / "out") as made:
        assert [each.filename for each in made.infolist()] == ["a.log"]
        assert made.read("a.log") == b"first"
    assert "there already" in done.left_out[0].why


def test_a_sparse_member_stays(tmp_path: Path, case: CaseVault) -> None:
    info = tarfile.TarInfo("huge.img")
    info.type = tarfile.GNUTYPE_SPARSE
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    block[483:495] = b"77777777777\0"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    source = write(tmp_path / "s.tar", bytes(block) + bytes(1024))

    done = Gate().file(source, tmp_path / "out", case)

    assert [each.member for each in done.left_out] == ["huge.img"]


def test_a_thousand_members_are_all_there_again(
    tmp_path: Path, case: CaseVault
) -> None:
    members = [(f"d{n % 7}/app.{n}.log", SECRET) for n in range(1000)]
    source = write(tmp_path / "m.tgz", a_tar(*members, mode="w:gz"))

    done = Gate().file(source, tmp_path / "out", case)

    with tarfile.open(tmp_path / "out") as tar:
        assert tar.getnames() == [name for name, _ in members]
    assert done.findings == {"password": 1000, "ipv4": 1000}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark_is_scrubbed(
    tmp_path: Path, case: CaseVault, encoding: str
) -> None:
    text = "2024-11-03 Login of user=gabriela.s from 10.1.2.3\r\nsecond line\r\n"
    source = write(tmp_path / "w.log", text.encode(encoding) * 40)

    Gate().file(source, tmp_path / "out", case)

    out = (tmp_path / "out").read_bytes().decode(encoding)
    assert "gabriela" not in out
    assert out.count("user=user_") == 40
    assert "\ufeff" not in out


def test_what_is_left_out_says_what_it_may_carry(
    tmp_path: Path, case: CaseVault
) -> None:
    jpeg = write(tmp_path / "screen.txt", b"\xff\xd8\xff\xe1 shot")

    done = Gate().file(jpeg, tmp_path / "out", case)

    assert done.left_out[0].why.startswith("an image; it may carry where")


def test_what_was_waived_is_named(tmp_path: Path, case: CaseVault) -> None:
    data = a_tar(("docs/shot.png", b"\x89PNG shot"), ("a.log", SECRET))
    source = write(tmp_path / "b.tar", data)

    done = Gate().file(source, tmp_path / "out", case, frozenset({"docs/shot.png"}))

    assert done.went == ("docs/shot.png",)
    assert done.left_out == ()
