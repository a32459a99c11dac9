"""Writes the estimates of the Python package svy for the rows of this folder, as reference values.

Needs Python 3.13 and its own environment: ``pip install svy``, then ``python svy_values.py`` in this folder.
"""

from __future__ import annotations

import csv
import platform
from importlib.metadata import version
from pathlib import Path

import polars as pl
import svy

VALUES = Path("values")
DESIGNS = {
    "strat": ("apistrat", {"stratum": "stype", "wgt": "pw", "pop_size": "fpc"}),
    "strat_none": ("apistrat", {"stratum": "stype", "wgt": "pw"}),
    "clus": ("apiclus1", {"psu": "dnum", "wgt": "pw", "pop_size": "fpc"}),
    "nhanes": ("nhanes", {"stratum": "strata", "psu": "psu", "wgt": "w"}),
}


def estimates(design: str, sample: svy.Sample) -> list[tuple[str, str, svy.Estimate]]:
    """Ask for the same figures as the scripts in R."""
    ask = sample.estimation
    if design == "nhanes":
        return [
            ("mean", "HI_CHOL", ask.mean("HI_CHOL", drop_nulls=True)),
            ("mean", "HI_CHOL", ask.mean("HI_CHOL", by="race", drop_nulls=True)),
        ]
    return [
        ("mean", "api00", ask.mean("api00")),
        ("mean", "api00", ask.mean("api00", by="stype")),
        ("mean", "enroll", ask.mean("enroll", by=["comp_imp", "awards"])),
        ("total", "enroll", ask.total("enroll")),
        ("ratio", "api.stu/enroll", ask.ratio("api.stu", "enroll")),
        ("ratio", "api.stu/enroll", ask.ratio("api.stu", "enroll", by="stype")),
        ("proportion", "yes", ask.prop("yes", ci_method="logit")),
        ("proportion-beta", "yes", ask.prop("yes", ci_method="beta")),
    ]


def main() -> None:
    """Write values and session."""
    header = ["design", "target", "item", "by", "level", "estimate", "std_error", "df", "conf_low", "conf_high", "n"]
    with (VALUES / "svy.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for name, (source, options) in DESIGNS.items():
            rows = pl.read_csv(VALUES / f"{source}.csv", null_values=["NA"], infer_schema_length=None)
            if name != "nhanes":
                yes = (pl.col("sch.wide") == "Yes").cast(pl.Int64).alias("yes")
                rows = rows.with_columns(yes).rename({"comp.imp": "comp_imp"})
            for target, item, found in estimates(name, svy.Sample(rows, svy.Design(**options))):
                for row in found.to_dicts():
                    if row["y_level"] == 0:
                        continue
                    by, level = ("×".join(str(v) for v in row[key] or ()) for key in ("by", "by_level"))
                    numbers = [repr(row[key]) for key in ("est", "se", "df", "lci", "uci", "n")]
                    writer.writerow([name, target, item, by, level, *numbers])
    session = f"Python {platform.python_version()}\nsvy {version('svy')}\npolars {version('polars')}\n"
    (VALUES / "svy.session.txt").write_text(session, encoding="utf-8")


if __name__ == "__main__":
    main()
