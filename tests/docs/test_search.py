"""What people type into the search of the documentation finds its page: main entries of the index come first there."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
TYPED = {
    "install": "install, installeren, windows, pip",
    "quickstart": "quickstart, getting started, tutorial",
    "reading": "report, rapport, verdict, betrouwbaarheid",
    "glossary": "glossary, woordenlijst, begrippen",
    "commands": "command line, terminal, opdrachten",
    "quickreference": "r survey, stata, spss, sas",
    "gallery": "figures, grafiek, plot",
    "replication": "replicate, reproduce",
    "unidentified": "nonresponse, nonrespons",
    "howto/check_pdf": "journalist, pdf, factcheck, fact check, fact-checker",
    "howto/cite": "cite, citeren, licence",
    "howto/compare": "compare, vergelijken, significant, p-value, verschil",
    "howto/engines": "polars, pandas, duckdb, spark",
    "howto/estimate": "betrouwbaarheid, betrouwbaarheidsinterval, confidence interval, margin of error, foutmarge",
    "howto/export": "export, excel, csv, latex",
    "howto/files": "excel, spss, stata, sas, csv",
    "howto/models": "regression, regressie, logistic regression",
    "howto/plan": "steekproef, steekproefgrootte, sample size, foutmarge",
    "howto/tables": "kruistabel, cross table, crosstab, tabel, significant",
    "howto/weights": "weging, weighting, raking, weegfactoren, calibration",
    "howto/disclosure": "privacy",
    "lessons/index": "lesson, lessen, teacher, docent, jupyter",
    "reference/index": "api",
}


def entries() -> dict[str, set[str]]:
    """Pages that each main entry of the index leads to."""
    found: dict[str, set[str]] = defaultdict(set)
    for page in DOCS.rglob("*.md"):
        text = page.read_text(encoding="utf-8")
        for words in re.findall(r"^```\{index\} (.*)$", text, flags=re.MULTILINE):
            for word in words.split(","):
                assert word.strip().startswith("!"), f"{page.name}: {word.strip()} is no main entry and comes last"
                found[word.strip().removeprefix("!")].add(page.relative_to(DOCS).with_suffix("").as_posix())
    return found


def test_what_people_type_finds_its_page() -> None:
    found = entries()
    missed = {word: page for page, words in TYPED.items() for word in words.split(", ") if page not in found[word]}
    assert missed == {}
    crowded = {word: pages for word, pages in found.items() if len(pages) > 3}
    assert crowded == {}, "a word that leads to more pages than one sees at once"
