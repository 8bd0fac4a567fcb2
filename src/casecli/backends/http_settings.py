"""The settings every tracker over HTTP takes, `--set KEY=VALUE`.

| key | meaning |
| --- | --- |
| `map.severity.ID` | their word for a severity of ours |
| `map.status.WORD` | our status for a status of theirs |
| `field.ID` | their place for a field of ours |
| `horizon`, `overlap` | seconds until a search proves absence, and read twice |
| `ca_bundle`, `client_cert`, `client_key` | files, instead of what the system trusts |
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from casecli.backends.http_site import Auth, Site
from casecli.backends.tracker_settings import FILES, PREFIXES, Given
from casecli.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from casecli.backends import BackendOptions
    from casecli.domain.case import Status

KEYS = frozenset({"horizon", "overlap", *FILES})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerSettings:
    """What a profile says, read; `own` holds the keys of one kind of tracker alone."""

    own: Mapping[str, str]
    severities: Mapping[str, str]
    statuses: Mapping[str, Status]
    fields: Mapping[str, str]
    horizon: timedelta
    overlap: timedelta
    files: Mapping[str, Path]

    def site(
        self,
        options: BackendOptions,
        url: str,
        auth: Callable[[], Auth | None],
        headers: Mapping[str, str],
    ) -> Site:
        """Say how the server is reached."""
        return Site(
            url=url,
            auth=auth,
            clock=options.now,
            headers=headers,
            ca_bundle=self.files.get("ca_bundle"),
            client_cert=self.files.get("client_cert"),
            client_key=self.files.get("client_key"),
        )

    def their_severity(self, ours: str) -> str:
        """Translate a severity; one without a translation goes as it is."""
        return self.severities.get(ours, ours)

    def our_severity(self, theirs: str) -> str:
        """Translate back."""
        return {value: name for name, value in self.severities.items()}.get(
            theirs, theirs
        )


def read_settings(
    options: BackendOptions,
    system: str,
    own: frozenset[str],
    statuses: Mapping[str, Status],
) -> TrackerSettings:
    """Read a profile's settings; `statuses` are the tracker's usual ones, lower case.

    Raises:
        BadInput: one is unknown, or not what it should be.
    """
    given = options.settings
    for key in given:
        if key not in own | KEYS and not key.startswith(PREFIXES):
            every = (*sorted(own | KEYS), *(f"{each}…" for each in PREFIXES))
            raise BadInput(
                f"{key!r} is no setting of {system}; it takes {', '.join(every)}",
                hint=f"casecli profile show {options.profile}",
            )
    read = Given(options=options, tracker=system)
    theirs = {name.lower(): ours for name, ours in read.statuses().items()}
    return TrackerSettings(
        own={key: value for key, value in given.items() if key in own},
        severities=read.under("map.severity."),
        statuses={**statuses, **theirs},
        fields=read.under("field."),
        horizon=read.horizon,
        overlap=read.seconds("overlap", 60),
        files={name: Path(given[name]) for name in FILES if name in given},
    )
