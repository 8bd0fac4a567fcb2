"""`casecli list`: cached cases, filtered; never the network."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.listing import list_cases
from casecli.cli.wiring import Session
from casecli.domain.query import PAGE

EXAMPLES = (
    "casecli list",
    "casecli list --status waiting-on-customer --severity high,critical",
    "casecli list --stale 3d --json --fields number,subject",
    "casecli list --escalatable --severity high",
    "casecli config view mine -- --mine --status open; casecli list --view mine",
)


def _words(name: str, what: str) -> typer.models.OptionInfo:
    return typer.Option(f"--{name}", metavar="VALUE", help=f"{what}; repeat or commas.")  # type: ignore[no-any-return] # typer says Any


def run(
    ctx: typer.Context,
    status: Annotated[list[str] | None, _words("status", "Our word for it")] = None,
    severity: Annotated[list[str] | None, _words("severity", "Severity")] = None,
    case_type: Annotated[list[str] | None, _words("type", "Case type")] = None,
    owner: Annotated[list[str] | None, _words("owner", "The vendor's owner")] = None,
    contact: Annotated[list[str] | None, _words("contact", "Our contact")] = None,
    waiting_on: Annotated[
        list[str] | None, _words("waiting-on", "customer, vendor, third-party, nobody")
    ] = None,
    tag: Annotated[list[str] | None, _words("tag", "Our tag")] = None,
    not_status: Annotated[list[str] | None, _words("not-status", "Not this")] = None,
    not_severity: Annotated[
        list[str] | None, _words("not-severity", "Not this")
    ] = None,
    not_owner: Annotated[list[str] | None, _words("not-owner", "Not this")] = None,
    field: Annotated[
        list[str] | None,
        typer.Option("--field", metavar="KEY=VALUE", help="A field of the vendor."),
    ] = None,
    stale: Annotated[
        str | None, typer.Option("--stale", metavar="3d", help="Untouched so long.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Updated since.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Updated until.")
    ] = None,
    escalated: Annotated[
        bool, typer.Option("--escalated", help="With a live escalation.")
    ] = False,
    escalatable: Annotated[
        bool,
        typer.Option("--escalatable", help="Which the policy would escalate now."),
    ] = False,
    unread: Annotated[
        bool, typer.Option("--unread", help="With news you have not seen.")
    ] = False,
    mine: Annotated[
        bool, typer.Option("--mine", help="Where I am the contact.")
    ] = False,
    view: Annotated[
        str | None, typer.Option("--view", metavar="NAME", help="A saved view.")
    ] = None,
    sort: Annotated[
        str, typer.Option("--sort", help="updated, opened, due, severity or ref.")
    ] = "updated",
    limit: Annotated[
        int, typer.Option("--limit", help="At most so many.", min=1, max=1_000_000)
    ] = PAGE,
    all_: Annotated[
        bool, typer.Option("--all", "-a", help="Closed ones too, and no limit.")
    ] = False,
) -> None:
    """List cached cases of all profiles, the newest first; open ones unless asked.

    Reads only the local cache: `casecli sync` refreshes it, `casecli status` tells its
    age. Use --profile to see one profile. With --view, what a view holds is asked for
    too; what is typed beside it counts more.
    """
    given = {name: value for name, value in locals().items() if name != "ctx"}
    list_cases(Session.of(ctx), given)
