"""Which one plain number was printed, and which values round to it?"""

from __future__ import annotations

from fractions import Fraction

from aibaro.errors import InputError, PublishedNumberError
from aibaro.rounding._digits import MARKS, PrintedNumber, parse_digits
from aibaro.rounding._interval import Interval
from aibaro.rounding._languages import tables
from aibaro.rounding._notation import number_in_digits, number_in_words, plain
from aibaro.rounding._rules import band_of


def parse_printed(text: str, decimal: str = ",") -> PrintedNumber:
    """Read one plain printed number without losing its digits.

    Parameters
    ----------
    text : str
        Printed characters, such as ``"32,1%"``, ``"9.680"``, ``"1 234"``, ``"85 procent"`` or ``"zestien procent"``.
    decimal : {",", "."}
        Decimal mark of the publication.  The other mark groups thousands; where it is not followed by groups of
        three digits it was printed as a decimal mark by mistake and is read so (``"51.7%"``).

    Returns
    -------
    PrintedNumber
        Exact value, decimals and percent sign.

    Raises
    ------
    PublishedNumberError
        When the text is not one number without a sign; :func:`read_printed` reads every other notation.

    Examples
    --------
    >>> parse_printed("32,1%").value, parse_printed("2.612").value, parse_printed("51.7%").decimals
    (Fraction(321, 10), Fraction(2612, 1), 1)
    >>> parse_printed("zestien procent").value
    Fraction(16, 1)
    """
    if decimal not in MARKS:
        raise InputError("unknown decimal mark", parameter="decimal", expected="',' or '.'", got=repr(decimal))
    digits = parse_digits(text, decimal)
    if digits is not None:
        return digits
    written = plain(text)
    found = {number_in_digits(written, decimal, tables()), *(number_in_words(written, t) for t in tables())} - {None}
    numbers = {(r.value, r.decimals, r.percent) for r in found if r is not None and not r.sign and r.kind != "points"}
    if len(numbers) != 1:
        raise PublishedNumberError(
            f'"{text}" is not a number',
            expected="digits such as 32,1% or a number word",
            got=repr(text),
            hint="verbal quantities such as 'a third' are read from the columns low, high and qualifier",
        )
    value, decimals, percent = numbers.pop()
    return PrintedNumber(text, Fraction(value or 0), decimals, percent)


def admissible(printed: str | PrintedNumber, rule: str = "half_up", decimal: str = ",") -> Interval:
    """Return the values that a printed number stands for.

    Parameters
    ----------
    printed : str or PrintedNumber
        The printed number; its decimals decide the width.
    rule : {"half_up", "half_even", "nearest", "truncate", "floor_or_ceil", "sum_to_100"}
        Rounding rule of the publisher.  ``nearest`` admits both ends, so it covers half up, half down and half
        even; ``floor_or_ceil`` covers every rule that prints a neighbouring multiple, ``sum_to_100`` among them.
    decimal : {",", "."}
        Decimal mark, used when `printed` is text.

    Returns
    -------
    Interval
        Exact ends in the unit of the print.

    Raises
    ------
    InputError
        When the rule is unknown.
    PublishedNumberError
        When the text is not one number.

    Notes
    -----
    With unit u = 10^-d for d printed decimals, half up admits [P - u/2, P + u/2).

    References
    ----------
    Moore, R. E., Kearfott, R. B. and Cloud, M. J. (2009). Introduction to Interval Analysis. SIAM.
    https://doi.org/10.1137/1.9780898717716

    Examples
    --------
    >>> band = admissible("32,1%")
    >>> float(band.lower), float(band.upper), band.upper_closed
    (32.05, 32.15, False)
    """
    number = parse_printed(printed, decimal) if isinstance(printed, str) else printed
    return band_of(number.value, number.decimals, rule)
