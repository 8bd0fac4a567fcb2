"""Make the reference pages of the policies, and the page of what stands behind them.

    python tools/policy_pages.py write    make docs/reference/policies/ anew
    python tools/policy_pages.py check    name what differs or is stale; exit 1

The same policies always give the same bytes.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casecli import policies
from casecli.domain.policy import ACTIONS
from casecli.domain.variables import VARIABLES
from casecli.policies.linting import cited

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from casecli.domain.checklist import Choice, Question
    from casecli.domain.policy import Policy

HOME = Path(__file__).resolve().parents[1]
FOLDER = HOME / "docs" / "reference" / "policies"
ROWS = HOME / "tests" / "policies" / "rows.toml"
ACCEPTANCE = HOME / "tests" / "acceptance"
MADE = "<!-- Made by tools/policy_pages.py; edit the policy instead. -->"
PACKS = {
    "C": "citrix",
    "E": "generic",
    "G": "genesys",
    "S": "genesys",
    "P": "hotline-portal",
}
_ID = re.compile(r"\b[CEGSP]-[0-9]{2}\b")
_TEST = re.compile(r"^def (test_\w+)\(.*?\) -> None:.*?$", re.MULTILINE | re.DOTALL)


def pages() -> dict[str, str]:
    """Give each page by its file name."""
    made = {
        f"{each.name}.md": policy_page(policies.load(each.name))
        for each in policies.available()
    }
    made["coverage.md"] = coverage_page()
    made["variables.md"] = variables_page()
    made["settings.md"] = settings_page()
    made["README.md"] = contents_page()
    return made


def contents_page() -> str:
    """Say what there is."""
    lines = [MADE, "# Policies we ship", ""]
    for each in policies.available():
        policy = policies.load(each.name)
        legacy = ", legacy" if policy.status == "legacy" else ""
        lines.append(f"- [{each.name}]({each.name}.md): {policy.title}{legacy}")
    lines += [
        "",
        "- [What conditions can read](variables.md)",
        "- [What a profile adds](settings.md)",
        "- [What stands behind each rule](coverage.md)",
    ]
    return _page(lines)


def variables_page() -> str:
    """List the facts conditions may read."""
    rows = [
        (f"`{name}`", each.kind.value, each.meaning) for name, each in VARIABLES.items()
    ]
    return _page(
        [
            MADE,
            "# What conditions can read",
            "",
            "A fact nobody has given is absent: a rule names it under `needs`.",
            "",
            *_table(("variable", "type", "meaning"), rows),
        ]
    )


def settings_page() -> str:
    """List the settings of a profile that belong to its policy."""
    rows = [(f"`{key}`", meaning) for key, meaning in policies.SETTINGS.items()]
    return _page(
        [
            MADE,
            "# What a profile adds to its policy",
            "",
            "Set with `casecli profile add NAME … --set KEY=VALUE`; lists are set",
            "apart by `;`. What no vendor states is null until it is set here.",
            "",
            *_table(("key", "meaning"), rows),
        ]
    )


def coverage_page() -> str:
    """Say for each statement behind our policies where it stands and what tests it."""
    rows = tomllib.loads(ROWS.read_text(encoding="utf-8"))
    places = {name: _places(policies.load(name)) for name in set(PACKS.values())}
    lines = [
        MADE,
        "# What stands behind each rule",
        "",
        f"{len(rows)} statements of the documents behind our policies, by the id that",
        "sources quote: C for `citrix`, E for `generic`, G and S for `genesys`, P for",
        "`hotline-portal`. B: refused; W: warned or asked; R: recorded, offered or",
        "shown; I: for information. `tests/policies/test_rows.py` judges both sides of",
        "every B and W (`-k G-36` for one) and fails when a statement has no place.",
        "Tests that are named after the acceptance set, `test_t13…`, type commands.",
        "",
    ]
    typed = _typed_tests()
    table = []
    for row, spec in rows.items():
        where = [f"`{each}`" for each in places[PACKS[row[0]]].get(row, ())]
        if "feature" in spec:
            where.append(f"`{spec['feature']}`")
        tests = [f"`test_rows[{row}]`"] if "action" in spec else []
        tests += [f"`{each}`" for each in spec.get("tests", ())]
        tests += [f"`{each}`" for each in typed.get(row, ())]
        shown = "<br>".join(where)
        table.append((row, spec["level"], spec["what"], shown, "<br>".join(tests)))
    return _page([*lines, *_table(("id", "level", "what", "where", "test"), table)])


def _typed_tests() -> dict[str, list[str]]:
    """Find which test at the command line names a statement beside its head."""
    typed: dict[str, list[str]] = {}
    for file in sorted(ACCEPTANCE.glob("test_*.py")):
        for head in _TEST.finditer(file.read_text(encoding="utf-8")):
            for row in dict.fromkeys(_ID.findall(head[0])):
                typed.setdefault(row, []).append(head[1])
    return typed


def _places(policy: Policy) -> dict[str, list[str]]:
    places: dict[str, list[str]] = {}
    for where, source in cited(policy):
        for row in _ID.findall(source):
            places.setdefault(row, []).append(where.removesuffix(".source"))
    return places


def policy_page(policy: Policy) -> str:
    """Tell all of a policy in one page."""
    facts = [f"Vendor: {policy.vendor}", f"compared on {policy.verified_at}"]
    if policy.extends:
        facts.append(f"extends [{policy.extends}]({policy.extends}.md)")
    if policy.status == "legacy":
        facts.append("**legacy**: it warns, and each rule may be waived")
    lines = [MADE, f"# {policy.title} (`{policy.id}`)", "", f"{'; '.join(facts)}.", ""]
    lines += [f"- `{name}`: {text}" for name, text in policy.sources.items()]
    for title, part in (
        ("Good to know", [f"- {each.text}" for each in policy.notes]),
        ("Severities", _severities(policy)),
        ("Types", _choices(policy.case_types)),
        ("Fields", _fields(policy)),
        ("Business impact", _questions(policy.impact.questions)),
        ("Checklist", _questions(policy.checklist)),
        ("Who may do what", _roles(policy)),
        ("Channels", _channels(policy)),
        ("Files", _files(policy)),
        ("The end of a case", _ending(policy)),
        ("Escalation", _escalation(policy)),
        ("Support levels", _levels(policy)),
        ("The vendor's words", _terms(policy)),
        ("Rules", list(_rules(policy))),
    ):
        if part:
            lines += ["", f"## {title}", "", *part]
    return _page(lines)


def _severities(policy: Policy) -> list[str]:
    return _table(
        ("id", "meaning", "chosen by", "response"),
        [
            (
                f"`{each.id}`",
                each.definition,
                ", ".join(each.offered) or "any channel",
                each.response or "not stated",
            )
            for each in policy.severities
        ],
    )


def _choices(choices: Iterable[Choice]) -> list[str]:
    return [
        f"- `{each.id}`: {each.label or each.id}"
        f"{': ' if each.definition else ''}{each.definition}"
        for each in choices
    ]


def _fields(policy: Policy) -> list[str]:
    texts = [
        (f"`{name}`", each.label or name, "required", each.help)
        for name, each in policy.texts.items()
    ]
    fields = [
        (
            f"`{each.id}`",
            each.label,
            "required" if each.required else "",
            ", ".join(f"`{choice.id}`" for choice in each.choices)
            + (" or others" if each.open_ended else "")
            or each.help,
        )
        for each in policy.fields
    ]
    return _table(("id", "label", "", "values"), texts + fields)


def _questions(questions: Iterable[Question]) -> list[str]:
    return [
        f"- `{each.id}`: {each.text}"
        f"{'' if each.required else ' (advised)' if each.advised else ' (offered)'}"
        for each in questions
    ]


def _roles(policy: Policy) -> list[str]:
    rows = [
        (f"`{each.id}`", *("yes" if action in each.may else "" for action in ACTIONS))
        for each in policy.roles
    ]
    return _table(("role", *ACTIONS), rows) if rows else []


def _channels(policy: Policy) -> list[str]:
    rows = [
        (
            f"`{each.id}`",
            ", ".join(each.actions) or "everything",
            each.response or "not stated",
            each.clock,
            each.help,
        )
        for each in policy.channels
    ]
    head = ("channel", "serves", "an escalation is answered in", "clock", "")
    return _table(head, rows) if rows else []


def _files(policy: Policy) -> list[str]:
    limits = policy.attachments
    if limits.max_bytes is None and limits.in_comments:
        return []
    comments = "" if limits.in_comments else " None in comments."
    return [f"At most {limits.max_bytes} bytes a file.{comments}"]


def _ending(policy: Policy) -> list[str]:
    closing, days = policy.closing, policy.reopen.days
    lines = [*_choices(closing.reasons)]
    if closing.vendor_reasons:
        lines += ["", "Grounds only the vendor has:", ""]
        lines += _choices(closing.vendor_reasons)
    if closing.confirmations:
        lines += ["", "Confirmed first:", "", *_questions(closing.confirmations)]
    window = "not stated" if days is None else f"{days} calendar days"
    return [*lines, "", f"Window to reopen: {window}."]


def _escalation(policy: Policy) -> list[str]:
    spec = policy.escalation
    lines = _choices(spec.reasons)
    for title, part in (
        ("What it should bring about:", _choices(spec.outcomes)),
        ("Asked first:", _questions(spec.facts)),
        ("Asked before it ends:", _questions(spec.deescalation)),
    ):
        if part:
            lines += ["", title, "", *part]
    return lines


def _levels(policy: Policy) -> list[str]:
    if not policy.entitlement:
        return []
    ids = [each.id for each in policy.entitlement]
    rows = [
        (each.label, *("yes" if name in each.levels else "" for name in ids))
        for each in policy.services
    ]
    factors = [
        f"- `{level.id}`: target times {factor} for {severity}"
        for level in policy.entitlement
        for severity, factor in level.response_factor.items()
    ]
    return [*_table(("service", *(f"`{name}`" for name in ids)), rows), "", *factors]


def _terms(policy: Policy) -> list[str]:
    rows = [(each.kind, each.label, each.definition) for each in policy.terms]
    return _table(("kind", "word", "meaning"), rows) if rows else []


def _rules(policy: Policy) -> Iterator[str]:
    for rule in policy.rules:
        waivable = ", waivable" if rule.waivable or policy.status == "legacy" else ""
        on = ", ".join(rule.on)
        yield f"### {rule.id}"
        yield ""
        yield f"On {on}: {rule.effect}{waivable}. {rule.message}."
        if rule.remedy:
            yield f"Way out: `{rule.remedy}`."
        yield ""
        yield "```text"
        if rule.scope:
            yield f"in case  {' '.join(rule.scope.split())}"
        yield f"when     {' '.join(rule.when.split())}"
        yield f"source   {rule.source}"
        yield "```"
        yield ""


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    cells = [head, tuple("---" for _ in head), *rows]
    return [
        f"| {' | '.join(cell.replace('|', '/').strip() for cell in row)} |"
        for row in cells
    ]


def _page(lines: Iterable[Any]) -> str:
    text = "\n".join(lines)
    return re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"


def stale() -> list[str]:
    """Name each page that differs from what the policies say, or is not theirs."""
    made = pages()
    there = {each.name for each in FOLDER.glob("*.md")}
    changed = [
        name
        for name, text in made.items()
        if name not in there or (FOLDER / name).read_text(encoding="utf-8") != text
    ]
    return sorted({*changed, *(there - made.keys())})


def write() -> None:
    """Make every page anew and take away what is no page any more."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    made = pages()
    for each in FOLDER.glob("*.md"):
        if each.name not in made:
            each.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Run one verb; 1 where `check` finds a page to make anew, 2 for no verb."""
    match arguments:
        case ["write"]:
            write()
            return 0
        case ["check"]:
            found = stale()
            for name in found:
                print(f"{(FOLDER / name).relative_to(HOME)}: not as the policies say")
            if found:
                print("hint: python tools/policy_pages.py write", file=sys.stderr)
            return 1 if found else 0
        case _:
            print(__doc__, file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
