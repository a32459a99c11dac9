"""How many of those approached are left at each step?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aibaro.report.figures.axes import colours, label_rows, need_columns, new_axes
from aibaro.report.words import format_number, format_percent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def response_funnel(
    frame: pd.DataFrame, *, unit: str = "", share_of: str = "", lang: str = "en", ax: Axes | None = None
) -> Axes:
    """Draw a response flow as bars that shrink, each with its count and its share of the first.

    Examples
    --------
    >>> import pandas as pd
    >>> from aibaro.report.figures import response_funnel
    >>> frame = pd.DataFrame({"label": ["approached", "usable"], "count": [342, 181], "share": [100.0, 52.9]})
    >>> len(response_funnel(frame, unit="firms").get_yticklabels())
    2
    """
    need_columns(frame, ["label", "count"], "response_funnel")
    axes = new_axes(ax, len(frame))
    counts = frame["count"].astype(float).tolist()
    shares = frame["share"].astype(float).tolist() if "share" in frame else [float("nan")] * len(counts)
    axes.barh(range(len(counts)), counts, height=0.62, color=colours(1)[0])
    for row, (count, share) in enumerate(zip(counts, shares, strict=True)):
        text = format_number(count, 0, lang) + (f" {unit}" if unit and row == 0 else "")
        if row and not math.isnan(share):
            text += f"  ({format_percent(share, 1, lang)}{' ' + share_of if share_of and row == 1 else ''})"
        inside = row == 0
        axes.annotate(
            text,
            (count, row),
            xytext=(-5 if inside else 5, 0),
            textcoords="offset points",
            va="center",
            ha="right" if inside else "left",
            fontsize="small",
            color="white" if inside else None,
        )
    label_rows(axes, frame["label"].astype(str))
    axes.set_xlim(0, max(counts))
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)
    return axes
