"""How do claims, standard errors and unprinted cells fare over the tables that print allows?  Draws what one needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aibaro.errors import ConflictError, InputError
from aibaro.ledger import Grade, how_drawn, second_figures
from aibaro.ledger.strata_evidence import StrataEvidence
from aibaro.messages import Message, message
from aibaro.published import unknown_id
from aibaro.published.schema import WHOLE_BASE
from aibaro.results import Result

if TYPE_CHECKING:
    from aibaro._arrays import IntArray
    from aibaro.ledger import Claim
    from aibaro.ledger.comparisons import Quantity
    from aibaro.ledger.drawn_tables import DrawnTables, Pair
    from aibaro.reconstruct import TableSample
    from aibaro.study._study import Study

_APART = ("exhaustive", "exclusive")
_PARTS = (0.05, 0.5, 0.95)
_SPREAD = tuple(f"{name}_{part}" for name in ("share", "std_error") for part in ("low", "median", "high"))


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
        how = {"measure": message(f"typical.{self.measure}"), "how": how_drawn(self.chains, self.rhat, self.ess)}
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


def typical_error(
    study: Study,
    number: str,
    *,
    by: str = "",
    draws: int = 100,
    measure: str = "answers",
    steps: int = 200,
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
        raise _refused(number, "several")
    if by and by not in evidence.design.variables:
        raise InputError(
            "unknown stratum variable",
            where="typical",
            parameter="by",
            expected=", ".join(evidence.design.variables),
            got=by,
        )
    drawer = _Drawer(study, evidence, _Drawing(draws, measure, steps, seed))
    try:
        samples = drawer.drawn(figures)
    except _NotDrawn as error:
        raise _refused(number, error.why) from None
    tables, agrees = drawer.tables(samples), _agree(samples.values())
    chains, rhat, ess = _agreement(samples.values(), draws)
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
        raise _refused(name, "strata")
    return study.evidence


def _agreement(samples: Iterable[TableSample], draws: int) -> tuple[int, float, float]:
    """Chains, largest R-hat and smallest effective size of several samples."""
    chained = [sample for sample in samples if sample.chains]
    return (
        max((sample.chains for sample in chained), default=0),
        max((sample.rhat for sample in chained), default=1.0),
        min((sample.ess for sample in chained), default=float(draws)),
    )


def _agree(samples: Iterable[TableSample]) -> bool:
    return all(sample.agrees for sample in samples)


def typical(
    study: Study, claim: str, *, draws: int = 100, measure: str = "answers", steps: int = 200, seed: int = 0
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
        Verdicts by number of tables; none, and why, where chains disagree.  It is no verdict: what depends on
        unpublished counts still does.

    Raises
    ------
    InputError
        For a claim that drawn tables cannot grade: figures of another wave or in words, items tied to each other by a
        relation, shares of a base by domain, or a base that no item decides.

    Notes
    -----
    Tables meet the printed figures of each item and of its base.  A base is drawn first, by its own print; items of it
    are drawn given its members.  Respondents with two items are drawn too: any two sets of members of the drawn sizes
    are equally likely.  The items of all claims of the family are drawn, each by itself, and each draw is judged as if
    its counts were printed, by every supported interval method.  Members of the family of which no tables are drawn, or
    whose chains disagree, keep the p values that hold over all tables.
    """
    names = [c.id for c in study.declared_claims]
    if claim not in names:
        raise unknown_id(claim, names)
    drawer = _Drawer(study, _strata(study, claim), _Drawing(draws, measure, steps, seed))
    (found,) = _graded(study, [claim], drawer)
    if found.reason and not found.drawn:
        raise _refused(claim, found.reason)
    return found


def typical_claims(
    study: Study,
    claims: Sequence[str] | None = None,
    *,
    draws: int = 400,
    measure: str = "answers",
    steps: int = 160,
    seed: int = 0,
    progress: Callable[[str], object] | None = None,
) -> tuple[Grade, ...]:
    """Grade claims over drawn tables, each item drawn once.

    Parameters
    ----------
    study : Study
        A survey with strata.
    claims : sequence of str, optional
        Ids of claims; by default those whose verdict depends on the tables.
    draws : int
        Tables to draw.
    measure : {"answers", "tables"}
        As for :func:`aibaro.reconstruct.sample_tables`.
    steps : int
        Steps of each chain.
    seed : int
        Seed of the random numbers.
    progress : callable, optional
        Called with the name of each family before its claims are graded.

    Returns
    -------
    tuple of Grade
        One for each claim, in their order; with the reason where there is no grade.

    Examples
    --------
    >>> import tempfile
    >>> from aibaro.published import small_survey
    >>> from aibaro.study import Study
    >>> typical_claims(Study(small_survey(tempfile.mkdtemp())))
    ()
    """
    depends = (verdict.claim.id for verdict in study.claims if verdict.population == "depends")
    asked = list(depends) if claims is None else list(claims)
    if not asked:
        return ()
    drawer, found = _Drawer(study, _strata(study, asked[0]), _Drawing(draws, measure, steps, seed)), dict[str, Grade]()
    families = {claim.id: claim.family for claim in study.declared_claims}
    for family in dict.fromkeys(families[name] for name in asked):
        if progress is not None:
            progress(family)
        found |= {g.claim: g for g in _graded(study, [name for name in asked if families[name] == family], drawer)}
    return tuple(found[name] for name in asked)


def _graded(study: Study, asked: Sequence[str], drawer: _Drawer) -> list[Grade]:
    """Grade claims of one family at tables of all its items."""
    from aibaro.ledger.drawn_tables import grades

    how, by_name = drawer.how, {c.id: c for c in study.declared_claims}
    found: dict[str, Grade] = {}
    samples: dict[Pair, TableSample] = {}
    for name in asked:
        own, why = drawer.of_claim(by_name[name])
        made = Grade(name, how.measure, how.draws, {}, *_agreement(own.values(), how.draws), how.steps, how.seed, why)
        found[name] = replace(made, reason="chains") if not why and not _agree(own.values()) else made
        samples |= own if not found[name].reason else {}
    graded = [name for name in asked if not found[name].reason]
    if not graded:
        return list(found.values())
    family = [c for c in by_name.values() if c.family == by_name[asked[0]].family]
    for claim in family:
        own, why = drawer.of_claim(claim)
        samples |= own if not why and _agree(own.values()) else {}
    tables, second = drawer.tables(samples), second_figures(study.spoken)
    counts = grades(tables, drawer.evidence, family, graded, recomputed=second)
    chains, rhat, ess = _agreement(samples.values(), how.draws)
    for name in graded:
        reason = "rest" if counts[name]["depends"] == how.draws else ""
        made = replace(found[name], verdicts=dict(sorted(counts[name].items())), reason=reason)
        found[name] = replace(made, chains=chains, rhat=rhat, ess=ess)
    return list(found.values())


class _NotDrawn(Exception):
    """Why there are no tables of some figures: the word of a reason."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def _refused(name: str, why: str) -> InputError:
    problem = message("typical.not_drawn", why=message(f"typical.why_{why}")).text()
    return InputError(problem, where="typical", parameter="claim", got=name)


@dataclass(frozen=True, slots=True)
class _Drawing:
    """How many tables are drawn, and how."""

    draws: int
    measure: str
    steps: int
    seed: int


class _Drawer:
    """Draws items and bases, each once."""

    def __init__(self, study: Study, evidence: StrataEvidence, how: _Drawing) -> None:
        self.study, self.evidence, self.how = study, evidence, how
        self.samples: dict[Pair, TableSample | None] = {}

    def of_claim(self, claim: Claim) -> tuple[dict[Pair, TableSample], str]:
        """The samples that a claim needs, or why there are none."""
        from aibaro.ledger.comparisons import resolve

        figures = [f for section in claim.sections for ref in section for f in resolve(self.study.facts, ref)]
        try:
            return self.drawn(figures), ""
        except _NotDrawn as error:
            return {}, error.why

    def drawn(self, figures: Sequence[Quantity]) -> dict[Pair, TableSample]:
        """The samples that some figures need: their items, and the items that decide who is in their bases."""
        self._check(figures)
        pairs = sorted({(figure.key.item, figure.key.base) for figure in figures})
        needed = [self._decided(base) for base in sorted({base for _, base in pairs} - {WHOLE_BASE})]
        return {pair: self._sample(pair) for pair in sorted({*needed, *pairs})}

    def tables(self, pairs: Iterable[Pair]) -> DrawnTables:
        """Tables of items that were drawn, with their bases."""
        from aibaro.ledger.drawn_tables import DrawnTables

        counts = {pair: self._sample(pair).counts for pair in sorted(pairs)}
        members = {base: self._members(base) for base in sorted({WHOLE_BASE, *(base for _, base in counts)})}
        return DrawnTables(self.evidence.design, counts, members, self.how.seed)

    def _check(self, figures: Sequence[Quantity]) -> None:
        from aibaro.reconstruct import own_items

        items, bases = {figure.key.item for figure in figures}, {figure.key.base for figure in figures}
        if not figures or any(f.key.wave or f.key.group or not f.percent or not f.precise for f in figures):
            raise _NotDrawn("own")
        if any(len(items & group) > 1 for group in _tied(self.study)):
            raise _NotDrawn("tied")
        if any(f.key.base != WHOLE_BASE and f.key.domain for f in figures) or (WHOLE_BASE in bases and len(bases) > 1):
            raise _NotDrawn("mixed")
        pairs = sorted({(f.key.item, f.key.base) for f in figures if f.key.base != WHOLE_BASE})
        if any(share.domain for system in own_items(self.study.survey, pairs).values() for share in system.shares):
            raise _NotDrawn("domain")

    def _decided(self, base: str) -> Pair:
        """The item that decides who is in a base."""
        known = self.study.facts.bases.get(base)
        if known is None or known.share is None or known.share[0].base != WHOLE_BASE:
            raise _NotDrawn("base")
        return known.share[0].item, WHOLE_BASE

    def _members(self, base: str) -> IntArray:
        """Respondents of a base in each stratum, for each draw."""
        everybody = np.tile(self.evidence.design.respondents.astype(np.int64), (self.how.draws, 1))
        if base == WHOLE_BASE:
            return everybody
        inside, known = self._sample(self._decided(base)).counts, self.study.facts.bases[base]
        return inside if known.share is not None and known.share[1] == "inside" else everybody - inside

    def _sample(self, pair: Pair) -> TableSample:
        """Tables of an item, drawn once; of an item of a base, given the members in each draw."""
        from aibaro.reconstruct import own_items, sample_tables

        if pair not in self.samples:
            how, system = self.how, own_items(self.study.survey, [pair])[pair]
            starts = corners(self.study, pair) if any(share.domain for share in system.shares) else []
            members = None if pair[1] == WHOLE_BASE else self._members(pair[1])
            draw = partial(sample_tables, system, draws=how.draws, measure=how.measure, steps=how.steps, seed=how.seed)
            try:
                self.samples[pair] = draw(starts=starts, members=members)
            except ConflictError:
                self.samples[pair] = None
        found = self.samples[pair]
        if found is None:
            raise _NotDrawn("few")
        return found


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
