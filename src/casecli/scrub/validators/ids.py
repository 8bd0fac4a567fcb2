"""Ids of accounts and agents."""

from __future__ import annotations

import re

from casecli.scrub.validators.logins import user
from casecli.scrub.validators.placeholders import MASKED, NOT_SECRET
from casecli.scrub.validators.registry import validator


@validator
def filled(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take anything but placeholders."""
    word = value.strip().lower()
    return word not in NOT_SECRET and not MASKED.fullmatch(value.strip())


@validator
def identifier(value: bytes, before: bytes, after: bytes) -> bool:
    """Take ids: something with a digit in it, and not nil."""
    return filled(value, before, after) and bool(
        re.search(rb"[1-9]|(?i:[a-z]).*\d|\d.*(?i:[a-z])", value)
    )


@validator
def account_number(value: bytes, before: bytes, after: bytes) -> bool:
    """Take what somebody is registered under: an id, not a date."""
    return _DATE.match(value) is None and identifier(value, before, after)


@validator
def account_or_name(value: bytes, before: bytes, after: bytes) -> bool:
    """Take an id, or the name of a storage account by its field."""
    if re.search(rb"(?i)account-?name[ =][\"']?$", before):
        return filled(value, before, after)
    return account_number(value, before, after)


_DATE = re.compile(rb"(?:19|20)\d\d[-/ ][01]?\d(?:[-/ ][0-3]?\d)?(?!\d)")


@validator
def agent(value: bytes, before: bytes, after: bytes) -> bool:
    """Take an id of two characters or more, or the login of an agent."""
    if len(value) > 1 and filled(value, before, after) and re.search(rb"\d", value):
        return True  # all digits are 0 here, see `Rule.alike`
    login = re.fullmatch(
        rb"[a-z]{4,}(?:[._\-][a-z]+)*|[a-z]{1,3}[._][a-z]{3,}|[A-Z]\.[A-Z][a-z]+", value
    )
    return login is not None and user(value, before, after) and filled(value, b"", b"")
