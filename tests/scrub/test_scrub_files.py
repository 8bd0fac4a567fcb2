"""Files, archives and folders: scrubbed inside, rebuilt, left out, or refused."""

from __future__ import annotations

import bz2
import gc
import gzip
import hashlib
import io
import lzma
import os
import socket
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from casecli.domain.errors import BadInput, ScrubRefused
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
            info.uname = "jsmith"
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


def test_a_log_is_scrubbed_into_a_private_file(tmp_path: Path, case: CaseVault) -> None:
    source = write(tmp_path / "app.log", SECRET * 3)

    done = Gate().file(source, tmp_path / "out", case)

    out = (tmp_path / "out").read_bytes()
    assert b"hunter2" not in out
    assert done.findings == {"password": 3, "ipv4": 3}
    assert (done.bytes_in, done.bytes_out) == (len(SECRET) * 3, len(out))
    assert done.sha256 == hashlib.sha256(out).hexdigest()
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o600
    assert source.read_bytes() == SECRET * 3


def test_progress_adds_up_to_what_was_read(tmp_path: Path, case: CaseVault) -> None:
    source = write(tmp_path / "app.log", SECRET * 1000)
    seen: list[int] = []

    Gate().file(source, tmp_path / "out", case, progress=seen.append)

    assert sum(seen) == len(SECRET) * 1000


def test_garbage_is_looked_for_as_before_when_a_file_is_done(
    tmp_path: Path, case: CaseVault
) -> None:
    source = write(tmp_path / "app.log", SECRET)
    before = gc.get_freeze_count()
    meanwhile: list[int] = []

    Gate().file(
        source,
        tmp_path / "out",
        case,
        progress=lambda _: meanwhile.append(gc.get_freeze_count()),
    )

    assert min(meanwhile) > 1000
    assert gc.get_freeze_count() == before


@pytest.mark.parametrize(
    ("name", "pack", "unpack"),
    [
        ("a.log.gz", gzip.compress, gzip.decompress),
        ("a.log.bz2", bz2.compress, bz2.decompress),
        ("a.log.xz", lzma.compress, lzma.decompress),
    ],
)
def test_compressed_logs_are_scrubbed_and_compressed_again(
    tmp_path: Path, case: CaseVault, name: str, pack: object, unpack: object
) -> None:
    source = write(tmp_path / name, pack(SECRET))  # type: ignore[operator]

    done = Gate().file(source, tmp_path / "out", case)

    plain = unpack((tmp_path / "out").read_bytes())  # type: ignore[operator]
    assert plain.startswith(b"in password=password_")
    assert done.name == name
    assert done.findings == {"password": 1, "ipv4": 1}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le"])
def test_windows_text_keeps_its_encoding(
    tmp_path: Path, case: CaseVault, encoding: str
) -> None:
    bom = b"" if encoding == "utf-16" else "\ufeff".encode(encoding)
    source = write(tmp_path / "a.txt", bom + "user=jürgen99\r\n€".encode(encoding))

    Gate().file(source, tmp_path / "out", case)

    out = (tmp_path / "out").read_bytes()
    text = out.decode("utf-16")
    assert out[:2] == source.read_bytes()[:2]
    assert text.startswith("user=user_")
    assert text.endswith("\r\n€")


def test_latin1_bytes_around_a_value_stay(tmp_path: Path, case: CaseVault) -> None:
    source = write(tmp_path / "a.log", b"Stra\xdfe 10.1.2.3 gr\xfc\xdfe\n")

    Gate().file(source, tmp_path / "out", case)

    out = (tmp_path / "out").read_bytes()
    assert out.startswith(b"Stra\xdfe 2")
    assert out.endswith(b" gr\xfc\xdfe\n")


def test_a_tar_is_rebuilt_with_names_and_owners_scrubbed(
    tmp_path: Path, case: CaseVault
) -> None:
    data = a_tar(("home/jsmith/bob@acme.com.log", SECRET), mode="w:gz")
    source = write(tmp_path / "bundle.tar.gz", data)

    Gate().file(source, tmp_path / "out", case)

    with tarfile.open(tmp_path / "out") as tar:
        (info,) = tar.getmembers()
        content = tar.extractfile(info)
        assert content is not None
        assert b"hunter2" not in content.read()
    assert "jsmith" not in info.name + info.uname
    assert "bob@acme" not in info.name
    assert info.name.endswith(".log")


def test_one_value_has_one_token_in_every_member(
    tmp_path: Path, case: CaseVault
) -> None:
    inner = a_zip(("b.log", SECRET))
    source = write(tmp_path / "x.tar", a_tar(("a.log", SECRET), ("n/in.zip", inner)))

    done = Gate().file(source, tmp_path / "out", case)

    with tarfile.open(tmp_path / "out") as tar:
        plain = tar.extractfile("a.log")
        nested = tar.extractfile("n/in.zip")
        assert plain is not None
        assert nested is not None
        with zipfile.ZipFile(io.BytesIO(nested.read())) as zipped:
            assert zipped.read("b.log") == plain.read()
    assert done.findings == {"password": 2, "ipv4": 2}


def test_what_is_nested_too_deep_is_left_out_and_listed(
    tmp_path: Path, case: CaseVault
) -> None:
    data = a_zip(("x.log", SECRET))
    for name in ("4.zip", "3.zip", "2.zip", "1.zip"):
        data = a_zip((name, data))
    source = write(tmp_path / "0.zip", data)

    done = Gate().file(source, tmp_path / "out", case)

    (left,) = done.left_out
    assert left.member == "1.zip/2.zip/3.zip/4.zip"
    assert "deeper" in left.why


def test_traversal_links_and_devices_are_left_out(
    tmp_path: Path, case: CaseVault
) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, kind in [
            ("../up.log", tarfile.REGTYPE),
            ("/etc/abs.log", tarfile.REGTYPE),
            ("link", tarfile.SYMTYPE),
            ("hard", tarfile.LNKTYPE),
            ("null", tarfile.CHRTYPE),
            ("ok.log", tarfile.REGTYPE),
        ]:
            info = tarfile.TarInfo(name)
            info.type = kind
            info.linkname = "/etc/passwd"
            tar.addfile(info, io.BytesIO())
    source = write(tmp_path / "x.tar", out.getvalue())

    done = Gate().file(source, tmp_path / "out", case)

    assert [left.member for left in done.left_out] == [
        "../up.log",
        "/etc/abs.log",
        "link",
        "hard",
        "null",
    ]
    with tarfile.open(tmp_path / "out") as tar:
        assert tar.getnames() == ["ok.log"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", b"%PDF-1.7\n"),
        ("core", b"\x7fELF\x02\x01"),
        ("x.sqlite", b"SQLite format 3\0"),
        ("server.key", b"plain looking"),
        ("cert.pfx", b"0\x82"),
        ("data.bin", b"text then \0 NUL"),
        ("report.docx", b"PK\x03\x04"),
        ("a.zst", b"\x28\xb5\x2f\xfd"),
        ("broken.gz", b"\x1f\x8b\x08\0rubbish"),
        ("broken.zip", b"PK\x03\x04rubbish"),
        ("cut.tar.gz", gzip.compress(a_tar(("a.log", SECRET * 999)))[:-20]),
    ],
)
def test_what_cannot_be_scrubbed_does_not_leave(
    tmp_path: Path, case: CaseVault, name: str, data: bytes
) -> None:
    source = write(tmp_path / name, data)

    done = Gate().file(source, tmp_path / "out", case)

    assert done.nothing_left
    assert not (tmp_path / "out").exists()
    assert [left.member for left in done.left_out] == [name]


def test_a_nul_far_behind_the_head_still_counts_as_binary(
    tmp_path: Path, case: CaseVault
) -> None:
    source = write(tmp_path / "a.log", b"fine\n" * 200_000 + b"\0")

    assert Gate().file(source, tmp_path / "out", case).nothing_left


def test_a_binary_inside_an_archive_stays_and_the_rest_goes(
    tmp_path: Path, case: CaseVault
) -> None:
    source = write(tmp_path / "x.zip", a_zip(("a.log", SECRET), ("b.png", b"\x89PNG")))

    done = Gate().file(source, tmp_path / "out", case)

    assert [left.member for left in done.left_out] == ["b.png"]
    assert done.left_out[0].why.startswith("an image")
    with zipfile.ZipFile(tmp_path / "out") as made:
        assert made.namelist() == ["a.log"]


@pytest.mark.parametrize("named", ["b.png", "x.zip/b.png"])
def test_a_waived_member_goes_byte_for_byte(
    tmp_path: Path, case: CaseVault, named: str
) -> None:
    data = b"\x89PNG" + SECRET
    source = write(tmp_path / "x.zip", a_zip(("b.png", data)))

    done = Gate().file(source, tmp_path / "out", case, frozenset({named}))

    assert done.left_out == ()
    with zipfile.ZipFile(tmp_path / "out") as made:
        assert made.read("b.png") == data


def test_a_waived_file_goes_byte_for_byte(tmp_path: Path, case: CaseVault) -> None:
    source = write(tmp_path / "core.bin", b"\x7fELF" + SECRET)

    done = Gate().file(source, tmp_path / "out", case, frozenset({str(source)}))

    assert done.waived
    assert (tmp_path / "out").read_bytes() == source.read_bytes()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("bomb.gz", gzip.compress(b"0" * 20_000_000)),
        ("bomb.zip", a_zip(("a.log", b"0\n" * 10_000_000))),
        ("bomb.tar.xz", lzma.compress(a_tar(("a.log", b"\n" * 20_000_000)))),
    ],
)
def test_a_bomb_is_refused_and_leaves_nothing(
    tmp_path: Path, case: CaseVault, name: str, data: bytes
) -> None:
    source = write(tmp_path / name, data)
    gate = Gate(limits=Limits(floor=1_000_000))

    with pytest.raises(ScrubRefused, match="unpacks to over 100 times its size"):
        gate.file(source, tmp_path / "out", case)

    assert not (tmp_path / "out").exists()


def test_a_disk_that_is_nearly_full_stops_it(tmp_path: Path, case: CaseVault) -> None:
    source = write(tmp_path / "a.gz", gzip.compress(os.urandom(50_000).hex().encode()))
    gate = Gate(limits=Limits(floor=0, spare_disk=1 << 62))

    with pytest.raises(ScrubRefused, match="disk is too full"):
        gate.file(source, tmp_path / "out", case)


def test_a_folder_is_packed_in_order_without_following_links(
    tmp_path: Path, case: CaseVault
) -> None:
    folder = tmp_path / "logs"
    (folder / "sub").mkdir(parents=True)
    write(folder / "b.log", SECRET)
    write(folder / "a.log", SECRET)
    write(folder / "sub" / "c.log", SECRET)
    (folder / "link").symlink_to("/etc/passwd")

    done = Gate().file(folder, tmp_path / "out", case)

    assert done.name == "logs.tar.gz"
    assert [left.member for left in done.left_out] == ["link"]
    with tarfile.open(tmp_path / "out") as tar:
        assert tar.getnames() == ["logs/a.log", "logs/b.log", "logs/sub/c.log"]
    first = (tmp_path / "out").read_bytes()
    Gate().file(folder, tmp_path / "again", case)
    assert (tmp_path / "again").read_bytes() == first


def test_links_pipes_sockets_and_nothing_are_bad_input(
    tmp_path: Path, case: CaseVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    Path("link").symlink_to("target")
    Path("target").write_text("x")
    Path("dangling").symlink_to("nowhere")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("sock")
    gate, out = Gate(), tmp_path / "out"

    with pytest.raises(BadInput, match="pipe is a named pipe"):
        gate.file(Path("pipe"), out, case)
    with pytest.raises(BadInput, match="link is a symbolic link; name the file itself"):
        gate.file(Path("link"), out, case)
    with pytest.raises(BadInput, match="dangling is a link to nothing"):
        gate.file(Path("dangling"), out, case)
    with pytest.raises(BadInput, match="sock is a socket"):
        gate.file(Path("sock"), out, case)
    with pytest.raises(BadInput, match="null is a device"):
        gate.file(Path("/dev/null"), out, case)
    with pytest.raises(BadInput, match="there is no file gone"):
        gate.file(Path("gone"), out, case)
    listener.close()
    assert not out.exists()


def test_an_empty_file_stays_an_empty_file(tmp_path: Path, case: CaseVault) -> None:
    source = write(tmp_path / "empty.log", b"")

    done = Gate().file(source, tmp_path / "out", case)

    assert done.bytes_out == 0
    assert not done.nothing_left


@pytest.mark.parametrize(
    ("name", "keeps"),
    [("app.log", "app.log"), ("a-2024.01.02.log.gz", "a-2024.01.02.log.gz")],
)
def test_a_harmless_name_stays(case: CaseVault, name: str, keeps: str) -> None:
    assert Gate().name(name, case) == keeps


def test_a_telling_name_is_scrubbed_and_keeps_its_ending(case: CaseVault) -> None:
    name = Gate().name("bob@acme.com-10.1.2.3.log.gz", case)

    assert "bob@acme" not in name
    assert "10.1.2.3" not in name
    assert name.endswith(".log.gz")
