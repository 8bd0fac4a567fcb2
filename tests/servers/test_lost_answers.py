"""What a tracker did is found again when its answer was lost, and done once."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from casecli.domain.case import Status
from casecli.domain.errors import AuthError, TooLarge, Transient, Unknown
from casecli.domain.ports import Backend
from tests.servers.changes import LONG_AGO, close, comment, file, opening, read
from tests.servers.connecting import KINDS, Kind, connect
from tests.servers.process import Desk
from tests.servers.proxy import LossyProxy, lossy

pytestmark = pytest.mark.servers


@dataclass(frozen=True)
class Way:
    """A customer's connection through a proxy that loses answers."""

    name: str
    kind: Kind
    desk: Desk
    backend: Backend
    proxy: LossyProxy

    def lose(self, request: str, number: str = "") -> None:
        self.proxy.lose(request.replace("N", number) if number else request)


@pytest.fixture(params=["redmine", "roundup", "rt"])
def way(request: pytest.FixtureRequest) -> Iterator[Way]:
    name: str = request.param
    kind = KINDS[name]
    desk: Desk = request.getfixturevalue(kind.fixture)
    with lossy(desk.port) as proxy:
        backend = connect(name, desk, proxy.url)
        yield Way(name, kind, desk, backend, proxy)
        backend.close()


def test_a_case_whose_answer_was_lost_is_found_and_is_one(way: Way) -> None:
    way.backend.whoami()
    way.lose(way.kind.opens)

    with pytest.raises(Unknown):
        way.backend.deliver(opening("lost-case"), None)

    assert way.proxy.lost.wait(10)
    found = way.backend.find("lost-case", "open", None, LONG_AGO)
    assert found is not None
    assert read(way.backend, found.number).key == "lost-case"
    pulled = way.backend.changed_since(None, 1000).snapshots
    assert [each.key for each in pulled].count("lost-case") == 1


def test_a_comment_whose_answer_was_lost_is_found(way: Way) -> None:
    number = way.backend.deliver(opening("with-lost-comment"), None).number
    way.lose(way.kind.says, number)

    with pytest.raises(Unknown):
        way.backend.deliver(comment("lost-said", "it stands"), number)

    assert way.proxy.lost.wait(10)
    found = way.backend.find("lost-said", "comment", number, LONG_AGO)
    assert found is not None
    (there,) = read(way.backend, number).case.comments
    assert (there.id, there.key, there.text) == (
        found.event_id,
        "lost-said",
        "it stands",
    )


def test_a_file_whose_answer_was_lost_is_found(way: Way) -> None:
    number = way.backend.deliver(opening("with-lost-file"), None).number
    content = b"\0\1\2" * 700_000
    way.lose(way.kind.says, number)

    with pytest.raises(Unknown):
        way.backend.deliver(
            file("lost-bytes", content), number, source=io.BytesIO(content)
        )

    assert way.proxy.lost.wait(10)
    found = way.backend.find("lost-bytes", "attachment", number, LONG_AGO)
    assert found is not None
    (there,) = read(way.backend, number).case.attachments
    assert (there.id, there.key, there.size) == (
        found.event_id,
        "lost-bytes",
        2_100_000,
    )


def test_a_close_whose_answer_was_lost_is_found(way: Way) -> None:
    number = way.backend.deliver(opening("with-lost-close"), None).number
    way.lose(way.kind.says, number)

    with pytest.raises(Unknown):
        way.backend.deliver(close("lost-end"), number)

    assert way.proxy.lost.wait(10)
    assert way.backend.find("lost-end", "close", number, LONG_AGO) is not None
    assert read(way.backend, number).case.status is Status.CLOSED


@pytest.mark.parametrize(
    ("way", "request_lost"),
    [
        ("redmine", "POST /uploads.json"),
        ("roundup", "POST /support/rest/data/file"),
        ("roundup", "POST /support/rest/data/msg"),
    ],
    indirect=["way"],
)
def test_what_hangs_on_no_case_yet_may_be_sent_again(
    way: Way, request_lost: str
) -> None:
    number = way.backend.deliver(opening(f"half-{request_lost}"), None).number
    change = file(f"half-file-{request_lost}", b"trace")
    way.lose(request_lost)

    with pytest.raises(Transient):
        way.backend.deliver(change, number, source=io.BytesIO(b"trace"))
    way.backend.deliver(change, number, source=io.BytesIO(b"trace"))

    (there,) = read(way.backend, number).case.attachments
    assert (there.key, there.size) == (change.key, 5)


def test_a_bad_secret_is_no_login_and_is_not_repeated(way: Way) -> None:
    bad = connect(way.name, way.desk, secret="1-35-0123456789abcdef")  # noqa: S106 (made up)

    with pytest.raises(AuthError) as refusal:
        bad.whoami()

    bad.close()
    assert "0123456789abcdef" not in str(refusal.value)


def test_a_set_limit_holds_before_a_byte_leaves(way: Way) -> None:
    small = connect(way.name, way.desk, settings={"max_attachment": "10"})
    number = way.backend.deliver(opening("limited"), None).number

    with pytest.raises(TooLarge):
        small.deliver(file("big", b"x" * 11), number, source=io.BytesIO(b"x" * 11))

    small.close()
    assert read(way.backend, number).case.attachments == ()


def test_a_large_file_goes_up_in_pieces_and_comes_back(way: Way) -> None:
    number = way.backend.deliver(opening("large"), None).number
    content = bytes(range(256)) * (24 * 4096)
    pieces: list[int] = []

    receipt = way.backend.deliver(
        file("large-bytes", content, "näme (1).bin"),
        number,
        source=io.BytesIO(content),
        progress=pieces.append,
    )

    out = io.BytesIO()
    way.backend.download(number, receipt.event_id or "", out)
    assert out.getvalue() == content
    assert pieces == [1024 * 1024] * 24
    assert set(receipt.applied) == {"name", "size"}


def test_what_the_server_has_no_field_for_is_named(way: Way) -> None:
    receipt = way.backend.deliver(opening("fields", severity="high"), None)

    assert set(receipt.applied) == {
        "subject",
        "description",
        "severity",
        "product.name",
    }
    assert set(receipt.ignored) == {"environment.os"}
    case = read(way.backend, receipt.number).case
    assert (case.severity, case.product.name) == ("high", "Press")
    assert case.description == "Since noon.\n\nFrequency: always"
