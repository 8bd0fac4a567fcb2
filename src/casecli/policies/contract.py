"""A profile's settings about its contract: who asks, and what narrows the policy.

They are for what no vendor's document states and every contract does: support level,
products, accounts, zone and holidays, response targets. A setting nobody makes leaves
the policy as it is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from casecli.domain.calendar import BusinessCalendar, parse_duration
from casecli.domain.checklist import Choice
from casecli.domain.errors import BadInput
from casecli.domain.policy import Actor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import timedelta

    from casecli.domain.policy import FieldSpec, Policy

SETTINGS: Mapping[str, str] = {
    "contract.add_ons": "add-ons of the support level, by id: flex-care",
    "contract.services": "services on top of those of the level, by id",
    "contract.installed": "tools of the vendor in use, by id: lfmt",
    "contract.number": "what the vendor calls the contract, told on the telephone",
    "contract.company": "the company that asks",
    "contract.relationship": "direct, or indirect where a partner stands between",
    "contract.deployment": "cloud or premise, where a case does not say",
    "contract.entitlement": "verified, unverified (so without this) or expired",
    "contract.products": "the products the contract covers; no other is taken",
    "contract.accounts": "END USER=SOLD TO, or END USER alone where both are the same",
    "calendar.zone": "time zone of the vendor's business days: Europe/Berlin",
    "calendar.country": "whose public holidays it keeps, by ISO code: DE-BY",
    "calendar.holidays": "its days off besides: 2026-12-24; 2026-12-31",
    "calendar.workdays": "its days of work: mon; tue; wed; thu; fri",
    "calendar.opens": "when it opens: 08:00",
    "calendar.closes": "when it closes: 18:00",
    "response.SEVERITY": "base response target of a severity: 4h",
    "escalation.CHANNEL": "response target of an escalation by a channel: 2h",
    "closing.no_feedback": "silence of yours after which the vendor closes: 14d",
    "closing.attempts": "attempts to reach you after which it closes: 3",
    "reopen.days": "days in which a closed case may be reopened",
    "attachments.max_bytes": "bytes of the largest file: 10485760",
    "choices.FIELD": "the values the vendor offers for a field, where it names none",
    "phone.NAME": "a telephone number of the vendor",
}
"""Keys of a profile's settings that are the policy's; lists are set apart by `;`."""

_FAMILIES = tuple(sorted({f"{each.partition('.')[0]}." for each in SETTINGS}))
_WORDS = {
    "contract.relationship": ("direct", "indirect"),
    "contract.entitlement": ("verified", "unverified", "expired"),
}


def is_contract_key(key: str) -> bool:
    """Tell whether a profile's setting is about the contract, not for the backend."""
    return key.startswith(_FAMILIES)


def actor_of(name: str, role: str, level: str, settings: Mapping[str, str]) -> Actor:
    """Build who asks from a profile.

    Raises:
        BadInput: a setting has a value it cannot have.
    """
    for key, words in _WORDS.items():
        if settings.get(key, words[0]) not in words:
            raise _wrong(key, settings[key], " or ".join(words))
    return Actor(
        name=name,
        role=role,
        level=level,
        add_ons=_list(settings, "contract.add_ons"),
        services=_list(settings, "contract.services"),
        installed=_list(settings, "contract.installed"),
        company=settings.get("contract.company", ""),
        relationship=settings.get("contract.relationship", ""),
        deployment=settings.get("contract.deployment", "").lower(),
        entitlement=settings.get("contract.entitlement", "unverified"),
    )


def under_contract(policy: Policy, settings: Mapping[str, str]) -> Policy:
    """Narrow a policy to one contract.

    Raises:
        BadInput: a key is unknown, or a value is one it cannot have.
    """
    ours = {key: value for key, value in settings.items() if is_contract_key(key)}
    _check(policy, ours)
    if not ours:
        return policy
    closing, reopen, limits = policy.closing, policy.reopen, policy.attachments
    return replace(
        policy,
        calendar=_calendar(policy, ours),
        severities=tuple(
            replace(each, response=_span(ours, f"response.{each.id}", each.response))
            for each in policy.severities
        ),
        channels=tuple(
            replace(each, response=_span(ours, f"escalation.{each.id}", each.response))
            for each in policy.channels
        ),
        closing=replace(
            closing,
            no_feedback=_span(ours, "closing.no_feedback", closing.no_feedback),
            attempts=_number(ours, "closing.attempts", closing.attempts),
        ),
        reopen=replace(reopen, days=_number(ours, "reopen.days", reopen.days)),
        attachments=replace(
            limits, max_bytes=_number(ours, "attachments.max_bytes", limits.max_bytes)
        ),
        fields=tuple(_field(each, ours) for each in policy.fields),
        phones={**policy.phones, **_family(ours, "phone.")},
    )


def _check(policy: Policy, ours: Mapping[str, str]) -> None:
    names = {
        "response.": {each.id for each in policy.severities},
        "escalation.": {each.id for each in policy.channels},
        "choices.": {each.id for each in policy.fields},
    }
    for key in ours:
        family, _, name = key.partition(".")
        known = names.get(f"{family}.")
        if known is None and (key in SETTINGS or family == "phone"):
            continue
        if known is None or name not in known:
            prefix = f"{family}."
            some = sorted(known or (k for k in SETTINGS if k.startswith(prefix)))
            raise BadInput(
                f"{key} is no setting of policy {policy.id}, "
                f"expected one of {', '.join(some)}",
                "casecli profile show",
            )


def _calendar(policy: Policy, ours: Mapping[str, str]) -> BusinessCalendar | None:
    said = _family(ours, "calendar.")
    if not said:
        return policy.calendar
    from casecli.policies.shape import Misfit, calendar_of

    calendar = policy.calendar or BusinessCalendar()
    try:
        return calendar_of(said, calendar)
    except (Misfit, ValueError) as error:
        key = error.key if isinstance(error, Misfit) else "calendar"
        raise BadInput(f"{key}: {error}", "casecli profile show") from error


def _field(spec: FieldSpec, ours: Mapping[str, str]) -> FieldSpec:
    """Give a field the values that are left: the contract's, else those set for it."""
    offered = _list(ours, f"choices.{spec.id}")
    if offered:
        spec = replace(spec, choices=tuple(_choice(spec, each) for each in offered))
    names = _list(ours, "contract.products")
    pairs = [_pair(each) for each in _list(ours, "contract.accounts")]
    left: tuple[Choice, ...] = ()
    if spec.id == "product.name":
        left = tuple(_choice(spec, each) for each in names)
    elif spec.id in ("accounts.end_user", "accounts.sold_to"):
        left = tuple(_accounts(spec, pairs))
    return replace(spec, open_ended=False, choices=left) if left else spec


def _accounts(spec: FieldSpec, pairs: Iterable[tuple[str, str]]) -> Iterable[Choice]:
    """Give the end users, or the buyers each with the end users it buys for."""
    if spec.id == "accounts.end_user":
        return [Choice(id=name) for name in dict.fromkeys(user for user, _ in pairs)]
    users: dict[str, list[str]] = {}
    for user, buyer in pairs:
        users.setdefault(buyer, []).append(user)
    return [Choice(id=buyer, when=tuple(each)) for buyer, each in users.items()]


def _choice(spec: FieldSpec, name: str) -> Choice:
    known = (each for each in spec.choices if each.is_called(name))
    return next(known, Choice(id=name))


def _pair(text: str) -> tuple[str, str]:
    user, _, buyer = text.partition("=")
    return user.strip(), buyer.strip() or user.strip()


def _family(ours: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {
        key.removeprefix(prefix): value
        for key, value in ours.items()
        if key.startswith(prefix)
    }


def _list(settings: Mapping[str, str], key: str) -> tuple[str, ...]:
    parts = (each.strip() for each in settings.get(key, "").split(";"))
    return tuple(each for each in parts if each)


def _span(ours: Mapping[str, str], key: str, otherwise: str | None) -> str | None:
    if key not in ours:
        return otherwise
    try:
        _ = _read_span(ours[key])
    except ValueError:
        raise _wrong(key, ours[key], "a duration such as 4h") from None
    return ours[key].strip()


def _read_span(text: str) -> timedelta | None:
    return None if text.strip() == "same-business-day" else parse_duration(text)


def _number(ours: Mapping[str, str], key: str, otherwise: int | None) -> int | None:
    if key not in ours:
        return otherwise
    text = ours[key].strip()
    if not (text.isascii() and text.isdigit()):
        raise _wrong(key, text, "a whole number")
    return int(text)


def _wrong(key: str, value: str, expected: str) -> BadInput:
    return BadInput(f"{key} is {value!r}, expected {expected}", "casecli profile show")
