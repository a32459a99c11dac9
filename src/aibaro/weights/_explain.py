"""How is a weight made, and how does raking get there?  Formulas with their numbers filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from aibaro.errors import FaultList, InputError
from aibaro.frames.weighted.weight_rules import Term, WeightRule
from aibaro.messages import Step, chain, check_style, latex_number, latex_words, number
from aibaro.weights._targets import CROSS

if TYPE_CHECKING:
    import pandas as pd

    from aibaro.design import Design


class _StratumStep(Protocol):
    """One factor of the weights of strata."""

    @property
    def name(self) -> str:
        """Name of the factor."""

    @property
    def formula(self) -> str:
        """Its formula."""

    @property
    def values(self) -> tuple[Fraction, ...]:
        """The factor of each stratum."""


class _Stratified(Protocol):
    """What an explanation reads of weights of strata."""

    @property
    def design(self) -> Design:
        """The design."""

    @property
    def steps(self) -> Sequence[_StratumStep]:
        """The factors."""


class _Fit(Protocol):
    """What an explanation reads of what came of a step."""

    @property
    def rule(self) -> WeightRule:
        """From old weights to new ones."""

    @property
    def margins(self) -> pd.DataFrame:
        """Totals and their targets."""

    @property
    def trace(self) -> Sequence[Any]:
        """The first rounds of raking."""

    @property
    def residual(self) -> float:
        """Largest relative residual."""

    @property
    def iterations(self) -> int:
        """Rounds."""


class _Recipe(Protocol):
    """What an explanation reads of what was asked."""

    @property
    def kind(self) -> str:
        """Name of the function."""


class _Taken(Protocol):
    """A step that was taken."""

    @property
    def recipe(self) -> _Recipe:
        """What was asked."""

    @property
    def fit(self) -> _Fit:
        """What came of it."""


class _Weighted(Protocol):
    """What an explanation reads of weights of rows."""

    @property
    def initial(self) -> str | None:
        """Column that the history started from."""

    @property
    def history(self) -> Sequence[_Taken]:
        """The steps."""


_LATEX = {
    "base weight": r"\frac{N_h}{s_h}",
    "nonresponse factor": r"\frac{s_h}{n_h}",
    "final weight": r"w_h = \frac{N_h}{n_h}",
}
# g-weight of each distance, of the predictor u = Σ x λ
_CALIBRATED = {"linear": "(1 + {})", "raking": "exp({})", "logit": "F({})"}


def stratum_steps(weights: _Stratified, row: int) -> tuple[Step, ...]:
    """Fill in the numbers of one stratum's weight."""
    big, small = int(weights.design.population[row]), int(weights.design.respondents[row])
    drawn = small if weights.design.sample is None else int(weights.design.sample[row])
    filled = {"base weight": (big, drawn), "nonresponse factor": (drawn, small), "final weight": (big, small)}
    steps = []
    for step in weights.steps:
        above, below = filled[step.name]
        steps.append(
            Step(
                step.name,
                step.formula,
                _LATEX[step.name],
                f"{above:,} / {below:,}",
                float(step.values[row]),
                rf"\frac{{{latex_number(above)}}}{{{latex_number(below)}}}",
            )
        )
    return tuple(steps)


def unit_steps(result: _Weighted, unit: Mapping[str, Any]) -> tuple[Step, ...]:
    """Follow the weight of a unit through the steps of a weighting."""
    _check_unit(result, unit)
    weight = float(unit[result.initial]) if result.initial else 1.0
    steps = [Step("start", result.initial or "equal weights", "w_0", "", weight)]
    for place, step in enumerate(result.history, 1):
        fit = step.fit
        filled, latex, value = _one_step(fit, unit, weight)
        formula, symbols = _formula(fit.rule, "/" in filled)
        steps.append(
            Step(
                step.recipe.kind,
                formula.replace("w", f"w{place - 1}", 1),
                f"w_{{{place}}} = " + symbols.replace("w", f"w_{{{place - 1}}}", 1),
                filled,
                value,
                latex,
            )
        )
        weight = value
    return tuple(steps)


def _check_unit(result: _Weighted, unit: Mapping[str, Any]) -> None:
    faults = FaultList("the unit cannot be followed", where="WeightResult.explain")
    if not isinstance(unit, Mapping) and not hasattr(unit, "keys"):
        faults.add("not a unit", parameter="unit", expected="a mapping from columns to values", got=repr(unit)[:80])
        faults.raise_if_any()
    wanted = [c for step in result.history for c in step.fit.rule.columns]
    for column in dict.fromkeys(([result.initial] if result.initial else []) + wanted):
        if column not in unit:
            faults.add(
                "a column that the steps read is missing",
                parameter=str(column),
                expected="the unit's value",
                got=", ".join(map(str, unit.keys())) or "nothing",
            )
    faults.raise_if_any()
    terms = [term for step in result.history for term in step.fit.rule.terms]
    known = {key: levels for term in terms for key, levels in zip(term.keys, term.levels, strict=True)}
    for key, levels in known.items():
        if str(unit[key]) not in levels:
            faults.add("unknown level", parameter=key, expected=", ".join(levels[:12]), got=repr(unit[key]))
    faults.raise_if_any()
    for term in terms:
        if not np.isfinite(_look_up(term, unit)):
            faults.add("no row has these levels together", parameter=CROSS.join(term.keys), got=_level(term, unit))
    faults.raise_if_any()


def _look_up(term: Term, unit: Mapping[str, Any]) -> float:
    places = [levels.index(str(unit[key])) for key, levels in zip(term.keys, term.levels, strict=True)]
    shape = tuple(map(len, term.levels))
    return float(term.values[int(np.ravel_multi_index(places, shape)) if shape else 0])


def _level(term: Term, unit: Mapping[str, Any]) -> str:
    return CROSS.join(str(unit[key]) for key in term.keys)


def _formula(rule: WeightRule, ratio: bool) -> tuple[str, str]:
    """The formula of a step, in text and for LaTeX; a factor that is a target over a sum is written as one."""
    if rule.link != "product":
        text = f"w × {_CALIBRATED[rule.link].format('Σ x λ')}"
        latex = text.replace("×", r"\times").replace("Σ x λ", r"\textstyle\sum x \lambda").replace("exp", r"\exp")
    elif rule.numeric:
        text, latex = "w / π", r"w / \pi"
    elif ratio:
        name = CROSS.join(rule.terms[0].keys)
        text, latex = f"w × target / sum of {name}", rf"w \times T_{{{latex_words(name)}}} / \textstyle\sum w"
    else:
        names = [CROSS.join(term.keys) for term in rule.terms]
        text = " × ".join(["w", *(f"f({name})" if name else "λ" for name in names)])
        latex = r" \times ".join(["w", *(rf"f_{{{latex_words(name)}}}" if name else r"\lambda" for name in names)])
    if rule.clips:
        low, high = rule.clip
        text = f"min({high:g}, max({low:g}, {text}))"
        latex = rf"\min({high:g}, \max({low:g}, {latex}))"
    return text, latex


def _one_step(fit: _Fit, unit: Mapping[str, Any], weight: float) -> tuple[str, str, float]:
    """Numbers of one step in text and for LaTeX, and the weight after it."""
    rule = fit.rule
    if rule.link == "product":
        factor, texts, latex = _product(fit, unit)
    else:
        factor, texts, latex = _calibration(rule, unit)
    value = 0.0 if weight == 0 else weight * factor
    text = " × ".join([number(weight), *texts])
    shown = r" \times ".join([latex_number(weight), *latex])
    if rule.clips:
        low, high = rule.clip
        value = 0.0 if weight == 0 else float(np.clip(value, low, high))
        text, shown = f"min({high:g}, max({low:g}, {text}))", rf"\min({high:g}, \max({low:g}, {shown}))"
    return text, shown, value


def _product(fit: _Fit, unit: Mapping[str, Any]) -> tuple[float, list[str], list[str]]:
    factor, texts, latex = 1.0, [], []
    for term in fit.rule.terms:
        value = _look_up(term, unit)
        factor *= value
        ratio = _ratio(fit, term, unit, value) if len(fit.rule.terms) == 1 else None
        if ratio is not None:
            texts += [f"{number(ratio[0])} / {number(ratio[1])}"]
            latex += [rf"\frac{{{latex_number(ratio[0])}}}{{{latex_number(ratio[1])}}}"]
        else:
            texts += [number(value)]
            latex += [latex_number(value)]
    for name, power in fit.rule.numeric:
        factor *= float(unit[name]) ** power
        texts += [f"{number(float(unit[name]))}^{power:g}"]
        latex += [rf"{latex_number(float(unit[name]))}^{{{power:g}}}"]
    return factor, texts, latex


def _ratio(fit: _Fit, term: Term, unit: Mapping[str, Any], factor: float) -> tuple[float, float] | None:
    """Target and sum of the weights of the unit's level, where the factor is their ratio."""
    margins = fit.margins
    row = margins[(margins["domain"] == CROSS.join(term.keys)) & (margins["level"] == _level(term, unit))]
    if len(row) != 1:
        return None
    target, before = float(row["target"].iloc[0]), float(row["before"].iloc[0])
    return (target, before) if before > 0 and target / before == factor else None


def _calibration(rule: WeightRule, unit: Mapping[str, Any]) -> tuple[float, list[str], list[str]]:
    parts = [_look_up(term, unit) for term in rule.terms]
    products = [(c, float(unit[name])) for name, c in rule.numeric]
    u = 0.0
    for value in parts:
        u += value
    for c, x in products:
        u += c * x
    factor = float(np.asarray(rule.g(np.array([u])))[0])
    inside = _sum([*map(number, parts), *(f"{number(c)}·{number(x)}" for c, x in products)])
    shown = _sum([*map(latex_number, parts), *(rf"{latex_number(c)} \cdot {latex_number(x)}" for c, x in products)])
    form = _CALIBRATED[rule.link]
    return factor, [form.format(inside)], [form.replace("exp", r"\exp").format(shown)]


def _sum(terms: list[str]) -> str:
    return " + ".join(terms).replace("+ -", "- ")


def raking_steps(result: _Weighted, rounds: int) -> tuple[tuple[str, tuple[Step, ...]], ...]:
    """Follow the last raking of a weighting, margin by margin."""
    found = [step.fit for step in result.history if step.recipe.kind == "rake"]
    if not found:
        kinds = ", ".join(step.recipe.kind for step in result.history)
        raise InputError(
            "these weights were not raked",
            where="WeightResult.explain_raking",
            expected="a history with rake",
            got=kinds,
        )
    if not isinstance(rounds, int) or isinstance(rounds, bool) or rounds < 1:
        raise InputError(
            "nothing to show",
            where="WeightResult.explain_raking",
            parameter="rounds",
            expected="a whole number from 1 on",
            got=str(rounds),
        )
    shown = []
    for step in found[-1].trace:
        if step.iteration > rounds:
            break
        lines = [
            Step(
                level,
                "target / sum",
                rf"f_{{{latex_words(level)}}}",
                f"{number(step.targets[level])} / {number(step.sums[level])}",
                factor,
                rf"\frac{{{latex_number(step.targets[level])}}}{{{latex_number(step.sums[level])}}}",
            )
            for level, factor in step.factors.items()
        ]
        lines.append(
            Step(
                "largest residual",
                "max |sum - target| / target over all margins",
                r"\max |\textstyle\sum w - T| / T",
                "",
                step.residual,
            )
        )
        shown.append((f"round {step.iteration}, {step.margin}", tuple(lines)))
    return tuple(shown)


def explain_unit(result: _Weighted, unit: Mapping[str, Any], style: str) -> str:
    """Write how a unit's weight came about."""
    steps = unit_steps(result, unit)
    columns = dict.fromkeys(c for step in result.history for c in step.fit.rule.columns)
    return chain(", ".join(f"{c} = {unit[c]}" for c in columns) or "every unit", steps, style, digits=",.8g")


def explain_raking(result: _Weighted, rounds: int, style: str) -> str:
    """Write how raking proceeded."""
    check_style(style)
    parts = [chain(heading, steps, style, digits=".6g") for heading, steps in raking_steps(result, rounds)]
    fit = [step.fit for step in result.history if step.recipe.kind == "rake"][-1]
    end = f"after {fit.iterations} round{'' if fit.iterations == 1 else 's'} the largest residual is {fit.residual:.2g}"
    return "\n".join([*parts, end if style == "text" else f"% {end}"])
