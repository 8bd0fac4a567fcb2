"""Vendors' systems by name: ours first, then what other packages register.

A backend is a class called with `BackendOptions`; it fulfils `domain.ports.Backend`.
Third parties name theirs under the entry-point group `casecli.backends`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from casecli.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from casecli.domain.handing import Briefing
    from casecli.domain.ports import Backend

API_VERSION = 1
GROUP = "casecli.backends"
BUILT_IN: Mapping[str, str] = {
    "desk": "casecli.backends.desk:Desk",
    "handoff": "casecli.backends.handoff:Handoff",
    "rt": "casecli.backends.request_tracker:RequestTracker",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendOptions:
    """What a profile says about its vendor's system, secrets left out.

    `folder` is where a backend may keep files of its own; `settings` holds the
    `--set KEY=VALUE` options only this backend understands. `token` looks the secret
    up when it is first needed, which may be slow; `now` is the caller's clock.
    `briefing` gives what a person needs to know who does the machine's part.
    """

    profile: str
    url: str
    user: str
    role: str
    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    token: Callable[[], str | None] = field(default=lambda: None, repr=False)
    now: Callable[[], datetime] | None = field(default=None, repr=False)
    briefing: Callable[[], Briefing] | None = field(default=None, repr=False)


def backend_names() -> tuple[str, ...]:
    """List every name `open_backend` takes, built-in and installed, sorted."""
    from importlib.metadata import entry_points

    return tuple(sorted({*BUILT_IN, *entry_points(group=GROUP).names}))


def open_backend(name: str, options: BackendOptions) -> Backend:
    """Load and build a backend; a built-in wins over an installed one of its name.

    Raises:
        BadInput: no backend has this name, it cannot be loaded, or it was written
            for another version of the contract.
    """
    kind = _load(name)
    spoken = getattr(kind, "api_version", None)
    if spoken != API_VERSION:
        raise BadInput(
            f"backend {name!r} speaks version {spoken} of the backend contract, "
            f"this casecli version {API_VERSION}",
            hint="casecli doctor",
        )
    backend: Backend = kind(options)
    return backend


def _load(name: str) -> Any:  # a class, or any callable with an api_version
    if name in BUILT_IN:
        from importlib import import_module

        module, _, attribute = BUILT_IN[name].partition(":")
        return getattr(import_module(module), attribute)
    from importlib.metadata import entry_points

    found = tuple(entry_points(group=GROUP, name=name))
    if not found:
        raise BadInput(
            f"no backend {name!r}; known are {', '.join(backend_names())}",
            hint="casecli profile add --help",
        )
    try:
        return found[0].load()
    except (ImportError, AttributeError) as error:
        raise BadInput(
            f"backend {name!r} is installed but cannot be loaded: {error}",
            hint="casecli doctor",
        ) from error
