"""The command ``aibaro estimate``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from aibaro import estimate
from aibaro.cli import main
from aibaro.design import Design

ROWS = {
    "size": ["s"] * 6 + ["l"] * 4,
    "plant": [1, 1, 2, 2, 3, 3, 1, 1, 2, 2],
    "w": [10.0] * 6 + [2.0] * 4,
    "N": [60] * 6 + [8] * 4,
    "ai": [0, 1, 0, 0, 1, 0, 1, 1, 0, 1],
    "staff": [3, 4, 5, 3, 6, 2, 90, 70, 110, 80],
    "it": [0, 1, 0, 0, 1, 0, 9, 4, 8, 6],
}


@pytest.fixture(params=["csv", "parquet", "feather"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    table, target = pa.table(ROWS), tmp_path / f"rows.{request.param}"
    if request.param == "csv":
        table.to_pandas().to_csv(target, index=False)
    elif request.param == "parquet":
        parquet.write_table(table, target)
    else:
        feather.write_feather(table, str(target))
    return str(target)


def records(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, object]]:
    assert main(["estimate", *words, "--json"]) == 0
    result: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return result


def test_share_from_every_kind_of_file(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = records(capsys, path, "--stratum", "size", "--population", "N", "--proportion", "ai")
    # (60 · 2/6 + 8 · 3/4) / 68
    assert row["estimate"] == pytest.approx(26 / 68, rel=1e-14)
    assert (row["item"], row["n"], row["df"], row["method"]) == ("ai", 10, 8.0, "logit")


def test_weight_and_population_agree(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = [path, "--stratum", "size", "--mean", "staff,it", "--by", "size"]
    weighted = records(capsys, *words, "--weight", "w", "--fpc", "none")
    counted = records(capsys, *words, "--population", "N", "--fpc", "none")
    assert [r["std_error"] for r in weighted] == pytest.approx([r["std_error"] for r in counted], rel=1e-12)
    assert [r["level"] for r in weighted] == ["l", "s", "l", "s"]


@pytest.mark.parametrize(
    "words",
    [
        ["--total", "it"],
        ["--ratio", "it/staff"],
        ["--quantile", "staff", "--q", "0.25,0.5"],
        ["--proportion", "ai", "--variance", "bootstrap", "--seed", "3", "--replicates", "20"],
        ["--mean", "staff", "--variance", "jackknife", "--df", "satterthwaite"],
        ["--proportion", "ai", "--interval", "beta", "--by", "size:plant", "--single", "certainty"],
    ],
)
def test_other_targets_print_a_table(words: list[str], path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", path, "--stratum", "size", "--weight", "w", *words]) == 0
    assert "estimate" in capsys.readouterr().out


def test_a_table_of_strata_gives_the_population(path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    strata = tmp_path / "strata.csv"
    strata.write_text("size,population\ns,60\nl,8\n", encoding="utf-8")
    (row,) = records(capsys, path, "--stratum", "size", "--strata", str(strata), "--proportion", "ai")
    assert row["estimate"] == pytest.approx(26 / 68, rel=1e-14)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["missing.csv", "--weight", "w", "--mean", "x"], "no such file"),
        (["{}", "--weight", "w", "--mean", "profit", "--stratum", "size"], "unknown column"),
        (["{}", "--weight", "w", "--mean", "size"], "not a column of numbers"),
        (["{}", "--mean", "staff"], "weights are not determined"),
        (["{}", "--weight", "w"], "an option is missing"),
        (["{}", "--weight", "w", "--ratio", "it"], "not a ratio"),
        (["{}", "--weight", "w", "--mean", "it", "--interval", "beta"], "other intervals"),
        (["{}", "--weight", "w", "--quantile", "it", "--q", "half"], "shares"),
        (["{}", "--weight", "w", "--mean", "it", "--strata", "no.csv"], "parameter: --strata"),
    ],
)
def test_wrong_use_has_the_error_form_and_exit_2(
    words: list[str], text: str, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["estimate", *(w.format(path) for w in words)]) == 2
    assert text in capsys.readouterr().err


FRAME = pd.DataFrame(ROWS)
VOCABULARY = {
    "item",
    "domain",
    "level",
    "estimate",
    "std_error",
    "df",
    "conf_low",
    "conf_high",
    "conf_level",
    "method",
    "n",
    "n_eff",
    "deff",
    "reliability",
}
STRATA = {"strata": "size", "population": "N"}
WORDS = ["--stratum", "size", "--population", "N"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            ["--mean", "staff,it", "--by", "plant", "--level", "0.9"],
            lambda d: estimate.mean(FRAME, ["staff", "it"], design=d, by="plant", conf_level=0.9),
        ),
        (
            ["--total", "it", "--fpc", "none", "--df", "satterthwaite"],
            lambda d: estimate.total(FRAME, "it", design=d, fpc="none", df="satterthwaite"),
        ),
        (
            ["--proportion", "ai", "--interval", "wilson", "--by", "size,size:plant", "--single", "average"],
            lambda d: estimate.proportion(
                FRAME, "ai", design=d, by=["size", "size×plant"], interval="wilson", single="average"
            ),
        ),
        (
            ["--ratio", "it/staff", "--variance", "jackknife"],
            lambda d: estimate.ratio(FRAME, "it", "staff", design=d, variance="jackknife"),
        ),
        (
            ["--quantile", "staff", "--q", "0.25,0.5", "--interval", "beta"],
            lambda d: estimate.quantile(FRAME, "staff", [0.25, 0.5], design=d, interval="beta"),
        ),
        (
            ["--proportion", "ai", "--variance", "bootstrap", "--replicates", "30", "--seed", "8"],
            lambda d: estimate.proportion(FRAME, "ai", design=d, variance="bootstrap", replicates=30, seed=8),
        ),
    ],
    ids=["mean", "total", "proportion", "ratio", "quantile", "bootstrap"],
)
def test_every_option_of_the_command_is_that_of_the_function(
    words: list[str], expected: Callable[[Design], estimate.Estimates], path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = records(capsys, path, *WORDS, *words)
    assert found == expected(Design.from_frame(FRAME, **STRATA)).to_records()
    assert all(set(row) >= VOCABULARY for row in found)


def test_clusters_and_a_stratum_of_one(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = [path, "--stratum", "size", "--psu", "plant", "--weight", "w", "--mean", "staff"]
    design = Design.from_frame(FRAME, strata="size", psu="plant", weight="w")
    assert records(capsys, *words) == estimate.mean(FRAME, "staff", design=design).to_records()
    alone = [path, "--stratum", "size,plant,it", "--weight", "w", "--mean", "staff"]
    assert main(["estimate", *alone]) == 2
    assert "single respondent" in capsys.readouterr().err
    for rule in ("certainty", "adjust", "average"):
        single = Design.from_frame(FRAME, strata=["size", "plant", "it"], weight="w", single=rule)
        found = records(capsys, *alone, "--single", rule)
        assert found == estimate.mean(FRAME, "staff", design=single).to_records()
