"""What is a claim, and how is it written down?

A claim is a row of ``claims.csv``: a statement in our own words, the rule that decides it, and the printed figures
that the rule reads.  Inputs are references (ids, facts, or globs over facts) in sections parted by ``/``; parameters
are ``name=value`` parted by ``;``.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from aibaro.errors import FaultList, InputError
from aibaro.published import PublishedSurvey, split_sections

TYPES = (
    "comparison",
    "ranking",
    "trend",
    "majority",
    "quantity",
    "sum",
    "association",
    "projection",
    "cause",
    "definition",
)

COLUMNS = ("id", "location", "claim_en", "type", "rule", "inputs", "parameters")


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement that numbers can support or contradict.

    Parameters
    ----------
    id, location, text, type, rule : str
        Columns of ``claims.csv``; `text` is the column ``claim``.
    sections : tuple of tuple of str
        References to figures, in the sections that the rule reads.
    parameters : dict of str to str
        Parameters of the rule.
    """

    id: str
    location: str
    text: str
    type: str
    rule: str
    sections: tuple[tuple[str, ...], ...]
    parameters: dict[str, str]

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

    Raises
    ------
    InputError
        With every fault: unknown types, parameters without a value, claims without a rule.

    Examples
    --------
    >>> from aibaro.published import load
    >>> all(claim.rule for claim in read_claims(load("inspark-2025")))
    True
    """
    faults = FaultList("the claims cannot be used", where=f"{survey.name}, claims.csv")
    claims = [_claim(row, faults) for row in survey.claims.to_dict("records")]
    faults.raise_if_any(InputError)
    return tuple(claims)


def _claim(row: Mapping[Hashable, Any], faults: FaultList) -> Claim:
    cells = {name: str(row.get(name, "")) for name in COLUMNS}
    where = f"row {cells['id']}"
    if not cells["rule"]:
        faults.add("a claim without a rule", where=where, parameter="rule", expected="the name of a claim rule", got="")
    if cells["type"] not in TYPES:
        faults.add("unknown type of claim", where=where, parameter="type", expected=", ".join(TYPES), got=cells["type"])
    parameters = {}
    for pair in filter(None, (part.strip() for part in cells["parameters"].split(";"))):
        name, equal, value = pair.partition("=")
        if not equal:
            faults.add(
                "a parameter without a value", where=where, parameter="parameters", expected="name=value", got=pair
            )
        parameters[name.strip()] = value.strip()
    sections = split_sections(cells["inputs"])
    return Claim(cells["id"], cells["location"], cells["claim_en"], cells["type"], cells["rule"], sections, parameters)
