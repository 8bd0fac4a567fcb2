"""Changes a person carries over: shown, walked through, copied, counted as done."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from casecli.domain.errors import BadInput, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from casecli.backends.handoff import Packed
    from casecli.cli.wiring import Session
    from casecli.domain.handing import Sheet

STOP = "q"
AGAIN = "b"


class Errand:
    """What waits of one case for a person, and the folder where it lies."""

    def __init__(self, session: Session, ref: str) -> None:
        case = session.case(ref)
        if case.profile != session.profile.name:
            raise BadInput(
                f"case {case.label} belongs to profile {case.profile!r}",
                f"casecli --profile {case.profile} handoff {ref}",
            )
        self.session = session
        self.ref = ref
        self.folder: Path = session.data / session.profile.backend / ref
        if session.profile.backend == "handoff":
            session.delivery.push(ref)  # what was recorded offline: nothing is sent
        self.read()
        if len(self.sheets) < len(self.items):  # somebody tidied the folder up
            session.delivery.hand_over_again(ref)
            self.read()

    def read(self) -> None:
        """Look at what waits now."""
        from casecli.app import handing
        from casecli.backends.handoff import read_package

        self.items = handing.waiting(self.session.place, self.ref)
        keys = {each.change.key for each in self.items}
        package = read_package(self.folder)
        self.sheets = [each for each in package if each.sheet.change in keys]

    @property
    def label(self) -> str:
        """What people call the case."""
        return self.session.case(self.ref).label


def show(session: Session, ref: str) -> None:
    """Walk a person through what waits; print it all where nobody can be asked."""
    errand = Errand(session, ref)
    if not errand.sheets:
        plain = _plain(errand)
        session.screen.result(plain, lambda: None)
        session.screen.notice(f"nothing of case {errand.label} waits for you")
        return
    if session.interactive and not session.screen.json:
        _walk(errand)
        return
    session.screen.result(_plain(errand), lambda: _print(errand))


def _plain(errand: Errand) -> dict[str, Any]:
    from casecli.domain.wire import to_plain

    case = errand.session.case(errand.ref)
    sheets = []
    for each in errand.sheets:
        plain = to_plain(each.sheet)
        files = {
            name: str(errand.folder / found) if found else None
            for name, found in (
                ("text_file", each.text),
                ("call_file", each.call),
                ("eml", each.eml),
                ("file", each.file),
            )
        }
        sheets.append({"n": each.n, **plain, **files, "finish": each.sheet.finish})
    return {
        "case": case.ref,
        "number": case.number,
        "folder": str(errand.folder),
        "sheets": sheets,
    }


def _print(errand: Errand) -> None:
    from casecli.domain.handing import sheet_text

    screen = errand.session.screen
    for position, each in enumerate(errand.sheets):
        screen.write("\n" * (position > 0) + f"[{each.n}] {sheet_text(each.sheet)}")
        for what, found in (("mail", each.eml), ("call", each.call)):
            if found:
                screen.line(f"{what}: {errand.folder / found}")


def copy(session: Session, ref: str, field: str) -> None:
    """Put one field's value on the clipboard, and on standard output.

    Raises:
        BadInput: no waiting sheet has the field.
    """
    from casecli.cli import clipboard

    errand = Errand(session, ref)
    entries = [each.sheet.entry(field) for each in errand.sheets]
    found = next((each for each in entries if each is not None), None)
    if found is None:
        names = [e.id for each in errand.sheets for e in each.sheet.entries]
        known = ", ".join(dict.fromkeys(names)) or "none"
        raise BadInput(
            f"no field {field[:60]!r} waits; there are: {known}",
            f"casecli handoff {ref}",
        )
    screen = session.screen
    plain = {"case": ref, "id": found.id, "label": found.label, "value": found.value}
    screen.result(plain, lambda: screen.write(found.value + "\n"))
    if clipboard.copy(found.value, sys.stderr, session.settings.environ):
        screen.notice(f"copied: {found.label}")


def mails(session: Session, ref: str) -> None:
    """Print where the mails lie that may be sent.

    Raises:
        Refused: the vendor takes none of what waits by mail.
    """
    errand = Errand(session, ref)
    found = [str(errand.folder / each.eml) for each in errand.sheets if each.eml]
    if errand.sheets and not found:
        raise Refused("mail", _against(errand), f"casecli handoff {ref}")
    screen = session.screen
    plain = {"case": ref, "number": session.case(ref).number, "emls": found}
    screen.result(plain, lambda: screen.write("".join(f"{each}\n" for each in found)))
    if not found:
        screen.notice(f"nothing of case {errand.label} waits for you")


def _against(errand: Errand) -> list[Any]:
    """Give what the policy says against mail, or that a mail needs a number."""
    from casecli.domain.change import Open
    from casecli.domain.policy import Effect, Finding, Request, rule_id

    place = errand.session.place
    change = errand.items[0].change
    case = None if isinstance(change, Open) else place.case(errand.ref)
    findings = place.judge(change.action, case, Request(channel="email"))
    said = [e for e in findings if e.field == "channel" and e.effect is Effect.DENY]
    return said or [
        Finding(
            rule=rule_id(place.policy, "CHANNEL"),
            effect=Effect.DENY,
            message="a mail names the case, and the case has no number yet",
            remedy=f"casecli settle {errand.ref} --number N",
        )
    ]


def done(session: Session, ref: str, which: Sequence[str], via: str | None) -> None:
    """Count sheets as carried over: by their number, or all that can be.

    Raises:
        BadInput: no waiting sheet has such a number.
        Conflicted: the case has no number yet.
    """
    errand = Errand(session, ref)
    chosen = _chosen(errand, which)
    for each in chosen:
        _count(errand, each, via)
    _say_done(errand, chosen)


def _chosen(errand: Errand, which: Sequence[str]) -> list[Packed]:
    if "all" in which:
        case = errand.session.case(errand.ref)
        opening = [each for each in errand.sheets if each.sheet.kind == "open"]
        return opening if opening and case.number is None else list(errand.sheets)
    chosen = [each for each in errand.sheets if str(each.n) in which]
    if len(chosen) < len(set(which)):
        known = ", ".join(str(each.n) for each in errand.sheets) or "none"
        raise BadInput(
            f"--done takes all, or a sheet that waits: {known}",
            f"casecli handoff {errand.ref}",
        )
    return chosen


def _count(errand: Errand, packed: Packed, via: str | None) -> None:
    from casecli.app import handing

    session = errand.session
    way = via or packed.sheet.channel
    item = next(e for e in errand.items if e.change.key == packed.sheet.change)
    handing.done(session.place, item, f"by hand: {way}")


def _say_done(errand: Errand, chosen: Sequence[Packed]) -> None:
    from casecli.app import handing
    from casecli.cli.submitting import say_errands

    session = errand.session
    left = handing.waiting(session.place, errand.ref)
    case = session.case(errand.ref)
    plain = {
        "case": case.ref,
        "number": case.number,
        "done": [each.sheet.change for each in chosen],
        "left": [each.change.key for each in left],
    }
    session.screen.result(plain, lambda: session.screen.line(case.label))
    said = ", ".join(each.sheet.kind for each in chosen)
    session.screen.notice(f"counted as delivered: {said or 'nothing'}")
    say_errands(session, left)


# --- on a terminal


def _walk(errand: Errand) -> None:
    """Go through the sheets; stopping anywhere loses nothing."""
    prompter = errand.session.prompter
    seen: set[str] = set()
    while left := [e for e in errand.sheets if e.sheet.change not in seen]:
        sheet = left[0].sheet
        seen.add(sheet.change)
        prompter.say(f"\n{sheet.kind} {sheet.label} at {sheet.vendor}, by {sheet.by}")
        if sheet.others:
            prompter.say(f"  also taken by {', '.join(sheet.others)}")
        went = _by_other_way(errand, left[0]) or _fields(errand, sheet)
        if not went or not _ended(errand, left[0]):
            break
        errand.read()
    else:
        return
    more = len(left) - 1
    if more:
        wait = "waits" if more == 1 else "wait"
        prompter.say(f"  {more} more {wait}: casecli handoff {errand.label}")


def _by_other_way(errand: Errand, packed: Packed) -> bool:
    """Show the mail or the call where that way was chosen."""
    from casecli.domain.handing import call_text

    sheet, prompter = packed.sheet, errand.session.prompter
    if sheet.channel == "email" and sheet.mail is not None and packed.eml:
        prompter.say(f"  send the mail: {errand.folder / packed.eml}\n")
        prompter.say(f"{sheet.mail.subject}\n\n{sheet.mail.body}")
        return True
    if sheet.channel == "phone" and sheet.call is not None:
        prompter.say("  say on the telephone:\n")
        prompter.say(call_text(sheet.call))
        return True
    if packed.eml:
        prompter.say(f"  or mail {errand.folder / packed.eml}")
    if packed.call:
        prompter.say(f"  or call; what to say: {errand.folder / packed.call}")
    return False


def _fields(errand: Errand, sheet: Sheet) -> bool:
    """Show one field after the other, each on the clipboard; False when stopped."""
    from casecli.cli import clipboard
    from casecli.domain.handing import value_of

    session, prompter = errand.session, errand.session.prompter
    if sheet.way:
        prompter.say(f"  go to: {' > '.join(sheet.way)}")
    prompter.say("  each value goes to the clipboard, where the terminal lets it")
    n, count = 0, len(sheet.entries)
    while n < count:
        entry = sheet.entries[n]
        prompter.say(f"\n[{n + 1} of {count}] {entry.label}")
        prompter.say(value_of(sheet, entry))
        copied = not entry.missing and clipboard.copy(
            entry.value, sys.stderr, session.settings.environ
        )
        asked = (
            f"{'copied; ' if copied else ''}Enter goes on, {AGAIN} back, {STOP} stops"
        )
        answer = prompter.line(asked, check=_key)
        if answer.lower() == STOP:
            return False
        n = max(n - 1, 0) if answer.lower() == AGAIN else n + 1
    if sheet.submit:
        prompter.say(f"\n  press: {sheet.submit}")
    return True


def _key(answer: str) -> str | None:
    fine = answer.lower() in ("", AGAIN, STOP)
    return None if fine else f"Enter, {AGAIN} or {STOP}"


def _ended(errand: Errand, packed: Packed) -> bool:
    """Ask what came of a sheet; False where the rest has to wait for it."""
    session, prompter = errand.session, errand.session.prompter
    if packed.sheet.kind == "open":
        number = prompter.line("The number the vendor gave (empty: not yet)").strip()
        if not number:
            session.screen.notice(f"when it came: {packed.sheet.finish}")
            return False
        from casecli.cli import adopting

        adopting.settle(session, errand.ref, number)
        return True
    if errand.session.case(errand.ref).number is None:
        return False
    if not prompter.confirm("Is it done?"):
        return True
    _count(errand, packed, None)
    session.screen.notice(f"{packed.sheet.kind} counts as delivered")
    return True
