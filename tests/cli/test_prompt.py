"""Questions on standard error, answers line by line, and nothing asked forever."""

from __future__ import annotations

import io
import shlex
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecli.cli.prompt import TerminalPrompter, edit, folded
from casecli.domain.checklist import Choice
from casecli.domain.errors import BadInput
from casecli.domain.ports import Back

LEVELS = (
    Choice(id="critical", definition="nobody can work"),
    Choice(id="high", label="Major"),
    Choice(id="highest", definition="rare"),
)


class Person:
    """A prompter whose answers are typed ahead and whose screen is recorded."""

    def __init__(self, *answers: str, editor: str | None = None) -> None:
        self.err = io.StringIO()
        typed = io.StringIO("".join(f"{each}\n" for each in answers))
        self.prompter = TerminalPrompter(typed, self.err, editor)

    def saw(self) -> str:
        return self.err.getvalue()


def editor_that(tmp_path: Path, code: str) -> str:
    script = tmp_path / "editor.py"
    script.write_text(
        f"import sys, pathlib\npath = pathlib.Path(sys.argv[1])\n{code}\n"
    )
    return shlex.join([sys.executable, str(script)])


def test_an_empty_answer_takes_the_default_in_brackets() -> None:
    person = Person("")

    assert person.prompter.line("Subject", default="Disk full") == "Disk full"
    assert person.saw() == "Subject [Disk full]: "


def test_a_wrong_answer_is_explained_and_asked_again() -> None:
    person = Person("x", "42")

    answer = person.prompter.line(
        "Number", check=lambda text: None if text.isdigit() else "not a number"
    )

    assert answer == "42"
    assert person.saw() == "Number:   not a number\nNumber: "


def test_a_question_mark_shows_the_help() -> None:
    person = Person("?", "node 7")

    assert person.prompter.line("Asset", help_text="its serial") == "node 7"
    assert "its serial\n" in person.saw()


def test_a_question_mark_is_an_answer_where_there_is_no_help() -> None:
    assert Person("?").prompter.line("Asset") == "?"


@pytest.mark.parametrize(
    ("typed", "chosen"),
    [("1", "critical"), ("HIGH", "high"), ("major", "high"), ("c", "critical")],
)
def test_a_choice_is_taken_by_number_name_or_beginning(typed: str, chosen: str) -> None:
    assert Person(typed).prompter.choose("Severity", LEVELS) == chosen


def test_choices_are_shown_with_their_definitions() -> None:
    person = Person("3")

    person.prompter.choose("Severity", LEVELS)

    assert person.saw().startswith(
        "Severity\n  1. critical: nobody can work\n  2. Major\n  3. highest: rare\n"
    )


@pytest.mark.parametrize("typed", ["hi", "0", "4", "low", ""])
def test_an_unclear_choice_is_asked_again(typed: str) -> None:
    person = Person(typed, "2")

    assert person.prompter.choose("Severity", LEVELS) == "high"
    assert "is not one of them" in person.saw()


def test_the_default_choice_may_be_kept() -> None:
    assert Person("").prompter.choose("Severity", LEVELS, default="high") == "high"


def test_a_text_ends_with_a_single_dot() -> None:
    person = Person("first", "", "third", ".", "not read")

    assert person.prompter.text("Description") == "first\n\nthird"


def test_a_blank_text_keeps_the_default() -> None:
    assert Person(".").prompter.text("Description", default="as it was") == "as it was"


def test_a_blank_text_without_a_default_aborts() -> None:
    with pytest.raises(BadInput, match="nothing was written for 'Description'"):
        Person(" ", ".").prompter.text("Description")


def test_e_opens_the_editor_on_what_there_is(tmp_path: Path) -> None:
    grow = "path.write_text('more than ' + path.read_text())"
    person = Person("e", editor=editor_that(tmp_path, grow))

    assert person.prompter.text("Description", default="this") == "more than this"


def test_e_is_a_text_where_there_is_no_editor() -> None:
    assert Person("e", ".").prompter.text("Description") == "e"


@pytest.mark.parametrize(
    ("typed", "default", "said"),
    [
        ("y", False, True),
        ("YES", False, True),
        ("n", True, False),
        ("", True, True),
        ("", False, False),
    ],
)
def test_a_confirmation_is_yes_or_no(typed: str, *, default: bool, said: bool) -> None:
    assert Person(typed).prompter.confirm("Close?", default=default) is said


def test_anything_else_is_no_confirmation() -> None:
    person = Person("sure", "n")

    assert person.prompter.confirm("Close?") is False
    assert person.saw() == "Close? (y/N):   answer y or n\nClose? (y/N): "


def test_the_end_of_input_is_told_with_the_question() -> None:
    with pytest.raises(BadInput, match="input ended before 'Subject' was answered"):
        Person().prompter.line("Subject")


def test_an_unfinished_text_is_no_text() -> None:
    with pytest.raises(BadInput, match="input ended"):
        Person("half of").prompter.text("Description")


def test_questions_from_elsewhere_are_made_safe() -> None:
    person = Person("1")

    person.prompter.choose("\x1b[2J", [Choice(id="a\rb")])

    assert "\x1b" not in person.saw()
    assert "a␍b" in person.saw()


def test_the_editor_sees_the_help_and_lines_with_a_hash_stay(tmp_path: Path) -> None:
    keep = (
        f"pathlib.Path({str(tmp_path / 'seen')!r}).write_text(path.read_text())\n"
        "path.write_text('# dmesg | tail\\n' + path.read_text())"
    )

    text = edit(editor_that(tmp_path, keep), "it fails", "Say since when.")

    assert text == "# dmesg | tail\nit fails"
    assert (tmp_path / "seen").read_text().endswith("# Say since when.\n")


def test_the_editor_works_on_a_private_file_that_is_gone_afterwards(
    tmp_path: Path,
) -> None:
    note = (
        f"out = pathlib.Path({str(tmp_path / 'seen')!r})\n"
        "out.write_text(f'{path}\\n{path.parent.stat().st_mode}')"
    )

    edit(editor_that(tmp_path, note), "text")

    path, mode = (tmp_path / "seen").read_text().splitlines()
    assert not Path(path).exists()
    assert stat.S_IMODE(int(mode)) == 0o700


def test_the_editor_inherits_only_the_environment_given(tmp_path: Path) -> None:
    note = "import os; path.write_text(str(sorted(os.environ)))"

    text = edit(editor_that(tmp_path, note), env={"TERM": "dumb", "LC_ALL": "C.UTF-8"})

    assert text == "['LC_ALL', 'TERM']"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("path.write_text(' ')", "nothing was written"),
        ("sys.exit(3)", "failed with 3"),
        ("path.unlink()", "cannot be used"),
    ],
)
def test_an_editor_that_leaves_nothing_aborts(
    tmp_path: Path, code: str, said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        edit(editor_that(tmp_path, code), "")


@pytest.mark.parametrize("command", ["/no/such/editor", "unbalanced '"])
def test_an_editor_that_cannot_start_is_named(command: str) -> None:
    with pytest.raises(BadInput, match="cannot be used"):
        edit(command)


def test_in_an_interview_a_question_says_where_it_stands_and_helps_at_once() -> None:
    person = Person("node 7")

    person.prompter.line("Asset", help_text="its serial", step="3 of 7")

    assert person.saw() == "\n[3 of 7] Asset   (< goes back)\n  its serial\n> "


def test_a_smaller_sign_goes_back_in_an_interview_only() -> None:
    assert Person("<").prompter.line("Asset") == "<"
    with pytest.raises(Back):
        Person("<").prompter.line("Asset", step="2 of 7")
    with pytest.raises(Back):
        Person("<").prompter.choose("Severity", LEVELS, step="2 of 7")
    with pytest.raises(Back) as wish:
        Person("first", "second", "<").prompter.text("What happened?", step="2 of 7")

    assert wish.value.typed == "first\nsecond"


def test_an_interview_goes_on_where_nothing_was_written() -> None:
    person = Person(".", "it fails", ".")

    assert person.prompter.text("What happened?", step="1 of 2") == "it fails"
    assert "nothing was written" in person.saw()


def test_a_closed_choice_says_why_and_asks_again() -> None:
    person = Person("critical", "2")

    chosen = person.prompter.choose("How bad", LEVELS, closed={"critical": "by phone"})

    assert chosen == "high"
    assert "  critical: by phone\n" in person.saw()


@pytest.mark.parametrize(
    ("typed", "picked"),
    [
        ("", ()),
        ("1, 3", ("critical", "highest")),
        ("major 1 high", ("high", "critical")),
        ("all", ("critical", "high", "highest")),
    ],
)
def test_any_number_of_choices_is_picked(typed: str, picked: tuple[str, ...]) -> None:
    assert Person(typed).prompter.pick("Some?", LEVELS) == picked


def test_what_cannot_be_picked_is_asked_again() -> None:
    person = Person("1 9", "2")

    assert person.prompter.pick("Some?", LEVELS) == ("high",)
    assert "9: not one of the above" in person.saw()


@given(st.text(), st.integers(min_value=12, max_value=120))
def test_folding_keeps_every_word_within_the_width(text: str, cells: int) -> None:
    shown = folded(text, cells)

    assert max(map(len, shown.split("\n"))) <= cells
    assert "".join(shown.split()) == "".join(text.split())
