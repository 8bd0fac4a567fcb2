"""Roundup 2 keeps the backend contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from casecli.backends import BackendOptions
from casecli.backends.roundup import Roundup
from casecli.conformance import BackendContract, Vendor
from tests.servers.changes import Agents
from tests.servers.process import Desk

pytestmark = pytest.mark.servers


def connect(
    desk: Desk, url: str = "", user: str = "customer", **settings: str
) -> Roundup:
    role = "agent" if user == "agent" else "customer"
    return Roundup(
        BackendOptions(
            profile="live",
            url=url or desk.url,
            user=user,
            role=role,
            folder=Path("unused"),
            settings={
                "field.product.name": "product",
                **settings,
            },
            token=lambda: desk.tokens[user],
        )
    )


class TestRoundup(BackendContract):
    edit = {"subject": "Print jobs hang since noon", "severity": "high"}  # noqa: RUF012 (the contract says ClassVar)

    @pytest.fixture
    def backend(self, roundup_server: Desk) -> Iterator[Roundup]:
        connected = connect(roundup_server)
        yield connected
        connected.close()

    @pytest.fixture
    def second(self, roundup_server: Desk) -> Iterator[Roundup]:
        connected = connect(roundup_server)
        yield connected
        connected.close()

    @pytest.fixture
    def vendor(self, roundup_server: Desk) -> Iterator[Vendor]:
        agent = connect(roundup_server, user="agent")
        yield Agents(agent)
        agent.close()
