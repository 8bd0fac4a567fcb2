"""Headers: lines that name the columns below them, and those that end a letter.

Those of CSV, of tables drawn or aligned in a terminal, of COPY and INSERT in a dump,
of a query that a client prints no titles for, of one that prints a column a line, and
of HTML; "Best regards" is the header of a column of one cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain

from casecli.scrub.rule import Expression
from casecli.scrub.titles import kinds

_LONGEST_HEADER = 4096  # a Cisco CDR names some 130 columns
_FEW = 4
_DIGIT = re.compile(rb"\d")
_NO_TITLE = re.compile(rb"[._@/:]")
_DELIMITERS = b",;\t|"
# What headers and a letter's last words are made of; few have other digits.
_PLAIN = Expression(
    rb"^(?:[#a-zA-Z][\w .\-]{0,40}: )?"
    rb"[a-zA-Z\x80-\xff _\"`#*.\-/()%%+?@,;\t|\r1246]{2,%d}+(?![^\n])"
    % (_LONGEST_HEADER - 1),
    flags=re.MULTILINE,
)
_TOLD = re.compile(rb"[#a-zA-Z][\w .\-]{0,40}: ")
_BEFORE = 200
_MOST_TITLES = 200
# Each by itself is looked for five times as fast as both at once.
_DUMPS = (
    Expression(rb"into[ ]", re.IGNORECASE),
    Expression(rb"copy[ ]", re.IGNORECASE),
    Expression(rb"select[ ]", re.IGNORECASE),
    Expression(rb"<th[ >]", re.IGNORECASE),
    Expression(rb"\[[ ][a-z\x80-\xff]+[ ]\d+[ ]\]", re.IGNORECASE),
    Expression(rb"[*][ ]\d+[.][ ]row[ ][*]"),
)
_DUMPED = re.compile(
    rb"(?im)[^\n]{0,200}?\b(?:(?P<copy>copy)|(?:insert|replace)[ ](?:ignore[ ])?into)"
    rb"[ ]+(?:only[ ])?[\w.`\"\[\]]+[ ]*\((?P<columns>[^()\n]{1,2000})\)[ ]*"
    rb"(?(copy)from[ ]+stdin[^\n]*\n|values?(?P<rows>[ ]*(?:\n|(?=\())))"
)
# A query typed at a client, a column a line (psql -x, mysql with \\G), a table of HTML.
_BEGUN = re.compile(
    rb"(?im)(?:[ \t]*(?P<prompt>[\w.()\[\]:@~/ \-]{0,60}[>#$%]+[ ]*"
    rb"(?:[\w./ @:=\-]{1,160}[\"'])?)?"
    rb"select[ ]+(?:distinct[ ]+|top[ ]+\d+[ ]+)?(?P<select>[\w.,`\"\[\] ]{3,1000}?)"
    rb"[ ]+from[ ][^\n]*\n"
    rb"|[ \t]*(?P<pairs>(?:-|\xe2\x94\x80)\[ [^\]\n]{3,24} \d+ \][^\n]*\n"
    rb"|\*{5,} \d+\. row \*{5,}[^\n]*\n)"
    rb"|(?P<html>[^\n]{0,200}?(?=<th[ >])))"
)
_ALIAS = re.compile(rb"(?i)(?:.* )?[`\"\[]?(?:[\w`\"\[\]]+\.)?[`\"\[]?(\w+)[`\"\]]?")
# As wide as the columns: SQL*Plus, sqlcmd and exchanges print it below their titles.
_RULER = re.compile(rb"[ \t]*-{2,}(?:[ \t]+-+)+\s*")
_DASHES = re.compile(rb"-+")
# What a letter of UTF-8 goes on with, and what it begins with.
_FOLLOWING = re.compile(rb"[\x80-\xbf]+")
_LETTER = re.compile(rb"[^\x80-\xbf]")
_SQL = re.compile(rb"(?i)(?:select|alter|create|drop|update|delete|grant|insert)[ ]")
WORD = re.compile(rb"\S+")
_APART = re.compile(rb"\S+(?: \S+)*")
# What is written in several words, so that one blank ends no cell.
_SEVERAL = frozenset(("name", "address"))
_OF_TWO = frozenset(("name", "agent", "login", "connection"))
_ONE_BLANK = re.compile(rb"\S \S")
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


@dataclass(slots=True)
class Header:
    """What a header says: the columns that are personal, and how rows are written."""

    form: str  # delimited, aligned, words, ruled, copy, insert, query, …
    columns: dict[int, str]
    cells: int = 0
    delimiter: bytes = b""
    prefix: bytes = b""  # what stands before the first title, and may before a cell
    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    line: bytes = b""
    spaced: bool = True  # a blank may follow each delimiter
    strays: int = 0  # so many lines in a row may be none of the table's
    seen: int = 0
    proven: bool = False
    titles: list[bytes] = field(default_factory=list)
    beside: list[bytes] = field(default_factory=list)  # titles in this row of HTML

    def kind_below(self, title: bytes) -> str:
        """Say what a column holds, beside those that were named before."""
        if title not in self.titles:
            self.titles = [*self.titles[-_MOST_TITLES:], title]
            self.columns = kinds(self.titles)
        return self.columns.get(self.titles.index(title), "")


def plain_lines(data: bytes, stop: int) -> list[int]:
    """Give where lines begin that may be headers or a letter's end."""
    return [match.start() for match in _PLAIN.compiled.finditer(data, 0, stop)]


def read_header(line: bytes) -> Header | None:
    """Read a line as a header, if that is what it is."""
    if _CLOSING.fullmatch(line):
        return Header("letter", {}, strays=2)
    text = line.rstrip(b"\r\n").removeprefix(b"\xef\xbb\xbf")
    counts = {bytes((each,)): text.count(each) for each in _DELIMITERS}
    delimiter = max(counts, key=lambda each: counts[each])
    if counts[delimiter]:
        told = _TOLD.match(text)
        prefix = told[0] if told else b""
        cells = split_record(text.removeprefix(prefix), delimiter)
        titles = _titles(cells)
        if delimiter == b"|" and (_describes(titles) or _explains(cells)):
            return None
        prose = delimiter in b",;" and delimiter + b" " in text and len(cells) < _FEW
        alone = delimiter in b",;" and sum(map(bool, titles)) == 1
        read = _printed if delimiter == b"|" else kinds
        columns = {} if prose or alone or _SQL.match(text) else read(titles)
        if not columns:
            return None
        spaced = delimiter in b"\t|" or delimiter + b" " in text
        return Header(
            "delimited", columns, len(cells), delimiter, prefix=prefix, spaced=spaced
        )
    if b"  " not in text.strip():
        return None
    words = text == text.upper() and not any(map(_of_two, _APART.findall(text)))
    form = "words" if words else "aligned"
    found = list(WORD.finditer(text) if form == "words" else _apart_or_known(text))
    titles = [match[0].strip(b"%") for match in found]
    columns = _printed(titles)
    if not columns or (form == "aligned" and _is_pair(titles, columns)):
        return None
    if len(titles) == 2 and text[:1] in {b" ", b"\t"} and b"_" in titles[0]:  # noqa: PLR2004 - a key and its value
        return None
    if not _SEVERAL.isdisjoint(columns.values()) and not _ONE_BLANK.search(text):
        form = "aligned"
    starts, ends = zip(*(match.span() for match in found), strict=True)
    return Header(form, columns, len(found), starts=starts, ends=ends, line=text)


def read_ruled(above: bytes, ruler: bytes) -> Header | None:
    """Read a line as titles, by the dashes below that are as wide as the columns."""
    if not _RULER.fullmatch(ruler) or not above.strip():
        return None
    starts = tuple(match.start() for match in _DASHES.finditer(ruler))
    titles = [cell.strip().strip(b"%") for cell in sliced(above, starts)]
    columns = _printed(titles)
    if not columns:
        return None
    return Header("ruled", columns, len(titles), starts=starts)


def sliced(record: bytes, starts: tuple[int, ...]) -> list[bytes]:
    """Cut a record where columns start, counted in letters; [] if that cuts words."""
    text = record.decode("utf-8", "surrogateescape")
    if any(text[start - 1 : start].strip() for start in starts[1:]):
        return []
    places = zip((0, *starts[1:]), (*starts[1:], len(text)), strict=True)
    return [text[low:high].encode("utf-8", "surrogateescape") for low, high in places]


def _apart_or_known(text: bytes) -> Iterator[re.Match[bytes]]:
    """Find titles two blanks apart, or one where each word is a title of its own."""
    for match in _APART.finditer(text):
        words = match[0].split(b" ")
        if len(words) > 1 and all(kinds([word]) for word in words):
            yield from WORD.finditer(text, match.start(), match.end())
        else:
            yield match


def _of_two(title: bytes) -> bool:
    """Tell whether a title of several words is one: LOGIN ID, AGENT NAME."""
    return b" " in title and not _OF_TWO.isdisjoint(kinds([title]).values())


def find_dumps(data: bytes, stop: int) -> list[re.Match[bytes]]:
    """Find each COPY and INSERT that names its columns, as far as `stop`."""
    found: list[re.Match[bytes]] = []
    done = 0
    words = chain.from_iterable(
        each.compiled.finditer(data, 0, stop) for each in _DUMPS
    )
    for place in sorted(match.start() for match in words):
        begin = max(data.rfind(b"\n", 0, place) + 1, place - _BEFORE, done)
        match = None
        if begin <= place:
            match = _DUMPED.match(data, begin, stop) or _BEGUN.match(data, begin, stop)
        if match:
            found.append(match)
            done = match.end()
    return found


def read_dump(match: re.Match[bytes]) -> Header | None:
    """Read the columns a dump or a query names; others name them as they go."""
    if match.re is _BEGUN:
        return _read_begun(match)
    titles = [each.strip(b' `"[]') for each in match["columns"].split(b",")]
    form = "copy" if match["copy"] else "insert"
    columns = kinds(titles)
    return Header(form, columns, len(titles)) if columns else None


def _read_begun(match: re.Match[bytes]) -> Header | None:
    if match["pairs"]:
        return Header("pairs", {}, delimiter=b":" if b"*" in match["pairs"] else b"|")
    if match["select"] is None:
        return Header("html", {})
    found = [_ALIAS.fullmatch(each.strip()) for each in match["select"].split(b",")]
    titles = [each[1] if each else b"" for each in found]
    columns = kinds(titles) if len(titles) > 1 and all(titles) else {}
    if not columns:
        return None
    spaced = match["prompt"] is not None
    return Header("query", columns, len(titles), spaced=spaced, titles=titles)


def _is_pair(titles: list[bytes], columns: dict[int, str]) -> bool:
    """Tell `password   hunter2`, a key and its value, from the titles of columns."""
    if len(titles) != 2 or 0 not in columns:  # noqa: PLR2004 - a key and its value
        return False
    if columns[0] in {"password", "secret"} or _DIGIT.search(titles[1]):
        return True
    return 1 not in columns and _NO_TITLE.search(titles[1]) is not None


def _describes(titles: list[bytes]) -> bool:
    """Tell a column's description, `date_of_birth | date | YES`, from titles."""
    words = [title.lower() for title in titles if title]
    if len(words) < 2 or words[1] not in _SQL_TYPES | _SQL_OR_TITLE:  # noqa: PLR2004 - a column and its type
        return False
    told = not _SQL_NULLS.isdisjoint(words[2:]) or b"" in titles[2:-1]
    return told or words[1] in _SQL_TYPES


# What is told of machines and of nothing else, beside their names.
_OF_MACHINES = frozenset(
    (
        b"Uptime",
        b"MemoryAssigned(M)",
        b"DNSHostName",
        b"OperatingSystem",
        b"PowerState",
        b"IQN",
        b"WWN",
        b"Flavor",
        b"Networks",
        b"Power State",
        b"IPAddress",
        b"NumCpu",
        b"VMHost",
        b"Operating System",
        b"OS Version",
    )
)


def _explains(cells: list[bytes]) -> bool:
    """Tell a setting and what it means, "| `login` | whose |", from titles."""
    coded = {cell.strip().startswith(b"`") for cell in cells if cell.strip()}
    return len(coded) > 1


_SQL_NULLS = frozenset(
    (b"yes", b"no", b"null", b"not null", b"nullable", b"true", b"false")
)
_SQL_TYPES = frozenset(
    b"""varchar nvarchar varchar2 nvarchar2 integer int bigint smallint tinyint boolean
    bool numeric decimal jsonb bytea citext longtext mediumtext""".split()
) | {
    b"character varying",
    b"double precision",
    b"timestamp with time zone",
    b"timestamp without time zone",
}
_SQL_OR_TITLE = frozenset(
    b"date text datetime timestamp uuid json char inet string".split()
)


def _titles(cells: list[bytes]) -> list[bytes]:
    """Take the signs off that titles stand between."""
    return [cell.strip(b" #\r\n").strip(b'"`').strip() for cell in cells]


def _printed(titles: list[bytes]) -> dict[int, str]:
    """Say what columns hold that a program prints."""
    told = ((place, _listed(title, titles)) for place, title in enumerate(titles))
    return kinds(titles) | {place: kind for place, kind in told if kind}


def _listed(title: bytes, titles: list[bytes]) -> str:
    """Say what a column of a program's listing holds, by its companions too."""
    if title in {b"NAME", b"NODE", b"HOST"}:
        nodes = {b"ROLES", b"CPU%", b"INTERNAL-IP"}  # what else is listed are pods
        return "machine" if title != b"NAME" or not nodes.isdisjoint(titles) else ""
    if title in {b"Name", b"name", b"VMName"} and not _OF_MACHINES.isdisjoint(titles):
        return "machine"
    if title == b"FROM" and b"TTY" in titles:
        return "machine"
    return "user" if title == b"UID" and b"PID" in titles else ""


def is_header(cells: list[bytes], header: Header) -> bool:
    """Tell whether a row names columns itself, and as many of people's."""
    found = kinds(_titles(cells))
    return len(found) > 1 and 2 * len(found) >= len(header.columns)


def is_below(header: Header, cells: list[re.Match[bytes]]) -> bool:
    """Tell whether most titles have a cell that begins or ends where they do."""
    if len(cells) < 2 or cells[0].start() != header.starts[0]:  # noqa: PLR2004 - a table
        return False
    starts = {cell.start() for cell in cells}
    ends = {cell.end() for cell in cells}
    both = zip(header.starts, header.ends, strict=True)
    hits = sum(start in starts or end in ends for start, end in both)
    return 2 * hits > len(header.starts)


def narrow(header: Header, record: bytes) -> tuple[Header, bytes, list[int]]:
    """Count letters instead of bytes; say too where each stands in the record."""

    def letters(places: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(len(_FOLLOWING.sub(b"", header.line[:at])) for at in places)

    return (
        replace(header, starts=letters(header.starts), ends=letters(header.ends)),
        _FOLLOWING.sub(b"", record),
        [match.start() for match in _LETTER.finditer(record)] + [len(record)],
    )


def parted(record: bytes, starts: tuple[int, ...]) -> Iterator[re.Match[bytes]]:
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


def split_record(record: bytes, delimiter: bytes) -> list[bytes]:
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
