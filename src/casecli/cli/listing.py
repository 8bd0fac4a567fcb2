"""Rows of cached cases, shown the same way wherever cases are listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casecli.cli.screen import Column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from casecli.cli.wiring import Session

STYLES = {"waiting-on-customer": "yellow", "queued": "cyan", "resolved": "green"}


def _status_style(value: object) -> str:
    return STYLES.get(str(value), "")


CASE_COLUMNS = (
    Column(key="ref", title="ref"),
    Column(key="number", title="number"),
    Column(key="status", title="status", style=_status_style),
    Column(key="severity", title="severity"),
    Column(key="subject", title="subject", shrinks=True),
    Column(key="updated_at", title="updated", time=True),
)


def show_cases(
    session: Session, rows: Sequence[Mapping[str, object]], empty: str
) -> None:
    """Print cases as JSON, a table, or tab-separated lines."""
    session.screen.items(rows, CASE_COLUMNS, now=session.now(), empty=empty)
