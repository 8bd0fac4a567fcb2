"""Mails from a vendor, read with suspicion.

A mail is from anybody and may be anything: too large, nested without end, in a charset
that does not exist, with file names that lead elsewhere. What can be read is read, what
cannot is kept as a file, and nothing in it is obeyed.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from casecli.domain.errors import BadInput
from casecli.domain.text import flat_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from email.message import Message

LARGEST = 50 * 1024 * 1024
LONGEST_TEXT = 200_000
LONGEST_LINE = 300
MOST_PARTS = 500

_MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,250}>")
_TAG = re.compile(r"<(!--|/?[a-zA-Z][a-zA-Z0-9]{0,20}|[!?])")
_HIDDEN = {
    "script": "</script",
    "style": "</style",
    "head": "</head|<body",
    "title": "</title",
    "template": "</template",
}
_BREAKS = ("br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "blockquote", "pre")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailedFile:
    """A file that came in a mail, under a name that is safe in any folder."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMail:
    """A mail as far as it could be read; `at` is None where it names no time.

    `id` is its Message-ID, or the digest of its bytes where that is none; `notes` say
    what was left out of `text`.
    """

    id: str
    at: datetime | None
    author: str
    subject: str
    text: str
    raw: bytes
    files: tuple[MailedFile, ...] = ()
    notes: tuple[str, ...] = ()

    def names(self, number: str) -> bool:
        """Tell whether a number stands in the subject or the text, as a word."""
        word = re.compile(rf"(?<![\w-]){re.escape(number)}(?![\w-])")
        return any(word.search(each) for each in (self.subject, self.text))


def read_mail(raw: bytes) -> ReceivedMail:
    """Read a mail as it was saved: one .eml file.

    Raises:
        BadInput: it is too large, nested too deeply, or no mail at all.
    """
    from email import message_from_bytes
    from email.policy import compat32

    if len(raw) > LARGEST:
        raise BadInput(f"the mail has {len(raw)} bytes, over {LARGEST}")
    try:
        message = message_from_bytes(raw, policy=compat32)
        text, files, notes = _body(_parts(message))
    except RecursionError as error:
        raise BadInput("the mail is nested too deeply to be read") from error
    if not (message["from"] or message["message-id"] or message["date"]):
        raise BadInput(
            "this is no mail: it says neither who wrote it nor when",
            "save the answer as .eml, headers and all",
        )
    return ReceivedMail(
        id=_id_of(message, raw),
        at=_time(message),
        author=_line(message, "from") or "unknown",
        subject=_line(message, "subject"),
        text=text,
        raw=raw,
        files=files,
        notes=notes,
    )


def _parts(message: Message) -> list[Message]:
    """List what a mail is made of, in order; a mail inside it is one part."""
    found: list[Message] = []
    waiting = [message]
    while waiting:
        part = waiting.pop()
        # get_payload() of a leaf decodes, and fails where nobody has to look yet
        inner = part.get_payload() if part.is_multipart() else None
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting += [each for each in reversed(inner) if not isinstance(each, str)]
        else:
            found.append(part)
        if len(found) > MOST_PARTS:
            raise BadInput(f"the mail has more than {MOST_PARTS} parts")
    return found


def _body(
    parts: list[Message],
) -> tuple[str, tuple[MailedFile, ...], tuple[str, ...]]:
    plain: list[str] = []
    rich: list[str] = []
    files: list[MailedFile] = []
    for n, part in enumerate(parts, 1):
        kind = part.get_content_type()
        attached = part.get_filename() or part.get_content_disposition() == "attachment"
        if kind == "text/plain" and not attached:
            plain.append(_decoded(part))
        elif kind == "text/html" and not attached:
            rich.append(_decoded(part))
        else:
            files.append(MailedFile(name=_name(part, n), content=_bytes(part)))
    notes = []
    text = "\n\n".join(filter(None, (each.strip() for each in plain)))
    if not text and rich:
        text = "\n\n".join(filter(None, map(_untagged, rich)))
        notes.append("the mail is HTML only; its text was taken out")
    text, quoted = _without_quote(text)
    if quoted:
        notes.append("what it quotes at its end was left out")
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT]
        notes.append(f"its text was cut after {LONGEST_TEXT} characters")
    return text, _told_apart(files), tuple(notes)


def _without_quote(text: str) -> tuple[str, bool]:
    """Take off a quotation that ends the mail, unless it is all there is."""
    lines = text.rstrip().split("\n")
    kept = len(lines)
    while kept and lines[kept - 1].startswith(">"):
        kept -= 1
    if kept == len(lines):
        return text, False
    while kept and not lines[kept - 1].strip():
        kept -= 1
    if kept and lines[kept - 1].rstrip().endswith(":"):
        kept -= 1
    own = "\n".join(lines[:kept]).rstrip()
    return (own, True) if own else (text, False)


def _told_apart(files: list[MailedFile]) -> tuple[MailedFile, ...]:
    """Give every file a name of its own."""
    taken: set[str] = set()
    apart = []
    for n, each in enumerate(files, 1):
        name = each.name
        if name.lower() in taken:
            name = f"{n}-{name}"
        taken.add(name.lower())
        apart.append(MailedFile(name=name, content=each.content))
    return tuple(apart)


def _name(part: Message, n: int) -> str:
    try:
        told = _decoded_words((part.get_filename() or "")[-LONGEST_LINE:])
    except (LookupError, ValueError, TypeError):
        told = ""
    if not told and part.get_content_type() == "message/rfc822":
        told = f"mail-{n}.eml"
    return flat_name(told, n)


def _bytes(part: Message) -> bytes:
    """Give what is in a part; nothing where it cannot be had, the mail is kept."""
    try:
        if part.is_multipart():
            inner = part.get_payload()
            return b"\n".join(e.as_bytes() for e in inner if not isinstance(e, str))
        found = part.get_payload(decode=True)
    except (LookupError, ValueError, TypeError, AttributeError):
        return b""
    return found if isinstance(found, bytes) else b""


def _decoded(part: Message) -> str:
    raw = _bytes(part)
    try:
        text = raw.decode(part.get_content_charset("utf-8"))
    except (LookupError, ValueError):
        text = raw.decode("utf-8", "replace")
    return _clean(text)


def _clean(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return text.encode("utf-8", "replace").decode("utf-8")


def _line(message: Message, name: str) -> str:
    """Give a header on one line, whatever it is encoded in."""
    raw = message[name]
    if raw is None:
        return ""
    return " ".join(_decoded_words(str(raw)).split())[:LONGEST_LINE]


def _decoded_words(raw: str) -> str:
    from email.errors import HeaderParseError
    from email.header import decode_header

    try:
        pieces = decode_header(raw[: 8 * LONGEST_LINE])
    except (HeaderParseError, ValueError):
        return _clean(raw)
    return _clean("".join(_piece(text, charset) for text, charset in pieces))


def _piece(text: bytes | str, charset: str | None) -> str:
    if isinstance(text, str):
        return text
    try:
        return text.decode(charset or "ascii", "replace")
    except LookupError:
        return text.decode("utf-8", "replace")


def _time(message: Message) -> datetime | None:
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(str(message["date"]))
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _id_of(message: Message, raw: bytes) -> str:
    told = str(message["message-id"] or "").strip()
    if _MESSAGE_ID.fullmatch(told):
        return told
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def _untagged(html: str) -> str:
    """Take the words out of HTML; nothing in it is fetched or run.

    Every step moves on; the library's parser takes quadratic time on hostile input.
    """
    from html import unescape

    words: list[str] = []
    at = 0
    while (tag := _TAG.search(html, at)) is not None:
        words.append(html[at : tag.start()])
        name = tag[1].lower().lstrip("/")
        if tag[1] == "!--":
            end = html.find("-->", tag.end())
            at = end + 3
        elif tag[1].lower() in _HIDDEN:
            close = re.compile(_HIDDEN[name], re.IGNORECASE).search(html, tag.end())
            end = at = close.start() if close else -1
        else:
            end = html.find(">", tag.end())
            at = end + 1
        if name in _BREAKS:
            words.append("\n")
        if end < 0:
            break
    else:
        words.append(html[at:])
    text = "".join(words)
    with suppress(ValueError):  # a number of thousands of digits
        text = unescape(text)
    return "\n".join(_folded(_clean(text))).strip()


def _folded(text: str) -> Iterator[str]:
    """Give the lines of a text, runs of blanks as one and of empty lines as one."""
    empty = True
    for line in text.split("\n"):
        plain = " ".join(line.split())
        if plain or not empty:
            yield plain
        empty = not plain
