"""What does the report need to know of a survey?  Frames, checked once at the edge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import pandas as pd

from aibaro.design import Design
from aibaro.errors import FaultList, InputError
from aibaro.messages import Message
from aibaro.published import PublishedSurvey
from aibaro.study import Headline

# Columns that must stand in a frame, and those that may; every other column is left alone.
REQUIRED: dict[str, tuple[str, ...]] = {
    "ledger": ("id", "verdict"),
    "claims": ("id", "as_printed", "population"),
    "strata": (),
    "estimates": ("item", "domain", "level", "estimate", "conf_low", "conf_high"),
    "bounds": ("item", "domain", "level", "se_lower", "se_upper", "status"),
    "overall": ("item", "base", "conf_low", "conf_high"),
    "differences": ("label", "estimate", "conf_low", "conf_high"),
    "ranks": ("item", "domain", "level", "rank", "rank_low", "rank_high"),
    "pairs": ("item", "domain", "level_a", "level_b", "relation"),
    "pinned": ("item", "pinned", "cells"),
    "grim": ("id", "n", "power"),
    "detection": ("item", "domain", "level", "printed", "down", "up"),
}
OPTIONAL: dict[str, dict[str, str | float]] = {
    "ledger": {
        "reason": "",
        "rule": "",
        "estimate": float("nan"),
        "low": float("nan"),
        "high": float("nan"),
        "passes": "",
        "fails": "",
        "power": float("nan"),
        "detection_limit": float("nan"),
        "inputs": "",
        "sentence": "",
        "argument": "",
    },
    "claims": {"location": "", "claim": "", "reason": "", "sentence": "", "argument": "", "unless": "", "inputs": ""},
}


@dataclass(frozen=True, slots=True)
class SurveyResults:
    """All that the report shows of one survey.

    Parameters
    ----------
    survey : PublishedSurvey
        The printed numbers.
    ledger : pandas.DataFrame
        One row per printing: ``id``, ``verdict`` and, where known, ``reason``, ``rule``, ``estimate``, ``low``,
        ``high`` (recomputed, in the unit of print), ``passes``, ``fails`` (rounding rules), ``power``,
        ``detection_limit``, ``inputs`` (ids, separated by spaces), ``sentence`` (what was found) and ``argument``
        (one line per step).
    claims : pandas.DataFrame
        One row per statement: ``id``, ``claim``, ``location``, the verdicts ``as_printed`` and ``population``,
        ``sentence``, ``argument`` and ``unless`` (one line per condition under which it is false); may be empty.
    design : Design, optional
        The design, where strata are printed.
    strata : pandas.DataFrame, optional
        One row per stratum: labels, counts, ``response_rate``, ``final_weight`` and, where known,
        ``variance_share`` (shares, not percent).
    estimates : pandas.DataFrame, optional
        Model-based domain estimates in the column vocabulary (shares, not percent).
    bounds : pandas.DataFrame, optional
        Certified bounds in the column vocabulary (shares): ``se_lower``, ``se_upper``, ``status``, and the
        conservative interval ``conf_low``, ``conf_high`` where it was computed.
    overall : pandas.DataFrame, optional
        Conservative intervals of figures of a whole base (shares).
    differences : pandas.DataFrame, optional
        Differences between groups (shares): ``label`` (an item), ``estimate``, ``conf_low``, ``conf_high`` and, where
        known, ``breakdown_deff``.
    ranks, pairs, pinned, grim, detection : pandas.DataFrame, optional
        Frames of the chapters of the same name; see ``REQUIRED``.
    weighting : Mapping, optional
        ``kish_ratio`` and ``kish_effective_n`` of the weights.
    headline : Headline, optional
        What the first screen shows.
    notes : tuple of Message
        What would follow under a condition, and what was not decided.
    """

    survey: PublishedSurvey
    ledger: pd.DataFrame
    claims: pd.DataFrame
    design: Design | None = None
    strata: pd.DataFrame | None = None
    estimates: pd.DataFrame | None = None
    bounds: pd.DataFrame | None = None
    overall: pd.DataFrame | None = None
    differences: pd.DataFrame | None = None
    ranks: pd.DataFrame | None = None
    pairs: pd.DataFrame | None = None
    pinned: pd.DataFrame | None = None
    grim: pd.DataFrame | None = None
    detection: pd.DataFrame | None = None
    weighting: Mapping[str, float] | None = None
    headline: Headline | None = None
    notes: tuple[Message, ...] = ()

    @classmethod
    def read(cls, entry: SurveyResults | Mapping[str, Any], where: str) -> SurveyResults:
        """Take the results of one survey, check their columns and fill in those that may be missing.

        Parameters
        ----------
        entry : SurveyResults or mapping
            Results, as fields or as keys of the same names.
        where : str
            Name of the survey in faults.

        Returns
        -------
        SurveyResults
            With frames of their own; the given ones stay as they are.

        Raises
        ------
        InputError
            With every unknown key and missing column.
        """
        names = [field.name for field in fields(cls)]
        given = {n: getattr(entry, n) for n in names} if isinstance(entry, SurveyResults) else dict(entry)
        faults = FaultList("the report cannot be written from these results", where=where)
        for key in sorted(set(given) - set(names)):
            faults.add("unknown entry", parameter=key, expected=", ".join(names))
        for key in ("survey", "ledger"):
            if given.get(key) is None:
                faults.add("missing entry", parameter=key)
        faults.raise_if_any(InputError)
        if given.get("claims") is None:
            given["claims"] = pd.DataFrame(columns=list(REQUIRED["claims"]))
        for key in REQUIRED:
            if given.get(key) is not None:
                given[key] = _complete(given[key], key, faults)
        faults.raise_if_any(InputError)
        return cls(**given)


def _complete(frame: pd.DataFrame, key: str, faults: FaultList) -> pd.DataFrame:
    for column in REQUIRED[key]:
        if column not in frame.columns:
            faults.add("missing column", parameter=f"{key}.{column}", got=", ".join(map(str, frame.columns)))
    complete = frame.reset_index(drop=True)
    for column, value in OPTIONAL.get(key, {}).items():
        if column not in complete.columns:
            complete[column] = value
    return complete
