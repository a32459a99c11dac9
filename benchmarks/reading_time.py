"""Does the cost of reading grow with what is read, or faster?

Rows of many columns, strata of many variables, and the five bundled surveys; processor seconds, the least of three
runs; run as ``python benchmarks/reading_time.py``.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from estimate_speed import machine

import aibaro
from aibaro.published import catalogue, read

HERE = Path(__file__).resolve().parent
COLUMNS = (5_000, 10_000, 20_000)
VARIABLES = (6, 12, 24)


def seconds(work: Callable[[], object]) -> float:
    """Processor seconds of the quickest of three runs."""
    times = []
    for _ in range(3):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return round(min(times), 3)


def wide_file(folder: Path, columns: int) -> Path:
    """A made-up file of three rows, a quarter of its columns with an empty cell."""
    path = folder / f"{columns}.csv"
    rows = [",".join("" if row == 0 and k % 4 == 0 else str(k) for k in range(columns)) for row in range(3)]
    path.write_text("\n".join([",".join(f"c{k}" for k in range(columns)), *rows]) + "\n")
    return path


def survey_of(folder: Path, variables: int) -> Path:
    """A made-up survey of two strata that differ in every variable."""
    path = folder / f"survey-{variables}"
    path.mkdir()
    rows = [",".join(f"v{k}" for k in range(variables)), *(",".join([level] * variables) for level in "ab")]
    ends = (",population,respondents", ",900,40", ",100,30")
    (path / "strata.csv").write_text("".join(f"{row}{end}\n" for row, end in zip(rows, ends, strict=True)))
    (path / "printed.csv").write_text("item,domain,level,printed\nuse,,,14%\nuse,v1,a,10%\nuse,v1,b,50%\n")
    return path


def main() -> None:
    """Measure and write the result."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {n: wide_file(folder, n) for n in COLUMNS}
        surveys = {n: survey_of(folder, n) for n in VARIABLES}
        report = {
            "machine": machine(),
            "rows_by_columns": {n: seconds(lambda path=path: aibaro.read_rows(path)) for n, path in files.items()},
            "survey_by_variables": {n: seconds(lambda path=path: read(path)) for n, path in surveys.items()},
            "five_surveys": seconds(catalogue),
        }
    (HERE / "results" / "reading_time.json").write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
