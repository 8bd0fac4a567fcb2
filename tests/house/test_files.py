"""What must hold for every file of the project, whoever wrote it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
HIDDEN = {".ci", ".gitignore", ".pre-commit-config.yaml"}
MADE = {"__pycache__", "build", "dist"}
REGISTRY = re.compile(
    r"pypi[.]org|pythonhosted[.]org|npmjs[.](?:org|com)|proxy[.]golang[.]org"
    r"|registry[.]yarnpkg|crates[.]io"
)
MACHINE = re.compile(r"(?<![\w.}])/(?:work|root)/(?!\.\.)|/opt/(?:pypi|wheels)\b")


def ours(folder: Path) -> Iterator[Path]:
    """Walk the files that would be committed; git need not be installed."""
    for entry in os.scandir(folder):
        if entry.name in MADE or (entry.name[0] == "." and entry.name not in HIDDEN):
            continue
        if entry.is_dir():
            yield from ours(Path(entry.path))
        else:
            yield Path(entry.path)


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """Give `path:line` of every place a pattern is found."""
    return [
        f"{path.relative_to(PROJECT)}:{number}"
        for path in ours(PROJECT)
        for number, line in enumerate(path.read_bytes().splitlines(), 1)
        if pattern.search(line.decode("latin-1"))
    ]


def test_no_file_names_the_host_of_a_package_registry() -> None:
    assert lines_with(REGISTRY) == []


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    assert lines_with(MACHINE) == []


@pytest.mark.parametrize("verb", ["demo", "test", "check"])
def test_the_verbs_of_the_readme_are_verbs_of_the_makefile(verb: str) -> None:
    makefile = (PROJECT / "Makefile").read_text("utf-8")

    assert re.search(rf"^{verb}:.*## \w", makefile, re.MULTILINE)


def test_the_readme_begins_with_the_two_commands() -> None:
    readme = (PROJECT / "README.md").read_text("utf-8")

    assert re.findall(r"make (?:demo|test)\b", readme)[:2] == ["make demo", "make test"]


def test_the_example_log_is_what_its_script_writes() -> None:
    written = subprocess.run(
        [sys.executable, PROJECT / "examples" / "make_log.py"],
        check=True,
        capture_output=True,
    )

    assert written.stdout == (PROJECT / "examples" / "app.log").read_bytes()
