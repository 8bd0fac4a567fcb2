"""The page of a backend names every setting it takes, and the defaults it has."""

from __future__ import annotations

from pathlib import Path

import pytest

from casecli.backends import (
    github_reading,
    jira_reading,
    redmine_settings,
    request_tracker_settings,
    roundup_settings,
    tracker_settings,
)
from casecli.backends.request_tracker_records import STATUSES, Vocabulary

PAGES = Path(__file__).parents[2] / "docs" / "how-to"


@pytest.mark.parametrize(
    ("page", "keys"),
    [
        ("request-tracker.md", request_tracker_settings.KEYS | tracker_settings.KEYS),
        ("trackers.md", redmine_settings.KEYS | tracker_settings.KEYS),
        ("trackers.md", roundup_settings.KEYS | tracker_settings.KEYS),
        ("github.md", github_reading.KEYS),
        ("jira.md", jira_reading.KEYS | {"max_attachment"}),
    ],
)
def test_every_setting_of_a_backend_stands_on_its_page(
    page: str, keys: frozenset[str]
) -> None:
    text = (PAGES / page).read_text("utf-8")

    assert {key for key in keys if f"`{key}`" not in text} == set()


def test_the_page_of_request_tracker_names_its_usual_fields_and_statuses() -> None:
    text = (PAGES / "request-tracker.md").read_text("utf-8")
    usual = Vocabulary()
    words = {usual.key, usual.severity, usual.reason, usual.escalated, *STATUSES}

    assert {word for word in words if f"`{word}`" not in text} == set()
