"""What is a claim, and which statement do its figures support?  The table of rules; parameters live in claims.csv."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from fractions import Fraction
from itertools import pairwise, permutations, product
from typing import Any

from aibaro.consistency.interval_arithmetic import add, exactly, subtract
from aibaro.errors import InputError
from aibaro.facts import Facts, Key
from aibaro.ledger.comparisons import Comparison, Computed, Quantity, above, below, best, exact, resolve, share_of_base
from aibaro.messages import Code, Message, Row, message
from aibaro.published import PublishedSurvey, rules, split_parameters, split_sections
from aibaro.published.schema import WHOLE_BASE
from aibaro.published.vocabulary import REASONS
from aibaro.rounding import FRACTIONS, READINGS, Interval, admitted

# --- What is a claim, and how is it written down?
#
# A claim is a row of ``claims.csv``: a statement in our own words, the rule that decides it, and the printed figures
# that the rule reads.  Inputs are references (ids, facts, or globs over facts) in sections parted by ``/``; parameters
# are ``name=value`` parted by ``;``.

COLUMNS = ("id", "location", "claim_en", "claim_nl", "type", "rule", "inputs", "parameters")


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement that numbers can support or contradict.

    Parameters
    ----------
    id, location, text, type, rule : str
        Columns of ``claims.csv``; `text` is the column ``claim_en``.
    sections : tuple of tuple of str
        References to figures, in the sections that the rule reads.
    parameters : dict of str to str
        Parameters of the rule.
    text_nl : str
        Column ``claim_nl``; the English text where it is empty.
    """

    id: str
    location: str
    text: str
    type: str
    rule: str
    sections: tuple[tuple[str, ...], ...]
    parameters: dict[str, str]
    text_nl: str = ""

    def words(self, language: str = "en") -> str:
        """Return the statement in a language.

        Parameters
        ----------
        language : {"en", "nl"}
            The language.

        Returns
        -------
        str
            Its words.
        """
        return self.text_nl if language == "nl" and self.text_nl else self.text

    @property
    def family(self) -> str:
        """Family of claims within which tests are corrected for their number."""
        return self.parameters.get("family", self.type)


def read_claims(survey: PublishedSurvey) -> tuple[Claim, ...]:
    """Read the claims of a survey.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.

    Returns
    -------
    tuple of Claim
        In the order of the file.

    Examples
    --------
    >>> from aibaro.published import load
    >>> all(claim.rule for claim in read_claims(load("inspark-2025")))
    True
    """
    return tuple(_claim(row) for row in survey.claims.to_dict("records"))


def _claim(row: Mapping[Hashable, Any]) -> Claim:
    cells = {name: str(row.get(name, "")) for name in COLUMNS}
    rule = rules("claims").get(cells["rule"])
    kind = cells["type"] or (rule.type if rule is not None else "")
    sections, parameters = split_sections(cells["inputs"]), split_parameters(cells["parameters"])
    words, own = cells["claim_en"], cells["claim_nl"]
    return Claim(cells["id"], cells["location"], words, kind, cells["rule"], sections, parameters, own)


# --- What does a rule of a claim read and give?  Sections of figures and parameters in, comparisons out.

Sections = Sequence[Sequence[Quantity]]
Parameters = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Clause:
    """Comparisons of which some, or all, have to hold.

    Parameters
    ----------
    comparisons : tuple of Comparison
        The comparisons.
    need : int or None
        How many have to hold; None for all.
    limits : tuple of Comparison
        Comparisons whose failure is needed for a contradiction (the neighbouring fractions of a verbal quantity);
        empty when `comparisons` themselves decide.
    """

    comparisons: tuple[Comparison, ...] = ()
    need: int | None = None
    limits: tuple[Comparison, ...] = ()


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a claim asserts, ready to be judged.

    Parameters
    ----------
    parts : tuple of Clause
        What it asks for: all parts have to hold.
    reason : str
        Why nothing printed can decide it; empty where something can.
    computed : Computed or None
        An exact recomputation that decides instead of comparisons.
    unprinted : tuple of Key
        Members of a set that it ranks and that are not printed: they could contradict it, never support it.
    steps : tuple of Message
        Lines for the argument.
    """

    parts: tuple[Clause, ...] = ()
    reason: str = ""
    computed: Computed | None = None
    unprinted: tuple[Key, ...] = ()
    steps: tuple[Message, ...] = ()

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """All comparisons, part by part."""
        return tuple(comparison for part in self.parts for comparison in part.comparisons)


def holds(comparisons: Iterable[Comparison], need: int | None = None, *, steps: tuple[Message, ...] = ()) -> Assertion:
    """State comparisons that have to hold, all or as many as are needed."""
    return Assertion((Clause(tuple(comparisons), need),), steps=steps)


def number(parameters: Parameters, name: str, default: str | None = None) -> Fraction:
    """Read a number among the parameters of a claim."""
    text = parameters.get(name, default)
    if text is None:
        raise InputError("a rule lacks a parameter", parameter=name, expected="a number", got="nothing")
    try:
        return Fraction(text)
    except ValueError:
        raise InputError("a parameter is not a number", parameter=name, expected="a number", got=text) from None


def two(sections: Sections, rule: str) -> tuple[Sequence[Quantity], Sequence[Quantity]]:
    """Take the two sections of a rule that compares."""
    if len(sections) != 2 or not all(sections):
        raise InputError(
            "a rule compares two sections of figures",
            where=rule,
            parameter="inputs",
            expected="figures / figures",
            got=f"{len(sections)} sections",
        )
    return sections[0], sections[1]


def one(sections: Sections, rule: str) -> Sequence[Quantity]:
    """Take the only section of a rule."""
    if len(sections) != 1 or not sections[0]:
        raise InputError(
            "a rule reads one section of figures",
            where=rule,
            parameter="inputs",
            expected="figures",
            got=f"{len(sections)} sections",
        )
    return sections[0]


def needed(parameters: Parameters, count: int) -> int | None:
    """Say how many comparisons have to hold."""
    for name in ("except", "need"):
        if name in parameters:
            need = count - int(parameters[name]) if name == "except" else int(parameters[name])
            if not 1 <= need <= count:
                raise InputError(
                    "a statement of comparisons that cannot fail, or cannot hold",
                    parameter=name,
                    expected=f"0 to {count - 1}" if name == "except" else f"1 to {count}",
                    got=parameters[name],
                    hint=f"the inputs make {count} comparisons",
                )
            return need
    return None


def ranking(parameters: Parameters, others: int) -> int:
    """Read a rank among other figures."""
    rank = int(parameters["rank"])
    if not 1 <= rank <= others:
        raise InputError(
            "a rank that every figure, or none, has",
            parameter="rank",
            expected=f"1 to {others}",
            got=parameters["rank"],
            hint=f"the inputs name {others} other figures of the same group",
        )
    return rank


def as_long(left: Sequence[Quantity], right: Sequence[Quantity], rule: str) -> None:
    """Refuse two sections that cannot be taken in pairs."""
    if len(left) != len(right):
        raise InputError(
            "sections of different length",
            where=rule,
            parameter="inputs",
            expected=f"{len(left)} figures",
            got=f"{len(right)} figures",
        )


# --- Which figures belong to a set that a claim ranks, and which of them are not printed?


def unprinted(facts: Facts, reference: str) -> tuple[Key, ...]:
    """List the members of a set that are not printed: items of ``items.csv`` and levels that a glob means."""
    if "*" not in reference:
        return ()
    key, survey = Key.parse(reference), facts.survey
    names = dict.fromkeys([*map(str, survey.items["item"]), *(fact.key.item for fact in facts)])
    items = [item for item in names if fnmatchcase(item, key.item)]
    # an item that sums others up, such as "any of them", is no member of their set
    wholes = _wholes(facts)
    items = [item for item in items if not set(wholes.get(item, ())) & set(items)]
    levels = [key.level]
    if "*" in key.level:
        levels = [str(level) for level in survey.levels.loc[survey.levels["domain"] == key.domain, "level"]]
    keys = [key.about(item=item, level=level) for item in items for level in levels]
    return tuple(member for member in keys if best(facts, member) is None)


def _wholes(facts: Facts) -> Mapping[str, tuple[str, ...]]:
    """Items that others make up, with their parts."""
    return {
        Key.parse(relation.whole).item: tuple(Key.parse(part).item for part in relation.parts)
        for relation in facts.relations
        if relation.kind in {"union", "exhaustive"} and not relation.whole.startswith("@")
    }


def value_of(facts: Facts, fact: str) -> Interval | None:
    """Return the values of a fact, printed or left by a whole and its other parts; None where print leaves it open."""
    figure = best(facts, fact)
    if figure is not None:
        return figure.band(facts.rounding)
    for relation in facts.relations:
        if relation.kind != "exhaustive" or fact not in relation.parts or relation.whole.startswith("@"):
            continue
        whole, others = best(facts, relation.whole), [best(facts, part) for part in relation.parts if part != fact]
        if whole is not None and all(other is not None for other in others):
            bands = [other.band(facts.rounding) for other in others if other is not None]
            return subtract(whole.band(facts.rounding), add(bands))
    return None


# --- Which statement do these figures support?  The table of rules; parameters live in claims.csv.
#
# A rule turns the sections of a claim into comparisons (:mod:`aibaro.ledger.comparisons`), or says why nothing that is
# printed can decide it.

# --- which is larger: comparisons, ranks, orders


def greater(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that each figure of the first section is larger than each of the second."""
    left, right = two(sections, "greater")
    margin = number(parameters, "margin", "0")
    found = tuple(above(a, b, margin=margin) for a in left for b in right if a.fact != b.fact)
    return holds(found, needed(parameters, len(found)))


def less(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that each figure of the first section is smaller than each of the second."""
    left, right = two(sections, "less")
    margin = number(parameters, "margin", "0")
    found = tuple(below(a, b, margin=margin) for a in left for b in right if a.fact != b.fact)
    return holds(found, needed(parameters, len(found)))


def pairwise_greater(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that each figure is larger than the one at the same place of the second section."""
    left, right = two(sections, "pairwise_greater")
    as_long(left, right, "pairwise_greater")
    margin = number(parameters, "margin", "0")
    found = tuple(above(a, b, margin=margin) for a, b in zip(left, right, strict=True))
    return holds(found, needed(parameters, len(found)))


def equal(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that figures differ by no more than a declared margin."""
    left, right = two(sections, "equal")
    margin = number(parameters, "margin")
    found = [
        Comparison(((Fraction(sign), a), (Fraction(-sign), b)), margin, strict=False)
        for a in left
        for b in right
        if a.fact != b.fact
        for sign in (1, -1)
    ]
    return holds(found)


def not_less(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that figures are about as large as others, or larger."""
    left, right = two(sections, "not_less")
    margin = number(parameters, "margin")
    return holds(above(a, b, margin=-margin, strict=False) for a in left for b in right if a.fact != b.fact)


def ranked_first(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that the first figures are the largest of all."""
    left, right = two(sections, "ranked_first")
    named = {figure.fact for figure in left}
    found = tuple(above(a, b) for a in left for b in right if b.fact not in named)
    return holds(found, needed(parameters, len(found)))


def ranked_last(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that the first figures are the smallest of all."""
    left, right = two(sections, "ranked_last")
    named = {figure.fact for figure in left}
    found = tuple(below(a, b) for a in left for b in right if b.fact not in named)
    return holds(found, needed(parameters, len(found)))


def ranked(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State the rank of a figure among others."""
    left, right = two(sections, "ranked")
    own = left[0]
    others = sorted((f for f in right if f.fact != own.fact), key=lambda f: (-f.centre, f.fact))
    rank = ranking(parameters, len(others) + 1)
    higher, lower = others[: rank - 1], others[rank - 1 :]
    return holds([above(f, own) for f in higher] + [above(own, f) for f in lower])


def ordered(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that figures fall from first to last."""
    figures = one(sections, "ordered")
    pairs = list(pairwise(figures))
    if parameters.get("direction", "down") == "up":
        return holds(below(a, b) for a, b in pairs)
    return holds(above(a, b) for a, b in pairs)


def among_first(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that each figure is among the first so many of the figures printed for its own group."""
    own, all_of = two(sections, "among_first")
    parts = []
    for figure in own:
        place = figure.key.about(item="")
        others = [other for other in all_of if other.fact != figure.fact and other.key.about(item="") == place]
        need = len(others) - ranking(parameters, len(others)) + 1
        parts.append(Clause(tuple(above(figure, other) for other in others), need))
    return Assertion(tuple(parts))


def same_order(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that a second quantity rises with a first."""
    first, second = two(sections, "same_order")
    as_long(first, second, "same_order")
    places = sorted(range(len(first)), key=lambda i: first[i].centre, reverse=True)
    found = [above(second[i], second[j]) for at, i in enumerate(places) for j in places[at + 1 :]]
    steps = [message("ledger.first_order", order=tuple(figure(first[i]) for i in places))]
    if "of" in parameters:
        steps.append(_unrestricted(facts, parameters["of"].split(), second))
    return holds(found, needed(parameters, len(found)), steps=tuple(steps))


def _unrestricted(facts: Facts, sets: list[str], named: Sequence[Quantity]) -> Message:
    """Say which rank correlations all items of both sets can have, those of the second that are not printed free."""
    if len(sets) != 2:
        raise InputError(
            "a wider set of an order is two sets of figures",
            where="same_order",
            parameter="of",
            expected="two globs over facts",
            got=" ".join(sets),
        )
    first = resolve(facts, sets[0])
    stems = [reference.partition("*")[0] for reference in sets]
    others = {f.fact: f.fact.replace(stems[0], stems[1], 1) for f in first}
    known = {f.fact: value_of(facts, others[f.fact]) for f in first}
    names = list(known)
    order = {name: place for place, name in enumerate(sorted(names, key=lambda name: _middle(facts, name)))}
    found = []
    for ranks in permutations(range(len(names))):
        placed = dict(zip(names, ranks, strict=True))
        values = sorted((band.lower + band.upper, placed[name]) for name, band in known.items() if band is not None)
        if all(one[1] < two[1] for one, two in pairwise(values)):
            found.append(sum((placed[name] - order[name]) ** 2 for name in names))
    count = len(names)
    low, high = (1 - Fraction(6 * total, count * (count**2 - 1)) for total in (max(found), min(found)))
    missing = tuple(Code(others[name]) for name in names if known[name] is None)
    return message("ledger.unrestricted", count=count, low=low, high=high, missing=missing, named=len(named))


def _middle(facts: Facts, fact: str) -> Fraction:
    figure = best(facts, fact)
    return Fraction(0) if figure is None else figure.centre


def spans(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that figures lie between two of them."""
    ends, figures = two(sections, "spans")
    low, high = ends[0], ends[-1]
    found = [above(f, low, strict=False) for f in figures if f.fact not in {low.fact, high.fact}]
    found += [below(f, high, strict=False) for f in figures if f.fact not in {low.fact, high.fact}]
    return holds((*found, above(high, low)))


# --- how large: majorities, limits, sums, gaps, verbal quantities


def majority(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that figures are above one half."""
    return holds(above(f, 50) for f in one(sections, "majority"))


def minority(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that figures, or the sum of a section, are below one half."""
    figures = one(sections, "minority")
    if parameters.get("of", "each") == "sum":
        return holds([Comparison(tuple((Fraction(-1), f) for f in figures), Fraction(50))])
    return holds(below(f, 50) for f in figures)


def threshold_above(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that figures exceed a limit."""
    limit, strict = number(parameters, "limit"), parameters.get("strict", "yes") == "yes"
    figures = one(sections, "threshold_above")
    if parameters.get("of", "each") == "sum":
        terms = tuple((Fraction(1), f) for f in figures)
        return holds([Comparison(terms, -limit, strict=strict)])
    return holds((above(f, limit, strict=strict) for f in figures), needed(parameters, len(figures)))


def threshold_below(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that figures stay under a limit."""
    limit, strict = number(parameters, "limit"), parameters.get("strict", "yes") == "yes"
    figures = one(sections, "threshold_below")
    if parameters.get("of", "each") == "sum":
        terms = tuple((Fraction(-1), f) for f in figures)
        return holds([Comparison(terms, limit, strict=strict)])
    return holds((below(f, limit, strict=strict) for f in figures), needed(parameters, len(figures)))


def sum_above(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that the sum of figures exceeds a limit."""
    figures = one(sections, "sum_above")
    return holds([Comparison(tuple((Fraction(1), f) for f in figures), -number(parameters, "limit", "50"))])


def about(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that figures are a simple fraction, as words read it."""
    share = number(parameters, "share")
    qualifier = parameters.get("qualifier", "about")
    if share not in FRACTIONS or qualifier not in READINGS:
        raise InputError(
            "no reading of these words",
            where="about",
            parameter="share, qualifier",
            expected=f"{', '.join(map(str, FRACTIONS))}; {', '.join(READINGS)}",
            got=f"{share}, {qualifier}",
        )
    reading = admitted(share, qualifier)
    scale = (Fraction(0), *FRACTIONS, Fraction(1))
    place = scale.index(share)
    low = min(100 * scale[place - 1], reading.lower)
    high = max(100 * scale[place + 1], reading.upper)
    groups = _amounts(sections, parameters)
    figures = [f for group in groups for _, f in group]
    parts, said = [], not any(figure.precise for figure in figures)
    for group in groups:
        inner, outer = [], []
        for sign, near, far, closed in (
            (1, reading.lower, low, reading.lower_closed),
            (-1, reading.upper, high, reading.upper_closed),
        ):
            terms = tuple((Fraction(sign) * factor, f) for factor, f in group)
            if parameters.get("of") == "ratio":
                (top, bottom) = (f for _, f in group)
                inner.append(Comparison(((Fraction(sign), top), (-sign * near / 100, bottom)), strict=not closed))
                outer.append(Comparison(((Fraction(sign), top), (-sign * far / 100, bottom)), strict=False))
                continue
            inner.append(Comparison(terms, -sign * near, strict=not closed))
            outer.append(Comparison(terms, -sign * far, strict=False))
        parts.append(Clause(tuple(inner), limits=tuple(outer)))
    if said:
        return Assertion(tuple(parts), reason="no_second_figure", steps=(message("ledger.only_words"),))
    return Assertion(tuple(parts))


def _amounts(sections: Sections, parameters: Parameters) -> list[list[tuple[Fraction, Quantity]]]:
    """The amounts that a verbal quantity is said of: each figure, their sum, or the ratio of two."""
    if parameters.get("of") == "ratio":
        left, right = two(sections, "about")
        return [[(Fraction(1), a), (Fraction(1), b)] for a in left for b in right]
    figures = [(Fraction(1), f) for f in one(sections, "about")]
    return [figures] if parameters.get("of") == "sum" else [[pair] for pair in figures]


def gap_smaller(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that one difference is smaller than others."""
    if len(sections) < 2 or any(len(section) != 2 for section in sections):
        raise InputError(
            "differences need pairs",
            where="gap_smaller",
            parameter="inputs",
            expected="two figures / two figures / ...",
            got=f"{len(sections)} sections",
        )
    (a, b), one = sections[0], Fraction(1)
    return holds(Comparison(((one, c), (-one, d), (-one, a), (one, b))) for c, d in sections[1:])


def combined_greater(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that the sum of one section exceeds the sum of another."""
    left, right = two(sections, "combined_greater")
    terms = [(Fraction(1), f) for f in left] + [(Fraction(-1), f) for f in right]
    return holds([Comparison(tuple(terms))])


def times(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that figures are at least so many times as large as others."""
    left, right = two(sections, "times")
    factor = number(parameters, "factor")
    return holds(Comparison(((Fraction(1), a), (-factor, b)), strict=False) for a in left for b in right)


def pooled_not_less(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that levels taken together are about as large as other levels taken together, or larger.

    Notes
    -----
    Levels are pooled by their population, times the printed share of the base among all firms of the level.  A pooled
    share is monotone in each weight, so that the corners of the weights' rounding hold all values that it can have.
    """
    left, right = two(sections, "pooled_not_less")
    margin = number(parameters, "margin")
    sides = [[_masses(facts, figure) for figure in side] for side in (left, right)]
    centres = [[sum(ends, Fraction(0)) / 2 for ends in side] for side in sides]
    comparison = Comparison((*_pooled(left, centres[0]), *_pooled(right, centres[1], -1)), margin, strict=False)
    corners = [
        Comparison((*_pooled(left, one), *_pooled(right, other, -1)), margin, strict=False)
        for one in product(*sides[0])
        for other in product(*sides[1])
    ]

    def values(rule: str) -> Interval:
        found = [corner.value(rule) for corner in corners]
        return Interval(min(v.lower for v in found), max(v.upper for v in found))

    step = message("ledger.pooled", left=_shown(left, centres[0]), right=_shown(right, centres[1]))
    # the difference plus the margin must not be negative: it is printed by nobody, so zero itself stands for print
    return Assertion((Clause((comparison,)),), computed=Computed(values, step, "not negative"))


def _masses(facts: Facts, figure: Quantity) -> tuple[Fraction, Fraction]:
    """Return the smallest and the largest number of units that a figure of a level speaks for."""
    counts = facts.margin(figure.key.domain)
    if figure.key.level not in counts:
        raise InputError(
            "levels are pooled by their population",
            where="pooled_not_less",
            parameter="inputs",
            expected="figures by a stratum variable",
            got=figure.fact,
        )
    units = Fraction(counts[figure.key.level])
    if figure.key.base == WHOLE_BASE:
        return units, units
    held = share_of_base(facts, figure.key.base, figure.key)
    if held is None:
        raise InputError(
            "the share of the base is not printed for this level",
            where="pooled_not_less",
            parameter="inputs",
            got=figure.fact,
        )
    return units * held.lower / 100, units * held.upper / 100


def _pooled(figures: Sequence[Quantity], masses: Sequence[Fraction], sign: int = 1) -> list[tuple[Fraction, Quantity]]:
    total = sum(masses, Fraction(0))
    return [(sign * mass / total, figure) for figure, mass in zip(figures, masses, strict=True)]


def _shown(figures: Sequence[Quantity], masses: Sequence[Fraction]) -> Message:
    value = sum((factor * f.centre for factor, f in _pooled(figures, masses)), Fraction(0))
    return message("ledger.pooled_side", value=value, parts=tuple(figure(f) for f in figures))


# --- what cannot be decided, and when


def not_checkable(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
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
    steps: tuple[Message, ...] = ()
    if "because" in parameters:
        steps = (
            message(
                "ledger.because", en=parameters["because"], nl=parameters.get("because_nl") or parameters["because"]
            ),
        )
    return Assertion(reason=reason, steps=steps)


def projection(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
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
    return Assertion(reason="projection", steps=tuple(lines))


# --- exact recomputations, whose first figure the others give


def sum_of(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that a figure is the sum of others."""
    whole, parts = _given(sections, "sum_of")
    return _recomputed(whole, "ledger.sum_of", lambda rule: add(f.band(rule) for f in parts), parts)


def balance(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that a figure is what figures that are added and taken away leave."""
    whole, plus = _given(sections, "balance")
    minus = sections[2] if len(sections) > 2 else ()
    values = lambda rule: subtract(add(f.band(rule) for f in plus), add(f.band(rule) for f in minus))  # noqa: E731
    return _recomputed(whole, "ledger.sum_of", values, plus, minus)


def ratio_of(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that a percentage is the quotient of counts."""
    if len(sections) != 3 or not all(sections):
        raise InputError(
            "a quotient needs its result, counts above and counts below",
            where="ratio_of",
            parameter="inputs",
            expected="result / counts / counts",
            got=f"{len(sections)} sections",
        )
    (share, *_), top, bottom = sections
    below = sum((f.centre for f in bottom), Fraction(0))
    if not below:
        raise InputError(
            "a quotient of nothing",
            where="ratio_of",
            parameter="inputs",
            expected="counts below that are more than 0",
            got=" + ".join(f.printed for f in bottom),
        )
    value = 100 * sum((f.centre for f in top), Fraction(0)) / below
    step = message("ledger.ratio_of", top=_sum_text(top), bottom=_sum_text(bottom), value=value, printed=share.printed)
    return Assertion(computed=Computed(lambda rule: subtract(share.band(rule), exactly(value)), step))


def count_of(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that as many things are printed as the text says."""
    said, found = _given(sections, "count_of")
    names = tuple(Code(f.key.item) for f in found)
    step = message("ledger.count_of", count=len(found), names=names, printed=said.printed)
    return Assertion(computed=Computed(lambda rule: subtract(said.band(rule), exactly(len(found))), step))


def mixture_of(facts: Facts, sections: Sections, parameters: Parameters) -> Assertion:
    """State that a figure of all lies between those of its parts."""
    whole, parts = _given(sections, "mixture_of")

    def values(rule: str) -> Interval:
        bands = [part.band(rule) for part in parts]
        inside = Interval(min(band.lower for band in bands), max(band.upper for band in bands))
        return subtract(whole.band(rule), inside)

    step = message("ledger.mixture_of", whole=whole.printed, parts=", ".join(part.printed for part in parts))
    return Assertion(computed=Computed(values, step))


def _given(sections: Sections, rule: str) -> tuple[Quantity, Sequence[Quantity]]:
    if len(sections) < 2 or not sections[0] or not sections[1]:
        raise InputError(
            "a recomputation needs a result and its inputs",
            where=rule,
            parameter="inputs",
            expected="result / inputs",
            got=f"{len(sections)} sections",
        )
    return sections[0][0], sections[1]


def _recomputed(
    whole: Quantity,
    key: str,
    values: Callable[[str], Interval],
    plus: Sequence[Quantity],
    minus: Sequence[Quantity] = (),
) -> Assertion:
    band = values("half_up")
    terms = Row((*_sum_text(plus), *(part for f in minus for part in ("-", f.printed))))
    ends = exact(band.lower), exact(band.upper)
    shown = ends[0] if ends[0] == ends[1] else message("ledger.range", low=ends[0], high=ends[1])
    step = message(key, terms=terms, interval=shown, printed=whole.printed)
    return Assertion(computed=Computed(lambda rule: subtract(whole.band(rule), values(rule)), step))


def _sum_text(figures: Sequence[Quantity]) -> Row:
    return Row(part for place, f in enumerate(figures) for part in (*(["+"] if place else []), f.printed))


def figure(quantity: Quantity) -> Message:
    """A figure by its name, with what is printed."""
    return message("ledger.figure", fact=Code(quantity.fact), printed=quantity.printed)


CLAIM_RULES: dict[str, Callable[[Facts, Sections, Parameters], Assertion]] = {
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
EXACT_RULES: dict[str, Callable[[Facts, Sections, Parameters], Assertion]] = {
    "balance": balance,
    "count_of": count_of,
    "mixture_of": mixture_of,
    "ratio_of": ratio_of,
    "sum_of": sum_of,
}
