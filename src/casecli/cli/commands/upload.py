"""`casecli upload`: scrub files, then attach them."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.options import (
    CaseArg,
    DryRunOpt,
    KeepKeysOpt,
    KeyOpt,
    WaitOpt,
    WaiveOpt,
    YesOpt,
)
from casecli.cli.wiring import Session

EXAMPLES = (
    "casecli upload CS-1001 app.log traces/",
    "kubectl logs proxy-0 | casecli upload CS-1001 - --name proxy-0.log",
    "casecli upload L3 screen.png --waive 'scrub:screen.png=shows no personal data'",
)


def run(
    ctx: typer.Context,
    case: CaseArg,
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Files, folders, or -.")
    ],
    name: Annotated[
        str | None, typer.Option("--name", help="What to call it; needed with -.")
    ] = None,
    folder: Annotated[
        str | None, typer.Option("--folder", help="The vendor's folder for it.")
    ] = None,
    note: Annotated[
        str | None, typer.Option("--note", help="What the file shows.")
    ] = None,
    compress: Annotated[
        bool, typer.Option("--compress", help="Send it as .gz.")
    ] = False,
    split: Annotated[
        bool,
        typer.Option("--split", help="Cut it into parts the vendor takes."),
    ] = False,
    keep_keys: KeepKeysOpt = None,
    key: KeyOpt = None,
    wait: WaitOpt = None,
    waive: WaiveOpt = None,
    dry_run: DryRunOpt = False,
    yes: YesOpt = False,  # noqa: ARG001 (an upload asks nothing)
) -> None:
    """Scrub files and attach them to a case; folders are packed to .tar.gz.

    A file that cannot be scrubbed is left out and listed (exit 9; exit 5 if nothing is
    left); waive the gate for one path with `--waive scrub:PATH=REASON`, and it goes
    byte for byte. What was approved is sealed, and only that is sent.

    `--keep-keys` puts the tokens of values to search by into the note.
    """
    from casecli.cli import submitting, uploading

    session = Session.of(ctx)
    parcel = uploading.Parcel(
        case=session.case_ref(case),
        paths=tuple(paths),
        name=name,
        folder=folder,
        note=note,
        compress=compress,
        split=split,
        keys=tuple(keep_keys or ()),
    )
    terms, earlier = submitting.known_intent(session, key, parcel.digest(), wait)
    if earlier is not None:
        submitting.repeat(session, earlier, terms)
        return
    prepared = uploading.prepare(session, parcel, waive or (), terms.key)
    if dry_run:
        submitting.dry_run(session, prepared)
        return
    uploading.submit(session, parcel, prepared, terms)
