"""What the spellings of one thing have in common."""

from __future__ import annotations

import ipaddress
import re

from casecli.scrub.validators import e164


def canonical_form(kind: str, spelling: str) -> str:
    """Reduce the spellings of one thing to one text."""
    if kind in {"email", "host", "user", "word"}:
        return spelling.lower()
    if kind == "phone":
        return e164(spelling)
    if kind == "mac":
        digits = re.sub(r"[:._-]", "", spelling).lower()
        return ":".join(digits[at : at + 2] for at in range(0, 12, 2))
    if kind in {"card", "iban"}:
        return re.sub(r"[ -]", "", spelling).upper()
    if kind == "ipv6":
        return ipaddress.IPv6Address(spelling).compressed
    return spelling
