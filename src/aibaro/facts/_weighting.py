"""How were answers weighted?  Declared in the descriptor or per base, never assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aibaro.published import PublishedSurvey
from aibaro.published.schema import COUNT_COLUMNS
from aibaro.published.vocabulary import ITEM_NONRESPONSE, SAMPLINGS, WEIGHTINGS

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Weighting:
    """What is declared about the weights of a base.

    Parameters
    ----------
    kind : {"none", "cells", "margins", "unknown"}
        ``none``: a share is k/n.  ``cells``: weights are equal inside the strata of ``strata.csv``.  ``margins``:
        the named margins are met, weights inside are unknown.  ``unknown``: nothing is known.
    margins : tuple of str
        Variables whose population counts the weights meet.
    location : str
        Where the source says so.

    Examples
    --------
    >>> Weighting("margins", ("age", "region")).meets("age")
    True
    """

    kind: str = UNKNOWN
    margins: tuple[str, ...] = ()
    location: str = ""

    def meets(self, domain: str) -> bool:
        """Tell whether weighted totals follow the population counts of a stratum variable.

        Parameters
        ----------
        domain : str
            The variable.

        Returns
        -------
        bool
            True under ``cells``, and under ``margins`` for a variable that is named.
        """
        return self.kind == "cells" or (self.kind == "margins" and domain in self.margins)


def declared(value: object) -> Weighting | None:
    """Read a declaration: one word, or an object with kind, margins and location; None for prose and nothing."""
    if isinstance(value, Mapping):
        kind = str(value.get("kind", ""))
        margins = value.get("margins") or ()
        names = (margins,) if isinstance(margins, str) else tuple(str(name) for name in margins)
        return Weighting(kind, names, str(value.get("location") or "")) if kind in WEIGHTINGS else None
    word, *margins = str(value or "").split() or [""]
    if word not in WEIGHTINGS or (margins and word != "margins"):
        return None
    return Weighting(word, tuple(margins))


def of_survey(survey: PublishedSurvey) -> Weighting:
    """Give the weighting that the descriptor declares; margins that are not named are those of the strata."""
    found = declared(survey.settings.get("weighting")) or Weighting()
    if found.kind == "margins" and not found.margins:
        return Weighting("margins", tuple(variables(survey)), found.location)
    return found


def variables(survey: PublishedSurvey) -> list[str]:
    """List the stratum variables."""
    return [str(name) for name in survey.strata.columns if name not in COUNT_COLUMNS]


def word_of(survey: PublishedSurvey, name: str) -> str:
    """Read a declaration of one word, ``unknown`` where there is none."""
    known = {"item_nonresponse": ITEM_NONRESPONSE, "sampling": SAMPLINGS}[name]
    value = survey.settings.get(name)
    value = value.get("kind") if isinstance(value, Mapping) else value
    return str(value) if value in known else UNKNOWN
