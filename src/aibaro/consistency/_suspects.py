"""Who is to blame when statements cannot hold together?  Figures whose release alone makes everything hold again.

Where no single figure does, the smallest sets of figures that do are found as hitting sets of the proofs of
infeasibility (Fellegi and Holt 1976, doi:10.1080/01621459.1976.10481472; de Waal, Pannekoek and Scholtus 2011).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product

from aibaro.consistency._from_relations import nets
from aibaro.consistency._sources import Sources
from aibaro.consistency._system import Component, Proof, Supposition, System
from aibaro.consistency._system import statements as all_statements
from aibaro.consistency.slips import Desk, Layout, Slip, joint_slips
from aibaro.consistency.statement import HUNDRED, ZERO, Enclosure, Ends, Statement, Whole
from aibaro.facts import Fact, Facts, Key, Printing
from aibaro.messages import Code, Message, message
from aibaro.published.schema import COUNT_COLUMNS
from aibaro.rounding import Interval

# --- Which figures may have been computed from rounded ones? What they stand for then.
#
# Nets are added up, differences and growth taken from figures that are rounded already: print then differs from what
# was rounded last by the rounding of each part.


def from_rounded(facts: Facts, rounding: str | None = None) -> Mapping[str, Interval]:
    """Give what printed nets stand for where they were added up from figures that had been rounded.

    Parameters
    ----------
    facts : Facts
        The facts.
    rounding : str, optional
        How the parts were rounded; by default as the survey declares.

    Returns
    -------
    mapping of str to Interval
        By id of a printing; of printings that are the sum of what is printed of their parts, or of which a part is
        not printed in digits.

    Notes
    -----
    A sum of ``m`` rounded parts lies within ``m`` times the rounding of one of them from the true sum.

    References
    ----------
    Mosteller, F., Youtz, C. & Zahn, D. (1967). The distribution of sums of rounded percentages. Demography 4, 850-858.
    doi:10.2307/2060324

    Examples
    --------
    >>> from aibaro.facts import Facts
    >>> from aibaro.published import load
    >>> dict(from_rounded(Facts.of(load("topdesk-2025"))))
    {}
    """
    return dict(_sums(nets(Sources.of(facts)), rounding or facts.rounding))


def _sums(known: Iterable[tuple[Fact, tuple[Fact | None, ...]]], rule: str) -> Iterator[tuple[str, Interval]]:
    for whole, parts in known:
        yield from _added(whole, parts, rule)


def computed(system: System, component: Component, rule: str) -> Mapping[str, Interval]:
    """Give the values behind printings of a component that rounded figures give exactly."""
    wanted = set(component.keys)
    found = dict(_sums((net for net in system.nets if net[0].key in wanted), rule))
    for number in component.statements:
        found.update(_compared(system.statements[number], rule))
    return found


def _added(whole: Fact, parts: tuple[Fact | None, ...], rule: str) -> Iterator[tuple[str, Interval]]:
    """A net that is the sum of what is printed of its parts; unprinted parts may be anything."""
    for printing in whole.hard:
        if printing.value is None or printing.exact or printing.band is not None:
            continue
        known = [_alike(part, printing.decimals) for part in parts]
        total = sum((p.value for p in known if p is not None and p.value is not None), ZERO)
        if total > printing.value or (None not in known and total != printing.value):
            continue
        low, high = _offsets(printing, rule)
        band = Interval(printing.value + len(parts) * low, printing.value + len(parts) * high)
        if whole.key.measure == "share":
            band = band.intersect(Interval(ZERO, HUNDRED))
        if not band.empty:
            yield printing.id, band


def _alike(fact: Fact | None, decimals: int) -> Printing | None:
    """A printing in as many decimals, whose digits may be added."""
    hard = () if fact is None else fact.hard
    return next((p for p in hard if p.decimals == decimals and p.band is None and p.value is not None), None)


def _offsets(printing: Printing, rule: str) -> tuple[Fraction, Fraction]:
    """How far a value lies below and above what is printed of it."""
    unit = printing.unit_of_print
    return {"truncate": (ZERO, unit), "floor_or_ceil": (-unit, unit)}.get(rule, (-unit / 2, unit / 2))


def _compared(statement: Statement, rule: str) -> Iterator[tuple[str, Interval]]:
    """A difference or a growth that is just what the printed figures of two waves give."""
    if statement.kind not in {"difference", "change"} or statement.result is None:
        return
    parts = [fact for fact in statement.figures if fact.key != statement.result]
    whole = next(fact for fact in statement.figures if fact.key == statement.result)
    for printing, decimals in product(whole.hard, sorted({p.decimals for fact in parts for p in fact.hard})):
        own = printing.interval(rule)
        if own is None or own.empty or (decimals != printing.decimals and statement.kind == "difference"):
            continue
        read = {fact.key: p for fact in parts if (p := _alike(fact, decimals)) is not None}
        if len(read) < len(parts):
            continue
        exact = {key: Ends(p.value, p.value) for key, p in read.items()}
        rounded = {key: _ends(p, rule) for key, p in read.items()}
        value, band = _result(statement, exact), _result(statement, rounded)
        if value is None or value.low is None or value.high is None or band is None:
            continue
        if band.low is not None and band.high is not None and own.meets(Interval(value.low, value.high)):
            yield printing.id, Interval(band.low, band.high)


def _result(statement: Statement, known: Mapping[Key, Ends]) -> Ends | None:
    """What the other figures of a statement give for its result."""
    found = statement.form.implied(lambda key: known.get(key, Ends(None, None)))
    return found.get(statement.result) if statement.result is not None else None


def _ends(printing: Printing, rule: str) -> Ends:
    """What a printed number stands for."""
    band = printing.interval(rule)
    return Ends(band.lower, band.upper) if band is not None and not band.empty else Ends(None, None)


# --- Who is to blame when statements cannot hold together? Figures whose release alone makes everything hold again.

SUM_RULE, COMPUTED = "sum_to_100", "from_rounded"
RULES = ("half_up", "half_even", "truncate", SUM_RULE, COMPUTED)
# Sets of this many figures are searched for, with at most so many programmes.
_LARGEST, _BUDGET = 3, 120
_HALVINGS = 10
_CROWD = 60  # so many suspects are not examined one by one
_MANY = 6  # of so many conflicts those that vanish under another rounding rule are not searched for slips


@dataclass(frozen=True, slots=True)
class Suspect:
    """Printings whose release makes everything hold again.

    Parameters
    ----------
    ids : tuple of str
        The printings; several where one slip or one repeated figure explains them, or where no single one does.
    rank : int
        Place among the suspects of the conflict, from 1.
    low, high : float or None
        Values of the figure, in the unit of print, with which all would hold; None for a set, or where an end is open.
    slip : str
        The known slip that gives such a value, empty where none does.
    value : str
        The value that the slip gives, as it would be printed.
    """

    ids: tuple[str, ...]
    rank: int = 1
    low: float | None = None
    high: float | None = None
    slip: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Statements that cannot hold together, and who may be to blame.

    Parameters
    ----------
    id : str
        Its name.
    statements : tuple of Statement
        An irreducible failing set.
    suspects : tuple of Suspect
        Ranked; one of them is wrong, or what the statements rest on.
    holds_under : tuple of str
        Rounding rules under which all would hold.
    proof : tuple of (str, Fraction)
        Rows of the failing set with their multipliers; added up they leave a contradiction.
    rests_on : tuple of str
        Relations, populations and declarations that could be wrong instead.
    proofs : tuple of str
        Proofs that no whole numbers of respondents exist, where those are what cannot hold.
    beside : tuple of str
        Other conflicts in the same tables: cells or rows in each other's place may explain them at once, so that
        no figure is called wrong alone.
    """

    id: str
    statements: tuple[Statement, ...]
    suspects: tuple[Suspect, ...]
    holds_under: tuple[str, ...] = ()
    proof: tuple[tuple[str, Fraction], ...] = ()
    rests_on: tuple[str, ...] = ()
    proofs: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """All suspected printings."""
        return tuple(dict.fromkeys(name for suspect in self.suspects for name in suspect.ids))

    @property
    def verdict(self) -> str:
        """What its suspects are called."""
        if self.holds_under:
            return "rounding_dependent"
        return "inconsistent" if len(self.suspects) == 1 and not self.beside else "in_conflict"

    @property
    def argument(self) -> tuple[Message, ...]:
        """What would make all hold, then the arithmetic."""
        return (*self.remedies, *(step for statement in self.statements for step in statement.argument))

    @property
    def remedies(self) -> tuple[Message, ...]:
        """What would make all hold, and which printings may be wrong."""
        steps: list[Message] = []
        for suspect in self.suspects[:3]:
            if suspect.slip and suspect.value:
                shown = {"id": self._named(suspect.ids), "value": suspect.value, "slip": _slip(suspect.slip)}
                steps.append(message("consistency.would_hold_slip", **shown))
            elif suspect.slip:
                steps.append(message("consistency.explained", id=self._named(suspect.ids), slip=_slip(suspect.slip)))
            elif suspect.low is not None and suspect.high is not None:
                places, who = self._decimals(suspect.ids), self._named(suspect.ids)
                # as they would be printed; adding zero takes the sign off a rounded zero
                low, high = (round(end, places) + 0.0 for end in (suspect.low, suspect.high))
                steps.append(
                    message("consistency.would_hold_value", id=who, value=low)
                    if low == high
                    else message("consistency.would_hold", id=who, low=low, high=high)
                )
        if self.holds_under:
            rules = tuple(message(f"rounding.{rule}") for rule in self.holds_under)
            steps.append(message("consistency.holds_under", rules=rules))
        elif self.beside:
            steps.append(message("consistency.beside", count=len(self.beside)))
        elif len(self.suspects) > 1:
            names = (*self._named(self.ids[:_CROWD]), *(["..."] if len(self.ids) > _CROWD else []))
            steps.append(message("consistency.one_of", k=len(self.suspects), ids=names))
        return tuple(steps)

    def _named(self, ids: Sequence[str]) -> tuple[Code, ...]:
        """Printings by their label with their ids behind it, those of one figure together."""
        figures = (fact for statement in self.statements for fact in statement.figures)
        figure_of = {printing.id: str(fact.key) for fact in figures for printing in fact.printings}
        groups: dict[str, list[str]] = {}
        for name in ids:
            groups.setdefault(figure_of.get(name, name), []).append(name)
        return tuple(Code(figure, ", ".join(names)) for figure, names in groups.items())

    def _decimals(self, ids: Sequence[str]) -> int:
        """Decimals in which a suspect is printed."""
        printed = (p for statement in self.statements for fact in statement.figures for p in fact.printings)
        return min((p.decimals for p in printed if p.id in ids), default=4)


def _slip(name: str) -> Message:
    kind, _, other = name.partition(":")
    return (
        message(f"consistency.slip_{kind}", other=Code(other, other)) if other else message(f"consistency.slip_{kind}")
    )


@dataclass(slots=True)
class _Examination:
    """One conflict while it is examined."""

    system: System
    component: Component
    proof: Proof
    others: frozenset[str]
    under: _Under
    proofs: list[Proof] = field(default_factory=list)
    spent: int = 0
    layout: Layout = field(default_factory=Layout)
    rounded: bool = False  # the publisher rounded otherwise than declared: many conflicts, and no slips

    @property
    def desk(self) -> Desk:
        """What is at hand to score a suspect."""
        return Desk(self.system, self.component, self.reading, self.layout)

    @property
    def reading(self) -> Supposition:
        """Print with all that belongs to other conflicts let go."""
        return self.system.reading.without(self.others)

    def holds(self, ids: Sequence[str]) -> bool:
        """Tell whether all holds with some printings let go."""
        self.spent += 1
        return self.system.holds(self.component, self.reading.without(ids), undecided=True)


def suspects(facts: Facts, *, rounding: str | None = None) -> tuple[Conflict, ...]:
    """Find statements that cannot hold together, and the printings that may be to blame.

    Parameters
    ----------
    facts : Facts
        The facts.
    rounding : str, optional
        Read print by another rule than the survey declares.

    Returns
    -------
    tuple of Conflict
        One for each failing set; empty where all print holds together.

    Notes
    -----
    After a single misprint the true cell is among the suspects, and no right number is the only one, as long as
    relations, populations and the declared weighting are right.  Slips rank suspects and never accuse.

    References
    ----------
    Reiter, R. (1987). A theory of diagnosis from first principles. Artificial Intelligence 32, 57-95.
    doi:10.1016/0004-3702(87)90062-2

    Fellegi, I. P. & Holt, D. (1976). A systematic approach to automatic edit and imputation. Journal of the American
    Statistical Association 71, 17-35. doi:10.1080/01621459.1976.10481472

    Examples
    --------
    >>> from aibaro.facts import Facts
    >>> from aibaro.published import load
    >>> suspects(Facts.of(load("flanders-2023")))
    ()
    """
    if rounding is not None and rounding != facts.rounding:
        facts = Facts.of(facts.survey, rounding)
    return conflicts(System(facts, all_statements(facts)))


def conflicts(system: System, components: Sequence[Component] | None = None) -> tuple[Conflict, ...]:
    """Find all conflicts of a system, or of some of its components."""
    found: list[tuple[Conflict, _Examination]] = []
    broken = system.broken(components=components)
    layout = Layout.of(system) if broken else Layout()
    failing = [(component, _disjoint(system, component)) for component in broken]
    many = sum(len(proofs) for _, proofs in failing) >= _MANY
    for component, proofs in failing:
        under = _Under(system, component, _summed(system, component))
        rounded = many and any(under.whole(rule) for rule in RULES if rule not in {SUM_RULE, COMPUTED})
        for proof in proofs:
            others = frozenset(name for other in proofs if other is not proof for name in _family(system, other))
            apart = others - set(_family(system, proof))
            case = _Examination(system, component, proof, apart, under, [proof], layout=layout, rounded=rounded)
            found.append((_examine(case, f"c{len(found) + 1}"), case))
    alone = _explained([conflict for conflict, _ in found])
    cases = {conflict.id: case for conflict, case in found}
    return tuple(
        replace(own, beside=tuple(c.id for c in alone if c is not own and _side_by_side(cases[own.id], cases[c.id])))
        for own in alone
    )


def _side_by_side(case: _Examination, other: _Examination) -> bool:
    """Whether two conflicts lie in one table: they measure alike, and figures tie them or they are of one item."""
    own, also = (_rows(case.system, proof) for proof in (case.proof, other.proof))
    if case.component is other.component:
        return bool({row[-1] for row in own} & {row[-1] for row in also})
    return bool(own & also)


def _rows(system: System, proof: Proof) -> frozenset[tuple[str, ...]]:
    """Items with their base, wave, group and measure in a proof, sizes of the survey and its classes left out."""
    keys = (system.facts.printing(name).key for name in proof.ids)
    return frozenset(
        (key.item, key.base, key.wave, key.group, key.measure) for key in keys if key.item not in COUNT_COLUMNS
    )


def _explained(found: Sequence[Conflict]) -> list[Conflict]:
    """Conflicts of which each needs a wrong figure of its own.

    Whichever suspect of one conflict is wrong, where each of them is a suspect of another conflict too, nothing else
    has to be wrong for the other: it is told with the first.
    """
    left: list[Conflict] = []
    for conflict in sorted(found, key=lambda conflict: len(conflict.suspects)):
        own = {suspect.ids for suspect in conflict.suspects}
        for place, other in enumerate(left):
            if other.holds_under == conflict.holds_under and {suspect.ids for suspect in other.suspects} <= own:
                statements = dict.fromkeys((*other.statements, *conflict.statements))
                rests = dict.fromkeys((*other.rests_on, *conflict.rests_on))
                left[place] = replace(other, statements=tuple(statements), rests_on=tuple(rests))
                break
        else:
            left.append(conflict)
    kept = {conflict.id: conflict for conflict in left}
    return [kept[conflict.id] for conflict in found if conflict.id in kept]


def _family(system: System, proof: Proof) -> tuple[str, ...]:
    """Printings of a proof together with all printings of the same facts."""
    names: dict[str, None] = {}
    for name in proof.ids:
        fact = system.facts.get(system.facts.printing(name).key)
        names.update(dict.fromkeys([name, *(p.id for p in fact.hard)] if fact is not None else [name]))
    return tuple(names)


def _disjoint(system: System, component: Component) -> list[Proof]:
    """Proofs that share no figure: each is a conflict of its own."""
    found: list[Proof] = []
    reading = system.reading
    # in a large table most of what fails does so in one of its cells
    parts = system.broken(reading, system.narrow(component)) if system.large(component) else []
    for part in (*parts, component):
        while (proof := system.conflict(part, reading)) is not None and proof.ids:
            found.append(proof)
            reading = reading.without(_family(system, proof))
    return found


def _events(system: System, proof: Proof) -> Iterator[tuple[str, ...]]:
    """What may have gone wrong at once: printings of one figure that are printed alike, and all of one figure."""
    alike: dict[tuple[Key, Interval | None], tuple[str, ...]] = {}
    whole: dict[Key, tuple[str, ...]] = {}
    for name in proof.ids:
        printing = system.facts.printing(name)
        fact = system.facts.get(printing.key)
        if fact is None or len(fact.hard) == 1:
            yield (name,)
            continue
        # to let one of several that are alike go changes nothing
        band = printing.interval(system.reading.rule)
        if (printing.key, band) not in alike:
            same = tuple(p.id for p in fact.hard if p.interval(system.reading.rule) == band)
            alike[printing.key, band] = same
            yield same
        if len(alike[printing.key, band]) < len(fact.hard) and not system.ends(printing.key, system.reading).empty:
            whole[printing.key] = tuple(p.id for p in fact.hard)
    yield from whole.values()


def _examine(case: _Examination, name: str) -> Conflict:
    events = list(_events(case.system, case.proof))
    crowd = len(events) > _CROWD
    single = [event for event in events if (crowd and _alone(case, event)) or case.holds(event)]
    chosen = [event for event in single if not any(set(other) < set(event) for other in single)]
    slips: dict[tuple[str, ...], Slip] = {}
    if not chosen:
        sets = _hitting_sets(case)
        slips = joint_slips(case.desk, case.proofs)
        chosen = [*slips, *(found for found in sets if found not in slips)]
    if not chosen:
        chosen = events
    ranked = _ranked(case, chosen, slips)
    if len(ranked) == 1 and not case.rounded:
        # rows or columns in each other's place are one slip too, and the figure may be right that would mend them
        moved = joint_slips(case.desk, case.proofs, beside=ranked[0].ids)
        ranked += tuple(Suspect(ids, 2, slip=slip.name) for ids, slip in moved.items())
    owners = dict.fromkeys(number for proof in case.proofs for number in proof.owners)
    failing = tuple(case.system.statements[number] for number in owners) or _repeats(case)
    rests = tuple(dict.fromkeys(what for statement in failing for what in statement.rests_on))
    return Conflict(name, failing, ranked, _holds_under(case), _said(case.proof), rests)


def _repeats(case: _Examination) -> tuple[Statement, ...]:
    """Statements on printings of one fact, whose rows are the bounds themselves."""
    keys = {case.system.facts.printing(name).key for name in case.proof.ids}
    numbers = [n for n in case.component.statements if set(case.system.statements[n].keys) <= keys]
    return tuple(case.system.statements[n] for n in numbers if case.system.statements[n].kind in {"repeat", "range"})


def _said(proof: Proof) -> tuple[tuple[str, Fraction], ...]:
    rows = []
    for row, multiplier in zip(proof.rows, proof.multipliers, strict=True):
        left = " + ".join(f"{c} {_variable(var)}" for var, c in row.terms)
        rows.append((f"{left} {'<' if row.strict else '<='} {row.upper}", multiplier))
    return tuple(rows)


def _variable(var: object) -> str:
    return f"[{var}]" if isinstance(var, Key) else "[" + " ".join(map(str, var)) + "]"  # type: ignore[call-overload]


def _alone(case: _Examination, event: tuple[str, ...]) -> bool:
    """Whether a figure takes part in nothing but the failing set, or too much has been tried already."""
    touched = case.system.touched.get(case.system.facts.printing(event[0]).key, ())
    return case.spent > _BUDGET or set(touched) <= set(case.proof.owners)


def _ranked(
    case: _Examination, chosen: Sequence[tuple[str, ...]], slips: dict[tuple[str, ...], Slip]
) -> tuple[Suspect, ...]:
    """Fewest events, then known slips, then distance."""
    facts = case.system.facts
    scored: list[tuple[int, float, float, tuple[str, ...], float | None, float | None, Slip]] = []
    slack: list[tuple[str, ...]] = []
    for ids in chosen:
        key = facts.printing(ids[0]).key
        if ids in slips:
            scored.append((1, -slips[ids].weight, 0.0, ids, None, None, slips[ids]))
            continue
        alone = all(facts.printing(name).key == key for name in ids)
        if not alone:
            scored.append((len(ids), 0.0, 0.0, ids, None, None, Slip()))
            continue
        plain = case.rounded or case.system.large(case.component)
        sides = _sides(case, ids, key) if len(chosen) <= _CROWD and not plain else [(None, None)]
        if not sides:
            slack.append(ids)  # what let it go was the slack of the programme, not a value
            continue
        crowd = len(chosen) > 3 * _CROWD  # too many to look for the slip of each
        scores = [(Slip(), 0.0, 0.0, sides[0])] if plain or crowd else []
        scores = scores or [(*case.desk.score(facts.printing(ids[0]), side), side) for side in sides]
        slip, weight, distance, (low, high) = max(scores, key=lambda score: (score[1], -score[2]))
        share = _nearest(case, ids, key) if not crowd and (_whole(case) or not slip.value) else None
        if share is not None:
            # where whole numbers of answers alone decide, many values hold, and a slip among them says little
            slip, low, high = Slip(), round(float(share), 6), round(float(share), 6)
        scored.append((1, -weight, distance, ids, low, high, slip))
    scored = scored or [(1, 0.0, 0.0, ids, None, None, Slip()) for ids in slack]
    scored.sort(key=lambda row: row[:3])
    return tuple(
        Suspect(ids, place + 1, low, high, slip.name, slip.value)
        for place, (_, _, _, ids, low, high, slip) in enumerate(scored)
    )


def _sides(case: _Examination, ids: tuple[str, ...], key: Key) -> list[tuple[float | None, float | None]]:
    """Values of a figure with which all would hold, below and above its print.

    Where shares multiply figures the programme is a relaxation that is tight for narrow ends only; there the ends
    are drawn in by halving.
    """
    low, high = case.system.span(case.component, key, case.reading.without(ids))
    printing = case.system.facts.printing(ids[0])
    value, unit = float(printing.value or 0), float(printing.unit_of_print)
    if (low is not None and low > value) or (high is not None and high < value):
        return [(low, high)]
    found: list[tuple[float | None, float | None]] = []
    for side in ((low, value), (value, high)):
        ends = _drawn_in(case, ids, side, unit)
        if ends is not None:
            found.append(ends)
    return found


def _drawn_in(
    case: _Examination, ids: tuple[str, ...], side: tuple[float | None, float | None], unit: float
) -> tuple[float | None, float | None] | None:
    """The part of an interval that holds, found by halving from both ends; None where none does."""
    low, high = side
    near = case.system.around(case.system.facts.printing(ids[0]).key)

    def holds(first: float, last: float) -> bool:
        band = Interval(Fraction(first), Fraction(last))
        case.spent += 1
        # what fails among the nearest statements fails among all
        return case.system.holds(near, case.reading.with_values(dict.fromkeys(ids, band)))

    # an open end is looked for step by step, so that halving starts from what is near
    if low is None and high is not None:
        low = next((end for end in (high - step for step in _steps(high, unit)) if holds(end, high)), None)
    elif high is None and low is not None:
        high = next((end for end in (low + step for step in _steps(low, unit)) if holds(low, end)), None)
    elif low is not None and high is not None and (high <= low or not holds(low, high)):
        return None
    if low is None or high is None:
        return None
    bottom, out = low, high  # [bottom, high] holds, [out, high] does not
    for _ in range(_HALVINGS):
        middle = (bottom + out) / 2
        bottom, out = (middle, out) if holds(middle, high) else (bottom, middle)
        if out - bottom < max(unit / 2, (high - low) / 100):
            break
    top, under = high, low  # [low, top] holds, [low, under] does not
    for _ in range(_HALVINGS):
        middle = (top + under) / 2
        top, under = (middle, under) if holds(low, middle) else (top, middle)
        if top - under < max(unit / 2, (high - low) / 100):
            break
    return round(min(under, out), 6), round(max(under, out), 6)


def _steps(value: float, unit: float) -> Iterator[float]:
    """Distances at which an open end is looked for."""
    yield 10 * unit
    for part in (0.1, 1.0, 10.0, 1000.0):
        yield max(part * abs(value), 100 * part * unit)


def _whole(case: _Examination) -> bool:
    """Whether a failing set is about whole numbers of answers alone."""
    return all(case.system.statements[number].kind == "granular" for number in case.proof.owners)


def _nearest(case: _Examination, ids: tuple[str, ...], key: Key) -> Fraction | None:
    """The nearest share of whole answers with which all holds, where a figure is a share of whole answers."""
    value = case.system.facts.printing(ids[0]).value or Fraction(0)
    found: list[Fraction] = []
    for number in case.system.touched.get(key, ()):
        form = case.system.statements[number].form
        if not isinstance(form, Enclosure) or form.key != key or not isinstance(form.compute, Whole):
            continue
        if form.compute.base is not None or len(form.compute.numbers) != 1:
            continue
        n = form.compute.numbers[0]
        k = value * n // 100
        found += [100 * Fraction(near, n) for near in (int(k), int(k) + 1) if 0 <= near <= n]
    for share in sorted(found, key=lambda share: abs(share - value)):
        case.spent += 1
        band = Interval(share, share)
        if case.system.holds(case.component, case.reading.with_values(dict.fromkeys(ids, band))):
            return share
    return None


def _hitting_sets(case: _Examination) -> list[tuple[str, ...]]:
    """The smallest sets of events after whose release all holds."""
    for size in range(2, _LARGEST + 1):
        found: dict[frozenset[str], tuple[str, ...]] = {}
        _extend(case, (), size, found)
        if found:
            return list(found.values())
    return []


def _extend(case: _Examination, ids: tuple[str, ...], left: int, found: dict[frozenset[str], tuple[str, ...]]) -> None:
    if case.spent > _BUDGET or any(known <= set(ids) for known in found):
        return
    open_proof = next((proof for proof in case.proofs if not set(proof.ids) & set(ids)), None)
    if open_proof is None:
        case.spent += 1
        open_proof = case.system.conflict(case.component, case.reading.without(ids))
        if open_proof is None:
            if case.holds(ids):
                found[frozenset(ids)] = ids
            return
        case.proofs.append(open_proof)
    if left == 0:
        return
    for event in _events(case.system, open_proof):
        _extend(case, (*ids, *(name for name in event if name not in ids)), left - 1, found)


@dataclass(frozen=True, slots=True)
class _Under:
    """What would hold in a component if print had been rounded otherwise, found once for all its conflicts."""

    system: System
    component: Component
    widened: frozenset[Key]  # shares of sets that print 100 exactly
    holding: dict[str, bool] = field(default_factory=dict)
    computed: dict[str, Mapping[str, Interval]] = field(default_factory=dict)

    def whole(self, rule: str) -> bool:
        """Whether nothing is wrong under another rule."""
        if rule not in self.holding:
            system = self.system
            other = rule != system.reading.rule
            self.holding[rule] = other and system.holds(self.component, system.reading.with_rule(rule))
        return self.holding[rule]

    def from_rounded(self, rule: str) -> Mapping[str, Interval]:
        """Printings that are just what rounded figures give."""
        if rule not in self.computed:
            self.computed[rule] = computed(self.system, self.component, rule)
        return self.computed[rule]


def _holds_under(case: _Examination) -> tuple[str, ...]:
    """Rounding rules of a publisher under which all of the component would hold."""
    readings = {rule: list(_readings(case, rule)) for rule in RULES if rule != case.system.reading.rule}
    found = [rule for rule in readings if any(_holds_so(case, reading) for reading in readings[rule])]
    if not found and not case.system.large(case.component):
        # a rule is ruled out by a proof, not by a programme that found nothing
        found = [rule for rule in readings if not all(_proved(case, reading) for reading in readings[rule])]
    return tuple(found)


def _readings(case: _Examination, rule: str) -> Iterator[Supposition]:
    """Print as a rule reads it."""
    if rule == COMPUTED:
        yield from _computed_readings(case)
    elif rule != SUM_RULE:
        yield case.reading.with_rule(rule)
    elif case.under.widened:
        yield case.reading.with_rule(case.system.reading.rule, case.under.widened)


def _proved(case: _Examination, reading: Supposition) -> bool:
    """Whether it is proved that not all can hold."""
    return case.system.conflict(case.component, reading) is not None


def _holds_so(case: _Examination, reading: Supposition) -> bool:
    """Whether all would hold, print read otherwise; what is undecided of a large table is no reason to accuse."""
    system = case.system
    if case.others and reading == case.reading.with_rule(reading.rule) and case.under.whole(reading.rule):
        return True  # what holds with all print holds without some of it
    if system.large(case.component) and not system.holds(system.failing(case.proof), reading):
        return False
    return system.holds(case.component, reading, undecided=True)


def _computed_readings(case: _Examination) -> Iterator[Supposition]:
    """Print read as if nets and differences had been computed from rounded figures, by each rule."""
    own = case.system.reading.rule
    for rule in dict.fromkeys((own, *(rule for rule in RULES if rule not in {SUM_RULE, COMPUTED}))):
        values = case.under.from_rounded(rule)
        if values:
            yield case.reading.with_rule(rule).with_values(values)


def _summed(system: System, component: Component) -> frozenset[Key]:
    """Shares of sets that print 100 exactly when they are added up."""
    found: set[Key] = set()
    for number in component.statements:
        statement = system.statements[number]
        if statement.kind == "exhaustive" and statement.relation == "=" and statement.constant == 100:
            values = [fact.value for fact in statement.figures]
            plain = [value for value in values if value is not None]
            if len(plain) == len(values) and sum(plain, Fraction(0)) == 100:
                found |= set(statement.keys)
    return frozenset(found)
