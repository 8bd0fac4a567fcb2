"""Drafts from files: TOML, JSON, or Markdown whose front matter holds the fields.

Front matter stands between `+++` lines (TOML) or `---` lines (plain `key: value`, for
people used to it); the body is the description. Unknown keys are errors, because a
misspelt `severity` must not silently go missing on the worst day.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from casecli.domain.case import Contact, Draft
from casecli.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from casecli.domain.checklist import Choice, Question
    from casecli.domain.policy import Policy, SeverityLevel

_TEXTS = frozenset(
    {
        "subject", "description", "type", "severity", "impact", "asset", "follows",
        "channel", "dedupe_key",
    }
)  # fmt: skip
_TABLES = frozenset({"impact_answers", "answers", "fields"})
_LISTS = frozenset({"cc", "attach", "links"})
KEYS = _TEXTS | _TABLES | _LISTS | {"contact"}


def read_form(text: str, name: str) -> dict[str, Any]:
    """Read a form by its looks: `{` is JSON, a fence is Markdown, else TOML.

    Raises:
        BadInput: it is none of these, or a key is unknown; `name` says which file.
    """
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith("{"):
        form = _json(start, name)
    elif start.startswith(("+++", "---")):
        form = _front_matter(start, name)
    elif name.endswith((".md", ".markdown", ".txt")):
        form = {"description": text.strip()}
    else:
        form = _toml(text, name)
    for key in form:
        if key not in KEYS:
            names = ", ".join(sorted(KEYS))
            raise BadInput(f"{name}: {key!r} is not one of {names}")
    return form


def apply_form(draft: Draft, form: Mapping[str, Any], name: str) -> Draft:
    """Lay a form over a draft; tables are merged, everything else is replaced.

    Raises:
        BadInput: a value has the wrong shape.
    """
    values: dict[str, Any] = {}
    for key, value in form.items():
        if key in _TABLES:
            values[key] = {**getattr(draft, key), **dict(_flat(value, key, name))}
        elif key in _LISTS:
            values[key] = tuple(_texts(value, key, name))
        elif key == "contact":
            values[key] = _contact(draft.contact, value, name)
        elif isinstance(value, str):
            values[key] = value
        else:
            raise BadInput(f"{name}: {key} takes text, found {value!r}")
    return replace(draft, **values)


def template(policy: Policy) -> str:
    """Write a form to fill in, with the policy's words beside each key."""
    lines = [
        "+++",
        f"# A case for {policy.vendor}: fill in, then casecli open --from THIS-FILE",
        'subject = ""',
        f'severity = ""  # {_ids(policy.severities)}',
    ]
    if policy.case_types:
        lines.append(f'type = ""  # {_ids(policy.case_types)}')
    lines += ['impact = ""  # who cannot do what, since when, at what cost', ""]
    lines += _question_table("impact_answers", policy.impact.questions)
    lines.append("[fields]")
    for spec in policy.fields:
        need = "required" if spec.required else "if known"
        about = _ids(spec.choices) or spec.help or spec.label
        lines.append(f'# "{spec.id}" = ""  # {need}: {about}')
    lines.append("")
    lines += _question_table("answers", policy.checklist)
    lines += [
        "[contact]",
        '# name = ""',
        '# email = ""',
        '# phone = ""',
        "# available_24x7 = false",
        "+++",
        "",
        "What happened, what you expected, what changed before it, what you tried.",
        "",
    ]
    return "\n".join(lines)


def _question_table(name: str, questions: tuple[Question, ...]) -> list[str]:
    if not questions:
        return []
    lines = [f"[{name}]"]
    for each in questions:
        hint = f" ({'|'.join(c.id for c in each.choices)})" if each.choices else ""
        lines.append(f'# "{each.id}" = ""  # {each.text}{hint}')
    return [*lines, ""]


def _ids(choices: Iterable[Choice | SeverityLevel]) -> str:
    return " | ".join(each.id for each in choices)


def _json(text: str, name: str) -> dict[str, Any]:
    import json

    try:
        form = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{name}: not JSON: {error}") from error
    if not isinstance(form, dict):
        raise BadInput(f"{name}: a JSON object is needed")
    return form


def _toml(text: str, name: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(
            f"{name}: not TOML: {error}", "casecli open --print-template"
        ) from error


def _front_matter(text: str, name: str) -> dict[str, Any]:
    fence, rest = text[:3], text[3:].lstrip(" \t").removeprefix("\r").removeprefix("\n")
    head, closed, body = f"\n{rest}".partition(f"\n{fence}")
    if not closed:
        raise BadInput(f"{name}: the front matter has no closing {fence}")
    form = _toml(head, name) if fence == "+++" else dict(_plain(head, name))
    body = body.partition("\n")[2].strip()
    if body and not form.get("description"):
        form["description"] = body
    return form


def _plain(head: str, name: str) -> Iterator[tuple[str, str]]:
    for line in head.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, colon, value = line.partition(":")
        if not colon or line[0].isspace() or not value.strip():
            raise BadInput(
                f"{name}: {line.strip()!r} is not a plain key: value",
                "use +++ fences for TOML front matter",
            )
        yield key.strip(), value.strip().strip("\"'")


def _flat(value: object, key: str, name: str) -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict):
        raise BadInput(f"{name}: {key} takes a table")
    for inner, item in value.items():
        if isinstance(item, dict):
            for rest, text in _flat(item, f"{key}.{inner}", name):
                yield f"{inner}.{rest}", text
        elif isinstance(item, bool):
            yield inner, "yes" if item else "no"
        elif isinstance(item, list):
            raise BadInput(f"{name}: {key}.{inner} takes one value, not a list")
        else:
            yield inner, str(item)


def _texts(value: object, key: str, name: str) -> Iterator[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise BadInput(f"{name}: {key} takes a list of texts")
    yield from value


def _contact(contact: Contact, value: object, name: str) -> Contact:
    if not isinstance(value, dict):
        raise BadInput(f"{name}: contact takes a table")
    for key, item in value.items():
        wanted = bool if key == "available_24x7" else str
        if key not in ("name", "email", "phone", "available_24x7"):
            raise BadInput(f"{name}: contact.{key} is not known")
        if not isinstance(item, wanted):
            raise BadInput(f"{name}: contact.{key} takes {wanted.__name__}")
    return replace(contact, **value)
