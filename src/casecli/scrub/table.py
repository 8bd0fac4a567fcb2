"""Tables: the header of a CSV file says what its columns hold.

Rules look at lines, and `Beatrix Hoorn,1984-02-29` says nothing about itself. Where one
of the first lines is a header that names personal columns, their cells are replaced
before the rules see the line; everything else in it is the rules' business.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from casecli.scrub import validators

if TYPE_CHECKING:
    from collections.abc import Iterator

    from casecli.scrub.report import Report
    from casecli.scrub.tokens import Tokens

_LOOKED_AT = 5  # lines among which a header may be
_HEAD = 16 * 1024
_LONGEST_RECORD = 64 * 1024
_DELIMITERS = b",;\t|"
_TITLE = re.compile(rb"[^\W\d][\w .\-/#()\x80-\xff]{0,40}")
# Titles with only letters kept. Those that say little alone need a companion.
_ALWAYS = {
    "name": """firstname lastname fullname surname givenname familyname middlename
        customername contactname callername patientname employeename displayname
        cardholder accountholder vorname nachname kundenname prénom prenom nomdefamille
        nombre apellido apellidos 氏名 姓 名""",
    "email": "email emailaddress mail mailaddress emails courriel correo",
    "phone": """phone phonenumber mobile mobilephone cell cellphone telephone msisdn fax
        homephone workphone phoneno telefon handy telefonnummer téléphone telefono
        ani dnis callingnumber callednumber callerid 電話番号""",
    "birth": """dob dateofbirth birthdate birthday birth geburtsdatum geboren
        datedenaissance fechadenacimiento 生年月日""",
    "ssn": """ssn socialsecuritynumber socialsecurity nationalid passport passportnumber
        taxid nino cpf dni pesel aadhaar personnummer driverslicense""",
    "user": """user username login loginname userid accountname samaccountname
        logonname benutzer benutzername utilisateur usuario""",
    "password": "password passwd pwd passphrase kennwort passwort motdepasse",
    "secret": "secret token apikey accesskey secretkey accesstoken clientsecret",
    "agent": "agentid agent agentlogin employeeid employeenumber badge badgeid",
    "connection": """connid connectionid callid calluuid interactionid conversationid
        ucid""",
    "address": """address streetaddress homeaddress street billingaddress
        shippingaddress mailingaddress postaladdress anschrift strasse straße adresse
        addressline addressline1 direccion 住所""",
    "host": "hostname host computername servername machinename",
    "account": "accountnumber kontonummer iban cardnumber creditcard mrn patientid",
}
_IN_COMPANY = {
    "name": "name customer contact caller patient person nom kunde",
    "address": "city zip zipcode postcode postalcode plz ort ville",
}
_ROWS_OF_PEOPLE = frozenset(("name", "email", "phone", "birth", "ssn", "address"))
_KINDS = {word: kind for kind, text in _ALWAYS.items() for word in text.split()}
_COMPANIONS = {
    word: kind for kind, text in _IN_COMPANY.items() for word in text.split()
}
_NOTHING = frozenset(b"na - -- ? yes no empty".split())
# What else a cell must be, by the validator of the rules for that type.
_VALIDATORS = {
    "user": "user", "name": "person", "host": "host_name", "password": "secret",
    "secret": "strong_secret", "agent": "identifier", "connection": "identifier",
    "account": "identifier",
}  # fmt: skip


class Table:
    """The personal columns of a text with a header, replaced record by record."""

    def __init__(self, tokens: Tokens, report: Report) -> None:
        self._tokens, self._report = tokens, report
        self._columns: dict[int, str] = {}
        self._delimiter = b""
        self._pending = b""
        self._looked = False
        self._line = 1

    def feed(self, data: bytes, *, last: bool = False) -> bytes:
        """Take a piece of text; give back what is ready, with cells replaced."""
        if self._looked and not self._columns:
            return data
        self._pending += data
        if not self._looked and not last and not self._enough():
            return b""
        return self._given(last=last)

    def ready(self) -> bytes:
        """Give what can be said already where the input has paused."""
        known = self._looked or b"\n" in self._pending
        return self._given(last=False) if known else b""

    def _enough(self) -> bool:
        lines = self._pending.count(b"\n")
        return lines > _LOOKED_AT or len(self._pending) >= _HEAD

    def _given(self, *, last: bool) -> bytes:
        out = b"" if self._looked else self._header()
        if not self._columns:
            rest, self._pending = self._pending, b""
            return out + rest
        return out + b"".join(self._records(last=last))

    def _header(self) -> bytes:
        """Look for a header; give the lines up to its end."""
        self._looked = True
        lines = self._pending[:_HEAD].splitlines(keepends=True)
        for place, line in enumerate(lines[:_LOOKED_AT]):
            row = lines[place + 1] if place + 1 < len(lines) else b""
            found = _columns(line.removeprefix(b"\xef\xbb\xbf"), row)
            if found is not None:
                self._delimiter, self._columns = found
                before = b"".join(lines[: place + 1])
                self._pending = self._pending[len(before) :]
                self._line += place + 1
                return before
        return b""

    def _records(self, *, last: bool) -> Iterator[bytes]:
        """Replace in whole records; a quoted cell may hold line breaks."""
        data, start = self._pending, 0
        while start < len(data):
            end = self._end(data, start)
            if end < 0 and len(data) - start > _LONGEST_RECORD:
                end = data.find(b"\n", start) + 1 or len(data)  # a stray quote
            if end < 0 and not last:
                break
            end = len(data) if end < 0 else end
            yield self._record(data[start:end])
            self._line += data.count(b"\n", start, end)
            start = end
        self._pending = data[start:]

    def _end(self, data: bytes, start: int) -> int:
        end = data.find(b"\n", start) + 1
        while end and data.count(b'"', start, end) % 2:
            end = data.find(b"\n", end) + 1
        return end or -1

    def _record(self, record: bytes) -> bytes:
        cells = _cells(record, self._delimiter)
        for place, kind in self._columns.items():
            if place < len(cells):
                cells[place] = self._replaced(kind, cells[place])
        return self._delimiter.join(cells)

    def _replaced(self, kind: str, cell: bytes) -> bytes:
        inner = cell.strip()
        if len(inner) > 1 and inner[:1] == inner[-1:] == b'"':
            inner = inner[1:-1].strip()
        if not inner or inner.lower() in _NOTHING or self._tokens.find(inner):
            return cell
        kind = _better(kind, inner)
        accepts = validators.named(_VALIDATORS.get(kind, "filled"))
        if not kind or not accepts(inner, b"", b""):
            return cell
        token = self._tokens.give(kind, inner)
        if self._report.wants(kind):
            self._report.show(kind, inner, token, self._line)
        self._report.findings[kind] += 1
        before, _, after = cell.partition(inner)
        return before + token + after


def _columns(line: bytes, row: bytes) -> tuple[bytes, dict[int, str]] | None:
    """Read a header: its delimiter, and what its personal columns hold."""
    counts = {bytes((each,)): line.count(each) for each in _DELIMITERS}
    delimiter = max(counts, key=lambda each: counts[each])
    if not counts[delimiter] or row.count(delimiter) < counts[delimiter]:
        return None
    titles = [cell.strip().strip(b'"').strip() for cell in _cells(line, delimiter)]
    if not all(_TITLE.fullmatch(title) or not title for title in titles):
        return None
    words = [_word(title) for title in titles]
    found = {n: _KINDS[word] for n, word in enumerate(words) if word in _KINDS}
    if not _ROWS_OF_PEOPLE.isdisjoint(found.values()):
        found |= {
            n: _COMPANIONS[word] for n, word in enumerate(words) if word in _COMPANIONS
        }
    return (delimiter, found) if found else None


def _word(title: bytes) -> str:
    text = title.decode("utf-8", "replace").casefold()
    return "".join(letter for letter in text if letter.isalnum())


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


def _digits(value: bytes) -> int:
    return sum(byte in b"0123456789" for byte in value)


def _better(kind: str, value: bytes) -> str:
    """Say what a cell holds where its column is about another type, "" for nothing."""
    few, many = 3, 15
    digits = _digits(value)
    if kind == "phone" and not few <= digits <= many:
        return ""
    if kind == "birth" and not digits:
        return ""
    if kind in {"email", "user"} and b"@" in value:
        return "email" if b"." in value.rpartition(b"@")[2] else "user"
    if kind == "email":
        return ""
    return kind
