"""How far can unpublished counts push a standard error?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import matplotlib as mpl

from aibaro.report.figures.axes import (
    colours,
    label_rows,
    named,
    need_columns,
    new_axes,
    number_axis,
    write_right,
)
from aibaro.report.words import format_number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def error_bounds(
    frame: pd.DataFrame,
    *,
    label: str = "level",
    labels: Mapping[str, str] | None = None,
    factor: float = 100.0,
    decimals: int = 2,
    lang: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw the rigorous range of each standard error, with the values that some table attains.

    Examples
    --------
    >>> import pandas as pd
    >>> from aibaro.report.figures import error_bounds
    >>> frame = pd.DataFrame({"level": ["trade", "industry"], "se_lower": [0.02, 0.03], "se_upper": [0.04, 0.05]})
    >>> [label.get_text() for label in error_bounds(frame).get_yticklabels()]
    ['industry', 'trade']
    """
    need_columns(frame, [label, "se_lower", "se_upper"], "error_bounds")
    rows = frame.sort_values(["se_upper", label], ascending=[False, True], kind="stable").reset_index(drop=True)
    axes = new_axes(ax, len(rows))
    first, second = colours(2)
    low, high = rows["se_lower"] * factor, rows["se_upper"] * factor
    axes.barh(rows.index, high - low, left=low, height=0.34, color=first, alpha=0.28, linewidth=0)
    for column, source in (("se_lower_witness", low), ("se_upper_witness", high)):
        attained = rows[column] * factor if column in rows else source
        axes.plot(
            attained,
            rows.index,
            linestyle="none",
            marker="|",
            color=first,
            markersize=mpl.rcParams["lines.markersize"] * 1.8,
            markeredgewidth=1.6,
        )
    if "std_error" in rows:
        axes.plot(
            rows["std_error"] * factor,
            rows.index,
            linestyle="none",
            marker="D",
            color=second,
            markersize=mpl.rcParams["lines.markersize"] * 0.8,
        )
    label_rows(axes, named(rows[label], labels))
    write_right(axes, [format_number(float(value), decimals, lang) for value in high])
    axes.set_xlim(left=0)
    axes.grid(axis="x")
    axes.spines["bottom"].set_visible(False)
    number_axis(axes, "x", lang, 0 if axes.get_xlim()[1] >= 5 else 1)
    return axes
