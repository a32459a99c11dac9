"""One printed statistic held against what it must come from: the result that all forensic checks give."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from aibaro.messages import Message
from aibaro.results import Result


@dataclass(frozen=True, slots=True)
class ForensicResult(Result):
    """What one check of a printed statistic found.

    Parameters
    ----------
    check : str
        ``percentage``, ``mean``, ``sd``, ``binary_sd``, ``count_pair`` or ``p_value``.
    printed : str
        The statistic as it was printed.
    verdict : {"consistent", "rounding_dependent", "inconsistent"}
        ``rounding_dependent`` where only another rounding rule than the declared one, or a one-sided reading of a
        test, admits it.
    passes : tuple of str
        Rounding rules under which it holds.
    power : Fraction or None
        Share of printable values that this check would have rejected; None where print has no end.
    argument : tuple of Message
        The steps, in words and numbers.
    decision : {"", "kept", "turned"}
        Of p values: whether significance at the level stays what was printed.

    Examples
    --------
    >>> from aibaro.consistency import count_pair
    >>> count_pair("36", "8%", 442).verdict
    'consistent'
    """

    check: str
    printed: str
    verdict: str
    passes: tuple[str, ...]
    power: Fraction | None
    argument: tuple[Message, ...] = ()
    decision: str = ""

    def to_frame(self) -> pd.DataFrame:
        """Return the result as one row.

        Returns
        -------
        pandas.DataFrame
            ``check, printed, verdict, decision, passes, power, argument``.
        """
        return pd.DataFrame([self.record()])

    def record(self) -> dict[str, Any]:
        """Return the result as one record.

        Returns
        -------
        dict
            The columns of :meth:`to_frame`.
        """
        return {
            "check": self.check,
            "printed": self.printed,
            "verdict": self.verdict,
            "decision": self.decision,
            "passes": " ".join(self.passes),
            "power": None if self.power is None else float(self.power),
            "argument": "; ".join(map(str, self.argument)),
        }

    def summary(self) -> str:
        """Say in plain lines what was found.

        Returns
        -------
        str
            The verdict, the argument, the power.
        """
        lines = [f"{self.printed}: {self.verdict}", *(f"  {step}" for step in self.argument)]
        if self.power is not None:
            lines.append(f"  power: {float(self.power):.3f} of printable values would fail")
        return "\n".join(lines)
