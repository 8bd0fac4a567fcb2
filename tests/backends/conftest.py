"""Servers the backends' tests talk to, started once a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.backends.postgres import Server, server

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Serve PostgreSQL, or skip naming what is missing."""
    with server() as running:
        yield running
