"""The import contracts hold, and each breaks on the fault it is there for."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Copy our sources and their contracts to where faults may be planted."""
    shutil.copytree(
        PROJECT / "src" / "casecli",
        tmp_path / "casecli",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(house: Path) -> subprocess.CompletedProcess[str]:
    """Judge the copy, which `lint-imports` finds in its working folder first."""
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=house,
        check=False,
        capture_output=True,
        text=True,
        env={"COLUMNS": "200", "PYTHONDONTWRITEBYTECODE": "1"},
    )


def test_what_we_ship_keeps_every_contract(house: Path) -> None:
    result = lint(house)

    assert "0 broken" in result.stdout
    assert result.returncode == 0


@pytest.mark.parametrize(
    ("module", "fault", "contract"),
    [
        ("domain/case.py", "import httpx", "the domain is pure"),
        (
            "app/planted.py",
            "from casecli.store import sqlite",
            "cli wires; the rest knows only the domain",
        ),
        ("store/sqlite.py", "import rich.text", "one door to each heavy library"),
        ("utils.py", "", "cli wires; the rest knows only the domain"),
    ],
    ids=["library-in-domain", "adapter-in-use-case", "second-door", "stray-module"],
)
def test_a_planted_fault_breaks_its_contract(
    house: Path, module: str, fault: str, contract: str
) -> None:
    with (house / "casecli" / module).open("a", encoding="utf-8") as source:
        source.write(f"\n{fault}\n")

    result = lint(house)

    assert f"{contract} BROKEN" in result.stdout
    assert result.returncode == 1
