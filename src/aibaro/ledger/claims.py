"""Every claim with both verdicts, its argument, and the choices that would turn it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from aibaro.consistency.check import ROUNDING_RULES, Check
from aibaro.consistency.sums import sum_of
from aibaro.errors import FaultList, InputError
from aibaro.ledger.book import Book
from aibaro.ledger.claim_rules import CLAIM_RULES
from aibaro.ledger.comparisons import FAILS, HOLDS, OPEN, combine
from aibaro.ledger.domains import base_mixtures, mixtures
from aibaro.ledger.evidence import Evidence, Tail
from aibaro.ledger.figures import Figure
from aibaro.ledger.number_rules import DECLARED
from aibaro.ledger.population import claim_tail, population_verdicts
from aibaro.ledger.rule_inputs import Statement
from aibaro.ledger.statements import Claim

CLAIM_VERDICTS = (HOLDS, FAILS, OPEN, "not_checkable")
# A claim whose wording admits readings that no rule can settle (parameter wording=vague) is never contradicted.
VAGUE = "vague"
EXACT_RULES = ("sum_of", "mixture_of", *DECLARED)
_FROM_CHECK = {"reproduced": HOLDS, "consistent": HOLDS, "rounding_dependent": OPEN, "inconsistent": FAILS}


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """One claim with both verdicts.

    Parameters
    ----------
    claim : Claim
        The claim.
    as_printed, population : str
        The two verdicts.
    reason : str
        Why it is not checkable as printed; empty where it is.
    distance : Fraction or None
        How far the closest comparison is from its threshold, in points; negative when it fails.
    inputs : tuple of str
        Ids of the figures that the rule read.
    turns : tuple of str
        Choices under which a verdict would be another one.
    steps : tuple of str
        The argument.
    """

    claim: Claim
    as_printed: str
    population: str
    reason: str
    distance: Fraction | None
    inputs: tuple[str, ...]
    turns: tuple[str, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    claim: Claim
    statement: Statement
    sections: tuple[tuple[Figure, ...], ...]


def judge_claims(
    book: Book, claims: Sequence[Claim], evidence: Evidence | None = None
) -> tuple[ClaimVerdict, ...]:  # fmt: skip
    """Give every claim its two verdicts.

    Parameters
    ----------
    book : Book
        The survey.
    claims : sequence of Claim
        Its claims.
    evidence : Evidence, optional
        What is known about precision; without it no claim is judged in the population.

    Returns
    -------
    tuple of ClaimVerdict
        In the order of the claims.

    Raises
    ------
    InputError
        With every claim that names an unknown rule, figure or parameter.

    Examples
    --------
    >>> from aibaro.ledger import Book, read_claims
    >>> from aibaro.published import load
    >>> survey = load("topdesk-2025")
    >>> verdicts = judge_claims(Book.of(survey), read_claims(survey))
    >>> {verdict.population for verdict in verdicts}
    {'not_checkable'}
    """
    faults = FaultList("the claims cannot be judged", where=f"{book.survey.name}, claims.csv")
    cases = [case for claim in claims if (case := _case(book, claim, faults)) is not None]
    faults.raise_if_any(InputError)
    families = {case.claim.id: case.claim.family for case in cases}
    tails = _tails(cases, evidence)
    main = population_verdicts(tails, families)
    choices = evidence.variants() if evidence else {}
    others = {name: population_verdicts(_tails(cases, choice), families) for name, choice in choices.items()}
    found = []
    for case in cases:
        name = case.claim.id
        turned = tuple(choice for choice, verdicts in others.items() if verdicts[name] != main[name])
        found.append(_verdict(case, main[name], (tails[name], turned, _remarks(case, evidence, tails[name])), book))
    return tuple(found)


def _tails(cases: Sequence[_Case], evidence: Evidence | None) -> dict[str, Tail | None]:
    return {case.claim.id: claim_tail(case.statement, evidence) for case in cases}


def _remarks(case: _Case, evidence: Evidence | None, tail: Tail | None) -> tuple[str, ...]:
    """What would have to be known for a test that cannot be made."""
    if evidence is None or tail is not None:
        return ()
    lines = [line for comparison in case.statement.comparisons for line in evidence.remark(comparison)]
    return tuple(dict.fromkeys(lines))


def _case(book: Book, claim: Claim, faults: FaultList) -> _Case | None:
    where = f"claim {claim.id}"
    if claim.rule not in {*CLAIM_RULES, *EXACT_RULES}:
        faults.add("unknown claim rule", where=where, parameter="rule", got=claim.rule,
                   expected=", ".join(sorted({*CLAIM_RULES, *EXACT_RULES})))  # fmt: skip
        return None
    try:
        sections = tuple(tuple(f for ref in section for f in book.resolve(ref)) for section in claim.sections)
        if claim.rule in CLAIM_RULES:
            return _Case(claim, CLAIM_RULES[claim.rule](book, sections, claim.parameters), sections)
        return _Case(claim, Statement(check=_exact(book, claim.rule, sections)), sections)
    except InputError as error:
        for fault in error.faults:
            faults.add(fault.problem, where=where, parameter=fault.parameter, expected=fault.expected, got=fault.got)
        return None


def _exact(book: Book, rule: str, sections: tuple[tuple[Figure, ...], ...]) -> Check:
    if not sections or not sections[0]:
        raise InputError("a recomputation needs a result", where=rule, parameter="inputs", expected="result / inputs",
                         got="nothing")  # fmt: skip
    result = sections[0][0]
    if rule == "sum_of":
        return sum_of(result.number, {f.id: f.number for f in sections[1]}, declared=book.rounding)
    if rule == "mixture_of":
        found = [*mixtures(book, result), *base_mixtures(book, result)]
        if not found:
            raise InputError("no domain figures make up this figure", where=rule, parameter="inputs", got=result.fact)
        return min(found, key=lambda check: ("inconsistent", "rounding_dependent", "consistent", "reproduced").index(
            check.verdict))  # fmt: skip
    return DECLARED[rule](book, result, sections[1:])


def as_printed(statement: Statement, rule: str = "half_up") -> str:
    """Judge a statement on the printed figures alone.

    Parameters
    ----------
    statement : Statement
        The statement.
    rule : str, default "half_up"
        Rounding rule.

    Returns
    -------
    str
        ``supported``, ``contradicted``, ``rounding_dependent`` or ``not_checkable``.
    """
    if statement.check is not None:
        return _FROM_CHECK.get(statement.check.verdict, "not_checkable")
    if not statement.comparisons:
        return "not_checkable"
    verdict = combine(statement.comparisons, statement.need, rule)
    if not statement.limits:
        return verdict
    # words have blurred edges: a value on the edge of the reading agrees, and only one beyond the neighbouring
    # fraction contradicts
    if verdict != FAILS:
        return HOLDS
    return FAILS if combine(statement.limits, None, rule) == FAILS else OPEN


def _verdict(
    case: _Case, population: str, evidence: tuple[Tail | None, tuple[str, ...], tuple[str, ...]], book: Book
) -> ClaimVerdict:
    statement, declared = case.statement, book.rounding
    tail, turned, remarks = evidence
    plain = as_printed(statement, declared)
    vague = plain == FAILS and case.claim.parameters.get("wording") == VAGUE
    verdict = "not_checkable" if vague else plain
    rules = [rule for rule in ROUNDING_RULES if rule != declared and statement.comparisons]
    turns = [f"rounding {rule}" for rule in rules if as_printed(statement, rule) != plain]
    turns += turned
    steps = [*statement.steps, *(str(comparison) for comparison in statement.comparisons)]
    if statement.check is not None:
        steps += statement.check.steps
    if vague:
        steps.append("the comparison fails, but the wording admits other readings: nothing is contradicted")
    if statement.need is not None:
        steps.append(f"{statement.need} of {len(statement.comparisons)} comparisons have to hold")
    if tail is not None:
        steps += [*tail.steps, f"one-sided p between {tail.low:.2g} and {tail.high:.2g}; family {case.claim.family}"]
    steps += remarks
    return ClaimVerdict(
        case.claim,
        verdict,
        "not_checkable" if vague else population,
        "definition" if vague else statement.reason if verdict == "not_checkable" else "",
        _distance(statement),
        tuple(figure.id for section in case.sections for figure in section),
        tuple(turns),
        tuple(steps),
    )


def _distance(statement: Statement) -> Fraction | None:
    values = sorted(comparison.central for comparison in statement.comparisons)
    if not values:
        return None
    need = len(values) if statement.need is None else statement.need
    return values[len(values) - need]
