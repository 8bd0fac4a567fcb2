"""Going through what was found, one value at a time, before anything is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from casecli import settings
from casecli.cli.scrub_task import scrubbed
from casecli.domain.checklist import Choice

if TYPE_CHECKING:
    from casecli.cli.wiring import Session
    from casecli.domain.ports import CaseVault
    from casecli.scrub import FullReport, Gate
    from casecli.scrub.exceptions import Found

_SECRET = {
    "password", "secret", "key", "auth", "jwt", "cookie", "session", "card", "iban",
    "ssn", "account",
}  # fmt: skip


def review(
    session: Session, file: str, gate: Gate, vault: CaseVault
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ask about each value found in a file; give more words, and exceptions.

    What is to hold for good is kept in the profile, for every later scrub of it.
    """
    found = _find(session, file, gate, vault)
    profile = session.profile.name
    once, always = _judge(session, found, profile)
    words = _more_words(session, profile)
    if words or always:
        settings.keep_in_profile(session.settings, profile, words, always)
        session.screen.notice(
            f"kept in profile {profile}: {len(words)} words to replace, "
            f"{len(always)} exceptions; casecli profile show {profile}"
        )
    return tuple(words), (*once, *always)


def _find(session: Session, file: str, gate: Gate, vault: CaseVault) -> FullReport:
    from casecli.scrub import FullReport

    report = FullReport()
    scratch = session.spool.scratch()
    try:
        scrubbed(session, gate, Path(file), scratch, vault, report=report)
    finally:
        scratch.unlink(missing_ok=True)
    return report


def _judge(
    session: Session, report: FullReport, profile: str
) -> tuple[list[str], list[str]]:
    once: list[str] = []
    always: list[str] = []
    skipped: set[str] = set()
    found = sorted(report.found.values(), key=lambda each: (each.kind, each.line))
    session.prompter.say(f"{len(found)} values were found")
    for place, each in enumerate(found, 1):
        if each.kind in skipped:
            continue
        times = report.times[each.kind, each.value]
        answer = _ask(session, f"{place} of {len(found)}", each, times, profile)
        match answer:
            case "stop":
                break
            case "type":
                skipped.add(each.kind)
            case "once":
                once.append(each.value)
            case "always":
                always.append(each.value)
            case _:
                pass
    return once, always


def _ask(session: Session, place: str, each: Found, times: int, profile: str) -> str:
    often = "once" if times == 1 else f"{times} times"
    choices = (
        Choice(id="replace", label=f"replace it: {each.token}"),
        Choice(id="once", label="leave it this time"),
        Choice(id="always", label=f"leave it always, in profile {profile}"),
        Choice(id="type", label=f"replace it and every other {each.kind}"),
        Choice(id="stop", label="replace it and all the rest"),
    )
    question = f"{place}  {each.kind}  {each.value}  (line {each.line}, {often})"
    answer = session.prompter.choose(question, choices, default="replace")
    leaves = answer in {"once", "always"} and each.kind in _SECRET
    if leaves and not session.prompter.confirm(
        f"This {each.kind} would leave this machine. Leave it as it is all the same?"
    ):
        return "replace"
    return answer


def _more_words(session: Session, profile: str) -> list[str]:
    words: list[str] = []
    while True:
        question = f"Another word to replace from now on, in profile {profile}"
        word = session.prompter.line(
            question, help_text="A name, a project, a customer. Enter to go on."
        ).strip()
        if not word:
            return words
        words.append(word)
