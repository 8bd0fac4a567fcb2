"""The text of a case for vendors without fields for it, and names of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from casecli.domain.case import Answer, Waiver

LEGEND = (
    "Personal and sensitive values in this case and its files were replaced before "
    "sending. The same token always stands for the same value; name a token and we can "
    "look it up."
)

LONGEST_NAME = 200


def case_text(
    description: str,
    sections: Mapping[str, Iterable[tuple[str, str]]],
    waivers: Iterable[Waiver] = (),
    *,
    tokens: bool = False,
) -> str:
    """Write the description, then a section for each group of label and value.

    `tokens` adds the legend that tells support how replaced values can be asked about.
    """
    parts = [description.strip()]
    for title, pairs in sections.items():
        lines = [f"- {told(label, value)}" for label, value in pairs if value]
        if lines:
            parts.append("\n".join([f"{title}:", *lines]))
    waived = [f"- {each.rule}: {each.reason}" for each in waivers]
    if waived:
        parts.append("\n".join(["Rules waived:", *waived]))
    if tokens:
        parts.append(LEGEND)
    return "\n\n".join(parts)


def told(label: str, value: str) -> str:
    """Write a label and its value, or a question and its answer."""
    return f"{label} {value}" if label.endswith("?") else f"{label}: {value}"


def key_text(keys: Iterable[tuple[str, str]]) -> str:
    """Write which tokens to search by: each with what it is, as the user named it."""
    lines = [f"- {name}: {token}" if name else f"- {token}" for name, token in keys]
    return "\n".join(["Search keys:", *lines]) if lines else ""


def answered(answers: Iterable[Answer]) -> list[tuple[str, str]]:
    """Give answered questions as label and value."""
    return [(answer.question, answer.value) for answer in answers]


def flat_name(name: str, number: int) -> str:
    """Give a file name without folders, tricks or surprises; never empty."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(c if c.isprintable() and c not in '<>:"|?*' else "_" for c in last)
    kept = kept.strip(". ").lstrip("-~")[-LONGEST_NAME:]
    while len(kept.encode()) > LONGEST_NAME:
        kept = kept[1:]
    return kept or f"attachment-{number}"
