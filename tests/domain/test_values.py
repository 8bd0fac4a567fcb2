"""Our values behave as frozen dataclasses of the standard library do."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import ClassVar

import pytest

from casecli.domain.case import Comment, Side
from casecli.domain.change import AddComment
from casecli.domain.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """One of our values."""

    kind: ClassVar[str] = "ours"
    name: str
    size: int = 3
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Longer(Ours):
    """One that extends another."""

    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """One without a field."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """The same as `Ours`, made by the standard decorator."""

    kind: ClassVar[str] = "ours"
    name: str
    size: int = 3
    parts: Mapping[str, str] = field(default_factory=dict)


def test_built_shown_and_taken_apart_as_the_standard_one() -> None:
    ours, standard = Ours(name="a", size=1), Standard(name="a", size=1)

    assert repr(ours) == repr(standard).replace("Standard", "Ours")
    assert dataclasses.asdict(ours) == dataclasses.asdict(standard)
    assert dataclasses.is_dataclass(ours)
    assert not hasattr(ours, "__dict__")


def test_equal_by_value_and_only_within_a_class() -> None:
    assert Ours(name="a") == Ours(name="a", size=3)
    assert Ours(name="a") != Ours(name="b")
    assert Ours(name="a") != Longer(name="a")
    assert Nothing() == Nothing()


def test_hashed_by_value() -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    one = Comment(id="1", at=at, author="x", text="y", side=Side.VENDOR)

    assert hash(one) == hash(dataclasses.replace(one))
    assert len({one, dataclasses.replace(one), dataclasses.replace(one, id="2")}) == 2


def test_a_default_that_is_made_is_made_for_each() -> None:
    assert Ours(name="a").parts is not Ours(name="b").parts


@pytest.mark.parametrize(
    "words", [{}, {"name": "a", "nope": 1}], ids=["missing", "unknown"]
)
def test_wrong_words_are_refused_the_first_time_and_later(
    words: dict[str, object],
) -> None:
    with pytest.raises(TypeError, match=r"name|nope"):
        Longer(**words)  # type: ignore[arg-type] # that is the point
    with pytest.raises(TypeError, match=r"name|nope"):
        Longer(**words)  # type: ignore[arg-type] # that is the point


def test_places_are_not_taken_for_words() -> None:
    with pytest.raises(TypeError):
        Ours("a")  # type: ignore[call-arg] # that is the point


def test_frozen() -> None:
    ours = Ours(name="a")

    with pytest.raises(dataclasses.FrozenInstanceError, match="name"):
        ours.name = "b"  # type: ignore[misc] # that is the point
    with pytest.raises(dataclasses.FrozenInstanceError, match="size"):
        del ours.size


def test_copied_and_pickled() -> None:
    ours = Longer(name="a", parts={"x": "y"}, more=("z",))

    assert copy.deepcopy(ours) == ours
    assert pickle.loads(pickle.dumps(ours)) == ours  # noqa: S301 (our own bytes)


def test_what_belongs_to_the_class_is_no_field() -> None:
    change = AddComment(
        key="k", case="L1", at=datetime(2026, 3, 2, tzinfo=UTC), text="t"
    )

    assert (change.kind, change.text) == ("comment", "t")


def test_only_the_one_combination_is_taken() -> None:
    with pytest.raises(TypeError, match="frozen"):
        dataclass(frozen=False, slots=True, kw_only=True)
