"""`aibaro weights` from the shell's side."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from aibaro import weights
from aibaro.cli import main

ROWS = pd.DataFrame(
    {
        "size": ["s", "s", "l", "l"],
        "sector": ["x", "y", "x", "y"],
        "staff": [5.0, 8.0, 90.0, 70.0],
        "d": [1.0, 2.0, 1.0, 1.0],
        "status": [1.1, 2.1, 1.1, 3.0],
    }
)
MARGINS = pd.DataFrame(
    {"domain": ["size", "size", "sector", "sector"], "level": ["s", "l", "x", "y"], "target": [60, 40, 30, 70]}
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    ROWS.to_csv("rows.csv", index=False)
    ROWS.to_parquet("rows.parquet")
    ROWS.to_feather("rows.feather")
    MARGINS.to_csv("margins.csv", index=False)
    return tmp_path


@pytest.mark.parametrize("source", ["rows.csv", "rows.parquet", "rows.feather"])
@pytest.mark.parametrize("out", ["out.csv", "out.parquet", "out.feather"])
@pytest.mark.usefixtures("folder")
def test_raking_from_file_to_file(source: str, out: str) -> None:
    assert main(["weights", source, "--weight", "d", "--rake", "margins.csv", "-o", out]) == 0
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet, "feather": pd.read_feather}[out.partition(".")[2]]
    expected = weights.rake(ROWS, MARGINS, weight="d").frame
    pd.testing.assert_frame_equal(read(out), expected, rtol=1e-12, check_dtype=False)


@pytest.mark.usefixtures("folder")
def test_a_chain_of_steps_and_its_history_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    table = pd.concat([MARGINS, pd.DataFrame({"domain": ["staff"], "level": [None], "target": [3800]})])
    table.to_csv("totals.csv", index=False)
    command = [
        "weights",
        "rows.csv",
        "--weight",
        "d",
        "--calibrate",
        "totals.csv",
        "--distance",
        "raking",
        "--trim",
        "60",
        "--within",
        "size",
        "--normalize",
        "--json",
        "-o",
        "out.csv",
    ]
    assert main(command) == 0
    history = json.loads(capsys.readouterr().out)
    assert [step["method"] for step in history["steps"]] == ["calibrate", "trim", "normalize"]
    assert pd.read_csv("out.csv")["weight"].sum() == pytest.approx(4)


@pytest.mark.usefixtures("folder")
def test_base_and_poststratification_from_tables() -> None:
    ROWS[["size"]].drop_duplicates().assign(population=[100, 50]).to_csv("strata.csv", index=False)
    assert main(["weights", "rows.csv", "--base", "strata.csv", "--stratum", "size", "-o", "a.csv", "--name", "w"]) == 0
    assert pd.read_csv("a.csv")["w"].tolist() == [50, 50, 25, 25]
    assert main(["weights", "a.csv", "--weight", "w", "--poststratify", "strata.csv", "-o", "b.csv"]) == 0
    assert pd.read_csv("b.csv")["weight"].tolist() == [50, 50, 25, 25]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            ["--poststratify", "sizes.csv", "--by", "size"],
            lambda: weights.poststratify(ROWS, {"s": 60, "l": 40}, by="size", weight="d"),
        ),
        (
            ["--rake", "margins.csv", "--by", "sector", "--units", "counts"],
            lambda: weights.rake(ROWS, {"sector": {"x": 30, "y": 70}}, weight="d"),
        ),
        (
            ["--rake", "shares.csv", "--units", "percent", "--total", "500"],
            lambda: weights.rake(ROWS, {"size": {"s": 60, "l": 40}}, weight="d", units="percent", total=500),
        ),
        (
            ["--calibrate", "margins.csv", "--distance", "logit", "--bounds", "0.1,90"],
            lambda: weights.calibrate(ROWS, MARGINS, weight="d", distance="logit", bounds=(0.1, 90)),
        ),
        (
            ["--rake", "margins.csv", "--trim", "45", "--lower", "5", "--within", "all"],
            lambda: weights.trim(weights.rake(ROWS, MARGINS, weight="d"), upper=45, lower=5, within=[]),
        ),
        (
            ["--nonresponse", "status", "--classes", "size", "--codes", "aapor"],
            lambda: weights.nonresponse(ROWS, disposition="status", classes="size", codes="aapor", weight="d"),
        ),
    ],
    ids=["poststratify", "by", "percent", "logit", "trim", "nonresponse"],
)
@pytest.mark.usefixtures("folder")
def test_every_option_of_the_command_is_that_of_the_function(
    words: list[str], expected: Callable[[], weights.WeightResult]
) -> None:
    sizes = MARGINS[MARGINS["domain"] == "size"]
    table = sizes.rename(columns={"level": "size", "target": "population"})
    table[["size", "population"]].to_csv("sizes.csv", index=False)
    sizes.to_csv("shares.csv", index=False)
    assert main(["weights", "rows.parquet", "--weight", "d", *words, "-o", "out.parquet"]) == 0
    pd.testing.assert_frame_equal(pd.read_parquet("out.parquet"), expected().frame, rtol=1e-12, check_dtype=False)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "no step asked for"),
        (["--base", "margins.csv"], "both --base and --stratum"),
        (["--trim", "3"], "classes whose totals"),
        (["--rake", "absent.csv"], "parameter: --rake"),
        (["--rake", "flandres"], "unknown survey"),
        (["--calibrate", "margins.csv", "--bounds", "3"], "not a pair of bounds"),
        (["--calibrate", "margins.csv", "--distance", "logit", "--bounds", "0.99,1.01"], "no g-weights within"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_wrong_usage_ends_with_2_and_writes_nothing(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["weights", "rows.csv", "-o", "out.csv", *words]) == 2
    assert message in capsys.readouterr().err
    assert not Path("out.csv").exists()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("size,s,60\nsize,l,40\nsize,,3", "a variable has a row without a level and further rows"),
        ("size,s,60\nsize,l,40\nstaff,,3\nstaff,,4", "a variable has a row without a level and further rows"),
        ("size,s,60\nsize,l,40\nstaff,,abc", "not a margin"),
        ("size,s,1e308\nsize,l,1e308", "the margin is too large"),
    ],
)
def test_totals_that_contradict_each_other_or_are_no_numbers(
    rows: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("totals.csv").write_text(f"domain,level,target\n{rows}\n")
    assert main(["weights", "rows.csv", "--weight", "d", "--calibrate", "totals.csv", "-o", "out.csv"]) == 2
    assert told in capsys.readouterr().err
    assert not Path("out.csv").exists()
