"""SVG files are the same bytes on every run, and say what they show."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from aibaro.errors import InputError
from aibaro.report import figures, save_figure
from aibaro.report.figures.axes import root_figure
from aibaro.report.style import house_style
from aibaro.report.svg import blank_axes, describe, figure_bytes, fit_axes

DATA = pd.DataFrame({"label": ["a & <b>", "c"], "count": [1565, 38]})
SVG = "{http://www.w3.org/2000/svg}"


def drawing() -> bytes:
    """Draw a small funnel with text as text."""
    with house_style():
        axes = figures.response_funnel(DATA, lang="nl", ax=blank_axes(1.5))
        fit_axes(axes)
        return figure_bytes(root_figure(axes), "svg", text="none")


def test_two_runs_give_the_same_bytes() -> None:
    """No clock, no chance."""
    assert drawing() == drawing()
    assert b"dc:date" not in drawing()


def test_title_description_and_role_are_there_and_refer_to_each_other() -> None:
    """A screen reader names the picture and tells what it shows."""
    root = ElementTree.fromstring(describe(drawing(), "key", "A & B", "shows <much>", place="page"))
    assert root.attrib["role"] == "img"
    ids = {element.attrib["id"]: element.text for element in root.iter() if "id" in element.attrib}
    assert ids[root.attrib["aria-labelledby"]] == "A & B"
    assert ids[root.attrib["aria-describedby"]] == "shows <much>"


def test_ids_carry_the_key_and_every_reference_is_answered() -> None:
    """Two figures in one page never share an id."""
    text = describe(drawing(), "key", "t", "d", place="page")
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    other = re.findall(r'\bid="([^"]+)"', describe(drawing(), "other", "t", "d", place="page"))
    assert len(other) == len(ids)
    assert not set(ids) & set(other)
    assert set(re.findall(r'(?:url\(#|href="#)([^")]+)', text)) <= set(ids)


def test_shortening_coordinates_never_touches_words() -> None:
    """1.565 in Dutch is a thousand and more: rounding it to 1.56 would be a wrong figure."""
    root = ElementTree.fromstring(describe(drawing(), "key", "3.14159", "2.71828", place="page"))
    words = [element.text for element in root.iter() if element.text and element.text.strip()]
    assert "1.565" in words
    assert {"3.14159", "2.71828"} <= set(words)


def test_colours_follow_the_page_and_stay_fixed_in_a_file() -> None:
    """Dark mode restates colours; a file of its own looks as on paper."""
    assert "var(--blue)" in describe(drawing(), "key", "t", "d", place="page")
    assert "var(" not in describe(drawing(), "key", "t", "d")


@pytest.mark.parametrize("suffix", ["svg", "pdf", "png"])
def test_files_are_the_same_bytes_in_every_format(suffix: str, tmp_path: Path) -> None:
    """PDF and PNG carry no clock either."""
    contents = []
    for name in ("one", "two"):
        with house_style("slide"):
            axes = figures.response_funnel(DATA, ax=blank_axes(1.5, "slide"))
            fit_axes(axes)
        contents.append(save_figure(axes, tmp_path / f"{name}.{suffix}", title="t").read_bytes())
    assert contents[0] == contents[1]


def test_unknown_formats_are_refused(tmp_path: Path) -> None:
    """The suffix decides, and only three are known."""
    with pytest.raises(InputError, match="unknown figure format"):
        save_figure(blank_axes(1.0), tmp_path / "figure.gif")
    with pytest.raises(InputError, match="unknown figure size"), house_style("poster"):
        pass


def test_a_figure_without_room_for_its_labels_is_an_error() -> None:
    """Rather than drawing labels over each other."""
    axes = blank_axes(0.1)
    axes.set_xlabel("words")
    with pytest.raises(InputError, match="no room"):
        fit_axes(axes)


def test_characters_that_no_font_has_stay_text_or_are_refused(tmp_path: Path) -> None:
    """They were drawn as empty boxes, with a warning of the drawing library for each."""
    axes = blank_axes(1.0)
    axes.set_title("\N{FULLWIDTH EQUALS SIGN} \u65e5\u672c")
    axes.set_ylabel("\u5024")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit_axes(axes)
        svg = save_figure(axes, tmp_path / "figure.svg").read_text(encoding="utf-8")
        assert "\u65e5\u672c" in svg
        for kind in ("png", "pdf"):
            with pytest.raises(InputError, match="no font of this machine"):
                save_figure(axes, tmp_path / f"figure.{kind}")
    assert [path.name for path in tmp_path.iterdir()] == ["figure.svg"]
