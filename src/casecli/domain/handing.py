"""What a person carries to a vendor no machine can talk to: one sheet a change.

A sheet holds the values in the order and the words of the vendor's form, a mail where
the vendor takes mail, and what to say on the telephone. All of it comes from a change
that passed the gate, and from the profile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from casecli.domain.calling import Caller, CallSheet, call_sheet
from casecli.domain.case import Answer, Case, Contact, Feed
from casecli.domain.change import (
    AddAttachment,
    AddComment,
    AgreePlan,
    AnyChange,
    Cancel,
    Close,
    Deescalate,
    EditFields,
    Escalate,
    Open,
    Reopen,
)
from casecli.domain.checklist import Choice
from casecli.domain.folding import opened
from casecli.domain.policy import ChannelSpec, FormSpec, Policy
from casecli.domain.text import answered, case_text, told

_MAIN = {
    Open.kind: "description",
    AddComment.kind: "text",
    Escalate.kind: "details",
    Deescalate.kind: "agreement",
    Close.kind: "text",
    Cancel.kind: "reason",
    Reopen.kind: "reason",
}
FORM_FIELDS: Mapping[str, tuple[str, ...]] = {
    Open.action: (
        *("type", "severity", "subject", "description", "impact", "asset"),
        *("contact", "cc", "follows", "links"),
    ),
    AddComment.action: ("feed", "text"),
    AddAttachment.action: ("file", "folder", "note"),
    EditFields.action: ("severity", "subject", "impact"),
    Escalate.action: ("reason", "impact", "details", "outcome", "contact"),
    AgreePlan.action: ("mode", "every", "attendees"),
    Deescalate.action: ("agreement",),
    Close.action: ("reason", "text"),
    Cancel.action: ("reason",),
    Reopen.action: ("reason",),
}
"""What a form may ask for besides the policy's fields and questions, by action."""

_WANTED = {
    AddAttachment.kind: "A file for the case.",
    EditFields.kind: "Please change in the case:",
    Escalate.kind: "Please escalate the case.",
    AgreePlan.kind: "The updates agreed for the escalation:",
    Deescalate.kind: "The escalation may end.",
    Close.kind: "Please close the case.",
    Cancel.kind: "Please withdraw the case.",
    Reopen.kind: "Please take the case up again.",
}
_MAIL = "email"
_PHONE = "phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Briefing:
    """What it takes to write a sheet; `case` reads a case of ours by its ref."""

    policy: Policy
    caller: Caller
    case: Callable[[str], Case | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One field to fill in; `missing` where the vendor wants it and nobody told it."""

    id: str
    label: str
    value: str
    missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail that is ready but for its sender and its address."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One change as a person carries it over.

    `channel` is the way that was chosen, `by` its name, `others` would do as well.
    `way` leads to the form and `submit` is its last click; `number` is None before the
    vendor gave one. `mail` and `call` are None where the vendor does not take this so.
    """

    change: str
    kind: str
    case: str
    number: str | None
    vendor: str
    channel: str
    by: str
    others: tuple[str, ...] = ()
    title: str = ""
    way: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    submit: str = ""
    mail: Mail | None = None
    call: CallSheet | None = None
    source: str = ""

    @property
    def label(self) -> str:
        """What people call the case: the vendor's number, else our ref."""
        return self.number or self.case

    @property
    def finish(self) -> str:
        """The command that says it is done."""
        if self.kind == Open.kind:
            return f"casecli settle {self.case} --number N"
        return f"casecli handoff {self.label} --done all"

    def entry(self, wanted: str) -> Entry | None:
        """Find a field by id or label, whatever the case of its letters."""
        name = wanted.strip().lower()
        names = ((each, (each.id.lower(), each.label.lower())) for each in self.entries)
        return next((each for each, known in names if name in known), None)


def sheet_of(
    brief: Briefing, change: AnyChange, number: str | None, file: str = ""
) -> Sheet:
    """Write the sheet of a change; `file` is where the copy to be uploaded lies."""
    policy = brief.policy
    case = _case_of(brief, change, number)
    form = policy.form(change.action)
    entries = tuple(_entries(policy, change, case, form, file))
    ways = {each.id: each for each in policy.ways(change.action)}
    chosen = policy.channel(change.channel)
    others = (_by(each, change) for each in ways.values() if each is not chosen)
    by_mail = _MAIL in ways and number is not None and not isinstance(change, Open)
    by_phone = _PHONE in ways and (number is not None or isinstance(change, Open))
    return Sheet(
        change=change.key,
        kind=change.kind,
        case=change.case,
        number=number,
        vendor=policy.vendor,
        channel=change.channel,
        by=_by(chosen, change) if chosen else change.channel,
        others=tuple(others),
        title=form.title if form else "",
        way=form.way if form else (),
        entries=entries,
        submit=form.submit if form else "",
        mail=_mail(brief, change, case, entries) if by_mail else None,
        call=_call(brief, change, case, entries) if by_phone else None,
        source=form.source if form else "",
    )


def sheet_text(sheet: Sheet) -> str:
    """Write a sheet out, to be read beside the vendor's form."""
    heads = [f"{sheet.kind} {sheet.label} at {sheet.vendor}, by {sheet.by}"]
    if sheet.others:
        heads.append(f"also taken by {', '.join(sheet.others)}")
    if sheet.way:
        heads.append(f"go to: {' > '.join(sheet.way)}")
    parts = ["\n".join(heads)]
    parts += [f"{each.label}\n{value_of(sheet, each)}" for each in sheet.entries]
    ends = [f"press: {sheet.submit}"] if sheet.submit else []
    parts.append("\n".join([*ends, f"once it is done: {sheet.finish}"]))
    return "\n\n".join(parts) + "\n"


def call_text(call: CallSheet) -> str:
    """Write out what to say on the telephone."""
    parts = [f"call {name}: {number}" for name, number in call.phones.items()]
    parts += call.lines
    if call.unknown:
        parts += ["", "not known:", *(f"{e.what} ({e.hint})" for e in call.unknown)]
    return "\n".join(parts) + "\n"


def value_of(sheet: Sheet, entry: Entry) -> str:
    """Give what stands in a field, or why nothing does."""
    if not entry.missing:
        return entry.value
    if entry.id == "number":
        return f"(none yet: casecli settle {sheet.case} --number N)"
    return f"(not told yet: casecli edit {sheet.label})"


def _case_of(brief: Briefing, change: AnyChange, number: str | None) -> Case:
    if isinstance(change, Open):
        return opened(change)
    return brief.case(change.case) or Case(ref=change.case, number=number)


def _by(channel: ChannelSpec, change: AnyChange) -> str:
    """Name a channel; of an escalation, with the time it is answered in."""
    if channel.response is None or not isinstance(change, Escalate):
        return channel.label
    return f"{channel.label} (answer: {channel.response.replace('-', ' ')})"


def _entries(
    policy: Policy,
    change: AnyChange,
    case: Case,
    form: FormSpec | None,
    file: str,
) -> Iterator[Entry]:
    """Fill in the form; what it has no field for goes into its main text."""
    values = {each.id: each for each in _values(policy, change, case, file)}
    if not isinstance(change, Open):
        number = case.number or ""
        yield Entry(id="number", label="Case", value=number, missing=not number)
    labels = form.labels if form else {}
    order = form.fields if form and form.fields else tuple(values)
    main = _MAIN.get(change.kind, "")
    rest = [each for each in values.values() if each.id not in order and each.value]
    if main in order and main in values:
        values[main] = _swollen(change, values[main], rest)
        rest = []
    elif change.waivers:
        rest.append(_entry("waivers", case_text("", {}, change.waivers).strip()))
    for name in order:
        found = values.get(name)
        if found is not None and (found.value or found.missing):
            yield Entry(
                id=name,
                label=labels.get(name, found.label),
                value=found.value,
                missing=found.missing,
            )
    yield from rest


def _swollen(change: AnyChange, main: Entry, rest: Iterable[Entry]) -> Entry:
    """Put what has no field of its own below the main text."""
    short = [(each.label, each.value) for each in rest if "\n" not in each.value]
    sections: dict[str, Iterable[tuple[str, str]]] = {"Details": short}
    long = [f"{each.label}:\n{each.value}" for each in rest if "\n" in each.value]
    if isinstance(change, Open):
        sections["Checklist"] = answered(change.checklist)
    whole = case_text(
        "\n\n".join(filter(None, [main.value, *long])),
        sections,
        change.waivers,
        tokens=isinstance(change, Open) and bool(change.scrubbed),
    )
    return replace(main, value=whole.strip())


def _values(  # noqa: C901 (one arm a change)
    policy: Policy, change: AnyChange, case: Case, file: str
) -> Iterator[Entry]:
    match change:
        case Open():
            yield from _open_values(policy, change)
        case AddComment():
            if change.feed is not Feed.CASE or case.escalations:
                yield _entry("feed", _feed_label(policy, change.feed))
            yield _entry("text", change.text)
        case AddAttachment():
            yield _entry("file", file or change.name)
            yield _entry("folder", change.folder)
            yield _entry("note", change.note)
        case EditFields():
            yield from (
                _field_entry(policy, name, value)
                for name, value in change.fields.items()
            )
        case Escalate():
            reasons, outcomes = policy.escalation.reasons, policy.escalation.outcomes
            yield _entry("reason", _chosen(reasons, change.reason))
            yield _entry("impact", change.impact, "Business impact")
            yield _entry("details", change.details)
            yield _entry("outcome", _chosen(outcomes, change.outcome or ""))
            yield _entry("contact", contact_line(change.contact))
            yield from _answers(change.answers)
        case AgreePlan():
            yield _entry("mode", change.plan.mode)
            yield _entry("every", change.plan.every)
            yield _entry("attendees", "; ".join(change.plan.attendees))
        case Deescalate():
            yield _entry("agreement", change.agreement)
            yield from _answers(change.answers)
        case Close():
            yield _entry("reason", _chosen(policy.closing.reasons, change.reason))
            yield _entry("text", change.text, "Message")
            yield from _answers(change.answers)
        case Cancel() | Reopen():
            yield _entry("reason", change.reason)


def _open_values(policy: Policy, change: Open) -> Iterator[Entry]:
    level = policy.severity(change.severity)
    words = {name: spec.label for name, spec in policy.texts.items()}
    kind = change.type or policy.default_type
    yield _entry("type", _chosen(policy.case_types, kind), "Case type")
    yield _entry("severity", level.label if level else change.severity)
    yield _entry("subject", change.subject, words.get("subject", ""))
    specified = {each.id: each for each in policy.fields}
    for name, spec in specified.items():
        found = _field_entry(policy, name, change.fields.get(name, ""))
        wanted = change.urgent and spec.required and not found.value
        yield Entry(id=name, label=found.label, value=found.value, missing=wanted)
    for name, value in change.fields.items():
        if name not in specified:
            yield _entry(name, value)
    yield _entry("asset", change.asset)
    yield _entry("contact", contact_line(change.contact))
    yield _entry("cc", "; ".join(change.cc))
    yield _entry("follows", change.follows, "Continues case")
    yield _entry("links", "; ".join(change.links), "Related")
    yield _entry("impact", _impact(policy, change), "Business impact")
    yield _entry("description", change.description, words.get("description", ""))


def _field_entry(policy: Policy, name: str, value: str) -> Entry:
    spec = next((each for each in policy.fields if each.id == name), None)
    if name == "severity":
        level = policy.severity(value)
        return _entry(name, level.label if level else value)
    if spec is None:
        return _entry(name, value)
    return _entry(name, _chosen(spec.choices, value), spec.label)


def _impact(policy: Policy, change: Open) -> str:
    asked = {each.id: each.text for each in policy.impact.questions}
    answers = [
        f"- {told(asked.get(name, name), value)}"
        for name, value in change.impact.answers.items()
    ]
    return "\n".join(filter(None, [change.impact.summary, *answers]))


def contact_line(contact: Contact) -> str:
    """Write a person to reach on one line."""
    always = "at any hour" if contact.available_24x7 else ""
    parts = (contact.name, contact.email, contact.phone, always)
    return ", ".join(filter(None, parts))


def _answers(answers: Iterable[Answer]) -> Iterator[Entry]:
    for each in answers:
        yield _entry(each.id, each.value, each.question)


def _entry(name: str, value: str | None, label: str = "") -> Entry:
    return Entry(id=name, label=label or _named(name), value=value or "")


def _named(name: str) -> str:
    return name.rpartition(".")[2].replace("_", " ").capitalize()


def _chosen(choices: Iterable[Choice], value: str) -> str:
    labels: Mapping[str, str] = {each.id: each.label for each in choices}
    return labels.get(value) or value


def _feed_label(policy: Policy, feed: Feed) -> str:
    wanted = f"{feed.value}-feed"
    found = (e.label for e in policy.terms if e.kind == "feed" and e.id == wanted)
    return next(found, feed.value)


def _mail(
    brief: Briefing, change: AnyChange, case: Case, entries: Iterable[Entry]
) -> Mail:
    about = f"Case {case.number}"
    lines = [f"{about}: {case.subject}" if case.subject else about, ""]
    if change.kind in _WANTED:
        lines += [_WANTED[change.kind], ""]
    main = _MAIN.get(change.kind)
    for each in entries:
        if each.id == main:
            lines += ["", each.value, ""]
        elif each.id not in ("number", "file"):
            lines.append(told(each.label, each.value))
    if brief.caller.name:
        lines += ["", brief.caller.name]
    while "\n\n\n" in (body := "\n".join(lines)):
        lines = body.replace("\n\n\n", "\n\n").split("\n")
    return Mail(subject=" ".join(lines[0].split()), body=body.strip() + "\n")


def _call(
    brief: Briefing, change: AnyChange, case: Case, entries: Iterable[Entry]
) -> CallSheet:
    if isinstance(change, Open):
        return call_sheet(brief.policy, brief.caller, case)
    said = [_WANTED.get(change.kind, "I have something to add to it.")]
    said += [
        told(each.label, each.value)
        for each in entries
        if each.id not in ("number", "file")
    ]
    if isinstance(change, Escalate):
        said.append("Who owns the escalation, and when do I hear from you?")
    return call_sheet(brief.policy, brief.caller, case, tuple(said))
