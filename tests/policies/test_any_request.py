"""Whatever is asked, each policy answers and never half."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casecli.domain.case import Case, Status, Waiver
from casecli.domain.judgement import refusals
from casecli.domain.policy import ACTIONS, Actor, FileFact, Request
from tests.policies.scenes import CASE, PACKS, pack, said

NAMES = sorted(set(PACKS.values()))
ACTS = st.sampled_from(ACTIONS)
CASES = st.one_of(
    st.none(),
    st.builds(lambda each: replace(CASE, status=each), st.sampled_from(Status)),
)
TEXT = st.text(max_size=30)
REQUESTS = st.builds(
    Request,
    channel=st.sampled_from(["portal", "web", "phone", "email", "chat", "fax", ""]),
    subject=TEXT,
    description=TEXT,
    text=TEXT,
    type=st.none() | TEXT,
    severity=st.none() | TEXT | st.sampled_from(["critical", "low", "production-down"]),
    impact=TEXT,
    reason=TEXT | st.sampled_from(["rca", "no-update", "other", "resolved"]),
    answers=st.dictionaries(TEXT, TEXT, max_size=3),
    fields=st.dictionaries(
        st.sampled_from(["subtype", "product.name", "service", "raise_to"]), TEXT
    ),
    files=st.lists(
        st.builds(FileFact, name=TEXT, size=st.integers(0, 2**40)), max_size=2
    ).map(tuple),
)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None)
@given(action=ACTS, request_=REQUESTS, case=CASES)
def test_every_condition_has_an_answer(
    name: str, action: str, request_: Request, case: Case | None
) -> None:
    findings = said(name, action, request_, case)

    assert [each for each in findings if "could not be judged" in each.message] == []
    assert all(each.message for each in findings)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None)
@given(action=ACTS, request_=REQUESTS, case=CASES)
def test_waiving_everything_lifts_what_is_waivable_and_no_more(
    name: str, action: str, request_: Request, case: Case | None
) -> None:
    findings = said(name, action, request_, case)
    waivers = [Waiver(rule=each.rule, reason="agreed") for each in findings]

    left = refusals(findings, waivers)

    assert left == tuple(each for each in refusals(findings) if not each.waivable)


@settings(max_examples=60, deadline=None)
@given(action=ACTS, request_=REQUESTS, case=CASES)
def test_a_reader_is_let_do_nothing_but_look(
    action: str, request_: Request, case: Case | None
) -> None:
    actor = Actor(role="read-only")

    findings = said("genesys", action, request_, case, actor=actor)

    barred = "GENESYS-ROLE" in [each.rule for each in refusals(findings)]
    assert barred == (action != "view")


def test_what_no_document_states_is_null() -> None:
    responses = [each.response for name in NAMES for each in pack(name).severities]
    attempts = [pack(name).closing.attempts for name in NAMES]
    silence = [pack(name).closing.no_feedback for name in NAMES]
    sizes = {name: pack(name).attachments.max_bytes for name in NAMES}

    assert set(responses) == {None}
    assert set(attempts) == {None}
    assert set(silence) == {None}
    assert sizes == {
        "citrix": None,
        "generic": None,
        "genesys": None,
        "hotline-portal": 10485760,
    }
