"""The steps of a formula with the numbers filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aibaro.errors import UnsupportedError
from aibaro.messages import Step, latex_number

if TYPE_CHECKING:
    from aibaro.estimate._results import Estimates

_FORMULAS = {
    "mean": ("ȳ_D = Σ w y / Σ w", r"\bar y_D = \sum w y / \sum w"),
    "proportion": ("p = Σ w y / Σ w", r"\hat p = \sum w y / \sum w"),
    "total": ("Ŷ = Σ w y", r"\hat Y = \sum w y"),
    "ratio": ("R = Σ w y / Σ w x", r"\hat R = \sum w y / \sum w x"),
}
_LINEAR = {
    "mean": "u = (y - ȳ_D)/N̂_D in the domain, 0 outside",
    "proportion": "u = (y - p)/N̂_D in the domain, 0 outside",
    "total": "u = y in the domain, 0 outside",
    "ratio": "u = (y - R x)/X̂_D in the domain, 0 outside",
}
_LIMITS = {
    "wald": ("estimate ± t SE", r"\hat\theta \pm t\,\widehat{SE}"),
    "logit": (
        "expit(logit p ± t SE / (p (1 - p)))",
        r"\mathrm{expit}(\mathrm{logit}\,\hat p \pm t\,\widehat{SE}/(\hat p(1-\hat p)))",
    ),
    "wilson": (
        "(p + t²/2n_e ± t √(p(1-p)/n_e + t²/4n_e²)) / (1 + t²/n_e)",
        r"\frac{\hat p + t^2/2n_e \pm t\sqrt{\hat p(1-\hat p)/n_e + t^2/4n_e^2}}{1+t^2/n_e}",
    ),
    "beta": (
        "quantiles of Beta(n_e p, n_e(1-p)+1) and Beta(n_e p+1, n_e(1-p))",
        r"B(n_e\hat p, n_e(1-\hat p)+1),\ B(n_e\hat p+1, n_e(1-\hat p))",
    ),
    "arcsine": (
        "sin²(arcsin √p ± t SE / (2 √(p(1-p))))",
        r"\sin^2(\arcsin\sqrt{\hat p} \pm t\,\widehat{SE}/2\sqrt{\hat p(1-\hat p)})",
    ),
    "likelihood": ("θ with 2 n_e KL(p‖θ) = t² n/(n-1)", r"2 n_e KL(\hat p\Vert\theta) = t^2 n/(n-1)"),
    "exact": ("1 - (α/2)^(1/m) beside 0, its mirror image beside 1", r"1-(\alpha/2)^{1/m}"),
}


_FREEDOM = {
    "design": ("units - strata", r"\nu = n-H"),
    "satterthwaite": ("(Σv_h)²/Σ(v_h²/(n_h - 1))", r"\nu = (\sum v_h)^2/\sum v_h^2/(n_h-1)"),
}
# as many strata are added up one by one
_FEW_STRATA = 6


def explain_row(result: Estimates, row: int) -> tuple[Step, ...]:
    """Write out the steps of one estimate."""
    part, index = result.part(row)
    if result.target not in _FORMULAS:
        raise UnsupportedError(
            "the steps of this estimate are not written out",
            where="Estimates.steps",
            got=result.target,
            expected=", ".join(_FORMULAS),
        )
    linear = part.linear
    estimate, error = float(result.estimate[row]), float(result.std_error[row])
    weight, variance = float(linear.weight[index]), float(linear.variance[index])
    text, latex = _FORMULAS[result.target]
    corrected = result.options.fpc == "population"
    correction = "(1 - f_h) " if corrected else ""
    calibrated = result.cells is not None and result.cells.calibrated is not None
    value = "e" if calibrated else "u"
    residual = "; e = u - x'B, x the calibrated totals" if calibrated else ""
    numerator = estimate * weight if result.target in {"mean", "proportion"} else estimate
    shown = f"{numerator:.10g} / {weight:.10g}" if result.target in {"mean", "proportion"} else f"{numerator:.10g}"
    chosen = float(result.df[row])
    steps = [
        Step("N̂_D", "N̂_D = Σ w", r"\hat N_D = \sum w", f"over {result.n[row]:.0f} respondents", weight),
        Step(
            "estimate",
            text,
            latex,
            shown,
            estimate,
            rf"{latex_number(numerator)} / {latex_number(weight)}" if "/" in shown else "",
        ),
        Step(
            "V",
            f"V = Σ_h {correction}n_h/(n_h - 1) Σ_i (w {value} - mean)²; {_LINEAR[result.target]}{residual}",
            r"\hat V = \sum_h "
            + ("(1-f_h)" if corrected else "")
            + rf"\tfrac{{n_h}}{{n_h-1}}\sum_i (w_i {value}_i-\overline{{w{value}}}_h)^2",
            *_filled_variance(part.linear.contribution[part.linear.pairs.level == index].tolist(), variance),
        ),
        Step(
            "SE",
            "SE = √V",
            r"\widehat{SE} = \sqrt{\hat V}",
            f"√{variance:.10g}",
            error,
            rf"\sqrt{{{latex_number(variance)}}}",
        ),
        Step(
            "df",
            *_FREEDOM.get(str(result.options.df), ("as given", r"\nu")),
            f"design {result.df_design[row]:.10g}, Satterthwaite {result.df_satterthwaite[row]:.6g}",
            chosen,
        ),
        *_limit_steps(result, row, float(linear.kish[index])),
    ]
    return tuple(steps)


def _filled_variance(parts: list[float], variance: float) -> tuple[str, float, str]:
    """What strata add to the variance: each of a few, the number of many."""
    if len(parts) > _FEW_STRATA:
        return f"over {len(parts)} strata", variance, ""
    return " + ".join(f"{v:.8g}" for v in parts), variance, " + ".join(map(latex_number, parts))


def _limit_steps(result: Estimates, row: int, kish: float) -> list[Step]:
    from aibaro.estimate._intervals import critical_value

    method = str(result.method[row])
    tail = (1 - result.options.conf_level) / 2
    critical = critical_value(float(result.df[row]), tail)
    rule = "exact" if method.endswith("+exact") else method
    text, latex = _LIMITS[rule]
    used = f"m = {kish:.8g}" if rule == "exact" else f"t = {critical:.8g}, n_e = {result.n_eff[row]:.8g}"
    limits = [("conf_low", "-", float(result.conf_low[row])), ("conf_high", "+", float(result.conf_high[row]))]
    return [
        Step(
            "t", f"t = upper {tail:.4g} quantile at df", r"t_{\nu,1-\alpha/2}", f"df = {result.df[row]:.8g}", critical
        ),
        *(
            Step(name, f"{method}: {text}", latex, used, value, _limit_latex(result, row, rule, sign, critical))
            for name, sign, value in limits
        ),
    ]


def _limit_latex(result: Estimates, row: int, rule: str, sign: str, critical: float) -> str:
    """A limit with its numbers, for the methods whose formula fits a line."""
    p, error, t = (latex_number(float(v)) for v in (result.estimate[row], result.std_error[row], critical))
    if rule == "wald":
        return f"{p} {sign} {t} \\times {error}"
    if rule == "logit":
        spread = rf"{t} \times {error} / ({p} \times (1 - {p}))"
        return rf"\mathrm{{expit}}(\mathrm{{logit}}\,{p} {sign} {spread})"
    return ""
