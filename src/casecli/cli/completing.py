"""What shells ask while a command is being typed: from the tables and the cache.

The scripts of `casecli completion` call `casecli __complete =INCOMPLETE WORD…`; the
sign keeps an empty word alive in shells that drop one. Each answer is a line
`word<TAB>help`, the word in full. Nothing here may touch the network, write, or fail
aloud.
"""

from __future__ import annotations

from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

HIDDEN = "__complete"


def complete_cases(incomplete: str) -> list[tuple[str, str]]:
    """Offer the cached cases, each by its number or ref with its subject."""
    from casecli import settings
    from casecli.domain.query import CaseQuery
    from casecli.store.sqlite import SqliteStore

    path = settings.load().folders.data / "casecli.db"
    if not path.exists():
        return []
    with closing(SqliteStore(path)) as store:
        rows = store.rows(CaseQuery(ended=True, limit=200))
    named = [(str(row["number"] or row["ref"]), str(row["subject"])) for row in rows]
    return [each for each in named if each[0].startswith(incomplete)]


def complete(root: Any, words: Sequence[str]) -> list[str]:
    """Answer a shell: the first word is `=` and what is typed, the rest stands before.

    No answer makes the scripts fall back to file names.
    """
    from typer._click.shell_completion import _resolve_context, _resolve_incomplete

    from casecli.cli.safe import safe

    if not words:
        return []
    typed, before = words[0].removeprefix("="), list(words[1:])
    lines: list[str] = []
    with suppress(Exception):
        ctx = _resolve_context(root, {}, "casecli", before)
        asked, incomplete = _resolve_incomplete(ctx, before, typed)
        glued = typed.removesuffix(incomplete)  # `--option=`, which stays as it is
        for item in asked.shell_complete(ctx, incomplete):
            if item.type == "plain":
                value, help_text = safe(f"{glued}{item.value}"), safe(item.help or "")
                lines.append(f"{value}\t{help_text}".rstrip("\t"))
    return lines
