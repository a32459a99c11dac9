"""Every claim with both verdicts, its argument, and the choices that would turn it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from aibaro.compare.declarations import claim_families
from aibaro.consistency.check import ROUNDING_RULES, Check
from aibaro.consistency.sums import sum_of
from aibaro.errors import FaultList, InputError
from aibaro.ledger.book import Book
from aibaro.ledger.claim_rules import CLAIM_RULES
from aibaro.ledger.comparisons import FAILS, HOLDS, OPEN, Comparison, combine
from aibaro.ledger.domains import base_mixtures, mixtures
from aibaro.ledger.evidence import Evidence
from aibaro.ledger.families import Corrected, Hypotheses, Word, joined, pair_of, sign_of
from aibaro.ledger.figures import Figure
from aibaro.ledger.number_rules import DECLARED
from aibaro.ledger.population import claim_tail, population_verdicts
from aibaro.ledger.rule_inputs import Statement
from aibaro.ledger.statements import Claim

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
    family : str
        Families in which it was tested in the population, parted by spaces.
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
    family: str
    distance: Fraction | None
    inputs: tuple[str, ...]
    turns: tuple[str, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    claim: Claim
    statement: Statement
    sections: tuple[tuple[Figure, ...], ...]


def judge_claims(book: Book, claims: Sequence[Claim], evidence: Evidence | None = None) -> tuple[ClaimVerdict, ...]:
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
    known = claim_families(book.survey)
    for claim in claims:
        if known and claim.rule != "not_checkable" and claim.family not in known:
            faults.add(
                "a family that the survey does not declare",
                where=f"claim {claim.id}",
                parameter="family",
                expected=", ".join(sorted(known)),
                got=claim.family,
                hint="add a row of kind 'claims' to comparisons.csv",
            )
    cases = [case for claim in claims if (case := _case(book, claim, faults)) is not None]
    faults.raise_if_any(InputError)
    main = _population(cases, evidence)
    choices = evidence.variants() if evidence else {}
    others = {name: _population(cases, choice) for name, choice in choices.items()}
    found = []
    for case in cases:
        own = main[case.claim.id]
        turned = tuple(
            f"{choice} ({word})"
            for choice, verdicts in others.items()
            if (word := verdicts[case.claim.id].verdict) not in {own.verdict, "not_checkable"}
        )
        remarks = _remarks(case, evidence, own.verdict)
        if evidence and case.statement.need is None:
            remarks += evidence.cautions(case.statement.comparisons)
        found.append(_verdict(case, own, (turned, remarks), book))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Population:
    """A claim in the population: its verdict, the families that tested it, and the argument."""

    verdict: str
    family: str
    steps: tuple[str, ...] = ()


def _population(cases: Sequence[_Case], evidence: Evidence | None) -> dict[str, _Population]:
    """Judge every claim: comparisons that a family declares in that family, the rest in the claim's own."""
    tested = evidence.hypotheses() if evidence else {}
    split = {case.claim.id: _split(case.statement, tested) for case in cases}
    tails = {name: claim_tail(rest, evidence) for name, (_, rest) in split.items()}
    families = {case.claim.id: case.claim.family for case in cases}
    rest_verdicts = population_verdicts(tails, families)
    found = {}
    for case in cases:
        name = case.claim.id
        pairs, rest = split[name]
        words = [Word(test.word(sign_of(comparison)), sign_of(comparison)) for comparison, test in pairs]
        tail, steps = tails[name], list[str]()
        for comparison, test in pairs:
            steps.append(
                f"family {test.family}: {' against '.join(f.fact for _, f in comparison.terms)}, adjusted p "
                f"between {test.p_low:.2g} and {test.p_high:.2g}"
            )
        if tail is not None:
            steps += [*tail.steps, f"one-sided p between {tail.low:.2g} and {tail.high:.2g}; family {families[name]}"]
        if rest.comparisons or not pairs:
            words.append(Word(rest_verdicts[name]))
        used = dict.fromkeys([*(test.family for _, test in pairs), *([families[name]] if rest.comparisons else [])])
        need = case.statement.need if not rest.comparisons else None
        found[name] = _Population(joined(words, need), " ".join(used) or families[name], tuple(steps))
    return found


def _split(statement: Statement, tested: Hypotheses) -> tuple[list[tuple[Comparison, Corrected]], Statement]:
    """Part the comparisons that a declared family tests from the rest."""
    pairs, rest = list[tuple[Comparison, Corrected]](), list[Comparison]()
    for comparison in statement.comparisons:
        pair = pair_of(comparison)
        test = tested.get(pair) if pair else None
        if test is None:
            rest.append(comparison)
        else:
            pairs.append((comparison, test))
    if rest and statement.need is not None:
        # how many have to hold cannot be told of a part: the whole claim is tested in its own family
        return [], statement
    return pairs, replace(statement, comparisons=tuple(rest), need=statement.need if not pairs else None)


def _remarks(case: _Case, evidence: Evidence | None, verdict: str) -> tuple[str, ...]:
    """What would have to be known for a test that cannot be made, or that hangs on an earlier wave."""
    if evidence is None or verdict not in {"not_checkable", "depends"}:
        return ()
    lines = [line for comparison in case.statement.comparisons for line in evidence.remark(comparison)]
    return tuple(dict.fromkeys(lines))


def _case(book: Book, claim: Claim, faults: FaultList) -> _Case | None:
    where = f"claim {claim.id}"
    if claim.rule not in {*CLAIM_RULES, *EXACT_RULES}:
        faults.add(
            "unknown claim rule",
            where=where,
            parameter="rule",
            got=claim.rule,
            expected=", ".join(sorted({*CLAIM_RULES, *EXACT_RULES})),
        )
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
        raise InputError(
            "a recomputation needs a result", where=rule, parameter="inputs", expected="result / inputs", got="nothing"
        )
    result = sections[0][0]
    if rule == "sum_of":
        return sum_of(result.number, {f.id: f.number for f in sections[1]}, declared=book.rounding)
    if rule == "mixture_of":
        found = [*mixtures(book, result), *base_mixtures(book, result)]
        if not found:
            raise InputError("no domain figures make up this figure", where=rule, parameter="inputs", got=result.fact)
        return min(
            found,
            key=lambda check: ("inconsistent", "rounding_dependent", "consistent", "reproduced").index(check.verdict),
        )
    return DECLARED[rule](book, result, sections[1:])


def as_printed(statement: Statement, rule: str = "half_up") -> str:
    """Judge a statement on the printed figures alone."""
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
    case: _Case, population: _Population, more: tuple[tuple[str, ...], tuple[str, ...]], book: Book
) -> ClaimVerdict:
    statement, declared = case.statement, book.rounding
    turned, remarks = more
    plain = as_printed(statement, declared)
    vague = plain == FAILS and case.claim.parameters.get("wording") == VAGUE
    verdict = "not_checkable" if vague else plain
    rules = [rule for rule in ROUNDING_RULES if rule != declared and statement.comparisons]
    turns = [
        f"rounding {rule} (as printed: {word})" for rule in rules if (word := as_printed(statement, rule)) != plain
    ]
    turns += turned
    steps = [*statement.steps, *(str(comparison) for comparison in statement.comparisons)]
    if statement.check is not None:
        steps += statement.check.steps
    if vague:
        steps.append("the comparison fails, but the wording admits other readings: nothing is contradicted")
    if statement.need is not None:
        steps.append(f"{statement.need} of {len(statement.comparisons)} comparisons have to hold")
    steps += [*population.steps, *remarks]
    return ClaimVerdict(
        case.claim,
        verdict,
        "not_checkable" if vague else population.verdict,
        "definition" if vague else statement.reason if verdict == "not_checkable" else "",
        population.family,
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
