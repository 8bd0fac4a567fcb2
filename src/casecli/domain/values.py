"""Dataclasses that are frozen, slotted and keyword-only, and cost little to define.

The standard decorator writes six functions a class as text and compiles them at every
start, which took a third of the time of a command that judges a case. This one shares
what is the same for all and compiles an `__init__` when its class is first built; to
readers, type checkers, `replace`, `fields` and equality it is the standard one.
"""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass

__all__ = ["dataclass"]

_ABSENT: Any = dataclasses.MISSING


def _dataclass(*, frozen: bool, slots: bool, kw_only: bool) -> Callable[[type], type]:
    """Take the one combination our values have."""
    if not (frozen and slots and kw_only):
        msg = "values are frozen, slotted and keyword-only"
        raise TypeError(msg)
    return _value


def _value(cls: type) -> type:
    plain = dataclasses.dataclass(
        init=False, repr=False, eq=False, slots=True, kw_only=True
    )
    made: Any = plain(cls)
    names = tuple(each.name for each in dataclasses.fields(made))
    made.__values__ = _values_getter(names)
    made.__init__ = _init_at_first_use(made)
    for name, method in _SHARED.items():
        setattr(made, name, method)
    return made  # type: ignore[no-any-return] # the class with slots


def _values_getter(names: tuple[str, ...]) -> property:
    if len(names) > 1:
        return property(attrgetter(*names))
    return property(lambda self: tuple(getattr(self, name) for name in names))


def _init_at_first_use(cls: Any) -> Callable[..., None]:
    def init(self: object, **values: object) -> None:
        cls.__init__ = _compiled_init(cls)  # from here on at full speed
        cls.__init__(self, **values)

    return init


def _compiled_init(cls: Any) -> Callable[..., None]:
    names: dict[str, Any] = {"_set": object.__setattr__, "_absent": _ABSENT}
    heads, lines = ["self"], []
    for each in dataclasses.fields(cls):
        value = name = each.name
        head = name
        if each.default is not _ABSENT:
            names[f"_default_{name}"] = each.default
            head = f"{name}=_default_{name}"
        elif each.default_factory is not _ABSENT:
            names[f"_make_{name}"] = each.default_factory
            head = f"{name}=_absent"
            value = f"_make_{name}() if {name} is _absent else {name}"
        heads.append(head)
        lines.append(f" _set(self, {name!r}, {value})")
    star = ", *, " if len(heads) > 1 else ""
    text = f"def __init__({heads[0]}{star}{', '.join(heads[1:])}):\n"
    exec(text + ("\n".join(lines) or " pass"), names)  # noqa: S102 (as dataclasses does)
    init: Callable[..., None] = names["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def _repr(self: Any) -> str:
    pairs = (
        f"{each.name}={getattr(self, each.name)!r}" for each in dataclasses.fields(self)
    )
    return f"{type(self).__qualname__}({', '.join(pairs)})"


def _eq(self: Any, other: Any) -> Any:  # a truth, or NotImplemented
    if other.__class__ is not self.__class__:
        return NotImplemented
    return self.__values__ == other.__values__


def _hash(self: Any) -> int:
    return hash(self.__values__)


def _set(_self: object, name: str, _value: object) -> None:
    msg = f"cannot assign to field {name!r}"
    raise dataclasses.FrozenInstanceError(msg)


def _delete(_self: object, name: str) -> None:
    msg = f"cannot delete field {name!r}"
    raise dataclasses.FrozenInstanceError(msg)


def _state(self: Any) -> list[object]:
    return [getattr(self, each.name) for each in dataclasses.fields(self)]


def _restore(self: Any, state: list[object]) -> None:
    for each, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)


_SHARED = {
    "__repr__": _repr,
    "__eq__": _eq,
    "__hash__": _hash,
    "__setattr__": _set,
    "__delattr__": _delete,
    "__getstate__": _state,
    "__setstate__": _restore,
}

if not TYPE_CHECKING:
    dataclass = _dataclass
