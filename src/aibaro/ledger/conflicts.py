"""Printed percentages that cannot hold together, as checks of the numbers that take part."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aibaro.consistency.check import ROUNDING_RULES, Check
from aibaro.ledger.detection import RULE

if TYPE_CHECKING:
    from aibaro.published import PublishedSurvey
    from aibaro.reconstruct import Attainability, Conflict

# every value that another rule admits, this one admits too
WIDEST = "floor_or_ceil"


def conflict_checks(survey: PublishedSurvey, found: Iterable[Attainability], *, work: float = 5.0) -> dict[str, Check]:
    """Turn conflicts between printed percentages into checks of the printings that take part.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    found : iterable of Attainability
        What :func:`aibaro.reconstruct.check_survey` found under the survey's rounding rule.
    work : float
        Limit of deterministic work a solve, for the other rounding rules.

    Returns
    -------
    dict of str to Check
        By id of the printing, for members of a conflict alone: ``inconsistent`` when the same item is in conflict
        under the widest rounding rule, which admits all that the others admit; else ``rounding_dependent``.

    Notes
    -----
    A set that conflicts under the widest rule conflicts under each, so that set is the one that is shown.  What was
    not decided accuses nobody.  Two printings of one fact that exclude each other have a rule of their own.

    Examples
    --------
    >>> from aibaro.published import load
    >>> from aibaro.reconstruct import check_survey
    >>> survey = load("flanders-2023")
    >>> conflict_checks(survey, check_survey(survey, [("technology.nlg", "all")]))
    {}
    """
    from aibaro.reconstruct import check_survey

    checks: dict[str, Check] = {}
    for one in found:
        if one.verdict != "conflict" or one.conflict is None or _one_fact(one.conflict):
            continue
        others = [rule for rule in ROUNDING_RULES if rule != survey.rounding]
        under = {rule: check_survey(survey, [(one.item, one.base)], rounding=rule, work=work)[0] for rule in others}
        widest = under.get(WIDEST, one)
        everywhere = widest.verdict == "conflict" and widest.conflict is not None
        shown = widest if everywhere else one
        fails = (survey.rounding, *(r for r in others if everywhere or under[r].verdict == "conflict"))
        passes = tuple(rule for rule in others if under[rule].verdict == "attainable")
        open_ = [rule for rule in others if rule not in fails + passes]
        steps = _steps(survey, shown)
        if open_:
            steps += (f"not decided when print is rounded by {', '.join(open_)}",)
        members = shown.conflict.ids if shown.conflict is not None else ()
        for name in members:
            if name in checks and checks[name].verdict == "inconsistent":
                # a share of the base takes part for several items: the conflict that no rounding explains is shown
                continue
            checks[name] = Check(
                RULE,
                "inconsistent" if everywhere else "rounding_dependent",
                passes=passes,
                fails=fails,
                inputs=tuple(other for other in members if other != name),
                steps=steps,
            )
    return checks


def _one_fact(conflict: Conflict) -> bool:
    return len(conflict.members) > len({member.name for member in conflict.members})


def _steps(survey: PublishedSurvey, one: Attainability) -> tuple[str, ...]:
    from aibaro.reconstruct import conflict_lines

    return () if one.conflict is None else tuple(line.strip() for line in conflict_lines(one.conflict, survey))
