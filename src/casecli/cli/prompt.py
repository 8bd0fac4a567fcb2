"""Asks a person at a terminal with plain lines, drawn on standard error."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from casecli.cli.safe import safe
from casecli.domain.errors import BadInput
from casecli.domain.ports import Back

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from casecli.domain.checklist import Choice

SCISSORS = "# ------------------------ >8 ------------------------"
BACK = "<"
_END_OF_TEXT = "."
_WIDTH = 80
_WIDEST = 100


class TerminalPrompter:
    """Questions and answers, a line each; `?` as an answer shows the help.

    `editor` is a command line; `env` the whole environment it gets, None for our own.
    `width` None asks the terminal. An end of input raises `BadInput`, Ctrl-C
    `KeyboardInterrupt`. In an interview the help is shown at once and `<` goes back.
    """

    def __init__(
        self,
        in_: TextIO,
        err: TextIO,
        editor: str | None = None,
        env: Mapping[str, str] | None = None,
        width: int | None = None,
    ) -> None:
        self._in, self._err = in_, err
        self._editor, self._env = editor, env
        self._width = width

    @property
    def width(self) -> int:
        """Cells of a line; lines too long to read are not made."""
        return min(self._width or columns(self._err), _WIDEST)

    def line(
        self,
        question: str,
        *,
        default: str = "",
        help_text: str = "",
        check: Callable[[str], str | None] | None = None,
        step: str = "",
        live: Callable[[str], str] | None = None,  # noqa: ARG002 (lines stand still)
    ) -> str:
        """Ask until `check` finds nothing wrong; an empty answer takes the default."""
        self._head(step, question, help_text)
        asked, keys = question, "? for help" if help_text else ""
        if step:
            asked, keys = ">", ""
        while True:
            answer = self._ask(asked, default, keys, step)
            if answer == "?" and help_text:
                self.say(help_text)
                continue
            wrong = check(answer) if check else None
            if wrong is None:
                return answer
            self.say(f"  {wrong}")

    def choose(
        self,
        question: str,
        choices: Sequence[Choice],
        *,
        default: str = "",
        help_text: str = "",
        closed: Mapping[str, str] | None = None,
        step: str = "",
    ) -> str:
        """Take a choice by its number, its id, or the beginning of only one id."""
        why = closed or {}
        if step:
            self._head(step, question, help_text)
        else:
            self.say(question)
        self._list(choices, why)
        while True:
            answer = self._ask("choose", default, "number or name", step)
            found = _found(answer, choices)
            if len(found) == 1 and found[0] not in why:
                return found[0]
            if len(found) == 1:
                label = next(named(each) for each in choices if each.id == found[0])
                self.say(f"  {label}: {why[found[0]]}")
                continue
            which = " or ".join(found) if found else "one of the above"
            self.say(f"  {answer!r} is not one of them; is it {which}?")

    def pick(
        self,
        question: str,
        choices: Sequence[Choice],
        *,
        help_text: str = "",
        step: str = "",
    ) -> tuple[str, ...]:
        """Take numbers or names parted by commas or spaces; nothing picks nothing."""
        if step:
            self._head(step, question, help_text)
        else:
            self.say(question)
        self._list(choices, {})
        while True:
            answer = self._ask("pick", "", "numbers, all, or Enter for none", step)
            if answer.lower() == "all":
                return tuple(each.id for each in choices)
            words = answer.replace(",", " ").split()
            found = [(each, _found(each, choices)) for each in words]
            wrong = [each for each, ids in found if len(ids) != 1]
            if not wrong:
                return tuple(dict.fromkeys(ids[0] for _, ids in found))
            self.say(f"  {', '.join(wrong)}: not one of the above")

    def text(
        self, question: str, *, default: str = "", help_text: str = "", step: str = ""
    ) -> str:
        """Take lines up to a single `.`, or what an editor leaves.

        Nothing written takes the default.

        Raises:
            BadInput: nothing was written and there is no default.
        """
        keys = "end with a line that holds only '.'"
        if self._editor:
            keys += "; 'e' opens the editor"
        if not step:
            keys += "; '?' for help" if help_text else ""
            self.say(f"{question} ({keys})")
        else:
            self._head(step, question, f"{help_text}\n{keys.capitalize()}.")
        if default:
            self.say("\n".join(f"  | {each}" for each in default.splitlines()))
        while True:
            try:
                return self._written(question, default, help_text, step)
            except BadInput as error:
                if not step or isinstance(error.__cause__, EOFError):
                    raise
                self.say(f"  {error}")

    def _written(self, question: str, default: str, help_text: str, step: str) -> str:
        first, *more = self._lines(question, help_text, step)
        if not more and first.strip() == "e" and self._editor:
            return edit(self._editor, default, help_text, self._env)
        text = "\n".join([first, *more]).strip("\n")
        if not text.strip():
            text = default
        if not text.strip():
            raise BadInput(f"nothing was written for {question!r}")
        return text

    def _lines(self, question: str, help_text: str, step: str) -> list[str]:
        """Read up to a single `.`; an `e` as the first line ends it for the editor."""
        lines: list[str] = []
        while True:
            try:
                answer = self._read(question)
            except KeyboardInterrupt:
                raise KeyboardInterrupt("\n".join(lines)) from None
            word = answer.strip()
            if answer == _END_OF_TEXT:
                return lines or [""]
            if step and word == BACK:
                raise Back("\n".join(lines))
            if not lines and word == "?" and help_text:
                self.say(help_text)
            elif not lines and word == "e" and self._editor:
                return [word]
            else:
                lines.append(answer)

    def path(
        self,
        question: str,
        *,
        help_text: str = "",
        check: Callable[[str], str | None] | None = None,
        step: str = "",
    ) -> str:
        """Ask for a path, until `check` finds nothing wrong with it."""
        return self.line(question, help_text=help_text, check=check, step=step)

    def confirm(self, question: str, *, default: bool = False) -> bool:
        """Take y, yes, n or no in any case; an empty answer takes the default."""
        while True:
            answer = self._ask(question, "", "Y/n" if default else "y/N", "").lower()
            if not answer:
                return default
            if answer in ("y", "yes", "n", "no"):
                return answer.startswith("y")
            self.say("  answer y or n")

    def say(self, text: str) -> None:
        """Tell something on the way."""
        self._err.write(folded(safe(text, multiline=True), self.width) + "\n")
        self._err.flush()

    def _head(self, step: str, question: str, help_text: str) -> None:
        """Open a question of an interview; elsewhere it stands with its answer."""
        if not step:
            return
        self.say(f"\n[{step}] {question}   ({BACK} goes back)")
        for each in help_text.splitlines():
            self.say(folded(f"  {safe(each)}", self.width, 2))

    def _list(self, choices: Sequence[Choice], closed: Mapping[str, str]) -> None:
        for number, each in enumerate(choices, 1):
            said = f": {each.definition}" if each.definition else ""
            if each.id in closed:
                said += f" - {closed[each.id]}"
            lead = f"  {number}. "
            self.say(folded(f"{lead}{named(each)}{said}", self.width, len(lead)))

    def _ask(self, question: str, default: str, keys: str, step: str) -> str:
        shown = f" ({keys})" if keys else ""
        preset = f" [{default}]" if default else ""
        end = " " if question == ">" else ": "
        asked = folded(safe(f"{question}{shown}{preset}"), self.width)
        self._err.write(asked + end)
        self._err.flush()
        answer = self._read(question).strip()
        if step and answer == BACK:
            raise Back
        return answer or default

    def _read(self, question: str) -> str:
        line = self._in.readline()
        if not line:
            raise BadInput(
                f"input ended before {question!r} was answered"
            ) from EOFError()
        return line.rstrip("\n").removesuffix("\r")


def columns(stream: TextIO) -> int:
    """Ask the terminal behind a stream for its width."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or _WIDTH
    except (OSError, ValueError):
        return _WIDTH


def folded(text: str, cells: int, indent: int = -1) -> str:
    """Break lines between words; what follows stands under the line's beginning.

    Of an `indent` below zero each line keeps its own, and two more.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        own = len(line) - len(line.lstrip())
        hang = min(own + 2 if indent < 0 else indent, cells // 2)
        lines += textwrap.wrap(
            line,
            cells,
            subsequent_indent=" " * hang,
            break_on_hyphens=False,
            drop_whitespace=True,
            replace_whitespace=False,
        ) or [""]
    return "\n".join(lines)


def named(choice: Choice) -> str:
    """Call a choice as people do."""
    return choice.label or choice.id


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
        each.id
        for each in choices
        if each.id.lower().startswith(typed) or each.label.lower().startswith(typed)
    ]
