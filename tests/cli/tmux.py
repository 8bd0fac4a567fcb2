"""A real terminal to type at: tmux on a socket of its own, read as a person reads."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

DEADLINE = 20
"""Seconds after which a screen that does not come fails the test."""


class Terminal:
    """One casecli in a window; `out` is where its standard output goes."""

    def __init__(self, folder: Path, columns: int, environ: Mapping[str, str]) -> None:
        self._name = f"casecli-{uuid4().hex}"
        self._size = ["-x", str(columns), "-y", "45"]
        self._folder, self._environ = folder, environ
        self.out = folder / "stdout"

    def start(self, *args: str) -> None:
        """Run a command line of casecli in a fresh window."""
        program = shlex.join([sys.executable, "-m", "casecli", *args])
        given = shlex.join(["env", *(f"{k}={v}" for k, v in self._environ.items())])
        out = shlex.quote(str(self.out))
        line = f"{given} {program} >{out}; echo ended with $?; exec cat"
        self._tmux("-f", os.devnull, "new-session", "-d", *self._size, line)

    def keys(self, *keys: str) -> None:
        """Press keys by their tmux names; other words are typed as they are."""
        self._tmux("send-keys", *keys)

    def answer(self, shown: str, *keys: str) -> None:
        """Wait for a screen, then press keys."""
        self.wait(shown)
        self.keys(*keys)

    def wait(self, shown: str) -> str:
        """Give the screen once it shows a text, however its lines are folded."""
        until = time.monotonic() + DEADLINE
        while time.monotonic() < until:
            screen = self.screen()
            if shown in " ".join(screen.split()):
                return screen
            time.sleep(0.03)  # between two looks; the look is what is waited for
        raise AssertionError(f"{shown!r} never came:\n{self.screen()}")

    def screen(self, *how: str) -> str:
        """Read what is on the screen now; `-e` keeps the colours."""
        return self._tmux("capture-pane", "-p", *how)

    def close(self) -> None:
        """End the window and everything in it."""
        socket = self._tmux("display-message", "-p", "#{socket_path}", check=False)
        self._tmux("kill-server", check=False)
        if socket.strip():  # tmux leaves it lying
            Path(socket.strip()).unlink(missing_ok=True)

    def _tmux(self, *args: str, check: bool = True) -> str:
        environ = {
            "HOME": str(self._folder),
            "LC_ALL": "C.UTF-8",
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "SHELL": "/bin/sh",
            "USER": "kim",
            "CASECLI_HOME": str(self._folder / "home"),
        }
        command = ["tmux", "-u", "-L", self._name, *args]
        done = subprocess.run(
            command,
            env=environ,
            cwd=self._folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=check,
        )
        return done.stdout
