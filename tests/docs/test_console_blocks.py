"""Every console block of the documentation does what it shows.

A line of `…` stands for any lines, `…` within one for any text. Tokens differ from run
to run and are compared by their shape.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TOKEN = re.compile(r"\b([a-z]+)[-_][a-z0-9]{6}\b")
PAGES = sorted(
    str(each.relative_to(HOME))
    for each in [HOME / "README.md", *HOME.glob("docs/**/*.md")]
    if BLOCK.search(each.read_text(encoding="utf-8"))
)


def _steps(page: str) -> list[tuple[str, str]]:
    text = (HOME / page).read_text(encoding="utf-8")
    steps: list[tuple[str, str]] = []
    for block in BLOCK.findall(text):
        for line in block.splitlines():
            if line.startswith("$ "):
                steps.append((line.removeprefix("$ "), ""))
            else:
                command, shown = steps[-1]
                steps[-1] = (command, f"{shown}{line}\n")
    return steps


def _pattern(shown: str) -> str:
    lines = []
    for line in shown.splitlines():
        if line == "…":
            lines.append(r"(?:.*\n)*?")
        else:
            escaped = ".*".join(map(re.escape, line.split("…")))
            lines.append(escaped + r"\n")
    return "".join(lines)


def _plain(text: str) -> str:
    return TOKEN.sub(r"\1-token", text)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_does_what_it_shows(page: str, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    shutil.copytree(HOME / "examples", work / "examples")
    environ = {
        "CASECLI_HOME": str(tmp_path / "home"),
        "CASECLI_CLOCK": "2026-11-21T09:00:00Z",
        "HOME": str(tmp_path),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "USER": "kim",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    for command, shown in _steps(page):
        done = subprocess.run(  # noqa: S602 (the shell is what the page shows)
            command,
            shell=True,
            cwd=work,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

        said = _plain(done.stdout)
        assert re.fullmatch(_pattern(_plain(shown)), said), f"$ {command}\n{said}"
