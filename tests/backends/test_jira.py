"""Jira's backend keeps the contract against a site that keeps Jira's document."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from casecli.backends import BackendOptions
from casecli.backends.atlassian_document import document
from casecli.backends.jira import Jira
from casecli.conformance import BackendContract, Vendor
from casecli.domain.case import EscalationState, Feed, Side, Status, Visibility
from casecli.domain.change import (
    Cancel,
    Open,
    Reopen,
)
from casecli.domain.errors import (
    AuthError,
    BadInput,
    Invalid,
    NotFoundRemote,
    PermissionDenied,
    TooLarge,
    Transient,
    Unsupported,
    VersionConflict,
)
from casecli.domain.ports import Support
from tests.backends.jira_site import Issue, JiraSite
from tests.backends.vendor_site import MARCH, open_site, profile
from tests.servers.changes import (
    LONG_AGO,
    MONDAY,
    close,
    comment,
    deescalate,
    edit,
    escalate,
    file,
    read,
)


def connect(site: JiraSite, who: str = "ann", **settings: str) -> Jira:
    given = {"project": "SUP", **settings}
    return Jira(profile(site.url, who, f"{who}@example.com", given))


FIELDS = {
    "field.product.name": "customfield_10001",
    "field.users": "customfield_10002",
    "field.steps": "customfield_10003",
    "field.topic": "customfield_10004",
    "map.severity.1": "Highest",
    "map.severity.3": "Low",
}


@pytest.fixture
def site() -> Iterator[JiraSite]:
    serving = JiraSite()
    with open_site(serving):
        yield serving


@pytest.fixture
def backend(site: JiraSite) -> Iterator[Jira]:
    connected = connect(site, **FIELDS)
    yield connected
    connected.close()


@pytest.fixture
def agent(site: JiraSite) -> Iterator[Jira]:
    connected = connect(site, "bob")
    yield connected
    connected.close()


class Agents:
    def __init__(self, site: JiraSite) -> None:
        self.site = site

    def says(self, number: str, text: str) -> object:
        return self._said(number, text, internal=False)

    def says_internally(self, number: str, text: str) -> object:
        return self._said(number, text, internal=True)

    def _said(self, number: str, text: str, *, internal: bool) -> object:
        issue = self.site.issues[int(number.removeprefix("SUP-")) - 1]
        body = document(text)
        return self.site.comment(
            self.site.person("Bob"), issue, body, internal=internal
        )


class TestJira(BackendContract):
    unknown_number = "SUP-999999"
    edit = {"subject": "Print jobs hang since noon", "severity": "High"}  # noqa: RUF012 (the contract says ClassVar)

    @pytest.fixture
    def backend(self, site: JiraSite) -> Iterator[Jira]:
        connected = connect(site)
        yield connected
        connected.close()

    @pytest.fixture
    def vendor(self, site: JiraSite) -> Vendor:
        return Agents(site)


def opening(key: str = "k-open", **fields: str) -> Open:
    severity = fields.pop("severity", None)
    return Open(
        key=key,
        case="L1",
        at=MONDAY,
        subject="Mail is late",
        description="Since noon.",
        text="Since noon.\n\nFrequency: always",
        severity=severity,
        fields=fields,
        cc=("cy@example.com",),
    )


# settings


@pytest.mark.parametrize(
    "settings",
    [
        {"project": "support desk"},
        {"auth": "digest"},
        {"projct": "SUP"},
        {"horizon": "soon"},
        {"map.status.Done": "finished"},
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(
    site: JiraSite, settings: dict[str, str]
) -> None:
    with pytest.raises(BadInput):
        connect(site, **settings)


def test_without_a_project_the_setting_is_named(site: JiraSite) -> None:
    backend = connect(site, project="")

    with pytest.raises(BadInput, match="key of a project") as refusal:
        backend.changed_since(None, 1)

    backend.close()
    assert "--set project=KEY" in refusal.value.hint


def test_a_name_instead_of_an_address_is_no_login(site: JiraSite) -> None:
    backend = Jira(
        BackendOptions(
            profile="work",
            url=site.url,
            user="ann",
            role="customer",
            folder=Path("unused"),
            settings={"project": "SUP"},
            token=lambda: "ann-token",
        )
    )

    with pytest.raises(AuthError, match="address"):
        backend.whoami()

    assert site.asked == []


# what it keeps


def test_fields_go_where_the_profile_says(backend: Jira, site: JiraSite) -> None:
    asked = {
        "severity": "1",
        "product.name": "Press",
        "users": "40",
        "steps": "one\n\ntwo",
        "topic": "print",
        "environment.os": "Debian 12",
    }

    receipt = backend.deliver(opening(**asked), None)

    case = read(backend, receipt.number).case
    assert set(receipt.ignored) == {"environment.os", "cc"}
    assert set(receipt.applied) == {
        "subject",
        "description",
        *(asked.keys() - {"environment.os"}),
    }
    assert (case.severity, case.product.name) == ("1", "Press")
    assert case.fields == {"users": "40", "steps": "one\n\ntwo", "topic": "print"}
    assert site.issues[0].fields["customfield_10002"] == 40.0


def test_a_field_the_server_has_not_is_named(site: JiraSite) -> None:
    backend = connect(site, **{"field.product.name": "customfield_4"})

    receipt = backend.deliver(opening(**{"product.name": "Press"}), None)

    backend.close()
    assert receipt.ignored["product.name"] == "Jira has no field 'customfield_4'"


def test_a_refusal_names_the_field_it_is_about(backend: Jira) -> None:
    number = backend.deliver(opening(), None).number

    with pytest.raises(Invalid, match="priority: Specify the Priority"):
        backend.deliver(edit("e", severity="apocalyptic"), number)


def test_a_project_without_severities_says_so(site: JiraSite) -> None:
    backend = connect(site, severity_field="none")

    receipt = backend.deliver(opening(severity="1"), None)

    able = backend.capabilities()
    backend.close()
    assert receipt.ignored["severity"] == "this project has no severities"
    assert able.edit_severity is Support.NONE


def test_every_comment_is_read_however_few_come_with_the_issue(
    backend: Jira, site: JiraSite
) -> None:
    number = backend.deliver(opening(), None).number
    issue = site.issues[0]
    for n in range(11):
        site.comment(site.person("Bob"), issue, document(f"note {n}"))

    comments = read(backend, number).case.comments

    assert [each.text for each in comments] == [f"note {n}" for n in range(11)]


def test_what_a_person_wrote_in_the_browser_is_read_as_text(
    backend: Jira, site: JiraSite
) -> None:
    number = backend.deliver(opening(), None).number
    item = {"type": "paragraph", "content": [{"type": "text", "text": "restart"}]}
    body = {
        "type": "doc",
        "version": 1,
        "content": [
            {
                "type": "heading",
                "attrs": {"level": 2},
                "content": [{"type": "text", "text": "Please"}],
            },
            {
                "type": "orderedList",
                "content": [{"type": "listItem", "content": [item]}],
            },
        ],
    }
    site.comment(site.person("Bob"), site.issues[0], body)

    (said,) = read(backend, number).case.comments

    assert (said.text, said.side) == ("Please\n\n1. restart", Side.VENDOR)


# internal talk


def test_an_agent_writes_what_customers_do_not_read(backend: Jira, agent: Jira) -> None:
    number = backend.deliver(opening(), None).number
    change = replace(comment("i", "psst"), visibility=Visibility.INTERNAL)

    receipt = agent.deliver(change, number)

    assert set(receipt.applied) == {"text", "feed", "visibility"}
    assert read(backend, number).case.comments == ()
    with pytest.raises(PermissionDenied):
        backend.deliver(change, number)


def test_an_agents_account_used_as_a_customer_shows_no_internal_talk(
    site: JiraSite, backend: Jira
) -> None:
    number = backend.deliver(opening(), None).number
    Agents(site).says_internally(number, "between us")
    options = BackendOptions(
        profile="work",
        url=site.url,
        user="bob@example.com",
        role="customer",
        folder=Path("unused"),
        settings={"project": "SUP", "scope": 'project = "SUP"'},
        token=lambda: "bob-token",
    )
    licensed = Jira(options)

    page = licensed.changed_since(None, 10)

    licensed.close()
    assert [each.number for each in page.snapshots] == [number]
    assert "between us" not in repr(page)


# its life


def test_a_case_from_opening_to_reopening(
    backend: Jira, site: JiraSite, agent: Jira
) -> None:
    number = backend.deliver(opening(), None).number
    backend.deliver(escalate("k1"), number)
    Agents(site).says(number, "[escalation]\na manager calls")
    escalated = read(backend, number).case
    backend.deliver(deescalate("k2"), number)
    closed = backend.deliver(close("k3"), number)
    ended = read(backend, number).case
    backend.deliver(Reopen(key="k4", case="L1", at=MONDAY, reason="back"), number)
    again = read(agent, number).case

    assert escalated.escalation is not None
    assert escalated.escalation.state is EscalationState.ACTIVE
    assert escalated.escalation.details == "It stands.\n\nAll day."
    assert set(closed.applied) == {"status", "close_reason"}
    assert (ended.status, ended.close_reason) == (Status.CLOSED, "solved")
    assert (ended.status_raw, ended.resolution) == ("Done", "Done")
    assert ended.closed_at is not None
    assert (again.status, again.close_reason) == (Status.OPEN, None)
    assert [(e.key, e.feed, e.side) for e in again.comments] == [
        ("k1", Feed.ESCALATION, Side.CUSTOMER),
        (None, Feed.ESCALATION, Side.VENDOR),
        ("k2", Feed.ESCALATION, Side.CUSTOMER),
        ("k3", Feed.CASE, Side.CUSTOMER),
        ("k4", Feed.CASE, Side.CUSTOMER),
    ]
    assert site.issues[0].labels == []


def test_a_withdrawn_case_takes_the_way_out_of_the_workflow(
    backend: Jira, site: JiraSite
) -> None:
    number = backend.deliver(opening(), None).number

    backend.deliver(Cancel(key="c", case="L1", at=MONDAY, reason="mine"), number)

    assert site.issues[0].status == "Canceled"
    assert read(backend, number).case.status is Status.CANCELLED


def test_where_no_way_out_is_offered_a_resolution_says_it(
    backend: Jira, site: JiraSite
) -> None:
    number = backend.deliver(opening(), None).number
    site.issues[0].status = "Waiting for customer"

    backend.deliver(Cancel(key="c", case="L1", at=MONDAY, reason="mine"), number)

    assert (site.issues[0].status, site.issues[0].resolution) == ("Done", "Won't Do")
    assert read(backend, number).case.status is Status.CANCELLED


def test_a_workflow_without_a_way_names_the_ways_it_has(
    backend: Jira, site: JiraSite
) -> None:
    number = backend.deliver(opening(), None).number
    backend.deliver(close("k"), number)

    with pytest.raises(Invalid, match="it offers Reopen"):
        backend.deliver(Cancel(key="c", case="L1", at=MONDAY, reason="mine"), number)

    assert site.issues[0].status == "Done"


def test_statuses_are_the_profiles_first(site: JiraSite) -> None:
    backend = connect(site, **{"map.status.Waiting for customer": "in-progress"})
    number = backend.deliver(opening(), None).number
    site.issues[0].status = "Waiting for customer"

    status = read(backend, number).case.status

    backend.close()
    assert status is Status.IN_PROGRESS


# conflicts


def test_a_stale_edit_conflicts_and_talk_does_not(
    backend: Jira, site: JiraSite
) -> None:
    number = backend.deliver(opening(), None).number
    version = read(backend, number).version
    Agents(site).says(number, "we look")
    backend.deliver(edit("e1", subject="Mine"), number, version=version)

    with pytest.raises(VersionConflict):
        backend.deliver(edit("e2", subject="Late"), number, version=version)

    assert site.issues[0].fields["summary"] == "Mine"


# files


def test_a_file_is_announced_with_its_digest(backend: Jira, site: JiraSite) -> None:
    number = backend.deliver(opening(), None).number
    pieces: list[int] = []

    receipt = backend.deliver(
        file("f", b"trace", 'a "näme".bin'),
        number,
        source=io.BytesIO(b"trace"),
        progress=pieces.append,
    )

    (kept,) = read(backend, number).case.attachments
    assert receipt.applied == ("size",)
    assert receipt.ignored == {"name": "Jira did not keep it"}
    assert (kept.sha256, kept.key) == (hashlib.sha256(b"trace").hexdigest(), "f")
    assert pieces == [5]
    assert read(backend, number).case.comments == ()
    assert len(site.issues[0].comments) == 1


def test_a_file_that_did_not_come_is_not_found_and_not_announced_twice(
    backend: Jira, site: JiraSite
) -> None:
    number = backend.deliver(opening(), None).number
    backend.deliver(file("f", b"trace"), number, source=io.BytesIO(b"trace"))
    site.issues[0].files.clear()

    missing = backend.find("f", "attachment", number, LONG_AGO)
    backend.deliver(file("f", b"trace"), number, source=io.BytesIO(b"trace"))

    assert missing is None
    assert len(site.issues[0].comments) == 1
    assert backend.find("f", "attachment", number, LONG_AGO) is not None


def test_a_refused_file_leaves_no_announcement(site: JiraSite) -> None:
    backend = connect(site, max_attachment="9000000")
    number = backend.deliver(opening(), None).number
    content = b"x" * 2_000_001

    with pytest.raises(TooLarge):
        backend.deliver(file("f", content), number, source=io.BytesIO(content))

    backend.close()
    assert site.issues[0].comments == []


def test_the_servers_limit_holds_before_a_byte_leaves(
    backend: Jira, site: JiraSite
) -> None:
    number = backend.deliver(opening(), None).number
    change = replace(file("f", b""), size=2_000_001)

    with pytest.raises(TooLarge) as refusal:
        backend.deliver(change, number, source=io.BytesIO())

    assert refusal.value.limit == 2_000_000
    assert [each.method for each in site.asked if "attachments" in each.path] == []


def test_attachments_switched_off_are_no_capability(
    backend: Jira, site: JiraSite
) -> None:
    site.attaches = False
    number = backend.deliver(opening(), None).number

    with pytest.raises(Unsupported):
        backend.deliver(file("f", b"x"), number, source=io.BytesIO(b"x"))

    assert backend.capabilities().attachments is Support.NONE


def test_a_changed_file_is_not_taken_for_ours(backend: Jira, site: JiraSite) -> None:
    number = backend.deliver(opening(), None).number
    event = backend.deliver(file("f", b"ab"), number, source=io.BytesIO(b"ab")).event_id
    about, _ = site.issues[0].files[0]
    site.issues[0].files[0] = (about, b"cd")

    with pytest.raises(Transient, match="did not come back as it was sent"):
        backend.download(number, event or "", io.BytesIO())


# reading


def test_a_customer_pulls_own_cases_and_an_agent_all(
    site: JiraSite, backend: Jira, agent: Jira
) -> None:
    other = connect(site, "eve")
    mine = backend.deliver(opening("a"), None).number
    theirs = other.deliver(opening("b"), None).number

    pulled = [
        [each.number for each in one.changed_since(None, 10).snapshots]
        for one in (backend, other, agent)
    ]

    other.close()
    assert pulled == [[mine], [theirs], [mine, theirs]]


def test_a_pull_goes_on_where_it_stopped(backend: Jira, site: JiraSite) -> None:
    ann = site.person("Ann")
    site.issues += [
        Issue(n, ann, at, at, {"summary": f"case {n}"}, {})
        for n in range(1, 31)
        for at in (MARCH + timedelta(seconds=10 * n),)
    ]

    first = backend.changed_since(None, 12)
    site.issues[0].updated = MARCH + timedelta(hours=1)
    rest = backend.changed_since(first.next, 100)
    quiet = backend.changed_since(rest.next, 100)

    numbers = [each.number for page in (first, rest) for each in page.snapshots]
    assert set(numbers) == {f"SUP-{n}" for n in range(1, 31)}
    assert numbers[-1] == "SUP-1"
    assert (first.more, rest.more) == (True, False)
    assert (quiet.snapshots, quiet.more) == ((), False)


@pytest.mark.parametrize("day", [datetime(2026, 10, 25, tzinfo=UTC), MARCH])
def test_no_hour_is_missed_where_the_clocks_are_put_back(
    backend: Jira, site: JiraSite, day: datetime
) -> None:
    ann = site.person("Ann")
    times = [day + timedelta(minutes=20 * n) for n in range(12)]
    site.issues += [
        Issue(n, ann, at, at, {"summary": "x"}, {}) for n, at in enumerate(times, 1)
    ]
    cursor, seen = None, []

    for _ in range(12):
        page = backend.changed_since(cursor, 1)
        cursor = page.next
        seen += [each.number for each in page.snapshots]

    assert seen == [f"SUP-{n}" for n in range(1, 13)]


@pytest.mark.parametrize(
    "number", ["", "../myself", "SUP-", "SUP-1/comment", "sup-1", "\u0661-1"]
)
def test_what_is_no_key_is_never_put_into_a_path(
    backend: Jira, site: JiraSite, number: str
) -> None:
    with pytest.raises(NotFoundRemote):
        backend.fetch(number)

    assert site.asked == []


# who we are


def test_a_bad_token_is_no_login_and_is_not_shown(site: JiraSite) -> None:
    stranger = connect(site, "mallory")

    with pytest.raises(AuthError) as refusal:
        stranger.whoami()

    stranger.close()
    told = f"{refusal.value}{refusal.value.hint}"
    assert "mallory-token" not in told
    assert base64.b64encode(b"mallory@example.com:mallory-token").decode() not in told


def test_discovery_names_priorities_and_fields(backend: Jira) -> None:
    found = backend.discover()

    assert found.choices == {}
    assert found.severities == ("Highest", "High", "Medium", "Low")
    assert found.fields["customfield_10001"] == "Product"
    assert found.version == "1001.0.0"


@pytest.mark.parametrize(
    ("settings", "choices"),
    [
        ({"project": ""}, {"project": ("SUP",)}),
        ({"project": "SUPP"}, {"project": ("SUP",)}),
        ({"issue_type": "Incident"}, {"issue_type": ("Task", "Problem")}),
    ],
)
def test_discovery_offers_what_is_there_instead(
    site: JiraSite, settings: dict[str, str], choices: dict[str, tuple[str, ...]]
) -> None:
    backend = connect(site, **settings)

    found = backend.discover()

    backend.close()
    assert found.choices == choices
