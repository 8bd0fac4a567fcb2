"""What a push tells of itself."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from casecli.app.delivery import Delivery
from casecli.backends import BackendOptions
from casecli.backends.desk import Desk
from casecli.domain.change import AddAttachment
from casecli.domain.errors import ScrubRefused
from casecli.store.spool import FileSpool
from casecli.store.sqlite import SqliteStore
from tests.workplace import MONDAY, OPENING, workplace

FILE = AddAttachment(
    key="k2", case="L1", at=MONDAY, name="app.log", sha256="0" * 64, size=1
)


def test_a_push_does_not_tell_of_a_file_that_an_earlier_one_refused(
    tmp_path: Path,
) -> None:
    options = BackendOptions(
        profile="live", url="", user="ann", role="customer", folder=tmp_path / "desk"
    )
    with (
        closing(Desk(options)) as desk,
        closing(SqliteStore(tmp_path / "casecli.db")) as store,
    ):
        spool = FileSpool(tmp_path / "spool")
        work = workplace(store, spool, tmp_path, lambda: MONDAY)
        store.record((OPENING, FILE), "live", MONDAY)
        delivery = Delivery(
            place=work, destination="live", connect=lambda: desk, pause=lambda _: None
        )

        first, second = delivery.push(), delivery.push()

    assert isinstance(first.refused, ScrubRefused)
    assert second.refused is None
