"""`track` and `settle` on the screen: a number from elsewhere comes into the cache."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from casecli.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from casecli.app.adopting import Told, Tracked
    from casecli.app.answering import Answered
    from casecli.app.mailing import ReceivedMail
    from casecli.cli.wiring import Session
    from casecli.domain.case import Case, Feed

Word = TypeVar("Word", bound=StrEnum)


def track(session: Session, text: str, told: Mapping[str, str | None]) -> None:
    """Take a case in by its number, from the vendor or as it was told.

    Raises:
        BadInput: no number, or a status or severity that cannot be.
        NotFound: the vendor has no such case.
    """
    from casecli.app import adopting

    number = adopting.vendors_number(text)
    wanted = _told(told)
    found = None if session.offline else _fetch(session, number)
    if found is None:
        found = adopting.keep(session.place, number, wanted)
    _say(session, found)
    if found.source != "hand" and any(told.values()):
        session.screen.notice("the vendor's word stands; nothing was changed by hand")


def take_mail(
    session: Session,
    text: str,
    source: str,
    told: Mapping[str, str | None],
    feed: Feed,
) -> None:
    """Take in a mailed answer; a case nobody knows yet is tracked first.

    Raises:
        BadInput: the vendor is asked by machine, or the file is no mail.
        Conflicted: the vendor's own word stands for this case.
    """
    from dataclasses import replace
    from functools import partial

    from casecli.app import adopting, answering, mailing
    from casecli.backends.handoff import keep_files

    number = adopting.vendors_number(text)
    profile, place = session.profile, session.place
    if not session.backend.capabilities().by_hand:
        raise BadInput(
            f"profile {profile.name!r} asks its vendor itself", "casecli sync"
        )
    wanted = _told(told)
    mail = mailing.read_mail(_mail_bytes(source))
    known = session.store.resolve(f"{profile.name}:{number}", profile.name)
    if known is None:
        first = replace(wanted, subject=wanted.subject or mail.subject)
        adopting.keep(place, number, replace(first, escalation=None))
    keep = partial(keep_files, session.data / profile.backend)
    found = answering.take_in(place, number, mail, keep, feed=feed, told=wanted)
    _say_mail(session, mail, found)


def _mail_bytes(source: str) -> bytes:
    from pathlib import Path

    from casecli.app.mailing import LARGEST
    from casecli.cli import texts

    if source == "-":
        return texts.read_stdin()
    try:
        with Path(source).expanduser().open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise BadInput(f"cannot read {source}: {error.strerror}") from error


def _say_mail(session: Session, mail: ReceivedMail, found: Answered) -> None:
    case, screen = session.case(found.ref), session.screen
    plain = {
        **_plain(case, "mail" if found.new else "cache"),
        "comment": found.comment,
        "author": mail.author,
        "files": [str(each) for each in found.files],
        "notes": list(mail.notes),
    }
    screen.result(plain, lambda: screen.line(case.ref))
    if not found.new:
        screen.notice(f"this mail is in case {case.label} already")
        return
    if case.number is not None and not mail.names(case.number):
        screen.warn(f"the mail does not name {case.number}; is it about this case?")
    screen.notice(f"{case.label}: mail of {mail.author} taken in")
    for note in mail.notes:
        screen.notice(note)
    for each in found.files:
        screen.notice(f"kept: {each}")
    screen.notice(f"hint: casecli show {case.label}")


def _fetch(session: Session, number: str) -> Tracked | None:
    from casecli.app import adopting
    from casecli.domain.errors import Transient

    try:
        return adopting.fetch(session.place, session.backend, number)
    except Transient as error:
        error.hint = error.hint or f"casecli track {number} --offline"
        raise


def _say(session: Session, found: Tracked) -> None:
    case, screen = session.case(found.ref), session.screen
    screen.result(_plain(case, found.source), lambda: screen.line(case.ref))
    whose = {"vendor": "taken in", "hand": "kept as told", "cache": "known already"}
    screen.notice(f"{case.label} {whose[found.source]}: {case.subject}")


def _plain(case: Case, source: str) -> dict[str, Any]:
    return {
        "case": case.ref,
        "number": case.number,
        "profile": case.profile,
        "status": case.status.value,
        "subject": case.subject,
        "source": source,
    }


def _told(told: Mapping[str, str | None]) -> Told:
    """Check what a person tells of a case."""
    from casecli.app.adopting import Told
    from casecli.domain.case import EscalationState, Status

    states = [e for e in Status if e not in (Status.DRAFT, Status.QUEUED)]
    return Told(
        subject=told.get("subject"),
        severity=told.get("severity"),
        status=_one_of(states, "status", told.get("status")),
        escalation=_one_of(EscalationState, "escalation", told.get("escalation")),
        owner=told.get("owner"),
    )


def _one_of(states: Iterable[Word], what: str, text: str | None) -> Word | None:
    legal = {each.value: each for each in states}
    if text is not None and text not in legal:
        raise BadInput(f"{what} {text[:40]!r} is not one of {', '.join(legal)}")
    return legal[text] if text is not None else None


def settle(session: Session, ref: str, text: str) -> None:
    """Give an undelivered case the number that came back, then deliver what follows.

    Raises:
        Conflicted: it has another number, or the number is another case's.
        NotFound: nothing of this case waits to be opened.
    """
    import typer

    from casecli.app import adopting, handing
    from casecli.cli import submitting
    from casecli.domain.change import OutboxState

    number = adopting.vendors_number(text)
    item = adopting.settle(session.place, ref, number)
    ref = item.change.case
    session.store.drop_draft(ref)
    items = [item]
    by_hand = bool(handing.waiting(session.place, ref))
    if by_hand:
        session.delivery.hand_over_again(ref)
    elif not session.offline:
        pushed = session.delivery.push(ref)
        items += pushed.items
        if pushed.problem is not None:
            session.screen.error(pushed.problem)
    items = [each for each in items if not each.handed_over]
    plain = submitting.result_plain(session, items, None)
    screen = session.screen
    screen.result(plain, lambda: screen.line(number))
    waiting = [each for each in items if each.state is not OutboxState.DELIVERED]
    if waiting:
        screen.notice(f"{len(waiting)} changes of it still wait; casecli sync")
    submitting.say_errands(session, handing.waiting(session.place, ref))
    code = submitting.exit_code(session, items, None)
    if code:
        raise typer.Exit(code)
