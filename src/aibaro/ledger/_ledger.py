"""The ledger of one survey, and of several: every printed number and every claim with its verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import isnan
from typing import TYPE_CHECKING, Any

import pandas as pd

from aibaro.consistency import (
    Addition,
    ClassShare,
    Conflict,
    Judgement,
    Margin,
    WeightingResult,
    accused_by,
    additions,
    judgements,
    shares,
    which_weighting,
)
from aibaro.consistency.interval_arithmetic import number_text
from aibaro.errors import FaultList, InputError
from aibaro.facts import FactLabels, Facts, Key, facts_of
from aibaro.ledger._claim_rules import Claim, read_claims
from aibaro.ledger._grades import shipped_grades
from aibaro.ledger._numbers import (
    FAR,
    MOST_IDS,
    Entry,
    assess,
    condition_of,
    ends_of,
    matches,
    shipped_limits,
    slip_of,
    with_words,
)
from aibaro.ledger._sentences import text_of
from aibaro.ledger.comparisons import Quantity, best, share_of_base
from aibaro.messages import Message, keys, message
from aibaro.published import PublishedSurvey, join_references
from aibaro.published.schema import WHOLE_BASE
from aibaro.published.vocabulary import CLAIM_VERDICTS, NUMBER_VERDICTS, POPULATION_VERDICTS, REASONS
from aibaro.results import Result
from aibaro.rounding import Interval, PrintedNumber

if TYPE_CHECKING:
    from aibaro.ledger._evidence import Evidence
    from aibaro.ledger.claims import ClaimVerdict


# --- Which overall figures stand beside the figures of all levels of a stratum variable?


def margins(facts: Facts, suspected: frozenset[str] = frozenset()) -> tuple[Margin, ...]:
    """Collect the overall figures of which all levels of a stratum variable are printed, none under suspicion."""
    found = []
    overall = [Quantity(f) for f in facts if not f.key.domain and not f.key.wave and f.percent and not f.soft]
    for whole in sorted(overall, key=lambda quantity: str(quantity.key)):
        for domain in facts.variables:
            parts, rates = _levels(facts, whole.key, domain, suspected)
            named = {p.id for figure in (whole, *parts.values()) for p in figure.source.printings}
            if parts and not _doubtful(whole) and not named & suspected:
                numbers = {level: _number(part) for level, part in parts.items()}
                found.append(Margin(whole.fact, domain, _number(whole), numbers, {**rates} or None))
    return tuple(found)


def _levels(
    facts: Facts, key: Key, domain: str, suspected: frozenset[str]
) -> tuple[dict[str, Quantity], dict[str, Interval]]:
    """Figures of all levels of a stratum variable, and the share of the base in each; nothing where one is missing."""
    parts, rates = dict[str, Quantity](), dict[str, Interval]()
    for level in facts.margin(domain):
        place = key.about(domain=domain, level=level)
        figure = best(facts, place)
        if figure is None or not figure.precise or figure.source.weighted == "no" or _doubtful(figure):
            return {}, {}
        parts[level] = figure
        if key.base != WHOLE_BASE:
            share = share_of_base(facts, key.base, place, suspected)
            if share is None:
                return {}, {}
            rates[level] = share
    return parts, rates


def _doubtful(figure: Quantity) -> bool:
    """Whether its printings exclude each other, or one is impossible."""
    band = figure.source.interval()
    return band is None or band.empty


def _number(figure: Quantity) -> PrintedNumber | Interval:
    printing = figure.source.best
    if printing.band is not None:
        return printing.band
    return PrintedNumber(printing.text, figure.centre, printing.decimals, figure.percent)


# --- The ledger of one survey, and of several: every printed number and every claim with its verdict.

NUMBER_COLUMNS = (
    "id",
    "fact",
    "survey",
    "location",
    "subject",
    "kind",
    "item",
    "base",
    "base_n",
    "wave",
    "group",
    "domain",
    "level",
    "measure",
    "printed",
    "unit",
    "rule",
    "inputs",
    "estimate",
    "low",
    "high",
    "verdict",
    "reason",
    "suspects",
    "would_hold",
    "power",
    "detection_limit",
    "passes",
    "fails",
    "repeats",
    "needed",
    "sentence",
    "argument",
)
CLAIM_COLUMNS = (
    "id",
    "survey",
    "location",
    "claim",
    "type",
    "rule",
    "inputs",
    "as_printed",
    "population",
    "reason",
    "distance",
    "family",
    "turns",
    "unless",
    "grade",
    "sentence",
    "argument",
)


# share of drawn tables from which on a claim is established in nearly all of them
_NEARLY = 0.95
# verdicts of numbers that do not simply agree, and the line that counts them
_FAILING = {"rounding_dependent": "rounding", "in_conflict": "in_conflict", "inconsistent": "inconsistent"}


@dataclass(frozen=True, slots=True, eq=False)
class Ledger(Result):
    """Every printed number and every claim of one survey with its verdict.

    Parameters
    ----------
    facts : Facts
        The survey's facts.
    entries : tuple of Entry
        One per printing.
    claims : tuple of ClaimVerdict
        One per claim.
    weighting : WeightingResult or None
        Which weighting schemes print excludes; None where no domain figures make up an overall figure.
    conflicts : tuple of Conflict
        Statements that cannot hold together, and who may be to blame.
    shares : tuple of ClassShare
        Class shares that make whole tables add up.
    additions : tuple of Addition
        What would make most further numbers checkable.
    undecided : tuple of Message
        What was not decided about whole numbers of respondents in strata.
    """

    facts: Facts
    entries: tuple[Entry, ...]
    claims: tuple[ClaimVerdict, ...]
    weighting: WeightingResult | None = None
    conflicts: tuple[Conflict, ...] = ()
    shares: tuple[ClassShare, ...] = ()
    additions: tuple[Addition, ...] = ()
    undecided: tuple[Message, ...] = ()
    # numbers in each language: several files are written from one frame
    _frames: dict[str, pd.DataFrame] = field(default_factory=dict, init=False, repr=False)

    @property
    def name(self) -> str:
        """Id of the survey."""
        return self.facts.survey.name

    @property
    def labels(self) -> FactLabels:
        """What items, levels and bases are called."""
        return FactLabels.of(self.facts.survey)

    def to_frame(self, language: str = "en") -> pd.DataFrame:
        """Return the numbers, one row per printing.

        Parameters
        ----------
        language : {"en", "nl"}
            Language of the arguments.

        Returns
        -------
        pandas.DataFrame
            The columns of ``ledger.csv``; recomputed values in the unit of print.
        """
        if language not in self._frames:
            survey = self.facts.survey
            names = dict(zip(survey.printed["id"], survey.printed["fact"], strict=True))
            rows = [_number_row(survey, entry, names, self.labels, language) for entry in self.entries]
            self._frames[language] = pd.DataFrame(rows, columns=list(NUMBER_COLUMNS))
        return self._frames[language].copy()

    def claims_frame(self, language: str = "en") -> pd.DataFrame:
        """Return the claims, one row each.

        Parameters
        ----------
        language : {"en", "nl"}
            Language of the arguments.

        Returns
        -------
        pandas.DataFrame
            The columns of ``claim_verdicts.csv``.
        """
        rows = [_claim_row(self.name, verdict, self.labels, language) for verdict in self.claims]
        return pd.DataFrame(rows, columns=list(CLAIM_COLUMNS))

    def to_dict(self) -> dict[str, Any]:
        """Return the ledger as plain values, ready for JSON.

        Returns
        -------
        dict
            ``survey``, ``numbers``, ``claims``, ``weighting``, ``conflicts``, ``shares``, ``additions`` and
            ``undecided``.
        """
        numbers = records(self.to_frame())
        for row, entry in zip(numbers, self.entries, strict=True):
            row["suspects"], row["would_hold"] = list(entry.suspects[:MOST_IDS]), entry.would_hold
        return {
            "survey": self.name,
            "numbers": numbers,
            "claims": records(self.claims_frame()),
            "weighting": None if self.weighting is None else self.weighting.to_dict(),
            "conflicts": [conflict_record(conflict, self.labels) for conflict in self.conflicts],
            "shares": [
                {"base": s.base, "domain": s.domain, "level": s.level, "low": s.low, "high": s.high}
                for s in self.shares
            ],
            "additions": [{"file": a.file, "row": a.row, "numbers": a.numbers} for a in self.additions],
            "undecided": [step.text() for step in self.undecided],
        }

    def counts(self) -> dict[str, int]:
        """Count the verdicts of the numbers.

        Returns
        -------
        dict of str to int
            By verdict, ``not_checkable`` split by reason; every verdict of the architecture is named.
        """
        found = Counter(f"{e.verdict}/{e.reason}" if e.reason else e.verdict for e in self.entries)
        names = [v for v in NUMBER_VERDICTS if v != "not_checkable"] + [f"not_checkable/{reason}" for reason in REASONS]
        return {name: found.get(name, 0) for name in names}

    def claim_counts(self) -> dict[str, dict[str, int]]:
        """Count the verdicts of the claims.

        Returns
        -------
        dict of str to dict of str to int
            ``as_printed`` and ``population``.
        """
        printed = Counter(v.as_printed for v in self.claims)
        people = Counter(v.population for v in self.claims)
        return {
            "as_printed": {v: printed.get(v, 0) for v in CLAIM_VERDICTS},
            "population": {v: people.get(v, 0) for v in POPULATION_VERDICTS},
        }

    def summary(self, language: str = "en") -> str:
        """Say in a few lines what was found.

        Parameters
        ----------
        language : {"en", "nl"}
            The language.

        Returns
        -------
        str
            How many numbers and claims fared how, in words; what the weighting can have been.
        """
        counts = Counter(entry.verdict for entry in self.entries)
        lines = [message("summary.head", name=self.name, total=len(self.entries))]
        agree = counts["reproduced"] + counts["consistent"]
        lines.append(message("summary.agree", count=agree, reproduced=counts["reproduced"]))
        for verdict, key in _FAILING.items():
            if counts[verdict]:
                lines.append(message(f"summary.{key}", count=counts[verdict]))
        reasons = Counter(entry.reason for entry in self.entries if entry.verdict == "not_checkable").most_common()
        if reasons:
            told = tuple(message("summary.reason", reason=message(f"reason.{r}"), count=n) for r, n in reasons)
            lines.append(message("summary.open", count=counts["not_checkable"], reasons=told))
        if self.claims:
            for side, key in (("as_printed", "claims"), ("population", "beyond")):
                found = self.claim_counts()[side]
                parts = tuple(message(f"summary.{v}", count=n) for v, n in found.items() if n)
                total = {"total": len(self.claims)} if key == "claims" else {}
                lines.append(message(f"summary.{key}", parts=parts, **total))
            shares = [v.grade.share for v in self.claims if v.grade is not None and not v.grade.reason]
            if shares:
                depends = self.claim_counts()["population"]["depends"]
                ends = {"nearly": sum(s >= _NEARLY for s in shares), "hardly": sum(s <= 1 - _NEARLY for s in shares)}
                lines.append(message("summary.graded", depends=depends, graded=len(shares), **ends))
        if self.weighting is not None:
            lines.append(_weighting_message(self.weighting))
        lines += [*self.undecided, *self.conditions()]
        head, *rest = (line.text(language, self.labels) for line in lines)
        return "\n".join([head, *(f"  {line}" for line in rest)])

    def conditions(self) -> tuple[Message, ...]:
        """Say which percentages could not be if all of their base had answered and no answer were weighted.

        Returns
        -------
        tuple of Message
            One per base size; empty where the sizes leave room, or print says how answers were weighted.
        """
        found: dict[int, list[str]] = {}
        for entry in self.entries:
            step = condition_of(self.facts, entry)
            if step is not None and step.key == "ledger.condition_none":
                n = dict(step.values)["n"]
                found.setdefault(int(str(n)), []).append(entry.printing.text)
        return tuple(
            message("ledger.conditions", n=n, numbers=", ".join(dict.fromkeys(texts))) for n, texts in found.items()
        )

    def __repr__(self) -> str:
        return f"Ledger({self.name!r}, {len(self.entries)} numbers, {len(self.claims)} claims)"


def build_ledger(survey: PublishedSurvey, *, evidence: Evidence | None = None, only: Sequence[str] = ("*",)) -> Ledger:
    """Judge every printed number and every claim of a survey.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    evidence : Evidence, optional
        What is known about precision; by default what ships with the survey.
    only : sequence of str
        Globs over ids: other numbers and claims are left out.

    Returns
    -------
    Ledger
        The verdicts.  :func:`aibaro.study.open` gives the same ledger with everything else that is known.

    Raises
    ------
    InputError
        With every claim, comparison and kept bound that cannot be used, before anything is computed.

    Examples
    --------
    >>> from aibaro.published import load
    >>> ledger = build_ledger(load("topdesk-2025"))
    >>> ledger.counts()["inconsistent"]
    0
    """
    from aibaro.ledger.claims import judge_claims
    from aibaro.ledger.strata_evidence import evidence_for
    from aibaro.reconstruct import whole_counts

    facts, claims = facts_of(survey), read_claims(survey)
    _check(facts, claims)
    digits, spoken = judgements(facts), with_words(facts)
    whole = whole_counts(facts, apart=suspected(digits))
    judged, limits = accused_by(digits, whole.conflicts), shipped_limits(facts)
    known = evidence if evidence is not None else evidence_for(facts)
    grades = shipped_grades(survey)
    asked = {claim.id for claim in claims if matches(claim.id, only)}
    verdicts = judge_claims(facts, claims, known, recomputed=second_figures(spoken), only=asked, grades=grades.by_claim)
    return Ledger(
        facts,
        assess(facts, claims, only, judged=judged, spoken=spoken, limits=limits.by_key),
        verdicts,
        weighting_of(facts, conflicts_of(judged)),
        conflicts_of(judged),
        shares(facts),
        additions(facts),
        (
            *whole.undecided,
            *limits.stale,
            *grades.stale,
            *grades.left_over({v.claim.id: v.population for v in verdicts}),
        ),
    )


def _check(facts: Facts, claims: Sequence[Claim]) -> None:
    """Raise everything that the declared statements ask of figures that print does not give."""
    from aibaro.compare.declarations import check_declared
    from aibaro.ledger.claims import check_claims
    from aibaro.reconstruct import read_bounds

    faults = FaultList("the survey cannot be judged", where=facts.survey.name)
    check_claims(facts, claims, faults)
    check_declared(facts.survey, faults)
    for part in ("tables", "overall"):
        try:
            read_bounds(facts.survey, part)
        except InputError as error:
            faults.extend(error)
    try:
        shipped_grades(facts.survey)
    except InputError as error:
        faults.extend(error)
    faults.raise_if_any()


def conflicts_of(judged: Mapping[str, Judgement]) -> tuple[Conflict, ...]:
    """All conflicts that judgements name, in their order.

    Parameters
    ----------
    judged : mapping of str to Judgement
        Judgements by id of the printing.

    Returns
    -------
    tuple of Conflict
        Each once.

    Examples
    --------
    >>> from aibaro.consistency import judgements
    >>> from aibaro.facts import facts_of
    >>> from aibaro.published import load
    >>> conflicts_of(judgements(facts_of(load("softwareone-2025"))))
    ()
    """
    found = {j.conflict.id: j.conflict for j in judged.values() if j.conflict is not None}
    return tuple(found[name] for name in sorted(found, key=lambda name: (len(name), name)))


def suspected(judged: Mapping[str, Judgement]) -> frozenset[str]:
    """Name all printings that take part in what cannot hold, suspects or not.

    Parameters
    ----------
    judged : mapping of str to Judgement
        A judgement of each printing.

    Returns
    -------
    frozenset of str
        Their ids.

    Examples
    --------
    >>> from aibaro.consistency import judgements
    >>> from aibaro.facts import facts_of
    >>> from aibaro.published import load
    >>> suspected(judgements(facts_of(load("softwareone-2025"))))
    frozenset()
    """
    found = conflicts_of(judged)
    return frozenset(name for c in found for name in (*c.ids, *(i for s in c.statements for i in s.ids)))


def second_figures(spoken: Mapping[str, Judgement]) -> dict[str, Interval]:
    """Return what the other printed figures leave for each figure, words read as digits.

    Parameters
    ----------
    spoken : mapping of str to Judgement
        Judgements with words read as digits.

    Returns
    -------
    dict of str to Interval
        By id of the printing; figures that nothing else determines are left out.

    Examples
    --------
    >>> from aibaro.consistency import judgements
    >>> from aibaro.facts import facts_of
    >>> from aibaro.published import load
    >>> found = second_figures(judgements(facts_of(load("inspark-2025"))))
    >>> all(not interval.empty for interval in found.values())
    True
    """
    return {
        name: judgement.interval
        for name, judgement in spoken.items()
        if judgement.interval is not None and judgement.power and not judgement.interval.empty
    }


def weighting_of(facts: Facts, found: Sequence[Conflict] = ()) -> WeightingResult | None:
    """Ask which weighting the printed figures allow, the figures under suspicion left out.

    Parameters
    ----------
    facts : Facts
        The survey's facts.
    found : sequence of Conflict
        Conflicts whose suspects are not asked.

    Returns
    -------
    WeightingResult or None
        None where no figures by a stratum variable make up an overall figure.

    Examples
    --------
    >>> from aibaro.facts import facts_of
    >>> from aibaro.published import load
    >>> found = weighting_of(facts_of(load("flanders-2023")))
    >>> found.allowed
    ('stratum', 'raking')
    """
    suspected = frozenset(name for conflict in found for name in conflict.ids)
    known = margins(facts, suspected)
    return which_weighting(facts.survey.strata, known, declared=facts.rounding) if known else None


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a frame as records in which nothing is NaN."""
    return [
        {str(name): None if isinstance(cell, float) and isnan(cell) else cell for name, cell in row.items()}
        for row in frame.to_dict("records")
    ]


def decimal(value: Fraction | None) -> float:
    """Return an exact value as a number for a frame, NaN where there is none."""
    return float("nan") if value is None else float(number_text(value, 10))


def conflict_record(conflict: Conflict, labels: FactLabels | None = None) -> dict[str, Any]:
    """Return a conflict as plain values."""
    return {
        "id": conflict.id,
        "statements": [
            {"kind": s.kind, "text": said(s.argument, "en", labels).replace("\n", "; "), "ids": list(s.ids[:MOST_IDS])}
            for s in conflict.statements
        ],
        "suspects": [
            {"ids": list(s.ids[:MOST_IDS]), "rank": s.rank, **ends_of(s), "slip": slip_of(s)} for s in conflict.suspects
        ],
        "holds_under": list(conflict.holds_under),
        "proofs": list(conflict.proofs),
        "proof": [{"row": row, "multiplier": str(multiplier)} for row, multiplier in conflict.proof],
    }


def _number_row(
    survey: PublishedSurvey, entry: Entry, names: Mapping[str, str], labels: FactLabels, language: str
) -> dict[str, object]:
    printing, key = entry.printing, entry.printing.key
    band = entry.interval
    low, high = (None, None) if band is None or band.empty else (band.lower, band.upper)
    low, high = (None if end is None or abs(end) > FAR else end for end in (low, high))
    held = entry.would_hold
    return {
        "id": printing.id,
        "fact": str(names.get(printing.id) or key),
        "survey": survey.name,
        "location": printing.location,
        "subject": labels.items.get((key.item, language), key.item),
        "kind": printing.kind,
        "item": key.item,
        "base": key.base,
        "base_n": "" if printing.base_n is None else str(printing.base_n),
        "wave": key.wave or survey.wave,
        "group": key.group,
        "domain": key.domain,
        "level": key.level,
        "measure": key.measure,
        "printed": printing.text,
        "unit": printing.unit,
        "rule": entry.rule,
        "inputs": join_references(entry.inputs),
        "estimate": decimal(None if low is None or high is None else (low + high) / 2),
        "low": decimal(low),
        "high": decimal(high),
        "verdict": entry.verdict,
        "reason": entry.reason,
        "suspects": join_references(entry.suspects[:MOST_IDS]),
        "would_hold": "" if held is None else _held(held),
        "power": decimal(entry.power),
        "detection_limit": decimal(entry.detection_limit),
        "passes": " ".join(entry.passes),
        "fails": " ".join(entry.fails),
        "repeats": join_references(entry.repeats),
        "needed": "" if entry.needed is None else entry.needed.text(language),
        "sentence": text_of([entry.sentence], language, labels),
        "argument": said(entry.argument, language, labels),
    }


def _held(held: Mapping[str, Any]) -> str:
    """Values with which all would hold, as one cell."""
    ends, slip = [held["low"], held["high"]], (held["slip"] or {}).get("kind", "")
    if ends == [None, None]:
        return str(slip)  # several figures at once have no value of their own
    shown = " to ".join("-" if end is None else f"{end:g}" for end in ends) if ends[0] != ends[1] else f"{ends[0]:g}"
    return f"{shown} ({slip})" if slip else shown


def _weighting_message(found: WeightingResult) -> Message:
    """Which weightings print rules out and allows."""
    out, kept = (tuple(_scheme(name) for name in names) for names in (found.excluded, found.allowed))
    if not out:
        return message("summary.weighting_all", kept=kept)
    return message("summary.weighting", out=out, kept=kept) if kept else message("summary.weighting_none", out=out)


def _scheme(name: str) -> Message | str:
    key = f"summary.scheme_{name.replace(' ', '_')}"
    return message(key) if key in keys() else name


def said(steps: Iterable[Message], language: str = "en", labels: FactLabels | None = None) -> str:
    """Write an argument, one line per step."""
    return "\n".join(step.text(language, labels) for step in steps)


def _claim_row(survey: str, verdict: ClaimVerdict, labels: FactLabels, language: str) -> dict[str, object]:
    claim = verdict.claim
    return {
        "id": claim.id,
        "survey": survey,
        "location": claim.location,
        "claim": claim.words(language),
        "type": claim.type,
        "rule": claim.rule,
        "inputs": join_references(dict.fromkeys(verdict.inputs)),
        "as_printed": verdict.as_printed,
        "population": verdict.population,
        "reason": verdict.reason,
        "distance": decimal(verdict.distance),
        "family": verdict.family,
        "turns": "; ".join(turn.text(language) for turn in verdict.turns) or "none",
        "unless": said(verdict.unless_lines, language, labels),
        "grade": float("nan") if verdict.grade is None else verdict.grade.share,
        "sentence": text_of(verdict.sentences, language, labels),
        "argument": said(verdict.steps, language, labels),
    }


def combined(frames: Iterable[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    """Put the frames of several surveys below each other."""
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(columns))
