"""What print gives away about strata: against enumeration, and without giving it away itself."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.reconstruct.surveys import CELLS as DECLARED
from tests.synthesize.tiny import percent

from aibaro.disclosure import audit, compare_options, pinned_summary, stratum_ranges, to_frame
from aibaro.errors import ConflictError, InputError
from aibaro.published import PublishedSurvey, load, read

CELLS = [(s, z) for s in range(2) for z in range(2)]


def survey_of(
    folder: Path, seed: int, sizes: tuple[int, ...], decimals: int = 1
) -> tuple[PublishedSurvey, pd.DataFrame]:
    """Publish one item of four strata with both margins."""
    generator = np.random.default_rng(seed)
    strata = pd.DataFrame(
        {
            "sector": [f"s{s}" for s, _ in CELLS],
            "size": [f"z{z}" for _, z in CELLS],
            "population": [n * int(generator.integers(2, 8)) for n in sizes],
            "respondents": sizes,
        }
    )
    counts = [int(generator.integers(0, n + 1)) for n in sizes]
    rows = []
    for domain, level, own in domains():
        rows.append(
            {
                "id": f"a.{level or 'all'}",
                "item": "a",
                "base": "all",
                "domain": domain,
                "level": level,
                "printed": percent(share(strata, counts, own), decimals),
            }
        )
    strata.to_csv(folder / "strata.csv", index=False)
    (folder / "datapackage.json").write_text(DECLARED, encoding="utf-8")
    pd.DataFrame(rows).to_csv(folder / "printed.csv", index=False)
    return read(folder), strata


def domains() -> list[tuple[str, str, list[int]]]:
    found: list[tuple[str, str, list[int]]] = [("", "", [0, 1, 2, 3])]
    for k in range(2):
        found.append(("sector", f"s{k}", [i for i, (s, _) in enumerate(CELLS) if s == k]))
        found.append(("size", f"z{k}", [i for i, (_, z) in enumerate(CELLS) if z == k]))
    return found


def share(strata: pd.DataFrame, counts: list[int] | tuple[int, ...], own: list[int]) -> Fraction:
    weights = [Fraction(int(p), int(n)) for p, n in zip(strata["population"], strata["respondents"], strict=True)]
    return Fraction(sum(weights[h] * counts[h] for h in own)) / int(strata["population"].iloc[own].sum())


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("decimals", [0, 1])
def test_ranges_equal_enumeration(tmp_path: Path, seed: int, decimals: int) -> None:
    sizes = (4, 6, 3, 5)
    survey, strata = survey_of(tmp_path, seed, sizes, decimals)
    printed = dict(zip(survey.printed["level"], survey.printed["printed"], strict=True))
    bands = {}
    for _, level, own in domains():
        value = Fraction(printed[level].rstrip("%").replace(",", "."))
        unit = Fraction(1, 10**decimals)
        bands[level] = (own, value - unit / 2, value + unit / 2)
    # both ends of a rounding interval are admitted, as the bounds document
    tables = [
        t
        for t in product(*(range(n + 1) for n in sizes))
        if all(low <= 100 * share(strata, t, own) <= high for own, low, high in bands.values())
    ]
    for found in stratum_ranges(survey):
        values = {t[found.row] for t in tables}
        assert (found.low, found.high) == (min(values), max(values))
        assert found.attained
        assert found.pinned == (len(values) == 1)
    for outer in stratum_ranges(survey, constraints="domain"):
        values = {t[outer.row] for t in tables}
        assert outer.low <= min(values) <= max(values) <= outer.high


def test_blame_names_figures_that_pin_and_none_that_do_not(tmp_path: Path) -> None:
    sizes = (4, 6, 3, 5)
    survey, strata = survey_of(tmp_path, 1, sizes)
    printed = dict(zip(survey.printed["id"], survey.printed["printed"], strict=True))
    places = {f"a.{level or 'all'}": own for _, level, own in domains()}
    pinned = [r for r in stratum_ranges(survey) if r.pinned]
    assert pinned
    for found in pinned:

        def allowed(names: set[str], row: int = found.row) -> set[int]:
            half = Fraction(1, 20)
            values = {name: Fraction(printed[name].rstrip("%").replace(",", ".")) for name in names}
            return {
                t[row]
                for t in product(*(range(n + 1) for n in sizes))
                if all(abs(100 * share(strata, t, places[n]) - v) <= half for n, v in values.items())
            }

        assert allowed(set(found.blame)) == {found.low}
        for name in found.blame:
            assert len(allowed(set(found.blame) - {name})) > 1


def test_small_strata_are_shown_only_when_asked(tmp_path: Path) -> None:
    survey, _ = survey_of(tmp_path, 2, (4, 12, 15, 5))
    safe, summary = audit(survey)
    assert safe.loc[safe["n"] < 10, ["low", "high"]].isna().all().all()
    assert safe.loc[safe["n"] >= 10, ["low", "high"]].notna().all().all()
    shown, again = audit(survey, reveal="small")
    assert shown[["low", "high"]].notna().all().all()
    assert summary.equals(again)
    assert summary["pinned"].item() == int(shown["pinned"].sum())
    with pytest.raises(InputError, match="reveal"):
        to_frame([], reveal="all")
    with pytest.raises(InputError, match="constraints"):
        stratum_ranges(survey, constraints="none")


def test_coarser_rounding_and_fewer_margins_hide(tmp_path: Path) -> None:
    survey, _ = survey_of(tmp_path, 1, (4, 6, 3, 5))
    options = compare_options(survey, decimals=(0,), constraints="own-item").set_index("option")
    assert list(options.index) == ["as printed", "0 decimals", "without sector", "without size"]
    assert (options["cells"] == 4).all()
    assert (options["pinned"] <= options.loc["as printed", "pinned"]).all()
    assert (options["mean_width"] >= options.loc["as printed", "mean_width"]).all()
    assert options["mean_width"].max() > options.loc["as printed", "mean_width"]


def test_print_that_no_table_meets_is_an_error(tmp_path: Path) -> None:
    survey, _ = survey_of(tmp_path, 1, (4, 6, 3, 5))
    text = (tmp_path / "printed.csv").read_text(encoding="utf-8")
    first = survey.printed.loc[survey.printed["level"] == "", "printed"].item()
    (tmp_path / "printed.csv").write_text(text.replace(first, "99,9%", 1), encoding="utf-8")
    with pytest.raises(ConflictError, match="no table"):
        stratum_ranges(read(tmp_path))


def test_a_table_of_the_bundled_survey_has_pinned_counts() -> None:
    ranges = stratum_ranges(load("flanders-2023"), [("technology.autonomous_machines", "all")], constraints="domain")
    summary = pinned_summary(ranges)
    assert summary["pinned"].item() > summary["pinned_small"].item() > 0
    assert to_frame(ranges).loc[lambda f: f["n"] < 10, "low"].isna().all()
    assert all(r.blame for r in ranges if r.pinned)
