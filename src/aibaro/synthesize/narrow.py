"""What remains of a survey when only some items are of interest?"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from aibaro.errors import FaultList
from aibaro.published.schema import WHOLE_BASE

if TYPE_CHECKING:
    from aibaro.published import PublishedSurvey


def narrowed(survey: PublishedSurvey, items: Sequence[str]) -> PublishedSurvey:
    """Keep the figures and relations of some items that were asked of everybody.

    Examples
    --------
    >>> from aibaro.published import load
    >>> narrowed(load("flanders-2023"), ["plans"]).printed["item"].unique().tolist()
    ['plans']
    """
    printed = survey.printed
    everybody = printed.loc[(printed["base"] == WHOLE_BASE) & printed["kind"].isin(["percentage", "verbal"])]
    chosen, known = list(dict.fromkeys(items)), [str(i) for i in survey.items["item"]]
    faults = FaultList("these items make no population", where=survey.name)
    if not chosen:
        faults.add("no item was chosen", parameter="items", expected="at least one", got="none")
    for item in chosen:
        if item not in set(everybody["item"]):
            faults.add(
                "no share of everybody is printed of this item",
                parameter="items",
                got=item,
                expected=", ".join(sorted(set(everybody["item"]))),
            )
    kept = []
    for number, row in enumerate(survey.relations.to_dict(orient="records")):
        whole = re.split(r"[<>=]", str(row["whole"]))[0]
        parts = [name for part in str(row["parts"]).split() for name in fnmatch.filter(known, part) or [part]]
        tied = {*parts, *([whole] if whole and not whole.startswith("@") else [])}
        if tied <= set(chosen):
            kept.append(number)
        elif whole in chosen and tied & set(chosen) != {whole}:
            faults.add(
                "a whole and some of its parts were chosen",
                parameter="items",
                got=whole,
                expected=f"all of {', '.join(sorted(tied))}, or {whole} without its parts",
            )
    faults.raise_if_any()
    bases = survey.bases.loc[survey.bases["base"] == WHOLE_BASE]
    rows = everybody.loc[everybody["item"].isin(chosen)]
    return replace(survey, printed=rows, bases=bases, relations=survey.relations.iloc[kept])
