"""`casecli backup`: a copy of the local storage."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from casecli.cli.wiring import Session

EXAMPLES = ("casecli backup", "casecli backup /mnt/usb/ --with-vault")


def run(
    ctx: typer.Context,
    target: Annotated[
        Path | None,
        typer.Argument(metavar="TARGET", help="A file or folder; else our own folder."),
    ] = None,
    with_vault: Annotated[
        bool,
        typer.Option("--with-vault", help="Copy the tokens' encrypted values too."),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", "-f", help="Overwrite what is there.")
    ] = False,
) -> None:
    """Copy cases, drafts and the outbox into one file while anything may be running.

    The vault stays behind unless asked for: whoever has it and its key can read what
    was scrubbed. Files that wait to be sent are not copied.
    """
    from casecli.cli import keeping

    keeping.backup(Session.of(ctx), target, with_vault=with_vault, force=force)
