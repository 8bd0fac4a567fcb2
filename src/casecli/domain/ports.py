"""What the use cases need from the outside, as protocols the adapters fulfil."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO, ClassVar, Protocol, runtime_checkable

from casecli.domain.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime, timedelta
    from pathlib import Path

    from casecli.domain.case import Call, Case, Draft, Note
    from casecli.domain.change import AnyChange, OutboxItem, OutboxState, Receipt
    from casecli.domain.checklist import Choice
    from casecli.domain.query import CaseQuery


class Conditions(Protocol):
    """Evaluates CEL over flat facts by name; both methods raise `ConditionFailed`."""

    def holds(self, expression: str, facts: Mapping[str, object]) -> bool:
        """Evaluate a condition; anything but a clean true or false is a failure."""
        ...

    def moment(self, expression: str, facts: Mapping[str, object]) -> datetime:
        """Evaluate an `earliest` expression to an aware time."""
        ...


# --- the vendor ----------------------------------------------------------------------


class Support(StrEnum):
    """How a backend does a thing: by itself, by a detour of ours, or not at all."""

    NATIVE = "native"
    EMULATED = "emulated"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a server can do.

    `horizon` is how long after the last send a search for our key must wait before its
    silence proves that nothing arrived; zero where a repeated key is harmless.
    `by_hand`: changes are made ready for a person to carry over, and nothing can be
    asked; a receipt says so too, and its change waits for that person.
    """

    dedupe: Support
    horizon: timedelta
    feeds: Support = Support.EMULATED
    internal_comments: Support = Support.NONE
    attachments: Support = Support.NATIVE
    escalate: Support = Support.EMULATED
    reopen: Support = Support.NATIVE
    close_reason: Support = Support.EMULATED
    edit_severity: Support = Support.NATIVE
    concurrency: Support = Support.NONE
    fields: Support = Support.EMULATED
    by_hand: bool = False
    max_attachment: int | None = None
    severities: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the server says we are."""

    name: str
    email: str | None = None
    role: str | None = None
    account: str | None = None
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A case as the server has it now; its `case.ref` and `case.profile` are empty.

    `version` is the server's own mark of this state; `key` is the key of the `Open`
    that made the case, None where it was not ours.
    """

    number: str
    version: str
    case: Case
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Changed cases after a cursor; `next` is opaque and stored as it is."""

    snapshots: tuple[Snapshot, ...]
    next: str
    more: bool = False


class Backend(Protocol):
    """A vendor's system; every method may raise the `BackendError` tree.

    `deliver` with a key the server has seen returns the first receipt again where
    `capabilities().dedupe` is native. After `Unknown` the caller asks `find` first.
    """

    api_version: ClassVar[int]

    def capabilities(self) -> Capabilities:
        """Say what the server can do; may ask it once."""
        ...

    def whoami(self) -> Identity:
        """Check the credentials and say who they belong to."""
        ...

    def deliver(
        self,
        change: AnyChange,
        target: str | None,
        version: str | None = None,
        source: BinaryIO | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Receipt:
        """Do one change; `target` is the case number, None for an `Open`.

        `progress` is told the size of each piece of `source` as it goes.
        """
        ...

    def find(
        self, key: str, kind: str, target: str | None, since: datetime
    ) -> Receipt | None:
        """Look for what an earlier `deliver` with this key may have made."""
        ...

    def fetch(self, number: str, if_version: str | None = None) -> Snapshot | None:
        """Read one case; None when it still has `if_version`."""
        ...

    def changed_since(self, cursor: str | None, limit: int) -> Page:
        """Read what changed after a cursor, oldest change first; None is the start."""
        ...

    def download(self, number: str, attachment: str, out: BinaryIO) -> None:
        """Write an attachment's bytes to `out`."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


@runtime_checkable
class Resuming(Protocol):
    """A backend that can go on with a file where an earlier try broke off."""

    def download_from(
        self, number: str, attachment: str, offset: int, out: BinaryIO
    ) -> None:
        """Write an attachment's bytes from an offset on to `out`."""
        ...


@runtime_checkable
class Herald(Protocol):
    """A backend that can tell of news at once, so that nobody has to keep asking."""

    def listening(
        self, number: str
    ) -> AbstractContextManager[Callable[[float], float]]:
        """Listen for news of a case from now on.

        Gives what waits until there are some, at most so many seconds, and says how
        many it waited.
        """
        ...


# --- local storage -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a case, for scripts; `seq` is the cursor."""

    seq: int
    at: datetime
    case: str
    number: str | None
    profile: str
    kind: str
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at delivering a change; append only."""

    n: int
    started: datetime
    ended: datetime | None = None
    outcome: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Something that left this machine; append only."""

    at: datetime
    profile: str
    case: str
    number: str | None
    change: str
    kind: str
    destination: str
    sha256: str
    bytes: int
    findings: Mapping[str, int] = field(default_factory=dict)
    waivers: Mapping[str, str] = field(default_factory=dict)


class Store(Protocol):
    """The local file: drafts, outbox, snapshots and what is shown of them.

    Every method that writes is one transaction under the lock, durable on return.
    All raise `StorageFailed` when the file cannot be used.
    """

    # drafts
    def save_draft(self, draft: Draft) -> Draft:
        """Keep a draft, giving it the next ref (`L12`) if it has none yet."""
        ...

    def draft(self, ref: str) -> Draft | None:
        """Read a draft."""
        ...

    def drafts(self) -> tuple[Draft, ...]:
        """Read all drafts, newest first."""
        ...

    def drop_draft(self, ref: str) -> bool:
        """Forget a draft; False if there was none."""
        ...

    def new_ref(self) -> str:
        """Give a local ref that was never given before."""
        ...

    # outbox
    def record(
        self,
        changes: Sequence[AnyChange],
        profile: str,
        now: datetime,
        intent: str | None = None,
    ) -> tuple[OutboxItem, ...]:
        """Queue changes in one transaction, and fold them into the view.

        A change whose key is already recorded is returned as it stands now; with
        other content it raises `Conflicted`. `intent` is the digest of the user's
        arguments under `--key`, which is what is compared then.
        """
        ...

    def recorded(self, key: str) -> OutboxItem | None:
        """Find a change by its key."""
        ...

    def outbox(
        self,
        profile: str | None = None,
        case: str | None = None,
        states: Iterable[OutboxState] | None = None,
    ) -> tuple[OutboxItem, ...]:
        """Read changes in order; by default the ones not settled."""
        ...

    def attempts(self, key: str) -> tuple[Attempt, ...]:
        """Read every try at a change."""
        ...

    def lease(self, case: str, until: datetime, now: datetime) -> bool:
        """Take the right to deliver a case; False while a live process has it."""
        ...

    def release(self, case: str) -> None:
        """Give the right back; harmless if it was not ours."""
        ...

    def pull_lock(self, profile: str) -> AbstractContextManager[bool]:
        """Be the only `sync` that pulls this profile; yields False if another is."""
        ...

    def begin_attempt(self, key: str, now: datetime) -> OutboxItem:
        """Mark a change `sending`, durably, before its first byte."""
        ...

    def settle(
        self,
        key: str,
        state: OutboxState,
        now: datetime,
        *,
        receipt: Receipt | None = None,
        error: str | None = None,
        not_before: datetime | None = None,
    ) -> OutboxItem:
        """Note how a try ended; a delivered open gives its case the number."""
        ...

    def replace_change(self, change: AnyChange, now: datetime) -> OutboxItem:
        """Change the content of a queued change, keeping its key (`outbox edit`)."""
        ...

    # the vendor's view
    def take_in(
        self,
        profile: str,
        snapshots: Sequence[Snapshot],
        now: datetime,
        cursor: str | None = None,
    ) -> tuple[str, ...]:
        """Keep snapshots, refresh views, note events and the cursor; give the refs."""
        ...

    def cursor(self, profile: str) -> str | None:
        """Read how far the last pull came."""
        ...

    def pulled_at(self, profile: str) -> datetime | None:
        """Read when a pull last ended well."""
        ...

    def version(self, ref: str) -> str | None:
        """Read the version of the case's snapshot."""
        ...

    # reading
    def resolve(self, text: str, profile: str) -> str | None:
        """Find the ref for a ref, a number or `profile:number`; this profile first."""
        ...

    def case(self, ref: str, before: int | None = None) -> Case | None:
        """Read a case folded with what is pending, or with changes before a seq."""
        ...

    def vendors_case(self, ref: str) -> Case | None:
        """Read a case as far as the vendor has it: no pending change, no mark of ours.

        None where it has neither told us of one nor taken one from us.
        """
        ...

    def rows(self, query: CaseQuery) -> Sequence[Mapping[str, object]]:
        """Read view rows for `list`."""
        ...

    def search(
        self, texts: Sequence[str], limit: int
    ) -> Sequence[Mapping[str, object]]:
        """Find view rows in which any of the texts occurs, best first."""
        ...

    def counts(self, profile: str | None) -> Mapping[str, int]:
        """Count cases by status and waiting_on, and changes by state, cheaply."""
        ...

    def events(self, after: int, limit: int) -> tuple[Event, ...]:
        """Read events after a cursor."""
        ...

    # our own side
    def annotate(  # noqa: PLR0913 (one argument a mark)
        self,
        ref: str,
        *,
        tags: tuple[str, ...] | None = None,
        note: Note | None = None,
        snoozed_until: datetime | None = None,
        seen_at: datetime | None = None,
        todos: tuple[str, ...] | None = None,
        call: Call | None = None,
        assignee: str | None = None,
    ) -> None:
        """Set our own marks of a case; they are never sent."""
        ...

    # trail
    def audit(self, entry: AuditEntry) -> None:
        """Append to the trail of what left."""
        ...

    def audited(
        self, since: datetime | None, case: str | None
    ) -> tuple[AuditEntry, ...]:
        """Read the trail, oldest first."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class Spool(Protocol):
    """Sealed attachments: bytes by their sha256, written once, read only."""

    def scratch(self) -> Path:
        """Give a fresh private path to write to, inside the spool."""
        ...

    def seal(self, scratch: Path) -> tuple[str, int]:
        """Make a scratch file immutable; give its sha256 and size."""
        ...

    def open(self, sha256: str) -> BinaryIO:
        """Open sealed bytes, having checked them against their name.

        Raises:
            ScrubRefused: the bytes are gone or no longer what was approved.
        """
        ...

    def discard(self, sha256: str) -> None:
        """Delete sealed bytes nobody needs any more."""
        ...


# --- scrubbing -----------------------------------------------------------------------


class CaseVault(Protocol):
    """The tokens of one case; a token, once given, is never given for another value."""

    def secret(self) -> bytes:
        """Give the case's 32-byte token key."""
        ...

    def token(
        self, kind: str, canonical: str, spelling: str, proposals: Callable[[int], str]
    ) -> str:
        """Give the token of a spelling; `proposals(n)` is tried from 0 until free."""
        ...

    def value(self, token: str) -> str | None:
        """Give the spelling behind a token, byte for byte."""
        ...

    def is_token(self, text: str) -> bool:
        """Tell whether a text is a token of this case."""
        ...

    def tokens(self) -> Mapping[str, str]:
        """Give every token with its spelling."""
        ...

    def is_own(self, head: bytes) -> bool:
        """Tell by its first 4 KB whether a file is a vault or this vault's key."""
        ...

    def commit(self) -> None:
        """Make what was added durable now, and let other processes add theirs."""
        ...


class Vault(Protocol):
    """All tokens at rest, encrypted value by value."""

    def case(self, ref: str) -> AbstractContextManager[CaseVault]:
        """Work with one case's tokens; what was added is durable at the exit."""
        ...

    def cases(self) -> tuple[str, ...]:
        """Name the cases that have tokens."""
        ...

    def tokens_for(self, value: str) -> tuple[str, ...]:
        """Find every token, in any case, of values that contain this text."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One replacement, to show: the value stays at home."""

    kind: str
    value: str
    token: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A member of an attachment that does not leave, and why."""

    member: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrubbedText:
    """A text that may leave, and what was replaced in it."""

    text: str
    findings: Mapping[str, int] = field(default_factory=dict)
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrubbedFile:
    """A file that may leave; `nothing_left` when all of it had to stay.

    `went` names the members, or the file, that were waived and go byte for byte.
    """

    name: str
    bytes_in: int
    bytes_out: int
    sha256: str
    findings: Mapping[str, int] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    samples: tuple[Sample, ...] = ()
    nothing_left: bool = False
    waived: bool = False
    went: tuple[str, ...] = ()


class Scrubber(Protocol):
    """Replaces what must not leave; `ScrubRefused` where it cannot vouch for it."""

    @property
    def ruleset(self) -> str:
        """Name the rules in force, so that a report can be told from another."""
        ...

    def text(self, text: str, vault: CaseVault) -> ScrubbedText:
        """Scrub a text and verify the outcome."""
        ...

    def name(self, name: str, vault: CaseVault) -> str:
        """Scrub a file name."""
        ...

    def file(
        self,
        source: Path,
        out: Path,
        vault: CaseVault,
        waived: frozenset[str] = frozenset(),
        progress: Callable[[int], None] | None = None,
    ) -> ScrubbedFile:
        """Scrub a file or folder into `out`; a folder becomes a .tar.gz.

        `waived` names paths (the file, or members inside) that go byte for byte.
        """
        ...

    def legend(
        self, values: Iterable[str], vault: CaseVault
    ) -> tuple[tuple[str, str], ...]:
        """Say which tokens of the case stand for these values: (value, token)."""
        ...

    def unscrub(self, text: str, vault: CaseVault) -> str:
        """Put values back for the case's tokens, byte for byte."""
        ...


# --- people --------------------------------------------------------------------------


class Back(Exception):
    """The person wants the question before; carries what was typed so far, if any."""

    def __init__(self, typed: str = "") -> None:
        super().__init__(typed)
        self.typed = typed


class Prompter(Protocol):
    """Asks a person at a terminal, on stderr; raises `KeyboardInterrupt` on Ctrl-C.

    `step` says where in an interview a question stands ("3 of 7"). Where it is given
    the person may go back, which raises `Back`, and the first argument of
    `KeyboardInterrupt`, if there is one, is what was typed so far.
    """

    def line(
        self,
        question: str,
        *,
        default: str = "",
        help_text: str = "",
        check: Callable[[str], str | None] | None = None,
        step: str = "",
        live: Callable[[str], str] | None = None,
    ) -> str:
        """Ask for one line; `check` gives what is wrong with an answer, or None.

        `live` gives what to show beside an answer while it is typed.
        """
        ...

    def choose(
        self,
        question: str,
        choices: Sequence[Choice],
        *,
        default: str = "",
        help_text: str = "",
        closed: Mapping[str, str] | None = None,
        step: str = "",
    ) -> str:
        """Ask for the id of one choice, each shown with its definition.

        `closed` tells of ids why they cannot be chosen; they are shown all the same.
        """
        ...

    def pick(
        self,
        question: str,
        choices: Sequence[Choice],
        *,
        help_text: str = "",
        step: str = "",
    ) -> tuple[str, ...]:
        """Ask for the ids of any number of choices; none is an answer too."""
        ...

    def text(
        self, question: str, *, default: str = "", help_text: str = "", step: str = ""
    ) -> str:
        """Ask for several lines, in an editor where there is one."""
        ...

    def path(
        self,
        question: str,
        *,
        help_text: str = "",
        check: Callable[[str], str | None] | None = None,
        step: str = "",
    ) -> str:
        """Ask for a file or folder, with completion where there is any; `~` is home."""
        ...

    def confirm(self, question: str, *, default: bool = False) -> bool:
        """Ask yes or no."""
        ...

    def say(self, text: str) -> None:
        """Tell something on the way, folded to the width of the terminal."""
        ...
