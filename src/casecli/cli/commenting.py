"""A comment on its way: where its words come from, and that they are not lost."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from casecli.cli import drafting, texts
from casecli.domain.case import Draft, Feed, Visibility
from casecli.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from casecli.app.gate import Prepared
    from casecli.cli.wiring import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What is to be said, where, and with which files."""

    case: str
    text: str
    feed: Feed
    visibility: Visibility
    attach: tuple[str, ...]
    channel: str
    draft: str | None
    keys: tuple[str, ...] = ()

    def digest(self) -> str:
        """Give the digest of what is asked for, which `--key` compares."""
        from casecli.app.filing import intent_digest

        asked = asdict(self)
        del asked["draft"]
        return intent_digest(["comment", asked])


def words(
    session: Session,
    case: str,
    message: str | None,
    file: Path | None,
    draft: str | None,
    *,
    edit: bool,
) -> str:
    """Give the text of a comment, from an editor if nothing else gives one.

    Raises:
        BadInput: there is no text and nobody to ask for one.
    """
    kept = drafting.kept_draft(session, draft).description if draft else ""
    ask = not (message or file or kept) and session.interactive
    text = texts.gather_text(session, message, file, edit=edit or ask, before=kept)
    if text is None and not kept:
        raise BadInput("a comment needs text", f"casecli comment {case} -m TEXT")
    return kept if text is None else text


def prepare(
    session: Session, remark: Remark, waive: Sequence[str], key: str | None
) -> Prepared:
    """Judge and scrub a remark and seal its files."""
    drafting.check_files(remark.attach)
    return session.filing.prepare_comment(
        session.place.case(remark.case),
        remark.text,
        feed=remark.feed,
        visibility=remark.visibility,
        attach=remark.attach,
        channel=remark.channel,
        keys=remark.keys,
        waivers=texts.waivers(waive),
        key=key,
    )


@contextmanager
def text_kept(session: Session, remark: Remark) -> Iterator[None]:
    """Keep the text as a draft if it could not be recorded, and drop it if it was."""
    try:
        yield
    except BaseException:
        now = session.now()
        draft = session.store.save_draft(
            Draft(
                ref=remark.draft or "",
                profile=session.profile.name,
                about=remark.case,
                description=remark.text,
                created_at=now,
                updated_at=now,
            )
        )
        case = remark.case
        session.screen.notice(f"kept: casecli comment {case} --draft {draft.ref}")
        raise
    if remark.draft is not None:
        session.store.drop_draft(remark.draft)
