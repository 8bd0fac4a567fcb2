"""Texts as Jira keeps them: Atlassian Document Format, version 1.

What we write comes back to the byte: an empty line parts paragraphs, a line end is a
hard break. What people write in the browser is read as the plain text they would type.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from casecli.backends.tracker_talk import MARK, Mark

if TYPE_CHECKING:
    from collections.abc import Iterator

Node = dict[str, Any]  # a node of the document, as deep as its author liked

DEEPEST = 60
_MARKED = re.compile(rf"\[{MARK}\]")
_SMALL = [{"type": "subsup", "attrs": {"type": "sub"}}]


def document(text: str, mark: Mark | None = None) -> Node:
    """Write a text as a document, our mark in small letters below it."""
    blocks = [_paragraph(each) for each in text.split("\n\n")] if text else []
    if mark is not None:
        said = {"type": "text", "text": f"[{mark}]", "marks": _SMALL}
        blocks.append({"type": "paragraph", "content": [said]})
    return {"type": "doc", "version": 1, "content": blocks or [_paragraph("")]}


def _paragraph(text: str) -> Node:
    content: list[Node] = []
    for n, line in enumerate(text.split("\n")):
        if n:
            content.append({"type": "hardBreak"})
        if line:
            content.append({"type": "text", "text": line})
    return {"type": "paragraph", "content": content}


def parted(body: object) -> tuple[str, Mark | None]:
    """Read a document as a text and our mark; a plain text is read as it is."""
    if not isinstance(body, dict):
        return str(body or ""), None
    blocks = [each for each in _children(body) if isinstance(each, dict)]
    mark = None
    if blocks and (found := _MARKED.fullmatch(_block(blocks[-1], 0).strip())):
        mark = Mark(found[1], found[2])
        del blocks[-1]
    return "\n\n".join(_block(each, 0) for each in blocks), mark


def plain(body: object) -> str:
    """Read a document as plain text, marks of ours left out."""
    return parted(body)[0]


def _children(node: Node) -> list[Any]:
    found = node.get("content")
    return found if isinstance(found, list) else []


def _block(node: Node, depth: int) -> str:
    """Read a block; what stands in a list or table begins a line."""
    if depth > DEEPEST:
        return ""
    kind, deeper = node.get("type"), depth + 1
    nested = [each for each in _children(node) if isinstance(each, dict)]
    match kind:
        case "paragraph" | "heading" | "codeBlock" | "caption":
            return "".join(_inline(each) for each in nested)
        case "bulletList" | "orderedList" | "taskList" | "decisionList":
            return "\n".join(_items(node, nested, deeper))
        case "blockquote":
            inner = "\n\n".join(_block(each, deeper) for each in nested)
            return "\n".join(f"> {line}" for line in inner.split("\n"))
        case "table":
            return "\n".join(_block(each, deeper) for each in nested)
        case "tableRow":
            return " | ".join(
                _block(each, deeper).replace("\n", " ") for each in nested
            )
        case "rule":
            return "----"
        case _ if nested and nested[0].get("type") in INLINE:
            return "".join(_inline(each) for each in nested)
        case _ if nested:
            return "\n\n".join(_block(each, deeper) for each in nested)
        case _:
            return _inline(node)


def _items(node: Node, nested: list[Node], depth: int) -> Iterator[str]:
    first = _attributes(node).get("order", 1)
    for n, each in enumerate(nested):
        head = "- "
        if node.get("type") == "orderedList" and isinstance(first, int):
            head = f"{first + n}. "
        if each.get("type") == "taskItem":
            done = _attributes(each).get("state") == "DONE"
            head = "[x] " if done else "[ ] "
        lines = _block(each, depth).replace("\n\n", "\n").split("\n")
        yield "\n".join([f"{head}{lines[0]}", *(f"  {line}" for line in lines[1:])])


INLINE = frozenset(
    {
        "text",
        "hardBreak",
        "mention",
        "emoji",
        "date",
        "status",
        "inlineCard",
        "mediaInline",
    }
)


def _attributes(node: Node) -> Node:
    found = node.get("attrs")
    return found if isinstance(found, dict) else {}


def _inline(node: Node) -> str:
    attributes = _attributes(node)
    match node.get("type"):
        case "text":
            return f"{node.get('text') or ''}{_link(node)}"
        case "hardBreak":
            return "\n"
        case "mention" | "status":
            return str(attributes.get("text") or "")
        case "emoji":
            return str(attributes.get("text") or attributes.get("shortName") or "")
        case "date":
            return _date(attributes.get("timestamp"))
        case "inlineCard" | "blockCard" | "embedCard":
            return str(attributes.get("url") or "")
        case "media" | "mediaInline":
            return f"[{attributes.get('alt') or 'file'}]"
        case _:
            return str(attributes.get("text") or "")


def _link(node: Node) -> str:
    marks = node.get("marks")
    for each in marks if isinstance(marks, list) else ():
        if isinstance(each, dict) and each.get("type") == "link":
            url = str(_attributes(each).get("href") or "")
            return f" <{url}>" if url and url != node.get("text") else ""
    return ""


def _date(milliseconds: object) -> str:
    try:
        moment = datetime.fromtimestamp(int(str(milliseconds)) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return f"{moment:%Y-%m-%d}"
