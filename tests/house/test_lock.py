"""The locked development environment is the same bytes for everybody."""

import re
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PINNED = re.compile(
    r"[a-z0-9-]+==[\w.]+( ; [^\\]+?)? \\\n( +--hash=sha256:[0-9a-f]{64}( \\)?\n)+"
)


@pytest.fixture
def lock() -> str:
    return (PROJECT / "requirements" / "dev.txt").read_text("utf-8")


def test_every_line_is_a_pin_with_hashes_or_a_comment(lock: str) -> None:
    left = PINNED.sub("", lock)

    assert [
        line for line in left.splitlines() if not line.lstrip().startswith("#")
    ] == []


def test_the_lock_names_no_index_and_no_path(lock: str) -> None:
    found = re.findall(r".*(?:://|--\S*index|--find-links| @ |file:|\s/).*", lock)

    assert found == []


def test_everything_pyproject_asks_for_is_locked(lock: str) -> None:
    pyproject = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    asked = [
        *pyproject["project"]["dependencies"],
        *pyproject["dependency-groups"]["dev"],
        *pyproject["build-system"]["requires"],
    ]

    names = {re.split(r"[<>=!~;\[ ]", each, maxsplit=1)[0].lower() for each in asked}

    assert names - set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE)) == set()
