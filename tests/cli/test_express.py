"""The short way understands exactly what the long way does, or leaves it alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casecli.cli import express
from casecli.cli.express_table import COMMON, OPTIONS, Option
from casecli.cli.options import options_of
from casecli.cli.root import build_root
from tests.cli.conftest import Cli

VALUES = st.sampled_from(["open", "a=b", "3d", "7", "high,low", "", "x y", "-3d", "0"])
HEAVY = (
    "typer",
    "httpx",
    "rich",
    "keyring",
    "questionary",
    "holidays",
    "hyperscan",
    "cel_expr_python",
    "cryptography",
    "phonenumbers",
    "sqlalchemy",
)
JUDGING = (
    *(each for each in HEAVY if each != "cel_expr_python"),
    "tomllib._re",
    "casecli.scrub",
    "casecli.vault",
)


def _spelled(name: str, option: Option, value: str, glued: bool) -> list[str]:  # noqa: FBT001 (drawn)
    if option[1] in ("flag", "count"):
        return [name]
    return [f"{name}={value}"] if glued and name.startswith("--") else [name, value]


@st.composite
def _command_lines(draw: st.DrawFn) -> list[str]:
    command = draw(st.sampled_from(["list", "ls", "search", "status"]))
    known = {**COMMON, **OPTIONS[express.ALIASES.get(command, command)]}
    line = [command]
    for name in draw(st.lists(st.sampled_from(sorted(known)), max_size=4)):
        line += _spelled(name, known[name], draw(VALUES), draw(st.booleans()))
    if command == "search":
        line.append(draw(st.sampled_from(["TLS", "two words"])))
    if command == "policy check":
        line += ["escalate", "CS-1001"]
    return line


def _long_way(line: list[str]) -> tuple[dict[str, Any], Any] | None:
    root = build_root()
    try:
        with root.make_context("casecli", list(line)) as ctx:
            return _inner(root, ctx)
    except Exception:  # noqa: BLE001 (any complaint means: not understood)
        return None


def _inner(group: Any, ctx: Any) -> tuple[dict[str, Any], Any]:
    words = [*ctx._protected_args, *ctx.args]  # noqa: SLF001 (as Click's invoke)
    name, command, rest = group.resolve_command(ctx, words)
    with command.make_context(name, rest, parent=ctx) as inner:
        if hasattr(command, "resolve_command"):
            return _inner(command, inner)
        typed = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in inner.params.items()
        }
        return typed, options_of(inner)


@settings(max_examples=150, deadline=None)
@given(_command_lines())
def test_what_is_understood_is_understood_the_same(line: list[str]) -> None:
    short = express.parse(line)
    if short is None:
        return

    long = _long_way(line)

    assert long is not None
    wanted, common = long
    assert common == short[2]
    typed = short[1]
    assert {name: wanted[name] for name in typed} == typed


@pytest.mark.parametrize(
    "line",
    [
        "list --help",
        "list --stauts open",
        "list --limit 0",
        "list --limit many",
        "list extra",
        "policy show",
        "policy check escalate",
        "policy check escalate L1 --nope",
        "search",
        "lst",
        "open -s x",
        "list -- x",
        "list --json=yes",
        "list --status",
        "--version",
        "",
    ],
)
def test_anything_unusual_goes_the_long_way(line: str) -> None:
    understood = express.parse(line.split())

    assert understood is None or line == "search"


@pytest.mark.parametrize(
    "line", ["--help", "list", "ls --json", "status", "status --json", "__complete =li"]
)
def test_reading_commands_import_nothing_heavy(cli: Cli, line: str) -> None:
    heavy = HEAVY[1:] if line in ("--help", "__complete =li") else HEAVY
    program = (
        "import sys; from casecli.__main__ import main; sys.argv[1:] = "
        f"{line.split()!r}; code = main(); "
        f"print(sorted(set({heavy!r}) & set(sys.modules)), file=sys.stderr)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        env=cli.environ,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stderr.splitlines()[-1] == "[]"


def test_a_judgement_waits_neither_for_typer_nor_for_the_gate(
    cli: Cli, opening: Callable[..., tuple[str, ...]]
) -> None:
    cli(*opening())
    words = ["policy", "check", "escalate", "L1"]
    program = (
        "import sys; from casecli.__main__ import main; sys.argv[1:] = "
        f"{words!r}; code = main(); "
        f"print(code, sorted(set({JUDGING!r}) & set(sys.modules)), file=sys.stderr)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        env=cli.environ,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stderr.splitlines()[-1] == "5 []"


def test_the_short_way_ends_with_the_same_codes(cli: Cli) -> None:
    assert cli("list", "--status", "nonsense", code=2).err.startswith("error: status")
    assert cli("list", "--fields", "nope", code=0).out == "[]\n"
    assert cli("-p", "nobody", "status", code=3).err.startswith("error: no profile")
