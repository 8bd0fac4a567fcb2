"""A vendor with a portal, a telephone and a mailbox, and a person who uses them.

Nothing is sent. A change becomes a sheet in the case's folder, its file a copy beside
it, and the receipt says that a person has yet to carry it over. The same change makes
the same sheet again, so nothing is lost or doubled by trying twice.

Options: `mail.to`, `mail.escalate` (where escalations are mailed to), `mail.from`.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, BinaryIO, ClassVar

from casecli.backends import API_VERSION
from casecli.domain.case import Visibility
from casecli.domain.change import AddAttachment, AddComment, Escalate, Receipt
from casecli.domain.errors import (
    BadInput,
    Invalid,
    NotFoundRemote,
    StorageFailed,
    Transient,
    Unsupported,
)
from casecli.domain.handing import Sheet, call_text, sheet_of, sheet_text
from casecli.domain.ports import Capabilities, Identity, Page, Support
from casecli.domain.text import flat_name
from casecli.domain.wire import from_plain, to_plain
from casecli.private_files import whole, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from casecli.backends import BackendOptions
    from casecli.domain.change import AnyChange
    from casecli.domain.handing import Briefing
    from casecli.domain.ports import Snapshot

INDEX = "package.json"
FILES = "files"
CHUNK = 1 << 20
LARGEST_MAILED = 20 * 1024 * 1024
"""A file over this is not put into a mail; few servers take more."""

_REF = re.compile(r"L[1-9][0-9]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A sheet in a case's folder, with the names of its files there; `n` counts up."""

    n: int
    sheet: Sheet
    text: str
    call: str | None = None
    eml: str | None = None
    file: str | None = None


def read_package(folder: Path) -> tuple[Packed, ...]:
    """Read what lies in a case's folder; nothing where it is gone or cannot be read."""
    try:
        data = json.loads((folder / INDEX).read_bytes())
        return tuple(from_plain(Packed, each) for each in data["sheets"])
    except (OSError, ValueError, TypeError, KeyError):
        return ()


def keep_files(root: Path, folder: str, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Keep files below `root`/`folder` by their safe names; again is no harm.

    Raises:
        StorageFailed: they cannot be written.
    """
    place = root / folder
    try:
        if files:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in files.items():
            write_whole(place / name, content, lasting=True)
    except OSError as error:
        raise StorageFailed(f"cannot write {place}: {error.strerror}") from error
    return tuple(place / name for name in files)


class Handoff:
    """The port `Backend` over a folder and a person."""

    api_version: ClassVar[int] = API_VERSION

    def __init__(self, options: BackendOptions) -> None:
        if options.briefing is None:
            raise BadInput("a hand-off needs the vendor's rules to write by")
        self._options = options
        self._brief: Callable[[], Briefing] = options.briefing
        self._folder = options.folder

    def capabilities(self) -> Capabilities:
        """Say that a person does it all; a sheet made twice is the same sheet."""
        return Capabilities(
            dedupe=Support.NATIVE,
            horizon=timedelta(0),
            feeds=Support.NATIVE,
            close_reason=Support.NATIVE,
            fields=Support.NATIVE,
            escalate=Support.NATIVE,
            by_hand=True,
        )

    def whoami(self) -> Identity:
        """Say who the profile says we are; there is nobody to ask."""
        caller = self._brief().caller
        return Identity(
            name=self._options.user,
            email=self._options.settings.get("mail.from"),
            role=self._options.role,
            account=caller.account or None,
        )

    def deliver(
        self,
        change: AnyChange,
        target: str | None,
        version: str | None = None,  # noqa: ARG002 (nobody else writes here)
        source: BinaryIO | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Receipt:
        """Write the sheet of a change, its mail and its call; copy its file."""
        if isinstance(change, AddComment) and change.visibility is Visibility.INTERNAL:
            raise Invalid(
                "a vendor written to by hand has no internal comments",
                f"casecli note {change.case} -m TEXT",
            )
        folder = self._folder_of(change.case)
        try:
            for each in (self._folder, folder):
                each.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._pack(folder, change, target, source, progress)
        except OSError as error:
            raise Transient(f"cannot write {folder}: {error.strerror}") from error
        return Receipt(number=target or "", by_hand=True)

    def find(
        self, key: str, kind: str, target: str | None, since: datetime
    ) -> Receipt | None:
        """Tell whether a sheet was made for a key; never whether anybody used it."""
        del since
        found = self._packed(key)
        if found is None or found[1].sheet.kind != kind:
            return None
        return Receipt(number=target or found[1].sheet.number or "", by_hand=True)

    def fetch(self, number: str, if_version: str | None = None) -> Snapshot | None:
        """Refuse: what the vendor has is told by a person or a mail."""
        del if_version
        raise Unsupported(
            "this vendor can be asked by people only",
            f"casecli track {number} --from reply.eml",
        )

    def changed_since(self, cursor: str | None, limit: int) -> Page:
        """Give nothing, always: no machine can tell."""
        del limit
        return Page(snapshots=(), next=cursor or "")

    def download(self, number: str, attachment: str, out: BinaryIO) -> None:
        """Write the bytes of a file that came by mail, or of one of ours still here."""
        path = self._file_of(number, attachment)
        if path is None:
            raise NotFoundRemote(f"no copy of {attachment[:80]!r} of case {number}")
        with path.open("rb") as source:
            shutil.copyfileobj(source, out, CHUNK)

    def close(self) -> None:
        """Let go of nothing."""

    # --- the package

    def _folder_of(self, ref: str) -> Path:
        if not _REF.fullmatch(ref):
            raise Invalid(f"{ref[:40]!r} is no ref of ours")
        return self._folder / ref

    def _packed(self, key: str) -> tuple[Path, Packed] | None:
        for index in self._folder.glob(f"L*/{INDEX}"):
            for each in read_package(index.parent):
                if each.sheet.change == key:
                    return index.parent, each
        return None

    def _file_of(self, number: str, attachment: str) -> Path | None:
        """Find a file by its id, inside the folder of the case with this number."""
        packed = self._packed(attachment)
        ours = packed is not None and packed[1].file
        wanted = packed[0] / ours if packed and ours else self._folder / attachment
        try:
            path, root = wanted.resolve(), self._folder.resolve()
            ref, *inner = path.relative_to(root).parts
            there = path.is_file()
        except (OSError, ValueError):
            return None
        case = self._brief().case(ref) if _REF.fullmatch(ref) else None
        return path if inner and there and case and case.number == number else None

    def _pack(
        self,
        folder: Path,
        change: AnyChange,
        target: str | None,
        source: BinaryIO | None,
        progress: Callable[[int], None] | None,
    ) -> None:
        package = read_package(folder)
        known = {each.sheet.change: each for each in package}
        before = known.get(change.key)
        n = before.n if before else max((each.n for each in package), default=0) + 1
        file = None
        if isinstance(change, AddAttachment) and source is not None:
            taken = {e.file for e in package if e.sheet.change != change.key}
            file = (before and before.file) or _free_name(change.name, n, taken)
            _copy(source, folder / file, progress)
        where = str(folder / file) if file else ""
        sheet = sheet_of(self._brief(), change, target, where)
        name = f"{n}-{change.kind}"
        text, call, eml = f"{name}.txt", None, None
        write_whole(folder / text, sheet_text(sheet).encode(), lasting=True)
        if sheet.call is not None:
            call = f"{name}.call.txt"
            write_whole(folder / call, call_text(sheet.call).encode(), lasting=True)
        if sheet.mail is not None:
            eml = f"{name}.eml"
            write_whole(
                folder / eml, self._message(change, sheet, folder, file), lasting=True
            )
        packed = Packed(n=n, sheet=sheet, text=text, call=call, eml=eml, file=file)
        rest = [each for each in package if each.sheet.change != change.key]
        sheets = sorted([*rest, packed], key=lambda each: each.n)
        plain = {"sheets": [to_plain(each) for each in sheets]}
        write_whole(folder / INDEX, json.dumps(plain, indent=2).encode(), lasting=True)

    def _message(
        self, change: AnyChange, sheet: Sheet, folder: Path, file: str | None
    ) -> bytes:
        """Build the mail; without an address it opens as a draft all the same."""
        from email.message import EmailMessage
        from email.policy import SMTP
        from email.utils import format_datetime

        assert sheet.mail is not None  # noqa: S101 (its caller looked)
        settings: Mapping[str, str] = self._options.settings
        to = settings.get("mail.to")
        if isinstance(change, Escalate):
            to = settings.get("mail.escalate")
        message = EmailMessage(policy=SMTP)
        heads = {
            "From": settings.get("mail.from"),
            "To": to,
            "Subject": sheet.mail.subject,
            "Date": format_datetime(change.at),
            "Message-ID": f"<{change.key}@casecli.invalid>",
            "X-Unsent": "1",
        }
        for name, value in heads.items():
            if value:
                message[name] = " ".join(value.split())
        body = sheet.mail.body
        small = file is not None and (folder / file).stat().st_size <= LARGEST_MAILED
        if file is not None and not small:
            body += f"\n{change_name(change)} is too large for a mail.\n"
        message.set_content(body)
        if file is not None and small:
            message.add_attachment(
                (folder / file).read_bytes(),
                maintype="application",
                subtype="octet-stream",
                filename=change_name(change),
            )
            message.set_boundary(f"={change.key}=")  # the same sheet, byte for byte
        return message.as_bytes()


def change_name(change: AnyChange) -> str:
    """Give the name of a change's file; empty where it has none."""
    return change.name if isinstance(change, AddAttachment) else ""


def _free_name(name: str, n: int, taken: set[str | None]) -> str:
    flat = flat_name(name, n)
    if f"{FILES}/{flat}" not in taken:
        return f"{FILES}/{flat}"
    stem, dot, suffix = flat.partition(".")
    return f"{FILES}/{stem}-{n}{dot}{suffix}"


def _copy(
    source: BinaryIO, target: Path, progress: Callable[[int], None] | None
) -> None:
    with whole(target) as out:
        while piece := source.read(CHUNK):
            out.write(piece)
            if progress is not None:
                progress(len(piece))
