"""Every claim with both verdicts, its argument, and the choices that would turn it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction

from aibaro.errors import FaultList, InputError
from aibaro.estimate.multiplicity import adjust
from aibaro.facts import FactLabels, Facts, Key
from aibaro.ledger._claim_rules import CLAIM_RULES, EXACT_RULES, Assertion, Claim, Clause, unprinted
from aibaro.ledger._evidence import Evidence, Tail
from aibaro.ledger._families import Corrected, JoinedVerdict, joined, pair_of, sign_of
from aibaro.ledger._grades import Grade
from aibaro.ledger._sentences import Told, population_sentence, printed_sentence
from aibaro.ledger._unless import Condition, closest, reversal, selection
from aibaro.ledger.comparisons import FAILS, HOLDS, OPEN, RULES, Comparison, Quantity, combine, exact, resolve
from aibaro.messages import Code, Message, message
from aibaro.rounding import Interval

# --- From p-values over all consistent tables to a verdict in the population, with Holm's correction in each family.

ALPHA = 0.025  # one side of a 95% interval


def claim_tail(statement: Assertion, evidence: Evidence | None) -> Tail | None:
    """Combine the comparisons of a claim into one range of p-values.

    Notes
    -----
    A claim holds when all its parts do, by the largest p-value, and is refuted when one of its parts is.  For a part
    that needs r of m comparisons the p-value is (m - r + 1) times the r-th smallest (partial
    conjunction, Benjamini & Heller 2008); r = m is the intersection-union test, the largest p-value.  Its
    refutation needs m - r + 1 reversed comparisons.

    References
    ----------
    Benjamini, Y. & Heller, R. (2008). Screening for partial conjunction hypotheses. Biometrics 64, 1215-1222.
    doi:10.1111/j.1541-0420.2007.00984.x
    """
    if evidence is None or not statement.parts:
        return None
    found = [_part_tail(part, evidence) for part in statement.parts]
    known = [tail for tail in found if tail is not None]
    if len(known) < len(found):
        return None
    weakest, count = max(known, key=lambda tail: tail.high), len(known)
    return Tail(
        max(tail.low for tail in known),
        weakest.high,
        min(1.0, count * min(tail.reverse_low for tail in known)),
        min(1.0, count * min(tail.reverse_high for tail in known)),
        weakest.steps,
    )


def _part_tail(part: Clause, evidence: Evidence) -> Tail | None:
    """Combine comparisons of which some, or all, have to hold; words are refuted beyond their limits alone."""
    tails = [evidence.tail(comparison) for comparison in part.comparisons]
    limits = [evidence.tail(comparison) for comparison in part.limits] if part.limits else tails
    known = [tail for tail in tails if tail is not None]
    against = [tail for tail in limits if tail is not None]
    if not known or len(known) < len(tails) or len(against) < len(limits):
        return None
    need = len(known) if part.need is None else part.need
    reverse = len(against) - (len(against) if part.need is None else part.need) + 1
    weakest = max(known, key=lambda tail: tail.high)
    return Tail(
        _partial([tail.low for tail in known], need),
        _partial([tail.high for tail in known], need),
        _partial([tail.reverse_low for tail in against], reverse),
        _partial([tail.reverse_high for tail in against], reverse),
        weakest.steps,
    )


def _partial(values: Sequence[float], need: int) -> float:
    return min(1.0, (len(values) - need + 1) * sorted(values)[need - 1])


def population_verdicts(tails: Mapping[str, Tail | None], families: Mapping[str, str]) -> dict[str, str]:
    """Judge claims in the population.

    Examples
    --------
    >>> population_verdicts({"a": Tail(0.001, 0.01, 0.99, 0.999), "b": None}, {"a": "x", "b": "x"})
    {'a': 'established', 'b': 'not_checkable'}
    """
    verdicts = dict.fromkeys(tails, "not_checkable")
    for family in sorted(set(families.values())):
        members = {name: tail for name, tail in tails.items() if tail is not None and families[name] == family}
        sides = {
            side: adjust([getattr(tail, side) for tail in members.values()])
            for side in ("low", "high", "reverse_low", "reverse_high")
        }
        for place, name in enumerate(members):
            verdicts[name] = _judge({side: float(values[place]) for side, values in sides.items()})
    return verdicts


def settled(tail: Tail, members: int) -> str | None:
    """Judge a member of a family where the other members cannot matter; None where they can.

    Notes
    -----
    Holm's p value lies between a member's own and as many times that as the family has members.

    Examples
    --------
    >>> settled(Tail(0.001, 0.002, 0.998, 0.999), 10), settled(Tail(0.01, 0.02, 0.98, 0.99), 10)
    ('established', None)
    """
    sides = {side: getattr(tail, side) for side in ("low", "high", "reverse_low", "reverse_high")}
    least, most = _judge(sides), _judge({side: min(1.0, members * value) for side, value in sides.items()})
    # between the two ends no side may cross the level
    crossed = any((value <= ALPHA) != (min(1.0, members * value) <= ALPHA) for value in sides.values())
    return None if crossed or least != most else most


def _judge(adjusted: Mapping[str, float]) -> str:
    if adjusted["high"] <= ALPHA:
        return "established"
    if adjusted["reverse_high"] <= ALPHA:
        return "refuted"
    if adjusted["low"] > ALPHA and adjusted["reverse_low"] > ALPHA:
        return "not_significant"
    return "depends"


# --- How are choices of an analysis and p values said?

# below it a p value is shown as below it, and above the other end as one
SMALL, LARGE = 1e-4, 0.995


def turn(choice: str, verdict: str) -> Message:
    """Say that a verdict would be another one under a choice.

    Examples
    --------
    >>> turn("design effect 3", "not_significant").text()
    'a design effect of 3 (not significant)'
    """
    return message("ledger.turn", choice=choice_words(choice), verdict=message(f"verdict.{verdict}"))


def choice_words(choice: str) -> Message:
    """Name a choice of :meth:`Evidence.variants`.

    Examples
    --------
    >>> choice_words("tables with the smallest standard errors").text("nl")
    'de tabellen met de kleinste standaardfouten'
    """
    head, _, last = choice.rpartition(" ")
    if head == "design effect":
        return message("ledger.choice_deff", value=float(last))
    if head == "interval":
        return message("ledger.choice_interval", method=last)
    if head == "rounding":
        return message("ledger.choice_rounding", rule=message(f"rounding.{last}"))
    return message(f"ledger.choice_{choice.replace(' ', '_')}")


def p_words(low: float, high: float) -> Message:
    """Say which p values print leaves open.

    Examples
    --------
    >>> p_words(1e-9, 1e-5).text(), p_words(0.2, 0.2).text(), p_words(1.0, 1.0).text()
    ('p below 0.0001', 'p = 0.2', 'p close to 1, no sign of a difference')
    >>> p_words(0.0, 0.5).text(), p_words(0.01, 1.0).text("nl")
    ('p anywhere up to 0.5, as far as print fixes it', 'p ergens van 0,01 tot 1, voor zover het gedrukte hem vastlegt')
    """
    if high < SMALL:
        return message("ledger.p_small")
    if low > LARGE:
        return message("ledger.p_one")
    if low < SMALL:
        return message("ledger.p_open") if high > LARGE else message("ledger.p_up_to", high=high)
    if f"{low:.2g}" == f"{high:.2g}":
        return message("ledger.p_equal", value=high)
    return message("ledger.p_to_one", low=low) if high > LARGE else message("ledger.p_between", low=low, high=high)


# --- Every claim with both verdicts, its argument, and the choices that would turn it.

VAGUE = "vague"
WORDING, UNKNOWN = "wording_dependent", "not_checkable"
# what ranks a whole set: a member that is not printed could contradict it
RANKINGS = ("among_first", "ranked", "ranked_first", "ranked_last")
# what says how large a figure is: an interval that reaches outside the words is too imprecise to confirm them
LEVELS = (
    "about",
    "equal",
    "majority",
    "minority",
    "not_less",
    "pooled_not_less",
    "sum_above",
    "threshold_above",
    "threshold_below",
)
# interval methods that docs/coverage.md supports: a verdict that one of them turns depends on the choice
SUPPORTED = ("interval logit", "interval wilson", "interval beta")


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
    turns : tuple of Message
        Choices under which a verdict would be another one.
    steps : tuple of Message
        The argument.
    sentences : tuple of Message
        What was found in plain sentences: on print, and beyond those who answered.
    unless : tuple of Condition
        What would have to be true, each by itself, for it to be false, or for a refuted one to be true; empty where
        it does not hold as printed and is not refuted, and where it is no comparison of shares.
    nearest : Message or None
        The comparison that these conditions are about, where the claim makes several.
    grade : Grade or None
        Of a verdict that depends on the table of counts: in how many drawn tables it is established.
    """

    claim: Claim
    as_printed: str
    population: str
    reason: str
    family: str
    distance: Fraction | None
    inputs: tuple[str, ...]
    turns: tuple[Message, ...]
    steps: tuple[Message, ...]
    sentences: tuple[Message, ...] = ()
    unless: tuple[Condition, ...] = ()
    nearest: Message | None = None
    grade: Grade | None = None

    @property
    def unless_lines(self) -> tuple[Message, ...]:
        """What would have to be true for it to be false, one line per condition; of several comparisons, of which."""
        head = () if self.nearest is None or not self.unless else (message("unless.closest", comparison=self.nearest),)
        return (*head, *(condition.line for condition in self.unless))


@dataclass(frozen=True, slots=True)
class _ReadClaim:
    """A claim with one statement for each reading of its words."""

    claim: Claim
    readings: tuple[Assertion, ...]
    sections: tuple[tuple[Quantity, ...], ...]

    def sections_of(self, place: int) -> tuple[tuple[Quantity, ...], ...]:
        """The sections of one reading."""
        size = max(1, len(self.sections) // len(self.readings))
        return self.sections[place * size : (place + 1) * size]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"{self.claim.id}#{place}" for place in range(len(self.readings)))


def judge_claims(
    facts: Facts,
    claims: Sequence[Claim],
    evidence: Evidence | None = None,
    *,
    recomputed: Mapping[str, Interval] | None = None,
    only: Collection[str] | None = None,
    grades: Mapping[str, Grade] | None = None,
) -> tuple[ClaimVerdict, ...]:
    """Return every claim its two verdicts.

    Parameters
    ----------
    facts : Facts
        The survey's facts.
    claims : sequence of Claim
        Its claims.
    evidence : Evidence, optional
        What is known about precision; without it no claim is judged in the population.
    recomputed : mapping of str to Interval, optional
        What the other printed figures leave for a figure, by its id: the second figure of claims whose own figure is
        printed in words alone.
    only : collection of str, optional
        Ids of claims to be judged; the others count as members of their families.  By default all are judged.
    grades : mapping of str to Grade, optional
        Grades that stand beside verdicts that depend, by claim; no verdict is changed by one.

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
    >>> from aibaro.facts import FactLabels, Facts
    >>> from aibaro.ledger import read_claims
    >>> from aibaro.published import load
    >>> survey = load("topdesk-2025")
    >>> verdicts = judge_claims(Facts.of(survey), read_claims(survey))
    >>> {verdict.population for verdict in verdicts}
    {'not_checkable'}
    """
    faults = FaultList("the claims cannot be judged", where=f"{facts.survey.name}, claims.csv")
    second = recomputed or {}
    cases = [case for claim in claims if (case := _case(facts, claim, second, faults)) is not None]
    faults.raise_if_any(InputError)
    asked = [case for case in cases if only is None or case.claim.id in only]
    main, others = _populations(cases, asked, evidence)
    labels = FactLabels.of(facts.survey)
    found = (_verdict(case, main, others, facts, evidence, labels=labels) for case in asked)
    return tuple(_graded(verdict, (grades or {}).get(verdict.claim.id)) for verdict in found)


def population_at(
    facts: Facts,
    claims: Sequence[Claim],
    evidence: Iterable[Evidence],
    *,
    recomputed: Mapping[str, Interval],
    only: Collection[str],
) -> Iterator[dict[str, str]]:
    """Judge claims in the population by one piece of evidence after another; what they state is read once."""
    faults = FaultList("the claims cannot be judged", where=f"{facts.survey.name}, claims.csv")
    cases = [case for claim in claims if (case := _case(facts, claim, recomputed, faults)) is not None]
    faults.raise_if_any(InputError)
    printed = {case.claim.id: _printed(case, facts.rounding)[0] for case in cases if case.claim.id in only}
    asked = [case for case in cases if case.claim.id in printed]
    for one in evidence:
        main, others = _populations(cases, asked, one)
        yield {case.claim.id: _decided(case, main, others, printed[case.claim.id])[0] for case in asked}


def check_claims(facts: Facts, claims: Iterable[Claim], faults: FaultList) -> None:
    """Record what no claim can be judged for, whatever the other figures leave: figures without a value, and such."""
    for claim in claims:
        _case(facts, claim, {}, faults)


def soft_keys(facts: Facts, claims: Iterable[Claim]) -> set[Key]:
    """Facts in words alone that claims read: what the other figures leave may stand in their place."""
    found: set[Key] = set()
    for claim in claims:
        for section in claim.sections:
            for reference in section:
                with suppress(InputError):  # judging the claim says what is wrong with its references
                    found |= {figure.key for figure in resolve(facts, reference) if not figure.precise}
    return found


@dataclass(frozen=True, slots=True)
class _Population:
    """A reading in the population: its verdict, the families that tested it, and the argument."""

    verdict: str
    family: str
    steps: tuple[Message, ...] = ()


def _populations(
    cases: Sequence[_ReadClaim], asked: Sequence[_ReadClaim], evidence: Evidence | None
) -> tuple[dict[str, _Population], dict[str, dict[str, _Population]]]:
    """Judge readings in the population, and under other defensible choices."""
    choices = evidence.variants() if evidence else {}
    others = {name: _population(cases, asked, choice) for name, choice in choices.items()}
    return _population(cases, asked, evidence), others


def _population(
    cases: Sequence[_ReadClaim], asked: Sequence[_ReadClaim], evidence: Evidence | None
) -> dict[str, _Population]:
    """Judge readings: comparisons that a family declares in that family, the rest in the claim's own."""
    tested: Mapping[frozenset[str], Corrected] = evidence.hypotheses() if evidence else {}
    readings = {
        name: (case, statement) for case in cases for name, statement in zip(case.names, case.readings, strict=True)
    }
    families = {name: case.claim.family for name, (case, _) in readings.items()}
    split = {name: _split(statement, tested) for name, (_, statement) in readings.items()}
    wanted = [name for case in asked for name in case.names]
    tails = {name: claim_tail(split[name][1], evidence) for name in wanted}
    # the other members of a family are asked where they could matter
    sizes = Counter(families.values())
    sure = {n: word for n, t in tails.items() if t is not None and (word := settled(t, sizes[families[n]])) is not None}
    in_need = {families[name] for name, tail in tails.items() if tail is not None and name not in sure}
    tails |= {
        name: claim_tail(split[name][1], evidence)
        for name, family in families.items()
        if family in in_need and name not in tails
    }
    rest_verdicts = {**population_verdicts(tails, families), **sure}
    found = {}
    for name in wanted:
        (case, statement), words, rest, steps = readings[name], list[JoinedVerdict](), split[name][1], list[Message]()
        for need, places in split[name][0]:
            pairs = [(comparison, tested[pair]) for comparison, pair in places]
            own = [JoinedVerdict(test.word(sign_of(comparison)), sign_of(comparison)) for comparison, test in pairs]
            words += own if need is None else [JoinedVerdict(joined(own, need))]
            steps += [_family_step(comparison, test) for comparison, test in pairs]
        tail = tails[name]
        if tail is not None:
            steps += [*tail.steps, message("ledger.one_sided", p=p_words(tail.low, tail.high))]
        if rest.parts or not words:
            words.append(JoinedVerdict(rest_verdicts[name]))
        declared = [tested[pair].family for _, pairs in split[name][0] for _, pair in pairs]
        used = dict.fromkeys([*declared, *([families[name]] if rest.parts else [])])
        verdict = UNKNOWN if statement.unprinted or statement.reason else joined(words)
        if verdict == "not_significant" and case.claim.rule in LEVELS:
            verdict = "imprecise"
        found[name] = _Population(verdict, " ".join(used) or families[name], tuple(steps))
    return found


def _family_step(comparison: Comparison, test: Corrected) -> Message:
    one, other = (figure.fact for _, figure in comparison.terms)
    return message("ledger.family", one=Code(one), other=Code(other), p=p_words(test.p_low, test.p_high))


Pairs = list[tuple[Comparison, frozenset[str]]]


def _split(
    statement: Assertion, tested: Collection[frozenset[str]]
) -> tuple[list[tuple[int | None, Pairs]], Assertion]:
    """Part the comparisons that a declared family tests from the rest."""
    found, rest = list[tuple[int | None, Pairs]](), list[Clause]()
    for part in statement.parts:
        places = [(comparison, pair_of(comparison)) for comparison in part.comparisons]
        pairs = [(comparison, pair) for comparison, pair in places if pair is not None and pair in tested]
        others = tuple(comparison for comparison, pair in places if pair is None or pair not in tested)
        if others and part.need is not None:
            # how many have to hold cannot be told of a part of them: they are tested together in the claim's family
            rest.append(part)
            continue
        if pairs:
            found.append((part.need, pairs))
        if others:
            rest.append(replace(part, comparisons=others))
    return found, replace(statement, parts=tuple(rest))


def _case(facts: Facts, claim: Claim, second: Mapping[str, Interval], faults: FaultList) -> _ReadClaim | None:
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
        sections = tuple(tuple(f for ref in section for f in resolve(facts, ref)) for section in claim.sections)
        count = int(claim.parameters.get("readings", "1"))
        size = max(1, len(sections) // count) if count else 1
        places = [slice(start * size, start * size + size) for start in range(count)]
        if count > 1 and len(sections) % count:
            raise InputError(
                "readings of unequal length",
                where="readings",
                parameter="inputs",
                expected=f"{count} times the sections of the rule",
                got=f"{len(sections)} sections",
            )
        readings = tuple(
            _statement(facts, claim, sections[place] if sections else (), claim.sections[place], second)
            for place in places
        )
        return _ReadClaim(claim, readings, sections)
    except InputError as error:
        for fault in error.faults:
            faults.add(fault.problem, where=where, parameter=fault.parameter, expected=fault.expected, got=fault.got)
        return None


def _statement(
    facts: Facts,
    claim: Claim,
    sections: tuple[tuple[Quantity, ...], ...],
    references: tuple[tuple[str, ...], ...],
    second: Mapping[str, Interval],
) -> Assertion:
    """Turn the figures of one reading into what has to hold."""
    if claim.rule not in CLAIM_RULES:
        return EXACT_RULES[claim.rule](facts, sections, claim.parameters)
    used, steps = sections, list[Message]()
    circular = _repeated(sections) if claim.rule == "equal" else ()
    if circular:
        used = tuple(tuple(_left(f, second, steps) if f in circular else f for f in section) for section in sections)
        if len(steps) < len(circular):
            given = message("ledger.circular", fact=Code(circular[0].fact))
            return Assertion(reason="no_second_figure", steps=(given,))
    elif claim.rule in LEVELS and not any(figure.precise for section in sections for figure in section):
        # the words are what the claim states: what the other figures leave is the second figure, if anything is left
        used = tuple(tuple(_left(figure, second, steps) for figure in section) for section in sections)
        if steps and len(steps) < sum(map(len, sections)):
            used, steps = sections, []
    statement = CLAIM_RULES[claim.rule](facts, used, claim.parameters)
    if steps:
        statement = replace(statement, reason="", steps=tuple(steps))
    if claim.rule in RANKINGS:
        missing = tuple(key for reference in references[-1] for key in unprinted(facts, reference))
        statement = replace(statement, unprinted=tuple(dict.fromkeys(missing)))
    return statement


def _repeated(sections: tuple[tuple[Quantity, ...], ...]) -> tuple[Quantity, ...]:
    """Find the figures whose words do no more than repeat another figure."""
    return tuple(f for section in sections for f in section if not f.precise and f.repeats_another)


def _left(figure: Quantity, second: Mapping[str, Interval], steps: list[Message]) -> Quantity:
    band = second.get(figure.id)
    if band is None:
        return figure
    steps.append(message("ledger.second_figure", fact=Code(figure.fact), low=exact(band.lower), high=exact(band.upper)))
    return replace(figure, left=band)


def as_printed(statement: Assertion, rule: str = "half_up") -> str:
    """Judge a statement on the printed figures alone."""
    if statement.computed is not None:
        return statement.computed.verdict(rule)
    if statement.reason or not statement.parts:
        return UNKNOWN
    words = {_part(part, rule) for part in statement.parts}
    verdict = next(word for word in (FAILS, WORDING, OPEN, HOLDS) if word in words)
    return UNKNOWN if statement.unprinted and verdict != FAILS else verdict


def _part(part: Clause, rule: str) -> str:
    verdict = combine(part.comparisons, part.need, rule)
    if not part.limits:
        return verdict
    # words have blurred edges: a value on the edge of the reading agrees, one outside it turns on how the words are
    # read, and only one beyond the neighbouring fraction contradicts
    if verdict != FAILS:
        return HOLDS
    if combine(part.limits, None, rule) == FAILS:
        return FAILS
    every = {combine(part.comparisons, part.need, other) for other in RULES}
    return WORDING if every == {FAILS} else OPEN


def _verdict(
    case: _ReadClaim,
    main: Mapping[str, _Population],
    others: Mapping[str, Mapping[str, _Population]],
    facts: Facts,
    evidence: Evidence | None,
    *,
    labels: FactLabels,
) -> ClaimVerdict:
    claim, declared = case.claim, facts.rounding
    printed, remarks = _printed(case, declared)
    population, turned = _decided(case, main, others, printed)
    if population != _joint(case, main, printed):
        deciding = tuple(turn(choice, turned[choice]) for choice in SUPPORTED if choice in turned)
        remarks += (message("ledger.method_turns", choices=deciding),)
    rules = [rule for rule in RULES if rule != declared]
    turns = [
        message("ledger.rounding_turn", rule=message(f"rounding.{rule}"), verdict=message(f"verdict.{word}"))
        for rule in rules
        if (word := _printed(case, rule)[0]) != printed
    ]
    turns += [turn(choice, word) for choice, word in turned.items()]
    steps: list[Message] = []
    for place, (name, statement) in enumerate(zip(case.names, case.readings, strict=True)):
        if len(case.readings) > 1:
            said = message(f"verdict.{as_printed(statement, declared)}")
            steps.append(message("ledger.reading", number=place + 1, verdict=said))
        steps += _argument(statement)
        steps += main[name].steps
    steps += [*remarks, *_known(case, evidence, population)]
    near = _nearest(case, facts, printed, population)
    unless = () if near is None else _unless(case, near, evidence, population)
    reason = ""
    if printed == UNKNOWN:
        first = case.readings[0]
        reason = first.reason or "no_second_figure"
    return ClaimVerdict(
        claim,
        printed,
        population,
        reason,
        " ".join(dict.fromkeys(family for name in case.names for family in main[name].family.split())),
        _distance(case.readings[0]),
        tuple(figure.id for section in case.sections for figure in section),
        tuple(turns),
        tuple(dict.fromkeys(steps)),
        (
            *_sentences(case, facts, labels, steps),
            *_beyond(case, facts, (printed, population), steps, unless),
        ),
        unless,
        near.message() if near is not None and sum(len(s.comparisons) for s in case.readings) > 1 else None,
    )


def _graded(verdict: ClaimVerdict, grade: Grade | None) -> ClaimVerdict:
    """Put a grade beside a verdict that depends."""
    if grade is None or verdict.population != "depends":
        return verdict
    sentences = verdict.sentences if grade.sentence is None else (*verdict.sentences, grade.sentence)
    return replace(verdict, grade=grade, sentences=sentences, steps=(*verdict.steps, grade.line))


def _nearest(case: _ReadClaim, facts: Facts, printed: str, population: str) -> Comparison | None:
    """The comparison that turns a claim that holds as printed, or one that is refuted."""
    if population == "refuted":
        return reversal(case.readings, _rates(facts))
    return closest(case.readings, _rates(facts)) if printed == HOLDS else None


def _rates(facts: Facts) -> frozenset[str]:
    """Items that are rates of the fieldwork: nobody answered them."""
    items = facts.survey.items
    return frozenset(items.loc[items["type"] == "rate", "item"]) if "type" in items else frozenset()


def _unless(case: _ReadClaim, near: Comparison, evidence: Evidence | None, verdict: str) -> tuple[Condition, ...]:
    """What would have to be true for a claim that holds as printed to be false."""
    if evidence is None:
        return selection(near)
    comparisons = tuple(comparison for reading in case.readings for comparison in reading.comparisons)
    return evidence.unless(comparisons, near, verdict)


def _sentences(case: _ReadClaim, facts: Facts, labels: FactLabels, steps: Sequence[Message]) -> list[Message]:
    """Say in plain sentences what was found, reading by reading."""
    claim = case.claim
    found: list[Message] = []
    for place, statement in enumerate(case.readings):
        verdict = as_printed(statement, facts.rounding)
        own = case.sections_of(place)
        said = printed_sentence(Told(claim.rule, claim.parameters, own, statement, verdict, facts, labels))
        if len(case.readings) > 1:
            said = message("sentence.read_one_way" if place == 0 else "sentence.read_other_way", said=said)
        found.append(said)
    found += [step for step in steps if step.key in {"ledger.untested", "ledger.untested_failed", "ledger.vague"}]
    return found


def _beyond(
    case: _ReadClaim, facts: Facts, verdicts: tuple[str, str], steps: Sequence[Message], unless: Sequence[Condition]
) -> list[Message]:
    """Say whether it holds beyond those who answered, and unless what."""
    counted = all(
        s.computed is not None or not any(f.percent for c in s.comparisons for _, f in c.terms) for s in case.readings
    )
    who = next((condition.words for condition in unless if condition.cause == "participation"), None)
    said = population_sentence(facts, *verdicts, steps, counted=counted, unless=who)
    return [] if said is None else [said]


def _argument(statement: Assertion) -> list[Message]:
    steps: list[Message] = [*statement.steps]
    for part in statement.parts:
        steps += [comparison.message() for comparison in part.comparisons]
        if part.need is not None:
            steps.append(message("ledger.need", need=part.need, count=len(part.comparisons)))
    if statement.computed is not None:
        steps.append(statement.computed.step)
    if statement.unprinted:
        steps.append(message("ledger.unprinted", missing=tuple(Code(str(key)) for key in statement.unprinted)))
    return steps


def _printed(case: _ReadClaim, rule: str) -> tuple[str, tuple[Message, ...]]:
    """Judge a claim on the printed figures, over the readings of its words; say what was read how."""
    words = [as_printed(statement, rule) for statement in case.readings]
    if len(set(words)) > 1:
        return WORDING, ()
    word, parameters, steps = words[0], case.claim.parameters, list[Message]()
    if word == FAILS and parameters.get("wording") == VAGUE:
        word = WORDING
        steps.append(message("ledger.vague"))
    elif word == WORDING:
        steps.append(message("ledger.blurred"))
    if "untested" in parameters and word != UNKNOWN:
        key = "ledger.untested" if word in {HOLDS, OPEN} else "ledger.untested_failed"
        dutch = parameters.get("untested_nl") or parameters["untested"]
        steps.append(message(key, words=message("sentence.name", en=parameters["untested"], nl=dutch)))
        word = WORDING if word in {HOLDS, OPEN} else word
    return word, tuple(steps)


def _decided(
    case: _ReadClaim,
    main: Mapping[str, _Population],
    others: Mapping[str, Mapping[str, _Population]],
    printed: str,
) -> tuple[str, dict[str, str]]:
    """The verdict in the population, and choices that turn it: one that a supported method turns depends on it."""
    word = _joint(case, main, printed)
    variants = {choice: _joint(case, verdicts, printed) for choice, verdicts in others.items()}
    turned = {choice: other for choice, other in variants.items() if other not in {word, UNKNOWN}}
    return ("depends" if word != UNKNOWN and any(choice in turned for choice in SUPPORTED) else word), turned


def _joint(case: _ReadClaim, verdicts: Mapping[str, _Population], printed: str) -> str:
    """Join the readings in the population: what turns on how words are read cannot be settled there either."""
    found = {verdicts[name].verdict for name in case.names}
    word = found.pop() if len(found) == 1 else "depends"
    open_words = len(case.readings) > 1 or case.claim.parameters.keys() & {"untested", "wording"}
    return "depends" if printed == WORDING and open_words and word in {"established", "refuted"} else word


def _known(case: _ReadClaim, evidence: Evidence | None, verdict: str) -> tuple[Message, ...]:
    """What would have to be known for a test that cannot be made."""
    if evidence is None or verdict not in {UNKNOWN, "depends"}:
        return ()
    lines = [line for comparison in case.readings[0].comparisons for line in evidence.remark(comparison)]
    return tuple(dict.fromkeys(lines))


def _distance(statement: Assertion) -> Fraction | None:
    found = []
    for part in statement.parts:
        values = sorted(comparison.central for comparison in part.comparisons)
        if values:
            place = len(values) - (len(values) if part.need is None else part.need)
            found.append(values[min(max(place, 0), len(values) - 1)])
    return min(found, default=None)
