"""Asks a person at a terminal with plain lines, drawn on standard error."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from casecli.cli.safe import safe
from casecli.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from casecli.domain.checklist import Choice

SCISSORS = "# ------------------------ >8 ------------------------"
_END_OF_TEXT = "."


class TerminalPrompter:
    """Questions and answers, a line each; `?` as an answer shows the help.

    `editor` is a command line; `env` the whole environment it gets,
    None for our own. An end of input raises `BadInput`, Ctrl-C `KeyboardInterrupt`.
    """

    def __init__(
        self,
        in_: TextIO,
        err: TextIO,
        editor: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._in, self._err = in_, err
        self._editor, self._env = editor, env

    def line(
        self,
        question: str,
        *,
        default: str = "",
        help_text: str = "",
        check: Callable[[str], str | None] | None = None,
    ) -> str:
        """Ask until `check` finds nothing wrong; an empty answer takes the default."""
        while True:
            answer = self._ask(question, default, "? for help" if help_text else "")
            if answer == "?" and help_text:
                self.say(help_text)
                continue
            wrong = check(answer) if check else None
            if wrong is None:
                return answer
            self.say(f"  {wrong}")

    def choose(
        self, question: str, choices: Sequence[Choice], *, default: str = ""
    ) -> str:
        """Take a choice by its number, its id, or the beginning of only one id."""
        self.say(question)
        for number, each in enumerate(choices, 1):
            named = f"{each.id} ({each.label})" if each.label else each.id
            said = f": {each.definition}" if each.definition else ""
            self.say(f"  {number}. {named}{said}")
        while True:
            answer = self._ask("choose", default, "number or name")
            found = _found(answer, choices)
            if len(found) == 1:
                return found[0]
            which = " or ".join(found) if found else "one of the above"
            self.say(f"  {answer!r} is not one of them; is it {which}?")

    def text(self, question: str, *, default: str = "", help_text: str = "") -> str:
        """Take lines up to a single `.`, or what an editor leaves.

        Nothing written takes the default.

        Raises:
            BadInput: nothing was written and there is no default.
        """
        keys = "end with a line that holds only '.'"
        if self._editor:
            keys += "; 'e' opens the editor"
        if help_text:
            keys += "; '?' for help"
        self.say(f"{question} ({keys})")
        if default:
            self.say("\n".join(f"  | {each}" for each in default.splitlines()))
        lines: list[str] = []
        while True:
            answer = self._read(question)
            if answer == _END_OF_TEXT:
                break
            if not lines and answer.strip() == "?" and help_text:
                self.say(help_text)
            elif not lines and answer.strip() == "e" and self._editor:
                return edit(self._editor, default, help_text, self._env)
            else:
                lines.append(answer)
        text = "\n".join(lines).strip("\n")
        if not text.strip():
            text = default
        if not text.strip():
            raise BadInput(f"nothing was written for {question!r}")
        return text

    def confirm(self, question: str, *, default: bool = False) -> bool:
        """Take y, yes, n or no in any case; an empty answer takes the default."""
        while True:
            answer = self._ask(question, "", "Y/n" if default else "y/N").lower()
            if not answer:
                return default
            if answer in ("y", "yes", "n", "no"):
                return answer.startswith("y")
            self.say("  answer y or n")

    def say(self, text: str) -> None:
        """Tell something on the way."""
        self._err.write(safe(text, multiline=True) + "\n")
        self._err.flush()

    def _ask(self, question: str, default: str, keys: str) -> str:
        shown = f" ({keys})" if keys else ""
        preset = f" [{default}]" if default else ""
        self._err.write(safe(f"{question}{shown}{preset}: "))
        self._err.flush()
        return self._read(question).strip() or default

    def _read(self, question: str) -> str:
        line = self._in.readline()
        if not line:
            raise BadInput(f"input ended before {question!r} was answered")
        return line.rstrip("\n").removesuffix("\r")


def edit(
    command: str,
    initial: str = "",
    help_text: str = "",
    env: Mapping[str, str] | None = None,
) -> str:
    """Have a text written in an editor, in a private file deleted afterwards.

    The help stands below a scissors line; what is below it is not part of the text, so
    lines that begin with `#` may be.

    Raises:
        BadInput: the editor cannot be started, failed, or left nothing.
    """
    below = "\n".join(f"# {each}".rstrip() for each in help_text.splitlines())
    with tempfile.TemporaryDirectory(prefix="casecli-") as folder:
        path = Path(folder) / "text.md"
        path.write_text(
            f"{initial}\n{SCISSORS}\n# Nothing below this line is kept.\n{below}\n",
            encoding="utf-8",
        )
        try:
            done = subprocess.run(  # noqa: S603 - the user's own editor
                [*shlex.split(command), str(path)], env=env, check=False
            )
            left = path.read_text(encoding="utf-8", errors="replace")
        except (OSError, ValueError) as error:
            raise BadInput(
                f"the editor {command!r} cannot be used: {error}", "-F FILE or -m TEXT"
            ) from error
    if done.returncode:
        raise BadInput(f"the editor {command!r} failed with {done.returncode}")
    text = left.partition(SCISSORS)[0].strip("\n")
    if not text.strip():
        raise BadInput("nothing was written in the editor", "-F FILE or -m TEXT")
    return text


def _found(answer: str, choices: Sequence[Choice]) -> list[str]:
    if answer.isdecimal() and 1 <= int(answer) <= len(choices):
        return [choices[int(answer) - 1].id]
    typed = answer.lower()
    if not typed:
        return []
    exact = [
        each.id for each in choices if typed in (each.id.lower(), each.label.lower())
    ]
    return exact[:1] or [
        each.id for each in choices if each.id.lower().startswith(typed)
    ]
