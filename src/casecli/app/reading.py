"""Reading the cache: which case is meant, and which cases hold a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casecli.domain.errors import BadInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from casecli.domain.ports import Store, Vault

LONGEST_NAME = 120


def find_case(store: Store, text: str, profile: str) -> str:
    """Give the ref of a case named by ref, number, `profile:number` or URL.

    Raises:
        BadInput: that is not how a case is named.
        NotFound: no cached case has that name.
    """
    name = case_name(text)
    ref = store.resolve(name, profile)
    if ref is None:
        raise no_case(store, name)
    return ref


def number_of(store: Store, text: str, profile: str) -> str:
    """Give a case as the vendor names it; one that is not cached stays as typed.

    Raises:
        BadInput: that is not how a case is named.
    """
    name = case_name(text)
    ref = store.resolve(name, profile)
    case = store.case(ref) if ref else None
    return (case.number if case else None) or name


def no_case(store: Store, name: str) -> NotFound:
    """Say that no case has this name; a draft that has it is what to go on with."""
    draft = store.draft(name) if name[:1] == "L" and name[1:].isdecimal() else None
    way = "casecli list --all" if draft is None else f"casecli open --draft {name}"
    return NotFound("case", name, way)


def case_name(text: str) -> str:
    """Give the name of a case inside what was typed or pasted.

    Raises:
        BadInput: empty, too long, or with characters no vendor puts in a number.
    """
    name = text.strip()
    if name.startswith(("http://", "https://")):
        name = (
            name.rstrip("/").replace("?id=", "/").replace("=", "/").rpartition("/")[2]
        )
    odd = any(not (c.isalnum() or c in "-_.:#") for c in name)
    if not name or len(name) > LONGEST_NAME or odd or name[0] in "-." or ".." in name:
        raise BadInput(f"{text[:40]!r} is not a case id", "casecli list")
    return name.removeprefix("#")


def search(
    store: Store, vault: Vault | None, text: str, limit: int
) -> Sequence[Mapping[str, object]]:
    """Find cases by text; a value that was sent as a token is found by its value.

    Raises:
        BadInput: there is no text.
    """
    if not text.strip():
        raise BadInput("nothing to search for", "casecli search TEXT")
    tokens = vault.tokens_for(text) if vault else ()
    return store.search((text, *tokens), limit)


def similar(store: Store, subject: str, limit: int) -> Sequence[Mapping[str, object]]:
    """Find cases whose words overlap with a subject, best first."""
    words = [word for word in subject.split() if len(word) > 3]  # noqa: PLR2004
    return store.search(tuple(words), limit) if words else ()
