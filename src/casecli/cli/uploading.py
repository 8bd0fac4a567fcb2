"""Files on their way: where they come from, how they are packed."""

from __future__ import annotations

import shutil
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from casecli.cli import drafting, marking, submitting, texts
from casecli.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from casecli.app.gate import Prepared
    from casecli.cli.submitting import Terms
    from casecli.cli.wiring import Session

STDIN = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What is to be uploaded, and how."""

    case: str
    paths: tuple[str, ...]
    name: str | None
    folder: str | None
    note: str | None
    compress: bool
    split: bool
    keys: tuple[str, ...] = ()

    def digest(self) -> str:
        """Give the digest of what is asked for, which `--key` compares."""
        from casecli.app.filing import intent_digest

        return intent_digest(["upload", asdict(self)])


def prepare(
    session: Session, parcel: Parcel, waive: Sequence[str], key: str | None
) -> Prepared:
    """Scrub and seal the files of a parcel.

    Raises:
        BadInput: a file is not there, or `--name` does not fit.
        ScrubRefused: nothing of it may leave.
    """
    from casecli.app.gate import total_size
    from casecli.domain.errors import ScrubRefused

    if parcel.name is not None and len(parcel.paths) != 1:
        raise BadInput("--name names one file", "upload the files one by one")
    with (
        _paths(session, parcel) as paths,
        session.screen.progress("scrubbing", total_size(paths)) as step,
    ):
        prepared = session.filing.prepare_upload(
            session.place.case(parcel.case),
            paths,
            name=parcel.name,
            folder=parcel.folder,
            note=parcel.note,
            compress=parcel.compress,
            split=parcel.split,
            keys=parcel.keys,
            waivers=texts.waivers(waive),
            key=key,
            progress=step,
        )
    if not prepared.changes:
        reasons = "; ".join(each.error or "" for each in prepared.left_out)
        path = parcel.paths[0]
        raise ScrubRefused(reasons, f'--waive "scrub:{path}=REASON" sends it as it is')
    return prepared


def submit(session: Session, parcel: Parcel, prepared: Prepared, terms: Terms) -> None:
    """Record the files, tick off the to-dos that asked for them, and deliver."""
    from casecli.app import todos

    recorded = submitting.record(session, prepared, terms)
    sealed = [each.path for each in prepared.files if each.sha256 is not None]
    before = marking.todos(session, parcel.case)
    left = todos.without_files(before, parcel.case, sealed)
    if left != before:
        marking.set_todos(session, parcel.case, left)
    submitting.send(session, prepared, recorded, terms)


@contextmanager
def _paths(session: Session, parcel: Parcel) -> Iterator[tuple[str, ...]]:
    """Give the paths to read; standard input is copied to a private file first."""
    if STDIN not in parcel.paths:
        drafting.check_files(parcel.paths)
        yield parcel.paths
        return
    if len(parcel.paths) != 1 or parcel.name is None:
        raise BadInput(
            "standard input needs a --name", "casecli upload CASE - --name NAME"
        )
    if sys.stdin is None or sys.stdin.isatty():
        raise BadInput("standard input is a terminal", "pipe the file in")
    scratch = session.spool.scratch()
    try:
        with scratch.open("wb") as copy:
            shutil.copyfileobj(sys.stdin.buffer, copy)
        if not scratch.stat().st_size:
            raise BadInput("nothing came on standard input")
        yield (str(scratch),)
    finally:
        scratch.unlink(missing_ok=True)
