"""Links of the README, the pages and the lessons lead somewhere; names that pages cite exist."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    *sorted(DOCS.glob("*.md")),
    *sorted(DOCS.glob("[hl]*/*.md")),
    *sorted((ROOT / "examples").glob("*.py")),
]
IDS = [page.relative_to(ROOT).as_posix() for page in PAGES]


def pages() -> set[str]:
    """Names of all documents, lessons included."""
    written = {page.relative_to(DOCS).with_suffix("").as_posix() for page in DOCS.rglob("*.md")}
    return written | {f"lessons/{lesson.stem}" for lesson in (ROOT / "examples").glob("*.py")}


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_links_to_files_and_pages(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if not re.match(r"https?://", target):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
    here = page.parent if page.is_relative_to(DOCS) else DOCS / "lessons"
    for cited in re.findall(r"\{doc\}`(?:[^`<]*<)?([^`>]+)>?`", text):
        found = (here / cited).resolve().relative_to(DOCS).as_posix()
        assert found in pages(), f"{page.name} cites the page {cited}"


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_names_that_are_cited_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for name in re.findall(r"\{py:\w+\}`([^`]+)`", text):
        room, _, member = name.removeprefix("aibaro.").partition(".")
        module = import_module(f"aibaro.{room}")
        assert not member or hasattr(module, member), f"{page.name} cites {name}"


def test_paths_that_the_readme_names_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:docs|src|data|tests|benchmarks|examples)/[\w./-]*)`", text))
    assert len(named) >= 5
    missing = {path for path in named if not (ROOT / path).exists()}
    assert missing == set()
    assert not re.findall(r"https?://(?!doi\.org|\w*\.?datapackage\.org|creativecommons|opensource)", text)


def test_modules_that_the_architecture_names_exist() -> None:
    """A row names a module with its room first; further ones are of the same room."""
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    named = []
    for row in re.findall(r"^\| .*\.(?:py|toml)`.*$", page, flags=re.MULTILINE):
        room = Path()
        for module in re.findall(r"`([\w/]+\.(?:py|toml))`", row):
            room = Path(module).parent if "/" in module else room
            named.append(ROOT / "src" / "aibaro" / room / Path(module).name)
    assert len(named) > 10
    assert [str(path.relative_to(ROOT)) for path in named if not path.exists()] == []
