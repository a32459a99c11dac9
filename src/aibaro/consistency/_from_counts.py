"""Statements from printed counts: shares of counts, whole numbers of answers, sizes of bases, totals of strata."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor

from aibaro.consistency import _arithmetic as say
from aibaro.consistency._sources import Sources, formed, generator, ids_of, linear, size_of_counts, usable
from aibaro.consistency.statement import (
    HUNDRED,
    ONE,
    ZERO,
    Enclosure,
    Ends,
    Reader,
    Repeat,
    RestOfBase,
    ShareOfBase,
    Statement,
    Whole,
)
from aibaro.facts import Base, Fact, Key
from aibaro.published.schema import COUNT_COLUMNS, CROSS

# Beyond this many answers every printable share of whole percent is reachable; decimals add factors of ten.
_ALL_REACHABLE = 100
_PREFIX = "n."
_SHOWN = 6  # cells of the strata that are named


@generator(20)
def repeats(sources: Sources) -> Iterator[Statement]:
    """One fact that is printed several times in digits."""
    for fact in sources.facts:
        if usable(fact) and len(fact.hard) > 1:
            yield formed(
                f"repeat:{fact.key}",
                "repeat",
                [(fact, ONE)],
                "=",
                fact.value or ZERO,
                form=Repeat(fact.key),
                explain=say.repeated,
                result=fact.key,
            )


@generator(10)
def ranges(sources: Sources) -> Iterator[Statement]:
    """A printing outside what its kind can be."""
    for fact in sources.facts:
        for printing in fact.hard:
            band = printing.interval(sources.facts.rounding)
            if usable(fact) and band is not None and band.empty:
                yield formed(
                    f"range:{printing.id}",
                    "range",
                    [(fact, ONE)],
                    "<=",
                    HUNDRED,
                    form=Repeat(fact.key),
                    explain=say.impossible,
                )


@generator(60)
def ratios(sources: Sources) -> Iterator[Statement]:
    """A share and a count of one item: ``share = 100 count / base``."""
    for (item, base, measure), figures in sources.by_item.items():
        if measure != "count":
            continue
        for count in figures:
            for name, given in ((item, ()), (item.removeprefix(_PREFIX), (f"{item} counts {item[2:]}",))):
                share = sources.figure(count.key.about(item=name, measure="share"))
                if share is None or (name == item and given) or not _alike(sources, share, count):
                    continue
                # the base beside a number counts respondents
                answered = sources.facts.answered(share.key) if sources.weighting(count) == "none" else None
                size = (
                    answered if usable(answered) else size_of_counts(sources, base, count.key.place, [count.weighted])
                )
                if size is None or not usable(size) or size.key == count.key:
                    continue
                exact = usable(answered) or sources.response == ONE
                yield formed(
                    f"ratio:{count.key}",
                    "ratio",
                    [(share, size.value or ZERO), (count, -HUNDRED), (size, ZERO)],
                    "=",
                    ZERO,
                    form=ShareOfBase(share.key, size.key, count.key, HUNDRED, ONE if exact else sources.response),
                    explain=say.ratio,
                    rests_on=(*given, *(() if exact else sources.response_given)),
                    result=share.key,
                )
                break


def _alike(sources: Sources, share: Fact, count: Fact) -> bool:
    """Whether both are weighted or both are not: an unweighted count says nothing of a weighted share."""
    return (sources.weighting(share) == "none") == (sources.weighting(count) == "none") and (
        share.weighted == count.weighted or "unknown" not in {share.weighted, count.weighted}
    )


@generator(80)
def answered_sizes(sources: Sources) -> Iterator[Statement]:
    """The base beside a number is the size of its base, or what item nonresponse leaves of it."""
    for fact in sources.facts:
        if fact.key.measure != "answered" or fact.weighted == "yes":
            continue
        size = sources.facts.size(fact.key.base, *fact.key.place)
        if size is None or not usable(size):
            continue
        lowest = {"none": ONE, "imputed": ONE, "out": ZERO}.get(sources.said, sources.response)
        name = f"subset:{fact.key}"
        if lowest == ONE:
            yield linear(
                name,
                "subset",
                [(fact, ONE), (size, -ONE)],
                "=",
                ZERO,
                explain=say.same_size,
                rests_on=sources.response_given,
                result=fact.key,
            )
            continue
        yield linear(name, "subset", [(fact, ONE), (size, -ONE)], "<=", ZERO, explain=say.part_of)
        if lowest > 0:
            yield linear(
                f"{name}:response",
                "subset",
                [(fact, ONE), (size, -lowest)],
                ">=",
                ZERO,
                explain=say.most_of,
                rests_on=sources.response_given,
            )


@generator(100)
def nobody(sources: Sources) -> Iterator[Statement]:
    """A share that is printed of a base without members."""
    for fact in sources.facts:
        if fact.key.measure != "share" or not usable(fact):
            continue
        for size in (sources.facts.answered(fact.key), sources.facts.size(fact.key.base, *fact.key.place)):
            if size is not None and usable(size) and size.exact and size.value == 0:
                yield formed(
                    f"range:{fact.key}:nobody",
                    "range",
                    [(fact, ONE), (size, ZERO)],
                    "=",
                    ZERO,
                    form=Enclosure(fact.key, _Nobody(fact.key, size.key)),
                    explain=say.nobody,
                )
                break


class _Nobody:
    """No value is left of a share while its base has no members."""

    def __init__(self, share: Key, size: Key) -> None:
        self.share, self.size = share, size

    def __call__(self, ends: Reader) -> Ends:
        own, size = ends(self.share), ends(self.size)
        released = not own.low_ids and not own.high_ids
        if released or size.high is None or size.high > 0:
            return Ends(None, None)
        ids = (*own.low_ids, *own.high_ids, *size.low_ids, *size.high_ids)
        return Ends(ONE, ZERO, low_ids=ids, high_ids=ids)


@generator(70)
def sizes(sources: Sources) -> Iterator[Statement]:
    """A base is at most its parent, and its share of it where answers are not weighted."""
    facts = sources.facts
    for measure in ("count", "weighted_base"):
        for name in facts.bases:
            for size in sources.by_item.get(("respondents", name, measure), ()):
                whole = sources.figure(size.key.about(domain="", level="")) if size.key.domain else None
                if whole is not None:
                    terms = [(size, ONE), (whole, -ONE)]
                    yield linear(f"subset:{size.key}:level", "subset", terms, "<=", ZERO, explain=say.part_of)
    for base in facts.bases.values():
        if not base.parent:
            continue
        for measure in ("count", "weighted_base"):
            for size in sources.by_item.get(("respondents", base.name, measure), ()):
                weighted = "yes" if measure == "weighted_base" else "no"
                parent = sources.facts.size(base.parent, *size.key.place, weighted=weighted)
                parent = parent if usable(parent) else None
                if parent is None:
                    continue
                yield linear(
                    f"subset:{size.key}",
                    "subset",
                    [(size, ONE), (parent, -ONE)],
                    "<=",
                    ZERO,
                    explain=say.part_of,
                    rests_on=("bases.csv",),
                )
                yield from _share_of_parent(sources, base, size, parent)


def _share_of_parent(sources: Sources, base: Base, size: Fact, parent: Fact) -> Iterator[Statement]:
    """What the shares of items say of the size of a base that they define."""
    whole, side = base.share if base.share is not None else (None, "")
    # who gave all answers is among those who gave each
    each = [Key.parse(item).about(base=base.parent) for item in base.definition.items]
    limits = each if base.definition.kind == "all" and whole is None else []
    for key in [whole] if whole is not None else limits:
        domain, level, wave, group = size.key.place
        figure = sources.figure(key.about(domain=domain, level=level, wave=wave, group=group))
        if figure is None:
            continue
        weighted = sources.weighting(figure) != "none"
        if weighted != (size.key.measure == "weighted_base"):
            continue
        answered = None if weighted else sources.facts.answered(figure.key)
        exact = sources.response == ONE or usable(answered)
        of = answered if answered is not None and usable(answered) else parent
        response = ONE if exact else sources.response
        form: ShareOfBase | RestOfBase
        if limits:
            name, kind, form, explain = (
                f":{key.item}",
                "subset",
                ShareOfBase(figure.key, of.key, size.key, slack=ZERO),
                say.share_at_most,
            )
        elif side == "outside":
            name, kind, form, explain = "", "ratio", RestOfBase(figure.key, of.key, size.key, response), say.rest
        else:
            name, kind, form, explain = (
                "",
                "ratio",
                ShareOfBase(figure.key, of.key, size.key, HUNDRED, response),
                say.ratio,
            )
        yield formed(
            f"{'ratio' if kind == 'ratio' else 'subset'}:{size.key}{name}",
            kind,
            [(figure, of.value or ZERO), (size, -HUNDRED), (of, ZERO)],
            "<=" if limits else "=",
            ZERO,
            form=form,
            explain=explain,
            rests_on=("bases.csv", *(() if exact else sources.response_given)),
            result=None if limits else figure.key,
        )


@generator(30)
def balances(sources: Sources) -> Iterator[Statement]:
    """Printed totals of the strata against their cells, and answers within the sample within the population."""
    facts, variables = sources.facts, sources.facts.variables
    if not variables:
        return
    domain = CROSS.join(variables)
    for column in COUNT_COLUMNS:
        cells = sources.parts_of(Key(column, measure="count"), domain)
        levels = facts.margin(domain, column)
        if not levels or set(cells) != set(levels):
            continue
        # the domains that print has counts of, not every crossing of so many variables
        printed = {d for key, table in sources.tables.items() if (key[0], key[-1]) == (column, "count") for d in table}
        found = []
        for of in printed - {domain}:
            names = tuple(place for place, name in enumerate(variables) if name in of.split(CROSS))
            if CROSS.join(variables[place] for place in names) == of:
                found.append(names)
        for names in sorted(found, key=lambda names: (len(names), names)):
            yield from _totals(sources, column, cells, names)
    for small, large in (("respondents", "sample"), ("sample", "population"), ("respondents", "population")):
        if small == "respondents" and large == "population" and "sample" in facts.survey.strata:
            continue
        for key in [fact.key for fact in sources.by_item.get((small, "all", "count"), ())]:
            part, whole = sources.figure(key), sources.figure(key.about(item=large))
            if part is not None and whole is not None:
                yield linear(
                    f"subset:{key}:{large}", "subset", [(part, ONE), (whole, -ONE)], "<=", ZERO, explain=say.part_of
                )


def _totals(sources: Sources, column: str, cells: dict[str, Fact], names: tuple[int, ...]) -> Iterator[Statement]:
    variables = sources.facts.variables
    domain = CROSS.join(variables[place] for place in names)
    grouped: dict[str, list[Fact]] = {}
    for level, fact in cells.items():
        labels = level.split(CROSS)
        grouped.setdefault(CROSS.join(labels[place] for place in names), []).append(fact)
    for level, parts in grouped.items():
        whole = sources.figure(Key(column, domain=domain, level=level, measure="count"))
        if whole is not None:
            yield linear(
                f"balance:{whole.key}",
                "balance",
                [*((fact, ONE) for fact in parts), (whole, -ONE)],
                "=",
                ZERO,
                explain=say.total,
                rests_on=("strata.csv",),
                result=whole.key,
            )


@generator(90)
def granular(sources: Sources) -> Iterator[Statement]:
    """A share of n answers is k/n where answers are not weighted."""
    for fact in sources.facts:
        if fact.key.measure != "share" or not usable(fact) or not fact.percent or fact.key.item in sources.rates:
            continue
        found = _answers(sources, fact)
        if found is None:
            continue
        compute, figures, given = found
        yield formed(
            f"granular:{fact.key}",
            "granular",
            [(fact, ONE), *((other, ZERO) for other in figures)],
            "=",
            ZERO,
            form=Enclosure(fact.key, compute),
            explain=say.whole_number,
            rests_on=given,
        )


def _answers(sources: Sources, fact: Fact) -> tuple[Whole, tuple[Fact, ...], tuple[str, ...]] | None:
    """Which numbers of answers may stand behind a share."""
    facts, key = sources.facts, fact.key
    limit = _ALL_REACHABLE * 10**fact.decimals
    kind = sources.weighting(fact)
    answered = facts.answered(key)
    if kind == "none" and answered is not None and usable(answered):
        n = int(answered.value or 0)
        size = facts.size(key.base, *key.place)
        doubtful = not _settled(answered) or (size is not None and usable(size) and n not in _interval(size))
        if not 0 < n < limit:
            return None
        others = (answered,) if doubtful else ()
        return Whole(key, (n,), size=answered.key if doubtful else None), others, ids_of([answered])
    if kind != "none" and not (kind == "cells" and _one_weight(sources, key)):
        return None
    size = facts.size(key.base, *key.place)
    if size is not None and usable(size) and size.exact:
        n = int(size.value or 0)
        numbers = _possible(sources, n)
        if not 0 < n < limit or not numbers:
            return None
        # a size that is printed once as a number, or printed in several ways, may itself be the wrong one
        printed = all(p.named for p in size.hard) or not _settled(size)
        given = (*ids_of([size]), *(() if len(numbers) == 1 else sources.response_given))
        return Whole(key, numbers, size=size.key if printed else None), (size,) if printed else (), given
    n, cells = _in_strata(sources, key) if size is None and key.base == "all" else (0, ())
    if 0 < n < limit:
        return (
            Whole(key, _possible(sources, n)),
            (),
            (*cells, *(() if sources.response == ONE else sources.response_given)),
        )
    base = facts.bases.get(key.base)
    if base is None or base.share is None or base.share[1] != "inside":
        return None
    domain, level, wave, group = key.place
    share = sources.figure(base.share[0].about(domain=domain, level=level, wave=wave, group=group))
    if share is not None and not sources.weighted_alike(fact, share):
        return None
    parent = facts.size(base.parent or "all", *key.place)
    if share is None or (parent is None and base.parent not in {"", "all"}):
        return None
    if parent is None:
        n, cells = _in_strata(sources, key)
    elif usable(parent) and parent.exact and _settled(parent):
        n, cells = int(parent.value or 0), ids_of([parent])
    else:
        return None
    return (Whole(key, _possible(sources, n), base=share.key), (share,), cells) if 0 < n < limit else None


def _one_weight(sources: Sources, key: Key) -> bool:
    """Whether all answers behind a figure weigh the same under ``cells``: one stratum, or strata alike."""
    if key.wave or key.group:
        return False
    found = sources.strata(key.domain).get(key.level, [])
    if len(found) > 1 and sources.response != ONE:
        # who did not answer an item shifts the weights of the strata against each other
        return False
    return len({Fraction(population, count) for _, population, count in found if count}) == 1


def _in_strata(sources: Sources, key: Key) -> tuple[int, tuple[str, ...]]:
    """Respondents of strata as their table counts them, and the cells that say so; 0 where it does not."""
    if sources.facts.weighting(key.base).kind != "cells" or key.wave or key.group:
        return 0, ()
    found = sources.strata(key.domain).get(key.level, [])
    cells = tuple(f"strata.csv#{name}.respondents" for name, *_ in found[:_SHOWN])
    return sum(count for *_, count in found), cells


def _settled(size: Fact) -> bool:
    """Whether the printings of a size agree."""
    band = size.interval()
    return band is not None and not band.empty


def _possible(sources: Sources, n: int) -> tuple[int, ...]:
    """How many of n may have answered an item."""
    return (n,) if sources.response == ONE else tuple(range(1, n + 1))


def _interval(size: Fact) -> range:
    band = size.interval()
    assert band is not None
    return range(ceil(band.lower), floor(band.upper) + 1)
