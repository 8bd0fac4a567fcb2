"""The frame around every command: typing mistakes, how a run ends, what it costs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from casecli.cli.commands.completion import Shell, script
from casecli.cli.root import COMMANDS, CommandEntry, build_root, main
from tests.cli.conftest import Cli

SOURCE = Path(__file__).parents[2] / "src"

PROBE = '''
"""A command that ends as it is told."""
import errno, json, signal, sys, time
from enum import StrEnum
from typing import Annotated
import typer
from casecli.cli.options import CaseArg, WaiveOpt, options_of
from casecli.domain.errors import NotDelivered, Refused
from casecli.domain.policy import Effect, Finding

EXAMPLES = ("casecli probe L12 --how well",)

class Sort(StrEnum):
    UPDATED = "updated"
    OPENED = "opened"

def fail(error):
    raise error

def wait_until_killed():
    try:
        print("ready", flush=True)
        signal.pause()
    finally:
        print("cleaned up", flush=True)

WAYS = {
    "well": lambda: None,
    "refused": lambda: fail(Refused("open", [
        Finding(rule="R-1", effect=Effect.DENY, message="no such contract")
    ], "casecli policy show")),
    "queued": lambda: fail(NotDelivered("the change waits", "casecli sync")),
    "partly": lambda: fail(typer.Exit(9)),
    "leave": lambda: sys.exit(4),
    "interrupt": lambda: fail(KeyboardInterrupt()),
    "abort": lambda: fail(typer.Abort()),
    "bug": lambda: fail(ZeroDivisionError("seven\\x1b[2J\\nand more")),
    "full": lambda: fail(OSError(errno.ENOSPC, "No space left on device")),
    "many": lambda: [print("line", n) for n in range(100_000)],
    "wait": wait_until_killed,
}

def run(
    ctx: typer.Context,
    case: CaseArg,
    how: Annotated[str, typer.Option("--how")] = "well",
    sort: Annotated[Sort, typer.Option("--sort", help="Order.")] = Sort.UPDATED,
    limit: Annotated[int, typer.Option("--limit", min=1)] = 30,
    waive: WaiveOpt = None,
) -> None:
    """End in a certain way.

    A second paragraph of help.
    """
    WAYS[how]()
    if how == "well":
        options = options_of(ctx)
        print(case, options.profile, options.json, options.jsonl, options.fields,
              options.offline, options.verbose, sep="|")
'''

GROUP = '''
"""A group."""
import typer
from casecli.cli.options import options_of
app = typer.Typer(help="Unfinished texts.")

@app.command("list")
def list_(ctx: typer.Context) -> None:
    """List drafts."""
    print(options_of(ctx).profile)
'''

RUNNER = """
import sys
from casecli.cli.root import CommandEntry, build_root, main
sys.exit(main(root=build_root({
    "probe": CommandEntry("frame_probe", "Probe.", "Probes", ("pr",)),
})))
"""

TABLE = {
    "probe": CommandEntry("frame_probe", "Probe.", "Probes", ("pr",)),
    "drafts": CommandEntry("frame_group", "Drafts.", "Probes"),
    "absent": CommandEntry("frame_absent", "Not there.", "Others"),
}

Run = Callable[..., int]


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("commands")
    (folder / "frame_probe.py").write_text(PROBE)
    (folder / "frame_group.py").write_text(GROUP)
    (folder / "runner.py").write_text(RUNNER)
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture
def run(commands: Path) -> Run:
    assert commands.is_dir()
    return lambda *words: main(words, build_root(TABLE))


def start(folder: Path, *words: str, **more: Any) -> subprocess.Popen[str]:
    environ = {
        "PATH": os.defpath,
        "PYTHONPATH": f"{SOURCE}{os.pathsep}{folder}",
        **more.pop("env", {}),
    }
    return subprocess.Popen(
        [sys.executable, str(folder / "runner.py"), *words],
        env=environ,
        text=True,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more},
    )


@contextmanager
def hanging_up(does: signal.Handlers) -> Iterator[None]:
    """Say what SIGHUP does to processes begun meanwhile, whatever runs these tests."""
    before = signal.signal(signal.SIGHUP, does)
    yield
    signal.signal(signal.SIGHUP, before)


# --- what is typed wrong


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["prbe"], "no such command 'prbe'", "casecli probe"),
        (["xyzzy"], "no such command 'xyzzy'", "casecli --help"),
        (["drafts", "lst"], "no such command 'drafts lst'", "casecli drafts list"),
        (["--jsno"], "no such option --jsno", "casecli --json"),
        (["probe", "L1", "--srot=x"], "no such option --srot", "casecli probe --sort"),
        (["probe", "L1", "-x"], "no such option -x", "casecli probe --help"),
        (
            ["probe", "L1", "--sort", "openend"],
            "invalid value for '--sort': 'openend' is not one of 'updated', 'opened'",
            "casecli probe --sort opened",
        ),
        (
            ["probe", "L1", "--limit", "0"],
            "invalid value for '--limit': 0 is not in the range x>=1",
            "casecli probe --help",
        ),
        (["probe"], "missing argument CASE", "casecli probe --help"),
        (
            ["probe", "L1", "L2"],
            "got unexpected extra argument(s) (L2)",
            "casecli probe --help",
        ),
        (
            ["--profile"],
            "option '--profile' requires an argument",
            "casecli --help",
        ),
    ],
)
def test_a_typing_mistake_ends_with_the_nearest_thing_to_type(
    run: Run,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    message: str,
    hint: str,
) -> None:
    code = run(*words)

    told = capsys.readouterr()
    assert code == 2
    assert told.out == ""
    assert told.err == f"error: {message}\nhint: {hint}\n"


@pytest.mark.parametrize(
    "words",
    [
        ["--json", "prbe"],
        ["prbe", "--jsonl"],
        ["probe", "--fields=a", "--limit", "x"],
    ],
)
def test_a_typing_mistake_is_an_object_where_json_was_asked_for(
    run: Run, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    code = run(*words)

    error = json.loads(capsys.readouterr().err)["error"]
    assert code == 2
    assert error["code"] == 2
    assert error["kind"] == "usage"
    assert error["findings"] == []


def test_what_was_typed_is_echoed_safely(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    run("\x1b[2J\udc80")

    assert "no such command '\\x1b[2J\\udc80'" in capsys.readouterr().err


def test_an_empty_list_of_keys_is_a_mistake(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("probe", "L1", "--fields", " , ") == 2

    error = json.loads(capsys.readouterr().err)["error"]
    assert error["message"] == "--fields names no key"


# --- common options


@pytest.mark.parametrize(
    "words",
    [
        ["--profile", "acme", "--offline", "-vv", "probe", "L1"],
        ["probe", "L1", "--profile", "acme", "--offline", "-vv"],
        ["probe", "--offline", "L1", "-p", "acme", "-v", "-v"],
        ["-p", "other", "-v", "probe", "L1", "-p", "acme", "--offline", "-vv"],
        ["pr", "-p", "other", "L1", "-p", "acme", "--offline", "-vv"],
    ],
)
def test_common_options_stand_before_or_after_and_the_last_wins(
    run: Run, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert run(*words) == 0

    assert capsys.readouterr().out == "L1|acme|False|False|None|True|2\n"


def test_fields_imply_json(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("probe", "L1", "--fields", "ref, number")

    assert capsys.readouterr().out == ("L1|None|True|False|('ref', 'number')|False|0\n")


@pytest.mark.parametrize(
    "words",
    [
        ["-p", "acme", "drafts", "list"],
        ["drafts", "-p", "acme", "list"],
        ["drafts", "list", "-p", "acme"],
    ],
)
def test_a_subcommand_of_a_group_takes_them_at_each_level(
    run: Run, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert run(*words) == 0

    assert capsys.readouterr().out == "acme\n"


# --- how a run ends


@pytest.mark.parametrize(
    ("how", "code", "told"),
    [
        ("well", 0, ""),
        (
            "refused",
            5,
            (
                "error: open refused: no such contract\n"
                "  R-1  no such contract\n"
                "hint: casecli policy show\n"
            ),
        ),
        ("queued", 8, "error: the change waits\nhint: casecli sync\n"),
        ("partly", 9, ""),
        ("leave", 4, ""),
        ("interrupt", 130, "error: interrupted\n"),
        ("abort", 130, "error: interrupted\n"),
        ("full", 11, "error: cannot write: no space left on device\n"),
        (
            "bug",
            1,
            (
                "error: this is a bug in casecli: ZeroDivisionError: seven␛[2J\n"
                "hint: run it again with --debug and report what it shows; "
                "casecli doctor checks that nothing was lost\n"
            ),
        ),
    ],
)
def test_each_ending_has_its_exit_code_and_its_words(
    run: Run, capsys: pytest.CaptureFixture[str], how: str, code: int, told: str
) -> None:
    assert run("probe", "L1", "--how", how) == code

    assert capsys.readouterr().err == told


@pytest.mark.parametrize(
    ("how", "code", "kind"),
    [
        ("refused", 5, "refused"),
        ("queued", 8, "not-delivered"),
        ("interrupt", 130, "interrupted"),
        ("bug", 1, "bug"),
    ],
)
def test_each_error_is_one_object_for_scripts(
    run: Run, capsys: pytest.CaptureFixture[str], how: str, code: int, kind: str
) -> None:
    assert run("probe", "L1", "--how", how, "--json") == code

    error = json.loads(capsys.readouterr().err)["error"]
    assert (error["code"], error["kind"]) == (code, kind)


def test_a_traceback_is_shown_with_debug_only_and_safely(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    run("probe", "L1", "--how", "bug", "--debug")

    told = capsys.readouterr().err
    assert "Traceback (most recent call last)" in told
    assert "frame_probe.py" in told
    assert "\x1b" not in told


def test_a_command_whose_module_is_missing_is_a_bug(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("absent") == 1

    assert "No module named 'frame_absent'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)],
)
def test_a_signal_lets_the_command_clean_up(
    commands: Path, number: signal.Signals, code: int
) -> None:
    with hanging_up(signal.SIG_DFL):
        process = start(commands, "probe", "L1", "--how", "wait")
    assert process.stdout
    ready = process.stdout.readline()

    process.send_signal(number)
    out, _ = process.communicate()

    assert (ready, out, process.returncode) == ("ready\n", "cleaned up\n", code)


def test_under_nohup_the_command_is_not_hung_up_on(commands: Path) -> None:
    with hanging_up(signal.SIG_IGN):
        process = start(commands, "probe", "L1", "--how", "wait")
    assert process.stdout
    process.stdout.readline()

    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    process.communicate()

    assert process.returncode == 143


def test_a_reader_that_goes_away_ends_the_run_quietly(commands: Path) -> None:
    process = start(commands, "probe", "L1", "--how", "many")
    assert process.stdout
    assert process.stderr
    process.stdout.readline()

    process.stdout.close()
    told = process.stderr.read()

    assert (process.wait(), told) == (141, "")
    process.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("words", [["probe", "L1"], ["--help"]])
def test_a_full_disk_under_the_output_is_told(commands: Path, words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        process = start(commands, *words, stdout=full)
        _, told = process.communicate()

    assert process.returncode == 11
    assert told == "error: cannot write: no space left on device\n"


def test_a_closed_output_and_an_ascii_locale_stop_nothing(commands: Path) -> None:
    environ = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    process = start(commands, "probe", "Größe", env=environ)
    closed = start(commands, "probe", "L1", preexec_fn=lambda: os.close(1))

    assert process.communicate() == (
        "Gr\\xf6\\xdfe|None|False|False|None|False|0\n",
        "",
    )
    assert closed.communicate()[1] == ""
    assert (process.returncode, closed.returncode) == (0, 0)


# --- help


def test_help_comes_from_the_table_in_its_order(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--help") == 0

    shown = capsys.readouterr().out
    assert "Probes:\n  probe, pr  Probe.\n  drafts     Drafts.\n" in shown
    assert "Others:\n  absent     Not there.\n" in shown


@pytest.mark.parametrize("words", [[], ["-h"]])
def test_no_word_at_all_shows_the_help(
    run: Run, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert run(*words) == 0

    assert capsys.readouterr().out.startswith("Usage: casecli [OPTIONS] COMMAND")


def test_a_group_without_a_word_shows_its_commands(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("drafts") == 0

    assert "  list  List drafts.\n" in capsys.readouterr().out


def test_the_help_of_a_command_keeps_the_common_options_apart(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    run("probe", "--help")

    own, common = capsys.readouterr().out.split("Common options:\n")
    assert own.startswith(
        "Usage: casecli probe [OPTIONS] CASE\n\n  End in a certain way"
    )
    assert "Examples:\n  casecli probe L12 --how well\n" in own
    assert "--sort" in own
    assert "--no-color" in common


def test_every_command_has_a_place_and_a_line_of_help() -> None:
    assert "open" in COMMANDS
    assert all(entry.help.endswith(".") for entry in COMMANDS.values())
    assert COMMANDS["list"].aliases == ("ls",)
    assert COMMANDS["open"].aliases == ("new",)


def test_the_version_is_printed(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0

    assert capsys.readouterr().out.startswith("casecli 0.")


@pytest.mark.parametrize(
    "words", [["--help"], ["opne"], ["__complete", "=sta"], ["--version"], ["help"]]
)
def test_the_frame_imports_nothing_heavy_and_no_command(words: list[str]) -> None:
    code = (
        "import sys; from casecli.cli.root import main; main(sys.argv[1:]);"
        "print('LOADED', *sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        env={"PYTHONPATH": str(SOURCE), "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = set(done.stdout.partition("LOADED")[2].split())
    assert not loaded & {
        "httpx", "rich", "keyring", "questionary", "holidays", "hyperscan",
        "cel_expr_python", "cryptography", "phonenumbers", "sqlite3", "asyncio",
        "casecli.cli.wiring", "casecli.cli.commands.open_",
    }  # fmt: skip


# --- completion


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["=dr"], ["drafts\tDrafts."]),
        (["=", "drafts"], ["list\tList drafts."]),
        (["=--so", "probe"], ["--sort\tOrder."]),
        (["=op", "probe", "L1", "--sort"], ["opened"]),
        (["=--sort=up", "probe"], ["--sort=updated"]),
        (
            ["=--off", "drafts", "list"],
            ["--offline\tUse no network; changes wait in the outbox."],
        ),
        (["=x", "nonsense"], []),
        (["=x", "absent"], []),
        ([], []),
    ],
)
def test_a_shell_is_offered_whole_words(
    run: Run,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    offered: list[str],
) -> None:
    assert run("__complete", *words) == 0

    assert capsys.readouterr().out.splitlines() == offered


def test_cases_are_offered_with_their_subjects_made_safe(cli: Cli) -> None:
    cli("track", "CS-7", "--subject", "Disk\tfull\x1b", "--offline")
    cli("track", "CS-71", "--subject", "VPN", "--offline")
    cli("track", "INC-7", "--subject", "Mail", "--offline")

    offered = cli("__complete", "=CS", "show").out.splitlines()

    assert sorted(offered) == ["CS-7\tDisk␉full␛", "CS-71\tVPN"]


def test_an_unreadable_cache_offers_nothing(cli: Cli) -> None:
    cli("track", "CS-7", "--subject", "Disk full", "--offline")
    (database,) = cli.home.rglob("casecli.db")
    database.write_bytes(b"no database")

    offered = cli("__complete", "=CS", "show")

    assert (offered.out, offered.err) == ("", "")


COMPLETE_IN_BASH = """
set -u
casecli() {{ {python} -m casecli "$@"; }}
eval "$(casecli completion bash)"
COMP_LINE={line!r}
COMP_WORDS=({words})
COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
_casecli
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize(
    ("line", "words", "offered"),
    [
        ("casecli comp", "casecli comp", ["completion"]),
        ("casecli completion ba", "casecli completion ba", ["bash"]),
        ("casecli completion --js", "casecli completion --js", ["--json", "--jsonl"]),
        ("casecli help 'e", "casecli help e", ["environment", "exit-codes"]),
        (
            "casecli help ",
            "casecli help ''",
            ["environment", "exit-codes", "formatting", "policies"],
        ),
    ],
)
def test_the_script_works_in_bash(line: str, words: str, offered: list[str]) -> None:
    typed = COMPLETE_IN_BASH.format(python=sys.executable, line=line, words=words)

    done = subprocess.run(
        ["bash", "--norc", "-c", typed],
        env={"PYTHONPATH": str(SOURCE), "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout.split(), done.stderr) == (offered, "")


def test_bash_joins_the_words_it_split_at_a_colon_or_a_sign() -> None:
    typed = (
        'eval "$(cat)"\n'
        "casecli() { printf '<%s>' \"$@\" >&2; echo 'a:4711'; }\n"
        "COMP_LINE='casecli show --feed=case a:47'\n"
        "COMP_WORDS=(casecli show --feed = case a : 47) COMP_CWORD=7\n"
        "_casecli; printf '%s' \"${COMPREPLY[@]}\"\n"
    )

    done = subprocess.run(
        ["bash", "--norc", "-c", typed],
        input=script(Shell.BASH).replace(" 2>/dev/null", ""),
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stderr == "<__complete><=a:47><show><--feed=case>"
    assert done.stdout == "4711"


# --- pages


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["help"], "exit-codes    What each exit code means."),
        (["help", "exit-codes"], "141  The reader of the output went away (PIPE)"),
        (["help", "exit", "codes"], "Exit codes\n=========="),
        (["help", "environment"], "CASECLI_HOME"),
        (["help", "formatting"], "--jsonl"),
        (["help", "policies"], "--waive RULE=REASON"),
        (["help", "completion"], "Usage: casecli completion [OPTIONS] SHELL"),
        (["completion", "zsh"], "#compdef casecli"),
        (["completion", "fish"], "complete -c casecli"),
        (["completion", "powershell"], "Register-ArgumentCompleter"),
    ],
)
def test_pages_and_scripts_are_printed(
    capsys: pytest.CaptureFixture[str], words: list[str], shown: str
) -> None:
    assert main(words) == 0

    assert shown in capsys.readouterr().out


def test_help_on_nothing_known_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "everything"]) == 3

    assert capsys.readouterr().err == (
        "error: no command or topic 'everything'\nhint: casecli help\n"
    )
