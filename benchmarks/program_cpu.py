"""What a program takes, apart from what else is done on the machine."""

from __future__ import annotations

import os
import subprocess


def ran(
    command: list[str], output: int = subprocess.DEVNULL
) -> tuple[subprocess.CompletedProcess[str], float]:
    """Run a program; give how that went, and the seconds of CPU it took.

    What it says is there with `subprocess.PIPE` for `output`.
    """
    start = os.times()
    done = subprocess.run(command, stdout=output, stderr=output, text=True, check=False)
    end = os.times()
    took = end.children_user - start.children_user
    return done, took + end.children_system - start.children_system
