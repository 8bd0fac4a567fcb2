"""`casecli open`: file a case, by flags, from a file, or by answering questions."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.options import (
    AnswerOpt,
    DryRunOpt,
    EditorOpt,
    FileOpt,
    KeepKeysOpt,
    KeyOpt,
    SetOpt,
    WaitOpt,
    WaiveOpt,
    YesOpt,
)
from casecli.cli.wiring import Session

EXAMPLES = (
    "casecli open",
    "casecli open -s 'Calls drop' --severity high --impact '410 agents idle' -F it.md",
    "casecli open --print-template > case.md; casecli open --from case.md",
    "casecli open --from case.md --attach app.log --no-input --json",
    "casecli open --draft L12",
)


def run(
    ctx: typer.Context,
    subject: Annotated[
        str | None, typer.Option("--subject", "-s", help="One line, to the point.")
    ] = None,
    message: Annotated[
        str | None,
        typer.Option("--message", "-m", "-d", metavar="TEXT", help="The description."),
    ] = None,
    file: FileOpt = None,
    editor: EditorOpt = False,
    case_type: Annotated[
        str | None, typer.Option("--type", help="Case type of the policy.")
    ] = None,
    severity: Annotated[
        str | None, typer.Option("--severity", help="Effect on the business.")
    ] = None,
    impact: Annotated[
        str | None,
        typer.Option("--impact", help="Business impact: who cannot do what."),
    ] = None,
    contact: Annotated[
        str | None, typer.Option("--contact", help="Whom to reach: name or e-mail.")
    ] = None,
    contact_phone: Annotated[
        str | None, typer.Option("--contact-phone", help="How to reach them.")
    ] = None,
    cc: Annotated[
        list[str] | None, typer.Option("--cc", help="Who is kept informed; repeatable.")
    ] = None,
    asset: Annotated[
        str | None, typer.Option("--asset", help="Serial number or host concerned.")
    ] = None,
    set_: SetOpt = None,
    answer: AnswerOpt = None,
    attach: Annotated[
        list[str] | None,
        typer.Option("--attach", help="A file, or a folder to pack; repeatable."),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--from", metavar="FILE", help="TOML, JSON or Markdown; - stdin."),
    ] = None,
    print_template: Annotated[
        bool, typer.Option("--print-template", help="Print a form to fill in.")
    ] = False,
    draft: Annotated[
        str | None, typer.Option("--draft", metavar="REF", help="Go on with a draft.")
    ] = None,
    follows: Annotated[
        str | None, typer.Option("--follows", metavar="CASE", help="Continues CASE.")
    ] = None,
    link: Annotated[
        list[str] | None, typer.Option("--link", metavar="CASE", help="Related case.")
    ] = None,
    channel: Annotated[
        str | None, typer.Option("--channel", help="portal, phone or email.")
    ] = None,
    urgent: Annotated[
        bool,
        typer.Option("--urgent", help="Only what is vital now, the rest as to-dos."),
    ] = False,
    keep_keys: KeepKeysOpt = None,
    key: KeyOpt = None,
    wait: WaitOpt = None,
    waive: WaiveOpt = None,
    dry_run: DryRunOpt = False,
    yes: YesOpt = False,
) -> None:
    """Open a case at the vendor.

    Asks for what is missing on a terminal; elsewhere says everything that is missing
    at once and exits 5. What was typed is kept as a draft before anything else. The
    text and every attached file pass the scrub gate; what it approved is sealed, and
    only that is sent. Prints the vendor's case number, or the local ref while queued.

    Support searches by the very values that must not leave: `--keep-keys
    caller=+12025550143` says in the case's text which token stands for it.

    With --urgent only subject, severity and business impact are demanded, and the
    number is there before any file is scrubbed. What else the policy requires, and the
    files until they are on their way, stand as to-dos in `casecli status`.
    """
    from casecli.cli import drafting, submitting, texts
    from casecli.cli import urgent as urgently

    session = Session.of(ctx)
    if print_template:
        from casecli.app.forms import template

        session.screen.write(template(session.policy))
        return
    filled = drafting.with_form(drafting.start(session, draft), form)
    text = texts.gather_text(
        session, message, file, edit=editor, before=filled.description
    )
    filled = drafting.with_flags(
        filled,
        {
            "subject": subject,
            "description": text,
            "type": case_type,
            "severity": severity,
            "impact": impact,
            "asset": asset,
            "channel": channel,
            "follows": None if follows is None else session.number_of(follows),
        },
    )
    links = [session.number_of(each) for each in link or ()]
    filled = drafting.with_lists(
        filled, {"cc": cc, "attach": attach, "links": links, "keys": keep_keys}
    )
    filled = drafting.with_contact(filled, contact, contact_phone)
    given = texts.pairs([*(set_ or ()), *(answer or ())], "--set and --answer")
    filled = drafting.with_values(session, filled, given)
    filled = drafting.with_waivers(filled, texts.waivers(waive or ()))
    filled = drafting.made_urgent(filled, urgent=urgent)
    if dry_run:
        submitting.dry_run(session, drafting.tried(session, filled))
        return
    terms, earlier = submitting.known_intent(
        session, key, drafting.intent(filled), wait
    )
    if earlier is not None:
        submitting.repeat(session, earlier, terms)
        return
    prepared = drafting.ready(session, filled, terms, ask=not yes)
    if filled.urgent:
        urgently.submit(session, prepared, terms)
    else:
        drafting.note_todos(session, prepared)
        submitting.submit(session, prepared, terms)
