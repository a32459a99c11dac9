"""Which whole counts come close to an end of the variance?  Listed counts, drawn towards it and joined; no bound.

Groups of strata have listed counts; what ties the groups are a few windows (figures that cross them).  Of all laws
that draw each group by itself and meet the windows on average, that of largest entropy with a given mean of the
variance is a tilt of the lists.  Sums of drawn counts of the groups are joined where they meet every window.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from aibaro._arrays import FloatArray, IntArray
from aibaro.reconstruct._blocks import WHOLE, CountBlock, all_pairs, crossing, with_single
from aibaro.reconstruct._dual import DualBounds
from aibaro.reconstruct._relaxation import stratum_points
from aibaro.reconstruct.items import ItemSystem, Mask, PrintedShare
from aibaro.reconstruct.program import exact_rows, linear_rows, violated
from aibaro.reconstruct.share_variance import variance_factors

# how much a variance counts against the number of tables, in turn: by e^100 for all of it, then more
SHARPNESS = (100.0, 400.0, 1600.0, 6400.0)
# the same in a small part of what print allows
NARROW = SHARPNESS[1:3]
# counts of a group that the law is fitted on and drawn from, draws of a group, and of a quarter of the groups
LISTED, DRAWN, QUARTER = 50_000, 20_000, 200_000
# tries to draw counts whose last stratum meets the group's own share
TRIES = 8
# pairs of two quarters that are kept, pairs of halves that are looked at, tables of a join, joins at each sharpness
PAIRS, CANDIDATES, JOINED, JOINS = 500_000, 3_000_000, 200_000, 2
# part of a window within which means are held, rounds of Newton's method, and the decrement at which it ends
HELD, NEWTON, SMALL = 0.6, 30, 1e-3
# respondents by which counts outside the domain differ from their means, about
NEAR = 3.0
# times that the law is fitted, and strata outside the domain gathered, at each sharpness
FITS = 3
# tables that are verified in whole numbers, the best first
VERIFIED = 200
# windows are widened by this part of their width before that
WIDENED = 1e-9
# standard deviations that hold most of a sum
WIDE = 2.5


class Windows(NamedTuple):
    """Sums that tie groups: low <= matrix @ counts <= high."""

    matrix: FloatArray
    low: FloatArray
    high: FloatArray


class _Law(NamedTuple):
    """A tilted list: probability of each tuple, of each pair given its key, and moments of x, then y."""

    tuples: FloatArray
    pairs: tuple[FloatArray, ...]
    mean: FloatArray
    covariance: FloatArray


def table_towards(
    system: ItemSystem,
    share: PrintedShare,
    sense: str,
    blocks: Sequence[CountBlock],
    reached: float,
    *,
    sharpness: Sequence[float] = SHARPNESS,
) -> tuple[int, ...] | None:
    """Find counts whose variance in a domain is near its end.

    Parameters
    ----------
    system : ItemSystem
        A system among a base.
    share : PrintedShare
        Printed share of the item among the base in the domain.
    sense : {"max", "min"}
        Which end of the variance.
    blocks : sequence of CountBlock
        Listed counts of groups.
    reached : float
        A variance of about the right size.
    sharpness : sequence of float
        How much a variance counts against the number of tables, in turn.

    Returns
    -------
    tuple of int or None
        The furthest counts that were found, verified in whole numbers; None where none were.

    Notes
    -----
    A group's counts s are drawn with density ∝ exp(λ·m(s) + β c(s)): m is what they add to the windows, c to the
    variance (own - 2 R cross + R² base - 2 V Y times size, in units of V Y²), β is the sharpness, and λ minimises
    Σ log Σ exp(λ·m + β c) - λ·t + h·|λ| (smoothed) for windows t ± h, by Newton's method.  Draws of four quarters of
    the groups are joined in pairs and then whole (Wagner 2002).

    References
    ----------
    Jaynes, E. T. (1957). Information theory and statistical mechanics. Phys. Rev. 106, 620-630.
    doi:10.1103/PhysRev.106.620

    Wagner, D. (2002). A generalized birthday problem. CRYPTO 2002, LNCS 2442, 288-304.
    doi:10.1007/3-540-45708-9_19
    """
    counts = _Tilted(system, share, sense, blocks, reached)
    sign, best, found = (1.0 if sense == "max" else -1.0), -np.inf, None
    tilt, rows = np.zeros(len(counts.windows.low)), exact_rows(linear_rows(system))
    for sharp in sharpness:
        for _ in range(FITS):
            tilt, laws = counts.fit(sharp, tilt)
            counts.gather(laws)
        pools = [counts.drawn(k, law) for k, law in enumerate(laws)]
        if not all(len(pool) for pool in pools):
            break
        for _ in range(JOINS):
            tables = counts.joined(pools)
            if not len(tables) and found is not None:
                return found
            values = sign * domain_variances(system, share.strata, tables)
            for k in np.argsort(-values, kind="stable")[:VERIFIED].tolist():
                table = tuple(int(v) for v in tables[k])
                if values[k] <= best:
                    break
                if not violated(system, table, rows):
                    best, found = float(values[k]), table
                    break
    return found


def domain_variances(system: ItemSystem, strata: Mask, tables: IntArray) -> FloatArray:
    """Variance of a share in a domain for many tables of counts, in double precision."""
    own = list(strata)
    n = system.design.respondents[own].astype(float)
    weights = system.design.population[own] / n
    factors = np.array([float(f) for f in variance_factors(system.design)])[own]
    x, y = tables[:, own], tables[:, [system.design.size + h for h in own]]
    size = np.maximum(y @ weights, 1e-300)
    share = (x @ weights / size)[:, None]
    spread = x * (1 - 2 * share) + y * share**2 - (x - share * y) ** 2 / n
    return np.asarray(spread @ factors / size**2, dtype=float)


class _Tilted:
    """Lists of counts of all groups, tilted towards an end of the variance."""

    def __init__(
        self, system: ItemSystem, share: PrintedShare, sense: str, blocks: Sequence[CountBlock], reached: float
    ) -> None:
        self.rng = np.random.default_rng([*f"{share.name}, {sense}".encode()])
        self.system, self.size = system, system.design.size
        limits = system.design.respondents
        self.blocks = with_single(blocks, range(self.size), lambda h: all_pairs(int(limits[h])))
        self.tuples = [_some(block.tuples, self.rng) for block in self.blocks]
        self.weights = (system.design.population / system.design.respondents).astype(float)
        bounds = DualBounds(system)
        self.windows = self._windows(bounds)
        self.costs = self._costs(share, sense, bounds, reached)
        self.near: dict[int, FloatArray] = {}
        # a group whose list is of the base alone: its own share is met by the draws
        self.own = [self._own_share(block) for block in self.blocks]
        met = {s.name for s in self.own if s is not None}
        self.tying = np.array([name not in met for name in self.names], dtype=bool)

    def _windows(self, bounds: DualBounds) -> Windows:
        """Write what crosses groups as sums between two ends; those of a share are as wide as its base can be large."""
        size, ratios = self.size, {s.name: s for s in self.system.shares}
        rows, names = [], []
        for row in crossing(self.system, self.blocks):
            line = np.zeros(2 * size)
            share = ratios.get(row.name)
            if share is None or min(row.coefficients) >= size:
                for i, c in row.coefficients.items():
                    line[i] = float(c)
                # an end that is not printed is where nobody, or everybody, is counted
                limits = np.tile(self.system.design.respondents, 2)
                low = float(np.minimum(line, 0.0) @ limits) if row.lower is None else float(row.lower)
                high = float(np.maximum(line, 0.0) @ limits) if row.upper is None else float(row.upper)
                if low == high:
                    # sums of whole counts: any number between them and the next will do
                    half = float(np.abs(line[line != 0]).min()) / 2
                    low, high = low - half, high + half
            elif row.name in names:
                continue
            else:
                strata = list(share.strata)
                line[strata] = self.weights[strata]
                line[[size + h for h in strata]] = -float(share.centre) * self.weights[strata]
                population = float(self.system.design.population[strata].sum())
                most = float(bounds.base_share(share.strata)[1]) * population
                high = max(float(share.upper - share.lower) / 2 * most, WIDENED)
                low = -high
            rows.append((line, low, high))
            names.append(row.name)
        self.names = names
        lines, low_ends, high_ends = zip(*rows, strict=True) if rows else ((), (), ())
        return Windows(np.array(lines).reshape(len(rows), 2 * size), np.array(low_ends), np.array(high_ends))

    def _costs(self, share: PrintedShare, sense: str, bounds: DualBounds, reached: float) -> Mapping[int, FloatArray]:
        """Tabulate each pair's part of the variance, in units of it."""
        population = int(self.system.design.population[list(share.strata)].sum())
        middle = max(float(sum(bounds.base_share(share.strata))) / 2, 1e-12)
        rate, unit = float(share.centre), (1.0 if sense == "max" else -1.0) / (reached * middle**2)
        found = {}
        for block in self.blocks:
            for h, pairs in zip(block.strata, block.pairs, strict=True):
                if h in share.strata:
                    points = stratum_points(self.system, h, population, pairs)
                    found[h] = unit * points.cost(rate, rate**2, 2 * reached * middle)
        return found

    def _own_share(self, block: CountBlock) -> PrintedShare | None:
        own = next((s for s in self.system.shares if s.strata == block.strata), None)
        return None if own is None or own.name in block.met else own

    def fit(self, sharpness: float, tilt: FloatArray) -> tuple[FloatArray, list[_Law]]:
        """Find the multipliers at which all windows are met on average, by Newton's method."""
        middle, half = (self.windows.low + self.windows.high) / 2, (self.windows.high - self.windows.low) / 2
        held, smooth = HELD * half, 1 / half

        def dual(tilt: FloatArray) -> tuple[float, list[_Law]]:
            total, laws = 0.0, []
            for number in range(len(self.blocks)):
                log, law = self._law(number, sharpness, tilt)
                total += log
                laws.append(law)
            return total - float(tilt @ middle) + float(held @ np.sqrt(tilt**2 + smooth**2)), laws

        value, laws = dual(tilt)
        for _ in range(NEWTON):
            root = np.sqrt(tilt**2 + smooth**2)
            slope, curve = -middle + held * tilt / root, np.diag(held * smooth**2 / root**3)
            for block, law in zip(self.blocks, laws, strict=True):
                own = self._columns(block)
                slope = slope + own @ law.mean
                curve = curve + own @ law.covariance @ own.T
            # a trace of ridge, for windows that nothing moves or that say the same
            curve = curve + np.diag(1e-9 * (np.diag(curve) + half**2))
            step = -np.linalg.solve(curve, slope)
            decrement = -float(slope @ step)
            if decrement < SMALL * max(1.0, sharpness / SHARPNESS[0]):
                break
            length = 1.0
            while True:
                further, found = dual(tilt + length * step)
                if further <= value - 0.1 * length * decrement or length < 1e-4:
                    break
                length /= 3
            tilt, value, laws = tilt + length * step, further, found
        return tilt, laws

    def gather(self, laws: Sequence[_Law]) -> None:
        """Keep strata outside the domain near their means: sums that vary less meet the windows more often."""
        for block, law in zip(self.blocks, laws, strict=True):
            width = len(block.strata)
            for k, h in enumerate(block.strata):
                if h not in self.costs:
                    self.near[h] = -((block.pairs[k] - law.mean[[k, width + k]]) ** 2).sum(axis=1) / (2 * NEAR**2)

    def _columns(self, block: CountBlock) -> FloatArray:
        return self.windows.matrix[:, _members(block, self.size)]

    def _law(self, number: int, sharpness: float, tilt: FloatArray) -> tuple[float, _Law]:
        """Tilt the list of a group; return the logarithm of its total."""
        block, tuples = self.blocks[number], self.tuples[number]
        width, price = len(block.strata), tilt @ self.windows.matrix
        logs, mean, extra, given = np.zeros(len(tuples)), np.empty((len(tuples), 2 * width)), [], []
        for k, h in enumerate(block.strata):
            pairs, key, taken = block.pairs[k], block.keys[k], tuples[:, k]
            own = pairs @ price[[h, self.size + h]] + sharpness * self.costs.get(h, 0.0) + self.near.get(h, 0.0)
            top = np.full(int(key.max()) + 1, -np.inf)
            np.maximum.at(top, key, own)
            part = np.exp(own - top[key])
            total = np.bincount(key, part)
            part /= total[key]
            first, second, base = (np.bincount(key, part * v) for v in (pairs[:, 0], pairs[:, 0] ** 2, pairs[:, 1]))
            with np.errstate(divide="ignore"):
                logs += (top + np.log(total))[taken]
            mean[:, k], mean[:, width + k] = first[taken], base[taken]
            extra.append((second - first**2)[taken])
            given.append(part)
        highest = float(logs.max())
        law = np.exp(logs - highest)
        whole = float(law.sum())
        law /= whole
        middle = law @ mean
        away = mean - middle
        covariance = (away * law[:, None]).T @ away
        covariance[np.arange(width), np.arange(width)] += [float(law @ v) for v in extra]
        return highest + float(np.log(whole)), _Law(law, tuple(given), middle, covariance)

    def drawn(self, number: int, law: _Law) -> IntArray:
        """Draw counts of a group, x before y; those of a list of the base meet the group's share by the last x."""
        block, own, rng = self.blocks[number], self.own[number], self.rng
        count = DRAWN if own is None else TRIES * DRAWN
        rows = self.tuples[number][rng.choice(len(law.tuples), count, p=law.tuples)]
        pairs = [_given(key, p, rows[:, k], rng) for k, (key, p) in enumerate(zip(block.keys, law.pairs, strict=True))]
        x, y = (np.column_stack([block.pairs[k][place, v] for k, place in enumerate(pairs)]) for v in (0, 1))
        if own is None:
            return np.hstack([x, y])
        weights = self.weights[list(block.strata)]
        last = int(np.argmin(weights))
        size, others = y @ weights, x @ weights - x[:, last] * weights[last]
        low = np.ceil((float(own.lower) * size - others) / weights[last] - WIDENED)
        high = np.floor((float(own.upper) * size - others) / weights[last] + WIDENED)
        low, high = np.maximum(low, 0), np.minimum(high, y[:, last])
        fits = high >= low
        x[:, last] = low + np.floor(rng.random(len(low)) * (high - low + 1))
        x, y = x[fits], y[fits]
        # drawn again by what the last x weighs, against the most that it can at this y
        chance = _likely(block.pairs[last], block.keys[last], law.pairs[last], x[:, last], y[:, last])
        if not chance.any():
            return np.empty((0, 2 * len(block.strata)), dtype=np.int64)
        kept = rng.choice(len(chance), DRAWN, p=chance / chance.sum())
        return np.hstack([x[kept], y[kept]])

    def joined(self, pools: Sequence[IntArray]) -> IntArray:
        """Join draws of the groups to tables that meet every window."""
        low, high = self.windows.low[self.tying], self.windows.high[self.tying]
        quarters: list[list[int]] = [[], [], [], []]
        for k in sorted(range(len(pools)), key=lambda k: -len(self.tuples[k])):
            min(quarters, key=len).append(k)
        draws = [self._quarter(own, pools) for own in quarters]
        columns = [self._columns(block)[self.tying].T for block in self.blocks]
        sums = [sum((pools[k][r] @ columns[k] for k, r in rows.items()), np.zeros((1, len(low)))) for rows in draws]
        lacking = (low + high) / 2 - sum((s.mean(axis=0) for s in sums), np.zeros(len(low)))
        halves = []
        for one, two in ((sums[0], sums[1]), (sums[2], sums[3])):
            target = one.mean(axis=0) + two.mean(axis=0) + lacking / 2
            left, right = self._pairs(one, two, target, high - low, PAIRS)
            halves.append((left, right, one[left] + two[right]))
        (a, b, first), (c, d, second) = halves
        if not len(first) or not len(second):
            return np.zeros((0, 2 * self.size), dtype=np.int64)
        left, right = self._pairs(first, second, (low + high) / 2, high - low, CANDIDATES)
        for k in range(len(low)):
            total = first[left, k] + second[right, k]
            spare = WIDENED * (high[k] - low[k])
            fits = (total >= low[k] - spare) & (total <= high[k] + spare)
            left, right = left[fits], right[fits]
        left, right = left[:JOINED], right[:JOINED]
        tables = np.zeros((len(left), 2 * self.size), dtype=np.int64)
        for rows, chosen in zip(draws, (a[left], b[left], c[right], d[right]), strict=True):
            for k, own_rows in rows.items():
                tables[:, _members(self.blocks[k], self.size)] = pools[k][own_rows[chosen]]
        return tables

    def _quarter(self, groups: Sequence[int], pools: Sequence[IntArray]) -> dict[int, IntArray]:
        """Draw rows of the pools of some groups together, each combination of counts once."""
        rows, code = {}, np.zeros(QUARTER, dtype=np.int64)
        for k in groups:
            rows[k] = self.rng.integers(len(pools[k]), size=QUARTER)
            _, same = np.unique(pools[k], axis=0, return_inverse=True)
            _, code = np.unique(code * len(pools[k]) + same.ravel()[rows[k]], return_inverse=True)
        _, once = np.unique(code, return_index=True)
        return {k: own[once] for k, own in rows.items()}

    def _pairs(
        self, a: FloatArray, b: FloatArray, target: FloatArray, width: FloatArray, wanted: int
    ) -> tuple[IntArray, IntArray]:
        """Pair rows whose sums are near the target in the narrowest windows: about as many as are wanted."""
        spread = WIDE * np.sqrt(a.var(axis=0) + b.var(axis=0))
        chance = np.minimum(1.0, width / np.maximum(spread, 1e-300))
        order = np.argsort(chance, kind="stable")
        left = np.concatenate([[1.0], np.cumprod(chance[order])]) * len(a) * len(b)
        keys = order[: int(np.argmax(left <= wanted)) if (left <= wanted).any() else len(order)]
        mine, theirs = np.zeros(len(a), dtype=np.int64), np.zeros(len(b), dtype=np.int64)
        codes = 1
        for k in keys.tolist():
            # boxes begin anywhere: what one join parts, the next may hold together
            offset = self.rng.random()
            boxes = [np.floor(v / width[k] + offset).astype(np.int64) for v in (a[:, k], target[k] - b[:, k])]
            least, most = (int(end(v)) for end, v in ((min, [v.min() for v in boxes]), (max, [v.max() for v in boxes])))
            codes *= most - least + 1
            if codes > WHOLE:
                break
            mine, theirs = (
                code * (most - least + 1) + box - least for code, box in zip((mine, theirs), boxes, strict=True)
            )
        sort = np.argsort(theirs, kind="stable")
        first = np.searchsorted(theirs[sort], mine, side="left")
        final = np.searchsorted(theirs[sort], mine, side="right")
        rows = self.rng.permutation(len(a))
        spans = (final - first)[rows]
        rows = rows[: int(np.searchsorted(np.cumsum(spans), wanted, side="right"))]
        spans = spans[: len(rows)]
        owner = np.repeat(rows, spans)
        step = np.arange(len(owner)) - np.repeat(np.cumsum(spans) - spans, spans)
        return owner, sort[np.repeat(first[rows], spans) + step]


def _members(block: CountBlock, size: int) -> list[int]:
    return [*block.strata, *(size + h for h in block.strata)]


def _some(tuples: IntArray, rng: np.random.Generator) -> IntArray:
    return tuples if len(tuples) <= LISTED else tuples[np.sort(rng.choice(len(tuples), LISTED, replace=False))]


def _given(key: IntArray, part: FloatArray, taken: IntArray, rng: np.random.Generator) -> IntArray:
    """Draw a pair of each key that is taken."""
    order = np.argsort(key, kind="stable")
    first = np.searchsorted(key[order], np.arange(int(key.max()) + 2))
    cumulated = np.concatenate([[0.0], np.cumsum(part[order])])
    place = np.searchsorted(cumulated, cumulated[first[taken]] + rng.random(len(taken)), side="right") - 1
    return order[np.clip(place, first[taken], first[taken + 1] - 1)]


def _likely(pairs: IntArray, key: IntArray, part: FloatArray, x: IntArray, y: IntArray) -> FloatArray:
    """Weigh pairs against the likeliest of their key; 0 where a pair is not possible."""
    top = np.zeros(int(key.max()) + 1)
    np.maximum.at(top, key, part)
    base = int(pairs.max(initial=0)) + 1
    codes = pairs[:, 1] * base + pairs[:, 0]
    order = np.argsort(codes)
    wanted = y * base + x
    place = order[np.minimum(np.searchsorted(codes[order], wanted), len(codes) - 1)]
    return np.where(codes[place] == wanted, part[place] / top[key[place]], 0.0)
