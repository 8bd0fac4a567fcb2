"""To-dos that name the command which does them, so that doing it ticks them off."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from casecli.domain.case import Draft
    from casecli.domain.policy import Finding, Policy

RAISE_TO = "raise_to"
"""The field of the severity a case is to get that could not be opened with it."""
_EDITED = ("--set ", "--answer ")


def file_todo(ref: str, path: str) -> str:
    """Say that a file is still to be scrubbed and sent, from wherever one stands."""
    return (
        f"send the file: casecli upload {ref} {shlex.quote(str(Path(path).absolute()))}"
    )


def finding_todo(ref: str, finding: Finding) -> str:
    """Say that something the policy requires is still to be told."""
    remedy = finding.remedy
    if finding.field == "description":
        command = f"casecli comment {ref} -m TEXT"
    elif remedy.startswith(_EDITED):
        command = f"casecli edit {ref} {remedy}"
    else:
        command = remedy or f"casecli comment {ref} -m TEXT"
    joined = " " if finding.message.endswith("?") else ": "
    return f"{finding.message}{joined}{command}"


def raise_todos(policy: Policy, draft: Draft) -> tuple[str, ...]:
    """Say that a case opened for less is still to be raised, as its policy has it."""
    level = policy.severity(draft.fields.get(RAISE_TO) or None)
    if level is None or not level.todo:
        return ()
    return (f"{level.todo}: casecli call {draft.ref}",)


def phone_todo(ref: str) -> str:
    """Say that nobody can call back."""
    return f"no number to call back was given: casecli comment {ref} -m TEXT"


def without_files(
    todos: Iterable[str], ref: str, paths: Collection[str]
) -> tuple[str, ...]:
    """Take off the files that are on their way."""
    done = {file_todo(ref, path) for path in paths}
    return tuple(each for each in todos if each not in done)


def without_fields(
    todos: Iterable[str], ref: str, fields: Collection[str]
) -> tuple[str, ...]:
    """Take off what an edit has told."""
    done = tuple(
        f"casecli edit {ref} {option}{field}=" for field in fields for option in _EDITED
    )
    return tuple(each for each in todos if not any(part in each for part in done))
