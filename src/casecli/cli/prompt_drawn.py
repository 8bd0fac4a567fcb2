"""Draws an interview on a terminal, on standard error: the door to questionary.

Each question is wiped once it is answered and leaves one line, so that what stays on
the screen reads as a record. Everything shown is made safe before it is drawn.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self, TextIO

from casecli.cli.prompt import BACK, TerminalPrompter, edit, folded, named
from casecli.cli.safe import fit, safe
from casecli.domain.errors import BadInput
from casecli.domain.ports import Back

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from prompt_toolkit import PromptSession
    from prompt_toolkit.application import Application
    from prompt_toolkit.formatted_text import FormattedText
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
    from prompt_toolkit.output import Output
    from prompt_toolkit.styles import Style

    from casecli.domain.checklist import Choice
    from casecli.domain.ports import Prompter

_BY_NUMBER = 9
_ESCAPE_WAIT = 0.2
_LOOK = {
    "qmark": "ansicyan",
    "question": "bold",
    "help": "",
    "keys": "ansibrightblack",
    "wrong": "ansired",
    "pointer": "ansicyan bold",
    "highlighted": "bold",
    "selected": "noreverse",
    "disabled": "ansibrightblack",
    "instruction": "ansibrightblack",
    "bottom-toolbar": "noreverse",
    "validation-toolbar": "bg:default ansired noreverse",
}


class _Written(Exception):
    """The person wants the editor, with what is written so far."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class DrawnPrompter(TerminalPrompter):
    """Arrow keys, lists and completion; what needs none of these stays a plain line."""

    def __init__(
        self,
        in_: TextIO,
        err: TextIO,
        editor: str | None = None,
        env: Mapping[str, str] | None = None,
        width: int | None = None,
        *,
        color: bool = True,
    ) -> None:
        super().__init__(in_, err, editor, env, width)
        import questionary  # noqa: F401 (that it is there decides who asks)
        from prompt_toolkit.output import create_output

        self._color = color
        self._output: Output = create_output(err)
        if not self._output.encoding().lower().startswith("utf"):
            raise ValueError("a terminal without UTF-8 gets plain lines")

    @classmethod
    def over(cls, plain: TerminalPrompter, *, color: bool) -> Self:
        """Draw where a plain prompter would write.

        Raises:
            ImportError: the library is not there.
            ValueError: the terminal cannot show it.
        """
        return cls(
            plain._in,  # noqa: SLF001 (its own kind)
            plain._err,  # noqa: SLF001
            plain._editor,  # noqa: SLF001
            plain._env,  # noqa: SLF001
            plain._width,  # noqa: SLF001
            color=color,
        )

    def line(
        self,
        question: str,
        *,
        default: str = "",
        help_text: str = "",
        check: Callable[[str], str | None] | None = None,
        step: str = "",
        live: Callable[[str], str] | None = None,
    ) -> str:
        """Ask for a line, telling below it what is wrong or like it as one types."""
        checked = lru_cache(1)(check) if check else None
        looked = lru_cache(1)(live) if live else None

        def below(text: str) -> list[tuple[str, str]]:
            shown: list[tuple[str, str]] = []
            wrong = checked(text) if checked and text.strip() else None
            if wrong:
                shown.append(("class:wrong", f"{self._fold(wrong)}\n"))
            if looked and text.strip():
                cells = self.width - 1
                shown += [
                    ("", fit(f"  {safe(each)}", cells) + "\n")
                    for each in looked(text).splitlines()
                ]
            return [*shown, ("class:keys", self._keys("Enter takes it", step))]

        session = self._session(question, help_text, step, below, checked)
        answer = self._run_line(session, default, question, step)
        self._leave(question, answer)
        return answer

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
        """Point at a choice with the arrows, its number, or by typing a part of it."""
        import questionary

        why = closed or {}
        few = len(choices) <= _BY_NUMBER
        how = f"arrows or 1-{len(choices)}" if few else "arrows, or type to find"
        asked = questionary.select(
            self._asked(question, help_text, ""),
            [self._row(each, why.get(each.id), numbered=few) for each in choices],
            default=default if any(each.id == default for each in choices) else None,
            qmark=f"[{step}]" if step else "",
            instruction=f"\n{self._keys(f'{how}, Enter takes it', step)}",
            use_shortcuts=few,
            use_search_filter=not few,
            use_jk_keys=False,
            pointer=">",
            **self._looks(),
        )
        chosen = str(self._run(asked.application, step))
        self._leave(question, next(named(e) for e in choices if e.id == chosen))
        return chosen

    def pick(
        self,
        question: str,
        choices: Sequence[Choice],
        *,
        help_text: str = "",
        step: str = "",
    ) -> tuple[str, ...]:
        """Tick choices with the space bar."""
        import questionary

        keys = "Space ticks, a all; Enter goes on with what is ticked"
        asked = questionary.checkbox(
            self._asked(question, help_text, ""),
            [self._row(each, None, numbered=False) for each in choices],
            qmark=f"[{step}]" if step else "",
            instruction=f"\n{self._keys(keys, step)}",
            pointer=">",
            **self._looks(),
        )
        picked = tuple(self._run(asked.application, step))
        self._leave(question, f"{len(picked)} picked" if picked else "none")
        return picked

    def text(
        self, question: str, *, default: str = "", help_text: str = "", step: str = ""
    ) -> str:
        """Take several lines; Ctrl-O goes on writing in the editor."""
        keys = "Ctrl-D or a line with only '.' ends it"
        if self._editor:
            keys += ", Ctrl-O opens the editor"
        shown = self._keys(keys, step)

        def below(_: str) -> list[tuple[str, str]]:
            return [("class:keys", shown)]

        def check(text: str) -> str | None:
            return None if text.strip(" \n.") else "nothing is written yet"

        written = default
        while True:
            session = self._session(
                question, help_text, step, below, check, multiline=True
            )
            try:
                answer = self._run_line(session, written, question, step)
            except _Written as wish:
                try:
                    answer = edit(self._editor or "", wish.text, help_text, self._env)
                except BadInput as error:
                    self.say(f"  {error}")
                    written = wish.text
                    continue
            lines = answer.strip("\n").split("\n")
            text = "\n".join(lines[:-1] if lines[-1] == "." else lines).strip("\n")
            first, *more = text.splitlines()
            self._leave(question, f"{first} (+{len(more)} lines)" if more else first)
            return text

    def path(
        self,
        question: str,
        *,
        help_text: str = "",
        check: Callable[[str], str | None] | None = None,
        step: str = "",
    ) -> str:
        """Ask for a path, completed by Tab."""
        import questionary

        asked = questionary.path(
            f"{self._asked(question, help_text, '')}\n"
            f"{self._keys('Tab completes', step)}\n>",
            validate=(lambda text: check(text) or True) if check else None,
            qmark=f"[{step}]" if step else "",
            **self._looks(),
        )
        answer = str(self._run(asked.application, step))
        if step and answer.strip() == BACK:
            raise Back
        self._leave(question.partition(" (")[0], answer or "none")
        return answer.strip()

    def _session(
        self,
        question: str,
        help_text: str,
        step: str,
        below: Callable[[str], list[tuple[str, str]]],
        check: Callable[[str], str | None] | None,
        *,
        multiline: bool = False,
    ) -> PromptSession[str]:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.formatted_text import FormattedText
        from prompt_toolkit.validation import Validator

        def wrong(text: str) -> str | None:
            going_back = step and text.strip() == BACK
            return check(text) if check and not going_back else None

        class Checked(Validator):
            def validate(self, document: Any) -> None:
                from prompt_toolkit.validation import ValidationError

                if error := wrong(document.text):
                    end = len(document.text)  # where one goes on typing
                    raise ValidationError(cursor_position=end, message=safe(error))

        def toolbar() -> FormattedText:
            buffer = session.default_buffer
            told = buffer.validation_error is not None  # in a line of its own
            return FormattedText(
                each
                for each in below(buffer.text)
                if not (told and each[0] == "class:wrong")
            )

        session: PromptSession[str] = PromptSession(
            self._opening(question, help_text, step),
            multiline=multiline,
            validator=Checked(),
            validate_while_typing=False,
            bottom_toolbar=toolbar,
            key_bindings=self._line_keys(step, multiline=multiline),
            reserve_space_for_menu=0,
            **self._looks(),
        )
        _keep_together(session)
        return session

    def _opening(self, question: str, help_text: str, step: str) -> FormattedText:
        from prompt_toolkit.formatted_text import FormattedText

        where = f"[{step}]" if step else ""
        asked = self._asked(question, "", step).removeprefix(where)
        told = f"\n{_help(help_text, self.width)}" if help_text else ""
        return FormattedText(
            [
                ("class:qmark", where),
                ("class:question", asked),
                ("", f"{told}\n> "),
            ]
        )

    def _run_line(
        self, session: PromptSession[str], default: str, question: str, step: str
    ) -> str:
        session.app.ttimeoutlen = _ESCAPE_WAIT
        try:
            answer = session.prompt(default=safe(default, multiline=True))
        except EOFError:
            raise BadInput(f"input ended before {question!r} was answered") from None
        if step and answer.strip() == BACK:
            raise Back
        return answer

    def _run(self, application: Application[Any], step: str) -> Any:
        from prompt_toolkit.filters import has_completions
        from prompt_toolkit.key_binding import KeyBindings, merge_key_bindings

        keys = KeyBindings()
        if step:

            @keys.add("escape", eager=True, filter=~has_completions)
            @keys.add("s-tab", eager=True, filter=~has_completions)
            def _(event: KeyPressEvent) -> None:
                event.app.exit(exception=Back())

        own = application.key_bindings
        application.key_bindings = merge_key_bindings([own, keys] if own else [keys])
        application.ttimeoutlen = _ESCAPE_WAIT
        return application.run()

    def _line_keys(self, step: str, *, multiline: bool) -> KeyBindings:
        from prompt_toolkit.key_binding import KeyBindings

        keys = KeyBindings()

        @keys.add("c-c", eager=True)
        def _(event: KeyPressEvent) -> None:
            event.app.exit(exception=KeyboardInterrupt(event.current_buffer.text))

        if step:

            @keys.add("escape", eager=True)
            @keys.add("s-tab", eager=True)
            def _(event: KeyPressEvent) -> None:
                event.app.exit(exception=Back(event.current_buffer.text))

        if not multiline:
            return keys

        @keys.add("c-d", eager=True)
        def _(event: KeyPressEvent) -> None:
            event.current_buffer.validate_and_handle()

        @keys.add("enter", eager=True)
        def _(event: KeyPressEvent) -> None:
            buffer = event.current_buffer
            line = buffer.document.current_line
            if line in (".", BACK) and buffer.document.is_cursor_at_the_end:
                buffer.validate_and_handle()
            else:
                buffer.newline(copy_margin=False)

        if self._editor:

            @keys.add("c-o", eager=True)
            def _(event: KeyPressEvent) -> None:
                event.app.exit(exception=_Written(event.current_buffer.text))

        return keys

    def _looks(self) -> dict[str, Any]:
        from prompt_toolkit.output import ColorDepth
        from prompt_toolkit.styles import Style

        style: Style = Style(list(_LOOK.items()))
        depth = ColorDepth.DEPTH_4_BIT if self._color else ColorDepth.DEPTH_1_BIT
        return {
            "output": self._output,
            "style": style,
            "color_depth": depth,
            "erase_when_done": True,
        }

    def _row(self, choice: Choice, closed: str | None, *, numbered: bool) -> Any:
        import questionary

        said = f": {choice.definition}" if choice.definition else ""
        if closed:
            said += f" - {closed}"
        title = safe(f"{named(choice)}{said}", multiline=False)
        lead = 6 if numbered else 5
        rows = folded(" " * lead + title, self.width - 1, lead).lstrip()
        return questionary.Choice(rows, choice.id, disabled=True if closed else None)  # type: ignore[arg-type]

    def _asked(self, question: str, help_text: str, step: str) -> str:
        where = f"[{step}] " if step else ""
        asked = self._fold(f"{where}{question}")
        return f"{asked}\n{_help(help_text, self.width)}" if help_text else asked

    def _keys(self, keys: str, step: str) -> str:
        more = ", Esc goes back" if step else ""
        return self._fold(f"  {keys}{more}")

    def _fold(self, text: str) -> str:
        return folded(safe(text, multiline=True), self.width - 1)

    def _leave(self, question: str, answer: str) -> None:
        self.say(f"{question.rstrip('?: ')}: {answer}")


def interviewer(
    plain: TerminalPrompter, environ: Mapping[str, str], *, color: bool
) -> Prompter:
    """Give what draws the interview; the plain lines where nothing can be drawn."""
    if environ.get("TERM", "dumb") in ("", "dumb", "unknown"):
        return plain
    try:
        return DrawnPrompter.over(plain, color=color)
    except (ImportError, OSError, ValueError):
        return plain


def _help(text: str, cells: int) -> str:
    return folded(f"  {safe(text, multiline=True)}", cells - 1, 2)


def _keep_together(session: PromptSession[str]) -> None:
    """Let what stands below the answer follow it, not sink to the screen's end."""
    from prompt_toolkit.enums import DEFAULT_BUFFER
    from prompt_toolkit.filters import Always
    from prompt_toolkit.layout import BufferControl

    for window in session.layout.find_all_windows():
        content = window.content
        if isinstance(content, BufferControl) and content.buffer.name == DEFAULT_BUFFER:
            window.dont_extend_height = Always()
