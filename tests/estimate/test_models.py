"""Models: what they refuse, and laws that hold without R."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats

from aibaro import estimate
from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.estimate._models import weighted_f_tail


@cache
def rows() -> pd.DataFrame:
    generator = np.random.default_rng(11)
    size = 240
    frame = pd.DataFrame(
        {
            "size": generator.choice(["small", "large"], size),
            "sector": generator.choice(["a", "b", "c"], size),
            "staff": generator.lognormal(2, 1, size).round(2),
            "w": generator.uniform(1, 5, size),
        }
    )
    chance = 1 / (1 + np.exp(-(frame["staff"].rank() / size - 0.5 + 0.7 * (frame["sector"] == "b"))))
    frame["ai"] = (generator.uniform(size=size) < chance).astype(int)
    frame["use"] = pd.Categorical.from_codes(
        generator.binomial(2, chance), categories=["never", "at times", "often"], ordered=True
    )
    return frame


@cache
def design() -> Design:
    return Design.from_frame(rows(), strata="size", weight="w")


def fit(formula: str, data: pd.DataFrame | None = None, **options: object) -> estimate.Model:
    frame = rows() if data is None else data
    return estimate.glm(formula, frame, design=Design.from_frame(frame, strata="size", weight="w"), **options)  # type: ignore[arg-type]


def test_a_model_of_levels_alone_gives_their_means() -> None:
    model = fit("ai ~ sector", family="binomial")
    shares = estimate.proportion(rows().assign(yes=rows()["ai"] == 1), "yes", design=design(), by="sector")
    margins = model.predict("sector").to_frame()
    assert margins["estimate"].tolist() == pytest.approx(shares.estimate.tolist(), rel=1e-9)
    # saturated models leave nothing to the distribution of other variables
    assert margins["std_error"].tolist() == pytest.approx(shares.std_error.tolist(), rel=1e-9)
    # an intercept alone is the overall share
    alone = fit("staff ~ 1")
    mean = estimate.mean(rows(), "staff", design=design())
    assert alone.estimate[0] == pytest.approx(mean.estimate[0], rel=1e-12)
    assert np.sqrt(alone.variance[0, 0]) == pytest.approx(mean.std_error[0], rel=1e-12)


def test_contrasts_name_levels_and_terms() -> None:
    model = fit("ai ~ sector + staff", family="binomial")
    b, c = (model.term.index(f"sector[T.{x}]") for x in "bc")
    found = model.contrast(
        {"one": 'sector["b"] - sector["c"]', "two": "'sector[T.b]' - sector[\"a\"]", "ten": "staff * 10"}
    )
    frame = found.to_frame()
    assert frame["estimate"][0] == pytest.approx(model.estimate[b] - model.estimate[c])
    assert frame["estimate"][1] == pytest.approx(model.estimate[b])
    variance = model.variance[b, b] + model.variance[c, c] - 2 * model.variance[b, c]
    assert frame["std_error"][0] == pytest.approx(np.sqrt(variance))
    odds = model.odds_ratios()
    assert odds["term"].tolist() == ["sector[T.b]", "sector[T.c]", "staff"]
    assert odds["estimate"][0] == pytest.approx(np.exp(model.estimate[b]))
    with pytest.raises(InputError, match="no such coefficient"):
        model.contrast('sector["z"]')
    with pytest.raises(InputError, match="no ratios"):
        fit("staff ~ sector").odds_ratios()


def test_margins_can_be_compared() -> None:
    margins = fit("ai ~ sector * staff", family="binomial").predict({"sector": ["a", "b"], "staff": [5, 50]})
    assert margins.level == ("a×5", "a×50", "b×5", "b×50")
    difference = margins.contrast("'b×5' - 'a×5'")
    cov = margins.covariance().to_numpy()
    assert difference.estimate[0] == pytest.approx(margins.estimate[2] - margins.estimate[0])
    assert difference.variance[0, 0] == pytest.approx(cov[2, 2] + cov[0, 0] - 2 * cov[0, 2])


def test_probabilities_of_ordered_answers_add_up() -> None:
    model = estimate.ordinal("use ~ sector + staff", rows(), design=design())
    assert model.term[-2:] == ("never|at times", "at times|often")
    margins = model.predict("sector").to_frame()
    assert margins["category"].tolist() == ["never", "at times", "often"] * 3
    assert margins.groupby("level")["estimate"].sum().tolist() == pytest.approx([1, 1, 1])
    # three shares that add to one have a covariance whose rows add to nothing
    cov = model.predict("sector").variance
    assert np.abs(cov[:3, :3].sum(axis=0)).max() < 1e-12
    assert model.test("sector").df == 2
    assert 0 <= model.test("sector", method="lrt").p_value <= 1
    for link in ("probit", "cloglog"):
        assert estimate.ordinal("use ~ staff", rows(), design=design(), link=link).df == model.df + 2


def test_two_ordered_answers_are_a_logit() -> None:
    frame = rows().assign(use=rows()["use"].cat.codes.clip(0, 1))
    with pytest.raises(InputError, match="fewer than three"):
        estimate.ordinal("use ~ staff", frame, design=design())


def test_answers_of_three_engines_agree() -> None:
    first = fit("ai ~ sector + staff", family="binomial").to_frame()
    plain = rows().drop(columns="use")
    for data in (pl.from_pandas(plain), pl.from_pandas(plain).lazy(), duckdb.from_df(plain)):
        other = estimate.glm(
            "ai ~ sector + staff", data, design=Design.from_frame(data, strata="size", weight="w"), family="binomial"
        ).to_frame()
        # a data base gives rows in an order of its own
        pd.testing.assert_frame_equal(first, other, rtol=1e-9)


def test_a_domain_keeps_the_rest_in_the_variance() -> None:
    inside = fit("staff ~ 1", domain={"sector": "a"})
    mean = estimate.mean(rows(), "staff", design=design(), domain={"sector": "a"})
    assert np.sqrt(inside.variance[0, 0]) == pytest.approx(mean.std_error[0], rel=1e-12)
    assert inside.df == mean.df_design[0]
    assert "sector = a" in inside.summary()


def test_weights_are_a_matter_of_scale() -> None:
    one, other = (
        fit("ai ~ staff", family="binomial"),
        fit("ai ~ staff", rows().assign(w=rows()["w"] * 1e6), family="binomial"),
    )
    pd.testing.assert_frame_equal(one.to_frame(), other.to_frame(), rtol=1e-8)
    assert one.test("staff", "lrt").statistic == pytest.approx(other.test("staff", "lrt").statistic, rel=1e-6)


@pytest.mark.parametrize(
    ("formula", "options", "text"),
    [
        ("ai ~ sector + copy", {"family": "binomial"}, r"copy\[T.y\]"),
        ("ai ~ staff + twice", {"family": "binomial"}, "follows from Intercept, staff"),
        ("ai ~ parted", {"family": "binomial"}, "parts the outcomes"),
        ("ai ~ sector + staff + parted", {"family": "binomial"}, r"got: .*parted\n"),
        ("count ~ never", {"family": "poisson"}, r"never\[T.yes\]"),
        ("ai ~ profit", {"family": "binomial"}, "unknown column"),
        ("staff ~ sector", {"family": "binomial"}, "does not fit"),
        ("sector ~ staff", {}, "not a number"),
        ("sector ~ staff", {"family": "binomial"}, "which answer"),
        ("ai ~ staff", {"family": "binomail"}, "unknown family"),
        ("ai ~ staff", {"link": "logg"}, "unknown link"),
        ("ai ~ staff +", {}, "cannot be read"),
        ("~ staff", {}, "left of ~"),
        ("", {}, "cannot be read"),
        ("ai ~ log(staff - staff)", {}, "no value in some rows"),
        ("ai ~ staff", {"domain": {"sector": "z"}}, "unknown domain"),
        ("one ~ staff", {"family": "binomial"}, "does not vary"),
        ("ai ~ staff", {"conf_level": 95}, "confidence level"),
        ("ai ~ staff", {"df": -3}, "degrees of freedom"),
        ("ai ~ staff", {"event": "yes", "family": "binomial"}, "two answers"),
        ("ai ~ staff + endless", {}, "endless: 1 rows"),
        ("endless ~ staff", {}, "endless: 1 rows"),
        ("ai ~ staff + offset(sector)", {}, "not one number a row"),
        ("ai ~ staff + offset(log(staff - staff))", {}, "not one number a row"),
        ("ai ~ staff + offset()", {}, "cannot be read"),
        ("ai ~ staff + offset(profit)", {}, "unknown column"),
    ],
)
def test_faults_name_the_term(formula: str, options: dict[str, object], text: str) -> None:
    frame = rows().assign(
        copy=rows()["sector"].map({"a": "x", "b": "y", "c": "x"}),
        twice=rows()["staff"] * 2 + 1,
        parted=rows()["ai"] * 10 + rows()["staff"] / 1000,
        never=np.where(rows()["ai"] == 1, "no", "yes"),
        count=rows()["ai"] * 3,
        one=1,
        endless=np.where(np.arange(len(rows())) == 5, np.inf, rows()["staff"]),
    )
    with pytest.raises(InputError, match=text):
        fit(formula, frame, **options)


def test_the_event_is_named_or_obvious() -> None:
    frame = rows().assign(
        yes=rows()["ai"].map({1: "Ja", 0: "Nee"}),
        kind=rows()["ai"].map({1: "user", 0: "other"}),
        flag=rows()["ai"] == 1,
    )
    first = fit("ai ~ staff", family="binomial").estimate
    for formula, options in (
        ("yes ~ staff", {}),
        ("flag ~ staff", {}),
        ("kind ~ staff", {"event": "user"}),
        ("{kind == 'user'} ~ staff", {}),
    ):
        assert fit(formula, frame, family="binomial", **options).estimate == pytest.approx(first, rel=1e-12)


def test_names_with_dots_and_spaces() -> None:
    frame = rows().rename(columns={"sector": "sec.tor", "staff": "number of staff"})
    found = fit("ai ~ sec.tor + `number of staff`", frame, family="binomial")
    assert found.term == ("Intercept", "sec.tor[T.b]", "sec.tor[T.c]", "number of staff")
    assert found.test("sec.tor").df == 2
    assert found.predict("sec.tor").level == ("a", "b", "c")


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_the_unit_of_a_number_does_not_matter(factor: float) -> None:
    frame = rows().assign(staff=rows()["staff"] * factor)
    one, other = fit("ai ~ staff + sector", family="binomial"), fit("ai ~ staff + sector", frame, family="binomial")
    unit = np.array([factor if term == "staff" else 1.0 for term in one.term])
    assert other.term == one.term
    assert other.estimate * unit == pytest.approx(one.estimate, rel=1e-8)
    assert np.sqrt(np.diag(other.variance)) * unit == pytest.approx(np.sqrt(np.diag(one.variance)), rel=1e-8)
    assert other.test("staff", "lrt").statistic == pytest.approx(one.test("staff", "lrt").statistic, rel=1e-8)


def test_an_offset_is_a_term_whose_coefficient_is_one() -> None:
    frame = rows().assign(own_staff=rows()["staff"], less=rows()["ai"] - 0.02 * rows()["staff"])
    shifted = fit("ai ~ sector + offset(0.02 * staff)", frame)
    plain = fit("less ~ sector", frame)
    assert shifted.term == plain.term
    assert shifted.estimate == pytest.approx(plain.estimate, rel=1e-10)
    assert shifted.variance == pytest.approx(plain.variance, rel=1e-9)
    # what is added stays in the prediction
    mean = np.average(frame["staff"], weights=frame["w"])
    assert shifted.predict("sector").estimate == pytest.approx(
        plain.predict("sector").estimate + 0.02 * mean, rel=1e-10
    )
    assert shifted.predict({"staff": [10]}).estimate - shifted.predict({"staff": [0]}).estimate == pytest.approx(0.2)
    assert fit("ai ~ sector + offset(0.01 * staff) + offset(own_staff / 100)", frame).estimate == pytest.approx(
        shifted.estimate, rel=1e-10
    )
    ordered = estimate.ordinal("use ~ sector + offset(0.05 * staff)", frame, design=design())
    nested = estimate.ordinal("use ~ sector + staff", frame, design=design())
    assert ordered.estimate[0] != pytest.approx(nested.estimate[0], rel=1e-3)
    # moved by the part that the term of its own has beyond the offset
    rest = estimate.ordinal("use ~ sector + staff + offset(0.05 * staff)", frame, design=design())
    assert rest.estimate[2] + 0.05 == pytest.approx(nested.estimate[2], rel=1e-8)


def test_decimal_numbers_are_numbers() -> None:
    frame = rows().assign(staff=[Decimal(str(v)) for v in rows()["staff"]])
    assert fit("ai ~ staff", frame).estimate == pytest.approx(fit("ai ~ staff").estimate, rel=1e-12)


def test_missing_values_are_outside_and_counted() -> None:
    frame = rows().assign(staff=rows()["staff"].where(rows()["staff"] > 3))
    model = fit("ai ~ staff", frame, family="binomial")
    assert model.missing == int(frame["staff"].isna().sum())
    assert f"{model.missing} with a missing value" in model.summary()


def test_faces() -> None:
    model = fit("ai ~ sector", family="binomial")
    assert r"\toprule" in model.to_latex()
    assert "sector[T.b]" in model._repr_html_()
    assert model.to_dict()["rows"][0]["term"] == "Intercept"
    assert list(model.to_frame()) == [
        "term",
        "estimate",
        "std_error",
        "statistic",
        "df",
        "p_value",
        "conf_low",
        "conf_high",
    ]
    assert model.covariance().loc["Intercept", "Intercept"] == model.variance[0, 0]
    with pytest.raises(InputError, match="no such term"):
        model.test("size")
    with pytest.raises(InputError, match="unknown choice"):
        model.test("sector", method="score")
    with pytest.raises(InputError, match="no such variable"):
        model.predict("size")


@pytest.mark.parametrize("df", [np.inf, 12.0])
@pytest.mark.parametrize("value", [0.5, 3.0, 11.0])
def test_the_tail_of_a_weighted_sum(value: float, df: float) -> None:
    # equal weights: a plain chi-square or F
    found = weighted_f_tail(value, np.array([2.0, 2.0, 2.0]), df)
    expected = stats.chi2.sf(value / 2, 3) if np.isinf(df) else stats.f.sf(value / 6, 3, df)
    assert found == pytest.approx(expected, rel=1e-6)
    # weights a and b twice each: a difference of exponentials
    if np.isinf(df):
        a, b = 2.0, 0.5
        exact = (a * np.exp(-value / (2 * a)) - b * np.exp(-value / (2 * b))) / (a - b)
        assert weighted_f_tail(value, np.array([a, a, b, b]), df) == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize(
    "formula",
    [
        "ai ~ {{staff.to_csv('{file}')}}",
        "ai ~ np.save('{file}', staff)",
        "ai ~ I(staff.to_pickle('{file}'))",
        "ai ~ staff + offset(staff.to_csv('{file}'))",
        "{{staff.to_csv('{file}')}} ~ sector",
        "ai ~ C(sector, staff.to_csv('{file}'))",
        "ai ~ {{np.load.__globals__['os'].system('touch {file}')}}",
        "ai ~ {{contr.mro()}}",
        "ai ~ bs(staff, df=().__class__.__base__.__subclasses__())",
        "{{staff.__class__.__base__.__subclasses__()}} ~ 1",
        "ai ~ bs(np.save('{file}', 1))",
        "ai ~ Q(np.save('{file}', 1))",
        "ai ~ center(staff, np.save('{file}', 1))",
        "poly(np.save('{file}', 1)) ~ staff",
        "ai ~ staff + offset(scale(np.save('{file}', 1)))",
        "ai ~ eval('1')",
        "ai ~ lag(staff)",
        "ai ~ {{[x for x in staff]}}",
        "ai ~ {{(lambda: staff)()}}",
    ],
)
def test_a_formula_does_arithmetic_alone(formula: str, tmp_path: Path) -> None:
    """A method of a column wrote a file, and from any object every class of Python can be reached.

    Functions that look at a whole column were called with their arguments before anybody looked at these.
    """
    file = tmp_path / "written"
    with pytest.raises(InputError, match=r"arithmetic alone|unknown column"):
        fit(formula.format(file=file))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("formula", "column"),
    [
        ("ai ~ np.log1p(staff)", "np.log1p(staff)"),
        ("ai ~ np.where(staff > 5, 1, 0)", "np.where(staff > 5, 1, 0)"),
        ("ai ~ {staff * np.pi if True else 0}", "staff * np.pi if True else 0"),
        ("ai ~ C(sector, contr.treatment('b'))", "C(sector, contr.treatment('b'))[T.a]"),
        ("ai ~ np.clip(staff, 0, 9) + sector", "sector[T.b]"),
        ("{(staff > 5) * 1} ~ log(staff) + {staff ** 2 // 3}", "log(staff)"),
    ],
)
def test_a_formula_does_arithmetic(formula: str, column: str) -> None:
    assert column in fit(formula).to_frame()["term"].tolist()


@pytest.mark.parametrize(
    ("formula", "same"),
    [
        ("ai ~ center(staff)", "ai ~ staff"),
        ("ai ~ scale(staff) + sector", "ai ~ staff + sector"),
        ("ai ~ sector:standardize(staff) + sector", "ai ~ sector:staff + sector"),
        ("ai ~ poly(staff, 2)", "ai ~ staff + {staff ** 2}"),
        ("ai ~ poly(`staff size`, 2, raw=True)", "ai ~ staff + {staff ** 2}"),
        # splines of degree one with a knot at 5 are a line and its bend there
        ("ai ~ bs(staff, degree=1, knots=[5])", "ai ~ staff + {np.where(staff > 5, staff - 5, 0)}"),
    ],
)
def test_functions_of_a_whole_column_span_what_their_terms_span(formula: str, same: str) -> None:
    """The columns are others, the fit is one."""
    data = rows().assign(**{"staff size": rows()["staff"]})
    at = {"staff size" if "`" in formula else "staff": [2.0, 7.0, 20.0]}, {"staff": [2.0, 7.0, 20.0]}
    found, expected = (
        fit(text, data, family="binomial").predict(by).to_frame() for text, by in zip((formula, same), at, strict=True)
    )
    assert found["estimate"].tolist() == pytest.approx(expected["estimate"].tolist(), rel=1e-7)
    assert found["std_error"].tolist() == pytest.approx(expected["std_error"].tolist(), rel=1e-6)
