"""`casecli whoami`: who the vendor takes you for."""

from __future__ import annotations

import typer

from casecli.cli.wiring import Session

EXAMPLES = ("casecli whoami", "casecli -p support whoami --json")


def run(ctx: typer.Context) -> None:
    """Say who you are to the vendor, and what your role may do there.

    Asks the vendor unless --offline; the role and its rights are the policy's.
    """
    session = Session.of(ctx)
    profile, policy = session.profile, session.policy
    role = policy.role(profile.role)
    plain = {
        "profile": profile.name,
        "backend": profile.backend,
        "policy": policy.id,
        "name": session.user,
        "role": profile.role,
        "may": list(role.may) if role else [],
        "account": None,
        "confirmed": False,
    }
    if not session.offline:
        backend = session.backend
        found, asked = backend.whoami(), not backend.capabilities().by_hand
        plain |= {"name": found.name, "account": found.account, "confirmed": asked}
    session.screen.result(plain, lambda: session.screen.pairs(list(plain.items())))
