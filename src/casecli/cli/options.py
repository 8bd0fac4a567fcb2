"""The options every command takes, and the argument types that commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperOption

from casecli.cli.asked import CommonOptions
from casecli.cli.completing import complete_cases
from casecli.domain.errors import BadInput, CaseError

if TYPE_CHECKING:
    from casecli.cli.screen import Screen

_META = "casecli.options"
_SCREEN = "casecli.screen"


def options_of(ctx: typer.Context) -> CommonOptions:
    """Read the common options given up to this context, on any level."""
    given: dict[str, Any] = dict(ctx.meta.get(_META, {}))
    machine = given.keys() & {"json", "jsonl", "fields"}
    return CommonOptions(**{**given, "json": bool(machine)})


def keep_screen(ctx: typer.Context, make: Callable[[], Screen]) -> None:
    """Have `main` say how the command ends on this screen, colours and all."""
    ctx.meta[_SCREEN] = make


def kept_screen(ctx: typer.Context) -> Screen | None:
    """Build the screen a command kept; None where it has none or none can be built."""
    make: Callable[[], Screen] | None = ctx.meta.get(_SCREEN)
    try:
        return make() if make else None
    except CaseError:  # bad settings are what is about to be told
        return None


def screen_for(options: CommonOptions) -> Screen:
    """Build a plain screen from the options alone, without settings or colours."""
    import sys

    from casecli.cli.screen import Screen

    return Screen(
        sys.stdout,
        sys.stderr,
        json=options.json,
        jsonl=options.jsonl,
        fields=options.fields,
        quiet=options.quiet,
        verbose=options.verbose,
        color=False,
        err_color=False,
    )


def _keep(ctx: typer.Context, param: TyperOption, value: Any) -> None:
    if value is not None and not ctx.resilient_parsing:
        if param.name == "fields":
            value = tuple(each.strip() for each in value.split(",") if each.strip())
            if not value:
                raise BadInput("--fields names no key", "--fields ref,number,subject")
        ctx.meta.setdefault(_META, {})[param.name] = value


def _common(*names: str, help_text: str, **more: Any) -> TyperOption:
    return TyperOption(
        param_decls=list(names),
        default=None,
        expose_value=False,
        callback=_keep,
        help=help_text,
        **more,
    )


def _flag(*names: str, help_text: str) -> TyperOption:
    return _common(*names, help_text=help_text, is_flag=True)


COMMON_OPTIONS = (
    _common(
        "--profile",
        "-p",
        metavar="NAME",
        help_text="Work with this profile.",
    ),
    _flag("--json", help_text="Print JSON."),
    _flag("--jsonl", help_text="Print JSON, one object a line."),
    _common(
        "--fields",
        metavar="KEYS",
        help_text="Print JSON with these keys only, separated by commas.",
    ),
    _flag("--no-input", help_text="Never ask; say all that is missing at once."),
    _flag("--offline", help_text="Use no network; changes wait in the outbox."),
    _flag("--quiet", "-q", help_text="Say nothing but results and errors."),
    _common(
        "--verbose", "-v", help_text="Say more; -vv still more.", type=int, count=True
    ),
    _flag("--debug", help_text="Show a traceback when something is wrong in casecli."),
    _flag("--no-color", help_text="Use no colours."),
)


def _to_file(given: Path | None) -> Path | None:
    """Give the file that is meant; None for standard output."""
    return None if given == Path("-") else given


CaseArg = Annotated[
    str,
    typer.Argument(
        metavar="CASE",
        help="Local ref (L12), the vendor's number, profile:number, or a URL.",
        autocompletion=complete_cases,
    ),
]
CasesArg = Annotated[
    list[str],
    typer.Argument(
        metavar="CASE...",
        help="Cases by ref, number, profile:number or URL; @- reads them from stdin.",
        autocompletion=complete_cases,
    ),
]
MessageOpt = Annotated[
    str | None, typer.Option("--message", "-m", metavar="TEXT", help="The text.")
]
FileOpt = Annotated[
    Path | None,
    typer.Option(
        "--file",
        "-F",
        metavar="FILE",
        allow_dash=True,
        help="Read the text from a file; - is standard input.",
    ),
]
OutputOpt = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        allow_dash=True,
        callback=_to_file,
        help="Write it there; - is standard output.",
    ),
]
EditorOpt = Annotated[
    bool, typer.Option("--editor", "-e", help="Write the text in your editor.")
]
ChannelOpt = Annotated[str, typer.Option("--channel", help="portal, phone or email.")]
KeyOpt = Annotated[
    str | None,
    typer.Option(
        "--key",
        metavar="KEY",
        help="Name this intent; repeating it with the same key does it once.",
    ),
]
WaitOpt = Annotated[
    float | None,
    typer.Option(
        "--wait",
        metavar="SECONDS",
        min=0,
        help="Wait this long for the delivery.",
    ),
]
YesOpt = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]
DryRunOpt = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        "-n",
        help="Show what would be recorded and every finding; record nothing.",
    ),
]
WaiveOpt = Annotated[
    list[str] | None,
    typer.Option(
        "--waive",
        metavar="RULE=REASON",
        help="Override a waivable rule, on record; repeatable.",
    ),
]
KeepKeysOpt = Annotated[
    list[str] | None,
    typer.Option(
        "--keep-keys",
        metavar="[NAME=]VALUE",
        help="Tell support the token of a value to search by; repeatable.",
    ),
]
SetOpt = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="FIELD=VALUE", help="Set a field of the vendor; repeatable."
    ),
]
AnswerOpt = Annotated[
    list[str] | None,
    typer.Option(
        "--answer",
        metavar="ID=VALUE",
        help="Answer a question of the checklist; repeatable.",
    ),
]
