"""Each of the 254 statements behind our policies stands where we say it stands."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from casecli.domain.judgement import refusals
from casecli.policies.linting import cited
from tests.policies.scenes import (
    IN_ORDER,
    PACKS,
    ROWS,
    case_for,
    pack,
    said,
    scene,
)

if TYPE_CHECKING:
    from casecli.domain.policy import Finding

HERE = Path(__file__).parents[2]
MANY = {"C": 45, "E": 27, "G": 69, "S": 75, "P": 38}
IDS = [f"{letter}-{n:02}" for letter, many in MANY.items() for n in range(1, many + 1)]
STRICT = [each for each, row in ROWS.items() if row["level"] in ("B", "W")]
SCENES = [each for each, row in ROWS.items() if "action" in row]
FEATURES = [each for each, row in ROWS.items() if "feature" in row]
NAMED = [(each, test) for each, row in ROWS.items() for test in row.get("tests", ())]
ENOUGH = {
    "B": {"deny", "require"},
    "W": {"deny", "require", "warn"},
    "R": {"deny", "require", "warn", "inform"},
}
_ID = re.compile(r"\b[CEGSP]-\d\d\b")


def cited_ids(name: str) -> set[str]:
    return {each for _, source in cited(pack(name)) for each in _ID.findall(source)}


def spoken(row: str, side: str) -> list[Finding]:
    rule = ROWS[row]["rule"]
    return [each for each in scene(row, side) if each.rule == rule]


def test_there_are_254_of_them_and_none_twice() -> None:
    assert len(IDS) == 254
    assert sorted(ROWS) == sorted(IDS)


@pytest.mark.parametrize("row", IDS)
def test_each_is_cited_by_its_policy_or_held_by_a_tested_feature(row: str) -> None:
    elsewhere = {"feature", "tests"} <= set(ROWS[row])

    assert row in cited_ids(PACKS[row[0]]) or elsewhere


def test_policies_cite_nothing_that_is_not_there() -> None:
    cited_by_ours = {each for name in set(PACKS.values()) for each in cited_ids(name)}

    assert cited_by_ours - set(IDS) == set()


@pytest.mark.parametrize("row", STRICT)
def test_each_that_is_enforced_has_both_sides(row: str) -> None:
    spec = ROWS[row]

    assert {"action", "rule", "refuses", "passes"} <= set(spec) or "tests" in spec


@pytest.mark.parametrize("row", SCENES)
def test_the_wrong_side_is_spoken_of_with_its_source(row: str) -> None:
    findings = spoken(row, "refuses")

    assert row in " ".join(each.source for each in findings)


@pytest.mark.parametrize("row", SCENES)
def test_the_wrong_side_of_a_blocking_one_is_refused(row: str) -> None:
    effects = {each.effect.value for each in spoken(row, "refuses")}

    assert effects & ENOUGH[ROWS[row]["level"]]


@pytest.mark.parametrize("row", SCENES)
def test_the_right_side_hears_nothing_of_it(row: str) -> None:
    said_of_it = [each for each in spoken(row, "passes") if row in each.source]

    assert said_of_it == []


@pytest.mark.parametrize(("name", "action"), IN_ORDER)
def test_what_is_in_order_is_not_refused(name: str, action: str) -> None:
    case = None if action == "open" else case_for(action, {})

    refused = refusals(said(name, action, None, case))

    assert refused == ()


@pytest.mark.parametrize("row", FEATURES)
def test_the_feature_exists(row: str) -> None:
    module, _, name = ROWS[row]["feature"].partition(":")
    found: Any = import_module(module)

    for part in name.split("."):
        found = getattr(found, part)

    assert found is not None


@pytest.mark.parametrize(("row", "test"), NAMED)
def test_the_test_exists(row: str, test: str) -> None:
    file, _, name = test.partition("::")
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))

    assert name in [e.name for e in tree.body if isinstance(e, ast.FunctionDef)], row
