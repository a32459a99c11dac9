"""The page: self-contained, escaped, bilingual, in order, and the same on every run."""

from __future__ import annotations

import html.parser
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, cast

import pandas as pd
import pytest
from tests.report import synthetic

from aibaro.errors import InputError
from aibaro.report import SurveyResults, write_report
from aibaro.study import Headline


class Outline(html.parser.HTMLParser):
    """Collects what a checker needs of a page: tags, ids, links, headings."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    @property
    def ids(self) -> list[str]:
        return [a["id"] for _, a in self.tags if "id" in a]


class Plain(NamedTuple):
    """A report in Dutch, without findings, and the frames that it was given, copied before."""

    folder: Path
    before: dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def plain(results: dict[str, dict[str, object]], tmp_path_factory: pytest.TempPathFactory) -> Plain:
    """Write the report once for all tests of what it does without findings or in the other language."""
    folder = tmp_path_factory.mktemp("plain")
    before = {
        key: value.copy(deep=True) for key, value in results["synthetic"].items() if isinstance(value, pd.DataFrame)
    }
    write_report(results, folder, lang="nl")
    return Plain(folder, before)


def outline(page: str) -> Outline:
    """Read a page."""
    found = Outline()
    found.feed(page)
    return found


def test_nothing_is_loaded_from_elsewhere(page: str) -> None:
    """One file: no address in any attribute that loads, and a policy that forbids loading."""
    loading = {"src", "href", "action", "data", "poster"}
    loads = [
        (tag, value)
        for tag, attributes in outline(page).tags
        for name, value in attributes.items()
        if name in loading and not value.startswith(("#", "data:"))
    ]
    assert loads == []
    assert "default-src 'none'" in page
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)


def test_ids_are_unique_and_every_link_inside_the_page_lands(page: str) -> None:
    """A permanent link that leads nowhere, or to two places, is broken."""
    found = outline(page)
    assert len(found.ids) == len(set(found.ids))
    links = {a["href"][1:] for tag, a in found.tags if tag == "a" and a.get("href", "").startswith("#")}
    assert links <= set(found.ids)
    labelled = {
        name
        for _, a in found.tags
        for key in ("aria-labelledby", "aria-describedby", "aria-controls")
        for name in a.get(key, "").split()
    }
    assert labelled <= set(found.ids)


def test_every_printing_and_statement_has_its_permanent_place(page: str) -> None:
    """Ids of the data are ids of the page."""
    assert {*synthetic.VERDICTS, "sy.c.rise", "sy.c.most"} <= set(outline(page).ids)


def test_headings_are_in_order(page: str) -> None:
    """One h1, and no level is skipped on the way down."""
    levels = [int(tag[1]) for tag, _ in outline(page).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(deeper - level <= 1 for level, deeper in pairwise(levels))


def test_tables_have_captions_and_scopes(page: str) -> None:
    """A screen reader can say which row and column a cell belongs to."""
    tags = outline(page).tags
    assert sum(tag == "table" for tag, _ in tags) == sum(tag == "caption" for tag, _ in tags)
    assert all(a.get("scope") in {"col", "row"} for tag, a in tags if tag == "th")


def test_data_text_never_becomes_markup(tmp_path: Path) -> None:
    """Markup planted in labels, titles, statements and arguments is shown, not run."""
    folder = tmp_path / "planted"
    folder.mkdir()
    write_report(
        {"planted": synthetic.entry(folder, synthetic.MARKUP)},
        tmp_path / "out",
        findings=synthetic.findings("synthetic"),
    )
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert sum(tag == "script" for tag, _ in outline(page).tags) == 1
    for figure in (tmp_path / "out" / "figures").glob("*.svg"):
        assert "<img" not in figure.read_text(encoding="utf-8")


def test_a_second_run_gives_the_same_bytes(results: dict[str, dict[str, object]], out: Path, tmp_path: Path) -> None:
    """No clock, no chance, no order of a set."""
    write_report(results, tmp_path, findings=synthetic.findings("synthetic"))
    files = sorted(path.relative_to(out) for path in out.rglob("*.*") if path.is_file())
    assert files
    assert files == sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.*") if path.is_file())
    assert [name for name in files if (out / name).read_bytes() != (tmp_path / name).read_bytes()] == []


def test_both_languages_stand_in_the_page_and_lang_decides_which_opens(page: str, plain: Plain) -> None:
    """The switch needs no second file; --lang sets the language of the first view and of the figure files."""
    dutch = (plain.folder / "report.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in page
    assert '<html lang="nl">' in dutch
    for text in (page, dutch):
        assert "hangt af van afronding" in text
        assert "depends on rounding" in text
    assert "31,4%" in page
    assert 'lang="nl"' in next((plain.folder / "figures").glob("*.svg")).read_text(encoding="utf-8")


def test_inputs_stay_as_they_are(results: dict[str, dict[str, object]], plain: Plain) -> None:
    """Writing a report changes no frame of the caller."""
    entry = results["synthetic"]
    assert plain.before
    for key, frame in plain.before.items():
        assert frame.equals(entry[key]), key


def test_strata_with_few_respondents_show_no_share_of_the_variance(page: str) -> None:
    """Six firms of one stratum: its share would tell of their answers, its weight was published."""
    table = page.split('id="sy-map-variance-share"')[1].split("</figure>", maxsplit=1)[0]
    row = table.split("business services of many kinds")[-1]
    assert "5.0" not in row.split("</tr>")[0]
    assert "–" in row.split("</tr>")[0]


def test_without_findings_nothing_is_claimed(
    results: dict[str, dict[str, object]], plain: Plain, tmp_path: Path
) -> None:
    """No ranking was given: the page must not say that nothing fails."""
    text = (plain.folder / "report.html").read_text(encoding="utf-8")
    assert 'id="findings"' not in text
    assert "No printed number or statement fails a check." not in text
    write_report(results, tmp_path, findings=[])
    assert "No printed number or statement fails a check." in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_figures_stand_beside_the_page_with_the_names_of_their_places(out: Path, page: str) -> None:
    """One file a figure, named like its id."""
    names = {path.stem for path in (out / "figures").glob("*.svg")}
    assert names
    assert names == {a["id"] for tag, a in outline(page).tags if tag == "figure"}


def test_all_faults_of_the_input_are_told_together() -> None:
    """Unknown keys and missing columns name themselves."""
    with pytest.raises(InputError) as caught:
        SurveyResults.read({"ledgers": 1}, "x")
    assert {f.parameter for f in caught.value.faults} == {"ledgers", "survey", "ledger"}
    with pytest.raises(InputError, match="nothing to report"):
        write_report({}, "nowhere")


def test_an_unknown_verdict_is_an_error(results: dict[str, dict[str, object]], tmp_path: Path) -> None:
    """The report never shows a code that it cannot explain."""
    entry = dict(results["synthetic"])
    entry["ledger"] = synthetic.ledger().assign(verdict="perhaps")
    with pytest.raises(InputError, match="no words"):
        write_report({"synthetic": entry}, tmp_path)


def test_the_ledger_keeps_the_printed_characters(page: str) -> None:
    """Print is evidence: the decimal comma stays in either language."""
    assert page.count("12,5%") >= 2
    assert json.dumps("12.5%") not in page


def test_what_is_contradicted_is_told_before_the_link_to_all_counts(
    results: dict[str, dict[str, object]], tmp_path: Path
) -> None:
    claim = str(cast("pd.DataFrame", results["synthetic"]["claims"])["id"].iloc[0])
    head = Headline((("", 60),), None, (), (), None, None, None, "unknown", "unknown", (claim,), ())
    files = write_report({"synthetic": results["synthetic"] | {"headline": head}}, tmp_path)
    page = files[0].read_text(encoding="utf-8")
    found = page[page.index('<ul class="found">') : page.index('<div class="cards">')]
    assert found.index('class="failing"') < found.rindex('href="#counts"')
