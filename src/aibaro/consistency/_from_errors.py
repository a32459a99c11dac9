"""Statements from printed differences and changes between waves, standard errors and margins of error."""

from __future__ import annotations

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
            now = sources.figure(fact.key.about(measure="share", wave=""))
            before = _before(sources, fact, item, base, "share")
            if now is None or before is None or now.key == before.key:
                continue
            yield linear(
                f"difference:{fact.key}",
                "difference",
                [(now, ONE), (before, -ONE), (fact, -ONE)],
                "=",
                ZERO,
                explain=say.difference,
                result=fact.key,
            )


def _before(sources: Sources, fact: Fact, item: str, base: str, measure: str) -> Fact | None:
    """The figure that a difference starts from: of the named wave, or of the only other one."""
    if fact.key.wave:
        return sources.figure(fact.key.about(measure=measure))
    others = [
        other
        for other in sources.by_item.get((item, base, measure), ())
        if other.key.wave and other.key.about(wave="") == fact.key.about(measure=measure)
    ]
    return others[0] if len(others) == 1 else None


@generator(120)
def changes(sources: Sources) -> Iterator[Statement]:
    """A printed growth in percent against the figures of two waves."""
    for (item, base, measure), figures in list(sources.by_item.items()):
        if measure != "change":
            continue
        for fact in figures:
            for of in ("count", "mean", "share"):
                now = sources.figure(fact.key.about(measure=of, wave=""))
                before = _before(sources, fact, item, base, of)
                if now is None or before is None or now.key == before.key:
                    continue
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
