"""What a person sees while a file is on its way."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from tests.cli.conftest import Cli


def test_an_upload_is_shown_on_a_terminal(
    cli: Cli, opening: Callable[..., tuple[str, ...]]
) -> None:
    cli(*opening())
    (Path.cwd() / "dump.bin").write_bytes(bytes(range(256)) * 10_240)
    words = ["upload", "L1", "dump.bin", "--waive", "scrub:dump.bin=a dump of ours"]

    terminal = pexpect.spawn(
        sys.executable,
        ["-m", "casecli", *words],
        env={**cli.environ, "TERM": "dumb"},
        encoding="utf-8",
        timeout=60,
    )
    terminal.expect("uploading dump.bin +#* +[0-9]+%")
    terminal.expect(pexpect.EOF)
    terminal.close()

    assert terminal.exitstatus == 0


@pytest.fixture
def waiting(cli: Cli, opening: Callable[..., tuple[str, ...]]) -> Cli:
    """Leave a case, its file and a comment in the outbox."""
    (Path.cwd() / "dump.bin").write_bytes(bytes(range(256)) * 10_240)
    waive = ("--waive", "scrub:dump.bin=a dump of ours")
    cli("--offline", *opening("--attach", "dump.bin", *waive))
    cli("--offline", "comment", "L1", "-m", "It is the second line too")
    return cli


def synced(cli: Cli, *words: str, **environ: str) -> pexpect.spawn[str]:
    return pexpect.spawn(
        sys.executable,
        ["-m", "casecli", *words],
        env={**cli.environ, "TERM": "dumb", **environ},
        encoding="utf-8",
        timeout=60,
    )


def test_a_sync_counts_on_a_terminal(waiting: Cli) -> None:
    terminal = synced(waiting, "sync")

    terminal.expect("delivering +0 of 3 changes")
    terminal.expect("delivering +#+ +1 of 3 changes")
    terminal.expect("2 of 3  uploading dump.bin +#* +[0-9]+%")
    terminal.expect("delivering +#+ +3 of 3 changes")
    terminal.expect("taking in …")
    terminal.expect("taking in +1 case, page 1")
    terminal.expect("delivered 3; took in 1 case\r\n")
    terminal.expect(pexpect.EOF)
    terminal.close()

    assert terminal.exitstatus == 0


@pytest.mark.parametrize(
    ("words", "environ"),
    [(("sync",), {"CI": "1"}), (("sync", "-q"), {}), (("sync", "--json"), {})],
)
def test_a_sync_draws_nothing_where_nobody_looks(
    waiting: Cli, words: tuple[str, ...], environ: dict[str, str]
) -> None:
    terminal = synced(waiting, *words, **environ)

    said = terminal.read()
    terminal.close()

    assert terminal.exitstatus == 0
    assert "delivering" not in said
    assert "uploading" not in said
    assert "taking in" not in said


def test_a_sync_in_a_pipe_says_its_sum_alone(waiting: Cli) -> None:
    assert waiting("sync").err == "delivered 3; took in 1 case\n"
