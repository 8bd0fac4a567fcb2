"""`casecli desk`: the support side of our own desk."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from casecli.cli.options import CaseArg, EditorOpt, FileOpt, MessageOpt
from casecli.cli.wiring import Session
from casecli.domain.case import Feed

EXAMPLES = (
    "casecli profile add support --backend desk --role agent",
    "casecli -p support desk reply CS-1001 -m 'Please send the proxy log'",
    "casecli -p support desk wait CS-1001 --on customer -m 'Waiting for the log'",
    "casecli -p owner desk migrate",
)
app = typer.Typer(help="Work cases from the support side of our own desk (role agent).")
escalation = typer.Typer(help="Answer an escalation.")
app.add_typer(escalation, name="escalation")


class DeskRole(StrEnum):
    """What somebody may do at a team's desk."""

    CUSTOMER = "customer"
    READ_ONLY = "read-only"
    AGENT = "agent"


class WaitOn(StrEnum):
    """Whose move it is now."""

    CUSTOMER = "customer"
    THIRD_PARTY = "third-party"


@app.command()
def reply(
    ctx: typer.Context,
    case: CaseArg,
    message: MessageOpt = None,
    file: FileOpt = None,
    editor: EditorOpt = False,
    feed: Annotated[
        Feed, typer.Option("--feed", help="Which conversation.")
    ] = Feed.CASE,
    internal: Annotated[
        bool, typer.Option("--internal", help="Among agents only.")
    ] = False,
    attach: Annotated[
        Path | None, typer.Option("--attach", help="Hand over a file with it.")
    ] = None,
) -> None:
    """Say something to the customer, or among agents with --internal."""
    from casecli.cli import agency

    session = Session.of(ctx)
    number = session.number_of(case)
    text = agency.text(session, message, file, edit=editor)
    agent, now = agency.agent(session), session.now()
    receipt = agent.reply(number, text, feed, internal=internal, now=now)
    if attach is not None:
        with agency.opened(attach) as source:
            agent.attach(number, attach.name, source, now=now)
    agency.done(session, "reply", receipt)


@app.command()
def assign(
    ctx: typer.Context,
    case: CaseArg,
    to: Annotated[str, typer.Option("--to", help="Who works on it.")],
) -> None:
    """Give the case to somebody."""
    from casecli.cli import agency

    session = Session.of(ctx)
    number = session.number_of(case)
    receipt = agency.agent(session).assign(number, to, now=session.now())
    agency.done(session, "assign", receipt)


@app.command()
def wait(
    ctx: typer.Context,
    case: CaseArg,
    on: Annotated[WaitOn, typer.Option("--on", help="Whose move it is.")],
    message: MessageOpt = None,
    file: FileOpt = None,
    editor: EditorOpt = False,
) -> None:
    """Wait for the customer or a third party, and say for what."""
    from casecli.cli import agency

    session = Session.of(ctx)
    number = session.number_of(case)
    text = agency.text(session, message, file, edit=editor)
    receipt = agency.agent(session).wait(number, on.value, text, now=session.now())
    agency.done(session, "wait", receipt)


@app.command()
def ask(
    ctx: typer.Context,
    case: CaseArg,
    message: MessageOpt = None,
    file: FileOpt = None,
    editor: EditorOpt = False,
) -> None:
    """Give the customer an action item: a trace to send, a hotfix to try."""
    from casecli.cli import agency

    session = Session.of(ctx)
    number = session.number_of(case)
    text = agency.text(session, message, file, edit=editor)
    receipt = agency.agent(session).action_item(number, text, now=session.now())
    agency.done(session, "ask", receipt)


@app.command()
def done(ctx: typer.Context, case: CaseArg) -> None:
    """Tick off the action items the customer was given."""
    from casecli.cli import agency

    session = Session.of(ctx)
    number = session.number_of(case)
    receipt = agency.agent(session).items_done(number, now=session.now())
    agency.done(session, "done", receipt)


@app.command()
def resolve(
    ctx: typer.Context,
    case: CaseArg,
    message: MessageOpt = None,
    file: FileOpt = None,
    editor: EditorOpt = False,
) -> None:
    """Say how it was solved; the customer closes it."""
    from casecli.cli import agency

    session = Session.of(ctx)
    number = session.number_of(case)
    text = agency.text(session, message, file, edit=editor)
    receipt = agency.agent(session).resolve(number, text, now=session.now())
    agency.done(session, "resolve", receipt)


@app.command()
def close(
    ctx: typer.Context,
    case: CaseArg,
    reason: Annotated[str, typer.Option("--reason", help="Why it ends.")] = "resolved",
) -> None:
    """Close the case."""
    from casecli.cli import agency

    session = Session.of(ctx)
    number = session.number_of(case)
    receipt = agency.agent(session).close(number, reason, now=session.now())
    agency.done(session, "close", receipt)


@app.command()
def severity(
    ctx: typer.Context,
    case: CaseArg,
    level: Annotated[str, typer.Argument(metavar="LEVEL", help="What was agreed.")],
) -> None:
    """Set the severity both sides agreed on."""
    from casecli.cli import agency

    session = Session.of(ctx)
    number = session.number_of(case)
    receipt = agency.agent(session).severity(number, level, now=session.now())
    agency.done(session, "severity", receipt)


@escalation.command()
def accept(
    ctx: typer.Context,
    case: CaseArg,
    owner: Annotated[str, typer.Option("--owner", help="Who owns it from now.")],
) -> None:
    """Take the escalation on."""
    from casecli.cli import agency

    session = Session.of(ctx)
    number = session.number_of(case)
    receipt = agency.agent(session).escalation_accept(number, owner, now=session.now())
    agency.done(session, "escalation accept", receipt)


@escalation.command()
def reject(
    ctx: typer.Context,
    case: CaseArg,
    message: MessageOpt = None,
    process: Annotated[str, typer.Option("--process", help="What to do instead.")] = "",
) -> None:
    """Turn the escalation down, with reasons and the way to go instead."""
    from casecli.cli import agency

    session = Session.of(ctx)
    number = session.number_of(case)
    text = agency.text(session, message, None, edit=False)
    agent = agency.agent(session)
    receipt = agent.escalation_reject(number, text, process, now=session.now())
    agency.done(session, "escalation reject", receipt)


@escalation.command("close")
def close_escalation(
    ctx: typer.Context, case: CaseArg, message: MessageOpt = None
) -> None:
    """End the escalation, saying how."""
    from casecli.cli import agency

    session = Session.of(ctx)
    number = session.number_of(case)
    text = agency.text(session, message, None, edit=False)
    agent = agency.agent(session)
    receipt = agent.escalation_close(number, text, now=session.now())
    agency.done(session, "escalation close", receipt)


@app.command()
def migrate(ctx: typer.Context) -> None:
    """Make a team's desk in PostgreSQL, or bring it to this version (its owner does).

    Harmless when repeated; a desk made by a newer casecli is left alone. Prints the
    version.
    """
    from casecli.cli import desk_owning

    desk_owning.migrate(Session.of(ctx))


@app.command()
def admit(
    ctx: typer.Context,
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="At PostgreSQL.")],
    account: Annotated[
        str, typer.Option("--account", help="Whose cases they see; a vendor's: any.")
    ],
    role: Annotated[
        DeskRole, typer.Option("--role", help="What they may do.")
    ] = DeskRole.CUSTOMER,
    name: Annotated[
        str, typer.Option("--name", help="Their name on what they write.")
    ] = "",
    email: Annotated[str | None, typer.Option("--email", help="To reach them.")] = None,
    password_stdin: Annotated[
        bool,
        typer.Option("--password-stdin", help="Set the password, from standard input."),
    ] = False,
) -> None:
    """Let a login work a team's desk, in one role (its owner does).

    Makes the login where there is none. Admitting again changes account, role, name.
    """
    from casecli.cli import desk_owning

    desk_owning.admit(
        Session.of(ctx),
        login,
        account=account,
        role=role.value,
        name=name,
        email=email,
        password_stdin=password_stdin,
    )


@app.command()
def dismiss(
    ctx: typer.Context,
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="At PostgreSQL.")],
) -> None:
    """Shut a team's desk to a login; what they wrote stays (its owner does)."""
    from casecli.cli import desk_owning

    desk_owning.dismiss(Session.of(ctx), login)


@app.command()
def people(ctx: typer.Context) -> None:
    """List who may work a team's desk (its owner does)."""
    from casecli.cli import desk_owning

    desk_owning.people(Session.of(ctx))
