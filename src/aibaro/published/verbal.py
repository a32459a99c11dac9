"""Which percentages do the words "a third" or "almost half" admit?  One committed table, fixed before any verdict.

A simple fraction admits the values up to the midpoints to its neighbours in :data:`FRACTIONS`.  "Almost" admits
values below only, down to six percentage points under; "just over" mirrors it.  "More than", "at least" and "less
than" admit one whole side.  Other vague words (many, few, the vast majority) have no reading: nothing is ever
inconsistent with them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from aibaro.errors import PublishedNumberError
from aibaro.rounding import Interval

# The simple fractions that people use for shares; 0 and 1 only close the scale.
FRACTIONS: tuple[Fraction, ...] = tuple(
    Fraction(a, b)
    for a, b in (
        (1, 10),
        (1, 6),
        (1, 5),
        (1, 4),
        (3, 10),
        (1, 3),
        (2, 5),
        (1, 2),
        (3, 5),
        (2, 3),
        (7, 10),
        (3, 4),
        (4, 5),
        (9, 10),
    )
)
REACH = Fraction(6, 100)  # how far under a fraction "almost" goes, and over it "just over"
QUALIFIERS: tuple[str, ...] = ("exact", "about", "almost", "more_than", "less_than", "at_least", "vague")


def _to_neighbours(share: Fraction) -> Interval:
    middles = [(low + high) / 2 for low, high in pairwise((Fraction(0), *FRACTIONS, Fraction(1)))]
    place = FRACTIONS.index(share)
    return Interval(middles[place], middles[place + 1])


# The table of readings: what stands before a fraction f -> which shares it admits.
READINGS: dict[str, Callable[[Fraction], Interval]] = {
    "exact": _to_neighbours,
    "about": _to_neighbours,
    "almost": lambda share: Interval(share - REACH, share, True, False),
    "just_over": lambda share: Interval(share, share + REACH, False, True),
    "more_than": lambda share: Interval(share, Fraction(1), False, True),
    "at_least": lambda share: Interval(share, Fraction(1), True, True),
    "less_than": lambda share: Interval(Fraction(0), share, True, False),
}
# English openings -> reading; "just over" is a kind of "more than" and carries that qualifier in a table.
OPENINGS: dict[str, str] = {
    "about": "about",
    "around": "about",
    "roughly": "about",
    "approximately": "about",
    "almost": "almost",
    "nearly": "almost",
    "just under": "almost",
    "just over": "just_over",
    "slightly more than": "just_over",
    "somewhat more than": "just_over",
    "more than": "more_than",
    "over": "more_than",
    "well over": "more_than",
    "less than": "less_than",
    "fewer than": "less_than",
    "under": "less_than",
    "at least": "at_least",
    "exactly": "exact",
}
# Whole phrases that say which side of one half they mean without naming a fraction.
PHRASES: dict[str, tuple[str, Fraction]] = {
    "a majority": ("more_than", Fraction(1, 2)),
    "the majority": ("more_than", Fraction(1, 2)),
    "most": ("more_than", Fraction(1, 2)),
    "a minority": ("less_than", Fraction(1, 2)),
    "the minority": ("less_than", Fraction(1, 2)),
}

_ENGLISH = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
}
_PARTS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "tenth": 10}
_SHARE = re.compile(
    r"(?:(?P<top>an?|one|two|three)[ -])?(?P<part>half|thirds?|quarters?|fifths?|sixths?|tenths?)"
    r"|(?P<count>[a-z]+|\d+) (?:in|out of) (?:every )?(?P<of>[a-z]+|\d+)"
)


@dataclass(frozen=True, slots=True)
class VerbalReading:
    """What a verbal quantity admits.

    Parameters
    ----------
    text : str
        The quantity in English words.
    share : Fraction
        The simple fraction that it names, between 0 and 1.
    reading : str
        Key of :data:`READINGS`.
    interval : Interval
        Admissible values in percent.
    """

    text: str
    share: Fraction
    reading: str
    interval: Interval

    @property
    def qualifier(self) -> str:
        """The qualifier that a table carries beside the words, one of :data:`QUALIFIERS`."""
        return "more_than" if self.reading == "just_over" else self.reading


def admitted(share: Fraction, reading: str = "exact") -> Interval:
    """Give the percentages that a qualified simple fraction admits.

    Notes
    -----
    ``exact`` and ``about`` admit [(f₋ + f)/2, (f + f₊)/2] with the neighbours f₋ and f₊ of f; ``almost`` admits
    [f - 0.06, f); ``just_over`` (f, f + 0.06]; ``more_than`` (f, 1]; ``at_least`` [f, 1]; ``less_than`` [0, f).

    Examples
    --------
    >>> band = admitted(Fraction(1, 3))
    >>> float(round(band.lower, 2)), float(round(band.upper, 2))
    (31.67, 36.67)
    >>> band = admitted(Fraction(1, 2), "almost")
    >>> int(band.lower), int(band.upper), band.upper_closed
    (44, 50, False)
    """
    if share not in FRACTIONS or reading not in READINGS:
        raise PublishedNumberError(
            "no reading of this verbal quantity",
            got=f"{reading} {share}",
            expected=f"one of {', '.join(map(str, FRACTIONS))}, read as one of {', '.join(READINGS)}",
            hint="give low and high in the table",
        )
    return READINGS[reading](share).scaled(100)


@lru_cache(maxsize=1024)
def read_verbal(text: str) -> VerbalReading:
    """Read a verbal quantity that is written in English.

    Examples
    --------
    >>> reading = read_verbal("almost half")
    >>> reading.share, reading.qualifier, int(reading.interval.lower)
    (Fraction(1, 2), 'almost', 44)
    >>> read_verbal("four in ten").share
    Fraction(2, 5)
    """
    words = " ".join(text.lower().split())
    reading, share = PHRASES[words] if words in PHRASES else _split(words)
    return VerbalReading(text, share, reading, admitted(share, reading))


def named_share(text: str) -> Fraction | None:
    """Give the fraction that English words name outright, whatever qualifies it.

    Examples
    --------
    >>> named_share("nearly three quarters"), named_share("a minority")
    (Fraction(3, 4), None)
    """
    try:
        return _split(" ".join(text.lower().split()))[1]
    except PublishedNumberError:
        return None


def _split(words: str) -> tuple[str, Fraction]:
    reading, rest = "exact", words
    for opening in sorted(OPENINGS, key=len, reverse=True):
        if words.startswith(f"{opening} "):
            reading, rest = OPENINGS[opening], words.removeprefix(f"{opening} ")
            break
    match = _SHARE.fullmatch(rest)
    top, bottom = _ratio(match) if match else (0, 0)
    if not 0 < top < bottom:
        raise PublishedNumberError(
            f'"{words}" is not a verbal quantity',
            got=words,
            expected='a simple fraction such as "a third", "almost half" or "four in ten"',
            hint="vague words take the qualifier vague",
        )
    return reading, Fraction(top, bottom)


def _ratio(match: re.Match[str]) -> tuple[int, int]:
    if match["part"]:
        part = match["part"]
        return _ENGLISH.get(match["top"] or "one", 1), _PARTS.get(part, _PARTS.get(part.removesuffix("s"), 0))
    return _whole(match["count"]), _whole(match["of"])


def _whole(word: str) -> int:
    return int(word) if word.isdigit() else _ENGLISH.get(word, 0)
