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

    Parameters
    ----------
    lang : str
        Language code.

    Returns
    -------
    str
        The same code.

    Raises
    ------
    InputError
        When it is neither ``en`` nor ``nl``.

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

    Parameters
    ----------
    value : float
        The number; NaN is written as a dash.
    decimals : int
        Digits after the mark; halves are rounded away from zero.
    lang : {"en", "nl"}
        Language: point and grouping comma, or comma and grouping point.

    Returns
    -------
    str
        The text, with a true minus sign.

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

    Parameters
    ----------
    value : float
        The percentage, in percent (32.1, not 0.321).
    decimals : int
        Digits after the mark.
    lang : {"en", "nl"}
        Language.

    Returns
    -------
    str
        The text with its sign, or a dash for NaN.

    Examples
    --------
    >>> format_percent(32.1, lang="nl")
    '32,1%'
    """
    text = format_number(value, decimals, lang)
    return text if text == MISSING else f"{text}%"


def format_range(low: float, high: float, decimals: int = 1, lang: str = "en", unit: str = "") -> str:
    """Write an interval as two numbers joined by a word, safe next to minus signs.

    Parameters
    ----------
    low, high : float
        The ends; two NaN give a dash.
    decimals : int
        Digits after the mark.
    lang : {"en", "nl"}
        Language.
    unit : str
        Written after the second number, such as ``%``.

    Returns
    -------
    str
        For example ``31.9 to 32.4%`` or ``31,9 tot 32,4%``.

    Examples
    --------
    >>> format_range(31.94, 32.36, lang="nl", unit="%")
    '31,9 tot 32,4%'
    """
    if math.isnan(low) and math.isnan(high):
        return MISSING
    joint = "tot" if lang == "nl" else "to"
    return f"{format_number(low, decimals, lang)} {joint} {format_number(high, decimals, lang)}{unit}"
