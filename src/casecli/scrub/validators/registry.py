"""What every validator is, and finding one by its name."""

from __future__ import annotations

from collections.abc import Callable

Validator = Callable[[bytes, bytes, bytes], bool]

_VALIDATORS: dict[str, Validator] = {}


def named(name: str) -> Validator:
    """Find a validator by the name rules use."""
    return _VALIDATORS[name]


def validator(function: Validator) -> Validator:
    """Let rules name a function."""
    _VALIDATORS[function.__name__] = function
    return function
