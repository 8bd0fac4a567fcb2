"""Make what is documented from the command tree: pages, man pages, completion scripts.

    python tools/reference.py write    make them anew
    python tools/reference.py check    name what differs, is missing or is stale; exit 1

The same tree always gives the same bytes: no date, and a fixed width.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import typer
from json_schemas import schemas
from typer._click.types import IntRange
from typer.core import TyperGroup

from casecli import __version__
from casecli.cli.commands.completion import SCRIPTS, script
from casecli.cli.commands.help import TOPICS, topic
from casecli.cli.options import COMMON_OPTIONS
from casecli.cli.root import COMMANDS, CommandEntry, build_root

EXPRESS = ("list", "search", "status", "policy check")
EXPRESS_TABLE = "src/casecli/cli/express_table.py"

if TYPE_CHECKING:
    from typer._click import Command, Context, Parameter

HOME = Path(__file__).resolve().parents[1]
MADE = "Made by tools/reference.py from the command tree; edit the command instead."
OWNED = (
    "man/*",
    "completions/*",
    "docs/reference/commands/*",
    "docs/reference/json/*",
)
Rows = list[tuple[str, str]]


class Missing(Exception):
    """A command of the table has no module yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What there is to say about one command; `parts` are its subcommands."""

    path: str
    usage: str
    summary: str
    body: str
    examples: tuple[str, ...]
    arguments: Rows
    options: Rows
    parts: tuple[Page, ...]

    def flat(self) -> Iterator[Page]:
        """Give this page and those of the subcommands."""
        yield self
        for part in self.parts:
            yield from part.flat()


def generate(table: Mapping[str, CommandEntry] = COMMANDS) -> dict[str, str]:
    """Make every file, by its path below the project.

    Raises:
        Missing: a command's module cannot be imported.
    """
    root = build_root(table)
    top = typer.Context(root, info_name="casecli", help_option_names=["-h", "--help"])
    pages = {}
    for name, entry in table.items():
        try:
            command = root.commands[name]
        except ModuleNotFoundError as error:
            if error.name != entry.module:
                raise
            raise Missing(f"command {name!r} has no module {entry.module}") from error
        pages[name] = _page(command, top, name)
    common = _rows(list(COMMON_OPTIONS), top)
    files = {"docs/reference/README.md": _index(table)}
    files["man/casecli.1"] = _root_man(table, root.help or "", common)
    for name, page in pages.items():
        files[f"docs/reference/commands/{name}.md"] = _markdown(page, table[name])
        files[f"man/casecli-{name}.1"] = _man(page)
    for name, said in TOPICS.items():
        files[f"docs/reference/{name}.md"] = _topic_markdown(name)
        files[f"man/casecli-{name}.7"] = _topic_man(name, said)
    for shell, file in SCRIPTS.items():
        files[f"completions/{file}"] = script(shell)
    if EXPRESS[0] in table:
        files |= schemas()
        commands = {name: _command(root, name) for name in EXPRESS}
        files[EXPRESS_TABLE] = _express(commands)
    return files


def _command(root: Any, name: str) -> Command:
    """Find a command by its words: `policy check` stands in a group."""
    found = root
    for word in name.split():
        found = found.commands[word]
    return cast("Command", found)


def _express(commands: Mapping[str, Command]) -> str:
    """Write the options of the commands that start without Typer, as a module."""
    lines = [
        '"""The options of the commands that must start at once.',
        "",
        MADE,
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "Option = tuple[str, str, int, int]",
        '"""The name of a parameter, its kind, and the least and most of a number."""',
        "",
        "COMMON: dict[str, Option] = {",
        *(f"    {each}" for each in _express_options(list(COMMON_OPTIONS))),
        "}",
        "OPTIONS: dict[str, dict[str, Option]] = {",
    ]
    for name, command in commands.items():
        own = [each for each in command.params if each not in COMMON_OPTIONS]
        rows = [f"        {each}" for each in _express_options(own)]
        lines += (
            [f'    "{name}": {{', *rows, "    },"] if rows else [f'    "{name}": {{}},']
        )
    lines += ["}", "ARGUMENTS: dict[str, tuple[str, ...]] = {"]
    for name, command in commands.items():
        words = [e.name for e in command.params if e.param_type_name == "argument"]
        shown = ", ".join(f'"{each}"' for each in words)
        shown += "," * (len(words) == 1)
        lines.append(f'    "{name}": ({shown}),')
    return "\n".join([*lines, "}", ""])


def _express_options(params: list[Parameter]) -> list[str]:
    rows = []
    for param in params:
        if param.param_type_name != "option":
            continue
        kind, low, high = "text", 0, 0
        if getattr(param, "count", False):
            kind = "count"
        elif getattr(param, "is_flag", False):
            kind = "flag"
        elif param.multiple:
            kind = "many"
        elif isinstance(param.type, IntRange):
            kind, low, high = "int", int(param.type.min or 0), int(param.type.max or 0)
        row = f'("{param.name}", "{kind}", {low}, {high})'
        rows += [f'"{each}": {row},' for each in param.opts]
    return rows


# --- reading the tree ----------------------------------------------------------------


def _page(command: Command, parent: Context, name: str) -> Page:
    ctx = typer.Context(command, info_name=name, parent=parent)
    params = [each for each in command.params if each not in COMMON_OPTIONS]
    arguments = [each for each in params if each.param_type_name == "argument"]
    options = [each for each in params if each.param_type_name == "option"]
    text = inspect.cleandoc(command.help or "").partition("\f")[0]
    summary, _, body = text.partition("\n\n")
    parts = command.commands if isinstance(command, TyperGroup) else {}
    return Page(
        path=ctx.command_path,
        usage=f"{ctx.command_path} {' '.join(command.collect_usage_pieces(ctx))}",
        summary=" ".join(summary.split()),
        body=body.replace("\b\n", ""),
        examples=tuple(getattr(command, "examples", ())),
        arguments=_rows(arguments, ctx),
        options=_rows(options, ctx),
        parts=tuple(
            _page(each, ctx, part) for part, each in parts.items() if not each.hidden
        ),
    )


def _rows(params: list[Parameter], ctx: Context) -> Rows:
    records = [each.get_help_record(ctx) for each in params]
    return [record for record in records if record is not None]


# --- Markdown ------------------------------------------------------------------------


def _markdown(page: Page, entry: CommandEntry) -> str:
    lines = [f"<!-- {MADE} -->", f"# {page.path}", ""]
    if entry.aliases:
        also = ", ".join(f"`casecli {each}`" for each in entry.aliases)
        lines += [f"Also typed {also}.", ""]
    for at, each in enumerate(page.flat()):
        if at:
            lines += [f"## {each.path}", ""]
        lines += _markdown_body(each)
    lines += ["The [common options](../README.md#common-options) work here too.", ""]
    return "\n".join(lines)


def _markdown_body(page: Page) -> list[str]:
    lines = [page.summary, ""]
    if page.body:
        lines += [page.body, ""]
    lines += ["```", page.usage, "```", ""]
    if page.examples:
        lines += ["Examples:", "", "```sh", *page.examples, "```", ""]
    if page.parts:
        lines += _table("command", [(each.path, each.summary) for each in page.parts])
    if page.arguments:
        lines += _table("argument", page.arguments)
    if page.options:
        lines += _table("option", page.options)
    return lines


def _table(head: str, rows: Rows) -> list[str]:
    lines = [f"| {head} | |", "| --- | --- |"]
    for name, said in rows:
        flat = " ".join(said.split())
        lines.append(f"| `{_in_table(name)}` | {_in_table(flat)} |")
    return [*lines, ""]


def _in_table(text: str) -> str:
    return text.replace("|", "\\|")


def _index(table: Mapping[str, CommandEntry]) -> str:
    lines = [f"<!-- {MADE} -->", "# Reference", ""]
    groups: dict[str, list[str]] = {}
    for name, entry in table.items():
        line = f"- [`casecli {name}`](commands/{name}.md): {entry.help}"
        groups.setdefault(entry.group, []).append(line)
    for group, links in groups.items():
        lines += [f"## {group}", "", *links, ""]
    lines += ["## Pages that no command owns", ""]
    lines += [f"- [{each}]({each}.md): {said}" for each, said in TOPICS.items()]
    root = build_root(table)
    ctx = typer.Context(root, info_name="casecli")
    lines += [
        "",
        "## Common options",
        "",
        "Before or after the command; the last wins.",
    ]
    lines += ["", *_table("option", _rows(list(COMMON_OPTIONS), ctx))]
    return "\n".join(lines)


def _topic_markdown(name: str) -> str:
    """Fence what is indented: Markdown would flow it."""
    lines, fenced = [f"<!-- {MADE} -->"], False
    text = topic(name).splitlines()
    for at, line in enumerate(text):
        following = next((each for each in text[at + 1 :] if each), "")
        indented = line.startswith(" ") or (
            fenced and not line and following.startswith(" ")
        )
        if indented and not fenced:
            lines.append("```text")
        elif fenced and not indented:
            lines.append("```")
        fenced = indented
        lines.append(line)
    if fenced:
        lines.append("```")
    return "\n".join(lines) + "\n"


# --- man pages -----------------------------------------------------------------------


def _man(page: Page) -> str:
    name = page.path.replace(" ", "-")
    lines = [
        _title(name, 1),
        ".SH NAME",
        f"{_roff(name)} \\- {_roff(page.summary.rstrip('.'))}",
    ]
    lines += [".SH SYNOPSIS", *(f"{_roff(each.usage)}\n.br" for each in page.flat())]
    lines += [".SH DESCRIPTION", *_man_body(page, "SS")]
    for part in list(page.flat())[1:]:
        lines += [f'.SH "{_roff(part.path.upper())}"', _roff(part.summary), ".PP"]
        lines += _man_body(part, "SS")
    lines += [
        ".SH COMMON OPTIONS",
        r"See \fBcasecli\fR(1): they are accepted before and after the command.",
        ".SH SEE ALSO",
        r"\fBcasecli\fR(1), \fBcasecli-exit-codes\fR(7)",
    ]
    return "\n".join(lines) + "\n"


def _man_body(page: Page, section: str) -> list[str]:
    lines = [_paragraphs(page.body or page.summary)]
    if page.examples:
        lines += [f".{section} Examples", ".nf"]
        lines += [*map(_roff, page.examples), ".fi"]
    for title, rows in (("Arguments", page.arguments), ("Options", page.options)):
        if rows:
            lines += [f".{section} {title}", *_terms(rows)]
    return lines


def _root_man(table: Mapping[str, CommandEntry], said: str, common: Rows) -> str:
    lines = [
        _title("casecli", 1),
        ".SH NAME",
        r"casecli \- support cases at vendors from the terminal",
        ".SH SYNOPSIS",
        r"\fBcasecli\fR [OPTIONS] COMMAND [ARGS]...",
        ".SH DESCRIPTION",
        _roff(said),
        ".SH COMMANDS",
    ]
    group = ""
    for name, entry in table.items():
        if entry.group != group:
            group = entry.group
            lines.append(f".SS {group}")
        lines += _terms([(f"casecli-{name}(1)", entry.help)])
    topics = ", ".join(rf"\fBcasecli\-{_roff(each)}\fR(7)" for each in TOPICS)
    lines += [".SH OPTIONS", *_terms([*common, ("--version", "Print the version.")])]
    lines += [".SH SEE ALSO", topics]
    return "\n".join(lines) + "\n"


def _topic_man(name: str, said: str) -> str:
    title, _, rest = topic(name).partition("\n")
    lines = [_title(f"casecli-{name}", 7), ".SH NAME"]
    lines += [
        rf"casecli\-{_roff(name)} \- {_roff(said)}",
        f".SH {title.upper()}",
        ".nf",
    ]
    body = rest.splitlines()[1:]
    for at, line in enumerate(body):
        if line and set(line) == {"-"}:
            continue
        under = body[at + 1] if at + 1 < len(body) else ""
        if line and under and set(under) == {"-"}:
            lines += [".fi", f'.SH "{_roff(line)}"', ".nf"]
        else:
            lines.append(_roff(line))
    return "\n".join([*lines, ".fi"]) + "\n"


def _title(name: str, section: int) -> str:
    version = f'"casecli {__version__}"'
    return f'.\\" {MADE}\n.TH {_roff(name.upper())} {section} "" {version} casecli'


def _terms(rows: Rows) -> list[str]:
    return [f".TP\n\\fB{_roff(name)}\\fR\n{_roff(said)}" for name, said in rows]


def _paragraphs(text: str) -> str:
    filled = (textwrap.fill(" ".join(each.split()), 80) for each in text.split("\n\n"))
    return "\n.PP\n".join(map(_roff, filled))


def _roff(text: str) -> str:
    escaped = text.replace("\\", r"\e").replace("-", r"\-")
    return re.sub(r"^([.'])", r"\\&\1", escaped, flags=re.MULTILINE)


# --- write and check -----------------------------------------------------------------


def write(home: Path, files: Mapping[str, str]) -> int:
    """Write the files and delete what no longer belongs."""
    for each in _stale(home, files):
        (home / each).unlink()
    for path, text in files.items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text(text, encoding="utf-8")
    print(f"{len(files)} files written")
    return 0


def check(home: Path, files: Mapping[str, str]) -> int:
    """Name what is not as it would be made; 1 if there is any."""
    found = [f"stale: {each}" for each in _stale(home, files)]
    for path, text in files.items():
        there = home / path
        if not there.is_file():
            found.append(f"missing: {path}")
        elif there.read_text(encoding="utf-8") != text:
            found.append(f"differs: {path}")
    for each in found:
        print(each)
    if found:
        print("hint: make reference", file=sys.stderr)
    return 1 if found else 0


def _stale(home: Path, files: Mapping[str, str]) -> list[str]:
    there = [each for pattern in OWNED for each in home.glob(pattern)]
    names = [each.relative_to(home).as_posix() for each in there if each.is_file()]
    return sorted(set(names) - set(files))


VERBS: dict[str, Callable[[Path, Mapping[str, str]], int]] = {
    "write": write,
    "check": check,
}


def main(words: list[str]) -> int:
    """Run one verb; 2 for anything else."""
    if len(words) != 1 or words[0] not in VERBS:
        print(f"error: say one of {', '.join(VERBS)}", file=sys.stderr)
        return 2
    try:
        files = generate()
    except Missing as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return VERBS[words[0]](HOME, files)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
