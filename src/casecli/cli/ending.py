"""How a run ends: every error said once, with its exit code; signals and streams."""

from __future__ import annotations

import errno
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, cast

import typer

from casecli.cli.asked import CommonOptions
from casecli.cli.options import kept_screen, screen_for
from casecli.domain.errors import BadInput, CaseError, StorageFailed

if TYPE_CHECKING:
    from types import FrameType

    from typer._click import Context, Parameter

PROGRAM = "casecli"


class Bug(CaseError):
    """Something went wrong that casecli should have known about."""

    kind = "bug"
    exit_code = 1


class Interrupted(CaseError):
    """The user pressed Ctrl-C."""

    kind = "interrupted"
    exit_code = 130


def end(error: BaseException, args: Sequence[str], ctx: Context | None) -> int:
    """Say how a run ended, where there is something to say; gives the exit code."""
    verdict = _verdict(error)
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    if not isinstance(verdict, CaseError):
        if verdict == _exit_code(signal.SIGPIPE):
            _silence_stdout()
        return verdict
    if isinstance(verdict, StorageFailed):
        _silence_stdout()
    screen = kept_screen(cast("typer.Context", ctx)) if ctx else None
    screen = screen or screen_for(CommonOptions(json=_wants_json(args)))
    with suppress(OSError):
        if "--debug" in args:
            import traceback

            for line in traceback.format_exception(error):
                screen.detail(line.rstrip("\n"), level=0)
        screen.error(verdict)
    return verdict.exit_code


def _verdict(error: BaseException) -> CaseError | int:
    match error:
        case CaseError():
            return error
        case typer.Exit():
            return error.exit_code
        case SystemExit():
            return error.code if isinstance(error.code, int) else int(bool(error.code))
        case KeyboardInterrupt() | typer.Abort():
            return Interrupted("interrupted")
        case typer.TyperException():
            return _usage_error(error)
        case BrokenPipeError():
            return _exit_code(signal.SIGPIPE)
        case OSError(errno=errno.ENOSPC | errno.EDQUOT | errno.EFBIG):
            return StorageFailed(f"cannot write: {str(error.strerror).lower()}")
        case _:
            return _bug(error)


def _bug(error: BaseException) -> Bug:
    said = str(error).partition("\n")[0][:200]
    return Bug(
        f"this is a bug in casecli: {type(error).__name__}: {said}".rstrip(": "),
        "run it again with --debug and report what it shows; "
        "casecli doctor checks that nothing was lost",
    )


def _usage_error(error: typer.TyperException) -> BadInput:
    """Say Typer's complaint in our way, with what comes nearest to what was typed."""
    ctx: Context | None = getattr(error, "ctx", None)
    param: Parameter | None = getattr(error, "param", None)
    path = ctx.command_path if ctx else PROGRAM
    hint = f"{path} --help"
    message = error.format_message().strip().rstrip(".")
    choices = [str(each) for each in getattr(param and param.type, "choices", ())]
    match type(error).__name__:
        case "NoSuchOption":
            message = f"no such option {getattr(error, 'option_name', '')}"
            near = getattr(error, "possibilities", None)
            hint = f"{path} {near[0]}" if near else hint
        case "MissingParameter" if param is not None:
            which = "|".join(choices)
            name = param.metavar or (param.name or "").upper()
            if param.param_type_name == "option":
                name = f"{max(param.opts, key=len)} {which or name}"
            message = f"missing {param.param_type_name} {name}"
            hint = f"{path} {which}" if which else hint
        case "BadParameter" if param is not None and choices:
            found = nearest(error.message.split("'")[1], choices)
            is_option = param.param_type_name == "option"
            name = f"{max(param.opts, key=len)} " if is_option else ""
            hint = f"{path} {name}{found}" if found else hint
    return BadInput(message[:1].lower() + message[1:], hint)


def nearest(typed: str, known: Sequence[str]) -> str | None:
    """Find what a mistyped word most likely means; None where nothing is close."""
    from difflib import get_close_matches

    words = {each.lstrip("-"): each for each in known}  # dashes make all options alike
    close = get_close_matches(typed.lstrip("-"), words, n=1, cutoff=0.5)
    return words[close[0]] if close else None


def _wants_json(args: Sequence[str]) -> bool:
    """Tell before parsing, which may be what failed."""
    before = args[: args.index("--")] if "--" in args else args
    return any(
        each in ("--json", "--jsonl") or each.partition("=")[0] == "--fields"
        for each in before
    )


def _exit_code(number: signal.Signals) -> int:
    return 128 + number


def mend_streams() -> None:
    """Give closed standard streams somewhere to go, and let no character stop us."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open("/dev/null", "w"))  # noqa: SIM115, PTH123
        reconfigure: Callable[..., None] | None
        reconfigure = getattr(getattr(sys, name), "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _silence_stdout() -> None:
    """Let the interpreter's last flush fail nowhere."""
    import os

    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


@contextmanager
def signals_unwind() -> Iterator[None]:
    """Turn TERM and HUP into an exit that runs `finally`; a second one kills."""

    def leave(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        raise SystemExit(128 + number)

    caught = []
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup's choice stands
            with suppress(ValueError):  # only the main thread may
                signal.signal(number, leave)
                caught.append(number)
    try:
        yield
    finally:
        for number in caught:
            signal.signal(number, signal.SIG_DFL)
