"""The numbers on the page about differences are those that the package computes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from aibaro.compare import compare
from aibaro.compare.declarations import Comparisons
from aibaro.published import load

PAGE = Path(__file__).resolve().parents[2] / "docs" / "differences.md"


def table_lines(result: Comparisons) -> list[str]:
    """Write a comparison as a row of the page's table."""
    lines = []
    for row in result.rows:
        d = row.difference
        lines.append(
            f"| `{d.item}` | {d.group_a} {d.a.text} | {d.group_b} {d.b.text} | {100 * d.estimate:+.1f} | "
            f"{100 * d.conf_low:+.1f} to {100 * d.conf_high:+.1f} | {d.breakdown_deff:.2f} | {row.verdict} |"
        )
    return lines


def test_every_comparison_of_the_page_is_computed() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for line in table_lines(compare(load("io-2023"))):
        assert line in text, line


def test_the_coverage_on_the_page_is_the_committed_one() -> None:
    table = pd.read_csv(PAGE.parents[1] / "benchmarks" / "results" / "compare_coverage.csv")
    text = PAGE.read_text(encoding="utf-8")
    for source, rows in table.groupby("standard_error"):
        for statement, part in rows.groupby("statement"):
            low, high = part["coverage"].min(), part["coverage"].max()
            line = f"| {statement} | {source} | {100 * low:.1f}% to {100 * high:.1f}% |"
            assert line in text, line
