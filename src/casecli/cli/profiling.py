"""Profiles as data, and what a new one must be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from casecli import settings
from casecli.cli import texts
from casecli.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from casecli.cli.wiring import Session
    from casecli.domain.policy import Policy

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def plain(profile: settings.Profile) -> dict[str, Any]:
    """Give a profile as JSON data."""
    return {
        **profile._asdict(),
        "settings": dict(profile.settings),
        "defaults": dict(profile.defaults),
    }


def add(  # noqa: PLR0913 (what makes a profile)
    session: Session,
    name: str,
    *,
    backend: str,
    url: str,
    policy: str,
    role: str,
    user: str,
    level: str,
    options: Sequence[str],
) -> None:
    """Check and save a profile.

    Raises:
        BadInput: a name, backend, URL or role that cannot be.
        NotFound: there is no such policy.
    """
    from casecli.backends import backend_names

    if not _NAME.fullmatch(name):
        raise BadInput(
            f"{name[:50]!r} is no profile name: lower-case letters and digits"
        )
    if name == settings.IMPORTED.name:
        raise BadInput(f"profile {name!r} is kept for casecli import")
    names = backend_names()
    if backend not in names:
        raise BadInput(f"backend {backend!r} is not one of {', '.join(names)}")
    check_url(url)
    rules = session.load_policy(policy)
    roles = [each.id for each in rules.roles]
    if backend == "desk":
        roles.append("agent")
    if roles and role not in roles:
        raise BadInput(f"role {role!r} is not one of {', '.join(roles)}", "--role ROLE")
    profile = settings.Profile(
        name,
        backend=backend,
        url=url,
        policy=policy,
        role=role,
        user=user,
        level=level,
        settings=dict(texts.pairs(options, "--set")),
    )
    _check_contract(session, rules, profile)
    settings.save_profile(session.settings, profile, name)


def _check_contract(session: Session, rules: Policy, profile: settings.Profile) -> None:
    """Refuse now what every later command would stumble over."""
    from casecli import policies

    policies.actor_of(profile.user, profile.role, profile.level, profile.settings)
    calendar = policies.under_contract(rules, profile.settings).calendar
    if calendar is not None:
        _ = session.now().date() in calendar.public  # an unknown country is told here


def check_url(url: str) -> None:
    """Take https, http to this machine only, and postgresql; never with a password.

    Raises:
        BadInput: anything else.
    """
    if not url:
        return
    parts = urlsplit(url)
    if parts.scheme in ("postgres", "postgresql"):
        from casecli.backends.desk_address import refuse_password

        refuse_password(url)
    if parts.password or (parts.username and parts.scheme != "postgresql"):
        raise BadInput(f"credentials do not belong into a URL: {parts.hostname}")
    local = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if parts.scheme not in ("https", "postgresql") and not local:
        raise BadInput(f"URL {url[:60]!r} is not https")
    if not parts.hostname and parts.scheme != "postgresql":
        raise BadInput(f"URL {url[:60]!r} names no host")
