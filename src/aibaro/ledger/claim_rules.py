"""Which statement do these figures support?  The table of rules; parameters live in claims.csv.

A rule turns the sections of a claim into comparisons (:mod:`aibaro.ledger.comparisons`), or says why nothing that is
printed can decide it.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from aibaro.errors import InputError
from aibaro.ledger.book import Book
from aibaro.ledger.comparisons import Comparison
from aibaro.ledger.order_rules import (
    among_first,
    equal,
    greater,
    less,
    not_less,
    ordered,
    pairwise_greater,
    ranked,
    ranked_first,
    ranked_last,
    same_order,
    spans,
)
from aibaro.ledger.rule_inputs import Parameters, Sections, Statement, number, two
from aibaro.ledger.size_rules import (
    about,
    combined_greater,
    gap_smaller,
    majority,
    minority,
    pooled_not_less,
    sum_above,
    threshold_above,
    threshold_below,
    times,
)
from aibaro.messages import message
from aibaro.published.vocabulary import REASONS


def not_checkable(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """Say why nothing that is printed can decide a claim."""
    reason = parameters.get("reason", "")
    if reason not in REASONS:
        raise InputError(
            "unknown reason",
            where="not_checkable",
            parameter="reason",
            expected=", ".join(REASONS),
            got=reason or "nothing",
        )
    steps = ()
    if "because" in parameters:
        steps = (
            message(
                "ledger.because", en=parameters["because"], nl=parameters.get("because_nl") or parameters["because"]
            ),
        )
    return Statement(reason=reason, steps=steps)


def projection(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """Say when a target would be met if the printed growth went on."""
    later, earlier = (section[0] for section in two(sections, "projection"))
    target, year, years = (
        number(parameters, name, default) for name, default in (("target", None), ("year", None), ("years", "1"))
    )
    growth = Comparison(((Fraction(1), later), (Fraction(-1), earlier))).value()
    lines = [message("ledger.growth", later=later.printed, earlier=earlier.printed, years=years, target=target)]
    if growth.lower > 0:
        soon = year + years * (target - later.band().upper) / growth.upper
        late = year + years * (target - later.band().lower) / growth.lower
        lines.append(message("ledger.target_met", soon=f"{-(-soon // 1)}", late=f"{-(-late // 1)}"))
    else:
        lines.append(message("ledger.target_never"))
    return Statement(reason="projection", steps=tuple(lines))


CLAIM_RULES: dict[str, Callable[[Book, Sections, Parameters], Statement]] = {
    "about": about,
    "among_first": among_first,
    "combined_greater": combined_greater,
    "equal": equal,
    "gap_smaller": gap_smaller,
    "greater": greater,
    "less": less,
    "majority": majority,
    "minority": minority,
    "not_checkable": not_checkable,
    "not_less": not_less,
    "ordered": ordered,
    "pairwise_greater": pairwise_greater,
    "pooled_not_less": pooled_not_less,
    "projection": projection,
    "ranked": ranked,
    "ranked_first": ranked_first,
    "ranked_last": ranked_last,
    "same_order": same_order,
    "spans": spans,
    "sum_above": sum_above,
    "threshold_above": threshold_above,
    "threshold_below": threshold_below,
    "times": times,
    "trend": greater,
}
