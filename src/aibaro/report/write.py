"""Which files does the report consist of?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from aibaro.errors import InputError
from aibaro.files import write_text_atomic
from aibaro.ledger import Finding, write_sheets
from aibaro.report.html import chapters, drawings, drawn_here, render
from aibaro.report.inputs import SurveyResults
from aibaro.report.numbers import check_language
from aibaro.report.tabulate import every_table, report_json, workbook_sheets


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
