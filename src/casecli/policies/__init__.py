"""Vendors' rules from TOML: load, list, check and compare them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from casecli.policies.conditions import CelConditions
    from casecli.policies.contract import (
        SETTINGS,
        actor_of,
        is_contract_key,
        under_contract,
    )
    from casecli.policies.describing import Difference, describe, diff
    from casecli.policies.linting import lint, lint_file
    from casecli.policies.reading import Pack, available, load, load_file

__all__ = [
    "SETTINGS",
    "CelConditions",
    "Difference",
    "Pack",
    "actor_of",
    "available",
    "describe",
    "diff",
    "is_contract_key",
    "lint",
    "lint_file",
    "load",
    "load_file",
    "under_contract",
]

# Every start may load a policy; few check or compare one.
_LATER = {
    "CelConditions": "conditions",
    "Pack": "reading",
    "available": "reading",
    "load": "reading",
    "load_file": "reading",
    "Difference": "describing",
    "SETTINGS": "contract",
    "actor_of": "contract",
    "is_contract_key": "contract",
    "under_contract": "contract",
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
