"""``aibaro plot``: one figure into one file."""

from __future__ import annotations

from pathlib import Path

import pytest

from aibaro.cli import main
from aibaro.report.plots import NAMES


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf"])
def test_adoption_by_sector_is_written(suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The example of the manual."""
    target = tmp_path / f"nlg.{suffix}"
    assert main(["plot", "flanders-2023", "adoption", "--by", "sector", "--item", "nlg", "-o", str(target)]) == 0
    heads = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}
    assert target.read_bytes().startswith(heads[suffix])
    assert "by sector" in capsys.readouterr().out


@pytest.mark.parametrize(
    "figure", ["population", "response-rate", "weight", "variance-share", "response", "waves", "detection", "bounds"]
)
def test_every_other_figure_is_written(figure: str, tmp_path: Path) -> None:
    """In Dutch and as a slide."""
    target = tmp_path / "figure.svg"
    assert main(["plot", "flanders-2023", figure, "--lang", "nl", "--size", "slide", "-o", str(target)]) == 0
    assert 'lang="nl"' in target.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("survey", "figure"), [("inspark-2025", "shares"), ("synthetic", "grim"), ("io-2023", "groups")]
)
def test_figures_of_the_ledger_and_of_differences_compute_what_they_need(
    survey: str, figure: str, tmp_path: Path
) -> None:
    """Only what the figure needs is computed, and all of it."""
    if survey == "synthetic":
        rows = "item,base_n,weighted,printed\nuse,48,no,25%\nplan,48,no,31%\n"
        folder = tmp_path / survey
        folder.mkdir()
        (folder / "printed.csv").write_text(rows, encoding="utf-8")
        survey = str(folder)
    target = tmp_path / "figure.png"
    assert main(["plot", survey, figure, "-o", str(target)]) == 0
    assert target.stat().st_size > 5_000


def test_every_figure_has_a_name_that_the_help_tells(capsys: pytest.CaptureFixture[str]) -> None:
    """A figure that nobody can ask for is not there."""
    with pytest.raises(SystemExit):
        main(["plot", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert [name for name in NAMES if name not in told.replace("variance- share", "variance-share")] == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["flanders-2023", "adoption", "--item", "zzz"], "technology.nlg"),
        (["flanders-2023", "adoption", "--by", "colour"], "size_class"),
        (["flanders-2023", "pie"], "adoption"),
        (["topdesk-2025", "population"], "topdesk-2025"),
        (["flanders-2023", "bounds", "--item", "zzz"], "at-least-one-sector"),
    ],
)
def test_wrong_words_end_with_2_and_name_the_choice(
    words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What would have been right stands in the error."""
    assert main(["plot", *words, "-o", str(tmp_path / "x.svg")]) == 2
    assert told in capsys.readouterr().err


def test_a_wrong_suffix_ends_with_2(tmp_path: Path) -> None:
    """GIF is not written."""
    assert main(["plot", "flanders-2023", "weight", "-o", str(tmp_path / "x.gif")]) == 2
