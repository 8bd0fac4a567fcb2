"""Stores in fresh folders, and the small cast the tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from casecli.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from casecli.domain.ports import Spool, Store
    from casecli.store.spool import FileSpool

    def keeps_the_port(store: SqliteStore, spool: FileSpool) -> tuple[Store, Spool]:
        """Have mypy hold both against what the use cases expect."""
        return store, spool


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "casecli.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path, backend_of={"acme": "rt", "other": "desk"}.__getitem__)
    yield store
    store.close()
