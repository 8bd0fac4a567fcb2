"""From flags, forms and an interview to a draft that may be submitted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casecli.cli import texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from casecli.app.gate import Prepared
    from casecli.cli.submitting import Terms
    from casecli.cli.wiring import Session
    from casecli.domain.case import Draft, Waiver

SCRATCH = "scratch"


def start(session: Session, ref: str | None) -> Draft:
    """Take up a draft, or begin one with the defaults of profile and project.

    Raises:
        NotFound: there is no draft of that ref.
    """
    from casecli.domain.case import Contact, Draft

    if ref is not None:
        return kept_draft(session, ref)
    draft = Draft(
        profile=session.profile.name,
        type=session.policy.default_type or None,
        contact=Contact(name=session.user),
        created_at=session.now(),
    )
    defaults = {**session.settings.defaults, **session.profile.defaults}
    return with_values(session, draft, defaults.items())


def kept_draft(session: Session, ref: str) -> Draft:
    """Read a draft.

    Raises:
        NotFound: there is none of that ref.
    """
    from casecli.domain.errors import NotFound

    draft = session.store.draft(ref)
    if draft is None:
        raise NotFound("draft", ref, "casecli draft list")
    return draft


def with_form(draft: Draft, name: str | None) -> Draft:
    """Lay a TOML, JSON or Markdown file over a draft."""
    if name is None:
        return draft
    from casecli.app.forms import apply_form, read_form

    return apply_form(draft, read_form(texts.read_text(name), name), name)


def with_flags(draft: Draft, flags: Mapping[str, str | None]) -> Draft:
    """Lay the options that were given over a draft."""
    given: dict[str, Any] = {
        name: texts.checked(value, name)
        for name, value in flags.items()
        if value is not None
    }
    return replace(draft, **given)


def with_lists(draft: Draft, lists: Mapping[str, Sequence[str] | None]) -> Draft:
    """Add what repeatable options gave to a draft, each value once."""
    together: dict[str, Any] = {
        name: tuple(dict.fromkeys([*getattr(draft, name), *(values or ())]))
        for name, values in lists.items()
    }
    return replace(draft, **together)


def with_contact(draft: Draft, who: str | None, phone: str | None) -> Draft:
    """Set the person to reach: an e-mail address by its @, else a name."""
    contact = draft.contact
    if who is not None and "@" in who:
        contact = replace(contact, email=who)
    elif who is not None:
        contact = replace(contact, name=who)
    if phone is not None:
        contact = replace(contact, phone=phone)
    return replace(draft, contact=contact)


def with_values(
    session: Session, draft: Draft, values: Iterable[tuple[str, str]]
) -> Draft:
    """Set fields and answers by the ids findings use."""
    from casecli.app.intake_questions import with_value

    for name, value in values:
        draft = with_value(session.place, draft, name, value)
    return draft


def made_urgent(draft: Draft, *, urgent: bool) -> Draft:
    """Mark a draft as urgent; one that was begun so stays so."""
    return replace(draft, urgent=True) if urgent else draft


def with_waivers(draft: Draft, waivers: tuple[Waiver, ...]) -> Draft:
    """Add waivers to a draft; the last reason given for a rule wins."""
    together = {each.rule: each for each in (*draft.waivers, *waivers)}
    return replace(draft, waivers=tuple(together.values()))


def intent(draft: Draft) -> str:
    """Give the digest of what the user asks for, which `--key` compares."""
    from casecli.app.filing import opening_intent

    return opening_intent(draft)


def tried(session: Session, draft: Draft) -> Prepared:
    """Prepare a draft for `--dry-run`: nothing of it is kept, tokens are scratch ones.

    Raises:
        Refused: as submitting it would be.
    """
    if not draft.urgent:
        check_files(draft.attach)
    return prepare(session, replace(draft, ref=draft.ref or SCRATCH))


def ready(session: Session, draft: Draft, terms: Terms, *, ask: bool) -> Prepared:
    """Save a draft, ask for what it lacks, and prepare what will be recorded.

    Whatever stops it, the draft stays, and the error says how to go on with it.

    Raises:
        Refused: the policy or the checklist.
        ScrubRefused: the gate.
        BadInput: a file to attach is not there.
    """
    from casecli.domain.errors import CaseError

    draft = session.store.save_draft(
        replace(draft, key=terms.key or draft.key, updated_at=session.now())
    )
    try:
        if not draft.urgent:
            check_files(draft.attach)
        if ask and session.interactive:
            return _interview(session, draft)
        return prepare(session, draft)
    except CaseError as error:
        latest = session.store.draft(draft.ref) or draft
        session.store.save_draft(replace(latest, error=str(error)))
        error.hint = error.hint or f"casecli open --draft {draft.ref}"
        raise
    except KeyboardInterrupt:
        session.screen.notice(f"\nkept: casecli open --draft {draft.ref}")
        raise


def prepare(session: Session, draft: Draft) -> Prepared:
    """Judge, scrub and seal, with a progress bar for large files."""
    from casecli.app.gate import total_size

    if draft.urgent:
        return session.filing.prepare_open(draft)
    with session.screen.progress("scrubbing", total_size(draft.attach)) as step:
        return session.filing.prepare_open(draft, step)


def note_todos(session: Session, prepared: Prepared) -> None:
    """Write down what a case leaves to be done, before it is recorded."""
    from casecli.app.todos import raise_todos
    from casecli.cli import marking

    ref = prepared.changes[0].case
    found = raise_todos(session.policy, kept_draft(session, ref))
    if found:
        marking.set_todos(session, ref, found)


def check_files(paths: Iterable[str]) -> None:
    """Make sure that every file to attach is there to be read.

    Raises:
        BadInput: with all that are not.
    """
    from casecli.domain.errors import BadInput

    missing = [each for each in paths if not Path(each).exists()]
    if missing:
        raise BadInput(f"no such file: {', '.join(missing)}")


def _interview(session: Session, draft: Draft) -> Prepared:
    import typer

    from casecli.app.intake import Intake

    intake = Intake(session.place, session.interviewer)
    prepared = intake.run(draft, lambda d: prepare(session, d))
    if prepared is None:
        session.screen.notice(f"kept: casecli open --draft {draft.ref}")
        raise typer.Exit(0)
    return prepared
