"""How is a number written in each language?"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

from aibaro.errors import InputError

LANGUAGES: tuple[str, ...] = ("en", "nl")
MISSING = "–"

_SWAP = str.maketrans(",.", ".,")


def check_language(lang: str) -> str:
    """Refuse a language that the report does not speak.

    Examples
    --------
    >>> check_language("nl")
    'nl'
    """
    if lang not in LANGUAGES:
        raise InputError("unknown language", parameter="lang", expected=", ".join(LANGUAGES), got=lang)
    return lang


def format_number(value: float, decimals: int = 0, lang: str = "en") -> str:
    """Write a number with the decimal mark and the grouping of a language.

    Examples
    --------
    >>> format_number(38071.25, 1), format_number(38071.25, 1, "nl"), format_number(-0.5)
    ('38,071.3', '38.071,3', '−1')
    """
    if math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    text = f"{abs(rounded):,}"
    sign = "−" if rounded < 0 else ""
    return sign + (text.translate(_SWAP) if check_language(lang) == "nl" else text)


def format_percent(value: float, decimals: int = 1, lang: str = "en") -> str:
    """Write a percentage.

    Examples
    --------
    >>> format_percent(32.1, lang="nl")
    '32,1%'
    """
    text = format_number(value, decimals, lang)
    return text if text == MISSING else f"{text}%"


def format_range(low: float, high: float, decimals: int = 1, lang: str = "en", unit: str = "") -> str:
    """Write an interval as two numbers joined by a word, safe next to minus signs.

    Examples
    --------
    >>> format_range(31.94, 32.36, lang="nl", unit="%")
    '31,9 tot 32,4%'
    """
    if math.isnan(low) and math.isnan(high):
        return MISSING
    joint = "tot" if lang == "nl" else "to"
    return f"{format_number(low, decimals, lang)} {joint} {format_number(high, decimals, lang)}{unit}"
