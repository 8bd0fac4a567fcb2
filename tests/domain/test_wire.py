"""Our values as JSON and back."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casecli.domain.case import Attachment, Case, Comment, Draft
from casecli.domain.change import KINDS, AddComment, Receipt
from casecli.domain.wire import from_plain, to_plain

NAMES = {"date": date, "datetime": datetime, "Mapping": Mapping}
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=4),
    bool: st.booleans(),
    int: st.integers(0, 2**60),
    date: st.dates(),
    datetime: st.datetimes(timezones=st.just(UTC)),
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Give values of a type of ours, by its annotations."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return st.none() | values(inner[0])
    if origin is tuple:
        return st.lists(values(inner[0]), max_size=1).map(tuple)
    if origin is Mapping:
        return st.dictionaries(PLAIN[str], values(inner[1]), max_size=1)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    if kind in PLAIN:
        return PLAIN[kind]
    hints = get_type_hints(kind, localns=NAMES)
    parts = {each.name: values(hints[each.name]) for each in fields(kind)}
    return st.builds(kind, **parts)


@pytest.mark.parametrize(
    "kind", [Case, Draft, Receipt, *KINDS.values()], ids=lambda kind: kind.__name__
)
@settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_what_is_written_reads_back_the_same(kind: type, data: st.DataObject) -> None:
    value = data.draw(values(kind))

    text = json.dumps(to_plain(value))

    assert from_plain(kind, json.loads(text)) == value


def test_a_key_of_a_newer_version_is_passed_over() -> None:
    case = from_plain(Case, {"ref": "L1", "mood": "sunny"})

    assert case.ref == "L1"


def test_times_are_written_in_utc_with_a_z() -> None:
    moment = datetime.fromisoformat("2026-03-29T03:30:00+02:00")

    assert to_plain(moment) == "2026-03-29T01:30:00Z"


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Case, []),
        (Case, {"ref": 7}),
        (Case, {"status": "sleeping"}),
        (Case, {"comments": "hello"}),
        (Case, {"opened_at": "yesterday"}),
        (Case, {"opened_at": "2026-03-29T03:30:00"}),
        (Case, {"opened_at": 5}),
        (Case, {"fields": {"queue": 7}}),
        (Attachment, {"id": "1", "at": "2026-03-29T03:30:00Z", "size": True}),
        (Comment, {"id": "1"}),
        (AddComment, {}),
    ],
)
def test_data_that_does_not_fit_is_refused(kind: type, data: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_plain(kind, data)


def test_what_is_not_ours_is_not_written() -> None:
    with pytest.raises(TypeError, match="object is not one of our values"):
        to_plain(object())
