"""A yes, before something that cannot be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casecli.domain.errors import BadInput

if TYPE_CHECKING:
    from casecli.cli.wiring import Session


def confirm(session: Session, question: str, *, yes: bool) -> None:
    """Go on only with a yes: `--yes`, or a person's.

    Raises:
        BadInput: the person said no, or nobody can be asked.
    """
    if yes:
        return
    if not session.interactive:
        raise BadInput("this needs a yes", "--yes")
    if not session.prompter.confirm(question):
        raise BadInput("nothing was done")
