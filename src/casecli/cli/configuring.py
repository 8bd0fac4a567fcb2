"""The settings a person may change by hand, checked before they are written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from casecli import settings
from casecli.domain.errors import BadInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from casecli.cli.wiring import Session

KEYS = ("profile", "tokens", "words", "exceptions", "defaults.FIELD")
_LISTS = ("words", "exceptions")
_VIEW = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")
_DEFAULTS = "defaults."


def get(session: Session, key: str) -> tuple[str, ...]:
    """Give the values in force of a setting.

    Raises:
        BadInput: there is no such setting.
        NotFound: the field has no default.
    """
    chosen = session.settings
    if key in chosen.chosen:
        return (chosen.chosen[key].value,)
    if key in _LISTS:
        return chosen.words if key == "words" else chosen.exceptions
    field = _field(key)
    if field not in chosen.defaults:
        raise NotFound("setting", key, f"casecli config set {key} VALUE")
    return (chosen.defaults[field],)


def put(session: Session, key: str, values: Sequence[str]) -> None:
    """Write a setting to the user's config.

    Raises:
        BadInput: no such setting, or no such value of it.
        NotFound: no such profile.
    """
    if key in _LISTS:
        words = [each.strip() for each in values]
        if not all(words):
            raise BadInput(f"one of the {key} is empty")
        settings.save_setting(session.settings, key, words)
        return
    if len(values) != 1:
        raise BadInput(f"{key} takes one value", f"casecli config set {key} VALUE")
    value = values[0]
    if key == "profile":
        session.settings.profile(value)
    elif key == "tokens":
        if value not in ("shaped", "opaque"):
            raise BadInput(f"tokens {value[:40]!r} is not shaped or opaque")
    else:
        _field(key)
    settings.save_setting(session.settings, key, value)


def drop(session: Session, key: str) -> None:
    """Take a setting out of the user's config, so that the default holds again."""
    if key not in ("profile", "tokens", *_LISTS):
        _field(key)
    settings.save_setting(session.settings, key, None)


def save_view(session: Session, name: str, words: Sequence[str]) -> None:
    """Keep the options of a view.

    Raises:
        BadInput: a name nobody can type, or words that `list` does not take.
    """
    from casecli.cli import views

    if not _VIEW.fullmatch(name):
        raise BadInput(f"{name[:50]!r} is no view name: lower-case letters and digits")
    views.meaning(words)
    settings.save_setting(session.settings, f"views.{name}", list(words))


def remove_view(session: Session, name: str) -> None:
    """Forget a view.

    Raises:
        NotFound: there is none of that name.
    """
    _known_view(session, name)
    settings.save_setting(session.settings, f"views.{name}", None)


def show_view(session: Session, name: str) -> None:
    """Show the options of a view."""
    import shlex

    words = _known_view(session, name)
    line = shlex.join(words)
    plain: dict[str, Any] = {"name": name, "options": list(words)}
    session.screen.result(plain, lambda: session.screen.line(line))


def _known_view(session: Session, name: str) -> tuple[str, ...]:
    words = session.settings.views.get(name)
    if words is None:
        raise NotFound("view", name, "casecli config views")
    return words


def _field(key: str) -> str:
    field = key.removeprefix(_DEFAULTS)
    if not key.startswith(_DEFAULTS) or not field.strip():
        raise BadInput(
            f"{key[:40]!r} is not one of {', '.join(KEYS)}", "casecli config list"
        )
    return field
