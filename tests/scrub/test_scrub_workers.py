"""Workers: the same bytes as without them, and nothing at all when one is lost."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest

from casecli.domain.errors import ScrubRefused
from casecli.domain.ports import CaseVault
from casecli.scrub import Gate
from casecli.vault import FileVault
from tests.scrub.labelled import CORPUS, unmarked

KIB = 1024
KEY = "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA7bq\n" * 40
KEY += "-----END RSA PRIVATE KEY-----\n"
LINES = unmarked((CORPUS / "tuned.txt").read_text("utf-8"))[0].decode()
LONG = "x" * (2200 * KIB) + " from 10.1.2.3 \n"


@pytest.fixture
def case(tmp_path: Path) -> Iterator[CaseVault]:
    vault = FileVault(tmp_path / "v" / "vault.db", tmp_path / "v" / "key")
    with vault.case("L1") as it:
        yield it


@pytest.fixture(autouse=True)
def _small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("casecli.scrub.workers.FORKED", 256 * KIB)
    monkeypatch.setattr("casecli.scrub.workers.SLICE", 64 * KIB)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(LINES * 12 + (LINES[:3000] + KEY) * 30, id="keys"),
        pytest.param(LINES * 14 + LONG + LINES * 4, id="long-line"),
        pytest.param(LINES * 30 + "no end of line, mail bob@acme.com", id="no-end"),
    ],
)
def test_two_workers_give_what_none_give(
    text: str, case: CaseVault, tmp_path: Path
) -> None:
    source = tmp_path / "app.log"
    source.write_text(text, "utf-8")

    alone = Gate(engine="stdlib", workers=1).file(source, tmp_path / "1", case)
    shared = Gate(engine="stdlib", workers=2).file(source, tmp_path / "2", case)

    assert shared == alone
    assert (tmp_path / "2").read_bytes() == (tmp_path / "1").read_bytes()
    assert multiprocessing.active_children() == []


def test_a_killed_worker_is_a_refusal_and_leaves_nothing(
    case: CaseVault, tmp_path: Path
) -> None:
    source = tmp_path / "app.log"
    source.write_text(LINES * 60, "utf-8")

    def kill(_: int) -> None:
        for child in multiprocessing.active_children():
            child.kill()
            child.join()

    with pytest.raises(ScrubRefused, match="worker process ended"):
        Gate(engine="stdlib", workers=2).file(
            source, tmp_path / "out", case, progress=kill
        )

    assert not (tmp_path / "out").exists()
    assert multiprocessing.active_children() == []


def test_binary_bytes_deep_inside_end_the_workers(
    case: CaseVault, tmp_path: Path
) -> None:
    source = tmp_path / "app.log"
    source.write_bytes(LINES.encode() * 30 + b"\0" + LINES.encode() * 30)

    made = Gate(engine="stdlib", workers=2).file(source, tmp_path / "out", case)

    assert made.nothing_left
    assert multiprocessing.active_children() == []
