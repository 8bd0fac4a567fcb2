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
from dataclasses import dataclass
from typing import TYPE_CHECKING

from casecli.scrub import validators
from casecli.scrub.titles import kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from casecli.scrub.report import Report
    from casecli.scrub.tokens import Tokens

_LONGEST_RECORD = 64 * 1024
_LONGEST_HEADER = 2048
_FEW = 4
_STRAYS = 3
_LENIENT = 5  # lines within which a table is likely all there is
_DIGIT = re.compile(rb"\d")
_DELIMITERS = b",;\t|"
_NOTHING = frozenset(rb"na n/a - -- ? yes no empty \n null".split())
# What else a cell must be, by the validator of the rules for that type.
_VALIDATORS = {
    "user": "user", "name": "person", "host": "host_name", "password": "secret",
    "secret": "strong_secret", "agent": "identifier", "connection": "identifier",
    "account": "identifier", "machine": "machine",
}  # fmt: skip

# What headers and a letter's last words are made of; few have other digits.
_PLAIN = bytes(
    byte
    for byte in range(256)
    if byte >= 0x80 or chr(byte).isalpha() or byte in b' _"`#*.-/()%+?@,;\t|\r12'  # noqa: PLR2004 - ASCII ends
)
_BEFORE = 200
_DUMPS = (b"INTO ", b"into ", b"COPY ", b"copy ")
_ROW = re.compile(rb"[ \t\r\n,]*\(")
_DUMPED = re.compile(
    rb"(?im)[^\n]{0,200}?\b(?:(?P<copy>copy)|(?:insert|replace)[ ](?:ignore[ ])?into)"
    rb"[ ]+(?:only[ ])?[\w.`\"\[\]]+[ ]*\((?P<columns>[^()\n]{1,2000})\)[ ]*"
    rb"(?(copy)from[ ]+stdin[^\n]*\n|values?(?P<rows>[ ]*(?:\n|(?=\())))"
)
_SQL = re.compile(rb"(?i)(?:select|alter|create|drop|update|delete|grant|insert)[ ]")
_VALUES = re.compile(rb"[\d@]")  # hardly in titles, and nearly always in a row
_DEGREES = re.compile(rb"(?:[+-]?\d{1,3}[.,]\d{1,15}|null|\\N|-)?")
_CELL = re.compile(
    rb"[ ]*(?:n?'(?:[^'\\]|''|\\.)*'|[^,'()]*(?:\([^()]*\))?)[ ]*", re.DOTALL
)
_AN_ID = re.compile(rb"[A-Z]{0,4}-?\d{5,14}")  # where a customer's name may stand too
_RULED = re.compile(rb"[ |+=:\-]*[+=|\-][ |+=:\-]*")
_WORD = re.compile(rb"\S+")
_APART = re.compile(rb"\S+(?: \S+)*")
_CLOSING = re.compile(
    (
        r"(?i)[> \t]{0,8}(?:(?:(?:with )?(?:best|kind|kindest|warm|many|my best) )?"
        r"(?:regards|wishes)|(?:many )?thanks(?: (?:and|&) regards| again)?|thank you"
        r"|cheers|rgds|kr|br|lg|vg|(?:yours )?(?:sincerely|faithfully|truly)|yours"
        r"|signed|sent by|mfg|mvh|(?:mit )?(?:besten?|vielen?|herzlichen?|liebe"
        r"|freundlichen?|schöne) (?:grüßen?|grüssen?|dank)"
        r"|(?:bien )?cordialement|bien à vous|(?:un )?(?:cordial )?saludos?"
        r"(?: cordiales)?|atentamente|(?:cordiali|distinti) saluti"
        r"|(?:met vriendelijke )?groet(?:en|jes)?|(?:med )?vänliga? hälsningar?"
        r"|(?:med )?venlig hilsen"
        r"|atenciosamente|obrigad[oa]|pozdrawiam)[,!.]{0,2}[ \t]*\r?\n"
    ).encode()
)
_NAME = r"[A-Z\u00c0-\u00dd\u0141\u015a\u0160\u017d\u010c][\w'\u2019.-]*"
_OF = "van|von|de|der|den|da|di|la|le|bin|al|el"
_SIGNED = re.compile(
    rf"[> \t]{{0,8}}-{{0,2}} ?({_NAME}(?:[ ](?:{_OF})|[ ]{_NAME}){{0,4}})[ \t]*,?\r?\n?"
)


@dataclass(slots=True)
class _Header:
    """What a header says: the columns that are personal, and how rows are written."""

    form: str  # delimited, aligned, words, copy, insert or letter
    columns: dict[int, str]
    cells: int = 0
    delimiter: bytes = b""
    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    spaced: bool = True  # a blank may follow each delimiter
    strays: int = 0  # so many lines in a row may be none of the table's
    seen: int = 0
    proven: bool = False


class Table:
    """The personal columns of the tables in a text, replaced record by record."""

    def __init__(self, tokens: Tokens, report: Report) -> None:
        self._tokens, self._report = tokens, report
        self._header: _Header | None = None
        self._pending = b""
        self._in_long_line = False
        self._line = 1
        self._forms: dict[str, Callable[[_Header, bytes], bytes | None]] = {
            "delimited": self._delimited,
            "aligned": self._aligned,
            "words": self._worded,
            "copy": self._copied,
            "insert": self._inserted,
            "letter": self._letter,
        }

    def feed(self, data: bytes, *, last: bool = False) -> bytes:
        """Take a piece of text; give back what is ready, with cells replaced."""
        self._pending += data
        return b"".join(self._pieces(last=last))

    def _pieces(self, *, last: bool) -> Iterator[bytes]:
        data, at = self._pending, 0
        whole = len(data) if last else data.rfind(b"\n") + 1
        if self._in_long_line or (not whole and len(data) > _LONGEST_RECORD):
            at = data.find(b"\n") + 1 or len(data)
            self._in_long_line = not data.endswith(b"\n", 0, at)
            yield data[:at]
        hints: tuple[list[int], list[re.Match[bytes]]] | None = None
        while at < whole:
            if self._header is None:
                if hints is None:
                    hints = _plain_lines(data[:whole]), _dumps(data[:whole])
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
            self._line += data.count(b"\n", at, end)
            at = end
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
            self._header = _read(data[start:stop])
            if self._header is not None:
                lines = self._line + data.count(b"\n", at, start)
                self._header.strays += _STRAYS * (lines <= _LENIENT)
                return stop
        if dumped is None:
            return whole
        self._header = _dumped(dumped)
        return dumped.end()

    def _end(
        self, header: _Header, data: bytes, start: int, whole: int, *, last: bool
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

    def _delimited(self, header: _Header, record: bytes) -> bytes | None:
        line = record.rstrip(b"\r\n")
        if _RULED.fullmatch(line):
            return record
        cells = _cells(record, header.delimiter)
        spaced = line.count(header.delimiter + b" ") == len(cells) - 1 > 0
        if spaced and not header.spaced:
            return None  # prose, or a log
        more = header.strays and len(cells) > header.cells
        if len(cells) != header.cells and not more:
            header.seen += 1
            stays = header.proven and line and header.seen <= header.strays
            return record if stays else None
        if not _VALUES.search(record) and _is_header(cells, header):
            return None  # and the next table begins
        places = [n for n, kind in header.columns.items() if kind == "gps"]
        if any(not _DEGREES.fullmatch(cells[n].strip(b' "\r\n')) for n in places):
            return None
        header.proven, header.seen = True, 0
        for place, kind in header.columns.items():
            cells[place] = self._replaced(kind, cells[place])
        return header.delimiter.join(cells)

    def _aligned(self, header: _Header, record: bytes) -> bytes | None:
        """Replace in columns that are two blanks or more apart."""
        if _RULED.fullmatch(record.rstrip()):
            return record
        found = list(_parted(record, header.starts))
        if not _is_below(header, found):
            return None
        if header.cells == 2 and 0 in header.columns and kinds([found[0][0]]):  # noqa: PLR2004 - a key and its value
            return None
        return self._at(header, record, {match.start(): match for match in found})

    def _worded(self, header: _Header, record: bytes) -> bytes | None:
        """Replace in columns of words: by place where there are as many as titles."""
        found = list(_WORD.finditer(record))
        if 2 * len(found) < header.cells or not _is_below(header, found):
            return None
        if record == record.upper() and not any(48 <= byte < 58 for byte in record):  # noqa: PLR2004 - digits
            return None  # the next header
        cells = {match.start(): match for match in found}
        if len(found) == header.cells:
            cells = dict(zip(header.starts, found, strict=True))
        return self._at(header, record, cells)

    def _at(
        self, header: _Header, record: bytes, cells: dict[int, re.Match[bytes]]
    ) -> bytes:
        out, last = [], 0
        for place, kind in sorted(header.columns.items()):
            cell = cells.get(header.starts[place])
            if cell is not None:
                out += [record[last : cell.start()], self._replaced(kind, cell[0])]
                last = cell.end()
        return b"".join(out) + record[last:]

    def _copied(self, header: _Header, record: bytes) -> bytes | None:
        cells = record.split(b"\t")
        if record.startswith(b"\\.") or len(cells) != header.cells:
            return None
        for place, kind in header.columns.items():
            cells[place] = self._replaced(kind, cells[place])
        return b"\t".join(cells)

    def _inserted(self, header: _Header, record: bytes) -> bytes | None:
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

    def _letter(self, header: _Header, record: bytes) -> bytes | None:
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
        inner = cell.strip()
        if inner[:2].lower() == b"n'":
            inner = inner[1:]
        if len(inner) > 1 and inner[:1] == inner[-1:] and inner[:1] in {b'"', b"'"}:
            inner = inner[1:-1].strip()
        if not inner or inner.lower() in _NOTHING or self._tokens.find(inner):
            return cell
        kind = _better(kind, inner)
        accepts = validators.named(_VALIDATORS.get(kind, "filled"))
        if not kind or not accepts(inner, b"", b""):
            return cell
        kind = "host" if kind == "machine" else kind
        token = self._tokens.give(kind, inner)
        if self._report.wants(kind):
            self._report.show(kind, inner, token, self._line)
        self._report.findings[kind] += 1
        before, _, after = cell.partition(inner)
        return before + token + after


def _plain_lines(data: bytes) -> list[int]:
    """Give where lines begin that may be headers or a letter's end."""
    rest = data.translate(None, _PLAIN)
    if not rest.startswith(b"\n") and b"\n\n" not in rest:
        return []  # as nearly every log
    out, at = [], 0
    lines = data.split(b"\n")
    for line, left in zip(lines, rest.split(b"\n"), strict=True):
        if not left and 1 < len(line) < _LONGEST_HEADER:
            out.append(at)
        at += len(line) + 1
    return out


def _read(line: bytes) -> _Header | None:
    """Read a line as a header, if that is what it is."""
    if _CLOSING.fullmatch(line):
        return _Header("letter", {}, strays=2)
    text = line.rstrip(b"\r\n").removeprefix(b"\xef\xbb\xbf")
    counts = {bytes((each,)): text.count(each) for each in _DELIMITERS}
    delimiter = max(counts, key=lambda each: counts[each])
    if counts[delimiter]:
        cells = _cells(text, delimiter)
        titles = _titles(cells)
        prose = delimiter in b",;" and delimiter + b" " in text and len(cells) < _FEW
        alone = delimiter in b",;" and sum(map(bool, titles)) == 1
        columns = {} if prose or alone or _SQL.match(text) else kinds(titles)
        if not columns:
            return None
        spaced = delimiter in b"\t|" or delimiter + b" " in text
        return _Header("delimited", columns, len(cells), delimiter, spaced=spaced)
    if b"  " not in text.strip():
        return None
    form = "words" if text == text.upper() else "aligned"
    found = list(_WORD.finditer(text) if form == "words" else _apart_or_known(text))
    titles = [match[0].strip(b"%") for match in found]
    columns = kinds(titles)
    if form == "words":
        columns |= {
            place: kind
            for place, title in enumerate(titles)
            for kind in [_listed(title, titles)]
            if kind
        }
    if not columns or (form == "aligned" and _is_pair(titles, columns)):
        return None
    starts, ends = zip(*(match.span() for match in found), strict=True)
    return _Header(form, columns, len(found), starts=starts, ends=ends)


def _apart_or_known(text: bytes) -> Iterator[re.Match[bytes]]:
    """Find titles two blanks apart, or one where each word is a title of its own."""
    for match in _APART.finditer(text):
        words = match[0].split(b" ")
        if len(words) > 1 and all(kinds([word]) for word in words):
            yield from _WORD.finditer(text, match.start(), match.end())
        else:
            yield match


def _parted(record: bytes, starts: tuple[int, ...]) -> Iterator[re.Match[bytes]]:
    """Find cells two blanks apart, or one where the next column begins."""
    for match in _APART.finditer(record):
        at = match.start()
        for start in starts:
            if at < start < match.end() and record[start - 1 : start] == b" ":
                part = _APART.match(record, at, start - 1)
                if part is not None:
                    yield part
                at = start
        rest = _APART.match(record, at, match.end())
        if rest is not None:
            yield rest


def _is_pair(titles: list[bytes], columns: dict[int, str]) -> bool:
    """Tell `password   hunter2`, a key and its value, from the titles of columns."""
    if len(titles) != 2 or 0 not in columns:  # noqa: PLR2004 - a key and its value
        return False
    return columns[0] in {"password", "secret"} or _DIGIT.search(titles[1]) is not None


def _titles(cells: list[bytes]) -> list[bytes]:
    """Take the signs off that titles stand between."""
    return [cell.strip(b" #\r\n").strip(b'"`').strip() for cell in cells]


def _is_header(cells: list[bytes], header: _Header) -> bool:
    """Tell whether a row names columns itself, and as many of people's."""
    found = kinds(_titles(cells))
    return len(found) > 1 and 2 * len(found) >= len(header.columns)


def _is_below(header: _Header, cells: list[re.Match[bytes]]) -> bool:
    """Tell whether most titles have a cell that begins or ends where they do."""
    if len(cells) < 2 or cells[0].start() != header.starts[0]:  # noqa: PLR2004 - a table
        return False
    starts = {cell.start() for cell in cells}
    ends = {cell.end() for cell in cells}
    both = zip(header.starts, header.ends, strict=True)
    hits = sum(start in starts or end in ends for start, end in both)
    return 2 * hits > len(header.starts)


def _listed(title: bytes, titles: list[bytes]) -> str:
    """Say what a column of a program's listing holds, by its companions too."""
    if title in {b"NAME", b"NODE", b"HOST"}:
        nodes = {b"ROLES", b"CPU%", b"INTERNAL-IP"}  # what else is listed are pods
        return "machine" if title != b"NAME" or not nodes.isdisjoint(titles) else ""
    if title == b"FROM" and b"TTY" in titles:
        return "machine"
    return "user" if title == b"UID" and b"PID" in titles else ""


def _dumps(data: bytes) -> list[re.Match[bytes]]:
    """Find each COPY and INSERT that names its columns."""
    found: list[re.Match[bytes]] = []
    places: list[int] = []
    for word in _DUMPS:
        place = data.find(word)
        while place >= 0:
            places.append(place)
            place = data.find(word, place + 1)
    done = 0
    for place in sorted(places):
        begin = max(data.rfind(b"\n", 0, place) + 1, place - _BEFORE, done)
        match = _DUMPED.match(data, begin) if begin <= place else None
        if match:
            found.append(match)
            done = match.end()
    return found


def _dumped(match: re.Match[bytes]) -> _Header | None:
    """Read the columns a dump names."""
    titles = [each.strip(b' `"[]') for each in match["columns"].split(b",")]
    form = "copy" if match["copy"] else "insert"
    columns = kinds(titles)
    return _Header(form, columns, len(titles)) if columns else None


def _cells(record: bytes, delimiter: bytes) -> list[bytes]:
    """Split a record into cells as they are written, quotes and all."""
    if b'"' not in record:
        return record.split(delimiter)
    cells, open_ = [b""], False
    for piece in re.split(b'(["' + re.escape(delimiter) + b"])", record):
        if piece == b'"':
            open_ = not open_
        elif piece == delimiter and not open_:
            cells.append(b"")
            continue
        cells[-1] += piece
    return cells


def _better(kind: str, value: bytes) -> str:
    """Say what a cell holds where its column is about another type, "" for nothing."""
    few, many = 3, 15
    digits = sum(byte in b"0123456789" for byte in value)
    if kind == "name" and _AN_ID.fullmatch(value):
        return "account"
    if kind == "phone" and not few <= digits <= many:
        return ""
    if kind == "birth" and not digits:
        return ""
    if kind in {"email", "user"} and b"@" in value:
        return "email" if b"." in value.rpartition(b"@")[2] else "user"
    if kind == "email":
        return ""
    return kind
