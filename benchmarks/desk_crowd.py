"""Many clients at one desk at once: in PostgreSQL, and in a file beside it.

    python benchmarks/desk_crowd.py [CLIENTS] [CHANGES]

Every client is a process with a connection of its own. Of its changes one in ten opens
a case, the others comment on cases that all share; one in ten is sent twice with its
key, as after a lost answer. At the end an agent reads everything: each key must be
there once.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

import pytest

from casecli.backends import BackendOptions
from casecli.backends.desk import Desk
from casecli.domain.change import AddComment, Open
from casecli.domain.errors import Transient
from tests.backends.postgres import server

if TYPE_CHECKING:
    from collections.abc import Callable

AT = datetime(2026, 3, 2, tzinfo=UTC)
SHARED = 200


def opening(key: str) -> Open:
    """Build the change that opens a case."""
    return Open(key=key, case="L1", at=AT, subject="Crowd")


def client(who: int, changes: int, numbers: list[str], options: BackendOptions) -> int:
    """Send one client's changes; give how often the desk was too busy to take one."""
    busy = 0
    while True:
        try:
            desk = Desk(options)
        except Transient:
            busy += 1
            continue
        break
    for n in range(changes):
        key = f"{who}-{n}"
        change = (
            opening(key)
            if n % 10 == 0
            else AddComment(key=key, case="L1", at=AT, text=key)
        )
        target = None if n % 10 == 0 else numbers[(who + n) % len(numbers)]
        for _ in range(2 if n % 10 == 5 else 1):
            while True:
                try:
                    desk.deliver(change, target)
                except Transient:
                    busy += 1
                    continue
                break
    desk.close()
    return busy


def children() -> float:
    """Give the CPU seconds of the clients that ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def keys_of(desk: Desk) -> Counter[str]:
    """Count every key at the desk."""
    keys: Counter[str] = Counter()
    cursor = None
    while True:
        page = desk.changed_since(cursor, 100)
        for each in page.snapshots:
            keys[each.key or ""] += 1
            keys.update(said.text for said in each.case.comments)
        if not page.more:
            return keys
        cursor = page.next


def crowd(
    name: str, clients: int, changes: int, options: Callable[[int], BackendOptions]
) -> bool:
    """Let the crowd in and count what came of it."""
    desk = Desk(options(0))
    numbers = [desk.deliver(opening(f"shared-{n}"), None).number for n in range(SHARED)]
    desk.close()
    fork = multiprocessing.get_context("fork")
    busy = fork.Value("i", 0)

    def work(who: int) -> None:
        turned_away = client(who, changes, numbers, options(who))
        with busy:
            busy.value += turned_away

    each = [fork.Process(target=work, args=(who,)) for who in range(clients)]
    begun, spent = time.perf_counter(), children()
    for process in each:
        process.start()
    for process in each:
        process.join()
    seconds, cpu = time.perf_counter() - begun, children() - spent
    agent = Desk(options(-1))
    keys = keys_of(agent)
    agent.close()
    wanted = {f"{who}-{n}" for who in range(clients) for n in range(changes)}
    lost = len(wanted - set(keys))
    doubled = sum(count - 1 for count in keys.values() if count > 1)
    rate = clients * changes / seconds
    print(
        f"{name:10}  {clients} clients x {changes}: {seconds:5.1f} s"
        f" ({cpu:.1f} of it the clients' CPU), {rate:4.0f} changes/s,"
        f" busy {busy.value}, lost {lost}, doubled {doubled}"
    )
    return not lost and not doubled


def in_a_file(folder: Path) -> Callable[[int], BackendOptions]:
    """Give the options of a client of the desk in a file; -1 is an agent."""
    return lambda who: BackendOptions(
        profile="crowd",
        url="",
        user=f"u{who}",
        role="agent" if who < 0 else "customer",
        folder=folder,
    )


def main(clients: int = 40, changes: int = 100) -> int:
    """Run the crowd on both desks."""
    sound = []
    try:
        with server(durable=True) as running:
            database = running.desk()

            def team(who: int) -> BackendOptions:
                login = "bob" if who < 0 else ("ann", "carl")[who % 2]
                return running.options(database, login)

            sound.append(crowd("PostgreSQL", clients, changes, team))
    except pytest.skip.Exception as skipped:
        print(f"PostgreSQL  not measured: {skipped}")
    with tempfile.TemporaryDirectory() as folder:
        sound.append(crowd("SQLite", clients, changes, in_a_file(Path(folder))))
    return 0 if all(sound) else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
