"""The reference pages of the policies are what the policies say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

TOOL = Path(__file__).parents[2] / "tools" / "policy_pages.py"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("policy_pages", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


policy_pages = load()


def test_no_page_is_stale() -> None:
    assert policy_pages.stale() == []


def test_every_statement_has_its_line_and_a_place() -> None:
    table = [
        line.split(" | ")
        for line in policy_pages.coverage_page().splitlines()
        if line.startswith(("| C-", "| E-", "| G-", "| S-", "| P-"))
    ]

    assert len(table) == 254
    assert [row[0] for row in table if not row[3].strip()] == []
