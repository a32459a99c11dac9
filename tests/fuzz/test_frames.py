"""Rows of strangers through the commands and functions that read rows: numbers, or a refusal in our own words."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pandas as pd
from hypothesis import reject
from hypothesis import strategies as st
from tests.fuzz.harness import NASTY, explore, ran

from aibaro import estimate, weights
from aibaro.design import Design
from aibaro.errors import AibaroError

NAMES = st.sampled_from(["w", "sex", "q1", "size", "y", "=1+1", "-3", "a,b", 'a"b', "été", "<b>", "x" * 60, "a b", "1"])
LEVELS = st.sampled_from(["f", "m", "yes", "no", "=1+1", "<script>", "été", "NA", "-", "a;b", " lead", "00123"])
NUMBERS = st.one_of(
    st.sampled_from(["0", "1", "2.5", "1,5", "-1", "1e3", "1e308", "inf", "NaN", "", "9" * 25, "0.1", "12 345"]),
    st.integers(0, 9).map(str),
    st.floats(0.1, 5).map(lambda x: f"{x:.3f}"),
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    """A few columns of weights, numbers and answers; some cells strange."""
    names = draw(st.lists(NAMES, min_size=3, max_size=5, unique=True))
    size = draw(st.integers(2, 12))
    columns = [[draw(st.floats(0.5, 3).map(lambda x: f"{x:.2f}")) for _ in range(size)]]
    columns += [
        [draw(cells) for _ in range(size)]
        for cells in (
            draw(st.sampled_from([LEVELS, NUMBERS, st.sampled_from(["f", "m"]), st.integers(0, 1).map(str)]))
            for _ in names[1:]
        )
    ]
    for _ in range(draw(st.integers(0, 2))):
        draw(st.sampled_from(columns))[draw(st.integers(0, size - 1))] = draw(NASTY)
    return names, [list(row) for row in zip(*columns, strict=True)]


def csv_of(names: list[str], rows: list[list[str]], mark: str = ",") -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=mark, lineterminator="\n").writerows([names, *rows])
    return buffer.getvalue().encode("utf-8", "surrogatepass")


@st.composite
def commands(draw: st.DrawFn) -> tuple[dict[str, bytes], list[str]]:
    """A file of rows, and a command on it that mostly names columns that are there."""
    names, rows = draw(tables())
    content = csv_of(names, rows, draw(st.sampled_from([",", ",", ";", "\t"])))
    if draw(st.integers(0, 5)) == 0:
        start = draw(st.integers(0, len(content)))
        content = content[:start] + draw(st.binary(max_size=8)) + content[start + draw(st.integers(0, 20)) :]
    weight, one, other = names[0], names[1], draw(st.sampled_from([*names[2:], "absent"]))
    margins = csv_of(
        ["domain", "level", "target"], [[one, level, draw(NUMBERS)] for level in dict.fromkeys(row[1] for row in rows)]
    )
    words = draw(
        st.sampled_from(
            [
                ["weights", "--weight", weight, "--rake", "margins.csv", "-o", "out.csv"],
                ["weights", "--weight", weight, "--poststratify", "margins.csv", "-o", "out.csv"],
                ["weights", "--weight", weight, "--trim", "2", "-o", "out.xlsx"],
                ["estimate", "--weight", weight, "--mean", one, "--by", other],
                ["estimate", "--weight", weight, "--proportion", one, "--json"],
                ["estimate", "--weight", weight, "--stratum", other, "--total", one],
                ["estimate", "--weight", weight, "--quantile", one],
                ["estimate", "--weight", weight, "--test", f"{one},{other}"],
                ["table", "--weight", weight, "--rows", one, "--columns", other, "--letters", "-o", "out.html"],
                ["table", "--weight", weight, "--rows", one, "-o", "out.xlsx"],
                ["table", "--weight", weight, "--rows", one, "-o", "out.tex"],
                ["model", "--weight", weight, "--formula", f"{one} ~ {other}", "-o", "out.csv"],
            ]
        )
    )
    return {"rows.csv": content, "margins.csv": margins}, [words[0], "rows.csv", *words[1:]]


def used(drawn: tuple[dict[str, bytes], list[str]]) -> str:
    files, words = drawn
    code, _, _, left = ran(files, *words)
    if code == 2:
        return "refused"
    assert all(name.startswith("out.") for name in left)
    for name, content in left.items():
        if name.endswith(".html"):
            assert b"<script" not in content.replace(b"&lt;", b"")
        if name.endswith(".json"):
            json.loads(content)
    return "done"


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=4),
    st.sampled_from([b"x", (1,), {}, pd.Timestamp("2020-01-01"), pd.NA, 1j, "a\x00b", "\ud800"]),
)  # fmt: skip


MARGINS = pd.DataFrame({"domain": ["g", "g"], "level": ["a", "b"], "target": [60, 40]})


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """A frame whose columns hold anything, one of them mostly weights."""
    size = draw(st.integers(0, 6))
    usual = st.sampled_from([1, 1.5, 2])
    kinds = [usual, st.sampled_from(["a", "b"]), st.integers(0, 1), VALUES]
    columns: dict[Any, list[Any]] = {}
    for name in draw(st.permutations(["w", "g", "y", draw(st.sampled_from(["z", 1, None, ("a", "b"), "=1"]))])):
        cells = draw(st.sampled_from([kinds[0]] * 3 + [VALUES] if name == "w" else kinds[1:] + kinds[1:3]))
        columns[name] = [draw(cells) for _ in range(size)]
    try:
        frame = pd.DataFrame(columns)
    except UnicodeError:
        # pandas itself holds no half of a character
        reject()
    if size and draw(st.booleans()):
        frame["g"] = frame["g"].astype("category") if all(isinstance(g, str) for g in frame["g"]) else frame["g"]
    return frame


def estimated(frame: pd.DataFrame) -> str:
    before = frame.copy(deep=True)
    outcomes = set()
    for work in (
        lambda: estimate.mean(frame, "y", design=Design.from_frame(frame, weight="w")),
        lambda: estimate.proportion(frame, "g", design=Design.from_frame(frame, weight="w", strata=["y"])),
        lambda: weights.rake(frame, MARGINS, weight="w"),
    ):
        try:
            found = work()
            assert found.to_frame() is not None
            outcomes.add("done")
        except AibaroError:
            outcomes.add("refused")
    pd.testing.assert_frame_equal(frame, before)
    return "done" if "done" in outcomes else "refused"


def test_files_of_rows() -> None:
    explore(commands(), used, examples=150, least={"done": 0.1, "refused": 0.2})


def test_frames() -> None:
    explore(frames(), estimated, examples=100, least={"done": 0.05, "refused": 0.2})
