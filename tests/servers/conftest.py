"""Real servers, each started once for the session that asks for it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.servers.rt5 import Tracker, request_tracker

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def tracker() -> Iterator[Tracker]:
    """Serve Request Tracker 5, or skip naming what cannot be had."""
    # Not tmp_path: the server's user must be able to walk into the folder.
    with (
        tempfile.TemporaryDirectory(
            prefix="rt5-", ignore_cleanup_errors=True
        ) as folder,
        request_tracker(Path(folder)) as server,
    ):
        yield server
