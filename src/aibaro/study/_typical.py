"""How do claims, standard errors and unprinted cells fare over the tables that print allows?  Draws what one needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aibaro.errors import InputError
from aibaro.ledger.strata_evidence import StrataEvidence
from aibaro.messages import Message, message
from aibaro.published import unknown_id
from aibaro.published.schema import WHOLE_BASE
from aibaro.results import Result

if TYPE_CHECKING:
    from aibaro._arrays import IntArray
    from aibaro.ledger.comparisons import Quantity
    from aibaro.ledger.drawn_tables import DrawnTables, Pair
    from aibaro.reconstruct import TableSample
    from aibaro.study._study import Study

_APART = ("exhaustive", "exclusive")
_PARTS = (0.05, 0.5, 0.95)
_SPREAD = tuple(f"{name}_{part}" for name in ("share", "std_error") for part in ("low", "median", "high"))


@dataclass(frozen=True, slots=True)
class Grade(Result):
    """How a claim fares over tables of counts drawn from all that print allows.

    Parameters
    ----------
    claim : str
        Id of the claim.
    measure : {"answers", "tables"}
        What is equally likely: sets of answers of the respondents, or tables of counts.
    draws : int
        Tables drawn.
    verdicts : mapping of str to int
        Tables that give each verdict in the population, at 95% and with the correction of its family.
    chains : int
        Chains from different corners; 0 where all draws are independent.
    rhat, ess : float
        Worst agreement of the chains: largest split R-hat, smallest effective number of draws.
    agrees : bool
        Whether the chains agree well enough for a share to be said.
    """

    claim: str
    measure: str
    draws: int
    verdicts: Mapping[str, int]
    chains: int
    rhat: float
    ess: float
    agrees: bool

    @property
    def line(self) -> Message:
        """The grade in a sentence; that there is none where chains disagree."""
        if not self.agrees:
            return message("typical.disagree", chains=self.chains, rhat=self.rhat, ess=self.ess)
        return message(
            "typical.grade",
            draws=self.draws,
            established=self.verdicts.get("established", 0),
            refuted=self.verdicts.get("refuted", 0),
            measure=message(f"typical.{self.measure}"),
            how=_how(self),
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each verdict.

        Returns
        -------
        pandas.DataFrame
            ``claim``, ``measure``, ``verdict``, ``tables``, ``draws``, ``rhat``, ``ess``.
        """
        rows = [
            {"claim": self.claim, "measure": self.measure, "verdict": verdict, "tables": count}
            for verdict, count in sorted(self.verdicts.items())
        ]
        return pd.DataFrame(rows, columns=["claim", "measure", "verdict", "tables"]).assign(
            draws=self.draws, rhat=self.rhat, ess=self.ess
        )

    def summary(self, language: str = "en") -> str:
        """Say the grade.

        Parameters
        ----------
        language : {"en", "nl"}
            The language.

        Returns
        -------
        str
            One sentence.
        """
        return self.line.text(language)


@dataclass(frozen=True, slots=True)
class DrawnSpread(Result):
    """How a share and its standard error vary over tables of counts drawn from all that print allows.

    Parameters
    ----------
    number : str
        Id of the printed number.
    measure : {"answers", "tables"}
        What is equally likely: sets of answers of the respondents, or tables of counts.
    draws : int
        Tables drawn.
    rows : pandas.DataFrame
        Everybody, or the levels of a stratum variable: ``domain``, ``level``, and the 5th, 50th and 95th percentile of
        the share and of its standard error, in percent; empty where the chains disagree.
    chains : int
        Chains from different corners; 0 where all draws are independent.
    rhat, ess : float
        Worst agreement of the chains: largest split R-hat, smallest effective number of draws.
    agrees : bool
        Whether the chains agree well enough for a part of the tables to be said.
    """

    number: str
    measure: str
    draws: int
    rows: pd.DataFrame
    chains: int
    rhat: float
    ess: float
    agrees: bool

    @property
    def lines(self) -> tuple[Message, ...]:
        """The spread of each row in a sentence; that there is none where chains disagree."""
        if not self.agrees:
            return (message("typical.disagree", chains=self.chains, rhat=self.rhat, ess=self.ess),)
        how = {"measure": message(f"typical.{self.measure}"), "how": _how(self)}
        return (
            message("typical.spread", draws=self.draws, **how),
            *(_cell({str(name): value for name, value in row.items()}) for row in self.rows.to_dict("records")),
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each cell.

        Returns
        -------
        pandas.DataFrame
            ``number``, ``measure``, ``domain``, ``level``, the percentiles, ``draws``, ``rhat``, ``ess``.
        """
        frame = self.rows.assign(number=self.number, measure=self.measure, draws=self.draws, rhat=self.rhat)
        return frame.assign(ess=self.ess)[["number", "measure", "domain", "level", *_SPREAD, "draws", "rhat", "ess"]]

    def summary(self, language: str = "en") -> str:
        """Say the spread.

        Parameters
        ----------
        language : {"en", "nl"}
            The language.

        Returns
        -------
        str
            A line for how tables were drawn, and one a row.
        """
        return "\n".join(line.text(language) for line in self.lines)


def _cell(row: Mapping[str, Any]) -> Message:
    """A row of a spread in words; of what is printed overall, print says the share."""
    ends = {name: float(row[name]) for name in _SPREAD}
    if row["level"]:
        return message("typical.cell", level=str(row["level"]), **ends)
    return message("typical.whole", **{name: end for name, end in ends.items() if name.startswith("std_error")})


def _how(drawn: Grade | DrawnSpread) -> Message:
    if drawn.chains:
        return message("typical.chains", chains=drawn.chains, rhat=drawn.rhat, ess=drawn.ess)
    return message("typical.independent")


def typical_error(
    study: Study,
    number: str,
    *,
    by: str = "",
    draws: int = 100,
    measure: str = "answers",
    steps: int = 2000,
    seed: int = 0,
) -> DrawnSpread:
    """Say how a printed share's standard error, and shares that are not printed, vary over drawn tables.

    Parameters
    ----------
    study : Study
        A survey with strata.
    number : str
        Id of a printed share, or a fact.
    by : str
        Stratum variable in whose levels the share and its standard error are given too, printed or not.
    draws : int
        Tables to draw.
    measure : {"answers", "tables"}
        As for :func:`aibaro.reconstruct.sample_tables`.
    steps : int
        Steps of each chain.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    DrawnSpread
        Percentiles over the drawn tables.  They are no interval for the population: what print leaves open is not
        what sampling leaves open, and the bounds alone hold for every table.

    Raises
    ------
    InputError
        For a number or variable that is not known, and figures that drawn tables do not hold, as for :func:`typical`.

    Examples
    --------
    >>> from aibaro.study import open
    >>> found = typical_error(open("flanders-2023"), "fl23.summary.no_plans", draws=20)
    >>> found.rows["level"].tolist(), found.agrees
    ([''], True)
    """
    from aibaro.ledger.comparisons import resolve

    evidence = _strata(study, number)
    figures = resolve(study.facts, number)
    if len(figures) > 1:
        raise _refused(number, "one printed share")
    if by and by not in evidence.design.variables:
        raise InputError(
            "unknown stratum variable",
            where="typical",
            parameter="by",
            expected=", ".join(evidence.design.variables),
            got=by,
        )
    tables, samples = _drawn(study, evidence, number, figures, _Drawing(draws, measure, steps, seed))
    chains, rhat, ess, agrees = _agreement(samples, draws)
    (figure,) = figures
    cells = [figure]
    for level in sorted(set(evidence.design.labels[by])) if by else []:
        key = figure.key.about(domain=by, level=level)
        cells.append(replace(figure, source=replace(figure.source, key=key)))
    rows = []
    for cell in cells if agrees else []:
        with np.errstate(invalid="ignore", divide="ignore"):
            values = np.concatenate(
                [np.quantile(100 * found, _PARTS) for found in (tables.shares(cell), tables.errors([(1.0, cell)]))]
            )
        rows.append({"domain": cell.key.domain, "level": cell.key.level, **dict(zip(_SPREAD, values, strict=True))})
    frame = pd.DataFrame(rows, columns=["domain", "level", *_SPREAD])
    return DrawnSpread(number, measure, draws, frame, chains, rhat, ess, agrees)


def _strata(study: Study, name: str) -> StrataEvidence:
    if not isinstance(study.evidence, StrataEvidence):
        raise _refused(name, "a survey with strata whose weights are equal within them")
    return study.evidence


def _agreement(samples: list[TableSample], draws: int) -> tuple[int, float, float, bool]:
    """Chains, largest R-hat, smallest effective size, and whether all agree."""
    chained = [sample for sample in samples if sample.chains]
    return (
        max((sample.chains for sample in chained), default=0),
        max((sample.rhat for sample in chained), default=1.0),
        min((sample.ess for sample in chained), default=float(draws)),
        all(sample.agrees for sample in chained),
    )


def typical(
    study: Study, claim: str, *, draws: int = 100, measure: str = "answers", steps: int = 2000, seed: int = 0
) -> Grade:
    """Grade a claim over drawn tables: how many of them establish it.

    Parameters
    ----------
    study : Study
        A survey with strata.
    claim : str
        Id of a claim.
    draws : int
        Tables to draw.
    measure : {"answers", "tables"}
        As for :func:`aibaro.reconstruct.sample_tables`.
    steps : int
        Steps of each chain.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    Grade
        Verdicts by number of tables.  It is no verdict: what depends on unpublished counts still does.

    Raises
    ------
    InputError
        For a claim that drawn tables cannot grade: figures of another wave or in words, items tied to each other by a
        relation, shares of a base by domain, or a base that no item decides.

    Notes
    -----
    Tables meet the printed figures of the claim's items and of their base.  A base is drawn first, by its own print;
    items of it are drawn given its members.  Respondents with two items are drawn too: any two sets of members of the
    drawn sizes are equally likely.  Other members of the claim's family keep the p values that hold over all tables.
    """
    from aibaro.ledger import second_figures
    from aibaro.ledger.comparisons import resolve
    from aibaro.ledger.drawn_tables import grades

    known = {c.id: c for c in study.declared_claims}
    if claim not in known:
        raise unknown_id(claim, known)
    evidence = _strata(study, claim)
    figures = [f for section in known[claim].sections for ref in section for f in resolve(study.facts, ref)]
    tables, samples = _drawn(study, evidence, claim, figures, _Drawing(draws, measure, steps, seed))
    found = grades(tables, evidence, study.declared_claims, {claim}, recomputed=second_figures(study.spoken))[claim]
    return Grade(claim, measure, draws, dict(sorted(Counter(found).items())), *_agreement(samples, draws))


def _refused(claim: str, expected: str) -> InputError:
    return InputError(
        "drawn tables cannot grade this", where="typical", parameter="claim", expected=expected, got=claim
    )


@dataclass(frozen=True, slots=True)
class _Drawing:
    """How many tables are drawn, and how."""

    draws: int
    measure: str
    steps: int
    seed: int


def _drawn(
    study: Study, evidence: StrataEvidence, name: str, figures: Sequence[Quantity], how: _Drawing
) -> tuple[DrawnTables, list[TableSample]]:
    """Draw the bases and items that some figures need."""
    from aibaro.ledger.drawn_tables import DrawnTables
    from aibaro.reconstruct import own_items

    items, bases = {figure.key.item for figure in figures}, {figure.key.base for figure in figures}
    if not figures or any(f.key.wave or f.key.group or not f.percent or not f.precise for f in figures):
        raise _refused(name, "shares in digits, of the survey's own wave")
    if any(len(items & group) > 1 for group in _tied(study)):
        raise _refused(name, "items that no relation ties to each other")
    if any(f.key.base != WHOLE_BASE and f.key.domain for f in figures) or (WHOLE_BASE in bases and len(bases) > 1):
        raise _refused(name, "shares of everybody, or shares of bases over all strata")
    pairs = sorted({(figure.key.item, figure.key.base) for figure in figures})
    inner = own_items(study.survey, [pair for pair in pairs if pair[1] != WHOLE_BASE])
    if any(share.domain for system in inner.values() for share in system.shares):
        raise _refused(name, "items of a base that are printed over all strata alone")
    n = evidence.design.respondents.astype(np.int64)
    members: dict[str, IntArray] = {WHOLE_BASE: np.tile(n, (how.draws, 1))}
    samples: dict[Pair, TableSample] = {}
    for base in sorted(bases - {WHOLE_BASE}):
        known = study.facts.bases.get(base)
        if known is None or known.share is None or known.share[0].base != WHOLE_BASE:
            raise _refused(name, "bases whose members one item decides")
        item, side = known.share[0].item, known.share[1]
        pair = (item, WHOLE_BASE)
        if pair not in samples:
            samples[pair] = _sample(study, pair, how)
        inside = samples[pair].counts
        members[base] = inside if side == "inside" else n - inside
    counts: dict[Pair, IntArray] = {}
    for pair in pairs:
        if pair[1] == WHOLE_BASE:
            samples[pair] = samples.get(pair) or _sample(study, pair, how)
            counts[pair] = samples[pair].counts
        else:
            counts[pair] = _within(study, pair, members[pair[1]], how)
    return DrawnTables(evidence.design, counts, members, how.seed), list(samples.values())


def _tied(study: Study) -> list[set[str]]:
    """Sets of items whose answers a relation ties: parts of a whole exclude each other; a part implies its union."""
    found: list[set[str]] = []
    for relation in study.facts.relations:
        parts = [part.partition("@")[0] for part in relation.parts]
        whole = relation.whole.partition("@")[0].partition("=")[0].partition(">")[0]
        if relation.kind in _APART:
            found.append({*parts, whole} - {""})
        elif relation.kind in {"union", "subset", "count"} and whole:
            found += [{part, whole} for part in parts]
    return found


def _sample(study: Study, pair: Pair, how: _Drawing) -> TableSample:
    from aibaro.reconstruct import own_items, sample_tables

    system = own_items(study.survey, [pair])[pair]
    starts = corners(study, pair) if any(share.domain for share in system.shares) else []
    return sample_tables(system, draws=how.draws, measure=how.measure, starts=starts, steps=how.steps, seed=how.seed)


def corners(study: Study, pair: Pair) -> list[tuple[int, ...]]:
    """Tables of an item of everybody far from each other: those of the smallest and largest standard errors."""
    from aibaro.reconstruct import Bounder, Effort, own_items, violated
    from aibaro.reconstruct.kept import every_kept_table

    system = own_items(study.survey, [pair])[pair]
    kept = [t for t in every_kept_table(study.survey).get(pair, ()) if not violated(system, t)]
    if len(kept) >= 2:
        return kept[:4]
    bounder = Bounder(system, Effort(work=2.0, whole_work=2.0, nodes=1))
    found = list(kept)
    for share in sorted(system.shares, key=lambda s: -len(s.strata))[:2]:
        row = bounder.row(share)
        found += [side.witness for side in (row.smallest, row.largest) if side.witness is not None]
    return list(dict.fromkeys(found))


def _within(study: Study, pair: Pair, members: IntArray, how: _Drawing) -> IntArray:
    """Draw an item of a base that is printed over all strata alone, given the members in each draw."""
    from aibaro.reconstruct import own_items, sample_tables

    system = own_items(study.survey, [pair])[pair]
    rows = [
        sample_tables(system, draws=1, measure=how.measure, members=row, seed=how.seed + k).counts[0]
        for k, row in enumerate(members.tolist())
    ]
    return np.array(rows, dtype=np.int64)
