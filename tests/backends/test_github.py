"""GitHub's backend keeps the contract against a site that keeps GitHub's document."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from casecli.backends import BackendOptions
from casecli.backends.github import GitHub
from casecli.backends.github_records import marked, unmarked
from casecli.backends.tracker_talk import Mark
from casecli.conformance import BackendContract, Vendor
from casecli.domain.case import EscalationState, Feed, Side, Status, Visibility
from casecli.domain.change import (
    AddAttachment,
    AddComment,
    Cancel,
    Open,
)
from casecli.domain.errors import (
    AuthError,
    BadInput,
    Invalid,
    NotFoundRemote,
    PermissionDenied,
    RateLimited,
    Unsupported,
    VersionConflict,
)
from tests.backends.github_site import GitHubSite, Issue
from tests.backends.vendor_site import MARCH, Say, open_site, profile
from tests.servers.changes import (
    LONG_AGO,
    MONDAY,
    close,
    comment,
    deescalate,
    edit,
    escalate,
    read,
)


def connect(site: GitHubSite, who: str = "ann", **settings: str) -> GitHub:
    return GitHub(profile(f"{site.url}/acme/support", who, who, settings))


@pytest.fixture
def site() -> Iterator[GitHubSite]:
    serving = GitHubSite()
    with open_site(serving):
        yield serving


@pytest.fixture
def backend(site: GitHubSite) -> Iterator[GitHub]:
    connected = connect(site, **{"field.product.name": "product: "})
    yield connected
    connected.close()


@pytest.fixture
def outsider(site: GitHubSite) -> Iterator[GitHub]:
    """Give a customer who may neither set labels nor push."""
    connected = connect(site, "eve")
    yield connected
    connected.close()


class Maintainer:
    def __init__(self, site: GitHubSite) -> None:
        self.site = site

    def says(self, number: str, text: str) -> object:
        issue = self.site.issues[int(number) - 1]
        return self.site.comment(self.site.people["bob-token"], issue, text)

    def says_internally(self, number: str, text: str) -> object:
        raise NotImplementedError


class TestGitHub(BackendContract):
    edit = {"subject": "Print jobs hang since noon", "severity": "2"}  # noqa: RUF012 (the contract says ClassVar)

    @pytest.fixture
    def backend(self, site: GitHubSite) -> Iterator[GitHub]:
        connected = connect(site)
        yield connected
        connected.close()

    @pytest.fixture
    def vendor(self, site: GitHubSite) -> Vendor:
        return Maintainer(site)


def opening(key: str = "k-open", severity: str | None = None) -> Open:
    return Open(
        key=key,
        case="L1",
        at=MONDAY,
        subject="Mail is late",
        description="Since noon.",
        text="Since noon.\n\nFrequency: always",
        severity=severity,
        fields={"product.name": "Press", "environment.os": "Debian 12"},
        cc=("cy@example.com",),
    )


# where it is


@pytest.mark.parametrize(
    ("url", "settings"),
    [
        ("https://github.com/acme/support", {}),
        ("https://github.com/acme/support.git", {}),
        ("https://api.github.com", {"repository": "acme/support"}),
        ("", {"repository": "acme/support"}),
        ("https://api.github.com/repos/acme/support", {}),
        ("https://code.example.com/acme/support", {}),
        ("https://code.example.com/api/v3", {"repository": "acme/support"}),
    ],
)
def test_a_repository_is_named_by_its_page_or_a_setting(
    url: str, settings: dict[str, str]
) -> None:
    GitHub(plain(url, settings)).close()


@pytest.mark.parametrize(
    ("url", "settings"),
    [
        ("https://github.com", {}),
        ("https://github.com/acme", {}),
        ("https://github.com/acme/support/issues/1", {}),
        ("https://github.com/acme/support", {"repository": "../secrets"}),
        ("https://github.com/acme/support", {"scope": "some"}),
        ("https://github.com/acme/support", {"repositry": "acme/support"}),
    ],
)
def test_what_names_no_repository_is_refused(
    url: str, settings: dict[str, str]
) -> None:
    with pytest.raises(BadInput):
        GitHub(plain(url, settings))


def plain(url: str, settings: dict[str, str]) -> BackendOptions:
    return BackendOptions(
        profile="work",
        url=url,
        user="ann",
        role="customer",
        folder=Path("unused"),
        settings=settings,
    )


# what it keeps


def test_labels_say_severity_and_fields_and_the_rest_is_named(backend: GitHub) -> None:
    receipt = backend.deliver(opening(severity="1"), None)

    case = read(backend, receipt.number).case
    assert set(receipt.applied) == {
        "subject",
        "description",
        "severity",
        "product.name",
    }
    assert set(receipt.ignored) == {"environment.os", "cc"}
    assert (case.severity, case.product.name) == ("1", "Press")
    assert case.description == "Since noon.\n\nFrequency: always"


def test_a_severity_is_one_label(backend: GitHub, site: GitHubSite) -> None:
    number = backend.deliver(opening(severity="1"), None).number

    receipt = backend.deliver(edit("e", severity="2"), number)

    assert receipt.applied == ("severity",)
    assert site.issues[0].labels == ["product: Press", "severity: 2"]


def test_severities_have_the_vendors_names(site: GitHubSite) -> None:
    backend = connect(site, **{"map.severity.1": "P1", "map.severity.2": "P2"})

    number = backend.deliver(opening(severity="1"), None).number
    backend.deliver(edit("e", severity="2"), number)

    case = read(backend, number).case
    backend.close()
    assert (case.severity, site.issues[0].labels) == ("2", ["P2"])


def test_a_label_dropped_without_a_word_is_named(outsider: GitHub) -> None:
    receipt = outsider.deliver(opening(severity="1"), None)

    assert receipt.ignored["severity"] == "GitHub did not keep it"
    assert read(outsider, receipt.number).case.severity is None


def test_a_label_of_the_vendor_tells_who_is_waited_for(
    backend: GitHub, site: GitHubSite
) -> None:
    number = backend.deliver(opening(), None).number
    site.issues[0].labels += ["Needs Info", "bug"]

    case = read(backend, number).case

    assert case.status is Status.WAITING_ON_CUSTOMER
    assert case.fields == {"labels": "Needs Info, bug"}


def test_the_mark_does_not_show_in_what_is_read(
    backend: GitHub, site: GitHubSite
) -> None:
    number = backend.deliver(opening(), None).number
    backend.deliver(comment("k1", "line\n\nline\n"), number)

    (said,) = read(backend, number).case.comments

    assert said.text == "line\n\nline\n"
    assert site.issues[0].comments[0]["body"].endswith("<!-- casecli k1 comment -->")


def test_a_body_of_a_browser_has_its_line_ends_mended() -> None:
    text = marked("one\r\ntwo", Mark("k", "open")).replace("\n", "\r\n")

    assert unmarked(text) == (
        "one\r\r\ntwo".replace("\r\r\n", "\r\n"),
        Mark("k", "open"),
    )


def test_a_text_that_is_too_long_never_leaves(
    backend: GitHub, site: GitHubSite
) -> None:
    number = backend.deliver(opening(), None).number

    with pytest.raises(Invalid, match="takes 65536"):
        backend.deliver(comment("k1", "x" * 66_000), number)

    assert site.issues[0].comments == []


def test_a_file_is_refused_with_a_way_out(backend: GitHub, site: GitHubSite) -> None:
    number = backend.deliver(opening(), None).number
    file = AddAttachment(
        key="f", case="L1", at=MONDAY, name="a.log", sha256="0" * 64, size=1
    )
    before = len(site.asked)

    with pytest.raises(Unsupported, match=r"a\.log cannot be sent: GitHub's API takes"):
        backend.deliver(file, number, source=io.BytesIO(b"x"))

    assert len(site.asked) == before


def test_there_is_no_internal_talk(backend: GitHub) -> None:
    number = backend.deliver(opening(), None).number
    change = AddComment(
        key="i", case="L1", at=MONDAY, text="psst", visibility=Visibility.INTERNAL
    )

    with pytest.raises(Unsupported):
        backend.deliver(change, number)


# its life


def test_a_case_from_opening_to_its_end(backend: GitHub, site: GitHubSite) -> None:
    number = backend.deliver(opening(), None).number
    asked = backend.deliver(escalate("k1"), number)
    Maintainer(site).says(number, "[escalation]\na manager calls")
    escalated = read(backend, number).case
    backend.deliver(deescalate("k2"), number)
    backend.deliver(close("k3"), number)
    ended = read(backend, number).case

    assert set(asked.applied) == {"reason", "state", "details"}
    assert escalated.escalation is not None
    assert escalated.escalation.state is EscalationState.ACTIVE
    assert escalated.escalation.details == "It stands.\n\nAll day."
    assert (ended.status, ended.close_reason) == (Status.CLOSED, "solved")
    assert ended.status_raw == "closed: completed"
    assert ended.escalation is not None
    assert ended.escalation.state is EscalationState.CLOSED
    assert [(e.key, e.feed, e.side) for e in ended.comments] == [
        ("k1", Feed.ESCALATION, Side.CUSTOMER),
        (None, Feed.ESCALATION, Side.VENDOR),
        ("k2", Feed.ESCALATION, Side.CUSTOMER),
        ("k3", Feed.CASE, Side.CUSTOMER),
    ]
    assert site.issues[0].labels == ["product: Press"]


def test_a_vendor_ends_an_escalation_by_its_label(
    backend: GitHub, site: GitHubSite
) -> None:
    number = backend.deliver(opening(), None).number
    backend.deliver(escalate("k1"), number)

    site.issues[0].labels.remove("escalated")

    escalation = read(backend, number).case.escalation
    assert escalation is not None
    assert escalation.state is EscalationState.CLOSED


def test_who_may_set_no_label_escalates_by_word(outsider: GitHub) -> None:
    number = outsider.deliver(opening(), None).number

    receipt = outsider.deliver(escalate("k1"), number)
    during = read(outsider, number).case.escalation
    outsider.deliver(deescalate("k2"), number)
    after = read(outsider, number).case.escalation

    assert "triage rights" in receipt.ignored["flag"]
    assert during is not None
    assert during.state.live
    assert after is not None
    assert not after.state.live


def test_a_withdrawn_case_is_not_planned(backend: GitHub, site: GitHubSite) -> None:
    number = backend.deliver(opening(), None).number

    backend.deliver(Cancel(key="c", case="L1", at=MONDAY, reason="mine"), number)

    assert site.issues[0].reason == "not_planned"
    assert read(backend, number).case.status is Status.CANCELLED


def test_a_close_cut_off_in_the_middle_is_finished(
    backend: GitHub, site: GitHubSite
) -> None:
    number = backend.deliver(opening(), None).number
    site.issues[0].state, site.issues[0].closed = "closed", MARCH

    missing = backend.find("k", "close", number, LONG_AGO)
    backend.deliver(close("k"), number)

    assert missing is None
    assert backend.find("k", "close", number, LONG_AGO) is not None
    assert read(backend, number).case.close_reason == "solved"


def test_an_end_of_an_escalation_cut_off_in_the_middle_is_finished(
    backend: GitHub, site: GitHubSite
) -> None:
    number = backend.deliver(opening(), None).number
    backend.deliver(escalate("k1"), number)
    site.issues[0].labels.remove("escalated")

    receipt = backend.deliver(deescalate("k2"), number)

    assert receipt.applied == ("state",)
    assert backend.find("k2", "deescalate", number, LONG_AGO) is not None


def test_what_was_never_escalated_cannot_be_deescalated(backend: GitHub) -> None:
    number = backend.deliver(opening(), None).number

    with pytest.raises(Invalid, match="not escalated"):
        backend.deliver(deescalate("k"), number)


def test_somebody_elses_case_is_not_ours_to_close(
    backend: GitHub, outsider: GitHub
) -> None:
    number = backend.deliver(opening(), None).number

    with pytest.raises(PermissionDenied, match="admin rights"):
        outsider.deliver(close("k"), number)


# conflicts


def test_a_stale_edit_conflicts_and_talk_does_not(
    backend: GitHub, site: GitHubSite
) -> None:
    number = backend.deliver(opening(), None).number
    version = read(backend, number).version
    Maintainer(site).says(number, "we look")
    backend.deliver(edit("e1", subject="Mine"), number, version=version)

    with pytest.raises(VersionConflict):
        backend.deliver(edit("e2", subject="Late"), number, version=version)

    assert site.issues[0].title == "Mine"


def test_an_edit_sent_again_is_no_conflict(backend: GitHub) -> None:
    number = backend.deliver(opening(), None).number
    version = read(backend, number).version
    backend.deliver(edit("e1", subject="Mine"), number, version=version)

    again = backend.deliver(edit("e1", subject="Mine"), number, version=version)

    assert again.applied == ("subject",)


# reading


def test_an_unchanged_case_costs_no_quota(backend: GitHub, site: GitHubSite) -> None:
    number = backend.deliver(opening(), None).number
    version = read(backend, number).version

    again = backend.fetch(number, if_version=version)

    assert again is None
    assert site.asked[-1].headers["If-None-Match"] == version.partition(".")[2]


def test_pull_requests_are_no_cases(backend: GitHub, site: GitHubSite) -> None:
    person = site.people["ann-token"]
    pull = Issue(1, person, "patch", None, MARCH, MARCH, pull=True)
    site.issues.append(pull)

    page = backend.changed_since(None, 10)

    assert page.snapshots == ()
    with pytest.raises(NotFoundRemote):
        backend.fetch("1")


def test_a_customer_pulls_own_cases_and_an_agent_all(
    site: GitHubSite, backend: GitHub, outsider: GitHub
) -> None:
    agent = connect(site, "bob")
    mine = backend.deliver(opening("a"), None).number
    theirs = outsider.deliver(opening("b"), None).number

    pulled = [
        [each.number for each in one.changed_since(None, 10).snapshots]
        for one in (backend, outsider, agent)
    ]

    agent.close()
    assert pulled == [[mine], [theirs], [mine, theirs]]


def test_hundreds_of_one_second_are_all_pulled_once(
    backend: GitHub, site: GitHubSite
) -> None:
    person = site.people["ann-token"]
    site.issues += [
        Issue(n, person, f"case {n}", None, MARCH, MARCH) for n in range(1, 351)
    ]

    first = backend.changed_since(None, 200)
    second = backend.changed_since(first.next, 200)
    third = backend.changed_since(second.next, 200)

    numbers = [int(e.number) for p in (first, second, third) for e in p.snapshots]
    assert (first.more, second.more, third.more) == (True, False, False)
    assert numbers == list(range(1, 351))


def test_a_case_that_moves_while_pages_are_read_pushes_none_away(
    backend: GitHub, site: GitHubSite
) -> None:
    person = site.people["ann-token"]
    site.issues += [
        Issue(n, person, "x", None, MARCH, MARCH + timedelta(seconds=n))
        for n in range(1, 251)
    ]

    first = backend.changed_since(None, 100)
    site.issues[0].updated = MARCH + timedelta(seconds=900)
    rest = backend.changed_since(first.next, 400)

    numbers = {int(e.number) for p in (first, rest) for e in p.snapshots}
    assert numbers == set(range(1, 251))
    assert rest.snapshots[-1].number == "1"


def test_a_foreign_cursor_is_refused(backend: GitHub) -> None:
    with pytest.raises(Invalid):
        backend.changed_since("{}", 10)


# who we are


def test_a_bad_token_is_no_login(site: GitHubSite) -> None:
    stranger = connect(site, "mallory")

    with pytest.raises(AuthError) as refusal:
        stranger.whoami()

    stranger.close()
    assert "mallory-token" not in str(refusal.value)


def test_discovery_names_severities_and_labels(backend: GitHub) -> None:
    found = backend.discover()

    assert found.choices == {}
    assert found.severities == ("1", "2")
    assert "needs info" in found.fields


def test_a_repository_without_issues_is_said_plainly(
    backend: GitHub, site: GitHubSite
) -> None:
    site.has_issues = False

    with pytest.raises(NotFoundRemote, match="issues switched off"):
        backend.discover()


# patience


@pytest.mark.parametrize(
    ("status", "headers", "message", "seconds"),
    [
        (403, {"Retry-After": "30"}, "secondary", 30),
        (429, {"Retry-After": "30"}, "slow", 30),
        (403, {}, "You have exceeded a secondary rate limit", 60),
        (
            403,
            {
                "x-ratelimit-remaining": "0",
                "x-ratelimit-reset": str(int(MONDAY.timestamp()) + 900),
            },
            "API rate limit exceeded",
            900,
        ),
    ],
)
def test_a_write_waits_as_long_as_github_asks(
    backend: GitHub,
    site: GitHubSite,
    status: int,
    headers: dict[str, str],
    message: str,
    seconds: int,
) -> None:
    backend.whoami()
    site.next = [Say(status, {"message": message}, headers)]

    with pytest.raises(RateLimited) as asked:
        backend.deliver(comment("k", "x"), "1")

    assert asked.value.retry_at == MONDAY + timedelta(seconds=seconds)


def test_a_refusal_names_the_field_it_is_about(
    backend: GitHub, site: GitHubSite
) -> None:
    backend.whoami()
    wrong = {"resource": "Issue", "field": "title", "code": "missing_field"}
    site.next = [Say(422, {"message": "Validation Failed", "errors": [wrong]})]

    with pytest.raises(Invalid, match="Validation Failed; Issue title missing_field"):
        backend.deliver(opening(), None)
