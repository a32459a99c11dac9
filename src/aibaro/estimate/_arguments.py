"""Is an argument of the type and in the range that it must have?"""

from __future__ import annotations

from typing import Any

import numpy as np

from aibaro.errors import FaultList

DF_RULES = ("design", "satterthwaite")


def is_number(value: Any) -> bool:
    """Tell whether an argument is a finite number, and no boolean."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and bool(np.isfinite(value))


def check_df(df: Any, faults: FaultList) -> None:
    """Record degrees of freedom that are neither a rule nor a positive number."""
    rule = isinstance(df, str) and df in DF_RULES
    # a normal distribution has infinitely many
    number = (is_number(df) or df == float("inf")) and not isinstance(df, str) and df > 0
    if not rule and not number:
        faults.add(
            "not degrees of freedom", parameter="df", expected=f"{', '.join(DF_RULES)} or a number > 0", got=repr(df)
        )


def check_level(conf_level: Any, faults: FaultList) -> None:
    """Record a confidence level that is not a probability."""
    if not is_number(conf_level) or not 0 < conf_level < 1:
        faults.add(
            "not a confidence level",
            parameter="conf_level",
            expected="a number between 0 and 1",
            got=repr(conf_level),
            hint="write 0.95 for 95%",
        )
