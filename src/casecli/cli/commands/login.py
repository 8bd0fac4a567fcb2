"""`casecli login`: keep the token of a profile."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.wiring import Session

EXAMPLES = (
    "casecli -p acme login",
    "pass show acme | casecli -p acme login --token-stdin",
)


def run(
    ctx: typer.Context,
    token_stdin: Annotated[
        bool, typer.Option("--token-stdin", help="Read the token from standard input.")
    ] = False,
    insecure_storage: Annotated[
        bool,
        typer.Option(
            "--insecure-storage", help="Keep it in a file of yours (0600), no keyring."
        ),
    ] = False,
) -> None:
    """Keep the token of a profile in the system's keyring, and try it.

    The token is asked for without being shown, or read from standard input; it is never
    an argument. In CI set CASECLI_TOKEN or CASECLI_TOKEN_FILE instead of logging in.
    """
    from casecli.cli import signing

    signing.login(Session.of(ctx), stdin=token_stdin, insecure=insecure_storage)
