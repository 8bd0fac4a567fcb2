"""What every test may lean on."""

from __future__ import annotations

import signal

import pytest
from hypothesis import settings

pytest.register_assert_rewrite("casecli.conformance")

# A test says what holds, not how fast a busy machine is, and the same on every run;
# `--hypothesis-profile explore` looks for what does not.
settings.register_profile("house", deadline=None, derandomize=True, database=None)
settings.register_profile("explore", deadline=None)
settings.load_profile("house")


def pytest_configure() -> None:
    """Let tests send Ctrl-C, which shells have jobs in the background ignore."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
