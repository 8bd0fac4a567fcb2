"""Vendors' rules from TOML: load, list, check and compare them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casecli.policies.conditions import CelConditions
from casecli.policies.reading import Pack, available, load, load_file

if TYPE_CHECKING:
    from casecli.policies.describing import Difference, describe, diff
    from casecli.policies.linting import lint, lint_file

__all__ = [
    "CelConditions",
    "Difference",
    "Pack",
    "available",
    "describe",
    "diff",
    "lint",
    "lint_file",
    "load",
    "load_file",
]

# Every start may load a policy; few check or compare one.
_LATER = {
    "Difference": "describing",
    "describe": "describing",
    "diff": "describing",
    "lint": "linting",
    "lint_file": "linting",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _LATER:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
