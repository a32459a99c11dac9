"""How were answers weighted?  Declared in the descriptor or per base, never assumed."""

from __future__ import annotations

from dataclasses import dataclass

from aibaro.published import Declaration, PublishedSurvey
from aibaro.published.schema import COUNT_COLUMNS

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


def weighting_of(declaration: Declaration) -> Weighting:
    """Take a declaration of the descriptor or of ``bases.csv`` as it was read."""
    return Weighting(declaration.kind, declaration.margins, declaration.location)


def of_survey(survey: PublishedSurvey) -> Weighting:
    """Return the weighting that the descriptor declares; margins that are not named are those of the strata."""
    found = weighting_of(survey.weighting)
    if found.kind == "margins" and not found.margins:
        return Weighting("margins", tuple(variables(survey)), found.location)
    return found


def variables(survey: PublishedSurvey) -> list[str]:
    """List the stratum variables."""
    return [str(name) for name in survey.strata.columns if name not in COUNT_COLUMNS]
