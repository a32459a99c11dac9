"""Detection limits of the joint programme lend their power to the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from aibaro.errors import InputError
from aibaro.ledger import Book, Ledger, explain_id
from aibaro.ledger.detection import FILE, joint_check, read_limits
from aibaro.published import PublishedSurvey, load

Plant = Callable[..., PublishedSurvey]


def test_every_cell_of_tables_3_and_4_has_a_power_and_a_limit(ledgers: dict[str, Ledger]) -> None:
    frame = ledgers["flanders-2023"].to_frame()
    cells = frame[frame["id"].str.startswith(("fl23.t3.", "fl23.t4.")) & (frame["unit"] == "percent")]
    assert len(cells) == 120
    assert cells["power"].between(0.7, 1).all()
    assert (cells["detection_limit"] < 14).all()
    assert set(cells["rule"]) == {"part_of_mixture"}


def test_limit_and_power_by_hand() -> None:
    # 25.3 with 3.6 below and 2.1 above: 21.8 to 27.3 go unnoticed, 56 of 1,001 printable values
    book = Book.of(load("flanders-2023"))
    limits = read_limits(book)
    figure = book.figures["fl23.t4.nlg.large"]
    check = joint_check(book, limits, figure)
    assert (limits[figure.fact].down, limits[figure.fact].up) == (Fraction("3.6"), Fraction("2.1"))
    assert check is not None
    assert check.verdict == "consistent"
    assert check.power == 1 - Fraction(56, 1001)
    assert check.detection_limit == Fraction("3.5")
    assert len(check.inputs) == 15


def test_explain_shows_what_the_joint_programme_notices(ledgers: dict[str, Ledger]) -> None:
    text = explain_id(ledgers.values(), "fl23.t4.nlg.large")
    assert "a misprint of 3.6 or more below, or 2.1 or more above" in text


def test_limits_of_other_figures_are_left_out(planted: Plant) -> None:
    whole = read_limits(Book.of(load("flanders-2023")))
    book = Book.of(planted("flanders-2023", {"fl23.t4.nlg.large": "35,3%", "fl23.text.adoption.nlg.large": "35,3%"}))
    left = read_limits(book)
    dropped = {fact for fact in whole if fact.startswith("technology.nlg")} - {"technology.nlg@adopters_one"}
    assert dropped & set(left) == set()
    assert "technology.text_analysis" in left


def test_a_limit_that_is_one_sided_decides_nothing() -> None:
    book = Book.of(load("flanders-2023"))
    limits = read_limits(book)
    assert limits["barrier.knowledge@adopters"].down is None
    assert joint_check(book, limits, book.figures["fl23.text.obstacles.adopters.knowledge"]) is None


def test_faults_of_the_file_are_named(tmp_path: Path) -> None:
    survey = load("flanders-2023")
    other = replace(survey, folder=tmp_path)
    assert read_limits(Book.of(other)) == {}
    (tmp_path / FILE).write_text("item,base\nx,all\n", encoding="utf-8")
    with pytest.raises(InputError, match="lack columns"):
        read_limits(Book.of(other))
    header = "item,base,domain,level,printed,down,up,scope,constraints,proof,inputs"
    (tmp_path / FILE).write_text(f"{header}\nplans,all,,,1%,many,2,whole,own-item,p,h\n", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be used"):
        read_limits(Book.of(other))
