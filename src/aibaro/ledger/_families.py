"""Which comparisons are tested in a declared family?  One hypothesis has one verdict, in differences and in claims.

A claim that compares two figures is tested in the family of ``comparisons.csv`` that holds the pair; only what no
declared family tests enters the claim's own family.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from aibaro.compare import verdict
from aibaro.estimate._multiplicity import adjust
from aibaro.ledger._comparisons import Comparison

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
    for member, worst, best in zip(members, high, low, strict=True):
        found.setdefault(frozenset(member.facts), Corrected(member.family, float(worst), float(best)))
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
class Word:
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


def joined(words: Sequence[Word], need: int | None = None) -> str:
    """Judge a claim that needs several comparisons from the verdicts of each.

    Notes
    -----
    Holm controls the chance of any false rejection in a family, so verdicts of its members may be counted without a
    further correction.

    Examples
    --------
    >>> joined([Word("established", 1), Word("depends", 1)]), joined([Word("refuted", -1), Word("established", 1)])
    ('depends', 'refuted')
    >>> joined([Word("established", 1), Word("not_significant", 1)])
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


def _count(words: Sequence[Word], test: Callable[[Word], bool]) -> int:
    return sum(map(test, words))
