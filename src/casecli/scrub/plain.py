"""Text of any encoding, and telling it from what cannot be scrubbed."""

from __future__ import annotations

import codecs
import contextlib
import itertools
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import IO, BinaryIO

from casecli.scrub.job import BLOCK, IN_MEMORY, Job, Stays
from casecli.scrub.pieces import Piece, Scratch
from casecli.scrub.workers import Crew, alone

_IMAGE = "an image; it may carry where, when and with what it was made"
_OFFICE = "an office document; it may carry authors, comments and earlier versions"
_PDF = "a PDF; it may carry authors, attachments and text under what is blackened"
_CAPTURE = "a packet capture; it may carry whole conversations"
_DATABASE = "a database; it may carry rows that were deleted"
_DUMP = "a program or core dump; it may carry all that was in memory"
_STORE = "a key store"
_LEFT_BY_NAME = {
    **dict.fromkeys((".key", ".pfx", ".p12", ".jks", ".keystore", ".kdbx"), _STORE),
    **dict.fromkeys((".pcap", ".pcapng", ".cap"), _CAPTURE),
    **dict.fromkeys((".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp"), _OFFICE),
    **dict.fromkeys((".hprof", ".dmp", ".mdmp"), _DUMP),
    ".journal": "a binary journal",
}
_LEFT_BY_MAGIC = (
    (b"%PDF-", _PDF),
    (b"\x89PNG", _IMAGE),
    (b"\xff\xd8\xff", _IMAGE),
    (b"GIF8", _IMAGE),
    (b"II*\0", _IMAGE),
    (b"MM\0*", _IMAGE),
    (b"MDMP", _DUMP),
    (b"JAVA PROFILE", _DUMP),
    (b"\xd0\xcf\x11\xe0", _OFFICE),
    (b"SQLite format 3\0", _DATABASE),
    (b"\x7fELF", _DUMP),
    (b"MZ\x90", "a program"),
    (b"\xd4\xc3\xb2\xa1", _CAPTURE),
    (b"\xa1\xb2\xc3\xd4", _CAPTURE),
    (b"\x0a\x0d\x0d\x0a", _CAPTURE),
    (b"LPKSHHRH", "a binary journal"),
    (b"\xfe\xed\xfe\xed", _STORE),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive, which cannot be read here"),
    (b"Rar!", "a RAR archive, which cannot be read here"),
)
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def stays_by_name(name: str) -> None:
    """Raise `Stays` for what its name says is no text."""
    if why := _LEFT_BY_NAME.get(PurePosixPath(name.lower()).suffix):
        raise Stays(why)


def _blocks(source: IO[bytes]) -> Iterator[bytes]:
    while block := source.read(BLOCK):
        yield block


def scrub_text(source: BinaryIO, target: IO[bytes], head: bytes, job: Job) -> None:
    """Scrub text, of which `head` is the beginning, or raise `Stays`."""
    for magic, what in _LEFT_BY_MAGIC:
        if head.startswith(magic):
            raise Stays(what)
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            _wide_text(source, target, bom, encoding, job)
            return
    encoding = _wide(head)
    if encoding:
        _wide_text(source, target, b"", encoding, job)
        return
    with job.temp() as file, contextlib.ExitStack() as stack:
        scratch = Scratch(file)
        crew = _first_pass(source, scratch, job, stack)
        _check_disk(map(target.write, job.again(scratch.kept(), crew)), job)


def _first_pass(
    source: BinaryIO, scratch: Scratch, job: Job, stack: contextlib.ExitStack
) -> Crew | None:
    """Do what rules say; give the workers who helped, where there is much text."""
    stream = job.stream()
    blocks = _text_blocks(source)
    crew = None
    if job.crew is not None:
        for block in itertools.islice(blocks, alone() // BLOCK):
            _keep(stream.settled(stream.pieces(block)), scratch, job)
        more = next(blocks, b"")
        if more:
            crew = stack.enter_context(job.crew())
            blocks = itertools.chain((more,), blocks)
    pieces = stream.all(blocks)
    done = crew.scrub(stream.counted(pieces)) if crew else stream.settled(pieces)
    _keep(done, scratch, job)
    return crew


def _text_blocks(source: BinaryIO) -> Iterator[bytes]:
    for block in _blocks(source):
        if b"\0" in block:
            raise Stays("binary, or text with NUL bytes")
        yield block


def _keep(pieces: Iterable[Piece], scratch: Scratch, job: Job) -> None:
    _check_disk(scratch.keep(pieces), job)


def _check_disk(sizes: Iterable[int], job: Job) -> None:
    """Look at the disk while pieces of these sizes are written."""
    written = 0
    for size in sizes:
        written += size
        if written > IN_MEMORY:
            job.check_disk()
            written = 0


def _wide(head: bytes) -> str:
    """Tell UTF-16 without its mark: half of the bytes of plain words are 0."""
    if b"\0" not in head:
        return ""
    pairs = len(head) // 2
    low, high = head[0 : 2 * pairs : 2], head[1 : 2 * pairs : 2]
    for zeros, others, encoding in (
        (high, low, "utf-16-le"),
        (low, high, "utf-16-be"),
    ):
        text = sum(byte >= 32 or byte in b"\t\r\n" for byte in others)  # noqa: PLR2004 - the first that prints
        if pairs and zeros.count(0) >= pairs * 0.7 and text >= pairs * 0.95:
            return encoding
    return ""


def _narrowed(source: IO[bytes], decoder: codecs.IncrementalDecoder) -> Iterator[bytes]:
    for block in _blocks(source):
        yield decoder.decode(block).encode("utf-8", "surrogatepass")
    yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")


def _wide_text(
    source: BinaryIO, target: IO[bytes], bom: bytes, encoding: str, job: Job
) -> None:
    """Scrub UTF-16 or UTF-32 as UTF-8 and write it back as it was."""
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    narrow = codecs.getincrementaldecoder("utf-8")("surrogatepass")
    stream = job.stream()
    source.read(len(bom))
    with job.temp() as file:
        scratch = Scratch(file)
        try:
            _keep(stream.settled(stream.all(_narrowed(source, decoder))), scratch, job)
        except UnicodeError as error:
            raise Stays(f"no valid {encoding} text") from error
        target.write(bom)
        for piece in job.again(scratch.kept(), None):
            target.write(narrow.decode(piece).encode(encoding, "surrogatepass"))
        rest = narrow.decode(b"", final=True)
        target.write(rest.encode(encoding, "surrogatepass"))
