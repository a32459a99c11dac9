"""How are choices of an analysis and p values said?"""

from __future__ import annotations

from aibaro.messages import Message, message

# below it a p value is shown as below it, and above the other end as one
SMALL, LARGE = 1e-4, 0.995


def turn(choice: str, verdict: str) -> Message:
    """Say that a verdict would be another one under a choice.

    Examples
    --------
    >>> turn("design effect 3", "not_significant").text()
    'a design effect of 3 (not significant)'
    """
    return message("ledger.turn", choice=choice_words(choice), verdict=message(f"verdict.{verdict}"))


def choice_words(choice: str) -> Message:
    """Name a choice of :meth:`Evidence.variants`.

    Examples
    --------
    >>> choice_words("tables with the smallest standard errors").text("nl")
    'de tabellen met de kleinste standaardfouten'
    """
    head, _, last = choice.rpartition(" ")
    if head == "design effect":
        return message("ledger.choice_deff", value=float(last))
    if head == "interval":
        return message("ledger.choice_interval", method=last)
    if head == "rounding":
        return message("ledger.choice_rounding", rule=message(f"rounding.{last}"))
    return message(f"ledger.choice_{choice.replace(' ', '_')}")


def p_words(low: float, high: float) -> Message:
    """Say which p values print leaves open.

    Examples
    --------
    >>> p_words(1e-9, 1e-5).text(), p_words(0.2, 0.2).text(), p_words(1.0, 1.0).text()
    ('p below 0.0001', 'p = 0.2', 'p close to 1, no sign of a difference')
    >>> p_words(0.0, 0.5).text(), p_words(0.01, 1.0).text("nl")
    ('p anywhere up to 0.5, as far as print fixes it', 'p ergens van 0,01 tot 1, voor zover het gedrukte hem vastlegt')
    """
    if high < SMALL:
        return message("ledger.p_small")
    if low > LARGE:
        return message("ledger.p_one")
    if low < SMALL:
        return message("ledger.p_open") if high > LARGE else message("ledger.p_up_to", high=high)
    if f"{low:.2g}" == f"{high:.2g}":
        return message("ledger.p_equal", value=high)
    return message("ledger.p_to_one", low=low) if high > LARGE else message("ledger.p_between", low=low, high=high)
