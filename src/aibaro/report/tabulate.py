"""All tables of a report, for files beside the page: CSV, LaTeX, workbook and JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from aibaro.ledger import Finding
from aibaro.report.overview import CLAIM_FATES, NUMBER_VERDICTS, SurveyLine, survey_line
from aibaro.report.tables import Table
from aibaro.report.words import Text, count, say

if TYPE_CHECKING:
    from aibaro.report.html import Chapter

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
