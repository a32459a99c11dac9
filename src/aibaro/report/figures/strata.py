"""Where do population, response and weight lie among the strata?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import LogNorm, Normalize, to_rgb

from aibaro.report.figures.axes import label_rows, named, need_columns, new_axes
from aibaro.report.words import format_number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


# columns beyond which every column needs the room that labels of rows would take
CROWDED = 8
# characters of a row's label, and of a column's, before it breaks into lines
ROW_LABEL, CROWDED_LABEL, COLUMN_LABEL = 24, 20, 26
# characters of small type that stand side by side over the cells
ABREAST = 36


def stratum_map(
    frame: pd.DataFrame,
    value: str,
    *,
    rows: str,
    columns: str,
    order: Mapping[str, Sequence[str]] | None = None,
    labels: Mapping[str, str] | None = None,
    scale: str = "linear",
    factor: float = 1.0,
    decimals: int = 0,
    unit: str = "",
    text: str = "",
    heads: str = "level",
    lang: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Draw one number per stratum as a heat map with the number, or words for it, in each cell.

    Examples
    --------
    >>> import pandas as pd
    >>> from aibaro.report.figures import stratum_map
    >>> frame = pd.DataFrame({"sector": ["trade", "industry"] * 2, "size": ["small"] * 2 + ["large"] * 2,
    ...                       "weight": [15.0, 13.3, 2.5, 2.8]})
    >>> [label.get_text() for label in stratum_map(frame, "weight", rows="sector", columns="size").get_yticklabels()]
    ['trade', 'industry']
    """
    need_columns(frame, [rows, columns, value], "stratum_map")
    down, across = (list((order or {}).get(v, frame[v].drop_duplicates())) for v in (rows, columns))
    wide = frame.pivot(index=rows, columns=columns, values=value).reindex(index=down, columns=across)
    numbers = wide.to_numpy(dtype=float) * factor
    words = frame.pivot(index=rows, columns=columns, values=text).reindex(index=down, columns=across) if text else None
    axes = new_axes(ax, len(down) + 2)
    mesh = axes.pcolormesh(
        numbers, cmap=mpl.rcParams["image.cmap"], norm=_norm(numbers, scale), linewidth=1.5, edgecolor="white"
    )
    for i, j in np.argwhere(np.isfinite(numbers)):
        fill = mesh.cmap(mesh.norm(numbers[i, j]))
        written = format_number(numbers[i, j], decimals, lang) + unit if words is None else str(words.iloc[i, j])
        axes.text(
            j + 0.5,
            i + 0.5,
            written,
            ha="center",
            va="center",
            fontsize="small",
            color=_readable(fill),
        )
    lines = named(down, labels, ROW_LABEL if len(across) <= CROWDED else CROWDED_LABEL)
    label_rows(axes, lines)
    axes.set_yticks(np.arange(len(down)) + 0.5, lines)
    axes.set_ylim(len(down), 0)
    if heads == "upright":
        axes.set_xticks(np.arange(len(across)) + 0.5, named(across, labels, COLUMN_LABEL), rotation=90)
    else:
        names = named(across, labels)
        if len(names) * max(map(len, names)) > ABREAST:
            # every second name stands a line higher, so that neighbours never touch
            names = [name + "\n" * (place % 2) for place, name in enumerate(names)]
        axes.set_xticks(np.arange(len(across)) + 0.5, names)
    axes.tick_params(axis="x", length=0, labeltop=True, labelbottom=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes


def _norm(numbers: np.ndarray[Any, np.dtype[np.float64]], scale: str) -> Normalize:
    low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
    if scale == "log" and low > 0:
        return LogNorm(low, max(high, low * 1.001))
    return Normalize(min(low, 0.0), high if high > low else low + 1.0)


def _readable(fill: Any) -> str:
    """Choose black or white, whichever contrasts more with a fill (WCAG relative luminance)."""
    channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(fill)]
    luminance = float(np.dot(channels, [0.2126, 0.7152, 0.0722]))
    return "#000000" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "#ffffff"
