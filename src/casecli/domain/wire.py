"""Our values as plain JSON data and back, by their type annotations alone.

Reading is lenient towards keys it does not know (a newer casecli wrote them) and takes
a field's default where a key is missing; a wrong type of value raises `ValueError`.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from casecli.domain.calendar import format_time, parse_time

T = TypeVar("T")
Plain = Any  # JSON data: the one place where the shape is not ours to type


def to_plain(value: object) -> Plain:
    """Turn one of our values into dicts, lists, strings, numbers, booleans and None."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list, set, frozenset)):
        items = sorted(value) if isinstance(value, (set, frozenset)) else value
        return [to_plain(item) for item in items]
    kind: Any = type(value)
    return {name: to_plain(getattr(value, name)) for name in _names(kind)}


def from_plain(kind: type[T], data: Plain) -> T:
    """Build a `kind` from plain data.

    Raises:
        ValueError: the data does not fit the annotations.
    """
    try:
        built: T = _build(kind, data)
    except (TypeError, KeyError, AttributeError) as error:
        msg = f"not a {kind.__name__}: {error}"
        raise ValueError(msg) from error
    return built


@functools.cache
def _names(kind: Any) -> tuple[str, ...]:
    if not is_dataclass(kind):
        msg = f"{kind.__name__} is not one of our values"
        raise TypeError(msg)
    return tuple(each.name for each in fields(kind))


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    namespace = {"date": date, "datetime": datetime, "Mapping": Mapping}
    return get_type_hints(kind, localns=namespace)


def _build(kind: Any, data: Plain) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _build_union(kind, data)
    if origin is tuple:
        inner = get_args(kind)[0]
        return tuple(_build(inner, item) for item in _expect(list, data))
    if origin is Mapping:
        inner = get_args(kind)[1]
        return {key: _build(inner, item) for key, item in _expect(dict, data).items()}
    if kind is datetime:
        return parse_time(data)
    if kind is date:
        return date.fromisoformat(data)
    if is_dataclass(kind):
        return _build_dataclass(kind, _expect(dict, data))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(data)
    return _expect(kind, data)


def _build_union(kind: Any, data: Plain) -> Any:
    choices = [choice for choice in get_args(kind) if choice is not type(None)]
    if data is None:
        return None
    return _build(choices[0], data)


def _build_dataclass(kind: Any, data: Mapping[str, Plain]) -> Any:
    hints = _hints(kind)
    known = {name: data[name] for name in _names(kind) if name in data}
    return kind(**{name: _build(hints[name], item) for name, item in known.items()})


def _expect(kind: Any, data: Plain) -> Any:
    # JSON writes 1 for 1.0, and Python takes True for 1.
    if kind is float and type(data) is int:
        return float(data)
    if kind is Any or (isinstance(data, kind) and type(data) is not bool):
        return data
    if kind is bool and isinstance(data, bool):
        return data
    msg = f"expected {kind.__name__}, found {type(data).__name__}"
    raise TypeError(msg)
