"""Find links of our Markdown pages that lead nowhere: `python tools/docs_links.py`.

Only links inside the project are followed, files and anchors alike; the network is not
asked. Exits 1 with one `page:line: link` for each that is broken.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOT_OURS = {"build", "dist", "node_modules"}
FENCE = re.compile(r"^ *(```|~~~).*?^ *\1 *$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]+`")
LINK = re.compile(r"\]\(<?([^)<>\s]+)>?[^)\n]*\)|^\[[^]\n]+\]: +(\S+)", re.MULTILINE)
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
ANCHOR = re.compile(r"<a (?:id|name)=\"([^\"]+)\"")
SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def main() -> int:
    """Print every broken link; 1 if there was one."""
    broken = [
        f"{page.relative_to(ROOT)}:{line}: {link}"
        for page in pages(ROOT)
        for line, link in links(page)
        if not leads_somewhere(page, link)
    ]
    print("\n".join(broken), end="\n" if broken else "", file=sys.stderr)
    return 1 if broken else 0


def pages(root: Path) -> Iterator[Path]:
    """Walk to every Markdown page, passing hidden and generated folders by."""
    for entry in sorted(root.iterdir()):
        if entry.name.startswith(".") or entry.name in NOT_OURS:
            continue
        if entry.is_dir():
            yield from pages(entry)
        elif entry.suffix == ".md":
            yield entry


def links(page: Path) -> Iterator[tuple[int, str]]:
    """Give line and target of the links in the prose, code left out."""
    prose = without_code(page.read_text("utf-8"))
    for match in LINK.finditer(prose):
        line = prose.count("\n", 0, match.start()) + 1
        yield line, match.group(1) or match.group(2)


def leads_somewhere(page: Path, link: str) -> bool:
    """Tell whether file and anchor exist; links out of the project always do."""
    if SCHEME.match(link):
        return True
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    if not target.exists():
        return False
    return not anchor or target.suffix != ".md" or anchor in anchors(target)


def anchors(page: Path) -> set[str]:
    """Name the anchors of a page as forges make them: -1, -2 … for repeated titles."""
    text = FENCE.sub("", page.read_text("utf-8"))
    found = set(ANCHOR.findall(text))
    seen: dict[str, int] = {}
    for title in HEADING.findall(text):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title).lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if slug in seen else slug)
        seen[slug] = seen.get(slug, 0) + 1
    return found


def without_code(text: str) -> str:
    """Blank out fenced blocks and code spans, keeping the line numbers."""
    text = FENCE.sub(lambda match: "\n" * match.group().count("\n"), text)
    return CODE.sub("", text)


if __name__ == "__main__":
    sys.exit(main())
