"""The part of the port `Backend` that is the same over every tracker."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from casecli.backends import API_VERSION
from casecli.backends.tracker_files import wanted
from casecli.backends.tracker_settings import numeric
from casecli.backends.tracker_writing import Writer
from casecli.domain.change import Open

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from casecli.backends import BackendOptions
    from casecli.backends.http import HttpClient
    from casecli.backends.tracker_writing import Tracker
    from casecli.domain.case import Attachment
    from casecli.domain.change import AnyChange, Receipt
    from casecli.domain.ports import Page, Snapshot


AGENT = "agent"


class Reading(Protocol):
    """What a tracker's reader can do."""

    def look(self, number: str) -> Snapshot:
        """Read a case."""
        ...

    def changed_since(self, cursor: str | None, limit: int) -> Page:
        """Read what changed."""
        ...

    def download(self, file: Attachment, out: BinaryIO) -> None:
        """Write a file's bytes."""
        ...


class OverTracker:
    """Delivers, reads, pulls and downloads; the role `agent` is meant literally."""

    api_version: ClassVar[int] = API_VERSION

    def __init__(
        self,
        http: HttpClient,
        reading: Reading,
        tracker: Tracker,
        options: BackendOptions,
        max_attachment: int | None = None,
    ) -> None:
        self._http, self._reading = http, reading
        agent = options.role == AGENT
        self._writer = Writer(tracker, agent=agent, max_attachment=max_attachment)

    @staticmethod
    def checked(number: str) -> str:
        """Give a case's number back; it becomes part of a path."""
        return numeric(number)

    def deliver(
        self,
        change: AnyChange,
        target: str | None,
        version: str | None = None,
        source: BinaryIO | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Receipt:
        """Do one change; a `version` guards edit, close, cancel and reopen.

        Talk since then does not count as a conflict, another change of facts does.
        """
        if isinstance(change, Open):
            return self._writer.open(change)
        number = self.checked(target or "")
        return self._writer.do(change, number, version, source, progress)

    def fetch(self, number: str, if_version: str | None = None) -> Snapshot | None:
        """Read one case; None when it still has `if_version`."""
        snapshot = self._reading.look(self.checked(number))
        return None if snapshot.version == if_version else snapshot

    def changed_since(self, cursor: str | None, limit: int) -> Page:
        """Read by last update; one seen lately is given again only if it changed."""
        return self._reading.changed_since(cursor, max(limit, 1))

    def download(self, number: str, attachment: str, out: BinaryIO) -> None:
        """Write a file's bytes, and compare size and, if ours, digest.

        Raises:
            NotFoundRemote: the case has no such file.
            Transient: other bytes came than were sent.
        """
        snapshot = self._reading.look(self.checked(number))
        self._reading.download(wanted(snapshot, attachment), out)

    def close(self) -> None:
        """Let go of the connection; harmless twice."""
        self._http.close()
