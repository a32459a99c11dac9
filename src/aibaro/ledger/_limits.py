"""How large a misprint would the other figures have betrayed?  Shipped beside the data, put beside the statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from aibaro.consistency import Judgement
from aibaro.errors import IntegrityError
from aibaro.facts import Facts, Key, Printing
from aibaro.ledger._comparisons import exact
from aibaro.messages import Message, message
from aibaro.reconstruct import detection_limits
from aibaro.rounding import parse_printed

HUNDRED = Fraction(100)


@dataclass(frozen=True, slots=True)
class Limit:
    """Smallest misprints of a figure that all tables of counts contradict; None where no printable one is.

    Parameters
    ----------
    down, up : Fraction or None
        Points below and above the printed number.
    """

    down: Fraction | None
    up: Fraction | None

    @property
    def step(self) -> Message:
        """The limit as a step of an argument."""
        ends = {"down": self.down, "up": self.up}
        said = {side: message("sentence.points", value=exact(end)) for side, end in ends.items() if end is not None}
        if len(said) == 2:
            return message("ledger.detection", **said)
        (side, size), *_ = said.items()
        return message(f"ledger.detection_{side}", size=size)


@dataclass(frozen=True, slots=True)
class Limits:
    """Detection limits of a survey.

    Parameters
    ----------
    by_key : mapping of Key to Limit
        The limits by figure.
    stale : tuple of Message
        Why a file that is there was left out.
    """

    by_key: Mapping[Key, Limit] = field(default_factory=dict)
    stale: tuple[Message, ...] = ()


def shipped_limits(facts: Facts) -> Limits:
    """Read the detection limits that ship with a survey; none where they were computed for other figures.

    Parameters
    ----------
    facts : Facts
        The survey's facts.

    Returns
    -------
    Limits
        Empty where no file ships.

    Examples
    --------
    >>> from aibaro.facts import Facts
    >>> from aibaro.published import load
    >>> found = shipped_limits(Facts.of(load("flanders-2023"))).by_key[Key.parse("technology.nlg|size_class=large")]
    >>> float(found.down), float(found.up)
    (3.6, 2.1)
    """
    try:
        frame = detection_limits(facts.survey)
    except IntegrityError:
        return Limits(stale=(message("ledger.stale_limits"),))
    found: dict[Key, Limit] = {}
    for row in frame.to_dict("records"):
        key = Key(str(row["item"]), str(row["base"]), str(row["domain"]), str(row["level"]))
        decimals = parse_printed(str(row["printed"])).decimals
        ends = [None if row[side] != row[side] else round(row[side] * 10**decimals) for side in ("down", "up")]
        down, up = (None if end is None else Fraction(end, 10**decimals) for end in ends)
        if down is not None or up is not None:
            found[key] = Limit(down, up)
    return Limits(found)


def limited(judgement: Judgement, printing: Printing, limit: Limit) -> Judgement:
    """Add what tables of counts would have rejected to what the statements would have.

    Parameters
    ----------
    judgement : Judgement
        What the statements say.
    printing : Printing
        The printing.
    limit : Limit
        The limit of its figure.

    Returns
    -------
    Judgement
        With the power and the detection limit of both together; a figure that the statements leave open is
        ``consistent`` where tables of counts would have rejected another print.
    """
    value, unit = printing.value or Fraction(0), printing.unit_of_print
    low = Fraction(0) if limit.down is None else value - limit.down + unit
    high = HUNDRED if limit.up is None else value + limit.up - unit
    if judgement.detection_limit is not None:
        low, high = max(low, value - judgement.detection_limit), min(high, value + judgement.detection_limit)
    accepted, printable = (high - low) / unit + 1, HUNDRED / unit + 1
    power = max(judgement.power or Fraction(0), 1 - accepted / printable)
    found = replace(judgement, power=power, detection_limit=max(value - low, high - value))
    if judgement.verdict == "not_checkable":
        return replace(found, verdict="consistent", reason="")
    return found
