"""`casecli track`: bring a case that was opened elsewhere into the cache."""

from __future__ import annotations

from typing import Annotated

import typer

from casecli.cli.wiring import Session
from casecli.domain.case import Feed

EXAMPLES = (
    "casecli track CS-1001",
    "casecli track 4711 --offline --subject 'Disk full' --severity high",
    "casecli track 4711 --status waiting-on-customer --offline",
    "casecli track 4711 --from reply.eml",
)


def run(
    ctx: typer.Context,
    number: Annotated[
        str, typer.Argument(metavar="NUMBER", help="The vendor's number of the case.")
    ],
    subject: Annotated[
        str | None, typer.Option("--subject", "-s", help="What it is about.")
    ] = None,
    severity: Annotated[
        str | None, typer.Option("--severity", help="Effect on the business.")
    ] = None,
    status: Annotated[
        str | None, typer.Option("--status", help="Our word for where it stands.")
    ] = None,
    escalation: Annotated[
        str | None,
        typer.Option(
            "--escalation", metavar="STATE", help="Where the vendor has it by now."
        ),
    ] = None,
    owner: Annotated[
        str | None,
        typer.Option("--owner", help="Who has it there: the case, or the escalation."),
    ] = None,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="FILE", help="Take in a mailed answer; - is stdin."
        ),
    ] = None,
    feed: Annotated[
        Feed, typer.Option("--feed", help="Which conversation the mail belongs to.")
    ] = Feed.CASE,
) -> None:
    """Track a case that was opened elsewhere: by phone, in the portal, by a colleague.

    A vendor that can be asked is asked, and its word stands. Of one that cannot, or
    with --offline, the case is kept as you tell it; telling more later adds to it.
    Prints the local ref.

    With --from, an answer saved as .eml becomes a comment of the vendor and its files
    are kept; the same mail twice is taken in once. It is for vendors written to by
    hand (`casecli handoff`); --status says where the case stands by that mail.
    """
    from casecli.cli import adopting

    told = {
        "subject": subject,
        "severity": severity,
        "status": status,
        "escalation": escalation,
        "owner": owner,
    }
    session = Session.of(ctx)
    if from_ is None:
        adopting.track(session, number, told)
    else:
        adopting.take_mail(session, number, from_, told, feed)
