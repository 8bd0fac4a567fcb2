"""The interview of `casecli open` at a real terminal."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.tmux import Terminal

pytestmark = pytest.mark.skipif(
    shutil.which("tmux") is None, reason="needs tmux: apt-get install tmux"
)

GIVEN = ("-s", "Calls drop", "-m", "Ask bob@hallbrook.example.org")
IMPACT = "all forty tills are down since nine"
CYAN = "\x1b[36m"
Open = Callable[..., Terminal]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Open]:
    """Make terminals in one home, closed when the test ends."""
    made: list[Terminal] = []

    def make(columns: int = 80, **environ: str) -> Terminal:
        one = Terminal(tmp_path, columns, environ)
        made.append(one)
        return one

    yield make
    for each in made:
        each.close()


@pytest.fixture
def acme(tmp_path: Path) -> tuple[str, ...]:
    """The made-up vendor that takes its worst severity by telephone only."""
    config = tmp_path / "home" / "config"
    (config / "policies").mkdir(parents=True, mode=0o700)
    shipped = Path(__file__).parents[2] / "examples" / "policies" / "acme.toml"
    shutil.copy(shipped, config / "policies")
    (config / "config.toml").write_text(
        '[profiles.acme]\nbackend = "desk"\npolicy = "acme"\n'
    )
    return ("--profile", "acme")


def test_the_first_case_comes_to_a_number_alone_on_standard_output(
    terminal: Open,
) -> None:
    one = terminal()
    one.start("open")

    one.wait("[1 of 5] Subject")
    assert CYAN in one.screen("-e")
    one.keys("Calls drop", "Enter")
    one.answer("[2 of 5] What happened?", "Ask bob@hallbrook.example.org", "C-d")
    one.answer("[3 of 5] Severity", "3", "Enter")
    one.answer("[4 of 5] Business impact", IMPACT, "Enter")
    one.answer("[5 of 5] Is production down?", "2", "Enter")
    one.answer("Attach a log", "Enter")
    one.answer("Support will ask these next", "Enter")
    review = one.wait("[review] Send it?")
    one.keys("Enter")
    one.wait("ended with 0")

    assert "Replaced before it leaves: 1 email" in review
    assert "bob@hallbrook.example.org -> " in review
    assert one.out.read_text() == "CS-1001\n"


def test_plain_lines_do_where_nothing_can_be_drawn(
    terminal: Open, acme: tuple[str, ...]
) -> None:
    one = terminal(60, TERM="dumb")
    one.start("open", *GIVEN, "--set", "product.name=broker", *acme)

    one.answer("choose (number or name):", "1", "Enter")
    one.answer(
        "Severity 1: severity sev1 cannot be chosen by portal; call Acme",
        "sev3",
        "Enter",
    )
    one.answer("[5 of 6] Business impact", IMPACT, "Enter")
    one.answer("[6 of 6] Is production down?", "no", "Enter")
    one.answer("[optional] Attach", "Enter")
    one.answer("[optional] Support will ask", "Enter")
    one.answer("[review] Send it?", "1", "Enter")
    screen = one.wait("ended with 0")

    assert "\x1b" not in one.screen("-e")
    assert "1 email" in screen
    assert one.out.read_text() == "CS-1001\n"


def test_a_severity_this_channel_does_not_offer_says_why_and_what_to_do(
    terminal: Open, acme: tuple[str, ...]
) -> None:
    one = terminal()
    one.start("open", *GIVEN, *acme)

    one.wait("cannot be chosen by portal; call Acme; the portal takes sev2 and below")
    one.keys("1", "Enter")
    one.wait("Severity: Severity 2")


def test_going_back_loses_nothing(terminal: Open) -> None:
    one = terminal(60)
    one.start("open", *GIVEN, "--severity", "medium")

    one.answer("[4 of 5] Business impact", "all forty tills", "BTab")
    one.answer("[3 of 5] Severity", "2", "BTab")
    one.answer("[2 of 5] What happened? What you see", "C-d")
    one.answer("> all forty tills", " are down since nine", "Enter")

    assert "impact: all forty tills are down since nine" in one.wait("Is production")


def test_ctrl_c_keeps_the_draft_and_what_was_half_typed(terminal: Open) -> None:
    first = terminal(120, NO_COLOR="1")
    first.start("open", "-s", "Calls drop", "--severity", "high")
    first.answer("[3 of 6] What happened?", "every call after", "C-c")
    kept = first.wait("ended with 130")
    again = terminal(120, NO_COLOR="1")
    again.start("open", "--draft", "L1")
    screen = again.wait("> every call after")

    assert "kept: casecli open --draft L1" in kept
    assert "[3 of 6] What happened?" in screen
    assert CYAN not in again.screen("-e")


def test_what_is_like_a_subject_is_shown_while_it_is_typed(terminal: Open) -> None:
    first = terminal()
    first.start(
        *("open", *GIVEN, "--severity", "low", "--impact", IMPACT, "--yes"),
        *("--answer", "production-down=no"),
    )
    first.wait("ended with 0")
    one = terminal()
    one.start("open")
    one.answer("[1 of 5] Subject", "Outgoing calls")

    one.wait("> Outgoing calls CS-1001 open Calls drop Enter takes it")


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("kind", ["xterm-256color", "dumb"])
def test_no_word_is_broken_at_any_width(
    terminal: Open, columns: int, kind: str
) -> None:
    one = terminal(columns, TERM=kind)
    one.start("open", *GIVEN)

    screen = one.wait("nobody is held up")

    told = "production stands still or data is being lost, and there is no way around"
    assert told in " ".join(screen.split())


def test_an_escalation_asks_for_what_its_criteria_lack(
    terminal: Open, opening: Callable[..., tuple[str, ...]]
) -> None:
    first, second = terminal(), terminal()
    first.start(*opening("--subject", "Calls drop", "--no-input"))
    first.wait("ended with 0")

    second.start("escalate", "L1", "-m", "Nobody has answered since nine")
    reasons = second.wait("Not satisfied with the progress")
    second.keys("3", "Enter")
    second.answer("Does the case still state the problem correctly?", "1", "Enter")
    second.answer("what this does to the business?", "1", "Enter")
    second.answer("Which critical date is at stake, if any?", "soon", "Enter")
    refused = second.wait("a date: 2026-03-29, or none is needed")
    second.keys("BSpace", "BSpace", "BSpace", "BSpace", "none", "Enter")
    second.answer("escalate case CS-1001: Calls drop? (y/N)", "y", "Enter")
    screen = second.wait("ended with 0")

    assert "arrows or 1-4, Enter takes it" in " ".join(reasons.split())
    assert refused.count("or none is needed") == 1
    assert "Which critical date is at stake, if any: none" in screen
    assert second.out.read_text() == "CS-1001\n"
