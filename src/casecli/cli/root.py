"""The table of commands, looked up lazily, and `main` with the one try/except."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.main import get_command, get_group

from casecli.cli.completing import HIDDEN, complete
from casecli.cli.ending import PROGRAM, end, mend_streams, nearest, signals_unwind
from casecli.cli.options import COMMON_OPTIONS
from casecli.domain.errors import BadInput

if TYPE_CHECKING:
    from typer._click import Command, Context, HelpFormatter
    from typer._click.shell_completion import CompletionItem


METAVARS = {
    "str": "TEXT",
    "int": "NUMBER",
    "float": "NUMBER",
    "int range": "NUMBER",
    "float range": "NUMBER",
    "path": "PATH",
    "file": "FILE",
    "directory": "FOLDER",
}


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """A command before it is imported.

    Its module holds `run`, a function for Typer, or `app`, a group of them; and, if it
    likes, `EXAMPLES`: lines to type, shown first in its help.
    """

    module: str
    help: str
    group: str
    aliases: tuple[str, ...] = ()


def _entry(name: str, help_text: str, group: str, *aliases: str) -> CommandEntry:
    return CommandEntry(f"casecli.cli.commands.{name}", help_text, group, aliases)


COMMANDS: Mapping[str, CommandEntry] = {
    "open": _entry("open_", "Open a case.", "Filing", "new"),
    "comment": _entry("comment", "Add a comment to a case.", "Filing"),
    "upload": _entry("upload", "Scrub files, then attach them to a case.", "Filing"),
    "draft": _entry("draft", "See, finish or drop unfinished texts.", "Filing"),
    "edit": _entry("edit", "Change fields of a case.", "Life of a case"),
    "escalate": _entry("escalate", "Ask for management attention.", "Life of a case"),
    "deescalate": _entry("deescalate", "End an escalation.", "Life of a case"),
    "escalation": _entry("escalation", "Its state and its plan.", "Life of a case"),
    "close": _entry("close", "Close a case.", "Life of a case"),
    "cancel": _entry("cancel", "Withdraw a case.", "Life of a case"),
    "reopen": _entry("reopen", "Have a closed case taken up.", "Life of a case"),
    "status": _entry("status", "What needs you, or how one case stands.", "Reading"),
    "show": _entry("show", "Everything about a case, as a timeline.", "Reading"),
    "list": _entry("list_", "List cached cases.", "Reading", "ls"),
    "search": _entry("search", "Search the texts of cached cases.", "Reading"),
    "events": _entry("events", "What happened, for scripts.", "Reading"),
    "attachments": _entry("attachments", "List or fetch a case's files.", "Reading"),
    "wait": _entry("wait", "Until a case has come to a status.", "Reading"),
    "browse": _entry("browse", "Open a case in the browser.", "Reading"),
    "note": _entry("note", "A remark or to-do of ours on a case.", "Our own side"),
    "tag": _entry("tag", "Words of ours to find cases by.", "Our own side"),
    "snooze": _entry("snooze", "Put cases off until a time.", "Our own side"),
    "seen": _entry("seen", "Count what the vendor said as read.", "Our own side"),
    "call": _entry(
        "call", "Whom to phone, what to say, what was said.", "Our own side"
    ),
    "sync": _entry("sync", "Deliver changes, then take in what is new.", "Delivery"),
    "outbox": _entry("outbox", "See and settle undelivered changes.", "Delivery"),
    "track": _entry("track", "Adopt a case that was opened elsewhere.", "Delivery"),
    "handoff": _entry("handoff", "Carry changes over to a vendor by hand.", "Delivery"),
    "settle": _entry("settle", "Give a waiting case its number.", "Delivery"),
    "policy": _entry("policy", "The vendor's rules, and a dry run of them.", "Rules"),
    "scrub": _entry("scrub", "Replace what must not leave, without sending.", "Rules"),
    "unscrub": _entry("unscrub", "Put real values back for tokens, locally.", "Rules"),
    "audit": _entry("audit", "What left this machine.", "Rules"),
    "profile": _entry("profile", "Add, choose and remove profiles.", "Setup"),
    "login": _entry("login", "Keep the token of a profile.", "Setup"),
    "logout": _entry("logout", "Forget the token of a profile.", "Setup"),
    "whoami": _entry("whoami", "Who the vendor takes you for.", "Setup"),
    "desk": _entry("desk", "The support side of our own desk.", "Setup"),
    "config": _entry("config", "Settings, and where each comes from.", "Setup"),
    "backup": _entry("backup", "Copy the local storage.", "Setup"),
    "export": _entry("export", "Write cases as lines of JSON.", "Setup"),
    "import": _entry("import_", "Read cases exported elsewhere.", "Setup"),
    "doctor": _entry("doctor", "Check this installation and its storage.", "Setup"),
    "completion": _entry("completion", "Print a completion script.", "Setup"),
    "help": _entry("help", "Help on a command or a topic.", "Setup"),
}


# --- the tree ------------------------------------------------------------------------


class CommandTable(dict[str, "Command"]):
    """Commands by name, each imported when it is first asked for."""

    def __init__(self, entries: Mapping[str, CommandEntry]) -> None:
        super().__init__()
        self.entries = entries
        self._names = {
            alias: name for name, entry in entries.items() for alias in entry.aliases
        }

    def __missing__(self, name: str) -> Command:
        full = self._names.get(name, name)
        command = self[name] = _load(full, self.entries[full])
        return command

    def get(self, name: str, default: Any = None) -> Any:
        """Give a command by its name or alias."""
        return self[name] if name in self.known() else default

    def known(self) -> tuple[str, ...]:
        """Name what can be typed, in the order of the table, aliases last."""
        return (*self.entries, *self._names)


class CaseCommand(TyperCommand):
    """A command whose help starts with examples and ends with the common options."""

    examples: tuple[str, ...] = ()

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        """Write arguments as people know them: `CASE`, `[CASE]`, `PATH...`."""
        return _usage_pieces(self, ctx)

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Leave `ctx.obj` alone, which Typer would fill for its markup."""
        _format_help(self, ctx, formatter)

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Show what is the command's own before what all commands take."""
        _format_options(self, ctx, formatter)


class CaseGroup(TyperGroup):
    """A group that knows its commands by a table and suggests the nearest one."""

    examples: tuple[str, ...] = ()

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Without a word, show the help where the group itself does nothing."""
        if not args and not self.invoke_without_command and not ctx.resilient_parsing:
            sys.stdout.write(ctx.get_help() + "\n")
            ctx.exit()
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        """Write the group's own arguments, then the command's place."""
        return [*_usage_pieces(self, ctx), self.subcommand_metavar]

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Leave `ctx.obj` alone, which Typer would fill for its markup."""
        _format_help(self, ctx, formatter)

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Show the commands before the options."""
        self.format_commands(ctx, formatter)
        _format_options(self, ctx, formatter)

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """List the commands by group, from the table and without importing one."""
        if not isinstance(self.commands, CommandTable):
            super().format_commands(ctx, formatter)
            return
        groups: dict[str, list[tuple[str, str]]] = {}
        for name, entry in self.commands.entries.items():
            shown = ", ".join((name, *entry.aliases))
            groups.setdefault(entry.group, []).append((shown, entry.help))
        longest = max(len(shown) for rows in groups.values() for shown, _ in rows)
        for group, rows in groups.items():
            with formatter.section(group):
                formatter.write_dl(
                    [(f"{name:<{longest}}", said) for name, said in rows]
                )

    def list_commands(self, ctx: Context) -> list[str]:
        """Name the commands in the order of the table."""
        if isinstance(self.commands, CommandTable):
            return list(self.commands.entries)
        return super().list_commands(ctx)

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        """Find the command meant, or say which one comes nearest."""
        name = args[0]
        command = self.get_command(ctx, name)
        if command is not None or ctx.resilient_parsing:
            return name if command else None, command, args[1:]
        known = (
            self.commands.known()
            if isinstance(self.commands, CommandTable)
            else tuple(self.commands)
        )
        near = nearest(name, known)
        said = " ".join([*ctx.command_path.split()[1:], name])
        raise BadInput(
            f"no such command {said!r}", f"{ctx.command_path} {near or '--help'}"
        )

    def shell_complete(self, ctx: Context, incomplete: str) -> list[CompletionItem]:
        """Offer the table's names, or the group's commands, and the options."""
        if not isinstance(self.commands, CommandTable):
            return super().shell_complete(ctx, incomplete)
        from typer._click.shell_completion import CompletionItem

        names = [
            CompletionItem(name, help=entry.help)
            for name, entry in self.commands.entries.items()
            if name.startswith(incomplete)
        ]
        return names + super(TyperGroup, self).shell_complete(ctx, incomplete)


def build_root(commands: Mapping[str, CommandEntry] = COMMANDS) -> CaseGroup:
    """Build the program from a table; imports no command."""
    version = TyperOption(
        param_decls=["--version"],
        is_flag=True,
        is_eager=True,
        default=None,
        expose_value=False,
        callback=_print_version,
        help="Print the version.",
    )
    return CaseGroup(
        name=PROGRAM,
        commands=cast("dict[str, Command]", CommandTable(commands)),
        params=[*COMMON_OPTIONS, version],
        help=(
            "Support cases at vendors, from the terminal: the vendor's rules are "
            "checked offline, nothing unscrubbed leaves, nothing is lost or sent twice."
        ),
        epilog="casecli help COMMAND and casecli help TOPIC tell more.",
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def _load(name: str, entry: CommandEntry) -> Command:
    module = import_module(entry.module)
    app: typer.Typer | None = getattr(module, "app", None)
    if app is not None:
        _restyle(app)
        command: Command = get_group(app)
        command.help = command.help or entry.help
    else:
        single = typer.Typer(rich_markup_mode=None, add_completion=False)
        single.command(name, cls=CaseCommand)(module.run)
        command = get_command(single)
    command.name = name
    command.short_help = entry.help
    if isinstance(command, (CaseCommand, CaseGroup)):
        command.examples = tuple(getattr(module, "EXAMPLES", ()))
    _add_common_options(command)
    return command


def _restyle(app: typer.Typer) -> None:
    """Have Typer build our classes, without markup, all the way down."""
    app.rich_markup_mode = None
    app.info.cls = CaseGroup
    for info in app.registered_commands:
        info.cls = CaseCommand
    for group in app.registered_groups:
        group.cls = CaseGroup
        if group.typer_instance is not None:
            _restyle(group.typer_instance)


def _add_common_options(command: Command) -> None:
    for param in command.params:
        if isinstance(param, TyperOption) and param.metavar is None:
            param.metavar = METAVARS.get(param.type.name)
    command.params = [*command.params, *COMMON_OPTIONS]
    if isinstance(command, TyperGroup):
        for each in command.commands.values():
            _add_common_options(each)


def _print_version(ctx: typer.Context, _param: object, value: bool | None) -> None:  # noqa: FBT001 - click's signature
    if value and not ctx.resilient_parsing:
        from casecli import __version__

        sys.stdout.write(f"{PROGRAM} {__version__}\n")
        ctx.exit()


# --- help ----------------------------------------------------------------------------


def _usage_pieces(command: Command, ctx: Context) -> list[str]:
    pieces = [command.options_metavar] if command.options_metavar else []
    for param in command.get_params(ctx):
        if param.param_type_name != "argument" or getattr(param, "hidden", False):
            continue
        shown = param.metavar or (param.name or "").upper()
        if param.nargs != 1 and not shown.endswith("..."):
            shown += "..."
        pieces.append(shown if param.required else f"[{shown}]")
    return pieces


def _format_help(
    command: CaseCommand | CaseGroup, ctx: Context, formatter: HelpFormatter
) -> None:
    command.format_usage(ctx, formatter)
    command.format_help_text(ctx, formatter)
    if command.examples:
        with formatter.section("Examples"):
            for line in command.examples:
                formatter.write(f"{'':>{formatter.current_indent}}{line}\n")
    command.format_options(ctx, formatter)
    command.format_epilog(ctx, formatter)


def _format_options(command: Command, ctx: Context, formatter: HelpFormatter) -> None:
    sections: dict[str, list[tuple[str, str]]] = {
        "Arguments": [],
        "Options": [],
        "Common options": [],
    }
    for param in command.get_params(ctx):
        record = param.get_help_record(ctx)
        if record is None:
            continue
        if param.param_type_name == "argument":
            sections["Arguments"].append(record)
        elif param in COMMON_OPTIONS or param is command.get_help_option(ctx):
            sections["Common options"].append(record)
        else:
            sections["Options"].append(record)
    for title, rows in sections.items():
        if rows:
            with formatter.section(title):
                formatter.write_dl(rows)


def main(argv: Sequence[str] | None = None, root: CaseGroup | None = None) -> int:
    """Run the command line and give the exit code; says every error, raises none."""
    args = list(sys.argv[1:] if argv is None else argv)
    mend_streams()
    ctx: Context | None = None
    with signals_unwind():
        try:
            tree = root or build_root()
            if args[:1] == [HIDDEN]:
                sys.stdout.writelines(f"{each}\n" for each in complete(tree, args[1:]))
            else:
                ctx = tree.make_context(PROGRAM, [*args])  # click empties its list
                with ctx:
                    tree.invoke(ctx)
            sys.stdout.flush()
        except BaseException as error:  # noqa: BLE001 - every ending becomes an exit code
            return end(error, args, ctx)
    return 0
