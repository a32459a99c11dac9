"""Which characters does a spreadsheet show for a stored number?  The part of number formats that tables use."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from aibaro.errors import InputError

_CONDITION = re.compile(r"\[(?P<sign><=|>=|<>|<|>|=)(?P<value>-?\d+\.?\d*)\]")
_BRACKETS = re.compile(r"\[(?!<|>|=)[^\]]*\]")
_DIGITS = re.compile(r"[#0?][#0?,]*(?:\.[#0?]+)?|\.[#0?]+")


def shown(value: int | float, code: str, mark: str = ".") -> str:
    """Return the characters that a spreadsheet shows for a number.

    Notes
    -----
    Read are sections (positive; negative; zero), conditions, colours, quoted text, ``%``, digits, decimals and
    thousands.  A format with dates or exponents is refused: no number is shown that was not there.

    Examples
    --------
    >>> shown(0.3214, "0.0%"), shown(1234.5, "#,##0"), shown(1234.5, "#,##0.0", ","), shown(0, '0.0;-0.0;"-"')
    ('32.1%', '1,235', '1.234,5', '-')
    """
    if code in {"General", "@", ""}:
        return _general(value, mark)
    section, magnitude = _section(value, code)
    if section is None:
        return _general(value, mark)
    return _filled(magnitude, section, mark, code)


def _general(value: int | float, mark: str) -> str:
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if isinstance(value, float):
        # a spreadsheet shows at most fifteen significant digits
        number = Decimal(f"{value:.15g}")
    text = format(number.normalize(), "f")
    return text.replace(".", mark)


def _section(value: int | float, code: str) -> tuple[str | None, int | float]:
    plain = _BRACKETS.sub("", code)
    sections = _split(plain)
    conditions = [_CONDITION.search(section) for section in sections]
    if any(conditions):
        for section, condition in zip(sections, conditions, strict=True):
            if condition is None or _holds(value, condition["sign"], float(condition["value"])):
                return _CONDITION.sub("", section), value
        return None, value
    if len(sections) > 2 and value == 0:
        return sections[2], 0
    if len(sections) > 1 and value < 0:
        return sections[1], -value
    return sections[0], value


def _split(code: str) -> list[str]:
    """Sections of a format; a semicolon inside quotes parts nothing."""
    return re.findall(r'(?:"[^"]*"|\\.|[^;])+|(?<=;)(?=;|$)', code) or [""]


def _holds(value: float, sign: str, bound: float) -> bool:
    return {
        "<": value < bound,
        "<=": value <= bound,
        ">": value > bound,
        ">=": value >= bound,
        "=": value == bound,
        "<>": value != bound,
    }[sign]


def _filled(value: int | float, section: str, mark: str, code: str) -> str:
    literals: list[str] = []

    def keep(match: re.Match[str]) -> str:
        literals.append(match[0].strip('"') if match[0].startswith('"') else match[0][1:])
        return f"\x00{len(literals) - 1}\x00"

    # what follows an underscore is a space of that width, what follows a star fills the cell
    plain = re.sub(r"_.", " ", re.sub(r"\*.", "", section))
    plain = re.sub(r'"[^"]*"|\\.', keep, plain)
    if re.search(r"[ymdhsEe]", plain.replace("\x00", "")):
        raise InputError(
            "a number format that is not read",
            expected="digits, decimals, thousands, percent and quoted text",
            got=code,
            hint="give these cells a plain number format, or save the table as CSV",
        )
    digits = _DIGITS.search(plain)
    if digits is None:
        text = plain
    else:
        number = Decimal(repr(value)) * (100 if "%" in plain else 1)
        text = plain[: digits.start()] + _digits(number, digits[0], mark) + plain[digits.end() :]
    return re.sub(r"\x00(\d+)\x00", lambda match: literals[int(match[1])], text).strip()


def _digits(number: Decimal, pattern: str, mark: str) -> str:
    whole, _, fraction = pattern.partition(".")
    # a comma after the last digit divides by a thousand
    thousands = len(whole) - len(whole.rstrip(","))
    number = number / (Decimal(1000) ** thousands)
    grouped = "," in whole.rstrip(",")
    rounded = number.quantize(Decimal(1).scaleb(-len(fraction)), rounding=ROUND_HALF_UP)
    text = f"{rounded:,f}" if grouped else f"{rounded:f}"
    head, _, tail = text.partition(".")
    needed = len(fraction.rstrip("#?")) if fraction else 0
    while tail and len(tail) > needed and tail.endswith("0"):
        tail = tail[:-1]
    sign, head = ("-", head[1:]) if head.startswith("-") else ("", head)
    head = head.rjust(whole.replace(",", "").lstrip("#?").count("0") or 0, "0") if not grouped else head
    if head == "0" and "0" not in whole and tail:
        head = ""
    group = "," if mark == "." else "."
    return sign + head.replace(",", group) + (mark + tail if tail else "")
