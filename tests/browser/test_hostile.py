"""Names that are markup, formulas and paths: the report and every figure of it stay words in a real browser."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from urllib.parse import unquote

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
    """Write a survey whose every text is hostile, from its folder to its claims, and everything that shows them."""
    top = tmp_path_factory.mktemp("top")
    folder = top / "deep" / "survey"
    folder.mkdir(parents=True)
    descriptor = {
        "name": "hostile",
        "title": TAG,
        "description": SCRIPT,
        "version": HANDLER,
        "issued": "2023",
        "sources": [{"title": SCRIPT, "path": "javascript:window.struck=1"}],
        "contributors": [{"title": HANDLER, "roles": ["publisher"], "path": "javascript:window.struck=1"}],
        "rights": SCRIPT,
        "aibaro": {
            "prefix": "",
            "decimal_mark": ",",
            "wave": HANDLER,
            "weighting": {"kind": "margins", "margins": [DOMAIN], "location": SCRIPT},
            "weighting_note": TAG,
            "sampling": {"kind": "panel", "location": TAG},
        },
    }
    (folder / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    _csv(folder / "strata.csv", f"{DOMAIN},population,respondents", [[n, "400", "90"] for n in NAMES])
    _csv(folder / "items.csv", "item,label_en,label_nl", [[n, n, n] for n in (*NAMES, "whole")])
    levels = [[DOMAIN, n, str(place), n, n] for place, n in enumerate(NAMES, 1)]
    _csv(folder / "levels.csv", "domain,level,order,label_en,label_nl", levels)
    _csv(
        folder / "bases.csv",
        "base,parent,definition,respondents",
        [["all", "", SCRIPT, "450"], [TAG, "all", SCRIPT, "90"]],
    )
    printed = [[f"{n}#{place}", n, "all", "", "", f"{30 + place},5%", n, n] for place, n in enumerate(NAMES)]
    printed += [
        [f"{item}|{level}", item, "all", DOMAIN, level, f"{20 + 3 * i + j},5%", level, level]
        for i, item in enumerate(NAMES)
        for j, level in enumerate(NAMES)
    ]
    # figures that cannot hold together, so that arguments with these names are written too
    printed += [
        ["of a base", SCRIPT, TAG, "", "", "99,0%", HANDLER, TAG],
        ["whole", "whole", "all", "", "", "40,0%", "", TAG],
    ]
    _csv(folder / "printed.csv", "id,item,base,domain,level,printed,unit,location", printed)
    quoted = [f"'{n}'" if '"' in n else f'"{n}"' for n in NAMES]
    _csv(
        folder / "relations.csv",
        "kind,parts,whole,status,evidence",
        [["exhaustive", " ".join(quoted[:3]), "@all", "declared", TAG]],
    )
    claims = [
        [f"{n}%", n, n, n, "greater", f'"{n}#{k}" / whole', f"untested={n.replace(';', ',')}"]
        for k, n in enumerate(NAMES)
        if '"' not in n
    ]
    claims += [
        ["no figure", TAG, SCRIPT, HANDLER, "not_checkable", "", f"reason=causal;because={SCRIPT.replace('=', ' ')}"]
    ]
    _csv(folder / "claims.csv", "id,location,claim_en,claim_nl,rule,inputs,parameters", claims)
    _csv(folder / "ignored.csv", "token,times,location,reason", [["7", "1", SCRIPT, "page"]])
    out = top / "deep" / "out"
    assert main(["check", str(folder), "--out", str(out), "--xlsx"]) in {0, 1}
    answers = [[n, NAMES[(place + 1) % len(NAMES)], "1.5"] for place, n in enumerate(NAMES * 3)]
    _csv(out / "rows.csv", f"q,{DOMAIN.replace(',', ' ')},w", answers)
    tables = ["table", str(out / "rows.csv"), "--weight", "w", "--rows", "q", "--columns", DOMAIN, "--letters"]
    for name in ("answers.html", "answers.xlsx", "answers.csv", "answers.tex"):
        assert main([*tables, "-o", str(out / name)]) == 0
    (out / "rows.csv").unlink()
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
    pages = [hostile / "report.html", hostile / "answers.html", *sorted((hostile / "figures").glob("*.svg"))]
    assert len(pages) > len(NAMES)
    # a page that does not escape is seen
    browser.get(f"data:text/html,<p>{TAG}</p>")
    assert browser.execute_script(STRIKES) == [False, 1, 0]
    for page in pages:
        for kind in ("browser", "performance"):
            browser.get_log(kind)
        browser.get(page.as_uri())
        events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
        asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        assert [url for url in asked if url.startswith(("http", "ws", "ftp", "//"))] == []
        assert [url for url in asked if url.startswith("file:") and url != page.as_uri()] == []
        assert browser.get_log("browser") == [], page.name
        if page.name == "report.html":
            _use(browser)
        intact, handlers, scripts = browser.execute_script(STRIKES)
        assert intact
        assert handlers == 0, page.name
        assert scripts == (1 if page.name == "report.html" else 0), page.name
        if page.suffix == ".html":
            policy = browser.execute_script("return document.querySelector('meta[http-equiv]').content")
            assert {"default-src 'none'", "base-uri 'none'", "form-action 'none'"} <= set(policy.split("; "))
            assert browser.execute_script(ADDRESSES) == []
            copies = browser.execute_script(COPIES)
            assert bool(copies) == (page.name == "report.html")
            cells = [
                cell for text in copies for row in csv.reader(io.StringIO(unquote(text), newline="")) for cell in row
            ]
            assert [cell for cell in cells if cell[:1] in "=@" and cell] == []


# whether nothing ran, elements that would run something, scripts
STRIKES = """
    const every = Array.from(document.querySelectorAll('*'));
    const on = every.filter(e => Array.from(e.attributes).some(a => /^on|^autofocus/i.test(a.name)));
    return [window.struck === undefined, on.length, document.querySelectorAll('script').length];"""
# addresses that are neither a place in the page nor a file beside it
ADDRESSES = """
    return Array.from(document.querySelectorAll('[href],[src],[action],[formaction]'))
        .map(e => e.getAttribute('href') || e.getAttribute('src') || e.getAttribute('action') || '')
        .filter(a => !/^(#|data:,$|data:image|data:text\\/csv)/.test(a))
        .filter(a => !/^((figures|tables)\\/|[\\w.-]+\\.(csv|xlsx|json|svg)$)/.test(a));"""


# tables that the page offers as files
COPIES = """
    return Array.from(document.querySelectorAll('[href^="data:text/csv"]'))
        .map(e => e.getAttribute('href').split(',').slice(1).join(','));"""


def _use(browser: Chrome) -> None:
    """Open and press everything, and type what is hostile into every field."""
    browser.execute_script(
        """
        document.querySelectorAll('details').forEach(e => { e.open = true; });
        document.querySelectorAll('button, summary, [role=button], [tabindex]').forEach(e => { e.click(); e.focus(); });
        document.querySelectorAll('select').forEach(e => {
            for (let i = 0; i < e.options.length; i++) {
                e.selectedIndex = i;
                e.dispatchEvent(new Event('change', {bubbles: true}));
            }
        });
        document.querySelectorAll('input').forEach(e => {
            for (const text of arguments[0]) { e.value = text; e.dispatchEvent(new Event('input', {bubbles: true})); }
            e.value = ''; e.dispatchEvent(new Event('input', {bubbles: true}));
        });
        document.querySelectorAll('*').forEach(e => e.dispatchEvent(new Event('mouseover', {bubbles: true})));
        """,
        list(NAMES),
    )


def test_no_cell_of_a_file_is_a_formula(hostile: Path) -> None:
    import openpyxl

    for name in ("report.xlsx", "answers.xlsx"):
        book = openpyxl.load_workbook(hostile / name)
        assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    files = [*hostile.glob("*.csv"), *(hostile / "tables").glob("*.csv")]
    assert files
    for path in files:
        with path.open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert [cell for cell in cells if cell[:1] in "=@" and cell] == [], path.name
