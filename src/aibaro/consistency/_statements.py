"""All statements of a survey: what each generator finds, in a fixed order."""

from __future__ import annotations

from aibaro.consistency._sources import Sources, generators
from aibaro.consistency._statement import Statement
from aibaro.facts import Facts


def statements(facts: Facts) -> tuple[Statement, ...]:
    """List what ties the printed figures of a survey.

    Parameters
    ----------
    facts : Facts
        The facts.

    Returns
    -------
    tuple of Statement
        Statements by kind, each with the arithmetic behind it.

    Notes
    -----
    A statement ``sum a_j v_j {=, <=, >=} b`` holds for the values that were rounded in print.  What it takes as
    given (a relation, a population, how answers were weighted) is named in ``rests_on``.

    References
    ----------
    Fellegi, I. P. & Holt, D. (1976). A systematic approach to automatic edit and imputation. Journal of the American
    Statistical Association 71, 17-35. doi:10.1080/01621459.1976.10481472

    Examples
    --------
    >>> from aibaro.facts import Facts
    >>> from aibaro.published import load
    >>> found = statements(Facts.of(load("inspark-2025")))
    >>> sorted({statement.kind for statement in found})[:2]
    ['exclusive', 'exhaustive']
    """
    sources = Sources.of(facts)
    found: dict[str, Statement] = {}
    for make in generators():
        for statement in make(sources):
            found.setdefault(statement.id, statement)
    return tuple(found.values())
