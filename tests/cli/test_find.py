"""Numbers and claims are found by the words that people type."""

from __future__ import annotations

import json
import re

import pytest

from aibaro.cli import main


def found(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, str]]:
    assert main(["find", *words, "--format", "json", "--most", "500"]) == 0
    records: list[dict[str, str]] = json.loads(capsys.readouterr().out)
    return records


def test_words_of_either_language_find_the_same_number(capsys: pytest.CaptureFixture[str]) -> None:
    english = {row["id"] for row in found(capsys, "finance", "at", "least", "one")}
    dutch = {row["id"] for row in found(capsys, "FINANCIEN", "minstens", "één", "--lang", "nl")}
    assert "fl23.t3.at_least_one.nace-64-66" in english & dutch


def test_a_typing_error_is_answered_with_a_word_that_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["find", "tecnology"]) == 0
    assert "did you mean technology?" in capsys.readouterr().out


def test_a_table_fits_eighty_columns_unless_asked_otherwise(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["find", "sector"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert max(map(len, shown)) <= 80
    assert main(["find", "sector", "--wide"]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) > 80


def test_explain_says_how_a_standard_error_varies_over_drawn_tables(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["explain", "fl23.summary.no_plans", "--typical", "--draws", "20", "--by"]
    assert main([*asked, "size_class"]) == 0
    printed = capsys.readouterr().out
    assert "over 20 tables of counts that print allows" in printed
    assert "its standard error is 1.2" in printed
    assert "large: a share of" in printed
    assert main([*asked, "colour"]) == 2
    assert "--by" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("zorgen privacy --lang nl", "io23.ch2.privacy_worry.agree"),
        ("kleine ondernemingen --lang nl", "kleine"),
        ("werkgelegenheid --lang nl", "ondernemers"),
        ("small companies", "small firms"),
        ("regulation", "unclear legal"),
        ("privacy fears", "without: fears"),
    ],
)
def test_what_readers_call_otherwise_is_found(words: str, found: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["find", *words.split(), "--most", "60"]) == 0
    shown = capsys.readouterr()
    # ids that leave no room are folded
    assert found in re.sub(r"\s+", " ", shown.out + shown.err) or found in re.sub(r"\s+", "", shown.out)
