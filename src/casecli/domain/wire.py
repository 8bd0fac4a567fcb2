"""Our values as plain JSON data and back, by their type annotations alone.

Reading is lenient towards keys it does not know (a newer casecli wrote them) and takes
a field's default where a key is missing; a wrong type of value raises `ValueError`.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from casecli.domain.calendar import format_time, parse_time

T = TypeVar("T")
Plain = Any  # JSON data: the one place where the shape is not ours to type
Reader = Callable[[Plain], Any]


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
        reader: Reader = _reader(kind)  # type: ignore[arg-type] # a class is hashable
        built: T = reader(data)
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


# Readers are made once a type and then only run: a cache of thousands of cases is read
# with them, and looking at annotations for each value took most of that time.
@functools.cache
def _reader(kind: Any) -> Reader:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _read_optional(kind)
    if origin is tuple:
        return _read_tuple(_reader(get_args(kind)[0]))
    if origin is Mapping:
        return _read_mapping(_reader(get_args(kind)[1]))
    if kind is datetime:
        return parse_time
    if kind is date:
        return date.fromisoformat
    if is_dataclass(kind):
        return _read_dataclass(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        members = {each.value: each for each in kind}
        return lambda data: members.get(data) or kind(data)
    return _read_simple(kind)


def _read_optional(kind: Any) -> Reader:
    inner = _reader(next(e for e in get_args(kind) if e is not type(None)))
    return lambda data: None if data is None else inner(data)


def _read_tuple(inner: Reader) -> Reader:
    def read(data: Plain) -> Plain:
        if type(data) is not list:
            raise _unexpected(list, data)
        return tuple([inner(item) for item in data])

    return read


def _read_mapping(inner: Reader) -> Reader:
    def read(data: Plain) -> Plain:
        if type(data) is not dict:
            raise _unexpected(dict, data)
        return {key: inner(item) for key, item in data.items()}

    return read


def _read_dataclass(kind: Any) -> Reader:
    namespace = {"date": date, "datetime": datetime, "Mapping": Mapping}
    hints = get_type_hints(kind, localns=namespace)
    readers = {name: _reader(hints[name]) for name in _names(kind)}

    def read(data: Plain) -> Plain:
        if type(data) is not dict:
            raise _unexpected(dict, data)
        known = {
            name: readers[name](item) for name, item in data.items() if name in readers
        }
        return kind(**known)

    return read


def _read_simple(kind: Any) -> Reader:
    def read(data: Plain) -> Plain:
        # JSON writes 1 for 1.0, and Python takes True for 1.
        if kind is Any or type(data) is kind:
            return data
        if kind is float and type(data) is int:
            return float(data)
        raise _unexpected(kind, data)

    return read


def _unexpected(kind: Any, data: Plain) -> TypeError:
    return TypeError(f"expected {kind.__name__}, found {type(data).__name__}")
