"""Walking through a hand-off at a real terminal."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.cli.tmux import Terminal

pytestmark = pytest.mark.skipif(
    shutil.which("tmux") is None, reason="needs tmux: apt-get install tmux"
)


@pytest.fixture
def hotline(cli: Cli, tmp_path: Path) -> Cli:
    """A home with case L1 and its file, ready to be carried to a hotline's portal."""
    log = tmp_path / "plc.log"
    log.write_text("axis 3 out of range\n")
    cli("profile", "add", "hot", "--backend", "handoff", "--policy", "hotline-portal")
    cli("profile", "use", "hot")
    cli(
        *("open", "-s", "Robot stops", "-m", "The robot stops after the third part."),
        *("--severity", "medium", "--impact", "one line stands still since morning"),
        *("--set", "subject_type=robotics", "--set", "product.name=R-2000"),
        *("--contact", "Kim", "--answer", "production-down=no", "--no-input"),
        *("--attach", str(log)),
        code=6,
    )
    return cli


@pytest.fixture
def terminal(hotline: Cli) -> Iterator[Terminal]:
    """A terminal in that home, closed when the test ends."""
    one = Terminal(hotline.home.parent, 90, {})
    yield one
    one.close()


def test_a_walk_ends_with_the_number_and_goes_on_to_the_file(
    terminal: Terminal, hotline: Cli
) -> None:
    terminal.start("handoff", "L1")

    terminal.wait("go to: the Support page > Open new case")
    terminal.answer("[1 of 6] Title", "Enter")
    terminal.answer("[2 of 6] Contact", "b", "Enter")
    terminal.answer("b back, q stops: b", "Enter")
    terminal.answer("[2 of 6] Contact Kim copied; Enter goes on, b back", "Enter")
    terminal.answer("[3 of 6] Priority", "Enter")
    terminal.answer("[4 of 6] Subject", "Enter")
    terminal.answer("[5 of 6] Product, item or article", "Enter")
    terminal.answer("[6 of 6] Description", "Enter")
    terminal.answer("The number the vendor gave", "HD-77", "Enter")
    terminal.answer("[1 of 2] Case HD-77", "Enter")
    terminal.answer("[2 of 2] File", "Enter")
    terminal.answer("Is it done?", "y", "Enter")
    terminal.wait("ended with 0")

    assert terminal.out.read_text() == "HD-77\n"
    assert hotline("outbox", "list", "--json").json == []
    kinds = [each["kind"] for each in hotline("audit", "list", "--json").json]
    assert kinds == ["open", "attachment"]


def test_a_walk_that_is_stopped_loses_nothing(terminal: Terminal, hotline: Cli) -> None:
    terminal.start("handoff", "L1")

    terminal.answer("[1 of 6] Title", "x", "Enter")
    terminal.answer("Enter, b or q", "q", "Enter")
    terminal.wait("1 more waits: casecli handoff L1")
    terminal.wait("ended with 0")

    waiting = hotline("outbox", "list", "--json").json
    assert [each["state"] for each in waiting] == ["needs-human", "needs-human"]


def test_a_number_that_has_not_come_yet_can_come_later(
    terminal: Terminal, hotline: Cli
) -> None:
    terminal.start("handoff", "L1")

    terminal.answer("[1 of 6]", "Enter")
    terminal.answer("[2 of 6]", "Enter")
    terminal.answer("[3 of 6]", "Enter")
    terminal.answer("[4 of 6]", "Enter")
    terminal.answer("[5 of 6]", "Enter")
    terminal.answer("[6 of 6]", "Enter")
    terminal.answer("The number the vendor gave", "Enter")
    terminal.wait("when it came: casecli settle L1 --number N")
    terminal.wait("ended with 0")

    assert hotline("settle", "L1", "--number", "HD-77").out == "HD-77\n"


def test_one_field_goes_to_the_clipboard_of_the_terminal(
    terminal: Terminal,
) -> None:
    terminal.start("handoff", "L1", "--copy", "title")

    terminal.wait("copied: Title")
    terminal.wait("ended with 0")

    assert terminal.out.read_text() == "Robot stops\n"


def test_the_clipboard_gets_what_the_field_says() -> None:
    from casecli.cli import clipboard

    class Tty:
        said = ""

        def isatty(self) -> bool:
            return True

        def write(self, text: str) -> int:
            self.said += text
            return len(text)

        def flush(self) -> None:
            pass

    screen = Tty()

    assert clipboard.copy("söme text", screen, {"TERM": "xterm-256color"})  # type: ignore[arg-type] # all it uses
    assert not clipboard.copy("x", screen, {"TERM": "dumb"})  # type: ignore[arg-type] # all it uses
    assert not clipboard.copy("x" * 80_000, screen, {"TERM": "xterm"})  # type: ignore[arg-type] # all it uses
    told = screen.said.removeprefix("\x1b]52;c;").removesuffix("\x07")
    assert base64.b64decode(told).decode() == "söme text"
