"""Files, archives and folders: read once, scrubbed member by member, rebuilt.

Nothing is extracted to disk under a member's own name. What cannot be scrubbed stays
at home and is listed; what would eat the disk stops the whole file.
"""

from __future__ import annotations

import contextlib
import lzma
import os
import re
import shutil
import stat
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, cast

from casecli.domain.errors import BadInput
from casecli.domain.ports import LeftOut, ScrubbedFile
from casecli.scrub.job import (
    BLOCK,
    IN_MEMORY,
    Counted,
    Job,
    Measured,
    Prefixed,
    Stays,
    Unpacked,
)
from casecli.scrub.packed import gzip_writer, kind_of, unpacked_name, unpacking
from casecli.scrub.plain import scrub_text, stays_by_name
from casecli.scrub.sources import open_source

_HEAD = 4096
_OURS = "casecli's own token vault or its key, which never leave"
_LONGEST_NAME = 4096
_BROKEN = (EOFError, zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError)


# --- from the outside ----------------------------------------------------------------


def scrub_path(source: Path, out: Path, job: Job) -> ScrubbedFile:
    """Scrub a file or folder given by the user into `out`."""
    job.folder, job.source = out.parent, str(source)
    opened = open_source(source)
    name = source.name or source.resolve().name
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    nothing = False
    waived = str(source) in job.waived or name in job.waived
    try:
        with contextlib.ExitStack() as stack:
            made = stack.enter_context(os.fdopen(os.open(out, flags, 0o600), "wb"))
            os.fchmod(made.fileno(), 0o600)
            measured = Measured(made)
            target = cast("IO[bytes]", measured)
            if opened is None:
                _pack_folder(source, target, job)
            else:
                file = stack.enter_context(opened)
                try:
                    content = cast("BinaryIO", Counted(file, job))
                    if waived:
                        _as_it_is(content, target, name, job)
                    else:
                        _transform(content, target, name, "", 0, job)
                except Stays as why:
                    job.left_out.append(LeftOut(member=name, why=str(why)))
                    nothing = True
    except BaseException:
        out.unlink(missing_ok=True)
        raise
    shown = job.name(name) + (".tar.gz" if opened is None else "")
    if nothing:
        out.unlink()
    size, digest = (0, "") if nothing else measured.measure(out)
    return ScrubbedFile(
        name=shown,
        bytes_in=job.bytes_in,
        bytes_out=size,
        sha256=digest,
        findings=dict(+job.report.findings),
        left_out=tuple(job.left_out),
        samples=job.report.all_samples(),
        nothing_left=nothing,
        waived=waived,
        went=tuple(job.went),
    )


# --- one file, whatever it is --------------------------------------------------------


def _transform(
    source: BinaryIO, target: IO[bytes], name: str, inside: str, depth: int, job: Job
) -> None:
    """Scrub one file's bytes into `target`; `inside` is the path of its container."""
    head = source.read(_HEAD)
    while len(head) < _HEAD and (more := source.read(_HEAD - len(head))):
        head += more
    rest = cast("BinaryIO", Prefixed(head, source))
    if job.is_ours(head):
        raise Stays(_OURS)
    stays_by_name(name)
    kind = kind_of(head)
    if kind is None:
        scrub_text(rest, target, head, job)
        return
    if depth >= job.limits.depth:
        raise Stays(f"nested deeper than {job.limits.depth} archives")
    path = f"{inside}{name}/" if depth else ""
    try:
        if kind == "zip":
            _zip(rest, target, path, depth, job)
        elif kind == "tar":
            _tar(rest, target, path, depth, job)
        else:
            _compressed(kind, rest, target, name, inside, depth, job)
    except _BROKEN as error:
        raise Stays(f"a damaged {kind} file") from error
    except OSError as error:
        if error.errno is not None:  # the disk's error, not the decoder's
            raise
        raise Stays(f"a damaged {kind} file") from error


def _as_it_is(source: BinaryIO, target: IO[bytes], name: str, job: Job) -> None:
    """Copy what was waived, byte for byte; our own secrets cannot be waived."""
    head = source.read(_HEAD)
    if job.is_ours(head):
        raise Stays(_OURS)
    target.write(head)
    _copy(source, target, job)
    job.went.append(name)


def _copy(source: IO[bytes], target: IO[bytes], job: Job) -> None:
    """Copy within what the disk can take."""
    copied = 0
    while block := source.read(BLOCK):
        copied += target.write(block)
        if copied > IN_MEMORY:
            job.check_disk()
            copied = 0


# --- containers ----------------------------------------------------------------------


def _compressed(  # noqa: PLR0913, PLR0917 - what _transform has, and the kind
    kind: str,
    source: BinaryIO,
    target: IO[bytes],
    name: str,
    inside: str,
    depth: int,
    job: Job,
) -> None:
    reader, writer = unpacking(kind, source, target)
    content = cast("BinaryIO", Unpacked(reader, job))
    inner = unpacked_name(name)
    with contextlib.closing(reader), contextlib.closing(writer):
        # The layer itself is no archive: a .tar.gz is one, not two.
        _Layer(content, writer, inner, inside, depth).run(job)


@dataclass(frozen=True, slots=True)
class _Layer:
    """What is below one compression: text or a tar, or one more level."""

    source: BinaryIO
    target: IO[bytes]
    name: str
    inside: str
    depth: int

    def run(self, job: Job) -> None:
        head = self.source.read(600)
        kind = kind_of(head)
        deeper = self.depth + (kind not in {None, "tar"})
        rest = cast("BinaryIO", Prefixed(head, self.source))
        _transform(rest, self.target, self.name, self.inside, deeper, job)


def _bad_name(name: str) -> str:
    """Say what is wrong with a member's name, "" for nothing."""
    if len(name) > _LONGEST_NAME:
        return "a name of unbelievable length"
    path = PurePosixPath(name.replace("\\", "/"))
    drive = re.match(r"[A-Za-z]:", name) is not None
    if path.is_absolute() or drive or ".." in path.parts or "\0" in name:
        return "a name that leads out of the archive"
    return "a name with a line break" if "\n" in name else ""


def _leave(member: str, why: str, job: Job) -> None:
    job.left_out.append(LeftOut(member=member[:_LONGEST_NAME], why=why))


def _member(
    source: BinaryIO, name: str, inside: str, depth: int, job: Job
) -> tuple[IO[bytes], int] | None:
    """Scrub a member to a scratch file; None when it stays at home."""
    scratch = job.temp()
    try:
        if job.is_waived(inside + name):
            _as_it_is(source, scratch, inside + name, job)
        else:
            _transform(source, scratch, name, inside, depth, job)
    except Stays as why:
        job.left_out.append(LeftOut(member=inside + name, why=str(why)))
        scratch.close()
        return None
    except BaseException:
        scratch.close()
        raise
    size = scratch.tell()
    scratch.seek(0)
    return scratch, size


def _tar(
    source: BinaryIO, target: IO[bytes], inside: str, depth: int, job: Job
) -> None:
    with (
        tarfile.open(fileobj=source, mode="r|") as old,
        tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT) as new,
    ):
        for info in old:
            _forget_members(old)
            _forget_members(new)
            if why := _no_regular_member(info):
                _leave(inside + info.name, why, job)
                continue
            if info.isdir():
                new.addfile(_clean_info(job.name(info.name), info, tarfile.DIRTYPE))
                continue
            content = cast("BinaryIO", old.extractfile(info))
            made = _member(content, info.name, inside, depth + 1, job)
            if made is not None:
                fresh = _clean_info(job.name(info.name), info, tarfile.REGTYPE)
                _add(new, fresh, made)


def _add(
    new: tarfile.TarFile, info: tarfile.TarInfo, made: tuple[IO[bytes], int]
) -> None:
    scratch, info.size = made
    with scratch:
        new.addfile(info, scratch)


def _forget_members(archive: tarfile.TarFile) -> None:
    """Keep a stream's list of what passed from growing with the archive."""
    archive.members = []  # type: ignore[attr-defined]  # an attribute the stubs leave out


def _no_regular_member(info: tarfile.TarInfo) -> str:
    if why := _bad_name(info.name):
        return why
    if info.issparse():
        return "a sparse file"
    if info.issym() or info.islnk():
        return "a link"
    return "" if info.isreg() or info.isdir() else "a device or pipe"


def _clean_info(name: str, old: tarfile.TarInfo, kind: bytes) -> tarfile.TarInfo:
    """Keep a member's time and mode; who owned it is nobody's business."""
    info = tarfile.TarInfo(name)
    info.type = kind
    info.mtime = int(old.mtime)
    info.mode = old.mode & 0o777
    return info


def _zip(
    source: BinaryIO, target: IO[bytes], inside: str, depth: int, job: Job
) -> None:
    with job.temp() as whole:
        _copy(source, whole, job)
        with (
            zipfile.ZipFile(whole) as old,
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
        ):
            _insist_on_order(old)
            for info in old.infolist():
                _zip_member(old, new, info, inside, depth, job)


def _insist_on_order(archive: zipfile.ZipFile) -> None:
    """Refuse members that share bytes: many large files out of one small one."""
    ends = 0
    for info in sorted(archive.infolist(), key=lambda each: each.header_offset):
        if info.header_offset < ends or info.header_offset >= archive.start_dir:
            raise Stays("a zip file whose members overlap")
        ends = info.header_offset + 30 + len(info.orig_filename) + info.compress_size
    if ends > archive.start_dir:
        raise Stays("a zip file whose members overlap")


def _zip_member(
    old: zipfile.ZipFile,
    new: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    inside: str,
    depth: int,
    job: Job,
) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if why := _bad_name(info.filename):
        pass
    elif kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        why = "a link or device"
    elif info.flag_bits & 1:
        why = "encrypted"
    name = "" if why else job.name(info.filename)
    if name in new.NameToInfo:
        why = "a name that is there already"
    if why:
        _leave(inside + info.filename, why, job)
        return
    fresh = zipfile.ZipInfo(name, info.date_time)
    fresh.compress_type = zipfile.ZIP_DEFLATED
    if info.is_dir():
        new.writestr(fresh, b"")
        return
    try:
        opened = old.open(info)
    except (NotImplementedError, RuntimeError):
        _leave(inside + info.filename, "packed in an unknown way", job)
        return
    with opened as packed:
        content = cast("BinaryIO", Unpacked(packed, job))
        made = _member(content, info.filename, inside, depth + 1, job)
    if made is not None:
        with made[0] as scratch, new.open(fresh, "w", force_zip64=True) as into:
            shutil.copyfileobj(scratch, into, BLOCK)


def _pack_folder(folder: Path, target: IO[bytes], job: Job) -> None:
    """Pack a folder in the order of its names; links are listed, not followed."""
    with (
        gzip_writer(target) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as new,
    ):
        _pack(folder, PurePosixPath(folder.name or folder.resolve().name), "", new, job)


def _pack(
    folder: Path, path: PurePosixPath, inside: str, new: tarfile.TarFile, job: Job
) -> None:
    with os.scandir(folder) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        member = f"{inside}{entry.name}"
        _forget_members(new)
        if "\n" in entry.name:
            _leave(member, "a name with a line break", job)
            continue
        if entry.is_dir(follow_symlinks=False):
            _pack(folder / entry.name, path / entry.name, f"{member}/", new, job)
            continue
        if not entry.is_file(follow_symlinks=False):
            job.left_out.append(LeftOut(member=member, why="a link, device or pipe"))
            continue
        try:
            opened = open_source(folder / entry.name)
        except BadInput:
            opened = None
        if opened is None:
            job.left_out.append(LeftOut(member=member, why="it could not be read"))
            continue
        with opened as file:
            content = cast("BinaryIO", Counted(file, job))
            made = _member(content, entry.name, inside, 0, job)
            if made is not None:
                info = tarfile.TarInfo(job.name(str(path / entry.name)))
                info.mtime = int(os.fstat(file.fileno()).st_mtime)
                info.mode = 0o644
                _add(new, info, made)
