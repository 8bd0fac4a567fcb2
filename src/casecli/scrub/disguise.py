"""Values in disguise: escaped, full-width, or broken up by invisible characters."""

from __future__ import annotations

import re
from array import array
from html.entities import name2codepoint
from urllib.parse import unquote_to_bytes

from casecli.scrub.rule import Exact, Expression, Rule

_UNSEEN = rb"\xe2\x80[\x8b-\x8f]|\xe2\x81[\xa0-\xa4]|\xef\xbb\xbf|\xc2\xad"
_WIDE = rb"\xef\xbc[\x81-\xbf]|\xef\xbd[\x80-\x9e]"
_BLANK = rb"\xc2\xa0|\xe2\x80[\x80-\x8a\xaf]"
_DASH = rb"\xe2\x80[\x90-\x95]|\xe2\x88\x92"
_ENCODED = rb"%[c-d][\da-f]%[89ab][\da-f]|%e[\da-f](?:%[89ab][\da-f]){2}"
_DISGUISE = re.compile(
    rb"(?i)(?P<unseen>%s)|(?P<wide>%s)|(?P<blank>%s)|(?P<dash>%s)|(?P<bytes>%s)"
    rb"|%%(?P<hex>[2-7][\da-f])|&\#(?P<number>\d{2,5});|&\#x(?P<code>[\da-f]{2,4});"
    rb"|&(?P<name>[a-z]{2,8});|\\{1,2}u(?P<unit>[\da-f]{4})|\\{1,2}x(?P<byte>[\da-f]{2})"
    % (_UNSEEN, _WIDE, _BLANK, _DASH, _ENCODED)
)
_LAST = 0x7F
_BLANKS = {ord(" "), 0xA0}  # one that breaks no line
_BACKSLASH = ord("\\")

# Escapes of what separates the parts of a value, or of letters and digits themselves;
# too many of them, since each digit is a 0 where anchors are looked for.
RULE = Rule(
    id="disguise",
    type="word",
    anchors=(
        rb"\xe2\x80[\x80-\x95\xaf]",
        rb"\xe2\x81[\xa0-\xa4]",
        rb"\xe2\x88\x92",
        rb"\xef\xbb\xbf",
        rb"\xc2[\xa0\xad]",
        rb"\xef\xbc[\x81-\xbf]",
        rb"\xef\xbd[\x80-\x9e]",
        rb"%0[0a-f]",
        rb"%[c-e][0a-f]%",
        rb"&#0{2,5};",
        rb"&#x[0a-f]{2,4};",
        rb"&[a-z]{2,8};",
        rb"\\u[0a-f]{4}",
        rb"\\x0[0a-f]",
    ),
    exacts=(Exact(pattern=Expression(b"(?P<value>$a)")),),
    examples=("bob%40acme.com",),
)


def plain_view(line: bytes) -> tuple[bytes, array[int]]:
    """Give a line as a reader sees it, and where each byte of that came from."""
    out = bytearray()
    at = array("l")
    last = 0
    for match in _DISGUISE.finditer(line):
        out += line[last : match.start()]
        at.extend(range(last, match.start()))
        seen = _seen(match)
        out += seen
        at.extend([match.start()] * len(seen))
        last = match.end()
    out += line[last:]
    at.extend(range(last, len(line) + 1))
    return bytes(out), at


def _seen(match: re.Match[bytes]) -> bytes:
    form = match.lastgroup
    said = match[form or 0]
    match form:
        case "unseen":
            return b""
        case "wide":
            return bytes((0x20 + (((said[1] & 3) << 6) | (said[2] & 63)),))
        case "blank":
            return b" "
        case "dash":
            return b"-"
        case "bytes":
            return unquote_to_bytes(said)
        case "name":
            number = name2codepoint.get(said.decode(), 0)
        case "number":
            number = int(said)
        case _:
            number = int(said, 16)
    if form == "byte" and number > _LAST:  # of whatever encoding
        return match[0]
    return _character(number) or match[0]


def _character(number: int) -> bytes:
    """Give a character that may be a part of a value, nothing for others.

    A line's end or a backslash would change where a line or a value ends.
    """
    if number in _BLANKS:
        return b" "
    if number == _BACKSLASH or not chr(number).isprintable():
        return b""
    return chr(number).encode()
