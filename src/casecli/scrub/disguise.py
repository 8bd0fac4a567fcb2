"""Values in disguise: escaped, full-width, or broken up by invisible characters."""

from __future__ import annotations

import re
from array import array

from casecli.scrub.rule import Exact, Expression, Rule

_UNSEEN = rb"\xe2\x80[\x8b-\x8f]|\xe2\x81[\xa0-\xa4]|\xef\xbb\xbf|\xc2\xad"
_WIDE = rb"\xef\xbc[\x81-\xbf]|\xef\xbd[\x80-\x9e]"
_DISGUISE = re.compile(
    rb"(?i)(%s)|(%s)|%%(?=[2-7][\da-f])([\da-f]{2})|&\#(\d{2,3});|&\#x([\da-f]{2});"
    rb"|\\{1,2}u00([\da-f]{2})|\\{1,2}x([\da-f]{2})" % (_UNSEEN, _WIDE)
)

# Escapes of what separates the parts of a value, or of letters and digits themselves;
# too many of them, since each digit is a 0 where anchors are looked for.
RULE = Rule(
    id="disguise",
    type="word",
    anchors=(
        rb"\xe2\x80[\x8b-\x8f]",
        rb"\xe2\x81[\xa0-\xa4]",
        rb"\xef\xbb\xbf",
        rb"\xc2\xad",
        rb"\xef\xbc[\x81-\xbf]",
        rb"\xef\xbd[\x80-\x9e]",
        rb"%0[0a-f]",
        rb"&#0{2,3};",
        rb"&#x[0a-f]{2};",
        rb"\\u000[0a-f]",
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
    unseen, wide, *codes = match.groups()
    if unseen is not None:
        return b""
    if wide is not None:
        return bytes((0x20 + (((wide[1] & 3) << 6) | (wide[2] & 63)),))
    base = 10 if codes[1] is not None else 16
    number = int(next(code for code in codes if code is not None), base)
    # A line end or a backslash would change where a line or a value ends.
    plain = 0x20 < number < 0x7F and number != 0x5C  # noqa: PLR2004 - ASCII
    return bytes((number,)) if plain else match[0]
