"""The sheet for a call on the screen, and the call that was made kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from casecli.cli.wiring import Session
    from casecli.domain.calling import CallSheet


def show_sheet(session: Session, ref: str) -> None:
    """Show whom to call and what to say about a case."""
    from casecli.domain.calling import call_sheet
    from casecli.domain.wire import to_plain

    case = session.case(ref)
    sheet = call_sheet(session.policy, session.caller, case)
    plain: dict[str, Any] = {
        "case": case.ref,
        "number": case.number,
        **to_plain(sheet),
        "calls": to_plain(case.calls),
    }
    session.screen.result(plain, lambda: _say(session, sheet))


def log(session: Session, ref: str, text: str) -> None:
    """Keep what was said in a call; it stays on this machine."""
    from casecli.domain.case import Call

    session.store.annotate(ref, call=Call(at=session.now(), text=text))


def _say(session: Session, sheet: CallSheet) -> None:
    screen = session.screen
    screen.pairs([(f"call {what}", number) for what, number in sheet.phones.items()])
    screen.line(("say", "bold"))
    for line in sheet.lines:
        screen.line(f"  {line}")
    if sheet.unknown:
        screen.line(("not known", "bold"))
    for each in sheet.unknown:
        screen.line(f"  {each.what}", (f"  ({each.hint})", "dim"))
