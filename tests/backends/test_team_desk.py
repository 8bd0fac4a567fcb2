"""The desk in PostgreSQL keeps the contract, and its database keeps people apart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from casecli.backends.desk import Desk
from casecli.backends.desk_agent import DeskAgent
from casecli.conformance import BackendContract, Vendor
from tests.backends.postgres import Server

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Agents:
    def __init__(self, agent: DeskAgent) -> None:
        self.agent = agent

    def says(self, number: str, text: str) -> object:
        return self.agent.reply(number, text, now=MONDAY)

    def says_internally(self, number: str, text: str) -> object:
        return self.agent.reply(number, text, internal=True, now=MONDAY)


@pytest.fixture
def database(postgres: Server) -> str:
    return postgres.desk()


@pytest.fixture
def desk(postgres: Server, database: str) -> Iterator[Desk]:
    opened = Desk(postgres.options(database, "ann"))
    yield opened
    opened.close()


@pytest.fixture
def agent(postgres: Server, database: str) -> Iterator[DeskAgent]:
    opened = DeskAgent(postgres.options(database, "bob"))
    yield opened
    opened.shut()


class TestTeamDeskKeepsTheContract(BackendContract):
    @pytest.fixture
    def backend(self, desk: Desk) -> Desk:
        return desk

    @pytest.fixture
    def second(self, postgres: Server, database: str) -> Iterator[Desk]:
        other = Desk(postgres.options(database, "ann"))
        yield other
        other.close()

    @pytest.fixture
    def vendor(self, agent: DeskAgent) -> Vendor:
        return Agents(agent)
