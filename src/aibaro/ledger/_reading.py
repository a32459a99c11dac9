"""What is a claim, and how is it written down?

A claim is a row of ``claims.csv``: a statement in our own words, the rule that decides it, and the printed figures
that the rule reads.  Inputs are references (ids, facts, or globs over facts) in sections parted by ``/``; parameters
are ``name=value`` parted by ``;``.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from aibaro.published import PublishedSurvey, rules, split_parameters, split_sections

COLUMNS = ("id", "location", "claim_en", "claim_nl", "type", "rule", "inputs", "parameters")


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement that numbers can support or contradict.

    Parameters
    ----------
    id, location, text, type, rule : str
        Columns of ``claims.csv``; `text` is the column ``claim_en``.
    sections : tuple of tuple of str
        References to figures, in the sections that the rule reads.
    parameters : dict of str to str
        Parameters of the rule.
    text_nl : str
        Column ``claim_nl``; the English text where it is empty.
    """

    id: str
    location: str
    text: str
    type: str
    rule: str
    sections: tuple[tuple[str, ...], ...]
    parameters: dict[str, str]
    text_nl: str = ""

    def words(self, language: str = "en") -> str:
        """Return the statement in a language.

        Parameters
        ----------
        language : {"en", "nl"}
            The language.

        Returns
        -------
        str
            Its words.
        """
        return self.text_nl if language == "nl" and self.text_nl else self.text

    @property
    def family(self) -> str:
        """Family of claims within which tests are corrected for their number."""
        return self.parameters.get("family", self.type)


def read_claims(survey: PublishedSurvey) -> tuple[Claim, ...]:
    """Read the claims of a survey.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.

    Returns
    -------
    tuple of Claim
        In the order of the file.

    Examples
    --------
    >>> from aibaro.published import load
    >>> all(claim.rule for claim in read_claims(load("inspark-2025")))
    True
    """
    return tuple(_claim(row) for row in survey.claims.to_dict("records"))


def _claim(row: Mapping[Hashable, Any]) -> Claim:
    cells = {name: str(row.get(name, "")) for name in COLUMNS}
    rule = rules("claims").get(cells["rule"])
    kind = cells["type"] or (rule.type if rule is not None else "")
    sections, parameters = split_sections(cells["inputs"]), split_parameters(cells["parameters"])
    words, own = cells["claim_en"], cells["claim_nl"]
    return Claim(cells["id"], cells["location"], words, kind, cells["rule"], sections, parameters, own)
