"""The clipboard of the person's own machine, also through ssh: OSC 52."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 74_000
"""Bytes most terminals take at once."""


def copy(text: str, terminal: TextIO, environ: Mapping[str, str]) -> bool:
    """Ask the terminal to put a text on its clipboard; False where it cannot.

    Whether it obeyed is not answered by terminals.
    """
    kind = environ.get("TERM", "dumb")
    raw = text.encode("utf-8", "replace")
    if not terminal.isatty() or kind in ("", "dumb", "unknown", "linux"):
        return False
    if len(raw) > LONGEST:
        return False
    from base64 import b64encode

    terminal.write(f"\x1b]52;c;{b64encode(raw).decode()}\x07")
    terminal.flush()
    return True
