"""Workers: the same bytes as without them, and nothing at all when one is lost."""

from __future__ import annotations

import multiprocessing
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from casecli.domain.errors import ScrubRefused
from casecli.domain.ports import CaseVault
from casecli.scrub import Gate
from tests.scrub.labelled import CORPUS, unmarked

KIB = 1024
KEY = "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA7bq\n" * 40
KEY += "-----END RSA PRIVATE KEY-----\n"
# Never cut, and more than there is room for in the memory that a worker shares.
LARGE = KEY.replace("MIIEpAIBAAKCAQEA7bq\n", "MIIEpAIBAAKCAQEA7bq\n" * 100)
LINES = unmarked((CORPUS / "tuned.txt").read_text("utf-8"))[0].decode()
LONG = "x" * (140 * KIB) + " from 10.1.2.3 \n"


@pytest.fixture
def _started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have workers that are no copies, as where there are threads."""
    monkeypatch.setattr("casecli.scrub.workers._may_fork", lambda: False)
    monkeypatch.setattr("casecli.scrub.workers.STARTED", 160 * KIB)
    monkeypatch.setattr("casecli.scrub.workers.SLICE", 16 * KIB)
    monkeypatch.setattr("casecli.scrub.stream._LONG_LINE", 64 * KIB)


TEXTS = pytest.mark.parametrize(
    "text",
    [
        pytest.param(LINES * 14 + (LINES[:3000] + KEY) * 20 + LARGE, id="keys"),
        pytest.param(LINES * 16 + 2 * LONG + LINES * 6, id="long-lines"),
        pytest.param(LINES * 24 + "no end of line, mail bob@acme.com", id="no-end"),
    ],
)
# A test's own process may have threads, and is not to be copied then.
FORKS = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="workers are copies on Linux only"
)
FORK = """
import multiprocessing, os, signal, sys
from pathlib import Path
from casecli.domain.errors import ScrubRefused
from casecli.scrub import Gate, stream, workers
from casecli.vault import FileVault

def rewrite(count, progress=None):
    gate = Gate(engine="stdlib", workers=count, chunk=8 * 1024)
    out = folder / str(count)
    return gate.file(folder / "app.log", out, case, progress=progress), out.read_bytes()

def left():
    return multiprocessing.active_children(), sorted(os.listdir(folder))

workers.FORKED, workers.SLICE = 160 * 1024, 16 * 1024
stream._LONG_LINE = 64 * 1024
folder = Path(sys.argv[1])
vault = FileVault(folder / "v" / "vault.db", folder / "v" / "key")
with vault.case("L1") as case:
    vars(workers)["STARTED"] = 1 << 40  # no worker that is no copy
"""


def _run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run what follows in `FORK`; all that holds its output must have ended."""
    return subprocess.run(
        [
            sys.executable,
            "-c",
            FORK + textwrap.indent(textwrap.dedent(script), "    "),
            str(folder),
        ],
        capture_output=True,
        check=False,
        text=True,
        timeout=300,
        start_new_session=True,
    )


@TEXTS
@pytest.mark.usefixtures("_started")
def test_two_workers_give_what_none_give(
    text: str, case: CaseVault, tmp_path: Path
) -> None:
    source = tmp_path / "app.log"
    source.write_text(text, "utf-8")

    alone = Gate(engine="stdlib", workers=1).file(source, tmp_path / "1", case)
    shared = Gate(engine="stdlib", workers=2).file(source, tmp_path / "2", case)

    assert shared == alone
    assert (tmp_path / "2").read_bytes() == (tmp_path / "1").read_bytes()
    assert multiprocessing.active_children() == []


SHARED = """
def end(crew, *_):
    seen.append(len(left()[0]))
    ended(crew)

seen = []
ended, workers.Crew.__exit__ = workers.Crew.__exit__, end
print(rewrite(2) == rewrite(1), seen, left()[0])
"""


@FORKS
@TEXTS
def test_a_process_and_its_copy_give_what_it_gives_alone(
    text: str, tmp_path: Path
) -> None:
    (tmp_path / "app.log").write_text(text, "utf-8")

    done = _run(f"workers.SLOW = 0{SHARED}", tmp_path)

    assert (done.stdout, done.stderr) == ("True [1] []\n", "")


@FORKS
def test_a_slow_text_is_left_to_copies(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text(LINES * 30, "utf-8")

    done = _run(f"workers.SLOW = 1 << 60{SHARED}", tmp_path)

    assert (done.stdout, done.stderr) == ("True [2] []\n", "")


@pytest.mark.usefixtures("_started")
def test_a_killed_worker_is_a_refusal_and_leaves_nothing(
    case: CaseVault, tmp_path: Path
) -> None:
    source = tmp_path / "app.log"
    source.write_text(LINES * 30, "utf-8")

    def kill(_: int) -> None:
        for child in multiprocessing.active_children():
            child.kill()
            child.join()

    with pytest.raises(ScrubRefused, match="worker process ended"):
        Gate(engine="stdlib", workers=2).file(
            source, tmp_path / "out", case, progress=kill
        )

    assert not (tmp_path / "out").exists()
    assert multiprocessing.active_children() == []


@FORKS
def test_a_killed_copy_is_a_refusal_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text(LINES * 30, "utf-8")

    done = _run(
        """
        def kill(_):
            for child in left()[0]:
                child.kill()
                child.join()

        try:
            rewrite(2, kill)
        except ScrubRefused as error:
            print(error, left())
        """,
        tmp_path,
    )

    refused = "a scrub worker process ended before its work was done, so nothing leaves"
    assert done.stdout == f"{refused} ([], ['app.log', 'v'])\n"
    assert done.stderr == ""


@FORKS
def test_a_copy_killed_in_the_second_pass_is_a_refusal(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text(LINES * 30, "utf-8")

    done = _run(
        """
        def kill(crew, *values):
            child = left()[0][0]
            child.kill()
            child.join()
            look_for(crew, *values)

        look_for, workers.Crew.look_for = workers.Crew.look_for, kill
        try:
            rewrite(2)
        except ScrubRefused as error:
            print(error, left())
        """,
        tmp_path,
    )

    refused = "a scrub worker process ended before its work was done, so nothing leaves"
    assert done.stdout == f"{refused} ([], ['app.log', 'v'])\n"


@FORKS
def test_ctrl_c_leaves_no_worker_and_no_outcome(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text(LINES * 30, "utf-8")

    done = _run(
        """
        def interrupt(_):
            if left()[0]:
                os.killpg(0, signal.SIGINT)

        try:
            rewrite(2, interrupt)
        except KeyboardInterrupt:
            print(left())
        """,
        tmp_path,
    )

    assert (done.stdout, done.stderr) == ("([], ['app.log', 'v'])\n", "")


@FORKS
def test_workers_end_when_the_process_that_asked_is_killed(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text(LINES * 30, "utf-8")

    done = _run(
        """
        def die(_):
            if left()[0]:
                os.kill(os.getpid(), signal.SIGKILL)

        rewrite(2, die)
        """,
        tmp_path,
    )

    assert done.returncode == -signal.SIGKILL


@FORKS
def test_what_a_rule_refuses_in_a_worker_is_refused(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text(LINES * 30, "utf-8")

    done = _run(
        """
        from casecli.scrub.rewrite import Rewriter

        def refuse(rewriter, *_):
            if os.getpid() != parent:
                raise ScrubRefused("it would not settle", "casecli doctor")
            return settle(rewriter, *_)

        parent = os.getpid()
        settle, Rewriter.settle = Rewriter.settle, refuse
        try:
            rewrite(2)
        except ScrubRefused as error:
            print(error, error.hint, left())
        """,
        tmp_path,
    )

    assert done.stdout == "it would not settle casecli doctor ([], ['app.log', 'v'])\n"


@pytest.mark.usefixtures("_started")
def test_binary_bytes_deep_inside_end_the_workers(
    case: CaseVault, tmp_path: Path
) -> None:
    source = tmp_path / "app.log"
    source.write_bytes(LINES.encode() * 30 + b"\0" + LINES.encode() * 30)

    made = Gate(engine="stdlib", workers=2).file(source, tmp_path / "out", case)

    assert made.nothing_left
    assert multiprocessing.active_children() == []
