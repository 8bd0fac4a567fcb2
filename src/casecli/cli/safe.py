"""Text from elsewhere, made harmless for a terminal and still readable as evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from types import ModuleType

MAX_COMBINING = 8

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"
_LINES = "\u2028\u2029"
_TAGS = "\U000e0000-\U000e007f"
_HIDDEN = f"\x7f-\x9f{_BIDI}{_LINES}{_TAGS}\ud800-\udfff"
_UNSAFE_LINE = f"[\x00-\x1f{_HIDDEN}]"
_UNSAFE_TEXT = f"[\x00-\x08\x0b-\x1f{_HIDDEN}]"
# Combining marks are no word characters, so longer runs than we allow start here.
_MAYBE_STACKED = rf"[^\w\s\x00-\x7f]{{{MAX_COMBINING + 1},}}"


def safe(text: str, *, multiline: bool = False) -> str:
    """Show what a terminal would obey: `␛` for escape, `⟨U+202E⟩` for an override.

    A line feed and a tab stay only in a `multiline` text. Marks stacked on one
    character are cut after eight. Cleaning twice changes nothing.
    """
    if text.isascii() and text.isprintable():
        return text
    import re  # its cost is spared where every text is plain

    pattern = _UNSAFE_TEXT if multiline else _UNSAFE_LINE
    shown = re.sub(pattern, _visible, text)
    if shown.isascii():
        return shown
    return re.sub(_MAYBE_STACKED, _cut_stacks, shown)


def width(text: str) -> int:
    """Count the terminal cells of a safe text: wide characters are two, marks none."""
    if text.isascii():
        return len(text)
    return sum(map(_cells, text))


def fit(text: str, cells: int, mark: str = "…") -> str:
    """Cut a safe text to so many cells, its end told by `mark`."""
    if width(text) <= cells:
        return text
    room = cells - width(mark)
    if room < 0:
        return mark[: max(cells, 0)]
    for at, character in enumerate(text):
        room -= _cells(character)
        if room < 0:
            return text[:at] + mark
    return text


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:  # noqa: PLR2004 - Unicode has a picture for each of C0
        return chr(0x2400 + code)
    return "␡" if match.group() == "\x7f" else f"⟨U+{code:04X}⟩"


def _cut_stacks(match: re.Match[str]) -> str:
    kept, run = [], 0
    for character in match.group():
        category = _unicode().category(character)
        if category[0] == "M":
            run += 1
        elif category != "Cf":  # an invisible joiner must not start the count anew
            run = 0
        if run <= MAX_COMBINING:
            kept.append(character)
    return "".join(kept)


def _cells(character: str) -> int:
    if _unicode().category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if _unicode().east_asian_width(character) in "WF" else 1


def _unicode() -> ModuleType:
    import unicodedata  # a megabyte of tables that plain text never needs

    return unicodedata
