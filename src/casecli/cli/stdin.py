"""Standard input, read only where `-` or `@-` asked for it."""

from __future__ import annotations

import sys

from casecli.domain.errors import BadInput


def read_stdin() -> bytes:
    """Read standard input to its end; a closed one counts as empty."""
    if sys.stdin is None or sys.stdin.closed:
        return b""
    if sys.stdin.isatty():
        raise BadInput("standard input is a terminal", "pipe the text in, or -F FILE")
    return sys.stdin.buffer.read()
