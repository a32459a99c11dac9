"""What a reader asks first of a survey: its key figure, how far to trust it, what fails, what print cannot tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import isfinite, nan
from typing import TYPE_CHECKING

import pandas as pd

from aibaro.errors import AibaroError
from aibaro.facts import Fact, Facts, Key
from aibaro.ledger import GroupEvidence

if TYPE_CHECKING:
    from aibaro.study._study import Study

CONTRASTS = 3
# how many times as likely to take part, for the reader's "what if"
UNEVEN = 2.0
LEVEL = 0.05
# no figure of print can be held against another: that is no gap of the publication
_NO_GAP = ("date", "definition")
_FAILING = ("inconsistent", "in_conflict")


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """The figure that a survey is known for.

    Parameters
    ----------
    key : Key
        What it is about.
    printed : str
        The printed characters.
    low, high : float or None
        Interval at 95% over everything that print leaves open, as shares; None where the printed figures allow none.
    """

    key: Key
    printed: str
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class KeySpread:
    """How far apart the levels of a domain lie, where lowest and highest differ whatever print leaves open.

    Parameters
    ----------
    lowest, highest : KeyFigure
        The key figure of the level where it is lowest, and where it is highest.
    """

    lowest: KeyFigure
    highest: KeyFigure


@dataclass(frozen=True, slots=True)
class KeyDifference:
    """A difference between two groups that chance alone does not explain, after Holm's correction.

    Parameters
    ----------
    item, group_a, group_b : str
        What is compared, of whom.
    printed_a, printed_b : str
        The printed characters; empty where the figure is printed in words alone.
    low, high : float
        Interval of the difference, as shares, rounding at its worst, as if nothing had been weighted.
    breakdown : float
        Design effect of the weighting at which the interval touches zero.
    ratio : float
        How many times as readily as others those with the answer must have taken part in the higher group, and as much
        less in the lower one, for both populations to be equal; NaN where a figure has no digits.
    """

    item: str
    group_a: str
    group_b: str
    printed_a: str
    printed_b: str
    low: float
    high: float
    breakdown: float
    ratio: float = nan


@dataclass(frozen=True, slots=True)
class Headline:
    """The first screen of a survey.

    Parameters
    ----------
    sizes : tuple of (str, int)
        Respondents by group; one pair with an empty group where there are no groups.
    figure : KeyFigure or None
        The headline item of the whole survey, where it is printed.
    spreads : tuple of KeySpread
        The key figure by domain, where its lowest and highest level differ after Holm's correction.
    differences : tuple of KeyDifference
        The largest differences between groups that chance does not explain, largest first.
    response : float or None
        Respondents over those approached, where both are printed.
    nonresponse : tuple of (float, float) or None
        Where the key figure can lie when nothing is assumed about those who did not answer, as shares.
    uneven : tuple of (float, float) or None
        Where the key figure of a sample that is not known to be drawn at random would lie if those to whom it applies
        had been twice, or half, as likely to take part as the others, as shares.
    weighting, sampling : str
        The declared kinds.
    failing : tuple of str
        Ids of numbers that are inconsistent or in conflict, and of claims that are contradicted.
    unchecked : tuple of (str, int)
        Why numbers cannot be checked, most frequent reason first; dates and definitions are left out.
    """

    sizes: tuple[tuple[str, int], ...]
    figure: KeyFigure | None
    spreads: tuple[KeySpread, ...]
    differences: tuple[KeyDifference, ...]
    response: float | None
    nonresponse: tuple[float, float] | None
    uneven: tuple[float, float] | None
    weighting: str
    sampling: str
    failing: tuple[str, ...]
    unchecked: tuple[tuple[str, int], ...]


def headline(study: Study) -> Headline:
    """Collect what the first screen shows of a survey.

    Parameters
    ----------
    study : Study
        The survey.

    Returns
    -------
    Headline
        Every entry from results of the study; what print does not give is None or empty.

    Examples
    --------
    >>> from aibaro.study import open
    >>> headline(open("io-2023")).sizes
    (('entrepreneurs', 1552), ('public', 841))
    """
    facts, ledger = study.facts, study.ledger
    figure = _figure(study)
    numbers = [entry.id for entry in ledger.entries if entry.verdict in _FAILING]
    claims = [verdict.claim.id for verdict in ledger.claims if verdict.as_printed == "contradicted"]
    reasons = Counter(entry.reason for entry in ledger.entries if entry.reason and entry.reason not in _NO_GAP)
    return Headline(
        sizes=_sizes(facts),
        figure=figure,
        spreads=() if figure is None else tuple(_spreads(study, figure.key)),
        differences=_differences(study),
        response=_response(study.survey.strata),
        nonresponse=None if figure is None else _nonresponse(study, figure.key),
        uneven=None if figure is None or facts.sampling == "probability" else _uneven(facts, figure.key),
        weighting=next(iter(facts.weightings), "unknown"),
        sampling=facts.sampling,
        failing=(*numbers, *claims),
        unchecked=tuple(sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))),
    )


def _sizes(facts: Facts) -> tuple[tuple[str, int], ...]:
    groups = sorted({fact.key.group for fact in facts if fact.key.group}) or [""]
    found = []
    for group in groups:
        size = facts.size("all", group=group)
        if size is not None and size.value is not None:
            found.append((group, int(size.value)))
    return tuple(found)


def _figure(study: Study) -> KeyFigure | None:
    facts, survey = study.facts, study.survey
    wanted = str(survey.settings.get("headline") or "")
    items = [wanted] if wanted else [str(item) for item in survey.items["item"]]
    fact = next((f for f in facts if f.key.item in items and _whole(f)), None)
    if fact is None:
        return None
    for frame in (study.bounds, study.overall):
        found = _interval(frame, fact.key)
        if found is not None:
            return KeyFigure(fact.key, fact.best.text, *found)
    limits = study.evidence.limits(fact) if isinstance(study.evidence, GroupEvidence) else None
    return KeyFigure(fact.key, fact.best.text, *(limits or (None, None)))


def _whole(fact: Fact) -> bool:
    key = fact.key
    return key.measure == "share" and not (key.domain or key.wave) and fact.value is not None and not fact.soft


def _interval(frame: pd.DataFrame | None, key: Key) -> tuple[float, float] | None:
    if frame is None:
        return None
    rows = frame[(frame["item"] == key.item) & (frame["base"] == key.base) & (frame["domain"] == "")]
    if rows.empty or not isfinite(rows["conf_low"].iloc[0]):
        return None
    return float(rows["conf_low"].iloc[0]), float(rows["conf_high"].iloc[0])


def _spreads(study: Study, whole: Key) -> Iterator[KeySpread]:
    bounds, differences = study.bounds, study.differences
    if bounds is None or differences is None or not len(differences.domains):
        return
    pairs = differences.domains
    pairs = pairs[(pairs["item"] == whole.item) & (pairs["verdict"] == "established")]
    apart = {frozenset(pair) for pair in zip(pairs["level_a"], pairs["level_b"], strict=True)}
    own = bounds[(bounds["item"] == whole.item) & (bounds["base"] == whole.base) & bounds["domain"].ne("")]
    for domain, rows in own.groupby("domain"):
        ends = rows.sort_values(["estimate", "level"]).iloc[[0, -1]].to_dict("records")
        if frozenset(row["level"] for row in ends) in apart:
            keys = [replace(whole, domain=str(domain), level=row["level"]) for row in ends]
            texts = [study.facts[key].best.text for key in keys]
            found = zip(keys, texts, ends, strict=True)
            yield KeySpread(*(KeyFigure(k, text, row["conf_low"], row["conf_high"]) for k, text, row in found))


def _differences(study: Study) -> tuple[KeyDifference, ...]:
    found = study.differences
    if found is None or found.declared is None:
        return ()
    groups = {fact.key.group for fact in study.facts if fact.key.group}
    frame = found.declared.to_frame()
    frame = frame[frame["group_a"].isin(groups) & frame["group_b"].isin(groups) & (frame["p_adjusted"] < LEVEL)]
    frame = frame.assign(size=frame["estimate"].abs()).sort_values(["size", "item"], ascending=[False, True])
    known = {(fact.key.item, fact.key.group): fact for fact in reversed(list(study.facts)) if not fact.key.domain}
    texts = {place: fact.best.text for place, fact in known.items()}
    return tuple(
        KeyDifference(
            row["item"],
            row["group_a"],
            row["group_b"],
            texts.get((row["item"], row["group_a"]), ""),
            texts.get((row["item"], row["group_b"]), ""),
            float(row["conf_low"]),
            float(row["conf_high"]),
            float(row["breakdown_deff"]),
            _ratio(known, row["item"], row["group_a"], row["group_b"]),
        )
        for row in frame.drop_duplicates("item").head(CONTRASTS).to_dict("records")
    )


def _shares(fact: Fact | None) -> tuple[float, float] | None:
    """Ends of the values that a printed share stands for, as shares."""
    band = None if fact is None else fact.interval()
    return None if band is None or band.empty else (float(band.lower) / 100, float(band.upper) / 100)


def _ratio(known: Mapping[tuple[str, str], Fact], item: str, *groups: str) -> float:
    from aibaro.sensitivity import participation_ratio

    bands = sorted(band for group in groups if (band := _shares(known.get((item, group)))) is not None)
    if len(bands) < len(groups):
        return nan
    (_, below), (above, _) = bands
    return float(participation_ratio([(1.0, above), (-1.0, below)]))


def _uneven(facts: Facts, key: Key) -> tuple[float, float] | None:
    from aibaro.sensitivity import shifted_share

    band = _shares(facts.get(key))
    return None if band is None else (shifted_share(band[0], UNEVEN), shifted_share(band[1], 1 / UNEVEN))


def _response(strata: pd.DataFrame) -> float | None:
    if strata.empty or "sample" not in strata or not strata["sample"].sum():
        return None
    return float(strata["respondents"].sum() / strata["sample"].sum())


def _nonresponse(study: Study, key: Key) -> tuple[float, float] | None:
    from aibaro.sensitivity import survey_nonresponse

    if key.base != "all" or _response(study.survey.strata) is None:
        return None
    try:
        row = survey_nonresponse(study.survey, items=[key.item]).iloc[0]
    except AibaroError:
        return None  # print that contradicts itself leaves no rates: the ledger names what is wrong
    return float(row["low"]), float(row["high"])
