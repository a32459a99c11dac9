"""Text files of any dialect: what is taken as a number, and that texts keep every byte."""

from __future__ import annotations

import codecs
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import aibaro
from aibaro.errors import InputError
from aibaro.frames import add_columns


def written(folder: Path, text: str, codec: str = "utf-8", bom: bytes = b"", name: str = "rows.csv") -> Path:
    path = folder / name
    path.write_bytes(bom + text.encode(codec))
    return path


def notes(frame: pd.DataFrame) -> str:
    return "; ".join(frame.attrs["aibaro"]["notes"])


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["000123", "000124"], ["000123", "000124"]),
        (["12345678901234567", "", "12345678901234568"], ["12345678901234567", None, "12345678901234568"]),
        (["NA", "None", "nan"], ["NA", "None", "nan"]),
        (["TRUE", "FALSE", "TRUE"], ["TRUE", "FALSE", "TRUE"]),
        (["1E5", "2E7"], ["1E5", "2E7"]),
        (["+5", "6"], ["+5", "6"]),
        ([" a", "a "], [" a", "a "]),
        (["2024-01-05", "2024-01-06"], ["2024-01-05", "2024-01-06"]),
        (["inf", "1"], ["inf", "1"]),
        (["1", "NA"], ["1", "NA"]),
    ],
)
def test_texts_stay_as_they_stand(cells: list[str], expected: list[str | None], tmp_path: Path) -> None:
    path = written(tmp_path, "id,x\n" + "".join(f"{cell},1\n" for cell in cells))
    column = aibaro.read_rows(path)["id"]
    assert [None if pd.isna(v) else v for v in column.tolist()] == expected


@pytest.mark.parametrize(
    ("cells", "expected", "kind"),
    [
        (["1", "2"], [1, 2], "int64"),
        (["1", "", "3"], [1, None, 3], "Int64"),
        (["9007199254740992", "1"], [9007199254740992, 1], "int64"),
        (["1.5", ".5", "-2."], [1.5, 0.5, -2.0], "float64"),
        (["1e+05", "1e-03"], [1e5, 1e-3], "float64"),
        (["0.1", ""], [0.1, None], "float64"),
        ([" 1", "2 "], [1, 2], "int64"),
        (["", ""], [None, None], "float64"),
    ],
)
def test_numbers_are_those_that_survive(
    cells: list[str], expected: list[float | None], kind: str, tmp_path: Path
) -> None:
    path = written(tmp_path, "x,t\n" + "".join(f"{cell},a\n" for cell in cells))
    column = aibaro.read_rows(path)["x"]
    assert str(column.dtype) == kind
    assert [None if pd.isna(v) else v for v in column.tolist()] == expected


@pytest.mark.parametrize(
    ("codec", "bom", "said"),
    [
        ("utf-8", b"", "UTF-8"),
        ("utf-8", codecs.BOM_UTF8, "byte order mark"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "UTF-16"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "UTF-16"),
        ("utf-16-le", b"", "UTF-16 without"),
        ("latin-1", b"", "Latin-1"),
        ("cp1252", b"", "Latin-1"),
    ],
)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_dialects(codec: str, bom: bytes, said: str, *, separator: str, end: str, tmp_path: Path) -> None:
    lines = [["naam", "régio", "n"], ["kléin", "Liège", "1"], ["groot", "Gent", "22"]]
    path = written(tmp_path, end.join(separator.join(line) for line in lines) + end, codec, bom)
    frame = aibaro.read_rows(path)
    assert frame.columns.tolist() == lines[0]
    assert frame["naam"].tolist() == ["kléin", "groot"]
    assert frame["n"].tolist() == [1, 22]
    assert said in notes(frame)
    # and back, with a column more and nothing else changed
    out = add_columns(path, tmp_path / "out.csv", {"w": np.array([1.5, 2.0])})
    expected = bom + end.join(
        separator.join([*line, w]) for line, w in zip(lines, ["w", "1.5", "2"], strict=True)
    ).encode(codec)
    assert out.read_bytes() == expected + end.encode(codec)


def test_windows_signs_are_told_from_latin(tmp_path: Path) -> None:
    frame = aibaro.read_rows(written(tmp_path, "a,b\n€5,1\nœuf,2\n", "cp1252"))
    assert frame["a"].tolist() == ["€5", "œuf"]
    assert "Windows-1252" in notes(frame)


def test_decimal_commas(tmp_path: Path) -> None:
    path = written(tmp_path, "id;x;y\n01;1,5;2\n02;;3\n")
    frame = aibaro.read_rows(path)
    assert frame["x"].iloc[0] == 1.5
    assert np.isnan(frame["x"].iloc[1])
    assert "decimal comma" in notes(frame)
    out = add_columns(path, tmp_path / "out.csv", {"w": np.array([0.25, 3.0])})
    assert out.read_text() == "id;x;y;w\n01;1,5;2;0,25\n02;;3;3\n"


def test_quoted_decimal_commas_among_commas(tmp_path: Path) -> None:
    frame = aibaro.read_rows(written(tmp_path, 'x,t\n"1,5",a\n"2,25","b, c"\n'))
    assert frame["x"].tolist() == [1.5, 2.25]
    assert frame["t"].tolist() == ["a", "b, c"]


def test_both_marks_are_asked_about(tmp_path: Path) -> None:
    path = written(tmp_path, "x;y\n1,5;1.5\n")
    with pytest.raises(InputError, match="decimal mark is not clear"):
        aibaro.read_rows(path)
    frame = aibaro.read_rows(path, decimal=",")
    assert frame["x"].tolist() == [1.5]
    assert frame["y"].tolist() == ["1.5"]


def test_two_separators_that_fit_are_asked_about(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b;c\n1,2;3\n")
    with pytest.raises(InputError, match="several separators"):
        aibaro.read_rows(path)
    assert aibaro.read_rows(path, separator=";").columns.tolist() == ["a,b", "c"]


def test_excels_line_names_the_separator(tmp_path: Path) -> None:
    path = written(tmp_path, "sep=;\na,b;c\n1,2;3\n")
    assert aibaro.read_rows(path).columns.tolist() == ["a,b", "c"]
    out = add_columns(path, tmp_path / "out.csv", {"w": np.array([4.0])})
    assert out.read_text() == "sep=;\na,b;c;w\n1,2;3;4\n"


def test_quotes_line_ends_and_blank_lines_survive(tmp_path: Path) -> None:
    text = 'id,"say ""x""",n\r\n1,"two\nlines",2\r\n\r\n2,5" pipe,\r\n'
    path = written(tmp_path, text)
    frame = aibaro.read_rows(path)
    assert frame.columns.tolist() == ["id", 'say "x"', "n"]
    assert frame.iloc[:, 1].tolist() == ["two\nlines", '5" pipe']
    out = add_columns(path, tmp_path / "out.csv", {"a,b": np.array([1.0, 2.0])})
    assert out.read_bytes().decode() == ('id,"say ""x""",n,"a,b"\r\n1,"two\nlines",2,1\r\n\r\n2,5" pipe,,2\r\n')


@pytest.mark.parametrize(
    ("text", "options", "problem"),
    [
        ("a,b\n1,2\n3\n", {}, "line 3"),
        ("a,b\n1,2,3\n", {}, "another number of columns"),
        ("a,a\n1,2\n", {}, "share a name"),
        ("a,b\n", {}, "no rows"),
        ("", {}, "empty"),
        ("a,b\n1,2\n", {"separator": ",,"}, "not a separator"),
        ("a,b\n1,2\n", {"decimal": "."[:0]}, "not a decimal mark"),
        ("a,b\n1,2\n", {"encoding": "latin-99"}, "unknown encoding"),
        ("a,é\n1,2\n", {"encoding": "ascii"}, "not ascii"),
        ("a,b\n1,2\n", {"sheet": "x"}, "does not belong"),
        ("a,b\n1,2\n", {"engine": "dask"}, "unknown engine"),
        ("a,b\n1,2\n", {"missing": "drop"}, "unknown choice"),
        ("a;b,c\n1;2\n1,3\n", {}, "no separator"),
    ],
)
def test_faults_are_named(text: str, options: dict[str, str], problem: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError, match=problem):
        aibaro.read_rows(path, **options)


def test_texts_that_stand_for_missing_are_named_by_the_user(tmp_path: Path) -> None:
    path = written(tmp_path, "x,t\n1,NA\n.,a\nNA,b\n")
    frame = aibaro.read_rows(path, missing_values=["NA", "."])
    assert frame["x"].tolist()[0] == 1
    assert frame["x"].isna().tolist() == [False, True, True]
    assert frame["t"].isna().tolist() == [True, False, False]


def test_a_word_for_nothing_among_numbers_is_told_and_hides_no_decimal_mark(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("x;y;z\n1,5;2;3\nNA;3;NA\n2,5;4;b\n", encoding="utf-8")
    frame = aibaro.read_rows(path)
    assert frame["x"].tolist() == ["1,5", "NA", "2,5"]
    told = " ".join(frame.attrs["aibaro"]["notes"])
    assert "decimal comma" in told
    assert "x (numbers but for 'NA'" in told
    assert "z (" not in told
    assert aibaro.read_rows(path, missing_values=["NA"])["x"].tolist()[::2] == [1.5, 2.5]


def test_unknown_kinds_come_with_advice(tmp_path: Path) -> None:
    for suffix, word in ((".xls", "xlsx"), (".rds", "write_sav"), (".docx", "save it")):
        path = written(tmp_path, "x", name=f"rows{suffix}")
        with pytest.raises(InputError, match=word):
            aibaro.read_rows(path)
    with pytest.raises(InputError, match="no such file"):
        aibaro.read_rows(tmp_path / "none.csv")


def test_the_input_is_not_overwritten(tmp_path: Path) -> None:
    path = written(tmp_path, "a\n1\n")
    (tmp_path / "link.csv").symlink_to(path)
    for target in (path, tmp_path / "link.csv"):
        with pytest.raises(InputError, match="overwrite the input"):
            add_columns(path, target, {"w": np.array([1.0])})
    add_columns(path, path, {"w": np.array([1.0])}, overwrite="replace")
    assert path.read_text() == "a,w\n1,1\n"


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\n"), max_size=6)


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6), st.sampled_from([",", ";", "\t"]))
def test_every_byte_of_every_text_survives(rows: list[tuple[str, str]], separator: str) -> None:
    import csv
    import io
    import tempfile

    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([("first", "second"), *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), buffer.getvalue())
        frame = aibaro.read_rows(path, separator=separator, decimal=".")
        out = add_columns(path, Path(folder) / "out.csv", {"w": np.arange(len(rows), dtype=float)}, separator=separator)
        lines = list(csv.reader(io.StringIO(out.read_bytes().decode("utf-8"), newline=""), delimiter=separator))
        source = buffer.getvalue().split("\n")
        assert out.read_bytes().decode("utf-8").split("\n")[1].startswith(source[1])
    for place, name in enumerate(("first", "second")):
        if pd.api.types.is_string_dtype(frame[name].dtype):
            found = ["" if pd.isna(v) else v for v in frame[name].tolist()]
            assert found == [row[place] for row in rows]
    assert [line[:2] for line in lines[1:]] == [list(row) for row in rows]
    assert [line[2] for line in lines[1:]] == [str(k) for k in range(len(rows))]


def test_a_file_of_many_columns_is_read(tmp_path: Path) -> None:
    names = [f"c{k}" for k in range(2_000)]
    cells = [",".join("" if row == 0 and k % 4 == 0 else str(k) for k in range(len(names))) for row in range(3)]
    path = written(tmp_path, "\n".join([",".join(names), *cells]) + "\n")
    frame = aibaro.read_rows(path)
    assert frame.shape == (3, len(names))
    assert frame["c1"].dtype == "int64"
    assert frame["c4"].dtype == "Int64"
    path.write_text("a,b,a,c,b\n1,2,3,4,5\n")
    with pytest.raises(InputError, match="columns share a name") as caught:
        aibaro.read_rows(path)
    assert "'a', 'b'" in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        's,n\na,"9,000"\nb,12\n',  # Excel in English
        's,n\na,"9,000"\nb,"1,200"\n',
        "s;n\na;9.000\nb;1.200\n",  # typed in Dutch or German
        "s;n\na;9.000\nb;12\n",
        "s,n\na,9.000\nb,12\n",  # no program writes 9.000 beside 12
        "s;n\na;9,000\nb;12\n",
        "s\tn\na\t9,000\nb\t1,200\n",
    ],
)
def test_groups_of_thousands_are_asked_about(tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError, match="decimal mark is not clear") as caught:
        aibaro.read_rows(written(tmp_path, content))
    assert "which may be 9000 or 9.000" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "values"),
    [
        ("s,w\na,1.234\nb,1.100\n", [1.234, 1.1]),  # decimals of a fixed width, with the mark of its separator
        ("s;w\na;1,234\nb;1,100\n", [1.234, 1.1]),
        ("s,w\na,1.234\nb,12\n", [1.234, 12]),  # as R writes
        ('s,w\na,"1,250"\nb,"0,875"\n', [1.25, 0.875]),
        ('s,w,x\na,"1,250","0,5"\nb,"2,000",1\n', [1.25, 2.0]),  # another column says that the comma is decimal
    ],
)
def test_three_decimals_are_no_thousands_where_the_file_says_so(
    tmp_path: Path, content: str, values: list[float]
) -> None:
    assert aibaro.read_rows(written(tmp_path, content))["w"].tolist() == values
