"""The pages come from the command tree, always the same, and drift is noticed."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from casecli.cli.root import CommandEntry

TOOL = Path(__file__).parents[2] / "tools" / "reference.py"

PROBE = '''
from typing import Annotated
import typer
from casecli.cli.options import CaseArg

EXAMPLES = ("casecli probe L12 --depth 3",)

def run(
    ctx: typer.Context,
    case: CaseArg,
    depth: Annotated[
        str, typer.Option("--depth", metavar="TEXT", help="How deep: a|b.")
    ] = "a",
) -> None:
    """Look into a case.

    Nothing is
    changed by it.

    .Not a request.
    """
'''

GROUP = '''
import typer
app = typer.Typer(help="Unfinished texts.")

@app.command("list")
def list_(ctx: typer.Context) -> None:
    """List them."""

@app.command("drop")
def drop(ctx: typer.Context, ref: str) -> None:
    """Drop one."""
'''

TABLE = {
    "probe": CommandEntry("reference_probe", "Probe.", "Probes", ("pr",)),
    "drafts": CommandEntry("reference_group", "Drafts.", "Others"),
}


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    (tmp_path / "reference_probe.py").write_text(PROBE)
    (tmp_path / "reference_group.py").write_text(GROUP)
    monkeypatch.syspath_prepend(tmp_path)
    spec = importlib.util.spec_from_file_location("reference_tool", TOOL)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "reference_tool", module)
    spec.loader.exec_module(module)
    return module


def test_a_command_has_a_page_with_its_examples_and_its_own_options(
    tool: ModuleType,
) -> None:
    page = tool.generate(TABLE)["docs/reference/commands/probe.md"]

    assert "# casecli probe\n\nAlso typed `casecli pr`.\n\nLook into a case.\n" in page
    assert "```\ncasecli probe [OPTIONS] CASE\n```" in page
    assert "```sh\ncasecli probe L12 --depth 3\n```" in page
    assert "| `--depth TEXT` | How deep: a\\|b. [default: a] |" in page
    assert "--no-color" not in page


def test_a_group_has_its_subcommands_on_its_page(tool: ModuleType) -> None:
    files = tool.generate(TABLE)

    page = files["docs/reference/commands/drafts.md"]
    assert "## casecli drafts list\n\nList them.\n" in page
    assert "casecli drafts drop [OPTIONS] REF" in page
    assert '.SH "CASECLI DRAFTS DROP"' in files["man/casecli-drafts.1"]


def test_the_index_links_commands_topics_and_common_options(tool: ModuleType) -> None:
    index = tool.generate(TABLE)["docs/reference/README.md"]

    assert "## Probes\n\n- [`casecli probe`](commands/probe.md): Probe.\n" in index
    assert "- [exit-codes](exit-codes.md): What each exit code means.\n" in index
    assert "| `-p, --profile NAME` | Work with this profile. |" in index


def test_each_topic_is_a_page_and_a_man_page(tool: ModuleType) -> None:
    files = tool.generate(TABLE)

    assert "```text\n   0  Done." in files["docs/reference/exit-codes.md"]
    assert files["docs/reference/exit-codes.md"].count("```") == 2
    assert '.SH "In a pipe"' in files["man/casecli-formatting.7"]


def test_man_pages_keep_dashes_and_protect_lines_that_look_like_requests(
    tool: ModuleType,
) -> None:
    page = tool.generate(TABLE)["man/casecli-probe.1"]

    assert r"casecli\-probe \- Look into a case" in page
    assert "Nothing is changed by it.\n.PP\n\\&.Not a request." in page
    assert r"\fB\-\-depth TEXT\fR" in page


@pytest.mark.skipif(shutil.which("groff") is None, reason="needs groff")
def test_the_man_formatter_finds_nothing_wrong(
    tool: ModuleType, tmp_path: Path
) -> None:
    tool.write(tmp_path, tool.generate(TABLE))

    done = subprocess.run(
        ["groff", "-man", "-ww", "-z", *sorted(tmp_path.glob("man/*"))],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_the_same_tree_gives_the_same_bytes(tool: ModuleType) -> None:
    assert tool.generate(TABLE) == tool.generate(TABLE)


def test_what_was_just_written_passes_the_check(
    tool: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = tool.generate(TABLE)
    tool.write(tmp_path, files)
    capsys.readouterr()

    assert tool.check(tmp_path, files) == 0
    assert capsys.readouterr().out == ""


def test_the_check_names_what_differs_is_missing_or_is_stale(
    tool: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = tool.generate(TABLE)
    tool.write(tmp_path, files)
    (tmp_path / "man/casecli-probe.1").write_text("by hand")
    (tmp_path / "completions/casecli.zsh").unlink()
    (tmp_path / "docs/reference/commands/gone.md").write_text("")
    capsys.readouterr()

    assert tool.check(tmp_path, files) == 1
    assert capsys.readouterr().out.splitlines() == [
        "stale: docs/reference/commands/gone.md",
        "differs: man/casecli-probe.1",
        "missing: completions/casecli.zsh",
    ]


def test_writing_deletes_what_is_stale(tool: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "man").mkdir()
    (tmp_path / "man/casecli-gone.1").write_text("")

    tool.write(tmp_path, tool.generate(TABLE))

    assert not (tmp_path / "man/casecli-gone.1").exists()


def test_a_command_without_a_module_is_named(tool: ModuleType) -> None:
    table = {"lost": CommandEntry("reference_lost", "Lost.", "Others")}

    with pytest.raises(tool.Missing, match="command 'lost' has no module reference_"):
        tool.generate(table)
