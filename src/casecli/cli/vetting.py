"""A new profile is tried before it is saved: the way, the login, what is there."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from casecli.cli.signing import known_token, token_for_new
from casecli.domain.errors import (
    AuthError,
    BadInput,
    NotFoundRemote,
    NotLoggedIn,
    PermissionDenied,
    StorageFailed,
)
from casecli.domain.ports import Discovering, Discovery, Identity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from casecli.cli.wiring import Session
    from casecli.domain.errors import BackendError
    from casecli.settings import Profile

MOST_SHOWN = 12
HERE = ("desk", "handoff")  # on this machine where no address says otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Vetted:
    """A profile as it may be saved; `who` is None where nobody could log in.

    `token` is what it was tried with, if that is not kept anywhere yet.
    """

    profile: Profile
    checked: str
    who: Identity | None = None
    found: Discovery = field(default_factory=Discovery)
    token: str | None = field(default=None, repr=False)

    def plain(self) -> dict[str, Any]:
        """Give what was found as JSON data."""
        return {
            "profile": self.profile.name,
            "checked": self.checked,
            "name": self.who.name if self.who else None,
            "version": self.found.version,
            "settings": dict(self.profile.settings),
            "severities": list(self.found.severities),
            "fields": dict(self.found.fields),
        }


def vet(session: Session, profile: Profile, token: str | None) -> Vetted:
    """Try a profile; what must still be chosen is asked for, or listed.

    Raises:
        BackendError: the server cannot be reached, or does not let us in.
        BadInput: something must be chosen and nobody can be asked.
    """
    if profile.backend in HERE and not profile.url:
        return Vetted(profile=profile, checked="nothing to reach")
    known = token or known_token(session, profile.name)
    # First the way, so that nobody types a secret for an address that is wrong.
    if not known and _asks_who_we_are(session, profile):
        token = token_for_new(session, profile.name)
        if token is None:
            return Vetted(profile=profile, checked="reached")
    try:
        who, found = _looked(session, profile, token)
    except (PermissionDenied, StorageFailed) as error:
        if profile.backend != "desk":
            raise
        # It let us in: the owner of a desk is nobody there, or has yet to make it.
        session.screen.warn(str(error))
        return Vetted(profile=profile, checked="logged in", token=token)
    while found.choices:
        profile = _chosen(session, profile, found.choices)
        who, found = _looked(session, profile, token)
    return Vetted(
        profile=profile, checked="logged in", who=who, found=found, token=token
    )


def _asks_who_we_are(session: Session, profile: Profile) -> bool:
    """Reach a server without a token; False where it knows us all the same."""
    if profile.url.startswith("http"):
        from casecli.backends import reached

        reached(session.options_of(profile))
        return True
    try:
        with closing(session.connect_to(profile)) as backend:
            backend.whoami()
    except (AuthError, NotLoggedIn):
        return True
    except (PermissionDenied, StorageFailed):
        return False  # it let us in; what it says then is said by the next try
    return False


def say(session: Session, vetted: Vetted) -> None:
    """Tell what is there, and how to name it in the profile."""
    screen, found, name = session.screen, vetted.found, vetted.profile.name
    backend = vetted.profile.backend
    if vetted.who is not None:
        version = f", version {found.version}" if found.version else ""
        screen.notice(f"{backend} knows you as {vetted.who.name}{version}")
    if found.severities:
        screen.notice(
            f"severities there: {_some(found.severities)}; name yours with "
            "--set map.severity.ID=THEIRS"
        )
    if found.fields:
        known = [
            each if each == what else f"{each} ({what})"
            for each, what in found.fields.items()
        ]
        screen.notice(f"fields there: {_some(known)}; use one with --set field.ID=IT")
    if vetted.checked == "reached":
        screen.notice(
            f"{vetted.profile.url} answers; log in with casecli -p {name} login"
        )


def _looked(
    session: Session, profile: Profile, token: str | None
) -> tuple[Identity, Discovery]:
    add = f"casecli profile add {profile.name} …"
    try:
        with closing(session.connect_to(profile, token)) as backend:
            who = backend.whoami()
            if not isinstance(backend, Discovering):
                return who, Discovery()
            return who, backend.discover()
    except AuthError as error:
        raise AuthError(
            _not_saved(profile, error), f"{add} with another token"
        ) from error
    except NotFoundRemote as error:
        raise NotFoundRemote(_not_saved(profile, error), f"{add} --url URL") from error


def _not_saved(profile: Profile, error: BackendError) -> str:
    from casecli.cli.checkup import in_words

    why = in_words(error)
    lead = "" if why == str(error) else "its server "
    return f"profile {profile.name} is not saved: {lead}{why}"


def _chosen(
    session: Session, profile: Profile, choices: Mapping[str, tuple[str, ...]]
) -> Profile:
    settings = dict(profile.settings)
    for name, values in choices.items():
        given = settings.get(name)
        if not values:
            raise BadInput(
                f"{name} {given!r} is not there, and no other is shown to you"
            )
        if not session.interactive:
            raise BadInput(
                f"{name} {given!r} is not there; it has {_some(values)}"
                if given
                else f"{name} must be chosen; there are {_some(values)}",
                f"--set {name}=VALUE",
            )
        settings[name] = _asked(session, name, values, given)
    return profile._replace(settings=settings)


def _asked(
    session: Session, name: str, values: tuple[str, ...], given: str | None
) -> str:
    from casecli.domain.checklist import Choice

    if given:
        session.prompter.say(f"{name} {given!r} is not there.")
    return session.prompter.choose(
        f"Which {name.replace('_', ' ')}?",
        [Choice(id=each) for each in values],
        default=values[0] if len(values) == 1 else "",
    )


def _some(names: tuple[str, ...] | list[str]) -> str:
    more = len(names) - MOST_SHOWN
    shown = ", ".join(names[:MOST_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown
