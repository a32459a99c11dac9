"""Explanations say what the package computes: their sessions are run, and each page is listed."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from aibaro.published.vocabulary import CLAIM_VERDICTS, NUMBER_VERDICTS, POPULATION_VERDICTS, REASONS

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = sorted(DOCS.glob("*.md"))
SESSIONS = [
    page
    for page in [*PAGES, DOCS / "lessons" / "index.md"]
    if ">>> " in page.read_text(encoding="utf-8") and page.stem != "quickreference"
]


@pytest.mark.parametrize("page", SESSIONS, ids=[page.relative_to(DOCS).as_posix() for page in SESSIONS])
def test_a_page_gives_what_it_says(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    session = "\n".join(block for block in blocks if ">>> " in block)
    test = doctest.DocTestParser().get_doctest(session, {}, page.name, str(page), 0)
    assert test.examples
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    assert doctest.DocTestRunner(optionflags=flags).run(test).failed == 0


def test_the_glossary_has_every_verdict_and_every_reason() -> None:
    page = " ".join((DOCS / "glossary.md").read_text(encoding="utf-8").split())
    words = {*NUMBER_VERDICTS, *CLAIM_VERDICTS, *POPULATION_VERDICTS}
    assert {word for word in words if not re.search(rf"\b{word}\b", page)} == set()
    said = {"a date", "a third party", "a definition", "base is not printed", "weighting is not declared",
            "no second figure", "a causal statement", "a projection"}  # fmt: skip
    assert len(said) == len(REASONS)
    assert {words for words in said if words not in page} == set()


def test_every_page_is_listed_once() -> None:
    listed: list[str] = []
    for page in [*PAGES, *DOCS.glob("[hlr]*/*.md")]:
        for block in re.findall(r"^```\{toctree\}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.M):
            names = [line.strip() for line in block.splitlines() if line.strip() and not line.startswith(":")]
            listed += [(page.parent / name).resolve().relative_to(DOCS).as_posix() for name in names]
    assert len(listed) == len(set(listed))
    here = {page.relative_to(DOCS).with_suffix("").as_posix() for page in [*PAGES, *DOCS.glob("[hlr]*/*.md")]}
    assert here - {"index"} <= set(listed)
