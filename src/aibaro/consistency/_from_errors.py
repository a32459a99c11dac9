"""Statements from printed differences and changes between waves, standard errors and margins of error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

from aibaro.consistency import _arithmetic as say
from aibaro.consistency._sources import Sources, formed, generator, linear, usable
from aibaro.consistency.statement import HUNDRED, ONE, ZERO, Enclosure, Ends, Reader, Statement
from aibaro.facts import Fact, Key
from aibaro.published.vocabulary import MEASURES

# Half widths in standard errors of 90%, 95% and 99% intervals, rounded outward: print rarely says which is meant.
_QUANTILES = {"standard_error": (ONE, ONE), "margin_of_error": (Fraction("1.64"), Fraction("2.58"))}
# Square roots of the design effects that are allowed for: strata and calibration shrink an error, weights and
# clusters stretch it.  Answers without weights come from strata and clusters too.
_ROOM = (Fraction(1, 2), Fraction(4))
_DIGITS = 10**12


@generator(110)
def points(sources: Sources) -> Iterator[Statement]:
    """A printed difference in points against the shares of two waves."""
    for (item, base, measure), figures in list(sources.by_item.items()):
        if measure != "points":
            continue
        for fact in figures:
            pair = _pair(sources, fact, item, base, "share")
            if pair is None:
                continue
            now, before = pair
            yield linear(
                f"difference:{fact.key}",
                "difference",
                [(now, ONE), (before, -ONE), (fact, -ONE)],
                "=",
                ZERO,
                explain=say.difference,
                result=fact.key,
            )


def _pair(sources: Sources, fact: Fact, item: str, base: str, measure: str) -> tuple[Fact, Fact] | None:
    """The figures that a difference ends and starts with; none where print leaves open which they are.

    It ends with the figure of no wave, which is that of the survey itself, else with the latest wave; it starts from
    the wave that it names, else from the only other one.
    """
    own = fact.key.about(measure=measure, wave="")
    others = {
        other.key.wave: other
        for other in sources.by_item.get((item, base, measure), ())
        if other.key.wave and other.key.about(wave="") == own
    }
    now = sources.figure(own)
    if now is None:
        order = {wave: time for wave in others if (time := _in_time(wave)) is not None}
        if len(order) < len(others) or len(set(order.values())) < len(order) or len(order) < 2:
            return None
        now = others.pop(max(order, key=lambda wave: order[wave]))
    named = fact.key.wave
    before = others.get(named) if named else next(iter(others.values())) if len(others) == 1 else None
    return (now, before) if before is not None else None


def _in_time(wave: str) -> tuple[int, int] | None:
    """The place of a wave in time, from its year and quarter or half, or from its number.

    >>> _in_time("2023"), _in_time("2023-q2"), _in_time("q2-2023"), _in_time("wave-3"), _in_time("march-2023")
    ((2023, 0), (2023, 2), (2023, 2), (0, 3), None)
    """
    match = _WAVE.fullmatch(wave.lower())
    if match is None:
        return None
    year = match["year"] or match["last"] or 0
    return int(year), int(match["part"] or match["number"] or match["first"] or 0)


_WAVE = re.compile(
    r"(?P<year>(?:19|20)\d\d)(?:-?[qhkt](?P<part>[1-4]))?|[qhkt](?P<first>[1-4])-?(?P<last>(?:19|20)\d\d)"
    r"|[a-z]+-?(?P<number>\d{1,3})"
)


@generator(120)
def changes(sources: Sources) -> Iterator[Statement]:
    """A printed growth in percent against the figures of two waves."""
    for (item, base, measure), figures in list(sources.by_item.items()):
        if measure != "change":
            continue
        for fact in figures:
            for of in ("count", "mean", "share"):
                pair = _pair(sources, fact, item, base, of)
                if pair is None:
                    continue
                now, before = pair
                yield formed(
                    f"change:{fact.key}|of={of}",
                    "change",
                    [(fact, ONE), (now, ZERO), (before, ZERO)],
                    "=",
                    ZERO,
                    form=Enclosure(fact.key, _Change(now.key, before.key, of)),
                    explain=say.change,
                    result=fact.key,
                )


@dataclass(frozen=True, slots=True)
class _Change:
    """The ends of a growth in percent; of a share it may be meant in points, so that both readings are allowed."""

    now: Key
    before: Key
    of: str

    def __call__(self, ends: Reader) -> Ends:
        now, before = ends(self.now), ends(self.before)
        lowest, highest = now.low, now.high
        if lowest is None or highest is None or before.low is None or before.high is None or before.low <= 0:
            return Ends(None, None)
        # a falling figure divides the smallest by the largest, as a growing one does, where both are positive
        lows, highs = [HUNDRED * (lowest / before.high - 1)], [HUNDRED * (highest / before.low - 1)]
        if self.of == "share":
            lows.append(lowest - before.high)
            highs.append(highest - before.low)
        low_ids, high_ids = (*now.low_ids, *before.high_ids), (*now.high_ids, *before.low_ids)
        return Ends(min(lows), max(highs), False, False, low_ids, high_ids)


@generator(130)
def errors(sources: Sources) -> Iterator[Statement]:
    """A standard error or margin of error against the share and the number of answers.

    Around ``sqrt(p (1 - p) / n)`` room is left for design effects from a quarter to sixteen: no file says how
    respondents were clustered and stratified.
    """
    for measure in _QUANTILES:
        for (item, _, own), figures in list(sources.by_item.items()):
            if own != measure:
                continue
            for fact in figures:
                share = sources.figure(fact.key.about(measure="share"))
                size = (
                    sources.facts.answered(fact.key.about(measure="share"))
                    or sources.facts.answered(fact.key)
                    or sources.facts.size(fact.key.base, *fact.key.place)
                )
                if size is None or not usable(size) or item in sources.rates:
                    continue
                # a margin of error by itself is that of the survey at 50%; beside a mean it is the mean's
                if share is None and (measure == "standard_error" or _measured(sources, fact.key)):
                    continue
                answered = [(fact, ONE), *([(share, ZERO)] if share is not None else []), (size, ZERO)]
                given = (f"weighting = {sources.facts.weighting(fact).kind}",)
                yield formed(
                    f"error:{fact.key}",
                    "error",
                    answered,
                    "=",
                    ZERO,
                    form=Enclosure(
                        fact.key, _Error(sources, fact.key, share.key if share is not None else None, size.key)
                    ),
                    explain=say.error,
                    rests_on=given,
                    result=fact.key,
                )


def _measured(sources: Sources, key: Key) -> bool:
    """Whether anything else is printed of an item than its errors."""
    return any((key.item, key.base, measure) in sources.by_item for measure in MEASURES if measure not in _QUANTILES)


class _Error:
    """The ends of an error in points, from the ends of a share in percent and of a number of answers."""

    def __init__(self, sources: Sources, key: Key, share: Key | None, size: Key) -> None:
        self.share, self.size = share, size
        self.low, self.high = _QUANTILES[key.measure]
        # strata that answer alike, or were asked in full, leave next to nothing of an error
        self.least = ZERO if sources.facts.variables else ONE

    def __call__(self, ends: Reader) -> Ends:
        size = ends(self.size)
        share = ends(self.share) if self.share is not None else Ends(HUNDRED / 2, HUNDRED / 2)
        if not size.low or size.high is None or share.low is None or share.high is None:
            return Ends(None, None)
        ids = (*size.low_ids, *size.high_ids, *share.low_ids, *share.high_ids)
        spread = [p * (HUNDRED - p) for p in (share.low, share.high)]
        largest = HUNDRED * HUNDRED / 4 if share.low <= HUNDRED / 2 <= share.high else max(spread)
        low = _root(min(spread) / size.high * self.least) * self.low
        high = _root(largest / max(size.low - 1, ONE)) * self.high
        small, large = _ROOM
        return Ends(low * small, high * large, False, False, ids, ids)


def _root(value: Fraction) -> Fraction:
    """A square root with twelve digits, from below."""
    return Fraction(isqrt(max(int(value * _DIGITS * _DIGITS), 0)), _DIGITS)
