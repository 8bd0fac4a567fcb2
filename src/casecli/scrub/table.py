"""Tables, and letters: what one line says about those that follow.

Rules look at lines, and `Beatrix Hoorn,1984-02-29` says nothing about itself. Where a
line above is a header that names personal columns, their cells are replaced before the
rules see the line; everything else in it is the rules' business. Headers are those of
CSV, of tables drawn or aligned in a terminal, of COPY and INSERT in a dump; and the
line behind "Best regards" is a column of one cell.
"""

from __future__ import annotations

import bisect
import re
from typing import TYPE_CHECKING

from casecli.scrub import validators
from casecli.scrub.cells import NAME, OF, Cells
from casecli.scrub.headers import (
    WORD,
    Header,
    find_dumps,
    is_below,
    is_header,
    narrow,
    parted,
    plain_lines,
    read_dump,
    read_header,
    read_ruled,
    sliced,
    split_record,
)
from casecli.scrub.titles import kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from casecli.scrub.report import Report
    from casecli.scrub.tokens import Tokens

_LONGEST_RECORD = 64 * 1024
_STRAYS = 3
_LENIENT = 5  # lines within which a table is likely all there is
_ROW = re.compile(rb"[ \t\r\n,]*\(")
# Hardly in titles, and nearly always in a row.
_VALUES = re.compile(rb"(?<![a-zA-Z\d])\d|\d\d|@")
_NO_ROW = re.compile(rb"(?i)\(?\d+ (?:rows?|records?)\b|[\w.@:~\-]{1,30}[>$#](?:[ ]|$)")
_DEGREES = re.compile(rb"(?:[+-]?\d{1,3}[.,]\d{1,15}|null|\\N|-)?")
_CELL = re.compile(
    rb"[ ]*(?:n?'(?:[^'\\]|''|\\.)*'|[^,'()]*(?:\([^()]*\))?)[ ]*", re.DOTALL
)
_RULED = re.compile(rb"[ |+=:\-]*[+=|\-][ |+=:\-]*")
_APART = re.compile(rb"\S+(?: \S+)*")
_PAIR = re.compile(
    rb"([ \t]*[a-zA-Z_\x80-\xff][\w .\x80-\xff-]{0,40}?[ ]*)"
    rb"(\||\xe2\x94\x82|:(?=[ ]|\r?\n))([^\n]*\n?)"
)
_TITLE = re.compile(rb"[a-zA-Z_\x80-\xff][\w .\-/#()%\x80-\xff]{0,40}")
_TAGS = re.compile(
    rb"(?i)<(/?tr|th|td|/table)\b[^<>]{0,300}>"
    rb"(?:\s{0,8}<(?:b|i|a|span|p|div|code|strong|font|nobr|em)\b[^<>]{0,300}>){0,4}"
    rb"([^<>]*)"
)
_COLUMNS = 500
_BLANKS = 50  # lines without a tag: that is no table any more
_SIGNED = re.compile(
    rf"[> \t]{{0,8}}-{{0,2}} ?({NAME}(?:[ ](?:{OF})|[ ]{NAME}){{0,4}})[ \t]*,?\r?\n?"
)


class Table:
    """The personal columns of the tables in a text, replaced record by record."""

    def __init__(self, tokens: Tokens, report: Report) -> None:
        self._cells = Cells(tokens, report)
        self._header: Header | None = None
        self._pending = b""
        self._in_long_line = False
        self._above = b""
        self._row = 0
        self._reached: Callable[[], int] = int
        self._lenient = True
        self._forms: dict[str, Callable[[Header, bytes], bytes | None]] = {
            "delimited": self._delimited,
            "aligned": self._aligned,
            "words": self._worded,
            "ruled": self._ruled,
            "copy": self._copied,
            "insert": self._inserted,
            "query": self._queried,
            "pairs": self._paired,
            "html": self._html,
            "letter": self._letter,
        }

    def feed(
        self, data: bytes, reached: Callable[[], int], *, last: bool = False
    ) -> bytes:
        """Take a piece of text; give back what is ready, with cells replaced.

        `reached` gives the number of the first line that is not given back yet.
        """
        self._reached = reached
        whole = len(data) if last else data.rfind(b"\n") + 1 or len(data)
        rest = data[whole:]
        self._pending = b"".join((self._pending, memoryview(data)[:whole]))
        out = b"".join(self._pieces(last=last))
        self._pending += rest
        return out

    def _line(self, at: int) -> int:
        """Give the number of a line of what is pending."""
        return self._reached() + self._pending.count(b"\n", 0, at)

    def _pieces(self, *, last: bool) -> Iterator[bytes]:
        data, at = self._pending, 0
        whole = len(data) if last else data.rfind(b"\n") + 1
        if self._in_long_line or (not whole and len(data) > _LONGEST_RECORD):
            at = data.find(b"\n") + 1 or len(data)
            self._in_long_line = not data.endswith(b"\n", 0, at)
            yield data[:at]
        hints: tuple[list[int], list[re.Match[bytes]]] | None = None
        self._row = at
        while at < whole:
            if self._header is None:
                if hints is None:
                    hints = plain_lines(data, whole), find_dumps(data, whole)
                end = self._to_header(data, *hints, at, whole)
                yield data[at:end]
            else:
                end = self._end(self._header, data, at, whole, last=last)
                if end < 0:
                    break
                row = self._forms[self._header.form](self._header, data[at:end])
                if row is None:
                    self._header = None
                    continue
                yield row
            self._row = at = end
        if at:
            self._above = data[data.rfind(b"\n", 0, at - 1) + 1 : at]
        self._pending = data[at:]

    def _to_header(
        self,
        data: bytes,
        plain: list[int],
        dumps: list[re.Match[bytes]],
        at: int,
        whole: int,
    ) -> int:
        """Look for the next header; give where it ends."""
        while dumps and dumps[0].start() < at:
            del dumps[0]
        dumped = dumps[0] if dumps else None
        limit = dumped.start() if dumped else whole
        for start in plain[bisect.bisect_left(plain, at) :]:
            if start >= limit:
                break
            stop = data.find(b"\n", start, whole) + 1 or whole
            begin = data.rfind(b"\n", 0, max(start - 1, 0)) + 1
            above = data[begin:start] if start else self._above
            self._header = read_header(data[start:stop]) or read_ruled(
                above, data[start:stop]
            )
            if self._header is not None:
                self._lenient = self._lenient and self._line(start) <= _LENIENT
                self._header.strays += _STRAYS * self._lenient
                return stop
        if dumped is None:
            return whole
        self._header = read_dump(dumped)
        return dumped.end()

    def _end(
        self, header: Header, data: bytes, start: int, whole: int, *, last: bool
    ) -> int:
        """Give where the record ends that starts here, -1 if it is not all there."""
        first = end = data.find(b"\n", start, whole) + 1 or whole
        if header.form != "delimited":
            return end
        while data.count(b'"', start, end) % 2:
            end = data.find(b"\n", end, whole) + 1
            if end - start > _LONGEST_RECORD or (last and not end):
                return first  # a stray quote
            if not end:
                return first if whole - start > _LONGEST_RECORD else -1
        return end

    def _delimited(self, header: Header, record: bytes) -> bytes | None:
        line = record.rstrip(b"\r\n")
        if _RULED.fullmatch(line):
            return record
        if line.startswith(b'{"'):
            return None  # JSON, and no row
        prefix = header.prefix if record.startswith(header.prefix) else b""
        cells = split_record(record.removeprefix(prefix), header.delimiter)
        spaced = len(cells) > 1 and all(cell[:1] == b" " for cell in cells[1:])
        if spaced and not header.spaced:
            return None  # prose, or a log
        more = header.strays and len(cells) > header.cells
        if len(cells) != header.cells and not more:
            header.seen += 1
            stays = header.proven and line and header.seen <= header.strays
            return record if stays else None
        if not _VALUES.search(record) and is_header(cells, header):
            return None  # and the next table begins
        places = [n for n, kind in header.columns.items() if kind == "gps"]
        if any(not _DEGREES.fullmatch(cells[n].strip(b' "\r\n')) for n in places):
            return None
        header.proven, header.seen = True, 0
        for place, kind in header.columns.items():
            cells[place] = self._replaced(kind, cells[place])
        return prefix + header.delimiter.join(cells)

    def _aligned(self, header: Header, record: bytes) -> bytes | None:
        """Replace in columns that are two blanks or more apart."""
        if _RULED.fullmatch(record.rstrip()):
            ruled = read_ruled(header.line, record)
            if ruled is not None and len(ruled.columns) >= len(header.columns):
                self._header = ruled
            return record
        read: tuple[Header, bytes, Sequence[int]]
        read = header, record, range(len(record) + 1)
        found = list(parted(record, header.starts))
        if not (header.line + record).isascii():
            letters = narrow(header, record)
            cells = list(parted(letters[1], letters[0].starts))
            if is_below(letters[0], cells):
                read, found = letters, cells
        header, _, places = read
        if not is_below(header, found):
            return None
        if header.cells == 2 and 0 in header.columns and kinds([found[0][0]]):  # noqa: PLR2004 - a key and its value
            return None
        spans = {
            match.start(): (places[match.start()], places[match.end()])
            for match in found
        }
        return self._at(header, record, spans)

    def _worded(self, header: Header, record: bytes) -> bytes | None:
        """Replace in columns of words: by place where there are as many as titles."""
        found = list(WORD.finditer(record))
        if 2 * len(found) < header.cells or not is_below(header, found):
            return None
        if record == record.upper() and not any(48 <= byte < 58 for byte in record):  # noqa: PLR2004 - digits
            return None  # the next header
        cells = {match.start(): match.span() for match in found}
        if len(found) == header.cells:
            spans = (match.span() for match in found)
            cells = dict(zip(header.starts, spans, strict=True))
        return self._at(header, record, cells)

    def _at(
        self, header: Header, record: bytes, cells: dict[int, tuple[int, int]]
    ) -> bytes:
        out, last = [], 0
        for place, kind in sorted(header.columns.items()):
            if header.starts[place] in cells:
                start, end = cells[header.starts[place]]
                out += [record[last:start], self._replaced(kind, record[start:end])]
                last = end
        return b"".join(out) + record[last:]

    def _ruled(self, header: Header, record: bytes) -> bytes | None:
        """Replace in columns as wide as the dashes below their titles."""
        cells = sliced(record, header.starts)
        if sum(map(bool, map(bytes.strip, cells))) < 2 or _NO_ROW.match(record):  # noqa: PLR2004 - a table
            return None
        for place, kind in header.columns.items():
            cells[place] = self._replaced(kind, cells[place])
        return b"".join(cells)

    def _copied(self, header: Header, record: bytes) -> bytes | None:
        cells = record.split(b"\t")
        if record.startswith(b"\\.") or len(cells) != header.cells:
            return None
        for place, kind in header.columns.items():
            cells[place] = self._replaced(kind, cells[place])
        return b"\t".join(cells)

    def _inserted(self, header: Header, record: bytes) -> bytes | None:
        """Replace in the rows of an INSERT that this line has."""
        out, at = [b""], 0
        while begin := _ROW.match(record, at):
            out.append(begin[0])
            at = begin.end()
            for place in range(header.cells):
                cell = _CELL.match(record, at)
                text = cell[0] if cell else b""
                kind = header.columns.get(place)
                out.append(self._replaced(kind, text) if kind else text)
                at += len(text) + 1
                out.append(record[at - 1 : at])
                if out[-1] != b",":
                    break
        rest = record[at:]
        if not at and rest.strip():
            return None
        if rest.strip(b" \t\r\n,"):
            header.columns, header.cells = {}, 0  # that was the statement's end
        return b"".join(out) + rest

    def _queried(self, header: Header, record: bytes) -> bytes | None:
        """Replace in rows without titles: in the order in which a query names them."""
        line = record.rstrip()
        if _RULED.fullmatch(line) and not header.seen:
            return record
        header.seen += 1
        between = next((each for each in (b"|", b"\t") if each in line), b"")
        cells = line.split(between) if between else []
        first = bool(cells) and not cells[0].strip() and len(cells) == header.cells + 2
        if between and len(cells) == header.cells + 2 * first:
            titles = [cell.strip().lower() for cell in cells[first:][: header.cells]]
            if titles == [title.lower() for title in header.titles]:
                return None
            for place, kind in header.columns.items():
                cells[place + first] = self._replaced(kind, cells[place + first])
            return between.join(cells) + record[len(line) :]
        blanks = header.spaced and not between
        found = list(_APART.finditer(record)) if blanks else []
        if len(found) != header.cells or not _VALUES.search(record):
            return None
        out, last = [], 0
        for place, kind in sorted(header.columns.items()):
            start, end = found[place].span()
            out += [record[last:start], self._replaced(kind, record[start:end])]
            last = end
        return b"".join(out) + record[last:]

    def _paired(self, header: Header, record: bytes) -> bytes | None:
        """Replace behind the title of a column, where each is a line of its own."""
        line = record.strip()
        if not line or line.startswith((b"-[", b"\xe2\x94\x80[", b"****")):
            return record
        pair = _PAIR.match(record)
        if pair is None or _NO_ROW.match(record):
            return None
        if pair[2].strip() not in {header.delimiter, b"\xe2\x94\x82"}:
            return None
        kind = header.kind_below(pair[1].strip())
        return pair[1] + pair[2] + self._replaced(kind, pair[3]) if kind else record

    def _html(self, header: Header, record: bytes) -> bytes | None:
        """Replace in cells below a table's titles, or beside one."""
        tags = list(_TAGS.finditer(record))
        header.seen = 0 if tags else header.seen + 1
        if header.seen > _BLANKS or header.cells < 0 or len(header.beside) > _COLUMNS:
            return None
        out, last = [], 0
        for tag in tags:
            name = tag[1].lower()
            if name == b"th":
                title = tag[2].strip(b" \t\r\n:#*")
                header.beside.append(title if _TITLE.fullmatch(title) else b"")
            elif name == b"td":
                kind = _below(header)
                header.cells += 1
                if kind:
                    out += [record[last : tag.start(2)], self._replaced(kind, tag[2])]
                    last = tag.end(2)
            else:
                if len(header.beside) > 1 and not header.cells:
                    header.titles, header.proven = header.beside, True
                    header.columns = kinds(header.titles)
                header.beside, header.cells = [], 0
                if name == b"/table":
                    header.cells = -1
        return b"".join(out) + record[last:]

    def _letter(self, header: Header, record: bytes) -> bytes | None:
        """Replace in the one line behind a letter's last words."""
        if not record.strip(b"> \t\r\n") and header.strays:
            header.strays -= 1
            return record
        signed = _SIGNED.fullmatch(record.decode("utf-8", "replace"))
        name = signed[1].encode() if signed else b""
        if not name or not validators.named("signed")(name, b"", b""):
            return None
        self._header = None
        before, _, after = record.partition(name)
        return before + self._replaced("name", name) + after

    def _replaced(self, kind: str, cell: bytes) -> bytes:
        return self._cells.replaced(kind, cell, lambda: self._line(self._row))


def _below(header: Header) -> str:
    """Say what the next cell of a row of HTML holds."""
    if header.proven:
        return header.columns.get(len(header.beside) + header.cells, "")
    if not header.beside or header.cells >= len(header.beside):
        return ""
    return header.kind_below(header.beside[-1])
