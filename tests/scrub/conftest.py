"""What the tests of scrubbing share: a case with the same tokens on every run."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from casecli.domain.ports import CaseVault
from casecli.vault import FileVault


@pytest.fixture(autouse=True)
def _the_same_keys(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Draw keys by the name of a test: no stand-in is like a value by bad luck."""
    dice = random.Random(request.node.nodeid)  # noqa: S311 - to be the same on every run
    monkeypatch.setattr(secrets, "token_bytes", dice.randbytes)


@pytest.fixture
def case(tmp_path: Path) -> Iterator[CaseVault]:
    vault = FileVault(tmp_path / "v" / "vault.db", tmp_path / "v" / "key")
    with vault.case("L1") as it:
        yield it
