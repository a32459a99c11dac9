"""Which slip of the keyboard or layout gives a value with which all holds?  Slips rank, they never accuse.

A suspect is scored by how likely its print would be were it the culprit: over the values with which all would hold,
the chance of each slip that turns such a value into what is printed.  A slip that has many ways to go wrong counts
less for each of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import reduce

from aibaro.consistency._from_errors import points
from aibaro.consistency._sources import Sources
from aibaro.consistency._system import Component, Proof, Supposition, System
from aibaro.consistency.statement import Statement
from aibaro.facts import Fact, Facts, Key, Printing
from aibaro.messages import Message, message
from aibaro.rounding import Interval

# digit -> those that it is taken for
_MISREAD = {"0": "6", "1": "7", "3": "8", "6": "09", "7": "1", "8": "3", "9": "6"}
# How often each slip happens among slips; what is known of none of them is left to any other value.
CHANCES: Mapping[str, float] = {
    "swapped": 1.0,
    "misread": 1.0,
    "decimal": 0.7,
    "copied": 0.8,
    "exchanged": 0.8,
    "other_wave": 0.4,
    "complement": 0.4,
    "sign": 0.3,
    "digit": 0.5,
    "any": 0.2,
}
_PARTNERS = 12  # cells of a row or column that are tried as partners of an exchange
_EVENTS = 40  # slips of the layout that are tried for one conflict
_TRIED = 12  # values that one kind of slip gives and that are tried, nearest first


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip that explains a suspect.

    Parameters
    ----------
    name : str
        Its kind, after a colon the other cell where there is one; empty for none.
    value : str
        What should have been printed; empty where the slip does not say.
    weight : float
        How much it speaks for the suspect.
    """

    name: str = ""
    value: str = ""
    weight: float = 0.0


@dataclass(slots=True)
class Layout:
    """Where figures stand: rows of items, columns of levels, in the order of print."""

    rows: dict[tuple[str, ...], list[Key]] = field(default_factory=dict)
    columns: dict[tuple[str, ...], list[Key]] = field(default_factory=dict)
    places: dict[tuple[str, ...], list[Key]] = field(default_factory=dict)

    @classmethod
    def of(cls, system: System) -> Layout:
        """Index the printed figures."""
        made = cls()
        for fact in system.facts:
            key = fact.key
            if fact.soft or not any(p.named for p in fact.printings):
                continue
            made.rows.setdefault(_row(key), []).append(key)
            made.columns.setdefault(_column(key), []).append(key)
            made.places.setdefault((key.item, key.domain, key.level, key.measure), []).append(key)
        return made

    def neighbours(self, key: Key) -> list[Key]:
        """Cells before and after in the row and in the column."""
        found = []
        for line in (self.rows.get(_row(key), []), self.columns.get(_column(key), [])):
            if key in line:
                place = line.index(key)
                found += line[max(place - 1, 0) : place] + line[place + 1 : place + 2]
        return found

    def partners(self, key: Key) -> list[Key]:
        """Cells of the row and of the column, nearest first."""
        found: dict[Key, None] = {}
        for line in (self.rows.get(_row(key), []), self.columns.get(_column(key), [])):
            if key in line:
                place = line.index(key)
                near = sorted(range(len(line)), key=lambda n: abs(n - place))
                found.update(dict.fromkeys(line[n] for n in near[1 : _PARTNERS + 1]))
        return list(found)

    def elsewhere(self, key: Key) -> list[Key]:
        """The same figure in other waves, groups and bases."""
        same = self.places.get((key.item, key.domain, key.level, key.measure), [])
        return [other for other in same if other != key][:_PARTNERS]


def _row(key: Key) -> tuple[str, ...]:
    return key.item, key.base, key.wave, key.group, key.measure


def _column(key: Key) -> tuple[str, ...]:
    return key.base, key.domain, key.level, key.wave, key.group, key.measure


@dataclass(frozen=True, slots=True)
class Desk:
    """What is at hand when a suspect is scored."""

    system: System
    component: Component
    reading: Supposition
    layout: Layout

    def score(self, printing: Printing, span: tuple[float | None, float | None]) -> tuple[Slip, float, float]:
        """The likeliest slip, the chance of all, and how far print lies from what would hold."""
        low, high, values, distance = _reach(printing, span)
        value = printing.value or Fraction(0)
        found: list[Slip] = []
        near = self.system.around(printing.key)
        for name, candidates in keyboard(printing):
            hits = [c for c in dict.fromkeys(candidates) if low <= c <= high and c != value]
            hits = [c for c in sorted(hits, key=lambda c: abs(c - value))[:_TRIED] if self._fits(near, printing, c)]
            best = next((c for c in hits if self._fits(self.component, printing, c)), None)
            if best is not None:
                weight = CHANCES[name] * len(hits) / max(len(candidates), 1)
                found.append(Slip("" if name == "digit" else name, text_of(best, printing), weight))
        found += self._copies(printing, values)
        found += self._exchanges(printing, low, high)
        nearness = CHANCES["any"] * values / (100.0 + distance) / (1.0 + distance)
        total = sum(slip.weight for slip in found) + nearness
        known = [slip for slip in found if slip.name]
        best_slip = max(known, key=lambda slip: slip.weight, default=Slip())
        return best_slip, total, distance

    def elsewhere_holds(self, moved: Mapping[str, Interval]) -> bool:
        """Whether the components of the other cells that a slip of the layout moves hold as well."""
        system = self.system
        keys = dict.fromkeys(system.facts.printing(name).key for name in moved)
        places = dict.fromkeys(system.component_of[key] for key in keys if key in system.component_of)
        others = (system.components[place] for place in places)
        reading = self.reading.with_values(moved)
        return all(system.holds(part, reading, undecided=True) for part in others if part is not self.component)

    def _fits(self, component: Component, printing: Printing, value: Fraction) -> bool:
        """Whether all holds with one value in the place of what is printed: between two such values not all may."""
        read = replace(printing, value=value, decimals=_digits(value, printing), band=None)
        band = read.interval(self.reading.rule)
        if band is None or band.empty or (printing.exact and value.denominator != 1):
            return False
        own = self.system.facts.get(printing.key)
        ids = (p.id for p in own.hard if p.text == printing.text) if own is not None else (printing.id,)
        return self.system.holds(component, self.reading.with_values(dict.fromkeys(ids, band)))

    def _copies(self, printing: Printing, values: float) -> Iterator[Slip]:
        """Print that equals a neighbouring cell, or the same cell of another wave, group or base."""
        if not printing.value:
            return
        near = self.layout.neighbours(printing.key)
        for name, cells in (("copied", near), ("other_wave", self.layout.elsewhere(printing.key))):
            for key in cells:
                fact = self.system.facts.get(key)
                if fact is not None and fact.best.text == printing.text:
                    weight = CHANCES[name] / max(len(cells), 1) * min(values, 100.0) / 100.0
                    yield Slip(f"{name}:{fact.best.id}", "", weight)

    def _exchanges(self, printing: Printing, low: Fraction, high: Fraction) -> Iterator[Slip]:
        """An exchange with a cell of the row or column with which all holds."""
        own = self.system.facts.get(printing.key)
        partners = self.layout.partners(printing.key)
        if own is None:
            return
        near = self.system.around(printing.key)
        for key in partners:
            other = self.system.facts.get(key)
            if other is None or other.value is None or other.value == printing.value or not low <= other.value <= high:
                continue
            moved = _moved({own.key: other, key: own}, self.system)
            reading = self.reading.with_values(moved)
            if (
                len(moved) == len(own.hard) + len(other.hard)
                and self.system.holds(near, reading)
                and self.elsewhere_holds(moved)
            ):
                weight = CHANCES["exchanged"] / len(partners)
                yield Slip(f"exchanged:{other.best.id}", other.best.text, weight)


def _reach(printing: Printing, span: tuple[float | None, float | None]) -> tuple[Fraction, Fraction, float, float]:
    """Ends of what would hold widened by the rounding of print, how many printable values lie inside, distance."""
    value, unit = printing.value or Fraction(0), printing.unit_of_print
    far = max(abs(value) * 100, Fraction(100)) + 100 * unit
    low = (Fraction(span[0]).limit_denominator(10**7) if span[0] is not None else -far) - unit / 2
    high = (Fraction(span[1]).limit_denominator(10**7) if span[1] is not None else far) + unit / 2
    values = float(max((high - low) / unit, Fraction(1)))
    distance = float(max(low - value, value - high, Fraction(0)) / unit)
    return low, high, values, distance


def text_of(number: Fraction, printing: Printing) -> str:
    mark = "," if "," in printing.text else "."
    return f"{float(number):.{max(_digits(number, printing), 0)}f}".replace(".", mark)


def _digits(number: Fraction, printing: Printing) -> int:
    """Decimals of a value: those of print, or more where its decimal mark has moved."""
    found = printing.decimals
    while found < printing.decimals + 3 and (number * Fraction(10) ** found).denominator != 1:
        found += 1
    return found


def keyboard(printing: Printing) -> Iterator[tuple[str, list[Fraction]]]:
    """Values that one slip of the keyboard would have turned into what is printed, by slip."""
    if printing.value is None or printing.band is not None:
        return
    unit = printing.unit_of_print
    number = abs(printing.value)
    digits = str(int(number / unit)).zfill(printing.decimals + 1 if printing.decimals > 0 else 1)

    def value(text: str) -> Fraction:
        return int(text) * unit

    swaps = [
        value(digits[:n] + digits[m] + digits[n + 1 : m] + digits[n] + digits[m + 1 :])
        for n in range(len(digits))
        for m in range(n + 1, len(digits))
        if digits[n] != digits[m]
    ]
    misread = [value(digits[:n] + new + digits[n + 1 :]) for n, d in enumerate(digits) for new in _MISREAD.get(d, "")]
    typed = [
        value(digits[:n] + new + digits[n + 1 :]) for n, d in enumerate(digits) for new in "0123456789" if new != d
    ]
    yield "swapped", swaps
    yield "misread", misread
    yield "decimal", [number * 10, number / 10, number * 100, number / 100]
    if printing.kind == "percentage":
        yield "complement", [100 - number]
    if printing.kind in {"points", "change", "mean", "index", "number"}:
        yield "sign", [-printing.value]
    yield "digit", typed


def _moved(moves: Mapping[Key, Fact], system: System, right: Collection[str] = ()) -> dict[str, Interval]:
    """Intervals of the printings of some figures when they hold what is printed for others; ``right`` ones stay."""
    found = {}
    for key, source in moves.items():
        target = system.facts.get(key)
        moved = (p.interval(system.reading.rule) for p in source.hard if p.id not in right)
        bands = [band for band in moved if band is not None]
        if target is None or not bands:
            continue
        band = reduce(Interval.intersect, bands)
        if not band.empty:
            found.update({printing.id: band for printing in target.hard if printing.id not in right})
    return found


def joint_slips(desk: Desk, proofs: Sequence[Proof], *, beside: Collection[str] = ()) -> dict[tuple[str, ...], Slip]:
    """Slips of the layout that explain several figures at once; each is one event.

    ``beside`` names a suspect that explains all by itself: only lines that were moved without it are looked for.
    """
    found: dict[tuple[str, ...], Slip] = {}
    system, tried = desk.system, 0
    failing = [system.failing(proof) for proof in proofs]
    for name, weight, moves in _layouts(desk, proofs):
        values = _moved(moves, system, beside)
        if not values or not all(set(values) & set(proof.ids) for proof in proofs):
            continue
        reading = desk.reading.with_values(values)
        # most lines in each other's place leave what failed as it was
        if not all(system.holds(part, reading) for part in failing):
            continue
        tried += 1
        if tried > _EVENTS:
            break
        # what is undecided of a large table makes nobody the only suspect
        if system.holds(desk.component, reading, undecided=True) and desk.elsewhere_holds(values):
            ids = tuple(name for name in values if system.facts.printing(name).named)
            found.setdefault(ids, Slip(name, "", weight))
            if beside:
                break
    return found


def _layouts(desk: Desk, proofs: Sequence[Proof]) -> Iterator[tuple[str, float, dict[Key, Fact]]]:
    """Exchanged cells, exchanged and shifted rows and columns around the figures of a proof."""
    layout, facts = desk.layout, desk.system.facts

    def fact(key: Key) -> Fact:
        return facts[key]

    keys = list(dict.fromkeys(facts.printing(name).key for name in proofs[0].ids))
    seen: set[frozenset[Key]] = set()
    lines: dict[tuple[Key, ...], None] = {}
    for key in keys:
        for line in (layout.rows.get(_row(key), []), layout.columns.get(_column(key), [])):
            runs = _runs(line, key)
            lines.update(dict.fromkeys(runs))
        for other in layout.partners(key):
            pair = frozenset({key, other})
            if pair not in seen and fact(key).value != fact(other).value:
                seen.add(pair)
                yield f"exchanged:{fact(other).best.id}", 1.0, {key: fact(other), other: fact(key)}
    exchanged: set[frozenset[Key]] = set()
    for key in keys:
        for other in layout.neighbours(key):
            for name, weight, moves in _exchanged_lines(layout, desk, key, other):
                if frozenset(moves) not in exchanged:
                    exchanged.add(frozenset(moves))
                    yield name, weight, moves
    yield from _exchanged_waves(desk, keys)
    for run in lines:
        if len(run) < 3:
            continue
        for step in (1, -1):
            moved = {key: fact(run[(n + step) % len(run)]) for n, key in enumerate(run)}
            yield f"shifted:{run[0]}", 0.8, moved
            inner = {k: f for n, (k, f) in enumerate(moved.items()) if 0 <= n + step < len(run)}
            yield f"shifted:{run[0]}", 0.7, inner


def _runs(line: Sequence[Key], key: Key) -> list[tuple[Key, ...]]:
    """The part of a row at the levels of one domain, or of a column with items of one family; and the whole line."""
    same = tuple(k for k in line if k.domain == key.domain)
    family = key.item.rpartition(".")[0]
    kin = tuple(k for k in line if k.item.rpartition(".")[0] == family and k.domain == key.domain)
    return [run for run in dict.fromkeys((same, kin)) if key in run and len(run) <= 40]


def _exchanged_lines(layout: Layout, desk: Desk, key: Key, other: Key) -> Iterator[tuple[str, float, dict[Key, Fact]]]:
    """Two rows of items, or two columns of levels, in each other's place."""
    facts = desk.system.facts
    if _row(key) != _row(other):
        first, second = layout.rows.get(_row(key), []), layout.rows.get(_row(other), [])
        matched = {(k.domain, k.level): k for k in second}
        pairs = [(k, matched[k.domain, k.level]) for k in first if (k.domain, k.level) in matched]
        pairs_inner = [(a, b) for a, b in pairs if a.domain]
        options = [pairs, pairs_inner]
    else:
        first, second = layout.columns.get(_column(key), []), layout.columns.get(_column(other), [])
        matched_items = {k.item: k for k in second}
        options = [[(k, matched_items[k.item]) for k in first if k.item in matched_items]]
    for pairs in options:
        if len(pairs) > 1:
            moves = {a: facts[b] for a, b in pairs} | {b: facts[a] for a, b in pairs}
            yield f"shifted:{key}", 0.6, moves


def _exchanged_waves(desk: Desk, keys: Sequence[Key]) -> Iterator[tuple[str, float, dict[Key, Fact]]]:
    """All figures of two waves in each other's place, wherever both waves have them."""
    facts, seen = desk.system.facts, set[frozenset[str]]()
    for key in keys:
        for other in desk.layout.elsewhere(key):
            waves = frozenset({key.wave, other.wave})
            if len(waves) == 1 or waves in seen or (key.base, key.group) != (other.base, other.group):
                continue
            seen.add(waves)
            moves: dict[Key, Fact] = {}
            for same in desk.layout.places.values():
                here = {k.wave: k for k in same if (k.base, k.group) == (key.base, key.group)}
                if key.wave in here and other.wave in here:
                    first, second = here[key.wave], here[other.wave]
                    moves |= {first: facts[second], second: facts[first]}
            yield f"shifted:{key}", 0.6, moves


# --- Which rows or columns are printed alike, which waves in each other's place? A caution, and never a verdict.

# so many cells, of which so many differ from each other, are seldom alike by chance
_CELLS, _DISTINCT = 4, 3
_DIFFERENCES = 2  # of so many differences one is a slip, and all have another cause


def alike(facts: Facts) -> Mapping[Key, tuple[Message, ...]]:
    """Find rows of items, and columns of levels, waves and groups, that are identical to another one, or exchanged.

    Whole waves are in each other's place where none of the printed differences between them holds as it stands, and
    all hold with the waves exchanged.

    Parameters
    ----------
    facts : Facts
        The facts.

    Returns
    -------
    mapping of Key to tuple of Message
        For each figure of such a row, column or wave what it is identical to or exchanged with.

    Examples
    --------
    >>> from aibaro.facts import Facts
    >>> from aibaro.published import load
    >>> dict(alike(Facts.of(load("topdesk-2025"))))
    {}
    """
    rows: dict[tuple[str, ...], list[tuple[Key, tuple[str, ...], str]]] = {}
    columns: dict[tuple[str, ...], list[tuple[Key, tuple[str, ...], str]]] = {}
    for fact in facts:
        key, best = fact.key, fact.best
        if fact.soft or best.kind in {"date", "threshold"} or not best.named:
            continue
        rows.setdefault((key.item, key.base, key.wave, key.group, key.measure), []).append(
            (key, (key.domain, key.level), best.text)
        )
        columns.setdefault((key.domain, key.level, key.base, key.wave, key.group, key.measure), []).append(
            (key, (key.item,), best.text)
        )
    found: dict[Key, list[Message]] = {}
    for lines in (rows, columns):
        same: dict[tuple[str, frozenset[tuple[tuple[str, ...], str]]], list[tuple[str, ...]]] = {}
        for name, cells in lines.items():
            texts = {text for _, _, text in cells}
            if len(cells) >= _CELLS and len(texts) >= _DISTINCT:
                same.setdefault((name[-1], frozenset((place, text) for _, place, text in cells)), []).append(name)
        for names in same.values():
            first, *others = sorted(names)
            for other in others:
                step = message("consistency.alike", count=len(lines[first]), line=_said(first), other=_said(other))
                for key, _, _ in (*lines[first], *lines[other]):
                    found.setdefault(key, []).append(step)
    for key, step in _alike_waves(facts):
        found.setdefault(key, []).append(step)
    return {key: tuple(steps) for key, steps in found.items()}


def _alike_waves(facts: Facts) -> Iterator[tuple[Key, Message]]:
    """Figures of two waves of which all printed differences have the other sign."""
    between: dict[tuple[str, ...], list[Statement]] = {}
    for statement in points(Sources.of(facts)):
        now, before, printed = statement.keys
        if facts[printed].value:
            between.setdefault((now.base, now.group, now.wave, before.wave), []).append(statement)
    for (*_, now_wave, before_wave), all_between in between.items():
        if len(all_between) < _DIFFERENCES or not all(_turned(facts, *statement.keys) for statement in all_between):
            continue
        wave = now_wave or facts.survey.wave or message("consistency.this_wave")
        step = message("consistency.waves_exchanged", wave=wave, other=before_wave, count=len(all_between))
        for key in dict.fromkeys(key for statement in all_between for key in statement.keys):
            yield key, step


def _turned(facts: Facts, now: Key, before: Key, printed: Key) -> bool:
    """Whether a difference fails as printed, and holds when it is taken the other way round."""
    later, earlier, difference = (facts[key].interval() for key in (now, before, printed))
    if later is None or earlier is None or difference is None or later.empty or earlier.empty or difference.empty:
        return False
    ahead = Interval(later.lower - earlier.upper, later.upper - earlier.lower)
    back = Interval(-ahead.upper, -ahead.lower)
    return difference.meets(back) and not difference.meets(ahead)


def _said(name: tuple[str, ...]) -> str:
    return " ".join(part for part in name[:-1] if part)
