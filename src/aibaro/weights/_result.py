"""Weights of rows, the steps that made them, and how to make them again."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from aibaro._arrays import FloatArray
from aibaro.design import Design
from aibaro.errors import FaultList, InputError, UnsupportedError, first_few
from aibaro.frames.weighted.weight_cells import Spread, WeightCells
from aibaro.frames.weighted.weight_rows import WeightRows, open_rows
from aibaro.frames.weighted.weight_rules import WeightRule
from aibaro.messages import Message, message
from aibaro.results import Result
from aibaro.weights._explain import explain_raking, explain_unit
from aibaro.weights._targets import CROSS, Target
from aibaro.weights.residuals import BEFORE, LIMIT, Auxiliaries


@dataclass(frozen=True, slots=True)
class RakingStep:
    """What one adjustment to one margin did.

    Parameters
    ----------
    iteration : int
        Round, from 1.
    margin : str
        Margin that was met.
    factors : mapping of str to float
        Factor of each level.
    sums, targets : mapping of str to float
        Weighted sum of each level before the step, and what it has to be.
    residual : float
        Largest relative residual over all margins after the step.
    """

    iteration: int
    margin: str
    factors: Mapping[str, float]
    sums: Mapping[str, float]
    targets: Mapping[str, float]
    residual: float


@dataclass(frozen=True, slots=True)
class Fit:
    """What a step found on some rows.

    Parameters
    ----------
    rule : WeightRule
        From old weights to new ones.
    before, after : Spread
        Spread of the weights on either side of the step.
    margins : pandas.DataFrame
        One row per total: ``domain, level, n, target, before, after``.
    residual : float
        Largest relative distance of a total from its target; 0 for steps without targets.
    iterations : int
        Rounds of an iterative step.
    auxiliaries : Auxiliaries or None
        For the variance, where the step calibrates.
    notes : mapping of str to value
        What else is worth knowing, such as the number of trimmed weights.
    trace : tuple of RakingStep
        The first rounds of raking, adjustment by adjustment.
    messages : tuple of Message
        What a reader of the weights should know.
    """

    rule: WeightRule
    before: Spread
    after: Spread
    margins: pd.DataFrame
    residual: float = 0.0
    iterations: int = 0
    auxiliaries: Auxiliaries | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)
    trace: tuple[RakingStep, ...] = ()
    messages: tuple[Message, ...] = ()


class Recipe(Protocol):
    """A step that can be taken on any rows."""

    @property
    def kind(self) -> str:
        """Name of the function that asks for the step."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the step reads."""

    @property
    def assumption(self) -> str:
        """What has to hold for the step to do its work."""

    def fit(self, rows: WeightRows, weight: Any) -> Fit:
        """Take the step."""


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One step of a weighting.

    Parameters
    ----------
    recipe : Recipe
        What was asked.
    fit : Fit
        What came of it.
    """

    recipe: Recipe
    fit: Fit


def margin_table(
    targets: tuple[Target, ...], cells: WeightCells, factors: FloatArray, codes: tuple[Any, ...]
) -> pd.DataFrame:
    """Tabulate weighted margins before and after a step that scales whole cells."""
    # one frame for all targets: a frame a target costs more than raking a million rows' cells does
    values = (cells.n.astype(float), cells.total, cells.total * np.nan_to_num(factors))
    sums: tuple[list[np.ndarray[Any, Any]], ...] = ([], [], [])
    for target, code in zip(targets, codes, strict=True):
        inside, size = code >= 0, len(target.values)
        for column, value in zip(sums, values, strict=True):
            column.append(np.bincount(code[inside], weights=value[inside], minlength=size))
    if not targets:
        return join_margins([])
    n, before, after = (np.concatenate(column) for column in sums)
    return pd.DataFrame(
        {
            "domain": [t.name for t in targets for _ in t.names],
            "level": [level for t in targets for level in t.names],
            "n": n.astype(np.int64),
            "target": np.concatenate([t.values for t in targets]),
            "before": before,
            "after": after,
        }
    )


def join_margins(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Put tables of margins below one another."""
    if parts:
        return pd.concat(parts, ignore_index=True)
    numbers = dict.fromkeys(("target", "before", "after"), "float64")
    kinds = {"domain": "str", "level": "str", "n": "int64", **numbers}
    return pd.DataFrame({column: pd.Series(dtype=kind) for column, kind in kinds.items()})


def targets_of(recipe: Recipe) -> tuple[Target, ...]:
    """Categorical totals of a step; none for steps without any."""
    several: tuple[Target, ...] = getattr(recipe, "targets", ())
    one: Target | None = getattr(recipe, "target", None)
    return several or (() if one is None else (one,))


def calibrating_steps(history: Sequence[HistoryStep]) -> tuple[tuple[Message, ...], tuple[Auxiliaries, ...]]:
    """Return the steps that the residual variance of some weights needs, and what it leaves out."""
    kinds = [step.recipe.kind for step in history]
    calibrating = [n for n, step in enumerate(history) if step.fit.auxiliaries is not None]
    if not calibrating:
        return (), ()
    # what changes weights within cells, or puts rows at zero, hides the weights that earlier steps started from
    breaks = [n for n, step in enumerate(history) if step.fit.auxiliaries is None and not _scales(step)]
    if breaks and breaks[-1] > calibrating[-1]:
        changed = next(n for n in breaks if n > calibrating[-1])
        raise UnsupportedError(
            f"no residual variance is offered for weights that were calibrated and then changed by {kinds[changed]}",
            where="WeightResult.design",
            parameter="history",
            got=" → ".join(kinds),
            expected="a calibrating step last",
            hint="meet the margins again after it (rake, poststratify or calibrate), rake with upper=, "
            "or give the weights as a column to Design.from_frame, which takes them as given",
        )
    start = max((n + 1 for n in breaks if n < calibrating[-1]), default=0)
    # weights at a limit no longer tell what they were before
    limited = last_limits(history)
    start = max(start, limited[0] if limited is not None else 0)
    notes: tuple[Message, ...] = ()
    if any(n < start for n in calibrating):
        notes = (message("design.steps_given", step=kinds[start - 1 if start - 1 in breaks else start]),)
    found = []
    for step in history[max(start, min(n for n in calibrating if n >= start)) :]:
        own = step.fit.auxiliaries
        found.append(own if own is not None else _scaling(step))
    named = [own for own in found if own.names]
    if len(named) > 1 and any(own.numeric for own in named):
        raise UnsupportedError(
            "no residual variance is offered for several calibrating steps of which one has numeric auxiliaries",
            where="WeightResult.design",
            parameter="history",
            got=" → ".join(kinds),
            expected="one calibrating step",
            hint="give all totals to one calibrate(); or weights.replicates(result, design=...) takes each step anew",
        )
    return notes, tuple(found)


def _scales(step: HistoryStep) -> bool:
    """Tell whether a step multiplies all weights by one number."""
    return step.recipe.kind == "normalize" and not step.recipe.columns


def weights_before(rows: WeightRows, initial: str | None, history: Sequence[HistoryStep]) -> Any:
    """Return the weights before the last step with numeric auxiliaries."""
    numbers = [n for n, step in enumerate(history) if step.fit.auxiliaries and step.fit.auxiliaries.numeric]
    if not numbers:
        return None
    return _weight_after(rows, initial, history[: numbers[-1]])


def last_limits(history: Sequence[HistoryStep]) -> tuple[int, tuple[float, float]] | None:
    """Return the last step whose weights at a limit its variance has to know, and the limits."""
    for number in range(len(history) - 1, -1, -1):
        own = history[number].fit.auxiliaries
        if own is not None and LIMIT in own.keys:
            return number, history[number].fit.rule.clip
    return None


def _weight_after(rows: WeightRows, initial: str | None, history: Sequence[HistoryStep]) -> Any:
    weight = rows.column(initial) if initial else rows.ones()
    for step in history:
        weight = rows.apply(step.fit.rule, weight)
    return weight


def _scaling(step: HistoryStep) -> Auxiliaries:
    """Write the scaling of all weights as a step without auxiliaries."""
    before, after = step.fit.before.total, step.fit.after.total
    return Auxiliaries((), ((),), (), np.zeros((1, 0)), np.array([before]), np.array([after / before]))


@dataclass(frozen=True, slots=True, eq=False)
class WeightResult(Result):
    """Weights of rows with their history.

    Parameters
    ----------
    rows : WeightRows
        The rows as the user gave them.
    name : str
        Column of the weights in :attr:`frame`.
    initial : str or None
        Column of the weights that the first step started from; None for weights of one.
    weight : object
        The weights: an array for frames in memory, an expression for lazy ones.
    history : tuple of HistoryStep
        The steps in order.
    """

    rows: WeightRows
    name: str
    initial: str | None
    weight: Any
    history: tuple[HistoryStep, ...]

    @property
    def frame(self) -> Any:
        """The user's frame, rows in their order, with the weights as its last column; lazy frames stay lazy."""
        return self.rows.attach(self.name, self.weight)

    @property
    def before(self) -> Spread:
        """Spread of the weights that the last step found."""
        return self.history[-1].fit.before

    @property
    def after(self) -> Spread:
        """Spread of the final weights."""
        return self.history[-1].fit.after

    @property
    def residual(self) -> float:
        """Largest relative distance of a total from its target after the last step."""
        return self.history[-1].fit.residual

    @property
    def auxiliaries(self) -> tuple[Auxiliaries, ...]:
        """Auxiliaries of the calibrating steps, first to last, for residual variances."""
        return tuple(step.fit.auxiliaries for step in self.history if step.fit.auxiliaries is not None)

    @property
    def working_frame(self) -> Any:
        """The frame that estimates read: with numeric auxiliaries the weights before calibration stand in it too."""
        before = weights_before(self.rows, self.initial, self.history)
        frame = self.frame if before is None else open_rows(self.frame).attach(BEFORE, before)
        clip = last_limits(self.history)
        if clip is None:
            return frame
        # later steps may have moved the weights from their limits
        number, limits = clip
        at_limit = self.rows.at_limit(limits, _weight_after(self.rows, self.initial, self.history[: number + 1]))
        return open_rows(frame).attach(LIMIT, at_limit)

    @property
    def notes(self) -> tuple[Message, ...]:
        """How numbers were read where they leave a choice, and what a reader of the weights should know."""
        found: list[Message] = []
        for step in self.history:
            found += [note for target in targets_of(step.recipe) for note in target.notes]
            found += step.fit.messages
        return tuple(found)

    def design(
        self,
        *,
        strata: str | Sequence[str] | None = None,
        psu: str | Sequence[str] | None = None,
        population: Any = None,
        rate: Any = None,
        single: str = "fail",
    ) -> Design:
        """Declare the design of the rows, with these weights and the steps that calibrated them.

        Parameters
        ----------
        strata : str or sequence of str, optional
            Columns of the strata; by default those of the :func:`base` step that the history holds, if any.  An empty
            list declares none.
        psu, population, rate, single
            As in :meth:`aibaro.design.Design.from_frame`.

        Returns
        -------
        Design
            The design.  Estimates with it have the residual variance of the calibrating steps; give them this result,
            or its frame, as data.

        Raises
        ------
        InputError
            With every fault of the rows, as :meth:`aibaro.design.Design.from_frame`.
        UnsupportedError
            For weights that were trimmed or adjusted for nonresponse after they were calibrated, and for several
            calibrating steps of which one has numeric auxiliaries.

        Notes
        -----
        The variance is that of Σ w e with e what is left of the linearised value u when each step has explained its
        part, the last step first: T = Σ w_2 u is linear in the weights w_2 of the last step, which leaves
        e_2 = u - x_2'B_2 with the weights w_1 that this step started from; only then is w_1 linear.  Weights that were
        not calibrated are taken as given, and so are calibrating steps before a later trimming or nonresponse step.

        References
        ----------
        Deville, J.-C., & Särndal, C.-E. (1992). Calibration estimators in survey sampling. Journal of the American
        Statistical Association, 87(418), 376-382. https://doi.org/10.1080/01621459.1992.10475217

        Examples
        --------
        >>> from aibaro import estimate, weights
        >>> rows = pd.DataFrame({"size": list("ssssllll"), "sector": list("xyxyxyxx"), "ai": [0, 1, 0, 0, 1, 1, 0, 1]})
        >>> raked = weights.rake(rows, {"size": {"s": 600, "l": 400}, "sector": {"x": 550, "y": 450}})
        >>> result = estimate.proportion(raked, "ai", design=raked.design(strata="size"))
        >>> float(result.estimate[0].round(4)), float(result.std_error[0].round(4))
        (0.4721, 0.1631)
        """
        given, steps = calibrating_steps(self.history)
        return Design.from_frame(
            self.frame,
            strata=self.strata if strata is None else strata,
            psu=psu,
            population=population,
            rate=rate,
            weight=self.name,
            single=single,
            calibration=steps,
        ).noting(*given)

    @property
    def strata(self) -> tuple[str, ...]:
        """Columns of the strata of the last base step; none where the history has none."""
        known = [getattr(step.recipe, "strata", ()) for step in self.history if step.recipe.kind == "base"]
        return known[-1] if known else ()

    @property
    def calibration(self) -> tuple[Auxiliaries, ...]:
        """Steps that a residual variance of these weights needs, first to last."""
        return calibrating_steps(self.history)[1]

    def margins(self) -> pd.DataFrame:
        """Compare weighted margins with their targets, before and after the last step.

        Returns
        -------
        pandas.DataFrame
            ``domain, level, n, target, before, after, residual``, one row per total.
        """
        frame = self.history[-1].fit.margins.copy()
        gap = (frame["after"] - frame["target"]).abs()
        return frame.assign(residual=gap / frame["target"].where(frame["target"] != 0, 1.0).abs())

    def love_plot(self) -> pd.DataFrame:
        """Return the data of a love plot: how far margins are from their targets, before and after.

        Returns
        -------
        pandas.DataFrame
            ``domain, level, share_target, share_before, share_after, difference_before, difference_after``; the
            differences are standardised: (share - target) / sqrt(target (1 - target)).
        """
        frame = self.history[-1].fit.margins
        frame = frame[frame["level"] != ""].reset_index(drop=True)
        shares = {c: frame[c] / frame.groupby("domain")[c].transform("sum") for c in ("target", "before", "after")}
        spread = (shares["target"] * (1 - shares["target"])) ** 0.5
        spread = spread.where(spread > 0, 1.0)
        columns = {f"share_{c}": values for c, values in shares.items()}
        columns |= {f"difference_{c}": (shares[c] - shares["target"]) / spread for c in ("before", "after")}
        return frame[["domain", "level"]].assign(**columns)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per step of the history.

        Returns
        -------
        pandas.DataFrame
            ``step, method, n, total, mean, smallest, largest, kish_ratio, kish_effective_n, precision_loss, residual,
            iterations``; the first row, step 0, is what the history started from.
        """
        first = {"step": 0, "method": self.initial or "equal weights", **self.history[0].fit.before.to_dict()}
        records: list[dict[str, Any]] = [first | {"residual": np.nan, "iterations": 0}]
        for number, step in enumerate(self.history, 1):
            records.append(
                {
                    "step": number,
                    "method": step.recipe.kind,
                    **step.fit.after.to_dict(),
                    "residual": step.fit.residual,
                    "iterations": step.fit.iterations,
                }
            )
        return pd.DataFrame(records)

    def to_dict(self) -> dict[str, Any]:
        """Return the whole history as plain values, ready for JSON.

        Returns
        -------
        dict
            ``column, initial``, ``steps``, each with its rule, spreads, margins and notes, and ``notes`` of all.
        """
        steps = [
            {
                "method": step.recipe.kind,
                "assumption": step.recipe.assumption,
                "rule": step.fit.rule.to_dict(),
                "before": step.fit.before.to_dict(),
                "after": step.fit.after.to_dict(),
                "margins": step.fit.margins.to_dict("records"),
                "residual": step.fit.residual,
                "iterations": step.fit.iterations,
                "notes": dict(step.fit.notes),
            }
            for step in self.history
        ]
        notes = [note.to_dict() for note in self.notes]
        return {"column": self.name, "initial": self.initial, "steps": steps, "notes": notes}

    def summary(self) -> str:
        """Describe the weights step by step.

        Returns
        -------
        str
            A line a step: sum, range, Kish's measure and residual.
        """
        lines = [f"{self.after.n:,} rows with a weight, in column {self.name}"]
        for record in self.to_frame().to_dict("records"):
            line = (
                f"  {record['step']} {record['method']}: sum {record['total']:,.6g}, {record['smallest']:.4g} to "
                f"{record['largest']:.4g}, Kish (weights only) {record['kish_ratio']:.3f}, "
                f"effective n {record['kish_effective_n']:,.0f}"
            )
            if record["residual"] > 0:
                line += f", residual {record['residual']:.1e}"
            lines.append(line)
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)

    def explain(self, unit: Mapping[str, Any], *, style: str = "text") -> str:
        """Show how the weight of a unit came about, with the numbers filled in.

        Parameters
        ----------
        unit : mapping of str to value
            Values of the unit in the columns that the steps read, such as a row of the frame.
        style : {"text", "latex"}
            Plain text, or an ``aligned`` environment.

        Returns
        -------
        str
            A heading and a line a step; the last result is the unit's weight.

        Raises
        ------
        InputError
            With every column that is missing and every level that the steps do not know.
        """
        return explain_unit(self, unit, style)

    def explain_raking(self, *, rounds: int = 2, style: str = "text") -> str:
        """Show how raking proceeded, margin by margin, with the numbers filled in.

        Parameters
        ----------
        rounds : int
            Rounds to show; the first five are recorded.
        style : {"text", "latex"}
            Plain text, or ``aligned`` environments.

        Returns
        -------
        str
            For each adjustment the factor of each level and the largest residual that is left.

        Raises
        ------
        InputError
            When the history holds no raking.
        """
        return explain_raking(self, rounds, style)

    def _repr_html_(self) -> str:
        """Return the history as an HTML table for notebooks."""
        head = html.escape(self.summary().splitlines()[0])
        return f"<p><strong>{head}</strong></p>{self.to_frame().to_html(index=False)}"

    def __repr__(self) -> str:
        steps = ", ".join(step.recipe.kind for step in self.history)
        return f"WeightResult({self.name!r}, {self.after.n} rows, {steps})"

    def replay(self, rows: Any, *, fit: str = "kept") -> Any:
        """Weight other rows in the same way.

        Parameters
        ----------
        rows : frame
            Rows with the columns that the steps read, in any frame library.
        fit : {"kept", "anew"}
            ``kept`` applies the factors that were found here, ``anew`` takes the same steps on the new rows, towards
            the same targets.

        Returns
        -------
        frame or WeightResult
            With ``kept`` the new rows with the weight column; with ``anew`` a result of its own.

        Raises
        ------
        InputError
            When a column is missing or a row has a level that the steps do not know.
        ConflictError
            With ``anew``, when the new rows cannot meet the targets.

        Notes
        -----
        Kept factors belong to rows of the same sample, such as a part of it or a second file of the same respondents.
        """
        if fit not in {"kept", "anew"}:
            raise InputError("unknown choice", where="replay", parameter="fit", expected="kept, anew", got=repr(fit))
        fresh = begin(rows, self.initial, self.name, tuple(c for step in self.history for c in step.recipe.columns))
        if fit == "anew":
            for step in self.history:
                fresh = extend(fresh, step.recipe)
            return fresh
        weight = fresh.weight
        for step in self.history:
            _check_known(fresh.rows, step.fit.rule, weight)
            weight = fresh.rows.apply(step.fit.rule, weight)
        return fresh.rows.attach(self.name, weight)


def begin(rows: Any, initial: str | None, name: str | None, columns: tuple[str, ...]) -> WeightResult:
    """Open rows, or continue a history."""
    faults = FaultList("the rows cannot be weighted", where="aibaro.weights")
    for parameter, value in (("weight", initial), ("name", name)):
        if value is not None and (not isinstance(value, str) or not value):
            faults.add("not the name of a column", parameter=parameter, expected="a name, as text", got=repr(value))
    faults.raise_if_any()
    if isinstance(rows, WeightResult):
        if initial is not None:
            faults.add("weights continue from the step before", parameter="weight", expected="None", got=initial)
        result = replace(rows, name=name) if name is not None else rows
        opened = rows.rows
    else:
        opened = open_rows(rows)
        result = WeightResult(opened, name or "weight", initial, None, ())
    for column in dict.fromkeys(columns + ((initial,) if initial else ())):
        if column not in opened.columns:
            faults.add("the rows have no such column", parameter=column, expected=first_few(opened.columns))
    if result.name in opened.columns:
        faults.add(
            "the rows have a column of this name already",
            parameter="name",
            got=result.name,
            hint="choose another name=",
        )
    faults.raise_if_any()
    if result.weight is None:
        result = replace(result, weight=opened.column(initial) if initial else opened.ones())
    return result


def extend(result: WeightResult, recipe: Recipe) -> WeightResult:
    """Take one more step."""
    fit = recipe.fit(result.rows, result.weight)
    weight = result.rows.apply(fit.rule, result.weight)
    if recipe.kind == "trim":
        fit = _with_moved_margins(result, fit, weight)
    return replace(result, weight=weight, history=(*result.history, HistoryStep(recipe, fit)))


def _with_moved_margins(result: WeightResult, fit: Fit, weight: Any) -> Fit:
    """Report beside the classes of a trimming how far it moved the margins that an earlier step met."""
    earlier = next((s for s in reversed(result.history) if s.fit.auxiliaries is not None), None)
    targets = () if earlier is None else targets_of(earlier.recipe)
    if earlier is None or not targets:
        return fit
    keys = tuple(dict.fromkeys(v for t in targets for v in t.variables))
    old, new = (result.rows.cells(keys, w) for w in (result.weight, weight))
    wanted = earlier.fit.margins.set_index(["domain", "level"])["target"]
    met = tuple(
        replace(t, values=np.array([wanted[t.name, name] for name in t.names]), units="counts") for t in targets
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(old.total > 0, new.total / old.total, 0.0)
    table = margin_table(met, old, ratio, tuple(t.codes(old) for t in met))
    moved = (table["after"] - table["target"]).abs() / table["target"].where(table["target"] > 0, 1.0)
    residual = max(fit.residual, float(moved.max()))
    note = message(
        "weights.margins_moved", step="trim", earlier=", ".join(t.name for t in targets), residual=float(moved.max())
    )
    return replace(fit, margins=join_margins([fit.margins, table]), residual=residual, messages=(*fit.messages, note))


def _check_known(rows: WeightRows, rule: WeightRule, weight: Any) -> None:
    if not rule.keys:
        return
    cells = rows.cells(rule.keys, weight)
    unknown = np.flatnonzero(np.isnan(rule.predictor(cells)) & (cells.n > 0))
    faults = FaultList("rows with levels that the steps do not know", where="replay")
    for cell in unknown:
        faults.add(
            "unknown levels",
            parameter=CROSS.join(rule.keys),
            got=f"{cells.name(int(cell))!r} ({cells.n[cell]:,} rows)",
            hint="fit='anew' with targets for these levels, or drop the rows",
        )
    faults.raise_if_any()
