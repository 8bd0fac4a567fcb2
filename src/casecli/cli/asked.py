"""What was asked for on any level of the command line, before anything heavy loads."""

from __future__ import annotations

from typing import NamedTuple


class CommonOptions(NamedTuple):
    """The options every command takes; the last one given won.

    `json` is true with `jsonl` and `fields` too. None and False mean not given, so the
    environment and the configuration still have a say.
    """

    profile: str | None = None
    json: bool = False
    jsonl: bool = False
    fields: tuple[str, ...] | None = None
    no_input: bool = False
    offline: bool = False
    quiet: bool = False
    verbose: int = 0
    debug: bool = False
    no_color: bool = False
