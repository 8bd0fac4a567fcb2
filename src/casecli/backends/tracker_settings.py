"""What the profiles of trackers have in common: `--set KEY=VALUE`, read.

| key | meaning | default |
| --- | --- | --- |
| `field.ID` | their field for a field of ours | none |
| `map.severity.ID` | their value for a severity of ours | the tracker's own |
| `map.status.WORD` | our status for a status of theirs | the tracker's own |
| `max_attachment` | bytes | no limit |
| `horizon`, `overlap` | seconds | 120, 30 |
| `ca_bundle`, `client_cert`, `client_key` | files | the system's |
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from casecli.backends.http_site import Site
from casecli.domain.case import Status
from casecli.domain.errors import (
    AuthError,
    BadInput,
    NotFoundRemote,
    NotLoggedIn,
    PermissionDenied,
)
from casecli.domain.folding import with_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from casecli.backends import BackendOptions
    from casecli.backends.http_site import Auth
    from casecli.domain.case import Case

T = TypeVar("T")
FILES = ("ca_bundle", "client_cert", "client_key")
KEYS = frozenset({"max_attachment", "horizon", "overlap", *FILES})
# Where a workflow has no such status, the next best that means much the same.
INSTEAD: Mapping[Status, tuple[Status, ...]] = {
    Status.OPEN: (Status.IN_PROGRESS, Status.WAITING_ON_CUSTOMER),
    Status.CANCELLED: (Status.CLOSED,),
}
PREFIXES = ("field.", "map.severity.", "map.status.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The names a tracker gives to what we speak of.

    `severities` leads from ours to theirs, `statuses` from theirs to ours.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    severities: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, Status] = field(default_factory=dict)

    @property
    def ours(self) -> tuple[Status, ...]:
        """The statuses of ours that have a word there."""
        return tuple(dict.fromkeys(self.statuses.values()))

    def their_statuses(self, ours: Status) -> tuple[str, ...]:
        """Give their words for a status, the user's before the tracker's."""
        return tuple(
            reversed([name for name, each in self.statuses.items() if each is ours])
        )

    def ways_to(self, ours: Status, known: Mapping[str, T]) -> Iterator[T]:
        """Give what `known` has for our status, by lower-case name, the best first."""
        for each in (ours, *INSTEAD.get(ours, ())):
            for name in self.their_statuses(each):
                if name.lower() in known:
                    yield known[name.lower()]

    def status(self, theirs: str, *, ends: bool = False) -> Status:
        """Translate a status back; an unknown one is open unless it `ends` a case."""
        unknown = Status.CLOSED if ends else Status.OPEN
        return self.statuses.get(theirs.lower(), unknown)

    def their_severity(self, ours: str) -> str:
        """Translate a severity; one without a translation goes as it is."""
        return self.severities.get(ours, ours)

    def our_severity(self, theirs: str) -> str:
        """Translate back, whatever the case of the letters."""
        ours = {name.lower(): each for each, name in self.severities.items()}
        return ours.get(theirs.lower(), theirs)

    def filled(
        self, case: Case, values: Mapping[str, str], own: Collection[str]
    ) -> Case:
        """Put their fields into a case; those of `own` have a place already."""
        ours = {theirs: name for name, theirs in self.fields.items()}
        for name, value in values.items():
            if name in ours:
                case = with_fields(case, {ours[name]: value})
            elif name not in own:
                case = replace(case, fields={**case.fields, name: value})
        return case


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The settings of one profile, checked for keys `tracker` does not know."""

    options: BackendOptions
    tracker: str

    @classmethod
    def checked(
        cls, options: BackendOptions, tracker: str, keys: frozenset[str]
    ) -> Given:
        """Take a profile's settings.

        Raises:
            BadInput: one is neither common to trackers nor among `keys`.
        """
        known = KEYS | keys
        for key in options.settings:
            if key not in known and not key.startswith(PREFIXES):
                names = ", ".join((*sorted(known), *(f"{each}…" for each in PREFIXES)))
                raise BadInput(
                    f"{key!r} is no setting of {tracker}; it takes {names}",
                    hint=f"casecli profile show {options.profile}",
                )
        return cls(options=options, tracker=tracker)

    def text(self, name: str, default: str) -> str:
        """Read a setting."""
        return self.options.settings.get(name, default)

    def number(self, name: str) -> int | None:
        """Read a whole number; None where it is not set.

        Raises:
            BadInput: it is none.
        """
        text = self.options.settings.get(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdecimal()):
            raise BadInput(f"{name} is a number, not {text!r}")
        return int(text)

    def seconds(self, name: str, default: int) -> timedelta:
        """Read a span of time; raises as `number` does."""
        found = self.number(name)
        return timedelta(seconds=default if found is None else found)

    @property
    def horizon(self) -> timedelta:
        """How long a request may still be under way."""
        return self.seconds("horizon", 120)

    @property
    def overlap(self) -> timedelta:
        """How far before the last change a pull looks again."""
        return self.seconds("overlap", 30)

    def under(self, prefix: str) -> dict[str, str]:
        """Give the settings whose name begins so, without the beginning."""
        return {
            key.removeprefix(prefix): value
            for key, value in self.options.settings.items()
            if key.startswith(prefix)
        }

    def statuses(self) -> dict[str, Status]:
        """Read `map.status`.

        Raises:
            BadInput: one is mapped to no status of ours.
        """
        try:
            found = self.under("map.status.").items()
            return {theirs: Status(ours) for theirs, ours in found}
        except ValueError as error:
            names = ", ".join(Status)
            raise BadInput(f"map.status: {error}; it takes {names}") from error

    def words(
        self, statuses: Mapping[str, Status], severities: Mapping[str, str]
    ) -> Words:
        """Read the tracker's words; those given here hold where it says nothing."""
        named = {theirs.lower(): ours for theirs, ours in self.statuses().items()}
        return Words(
            fields=self.under("field."),
            severities={**severities, **self.under("map.severity.")},
            statuses={**statuses, **named},
        )

    def site(
        self,
        url: str,
        auth: Callable[[str], Auth],
        headers: Mapping[str, str] | None = None,
    ) -> Site:
        """Say how the server is reached; `auth` makes a header of the token."""
        options = self.options
        files = {
            name: Path(options.settings[name])
            for name in FILES
            if name in options.settings
        }
        return Site(
            url=url,
            auth=lambda: auth(token_of(options)),
            clock=options.now,
            headers=headers or {},
            ca_bundle=files.get("ca_bundle"),
            client_cert=files.get("client_cert"),
            client_key=files.get("client_key"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What every tracker's profile says, read; `url` is that of the web pages."""

    words: Words
    url: str
    site: Site
    max_attachment: int | None
    horizon: timedelta
    overlap: timedelta


def token_of(options: BackendOptions) -> str:
    """Look the secret up.

    Raises:
        AuthError: there is none, or it cannot be read.
    """
    try:
        token = options.token()
    except NotLoggedIn as error:
        raise AuthError(error.message, error.hint) from error
    if not token:
        raise AuthError(
            f"there is no token for profile {options.profile!r}",
            hint=f"casecli login --profile {options.profile} --token-stdin",
        )
    return token


@contextmanager
def shown(number: str) -> Iterator[None]:
    """Read a case; what is forbidden to us is not there."""
    try:
        yield
    except PermissionDenied as error:
        raise NotFoundRemote(
            f"no case {number} is shown to us", hint="casecli list"
        ) from error


def numeric(number: str) -> str:
    """Give a case number back; it becomes part of a path and of a query.

    Raises:
        NotFoundRemote: it is not a plain whole number.
    """
    if not (number.isascii() and number.isdecimal()) or len(number) > 18:  # noqa: PLR2004 (63 bits)
        raise NotFoundRemote(f"{number!r} is not a case's number", hint="casecli list")
    return number
