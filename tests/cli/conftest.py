"""A command line to type at: in this process, in a home of its own."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from casecli.__main__ import main as entry


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it said on standard output, read as JSON."""
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """What it said on standard error, read as the error object of the contract."""
        return json.loads(self.err.splitlines()[-1])["error"]


@dataclass
class Cli:
    """Runs command lines in one home."""

    home: Path
    environ: dict[str, str]

    def __call__(
        self, *args: str, stdin: bytes = b"", code: int = 0, **environ: str
    ) -> Said:
        """Run a command and insist on its exit code."""
        out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        given = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
        world = {**self.environ, **environ}
        with (
            patch.dict(os.environ, world, clear=True),
            patch.object(sys, "stdin", given),
            patch.object(sys, "argv", ["casecli", *args]),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            found = entry()
        said = Said(found, _text(out), _text(err))
        assert said.code == code, f"exit {said.code}\n{said.out}\n{said.err}"
        return said


def _text(stream: io.TextIOWrapper) -> str:
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """A fresh home, and the working folder inside it."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    environ = {
        "CASECLI_HOME": str(tmp_path / "home"),
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "USER": "kim",
        "COLUMNS": "100",
    }
    return Cli(tmp_path / "home", environ)


OPEN = (
    "open",
    "--subject",
    "Calls drop after 32 seconds",
    "-m",
    "Every call drops. Ask bob@hallbrook.example.org, password: hunter2secret",
    "--severity",
    "high",
    "--impact",
    "two of three contact centres cannot take any call since nine",
    "--answer",
    "production-down=no",
    "--answer",
    "people-affected=410",
)


@pytest.fixture
def opening() -> Callable[..., tuple[str, ...]]:
    """The words of a complete `open`, to which more may be added."""

    def words(*more: str) -> tuple[str, ...]:
        return (*OPEN, *more)

    return words
