"""Tables leave the report whole: CSV at full precision, LaTeX escaped."""

from __future__ import annotations

import io
from urllib.parse import unquote

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from aibaro.files import csv_text
from aibaro.messages import latex_text
from aibaro.report import Table
from aibaro.report.words import Text

DATA = pd.DataFrame({"level": ["a,b"], "x": [1 / 3]})
TABLE = Table(
    "t",
    Text("R&D", "O&O"),
    (Text("Level", "Niveau"), Text("Share %", "Aandeel %")),
    ((Text("a_b", "a_c"), Text("12.5", "12,5")),),
    (1,),
    DATA,
)


def test_csv_is_read_back_as_it_was() -> None:
    """Twelve digits, commas quoted, LF."""
    text = unquote(TABLE.csv_link().partition(",")[2])
    assert "\r" not in text
    pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(text)), TABLE.data, rtol=1e-11)


def test_latex_speaks_the_language_and_escapes() -> None:
    """Both columns, aligned, with booktabs rules."""
    dutch = TABLE.latex("nl")
    assert r"\caption{O\&O}" in dutch
    assert r"a\_c & 12,5 \\" in dutch
    assert r"\begin{tabular}{lr}" in dutch


@given(st.text(alphabet="ab&%$#_{}~^\\−×", max_size=12))
def test_no_character_that_latex_reads_is_left_bare(words: str) -> None:
    """Every special character is behind a backslash or gone."""
    bare = latex_text(words)
    for command in (r"\textbackslash{}", r"\textasciitilde{}", r"\textasciicircum{}", r"$\times$", "$-$"):
        bare = bare.replace(command, "")
    for character in "&%$#_{}":
        bare = bare.replace("\\" + character, "")
    assert not set(bare) & set("&%$#_{}~^\\−×")


def test_csv_of_floats_has_no_noise() -> None:
    """0.1 + 0.2 is written as 0.3."""
    assert csv_text(pd.DataFrame({"x": [0.1 + 0.2]}), float_format="%.12g") == "x\n0.3\n"
