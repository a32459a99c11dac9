"""Tables of strangers through ``aibaro init --table`` and ``aibaro grim --file``: read, asked about, or refused."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st
from tests.fuzz.harness import NASTY, explore, ran

from aibaro.published import read

NUMBERS = st.one_of(
    st.integers(0, 100).map(lambda n: f"{n}%"),
    st.decimals(0, 100, places=1).map(str),
    st.integers(0, 5000).map(str),
    st.sampled_from(["45,1", "1.234", "12 345", "<1%", "7.3 (1.2)", "45.1 (42-48)", "(n=12)", "-", "*", "A,B", "+5"]),
)
HEADS = st.sampled_from(["Total", "Men", "Women", "n", "2022", "2024", "Base", "Mean", "18-34", "Change", "A", ""])
LABELS = st.sampled_from(["Yes", "No", "Don't know", "Base: all", "n", "Uses it", "Mean", "Std. error", "Net: any", ""])


@st.composite
def grids(draw: st.DrawFn) -> list[list[str]]:
    """A cross table of a report, some of its cells strange, some of its rows short."""
    width = draw(st.integers(1, 5))
    heads = [[draw(LABELS), *(draw(HEADS) for _ in range(width))] for _ in range(draw(st.integers(1, 2)))]
    body = [[draw(LABELS), *(draw(NUMBERS) for _ in range(width))] for _ in range(draw(st.integers(1, 6)))]
    rows = [*heads, *body]
    for _ in range(draw(st.integers(0, 2))):
        row = draw(st.integers(0, len(rows) - 1))
        rows[row][draw(st.integers(0, width))] = draw(NASTY)
    if draw(st.integers(0, 5)) == 0:
        rows[-1] = rows[-1][: draw(st.integers(0, width))]
    return rows


@st.composite
def files(draw: st.DrawFn) -> tuple[str, bytes]:
    """The table as CSV or HTML, now and then with some bytes of something else."""
    rows = draw(grids())
    kind = draw(st.sampled_from(["csv", "tsv", "txt", "html"]))
    if kind == "html":
        body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
        text = f"<table>{body}</table>"
    else:
        buffer = io.StringIO()
        mark = {"csv": draw(st.sampled_from([",", ";"])), "tsv": "\t", "txt": "|"}[kind]
        csv.writer(buffer, delimiter=mark, lineterminator="\n").writerows(rows)
        text = buffer.getvalue()
    content = text.encode(draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-16", "cp1252"])), "replace")
    if draw(st.integers(0, 4)) == 0:
        start = draw(st.integers(0, len(content)))
        content = content[:start] + draw(st.binary(max_size=8)) + content[start + draw(st.integers(0, 20)) :]
    return f"table.{kind}", content


def entered(drawn: tuple[str, bytes]) -> str:
    """Start a folder from the table: what was entered can be read again."""
    name, content = drawn
    code, _, _, left = ran({name: content}, "init", "survey", "--table", name)
    if code == 2:
        return "refused"
    assert {"survey/printed.csv", "survey/datapackage.json"} <= set(left)
    assert all(path.startswith("survey/") for path in left)
    json.loads(left["survey/datapackage.json"])
    with TemporaryDirectory() as place:
        for path, text in left.items():
            (Path(place) / Path(path).name).write_bytes(text)
        assert len(read(place).printed)
    return "entered"


@st.composite
def cases(draw: st.DrawFn) -> bytes:
    """A file of numbers to check, now and then with a strange cell or head."""
    whole = st.sampled_from(["36", "104", "1000", "1"])
    values = {
        "percentage": NUMBERS,
        "mean": st.sampled_from(["3.44", "7,22", "3", "0.1", "-2.5"]),
        "sd": st.sampled_from(["2.47", "0", "0,10", "9"]),
        "n": whole,
        "items": st.sampled_from(["1", "3"]),
        "scale": st.sampled_from(["1,7", "0-10", "5,1"]),
        "test": st.sampled_from(["t", "F", "r", "chi2", "z"]),
        "statistic": st.sampled_from(["2.20", "11", "0,30", "-1.96"]),
        "df1": whole,
        "df2": whole,
        "p": st.sampled_from(["0.04", "<.001", ".05", "ns", "0"]),
    }
    kinds = [
        ["percentage", "n"],
        ["mean", "n", "sd"],
        ["mean", "n", "sd", "items", "scale"],
        ["test", "statistic", "df1", "df2", "p"],
    ]
    heads = draw(st.sampled_from(kinds))
    rows = [[draw(values[head]) for head in heads] for _ in range(draw(st.integers(1, 4)))]
    if draw(st.integers(0, 3)) == 0:
        rows[0][draw(st.integers(0, len(heads) - 1))] = draw(NASTY)
    heads = [draw(NASTY), *heads[1:]] if draw(st.integers(0, 15)) == 0 else heads
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([heads, *rows])
    return buffer.getvalue().encode("utf-8", "surrogatepass")


def checked(content: bytes) -> str:
    code, _, _, left = ran({"cases.csv": content}, "grim", "--file", "cases.csv")
    assert not left
    return "refused" if code == 2 else "checked"


def test_tables() -> None:
    explore(files(), entered, examples=150, least={"entered": 0.3, "refused": 0.05})


def test_cases() -> None:
    explore(cases(), checked, examples=100, least={"checked": 0.1, "refused": 0.1})
