"""What a support level gives, T29 to T33; each test names its rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from casecli import policies
from casecli.domain.policy import Actor
from casecli.domain.timers import timers
from tests.policies.scenes import (
    ACTORS,
    CASE,
    GENESYS_OPENING,
    NOW,
    pack,
    refused,
    rules,
    said,
)

CONTACT = ACTORS["genesys"]


# --- T29 to T33: support levels -------------------------------------------------------

BASE = {"response.critical": "1h", "response.low": "2d", "response.high": "4h"}


@pytest.mark.parametrize(
    ("level", "severity", "due"),
    [
        ("business-care", "critical", timedelta(hours=1)),
        ("business-care-plus", "critical", timedelta(minutes=30)),
        ("premium-care", "high", timedelta(hours=2)),
        ("premium-care", "low", timedelta(days=2)),
        ("business-care-for-cloud", "critical", timedelta(hours=1)),
    ],
)
def test_t29_a_better_level_halves_what_it_names(  # S-57
    level: str, severity: str, due: timedelta
) -> None:
    policy = policies.under_contract(pack("genesys"), BASE)
    case = replace(CASE, severity=severity, opened_at=NOW)

    kinds = {
        each.kind: each.due_at for each in timers(policy, case, Actor(level=level))
    }

    assert kinds["response-due"] == NOW + due


def test_t29_without_a_base_target_there_is_no_timer() -> None:  # section U
    case = replace(CASE, severity="low", opened_at=NOW)

    assert timers(pack("genesys"), case, Actor(level="premium-care")) == ()


def test_t30_care_for_cloud_has_no_targets_and_no_phone() -> None:  # S-72 S-73
    policy = policies.under_contract(pack("genesys"), BASE)
    actor = replace(CONTACT, level="care-for-cloud")
    case = replace(CASE, severity="low", opened_at=NOW)
    by_phone = replace(GENESYS_OPENING, channel="phone")

    assert timers(policy, case, actor) == ()
    assert rules(said("genesys", "open", by_phone, actor=actor)) == ["GENESYS-PHONE"]


LOGS = replace(
    GENESYS_OPENING,
    type="admin",
    fields={
        **GENESYS_OPENING.fields,
        "subtype": "",
        "service": "log-retrieval",
        "service.case": "4711",
    },
)


@pytest.mark.parametrize(
    ("level", "installed", "found"),
    [
        ("business-care", ("lfmt",), ["GENESYS-LOG-RETRIEVAL"]),
        ("business-care-plus", (), ["GENESYS-LOG-RETRIEVAL-TOOL"]),
        ("business-care-plus", ("lfmt",), []),
        ("premium-care", ("lfmt",), []),
    ],
)
def test_t31_logs_are_fetched_for_some_levels_with_the_tool(  # S-54 G-23
    level: str, installed: tuple[str, ...], found: list[str]
) -> None:
    actor = replace(CONTACT, level=level, installed=installed)

    assert refused(said("genesys", "open", LOGS, actor=actor)) == found


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("product.end_of_service", "yes", "GENESYS-END-OF-SERVICE"),
        ("product.category", "PS Custom Applications", "GENESYS-CUSTOM-APP"),
    ],
)
def test_t32_t33_what_only_flex_care_has_is_warned_of(  # S-63 S-64
    field: str, value: str, rule: str
) -> None:
    request = replace(GENESYS_OPENING, fields={**GENESYS_OPENING.fields, field: value})
    plain = replace(CONTACT, level="premium-care")
    flex = replace(plain, add_ons=("flex-care",))

    assert rules(said("genesys", "open", request, actor=plain)) == [rule]
    assert rules(said("genesys", "open", request, actor=flex)) == []


def test_an_add_on_counts_with_a_level_it_goes_with() -> None:  # S-66
    request = replace(
        GENESYS_OPENING,
        fields={**GENESYS_OPENING.fields, "product.category": "Custom PS Applications"},
    )
    actor = replace(CONTACT, level="care-for-cloud", add_ons=("flex-care",))

    assert rules(said("genesys", "open", request, actor=actor)) == [
        "GENESYS-CUSTOM-APP"
    ]
