"""What a person sees while a file is on its way."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pexpect

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
