"""Which findings matter most?  Numbers and claims ranked by verdict, place and distance from the threshold."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest

from aibaro.ledger._explain import plain_fact
from aibaro.ledger._ledger import Ledger
from aibaro.messages import Message

ORDER = ("inconsistent", "contradicted", "in_conflict", "refuted", "wording_dependent", "depends", "rounding_dependent")
FAILING = ("inconsistent", "contradicted", "in_conflict", "refuted")
_HEADLINE = re.compile(r"summary|heading|conclusion|abstract|opening|title", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One result worth a reader's attention.

    Parameters
    ----------
    id, survey, location, verdict, text : str
        What was found, and where.
    headline : bool
        Whether it stands in a summary, a heading or a conclusion.
    distance : float
        How far it is from its threshold, in points; 0 where that is not defined.
    evidence : tuple of str
        Ids of the figures that it rests on.
    reason : tuple of Message
        What was found, in plain sentences.
    """

    id: str
    survey: str
    location: str
    verdict: str
    text: str
    headline: bool
    distance: float
    evidence: tuple[str, ...] = ()
    reason: tuple[Message, ...] = ()


def spread(ranked: Iterable[Finding], most: int) -> tuple[Finding, ...]:
    """Choose findings to show: no evidence twice, what fails first, then from every survey in turn.

    Parameters
    ----------
    ranked : iterable of Finding
        Findings, most serious first.
    most : int
        How many to choose.

    Returns
    -------
    tuple of Finding
        In the order of rank.

    Examples
    --------
    >>> from aibaro.study import open
    >>> names = ("flanders-2023", "io-2023", "softwareone-2025")
    >>> chosen = spread(findings([open(name).ledger for name in names]), 6)
    >>> sorted({finding.survey for finding in chosen})
    ['flanders-2023', 'io-2023', 'softwareone-2025']
    """
    seen: set[tuple[str, ...]] = set()
    queues: dict[str, list[tuple[int, Finding]]] = {}
    for place, finding in enumerate(ranked):
        evidence = (finding.survey, *sorted(finding.evidence or (finding.id,)))
        if evidence not in seen:
            seen.add(evidence)
            queues.setdefault(finding.survey, []).append((place, finding))
    chosen = [pair for queue in queues.values() for pair in queue if pair[1].verdict in FAILING][:most]
    rest = [[pair for pair in queue if pair[1].verdict not in FAILING] for queue in queues.values()]
    for turn in zip_longest(*rest):
        chosen += [pair for pair in turn if pair is not None][: most - len(chosen)]
    return tuple(finding for _, finding in sorted(chosen, key=lambda pair: pair[0]))


def findings(ledgers: Iterable[Ledger], top: int | None = None) -> tuple[Finding, ...]:
    """Rank what was found.

    Parameters
    ----------
    ledgers : iterable of Ledger
        Ledgers of one or several surveys.
    top : int, optional
        How many to give; by default all.

    Returns
    -------
    tuple of Finding
        In the order of ``ORDER``; within a verdict headline before body, then by distance from the threshold, then by
        id.

    Examples
    --------
    >>> from aibaro.study import open
    >>> findings([open("flanders-2023").ledger])[0].verdict
    'contradicted'
    """
    found = [finding for ledger in ledgers for finding in _of(ledger)]
    ranked = sorted(found, key=lambda f: (ORDER.index(f.verdict), not f.headline, -abs(f.distance), f.id))
    return tuple(ranked if top is None else ranked[:top])


def _of(ledger: Ledger) -> Iterable[Finding]:
    for entry in ledger.entries:
        if entry.verdict in ORDER:
            printing, held = entry.printing, entry.would_hold
            low, value = (held or {}).get("low"), printing.value
            gap = 0.0 if not isinstance(low, float) or value is None else low - float(value)
            yield Finding(
                printing.id,
                ledger.name,
                printing.location,
                entry.verdict,
                f"{plain_fact(entry)}: {printing.text}",
                _headline(printing.location),
                gap,
                entry.suspects or tuple(printing.id for printing in entry.fact.printings),
                (entry.sentence,),
            )
    for verdict in ledger.claims:
        shown = min((v for v in (verdict.as_printed, verdict.population) if v in ORDER), key=ORDER.index, default="")
        if shown:
            claim = verdict.claim
            yield Finding(
                claim.id,
                ledger.name,
                claim.location,
                shown,
                claim.text,
                _headline(claim.location),
                0.0 if verdict.distance is None else float(verdict.distance),
                verdict.inputs,
                verdict.sentences,
            )


def _headline(location: str) -> bool:
    return bool(_HEADLINE.search(location))
