"""Was anything overlooked?  The second reading: each numeric token of a source against its transcription.

A text is cut into tokens by one rule, in this order:

1. a web address is one token, named by its host;
2. digits with points or commas between them, and a percent sign or the word *procent* that follows, are one
   (``1.022``, ``32,1%``, ``85 procent``);
3. Dutch words for a share are one token and named by their fraction: *helft*, *kwart*, *driekwart*, *een derde*,
   *vier op de tien* are 1/2, 1/4, 3/4, 1/3, 2/5;
4. other Dutch number words from *twee* on, with *procent* where it follows, and ordinals from *tweede* on.

Of a survey in another language only digits are compared, with the percent words of all languages, and a plain space may
group thousands (``1 204``); in Dutch it parts two numbers, and only a no-break space or an apostrophe groups them.

*Een* is an article far more often than a number and is no token.  Cells of ``printed.csv`` and ``ignored.csv`` are
cut by the same rule, so that ``77-82;95.1`` covers three tokens.  A token must stand as often in the source as
in both tables together.  One share in words may speak of several items at once ("about three quarters lack each of
five kinds of knowledge"), which makes several rows of one location with equal words: they stand for at least one
token and at most as many as there are rows.

Years, numbers of tables, figures and pages, and digits in the labels of the survey (*18-34*) name things and are no
results.  Those that no table covers are set apart: they are shown, and are not left over.
"""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction

import pandas as pd

from aibaro.published._survey import PublishedSurvey
from aibaro.published.cell_text import words
from aibaro.rounding import language, named_share
from aibaro.rounding.language_tables import every

_SMALL = language("nl").spelled
_THOUSANDS = {"duizend": 1000} | {f"{word}duizend": 1000 * value for word, value in _SMALL.items() if value > 1}
NUMBER_WORDS = {**_SMALL, "één": 1, **_THOUSANDS}
_ORDINALS = {
    "tweede": 2,
    "derde": 3,
    "vierde": 4,
    "vijfde": 5,
    "zesde": 6,
    "zevende": 7,
    "achtste": 8,
    "negende": 9,
    "tiende": 10,
}
_ONES = r"(?:een|één)"
_CARDINALS = "|".join(sorted((w for w, n in NUMBER_WORDS.items() if n >= 2), key=len, reverse=True))
_URL = r"(?P<url>(?P<host>https?://[^/\s]+)\S*)"
_GROUPS = r"(?<![\d.,])\d{{1,3}}(?:[{0}]\d{{3}})+(?![\d.,]?\d)|\d+(?:[.,]\d+)*"
_FIRM = "\u00a0\u2009\u202f\u2019'"  # what groups thousands and does not part columns of numbers
_DUTCH, _OTHER = _GROUPS.format(_FIRM), _GROUPS.format(f" {_FIRM}")
_PERCENT = "|".join(re.escape(word) for word in sorted(every("percent"), key=len, reverse=True) if len(word) > 2)
_ANY = re.compile(rf"{_URL}|(?P<number>(?:{_OTHER})(?:\s?(?:%|(?:{_PERCENT})\b))?)", re.IGNORECASE)
_TOKEN = re.compile(
    rf"{_URL}"
    rf"|(?P<number>(?:{_DUTCH})(?:\s?(?:%|procent))?)"
    rf"|\b(?P<count>{_ONES}|{_CARDINALS})\s+op\s+(?:de\s+)?(?P<of>{_CARDINALS})\b"
    r"|\b(?P<part>helft|kwart|driekwart|tweederde)\b"
    rf"|\b(?P<top>{_ONES}|twee|drie|vier)\s+(?P<bottom>derde|vierde|vijfde|zesde|tiende)\b"
    rf"|\b(?P<word>(?:{_CARDINALS}|{'|'.join(_ORDINALS)})(?:\s+procent)?)\b",
    re.IGNORECASE,
)
_PARTS = {"helft": Fraction(1, 2), "kwart": Fraction(1, 4), "driekwart": Fraction(3, 4), "tweederde": Fraction(2, 3)}


def tokens(text: str, language: str = "nl") -> list[str]:
    """Cut a text into the numeric tokens of the second reading.

    Examples
    --------
    >>> tokens("Bijna de helft (47%) van 1.552, een op de vijf, 85 procent; zie https://example.org/2023")
    ['1/2', '47%', '1.552', '1/5', '85 procent', 'https://example.org']
    """
    if "nl" in language.split():
        return [_name(match) for match in _TOKEN.finditer(text)]
    return [match["host"] if match["url"] else _digits(match[0]) for match in _ANY.finditer(text)]


def _digits(text: str, kept: str = "") -> str:
    """Name digits: groups without their spaces, percent as it is signed."""
    plain = re.sub(r"(?<=\d)[ \u00a0\u2009\u202f'’](?=\d)", "", text.lower())
    if kept and plain.endswith(kept):
        return " ".join(plain.split())
    return re.sub(rf"\s?(?:%|{_PERCENT})$", "%", plain)


def _name(match: re.Match[str]) -> str:
    words = " ".join(match[0].lower().split())
    if match["url"]:
        return match["host"]
    if match["count"]:
        return str(Fraction(_value(match["count"]), _value(match["of"])))
    if match["part"]:
        return str(_PARTS[words])
    if match["top"]:
        return str(Fraction(_value(match["top"]), _ORDINALS[match["bottom"].lower()]))
    return words.replace(" %", "%") if match["number"] is None else _digits(match[0], "procent")


def _value(word: str) -> int:
    return NUMBER_WORDS[word.lower()]


def second_reading(text: str, survey: PublishedSurvey) -> pd.DataFrame:
    """Compare the numeric tokens of a source with what was transcribed from it.

    Parameters
    ----------
    text : str
        The source.
    survey : PublishedSurvey
        Its transcription.

    Returns
    -------
    pandas.DataFrame
        One row per token, sorted: ``token``; ``percent``, whether it carries a percent sign or word;
        ``in_source``, ``in_printed`` and ``in_ignored``, how often it stands there; ``left_over``, how many of
        the source are not covered (positive) or are covered without being there (negative); ``apart``, how many
        of those not covered are years, numbers of tables or digits of labels, which are not left over.

    Notes
    -----
    Printings in vague words ("the majority") name no fraction and have no token; neither has *een*.

    Examples
    --------
    >>> from aibaro.published import load
    >>> found = second_reading("Of the employees 81,5% and 12 others", load("softwareone-2025"))
    >>> found.query("token == '12'")[["in_source", "in_printed", "left_over"]].values.tolist()
    [[1, 0, 1]]
    """
    spoken = survey.language or "nl"
    source = Counter(tokens(text, spoken))
    digits, shares = _printed(survey.printed, spoken)
    ignored, names = _ignored(survey.ignored, spoken), _names(text, survey, spoken)
    rows = []
    for token in sorted({*source, *digits, *shares, *ignored}):
        groups, most = len(shares.get(token, {})), sum(shares.get(token, {}).values())
        open_tokens = source[token] - digits[token] - ignored[token]
        over = max(open_tokens - most, 0) or min(open_tokens - groups, 0)
        percent = token.endswith(("%", "procent"))
        apart = min(names[token], max(over, 0))
        rows.append((token, percent, source[token], digits[token] + most, ignored[token], over - apart, apart))
    columns = ["token", "percent", "in_source", "in_printed", "in_ignored", "left_over", "apart"]
    return pd.DataFrame(rows, columns=columns)


def _names(text: str, survey: PublishedSurvey, spoken: str) -> Counter[str]:
    """Count the tokens of a source that name something: years, numbers of tables, digits of labels."""
    found = Counter(token for token in tokens(text, spoken) if re.fullmatch(r"(?:19|20)\d\d", token))
    numbered = "|".join(re.escape(word) for word in words()["numbered"])
    for match in re.finditer(rf"\b(?:{numbered})\s+(\d+)(?![\d.,]*\s?%)", text, re.IGNORECASE):
        found[match[1]] += not re.fullmatch(r"(?:19|20)\d\d", match[1])
    tables = ((survey.items, "label_"), (survey.levels, "label_"))
    labels = {
        str(label)
        for table, start in tables
        for name in map(str, table)
        if name.startswith(start)
        for label in table[name]
    }
    plain = _plain(text)
    for label in sorted({_plain(label) for label in labels}):
        times = len(re.findall(rf"(?<!\w){re.escape(label)}(?!\w)", plain)) if re.search(r"\d", label) else 0
        for token in tokens(label, spoken):
            found[token] += times * (not re.fullmatch(r"(?:19|20)\d\d", token))
    return found


def _plain(text: str) -> str:
    """Words parted by one space, dashes as they are typed."""
    return re.sub(r"\s+", " ", re.sub("[–—]", "-", text.lower())).strip()


def _printed(printed: pd.DataFrame, spoken: str) -> tuple[Counter[str], dict[str, Counter[tuple[str, str]]]]:
    """Count the tokens of printings, and those of shares in words by location and words."""
    digits: Counter[str] = Counter()
    shares: dict[str, Counter[tuple[str, str]]] = {}
    for kind, text, location in zip(printed["kind"], printed["printed"], printed["location"], strict=True):
        share = named_share(text, spoken) if kind == "verbal" else None
        if share is not None:
            shares.setdefault(str(share), Counter())[(location, text)] += 1
        else:
            digits.update(tokens(text, spoken))
    return digits, shares


def _ignored(ignored: pd.DataFrame, spoken: str) -> Counter[str]:
    counted: Counter[str] = Counter()
    for text, times in zip(ignored["token"], ignored["times"], strict=True):
        for token in tokens(text, spoken):
            counted[token] += int(times or 1)
    return counted


def left_over(reading: pd.DataFrame) -> pd.DataFrame:
    """Keep the tokens of a second reading that do not come out even.

    Parameters
    ----------
    reading : pandas.DataFrame
        What :func:`second_reading` returned.

    Returns
    -------
    pandas.DataFrame
        The rows whose ``left_over`` is not zero; none when the transcription is complete.

    Examples
    --------
    >>> from aibaro.published import load
    >>> reading = second_reading("A number that the survey lacks: 12345", load("softwareone-2025"))
    >>> "12345" in left_over(reading)["token"].tolist()
    True
    """
    return reading.loc[reading["left_over"] != 0].reset_index(drop=True)
