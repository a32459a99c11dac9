"""``aibaro bounds`` on a folder of one's own and on a bundled survey: ranges, audit, detection, what stays hidden."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from tests.reconstruct.surveys import make_survey

from aibaro.cli import main
from aibaro.published import read
from aibaro.reconstruct import detection_limits, read_bounds, verify

pytest.importorskip("ortools")
POPULATION, RESPONDENTS = [[60, 24], [90, 30]], [[12, 6], [15, 10]]
COUNTS = {"a": [[3, 5], [6, 4]], "b": [[8, 2], [5, 7]]}


@pytest.fixture(name="folder")
def folder_fixture(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    make_survey(folder, POPULATION, RESPONDENTS, COUNTS)
    return folder


def test_strata_of_ones_own_survey(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "ranges.csv"
    assert main(["bounds", str(folder), "--strata", "--item", "a", "-o", str(target)]) == 0
    out = capsys.readouterr().out
    frame = pd.read_csv(target)
    assert len(frame) == 4
    # truth lies inside every range that is shown, and a stratum of 6 is not shown
    truth: dict[object, int] = {"s0 × z0": 3, "s0 × z1": 5, "s1 × z0": 6, "s1 × z1": 4}
    shown = frame.loc[frame["low"].notna()]
    assert set(frame["stratum"]) - set(shown["stratum"]) == {"s0 × z1"}
    assert all(
        low <= truth[name] <= high
        for name, low, high in zip(shown["stratum"], shown["low"], shown["high"], strict=True)
    )
    assert "counts of 1 cells with fewer than 10 respondents are not shown" in out
    assert "exactly 5 of 6" not in out
    assert main(["bounds", str(folder), "--strata", "--item", "a", "--reveal", "small", "-o", str(target)]) == 0
    assert pd.read_csv(target)["low"].notna().all()
    pinned = pd.read_csv(target).query("pinned")
    assert len(pinned)
    assert pinned["blame"].str.contains("a.").all()
    assert f"exactly {pinned['low'].iloc[0]} of {pinned['n'].iloc[0]} respondents; follows from" in (
        capsys.readouterr().out
    )


def test_a_bundled_survey_tells_only_how_many_are_pinned(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["bounds", "flanders-2023", "--strata", "--item", "technology.nlg@all", "--constraints", "domain"]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "nace" not in out
    assert "exactly" not in out
    assert "technology.nlg  all     44" in out


def test_bounds_of_ones_own_survey_are_computed_then_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["bounds", str(folder), "--processes", "1"]
    assert main([*words, "--item", "a", "--interval", "wilson"]) == 0
    captured = capsys.readouterr()
    assert "no such bounds are kept beside the data" in captured.err
    assert captured.out.count("wilson") == 5
    assert main([*words, "--recompute"]) == 0
    assert verify(read(folder)).rows == 10
    # one item again leaves the other as it was
    before = read_bounds(read(folder))
    assert main([*words, "--recompute", "--item", "b"]) == 0
    pd.testing.assert_frame_equal(read_bounds(read(folder)), before)
    assert verify(read(folder)).statuses["sharp"] == 10
    limits = detection_limits(read(folder))
    assert len(limits) == 10
    capsys.readouterr()
    assert main(["bounds", str(folder), "--detection", "--item", "a"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 6


@pytest.mark.parametrize(
    "words",
    [
        ["io-2023"],
        ["flanders-2023", "--item", "nothing"],
        ["flanders-2023", "--reveal", "small"],
        ["flanders-2023", "--processes", "0"],
        ["flanders-2023", "--item", "plans", "--interval", "guess"],
    ],
)
def test_wrong_use_is_an_error_with_exit_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bounds", *words]) == 2
    assert "error: " in capsys.readouterr().err


def test_a_share_that_no_whole_count_gives_stops_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of 90 respondents 89 are 98.9% and 90 are 100%: 99.0% had bounds and then no interval, as no share was left."""
    levels = "".join(f"{level},400,90\n" for level in "abcdef")
    # 18, 27, 36, 45, 54 and 27 of 90 each; 207 of 540
    printed = "".join(
        f"use,all,d,{level},{share}%\n"
        for level, share in zip("abcdef", ("20.0", "30.0", "40.0", "50.0", "60.0", "30.0"), strict=True)
    )
    files = {
        "strata.csv": f"d,population,respondents\n{levels}",
        "printed.csv": f"item,base,domain,level,printed\nuse,all,,,38.3%\n{printed}use,users,,,99.0%\n",
        "bases.csv": "base,parent,definition,respondents\nall,,,540\nusers,all,those who said so,90\n",
        "datapackage.json": '{"aibaro":{"decimal_mark":".","weighting":"cells","item_nonresponse":"none"}}',
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert main(["bounds", str(tmp_path), "--format", "csv"]) == 1
    said = capsys.readouterr()
    assert "use@users: no bounds: no table of counts" in said.err
    assert len(said.out.splitlines()) == 8


def test_strata_of_an_item_in_conflict_stop_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of 10 respondents 55% are none: of `plan` nothing is bounded, of `use` (4 of 10, 12 of 20) all is."""
    files = {
        "strata.csv": "d,population,respondents\na,100,10\nb,100,20\n",
        "printed.csv": "item,base,domain,level,printed\nplan,all,d,a,55%\nuse,all,d,a,40%\nuse,all,d,b,60%\n",
        "datapackage.json": '{"aibaro":{"decimal_mark":".","weighting":"cells","item_nonresponse":"none"}}',
    }
    folder = tmp_path / "s"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    assert main(["bounds", str(folder), "--strata", "-o", str(tmp_path / "counts.csv")]) == 1
    said = capsys.readouterr()
    assert [line for line in said.err.splitlines() if line.startswith("plan@all")] == [
        "plan@all: no bounds: no table is consistent with print; 'aibaro check' names the figures"
    ]
    assert "a: use among all: exactly 4 of 10" in said.out
    found = pd.read_csv(tmp_path / "counts.csv")
    assert found[["item", "low", "high"]].to_numpy().tolist() == [["use", 4, 4], ["use", 12, 12]]
    assert main(["bounds", str(folder), "--strata", "--item", "plan"]) == 1
    said = capsys.readouterr()
    assert "plan@all: no bounds" in said.err
    assert "DataFrame" not in said.out
