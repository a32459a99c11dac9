"""Can whole numbers of respondents in the strata stand behind all that is printed of an item, and if not, who is wrong?

The system of statements takes counts for real numbers.  Here they are whole: a conflict is declared with two proofs
that are independent of each other, and its suspects are the figures without which whole counts exist or are not
excluded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce

from aibaro.consistency import Conflict, Statement, Suspect, from_rounded
from aibaro.consistency.slips import CHANCES, keyboard, text_of
from aibaro.consistency.statement import ONE, ZERO, Ends, Inequality, Reader
from aibaro.errors import ConflictError, InputError
from aibaro.facts import Fact, Facts, Key, Printing
from aibaro.messages import Message, message
from aibaro.published.schema import WHOLE_BASE
from aibaro.reconstruct._conflict import infeasibility_proofs, irreducible_members, quick_feasibility, reconciling_shift
from aibaro.reconstruct.items import ItemSystem, PrintedShare, declared, item_reader, percentages
from aibaro.reconstruct.kept import kept_tables
from aibaro.reconstruct.program import violated
from aibaro.rounding import Interval

#: What becomes of item nonresponse where the respondents of a stratum are those of every item.
ANSWERED = ("none", "imputed")
# deterministic work a solve, and how many items may be left open by it before the others are not asked
WORK, OPEN = 0.1, 8
# what a survey may cost in all: one per entry of the rows, and a start for each item
ENTRIES, START = 1_500_000, 2_000
# values that one slip of the keyboard gives and that are tried
TRIED = 6
PROOFS = 2


@dataclass(frozen=True, slots=True)
class WholeCounts:
    """What whole numbers of respondents in strata say of a survey.

    Parameters
    ----------
    conflicts : tuple of Conflict
        Sets of printed shares behind which no whole numbers can stand.
    undecided : tuple of Message
        What was not decided, and why; empty where every item was.

    Examples
    --------
    >>> WholeCounts().conflicts
    ()
    """

    conflicts: tuple[Conflict, ...] = ()
    undecided: tuple[Message, ...] = ()


def whole_counts(
    facts: Facts,
    pairs: Iterable[tuple[str, str]] | None = None,
    *,
    apart: Collection[str] = (),
    work: float = WORK,
) -> WholeCounts:
    """Ask of every item whether whole numbers of respondents in the strata give all its printed shares.

    Parameters
    ----------
    facts : Facts
        The facts.
    pairs : iterable of (str, str), optional
        Items and bases; by default all whose weights are declared to be equal within strata.
    apart : collection of str
        Ids of printings that are in conflict already: their items are not asked.
    work : float
        Limit of deterministic work a solve.

    Returns
    -------
    WholeCounts
        Conflicts with their suspects, and what was not decided.

    Notes
    -----
    A figure is no suspect where two proofs show that no whole counts exist without it either.  Nothing is asked
    where item nonresponse is not declared as none or imputed: then who answered differs from item to item.

    References
    ----------
    Chinneck, J. W. and Dravnieks, E. W. (1991). Locating minimal infeasible constraint sets in linear programs. ORSA
    Journal on Computing 3, 157-168. https://doi.org/10.1287/ijoc.3.2.157

    Examples
    --------
    >>> from aibaro.facts import Facts
    >>> from aibaro.published import load
    >>> whole_counts(Facts.of(load("flanders-2023")), [("technology.nlg", "all"), ("plans", "all")])
    WholeCounts(conflicts=(), undecided=())
    """
    if facts.survey.strata.empty or not any(declared(facts, base) for base in (WHOLE_BASE, *facts.bases)):
        return WholeCounts()
    frame = percentages(facts)
    printed = Counter((str(item), str(base)) for item, base in zip(frame["item"], frame["base"], strict=True))
    chosen = printed.keys() if pairs is None else printed.keys() & set(pairs)
    asked = sorted(chosen, key=lambda pair: (pair[1] != WHOLE_BASE, pair))
    if not asked:
        return WholeCounts()
    if facts.item_nonresponse not in ANSWERED:
        return WholeCounts(undecided=(message("reconstruct.needs_response", said=facts.item_nonresponse),))
    found, doubted, notes = list[Conflict](), set(apart), dict[str, list[str]]()
    left, kept = ENTRIES, kept_tables(facts.survey)
    try:
        read = item_reader(facts)
    except InputError:
        # a stratum without respondents, or counts that contradict each other, have no weights
        return WholeCounts(undecided=(message("reconstruct.no_design"),))
    for pair in asked:
        left -= START + _entries(len(facts.survey.strata), printed[pair], pair[1])
        if left < 0 or len(notes.get("limit", ())) >= OPEN:
            notes.setdefault("too_large", []).append(pair[0] if pair[1] == WHOLE_BASE else "@".join(pair))
            continue
        try:
            system = read(*pair)
        except ConflictError:
            continue  # printings that exclude each other are a conflict of their own
        ids = {name for share in (*system.shares, *system.base_shares) for name in share.ids}
        if ids & doubted:
            notes.setdefault("in_conflict", []).append(system.name)
        elif (status := _status(system, kept.get(pair, ()), work)) == "unknown":
            notes.setdefault("limit", []).append(system.name)
        elif status == "infeasible":
            conflict = _Case(facts, system, work).conflict(f"w{len(found) + 1}")
            if conflict is None:
                notes.setdefault("one_proof", []).append(system.name)
            else:
                found.append(conflict)
                doubted |= {name for s in conflict.statements for name in s.ids}
    return WholeCounts(tuple(found), tuple(_note(why, names) for why, names in notes.items()))


def _note(why: str, names: Sequence[str]) -> Message:
    shown = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
    return message(f"reconstruct.undecided_{why}", count=len(names), names=shown)


def _entries(strata: int, shares: int, base: str) -> int:
    """Entries of the rows of a system, the size on which its cost depends; a base has as many shares as its item."""
    return strata * shares if base == WHOLE_BASE else 2 * strata * (2 * shares + strata)


def _status(system: ItemSystem, kept: Sequence[tuple[int, ...]], work: float) -> str:
    """Whether whole counts exist: those that ship with the survey are looked at first."""
    if any(not violated(system, counts) for counts in kept):
        return "feasible"
    return quick_feasibility(system, work=work)


@dataclass(frozen=True, slots=True)
class _Case:
    """One item while its conflict is examined."""

    facts: Facts
    system: ItemSystem
    work: float

    def conflict(self, name: str) -> Conflict | None:
        """Say what cannot hold together and who may be wrong; None where there is one proof alone."""
        reduced = irreducible_members(self.system, work=self.work)
        proofs = infeasibility_proofs(reduced, work=self.work)
        if len(proofs) < PROOFS:
            return None
        members = (*reduced.shares, *reduced.base_shares)
        sizes = self._sizes(reduced)
        facts = [self._fact(member) for member in members] + sizes
        statement = _statement(self.system, facts, proofs, self._rests_on())
        suspects = [s for member in members if (s := self._suspect(member)) is not None]
        suspects += [
            Suspect(tuple(p.id for p in size.hard)) for size in sizes if not self._excluded(self._unsized(size))
        ]
        if not suspects:
            # no single figure does: all of them are shown
            suspects = [Suspect(member.ids) for member in members]
        suspects.sort(key=lambda s: (-CHANCES.get(s.slip, 0.0), self._distance(s)))
        ranked = tuple(replace(suspect, rank=place + 1) for place, suspect in enumerate(suspects))
        return Conflict(name, (statement,), ranked, self._holds_under(), (), statement.rests_on, proofs)

    def _fact(self, member: PrintedShare) -> Fact:
        return self.facts[self.facts.printing(member.ids[0]).key]

    def _sizes(self, reduced: ItemSystem) -> list[Fact]:
        """Printed sizes that take part."""
        named = [(reduced.total, self._size_base()), (reduced.base_total, self.system.base)]
        found = [self.facts.size(base) for total, base in named if total is not None and base]
        return [size for size in dict.fromkeys(found) if size is not None]

    def _size_base(self) -> str:
        """The base whose size counts the respondents with the item."""
        for base in self.facts.bases.values():
            if base.share is not None and base.share[0].item == self.system.item and self.facts.size(base.name):
                return base.name
        return ""

    def _unsized(self, size: Fact) -> ItemSystem:
        if size.key.base == self.system.base:
            return replace(self.system, base_total=None)
        return replace(self.system, total=None)

    def _excluded(self, system: ItemSystem) -> bool:
        """Whether it is proved twice that whole counts do not exist."""
        return len(infeasibility_proofs(system, work=self.work)) >= PROOFS

    def _suspect(self, member: PrintedShare) -> Suspect | None:
        """The figure as a suspect, with a value that reconciles; None where nothing holds without it either."""
        if self._excluded(self.system.without(member)):
            return None
        printing = self._fact(member).best
        for slip, value in self._slips(printing):
            if self._holds_with(member, value, printing):
                end = float(value)
                return Suspect(member.ids, low=end, high=end, slip=slip, value=text_of(value, printing))
        shift = reconciling_shift(self.system, member)
        if shift is None:
            return Suspect(member.ids)
        end = float((printing.value or ZERO) + shift)
        return Suspect(member.ids, low=end, high=end)

    def _slips(self, printing: Printing) -> Iterator[tuple[str, Fraction]]:
        value = printing.value or ZERO
        for slip, candidates in keyboard(printing):
            if slip != "digit":
                inside = [c for c in dict.fromkeys(candidates) if 0 <= c <= 100 and c != value]
                yield from ((slip, c) for c in sorted(inside, key=lambda c: abs(c - value))[:TRIED])

    def _holds_with(self, member: PrintedShare, value: Fraction, printing: Printing) -> bool:
        half = printing.unit_of_print / 200
        moved = replace(member, lower=max(value / 100 - half, ZERO), upper=min(value / 100 + half, ONE))
        trial = replace(
            self.system,
            shares=tuple(moved if s is member else s for s in self.system.shares),
            base_shares=tuple(moved if s is member else s for s in self.system.base_shares),
        )
        try:
            return quick_feasibility(trial, work=self.work) == "feasible"
        except ConflictError:
            return False

    def _distance(self, suspect: Suspect) -> float:
        if suspect.low is None:
            return float("inf")
        return abs(suspect.low - float(self.facts.printing(suspect.ids[0]).value or 0))

    def _holds_under(self) -> tuple[str, ...]:
        """Rounding rules under which whole counts exist, or are not excluded: none of those accuses."""
        rules = ["truncate"] if self.facts.rounding != "truncate" else ["half_up"]
        base = self.facts.bases[self.system.base]
        items = {self.system.item, *base.definition.items, *([] if base.share is None else [base.share[0].item])}
        sets = (r.parts for r in self.facts.relations if r.kind == "exhaustive")
        if any(items & {Key.parse(part).item for part in parts} for parts in sets):
            rules.append("sum_to_100")
        found = []
        for rule in rules:
            try:
                system = item_reader(self.facts, rule)(self.system.item, self.system.base)
            except ConflictError:
                continue
            if not self._excluded(system):
                found.append(rule)
        added = self._added_up()
        if added is not None and not self._excluded(added):
            found.append("from_rounded")
        return tuple(found)

    def _added_up(self) -> ItemSystem | None:
        """The system as if nets had been added up from rounded figures; None where it has none."""
        bands = from_rounded(self.facts)

        def read(share: PrintedShare) -> PrintedShare:
            known = [bands.get(name) or self.facts.printing(name).interval(self.facts.rounding) for name in share.ids]
            band = reduce(Interval.intersect, [each for each in known if each is not None])
            if band.empty or not bands.keys() & set(share.ids):
                return share
            return replace(share, lower=max(band.lower / 100, ZERO), upper=min(band.upper / 100, ONE))

        shares, base_shares = (tuple(map(read, kind)) for kind in (self.system.shares, self.system.base_shares))
        if (shares, base_shares) == (self.system.shares, self.system.base_shares):
            return None
        return replace(self.system, shares=shares, base_shares=base_shares)

    def _rests_on(self) -> tuple[str, ...]:
        parts = ["strata.csv", "weighting = cells", f"item_nonresponse = {self.facts.item_nonresponse}"]
        return (*parts, *(() if self.system.whole else ("bases.csv",)))


class _Joint:
    """Whole counts are no linear form: what they say is proved elsewhere."""

    def rows(self, owner: int, ends: Reader) -> Iterator[Inequality]:
        """No row."""
        yield from ()

    def implied(self, ends: Reader) -> Mapping[Key, Ends]:
        """Nothing about a figure by itself."""
        return {}


def _statement(
    system: ItemSystem, facts: Sequence[Fact], proofs: tuple[str, ...], rests_on: tuple[str, ...]
) -> Statement:
    ids = tuple(dict.fromkeys(p.id for fact in facts for p in fact.hard))
    shown = ", ".join(f"{fact.best.text} ({fact.best.id})" for fact in facts)
    steps = (
        message("reconstruct.no_whole_counts", figures=shown, strata=system.design.size),
        message("reconstruct.proved_by", proofs="; ".join(proofs)),
        message("consistency.rests_on", what=", ".join(rests_on)),
    )
    return Statement(
        f"granular:{system.name}|strata",
        "granular",
        tuple((fact.key, ONE) for fact in facts),
        "=",
        ZERO,
        ids,
        rests_on,
        tuple(facts),
        form=_Joint(),
        explain=lambda _: steps,
    )
