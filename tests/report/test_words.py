"""Both languages say everything, with the same placeholders; numbers follow the language."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aibaro.errors import InputError
from aibaro.published import read
from aibaro.published.vocabulary import CLAIM_VERDICTS, NUMBER_VERDICTS, POPULATION_VERDICTS, REASONS
from aibaro.report.names import Names
from aibaro.report.words import Text, catalogue, format_number, format_percent, format_range, say


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_every_text_stands_in_both_languages_with_the_same_placeholders(key: str) -> None:
    """A missing translation or placeholder would show up as a hole in one language only."""
    text = catalogue()[key]
    names = [{name for _, name, _, _ in Formatter().parse(words) if name} for words in (text.en, text.nl)]
    assert text.en.strip()
    assert text.nl.strip()
    # a text that is given once in each language is no sentence with fields
    # Dutch words as printed need no translation beside them
    assert names[0] == names[1] or names == [{"en"}, {"nl"}] or key == "sentence.quoted_words"


def test_every_verdict_and_reason_of_the_ledger_has_words() -> None:
    """The report must not meet a verdict that it cannot name."""
    for verdict in {*NUMBER_VERDICTS, *CLAIM_VERDICTS, *POPULATION_VERDICTS}:
        assert say(f"verdict.{verdict}").nl
        assert say(f"verdict_means.{verdict}").nl
    for reason in REASONS:
        assert say(f"reason.{reason}").nl


def test_an_unknown_key_is_an_error() -> None:
    """Never a silent fallback to the key."""
    with pytest.raises(InputError, match="no words"):
        say("verdict.maybe")


def test_text_escapes_markup_in_both_languages() -> None:
    """Text is data: it never becomes markup."""
    assert Text("<b>", "<i>").__html__() == "<i>&lt;b&gt;</i><u>&lt;i&gt;</u>"


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_dutch_and_english_numbers_are_the_same_number(value: object) -> None:
    """Swapping the marks of one gives the other, and reading it back gives the value."""
    number = float(str(value))
    english, dutch = format_number(number, 2), format_number(number, 2, "nl")
    assert english.translate(str.maketrans(",.", ".,")) == dutch
    assert float(english.replace(",", "").replace("−", "-")) == pytest.approx(number, abs=0.005 + 1e-9)


def test_numbers_that_are_not_there_are_a_dash() -> None:
    """NaN is no number to print; infinity is."""
    nan = float("nan")
    assert format_number(nan) == format_percent(nan) == format_range(nan, nan) == "–"
    assert format_number(float("inf")) == "∞"


def test_an_unknown_language_is_an_error() -> None:
    """French is not spoken."""
    with pytest.raises(InputError, match="unknown language"):
        format_number(1, lang="fr")


def test_words_hold_no_trace_of_a_source_sentence_mark() -> None:
    """Words are plain text: no markup slips in through the catalogue."""
    assert not [key for key, text in catalogue().items() if re.search(r"[<>]", text.en + text.nl)]


def test_an_item_may_begin_with_the_mark_of_a_base(tmp_path: Path) -> None:
    """The title of its figure had no name: what stood before the mark was taken for it."""
    (tmp_path / "printed.csv").write_text("item,printed\n@SUM(1),30%\nuse,20%\n", encoding="utf-8")
    names = Names.of(read(tmp_path))
    assert [names.item(text).en for text in ("@SUM(1)", "@SUM(1)@users", "use@users")] == ["@SUM(1)", "@SUM(1)", "Use"]
