"""Which comparisons are tested in a family, declared or a whole table?  One hypothesis has one verdict everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import inf

import numpy as np

from aibaro._arrays import BoolArray, FloatArray
from aibaro.compare import DomainShare, verdict
from aibaro.compare.declarations import TableFamily
from aibaro.compare.domain_precision import WHOLE, satterthwaite_df
from aibaro.compare.survey_differences import family_table
from aibaro.design import Design
from aibaro.estimate.multiplicity import adjust
from aibaro.facts import Facts
from aibaro.ledger._inversion import LIMITS, difference_statistic, upper_tail
from aibaro.ledger.comparisons import Comparison, best
from aibaro.published.schema import WHOLE_BASE, fact_key

# A claim that compares two figures is tested in the family of ``comparisons.csv`` that holds the pair; only what no
# declared family tests enters the claim's own family.

LEVEL = 0.05  # two-sided, as in differences.csv


@dataclass(frozen=True, slots=True)
class Member:
    """One hypothesis of a declared family, before correction.

    Parameters
    ----------
    family : str
        The family.
    facts : tuple of str
        The two facts that are compared.
    p_high, p_low : float
        Largest and smallest two-sided p value over everything that print leaves open.
    """

    family: str
    facts: tuple[str, str]
    p_high: float
    p_low: float


@dataclass(frozen=True, slots=True)
class Corrected:
    """One hypothesis of a declared family, corrected.

    Parameters
    ----------
    family : str
        The family.
    p_high, p_low : float
        Largest and smallest Holm-adjusted two-sided p value.
    """

    family: str
    p_high: float
    p_low: float

    def word(self, sign: int) -> str:
        """Say whether the first figure is larger in the population."""
        return verdict("greater", sign, self.p_high, self.p_low, LEVEL)


class Hypotheses(Mapping[frozenset[str], Corrected]):
    """Which comparisons declared families test; a family is tested when one of its members is asked for.

    Parameters
    ----------
    family_of : mapping of frozenset of str to str
        The family in which two facts are compared.
    test : callable
        Gives the members of a family with their p values.
    usable : callable
        Whether the figures of a pair can be compared at all.

    Examples
    --------
    >>> one = Member("m", ("a", "b"), 0.02, 0.01)
    >>> pairs = first_families({"m": [("a", "b"), ("a", "c")]})
    >>> tested = Hypotheses(pairs, lambda name: [one, Member(name, ("a", "c"), 0.5, 0.4)])
    >>> len(tested), tested[frozenset("ab")].p_high
    (2, 0.04)
    """

    def __init__(
        self,
        family_of: Mapping[frozenset[str], str],
        test: Callable[[str], Sequence[Member]],
        usable: Callable[[frozenset[str]], bool] = lambda pair: True,
    ) -> None:
        self._family_of, self._test, self._usable = family_of, test, usable
        self._known: dict[str, dict[frozenset[str], Corrected]] = {}

    def __getitem__(self, pair: frozenset[str]) -> Corrected:
        if pair not in self:
            raise KeyError(pair)
        name = self._family_of[pair]
        if name not in self._known:
            self._known[name] = _corrected(self._test(name))
        return self._known[name][pair]

    def __contains__(self, pair: object) -> bool:
        return isinstance(pair, frozenset) and pair in self._family_of and self._usable(pair)

    def __iter__(self) -> Iterator[frozenset[str]]:
        return filter(self._usable, self._family_of)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def first_families(families: Mapping[str, Iterable[tuple[str, str]]]) -> dict[frozenset[str], str]:
    """Return the first family that compares two facts."""
    found: dict[frozenset[str], str] = {}
    for name, pairs in families.items():
        for pair in pairs:
            found.setdefault(frozenset(pair), name)
    return found


def _corrected(members: Sequence[Member]) -> dict[frozenset[str], Corrected]:
    """Correct the hypotheses of one family for their number."""
    high = adjust([member.p_high for member in members], "holm")
    low = adjust([member.p_low for member in members], "holm")
    found: dict[frozenset[str], Corrected] = {}
    for member, worst, least in zip(members, high, low, strict=True):
        found.setdefault(frozenset(member.facts), Corrected(member.family, float(worst), float(least)))
    return found


def pair_of(comparison: Comparison) -> frozenset[str] | None:
    """Return the two facts that a comparison sets against each other."""
    plain = len(comparison.terms) == 2 and {factor for factor, _ in comparison.terms} == {Fraction(1), Fraction(-1)}
    facts = frozenset(figure.fact for _, figure in comparison.terms)
    return facts if plain and not comparison.constant and len(facts) == 2 else None


def sign_of(comparison: Comparison) -> int:
    """Return the sign of a comparison where rounding does not leave it open."""
    band = comparison.value()
    return int(band.lower > 0) - int(band.upper < 0)


@dataclass(frozen=True, slots=True)
class JoinedVerdict:
    """A verdict in the population with the directions that it leaves open.

    Parameters
    ----------
    verdict : str
        The verdict of one comparison.
    sign : int
        Sign of the printed difference; 0 where both directions are possible.
    """

    verdict: str
    sign: int = 0

    @property
    def may_hold(self) -> bool:
        """Whether some consistent table establishes the comparison."""
        return self.verdict == "established" or (self.verdict == "depends" and self.sign >= 0)

    @property
    def may_fail(self) -> bool:
        """Whether some consistent table refutes the comparison."""
        return self.verdict == "refuted" or (self.verdict == "depends" and self.sign <= 0)


def joined(words: Sequence[JoinedVerdict], need: int | None = None) -> str:
    """Judge a claim that needs several comparisons from the verdicts of each.

    Notes
    -----
    Holm controls the chance of any false rejection in a family, so verdicts of its members may be counted without a
    further correction.

    Examples
    --------
    >>> established = JoinedVerdict("established", 1)
    >>> joined([established, JoinedVerdict("depends", 1)]), joined([JoinedVerdict("refuted", -1), established])
    ('depends', 'refuted')
    >>> joined([established, JoinedVerdict("not_significant", 1)])
    'not_significant'
    """
    wanted = len(words) if need is None else need
    against = len(words) - wanted + 1
    if _count(words, lambda word: word.verdict == "refuted") >= against:
        return "refuted"
    if any(word.verdict == "not_checkable" for word in words):
        return "not_checkable"
    if _count(words, lambda word: word.verdict == "established") >= wanted:
        return "established"
    held, failed = _count(words, lambda word: word.may_hold), _count(words, lambda word: word.may_fail)
    return "not_significant" if held < wanted and failed < against else "depends"


def _count(words: Sequence[JoinedVerdict], test: Callable[[JoinedVerdict], bool]) -> int:
    return sum(map(test, words))


# --- Families that are whole tables of a survey with strata: their members, and how choices move their p values.

# the library's default for a share, and every method that an analyst might choose
SHARES = "logit"
METHODS = ("logit", "wilson", "beta", "wald", "arcsine")


@dataclass(frozen=True, slots=True)
class Choice:
    """Choices of an analyst that might turn a verdict.

    Parameters
    ----------
    df : {"design", "satterthwaite", "normal"}
        Degrees of freedom: respondents less strata; Satterthwaite's at the rates of largest variance, which is not
        rigorous; none.
    fpc : {"population", "none"}
        Whether the finite population correction is applied.
    tables : {"all", "smallest", "largest"}
        Over which consistent tables a verdict has to hold: all, or those of the smallest or largest standard error.
    interval : str
        Interval method that decides significance; empty for the default one: logit for shares, and for differences of
        a declared family the test of ``differences.csv``.
    rounding : str
        Rounding rule of print.  Bounds on standard errors stay those of the declared rule.
    """

    df: str = "design"
    fpc: str = "population"
    tables: str = "all"
    interval: str = ""
    rounding: str = "half_up"

    def ends(self, low: float, high: float) -> tuple[float, float]:
        """Keep the ends of a range of standard errors that the choice of tables leaves."""
        if self.tables == "all":
            return low, high
        end = low if self.tables == "smallest" else high
        return end, end


@dataclass(frozen=True, slots=True, eq=False)
class TableMember:
    """One comparison of a table.

    Parameters
    ----------
    family : str
        The family.
    facts : tuple of str
        The two facts.
    shares : tuple of DomainShare
        Both shares with bounds on their precision.
    se_low, se_high : float
        Bounds on the standard error of the difference.
    df, df_satterthwaite : float
        Degrees of freedom.
    p_high, p_low : float
        p values as in ``differences.csv``.
    """

    family: str
    facts: tuple[str, str]
    shares: tuple[DomainShare, DomainShare]
    se_low: float
    se_high: float
    df: float
    df_satterthwaite: float
    p_high: float
    p_low: float


def table_pairs(family: TableFamily, items: Sequence[str], levels: Sequence[str]) -> Iterator[tuple[str, str]]:
    """List the facts that a table compares, before anything is computed."""
    if family.kind == "items":
        yield from combinations((fact_key(item, WHOLE_BASE, "", "") for item in items), 2)
        return
    for item in items:
        parts = [fact_key(item, WHOLE_BASE, family.domain, level) for level in levels]
        whole = fact_key(item, WHOLE_BASE, "", "")
        yield from combinations(parts, 2) if family.kind == "pairs" else ((part, whole) for part in parts)


def table_members(
    design: Design, family: TableFamily, shares: Mapping[str, Sequence[DomainShare]], fpc: str = "population"
) -> tuple[TableMember, ...]:
    """Evaluate the members of a family that is a table."""
    places = {(row.item, row.domain, row.level): row for rows in shares.values() for row in rows}
    df: dict[tuple[str, str, str], float] = {}

    def satterthwaite(end: tuple[str, str, str]) -> float:
        if end not in df:
            df[end] = satterthwaite_df(design, places[end].strata, places[end].share, fpc)
        return df[end]

    found = []
    for row in family_table(design, family, shares, simultaneous="bonferroni", fpc=fpc).to_dict("records"):
        if family.kind == "items":
            ends = [(row["item_a"], *WHOLE), (row["item_b"], *WHOLE)]
        else:
            whole = family.kind == "against_all"
            other = (row["item"], *WHOLE) if whole else (row["item"], family.domain, row["level_b"])
            ends = [(row["item"], family.domain, row["level_a"]), other]
        a, b = (places[end] for end in ends)
        found.append(
            TableMember(
                family.name,
                (_fact(a), _fact(b)),
                (a, b),
                row["se_lower"],
                row["se_upper"],
                row["df"],
                _joint_df(a, b, satterthwaite(ends[0]), satterthwaite(ends[1])),
                row["p_value"],
                row["p_value_low"],
            )
        )
    return tuple(found)


def _fact(row: DomainShare) -> str:
    domain, level = ("", "") if (row.domain, row.level) == WHOLE else (row.domain, row.level)
    return fact_key(row.item, WHOLE_BASE, domain, level)


def _joint_df(a: DomainShare, b: DomainShare, df_a: float, df_b: float) -> float:
    if (a.strata & b.strata).any():
        return min(df_a, df_b)
    one, two = a.se_upper**2, b.se_upper**2
    return (one + two) ** 2 / (one**2 / df_a + two**2 / df_b) if one and two else min(df_a, df_b)


def members_under(members: Sequence[TableMember], choice: Choice, facts: Facts) -> list[Member]:
    """Return the p values of all members under the choices of an analyst."""
    if not members or choice == Choice(fpc=choice.fpc, rounding=facts.rounding):
        return [Member(m.family, m.facts, m.p_high, m.p_low) for m in members]
    boxes = np.array(
        [[_box(fact, row, choice, facts) for fact, row in zip(m.facts, m.shares, strict=True)] for m in members]
    )
    low, high = boxes[:, 0, 0] - boxes[:, 1, 1], boxes[:, 0, 1] - boxes[:, 1, 0]
    df = np.array([{"design": m.df, "satterthwaite": m.df_satterthwaite, "normal": inf}[choice.df] for m in members])
    errors = np.array([choice.ends(m.se_low, m.se_high) for m in members]).T
    near, far = np.maximum(np.maximum(low, -high), 0.0), np.maximum(-low, high)
    if choice.interval not in LIMITS or choice.interval == "wald":
        worst, best = _over(near, errors[1]), _over(far, errors[0])
    else:
        parts = np.array([[choice.ends(row.se_lower, row.se_upper) for row in m.shares] for m in members])
        worst = _statistic(choice.interval, _corner(boxes, low > 0), parts[:, :, 1], errors[1])
        best = _statistic(choice.interval, _corner(boxes, far > high), parts[:, :, 0], errors[0])
        worst = np.where(near > 0, worst, 0.0)
    p_high, p_low = 2 * upper_tail(worst, df), 2 * upper_tail(best, df)
    return [Member(m.family, m.facts, float(p_high[i]), float(p_low[i])) for i, m in enumerate(members)]


def _corner(boxes: FloatArray, first: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Take the first share at its low end and the second at its high end where asked, else the reverse."""
    return (np.where(first, boxes[:, 0, 0], boxes[:, 0, 1]), np.where(first, boxes[:, 1, 1], boxes[:, 1, 0]))


def _statistic(
    interval: str, corner: tuple[FloatArray, FloatArray], errors: FloatArray, both: FloatArray
) -> FloatArray:
    return np.abs(difference_statistic(interval, corner[0], errors[:, 0], corner[1], errors[:, 1], both))


def _over(distance: FloatArray, error: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = distance / error
    return np.where(distance == 0, 0.0, np.where(error > 0, ratio, inf))


def _box(fact: str, row: DomainShare, choice: Choice, facts: Facts) -> tuple[float, float]:
    figure = best(facts, fact)
    if choice.rounding == facts.rounding or figure is None or not figure.precise:
        return row.share.box
    return figure.share(choice.rounding).box
