"""How do the report's figures look?

A quiet house style for paper and slide, applied by a context manager and never globally: a figure function follows
whatever rcParams hold when it is called.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import matplotlib as mpl
import matplotlib.style
from cycler import cycler
from matplotlib.colors import LinearSegmentedColormap

from aibaro.errors import InputError

# Okabe & Ito's palette; the first four keep a contrast of 3:1 against white paper.
OKABE_ITO: dict[str, str] = {
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "green": "#009E73",
    "black": "#000000",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "purple": "#CC79A7",
    "yellow": "#F0E442",
}
MARKERS: tuple[str, ...] = ("o", "s", "D", "^", "v", "P", "X", "*")
INK, MUTED, RULE = "#1b2430", "#55606e", "#d5dae0"

# Light to dark in one hue: order survives grey print and every common colour blindness.
SEQUENTIAL = LinearSegmentedColormap.from_list("aibaro_blue", ["#eef5fb", "#a9cfe8", "#3f94c8", "#1070ad", "#003a5c"])

SIZES: dict[str, dict[str, float]] = {
    "paper": {"font.size": 9.0, "lines.linewidth": 1.3, "lines.markersize": 5.5, "axes.linewidth": 0.6},
    "slide": {"font.size": 15.0, "lines.linewidth": 2.2, "lines.markersize": 9.0, "axes.linewidth": 1.0},
}
# a column of a journal: on a telephone of 390 pixels the small type of 7.5 points then stands at 12 pixels
WIDTHS: dict[str, float] = {"paper": 3.3, "slide": 6.6}


def house_parameters(size: str = "paper") -> dict[str, Any]:
    """Return the rcParams of the house style.

    Examples
    --------
    >>> house_parameters("slide")["font.size"]
    15.0
    """
    if size not in SIZES:
        raise InputError("unknown figure size", parameter="size", expected=", ".join(SIZES), got=size)
    shared: dict[str, Any] = {
        "font.family": "DejaVu Sans",
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": MUTED,
        "axes.titlelocation": "left",
        "axes.titleweight": "bold",
        "axes.titlesize": "medium",
        "axes.labelsize": "small",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.prop_cycle": cycler(color=list(OKABE_ITO.values())) + cycler(marker=list(MARKERS)),
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "xtick.labelsize": "small",
        "ytick.labelsize": "small",
        "xtick.major.size": 3,
        "ytick.major.size": 0,
        "grid.color": RULE,
        "grid.linewidth": 0.6,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
        "legend.frameon": False,
        "image.cmap": SEQUENTIAL.name,
        "svg.hashsalt": "aibaro",
        "pdf.compression": 6,
        "figure.dpi": 96,
    }
    return {**shared, **SIZES[size]}


@contextmanager
def house_style(size: str = "paper") -> Iterator[None]:
    """Apply the house style inside a ``with`` block.

    Parameters
    ----------
    size : {"paper", "slide"}
        Where the figure will stand.

    Yields
    ------
    None
        Nothing; the style ends with the block.

    Examples
    --------
    >>> with house_style():
    ...     mpl.rcParams["axes.titlelocation"]
    'left'
    """
    if SEQUENTIAL.name not in mpl.colormaps:
        mpl.colormaps.register(SEQUENTIAL)
    interactive = mpl.is_interactive()
    try:
        with mpl.style.context("default"), mpl.rc_context(cast(Any, house_parameters(size))):
            try:
                yield
            finally:
                interactive = mpl.is_interactive()
    finally:
        # a notebook's backend, loaded by the first figure, switches this on; without it no later figure would show
        mpl.interactive(interactive)
