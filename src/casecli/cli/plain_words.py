"""A command line understood wholly from the table of options, or not at all.

No Typer: see `express`, which runs what is understood here, and saved views, whose
words are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from casecli.cli.asked import CommonOptions
from casecli.cli.express_table import ARGUMENTS, COMMON, OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from casecli.cli.express_table import Option

ALIASES = {"ls": "list"}
_GROUPS = frozenset(name.partition(" ")[0] for name in OPTIONS if " " in name)
_NEEDED = {"policy check": 2}
_MANY, _FLAG, _COUNT = "many", "flag", "count"


def parse(
    argv: Sequence[str],
) -> tuple[str, dict[str, Any], CommonOptions] | None:
    """Understand a command line wholly, or not at all."""
    command = group = ""
    given: dict[str, Any] = {}
    common: dict[str, Any] = {}
    words: list[str] = []
    todo = iter(argv)
    for word in todo:
        known = {**COMMON, **OPTIONS.get(command, {})}
        if not word.startswith("-") or word == "-":
            name = f"{group} {word}".strip() if group else ALIASES.get(word, word)
            if command:
                words.append(word)
            elif name in OPTIONS:
                command = name
            elif name in _GROUPS:
                group = name
            else:
                return None
        elif not _take(word, todo, known, common if _is_common(word) else given):
            return None
    arguments = ARGUMENTS.get(command, ())
    if not command or not _NEEDED.get(command, 0) <= len(words) <= len(arguments):
        return None
    keys = _keys(common.get("fields"))
    if keys == ():
        return None
    return (
        command,
        {**given, **dict(zip(arguments, words, strict=False))},
        _asked(common, keys),
    )


def _is_common(word: str) -> bool:
    """Tell whether an option belongs to every command."""
    return word.partition("=")[0] in COMMON


def _take(
    word: str, todo: Iterator[str], known: Mapping[str, Option], into: dict[str, Any]
) -> bool:
    name, equals, value = word.partition("=")
    option = known.get(name)
    if option is None or (equals and not name.startswith("--")):
        return False
    param, kind, low, high = option
    if kind in (_FLAG, _COUNT):
        into[param] = into.get(param, 0) + 1 if kind == _COUNT else True
        return not equals
    if not equals:
        value = next(todo, "-")
    if value.startswith("-") and not equals:
        return False
    if kind == "int":
        if not value.isdigit() or not low <= int(value) <= high:
            return False
        into[param] = int(value)
    elif kind == _MANY:
        into.setdefault(param, []).append(value)
    else:
        into[param] = value
    return True


def _keys(fields: str | None) -> tuple[str, ...] | None:
    if fields is None:
        return None
    return tuple(each.strip() for each in fields.split(",") if each.strip())


def _asked(common: Mapping[str, Any], keys: tuple[str, ...] | None) -> CommonOptions:
    machine = bool(common.keys() & {"json", "jsonl", "fields"})
    return CommonOptions(**{**common, "fields": keys, "json": machine})
