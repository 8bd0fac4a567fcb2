"""Rows of cached cases, shown the same way wherever cases are listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from casecli.cli.cells import Column
from casecli.domain.query import PAGE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from casecli.cli.wiring import Session
    from casecli.domain.query import CaseQuery

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


def list_cases(session: Session, typed: Mapping[str, Any]) -> None:
    """Do what `list` was asked; `typed` holds what was given, by parameter name."""
    from casecli.cli import filters

    if typed.get("view") is not None:
        from casecli.cli.views import with_view

        typed = with_view(session, typed)
    query = filters.query(session, typed)
    rows: Sequence[Mapping[str, object]] = (
        _escalatable(session, query)
        if typed.get("escalatable")
        else session.store.rows(query)
    )
    show_cases(session, rows, "no cases here; casecli list --all")


def _escalatable(session: Session, query: CaseQuery) -> list[Mapping[str, object]]:
    """Give the rows of cases nothing keeps from being escalated, up to the limit."""
    from itertools import islice

    every = session.store.rows(query._replace(limit=None))
    rows = {str(each["ref"]): each for each in every}
    profiles = {str(each["profile"]) for each in every}
    known = {name: session.sieve_of(name) for name in profiles}
    sieves = {name: sieve for name, sieve in known.items() if sieve is not None}
    fields = {name for sieve in sieves.values() for name in sieve.fields}
    fit = (
        rows[case.ref]
        for case in session.store.cases(rows, fields)
        if case.profile in sieves and sieves[case.profile].lets_through(case)
    )
    return list(islice(fit, query.limit))


def search_cases(session: Session, typed: Mapping[str, Any]) -> None:
    """Do what `search` was asked.

    Raises:
        BadInput: neither a text nor a case was given, or both.
    """
    from casecli.app import reading
    from casecli.domain.errors import BadInput

    text, similar = typed.get("text"), typed.get("similar")
    limit = typed.get("limit", PAGE)
    if (text is None) == (similar is None):
        raise BadInput("search takes TEXT or --similar CASE", "casecli search TEXT")
    if similar is not None:
        ref = session.case_ref(similar)
        subject = session.case(ref).subject
        found = reading.similar(session.store, subject, limit + 1)
        rows = [row for row in found if row["ref"] != ref][:limit]
    else:
        vault = session.vault if session.vault_exists else None
        rows = list(reading.search(session.store, vault, text or "", limit))
    show_cases(session, rows, "nothing found")
