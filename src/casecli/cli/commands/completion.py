"""`casecli completion`: the script that has a shell complete commands and cases."""

from __future__ import annotations

from enum import StrEnum
from importlib import resources
from typing import Annotated

import typer

from casecli.cli.options import options_of, screen_for

EXAMPLES = (
    'eval "$(casecli completion bash)"',
    "casecli completion fish > ~/.config/fish/completions/casecli.fish",
)


class Shell(StrEnum):
    """A shell we have a script for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


SCRIPTS = {
    Shell.BASH: "casecli.bash",
    Shell.ZSH: "casecli.zsh",
    Shell.FISH: "casecli.fish",
    Shell.POWERSHELL: "casecli.ps1",
}


def run(
    ctx: typer.Context,
    shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="Which shell.")],
) -> None:
    """Print the completion script of a shell.

    Commands and options come from casecli itself, cases from the local cache, each ref
    with its subject. Completing never uses the network.
    """
    screen = screen_for(options_of(ctx))
    text = script(shell)
    screen.result({"shell": shell.value, "script": text}, lambda: screen.write(text))


def script(shell: Shell) -> str:
    """Read a shell's script."""
    page = resources.files("casecli.cli") / "topics" / SCRIPTS[shell]
    return page.read_text(encoding="utf-8")
