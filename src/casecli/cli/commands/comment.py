"""`casecli comment`: say something in a case."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.options import (
    CaseArg,
    ChannelOpt,
    DryRunOpt,
    EditorOpt,
    FileOpt,
    KeepKeysOpt,
    KeyOpt,
    MessageOpt,
    WaitOpt,
    WaiveOpt,
    YesOpt,
)
from casecli.cli.wiring import Session
from casecli.domain.case import Feed, Visibility

EXAMPLES = (
    "casecli comment CS-1001 -m 'Restarted at 14:05, same error'",
    "journalctl -u proxy --since -5m | casecli comment CS-1001 -F -",
    "casecli comment L3 -e --attach trace.log",
)


def run(
    ctx: typer.Context,
    case: CaseArg,
    message: MessageOpt = None,
    file: FileOpt = None,
    editor: EditorOpt = False,
    feed: Annotated[
        Feed, typer.Option("--feed", help="Which conversation it belongs to.")
    ] = Feed.CASE,
    internal: Annotated[
        bool,
        typer.Option("--internal", help="For your own side, where it is possible."),
    ] = False,
    attach: Annotated[
        list[str] | None, typer.Option("--attach", help="A file or folder; repeatable.")
    ] = None,
    draft: Annotated[
        str | None, typer.Option("--draft", metavar="REF", help="Send a kept text.")
    ] = None,
    channel: ChannelOpt = "portal",
    keep_keys: KeepKeysOpt = None,
    key: KeyOpt = None,
    wait: WaitOpt = None,
    waive: WaiveOpt = None,
    dry_run: DryRunOpt = False,
    yes: YesOpt = False,  # noqa: ARG001 (a comment asks nothing)
) -> None:
    """Add a comment to a case, scrubbed and judged like everything that leaves.

    The text comes from -m, a file, standard input (`-F -`) or your editor, which opens
    by itself on a terminal. If it cannot be recorded it is kept as a draft.
    """
    from casecli.cli import commenting, submitting

    session = Session.of(ctx)
    ref = session.case_ref(case)
    remark = commenting.Remark(
        case=ref,
        text=commenting.words(session, case, message, file, draft, edit=editor),
        feed=feed,
        visibility=Visibility.INTERNAL if internal else Visibility.PUBLIC,
        attach=tuple(attach or ()),
        channel=channel,
        draft=draft,
        keys=tuple(keep_keys or ()),
    )
    terms, earlier = submitting.known_intent(session, key, remark.digest(), wait)
    if earlier is not None:
        submitting.repeat(session, earlier, terms)
        return
    with commenting.text_kept(session, remark):
        prepared = commenting.prepare(session, remark, waive or (), terms.key)
        if dry_run:
            submitting.dry_run(session, prepared)
            return
        recorded = submitting.record(session, prepared, terms)
    submitting.send(session, prepared, recorded, terms)
