"""Synthetic respondents and populations: drawn, checked, labelled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from aibaro.errors import ConflictError, InputError, UnsupportedError
from aibaro.published import PublishedSurvey
from aibaro.results import Result
from aibaro.synthesize._draw import Draw, DrawingPlan, Stuck, Unmet, draw, excluded, explain, narrowed, plan
from aibaro.synthesize._freedom import Freedom, measure_freedom
from aibaro.synthesize._held import Asked
from aibaro.synthesize._reproduction import LeftOut, verify_rows

LABEL = "synthetic"
NOTE = (
    "Synthetic rows: no respondent answered them. They are one of many tables that the printed figures allow, drawn "
    "near a main-effects model of the strata; inside strata answers are assigned at random except where a printed "
    "relation ties them. They support no statement about the survey beyond its printed figures; they can only show, "
    "by counterexample, that something does not follow from print."
)


@dataclass(frozen=True, slots=True)
class Synthetic(Result):
    """Synthetic rows that the printed figures allow.

    Parameters
    ----------
    survey : str
        Id of the survey whose print they follow.
    kind : {"respondents", "population"}
        Weighted respondents, or every firm of the population.
    seed : int
        Seed.
    rows : pandas.DataFrame, shape (n, ...)
        Stratum variables, ``weight``, one column per item (1, 0, empty where print says nothing), numbers of items,
        and ``synthetic``, which is always 1.
    check : pandas.DataFrame
        Every printing with its value in the rows, see :func:`verify_rows`.
    left_out : tuple of LeftOut
        Printed shares that rows cannot carry: another wave, no answer of respondents.
    unmet : tuple of Unmet
        Printed numbers that exclude others, with the proof.
    freedom : Freedom or None
        What print settles; None for a population.
    held : mapping of str to mapping of str to int
        Counts that were asked for and that the rows have, by item, item@base or @base, and stratum.
    """

    survey: str
    kind: str
    seed: int
    rows: pd.DataFrame
    check: pd.DataFrame
    left_out: tuple[LeftOut, ...]
    unmet: tuple[Unmet, ...]
    freedom: Freedom | None
    held: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def reproduced(self) -> int:
        """Number of printed percentages that the rows give to the printed decimal."""
        return int(self.check.loc[self.check["kind"] == "percentage", "reproduced"].sum())

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the rows.

        Returns
        -------
        pandas.DataFrame
            The rows.
        """
        return self.rows.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return what is known about the rows, without the rows.

        Returns
        -------
        dict
            Survey, kind, seed, size, numbers of figures, what is unmet and left out, freedom; ready for JSON.
        """
        kinds = self.check["kind"]
        return {
            "survey": self.survey,
            "kind": self.kind,
            "seed": self.seed,
            "rows": len(self.rows),
            "note": NOTE,
            "percentages": int((kinds == "percentage").sum()),
            "reproduced": self.reproduced,
            "verbal": int((kinds == "verbal").sum()),
            "verbal_met": int(self.check.loc[kinds == "verbal", "reproduced"].sum()),
            "left_out": [{"id": x.id, "reason": x.reason} for x in self.left_out],
            "unmet": [
                {"figure": u.figure, "ids": list(u.ids), "conflict": list(u.conflict), "proof": u.proof}
                for u in self.unmet
            ],
            "freedom": None if self.freedom is None else self.freedom.to_dict(),
            "held": {name: dict(counts) for name, counts in self.held.items()},
        }

    def summary(self) -> str:
        """Describe the rows in a few lines.

        Returns
        -------
        str
            Label, size, how many figures they give, what they do not.
        """
        facts = self.to_dict()
        lines = [
            f"SYNTHETIC {self.kind} after {self.survey}, seed {self.seed}: {len(self.rows)} rows",
            f"  printed percentages reproduced: {facts['reproduced']} of {facts['percentages']}",
            f"  printed shares in words met: {facts['verbal_met']} of {facts['verbal']}",
            f"  not about these rows: {len(self.left_out)} (other waves, rates of the response flow)",
        ]
        lines += [f"  counts held of {name}: {len(counts)} strata" for name, counts in self.held.items()]
        lines += [f"  not attainable: {u.figure}: {u.proof}: {', '.join(u.conflict)}" for u in self.unmet]
        if self.freedom is not None:
            free = self.freedom
            lines.append(
                f"  settled by print: at least {free.pinned_cells} of {free.cells} counts, "
                f"{free.rows_with_fixed_answer} rows with a settled answer"
            )
        return "\n".join(lines)


def synthesize(survey: PublishedSurvey, seed: int, *, counts: Asked | None = None) -> Synthetic:
    """Draw synthetic respondents whose weighted analysis gives the printed figures.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey; it must print strata with population and respondents.
    seed : int
        Seed, >= 0; the same seed gives the same rows on every machine with the same solver version.
    counts : mapping of str to sequence of (int or None), optional
        Counts that the rows must have: respondents with an item by ``item`` or ``item@base``, those of a base by
        ``@base``; one a stratum, in the order of ``strata.csv``, None where any will do.  A kept table of a bound
        (:func:`aibaro.reconstruct.kept_witness`) has this form.

    Returns
    -------
    Synthetic
        One row per respondent, checked in exact fractions.

    Raises
    ------
    InputError
        When the survey prints no strata or no shares, the seed is no whole number >= 0, or counts are asked of what
        print does not name or of more respondents than a stratum has.
    UnsupportedError
        When bases or relations are of a kind that rows cannot be filled for.
    ConflictError
        When no rows are found and no conflict of print is proved; when print excludes the counts, with the printed
        shares that do and the proof.
    MissingDependencyError
        When OR-Tools is not installed.

    Notes
    -----
    Stages: (1) who has any item that decides a base, near a random draw from the main-effects centre, such that every
    later share of a small domain stays within reach; (2) counts of each item by stratum; (3) numbers of items, under
    the conditions of Gale, Ryser and Hoffman for 0/1 tables with given sums; (4) assignment to rows at random.  Each
    count is a whole number, each condition exact.  Inside strata nothing is known, so nothing is modelled.  Counts that
    are asked for are equations of the components that they are about, and of those that decide their bases; where
    they bind, limits around the centre do not.  Before anything is drawn, shares of few strata that exclude them are
    looked for: then it is a proof that no rows hold them.

    References
    ----------
    Gale, D. (1957). A theorem on flows in networks. doi:10.2140/pjm.1957.7.1073

    Examples
    --------
    >>> import tempfile
    >>> from aibaro.published import small_survey
    >>> survey = small_survey(tempfile.mkdtemp())
    >>> file = synthesize(survey, seed=1)
    >>> len(file.to_frame()) == int(survey.strata["respondents"].sum())
    True
    >>> survey.strata["respondents"].tolist()
    [40, 30]
    >>> synthesize(survey, seed=1, counts={"use": [4, None]}).held
    {'use': {'small': 4}}
    """
    _check_seed(seed)
    prepared = plan(survey, counts=counts or {})
    _refuse_excluded(prepared, seed)
    drawn, unmet = _draw(prepared, seed)
    held = _recounted(prepared, drawn)
    rows = _frame(prepared, drawn, survey)
    check = verify_rows(rows, survey)
    members = {
        name: base.mask(drawn.answers, len(drawn.stratum))
        for name, base in prepared.bases.items()
        if all(p in drawn.answers for c in base.conditions for p in c.parts)
    }
    # a printing that contradicts another of the same fact binds nothing
    ignored = [entry.id for entry in prepared.left_out]
    binding = replace(survey, printed=survey.printed.loc[~survey.printed["id"].isin(ignored)])
    freedom = measure_freedom(binding, drawn.answers, members, drawn.stratum)
    return Synthetic(survey.name, "respondents", seed, rows, check, prepared.left_out, unmet, freedom, held)


def synthetic_population(survey: PublishedSurvey, seed: int, *, items: Sequence[str] | None = None) -> Synthetic:
    """Draw a whole synthetic population from the labelled centre.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    seed : int
        Seed, >= 0.
    items : sequence of str, optional
        Only these items, asked of everybody: much faster than all of them.  Items that a relation ties together, such
        as "any of these" and its parts, come together or not at all.

    Returns
    -------
    Synthetic
        One row per firm, weight 1; `check` says how far its shares lie from print.

    Raises
    ------
    InputError, UnsupportedError, ConflictError, MissingDependencyError
        As :func:`synthesize`.

    Notes
    -----
    Counts of each stratum are binomial draws from the main-effects centre, mended where the relations ask for it.  The
    printed figures are estimates from respondents, and a population of whole firms need not give them: they do not
    bind here.  For teaching and simulation: it is a model, not the population.

    References
    ----------
    Drechsler, J. (2011). Synthetic Datasets for Statistical Disclosure Control. Springer.
    https://doi.org/10.1007/978-1-4614-0326-5

    Examples
    --------
    >>> from aibaro.published import load
    >>> firms = synthetic_population(load("flanders-2023"), 1, items=["at_least_one"]).to_frame()
    >>> len(firms), firms.columns.tolist()
    (38071, ['size_class', 'sector', 'weight', 'at_least_one', 'synthetic'])
    >>> import tempfile
    >>> from aibaro.published import small_survey
    >>> firms = synthetic_population(small_survey(tempfile.mkdtemp()), seed=1).to_frame()
    >>> len(firms), firms["synthetic"].unique().tolist()
    (1000, [1])
    """
    _check_seed(seed)
    survey = survey if items is None else narrowed(survey, items)
    prepared = plan(survey, whole_population="population")
    drawn, unmet = _draw(prepared, seed, frozenset(f.name for f in prepared.figures))
    rows = _frame(prepared, drawn, survey)
    check = verify_rows(rows, survey)
    return Synthetic(
        survey.name,
        "population",
        seed,
        rows,
        check.loc[check["kind"] != "count"].reset_index(drop=True),
        prepared.left_out,
        unmet,
        None,
    )


def replicates(survey: PublishedSurvey, seed: int, number: int) -> list[Synthetic]:
    """Draw several synthetic files.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    seed : int
        Seed of the first; the others follow by one.
    number : int
        How many, >= 1.

    Returns
    -------
    list of Synthetic
        The files.

    Raises
    ------
    InputError
        When `number` is below 1.

    Examples
    --------
    >>> import tempfile
    >>> from aibaro.published import small_survey
    >>> [(file.seed, len(file.to_frame())) for file in replicates(small_survey(tempfile.mkdtemp()), seed=1, number=2)]
    [(1, 70), (2, 70)]
    """
    if number < 1:
        raise InputError(
            "no replicate was asked for", where="replicates", parameter="number", expected=">= 1", got=str(number)
        )
    return [synthesize(survey, seed + index) for index in range(number)]


def inner_range(
    files: Sequence[Synthetic], estimate: Callable[[pd.DataFrame], float | Mapping[str, float]]
) -> pd.DataFrame:
    """Return the smallest and largest value of an estimate over synthetic files.

    Parameters
    ----------
    files : sequence of Synthetic
        The files.
    estimate : callable
        Takes rows, gives a number or several by name.

    Returns
    -------
    pandas.DataFrame
        One row per estimate: estimate, minimum, maximum, files, label.

    Raises
    ------
    InputError
        When there is no file.

    Notes
    -----
    An inner range: tables that the printed figures allow reach beyond it.  It is no interval for the survey's value,
    and Rubin's rules do not apply, because the files are no draws from a posterior.

    Examples
    --------
    >>> rows = pd.DataFrame({"a": [1, 0]})
    >>> one = Synthetic("demo", "respondents", 1, rows, rows, (), (), None)
    >>> inner_range([one], lambda frame: frame["a"].mean())[["minimum", "maximum"]].to_numpy().tolist()
    [[0.5, 0.5]]
    """
    if not files:
        raise InputError(
            "no file to take a range over", where="inner_range", parameter="files", expected="at least one", got="none"
        )
    values: dict[str, list[float]] = {}
    for file in files:
        found = estimate(file.to_frame())
        for name, value in found.items() if isinstance(found, Mapping) else [("estimate", found)]:
            values.setdefault(name, []).append(float(value))
    return pd.DataFrame(
        {
            "estimate": list(values),
            "minimum": [min(v) for v in values.values()],
            "maximum": [max(v) for v in values.values()],
            "files": len(files),
            "label": "inner range over synthetic files",
        }
    )


def _check_seed(seed: int) -> None:
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise InputError(
            "the seed is no whole number",
            where="synthesize",
            parameter="seed",
            expected="an integer >= 0",
            got=repr(seed),
        )


def _draw(prepared: DrawingPlan, seed: int, dropped: frozenset[str] = frozenset()) -> tuple[Draw, tuple[Unmet, ...]]:
    """Draw rows; figures that are proved to exclude each other are given up one by one."""
    unmet: list[Unmet] = []
    while True:
        try:
            return draw(prepared, seed, dropped | {u.figure for u in unmet}), tuple(unmet)
        except Stuck as stuck:
            found = explain(prepared, stuck.component, dropped | {u.figure for u in unmet}, seed)
            if found is None:
                items = ", ".join(stuck.component.items[:4])
                held = f" and hold the counts of {' and '.join(h.name for h in prepared.held)}" if prepared.held else ""
                raise ConflictError(
                    f"no rows were found that give all printed figures{held}",
                    where=prepared.name,
                    parameter=items,
                    expected="figures that can hold together",
                    got=stuck.status,
                    hint="no conflict is proved; try another seed",
                ) from stuck
            unmet.append(found)


def _refuse_excluded(prepared: DrawingPlan, seed: int) -> None:
    """Say which printed shares exclude counts that rows were to hold."""
    found = excluded(prepared, seed) if prepared.held else None
    if found is not None:
        names = " and ".join(found.held)
        raise ConflictError(
            f"print excludes these counts of {names}"
            if found.conflict
            else f"these counts of {names} exclude each other",
            where=prepared.name,
            parameter="counts",
            expected=f"counts that these printed figures allow: {', '.join(found.conflict)}"
            if found.conflict
            else "counts of one table",
            got=found.proof,
            hint="leave counts free (None) where they may change",
        )


def _recounted(prepared: DrawingPlan, drawn: Draw) -> dict[str, dict[str, int]]:
    """Count what was asked for in the rows themselves."""
    found: dict[str, dict[str, int]] = {}
    for held in prepared.held:
        inside = held.base.mask(drawn.answers, len(drawn.stratum))
        members = inside & (drawn.answers[held.item] == 1) if held.item else inside
        counts = np.bincount(drawn.stratum[members], minlength=prepared.design.size)
        if any(counts[h] != count for h, count in held.counts.items()):
            raise UnsupportedError(
                "counts of an item that takes part in its own base cannot be held",
                where=prepared.name,
                parameter=held.name,
                expected="an item or a base that rows are filled for by itself",
            )
        found[held.name] = {prepared.design.names[h]: count for h, count in held.counts.items()}
    return found


def _frame(prepared: DrawingPlan, drawn: Draw, survey: PublishedSurvey) -> pd.DataFrame:
    labels = prepared.design.labels.iloc[drawn.stratum].reset_index(drop=True)
    weights = np.array([float(w) for w in prepared.weights])
    columns: dict[str, Any] = {"weight": weights[drawn.stratum]}
    order = [str(i) for i in survey.items["item"] if str(i) in drawn.answers]
    for item in [*order, *(i for i in drawn.answers if i not in order)]:
        values = drawn.answers[item]
        columns[item] = pd.array(np.where(values < 0, 0, values), dtype="Int8")
        columns[item][values < 0] = pd.NA
    columns |= _numbers(prepared, drawn)
    columns[LABEL] = np.ones(len(labels), dtype=np.int8)
    return pd.concat([labels, pd.DataFrame(columns)], axis=1)


def _numbers(prepared: DrawingPlan, drawn: Draw) -> dict[str, Any]:
    """Count the items of each family that print tells apart by number, under the name its classes share."""
    found = {}
    for component in prepared.components:
        for family in component.families:
            wholes = {
                r.whole.rpartition(".")[0]
                for r in component.relations
                if r.kind == "count" and set(r.parts) == set(family.parts)
            }
            if len(wholes) == 1 and (name := wholes.pop()) and name not in drawn.answers:
                found[name] = sum((drawn.answers[p] == 1).astype(np.int8) for p in family.parts)
    return found


def share_ranges(files: Sequence[Synthetic], survey: PublishedSurvey) -> pd.DataFrame:
    """Return the range of the weighted share of each item, overall and by stratum variable, over files."""
    if not files:
        raise InputError(
            "no file to take a range over", where="share_ranges", parameter="files", got="none", expected="at least one"
        )
    variables = [c for c in survey.strata.columns if c not in {"population", "sample", "respondents"}]
    skip = {*variables, "weight", LABEL}

    def shares(rows: pd.DataFrame) -> dict[str, float]:
        found = {}
        for item in [str(c) for c in rows.columns if c not in skip and rows[c].dropna().isin([0, 1]).all()]:
            asked = rows.loc[rows[item].notna()]
            weighted = asked["weight"] * asked[item].astype(float)
            found[item] = 100 * float(weighted.sum() / asked["weight"].sum())
            for variable in variables:
                by = weighted.groupby(asked[variable]).sum() / asked.groupby(variable)["weight"].sum()
                found |= {f"{item}|{variable}={level}": 100 * float(v) for level, v in by.items()}
        return found

    frame = inner_range(files, shares)
    return frame.loc[frame["maximum"] - frame["minimum"] > 0.1].reset_index(drop=True)
