"""What the desk needs of a database: who works here, transactions, and news."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from casecli.backends.desk_records import Person, Records


class Database(Protocol):
    """One desk's database; all raise the `BackendError` tree or `StorageFailed`."""

    def enter(self, claimed: Person) -> Person:
        """Say who works here: whom the database knows, else who they claim to be."""
        ...

    def reading(self) -> AbstractContextManager[Records]:
        """Begin a transaction that sees one state of the desk; keep it short."""
        ...

    def writing(self, key: str) -> AbstractContextManager[Records]:
        """Begin a transaction that writes; commit at the end, undo on any error.

        Two with the same key follow one another.
        """
        ...

    def listening(
        self, number: str
    ) -> AbstractContextManager[Callable[[float], float]]:
        """Listen for news of a case from now on.

        Gives what waits until there are some, at most so many seconds, and says how
        many it waited.
        """
        ...

    def close(self) -> None:
        """Let go of it; harmless twice."""
        ...
