"""Which files does the report consist of?  The page, and every table beside it as CSV, LaTeX, workbook and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from aibaro.errors import InputError
from aibaro.files import write_text_atomic
from aibaro.ledger import Finding, write_sheets
from aibaro.report.html import chapters, drawings, drawn_here, render
from aibaro.report.inputs import SurveyResults
from aibaro.report.overview import CLAIM_FATES, NUMBER_VERDICTS, SurveyLine, survey_line
from aibaro.report.tables import Table
from aibaro.report.words import Text, check_language, count, say

if TYPE_CHECKING:
    from aibaro.report.html import Chapter


# --- All tables of a report, for files beside the page: CSV, LaTeX, workbook and JSON.

SCHEMA_VERSION = "2"


def every_table(parts: Sequence[Chapter]) -> tuple[Table, ...]:
    """Collect the tables of a report: the first screen's, then those of each chapter."""
    lines = [survey_line(part.results, part.rows) for part in parts]
    numbers = _overview("overview-numbers", lines, {v: say(f"verdict.{v}") for v in NUMBER_VERDICTS}, "counts")
    claims = _overview("overview-statements", lines, {f: say(f"fate_short.{f}") for f in CLAIM_FATES}, "fates")
    chapters = (
        t for part in parts for s in part.sections for t in (*(e.table for e in (*s.exhibits, *s.more)), *s.tables)
    )
    return (numbers, claims, *chapters)


def _overview(key: str, lines: Sequence[SurveyLine], heads: dict[str, Text], field: str) -> Table:
    counts: list[dict[str, int]] = [getattr(line, field) for line in lines]
    data = pd.DataFrame(
        [{"survey": line.name, **{code: own[code] for code in heads}} for line, own in zip(lines, counts, strict=True)]
    )
    rows = tuple(
        (Text.same(line.title), *(count(own[code]) for code in heads)) for line, own in zip(lines, counts, strict=True)
    )
    caption = say("overview.verdicts" if field == "counts" else "overview.by_claim")
    columns = (say("overview.survey"), *heads.values())
    return Table(key, caption, columns, rows, tuple(range(1, len(columns))), data)


def workbook_sheets(parts: Sequence[Chapter], lang: str) -> list[tuple[str, str, pd.DataFrame]]:
    """Return the sheets of the workbook: every table, then the ledger and the statements whole."""
    sheets = [(table.key, table.caption[lang], table.data) for table in every_table(parts)]
    for key, words in (("ledger", "ledger.title"), ("claims", "chapter.claims")):
        frames = [getattr(p.results, key).assign(survey=p.results.survey.name) for p in parts]
        known = [frame for frame in frames if len(frame)]
        if known:
            sheets.append((key, say(words)[lang], pd.concat(known, ignore_index=True)))
    return sheets


def report_json(parts: Sequence[Chapter], ranked: Sequence[Finding] | None) -> str:
    """Write what the page shows as JSON; ``schemas/report-2.json`` says what stands where."""
    lines = [survey_line(part.results, part.rows) for part in parts]
    surveys = [
        {
            "survey": line.name,
            "title": line.title,
            "numbers": line.counts,
            "statements": line.fates,
            "tables": [t.key for t in every_table([part])[2:]],
        }
        for line, part in zip(lines, parts, strict=True)
    ]
    found = [
        {
            "rank": place,
            "id": f.id,
            "survey": f.survey,
            "verdict": f.verdict,
            "text": f.text,
            "location": f.location,
            "headline": f.headline,
            "distance": f.distance,
        }
        for place, f in enumerate(ranked or (), 1)
    ]
    tables = {
        t.key: {"caption": {"en": t.caption.en, "nl": t.caption.nl}, **_columns(t.data)} for t in every_table(parts)
    }
    content = {"schema_version": SCHEMA_VERSION, "surveys": surveys, "findings": found, "tables": tables}
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _columns(frame: pd.DataFrame) -> dict[str, Any]:
    cells = frame.astype(object).where(frame.notna(), None)
    rows = [[v.item() if hasattr(v, "item") else v for v in row] for row in cells.itertuples(index=False)]
    return {"columns": [str(c) for c in frame.columns], "rows": rows}


# --- Which files does the report consist of?


def write_report(
    results: Mapping[str, SurveyResults | Mapping[str, Any]],
    out: str | Path,
    lang: str = "en",
    *,
    findings: Sequence[Finding] | None = None,
    executor: Executor | None = None,
    workbook: str | Path | None = None,
    figures: str = "files",
) -> tuple[Path, ...]:
    """Write ``report.html``, ``report.json``, ``figures/*.svg``, ``tables/*.csv`` and ``tables/*.tex``.

    Parameters
    ----------
    results : mapping of str to SurveyResults or mapping
        Results by survey, in the order in which the report shall tell of them.
    out : str or Path
        Folder; it is made where it is missing.
    lang : {"en", "nl"}
        Language that the page opens in, and of the figure files.
    findings : sequence of aibaro.ledger.Finding, optional
        All findings in their order, as :func:`aibaro.ledger.findings` ranks them; the first ten different facts
        stand on the first screen, which has no such list without them.
    executor : concurrent.futures.Executor, optional
        Who draws the figures; by default they are drawn here.
    workbook : str or Path, optional
        File in which all tables stand as one workbook too (``*.xlsx``; extra ``excel``).
    figures : {"files", "none"}
        Whether figures are drawn, on the page and as files of their own, with their tables.

    Returns
    -------
    tuple of Path
        The files written, ``report.html`` first.

    Raises
    ------
    InputError
        When there is no survey, a frame lacks a column, or the language is unknown.
    MissingDependencyError
        When a workbook is wanted and xlsxwriter is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from aibaro.published import small_survey
    >>> from aibaro.ledger import build_ledger
    >>> survey = small_survey(tempfile.mkdtemp())
    >>> ledger = build_ledger(survey)
    >>> entry = {"survey": survey, "ledger": ledger.to_frame(), "claims": ledger.claims_frame()}
    >>> write_report({"my-survey": entry}, survey.folder / "out")[0].name
    'report.html'
    """
    check_language(lang)
    if not results:
        raise InputError(
            "there is nothing to report", where="write_report", parameter="results", expected="at least one survey"
        )
    read = {name: SurveyResults.read(entry, name) for name, entry in results.items()}
    begun = () if figures == "none" or executor is None else drawings(read, executor)
    parts = chapters(read, figures)
    folder = Path(out)
    tables = []
    for table in every_table(parts):
        tables.append(write_text_atomic(folder / "tables" / f"{table.key}.csv", table.csv()))
        tables.append(write_text_atomic(folder / "tables" / f"{table.key}.tex", table.latex(lang)))
    tables.append(write_text_atomic(folder / "report.json", report_json(parts, findings)))
    exhibits = [exhibit for part in parts for exhibit in part.exhibits]
    drawn = drawn_here(exhibits) if executor is None else dict(begun)
    written = [write_text_atomic(folder / "report.html", render(parts, drawn, lang, findings))]
    for exhibit in exhibits:
        path = folder / "figures" / f"{exhibit.key}.svg"
        written.append(write_text_atomic(path, exhibit.file(drawn[exhibit.key, lang], lang)))
    written += tables
    if workbook is not None:
        written.append(write_sheets(workbook_sheets(parts, lang), workbook))
    return tuple(written)
