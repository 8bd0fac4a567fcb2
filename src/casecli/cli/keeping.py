"""Copies of what is kept: the storage as a whole, and cases as lines of JSON."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casecli.domain.errors import BadInput, Conflicted, StorageFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from casecli.cli.wiring import Session
    from casecli.domain.case import Case

OVERWRITE = "--force overwrites it"


def backup(
    session: Session, target: Path | None, *, with_vault: bool, force: bool
) -> None:
    """Copy the storage, and the vault's file beside it if asked.

    Raises:
        Conflicted: something is there already.
        StorageFailed: it cannot be read or written.
    """
    where = _place_for(session, target)
    vault = where.with_name(f"{where.stem}.vault.db")
    _ensure_free([where, *([vault] if with_vault else [])], force=force)
    session.store.backup(where)
    plain: dict[str, Any] = {"path": str(where), "vault": None}
    if with_vault and session.vault_exists:
        from casecli.store.file import copy_database

        copy_database(session.data / "vault.db", vault)
        plain["vault"] = str(vault)
    screen = session.screen
    screen.result(plain, lambda: screen.line(str(where)))
    if plain["vault"]:
        screen.warn(
            f"{vault} holds the real values behind the tokens, encrypted; "
            f"they open with the key in {session.vault.where()}, which is not copied"
        )
    waiting = [e for e in session.store.outbox() if e.change.kind == "attachment"]
    if waiting:
        screen.warn(f"{len(waiting)} files that wait to be sent are not in the copy")


def _place_for(session: Session, target: Path | None) -> Path:
    name = f"casecli-{session.now():%Y%m%dT%H%M%SZ}.db"
    if target is None:
        folder = session.data / "backups"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StorageFailed(f"cannot use {folder}: {error.strerror}") from error
        return folder / name
    return target / name if target.is_dir() else target


def _ensure_free(paths: Iterable[Path], *, force: bool) -> None:
    for path in paths:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise Conflicted(f"{path} is no file to write over")
        if path.exists() and not force:
            raise Conflicted(f"{path} is there already", OVERWRITE)


def export(
    session: Session, refs: Iterable[str] | None, target: Path | None, *, force: bool
) -> None:
    """Write cases as lines of JSON, one a case, to a private file or to the screen.

    Raises:
        Conflicted: the file is there already.
        StorageFailed: it cannot be written.
    """
    lines = _lines(session, refs if refs is not None else _every(session))
    if target is None:
        for line in lines:
            session.screen.write(line)
        return
    _ensure_free([target], force=force)
    count = _write(target, lines)
    plain = {"path": str(target), "cases": count}
    session.screen.result(plain, lambda: session.screen.line(str(target)))
    session.screen.notice(f"{count} cases")


def _every(session: Session) -> Iterator[str]:
    from casecli.domain.query import CaseQuery

    query = CaseQuery(
        profile=session.options.profile, ended=True, sort="ref", limit=None
    )
    return (str(row["ref"]) for row in session.store.rows(query))


def _lines(session: Session, refs: Iterable[str]) -> Iterator[str]:
    from casecli.cli.casefile import case_plain

    for ref in refs:
        yield json.dumps(case_plain(session.case(ref))) + "\n"


def _write(target: Path, lines: Iterable[str]) -> int:
    scratch = target.with_name(f".{target.name[:100]}.part-{os.getpid()}")
    count = 0
    try:
        with scratch.open("x", encoding="ascii") as out:
            scratch.chmod(0o600)
            for line in lines:
                out.write(line)
                count += 1
            out.flush()
            os.fsync(out.fileno())
        scratch.replace(target)
    except OSError as error:
        raise StorageFailed(f"cannot write {target}: {error.strerror}") from error
    finally:
        scratch.unlink(missing_ok=True)
    return count


def take_over(session: Session, name: str) -> None:
    """Take exported cases into the read-only profile of imported ones, all or none.

    Raises:
        BadInput: a line is no case.
    """
    from casecli.cli import texts
    from casecli.domain.ports import Snapshot
    from casecli.settings import IMPORTED
    from casecli.store.codec import digest, dump_case

    found = [
        _case(name, at, line)
        for at, line in enumerate(texts.read_lines(name), 1)
        if line.strip()
    ]
    snapshots: dict[str, Snapshot] = {}
    fresh = 0
    for case in found:
        number, known = _free_number(session, case, snapshots)
        fresh += not known
        bare = replace(
            case,
            ref="",
            profile="",
            number=number,
            pending=(),
            timers=(),
            todos=(),
            snoozed_until=None,
        )
        version = digest(dump_case(bare))
        snapshots[number] = Snapshot(number=number, version=version, case=bare)
    refs = session.store.take_in(
        IMPORTED.name, tuple(snapshots.values()), session.now()
    )
    plain = {"profile": IMPORTED.name, "cases": list(refs), "new": fresh}
    screen = session.screen
    screen.result(plain, lambda: screen.line("\n".join(refs)) if refs else None)
    screen.notice(f"{len(refs)} cases, {fresh} new; casecli list -p {IMPORTED.name}")


def _case(name: str, at: int, line: str) -> Case:
    from casecli.app.reading import case_name
    from casecli.domain.case import Case
    from casecli.domain.wire import from_plain

    try:
        case = from_plain(Case, json.loads(line))
    except (ValueError, RecursionError) as error:
        raise BadInput(f"line {at} of {name} is no case: {error}") from error
    if not (case.number or case.ref):
        raise BadInput(f"line {at} of {name} is no case: it has no number")
    if case.number is None:
        label = f"{case.profile or 'case'}-{case.ref}"
        case = replace(case, number=case_name(label))
    case_name(case.number or "")
    return case


def _free_number(
    session: Session, case: Case, taken: dict[str, Any]
) -> tuple[str, bool]:
    """Give the number a case has here, and whether the case was known by it.

    Two vendors may use the same number; when a case was opened tells them apart.
    """
    from casecli.settings import IMPORTED

    profile, plain = IMPORTED.name, case.number or ""
    number, n = plain, 1
    while True:
        there: Case | None = None
        if number in taken:
            there = taken[number].case
        elif ref := session.store.resolve(f"{profile}:{number}", profile):
            there = session.store.case(ref)
        same = there is not None and (there.backend, there.opened_at) == (
            case.backend,
            case.opened_at,
        )
        if there is None or same:
            return number, same
        n += 1
        number = f"{plain}.{n}"
