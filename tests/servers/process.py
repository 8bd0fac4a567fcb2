"""What every server under test needs: its packages, a user, a port, and an end."""

from __future__ import annotations

import http.client
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

LOOPBACK = "127.0.0.1"
UNPRIVILEGED = "nobody"
_APT_LOCK = threading.Lock()
APT = ("apt-get", "-q", "-o", "DPkg::Lock::Timeout=300")


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A running server; `tokens` are by the names its seed gives its users."""

    url: str
    port: int
    tokens: Mapping[str, str]


class Missing(Exception):
    """A server cannot be had here: its packages are neither there nor to be got."""


def need(*packages: str) -> None:
    """Install the Debian packages that are missing.

    Raises:
        Missing: they cannot be had; names them.
    """
    missing = [each for each in packages if not _installed(each)]
    if not missing:
        return
    if shutil.which("apt-get") is None or os.getuid() != 0:
        raise Missing(f"not installed, and not ours to install: {' '.join(missing)}")
    install = (*APT, "-y", "--no-install-recommends", "install", *missing)
    with _APT_LOCK:
        if _apt(install) != 0 and (_apt((*APT, "update")) != 0 or _apt(install) != 0):
            raise Missing(f"apt-get cannot install {' '.join(missing)}")


def _installed(package: str) -> bool:
    if shutil.which("dpkg-query") is None:
        return False
    asked = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status}", package],
        check=False,
        capture_output=True,
        text=True,
    )
    return asked.stdout == "installed"


def _apt(command: Sequence[str]) -> int:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(
        command, check=False, env=environment, stdout=subprocess.DEVNULL, timeout=600
    ).returncode


def free_port() -> int:
    """Give a port of the loopback nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def own(folder: Path) -> None:
    """Make a folder the server's, and the way to it passable."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.getuid() != 0:
        return
    os.chown(folder, pwd.getpwnam(UNPRIVILEGED).pw_uid, -1)
    for above in folder.parents:
        mode = above.stat().st_mode
        if not mode & 0o001:
            above.chmod(mode | 0o001)


def as_nobody() -> dict[str, Any]:  # the arguments of Popen that drop root
    """Give what makes a child run without privileges, where we have any."""
    if os.getuid() != 0:
        return {}
    account = pwd.getpwnam(UNPRIVILEGED)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def venv(folder: Path, requirements: Path) -> Path:
    """Install hashed requirements where the server's user can run them.

    Gives the folder of the programs.

    Raises:
        Missing: no interpreter is open to that user, or the index has no such thing.
    """
    candidates = (sys.executable, "/usr/bin/python3")
    python = next((each for each in candidates if _open_to_all(each)), None)
    if python is None:
        raise Missing("no Python with venv that an unprivileged user may run")
    programs = folder / "bin"
    subprocess.run([python, "-m", "venv", folder], check=True, capture_output=True)
    pip = f"{programs / 'python'} -m pip --disable-pip-version-check -q install"
    wanted = ("--require-hashes", "--requirement", str(requirements))
    done = subprocess.run(
        [*pip.split(), *wanted], check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["pip failed"]
        raise Missing(f"{requirements.stem}: {lines[-1]}")
    return programs


def _open_to_all(python: str) -> bool:
    real = Path(python).resolve()
    try:
        asked = subprocess.run(
            [real, "-c", "import ensurepip, venv"],
            check=False,
            capture_output=True,
            cwd="/",
            **as_nobody(),
        )
    except OSError:
        return False
    return asked.returncode == 0


def run(
    command: Sequence[str], environment: Mapping[str, str], cwd: Path, said: str = ""
) -> str:
    """Run a step of a set-up without privileges; give what it printed."""
    done = subprocess.run(
        command,
        check=False,
        env=dict(environment),
        cwd=cwd,
        input=said,
        capture_output=True,
        text=True,
        timeout=120,
        **as_nobody(),
    )
    assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"
    printed: str = done.stdout
    return printed


@contextmanager
def serving(
    command: Sequence[str], environment: Mapping[str, str], cwd: Path, port: int
) -> Iterator[None]:
    """Keep a server running in a process group of its own; end it and its children."""
    log = cwd / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **as_nobody(),
        )
    try:
        _wait_for_answer(process, port, log)
        yield
    finally:
        _end(process)


def _wait_for_answer(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except OSError:
            assert process.poll() is None, log.read_text("utf-8", "replace")[-2000:]
            assert time.monotonic() < deadline, f"port {port} stays silent"
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    for each in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, each)
            process.wait(timeout=10)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def by_hand(starting: AbstractContextManager[Desk]) -> None:
    """Serve for a person until they interrupt it."""
    # An ordinary end, so that the server ends too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with starting as desk:
        print(desk.url, *(f"{k}={v}" for k, v in desk.tokens.items()), sep="\n")  # noqa: T201 (for the person who started it)
        signal.pause()
