"""``aibaro bounds PATH --strata``: which counts of single strata does print allow, and which figures are to blame?"""

from __future__ import annotations

import argparse
import sys

import pandas as pd

from aibaro.disclosure import audit
from aibaro.disclosure.ranges import SMALL
from aibaro.files import csv_text, write_text_atomic
from aibaro.published import PublishedSurvey
from aibaro.published.bundled import bundled_names


def audit_strata(survey: PublishedSurvey, arguments: argparse.Namespace, items: list[tuple[str, str]] | None) -> int:
    """Audit a survey and print what its figures give away."""
    ranges, summary = audit(
        survey,
        items,
        reveal=arguments.reveal,
        constraints=arguments.constraints,
        progress=lambda name: print(f"  bounding {name}", file=sys.stderr, flush=True),
    )
    print(f"{survey.name}: counts of respondents that the printed figures allow, by item")
    print(summary.to_string(index=False, float_format=lambda v: f"{v:.1f}"))
    bundled = arguments.survey in bundled_names()
    if bundled and arguments.reveal == "safe":
        print("which strata are pinned is not shown for a survey of somebody else")
        return 0
    print("\n" + "\n".join(_sentences(ranges)))
    hidden = int((ranges["n"] < SMALL).sum())
    if arguments.reveal == "safe" and hidden:
        print(f"counts of {hidden} cells with fewer than {SMALL} respondents are not shown; --reveal small shows them")
    if arguments.output is not None:
        print(f"wrote {write_text_atomic(arguments.output, csv_text(ranges))}", file=sys.stderr)
    return 0


def _sentences(ranges: pd.DataFrame) -> list[str]:
    """Say of each cell what can be stated."""
    lines = []
    for row in ranges.to_dict(orient="records"):
        cell = f"{row['stratum']}: {row['item']} among {row['base']}: "
        of = f"of {row['n']} respondents"
        blame = f"; follows from {row['blame']}" if row["blame"] else ""
        if pd.isna(row["low"]):
            lines.append(f"  {cell}{'exactly one count' if row['pinned'] else 'several counts'} {of}{blame}")
        elif row["pinned"]:
            lines.append(f"  {cell}exactly {row['low']} {of}{blame}")
        else:
            note = "" if row["attained"] else " (outer range)"
            lines.append(f"  {cell}{row['low']} to {row['high']} {of}{note}")
    return lines
