"""Names that are markup, formulas and paths: the report and every figure of it stay words in a real browser."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from aibaro.cli import main

HANDLER = 'q" tabindex="0" autofocus="1" onfocus="window.struck=1" x="'
SCRIPT = "<script>window.struck=1</script>"
TAG = "</title></svg><img src=x onerror=window.struck=1>"
PLACE = "../../../escaped"
FORMULA = '=HYPERLINK("http://192.0.2.1/","x")'
DOMAIN = 'size" onload="window.struck=1'
NAMES = (HANDLER, SCRIPT, TAG, PLACE, FORMULA)


def _csv(path: Path, head: str, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file, lineterminator="\n")
        write.writerow(head.split(","))
        write.writerows(rows)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a survey whose title, items, domains, levels, ids and places are hostile, and its report."""
    top = tmp_path_factory.mktemp("top")
    folder = top / "deep" / "survey"
    folder.mkdir(parents=True)
    descriptor = {
        "name": "hostile",
        "title": TAG,
        "sources": [{"title": SCRIPT}],
        "contributors": [{"title": HANDLER, "roles": ["publisher"]}],
        "aibaro": {"prefix": "", "decimal_mark": ","},
    }
    (folder / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    _csv(folder / "strata.csv", f"{DOMAIN},population,respondents", [[n, "400", "90"] for n in NAMES])
    _csv(folder / "items.csv", "item,label_en", [[n, n] for n in NAMES])
    printed = [[f"{n}#{place}", n, "all", "", "", f"{30 + place},5%", n] for place, n in enumerate(NAMES)]
    printed += [
        [f"{item}|{level}", item, "all", DOMAIN, level, f"{20 + 3 * i + j},5%", level]
        for i, item in enumerate(NAMES)
        for j, level in enumerate(NAMES)
    ]
    _csv(folder / "printed.csv", "id,item,base,domain,level,printed,location", printed)
    out = top / "deep" / "out"
    assert main(["check", str(folder), "--out", str(out), "--xlsx"]) in {0, 1}
    return out


def test_nothing_is_written_outside_the_folder(hostile: Path) -> None:
    deep = hostile.parent
    assert sorted(path.name for path in deep.iterdir()) == ["out", "survey"]
    assert [path.name for path in deep.parent.iterdir()] == ["deep"]
    figures, tables = sorted((hostile / "figures").iterdir()), sorted((hostile / "tables").iterdir())
    assert figures
    assert tables
    assert all(path.is_file() for path in (*figures, *tables))


def test_no_name_runs_or_asks_for_anything(browser: Chrome, hostile: Path) -> None:
    pages = [hostile / "report.html", *sorted((hostile / "figures").glob("*.svg"))]
    assert len(pages) > len(NAMES)
    for page in pages:
        for kind in ("browser", "performance"):
            browser.get_log(kind)
        browser.get(page.as_uri())
        events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
        asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        assert [url for url in asked if url.startswith(("http", "ws", "ftp", "//"))] == []
        assert [url for url in asked if url.startswith("file:") and url != page.as_uri()] == []
        assert browser.get_log("browser") == [], page.name
        struck, handlers, scripts = browser.execute_script("""
            const every = Array.from(document.querySelectorAll('*'));
            const on = every.filter(e => Array.from(e.attributes).some(a => /^on|^autofocus/i.test(a.name)));
            return [window.struck === undefined, on.length, document.querySelectorAll('script').length];""")
        assert struck
        assert handlers == 0, page.name
        assert scripts == (1 if page.suffix == ".html" else 0), page.name


def test_no_cell_of_a_file_is_a_formula(hostile: Path) -> None:
    import openpyxl

    book = openpyxl.load_workbook(hostile / "report.xlsx")
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    files = [*hostile.glob("*.csv"), *(hostile / "tables").glob("*.csv")]
    assert files
    for path in files:
        with path.open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert [cell for cell in cells if cell[:1] in "=@" and cell] == [], path.name
