"""How far do synthetic files differ where print says nothing?  Shares of items by stratum variable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from aibaro.errors import InputError
from aibaro.synthesize.api import LABEL, Synthetic, inner_range

if TYPE_CHECKING:
    from aibaro.published import PublishedSurvey


def share_ranges(files: Sequence[Synthetic], survey: PublishedSurvey) -> pd.DataFrame:
    """Give the range of the weighted share of each item, overall and by stratum variable, over files."""
    if not files:
        raise InputError(
            "no file to take a range over", where="share_ranges", parameter="files", got="none", expected="at least one"
        )
    variables = [c for c in survey.strata.columns if c not in {"population", "sample", "respondents"}]
    skip = {*variables, "weight", LABEL}

    def shares(rows: pd.DataFrame) -> dict[str, float]:
        found = {}
        for item in [str(c) for c in rows.columns if c not in skip and rows[c].dropna().isin([0, 1]).all()]:
            asked = rows.loc[rows[item].notna()]
            weighted = asked["weight"] * asked[item].astype(float)
            found[item] = 100 * float(weighted.sum() / asked["weight"].sum())
            for variable in variables:
                by = weighted.groupby(asked[variable]).sum() / asked.groupby(variable)["weight"].sum()
                found |= {f"{item}|{variable}={level}": 100 * float(v) for level, v in by.items()}
        return found

    frame = inner_range(files, shares)
    return frame.loc[frame["maximum"] - frame["minimum"] > 0.1].reset_index(drop=True)
