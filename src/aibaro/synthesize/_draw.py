"""Synthetic respondents that the printed figures allow: components one after the other, counts first, then rows."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from importlib import metadata
from typing import Any

import numpy as np

from aibaro._irreducible import irreducible
from aibaro.design import Design
from aibaro.errors import FaultList, InputError
from aibaro.facts import facts_of
from aibaro.published import PublishedSurvey
from aibaro.published.schema import WHOLE_BASE
from aibaro.reconstruct.items import require_declared
from aibaro.synthesize._counts import ComponentModel, CountModel, Counts, Frame, finest
from aibaro.synthesize._fill import Rows, fill_rows
from aibaro.synthesize._held import Asked, HeldCounts, read_held
from aibaro.synthesize._main_effects import Ranges, centre_shares, draw_targets, near, near_draw
from aibaro.synthesize._memberships import ItemCondition, Membership, read_memberships
from aibaro.synthesize._reproduction import LeftOut, TargetShare, collect_targets
from aibaro.synthesize._structure import ItemComponent, build_components

# limits around the centre, in standard deviations, tried one after the other; at last counts are free
_WIDTHS = (1.5, 3.0, 6.0, 12.0)
# limits around a draw of the whole population, which no printed number binds
_DRAW_WIDTHS = (0.0, 0.5, 1.5, 3.0, 6.0, 12.0, 25.0)
_ATTEMPTS = 4
# with so few strata every later figure is looked ahead to, not only those of the finest domain
_FEW_STRATA = 12
# deterministic seconds a search may take; the bundled survey needs a small part of it
_LIMIT = 4.0


@dataclass(frozen=True, slots=True)
class DrawingPlan:
    """Everything about a survey that drawing rows needs.

    Parameters
    ----------
    name : str
        Id of the survey.
    design : Design
        Strata, with the number of rows to draw in each as respondents.
    weights : tuple of Fraction
        Weight of a row in each stratum.
    figures : tuple of TargetShare
        Shares to reproduce.
    left_out : tuple of LeftOut
        Shares that rows cannot carry.
    components : tuple of ItemComponent
        Items in the order in which they are filled.
    bases : mapping of str to Membership
        Bases.
    numbered : {"printed", "free"}
        Whether printed numbers of respondents bind.
    held : tuple of HeldCounts
        Counts that rows must have.
    """

    name: str
    design: Design
    weights: tuple[Fraction, ...]
    figures: tuple[TargetShare, ...]
    left_out: tuple[LeftOut, ...]
    components: tuple[ItemComponent, ...]
    bases: Mapping[str, Membership]
    numbered: str
    held: tuple[HeldCounts, ...] = ()

    def holding(self, counts: Asked) -> DrawingPlan:
        """Ask for counts."""
        held = read_held(
            self.name,
            counts,
            design=self.design,
            figures=self.figures,
            bases=self.bases,
            components=self.components,
        )
        return replace(self, held=held)


@dataclass(frozen=True, slots=True)
class Draw:
    """Rows that were drawn.

    Parameters
    ----------
    answers : dict of str to numpy.ndarray of int8, shape (n,)
        Answers by item: 1, 0, or -1 where print says nothing.
    stratum : numpy.ndarray of int64, shape (n,)
        Stratum of each row.
    dropped : frozenset of str
        Figures that were not asked for.
    """

    answers: Rows
    stratum: np.ndarray[Any, np.dtype[np.int64]]
    dropped: frozenset[str]


class Stuck(Exception):
    """A component for which no counts were found; caught inside this room."""

    def __init__(self, component: ItemComponent, status: str) -> None:
        super().__init__(status)
        self.component = component
        self.status = status


def plan(survey: PublishedSurvey, *, whole_population: str = "respondents", counts: Asked | None = None) -> DrawingPlan:
    """Read what drawing rows needs from a survey."""
    if survey.strata.empty:
        raise InputError(
            "the survey prints no strata, so no rows can be weighted",
            where=survey.name,
            parameter="survey",
            expected="rows in strata.csv",
        )
    require_declared(facts_of(survey))
    if whole_population not in {"respondents", "population"}:
        raise InputError(
            "unknown kind of rows",
            where=survey.name,
            parameter="whole_population",
            expected="respondents or population",
            got=str(whole_population),
        )
    design = Design.from_strata(survey.strata)
    figures, left_out = collect_targets(survey, design)
    if not figures:
        raise InputError(
            "the survey prints no share of respondents",
            where=survey.name,
            parameter="survey",
            expected="percentages in printed.csv",
        )
    bases = read_memberships(survey)
    components = build_components(survey, figures, bases)
    if whole_population == "population":
        everybody = Design(design.labels, design.population, design.population)
        return DrawingPlan(
            survey.name, everybody, everybody.exact_weights, figures, left_out, components, bases, "free"
        )
    prepared = DrawingPlan(survey.name, design, design.exact_weights, figures, left_out, components, bases, "printed")
    return prepared.holding(counts or {})


def draw(prepared: DrawingPlan, seed: int, dropped: frozenset[str] = frozenset()) -> Draw:
    """Draw rows."""
    for attempt in range(_ATTEMPTS):
        try:
            return _attempt(prepared, seed, attempt, dropped)
        except Stuck:
            if attempt == _ATTEMPTS - 1:
                raise
    raise InputError("no attempt was allowed", where="draw")


def _attempt(prepared: DrawingPlan, seed: int, attempt: int, dropped: frozenset[str]) -> Draw:
    generator = np.random.default_rng(np.random.SeedSequence([seed, attempt]))
    respondents = prepared.design.respondents
    stratum = np.repeat(np.arange(len(respondents)), respondents)
    answers: Rows = {}
    for index, component in enumerate(prepared.components):
        frame = frame_of(prepared, component, answers, stratum)
        counts = _component_counts(prepared, index, frame, generator, dropped)
        fill_rows(answers, component, counts, stratum, generator)
    return Draw(answers, stratum, dropped)


def frame_of(
    prepared: DrawingPlan, component: ItemComponent, answers: Rows, stratum: np.ndarray[Any, np.dtype[np.int64]]
) -> Frame:
    """Count who answers a component."""
    size = prepared.design.size
    sizes = [np.bincount(stratum[c.mask(answers, len(stratum))], minlength=size) for c in component.cells]
    return Frame(prepared.weights, np.array(sizes, dtype=np.int64), prepared.numbered)


def _component_counts(
    prepared: DrawingPlan, index: int, frame: Frame, generator: np.random.Generator, dropped: frozenset[str]
) -> Counts:
    seed = int(generator.integers(2**31))
    component = prepared.components[index]
    shares = centre_shares(component, frame)
    targets = draw_targets(component, frame, shares, generator)
    status = "impossible"
    if prepared.numbered == "free":
        limits = [near_draw(targets, frame.sizes, width) for width in _DRAW_WIDTHS]
    else:
        limits = [near(shares, frame.sizes, width) for width in _WIDTHS]
    limits.append({})
    tries: list[tuple[list[Ranges], str]] = [(limits[start:], "inside") for start in range(len(limits))]
    tries.append(([{}], "printed"))
    for ranges, ends in tries:
        model = ComponentModel(component, frame, ranges, targets, ends=ends, held=prepared.held)
        which = "all" if prepared.design.size <= _FEW_STRATA else "finest"
        add_shadows(model, prepared.components[index + 1 :], which=which, held=prepared.held)
        outcome = model.solve(seed, _LIMIT, dropped)
        status = outcome.status
        if status == "found":
            return model.read(outcome.values)
    raise Stuck(component, status)


def add_shadows(
    model: ComponentModel,
    later: Sequence[ItemComponent],
    *,
    which: str = "finest",
    held: Sequence[HeldCounts] = (),
) -> None:
    """Keep figures of later components within reach of the bases that this component decides."""
    component = model.component
    known = {c for cell in component.cells for b in cell.inside for c in b.conditions}
    for other in later:
        counts: dict[tuple[str, ItemCondition, int, int], int] = {}
        kept = finest([p.figure for p in other.figures]) if which == "finest" else [p.figure for p in other.figures]
        for placed in other.figures:
            own = [c for c in placed.outer.conditions if set(c.parts) <= set(component.items)]
            rest = tuple(c for c in placed.outer.conditions if c not in own)
            if len(own) != 1 or placed.inner or placed.figure not in kept:
                continue
            if all(c in known for c in rest):
                model.add_shadow(placed.figure, Membership("", rest), own[0], counts)
        for asked in (h for h in held if h.item in other.items):
            for condition in (c for c in asked.base.conditions if set(c.parts) <= set(component.items)):
                model.hold_shadow(asked, condition, counts)


# deterministic seconds for one proof
_EXPLAIN_LIMIT = 10.0
# thousands of nodes for the second opinion
_SECOND = 2.0


@dataclass(frozen=True, slots=True)
class Unmet:
    """A printed number that rows cannot reproduce.

    Parameters
    ----------
    figure : str
        Name of the figure that was given up.
    ids : tuple of str
        Its printings.
    conflict : tuple of str
        An irreducible set of figures that exclude each other; without any one of them the rest can hold.
    proof : str
        Who proved it, and how.
    """

    figure: str
    ids: tuple[str, ...]
    conflict: tuple[str, ...]
    proof: str


def explain(prepared: DrawingPlan, component: ItemComponent, dropped: frozenset[str], seed: int) -> Unmet | None:
    """Look for figures of a component that exclude each other.

    Notes
    -----
    The proof widens every rounding interval and coefficient outward, so that no table consistent with print is lost,
    and tries to leave out each figure in turn; what cannot be left out stays.
    """
    model, names = _joint(prepared, component)
    needed = [name for name in names if name not in dropped]
    if model.model.solve(seed, _EXPLAIN_LIMIT, dropped).status != "impossible":
        return None

    def support(rest: list[str]) -> range | None:
        outcome = model.model.solve(seed, _EXPLAIN_LIMIT, dropped | (set(names) - set(rest)))
        return range(len(rest)) if outcome.status == "impossible" else None

    kept = irreducible(needed, support)
    own = [name for name in kept if any(p.figure.name == name for p in component.figures)] or kept
    ids = next((f.ids for f in prepared.figures if f.name == own[-1]), ()) if own else ()
    proof = _proof(model.model, kept, dropped | (set(names) - set(kept)), seed)
    return Unmet(own[-1], ids, tuple(kept), proof) if own else None


def _proof(model: CountModel, kept: Sequence[str], dropped: frozenset[str] | set[str], seed: int) -> str:
    """Say who proved that figures exclude each other; HiGHS, without presolve, is asked about the same figures."""
    outcome = model.solve(seed, _SECOND, frozenset(dropped), solver="highs")
    said = "proves the same" if outcome.status == "impossible" else "did not decide within its limit"
    return (
        f"ortools {metadata.version('ortools')} proves that no counts meet these {len(kept)} together, with "
        f"limits rounded outward; scipy {metadata.version('scipy')} (HiGHS) {said}; without any one of them the first "
        "proof fails"
    )


def _joint(prepared: DrawingPlan, component: ItemComponent) -> tuple[ComponentModel, list[str]]:
    """Put a component and the one that decides its base in one model, without targets and limits."""
    conditions = {c for cell in component.cells for b in cell.inside for c in b.conditions}
    deciding = [c for c in prepared.components if any(set(k.parts) <= set(c.items) for k in conditions)]
    host = deciding[0] if deciding else component
    sizes = np.tile(prepared.design.respondents, (len(host.cells), 1)).astype(np.int64)
    frame = Frame(prepared.weights, sizes, prepared.numbered)
    model = ComponentModel(host, frame, [{}], {}, rounding="outward", ends="printed")
    names = [p.figure.name for p in host.figures]
    if host is not component:
        add_shadows(model, [component], which="all")
        names += [p.figure.name for p in component.figures]
    return model, list(dict.fromkeys(names))


@dataclass(frozen=True, slots=True)
class Excluded:
    """Counts that no rows can hold.

    Parameters
    ----------
    held : tuple of str
        What was asked for.
    conflict : tuple of str
        Printed figures that exclude it together, without any one of which the proof fails; none where the counts
        exclude each other.
    proof : str
        Who proved it, and how.
    """

    held: tuple[str, ...]
    conflict: tuple[str, ...]
    proof: str


def excluded(prepared: DrawingPlan, seed: int) -> Excluded | None:
    """Look for printed shares of a few strata that exclude the counts that rows are to hold.

    Notes
    -----
    One domain of few strata after another, the smallest first: what is printed of its strata alone, of the items that
    the counts are about and of all items asked of a base that they decide.  First one share by itself, then all
    together, both without numbers of items, which make a model large; at last with them.  As in :func:`explain` limits
    go outward.  Shares that exclude each other without these counts prove nothing against them.
    """
    strata = {h for held in prepared.held for h in held.counts}
    domains = {f.strata for f in prepared.figures if strata & set(f.strata) and len(f.strata) <= _FEW_STRATA}
    questions: list[_Question] = []
    for domain in sorted(domains, key=lambda own: (len(own), own)):
        for host in _hosts(prepared):
            questions.append(_Question(prepared, host, domain, seed))
            for name in questions[-1].names:
                if (found := questions[-1].conflict([name], "few")) is not None:
                    return found
    jointly = (question.conflict(question.names, unknowns) for unknowns in ("few", "all") for question in questions)
    return next((found for found in jointly if found is not None), None)


def _hosts(prepared: DrawingPlan) -> list[ItemComponent]:
    """Find the components, asked of everybody, that decide a held base or fill a held item."""
    wanted = {p for held in prepared.held for c in held.base.conditions for p in c.parts}
    wanted |= {held.item for held in prepared.held if not held.base.conditions}
    asked_of_all = (c for c in prepared.components if not any(b.conditions for k in c.cells for b in k.inside))
    return [c for c in asked_of_all if wanted & set(c.items)]


class _Question:
    """What is printed of the strata of one domain alone, beside counts that are held."""

    def __init__(self, prepared: DrawingPlan, host: ItemComponent, domain: tuple[int, ...], seed: int) -> None:
        place = prepared.components.index(host)
        self.seed = seed
        self.held = [h.within(domain) for h in prepared.held]
        self.local, *self.later = [_local(c, domain) for c in prepared.components[place:]]
        if len(domain) < prepared.design.size:
            self.local = replace(self.local, bases=())
        sizes = np.tile(prepared.design.respondents[list(domain)], (len(self.local.cells), 1)).astype(np.int64)
        self.frame = Frame(tuple(prepared.weights[h] for h in domain), sizes, prepared.numbered)
        self.model = self._model(self.held)
        rows = {name for name, *_ in self.model.model.rows}
        placed = [p for c in (self.local, *self.later) for p in c.figures if p.figure.name in rows]
        self.printed = {p.figure.name: f"{p.figure.name} {p.figure.printed}" for p in placed}
        self.printed |= {name: name for name in sorted(rows - set(self.printed) - {""})}
        self.names = list(self.printed)
        parts = {part for family in self.local.families for part in family.parts} or set(self.local.items)
        few = {v for (item, _, _), v in self.model.items.items() if item in parts}
        self.few = few | self.model.asked | self.model.shadows | set(self.model.anyone.values())

    def _model(self, held: Sequence[HeldCounts]) -> ComponentModel:
        model = ComponentModel(self.local, self.frame, [{}], {}, rounding="outward", ends="printed", held=held)
        add_shadows(model, self.later, which="all", held=held)
        return model

    def _impossible(self, names: Sequence[str], unknowns: str, model: CountModel) -> bool:
        left_out = frozenset(self.names) - set(names)
        among = self.few if unknowns == "few" else None
        return model.solve(self.seed, _EXPLAIN_LIMIT, left_out, among=among).status == "impossible"

    def conflict(self, names: Sequence[str], unknowns: str) -> Excluded | None:
        """Find some of these figures that exclude the counts, of few unknowns or all, none of which can be left out."""
        model, names = self.model.model, list(names)
        while self._impossible(names, unknowns, model):
            kept = irreducible(names, lambda own: range(len(own)) if self._impossible(own, unknowns, model) else None)
            if not kept or not self._impossible(kept, "all", self._model(()).model):
                proof = _proof(model, kept, frozenset(self.names) - set(kept), self.seed)
                return Excluded(tuple(h.name for h in self.held), tuple(self.printed[name] for name in kept), proof)
            # these contradict each other without the counts
            names = [name for name in names if name != kept[-1]]
        return None


def _local(component: ItemComponent, strata: tuple[int, ...]) -> ItemComponent:
    """Keep the figures of some strata, which are numbered anew."""
    place = {h: number for number, h in enumerate(strata)}
    figures = tuple(
        replace(p, figure=replace(p.figure, strata=tuple(place[h] for h in p.figure.strata)))
        for p in component.figures
        if set(p.figure.strata) <= set(strata)
    )
    return replace(component, figures=figures)


def narrowed(survey: PublishedSurvey, items: Sequence[str]) -> PublishedSurvey:
    """Keep the figures and relations of some items that were asked of everybody.

    Examples
    --------
    >>> from aibaro.published import load
    >>> narrowed(load("flanders-2023"), ["plans"]).printed["item"].unique().tolist()
    ['plans']
    """
    printed = survey.printed
    everybody = printed.loc[(printed["base"] == WHOLE_BASE) & printed["kind"].isin(["percentage", "verbal"])]
    chosen, known = list(dict.fromkeys(items)), [str(i) for i in survey.items["item"]]
    faults = FaultList("these items make no population", where=survey.name)
    if not chosen:
        faults.add("no item was chosen", parameter="items", expected="at least one", got="none")
    for item in chosen:
        if item not in set(everybody["item"]):
            faults.add(
                "no share of everybody is printed of this item",
                parameter="items",
                got=item,
                expected=", ".join(sorted(set(everybody["item"]))),
            )
    kept = []
    for number, row in enumerate(survey.relations.to_dict(orient="records")):
        whole = re.split(r"[<>=]", str(row["whole"]))[0]
        parts = [name for part in str(row["parts"]).split() for name in fnmatch.filter(known, part) or [part]]
        tied = {*parts, *([whole] if whole and not whole.startswith("@") else [])}
        if tied <= set(chosen):
            kept.append(number)
        elif whole in chosen and tied & set(chosen) != {whole}:
            faults.add(
                "a whole and some of its parts were chosen",
                parameter="items",
                got=whole,
                expected=f"all of {', '.join(sorted(tied))}, or {whole} without its parts",
            )
    faults.raise_if_any()
    bases = survey.bases.loc[survey.bases["base"] == WHOLE_BASE]
    rows = everybody.loc[everybody["item"].isin(chosen)]
    return replace(survey, printed=rows, bases=bases, relations=survey.relations.iloc[kept])
