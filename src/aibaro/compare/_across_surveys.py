"""What does each survey say about adoption, and which of these figures may be set side by side?"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Sequence
from typing import Any

import pandas as pd

from aibaro._typed import typed
from aibaro.compare import limits as intervals
from aibaro.compare._shares import share_of, size_of
from aibaro.compare.domain_precision import domain_shares
from aibaro.errors import InputError
from aibaro.estimate.tails import student_quantile
from aibaro.facts import Key
from aibaro.published import PublishedSurvey
from aibaro.published.schema import SIDE_TABLES

FILE = "adoption.csv"
COLUMNS = SIDE_TABLES["adoption"].columns
# what must agree before two figures measure the same thing, and how a reader is told that it does not
_REASONS: dict[str, str] = {
    "unit": "they count different units ({a} against {b})",
    "definition": "they define adoption differently ({a} against {b})",
    "technology_scope": "they ask about different technologies ({a} against {b})",
}


@typed
def adoption(survey: PublishedSurvey) -> pd.DataFrame:
    """Read what a survey says about adoption.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey; its folder holds ``adoption.csv``.

    Returns
    -------
    pandas.DataFrame
        ``survey``, the declared columns, and from print ``estimate, low, high`` (rounding interval), ``n``,
        ``conf_low, conf_high`` (95% limits, rounding at its worst; NaN without a printed size): where strata are
        printed design-based with the largest standard error that the printed figures admit, else Wilson's at design
        effect 1, model-based.

    Raises
    ------
    InputError
        When the file is missing or has other columns.

    Examples
    --------
    >>> from aibaro.published import load
    >>> adoption(load("topdesk-2025"))[["place", "estimate", "n"]]
                place  estimate     n
    0     Netherlands      0.16  1000
    1  United Kingdom      0.36  <NA>
    2     Switzerland      0.30  <NA>
    """
    path = survey.folder / FILE
    if not path.is_file():
        raise InputError("the survey declares no adoption figure", where=survey.name, expected=FILE)
    table = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    if not table or tuple(table[0]) != COLUMNS or any(len(cells) != len(COLUMNS) for cells in table):
        raise InputError(
            "the file has other columns",
            where=f"{survey.name} / {FILE}",
            expected=", ".join(COLUMNS),
            got=", ".join(table[0]) if table else "an empty file",
        )
    rows = [_row(survey, dict(zip(COLUMNS, cells, strict=True))) for cells in table[1:]]
    return pd.DataFrame(rows).astype({"n": "Int64"})


def _row(survey: PublishedSurvey, declared: dict[str, str]) -> dict[str, Any]:
    key = declared["fact"]
    found = share_of(survey, key)
    low, high = found.box
    limits = (float("nan"), float("nan"))
    n = size_of(survey, key) if declared["base_printed"] == "yes" else None
    if len(survey.strata) and key == Key.parse(key).item:
        own = domain_shares(survey, key)[-1]
        half = float(student_quantile(0.025, own.df)) * own.se_upper
        limits = max(low - half, 0.0), min(high + half, 1.0)
    elif n is not None:
        z = intervals.critical(0.95)
        limits = float(intervals.wilson(low, n, z)[0]), float(intervals.wilson(high, n, z)[1])
    return {
        "survey": survey.name,
        **declared,
        "estimate": float(found.value),
        "low": low,
        "high": high,
        "n": n,
        "conf_low": limits[0],
        "conf_high": limits[1],
    }


@typed
def across(surveys: Sequence[PublishedSurvey]) -> pd.DataFrame:
    """Set the adoption figures of several surveys in one table.

    Parameters
    ----------
    surveys : sequence of PublishedSurvey
        The surveys.

    Returns
    -------
    pandas.DataFrame
        Rows of :func:`adoption`, survey after survey.  Being in one table does not make figures comparable: see
        :func:`refusals`.

    Examples
    --------
    >>> from aibaro.published import load
    >>> table = across([load("flanders-2023"), load("softwareone-2025")])
    >>> table[["survey", "estimate", "quality"]]
                 survey  estimate quality
    0     flanders-2023     0.321    high
    1  softwareone-2025     0.020     low
    """
    return pd.concat([adoption(survey) for survey in surveys], ignore_index=True)


def reasons_against(a: pd.Series, b: pd.Series) -> tuple[str, ...]:
    """List why two adoption figures may not be compared."""
    reasons = [text.format(a=a[column], b=b[column]) for column, text in _REASONS.items() if a[column] != b[column]]
    if a["year"] != b["year"]:
        reasons.append(f"they are of different years ({a['year']} and {b['year']})")
    for row in (a, b):
        if row["sampling"] == "third_party":
            reasons.append(f"the figure for {row['place']} is cited from a third party without base or precision")
        elif pd.isna(row["n"]):
            reasons.append(f"no base is printed for the figure of {row['place']}")
    return tuple(dict.fromkeys(reasons))


@typed
def refusals(table: pd.DataFrame) -> pd.DataFrame:
    """Tell for every pair of adoption figures whether they may be compared, and why not.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of :func:`across`.

    Returns
    -------
    pandas.DataFrame
        ``survey_a, fact_a, survey_b, fact_b, comparable, reasons``.

    Examples
    --------
    >>> from aibaro.published import load
    >>> pairs = refusals(adoption(load("inspark-2025")))
    >>> american = pairs.loc[pairs["fact_b"].str.contains("us_medium") & (pairs["fact_a"] == "stage.structural")]
    >>> bool(american["comparable"].iloc[0])
    False
    """
    rows = []
    for (_, a), (_, b) in itertools.combinations(table.iterrows(), 2):
        reasons = reasons_against(a, b)
        rows.append((a["survey"], a["fact"], b["survey"], b["fact"], not reasons, "; ".join(reasons)))
    return pd.DataFrame(rows, columns=["survey_a", "fact_a", "survey_b", "fact_b", "comparable", "reasons"])
