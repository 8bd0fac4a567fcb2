"""`casecli logout`: forget the token of a profile."""

from __future__ import annotations

import typer

from casecli.cli.wiring import Session

EXAMPLES = ("casecli -p acme logout",)


def run(ctx: typer.Context) -> None:
    """Forget the token of a profile, wherever it was kept."""
    from casecli.cli import signing

    signing.logout(Session.of(ctx))
