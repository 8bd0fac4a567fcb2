"""`casecli help`: a command's help, or a page that no command owns."""

from __future__ import annotations

from importlib import resources
from typing import Annotated

import typer
from typer.core import TyperGroup

from casecli.cli.options import options_of, screen_for
from casecli.domain.errors import NotFound

TOPICS = {
    "environment": "Variables, files and which one wins.",
    "exit-codes": "What each exit code means.",
    "formatting": "JSON, tables, colours and times.",
    "policies": "How the vendor's rules are judged, answered and waived.",
}

EXAMPLES = ("casecli help exit-codes", "casecli help open", "casecli help draft list")


def complete_topics() -> list[tuple[str, str]]:
    """Offer the topics."""
    return list(TOPICS.items())


def run(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TOPIC",
            help="A topic, or a command and its subcommand.",
            autocompletion=complete_topics,
        ),
    ] = None,
) -> None:
    """Show help on a command or a topic; without a word, list the topics."""
    screen = screen_for(options_of(ctx))
    name = "-".join(words or ())
    if name in TOPICS:
        text = topic(name)
        screen.result({"name": name, "text": text}, lambda: screen.write(text))
    elif words:
        text = _command_help(ctx, words) + "\n"
        screen.result({"name": name, "text": text}, lambda: screen.write(text))
    else:
        lines = [f"  {each:<12}  {said}" for each, said in TOPICS.items()]
        listed = "\n".join(["casecli help TOPIC, where TOPIC is one of", *lines, ""])
        screen.result(TOPICS, lambda: screen.write(listed))


def topic(name: str) -> str:
    """Read a topic's page."""
    page = resources.files("casecli.cli") / "topics" / f"{name}.txt"
    return page.read_text(encoding="utf-8")


def _command_help(ctx: typer.Context, words: list[str]) -> str:
    here = ctx.find_root()
    for word in words:
        group = here.command
        command = (
            group.get_command(here, word) if isinstance(group, TyperGroup) else None
        )
        if command is None:
            raise NotFound("command or topic", " ".join(words), "casecli help")
        here = typer.Context(command, info_name=word, parent=here)
    return here.get_help()
