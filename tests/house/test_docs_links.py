"""The link checker sees what readers would run into."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def docs_links() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "docs_links", PROJECT / "tools" / "docs_links.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["docs_links"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "link",
    ["there.md", "there.md#two-words", "#here", "sub/", "https://example.com/x#y"],
)
def test_a_link_that_leads_somewhere_passes(
    docs_links: ModuleType, tmp_path: Path, link: str
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "there.md").write_text("# One\n\n## Two *words*!\n")
    page = tmp_path / "page.md"
    page.write_text("# Here\n")

    assert docs_links.leads_somewhere(page, link)


@pytest.mark.parametrize("link", ["gone.md", "there.md#three", "#nowhere"])
def test_a_link_that_leads_nowhere_is_found(
    docs_links: ModuleType, tmp_path: Path, link: str
) -> None:
    (tmp_path / "there.md").write_text("# One\n\n```\n# three\n```\n")
    page = tmp_path / "page.md"
    page.write_text("# Here\n")

    assert not docs_links.leads_somewhere(page, link)


def test_links_in_code_are_not_followed(docs_links: ModuleType, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("`[a](b.md)`\n\n```\n[c](d.md)\n```\n\n[e](f.md) and\n[g]: h.md\n")

    assert list(docs_links.links(page)) == [(7, "f.md"), (8, "h.md")]


def test_repeated_titles_are_numbered(docs_links: ModuleType, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Same\n\n# Same\n")

    assert docs_links.anchors(page) == {"same", "same-1"}
