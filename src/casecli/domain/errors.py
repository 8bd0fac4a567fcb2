"""What can go wrong, as facts: one lower-case sentence, a hint to type, an exit code.

`CaseError` is the root. `kind` is the word scripts match on in JSON. The errors a
backend may raise stand at the end; `Transient` and `Unknown` differ in one thing that
matters most: after `Unknown` a byte may have reached the vendor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from casecli.domain.policy import Finding


class CaseError(Exception):
    """Anything casecli tells its user instead of a traceback."""

    kind = "error"
    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def findings(self) -> Sequence[Finding]:
        """The policy findings behind a refusal; empty for everything else."""
        return ()

    def __str__(self) -> str:
        return self.message


class BadInput(CaseError):
    """Something typed, read or configured cannot be used."""

    kind = "usage"
    exit_code = 2


class NotFound(CaseError):
    """There is no such case, profile, policy, draft or change."""

    kind = "not-found"
    exit_code = 3

    def __init__(self, what: str, name: str, hint: str = "") -> None:
        super().__init__(f"no {what} {name!r}", hint)
        self.what, self.name = what, name


class NotLoggedIn(CaseError):
    """No usable credentials."""

    kind = "not-logged-in"
    exit_code = 4


class Refused(CaseError):
    """Refused here, before any network call, with every finding at once."""

    kind = "refused"
    exit_code = 5

    def __init__(
        self, action: str, findings: Sequence[Finding], hint: str = ""
    ) -> None:
        count = len(findings)
        what = findings[0].message if count == 1 else f"{count} findings"
        super().__init__(f"{action} refused: {what}", hint)
        self.action = action
        self._findings = tuple(findings)

    @property
    def findings(self) -> Sequence[Finding]:
        """All findings that refuse, in the policy's order."""
        return self._findings


class ScrubRefused(CaseError):
    """The scrub gate cannot vouch for what would leave the machine."""

    kind = "scrub"
    exit_code = 5


class Conflicted(CaseError):
    """The same thing was asked for differently, or waits for a human decision."""

    kind = "conflict"
    exit_code = 6


class RemoteRejected(CaseError):
    """The vendor said no to a change."""

    kind = "rejected"
    exit_code = 7


class NotDelivered(CaseError):
    """Recorded safely, not delivered yet; `casecli sync` will settle it."""

    kind = "not-delivered"
    exit_code = 8


class PartlyDone(CaseError):
    """Some items went through and some did not; each is listed."""

    kind = "partly-done"
    exit_code = 9


class Unreachable(CaseError):
    """The vendor cannot be reached and nothing was recorded."""

    kind = "unreachable"
    exit_code = 10


class StorageFailed(CaseError):
    """Local storage is damaged, newer than we are, full, read-only or locked."""

    kind = "storage"
    exit_code = 11


class BackendError(CaseError):
    """A backend could not do what was asked; adapters translate into its children."""

    kind = "backend"
    exit_code = 7


class AuthError(BackendError):
    """The server does not accept our credentials."""

    kind = "not-logged-in"
    exit_code = 4


class PermissionDenied(BackendError):
    """The server knows us and forbids it."""

    kind = "permission"


class NotFoundRemote(BackendError):
    """The server has no such case or attachment, or hides it from us."""

    kind = "not-found"
    exit_code = 3


class Invalid(BackendError):
    """The server refuses the values."""

    kind = "rejected"


class VersionConflict(BackendError):
    """The case changed at the server since our snapshot."""

    kind = "conflict"
    exit_code = 6


class RateLimited(BackendError):
    """The server asks for patience; `retry_at` is the earliest moment, never a cap.

    People hear of it where something was read: a change that has to wait is queued.
    """

    kind = "rate-limited"
    exit_code = 10

    def __init__(self, message: str, retry_at: datetime | None = None) -> None:
        when = "in a while"
        if retry_at is not None:
            from casecli.domain.calendar import format_time

            when = f"after {format_time(retry_at.replace(microsecond=0))}"
        super().__init__(message, f"the same again {when}")
        self.retry_at = retry_at


class TooLarge(BackendError):
    """An attachment is over the server's limit in bytes."""

    kind = "too-large"

    def __init__(self, message: str, limit: int) -> None:
        super().__init__(message)
        self.limit = limit


class Unsupported(BackendError):
    """This server cannot do that at all."""

    kind = "unsupported"


class Transient(BackendError):
    """Nothing left the machine, so trying again is safe."""

    kind = "unreachable"
    exit_code = 10


class Unknown(BackendError):
    """The request was sent and its answer lost: reconcile before any retry."""

    kind = "unknown"
    exit_code = 8
