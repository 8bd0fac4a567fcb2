"""`casecli scrub` for people: flowing, compared, checked, reported, reviewed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.cli.conftest import Cli
from tests.cli.tmux import Terminal

LOG = (
    "Nov  3 07:44:12 mx3 app[1]: user=gabriela.s from 10.1.2.3 password=Tiger9\n"
    "a plain line\n"
    "user=gabriela.s again from 10.1.2.4\n"
)


@pytest.fixture
def log(cli: Cli) -> None:  # noqa: ARG001 - its folder is where we are
    Path("app.log").write_text(LOG)


@pytest.fixture
def terminal(cli: Cli) -> Iterator[Terminal]:
    if shutil.which("tmux") is None:
        pytest.skip("needs tmux: apt-get install tmux")
    given = Terminal(Path.cwd(), 100, cli.environ)
    yield given
    given.close()


def test_a_pipe_speaks_before_its_input_has_ended(cli: Cli) -> None:
    program = [sys.executable, "-m", "casecli", "scrub", "-"]
    with subprocess.Popen(
        program,
        env=cli.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(b"user=bob99 came\n")
        running.stdin.flush()

        first = running.stdout.readline()

        assert first.startswith(b"user=user_")
        assert first.endswith(b" came\n")
        running.stdin.close()
        assert running.stdout.read() == b""


@pytest.mark.usefixtures("log")
def test_a_pipe_and_a_file_come_out_the_same(cli: Cli) -> None:
    text = LOG * 5000

    piped = cli("scrub", "-", stdin=text.encode()).out

    Path("app.log").write_text(text)
    assert cli("scrub", "app.log").out == piped
    assert "gabriela" not in piped
    assert piped.count("\n") == text.count("\n")


@pytest.mark.usefixtures("log")
def test_a_dash_as_the_output_is_standard_output(cli: Cli) -> None:
    out = cli("scrub", "app.log", "-o", "-").out
    assert "a plain line\n" in out
    assert "Tiger9" not in out
    assert not Path("-").exists()


@pytest.mark.usefixtures("log")
def test_packed_input_on_a_pipe_is_scrubbed_as_a_file_is(cli: Cli) -> None:
    with tarfile.open("b.tar.gz", "w:gz") as made:
        made.add("app.log")

    cli("scrub", "-", "-o", "clean.tar.gz", stdin=Path("b.tar.gz").read_bytes())

    with tarfile.open("clean.tar.gz") as clean:
        content = clean.extractfile("app.log")
        assert content is not None
        assert b"gabriela" not in content.read()


def test_binary_input_on_a_pipe_is_refused(cli: Cli) -> None:
    said = cli("scrub", "-", stdin=b"\x7fELF\0\0\0\0\0\0\0", code=5)

    assert said.out == ""
    assert "cannot be scrubbed" in said.err


@pytest.mark.usefixtures("log")
def test_a_diff_shows_what_changes_and_nothing_else(cli: Cli) -> None:
    said = cli("scrub", "app.log", "--diff").out.splitlines()

    assert said[:3] == ["--- app.log", "+++ scrubbed", "@@ line 1 @@"]
    assert said[3] == "-" + LOG.splitlines()[0]
    assert said[4].startswith("+Nov  3 07:44:12 host-")
    assert said[5] == "@@ line 3 @@"
    assert len(said) == 8


def test_a_diff_keeps_step_after_a_key_of_many_lines(cli: Cli) -> None:
    body = "\n".join("MIIEow" + "A" * 58 for _ in range(9))
    key = f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----\n"
    Path("k.txt").write_text(f"before\n{key}the same\nuser=bob99\n")

    said = cli("scrub", "k.txt", "--diff").out

    assert "the same" not in said
    assert "\n------END RSA PRIVATE KEY-----\n+" in said
    assert "@@ line 14 @@\n-user=bob99\n" in said


def test_a_diff_keeps_step_after_a_key_in_one_line_and_one_that_is_cut(
    cli: Cli,
) -> None:
    whole = "-----BEGIN PRIVATE KEY-----\\nMIIEow\\n-----END PRIVATE KEY-----"
    cut = "-----BEGIN PRIVATE KEY-----\n" + 2 * ("MIIEow" + "A" * 58 + "\n")
    Path("k.txt").write_text(f"key: {whole}\nsame\n{cut}the same\nuser=bob99\n")

    said = cli("scrub", "k.txt", "--diff").out

    assert "same" not in said
    assert "@@ line 7 @@\n-user=bob99\n" in said


@pytest.mark.usefixtures("log")
def test_check_names_lines_and_ends_with_five(cli: Cli) -> None:
    Path("clean.txt").write_text("nothing here\n")

    said = cli("scrub", "--check", "clean.txt", "app.log", code=5)

    assert said.out == ""
    assert "app.log:1: password\n" in said.err
    assert "app.log:3: ipv4\n" in said.err
    assert "clean.txt:" not in said.err
    assert "Tiger9" not in said.err
    cli("scrub", "--check", "clean.txt")


def test_the_hook_for_pre_commit_runs_the_check() -> None:
    hooks = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"

    assert "entry: casecli scrub --check" in hooks.read_text()


@pytest.mark.usefixtures("log")
def test_several_files_are_for_checking_only(cli: Cli) -> None:
    said = cli("scrub", "app.log", "app.log", code=2)

    assert "--check" in said.err


def test_a_page_for_a_colleague_holds_tokens_and_no_value(cli: Cli) -> None:
    Path("a.log").write_text(LOG + "<script>alert(1)</script> & user=<b>\n")

    said = cli("scrub", "a.log", "-o", "c.log", "--report", "html")

    page = Path("c.log.scrub-report.html").read_text()
    token = Path("c.log").read_text().partition("user=")[2].split()[0]
    assert "c.log.scrub-report.html" in said.err
    assert f"<code>{token}</code>" in page
    assert "a plain line" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert "gabriela" not in page
    assert "Tiger9" not in page
    assert "10.1.2.3" not in page


def test_a_page_says_what_was_not_scanned_without_telling_names(cli: Cli) -> None:
    Path("b").mkdir()
    Path("b/app.log").write_text(LOG)
    Path("b/bob@acme.com.pcap").write_bytes(b"\xd4\xc3\xb2\xa1")

    cli("scrub", "b", "-o", "c.tgz", "--report", "html")

    page = Path("c.tgz.scrub-report.html").read_text()
    assert "a packet capture" in page
    assert "bob@acme.com" not in page


def test_fifty_lines_at_most_are_shown_of_a_long_outcome(cli: Cli) -> None:
    Path("a.log").write_text("".join(f"line number {n} here\n" for n in range(3000)))

    cli("scrub", "a.log", "-o", "c.log", "--report", "html")

    page = Path("c.log.scrub-report.html").read_text()
    assert page.count("line number") == 50
    assert "50 lines of the outcome" in page


@pytest.mark.usefixtures("log")
def test_values_are_revealed_on_a_terminal_only(cli: Cli) -> None:
    said = cli("scrub", "app.log", "--reveal", code=2)

    assert "terminal" in said.err
    assert "gabriela" not in said.err


@pytest.mark.usefixtures("log")
def test_an_exception_of_the_profile_holds_and_is_reported(cli: Cli) -> None:
    cli("config", "set", "exceptions", "Gabriela.S", "Tiger9")

    said = cli("scrub", "app.log")

    assert said.out.count("gabriela.s") == 2
    assert "password=Tiger9" in said.out
    assert "left as it is by an exception of yours: 1 password" in said.err
    assert "left as it is by an exception of yours: 2 user" in said.err
    report = cli("scrub", "app.log", "--report", "json")
    assert '"excepted:password": 1' in report.err


@pytest.mark.usefixtures("log")
def test_where_waivers_are_forbidden_exceptions_are_too(cli: Cli) -> None:
    cli("config", "set", "exceptions", "gabriela.s")
    managed = cli.home.parent / "etc"
    managed.mkdir()
    (managed / "managed.toml").write_text("waivers = false\n")
    with patch("casecli.settings.load.__defaults__", (None, None, managed)):
        said = cli("scrub", "app.log")

    assert "gabriela.s" not in said.out


@pytest.mark.usefixtures("log")
def test_an_exception_travels_into_the_audit(cli: Cli) -> None:
    cli("config", "set", "exceptions", "gabriela.s")
    cli(
        *("open", "-s", "Mail stuck", "-m", "see the log", "--severity", "low"),
        *("--impact", "nobody can send mail since nine this morning"),
        *("--answer", "production-down=no", "--answer", "people-affected=3"),
        *("--attach", "app.log"),
    )

    trail = cli("audit", "list", "--json").json

    assert trail[-1]["findings"]["excepted:user"] == 2


@pytest.mark.usefixtures("log")
def test_a_table_on_a_terminal_hides_values_until_asked(terminal: Terminal) -> None:
    terminal.start("scrub", "app.log")
    hidden = terminal.wait("ended with 0")

    assert "TYPE" in hidden
    assert "password_" in hidden
    assert "Tiger9" not in hidden


@pytest.mark.usefixtures("log")
def test_values_stand_in_the_table_when_asked(terminal: Terminal) -> None:
    terminal.start("scrub", "app.log", "--reveal")

    assert "Tiger9" in terminal.wait("ended with 0")


EXAMPLES = Path(__file__).parents[2] / "examples" / "scrub"
CRATES = (EXAMPLES / "crates.toml").read_text("utf-8")


def test_a_rule_of_ones_own_is_tried_and_then_holds_for_all(cli: Cli) -> None:
    Path("crates.toml").write_text(CRATES)
    Path("app.log").write_text("crate K70418 left\n")

    tried = cli("scrub", "app.log", "--rules", "crates.toml").out
    before = cli("scrub", "app.log").out
    folder = cli.home / "config" / "scrub"
    folder.mkdir(parents=True)
    Path("crates.toml").rename(folder / "crates.toml")

    assert before == "crate K70418 left\n"
    assert tried == cli("scrub", "app.log").out
    assert tried.startswith("crate agent_")
    assert "1 rule of yours" in cli("doctor").out


def test_with_a_rule_of_ones_own_that_fails_nothing_is_sent(cli: Cli) -> None:
    folder = cli.home / "config" / "scrub"
    folder.mkdir(parents=True)
    (folder / "crates.toml").write_text(CRATES.replace("K70418", "K7"))

    said = cli(
        *("open", "-s", "Mail stuck", "-m", "see the log", "--severity", "low"),
        *("--impact", "nobody can send mail since nine this morning"),
        *("--answer", "production-down=no", "--answer", "people-affected=3"),
        code=2,
    )

    assert "a scrub rule of yours fails: crate: 'the crate ⟦K7⟧ again'" in said.err
    assert cli("list", "--json").json == []


def test_words_from_a_file_hold_after_a_review(terminal: Terminal) -> None:
    Path("words.txt").write_text("Bluebird\n")
    Path("app.log").write_text("host=build-7, Bluebird is up\n")
    terminal.start("scrub", "app.log", "--interactive", "--words", "words.txt")

    terminal.answer("1 of 2", "3", "Enter")
    terminal.answer("2 of 2", "Enter")
    terminal.answer("Another word", "Enter")
    terminal.wait("ended with 0")

    assert terminal.out.read_text().startswith("host=build-7, word_")


def test_a_review_keeps_exceptions_and_words_in_the_profile(
    cli: Cli, terminal: Terminal
) -> None:
    Path("app.log").write_text("host=build-7, Bluebird is up\nuser=gabriela.s\n")
    terminal.start("scrub", "app.log", "--interactive")

    terminal.answer("1 of 2", "3", "Enter")
    terminal.answer("2 of 2", "Enter")
    terminal.answer("Another word", "Bluebird", "Enter")
    terminal.answer("Another word to replace from now on, in profile local", "Enter")
    terminal.wait("ended with 0")

    out = terminal.out.read_text()
    assert out.startswith("host=build-7, word_")
    assert "gabriela" not in out
    assert "host=build-7, word_" in cli("scrub", "app.log").out
