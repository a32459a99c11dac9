"""How large a misprint would have been noticed?  For every printed percentage, kept beside the data."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

import pandas as pd

from aibaro.errors import ConflictError, InputError, IntegrityError
from aibaro.facts import Facts, Printing, facts_of
from aibaro.published import PublishedSurvey
from aibaro.published.checksums import write_with_descriptor
from aibaro.reconstruct._dual import DualBounds, proof
from aibaro.reconstruct.items import ItemSystem, PrintedShare, own_item, percentages

DETECTION_FILE = "detection.csv"
DETECTION_COLUMNS = (
    "item",
    "base",
    "domain",
    "level",
    "printed",
    "down",
    "up",
    "scope",
    "constraints",
    "proof",
    "inputs",
)
_FIGURES = ("item", "base", "domain", "level", "wave", "group", "weighted", "printed")
Progress = Callable[[str], None]


def detection_limits(survey: PublishedSurvey) -> pd.DataFrame:
    """Read how large a misprint of each printed percentage would have been noticed.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.

    Returns
    -------
    pandas.DataFrame
        One row per fact: item, base, domain, level, printed, ``down`` and ``up`` (points; every misprint of at least so
        much below or above contradicts the other printed figures; missing where no printable misprint does), scope
        (``whole`` when all constraints of the item were used), constraints, proof, inputs.  No rows where the survey
        keeps no such file; then :func:`compute_detection_limits` computes them.

    Raises
    ------
    IntegrityError
        When printed figures changed since the file was written.

    Notes
    -----
    The limit is of the fact: a misprint that stands in all its printings.  One that stands in a single printing of
    several is noticed whatever its size, by comparing them.

    Examples
    --------
    >>> from aibaro.published import load
    >>> limits = detection_limits(load("flanders-2023")).query("item == 'technology.nlg' and level == 'large'")
    >>> limits[["printed", "down", "up"]].to_numpy().tolist()
    [['25,3%', 3.6, 2.1]]
    """
    path = survey.folder / DETECTION_FILE
    if not path.is_file():
        return pd.DataFrame(columns=list(DETECTION_COLUMNS))
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    missing = [c for c in DETECTION_COLUMNS if c not in frame.columns]
    if missing:
        raise InputError(
            "the table of detection limits lacks columns",
            where=DETECTION_FILE,
            expected=", ".join(DETECTION_COLUMNS),
            got=f"without {', '.join(missing)}",
            hint="run 'aibaro bounds --detection --recompute'",
        )
    found = _inputs(survey)
    if set(frame["inputs"]) - {found}:
        raise IntegrityError(
            "printed figures changed since the detection limits were computed",
            where=f"{survey.name} / {DETECTION_FILE}",
            parameter="inputs",
            expected=found,
            got=", ".join(sorted(set(frame["inputs"]))),
            hint="run 'aibaro bounds --detection --recompute'",
        )
    numbers = {c: [float(v) if v else math.nan for v in frame[c]] for c in ("down", "up")}
    return frame[list(DETECTION_COLUMNS)].assign(**numbers)


def compute_detection_limits(
    survey: PublishedSurvey, items: Iterable[tuple[str, str]] | None = None, *, progress: Progress | None = None
) -> pd.DataFrame:
    """Compute how large a misprint of each printed percentage would be noticed.

    Parameters
    ----------
    survey : PublishedSurvey
        A survey that prints strata.
    items : iterable of (str, str), optional
        Items and bases; by default all whose weighted percentages are printed.
    progress : callable, optional
        Called with the name of each item before it is treated.

    Returns
    -------
    pandas.DataFrame
        Columns as :func:`detection_limits`; ``down`` and ``up`` as text with the decimals of print, empty for none.

    Raises
    ------
    InputError
        When the survey prints no strata.

    Notes
    -----
    With L and U the ends of the shares that the other figures of the item allow, from
    :class:`~aibaro.reconstruct.DualBounds`, and a print P of unit u, a misprint of k units downwards is noticed for
    certain when P - k u + u/2 < L.  Figures of other items are not used, and counts are relaxed to real numbers, so
    that smaller misprints may be noticed too.

    Examples
    --------
    >>> from aibaro.published import load
    >>> found = compute_detection_limits(load("flanders-2023"), [("technology.nlg", "all")])
    >>> len(found), found.query("level == 'micro'")[["down", "up"]].to_numpy().tolist()
    (16, [['0.3', '0.2']])
    """
    if items is None:
        pairs = percentages(survey)[["item", "base"]].drop_duplicates()
        items = [(str(i), str(b)) for i, b in zip(pairs["item"], pairs["base"], strict=True)]
    facts = facts_of(survey)
    rows: list[tuple[str, ...]] = []
    mark = _inputs(survey)
    for item, base in sorted(items):
        if progress is not None:
            progress(f"{item} among {base}")
        try:
            rows += _limits_of(own_item(facts, item, base), facts, mark)
        except ConflictError:
            # figures that contradict each other as they stand have no limit
            continue
    return pd.DataFrame(sorted(rows), columns=list(DETECTION_COLUMNS))


def _limits_of(system: ItemSystem, facts: Facts, mark: str) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for share in system.shares:
        # of several printings the one with most digits says most
        printing = max((facts.printing(i) for i in share.ids), key=lambda p: p.decimals)
        place = (system.item, system.base, share.domain, share.level, printing.text)
        ends = noticed_from(system, share, printing)
        rows.append((*place, *ends, "whole", "own-item", proof(), mark))
    return rows


def noticed_from(system: ItemSystem, share: PrintedShare, number: Printing) -> tuple[str, str]:
    """Return the smallest misprints of a number that the others contradict for certain."""
    value, unit = number.value or Fraction(0), number.unit_of_print
    lower, upper = (100 * end for end in DualBounds(system.without(share)).share(share.strata))
    half = unit / 2
    down = max(math.floor((value + half - lower) / unit) + 1, 1) * unit
    up = max(math.floor((upper - value + half) / unit) + 1, 1) * unit
    return (
        _text(down, number.decimals) if down <= value else "",
        _text(up, number.decimals) if value + up <= 100 else "",
    )


def write_detection_limits(folder: str | Path, rows: pd.DataFrame) -> Path:
    """Write detection limits beside the data.

    Parameters
    ----------
    folder : str or pathlib.Path
        Folder of the survey.
    rows : pandas.DataFrame
        Result of :func:`compute_detection_limits`.

    Returns
    -------
    pathlib.Path
        The file.

    Examples
    --------
    >>> import tempfile
    >>> from aibaro.published import load
    >>> from aibaro.reconstruct import detection_limits
    >>> write_detection_limits(tempfile.mkdtemp(), detection_limits(load("flanders-2023"))).name
    'detection.csv'
    """
    return write_with_descriptor(folder, limit_contents(rows))[0]


def limit_contents(rows: pd.DataFrame) -> dict[str, bytes]:
    """The file that :func:`write_detection_limits` writes, by its name."""
    text = rows.to_csv(index=False, columns=list(DETECTION_COLUMNS), lineterminator="\n")
    return {DETECTION_FILE: text.encode("utf-8")}


def _inputs(survey: PublishedSurvey) -> str:
    """Hash what limits depend on: strata, printed percentages, bases and relations, in whatever order they stand."""
    figures = survey.printed.loc[survey.printed["kind"] == "percentage", list(_FIGURES)]
    bases = survey.bases[["base", "parent", "definition", "respondents"]]
    tables = (survey.strata, figures, bases, survey.relations[["kind", "parts", "whole"]])
    text = "\n".join(
        table.sort_values(list(table.columns)).to_csv(index=False, lineterminator="\n") for table in tables
    )
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _text(points: Fraction, decimals: int) -> str:
    return f"{float(points):.{decimals}f}"
