"""What a scrub found: a table for people, JSON for scripts, a page for a colleague."""

from __future__ import annotations

import html
import shlex
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casecli.cli.bar import size_text
from casecli.cli.safe import safe
from casecli.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from casecli.cli.scrub_task import Task
    from casecli.cli.wiring import Session
    from casecli.domain.ports import ScrubbedFile
    from casecli.scrub import Lines

Done = tuple[str, "ScrubbedFile"]
EXCEPTED = "excepted:"  # casecli.scrub.EXCEPTED, which is heavy to import
_LINES = 50
_SHOWN = 3
_ENDING = ".scrub-report.html"


def lines_for(task: Task) -> Lines | None:
    """Choose lines of the outcome where a page is to show them."""
    if task.report != "html":
        return None
    from casecli.scrub import Lines

    return Lines(_LINES)


def say(
    session: Session,
    task: Task,
    done: Sequence[Done],
    ruleset: str,
    lines: Lines | None,
) -> None:
    """Report in the way that was asked for, on standard error or to a file."""
    screen = session.screen
    if task.report == "json" or screen.json:
        import json

        sys.stderr.write(json.dumps(plain(done, ruleset)) + "\n")
        return
    if task.report == "html":
        path = _page_path(task)
        _write(path, page(session, task, done, ruleset, lines))
        screen.notice(f"report for a colleague: {path}")
    if task.check:
        _places(session, done)
    findings = totals(done)
    tabled = screen.err_tty and not screen.quiet and not task.check
    if tabled:
        _table(session, task, done)
    found = _replaced(findings)
    counts = ", ".join(f"{count} {kind}" for kind, count in found.items()) or "nothing"
    if tabled and found and not task.reveal:
        counts = f"{sum(found.values()):,} in all"
    screen.notice(f"{'found' if task.check else 'replaced'}: {counts}")
    for kind, count in _excepted(findings).items():
        screen.warn(f"left as it is by an exception of yours: {count} {kind}")
    for _, report in done:
        for left in report.left_out:
            screen.warn(f"{left.member} was left out: {left.why}")


def plain(done: Iterable[Done], ruleset: str) -> dict[str, Any]:
    """Build the JSON of a scrub report as the contract lays it down."""
    done = list(done)
    files = [
        {
            "name": name,
            "bytes_in": report.bytes_in,
            "bytes_out": report.bytes_out,
            "sha256": report.sha256,
            "findings": dict(report.findings),
            "left_out": [{"member": e.member, "why": e.why} for e in report.left_out],
        }
        for name, report in done
    ]
    return {"files": files, "findings": dict(totals(done)), "ruleset": ruleset}


def replaced(report: ScrubbedFile) -> bool:
    """Tell whether anything was found that no exception speaks for."""
    return bool(_replaced(report.findings))


def totals(done: Iterable[Done]) -> Counter[str]:
    """Count what was found over all files."""
    total: Counter[str] = Counter()
    for _, report in done:
        total.update(report.findings)
    return total


def _replaced(findings: Mapping[str, int]) -> dict[str, int]:
    return {k: n for k, n in sorted(findings.items()) if not k.startswith(EXCEPTED)}


def _excepted(findings: Mapping[str, int]) -> dict[str, int]:
    return {
        kind.removeprefix(EXCEPTED): count
        for kind, count in sorted(findings.items())
        if kind.startswith(EXCEPTED)
    }


# --- on a terminal -------------------------------------------------------------------


def _places(session: Session, done: Iterable[Done]) -> None:
    """Name the line of each sample, as compilers do, so that editors can jump there."""
    for name, report in done:
        for sample in sorted(report.samples, key=lambda each: each.line):
            session.screen.notice(f"{name}:{sample.line}: {sample.kind}")


def _table(session: Session, task: Task, done: Sequence[Done]) -> None:
    from casecli.cli.cells import Column

    table = session.screen.aside()
    if task.reveal:
        columns = [
            Column(key="kind", title="type"),
            Column(key="line", title="line"),
            Column(key="value", title="value", shrinks=True),
            Column(key="token", title="token", shrinks=True),
        ]
        table.items(_revealed(done), columns)
        return
    columns = [
        Column(key="kind", title="type"),
        Column(key="count", title="count"),
        Column(key="samples", title="samples, as they read now", shrinks=True),
    ]
    table.items(_rows(done), columns)
    if any(report.samples for _, report in done) and task.file != "-":
        case = ("--case", task.case) if task.case else ()
        command = shlex.join(("casecli", "scrub", task.file, *case, "--reveal"))
        session.screen.notice(f"the real values: {command}")


def _rows(done: Sequence[Done]) -> Iterator[dict[str, Any]]:
    tokens = _tokens(done)
    for kind, count in _replaced(totals(done)).items():
        shown = ", ".join(tokens.get(kind, [])[:_SHOWN])
        yield {"kind": kind, "count": count, "samples": shown}


def _revealed(done: Sequence[Done]) -> Iterator[dict[str, Any]]:
    for _, report in done:
        for each in report.samples:
            yield {
                "kind": each.kind,
                "line": each.line,
                "value": each.value,
                "token": each.token,
            }


def _tokens(done: Sequence[Done]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for _, report in done:
        for each in report.samples:
            found.setdefault(each.kind, []).append(each.token)
    return found


# --- for a colleague -----------------------------------------------------------------

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_INTRODUCTION = (
    "Each value that was found has been replaced by a token; the same value has the "
    "same token everywhere. No original value stands on this page. Please look for "
    "what should have been replaced and was not."
)
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;
color:#222;background:#fff}
h1{font-size:1.4em}h2{font-size:1.1em;margin-top:2em}
table{border-collapse:collapse}td,th{text-align:left;padding:.2em 1em .2em 0;
vertical-align:top}th{border-bottom:1px solid #999}
code,pre{font:13px/1.5 ui-monospace,monospace}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f4f4f4;padding:1em}
.n{color:#777;user-select:none}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#1b1b1b}
pre{background:#262626}}
"""


def page(
    session: Session,
    task: Task,
    done: Sequence[Done],
    ruleset: str,
    lines: Lines | None,
) -> str:
    """Write a page that stands alone: no value, no script, nothing from elsewhere."""
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>Scrub report</title><style>{_STYLE}</style></head><body>",
        "<h1>Scrub report</h1>",
        f"<p>{_INTRODUCTION}</p>",
        *_page_files(session, task, done),
        *_page_counts(done),
        *_page_left_out(session, task, done),
        *_page_lines(lines),
        f"<p>Rules: <code>{_escaped(ruleset)}</code></p></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _page_files(session: Session, task: Task, done: Sequence[Done]) -> Iterator[str]:
    yield "<h2>Files</h2><table><tr><th>name</th><th>before</th><th>after</th>"
    yield "<th>sha256 after</th></tr>"
    with session.vault.case(_case(session, task)) as vault:
        for _, report in done:
            name = session.gate.name(report.name, vault)
            yield (
                f"<tr><td>{_escaped(name)}</td><td>{size_text(report.bytes_in)}</td>"
                f"<td>{size_text(report.bytes_out)}</td>"
                f"<td><code>{report.sha256}</code></td></tr>"
            )
    yield "</table>"


def _page_counts(done: Sequence[Done]) -> Iterator[str]:
    findings, tokens = totals(done), _tokens(done)
    yield "<h2>Replaced</h2><table><tr><th>type</th><th>count</th><th>samples</th></tr>"
    for kind, count in _replaced(findings).items():
        shown = ", ".join(f"<code>{_escaped(e)}</code>" for e in tokens.get(kind, []))
        yield f"<tr><td>{_escaped(kind)}</td><td>{count}</td><td>{shown}</td></tr>"
    yield "</table>"
    excepted = _excepted(findings)
    if excepted:
        yield "<h2>Left as it is, by an exception of the sender</h2><ul>"
        for kind, count in excepted.items():
            yield f"<li>{_escaped(kind)}: {count}</li>"
        yield "</ul>"


def _page_left_out(session: Session, task: Task, done: Sequence[Done]) -> Iterator[str]:
    yield "<h2>Not scanned, and left out</h2>"
    left = [each for _, report in done for each in report.left_out]
    if not left:
        yield "<p>Nothing.</p>"
        return
    yield "<ul>"
    with session.vault.case(_case(session, task)) as vault:
        for each in left:
            name = session.gate.name(each.member, vault)
            yield f"<li><code>{_escaped(name)}</code>: {_escaped(each.why)}</li>"
    yield "</ul>"


def _page_lines(lines: Lines | None) -> Iterator[str]:
    chosen = lines.chosen if lines is not None else ()
    yield f"<h2>{len(chosen)} lines of the outcome, chosen at random</h2><pre>"
    for number, line in chosen:
        yield f'<span class="n">{number:>8}  </span>{_escaped(line[:2000])}'
    yield "</pre>"


def _escaped(text: str) -> str:
    return html.escape(safe(text))


def _case(session: Session, task: Task) -> str:
    from casecli.cli.scrub_task import vault_name

    return vault_name(session, task.case)


def _page_path(task: Task) -> Path:
    """Put the page beside the outcome, else here, named after the file."""
    if task.output is not None:
        return task.output.with_name(task.output.name + _ENDING)
    name = "stdin" if task.file == "-" else Path(task.file).resolve().name
    return Path(name + _ENDING)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise BadInput(f"cannot write {path}: {error.strerror}") from error
