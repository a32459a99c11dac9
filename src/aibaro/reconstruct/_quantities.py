"""Which values can a quantity have that was never printed?  A stratum's own rate, a difference, a new domain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from aibaro.errors import ConflictError, InputError
from aibaro.reconstruct._dual import DualBounds
from aibaro.reconstruct.items import ItemSystem, Mask
from aibaro.reconstruct.program import Outcome, SeparableProgram, violated
from aibaro.reconstruct.share_variance import base_program
from aibaro.reconstruct.solvers import solve

DINKELBACH_STEPS = 12
# whole number that the steepest coefficient of an objective becomes
STEEPEST = 10**9


@dataclass(frozen=True, slots=True)
class LinearQuantity:
    """A quantity that is a weighted sum of counts, or a ratio of two.

    Parameters
    ----------
    name : str
        What it is.
    numerator : mapping of int to Fraction
        Coefficients; unknown h is x_h, unknown H + h is y_h.
    denominator : mapping of int to Fraction
        Coefficients of the denominator, all >= 0; empty for none.
    """

    name: str
    numerator: Mapping[int, Fraction]
    denominator: Mapping[int, Fraction]

    def value(self, unknowns: tuple[int, ...]) -> Fraction | None:
        """Evaluate the quantity exactly.

        Parameters
        ----------
        unknowns : tuple of int
            Counts.

        Returns
        -------
        Fraction or None
            The value; None when the denominator is 0.
        """
        top = sum((c * unknowns[i] for i, c in self.numerator.items()), Fraction(0))
        if not self.denominator:
            return top
        below = sum((c * unknowns[i] for i, c in self.denominator.items()), Fraction(0))
        return top / below if below else None


@dataclass(frozen=True, slots=True)
class Range:
    """Range of a quantity over all tables that the printed figures allow.

    Parameters
    ----------
    name : str
        The quantity.
    lower, upper : Fraction
        Rigorous ends: no consistent table lies outside.
    lower_witness, upper_witness : Fraction or None
        Values attained by verified tables.
    status : {"sharp", "outer", "open"}
        ``sharp`` when both ends are attained within 1e-9, ``outer`` within 0.001, else ``open``.
    proof : str
        Solver and version.
    """

    name: str
    lower: Fraction
    upper: Fraction
    lower_witness: Fraction | None
    upper_witness: Fraction | None
    status: str
    proof: str

    def __contains__(self, value: Fraction | float) -> bool:
        return self.lower <= value <= self.upper


def share_in(system: ItemSystem, strata: Mask, weighting: str = "weighted", name: str = "") -> LinearQuantity:
    """Name the share of the item among the base in any union of strata.

    Parameters
    ----------
    system : ItemSystem
        Item and base.
    strata : tuple of int
        Rows of the strata; a single one gives a stratum's own rate.
    weighting : {"weighted", "unweighted"}
        Whether firms of the population or respondents are counted.
    name : str
        Name of the quantity.

    Returns
    -------
    LinearQuantity
        The share.

    Raises
    ------
    InputError
        For no strata or an unknown weighting.

    Examples
    --------
    >>> from aibaro.published import load
    >>> from aibaro.reconstruct import own_item
    >>> system = own_item(load("flanders-2023"), "technology.nlg")
    >>> found = quantity_range(system, share_in(system, system.share("size_class", "large").strata), work=0.1)
    >>> bool(0.25 < found.lower <= found.upper < 0.256)
    True
    """
    if not strata or weighting not in {"weighted", "unweighted"}:
        raise InputError(
            "not a share of strata",
            parameter="weighting",
            expected="weighted or unweighted, and strata",
            got=f"{weighting}, {len(strata)} strata",
        )
    size = system.design.size
    weights = system.design.exact_weights if weighting == "weighted" else (Fraction(1),) * size
    top = {h: weights[h] for h in strata}
    label = name or f"{system.name} in {len(strata)} strata, {weighting}"
    if not system.whole:
        return LinearQuantity(label, top, {size + h: weights[h] for h in strata})
    total = sum((weights[h] * int(system.design.respondents[h]) for h in strata), Fraction(0))
    return LinearQuantity(label, {h: c / total for h, c in top.items()}, {})


def difference_of(system: ItemSystem, first: Mask, second: Mask, name: str = "") -> LinearQuantity:
    """Name the difference of the shares of two unions of strata.

    Parameters
    ----------
    system : ItemSystem
        An item whose base is everybody.
    first, second : tuple of int
        Rows of the strata.
    name : str
        Name of the quantity.

    Returns
    -------
    LinearQuantity
        Share of the first minus share of the second.

    Raises
    ------
    InputError
        When the base is not everybody: the difference of two ratios is not linear.

    Examples
    --------
    >>> from aibaro.published import load
    >>> from aibaro.reconstruct import own_item
    >>> system = own_item(load("flanders-2023"), "technology.nlg")
    >>> large, small = (system.share("size_class", level).strata for level in ("large", "small"))
    >>> difference_of(system, large, small, "large less small").name
    'large less small'
    """
    if not system.whole:
        raise InputError(
            "differences are offered for shares of everybody",
            parameter="system",
            got=system.name,
            hint="bound both shares, and subtract the ends",
        )
    one, two = share_in(system, first).numerator, share_in(system, second).numerator
    both = {h: one.get(h, Fraction(0)) - two.get(h, Fraction(0)) for h in {*one, *two}}
    return LinearQuantity(name or f"difference of {system.name}", both, {})


def quantity_range(system: ItemSystem, quantity: LinearQuantity, *, solver: str = "auto", work: float = 1.0) -> Range:
    """Bound a quantity over all tables that the printed figures allow.

    Parameters
    ----------
    system : ItemSystem
        The statements.
    quantity : LinearQuantity
        The quantity, from :func:`share_in`, :func:`difference_of` or one's own coefficients.
    solver : {"auto", "cpsat", "highs"}
        Solver of whole numbers; ``auto`` is CP-SAT where OR-Tools is installed, because it computes in whole
        numbers, else scipy's HiGHS, whose bound is widened by a safety margin.
    work : float
        Limit of deterministic work a solve.

    Returns
    -------
    Range
        Rigorous and attained ends; ``proof`` names the solver.

    Raises
    ------
    ConflictError
        When no table of counts meets all statements.

    Notes
    -----
    An end is the tighter of two bounds, each rigorous: the solver's, and that of the linear relaxation, whose
    multipliers are evaluated in exact fractions (:class:`aibaro.reconstruct.DualBounds`).  The second closes
    what the first leaves open when its work ends, as for an unweighted share.

    A ratio is bounded by Dinkelbach's method: the largest of numerator - t denominator is bounded by b, so the
    ratio is at most t + b/denominator; t moves to the best ratio found until b is 0.

    References
    ----------
    Dinkelbach, W. (1967). On nonlinear fractional programming. Management Science 13, 492-498.
    https://doi.org/10.1287/mnsc.13.7.492

    Neumaier, A. and Shcherbina, O. (2004). Safe bounds in linear and mixed-integer linear programming. Mathematical
    Programming 99, 283-296. https://doi.org/10.1007/s10107-003-0433-3

    Examples
    --------
    >>> import tempfile
    >>> from aibaro.published import small_survey
    >>> from aibaro.reconstruct import own_item, share_in
    >>> system = own_item(small_survey(tempfile.mkdtemp()), "use")
    >>> found = quantity_range(system, share_in(system, (0,)))
    >>> bool(0 <= found.lower <= found.upper <= 1)
    True
    """
    ends = [_end(system, quantity, sense, solver, work) for sense in ("min", "max")]
    (low, low_witness, proof), (high, high_witness, _) = ends
    gaps = [None if w is None else abs(o - w) for o, w in ((low, low_witness), (high, high_witness))]
    status = "open"
    if all(g is not None and g <= Fraction(1, 1000) for g in gaps):
        status = "sharp" if all(g is not None and g <= Fraction(1, 10**9) for g in gaps) else "outer"
    return Range(quantity.name, low, high, low_witness, high_witness, status, proof)


def _end(
    system: ItemSystem, quantity: LinearQuantity, sense: str, solver: str, work: float
) -> tuple[Fraction, Fraction | None, str]:
    if not quantity.denominator:
        outcome, bound = _linear(system, quantity.numerator, sense, solver, work)
        return bound, _attained(system, quantity, outcome), outcome.solver
    sign = 1 if sense == "max" else -1
    loosest = Fraction(1) if sense == "max" else Fraction(0)
    smallest = max(_linear(system, quantity.denominator, "min", solver, work)[1], Fraction(0))
    outer, inner, proof, at = loosest, None, "", Fraction(0)
    for _ in range(DINKELBACH_STEPS):
        terms = dict(quantity.numerator)
        for i, c in quantity.denominator.items():
            terms[i] = terms.get(i, Fraction(0)) - at * c
        outcome, bound = _linear(system, terms, sense, solver, work)
        proof = outcome.solver
        reached = _attained(system, quantity, outcome)
        if smallest > 0 and sign * bound >= 0:
            candidate = at + bound / smallest
            outer = min(outer, candidate) if sense == "max" else max(outer, candidate)
        elif sign * bound < 0:
            # nothing reaches the present ratio; it is itself a bound
            outer = min(outer, at) if sense == "max" else max(outer, at)
        if reached is None or (inner is not None and sign * reached <= sign * inner):
            break
        inner = at = reached
    return outer, inner, proof


def _linear(
    system: ItemSystem, terms: Mapping[int, Fraction], sense: str, solver: str, work: float
) -> tuple[Outcome, Fraction]:
    empty = base_program(system)
    factor = STEEPEST / max((abs(c) for c in terms.values()), default=Fraction(1))
    rounder = ceil if sense == "max" else floor
    # straight lines in whole numbers, whose slopes are rounded outward; unknowns are >= 0
    slopes = {i: rounder(c * factor) for i, c in terms.items() if c}
    tables = {i: [slope * v for v in range(empty.upper[i] + 1)] for i, slope in slopes.items()}
    outcome = solve(SeparableProgram(empty.lower, empty.upper, empty.rows, sense, tables), solver=solver, work=work)
    if outcome.status == "infeasible":
        raise ConflictError(
            "no table of counts meets everything that is printed",
            where=system.name,
            hint="reconstruct.conflict names an irreducible set",
        )
    best, sign = (max, 1) if sense == "max" else (min, -1)
    bound = sum(best(t) for t in tables.values()) if outcome.bound is None else outcome.bound
    dual = sign * DualBounds(system).largest({i: sign * c for i, c in terms.items()})[0]
    return outcome, min(Fraction(bound) / factor, dual) if sense == "max" else max(Fraction(bound) / factor, dual)


def _attained(system: ItemSystem, quantity: LinearQuantity, outcome: Outcome) -> Fraction | None:
    if outcome.unknowns is None or violated(system, outcome.unknowns):
        return None
    return quantity.value(outcome.unknowns)
