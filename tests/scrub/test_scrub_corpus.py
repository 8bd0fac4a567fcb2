"""The goals, held against a labelled corpus of our own.

Files are scrubbed as a user's are: with the tables in them, and the second pass.
"""

from __future__ import annotations

import functools

import pytest

from tests.scrub.labelled import CORPUS, Outcome, gate_spans, measure_gate


@functools.cache
def outcome() -> Outcome:
    return measure_gate(sorted(CORPUS.glob("*.txt")))


def test_what_the_gate_replaced_is_told_by_the_places_it_had() -> None:
    data = b"user=kwong42 from 10.1.2.3\nkwong42 left\n"

    assert gate_spans(data) == [(5, 12), (18, 26), (27, 34)]


def test_the_corpus_is_large_enough_to_mean_something() -> None:
    assert outcome().wanted.total() >= 600
    assert outcome().lines >= 400
    assert len(outcome().wanted) >= 20


def test_of_all_types_together_nearly_everything_is_found() -> None:
    assert outcome().recall() >= 0.95


@pytest.mark.parametrize(
    "kinds",
    [
        ("ipv4", "ipv6", "mac"),
        ("card",),
        ("iban",),
        ("jwt",),
        ("auth",),
        ("key",),
        ("email",),
    ],
)
def test_what_has_a_shape_of_its_own_is_found(kinds: tuple[str, ...]) -> None:
    assert outcome().recall(*kinds) >= 0.97


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        ("host", 0.9),
        ("phone", 0.9),
        ("password", 0.85),
        ("secret", 0.85),
        ("user", 0.8),
        ("agent", 0.9),
        ("connection", 0.9),
        ("account", 0.9),
        ("ssn", 0.9),
        ("name", 0.85),
    ],
)
def test_what_is_known_by_its_field_is_mostly_found(kind: str, least: float) -> None:
    assert outcome().recall(kind) >= least


def test_harmless_lines_stay_harmless() -> None:
    assert outcome().false_positives() <= 0.03


def test_of_harmless_texts_next_to_nothing_is_lost() -> None:
    harmless = measure_gate(sorted(CORPUS.glob("*_harmless.txt")))

    assert harmless.collateral() <= 0.003


def test_little_is_lost_around_what_is_replaced() -> None:
    # Authors differ in how much of a cookie, a header or a vendor's host they mark.
    assert outcome().collateral() <= 0.01
