"""The gallery draws what it shows, and the same each time."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt

PAGE = Path(__file__).resolve().parents[2] / "docs" / "gallery.md"
CELLS = re.findall(r"^```\{code-cell\} python3\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def picture(axes: Any) -> bytes:
    """A figure as bytes, without what differs from run to run."""
    file = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "test"}):
        axes.figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def test_every_cell_draws_and_twice_the_same() -> None:
    names: dict[str, Any] = {}
    drawn = 0
    for cell in CELLS:
        exec(compile(cell, str(PAGE), "exec"), names)
        if "axes = " not in cell:
            continue
        first = names["axes"]
        assert first.has_data()
        line = re.search(r"^with figures\.house_style.*", cell, flags=re.DOTALL | re.MULTILINE)
        assert line is not None
        exec(line[0], names)
        assert names["axes"] is not first
        assert picture(names["axes"]) == picture(first)
        drawn += 1
        for axes in (first, names["axes"]):
            plt.close(axes.figure)
    assert drawn >= 9
