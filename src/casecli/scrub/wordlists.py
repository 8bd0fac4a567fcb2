"""Lists of words that ship beside the rules, read when first asked for."""

from __future__ import annotations

import functools
from importlib import resources


@functools.cache
def wordlist(name: str) -> frozenset[str]:
    """Read `rules/NAME.txt`: words in lower case, `#` to the end of a line."""
    text = (resources.files("casecli.scrub") / "rules" / f"{name}.txt").read_text(
        "utf-8"
    )
    lines = (line.partition("#")[0] for line in text.splitlines())
    return frozenset(word for line in lines for word in line.split())
