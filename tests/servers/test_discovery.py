"""What a new profile learns from a live server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from casecli.backends import BackendOptions
from casecli.backends.redmine import Redmine
from casecli.backends.request_tracker import RequestTracker
from casecli.backends.roundup import Roundup
from tests.servers.changes import opening
from tests.servers.connecting import connect
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


def test_a_project_shows_its_priorities_and_fields(redmine_server: Desk) -> None:
    backend = connect("redmine", redmine_server)
    assert isinstance(backend, Redmine)

    found = backend.discover()

    backend.close()
    assert found.choices == {}
    assert found.severities == ("Immediate", "Urgent", "High", "Normal", "Low")
    assert set(found.fields) == {"Product", "Severity"}


@pytest.mark.parametrize("project", ["", "suport"])
def test_without_its_project_a_profile_learns_which_there_are(
    redmine_server: Desk, project: str
) -> None:
    backend = connect("redmine", redmine_server, settings={"project": project})
    assert isinstance(backend, Redmine)

    found = backend.discover()

    backend.close()
    assert found.choices == {"project": ("plain", "support")}
    assert found.fields == {}


def test_a_kind_of_issue_that_is_not_there_brings_those_that_are(
    redmine_server: Desk,
) -> None:
    backend = connect("redmine", redmine_server, settings={"tracker": "Incident"})
    assert isinstance(backend, Redmine)

    found = backend.discover()

    backend.close()
    assert found.choices == {"tracker": ("Bug", "Feature", "Support")}


def test_a_tracker_shows_its_priorities_and_properties(roundup_server: Desk) -> None:
    backend = connect("roundup", roundup_server)
    assert isinstance(backend, Roundup)
    backend.deliver(opening("shows-its-properties"), None)

    found = backend.discover()

    backend.close()
    assert found.severities == ("critical", "urgent", "bug", "feature", "wish")
    assert set(found.fields) == {"product"}
    assert found.server_time is not None
