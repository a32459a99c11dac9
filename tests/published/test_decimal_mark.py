"""The decimal mark: declared, read from the numbers, or asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.published.small_survey import DESCRIPTOR, write

from aibaro.errors import InputError
from aibaro.published import read


def printed(*texts: str) -> dict[str, str]:
    return {"printed.csv": "item,printed\n" + "".join(f'i{n},"{text}"\n' for n, text in enumerate(texts))}


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (("14,0%", "86%"), ","),
        (("14.0%", "86%"), "."),
        (("14%", "86%"), ","),  # no mark at all: either reading is the same
        (("14,0%", "2.612"), ","),  # the comma is proven, so the point groups
        (("1,234.5", "2,612"), "."),
        (("1.234.567", "2.612"), ","),
        (("0.125",), "."),  # no group of thousands begins with a nought
        (("31,5%", "21.7%", "30,1%"), ","),  # a misprint reads the same under either mark
    ],
)
def test_it_is_read_from_numbers_that_allow_one(tmp_path: Path, texts: tuple[str, ...], mark: str) -> None:
    assert read(write(tmp_path / "s", printed(*texts))).decimal == mark


@pytest.mark.parametrize("texts", [("2.612",), ("2.612", "86%"), ("31,5%", "21.7%", "2.612")])
def test_it_is_asked_for_where_a_number_is_ambiguous(tmp_path: Path, texts: tuple[str, ...]) -> None:
    folder = write(tmp_path / "s", printed(*texts))
    with pytest.raises(InputError, match="the decimal mark cannot be told") as caught:
        read(folder)
    (fault,) = caught.value.faults
    assert fault.parameter == "decimal_mark"
    assert "datapackage.json" in fault.expected
    write(folder, {}, {**DESCRIPTOR, "aibaro": {"decimal_mark": "."}})
    assert read(folder).decimal == "."


def test_a_declared_mark_that_the_numbers_contradict_is_a_fault(tmp_path: Path) -> None:
    descriptor = {**DESCRIPTOR, "aibaro": {"decimal_mark": ","}}
    with pytest.raises(InputError, match="contradicts the numbers"):
        read(write(tmp_path / "s", printed("14.0%", "51.7%", "3,1%"), descriptor))
    assert read(write(tmp_path / "t", printed("14,0%", "51.7%", "3,1%"), descriptor)).decimal == ","
