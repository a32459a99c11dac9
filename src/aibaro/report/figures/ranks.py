"""Which places can each domain hold, and which pairs differ?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.ticker import MaxNLocator

from aibaro.report.figures.axes import colours, label_rows, named, need_columns, new_axes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def rank_sets(
    frame: pd.DataFrame, *, label: str = "level", labels: Mapping[str, str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the ranks that each level can hold at the joint confidence level.

    Examples
    --------
    >>> import pandas as pd
    >>> from aibaro.report.figures import rank_sets
    >>> frame = pd.DataFrame({"level": ["trade", "industry"], "rank": [2, 1], "rank_low": [1, 1], "rank_high": [2, 2]})
    >>> [label.get_text() for label in rank_sets(frame).get_yticklabels()]
    ['industry', 'trade']
    """
    need_columns(frame, [label, "rank", "rank_low", "rank_high"], "rank_sets")
    rows = frame.sort_values(["rank", label], kind="stable").reset_index(drop=True)
    axes = new_axes(ax, len(rows))
    colour = colours(1)[0]
    axes.hlines(
        rows.index,
        rows["rank_low"],
        rows["rank_high"],
        color=colour,
        alpha=0.35,
        capstyle="round",
        linewidth=mpl.rcParams["lines.linewidth"] * 4,
    )
    axes.plot(rows["rank"], rows.index, linestyle="none", marker="o", color=colour)
    label_rows(axes, named(rows[label], labels))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12))
    axes.set_xlim(0.5, len(rows) + 0.5)
    axes.grid(axis="x")
    axes.spines["bottom"].set_visible(False)
    return axes


GLYPHS: dict[str, str] = {"higher": "▲", "lower": "▼", "not_significant": "·", "depends": "?", "": ""}


def pairwise_matrix(
    frame: pd.DataFrame,
    *,
    order: Sequence[str],
    labels: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw which level is higher than which, one cell per pair.

    Examples
    --------
    >>> import pandas as pd
    >>> from aibaro.report.figures import pairwise_matrix
    >>> frame = pd.DataFrame({"level_a": ["trade"], "level_b": ["industry"], "relation": ["lower"]})
    >>> axes = pairwise_matrix(frame, order=["trade", "industry"])
    >>> len(axes.get_yticklabels()) > 0
    True
    """
    need_columns(frame, ["level_a", "level_b", "relation"], "pairwise_matrix")
    mirrored = {"higher": "lower", "lower": "higher"}
    cells: dict[tuple[str, str], str] = {}
    for a, b, relation in zip(frame["level_a"], frame["level_b"], frame["relation"], strict=True):
        cells[a, b], cells[b, a] = relation, mirrored.get(relation, relation)
    axes = new_axes(ax, len(order) + 1)
    blue, vermillion = colours(2)
    ink = {"higher": blue, "lower": vermillion}
    for i, a in enumerate(order):
        axes.fill_between([i - 0.5, i + 0.5], i - 0.5, i + 0.5, color=mpl.rcParams["grid.color"], linewidth=0)
        for j, b in enumerate(order):
            relation = cells.get((a, b), "")
            axes.text(j, i, GLYPHS[relation], ha="center", va="center", color=ink.get(relation))
    label_rows(axes, [f"{name}  {place}" for place, name in enumerate(named(order, labels, 22), 1)])
    axes.set_xticks(np.arange(len(order)), [str(place) for place in range(1, len(order) + 1)])
    axes.set_xlim(-0.5, len(order) - 0.5)
    axes.set_ylim(len(order) - 0.5, -0.5)
    axes.tick_params(axis="x", length=0, labeltop=True, labelbottom=False)
    axes.spines["bottom"].set_visible(False)
    return axes
