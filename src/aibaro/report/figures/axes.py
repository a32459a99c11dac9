"""What all figures share: an axes to draw on, colours of the current style, number formats."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle, islice
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from aibaro.errors import FaultList, InputError
from aibaro.report.words import format_number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def new_axes(ax: Axes | None, rows: int = 0) -> Axes:
    """Return the axes to draw on."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    width, height = mpl.rcParams["figure.figsize"]
    size = (width, max(1.2, 0.9 + rows * row_height())) if rows else (width, height)
    _, fresh = plt.subplots(figsize=size, layout="constrained")
    return fresh


def row_height() -> float:
    """Height of one labelled row in inches under the current type size."""
    return float(mpl.rcParams["font.size"]) * 2.35 / 72


def root_figure(ax: Axes) -> Figure:
    """Return the figure that an axes belongs to."""
    figure = ax.get_figure(root=True)
    if figure is None:
        raise InputError("the axes belongs to no figure", parameter="ax", expected="an axes of a figure")
    return figure


def colours(count: int) -> list[str]:
    """Return the first colours of the current property cycle."""
    named = mpl.rcParams["axes.prop_cycle"].by_key().get("color", ["C0"])
    return list(islice(cycle(named), count))


def markers(count: int) -> list[str]:
    """Return the first markers of the current property cycle, or matplotlib's own where it names none."""
    named = mpl.rcParams["axes.prop_cycle"].by_key().get("marker", ["o", "s", "D", "^", "v", "P", "X", "*"])
    return list(islice(cycle(named), count))


def number_axis(ax: Axes, which: str, lang: str, decimals: int = 0, unit: str = "") -> None:
    """Write the tick labels of an axis in a language."""
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{format_number(value, decimals, lang)}{unit}"))


def write_right(ax: Axes, texts: Iterable[str], head: str = "") -> None:
    """List texts down the right edge of the rows, where they never touch a mark."""
    lines = list(texts)
    widest = max((len(t) for t in [*lines, head]), default=0)
    right = mpl.rcParams["font.size"] * (0.75 + 0.55 * widest)
    for row, text in enumerate(lines):
        ax.annotate(
            text,
            (1, row),
            xycoords=("axes fraction", "data"),
            xytext=(right, 0),
            ha="right",
            va="center_baseline",
            textcoords="offset points",
            fontsize="small",
            annotation_clip=False,
        )
    if head:
        ax.annotate(
            head,
            (1, 1),
            xycoords="axes fraction",
            xytext=(right, 3),
            textcoords="offset points",
            ha="right",
            va="bottom",
            fontsize="small",
            color=mpl.rcParams["xtick.color"],
        )


def write_above(ax: Axes, place: float, text: str) -> None:
    """Write what a vertical line means above the axes."""
    ax.annotate(
        text,
        (place, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, 3),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize="small",
        color=mpl.rcParams["xtick.color"],
    )


def name_kinds(ax: Axes, words: Sequence[str], above: int = 0) -> None:
    """Name what each colour and marker stands for, in lines above the rows, instead of a legend beside them."""
    line = mpl.rcParams["font.size"] * 1.5
    figure = root_figure(ax)
    corner = blended_transform_factory(figure.transFigure, ax.transAxes)
    for place, (name, colour, marker) in enumerate(zip(words, colours(len(words)), markers(len(words)), strict=True)):
        up = line * (len(words) - place - 1 + above) + mpl.rcParams["font.size"]
        ax.annotate(
            name,
            (0, 1),
            xycoords=("figure fraction", "axes fraction"),
            xytext=(16, up),
            ha="left",
            va="center_baseline",
            textcoords="offset points",
            fontsize="small",
            annotation_clip=False,
        )
        shift = ScaledTranslation(8 / 72, up / 72, figure.dpi_scale_trans)
        ax.plot([0], [1], marker=marker, color=colour, linestyle="none", clip_on=False, transform=corner + shift)


def label_rows(ax: Axes, names: Iterable[str]) -> None:
    """List names down the vertical axis, first on top."""
    texts = list(names)
    ax.set_yticks(range(len(texts)), texts)
    ax.set_ylim(len(texts) - 0.45, -0.55)
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", length=0)
    ax.spines["left"].set_visible(False)


def named(levels: Iterable[object], labels: Mapping[str, str] | None, width: int = 24) -> list[str]:
    """Replace codes by labels where a label is known, and break long ones into lines.

    Examples
    --------
    >>> named(["a"], {"a": "administrative services and computer repair"})
    ['administrative services\\nand computer repair']
    """
    known = labels or {}
    return ["\n".join(textwrap.wrap(known.get(str(level), str(level)), width)) for level in levels]


def rows_height(names: Iterable[str], extra: float = 0.0) -> float:
    """Height in inches that a list of labelled rows needs under paper type.

    Examples
    --------
    >>> rows_height(["one line", "two\\nlines"]) > rows_height(["one line", "one line"])
    True
    """
    lines = [text.count("\n") + 1 for text in names]
    return 0.45 + extra + len(lines) * max(0.3, 0.125 * max(lines, default=1) + 0.06)


def need_columns(frame: pd.DataFrame, columns: Iterable[str], where: str) -> None:
    """Refuse a frame that lacks columns or rows."""
    faults = FaultList("the figure cannot be drawn from this frame", where=where)
    for column in columns:
        if column not in frame.columns:
            faults.add("missing column", parameter=column, got=", ".join(map(str, frame.columns)))
    if frame.empty:
        faults.add("no rows", parameter="frame", expected="at least one row")
    faults.raise_if_any(InputError)
