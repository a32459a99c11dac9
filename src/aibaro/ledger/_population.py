"""From p-values over all consistent tables to a verdict in the population, with Holm's correction in each family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aibaro.estimate._multiplicity import adjust
from aibaro.ledger._evidence import Evidence, Tail
from aibaro.ledger._statement import Assertion, Part

ALPHA = 0.025  # one side of a 95% interval


def claim_tail(statement: Assertion, evidence: Evidence | None) -> Tail | None:
    """Combine the comparisons of a claim into one range of p-values.

    Notes
    -----
    A claim holds when all its parts do, by the largest p-value, and is refuted when one of its parts is.  For a part
    that needs r of m comparisons the p-value is (m - r + 1) times the r-th smallest (partial
    conjunction, Benjamini & Heller 2008); r = m is the intersection-union test, the largest p-value.  Its
    refutation needs m - r + 1 reversed comparisons.

    References
    ----------
    Benjamini, Y. & Heller, R. (2008). Screening for partial conjunction hypotheses. Biometrics 64, 1215-1222.
    doi:10.1111/j.1541-0420.2007.00984.x
    """
    if evidence is None or not statement.parts:
        return None
    found = [_part_tail(part, evidence) for part in statement.parts]
    known = [tail for tail in found if tail is not None]
    if len(known) < len(found):
        return None
    weakest, count = max(known, key=lambda tail: tail.high), len(known)
    return Tail(
        max(tail.low for tail in known),
        weakest.high,
        min(1.0, count * min(tail.reverse_low for tail in known)),
        min(1.0, count * min(tail.reverse_high for tail in known)),
        weakest.steps,
    )


def _part_tail(part: Part, evidence: Evidence) -> Tail | None:
    """Combine comparisons of which some, or all, have to hold; words are refuted beyond their limits alone."""
    tails = [evidence.tail(comparison) for comparison in part.comparisons]
    limits = [evidence.tail(comparison) for comparison in part.limits] if part.limits else tails
    known = [tail for tail in tails if tail is not None]
    against = [tail for tail in limits if tail is not None]
    if not known or len(known) < len(tails) or len(against) < len(limits):
        return None
    need = len(known) if part.need is None else part.need
    reverse = len(against) - (len(against) if part.need is None else part.need) + 1
    weakest = max(known, key=lambda tail: tail.high)
    return Tail(
        _partial([tail.low for tail in known], need),
        _partial([tail.high for tail in known], need),
        _partial([tail.reverse_low for tail in against], reverse),
        _partial([tail.reverse_high for tail in against], reverse),
        weakest.steps,
    )


def _partial(values: Sequence[float], need: int) -> float:
    return min(1.0, (len(values) - need + 1) * sorted(values)[need - 1])


def population_verdicts(tails: Mapping[str, Tail | None], families: Mapping[str, str]) -> dict[str, str]:
    """Judge claims in the population.

    Examples
    --------
    >>> population_verdicts({"a": Tail(0.001, 0.01, 0.99, 0.999), "b": None}, {"a": "x", "b": "x"})
    {'a': 'established', 'b': 'not_checkable'}
    """
    verdicts = dict.fromkeys(tails, "not_checkable")
    for family in sorted(set(families.values())):
        members = {name: tail for name, tail in tails.items() if tail is not None and families[name] == family}
        sides = {
            side: adjust([getattr(tail, side) for tail in members.values()])
            for side in ("low", "high", "reverse_low", "reverse_high")
        }
        for place, name in enumerate(members):
            verdicts[name] = _judge({side: float(values[place]) for side, values in sides.items()})
    return verdicts


def settled(tail: Tail, members: int) -> str | None:
    """Judge a member of a family where the other members cannot matter; None where they can.

    Notes
    -----
    Holm's p value lies between a member's own and as many times that as the family has members.

    Examples
    --------
    >>> settled(Tail(0.001, 0.002, 0.998, 0.999), 10), settled(Tail(0.01, 0.02, 0.98, 0.99), 10)
    ('established', None)
    """
    sides = {side: getattr(tail, side) for side in ("low", "high", "reverse_low", "reverse_high")}
    least, most = _judge(sides), _judge({side: min(1.0, members * value) for side, value in sides.items()})
    # between the two ends no side may cross the level
    crossed = any((value <= ALPHA) != (min(1.0, members * value) <= ALPHA) for value in sides.values())
    return None if crossed or least != most else most


def _judge(adjusted: Mapping[str, float]) -> str:
    if adjusted["high"] <= ALPHA:
        return "established"
    if adjusted["reverse_high"] <= ALPHA:
        return "refuted"
    if adjusted["low"] > ALPHA and adjusted["reverse_low"] > ALPHA:
        return "not_significant"
    return "depends"
