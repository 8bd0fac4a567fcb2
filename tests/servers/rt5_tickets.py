"""Many tickets in a Request Tracker of the tests, by copying one in its database."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers.process import Desk

Row = dict[str, Any]


def fill(tracker: Desk, folder: Path, count: int) -> None:
    """Open one ticket with one answer, then copy all its rows `count` - 1 times."""
    headers = {"Authorization": f"token {tracker.tokens['agent']}"}
    rest = f"{tracker.url}/REST/2.0"
    with httpx.Client(headers=headers, timeout=30) as client:
        ticket = {
            "Queue": "support",
            "Subject": "Print jobs hang",
            "Content": "Since noon nothing is printed on the third floor.\n" * 4,
            "ContentType": "text/plain",
            "Requestor": "customer@support.test",
            "CustomFields": {"Severity": "normal", "External-ID": "key-0"},
        }
        number = client.post(f"{rest}/ticket", json=ticket).raise_for_status().json()
        answer = {"Content": "We look at it.\n" * 8, "ContentType": "text/plain"}
        path = f"{rest}/ticket/{number['id']}/correspond"
        client.post(path, json=answer).raise_for_status()
    db = sqlite3.connect(folder / "rt.sqlite3", timeout=60)
    db.row_factory = sqlite3.Row
    with db:
        _copy(db, int(number["id"]), count)
    db.execute("ANALYZE")
    db.close()


def _copy(db: sqlite3.Connection, ticket: int, count: int) -> None:
    def rows(table: str, where: str, *values: object) -> list[Row]:
        found = db.execute(f"SELECT * FROM {table} WHERE {where}", values)  # noqa: S608 (ours)
        return [dict(each) for each in found]

    def add(table: str, row: Row) -> None:
        marks = ", ".join("?" for _ in row)
        names = ", ".join(row)
        statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 (ours)
        db.execute(statement, tuple(row.values()))

    def newest(*tables: str) -> int:
        asked = (f"SELECT MAX(id) FROM {each}" for each in tables)  # noqa: S608 (ours)
        return max(db.execute(each).fetchone()[0] or 0 for each in asked)

    model = rows("Tickets", "id = ?", ticket)[0]
    groups = rows("Groups", "Domain = 'RT::Ticket-Role' AND Instance = ?", ticket)
    said = rows("Transactions", "ObjectType = 'RT::Ticket' AND ObjectId = ?", ticket)
    fields = rows(
        "ObjectCustomFieldValues", "ObjectType = 'RT::Ticket' AND ObjectId = ?", ticket
    )
    parts = {
        each["id"]: rows("Attachments", "TransactionId = ?", each["id"])
        for each in said
    }
    members = {
        each["id"]: (
            rows("GroupMembers", "GroupId = ?", each["id"]),
            rows("CachedGroupMembers", "GroupId = ?", each["id"]),
        )
        for each in groups
    }
    ids = {
        "Principals": newest("Principals", "Groups"),
        **{
            table: newest(table)
            for table in (
                "Tickets",
                "Transactions",
                "Attachments",
                "GroupMembers",
                "CachedGroupMembers",
                "ObjectCustomFieldValues",
            )
        },
    }

    def next_id(table: str) -> int:
        ids[table] += 1
        return ids[table]

    for n in range(1, count):
        # A minute apart: pages are cut by the time of the last update.
        when = f"2026-{1 + n // 1440 // 28 % 12:02}-{1 + n // 1440 % 28:02}"
        clock = f"{when} {n // 60 % 24:02}:{n % 60:02}:00"
        number = next_id("Tickets")
        times = {"Created": clock, "LastUpdated": clock}
        add("Tickets", {**model, "id": number, "EffectiveId": number, **times})
        for each in fields:
            value = {**each, "id": next_id("ObjectCustomFieldValues")}
            text = f"key-{n}" if each["Content"] == "key-0" else each["Content"]
            value.update(ObjectId=number, Content=text)
            add("ObjectCustomFieldValues", value)
        for each in said:
            own = next_id("Transactions")
            add(
                "Transactions",
                {**each, "id": own, "ObjectId": number, "Created": clock},
            )
            for part in parts[each["id"]]:
                copied = {"id": next_id("Attachments"), "TransactionId": own}
                add("Attachments", {**part, **copied})
        for each in groups:
            _copy_group(each, number, members[each["id"]], next_id, add)


def _copy_group(
    group: Row,
    number: int,
    members: tuple[list[Row], list[Row]],
    next_id: Callable[[str], int],
    add: Callable[[str, Row], None],
) -> None:
    own = next_id("Principals")
    add("Principals", {"id": own, "PrincipalType": "Group", "Disabled": 0})
    add("Groups", {**group, "id": own, "Instance": number})
    for member in members[0]:
        add("GroupMembers", {**member, "id": next_id("GroupMembers"), "GroupId": own})
    for cached in members[1]:
        ident = next_id("CachedGroupMembers")
        whom = own if cached["MemberId"] == group["id"] else cached["MemberId"]
        new = {"id": ident, "GroupId": own, "MemberId": whom}
        add(
            "CachedGroupMembers",
            {**cached, **new, "Via": ident, "ImmediateParentId": own},
        )
