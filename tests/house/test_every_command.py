"""Each command has what a user looks for: examples, a page, completion, a tried run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup

from casecli.cli.completing import complete
from casecli.cli.root import COMMANDS, build_root

ROOT = Path(__file__).parents[2]
TRANSCRIPTS = "\n".join(
    each.read_text() for each in sorted((ROOT / "tests").glob("*/test_*.py"))
)


def _leaves() -> Iterator[tuple[str, ...]]:
    root = build_root()
    for name in COMMANDS:
        command = root.commands[name]
        parts = command.commands if isinstance(command, TyperGroup) else {}
        inner = {
            words: part
            for part_name, part in parts.items()
            for words in (
                [(part_name, each) for each in part.commands]
                if isinstance(part, TyperGroup)
                else [(part_name,)]
            )
        }
        yield from [(name, *words) for words in inner] or [(name,)]


EVERY = sorted(_leaves())


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_command_is_run_by_a_test(words: tuple[str, ...]) -> None:
    run = r"[\"', \n]+".join(re.escape(each) for each in words)

    assert re.search(rf"[\"' ]{run}[\"' ]", TRANSCRIPTS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_examples_a_page_and_completion(name: str) -> None:
    page = (ROOT / "man" / f"casecli-{name}.1").read_text()

    examples = page.partition(".SS Examples")[2].partition(".fi")[0]
    offered = [each.partition("\t")[0] for each in complete(build_root(), [f"={name}"])]

    assert re.search(rf"casecli (\\-p \w+ )?{name}\b", examples)
    assert name in offered
