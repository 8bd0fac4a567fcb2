"""What people see, what scripts read, and that no text from elsewhere is obeyed."""

from __future__ import annotations

import io
import json
import shlex
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecli.cli.cells import Column, ago, clock
from casecli.cli.safe import fit, safe, width
from casecli.cli.screen import Screen, decide_color
from casecli.domain.errors import BadInput, NotFound, Refused
from casecli.domain.policy import Effect, Finding

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
ROWS: list[dict[str, Any]] = [
    {
        "ref": "L1",
        "subject": "Disk full on node 7",
        "updated_at": "2026-03-05T09:00:00Z",
        "comments": [],
    },
    {
        "ref": "L12",
        "subject": "VPN drops",
        "updated_at": "2026-03-01T12:00:00Z",
        "comments": [],
    },
]
COLUMNS = (
    Column(key="ref", title="ref", style=lambda _: "bold"),
    Column(key="subject", title="subject", shrinks=True),
    Column(key="updated_at", title="updated", time=True),
)
IMPACT = Finding(
    rule="GENERIC-IMPACT",
    effect=Effect.REQUIRE,
    message="business impact is missing",
    field="impact",
    remedy="--impact TEXT",
    source="Care guide, page 3",
)
EARLY = Finding(
    rule="GEN-ESC",
    effect=Effect.DENY,
    message="too early to escalate",
    waivable=True,
    earliest=datetime(2026, 3, 6, 9, tzinfo=UTC),
)


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


class Console:
    """A screen on two recorded streams."""

    def __init__(self, out: io.StringIO, err: io.StringIO, **options: Any) -> None:
        self.out, self.err = out, err
        self.screen = Screen(out, err, **options)

    def said(self) -> str:
        return self.out.getvalue()

    def told(self) -> str:
        return self.err.getvalue()


def pipe(**options: Any) -> Console:
    return Console(io.StringIO(), io.StringIO(), **options)


def terminal(**options: Any) -> Console:
    return Console(Terminal(), Terminal(), **{"color": False, "width": 60, **options})


# --- safe text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("ein Größenproblem, 日本", "ein Größenproblem, 日本"),
        ("\x1b[31mred", "␛[31mred"),
        ("a\rb", "a␍b"),
        ("a\nb\tc", "a␊b␉c"),
        ("\x7f\x9b1m", "␡⟨U+009B⟩1m"),
        ("\u202egnp.exe", "⟨U+202E⟩gnp.exe"),
        ("\u2066\u200f\u061c", "⟨U+2066⟩⟨U+200F⟩⟨U+061C⟩"),
        ("a\u2028b", "a⟨U+2028⟩b"),
        ("\U000e0041", "⟨U+E0041⟩"),
        ("name\udc80", "name⟨U+DC80⟩"),
        ("\x00", "␀"),
    ],
)
def test_what_a_terminal_would_obey_is_shown(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_lines_and_tabs_stay_in_a_text_of_several_lines() -> None:
    assert safe("a\n\tb\r\n\x1b", multiline=True) == "a\n\tb␍\n␛"


def test_marks_stacked_on_one_character_are_cut_after_eight() -> None:
    assert safe("e" + "\u0301" * 50 + "f") == "e" + "\u0301" * 8 + "f"


def test_an_invisible_joiner_does_not_start_the_count_of_marks_anew() -> None:
    assert safe("e" + ("\u0301" * 8 + "\u200d") * 3).count("\u0301") == 8


HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cc", "Cf", "Cs", "Mn", "Me"]),
        st.sampled_from("\x1b\r\n\t\x9b\u202e\u2069\u0301\udc80 "),
    )
)


@given(text=HOSTILE, multiline=st.booleans())
def test_cleaning_twice_changes_nothing(text: str, *, multiline: bool) -> None:
    once = safe(text, multiline=multiline)

    assert safe(once, multiline=multiline) == once


@given(HOSTILE)
def test_no_control_and_no_surrogate_survives(text: str) -> None:
    left = {unicodedata.category(each) for each in safe(text)}

    assert not left & {"Cc", "Cs", "Zl", "Zp"}


@given(HOSTILE)
def test_no_output_of_any_kind_holds_a_control(text: str) -> None:
    console = pipe()
    scripted = pipe(json=True)
    wide = terminal()

    for screen in (console.screen, scripted.screen, wide.screen):
        screen.items([{"subject": text}], [Column(key="subject", title="subject")])
        screen.error(NotFound("case", text, text))
        screen.warn(text)

    shown = console.said() + scripted.said() + scripted.told() + wide.said()
    assert not {each for each in shown if unicodedata.category(each) == "Cc"} - {"\n"}


@given(HOSTILE, st.integers(min_value=0, max_value=40))
def test_a_fitted_text_is_never_wider_than_its_place(text: str, cells: int) -> None:
    assert width(fit(safe(text), cells)) <= cells


def test_wide_characters_count_two_cells_and_marks_none() -> None:
    assert width("日本e\u0301") == 5
    assert fit("日本語です", 6) == "日本…"


# --- lists


def test_a_terminal_shows_a_table_with_relative_times() -> None:
    console = terminal()

    console.screen.items(ROWS, COLUMNS, now=NOW)

    assert console.said().splitlines() == [
        "REF  SUBJECT              UPDATED",
        "L1   Disk full on node 7  3 h ago",
        "L12  VPN drops            4 days ago",
    ]


def test_a_narrow_terminal_cuts_the_column_that_gives_way() -> None:
    console = terminal(width=28)

    console.screen.items(ROWS, COLUMNS, now=NOW)

    assert console.said().splitlines() == [
        "REF  SUBJECT      UPDATED",
        "L1   Disk full …  3 h ago",
        "L12  VPN drops    4 days ago",
    ]


@pytest.mark.parametrize("cells", [1, 2, 3, 5, 8, 13, 21, 200])
def test_no_line_of_a_table_is_wider_than_the_terminal(cells: int) -> None:
    console = terminal(width=cells)

    console.screen.items(ROWS, COLUMNS, now=NOW)

    assert max(map(width, console.said().splitlines())) <= cells


def test_columns_stay_aligned_under_wide_characters() -> None:
    console = terminal()

    console.screen.items(
        [{"ref": "日本", "subject": "x"}, {"ref": "a", "subject": "y"}], COLUMNS[:2]
    )

    assert console.said() == "REF   SUBJECT\n日本  x\na     y\n"


def test_colour_is_added_around_the_text_and_not_counted() -> None:
    console = terminal(color=True)

    console.screen.items(ROWS[:1], COLUMNS[:2])

    assert console.said() == (
        "\x1b[1mREF\x1b[0m  \x1b[1mSUBJECT\x1b[0m\n"
        "\x1b[1mL1\x1b[0m   Disk full on node 7\n"
    )


def test_a_pipe_gets_full_lines_between_tabs_without_a_header() -> None:
    console = pipe(width=10)

    console.screen.items(ROWS, COLUMNS, now=NOW)

    assert console.said() == (
        "L1\tDisk full on node 7\t2026-03-05T09:00:00Z\n"
        "L12\tVPN drops\t2026-03-01T12:00:00Z\n"
    )


def test_a_tab_or_line_feed_in_a_value_does_not_make_a_second_column() -> None:
    console = pipe()

    console.screen.items([{"ref": "L1", "subject": "a\tb\nc"}], COLUMNS[:2])

    assert console.said() == "L1\ta␉b␊c\n"


def test_an_empty_list_is_an_empty_array_for_scripts() -> None:
    console = pipe(json=True)

    console.screen.items([], COLUMNS, empty="no cases")

    assert (console.said(), console.told()) == ("[]\n", "")


def test_an_empty_list_is_told_to_people_on_standard_error() -> None:
    console = terminal()

    console.screen.items([], COLUMNS, empty="no cases")

    assert (console.said(), console.told()) == ("", "no cases\n")


def test_long_parts_are_left_out_unless_asked_for() -> None:
    plain, asked = pipe(json=True), pipe(fields=("ref", "comments"))

    plain.screen.items(ROWS[:1], COLUMNS, leave_out=("comments", "subject"))
    asked.screen.items(ROWS[:1], COLUMNS, leave_out=("comments", "subject"))

    assert json.loads(plain.said()) == [
        {"ref": "L1", "updated_at": "2026-03-05T09:00:00Z"}
    ]
    assert json.loads(asked.said()) == [{"ref": "L1", "comments": []}]


def test_jsonl_gives_one_object_a_line() -> None:
    console = pipe(jsonl=True, fields=("ref",))

    console.screen.items(ROWS, COLUMNS)

    assert console.said() == '{"ref": "L1"}\n{"ref": "L12"}\n'


@pytest.mark.parametrize("rows", [ROWS, []])
def test_an_unknown_key_lists_the_known_ones(rows: list[dict[str, Any]]) -> None:
    console = pipe(fields=("ref", "subjct"))

    with pytest.raises(BadInput, match="no key 'subjct'") as caught:
        console.screen.items(rows, COLUMNS, keys=("ref", "subject"))

    assert caught.value.hint == "--fields takes ref, subject"
    assert console.said() == ""


# --- single things


def test_a_single_thing_is_an_object_or_what_people_see() -> None:
    console, scripted = pipe(), pipe(json=True)

    for each in (console, scripted):
        each.screen.result({"number": "4711"}, lambda to=each: to.screen.line("4711"))  # type: ignore[misc]

    assert console.said() == "4711\n"
    assert scripted.said() == '{"number": "4711"}\n'


def test_an_unknown_key_of_a_single_thing_lists_the_known_ones() -> None:
    console = pipe(fields=("nmber",))

    with pytest.raises(BadInput) as caught:
        console.screen.result({"number": "4711", "url": None}, lambda: None)

    assert caught.value.hint == "--fields takes number, url"


def test_json_is_ascii_and_hides_no_control() -> None:
    console = pipe(json=True)

    console.screen.result({"subject": "ü\x1b\x7f\u202e"}, lambda: None)

    assert console.said() == '{"subject": "\\u00fc\\u001b\\u007f\\u202e"}\n'


def test_pairs_are_aligned_on_a_terminal_and_tabbed_in_a_pipe() -> None:
    rows: Iterable[tuple[str, object]] = [
        ("ref", "L1"),
        ("severity", None),
        ("description", "a\nb"),
        ("urgent", False),
    ]
    people, script = terminal(), pipe()

    people.screen.pairs(rows)
    script.screen.pairs(rows)

    assert people.said() == (
        "ref          L1\n"
        "description  a\n"
        "             b\n"
        "urgent       no\n"
    )  # fmt: skip
    assert script.said() == "ref\tL1\ndescription\ta␊b\nurgent\tno\n"


def test_a_document_goes_byte_for_byte_through_a_pipe_only() -> None:
    people, script = terminal(), pipe()

    people.screen.write("a\x1b\r\n")
    script.screen.write("a\x1b\r\n")

    assert (people.said(), script.said()) == ("a␛␍\n", "a\x1b\r\n")


def test_a_line_styles_its_pieces() -> None:
    console = terminal(color=True)

    console.screen.line("L1 ", ("op\x1ben", "green"))

    assert console.said() == "L1 \x1b[32mop␛en\x1b[0m\n"


# --- about it


def test_an_error_says_what_happened_then_what_to_type() -> None:
    console = pipe()

    console.screen.error(NotFound("case", "L9", "casecli list"))

    assert console.told() == "error: no case 'L9'\nhint: casecli list\n"
    assert console.said() == ""


def test_a_refusal_lists_each_finding_on_a_line() -> None:
    console = pipe()

    console.screen.error(Refused("escalate", (IMPACT, EARLY)))

    assert console.told() == (
        "error: escalate refused: 2 findings\n"
        "  GENERIC-IMPACT  business impact is missing  (--impact TEXT)"
        "  [Care guide, page 3]\n"
        "  GEN-ESC         too early to escalate  (--waive GEN-ESC=REASON)"
        "  earliest 2026-03-06T09:00:00Z\n"
    )


def test_an_error_in_json_is_the_object_of_the_contract_on_standard_error() -> None:
    console = pipe(json=True)

    console.screen.error(Refused("escalate", (EARLY,), "casecli status L1"))

    assert console.said() == ""
    assert json.loads(console.told()) == {
        "error": {
            "code": 5,
            "kind": "refused",
            "message": "escalate refused: too early to escalate",
            "hint": "casecli status L1",
            "findings": [
                {
                    "rule": "GEN-ESC",
                    "effect": "deny",
                    "field": None,
                    "waivable": True,
                    "message": "too early to escalate",
                    "remedy": "",
                    "source": "",
                    "earliest": "2026-03-06T09:00:00Z",
                }
            ],
        }
    }


def test_quiet_keeps_warnings_and_drops_notices() -> None:
    console = pipe(quiet=True)

    console.screen.notice("delivered")
    console.screen.warn("the clock is wrong")

    assert console.told() == "warning: the clock is wrong\n"


def test_details_come_with_verbose_only() -> None:
    console = pipe(verbose=1)

    console.screen.detail("GET /cases")
    console.screen.detail("header", level=2)

    assert console.told() == "GET /cases\n"


def test_progress_is_drawn_on_a_terminal_and_wiped() -> None:
    console = terminal()

    with console.screen.progress("upload", 200) as step:
        step(100)

    drawn = console.told().split("\r")
    assert drawn[2].split() == ["upload", "##########", "50%"]
    assert drawn[-2].strip() == ""


def test_a_long_name_leaves_room_for_how_far_it_is() -> None:
    console = terminal(width=60)

    with console.screen.progress("uploading trace-of-the-whole-night.tar.gz", 200) as s:
        s(100)

    assert console.told().split("\r")[2] == (
        "uploading trace-of-the-whole-n…  ##########             50%"
    )


def test_a_bar_within_another_takes_its_line_and_gives_it_back() -> None:
    console = terminal()

    with console.screen.progress("delivering", 4, "change") as step:
        step(1)
        with console.screen.progress("uploading a.log", 200) as sent:
            sent(100)

    shown = [" ".join(each.split()) for each in console.told().split("\r")]
    assert shown == [
        "",
        "delivering 0 of 4 changes",
        "delivering ##### 1 of 4 changes",
        "2 of 4 uploading a.log 0%",
        "2 of 4 uploading a.log ########## 50%",
        "delivering ##### 1 of 4 changes",
        "",
        "",
    ]


def test_what_is_told_meanwhile_stands_on_a_line_of_its_own() -> None:
    console = terminal(err_color=False)

    with console.screen.progress("taking in", None, "case") as step:
        console.screen.warn("the clock is wrong")
        step(1)

    lines = [" ".join(each.split()) for each in console.told().split("\r")]
    assert lines[1:4] == ["taking in …", "", "warning: the clock is wrong"]
    assert lines[4:] == ["taking in 1 case, page 1", "", ""]


@pytest.mark.parametrize(
    "console",
    [pipe, lambda: terminal(quiet=True), lambda: terminal(live=False)],
)
def test_progress_is_silent_elsewhere(console: Callable[[], Console]) -> None:
    here = console()

    with here.screen.progress("upload", None) as step:
        step(100)

    assert here.told() == ""


def test_a_pager_gets_safe_lines_and_only_the_environment_given(
    tmp_path: Path,
) -> None:
    console, seen = terminal(), tmp_path / "seen"
    script = f"cat > {seen}; env >> {seen}"

    console.screen.pager(
        ["a\x1b", "b"], shlex.join(["/bin/sh", "-c", script]), {"A": "1"}
    )

    shown = seen.read_text().splitlines()
    assert shown[:2] == ["a␛", "b"]
    assert {"LESS=FRX", "A=1"} <= set(shown)
    assert not any(each.startswith(("HOME=", "USER=", "PATH=/")) for each in shown)


def test_a_pager_that_is_left_early_is_no_error() -> None:
    console = terminal()

    console.screen.pager(["x" * 1000] * 1000, "true", {"PATH": "/usr/bin:/bin"})

    assert console.told() == ""


def test_a_pipe_needs_no_pager() -> None:
    console = pipe()

    console.screen.pager(["a", "b"], "no-such-pager")

    assert console.said() == "a\nb\n"


def test_a_terminal_without_unicode_gets_what_it_can_show() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    screen = Screen(out, io.StringIO())

    screen.line("Größe ␛")

    assert raw.getvalue() == b"Gr\\xf6\\xdfe \\u241b\n"


@pytest.mark.parametrize(
    ("environ", "is_tty", "flag", "colour"),
    [
        ({}, True, False, True),
        ({}, False, False, False),
        ({}, True, True, False),
        ({"NO_COLOR": "1"}, True, False, False),
        ({"NO_COLOR": ""}, True, False, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False, False),
        ({"FORCE_COLOR": "1"}, False, False, True),
        ({"FORCE_COLOR": "0"}, True, False, False),
        ({"FORCE_COLOR": "1"}, False, True, False),
        ({"CLICOLOR_FORCE": "1"}, False, False, True),
        ({"TERM": "dumb"}, True, False, False),
        ({"CLICOLOR": "0"}, True, False, False),
    ],
)
def test_colour_is_judged_in_the_order_people_expect(
    *,
    environ: dict[str, str],
    is_tty: bool,
    flag: bool,
    colour: bool,
) -> None:
    assert decide_color(environ, is_tty, flag) is colour


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=23), "23 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=29), "29 days ago"),
        (timedelta(days=30), "2026-02-03"),
        (timedelta(hours=-2), "in 2 h"),
        (timedelta(days=-40), "2026-04-14"),
    ],
)
def test_times_are_told_relative_to_now(before: timedelta, said: str) -> None:
    assert ago(NOW - before, NOW) == said


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose clock on the wall shows the time of Berlin."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 3, 28, 12, tzinfo=UTC), "Sat 28 Mar 13:00, 1 day ago"),
        (datetime(2026, 3, 29, 14, tzinfo=UTC), "Sun 29 Mar 16:00, in 2 h"),
        (datetime(2026, 6, 1, 8, tzinfo=UTC), "Mon 1 Jun 10:00"),
        (datetime(2025, 12, 31, 23, 30, tzinfo=UTC), "Thu 1 Jan 00:30"),
        (datetime(2025, 12, 1, 8, tzinfo=UTC), "Mon 1 Dec 2025 09:00"),
    ],
)
def test_a_time_is_told_by_the_clock_on_the_wall(moment: datetime, said: str) -> None:
    now = datetime(2026, 3, 29, 12, tzinfo=UTC)  # the night summer time began

    assert clock(moment, now) == said
