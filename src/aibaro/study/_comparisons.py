"""How do the comparisons of a survey become frames?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from aibaro.compare import Differences


def comparison_frames(found: Differences) -> dict[str, pd.DataFrame]:
    """Return the entries of :class:`~aibaro.report.SurveyResults` that come from comparisons.

    Parameters
    ----------
    found : Differences
        All comparisons of a survey.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``differences``, ``ranks`` and ``pairs``, as far as there are any.
    """
    frames: dict[str, pd.DataFrame] = {}
    if found.declared is not None:
        frame = found.declared.to_frame()
        frames["differences"] = frame.assign(label=frame["item"])
    if len(found.ranks):
        frames["ranks"] = found.ranks
    if len(found.domains):
        frames["pairs"] = found.domains.assign(
            relation=[
                _relation(float(estimate), str(verdict))
                for estimate, verdict in zip(found.domains["estimate"], found.domains["verdict"], strict=True)
            ]
        )
    return frames


def _relation(estimate: float, verdict: str) -> str:
    """Turn a verdict on a difference into what the matrix of pairs shows of it."""
    if verdict != "established":
        return verdict
    return "higher" if estimate > 0 else "lower"
