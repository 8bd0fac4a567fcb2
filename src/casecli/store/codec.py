"""Our values as JSON text in columns, leaving out what reading supplies again."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from casecli.domain.case import Case
from casecli.domain.change import KINDS
from casecli.domain.wire import from_plain, to_plain

if TYPE_CHECKING:
    from casecli.domain.change import AnyChange


def dump(data: object) -> str:
    """Write plain data as compact JSON; ASCII, so that no text is unstorable."""
    return json.dumps(data, separators=(",", ":"))


def dump_value(value: object) -> str:
    """Write one of our values."""
    return dump(to_plain(value))


def dump_case(case: Case) -> str:
    """Write a case without the parts that are empty, which are most of them."""
    plain = _without_none(to_plain(case))
    return dump({name: part for name, part in plain.items() if part not in ([], {})})


def load_case(text: str) -> Case:
    """Read a case."""
    return from_plain(Case, json.loads(text))


def load_change(kind: str, text: str) -> AnyChange:
    """Read a change of a kind."""
    return from_plain(KINDS[kind], json.loads(text))


def digest(text: str) -> str:
    """Give the sha256 of a text, to find it damaged or changed."""
    return hashlib.sha256(text.encode()).hexdigest()


def same_request(one: str, other: str) -> bool:
    """Compare two changes as JSON, whenever and under whichever key they were made."""
    return _request(one) == _request(other)


def _request(text: str) -> dict[str, Any]:
    return {
        name: part
        for name, part in json.loads(text).items()
        if name not in ("key", "at")
    }


def _without_none(plain: Any) -> Any:
    if isinstance(plain, dict):
        return {k: _without_none(v) for k, v in plain.items() if v is not None}
    if isinstance(plain, list):
        return [_without_none(each) for each in plain]
    return plain
