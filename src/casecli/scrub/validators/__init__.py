"""Second looks at what the expressions marked: checksums, plans, stop lists.

A validator sees the value and up to 40 bytes before and 16 after it on the line, and
answers whether it is really one to replace. One that raises stops the scrub.
"""

from __future__ import annotations

from casecli.scrub.validators import ids, logins, net, numbers, people, scripts, secrets
from casecli.scrub.validators.numbers import e164
from casecli.scrub.validators.registry import Validator, named

__all__ = [
    "Validator",
    "e164",
    "ids",
    "logins",
    "named",
    "net",
    "numbers",
    "people",
    "scripts",
    "secrets",
]
