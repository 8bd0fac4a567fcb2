"""Names of files and of members of archives."""

from __future__ import annotations

import re
from collections.abc import Callable

from casecli.domain.errors import ScrubRefused
from casecli.scrub.rewrite import Rewriter

_ENDINGS = re.compile(
    r"(?:\.(?:log|txt|out|err|json|jsonl|xml|yaml|yml|csv|ini|conf|cfg|properties|html|md"
    r"|tar|tgz|gz|bz2|xz|zst|zip|trc|trace|dump)(?:\.[0-9]{1,3})?)+$",
    re.IGNORECASE,
)
_JOINTS = re.compile(rb"([/_. \-]+)")  # between the parts of a name
_CARRIER = "/"  # in front of a name, so that `home/x` in an archive reads as a folder


def split_name(name: str) -> tuple[str, str]:
    """Split a name before its well-known endings: `x@y.org` and `.log.gz`."""
    match = _ENDINGS.search(name)
    if match is None or match.start() == 0:
        return name, ""
    return name[: match.start()], match[0]


def scrub_name(name: str, rewriter: Rewriter, second: Callable[[bytes], bytes]) -> str:
    """Scrub a name by the rules, then what is known of it, then part by part."""
    stem, ending = split_name(name)
    data = (_CARRIER + stem).encode("utf-8", "surrogateescape")
    if b"\n" in data:
        raise ScrubRefused("a file name with a line break in it cannot be scrubbed")
    out = rewriter.settle(data, 0, len(data), 1)
    parts = _JOINTS.split(second(out.data))
    parts[::2] = second(b"\n".join(parts[::2])).split(b"\n")
    text = b"".join(parts).decode("utf-8", "surrogateescape")
    return text.removeprefix(_CARRIER) + ending
