"""Quantiles with Woodruff's interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aibaro._arrays import FloatArray, IntArray
from aibaro.design import Design, RowDesign
from aibaro.errors import InputError
from aibaro.estimate import intervals, reliability
from aibaro.estimate._calibrated import Calibrated, check_weights
from aibaro.estimate._cells import Block, Cells, indicator_block
from aibaro.estimate._options import Options
from aibaro.estimate._passes import refuse_infinite
from aibaro.estimate._replicate_sums import add_by_group, group_names
from aibaro.estimate._resampling import chosen
from aibaro.estimate._stages import lower_stages, sums
from aibaro.estimate._variance import Linearized, linearize
from aibaro.estimate.analysis import By, Domain, DomainLevels, joint_deviations, make_terms, split_by
from aibaro.estimate.cells_of_rows import (
    WEIGHTED,
    cell_keys,
    declared_rows,
    index_cells,
    open_rows,
    optional_keys,
    refuse_numeric,
    restricted,
)
from aibaro.estimate.design_arguments import is_number
from aibaro.estimate.intervals import METHODS, critical_value, effective_n
from aibaro.estimate.results import Estimates, Part
from aibaro.frames import Below, GroupTable, Infinite, Product, Request, Rows, Within
from aibaro.frames.columns import blocks

# --- Finds weighted quantiles by narrowing brackets, one group-by per step.

FIRST_BINS, BINS = 2048, 512
_TIE = 1e-12
_MOST_STEPS = 64
_SHARE = ("estimate", "std_error", "df_design", "df_satterthwaite", "n", "missing", "kish", "weight")


@dataclass(frozen=True, slots=True)
class ShareBelow:
    """Share of units at or below each quantile, arrays of shape (number of shares times levels,).

    Parameters
    ----------
    share, std_error, df, df_design, df_satterthwaite, n, missing, kish, weight : numpy.ndarray of float
        Estimates of the shares and what rules their intervals.
    cells : Cells
        The cells, with a block for each quantile.
    linear : tuple of (str, numpy.ndarray of int, Linearized)
        Block, level of each cell and linearised shares, for each share and domain variable.
    """

    share: FloatArray
    std_error: FloatArray
    df: FloatArray
    df_design: FloatArray
    df_satterthwaite: FloatArray
    n: FloatArray
    missing: FloatArray
    kish: FloatArray
    weight: FloatArray
    cells: Cells
    linear: tuple[tuple[str, IntArray, Linearized], ...]


@dataclass(slots=True)
class _Bracket:
    """Where a target lies: smallest and largest value left, weight below, next value above."""

    low: float
    high: float
    below: float
    following: float
    coarse: frozenset[int] = frozenset()


@dataclass(slots=True)
class Search:
    """Rows, their cells and domains, and the outcome that is searched.

    Parameters
    ----------
    rows : Rows
        The rows.
    item : str
        The outcome.
    keys : tuple of str
        Keys of the cells.
    cells : Cells
        Cells inside the domain, with the block ``weight`` of observed weights.
    keep : numpy.ndarray of bool
        Which groups of the engine are inside the domain.
    terms : tuple of DomainLevels
        Domains.
    domain, base
        Restrictions.
    first : tuple or None
        Range and bins of the first step, which every later search shares.
    """

    rows: Rows
    item: str
    keys: tuple[str, ...]
    cells: Cells
    keep: NDArray[np.bool_]
    terms: tuple[DomainLevels, ...]
    domain: Domain
    base: str | None
    first: tuple[float, float, _Groups] | None = None

    @classmethod
    def start(
        cls,
        data: Any,
        item: str,
        design: Design,
        *,
        terms: tuple[tuple[str, ...], ...],
        domain: Domain,
        base: str | None,
    ) -> Search:
        """Count the observed weights of each cell."""
        declared = declared_rows(design)
        rows = open_rows(data, declared).with_weight(declared.weight, _weight_scale(declared))
        limits = [*(domain or {}), *([base] if base else [])]
        variables = sorted({v for term in terms for v in term})
        keys = cell_keys(declared, [*variables, *limits])
        rows.require(keys, parameter="strata, psu, by, domain, base")
        rows.require([item, *([declared.weight] if declared.weight else [])], parameter="item", numeric=True)
        requests: dict[str, Request] = {f"w{p}": Product((), p, (item,)) for p in (0, 1, 2)}
        if rows.schema[item].is_float():
            requests["infinite"] = Infinite(item)
        if declared.calibration:
            refuse_numeric(declared, "quantiles")
        if declared.weight is not None:
            requests |= {f"all{p}": Product((), p) for p in (1, 2)}
        table = rows.group(keys, requests, optional=optional_keys(declared, keys))
        refuse_infinite({item: int(table.values["infinite"].sum())} if "infinite" in requests else {})
        stratum, unit = index_cells(table, design)
        if declared.weight is not None:
            _check_weights(design, stratum, table, rows.weight_scale)
        lower = lower_stages(declared, table.keys, stratum)
        calibrated = None
        if declared.calibration:
            every = [table.values[f"all{p}"].astype(float) for p in (1, 2)]
            calibrated = Calibrated.of(
                declared.calibration,
                table.keys,
                stratum=stratum,
                unit=unit,
                strata=design.size,
                weight=every[0],
                weight_square=every[1],
                lower=lower,
            )
        weights = [_weighted(table.values[f"w{p}"], p, stratum, design) for p in (0, 1, 2)]
        block = indicator_block(("below",), weights, weights, clustered=unit is not None)
        levels = {v: table.keys[v] for v in (*variables, *limits, WEIGHTED) if v in keys}
        everything = Cells(
            design,
            stratum,
            unit,
            table.count,
            levels,
            {"weight": block},
            calibrated=calibrated,
            order=rows.order,
            lower=lower,
        )
        cells, keep = restricted(everything, domain, base)
        return cls(rows, item, keys, cells, keep, tuple(make_terms(cells, terms, domain)), domain, base)

    def owners(self) -> list[tuple[int, int]]:
        """Term and level of each target of one share."""
        return [(t, k) for t, term in enumerate(self.terms) for k in range(len(term.names))]

    def _totals(self) -> FloatArray:
        weight = self.cells.blocks["weight"].total[:, 0]
        return np.concatenate([sums(weight[t.level >= 0], t.level[t.level >= 0], len(t.names)) for t in self.terms])

    def solve_inside(self, share: FloatArray, rule: str, repeats: int) -> FloatArray:
        """Find quantiles of shares that may leave [0, 1]."""
        inside = (share >= 0) & (share <= 1)
        return self.solve(np.where(inside, share, np.nan), rule, repeats)

    def solve(self, share: FloatArray, rule: str, repeats: int = 1) -> FloatArray:
        """Find weighted quantiles."""
        owners, totals = self.owners() * repeats, np.tile(self._totals(), repeats)
        target = share * totals
        brackets = [_Bracket(-np.inf, np.inf, 0.0, np.nan) for _ in owners]
        result = np.full(len(owners), np.nan)
        active = {j for j in range(len(owners)) if totals[j] > 0 and not np.isnan(target[j])}
        for _ in range(_MOST_STEPS):
            if not active:
                return result
            groups, coarse = self._step(brackets, active)
            for j in sorted(active):
                tie = groups.narrow(owners[j], brackets[j], float(target[j]), _TIE * float(totals[j]), coarse=coarse)
                if brackets[j].low == brackets[j].high:
                    average = rule == "school" and tie and not np.isnan(brackets[j].following)
                    result[j] = (brackets[j].low + brackets[j].following) / 2 if average else brackets[j].low
                    active.discard(j)
        raise InputError(
            "the search for a quantile did not end",
            parameter="item",
            got=self.item,
            hint="the values may change between passes",
        )

    def _step(self, brackets: Sequence[_Bracket], active: set[int]) -> tuple[_Groups, bool]:
        """Bins of the brackets that are left, and whether they are those of the first step."""
        if any(np.isinf(brackets[j].low) for j in active):
            if self.first is None:
                low, high = self.rows.finite_range(self.item)
                self.first = (low, high, _Groups.of(self, [(low, high)], FIRST_BINS, None))
            return self.first[2], True
        codes = frozenset[int]().union(*(brackets[j].coarse for j in active))
        within = None if self.first is None else Within(self.first[0], self.first[1], FIRST_BINS, codes)
        segments = _segments([(brackets[j].low, brackets[j].high) for j in sorted(active)])
        return _Groups.of(self, segments, BINS, within), False

    def share_below(self, value: FloatArray, repeats: int, options: Options) -> ShareBelow:
        """Estimate the share of units at or below each quantile."""
        design = self.cells.design
        known = [v for v in dict.fromkeys(value.tolist()) if not np.isnan(v)]
        requests: dict[str, Request] = {
            f"b{i}_{p}": Below(self.item, v, p) for i, v in enumerate(known) for p in (0, 1, 2)
        }
        optional = optional_keys(declared_rows(design), self.keys)
        table = self.rows.group(self.keys, requests, optional=optional)
        stage = options.stage(design)
        weights = [
            self.cells.blocks["weight"].observed,
            self.cells.blocks["weight"].total[:, 0],
            self.cells.blocks["weight"].weight_square,
        ]
        clustered = self.cells.unit is not None
        replicate = self._replicate_shares(known)
        raw = [
            [_weighted(table.values[f"b{i}_{p}"][self.keep], p, self.cells.stratum, design) for p in (0, 1, 2)]
            for i in range(len(known))
        ]
        position = np.array([known.index(v) if not np.isnan(v) else -1 for v in value.tolist()], dtype=np.int64)
        parts: list[tuple[str, IntArray, Linearized]] = []
        made: dict[str, Block] = {}
        limit: dict[str, FloatArray] = {}
        start = 0
        for number in range(repeats):
            for t, term in enumerate(self.terms):
                name = f"below {number} {t}"
                # each cell is cut at the quantile of its level; cells of none, and levels without one, stay whole
                own = np.append(position[start : start + len(term.names)], -1)[term.level]
                inside = [_chosen([whole, *(r[p] for r in raw)], own + 1) for p, whole in enumerate(weights)]
                block = indicator_block(("below",), weights, inside, clustered=clustered)
                if replicate is not None:
                    cell = np.arange(self.cells.size)
                    below = replicate[cell, :, np.where(own >= 0, own + 1, 0)]
                    block = replace(block, replicate=np.stack([replicate[:, :, 0], below], axis=2))
                made[name], limit[name] = block, np.append(known, np.inf)[own]
                cells = replace(self.cells, blocks={name: block}, cross={})
                linear = linearize(cells, name, "proportion", level=term.level, levels=len(term.names), stage=stage)
                parts.append((name, term.level, linear))
                start += len(term.names)
        found = {n: np.concatenate([getattr(linear, n) for _, _, linear in parts]) for n in _SHARE}
        df = options.freedom(found["df_design"], found["df_satterthwaite"])
        share = np.clip(found.pop("estimate"), 0.0, 1.0)
        share = np.where(np.abs(share - 1) < 1e-14, 1.0, share)
        found["weight"] = found["weight"] / self.rows.weight_scale
        cells = replace(self.cells, blocks=made, cross={} if clustered else _nested(made, limit))
        return ShareBelow(share=share, df=df, cells=cells, linear=tuple(parts), **found)

    def _replicate_shares(self, known: Sequence[float]) -> FloatArray | None:
        """Σ w_r of the rows with a value, and of those at or below each quantile: shape (C, R, 1 + quantiles)."""
        declared = self.cells.design.replicates
        if declared is None:
            return None
        optional = optional_keys(declared_rows(self.cells.design), self.keys)
        names = group_names(self.rows.group(self.keys, {}, optional=optional), self.keys)
        columns = declared.columns
        self.rows.require(columns, parameter="replicates", numeric=True)
        total = np.zeros((len(names), len(columns), 1 + len(known)))
        for block, group in blocks(self.rows, [*columns, self.item], self.keys, names):
            value = block[-1]
            inside = [np.isfinite(value), *(value <= v for v in known)]
            add_by_group(total, block[:-1], np.stack(inside).astype(float), group)
        return total[self.keep]


def _chosen(columns: Sequence[FloatArray], place: IntArray) -> FloatArray:
    """Of several columns, the one that each row names."""
    return np.stack(columns)[place, np.arange(len(place))]


def _nested(blocks: dict[str, Block], limit: dict[str, FloatArray]) -> dict[tuple[str, str], FloatArray]:
    """Σ w² b_i b_j' of shares below two values: below both is below the smaller."""
    found = {}
    for one, other in combinations(blocks, 2):
        mine, theirs = blocks[one].square, blocks[other].square
        both = np.where(limit[one] <= limit[other], mine[:, 1, 1], theirs[:, 1, 1])
        rows = [[mine[:, 0, 0], theirs[:, 0, 1]], [mine[:, 1, 0], both]]
        found[(one, other)] = np.stack([np.stack(row, axis=1) for row in rows], axis=1)
    return found


def _check_weights(design: Design, stratum: IntArray, table: GroupTable, scale: float) -> None:
    first, second = (table.values[f"all{p}"].astype(float) for p in (1, 2))
    # squares that leave the range of numbers tell nothing
    known = declared_rows(design).weight_squares
    if scale == 1.0 or known is None:
        check_weights(design, stratum, first / scale, second)


def _weight_scale(declared: RowDesign) -> float:
    """A power of two that brings weights whose squares would leave the range of numbers near 1."""
    mean = float(np.sum(declared.weight_totals)) / max(float(np.sum(declared.units)), 1.0)
    return 1.0 if 1e-60 < mean < 1e60 else float(2.0 ** -np.floor(np.log2(mean)))


def _weighted(value: NDArray[Any], power: int, stratum: IntArray, design: Design) -> FloatArray:
    """Sums of w^p, with the stratum's weight where rows carry none."""
    declared = declared_rows(design)
    if declared.weight is not None or declared.weights is None:
        return value.astype(float)
    return np.asarray(value * declared.weights[stratum] ** power, dtype=float)


def _segments(brackets: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Cut brackets into disjoint segments, ends included.

    Examples
    --------
    >>> _segments([(0.0, 1.0), (0.0, 1.0), (3.0, 4.0)])
    [(0.0, 1.0), (3.0, 4.0)]
    """
    edges = sorted({e for low, high in brackets for e in (low, float(np.nextafter(high, np.inf)))})
    segments: list[tuple[float, float]] = []
    for start, end in pairwise(edges):
        last = float(np.nextafter(end, -np.inf))
        if any(low <= start and last <= high for low, high in brackets):
            segments.append((start, last))
    return segments


@dataclass(frozen=True, slots=True)
class _Groups:
    """Bins of one step, by term and level."""

    low: FloatArray
    high: FloatArray
    weight: FloatArray
    bin: IntArray
    level: tuple[IntArray, ...]

    @classmethod
    def of(cls, search: Search, segments: Sequence[tuple[float, float]], number: int, within: Within | None) -> _Groups:
        design = search.cells.design
        declared = declared_rows(design)
        own_weight = declared.weight is not None
        strata = [] if own_weight else list(declared.strata)
        keys = list(dict.fromkeys([*strata, *search.cells.levels]))
        table = search.rows.bins(search.item, keys, segments, number, within=within)
        weight = table.values["weight"].astype(float)
        if not own_weight and declared.weights is not None:
            labels = {k: h for h, k in enumerate(design.labels.itertuples(index=False, name=None))}
            columns = [table.keys[v].tolist() for v in strata]
            index = [labels[k] for k in zip(*columns, strict=True)] if columns else [0] * len(weight)
            weight = weight * declared.weights[np.array(index, dtype=np.int64)]
        size = len(weight)
        zeros = np.zeros(size, dtype=np.int64)
        levels = {v: table.keys[v] for v in search.cells.levels}
        plain = Cells(design, zeros, None, table.count, levels, {}, order=search.rows.order)
        cells, keep = restricted(plain, search.domain, search.base)
        terms = make_terms(cells, tuple(t.variables for t in search.terms), search.domain)
        level = tuple(_matched(new, old) for new, old in zip(terms, search.terms, strict=True))
        values = table.values
        return cls(
            values["v.min"][keep].astype(float),
            values["v.max"][keep].astype(float),
            weight[keep],
            values["bin"][keep].astype(np.int64),
            level,
        )

    def narrow(self, owner: tuple[int, int], bracket: _Bracket, target: float, tie: float, *, coarse: bool) -> bool:
        """Narrow a bracket to the bin in which the cumulated weight reaches the target; tell whether it ends there."""
        term, level = owner
        mine = (self.level[term] == level) & (self.low >= bracket.low) & (self.high <= bracket.high)
        code, parent = np.unique(self.bin[mine], return_inverse=True)
        if not len(code):
            raise InputError(
                "the rows changed between two passes",
                where="aibaro.estimate",
                parameter="data",
                expected="a query that gives the same rows each time",
            )
        low, high = np.full(len(code), np.inf), np.full(len(code), -np.inf)
        np.minimum.at(low, parent, self.low[mine])
        np.maximum.at(high, parent, self.high[mine])
        order = np.argsort(low)
        cumulated = bracket.below + np.cumsum(sums(self.weight[mine], parent, len(code))[order])
        found = min(int(np.searchsorted(cumulated, target - tie)), len(code) - 1)
        bracket.low, bracket.high = float(low[order[found]]), float(high[order[found]])
        if coarse:
            bracket.coarse = frozenset([int(code[order[found]])])
        bracket.below = float(cumulated[found - 1]) if found else bracket.below
        if found + 1 < len(code):
            bracket.following = float(low[order[found + 1]])
        return abs(float(cumulated[found]) - target) <= tie


def _matched(new: DomainLevels, old: DomainLevels) -> IntArray:
    lookup = {name: i for i, name in enumerate(old.names)}
    index = np.array([lookup[name] for name in new.names], dtype=np.int64)
    return np.where(new.level >= 0, index[new.level], -1) if len(index) else new.level


# --- Quantiles with Woodruff's interval.

RULES = ("math", "school")


def quantile(
    data: Any,
    item: str,
    q: float | Sequence[float] = 0.5,
    *,
    design: Design,
    by: By = None,
    domain: Domain = None,
    base: str | None = None,
    rule: str = "math",
    interval: str = "wald",
    df: str | float = "design",
    fpc: str | None = None,
    single: str | None = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Estimate quantiles of an outcome.

    Parameters
    ----------
    data : frame
        Respondents' rows.
    item : str
        Column of the outcome.
    q : float or sequence of float
        Shares below the quantiles, strictly between 0 and 1.
    design : Design
        Design that was read from the rows.
    by, domain, base
        Domains, as in :func:`proportion`.
    rule : {"math", "school"}
        ``math``: the smallest value whose cumulated weight reaches the share; ``school``: the mean of that value and
        the next one where the share is reached exactly.
    interval : {"wald", "logit", "wilson", "beta", "arcsine", "likelihood"}
        Interval of the share below the estimate, which is turned into an interval of the quantile.
    df, fpc, single, conf_level
        Choices, as in :func:`proportion`.

    Returns
    -------
    Estimates
        One row per share and domain; the item is named ``item[q]``.

    Raises
    ------
    InputError
        For data that do not fit the design, shares outside (0, 1) and unknown choices.

    Notes
    -----
    Woodruff: the interval of the share of units at or below the estimate is mapped through the inverse of the
    distribution function; the standard error is its length over twice Student's t.  A limit that leaves [0, 1] gives no
    limit of the quantile (NaN).  Each step is one group-by into 512 bins of the brackets that are left, so that memory
    is that of the bins, never of the rows; a few steps find the value itself, and two group-bys give its variance.

    References
    ----------
    Woodruff, R. S. (1952). https://doi.org/10.1080/01621459.1952.10483443

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"size": ["s"] * 4 + ["l"] * 4, "staff": [1, 2, 3, 4, 50, 60, 70, 80]})
    >>> design = Design.from_frame(rows, strata="size", population={"s": 60, "l": 8})
    >>> quantile(rows, "staff", [0.25, 0.5], design=design).estimate
    array([2., 3.])
    """
    shares = _shares(q, rule, interval)
    options = Options.checked(
        design,
        interval="wald",
        df=df,
        fpc=fpc,
        single=single,
        deff="with_replacement",
        conf_level=conf_level,
        proportion=False,
        columns={"item": item},
        base=base,
        domain=domain,
    )
    design, variance = chosen(design, None)
    search = Search.start(data, item, design, terms=split_by(by), domain=domain, base=base)
    owners = search.owners()
    estimate = np.concatenate([search.solve(np.full(len(owners), share), rule) for share in shares])
    below = search.share_below(estimate, len(shares), options)
    low, high, method = intervals.interval(
        interval, below.share, below.std_error, below.df, below.n, kish=below.kish, conf_level=conf_level
    )
    limits = [search.solve_inside(p, rule, len(shares)) for p in (low, high)]
    critical = np.array([critical_value(f, (1 - conf_level) / 2) for f in below.df])
    error = (limits[1] - limits[0]) / (2 * critical)
    names = [(f"{item}[{share:g}]", t.domain, level) for share in shares for t in search.terms for level in t.names]
    columns = np.array(names, dtype=object).reshape(-1, 3)
    n_eff = np.where(below.std_error > 0, effective_n(below.share, below.std_error), below.kish)
    flag = reliability.general_flags(estimate, error, low=limits[0], high=limits[1], n_eff=n_eff, df=below.df)
    parts = _parts(below, error)
    return Estimates(
        target="quantile",
        item=columns[:, 0],
        category=np.full(len(columns), "", dtype=object),
        domain=columns[:, 1],
        level=columns[:, 2],
        estimate=estimate,
        std_error=error,
        df=below.df,
        df_design=below.df_design,
        df_satterthwaite=below.df_satterthwaite,
        conf_low=limits[0],
        conf_high=limits[1],
        method=np.array([f"woodruff-{m}" for m in method]),
        n=below.n,
        missing=below.missing,
        n_eff=n_eff,
        deff=np.full(len(estimate), np.nan),
        weight_total=below.weight,
        flag=flag,
        options=options,
        parts=parts,
        cells=below.cells,
        variance=variance,
        deviations=joint_deviations(parts),
    )


def _parts(below: ShareBelow, error: FloatArray) -> tuple[Part, ...]:
    """Linearised quantiles, for contrasts: shares below over the density that Woodruff's interval implies."""
    with np.errstate(divide="ignore", invalid="ignore"):
        # a share without variance has no density: its quantile does not move
        slope = np.where((below.std_error > 0) & np.isfinite(error), error / below.std_error, 0.0)
    parts, start = [], 0
    for name, level, linear in below.linear:
        own = slope[start : start + len(linear.estimate)]
        moved = {"unit": linear.unit * own, "contribution": linear.contribution * own[linear.pairs.level] ** 2}
        away = None if linear.deviations is None else linear.deviations * own
        parts.append(Part(name, start, level, replace(linear, deviations=away, **moved)))
        start += len(own)
    return tuple(parts)


def _shares(q: float | Sequence[float], rule: str, interval: str) -> list[float]:
    values: list[Any] = list(q) if isinstance(q, list | tuple | np.ndarray) else [q]
    shares = [float(v) for v in values if is_number(v) and 0 < v < 1]
    if not shares or len(shares) < len(values) or len(set(shares)) < len(shares):
        raise InputError(
            "not a share below a quantile",
            parameter="q",
            expected="numbers between 0 and 1, each once",
            got=repr(q),
            hint="the median is 0.5",
        )
    if not isinstance(rule, str) or rule not in RULES:
        raise InputError("unknown choice", parameter="rule", expected=", ".join(RULES), got=repr(rule))
    intervals.check_method(interval, METHODS)
    return shares
