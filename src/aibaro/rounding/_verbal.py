"""Which percentages do the words "a third" or "almost half" admit?  One committed table, fixed before any verdict.

A simple fraction admits the values up to the midpoints to its neighbours in :data:`FRACTIONS`; one that the table
lacks ("one in eight") is set among them.  "Almost" admits values below only, down to six percentage points under;
"just over" mirrors it.  "More than", "at least", "at most" and "less than" admit one whole side.  Other vague words
(many, few, the vast majority) admit the side that they name and prove nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from fractions import Fraction

from aibaro.errors import PublishedNumberError
from aibaro.rounding._interval import Interval
from aibaro.rounding.language_tables import Language, fold, tables

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
QUALIFIERS: tuple[str, ...] = (
    "exact",
    "about",
    "almost",
    "just_over",
    "more_than",
    "less_than",
    "at_least",
    "at_most",
    "vague",
)
_SCALE = (Fraction(0), *FRACTIONS, Fraction(1))


def _to_neighbours(share: Fraction) -> Interval:
    below, above = _SCALE[bisect_left(_SCALE, share) - 1], _SCALE[bisect_right(_SCALE, share)]
    return Interval((below + share) / 2, (share + above) / 2)


# The table of readings: what stands before a fraction f -> which shares it admits.
READINGS: dict[str, Callable[[Fraction], Interval]] = {
    "exact": _to_neighbours,
    "about": _to_neighbours,
    "almost": lambda share: Interval(max(share - REACH, Fraction(0)), share, True, False),
    "just_over": lambda share: Interval(share, min(share + REACH, Fraction(1)), False, True),
    "more_than": lambda share: Interval(share, Fraction(1), False, True),
    "at_least": lambda share: Interval(share, Fraction(1), True, True),
    "less_than": lambda share: Interval(Fraction(0), share, True, False),
    "at_most": lambda share: Interval(Fraction(0), share, True, True),
}


def admitted(share: Fraction, reading: str = "exact") -> Interval:
    """Return the percentages that a qualified simple fraction admits.

    Parameters
    ----------
    share : Fraction
        The fraction f, 0 < f < 1.
    reading : {"exact", "about", "almost", "just_over", "more_than", "at_least", "less_than", "at_most"}
        What stands before it.

    Returns
    -------
    Interval
        Admissible values in percent.

    Raises
    ------
    PublishedNumberError
        When there is no such reading, or the fraction is none.

    Notes
    -----
    ``exact`` and ``about`` admit [(f₋ + f)/2, (f + f₊)/2] with the neighbours f₋ and f₊ of f among the simple
    fractions; ``almost`` admits [f - 0.06, f); ``just_over`` (f, f + 0.06]; ``more_than`` (f, 1]; ``at_least`` [f, 1];
    ``less_than`` [0, f); ``at_most`` [0, f].

    Examples
    --------
    >>> band = admitted(Fraction(1, 3))
    >>> float(round(band.lower, 2)), float(round(band.upper, 2))
    (31.67, 36.67)
    >>> band = admitted(Fraction(1, 2), "almost")
    >>> int(band.lower), int(band.upper), band.upper_closed
    (44, 50, False)
    """
    if not 0 < share < 1 or reading not in READINGS:
        raise PublishedNumberError(
            "no reading of this verbal quantity",
            got=f"{reading} {share}",
            expected=f"a fraction between 0 and 1, read as one of {', '.join(READINGS)}",
            hint="give low and high in the table",
        )
    return READINGS[reading](share).scaled(100)


def share_of(words: str, table: Language) -> Fraction | None:
    """Return the fraction that folded words name, without what qualifies it; None when they name none."""
    for text in dict.fromkeys((words, _without_article(words, table))):
        if text in table.shares:
            return table.shares[text]
        for part, bottom in table.parts.items():
            if text == part:
                return Fraction(1, bottom)
            if text.endswith(f" {part}"):
                top = table.number(text.removesuffix(f" {part}"))
                if top is not None and 0 < top < bottom:
                    return Fraction(top, bottom)
        found = _ratio(text, table)
        if found is not None:
            return found
        # whom it is said of: "half of all", "eight in ten adults"
        for word in table.behind:
            if text.endswith(f" {word}"):
                return share_of(text.removesuffix(f" {word}"), table)
        head, _, last = text.rpartition(" ")
        if last.isalpha() and last not in table.vocabulary and (found := _ratio(head, table)) is not None:
            return found
        of_whom = _before_whom(text, table)
        if of_whom and (found := share_of(of_whom, table)) is not None:
            return found
    return None


def _before_whom(text: str, table: Language) -> str:
    """What stands before those of whom something is said: "half of small firms"; empty where nobody is named."""
    for word in sorted(table.behind, key=len, reverse=True):
        head, found, people = text.partition(f" {fold(word)} ")
        whom = people.split()
        if found and 0 < len(whom) <= 3 and all(w.isalpha() and w not in table.vocabulary for w in whom):
            return head
    return ""


def _ratio(text: str, table: Language) -> Fraction | None:
    for pattern in table.ratios:
        match = pattern.fullmatch(text)
        if match is not None:
            top, bottom = (int(w) if w.isdigit() else table.number(w) for w in (match["top"], match["bottom"]))
            if top is not None and bottom is not None and 0 < top < bottom:
                return Fraction(top, bottom)
    for pattern in table.each:
        match = pattern.fullmatch(text)
        if match is not None:
            bottom = table.ordinals.get(match["bottom"]) or int(match["bottom"].rstrip("."))
            return Fraction(1, bottom) if bottom > 1 else None
    return None


def _without_article(words: str, table: Language) -> str:
    for article in table.articles:
        if words.startswith(f"{article} ") or (article.endswith("'") and words.startswith(article)):
            return words.removeprefix(article).strip()
    return words


def side_of(words: str, table: Language) -> tuple[str, str] | None:
    """Return the side of one half that a whole phrase means, and whether it is vague; None for other words."""
    whole = (words, _before_whom(words, table))
    for text in dict.fromkeys(t for some in whole if some for t in (some, _without_article(some, table))):
        if text in table.sides:
            return table.sides[text], table.sides[text]
        if text in table.vague:
            return table.vague[text], "vague"
    head, _, whom = words.rpartition(" ")
    if head in table.sides and whom.isalpha() and whom not in table.vocabulary:
        return table.sides[head], table.sides[head]  # most firms
    return None


def split_opening(text: str, table: Language) -> tuple[str, str]:
    """Part a text into the reading that its opening words give and the rest; ``exact`` where nothing opens it.

    Examples
    --------
    >>> split_opening("knapp die Hälfte", tables("de")[0]), split_opening("23%", tables("en")[0])
    (('almost', 'die Hälfte'), ('exact', '23%'))
    """
    words = text.split()
    for count in range(min(len(words) - 1, 5), 0, -1):
        opening = fold(" ".join(words[:count]))
        if opening in table.openings:
            return table.openings[opening], " ".join(words[count:])
    return "exact", text


def named_share(text: str, language: str = "en") -> Fraction | None:
    """Return the fraction that words name outright, whatever qualifies it.

    Parameters
    ----------
    text : str
        Words such as "nearly three quarters".
    language : str
        Language of the words, or several parted by spaces.

    Returns
    -------
    Fraction or None
        The fraction; None when the words name none, or languages disagree.

    Examples
    --------
    >>> named_share("nearly three quarters"), named_share("a minority"), named_share("vier op de tien", "nl")
    (Fraction(3, 4), None, Fraction(2, 5))
    """
    found = {share_of(fold(split_opening(text, table)[1]), table) for table in tables(language)} - {None}
    return found.pop() if len(found) == 1 else None
