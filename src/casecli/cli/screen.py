"""The only output boundary: text for people, JSON for scripts, all of it made safe.

Data goes to standard output; everything said about it goes to standard error.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager, suppress
from itertools import chain
from typing import TYPE_CHECKING, Any, TextIO

from casecli.cli.cells import GAP, cell, clock, shrink, text_of, value_of
from casecli.cli.safe import fit, safe, width
from casecli.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Collection,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )
    from datetime import datetime

    from casecli.cli.bar import Bar, Line
    from casecli.cli.cells import Column
    from casecli.domain.errors import CaseError
    from casecli.domain.policy import Finding

Part = str | tuple[str, str]
"""A piece of a line: its text, or its text and the name of a style."""

STYLES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}


def decide_color(
    environ: Mapping[str, str],
    is_tty: bool,  # noqa: FBT001 - one fact a place, as they are judged
    no_color_flag: bool,  # noqa: FBT001
) -> bool:
    """Judge one stream: the flag, NO_COLOR, FORCE_COLOR, TERM, CLICOLOR, then the TTY.

    An empty variable counts as unset; `FORCE_COLOR=0` says no.
    """
    if no_color_flag or environ.get("NO_COLOR"):
        return False
    forced = environ.get("FORCE_COLOR") or environ.get("CLICOLOR_FORCE")
    if forced:
        return forced != "0"
    if environ.get("TERM") == "dumb" or environ.get("CLICOLOR") == "0":
        return False
    return is_tty


class Screen:
    """Where a command says things; `json` is also true with `jsonl` or `fields`.

    `color` and `err_color` None leave it to whether the stream is a terminal; `width`
    None asks the terminal. Without `live` no progress is drawn, terminal or not.
    """

    def __init__(  # noqa: PLR0913 - one argument an option, all but two by name
        self,
        out: TextIO,
        err: TextIO,
        *,
        json: bool = False,
        jsonl: bool = False,
        fields: tuple[str, ...] | None = None,
        quiet: bool = False,
        verbose: int = 0,
        color: bool | None = None,
        err_color: bool | None = None,
        width: int | None = None,
        live: bool = True,
    ) -> None:
        self._out, self._err = out, err
        self._live = live
        self._line: Line | None = None
        self._bar: Bar | None = None
        self.json = json or jsonl or fields is not None
        self.jsonl, self.fields = jsonl, fields
        self.quiet, self.verbose = quiet, verbose
        self.tty, self.err_tty = out.isatty(), err.isatty()
        self._color = self.tty if color is None else color
        self._err_color = self.err_tty if err_color is None else err_color
        self.width = width or shutil.get_terminal_size().columns
        for stream in (out, err):
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(errors="backslashreplace")

    # --- data, to standard output

    def result(self, plain: Mapping[str, Any], human: Callable[[], None]) -> None:
        """Give a single thing: an object for scripts, what `human` prints for people.

        Raises:
            BadInput: `--fields` names a key the object does not have.
        """
        if not self.json:
            human()
        else:
            self._dump(self._selected(plain, tuple(plain)), one_line=self.jsonl)
        self._out.flush()

    def items(
        self,
        plain: Iterable[Mapping[str, Any]],
        columns: Sequence[Column],
        *,
        keys: Sequence[str] = (),
        leave_out: Collection[str] = (),
        now: datetime | None = None,
        empty: str = "",
    ) -> None:
        """Give a list: JSON, a table on a terminal, else tab-separated full lines.

        `keys` are what `--fields` may name, by default those of the first item;
        `leave_out` keys are in JSON only where `--fields` asks for them. `empty` is
        told to people, on standard error, when there is nothing.

        Raises:
            BadInput: `--fields` names a key no item has.
        """
        rows = iter(plain)
        first = next(rows, None)
        known = tuple(keys or first or ())
        if known:
            self._check_fields(known)
        if first is not None:
            rows = chain([first], rows)
        if self.json:
            self._json_items(rows, known, leave_out)
        elif first is None:
            self.notice(empty) if empty else None
        elif self.tty:
            self._table(list(rows), columns, now)
        else:
            for row in rows:
                cells = (safe(text_of(value_of(row, each.key))) for each in columns)
                self._out.write("\t".join(cells) + "\n")
        self._out.flush()

    def when(self, moment: datetime, now: datetime) -> str:
        """Say a time: by the wall clock and from now on a terminal, else RFC 3339."""
        from casecli.domain.calendar import format_time

        return clock(moment, now) if self.tty else format_time(moment)

    def pairs(self, rows: Iterable[tuple[str, object]]) -> None:
        """Print labels and values, aligned on a terminal; empty values are left out."""
        shown = [
            (safe(label), text_of(value)) for label, value in rows if text_of(value)
        ]
        longest = max((width(label) for label, _ in shown), default=0)
        for label, value in shown:
            if self.tty:
                lead = " " * (longest - width(label) + 2)
                cleaned = safe(value, multiline=True)
                indented = cleaned.replace("\n", "\n" + " " * (longest + 2))
                self._out.write(self._paint(label, "bold") + lead + indented + "\n")
            else:
                self._out.write(f"{label}\t{safe(value)}\n")
        self._out.flush()

    def line(self, *parts: Part) -> None:
        """Print one line made of pieces, each with a style or without."""
        self._out.write("".join(map(self._part, parts)) + "\n")
        self._out.flush()

    def write(self, text: str) -> None:
        """Print a document byte for byte; on a terminal it is made safe first."""
        self._out.write(safe(text, multiline=True) if self.tty else text)
        self._out.flush()

    # --- about it, to standard error

    def notice(self, text: str) -> None:
        """Tell something a person may like to know; silent with --quiet and --json."""
        if not self.quiet and not self.json:
            self._tell(safe(text, multiline=True))

    def detail(self, text: str, level: int = 1) -> None:
        """Tell something only under so many `--verbose`."""
        if self.verbose >= level:
            self._tell(safe(text, multiline=True))

    def warn(self, text: str) -> None:
        """Tell something that should not be overlooked, even with --quiet."""
        if self.json:
            self._tell(_dumps({"warning": {"message": text}}))
        else:
            lead = self._paint_err("warning:", "yellow")
            self._tell(f"{lead} {safe(text, multiline=True)}")

    def findings(self, findings: Iterable[Finding]) -> None:
        """List what a policy says, one finding a line; scripts find it in the JSON."""
        if not self.json:
            self._list_findings(list(findings))

    def error(self, error: CaseError) -> None:
        """Say what went wrong and what to type next; one JSON object for scripts."""
        if self.json:
            from casecli.cli.findings import error_plain

            self._tell(_dumps(error_plain(error)))
            return
        lead = self._paint_err("error:", "red")
        self._tell(f"{lead} {safe(error.message, multiline=True)}")
        self._list_findings(error.findings)
        if error.hint:
            lead = self._paint_err("hint:", "cyan")
            self._tell(f"{lead} {safe(error.hint, multiline=True)}")

    def aside(self) -> Screen:
        """Give a screen that says on standard error what this one says as data."""
        return Screen(
            self._err,
            self._err,
            quiet=self.quiet,
            color=self._err_color,
            err_color=self._err_color,
            width=self.width,
        )

    @contextmanager
    def progress(
        self, label: str, total: int | None, unit: str = ""
    ) -> Iterator[Callable[[int], None]]:
        """Draw a one-line bar while inside; yields what to call with each step's size.

        Bytes, or what `unit` names. One begun within another takes its line meanwhile.
        Drawn on a terminal only, without --quiet and --json, and wiped at the end.
        """
        if not self._live or not self.err_tty or self.quiet or self.json:
            yield lambda _: None
            return
        from casecli.cli.bar import Bar, Line, Tally

        line = self._line = self._line or Line(self._err, self.width)
        outer = self._bar
        text = (outer.place if outer else "") + safe(label)
        bar = Tally(line, text, total, unit) if unit else Bar(line, text, total)
        self._bar = bar
        bar(0) if not unit else bar.show()
        try:
            yield bar
        finally:
            self._bar = outer
            outer.show() if outer else line.wipe()

    def pager(
        self, lines: Iterable[str], command: str, env: Mapping[str, str] | None = None
    ) -> None:
        """Show lines through the user's pager on a terminal, else print them.

        `env` is the whole environment of the pager, which must hold no token of ours.
        """
        if not self.tty or not command or self.json:
            for each in lines:
                self.line(each)
            return
        import shlex
        import subprocess

        body = "".join(safe(each, multiline=True) + "\n" for each in lines)
        child = {"LESS": "FRX", **(env or {})}
        with (
            suppress(BrokenPipeError),  # people leave a pager before the end
            subprocess.Popen(  # noqa: S603 - the user's own pager
                shlex.split(command), stdin=subprocess.PIPE, env=child
            ) as process,
        ):
            process.communicate(body.encode(errors="backslashreplace"))

    # --- within

    def _json_items(
        self,
        rows: Iterable[Mapping[str, Any]],
        known: Sequence[str],
        leave_out: Collection[str],
    ) -> None:
        def chosen(row: Mapping[str, Any]) -> dict[str, Any]:
            if self.fields is not None:
                return self._selected(row, known)
            return {key: row[key] for key in row if key not in leave_out}

        if self.jsonl:
            for row in rows:
                self._dump(chosen(row), one_line=True)
        else:
            self._dump([chosen(row) for row in rows])

    def _selected(
        self, plain: Mapping[str, Any], known: Sequence[str]
    ) -> dict[str, Any]:
        if self.fields is None:
            return dict(plain)
        self._check_fields(known)
        return {key: plain.get(key) for key in self.fields}

    def _check_fields(self, known: Sequence[str]) -> None:
        unknown = [each for each in self.fields or () if each not in known]
        if unknown:
            raise BadInput(
                f"there is no key {', '.join(map(repr, unknown))} here",
                f"--fields takes {', '.join(known)}",
            )

    def _dump(self, value: object, *, one_line: bool = False) -> None:
        pretty = self.tty and not one_line
        self._out.write(_dumps(value, indent=2 if pretty else None) + "\n")

    def _table(
        self,
        rows: Sequence[Mapping[str, Any]],
        columns: Sequence[Column],
        now: datetime | None,
    ) -> None:
        cells = [[cell(row, each, now) for each in columns] for row in rows]
        heads = [each.title.upper() for each in columns]
        wide = [
            min(max(map(width, column)), self.width)
            for column in zip(heads, *cells, strict=True)
        ]
        shrink(wide, columns, self.width)
        styles = ["bold"] * len(columns)
        self._out.write(self._row(heads, wide, styles))
        for row, texts in zip(rows, cells, strict=True):
            styles = [
                each.style(value_of(row, each.key)) if each.style else ""
                for each in columns
            ]
            self._out.write(self._row(texts, wide, styles))

    def _row(
        self, texts: Sequence[str], wide: Sequence[int], styles: Sequence[str]
    ) -> str:
        mark = "…" if _can_encode(self._out, "…") else "..."
        said, used, last = [], 0, len(texts) - 1
        for at, (text, cells) in enumerate(zip(texts, wide, strict=True)):
            room = min(cells, self.width - used)
            if room <= 0:
                break
            shown = fit(text, room, mark)
            padding = "" if at == last else " " * (room - width(shown)) + GAP
            said.append(self._paint(shown, styles[at]) + padding)
            used += room + len(GAP)
        return "".join(said).rstrip() + "\n"

    def _list_findings(self, findings: Sequence[Finding]) -> None:
        from casecli.cli.findings import finding_line

        longest = max((len(each.rule) for each in findings), default=0)
        for each in findings:
            said = safe(finding_line(each))
            rule = self._paint_err(safe(each.rule).ljust(longest), "bold")
            self._tell(f"  {rule}  {said}")

    def _part(self, part: Part) -> str:
        text, style = (part, "") if isinstance(part, str) else part
        return self._paint(safe(text, multiline=True), style)

    def _paint(self, text: str, style: str) -> str:
        return _painted(text, style) if self._color else text

    def _paint_err(self, text: str, style: str) -> str:
        return _painted(text, style) if self._err_color else text

    def _tell(self, text: str) -> None:
        if self._bar is not None and self._line is not None:
            self._line.wipe()
        self._err.write(text + "\n")
        self._err.flush()


def _dumps(value: object, indent: int | None = None) -> str:
    import json

    text = json.dumps(value, ensure_ascii=True, indent=indent)
    return text.replace(
        "\x7f", "\\u007f"
    )  # the one control that is ASCII and unescaped


def _painted(text: str, style: str) -> str:
    return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if style and text else text


def _can_encode(stream: TextIO, text: str) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
