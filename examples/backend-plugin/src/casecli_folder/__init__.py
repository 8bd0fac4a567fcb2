"""Support cases in a folder: one folder a case, one file a change, oldest first.

A case is what its changes fold to, so the folder is the history and the snapshot at
once. A lock in the folder makes each change one step for everybody who shares it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, ClassVar

from casecli.domain.case import Case, Status
from casecli.domain.change import (
    KINDS,
    AddAttachment,
    AddComment,
    EditFields,
    Escalate,
    Open,
    Receipt,
)
from casecli.domain.errors import (
    BadInput,
    Invalid,
    NotFoundRemote,
    Transient,
    VersionConflict,
)
from casecli.domain.folding import fold, with_fields
from casecli.domain.ports import (
    Capabilities,
    Discovery,
    Identity,
    Page,
    Snapshot,
    Support,
)
from casecli.domain.wire import from_plain, to_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from casecli.backends import BackendOptions
    from casecli.domain.change import AnyChange

MEBIBYTE = 1024 * 1024
NOT_BY_EDIT = {"status": "close, cancel and reopen move a case"}


class Folder:
    """A backend; casecli calls it with what the user's profile says."""

    api_version: ClassVar[int] = 1

    def __init__(self, options: BackendOptions) -> None:
        if "path" not in options.settings:
            raise BadInput(
                "the folder is not named",
                hint=f"casecli profile add {options.profile} --backend folder "
                "--set path=FOLDER",
            )
        self._user = options.user
        self._root = Path(options.settings["path"])

    # what it can do, and for whom

    def capabilities(self) -> Capabilities:
        """Say what the folder does by itself, and what it does not."""
        return Capabilities(
            dedupe=Support.NATIVE,
            horizon=timedelta(0),
            feeds=Support.NATIVE,
            escalate=Support.NATIVE,
            close_reason=Support.NATIVE,
            concurrency=Support.NATIVE,
            fields=Support.NATIVE,
        )

    def whoami(self) -> Identity:
        """Say who works here; whoever may write to the folder may be anybody."""
        with self._locked():
            return Identity(name=self._user)

    def discover(self) -> Discovery:
        """Say what there is to choose from; a backend may leave this method out."""
        return Discovery(version="1")

    # writing

    def deliver(
        self,
        change: AnyChange,
        target: str | None,
        version: str | None = None,
        source: BinaryIO | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Receipt:
        """Do one change, once: a key that was seen gives its first receipt again."""
        with self._locked():
            earlier = self._seen(change.key)
            if earlier is not None:
                return self._receipt(*earlier)
            if isinstance(change, Open):
                number = f"F-{len(list(self._root.glob('F-*'))) + 1}"
            else:
                number = self._known(target)
                self._refuse(change, number, version)
            if isinstance(change, AddAttachment):
                self._take(change, number, source, progress)
            return self._write(change, number)

    def _refuse(self, change: AnyChange, number: str, version: str | None) -> None:
        """Say no to what cannot be, before anything is written."""
        history = self._history(number)
        talk = (AddComment, AddAttachment)
        since = int(version) if version else self._sequence()
        facts = [n for n, each in history if not isinstance(each, talk) and n > since]
        if facts and not isinstance(change, talk):
            raise VersionConflict(f"{number} was changed meanwhile", "casecli sync")
        escalation = self._case(number).escalation
        if isinstance(change, Escalate) and escalation and escalation.state.live:
            raise Invalid(f"{number} is escalated already")

    def _write(self, change: AnyChange, number: str) -> Receipt:
        sequence = self._sequence() + 1
        plain = {"kind": change.kind, "change": to_plain(replace(change, case=""))}
        path = self._root / number / f"{sequence:09}.json"
        path.parent.mkdir(exist_ok=True)
        scratch = path.with_suffix(".new")
        scratch.write_text(json.dumps(plain), "utf-8")
        # From here on it is there, with its key, or nothing is.
        scratch.replace(path)
        return self._receipt(number, sequence)

    def _receipt(self, number: str, sequence: int) -> Receipt:
        """Read back what a change did, and name only what is there."""
        history = [each for each in self._history(number) if each[0] <= sequence]
        change, case = history[-1][1], _folded(number, history)
        fields: dict[str, str] = {}
        if isinstance(change, Open):
            fields = {"subject": change.subject, **change.fields}
        elif isinstance(change, EditFields):
            fields = dict(change.fields)
        ignored = {k: NOT_BY_EDIT[k] for k in fields if k in NOT_BY_EDIT}
        told = [k for k in fields if with_fields(case, {k: fields[k]}) == case]
        if isinstance(change, Open) and case.description == change.description:
            told.append("description")
        return Receipt(
            number=number,
            version=str(sequence),
            event_id=change.key,
            applied=tuple(each for each in told if each not in ignored),
            ignored=ignored,
            verified=True,
        )

    def _take(
        self,
        change: AddAttachment,
        number: str,
        source: BinaryIO | None,
        progress: Callable[[int], None] | None,
    ) -> None:
        if source is None:
            raise Invalid(f"{change.name} came without its bytes")
        with self._file(number, change.key).open("wb") as out:
            while piece := source.read(MEBIBYTE):
                out.write(piece)
                if progress is not None:
                    progress(len(piece))

    # reading

    def find(
        self, key: str, kind: str, target: str | None, since: datetime
    ) -> Receipt | None:
        """Look for what a lost answer may have made; keys are kept for ever."""
        del since
        with self._locked():
            seen = self._seen(key, kind)
            if seen is None or target not in (None, seen[0]):
                return None
            return self._receipt(*seen)

    def fetch(self, number: str, if_version: str | None = None) -> Snapshot | None:
        """Read one case; None when it still has `if_version`."""
        with self._locked():
            snapshot = self._snapshot(self._known(number))
        return None if snapshot.version == if_version else snapshot

    def changed_since(self, cursor: str | None, limit: int) -> Page:
        """Read by the folder's own count of changes, which misses nothing."""
        after = int(cursor or 0)
        with self._locked():
            every = [self._snapshot(each.name) for each in self._root.glob("F-*")]
        newer = [each for each in every if int(each.version) > after]
        newer.sort(key=lambda each: int(each.version))
        page = newer[:limit]
        return Page(
            snapshots=tuple(page),
            next=page[-1].version if page else str(after),
            more=len(newer) > limit,
        )

    def download(self, number: str, attachment: str, out: BinaryIO) -> None:
        """Write a file's bytes; one of another case is not found."""
        with self._locked():
            case = self._case(self._known(number))
        if attachment not in [each.id for each in case.attachments]:
            raise NotFoundRemote(f"{number} has no attachment {attachment!r}")
        with self._file(number, attachment).open("rb") as source:
            shutil.copyfileobj(source, out, MEBIBYTE)

    def close(self) -> None:
        """Let go of nothing: every call opens what it needs."""

    # the folder

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            lock = (self._root / ".lock").open("w")
        except OSError as error:
            # Nothing was written yet, so it may simply be tried again.
            raise Transient(f"{self._root}: {error.strerror}") from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _known(self, number: str | None) -> str:
        # A number becomes part of a path, so it is one of ours.
        if number not in [each.name for each in self._root.glob("F-*")]:
            raise NotFoundRemote(f"no case {number!r}", "casecli list")
        return number

    def _history(self, number: str) -> list[tuple[int, AnyChange]]:
        found = []
        for path in sorted((self._root / number).glob("*.json")):
            plain = json.loads(path.read_text("utf-8"))
            change = from_plain(KINDS[plain["kind"]], plain["change"])
            found.append((int(path.stem), change))
        return found

    def _case(self, number: str) -> Case:
        return _folded(number, self._history(number))

    def _snapshot(self, number: str) -> Snapshot:
        history = self._history(number)
        return Snapshot(
            number=number,
            version=str(history[-1][0]),
            case=self._case(number),
            key=history[0][1].key,
        )

    def _sequence(self) -> int:
        every = self._root.glob("F-*/*.json")
        return max((int(each.stem) for each in every), default=0)

    def _seen(self, key: str, kind: str | None = None) -> tuple[str, int] | None:
        """Find the case and the count of the change with this key."""
        for path in self._root.glob("F-*/*.json"):
            plain = json.loads(path.read_text("utf-8"))
            if plain["change"]["key"] == key and kind in (None, plain["kind"]):
                return path.parent.name, int(path.stem)
        return None

    def _file(self, number: str, key: str) -> Path:
        name = hashlib.sha256(key.encode()).hexdigest()
        return self._root / number / f"{name}.bin"


def _folded(number: str, history: list[tuple[int, AnyChange]]) -> Case:
    changes: list[AnyChange] = []
    for _, each in history:
        if isinstance(each, EditFields):
            kept = {k: v for k, v in each.fields.items() if k not in NOT_BY_EDIT}
            changes.append(replace(each, fields=kept))
        else:
            changes.append(each)
    case = fold(None, changes)
    waits = case.status is Status.QUEUED
    status = Status.OPEN if waits else case.status
    return replace(case, number=number, backend="folder", status=status)
