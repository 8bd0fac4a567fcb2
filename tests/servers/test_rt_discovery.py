"""What a new profile learns from a live Request Tracker."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from casecli.backends import BackendOptions
from casecli.backends.request_tracker import RequestTracker
from tests.servers.process import Desk

pytestmark = pytest.mark.servers


def options(tracker: Desk) -> BackendOptions:
    return BackendOptions(
        profile="live",
        url=tracker.url,
        user="customer",
        role="customer",
        folder=Path("unused"),
        settings={"queue": "support"},
        token=lambda: tracker.tokens["customer"],
    )


def test_a_profile_learns_version_and_fields(tracker: Desk) -> None:
    backend = RequestTracker(options(tracker))

    found = backend.discover()

    backend.close()
    assert (found.version or "").startswith("5.")
    assert found.choices == {}
    assert set(found.fields) == {"Product"}
    assert found.server_time is not None


def test_a_queue_that_is_not_there_brings_those_that_are(tracker: Desk) -> None:
    wrong = replace(options(tracker), settings={"queue": "suport"})
    backend = RequestTracker(wrong)

    found = backend.discover()

    backend.close()
    assert "support" in found.choices["queue"]
