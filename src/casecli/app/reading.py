"""Reading the cache: which case is meant, what may be done with it, what stands out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from casecli.domain.errors import BadInput, NotFound
from casecli.domain.policy import Effect, Request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from casecli.app.workplace import Workplace
    from casecli.domain.case import Case
    from casecli.domain.policy import Finding
    from casecli.domain.ports import Store, Vault

LONGEST_NAME = 120
ACTIONS = ("comment", "upload", "escalate", "edit", "close", "cancel", "reopen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Whether an action is possible now; `findings` say why not, or what to mind."""

    action: str
    allowed: bool
    findings: tuple[Finding, ...] = ()


def find_case(store: Store, text: str, profile: str) -> str:
    """Give the ref of a case named by ref, number, `profile:number` or URL.

    Raises:
        BadInput: that is not how a case is named.
        NotFound: no cached case has that name.
    """
    name = case_name(text)
    ref = store.resolve(name, profile)
    if ref is None:
        raise NotFound("case", name, "casecli list --all")
    return ref


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


def permissions(place: Workplace, case: Case) -> tuple[Permission, ...]:
    """Judge every action on a case as far as it can be judged without its details."""
    return tuple(_permission(place, case, action) for action in ACTIONS)


def _permission(place: Workplace, case: Case, action: str) -> Permission:
    findings = tuple(
        each
        for each in place.judge(action, case, Request())
        if each.effect in (Effect.DENY, Effect.WARN)
    )
    denied = any(each.effect is Effect.DENY for each in findings)
    return Permission(action=action, allowed=not denied, findings=findings)


def search(
    store: Store, vault: Vault | None, text: str, limit: int
) -> Sequence[Mapping[str, object]]:
    """Find cases by text; a value that was sent as a token is found by its value."""
    if not text.strip():
        raise BadInput("nothing to search for", "casecli search TEXT")
    tokens = vault.tokens_for(text) if vault else ()
    return store.search((text, *tokens), limit)


def similar(
    store: Store, subject: str, limit: int = 5
) -> Sequence[Mapping[str, object]]:
    """Find cases whose words overlap with a subject, best first."""
    words = [word for word in subject.split() if len(word) > 3]  # noqa: PLR2004
    return store.search(tuple(words), limit) if words else ()
