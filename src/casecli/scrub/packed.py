"""Packed files: how they are known, and streams to read and write them."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
from typing import IO, Any, BinaryIO, cast

from casecli.scrub.job import BLOCK

_XZ_MEMORY = 256 * 1024 * 1024


def kind_of(head: bytes) -> str | None:
    """Tell by its first 512 bytes how a file is packed, None if it is not."""
    if head.startswith(b"\x1f\x8b"):
        return "gz"
    if head.startswith(b"BZh"):
        return "bz2"
    if head.startswith(b"\xfd7zXZ\0"):
        return "xz"
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        return "zst"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    return "tar" if head[257:262] == b"ustar" else None


def unpacked_name(name: str) -> str:
    """Name what is in a packed file: `x.log` of x.log.gz, `y.tar` of y.tgz."""
    return re.sub(r"(?i)\.(gz|bz2|xz|zst)$", "", re.sub(r"(?i)\.tgz$", ".tar", name))


def unpacking(
    kind: str, source: BinaryIO, target: IO[bytes]
) -> tuple[IO[bytes], IO[bytes]]:
    """Give what reads a kind of packed file, and what writes it again."""
    if kind == "gz":
        reader = cast("IO[bytes]", gzip.GzipFile(fileobj=source, mode="rb"))
        return reader, cast("IO[bytes]", gzip_writer(target))
    if kind == "bz2":
        return bz2.BZ2File(source, "rb"), bz2.BZ2File(target, "wb", compresslevel=1)
    if kind == "zst":
        return _zstd(source, target)
    return cast("IO[bytes]", _XzReader(source)), lzma.LZMAFile(target, "wb", preset=0)


class _XzReader(io.RawIOBase):
    """Streams of xz one after the other, in bounded memory."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._stream: lzma.LZMADecompressor | None = None
        self._pending = b""

    def read(self, size: int = -1, /) -> bytes:
        """Read on; at the end of the input the stream must be whole."""
        size = BLOCK if size < 0 else size
        while True:
            needs = self._stream is None or self._stream.needs_input
            if needs and not self._pending:
                self._pending = self._source.read(BLOCK)
                if not self._pending:
                    if self._stream is not None:
                        raise EOFError("the last stream is cut off")
                    return b""
            if self._stream is None:
                self._pending = self._pending.lstrip(b"\0")  # padding between streams
                if not self._pending:
                    continue
                self._stream = lzma.LZMADecompressor(
                    lzma.FORMAT_XZ, memlimit=_XZ_MEMORY
                )
            data, self._pending = self._pending, b""
            out = self._stream.decompress(data, size)
            if self._stream.eof:
                self._pending, self._stream = self._stream.unused_data, None
            if out:
                return out


def _zstd(source: BinaryIO, target: IO[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    """Read and write zstd, which the standard library knows from 3.14 on only."""
    import zstandard

    writer = zstandard.ZstdCompressor(level=1).stream_writer(target, closefd=False)
    reader = _ZstdReader(source, zstandard)
    return cast("IO[bytes]", reader), cast("IO[bytes]", writer)


class _ZstdReader(io.RawIOBase):
    """Frames of zstd one after the other; the last must be whole."""

    def __init__(self, source: BinaryIO, library: Any) -> None:
        self._source = source
        self._library = library
        self._frame: Any = None
        self._out = b""

    def read(self, size: int = -1, /) -> bytes:
        """Read on, from little input at a time: a few bytes can be many."""
        while len(self._out) < max(size, 1) and (data := self._source.read(1024)):
            self._unpack(data)
        if len(self._out) < size and self._frame is not None:
            raise EOFError("the last frame is cut off")
        data, self._out = self._out[:size], self._out[size:]
        return data

    def _unpack(self, data: bytes) -> None:
        parts = [self._out]
        while data:
            if self._frame is None:
                opened = self._library.ZstdDecompressor(max_window_size=2**27)
                self._frame = opened.decompressobj()
            try:
                parts.append(self._frame.decompress(data))
            except self._library.ZstdError as error:
                raise EOFError(str(error)) from error
            data = self._frame.unused_data
            if self._frame.eof:
                self._frame = None
        self._out = b"".join(parts)


def gzip_writer(target: IO[bytes]) -> gzip.GzipFile:
    """Write gzip that does not tell when or from which file it was made."""
    return gzip.GzipFile("", "wb", compresslevel=1, fileobj=target, mtime=0)
