"""Texts become Atlassian documents and come back as they went."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecli.backends.atlassian_document import document, parted, plain
from casecli.backends.tracker_talk import Mark
from tests.backends.jira_site import broken

TEXTS = st.text(st.sampled_from("ab \t\n\u00e9\u65e5[]"), max_size=60)


def text(words: str, *marks: dict[str, Any]) -> dict[str, Any]:
    return {"type": "text", "text": words, **({"marks": list(marks)} if marks else {})}


def node(kind: str, *content: dict[str, Any], **attrs: object) -> dict[str, Any]:
    return {"type": kind, "attrs": attrs, "content": list(content)}


def para(words: str) -> dict[str, Any]:
    return node("paragraph", text(words))


@given(TEXTS)
def test_a_text_comes_back_as_it_went(words: str) -> None:
    assert plain(document(words)) == words


@given(TEXTS, st.uuids().map(str), st.sampled_from(["comment", "comment-escalation"]))
def test_a_text_comes_back_without_its_mark(words: str, key: str, kind: str) -> None:
    assert parted(document(words, Mark(key, kind))) == (words, Mark(key, kind))


@given(TEXTS)
def test_what_is_written_is_a_document_jira_takes(words: str) -> None:
    assert broken(document(words, Mark("k", "comment"))) == ""


def test_a_text_that_ends_like_a_mark_is_not_cut() -> None:
    words = "see\n\n[casecli k comment]"

    assert parted(document(words, Mark("k2", "comment"))) == (
        words,
        Mark("k2", "comment"),
    )


@pytest.mark.parametrize(
    ("block", "read"),
    [
        (node("heading", text("Steps"), level=2), "Steps"),
        (node("codeBlock", text("a\n  b"), language="sh"), "a\n  b"),
        (node("rule"), "----"),
        (node("blockquote", para("one"), para("two")), "> one\n> \n> two"),
        (node("panel", para("note"), panelType="info"), "note"),
        (node("expand", para("more"), title="x"), "more"),
        (
            node(
                "bulletList",
                node(
                    "listItem",
                    para("a"),
                    node("bulletList", node("listItem", para("b"))),
                ),
            ),
            "- a\n  - b",
        ),
        (node("orderedList", node("listItem", para("a")), order=3), "3. a"),
        (
            node("taskList", node("taskItem", text("done"), state="DONE")),
            "[x] done",
        ),
        (
            node(
                "table",
                node(
                    "tableRow",
                    node("tableHeader", para("a")),
                    node("tableCell", para("b")),
                ),
                node(
                    "tableRow",
                    node("tableCell", para("c")),
                    node("tableCell", para("d")),
                ),
            ),
            "a | b\nc | d",
        ),
        (
            node(
                "paragraph",
                node("mention", text="@Ann"),
                text(" at "),
                node("date", timestamp="1772409600000"),
                {"type": "hardBreak"},
                node("emoji", shortName=":x:"),
                node("status", text="DONE"),
                node("inlineCard", url="https://x.example.com"),
            ),
            "@Ann at 2026-03-02\n:x:DONEhttps://x.example.com",
        ),
        (
            node(
                "paragraph",
                text(
                    "here", {"type": "link", "attrs": {"href": "https://x.example.com"}}
                ),
                text(" bold", {"type": "strong"}),
            ),
            "here <https://x.example.com> bold",
        ),
        (node("mediaSingle", node("media", alt="a.png")), "[a.png]"),
        (node("something new", para("kept")), "kept"),
    ],
)
def test_what_people_write_is_read_as_text(block: dict[str, Any], read: str) -> None:
    assert plain({"type": "doc", "version": 1, "content": [block]}) == read


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"type": "doc", "content": None},
        {"type": "doc", "content": [None, 7, "x", {"type": 3}]},
        {"type": "doc", "content": [{"type": "paragraph", "content": [None]}]},
        {"type": "doc", "content": [{"type": "paragraph", "attrs": []}]},
        node("doc", node("paragraph", node("date", timestamp="soon"))),
        node("doc", node("paragraph", node("date", timestamp="9" * 40))),
        node("doc", node("paragraph", {"type": "text", "marks": 7, "text": None})),
    ],
)
def test_a_crooked_document_is_read_as_nothing(body: object) -> None:
    assert plain(body).strip() == ""


def test_a_bottomless_document_is_read_to_a_depth() -> None:
    block: dict[str, Any] = para("deep")
    for _ in range(5000):
        block = {"type": "blockquote", "content": [block]}

    assert "deep" not in plain({"type": "doc", "version": 1, "content": [block]})
