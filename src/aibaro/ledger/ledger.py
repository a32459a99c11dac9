"""The ledger of one survey, and of several: every printed number and every claim with its verdict."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import isnan
from typing import Any

import pandas as pd

from aibaro.consistency.check import Check
from aibaro.consistency.intervals import intersect
from aibaro.consistency.sums import number_text
from aibaro.consistency.weighting import WeightingResult, which_weighting
from aibaro.ledger.book import Book
from aibaro.ledger.claims import ClaimVerdict, judge_claims
from aibaro.ledger.domains import margins
from aibaro.ledger.evidence import Evidence
from aibaro.ledger.numbers import Entry, assess, matches
from aibaro.ledger.statements import read_claims
from aibaro.ledger.strata_evidence import evidence_for
from aibaro.messages import Message
from aibaro.published import PublishedSurvey
from aibaro.published.vocabulary import CLAIM_VERDICTS, NUMBER_VERDICTS, POPULATION_VERDICTS, REASONS
from aibaro.rounding import Interval

FULL = 100

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
    "printed",
    "unit",
    "rule",
    "inputs",
    "estimate",
    "low",
    "high",
    "verdict",
    "reason",
    "power",
    "detection_limit",
    "passes",
    "fails",
    "repeats",
    "needed",
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
    "argument",
)


@dataclass(frozen=True, slots=True, eq=False)
class Ledger:
    """Every printed number and every claim of one survey with its verdict.

    Parameters
    ----------
    book : Book
        The survey's figures.
    entries : tuple of Entry
        One a printing.
    claims : tuple of ClaimVerdict
        One a claim.
    weighting : WeightingResult or None
        Which weighting schemes print excludes; None where no domain figures make up an overall figure.
    """

    book: Book
    entries: tuple[Entry, ...]
    claims: tuple[ClaimVerdict, ...]
    weighting: WeightingResult | None

    @property
    def name(self) -> str:
        """Id of the survey."""
        return self.book.survey.name

    def to_frame(self) -> pd.DataFrame:
        """Give the numbers, one row a printing.

        Returns
        -------
        pandas.DataFrame
            The columns of ``ledger.csv``; recomputed values in the unit of print.
        """
        rows = [_number_row(self.book, entry) for entry in self.entries]
        return pd.DataFrame(rows, columns=list(NUMBER_COLUMNS))

    def claims_frame(self, language: str = "en") -> pd.DataFrame:
        """Give the claims, one row each.

        Parameters
        ----------
        language : {"en", "nl"}
            Language of the arguments.

        Returns
        -------
        pandas.DataFrame
            The columns of ``claim_verdicts.csv``.
        """
        rows = [_claim_row(self.name, verdict, language) for verdict in self.claims]
        return pd.DataFrame(rows, columns=list(CLAIM_COLUMNS))

    def to_dict(self) -> dict[str, Any]:
        """Give the ledger as plain values.

        Returns
        -------
        dict
            ``survey``, ``numbers`` and ``claims`` as records, ``weighting``; ready for JSON.
        """
        return {
            "survey": self.name,
            "numbers": records(self.to_frame()),
            "claims": records(self.claims_frame()),
            "weighting": None if self.weighting is None else self.weighting.to_dict(),
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

    def summary(self) -> str:
        """Say in a few lines what was found.

        Returns
        -------
        str
            Counts of verdicts of numbers and claims; what the weighting can have been.
        """
        shown = ", ".join(f"{n} {name}" for name, n in self.counts().items() if n)
        lines = [f"{self.name}: {len(self.entries)} printed numbers", f"  numbers: {shown}"]
        if self.claims:
            for side, counted in self.claim_counts().items():
                text = ", ".join(f"{n} {name}" for name, n in counted.items() if n)
                lines.append(f"  {len(self.claims)} claims, {side.replace('_', ' ')}: {text}")
        if self.weighting is not None:
            out, kept = ", ".join(self.weighting.excluded) or "none", ", ".join(self.weighting.allowed) or "none"
            lines.append(f"  weighting: print excludes {out}; allows {kept}")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        """Give the summary as HTML for notebooks."""
        head, *lines = self.summary().splitlines()
        return (
            f"<p><strong>{html.escape(head)}</strong></p><ul>"
            + "".join(f"<li>{html.escape(line.strip())}</li>" for line in lines)
            + "</ul>"
        )

    def __repr__(self) -> str:
        return f"Ledger({self.name!r}, {len(self.entries)} numbers, {len(self.claims)} claims)"


def build_ledger(
    survey: PublishedSurvey,
    *,
    evidence: Evidence | None = None,
    conflicts: Mapping[str, Check] | None = None,
    only: Sequence[str] = ("*",),
    executor: Executor | None = None,
) -> Ledger:
    """Judge every printed number and every claim of a survey.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    evidence : Evidence, optional
        What is known about precision; by default what ships with the survey.
    conflicts : mapping of str to Check, optional
        Numbers that cannot hold together with others, from :func:`conflict_checks`; by default none are looked for.
    only : sequence of str
        Globs over ids: other numbers and claims are left out.
    executor : concurrent.futures.Executor, optional
        Who judges the numbers while the claims are judged here; by default one follows the other.

    Returns
    -------
    Ledger
        The verdicts.

    Raises
    ------
    InputError
        With every claim that cannot be read.

    Examples
    --------
    >>> from aibaro.published import load
    >>> ledger = build_ledger(load("topdesk-2025"))
    >>> ledger.counts()["inconsistent"]
    0
    """
    judged = None if executor is None else executor.submit(_numbers, survey, only, conflicts)
    book = Book.of(survey)
    claims = read_claims(survey)
    known = evidence if evidence is not None else evidence_for(book)
    entries, weighting = _numbers(survey, only, conflicts) if judged is None else judged.result()
    verdicts = judge_claims(book, claims, known, recomputed=second_figures(entries))
    return Ledger(
        book,
        entries,
        tuple(verdict for verdict in verdicts if matches(verdict.claim.id, only)),
        weighting,
    )


def _numbers(
    survey: PublishedSurvey, only: Sequence[str], conflicts: Mapping[str, Check] | None
) -> tuple[tuple[Entry, ...], WeightingResult | None]:
    book = Book.of(survey)
    found = margins(book)
    weighting = which_weighting(survey.strata, found, declared=survey.rounding) if found else None
    return assess(book, read_claims(survey), only, conflicts=conflicts), weighting


def second_figures(entries: Iterable[Entry]) -> dict[str, Interval]:
    """Give what the other printed figures leave for each figure that is printed in words."""
    found = {}
    for entry in entries:
        bands = [check.recomputed for check in entry.checks if check.recomputed is not None and check.inputs]
        bands = [band for band in bands if not (band.lower <= 0 and band.upper >= FULL)]
        if bands and not entry.figure.precise:
            found[entry.figure.id] = reduce(lambda one, two: intersect(one, two) or one, bands)
    return found


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Give a frame as records in which nothing is NaN."""
    return [
        {str(name): None if isinstance(cell, float) and isnan(cell) else cell for name, cell in row.items()}
        for row in frame.to_dict("records")
    ]


def decimal(value: Fraction | None) -> float:
    """Give an exact value as a number for a frame, NaN where there is none."""
    return float("nan") if value is None else float(number_text(value, 10))


def _number_row(book: Book, entry: Entry) -> dict[str, object]:
    figure, check, key = entry.figure, entry.check, entry.figure.key
    band = check.recomputed
    labels = dict(zip(book.survey.items["item"], book.survey.items["label_en"], strict=True))
    limits = (None, None) if band is None else (band.lower, band.upper)
    return {
        "id": figure.id,
        "fact": figure.fact,
        "survey": book.survey.name,
        "location": figure.location,
        "subject": str(labels.get(key.item) or key.item),
        "kind": figure.kind,
        "item": key.item,
        "base": key.base,
        "base_n": "" if figure.base_n is None else str(figure.base_n),
        "wave": key.wave or book.survey.wave,
        "group": key.group,
        "domain": key.domain,
        "level": key.level,
        "printed": figure.printed,
        "unit": figure.unit,
        "rule": check.rule,
        "inputs": " ".join(check.inputs),
        "estimate": decimal(check.central),
        "low": decimal(limits[0]),
        "high": decimal(limits[1]),
        "verdict": entry.verdict,
        "reason": entry.reason,
        "power": decimal(entry.power),
        "detection_limit": decimal(entry.detection_limit),
        "passes": " ".join(check.passes),
        "fails": " ".join(check.fails),
        "repeats": " ".join(entry.repeats),
        "needed": entry.needed,
        "argument": "\n".join(entry.argument),
    }


def said(steps: Iterable[Message | str], language: str = "en") -> str:
    """Write an argument, one line a step."""
    return "\n".join(step.text(language) if isinstance(step, Message) else step for step in steps)


def _claim_row(survey: str, verdict: ClaimVerdict, language: str) -> dict[str, object]:
    claim = verdict.claim
    return {
        "id": claim.id,
        "survey": survey,
        "location": claim.location,
        "claim": claim.text,
        "type": claim.type,
        "rule": claim.rule,
        "inputs": " ".join(dict.fromkeys(verdict.inputs)),
        "as_printed": verdict.as_printed,
        "population": verdict.population,
        "reason": verdict.reason,
        "distance": decimal(verdict.distance),
        "family": verdict.family,
        "turns": "; ".join(map(str, verdict.turns)) or "none",
        "argument": said(verdict.steps, language),
    }


def combined(frames: Iterable[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    """Put the frames of several surveys below each other."""
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(columns))
