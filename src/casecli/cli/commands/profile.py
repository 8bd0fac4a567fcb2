"""`casecli profile`: one profile = backend + URL + policy + role + defaults."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from casecli.cli.options import SetOpt, YesOpt
from casecli.cli.wiring import Session

EXAMPLES = (
    "casecli profile list",
    "casecli profile add support --backend desk --role agent",
    "pass show acme | casecli profile add acme --backend rt --url URL --token-stdin",
    "casecli profile use support",
)
app = typer.Typer(help="Vendors you work with: backend, URL, policy, role, defaults.")

NameArg = Annotated[str, typer.Argument(metavar="NAME", help="The profile's name.")]


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """List the profiles; the chosen one is marked."""
    from casecli.cli import profiling
    from casecli.cli.cells import Column

    session = Session.of(ctx)
    chosen = session.profile.name
    rows: list[dict[str, Any]] = [
        {**profiling.plain(each), "chosen": each.name == chosen}
        for each in session.settings.profiles.values()
    ]
    columns = (
        Column(key="name", title="profile"),
        Column(key="backend", title="backend"),
        Column(key="url", title="url", shrinks=True),
        Column(key="policy", title="policy"),
        Column(key="role", title="role"),
        Column(key="chosen", title="chosen"),
    )
    session.screen.items(rows, columns)


@app.command()
def show(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="By default the chosen one.")
    ] = None,
) -> None:
    """Show a profile, and why it is the chosen one."""
    from casecli.cli import profiling

    session = Session.of(ctx)
    profile = session.settings.profile(name) if name else session.profile
    plain = profiling.plain(profile)
    plain["origin"] = session.settings.chosen["profile"].origin
    session.screen.result(plain, lambda: session.screen.pairs(list(plain.items())))


@app.command()
def add(
    ctx: typer.Context,
    name: NameArg,
    backend: Annotated[str, typer.Option("--backend", help="Code for the vendor.")],
    url: Annotated[
        str, typer.Option("--url", help="Where the vendor's system is.")
    ] = "",
    policy: Annotated[
        str, typer.Option("--policy", help="The vendor's rules.")
    ] = "generic",
    role: Annotated[
        str, typer.Option("--role", help="Who you are there.")
    ] = "customer",
    user: Annotated[str, typer.Option("--user", help="Your name there.")] = "",
    level: Annotated[str, typer.Option("--level", help="Support level.")] = "",
    set_: SetOpt = None,
    check: Annotated[
        bool, typer.Option("--check/--no-check", help="Try it before it is saved.")
    ] = True,
    token_stdin: Annotated[
        bool,
        typer.Option("--token-stdin", help="Log in too, with the token piped in."),
    ] = False,
    insecure_storage: Annotated[
        bool,
        typer.Option(
            "--insecure-storage", help="Keep the token in a file of yours (0600)."
        ),
    ] = False,
) -> None:
    """Add or replace a profile; --set gives the backend's own options.

    The server is tried first: whether it answers, its certificate, and, with a token,
    the login and what is there to choose from. A profile that does not work is not
    saved, unless with --no-check or --offline.
    """
    from casecli.cli import profiling, signing

    session = Session.of(ctx)
    profiling.add(
        session,
        name,
        backend=backend,
        url=url,
        policy=policy,
        role=role,
        user=user,
        level=level,
        options=set_ or (),
        check=check,
        token=signing.piped() if token_stdin else None,
        insecure=insecure_storage,
    )


@app.command()
def use(ctx: typer.Context, name: NameArg) -> None:
    """Make a profile the default."""
    from casecli import settings

    session = Session.of(ctx)
    settings.choose_profile(session.settings, name)
    session.screen.notice(f"{name} is the default profile now")


@app.command()
def remove(ctx: typer.Context, name: NameArg, yes: YesOpt = False) -> None:
    """Remove a profile; its cached cases stay."""
    from casecli import settings
    from casecli.cli.confirming import confirm
    from casecli.domain.errors import BadInput

    session = Session.of(ctx)
    session.settings.profile(name)
    if name == "local":
        raise BadInput("profile 'local' is built in and stays")
    confirm(session, f"remove profile {name}?", yes=yes)
    settings.save_profile(session.settings, None, name)
    session.screen.notice(f"profile {name} is gone")
