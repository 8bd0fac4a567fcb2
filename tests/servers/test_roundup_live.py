"""Roundup 2 keeps the backend contract."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from casecli.conformance import BackendContract, Vendor
from casecli.domain.ports import Backend
from tests.servers.changes import Agents
from tests.servers.connecting import connect
from tests.servers.process import Desk

pytestmark = pytest.mark.servers


class TestRoundup(BackendContract):
    edit = {"subject": "Print jobs hang since noon", "severity": "high"}  # noqa: RUF012 (the contract says ClassVar)

    @pytest.fixture
    def backend(self, roundup_server: Desk) -> Iterator[Backend]:
        connected = connect("roundup", roundup_server)
        yield connected
        connected.close()

    @pytest.fixture
    def second(self, roundup_server: Desk) -> Iterator[Backend]:
        connected = connect("roundup", roundup_server)
        yield connected
        connected.close()

    @pytest.fixture
    def vendor(self, roundup_server: Desk) -> Iterator[Vendor]:
        agent = connect("roundup", roundup_server, user="agent")
        yield Agents(agent)
        agent.close()
