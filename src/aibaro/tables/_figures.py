"""What are the numbers of a table?  Shares and summaries in every column, with bases and comparisons."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aibaro._arrays import FloatArray, TextArray
from aibaro.design import Design
from aibaro.estimate import Estimates, mean, proportion, quantile, total
from aibaro.estimate.analysis import Domain, domain_label
from aibaro.estimate.categories import CROSS, MISSING
from aibaro.estimate.cells_of_rows import WEIGHTED, declared_rows
from aibaro.estimate.multiplicity import adjust
from aibaro.estimate.pairwise import compare_levels, joint_df, kish_sizes
from aibaro.estimate.results import Part
from aibaro.frames import Product, Rows
from aibaro.frames.derived import UNIT, with_crossed, with_filled
from aibaro.tables._questions import YES, Banner, Question

_NOBODY = "\x1e"  # a level that nobody is in; no text of a survey holds it


@dataclass(frozen=True, slots=True)
class Head:
    """One column of a table.

    Parameters
    ----------
    domain, level : str
        Variable and level; both empty for the total.
    letter : str
        Letter of the column in comparisons; empty for the total.
    """

    domain: str
    level: str
    letter: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers of one row of a table in all columns, each of shape (columns,).

    Parameters
    ----------
    table, item, category, measure : str
        What the row is about.
    estimate, std_error, conf_low, conf_high : numpy.ndarray of float
        Estimates with their precision.
    n, base_weighted, n_eff : numpy.ndarray of float
        Unweighted, weighted and effective base.
    missing : numpy.ndarray of float
        Respondents of the column without an answer.
    reliability : numpy.ndarray of str
        Flag of the estimate.
    higher : tuple of tuple of int
        Columns that each column is significantly higher than.
    """

    table: str
    item: str
    category: str
    measure: str
    estimate: FloatArray
    std_error: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray
    n: FloatArray
    base_weighted: FloatArray
    n_eff: FloatArray
    missing: FloatArray
    reliability: TextArray
    higher: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """Choices of a table.

    Parameters
    ----------
    percent : {"column", "row", "whole"}
        Base of the percentages.
    missing : {"outside", "category"}
        What a missing answer is.
    interval : str
        Interval method of shares.
    conf_level : float
        Confidence level of the intervals.
    letters : {"none", "holm", "unadjusted"}
        Rule of the comparisons.
    letters_level : float
        Confidence level of the comparisons.
    small_base, suppress : int
        Unweighted bases below them are marked, and suppressed.
    language : {"en", "nl"}
        Language of words and numbers.
    domain : mapping, optional
        Domain that all is restricted to.
    options : dict
        Further arguments of the estimators.
    notes : tuple of str
        Notes that stand first below every table.
    """

    percent: str
    missing: str
    interval: str
    conf_level: float
    letters: str
    letters_level: float
    small_base: int
    suppress: int
    language: str
    domain: Domain = None
    options: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Run:
    """One item and category of a result, in the levels of one variable."""

    item: str
    category: str
    rows: slice
    part: Part | None


def heads_of(rows: Rows, banner: Sequence[Banner], settings: Settings) -> list[list[Head]]:
    """Columns of each variable of the banner; letters run through."""
    found: list[list[Head]] = []
    number = 0
    for entry in banner:
        if not entry.variables:
            found.append([Head("", "")])
            continue
        levels = _levels(rows, entry, settings)
        mine = []
        for level in levels:
            mine.append(Head(entry.name, level, letter(number)))
            number += 1
        found.append(mine)
    return found


def letter(number: int) -> str:
    """Name a column: A to Z, then AA.

    Examples
    --------
    >>> letter(0), letter(25), letter(26)
    ('A', 'Z', 'AA')
    """
    text, rest = "", number + 1
    while rest:
        rest, place = divmod(rest - 1, 26)
        text = chr(65 + place) + text
    return text


def _levels(rows: Rows, entry: Banner, settings: Settings) -> list[str]:
    """Levels of a variable that occur in the domain, in order."""
    from aibaro.estimate.categories import in_order, level_names

    limits = dict(settings.domain or {})
    # rows of weight zero are in no column
    weighted = [WEIGHTED] if WEIGHTED in rows.columns else []
    keys = list(dict.fromkeys([*entry.variables, *limits, *weighted]))
    table = rows.with_weight(None).group(keys, {}, optional=keys)
    keep = np.ones(len(table.count), dtype=bool)
    for variable, wanted in limits.items():
        keep &= np.isin(table.keys[variable].astype(str), level_names(wanted))
    for variable in weighted:
        keep &= table.keys[variable].astype(str) == "True"
    for variable in entry.variables:
        keep &= table.keys[variable].astype(str) != ""
    orders = [in_order(sorted(set(table.keys[v][keep].tolist())), rows.order.get(v, ())) for v in entry.variables]
    tuples = set(zip(*(table.keys[v][keep].tolist() for v in entry.variables), strict=True))
    ranked = sorted(tuples, key=lambda names: [order.index(name) for order, name in zip(orders, names, strict=True)])
    return [CROSS.join(names) for names in ranked]


class Computer:
    """Asks the estimators for the numbers of all tables, as few times as possible."""

    def __init__(self, rows: Rows, design: Design, settings: Settings, tell: Callable[[int, int], None]) -> None:
        self._rows, self._design, self._settings, self._tell = rows, design, settings, tell
        self._common: dict[str, Any] = {"design": design, "domain": settings.domain, "conf_level": settings.conf_level}
        self._common |= settings.options

    def compute(
        self, questions: Sequence[Question], banner: Sequence[Banner], heads: Sequence[Sequence[Head]]
    ) -> list[Figures]:
        """Return the rows of all tables, in order."""
        blocks: list[dict[tuple[str, str, str, str], dict[str, Any]]] = []
        for place, entry in enumerate(banner):
            self._tell(place, len(banner))
            blocks.append(self._block(questions, entry, heads[place]))
        self._tell(len(banner), len(banner))
        return _joined(questions, blocks, heads)

    def _block(
        self, questions: Sequence[Question], entry: Banner, heads: Sequence[Head]
    ) -> dict[tuple[str, str, str, str], dict[str, Any]]:
        """Numbers of all tables in the columns of one variable."""
        found: dict[tuple[str, str, str, str], dict[str, Any]] = {}
        by = [list(entry.variables)] if entry.variables else None
        levels = [head.level for head in heads]
        plain = [q for q in questions if q.kind == "categories"]
        sets = [q for q in questions if q.kind == "set"]
        names = {column: (q.name, label) for q in sets for column, label in q.choices}
        for columns, missing in (
            ([q.column for q in plain], self._settings.missing),
            (list(names), "outside"),
        ):
            if not columns:
                continue
            result = proportion(
                self._rows, columns, by=by, missing=missing, interval=self._settings.interval, **self._common
            )
            for run, numbers in self._numbers(result, levels, compared=bool(entry.variables)):
                table, label = names.get(run.item, (run.item, run.category))
                item = label if run.item in names else run.item
                found[table, item, "" if run.item in names else run.category, "share"] = numbers
        if self._settings.percent != "column":
            self._other_percent([*plain, *sets], entry, levels, found)
        self._summaries(
            [q for q in questions if q.kind == "numbers"], by, levels, found, compared=bool(entry.variables)
        )
        return found

    def _summaries(
        self,
        questions: Sequence[Question],
        by: Any,
        levels: Sequence[str],
        found: dict[tuple[str, str, str, str], dict[str, Any]],
        *,
        compared: bool,
    ) -> None:
        functions: dict[str, Callable[..., Estimates]] = {"mean": mean, "total": total}
        for measure in ("mean", "median", "total"):
            names = {q.column: q.name for q in questions if measure in q.measures}
            if not names:
                continue
            if measure == "median":
                common = {k: v for k, v in self._common.items() if k not in {"variance", "deff"}}
                results = [quantile(self._rows, column, [0.5], by=by, **common) for column in names]
            else:
                results = [functions[measure](self._rows, list(names), by=by, **self._common)]
            for column, result in zip(names, results, strict=False):
                for run, numbers in self._numbers(result, levels, compared=compared and measure == "mean"):
                    name = names.get(run.item, names[column])
                    found[name, name, "", measure] = numbers

    def _numbers(
        self, result: Estimates, levels: Sequence[str], *, compared: bool
    ) -> Iterator[tuple[_Run, dict[str, Any]]]:
        """Numbers of each item and category of a result, at the places of the columns."""
        known = [self._plain_level(text) for text in result.level.tolist()]
        place = {level: k for k, level in enumerate(levels)}
        freedom: FloatArray | None = None
        for run in _runs(result):
            own = run.rows
            at = np.array([place[known[k]] for k in range(own.start, own.stop)], dtype=np.int64)
            kish = result.n_eff[own]
            if run.part is not None and result.cells is not None:
                kish = kish_sizes(result.cells, run.part)
            numbers: dict[str, Any] = {
                "estimate": result.estimate[own],
                "std_error": result.std_error[own],
                "conf_low": result.conf_low[own],
                "conf_high": result.conf_high[own],
                "n": result.n[own],
                "base_weighted": np.where(result.n[own] > 0, result.weight_total[own], 0.0),
                "n_eff": kish,
                "missing": result.missing[own],
                "reliability": result.flag[own].astype(object),
            }
            wide: dict[str, Any] = {name: _placed(values, at, len(levels)) for name, values in numbers.items()}
            wide["higher"] = ((),) * len(levels)
            if compared and self._settings.letters != "none" and run.part is not None:
                shared = result.deviations is None and not freedom_varies(result, run)
                if shared and freedom is None:
                    freedom = joint_df(result, run.part)
                pairs = compare_levels(result, run.part, freedom if shared else None)
                fixed = (numbers["estimate"] <= 0) | (numbers["estimate"] >= 1)
                certain = fixed & (result.target == "proportion")
                wide["higher"] = self._higher(pairs, at, np.where(certain, -1.0, numbers["n"]), len(levels))
            yield run, wide

    def _plain_level(self, text: str) -> str:
        fixed, label = domain_label(self._settings.domain)
        if not fixed:
            return text
        return "" if text == label else text.removesuffix(f"{CROSS}{label}")

    def _higher(self, pairs: Any, at: NDArray[np.int64], n: FloatArray, size: int) -> tuple[tuple[int, ...], ...]:
        """Columns that each column is significantly higher than; small bases are not compared."""
        bound = max(self._settings.small_base, self._settings.suppress)
        usable = (n[pairs.first] >= bound) & (n[pairs.second] >= bound) & np.isfinite(pairs.p_value)
        adjusted = np.full(len(pairs.p_value), np.nan)
        if usable.any():
            values = pairs.p_value[usable]
            adjusted[usable] = adjust(values) if self._settings.letters == "holm" else values
        found: list[list[int]] = [[] for _ in range(size)]
        for k in np.flatnonzero(usable & (adjusted < 1 - self._settings.letters_level)).tolist():
            one, other = int(at[pairs.first[k]]), int(at[pairs.second[k]])
            winner, loser = (one, other) if pairs.difference[k] > 0 else (other, one)
            found[winner].append(loser)
        return tuple(tuple(sorted(columns)) for columns in found)

    def _other_percent(
        self,
        questions: Sequence[Question],
        entry: Banner,
        levels: Sequence[str],
        found: dict[tuple[str, str, str, str], dict[str, Any]],
    ) -> None:
        """Replace column percentages by those of rows, or of the whole; letters stay those of columns."""
        row = self._settings.percent == "row"
        if not entry.variables:
            if row:
                self._row_totals(questions, found)
            return
        for question in questions:
            sources = [(question.column, "")] if question.kind == "categories" else list(question.choices)
            for column, label in sources:
                mine = [k for k in found if k[0] == question.name and k[3] == "share" and (not label or k[1] == label)]
                for key in mine:
                    # an answer that nobody gave is no base of percentages
                    _put(found[key], slice(None), {name: v[0] for name, v in _nothing(1).items() if name != "higher"})
                cells = list(self._cross(question, column, label, entry, row=row))
                for level, category, item, numbers in sorted(cells, key=lambda cell: cell[0] != _NOBODY):
                    key = (question.name, item, category, "share")
                    if key not in found and category in YES:
                        # a question of yes and no has one row
                        key = (question.name, item, "", "share")
                    if level == _NOBODY:
                        for at in mine if not row else [key] if key in found else []:
                            _put(found[at], slice(None), numbers)
                    elif key in found and level in levels:
                        _put(found[key], list(levels).index(level), numbers)

    def _row_totals(
        self, questions: Sequence[Question], found: dict[tuple[str, str, str, str], dict[str, Any]]
    ) -> None:
        """The total of row percentages is the row itself, on the base of those who gave the answer."""
        for question in questions:
            sources = [(question.column, "")] if question.kind == "categories" else list(question.choices)
            for mine in (k for k in found if k[0] == question.name and k[3] == "share"):
                found[mine] |= _nothing(1)
            for column, label in sources:
                for answer, n, weight, square in self._answers(column):
                    if question.kind == "set":
                        key = (question.name, label, "", "share") if answer == "True" else None
                    else:
                        key = (question.name, question.name, answer, "share")
                        key = key if key in found or answer not in YES else (*key[:2], "", "share")
                    if key in found:
                        numbers = found[key]
                        numbers |= {"n": np.array([n]), "base_weighted": np.array([weight])}
                        numbers["n_eff"] = np.array([weight**2 / square if square else 0.0])
                        _whole_row(numbers)

    def _answers(self, column: str) -> Iterator[tuple[str, float, float, float]]:
        """Rows, weights and squared weights of each answer in the domain."""
        from aibaro.estimate.categories import level_names

        limits = dict(self._settings.domain or {})
        declared = declared_rows(self._design)
        weighted = [WEIGHTED] if WEIGHTED in self._rows.columns else []
        keys = list(dict.fromkeys([column, *limits, *([] if declared.weight else declared.strata), *weighted]))
        requests = {"w": Product((), 1), "ww": Product((), 2)} if declared.weight else {}
        table = self._rows.with_weight(declared.weight).group(keys, requests, optional=keys)
        keep = np.ones(len(table.count), dtype=bool)
        for variable, wanted in limits.items():
            keep &= np.isin(table.keys[variable].astype(str), level_names(wanted))
        for variable in weighted:
            keep &= table.keys[variable].astype(str) == "True"
        if declared.weight:
            first, second = table.values["w"].astype(float), table.values["ww"].astype(float)
        else:
            known = dict(zip(self._design.labels.itertuples(index=False, name=None), self._design.weights, strict=True))
            own = zip(*(table.keys[v].tolist() for v in declared.strata), strict=True) if declared.strata else iter(())
            each = np.array([known[k] for k in own]) if declared.strata else np.full(len(keep), self._design.weights[0])
            first, second = each * table.count, each**2 * table.count
        for answer in dict.fromkeys(table.keys[column][keep].tolist()):
            mine = keep & (table.keys[column] == answer)
            shown = answer or ("(missing)" if self._settings.missing == "category" else "")
            yield str(shown), float(table.count[mine].sum()), float(first[mine].sum()), float(second[mine].sum())

    def _cross(
        self, question: Question, column: str, label: str, entry: Banner, *, row: bool
    ) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
        """Shares of a row, or of the whole, for each answer and column, and for a column that nobody is in."""
        common: dict[str, Any] = {**self._common, "interval": self._settings.interval}
        source = self._rows
        if question.kind == "categories" and self._settings.missing == "category":
            source = with_filled(source, "aibaro_answer", column, MISSING)
            column = "aibaro_answer"
        if row:
            # as text, so that a variable of yes and no has a row for each
            rows = _beside_nobody(with_crossed(source, {"aibaro_crossed": entry.variables}), "aibaro_crossed")
            result = proportion(rows, "aibaro_crossed", by=column, **common)
            pairs = [(b, self._plain_level(a)) for b, a in zip(result.category, result.level, strict=True)]
        else:
            crossed = with_crossed(source, {"aibaro_crossed": [column, *entry.variables]})
            result = proportion(_beside_nobody(crossed, "aibaro_crossed"), "aibaro_crossed", **common)
            pairs = []
            for text in result.category.tolist():
                first, _, rest = text.partition(UNIT)
                pairs.append((rest, first) if text != _NOBODY else (_NOBODY, ""))
        names = ("estimate", "std_error", "conf_low", "conf_high", "n", "missing")
        for k, (level, answer) in enumerate(pairs):
            numbers: dict[str, Any] = {name: float(getattr(result, name)[k]) for name in names}
            numbers["base_weighted"] = float(result.weight_total[k])
            numbers["n_eff"] = self._kish(result, k)
            numbers["reliability"] = str(result.flag[k])
            shown = level.replace(UNIT, CROSS)
            if question.kind == "set":
                if answer == "True" or (level == _NOBODY and not row):
                    yield shown, "", label, numbers
            else:
                yield shown, answer, question.name, numbers

    def _kish(self, result: Estimates, row: int) -> float:
        for part in result.parts:
            if result.cells is not None and part.start <= row < part.start + len(part.linear.estimate):
                return float(kish_sizes(result.cells, part)[row - part.start])
        return float(result.n_eff[row])


def _beside_nobody(rows: Rows, column: str) -> Rows:
    """Rows in which a column has a level that nobody is in: its share is that of every cell without respondents."""
    return replace(rows, order={**rows.order, column: (_NOBODY,)})


def _put(numbers: dict[str, Any], at: int | slice, values: dict[str, Any]) -> None:
    for name, value in values.items():
        numbers[name][at] = value


def freedom_varies(result: Estimates, run: _Run) -> bool:
    """Whether degrees of freedom of a pair depend on the item: they do where some cells hold no answer."""
    cells, part = result.cells, run.part
    return cells is None or part is None or bool((cells.blocks[part.name].observed <= 0).any())


def _runs(result: Estimates) -> Iterator[_Run]:
    """Runs of rows about one item and category."""
    parts = {part.start: part for part in result.parts}
    start, size = 0, len(result)
    while start < size:
        stop = start + 1
        key = (result.item[start], result.category[start])
        while stop < size and (result.item[stop], result.category[stop]) == key and stop not in parts:
            stop += 1
        yield _Run(str(key[0]), str(key[1]), slice(start, stop), parts.get(start))
        start = stop


def _placed(values: NDArray[Any], at: NDArray[np.int64], size: int) -> NDArray[Any]:
    result: NDArray[Any] = np.full(size, "", dtype=object) if values.dtype == object else np.full(size, np.nan)
    result[at] = values
    return result


def _whole_row(numbers: dict[str, Any]) -> None:
    """The total of row percentages is the row itself."""
    there = numbers["base_weighted"] > 0
    numbers["estimate"] = np.where(there, 1.0, np.nan)
    numbers["std_error"] = np.where(there, 0.0, np.nan)
    numbers["conf_low"] = numbers["conf_high"] = np.where(there, 1.0, np.nan)
    numbers["reliability"] = np.array(["ok"] * len(there), dtype=object)


def _joined(
    questions: Sequence[Question],
    blocks: Sequence[dict[tuple[str, str, str, str], dict[str, Any]]],
    heads: Sequence[Sequence[Head]],
) -> list[Figures]:
    """Put the columns of all variables beside one another."""
    offsets = np.cumsum([0, *(len(part) for part in heads)])
    result = []
    keys = list(dict.fromkeys(key for block in blocks for key in block))
    for question in questions:
        for key in (k for k in keys if k[0] == question.name and _belongs(k, question)):
            columns: dict[str, list[Any]] = {}
            higher: list[tuple[int, ...]] = []
            for block, part, offset in zip(blocks, heads, offsets, strict=False):
                numbers = block.get(key) or _nothing(len(part))
                for name, values in numbers.items():
                    if name != "higher":
                        columns.setdefault(name, []).append(values)
                higher += [tuple(int(offset) + k for k in group) for group in numbers["higher"]]
            joined: dict[str, Any] = {name: np.concatenate(values) for name, values in columns.items()}
            result.append(Figures(*key[:3], key[3], higher=tuple(higher), **joined))
    return result


def _belongs(key: tuple[str, str, str, str], question: Question) -> bool:
    return (key[3] == "share") == (question.kind != "numbers")


def _nothing(size: int) -> dict[str, Any]:
    """A row that a variable knows nothing of: nobody of its columns was asked."""
    undefined = dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), np.full(size, np.nan))
    zero = dict.fromkeys(("n", "base_weighted", "n_eff", "missing"), np.zeros(size))
    return {**undefined, **zero, "reliability": np.full(size, "", dtype=object), "higher": ((),) * size}
