"""Saved views: the options of `list` under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from casecli.cli.plain_words import parse
from casecli.domain.errors import BadInput, NotFound
from casecli.domain.query import PAGE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from casecli.cli.wiring import Session

_DEFAULTS = {"sort": "updated", "limit": PAGE}


def with_view(session: Session, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Lay what was typed over the view that was asked for, if one was.

    Raises:
        NotFound: there is no view of that name.
        BadInput: the view holds what `list` does not take.
    """
    given = {
        name: value
        for name, value in typed.items()
        if value not in (None, False, [], ()) and value != _DEFAULTS.get(name)
    }
    name = given.pop("view", None)
    if name is None:
        return given
    words = session.settings.views.get(name)
    if words is None:
        raise NotFound("view", str(name), "casecli config views")
    return {**meaning(words), **given}


def meaning(words: Sequence[str]) -> dict[str, Any]:
    """Understand the words of a view.

    Raises:
        BadInput: `list` does not take them.
    """
    understood = parse(["list", *words])
    plain = parse(["list"])
    if understood is None or plain is None:
        raise BadInput(
            f"casecli list does not take {' '.join(words)[:80]!r}",
            "casecli list --help",
        )
    _, given, common = understood
    if common != plain[2] or "view" in given:
        raise BadInput(
            "a view holds filters of list, no common options and no other view",
            "casecli list --help",
        )
    return given
