"""Redmine 5 keeps the backend contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from casecli.backends import BackendOptions
from casecli.backends.redmine import Redmine
from casecli.conformance import BackendContract, Vendor
from tests.servers.changes import Agents
from tests.servers.process import Desk

pytestmark = pytest.mark.servers


def connect(
    desk: Desk, url: str = "", user: str = "customer", **settings: str
) -> Redmine:
    role = "agent" if user == "agent" else "customer"
    return Redmine(
        BackendOptions(
            profile="live",
            url=url or desk.url,
            user="someone",
            role=role,
            folder=Path("unused"),
            settings={
                "project": "support",
                "field.product.name": "Product",
                **settings,
            },
            token=lambda: desk.tokens[user],
        )
    )


class TestRedmine(BackendContract):
    edit = {"subject": "Print jobs hang since noon", "severity": "high"}  # noqa: RUF012 (the contract says ClassVar)

    @pytest.fixture
    def backend(self, redmine_server: Desk) -> Iterator[Redmine]:
        connected = connect(redmine_server)
        yield connected
        connected.close()

    @pytest.fixture
    def second(self, redmine_server: Desk) -> Iterator[Redmine]:
        connected = connect(redmine_server)
        yield connected
        connected.close()

    @pytest.fixture
    def vendor(self, redmine_server: Desk) -> Iterator[Vendor]:
        agent = connect(redmine_server, user="agent")
        yield Agents(agent)
        agent.close()
