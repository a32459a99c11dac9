"""Which terms of a model matter, and how sure is each?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aibaro.report.figures.axes import need_columns, number_axis
from aibaro.report.figures.intervals import dot_whisker

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def coefficient_plot(
    frame: pd.DataFrame,
    *,
    reference: float = 0.0,
    scale: str = "linear",
    hide: Sequence[str] = ("Intercept",),
    labels: Mapping[str, str] | None = None,
    decimals: int = 2,
    lang: str = "en",
    width: int = 24,
    ax: Axes | None = None,
) -> Axes:
    """Draw coefficients of a model, or odds ratios, as dots and their intervals as whiskers.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``Model.to_frame()`` or ``Model.odds_ratios()``: ``term, estimate, conf_low, conf_high``.
    reference : float
        Value of no effect, drawn as a line: 0 for coefficients, 1 for ratios.
    scale : {"linear", "log"}
        Scale of the axis; ratios belong on ``log``.
    hide : sequence of str
        Terms that are left out.
    labels : mapping of str to str, optional
        Texts of the terms.
    decimals, width : int
        Decimals of the numbers, and characters of a line of a label.
    lang : {"en", "nl"}
        Language of the numbers.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on.

    Returns
    -------
    matplotlib.axes.Axes
        The axes; terms in the order of the model.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"term": ["Intercept", "staff"], "estimate": [1.0, 0.3], "conf_low": [0.5, 0.1],
    ...                       "conf_high": [1.5, 0.5]})
    >>> [label.get_text() for label in coefficient_plot(frame).get_yticklabels()]
    ['staff']
    """
    need_columns(frame, ["term", "estimate", "conf_low", "conf_high"], "coefficient_plot")
    shown = frame[~frame["term"].isin(list(hide))]
    axes = dot_whisker(
        shown,
        label="term",
        sort="given",
        overall=reference,
        labels=labels,
        decimals=decimals,
        unit="",
        lang=lang,
        width=width,
        ax=ax,
    )
    low, high = min(float(shown["conf_low"].min()), reference), max(float(shown["conf_high"].max()), reference)
    if scale == "log":
        axes.set_xscale("log")
        axes.set_xlim(low / 1.15, high * 1.15)
    else:
        margin = 0.05 * (high - low)
        axes.set_xlim(low - margin, high + margin)
    number_axis(axes, "x", lang, 1, "")
    return axes
