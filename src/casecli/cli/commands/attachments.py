"""`casecli attachments`: list or fetch the files of a case."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from casecli.cli.options import CaseArg
from casecli.cli.wiring import Session

EXAMPLES = (
    "casecli attachments CS-1001",
    "casecli attachments CS-1001 --download fetched/",
)


def run(
    ctx: typer.Context,
    case: CaseArg,
    download: Annotated[
        Path | None,
        typer.Option("--download", metavar="DIR", help="Fetch the files into DIR."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", "-f", help="Overwrite what is there.")
    ] = False,
) -> None:
    """List the files of a case; with --download, fetch them.

    Fetched files keep flat, safe names inside DIR, are checked against their sha256,
    and never overwrite anything without --force. Those there already are not fetched
    again, and a desk's file that broke off is gone on with.
    """
    from casecli.cli import fetching
    from casecli.cli.cells import Column
    from casecli.domain.wire import to_plain

    session = Session.of(ctx)
    found = session.place.case(session.case_ref(case))
    rows: list[dict[str, Any]] = [to_plain(each) for each in found.attachments]
    if download is not None:
        rows = fetching.fetch(session, found, download, force=force)
    columns = (
        Column(key="name", title="name", shrinks=True),
        Column(key="size", title="bytes"),
        Column(key="at", title="when", time=True),
        Column(key="author", title="by"),
        Column(key="sha256", title="sha256", shrinks=True),
        *((Column(key="path", title="fetched to"),) if download else ()),
    )
    session.screen.items(rows, columns, now=session.now(), empty="no files here")
