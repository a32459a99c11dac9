"""How does a share grow with a size?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from aibaro.report.figures.axes import colours, markers, named, need_columns, new_axes, number_axis, write_above
from aibaro.report.figures.change import spread
from aibaro.report.words import format_number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


def share_curves(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    label: str,
    log: bool = False,
    marks: Sequence[float] = (),
    x_label: str = "",
    lang: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw percentages over a size, one line per group with its name at the end.

    Examples
    --------
    >>> import pandas as pd
    >>> from aibaro.report.figures import share_curves
    >>> frame = pd.DataFrame({"n": [10, 100] * 2, "power": [90.0, 40.0, 99.0, 80.0],
    ...                       "digits": ["none"] * 2 + ["one"] * 2})
    >>> len(share_curves(frame, x="n", y="power", label="digits", log=True).lines)
    2
    """
    need_columns(frame, [x, y, label], "share_curves")
    axes = new_axes(ax)
    groups = list(frame[label].drop_duplicates())
    axes.set_ylim(0, 104)
    if log:
        axes.set_xscale("log")
    for group, colour, marker in zip(groups, colours(len(groups)), markers(len(groups)), strict=True):
        part = frame[frame[label] == group].sort_values(x, kind="stable")
        axes.plot(
            part[x],
            part[y],
            color=colour,
            marker=marker,
            markevery=max(1, len(part) // 12),
            markersize=mpl.rcParams["lines.markersize"] * 0.8,
        )
    ends = [float(frame.loc[frame[label] == g].sort_values(x, kind="stable")[y].iloc[-1]) for g in groups]
    for group, height in zip(groups, spread(ends, axes, 9), strict=True):
        axes.annotate(
            named([group], None, 22)[0],
            (1, height),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize="small",
            annotation_clip=False,
        )
    for mark in marks:
        axes.axvline(mark, color=mpl.rcParams["axes.edgecolor"], linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
        write_above(axes, mark, f"n = {format_number(mark, 0, lang)}")
    low, high = axes.get_xlim()
    if log:
        axes.xaxis.set_major_locator(FixedLocator([t for t in TICKS if low <= t <= high]))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(
            FuncFormatter(lambda value, _: format_number(value, 0 if value >= 1 else 1, lang))
        )
    else:
        number_axis(axes, "x", lang)
    number_axis(axes, "y", lang, 0, "%")
    axes.grid(axis="y")
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(x_label)
    return axes
