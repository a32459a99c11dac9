"""How typical is a bound?  Tables of counts drawn from all that print allows, under a stated reference measure."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import special

from aibaro._arrays import FloatArray, IntArray
from aibaro.design import Design
from aibaro.errors import ConflictError, InputError, IntegrityError
from aibaro.reconstruct.items import ItemSystem, Mask
from aibaro.reconstruct.program import IntegerRow, LinearRow, exact_rows, linear_rows, violated
from aibaro.results import Result

MEASURES = ("answers", "tables")
# tuples of counts that the strata of one level may have together
LARGEST_LIST = 2_000_000
# chains disagree beyond this split R-hat, and say little below so many effective draws
LARGEST_RHAT, LEAST_ESS = 1.05, 100.0
# draws of either half of the levels: doubled from the first until so many pairs of them meet print, up to the last
POOL, LARGEST_POOL, FITS = 8, 65_536, 100
_SLACK = 1e-9
# tables tried at once, and how often, where all draws are independent
_AT_ONCE, _TRIES = 100_000, 400
# windows by which the pairs of two pools are found, and odd factors that make one number of their boxes
_BOXED, _HASH = 3, np.array([1, 0x9E3779B97F4A7C15 - 2**64, 0x632BE59BD9B4E019], dtype=np.int64)


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
        return chains_agree(self.chains, self.rhat, self.ess)

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


def chains_agree(chains: int, rhat: float, ess: float) -> bool:
    """Tell whether chains agree well enough for a share of their draws to be said.

    Parameters
    ----------
    chains : int
        Number of chains; 0 for independent draws, which need not agree.
    rhat : float
        Largest split R-hat of what was watched.
    ess : float
        Smallest effective number of draws.

    Returns
    -------
    bool
        True for R-hat of at most 1.05 and at least 100 effective draws.

    Notes
    -----
    R-hat is sqrt(((n - 1)/n W + V)/W), W the variance within half chains of length n, V that of their means.
    1.01 is asked for where ends of intervals are estimated; a share of some hundred tables is coarser.

    References
    ----------
    Vehtari, A., Gelman, A., Simpson, D., Carpenter, B. & Bürkner, P.-C. (2021). Rank-normalization, folding, and
    localization: an improved R-hat. Bayesian Anal. 16, 667-718. https://doi.org/10.1214/20-BA1221

    Examples
    --------
    >>> chains_agree(4, 1.03, 143.0), chains_agree(4, 1.2, 143.0), chains_agree(0, 1.0, 20.0)
    (True, False, True)
    """
    return not chains or (rhat <= LARGEST_RHAT and ess >= LEAST_ESS)


def sample_tables(
    system: ItemSystem,
    *,
    draws: int = 100,
    measure: str = "answers",
    starts: Sequence[Sequence[int]] = (),
    steps: int = 200,
    seed: int = 0,
    members: Sequence[int] | IntArray | None = None,
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
    members : sequence of int or numpy.ndarray of int, shape (draws, H), optional
        Respondents of the base in each stratum; all respondents for an item asked of everybody.  Of an item that is
        printed over all strata alone, one row a draw: a table is drawn given each.

    Returns
    -------
    TableSample
        The draws, each verified exactly.

    Raises
    ------
    InputError
        For an unknown measure, chains without a start, starts that fail print, more draws than the chains have states,
        or several sets of members where margins are printed.
    ConflictError
        When too few tables are found.
    IntegrityError
        When a drawn table fails print in whole numbers, which is a fault of the sampler.

    Notes
    -----
    *Where only figures of all strata are printed*, draws are independent: counts of strata from their own tilted
    distributions, kept when the figures are met, with the tilt undone by a second rejection.

    *Else* strata are put into groups: all tuples of counts of a level that meet its own figure are listed where that
    is possible, other strata stand alone.  What ties the groups (other margins, the total, a printed number of
    respondents) are a few windows.  A step divides the groups at random into two halves and draws a pool of each,
    every group by itself with density ∝ w(s) exp(λ·m(s)), w the measure, m what a tuple adds to the windows, and λ
    such that the windows are met on average; the present half stands beside the draws.  Of all pairs of the two pools
    that meet every window one is taken with probability ∝ exp(-λ·m), which undoes the tilt.  So the measure stays as
    it is (Neal's embedded sampler), and where many pairs fit, every step redraws the whole table: a corner is left
    at once.  Moves of a few strata at a time hardly ever stay in all windows.

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
    if not system.whole and members is None:
        raise InputError("a base needs its members", where=system.name, parameter="members", expected="one a stratum")
    inside = np.atleast_2d(np.asarray(system.design.respondents if members is None else members, dtype=np.int64))
    alone = all(len(share.strata) == system.design.size for share in system.shares)
    if not alone and len(inside) > 1:
        raise InputError(
            "tables for several sets of members are drawn of items that are printed over all strata alone",
            where=system.name,
            parameter="members",
            expected="one set",
            got=str(len(inside)),
        )
    if alone and len(inside) == 1:
        inside = np.repeat(inside, draws, axis=0)
    problem = _Problem.of(system, inside, measure)
    # items with one seed have draws of their own
    rng = np.random.default_rng([seed, *f"{system.item}@{system.base}".encode()])
    if alone:
        found = problem.independent(rng), "independent", 0, 1.0, float(len(problem.members))
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
        found = _Chains(problem, rng).run(given, draws, steps)
    counts, method, chains, rhat, ess = found
    own = np.arange(len(counts)) if alone else np.zeros(len(counts), dtype=int)
    failing = {name for row, k in zip(counts, own.tolist(), strict=True) for name in problem.violated(row, k)}
    if failing:
        raise IntegrityError(
            "a drawn table fails what is printed", where=system.name, got=", ".join(sorted(failing)[:3])
        )
    names = tuple(" × ".join(row) for row in system.design.labels.to_numpy().tolist())
    return TableSample(system.name, measure, counts, names, method, chains, rhat, ess)


@dataclass(frozen=True)
class _Problem:
    """Counts x_h of 0 to y_h, weights of the measure, and rows low <= Σ c_h x_h <= high; y, low, high for each draw."""

    system: ItemSystem
    design: Design
    members: IntArray
    measure: str
    matrix: FloatArray
    low: FloatArray
    high: FloatArray

    @classmethod
    def of(cls, system: ItemSystem, inside: IntArray, measure: str) -> _Problem:
        design, size = system.design, system.design.size
        # rows about the same sum of the item's counts are one; what they add of the members is known
        joined: dict[tuple[tuple[int, Fraction], ...], list[LinearRow]] = {}
        for row in linear_rows(system):
            own = tuple(sorted((i, c) for i, c in row.coefficients.items() if i < size))
            joined.setdefault(own, []).append(row)
        joined.pop((), None)
        matrix = np.zeros((len(joined), size))
        low, high = (np.full((len(inside), len(joined)), end) for end in (-np.inf, np.inf))
        for k, (own, rows) in enumerate(joined.items()):
            scale = max(abs(c) for _, c in own)
            for h, c in own:
                matrix[k, h] = float(c / scale)
            for row in rows:
                added = np.zeros(size)
                for i, c in row.coefficients.items():
                    if i >= size:
                        added[i - size] = float(c / scale)
                shift = inside @ added
                if row.lower is not None:
                    low[:, k] = np.maximum(low[:, k], float(row.lower / scale) - shift - _SLACK)
                if row.upper is not None:
                    high[:, k] = np.minimum(high[:, k], float(row.upper / scale) - shift + _SLACK)
        # what print leaves open on one side ends where nobody, or everybody, has the item
        low = np.maximum(low, inside @ np.minimum(matrix, 0.0).T - _SLACK)
        high = np.minimum(high, inside @ np.maximum(matrix, 0.0).T + _SLACK)
        return cls(system, design, inside, measure, matrix, low, high)

    @cached_property
    def _exact(self) -> tuple[IntegerRow, ...]:
        return tuple(exact_rows(linear_rows(self.system)))

    def violated(self, counts: Sequence[int] | IntArray, draw: int = 0) -> tuple[str, ...]:
        """Statements that a table fails, in whole numbers."""
        table = [int(x) for x in counts]
        whole = table if self.system.whole else [*table, *map(int, self.members[draw])]
        return violated(self.system, whole, self._exact)

    def logs(self, h: int, most: int | None = None) -> FloatArray:
        """Log weight of each count of a stratum, up to a largest one: one row a draw."""
        y = self.members[:, h, None]
        x = np.arange((int(y.max()) if most is None else most) + 1)
        with np.errstate(invalid="ignore"):
            own = special.gammaln(y + 1) - special.gammaln(x + 1) - special.gammaln(np.maximum(y - x, 0) + 1)
        return np.where(x <= y, own if self.measure == "answers" else 0.0, -np.inf)

    def groups(self) -> list[Mask]:
        """Strata by the levels of that variable which leaves the fewest windows; a level too long to list in strata."""
        found = []
        for variable in self.design.variables:
            levels = [share.strata for share in self.system.shares if share.domain == variable]
            listed = [mask for mask in dict.fromkeys(levels) if self._grid(mask) <= LARGEST_LIST]
            work = sum(self._grid(mask) for mask in listed)
            alone = set(range(self.design.size)) - {h for mask in listed for h in mask}
            found.append((-len(listed), work, [*listed, *((h,) for h in sorted(alone))]))
        return min(found)[2]

    def _grid(self, mask: Mask) -> int:
        sizes = sorted(int(self.members[0, h]) + 1 for h in mask)
        return math.prod(sizes[:-1])

    def independent(self, rng: np.random.Generator) -> IntArray:
        """Draw a whole table for each row of members by rejection."""
        rows, size = self.members.shape
        most = int(self.members.max())
        logs = np.stack([self.logs(h, most) for h in range(size)], axis=1)
        tilt = self._tilts(logs)
        pmf = _law(logs + np.arange(most + 1) * (tilt @ self.matrix)[:, :, None])
        # one cumulated list for all rows and strata: each between its number and the next
        cumulated = (
            np.minimum(pmf.cumsum(axis=2), 1.0).reshape(rows * size, -1) + np.arange(rows * size)[:, None]
        ).ravel()
        # the tilt is undone: a table is kept by e^{-λ·m}, at most its largest value over the windows
        ends = np.where(tilt > 0, self.low, self.high)
        largest = -(tilt * ends).sum(axis=1)
        found, open_rows = np.zeros((rows, size), dtype=np.int64), np.arange(rows)
        for _ in range(_TRIES):
            each = -(-_AT_ONCE // len(open_rows))
            at = np.repeat(open_rows, each)
            cells = at[:, None] * size + np.arange(size)
            place = np.searchsorted(cumulated, cells + rng.random(cells.shape), side="right")
            table = np.minimum(place - cells * (most + 1), self.members[at])
            sums = table @ self.matrix.T
            fits = ((sums >= self.low[at]) & (sums <= self.high[at])).all(axis=1)
            keep = fits & (np.log(rng.random(len(table))) <= -(sums * tilt[at]).sum(axis=1) - largest[at])
            done, first = np.unique(at[keep], return_index=True)
            found[done] = table[keep][first]
            open_rows = np.setdiff1d(open_rows, done)
            if not len(open_rows):
                return found
        raise ConflictError(
            "too few drawn tables meet what is printed",
            where=self.system.name,
            got=f"{rows - len(open_rows)} of {rows}",
        )

    def _tilts(self, logs: FloatArray) -> FloatArray:
        """Multipliers λ, a row a draw, at which the windows' middles are met on average, by Newton's method."""
        target = (self.low + self.high) / 2
        x = np.arange(logs.shape[2])
        tilt = np.zeros_like(target)
        for _ in range(12):
            law = _law(logs + x * (tilt @ self.matrix)[:, :, None])
            mean = law @ x
            variance = np.maximum(law @ x**2 - mean**2, 0.0)
            slope = np.einsum("kh,dh,lh->dkl", self.matrix, variance, self.matrix)
            room = 1e-9 * (1.0 + np.trace(slope, axis1=1, axis2=2))
            slope += room[:, None, None] * np.eye(len(self.matrix))
            step = np.linalg.solve(slope, (target - mean @ self.matrix.T)[:, :, None])[:, :, 0]
            # no step of a count's log odds beyond 2
            far = np.abs(step @ self.matrix).max(axis=1, keepdims=True)
            tilt += step * np.minimum(1.0, 2.0 / np.maximum(far, 1e-12))
        return tilt


def _law(logs: FloatArray) -> FloatArray:
    p = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return np.asarray(p / p.sum(axis=-1, keepdims=True))


def _tilt(parts: Sequence[tuple[FloatArray, FloatArray]], low: FloatArray, high: FloatArray) -> FloatArray:
    """Multipliers λ at which lists weighted by w exp(λ·m) have sums within the windows on average.

    Notes
    -----
    Of all laws whose mean lies in the windows that nearest to w in Kullback-Leibler divergence: λ minimises
    Σ log Σ w exp(λ·m) - min over the windows of λ·t, which is smooth in the parts of λ above and below zero.
    """
    from scipy import optimize

    means = [np.exp(log - special.logsumexp(log)) @ m for log, m in parts]
    scale = np.sqrt(
        sum(np.exp(log - special.logsumexp(log)) @ (m - mean) ** 2 for (log, m), mean in zip(parts, means, strict=True))
    )
    scale = np.where(scale > 0, scale, 1.0)
    ends = np.concatenate([low / scale, high / -scale])
    # sums are taken from their mean: large values of λ·m would cancel
    centred = [(log, (m - mean) / scale) for (log, m), mean in zip(parts, means, strict=True)]
    whole = sum(means, np.zeros(len(low))) / scale
    ends -= np.concatenate([whole, -whole])

    def loss(sides: FloatArray) -> tuple[float, FloatArray]:
        tilt = sides[: len(low)] - sides[len(low) :]
        value, slope = 0.0, np.zeros(len(low))
        for log, m in centred:
            tilted = log + m @ tilt
            total = special.logsumexp(tilted)
            value += float(total)
            slope += np.exp(tilted - total) @ m
        # a trace of ridge, for rows that say the same
        slope = np.concatenate([slope, -slope]) - ends + 2e-6 * sides
        return value - float(sides @ ends) + 1e-6 * float(sides @ sides), slope

    sides = optimize.minimize(
        loss, np.zeros(2 * len(low)), jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * 2 * len(low)
    ).x
    return np.asarray((sides[: len(low)] - sides[len(low) :]) / scale, dtype=float)


@dataclass(frozen=True, slots=True)
class _List:
    """All tuples of a group that meet its own figures, what they add to the windows, and the tilted law, cumulated."""

    strata: Mask
    tuples: IntArray
    sums: FloatArray
    cumulated: FloatArray


class _Chains:
    """Chains over tuples of groups of strata."""

    def __init__(self, problem: _Problem, rng: np.random.Generator) -> None:
        self.problem, self.rng = problem, rng
        groups = problem.groups()
        inside = [set(mask) for mask in groups]
        support = [set(np.flatnonzero(row)) for row in problem.matrix]
        self.windows = np.array([k for k, s in enumerate(support) if not any(s <= mask for mask in inside)], dtype=int)
        self.low, self.high = problem.low[0, self.windows], problem.high[0, self.windows]
        found = [self._enumerated(mask, [k for k, s in enumerate(support) if s <= set(mask)]) for mask in groups]
        self.tilt = _tilt([(log, sums) for _, log, sums in found], self.low, self.high)
        self.lists = [self._list(mask, *own) for mask, own in zip(groups, found, strict=True)]
        self.pool, self.order = self._pool_size()

    def _enumerated(self, mask: Mask, rows: list[int]) -> tuple[IntArray, FloatArray, FloatArray]:
        """All tuples that meet the level's own rows, with log weights and contributions to the windows."""
        problem = self.problem
        order = sorted(mask, key=lambda h: int(problem.members[0, h]))
        head, last = order[:-1], order[-1]
        grids = np.meshgrid(*(np.arange(int(problem.members[0, h]) + 1) for h in head), indexing="ij")
        grid = np.stack([g.ravel() for g in grids], axis=1) if head else np.zeros((1, 0), dtype=np.int64)
        low, high = np.zeros(len(grid)), np.full(len(grid), float(problem.members[0, last]))
        for k in rows:
            rest, c = grid @ problem.matrix[k, head], problem.matrix[k, last]
            if c == 0:
                fits = (rest >= problem.low[0, k]) & (rest <= problem.high[0, k])
                low = np.where(fits, low, 1.0)
                high = np.where(fits, high, 0.0)
                continue
            ends = (problem.low[0, k] - rest) / c, (problem.high[0, k] - rest) / c
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
            log += problem.logs(h)[0, tuples[:, j]]
        columns = problem.matrix[self.windows][:, list(mask)]
        return tuples, log, tuples @ columns.T

    def _list(self, mask: Mask, tuples: IntArray, log: FloatArray, sums: FloatArray) -> _List:
        tilted = log + sums @ self.tilt
        p = np.cumsum(np.exp(tilted - tilted.max()))
        return _List(mask, tuples, sums, p / p[-1])

    def _pool_size(self) -> tuple[int, IntArray]:
        """Find how long pools must be for enough pairs to fit, and the windows from that which fits least often."""
        windows, size = len(self.windows), POOL
        order = np.arange(windows)
        while True:
            first, second = self._halves()
            a, b = (self._draw(half, size)[1] for half in (first, second))
            if windows:
                total = a + b[self.rng.permutation(size)]
                order = np.argsort(((total >= self.low) & (total <= self.high)).mean(axis=0), kind="stable")
            self.order = order
            if size >= LARGEST_POOL or len(self._joined(a, b)[0]) >= FITS:
                return size, order
            size *= 2

    def _halves(self) -> tuple[list[int], list[int]]:
        shuffled = self.rng.permutation(len(self.lists)).tolist()
        half = (len(shuffled) + 1) // 2
        return shuffled[:half], shuffled[half:]

    def _draw(self, groups: list[int], size: int) -> tuple[IntArray, FloatArray]:
        """Independent draws: places in the lists of some groups, one column each, and what they add to the windows."""
        places, sums = np.zeros((size, len(groups)), dtype=np.int64), np.zeros((size, len(self.windows)))
        for j, k in enumerate(groups):
            own = self.lists[k]
            places[:, j] = np.searchsorted(own.cumulated, self.rng.random(size), side="right")
            sums += own.sums[places[:, j]]
        return places, sums

    def run(self, starts: list[tuple[int, ...]], draws: int, steps: int) -> tuple[IntArray, str, int, float, float]:
        """Run the chains; keep draws spread evenly over what is left after the first quarter."""
        chains = max(4, len(starts))
        states = chains * (steps - steps // 4)
        if draws > states:
            raise InputError(
                "more draws than states of the chains",
                where=self.problem.system.name,
                parameter="draws",
                expected=f"at most {states:,}: {chains} chains of {steps:,} steps, without the first quarter",
                got=f"{draws:,}",
                hint="more steps",
            )
        traces, watched = [], []
        for k in range(chains):
            traces.append(self._chain(starts[k % len(starts)], steps)[steps // 4 :])
            watched.append(_watched(self.problem, traces[-1]))
        rhat, ess = diagnostics(np.stack(watched))
        each = -(-draws // chains)
        kept = [trace[np.linspace(0, len(trace) - 1, each).astype(int)] for trace in traces]
        return np.concatenate(kept)[:draws], "chains", chains, rhat, ess

    def _chain(self, start: tuple[int, ...], steps: int) -> IntArray:
        """One chain; every step may redraw the whole table."""
        state = np.array(start, dtype=np.int64)
        place = np.array([np.flatnonzero((own.tuples == state[list(own.strata)]).all(axis=1))[0] for own in self.lists])
        trace = np.empty((steps, len(state)), dtype=np.int64)
        for step in range(steps):
            self._move(place)
            for own, k in zip(self.lists, place.tolist(), strict=True):
                state[list(own.strata)] = own.tuples[k]
            trace[step] = state
        return trace

    def _move(self, place: IntArray) -> None:
        """Draw both halves of the groups from a pool of each, by the measure, among the pairs that fit."""
        halves = self._halves()
        pools = []
        for half in halves:
            places, sums = self._draw(half, self.pool)
            present = sum((self.lists[k].sums[place[k]] for k in half), np.zeros(len(self.windows)))
            pools.append((np.vstack([place[half], places]), np.vstack([present, sums])))
        (a, a_sums), (b, b_sums) = pools
        left, right, p = self._pairs(a_sums, b_sums)
        steps = p.cumsum()
        chosen = int(np.searchsorted(steps, self.rng.random() * steps[-1], side="right"))
        place[halves[0]], place[halves[1]] = a[left[chosen]], b[right[chosen]]

    def _pairs(self, a: FloatArray, b: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
        """All pairs of two pools that meet every window, and how likely each is taken: the tilt is undone.

        Notes
        -----
        With x the present pair, X and Y the tuples of the pools, P(x, pools) P(x → y) = Π ρ(X) Π ρ(Y) W(x) W(y) / Σ W,
        W = w/ρ ∝ exp(-λ·m), which is the same from y to x: every step is in detailed balance with the measure.
        """
        left, right = self._joined(a, b)
        log = -(a[left] + b[right]) @ self.tilt
        return left, right, _law(log)

    def _joined(self, a: FloatArray, b: FloatArray) -> tuple[IntArray, IntArray]:
        """All pairs whose sums meet every window."""
        if not len(self.windows):
            return np.repeat(np.arange(len(a)), len(b)), np.tile(np.arange(len(b)), len(a))
        # boxes as wide as the narrowest windows: what fits stands in the same box of a row or the next
        keys = self.order[:_BOXED]
        width = np.maximum(self.high - self.low, 1e-6)[keys]
        boxes = np.floor(b[:, keys] / width).astype(np.int64) @ _HASH[: len(keys)]
        order = np.argsort(boxes, kind="stable")
        boxes = boxes[order]
        nearest = np.floor((self.low - a)[:, keys] / width).astype(np.int64)
        found = []
        for corner in itertools.product((0, 1), repeat=len(keys)):
            box = (nearest + corner) @ _HASH[: len(keys)]
            start = np.searchsorted(boxes, box, side="left")
            lengths = np.searchsorted(boxes, box, side="right") - start
            left = np.repeat(np.arange(len(a)), lengths)
            right = order[np.arange(len(left)) - np.repeat(np.cumsum(lengths) - lengths - start, lengths)]
            total = a[left] + b[right]
            fits = ((total >= self.low) & (total <= self.high)).all(axis=1)
            found.append((left[fits], right[fits]))
        return np.concatenate([left for left, _ in found]), np.concatenate([right for _, right in found])


def _watched(problem: _Problem, states: IntArray) -> FloatArray:
    """What the chains are compared by: the variance of every printed share, and the counts of the largest strata."""
    design = problem.design
    y = problem.members[0].astype(float)
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
