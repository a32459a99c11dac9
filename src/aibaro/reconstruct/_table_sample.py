"""How typical is a bound?  Tables of counts drawn from all that print allows, under a stated reference measure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import special

from aibaro._arrays import FloatArray, IntArray
from aibaro.design import Design
from aibaro.errors import ConflictError, InputError
from aibaro.reconstruct.items import ItemSystem, Mask
from aibaro.reconstruct.program import LinearRow, exact_rows, linear_rows, violated
from aibaro.results import Result

MEASURES = ("answers", "tables")
# tuples of counts that the strata of one level may have together
LARGEST_LIST = 2_000_000
# chains disagree beyond this split R-hat, and say little below so many effective draws
LARGEST_RHAT, LEAST_ESS = 1.05, 100.0
# tuples of a level that a step chooses from
POOL = 6000
_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class TableSample(Result):
    """Tables of stratum counts that meet print, drawn under a reference measure.

    Parameters
    ----------
    item : str
        The item.
    measure : {"answers", "tables"}
        What is uniform: whole sets of answers of the respondents, or tables of counts.
    counts : numpy.ndarray of int, shape (draws, H)
        Respondents with the item in each stratum; every table is verified exactly.
    strata : tuple of str
        Names of the strata.
    method : {"independent", "chains"}
        Independent draws by rejection, or chains from different corners.
    chains : int
        Number of chains; 0 for independent draws.
    rhat, ess : float
        Largest split R-hat and smallest effective number of draws of what was watched, before thinning.
    """

    item: str
    measure: str
    counts: IntArray
    strata: tuple[str, ...]
    method: str
    chains: int
    rhat: float
    ess: float

    @property
    def agrees(self) -> bool:
        """Whether the chains agree well enough for a share of the draws to be said."""
        return self.rhat <= LARGEST_RHAT and self.ess >= LEAST_ESS

    def to_frame(self) -> pd.DataFrame:
        """Return the draws, one row for each table.

        Returns
        -------
        pandas.DataFrame
            A column a stratum.
        """
        return pd.DataFrame(self.counts, columns=list(self.strata))

    def summary(self) -> str:
        """Say the result in a line.

        Returns
        -------
        str
            Draws, measure and how the chains agree.
        """
        how = "independent" if self.method == "independent" else f"{self.chains} chains, R-hat {self.rhat:.3f}"
        return f"{self.item}: {len(self.counts)} tables, uniform over {self.measure}; {how}, {self.ess:.0f} effective"


def sample_tables(
    system: ItemSystem,
    *,
    draws: int = 100,
    measure: str = "answers",
    starts: Sequence[Sequence[int]] = (),
    steps: int = 4000,
    seed: int = 0,
    members: Sequence[int] | None = None,
) -> TableSample:
    """Draw tables of counts that meet all that is printed of an item.

    Parameters
    ----------
    system : ItemSystem
        What print says of the item; of a base, `members` says how many of each stratum are in it.
    draws : int
        Tables to keep.
    measure : {"answers", "tables"}
        ``answers``: every set of answers of the respondents that print allows is equally likely, a table as often as
        there are sets with its counts, Π C(y_h, x_h).  ``tables``: every table is equally likely.
    starts : sequence of sequences of int
        Tables that meet print, from which chains start; far from each other, at best those of the smallest and largest
        standard errors.  Not needed where draws are independent.
    steps : int
        Steps of each chain; the first quarter is left out.
    seed : int
        Seed of the random numbers.
    members : sequence of int, optional
        Respondents of the base in each stratum; all respondents for an item asked of everybody.

    Returns
    -------
    TableSample
        The draws, each verified exactly.

    Raises
    ------
    InputError
        For an unknown measure, chains without two starts, or starts that fail print.
    ConflictError
        When no table is found.

    Notes
    -----
    *Where every level of a stratum variable is printed*, all tuples of counts of the strata of a level that meet
    its figures are listed; what ties the levels (the other margins, the total, a printed number of respondents)
    are a few windows. A step takes two groups of one or two levels and a pool of tuples of each: the whole list
    of one level where it is short, else independent draws beside the present tuples, half from the whole list and
    half by w(s) exp(λ·m(s)), with w the measure, m what a tuple adds to the windows, and λ such that the windows
    are met on average. Of all pairs of the two pools that meet every window one is drawn with weights w over the
    density of the draws (Neal's embedded sampler). That leaves the measure unchanged and moves whole levels, not
    single respondents.

    *Where only figures of all strata are printed*, draws are independent: counts of strata from their own tilted
    distributions, kept when the windows are met, with the tilt undone by a second rejection.

    References
    ----------
    Diaconis, P. & Sturmfels, B. (1998). Algebraic algorithms for sampling from conditional distributions. Ann. Stat.
    26, 363-397. https://doi.org/10.1214/aos/1030563990

    Dobra, A., Tebaldi, C. & West, M. (2006). Data augmentation in multi-way contingency tables with fixed marginal
    totals. J. Stat. Plan. Inference 136, 355-372. https://doi.org/10.1016/j.jspi.2004.07.002

    Neal, R. M., Beal, M. J. & Roweis, S. T. (2004). Inferring state sequences for non-linear systems with embedded
    hidden Markov models. Advances in Neural Information Processing Systems 16, 401-408.

    Vehtari, A., Gelman, A., Simpson, D., Carpenter, B. & Bürkner, P.-C. (2021). Rank-normalization, folding, and
    localization: an improved R-hat. Bayesian Anal. 16, 667-718. https://doi.org/10.1214/20-BA1221

    Examples
    --------
    >>> import tempfile
    >>> from aibaro.published import small_survey
    >>> from aibaro.reconstruct import own_item
    >>> found = sample_tables(own_item(small_survey(tempfile.mkdtemp()), "use"), draws=20, starts=[[4, 15], [4, 15]])
    >>> sorted(set(map(tuple, found.counts.tolist())))
    [(4, 15)]
    """
    if measure not in MEASURES or draws < 1 or steps < 8:
        raise InputError(
            "not a measure and numbers of draws and steps",
            where="sample_tables",
            parameter="measure, draws, steps",
            expected=f"{' or '.join(MEASURES)}; at least 1; at least 8",
            got=f"{measure}, {draws}, {steps}",
        )
    problem = _Problem.of(system, members, measure)
    rng = np.random.default_rng(seed)
    blocks = problem.blocks()
    if blocks is None:
        counts = problem.independent(draws, rng)
        found = counts, "independent", 0, 1.0, float(draws)
    else:
        given = list(dict.fromkeys(tuple(int(x) for x in start) for start in starts))
        wrong = [start for start in given if problem.violated(start)]
        if not given or wrong:
            raise InputError(
                "chains need tables that meet print",
                where=system.name,
                parameter="starts",
                expected="one table or more, at best of different corners",
                got=f"{len(wrong)} that fail print" if wrong else "none",
            )
        found = _Chains(problem, blocks, rng).run(given, draws, steps)
    counts, method, chains, rhat, ess = found
    failing = {name for row in counts for name in problem.violated(row)}
    if failing:
        raise ConflictError(
            "a drawn table fails what is printed", where=system.name, got=", ".join(sorted(failing)[:3])
        )
    names = tuple(" × ".join(row) for row in system.design.labels.to_numpy().tolist())
    return TableSample(system.name, measure, counts, names, method, chains, rhat, ess)


@dataclass(frozen=True)
class _Problem:
    """Counts x_h of 0 to y_h, weights of the measure, and rows low <= Σ c_h x_h <= high."""

    system: ItemSystem
    design: Design
    members: IntArray
    measure: str
    matrix: FloatArray
    low: FloatArray
    high: FloatArray

    @classmethod
    def of(cls, system: ItemSystem, members: Sequence[int] | None, measure: str) -> _Problem:
        design = system.design
        inside = design.respondents.astype(np.int64) if members is None else np.asarray(members, dtype=np.int64)
        if not system.whole and members is None:
            raise InputError(
                "a base needs its members", where=system.name, parameter="members", expected="one a stratum"
            )
        rows = [row for row in _settled(system, inside) if row.coefficients]
        size = design.size
        matrix = np.zeros((len(rows), size))
        ends = np.array([[-np.inf, np.inf]] * len(rows)).reshape(len(rows), 2)
        for k, row in enumerate(rows):
            scale = max(abs(c) for c in row.coefficients.values())
            for h, c in row.coefficients.items():
                matrix[k, h] = float(c / scale)
            ends[k] = (
                -np.inf if row.lower is None else float(row.lower / scale) - _SLACK,
                np.inf if row.upper is None else float(row.upper / scale) + _SLACK,
            )
        return cls(system, design, inside, measure, matrix, ends[:, 0], ends[:, 1])

    @cached_property
    def _exact(self) -> tuple[object, ...]:
        return tuple(exact_rows(linear_rows(self.system)))

    def violated(self, counts: Sequence[int] | IntArray) -> tuple[str, ...]:
        """Statements that a table fails, in whole numbers."""
        table = [int(x) for x in counts]
        whole = table if self.system.whole else [*table, *map(int, self.members)]
        return violated(self.system, whole, self._exact)  # type: ignore[arg-type]

    def logs(self, h: int) -> FloatArray:
        """Log weight of each count of a stratum."""
        y = int(self.members[h])
        if self.measure == "tables":
            return np.zeros(y + 1)
        x = np.arange(y + 1)
        return np.asarray(special.gammaln(y + 1) - special.gammaln(x + 1) - special.gammaln(y - x + 1))

    def blocks(self) -> list[Mask] | None:
        """Strata by the levels of that variable, all printed, which leaves the fewest tuples; None for none."""
        best: tuple[int, list[Mask]] | None = None
        for variable in self.design.variables:
            levels = [share for share in self.system.shares if share.domain == variable]
            if {share.level for share in levels} != set(self.design.labels[variable]):
                continue
            masks = [share.strata for share in levels]
            work = max(self._grid(mask) for mask in masks)
            if work <= LARGEST_LIST and (best is None or work < best[0]):
                best = work, masks
        return None if best is None else best[1]

    def _grid(self, mask: Mask) -> int:
        sizes = sorted(int(self.members[h]) + 1 for h in mask)
        return math.prod(sizes[:-1])

    def independent(self, draws: int, rng: np.random.Generator) -> IntArray:
        """Draw whole tables by rejection."""
        logs = [self.logs(h) for h in range(self.design.size)]
        middle = np.where(np.isfinite(self.low + self.high), (self.low + self.high) / 2, 0.0)
        middle = np.where(np.isfinite(self.low) & ~np.isfinite(self.high), self.low, middle)
        middle = np.where(~np.isfinite(self.low) & np.isfinite(self.high), self.high, middle)
        tilt = _tilt([(log, np.arange(len(log))[:, None] * self.matrix[:, h]) for h, log in enumerate(logs)], middle)
        pmf = []
        for h, log in enumerate(logs):
            value = log + np.arange(len(log)) * float(self.matrix[:, h] @ tilt)
            p = np.exp(value - value.max())
            pmf.append(np.cumsum(p / p.sum()))
        # the tilt is undone: a table is kept by e^{-λ·m}, at most its largest value over the windows
        ends = np.where(tilt > 0, self.low, self.high)
        most = float(-np.where(tilt == 0, 0.0, tilt * np.where(np.isfinite(ends), ends, 0.0)).sum())
        kept: list[IntArray] = []
        for _ in range(4000):
            table = np.stack([np.searchsorted(c, rng.random(2000), side="right") for c in pmf], axis=1)
            sums = table @ self.matrix.T
            fits = ((sums >= self.low) & (sums <= self.high)).all(axis=1)
            keep = fits & (np.log(rng.random(len(table))) <= -(sums @ tilt) - most)
            kept += list(table[keep])
            if len(kept) >= draws:
                return np.array(kept[:draws], dtype=np.int64)
        raise ConflictError(
            "too few drawn tables meet what is printed", where=self.system.name, got=f"{len(kept)} of {draws}"
        )


def _settled(system: ItemSystem, members: IntArray) -> list[LinearRow]:
    """Rows of the item's counts once the members of the base are known; two-sided rows of one statement joined."""
    size = system.design.size
    joined: dict[tuple[tuple[int, object], ...], LinearRow] = {}
    for row in linear_rows(system):
        shift = sum(c * int(members[i - size]) for i, c in row.coefficients.items() if i >= size)
        own = {i: c for i, c in row.coefficients.items() if i < size}
        low = None if row.lower is None else row.lower - shift
        high = None if row.upper is None else row.upper - shift
        key = tuple(sorted(own.items()))
        old = joined.get(key)
        if old is not None:
            low = old.lower if low is None or (old.lower is not None and old.lower > low) else low
            high = old.upper if high is None or (old.upper is not None and old.upper < high) else high
        joined[key] = LinearRow(row.name, own, low, high)
    return list(joined.values())


def _tilt(parts: Sequence[tuple[FloatArray, FloatArray]], target: FloatArray) -> FloatArray:
    """Multipliers λ at which lists weighted by w exp(λ·m) have the wished sums on average."""
    from scipy import optimize

    means = [np.exp(log - special.logsumexp(log)) @ m for log, m in parts]
    scale = np.sqrt(
        sum(np.exp(log - special.logsumexp(log)) @ (m - mean) ** 2 for (log, m), mean in zip(parts, means, strict=True))
    )
    scale = np.where(scale > 0, scale, 1.0)

    def loss(tilt: FloatArray) -> tuple[float, FloatArray]:
        value, slope = -float(tilt @ (target / scale)), -target / scale
        for log, m in parts:
            tilted = log + (m / scale) @ tilt
            total = special.logsumexp(tilted)
            value += float(total)
            slope = slope + np.exp(tilted - total) @ (m / scale)
        # a trace of ridge, for rows that say the same
        return value + 1e-6 * float(tilt @ tilt), slope + 2e-6 * tilt

    solved = optimize.minimize(loss, np.zeros(len(target)), jac=True, method="L-BFGS-B")
    return np.asarray(solved.x / scale, dtype=float)


@dataclass(frozen=True)
class _List:
    """All tuples of one level that meet its own figures, their weights, and what they add to the windows."""

    strata: Mask
    tuples: IntArray
    log: FloatArray
    sums: FloatArray
    cumulated: FloatArray
    weight: FloatArray
    order: IntArray


class _Chains:
    """Chains over tuples of levels."""

    def __init__(self, problem: _Problem, blocks: list[Mask], rng: np.random.Generator) -> None:
        self.problem, self.rng = problem, rng
        inside = [set(mask) for mask in blocks]
        support = [set(np.flatnonzero(row)) for row in problem.matrix]
        self.windows = np.array([k for k, s in enumerate(support) if not any(s <= mask for mask in inside)], dtype=int)
        self.low, self.high = problem.low[self.windows], problem.high[self.windows]
        found = [self._enumerated(mask, [k for k, s in enumerate(support) if s <= set(mask)]) for mask in blocks]
        middle = (self.low + self.high) / 2
        self.tilt = _tilt([(log, sums) for _, log, sums in found], middle) if len(self.windows) else np.zeros(0)
        self.lists = [self._list(mask, *own) for mask, own in zip(blocks, found, strict=True)]
        spread = np.sqrt(sum(own.sums.var(axis=0) for own in self.lists)) if len(self.windows) else np.ones(1)
        width = (self.high - self.low) / np.where(spread > 0, spread, 1e-12) if len(self.windows) else np.ones(1)
        self.narrow = int(np.argmin(width))

    def _enumerated(self, mask: Mask, rows: list[int]) -> tuple[IntArray, FloatArray, FloatArray]:
        """All tuples that meet the level's own rows, with log weights and contributions to the windows."""
        problem = self.problem
        order = sorted(mask, key=lambda h: int(problem.members[h]))
        head, last = order[:-1], order[-1]
        grids = np.meshgrid(*(np.arange(int(problem.members[h]) + 1) for h in head), indexing="ij")
        grid = np.stack([g.ravel() for g in grids], axis=1) if head else np.zeros((1, 0), dtype=np.int64)
        low, high = np.zeros(len(grid)), np.full(len(grid), float(problem.members[last]))
        for k in rows:
            rest, c = grid @ problem.matrix[k, head], problem.matrix[k, last]
            if c == 0:
                fits = (rest >= problem.low[k]) & (rest <= problem.high[k])
                low = np.where(fits, low, 1.0)
                high = np.where(fits, high, 0.0)
                continue
            ends = (problem.low[k] - rest) / c, (problem.high[k] - rest) / c
            low = np.maximum(low, np.ceil(np.minimum(*ends) - _SLACK))
            high = np.minimum(high, np.floor(np.maximum(*ends) + _SLACK))
        lengths = np.maximum(high - low + 1, 0).astype(np.int64)
        place = np.repeat(np.arange(len(grid)), lengths)
        step = np.arange(len(place)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        own = np.concatenate([grid[place], (low[place].astype(np.int64) + step)[:, None]], axis=1).astype(np.int64)
        # back to the order of the level's strata
        tuples = own[:, [order.index(h) for h in mask]]
        if not len(tuples):
            raise ConflictError("no counts of a level meet what is printed", where=problem.system.name)
        log = np.zeros(len(tuples))
        for j, h in enumerate(mask):
            log += problem.logs(h)[tuples[:, j]]
        columns = problem.matrix[self.windows][:, list(mask)]
        return tuples, log, tuples @ columns.T

    def _list(self, mask: Mask, tuples: IntArray, log: FloatArray, sums: FloatArray) -> _List:
        tilted = log + sums @ self.tilt
        tilted -= special.logsumexp(tilted)
        p = np.cumsum(np.exp(tilted))
        density = np.logaddexp(tilted, -math.log(len(tuples))) - math.log(2)
        return _List(mask, tuples, log, sums, p / p[-1], log - density, np.arange(len(tuples)))

    def run(self, starts: list[tuple[int, ...]], draws: int, steps: int) -> tuple[IntArray, str, int, float, float]:
        """Run the chains; keep draws spread evenly over what is left after the first quarter."""
        chains = max(4, len(starts))
        traces, watched = [], []
        for k in range(chains):
            states = self._chain(starts[k % len(starts)], steps)
            states = states[steps // 4 :]
            traces.append(states)
            watched.append(_watched(self.problem, states))
        rhat, ess = diagnostics(np.stack(watched))
        each = -(-draws // chains)
        kept = [trace[np.linspace(0, len(trace) - 1, each).astype(int)] for trace in traces]
        return np.concatenate(kept)[:draws], "chains", chains, rhat, ess

    def _chain(self, start: tuple[int, ...], steps: int) -> IntArray:
        """One chain; every step goes through the levels in a random order, two groups of one or two at a time."""
        state = np.array(start, dtype=np.int64)
        place = [int(np.flatnonzero((own.tuples == state[list(own.strata)]).all(axis=1))[0]) for own in self.lists]
        levels = len(self.lists)
        trace = np.empty((steps, len(state)), dtype=np.int64)
        for step in range(steps):
            order = self.rng.permutation(levels).tolist()
            if levels == 1:
                self._alone(place)
            while len(order) > 1:
                # one level or two on either side: a short list moves together with a long one
                sizes = self.rng.integers(1, 3, size=2)
                first, second, order = order[: sizes[0]], order[sizes[0] : sizes.sum()], order[sizes.sum() :]
                if second:
                    self._move(place, first, second)
            for own, k in zip(self.lists, place, strict=True):
                state[list(own.strata)] = own.tuples[k]
            trace[step] = state
        return trace

    def _alone(self, place: list[int]) -> None:
        """Draw the tuple of an only level."""
        own = self.lists[0]
        fits = np.flatnonzero(((own.sums >= self.low) & (own.sums <= self.high)).all(axis=1))
        p = np.cumsum(np.exp(own.log[fits] - own.log[fits].max()))
        place[0] = int(fits[np.searchsorted(p, self.rng.random() * p[-1], side="right")])

    def _move(self, place: list[int], first: list[int], second: list[int]) -> None:
        """Draw the tuples of two groups of levels from a pool of each, by the measure, among those that fit."""
        rest = np.zeros(len(self.windows))
        for i, (own, k) in enumerate(zip(self.lists, place, strict=True)):
            if i not in {*first, *second}:
                rest = rest + own.sums[k]
        a, a_sums, a_log = self._pool(first, place)
        b, b_sums, b_log = self._pool(second, place)
        left, right = self._joined(a_sums, b_sums, rest)
        log = a_log[left] + b_log[right]
        p = np.cumsum(np.exp(log - log.max()))
        chosen = int(np.searchsorted(p, self.rng.random() * p[-1], side="right"))
        for levels, places, k in ((first, a, left[chosen]), (second, b, right[chosen])):
            for level, own_places in zip(levels, places, strict=True):
                place[level] = int(own_places[k])

    def _pool(self, levels: list[int], place: list[int]) -> tuple[list[IntArray], FloatArray, FloatArray]:
        """Places of tuples to choose from, one array a level, with their sums and log weights.

        The whole list of one level where it is short; else independent draws stand beside the present tuples, half of
        them likely ones and half any, as a chain in a corner needs; weighted by w over the density of the draws the
        choice leaves the measure unchanged.
        """
        if len(levels) == 1 and len(self.lists[levels[0]].tuples) <= POOL:
            own = self.lists[levels[0]]
            return [own.order], own.sums, own.log
        places, sums, log = list[IntArray](), np.zeros((POOL + 1, len(self.windows))), np.zeros(POOL + 1)
        for level in levels:
            own = self.lists[level]
            likely = np.searchsorted(own.cumulated, self.rng.random(POOL), side="right")
            anywhere = self.rng.integers(len(own.tuples), size=POOL)
            drawn = np.where(self.rng.random(POOL) < 0.5, likely, anywhere)
            found = np.concatenate([[place[level]], drawn]).astype(np.int64)
            places.append(found)
            sums, log = sums + own.sums[found], log + own.weight[found]
        return places, sums, log

    def _joined(self, a: FloatArray, b: FloatArray, rest: FloatArray) -> tuple[IntArray, IntArray]:
        """All pairs whose sums, with the rest, meet every window."""
        if not len(self.windows):
            return np.repeat(np.arange(len(a)), len(b)), np.tile(np.arange(len(b)), len(a))
        low, high, k = self.low - rest, self.high - rest, self.narrow
        order = np.argsort(b[:, k], kind="stable")
        column = b[order, k]
        start = np.searchsorted(column, low[k] - a[:, k], side="left")
        stop = np.searchsorted(column, high[k] - a[:, k], side="right")
        lengths = stop - start
        left = np.repeat(np.arange(len(a)), lengths)
        right = order[np.arange(len(left)) - np.repeat(np.cumsum(lengths) - lengths - start, lengths)]
        for other in range(len(self.windows)):
            if other != k:
                total = a[left, other] + b[right, other]
                fits = (total >= low[other]) & (total <= high[other])
                left, right = left[fits], right[fits]
        return left, right


def _watched(problem: _Problem, states: IntArray) -> FloatArray:
    """What the chains are compared by: the variance of every printed share, and the counts of the largest strata."""
    design = problem.design
    y = problem.members.astype(float)
    rate = states / np.where(y > 0, y, 1)
    factor = design.weights**2 * (1 - design.fractions) * design.respondents / np.maximum(design.respondents - 1, 1)
    own = factor * design.respondents * rate * (1 - rate)
    columns = [own[:, list(share.strata)].sum(axis=1) for share in problem.system.shares]
    largest = np.argsort(-design.population, kind="stable")[:4]
    columns += [states[:, h].astype(float) for h in largest]
    return np.stack(columns, axis=1)


def diagnostics(watched: FloatArray) -> tuple[float, float]:
    """Largest split R-hat and smallest effective number of draws of several quantities.

    Parameters
    ----------
    watched : numpy.ndarray of float, shape (chains, draws, quantities)
        Values along the chains.

    Returns
    -------
    tuple of float
        R-hat and effective draws; a quantity that never moves counts as agreed upon.
    """
    chains, length, quantities = watched.shape
    half = length // 2
    split = np.concatenate([watched[:, :half], watched[:, length - half :]])
    within, means = split.var(axis=1, ddof=1), split.mean(axis=1)
    flat = split.reshape(-1, quantities)
    # relative: the standard deviation of a constant in the thousands is no zero in floating point
    moving = np.ptp(flat, axis=0) > 1e-9 * np.maximum(np.abs(flat).max(axis=0), 1e-300)
    if not moving.any():
        return 1.0, float(chains * length)
    w = within.mean(axis=0)
    total = (half - 1) / half * w + means.var(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rhat = np.sqrt(total / w)[moving]
    rhat = np.where(np.isfinite(rhat), rhat, np.inf)
    ess = [_effective(split[:, :, k], float(total[k])) for k in np.flatnonzero(moving)]
    return float(rhat.max()), float(min(ess))


def _effective(split: FloatArray, total: float) -> float:
    """Geyer's initial monotone sequence over several chains (Vehtari et al. 2021, section 3)."""
    chains, length = split.shape
    centred = split - split.mean(axis=1, keepdims=True)
    size = 1 << (2 * length - 1).bit_length()
    spectrum = np.fft.rfft(centred, size, axis=1)
    autocovariance = np.fft.irfft(np.abs(spectrum) ** 2, size, axis=1)[:, :length].mean(axis=0) / length
    within = autocovariance[0] * length / (length - 1)
    rho = 1 - (within - autocovariance) / total if total > 0 else np.zeros(length)
    rho[0] = 1.0
    pairs = rho[: length // 2 * 2].reshape(-1, 2).sum(axis=1)
    stop = int(np.argmax(pairs < 0)) if (pairs < 0).any() else len(pairs)
    time = -1 + 2 * float(np.minimum.accumulate(pairs[:stop]).sum())
    return float(chains * length / max(time, 1 / math.log10(max(chains * length, 10))))
