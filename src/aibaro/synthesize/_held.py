"""Which counts were rows asked to hold?  Read and checked before anything is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Integral

from aibaro.design import Design
from aibaro.errors import FaultList, first_few
from aibaro.published.schema import WHOLE_BASE
from aibaro.synthesize._memberships import Membership
from aibaro.synthesize._reproduction import TargetShare
from aibaro.synthesize._structure import ItemComponent, covered, split_base

#: Counts by item, item@base or @base: one a stratum, in the order of ``strata.csv``, None where any will do.
Asked = Mapping[str, Sequence[int | None]]


@dataclass(frozen=True, slots=True)
class HeldCounts:
    """Respondents with an item among a base, or of a base, as they were asked for.

    Parameters
    ----------
    name : str
        As asked: item, item@base or @base.
    item : str
        The item; empty for the members of the base themselves.
    base : Membership
        The base.
    counts : mapping of int to int
        By stratum; strata that are not named are free.
    """

    name: str
    item: str
    base: Membership
    counts: Mapping[int, int]

    def within(self, strata: Sequence[int]) -> HeldCounts:
        """Keep some strata, numbered anew."""
        return replace(self, counts={place: self.counts[h] for place, h in enumerate(strata) if h in self.counts})


def read_held(
    where: str,
    asked: Asked,
    *,
    design: Design,
    figures: Sequence[TargetShare],
    bases: Mapping[str, Membership],
    components: Sequence[ItemComponent],
) -> tuple[HeldCounts, ...]:
    """Read counts that rows must hold; every fault is named."""
    faults = FaultList("these counts cannot be asked for", where=where)
    used = {f.base for f in figures}
    known = {f.item if f.base == WHOLE_BASE else f"{f.item}@{f.base}": (f.item, bases[f.base]) for f in figures}
    known |= {f"@{b}": ("", bases[b]) for b in used if any(decides(c, bases[b]) for c in components)}
    found = []
    for key, counts in asked.items():
        name = key if key.startswith("@") else key.removesuffix(f"@{WHOLE_BASE}")
        if name not in known:
            expected = first_few(sorted(known))
            faults.add("no share of respondents is printed of this", parameter="counts", expected=expected, got=name)
            continue
        given = _whole_numbers(name, counts, design, faults)
        found.append(HeldCounts(name, *known[name], given))
    sizes = {h.base.name: h.counts for h in found if not h.item}
    for held in found:
        most = sizes.get(held.base.name, {})
        for h in (h for h, count in held.counts.items() if held.item and count > most.get(h, count)):
            faults.add(
                "more respondents with an item than its base has",
                parameter=held.name,
                expected=f"at most {most[h]} in {design.names[h]}",
                got=str(held.counts[h]),
            )
    faults.raise_if_any()
    return tuple(found)


def _whole_numbers(name: str, counts: Sequence[int | None], design: Design, faults: FaultList) -> dict[int, int]:
    given = list(counts)
    if len(given) != design.size:
        expected = f"{design.size} counts, one a stratum; None where any will do"
        faults.add("not one count a stratum", parameter=name, expected=expected, got=f"{len(given)} counts")
        return {}
    if all(count is None for count in given):
        faults.add("no count was given", parameter=name, expected="a count in at least one stratum", got="None alone")
    found: dict[int, int] = {}
    for h, count in enumerate(given):
        most = int(design.respondents[h])
        if count is None:
            continue
        if isinstance(count, bool) or not isinstance(count, Integral) or not 0 <= count <= most:
            expected = f"a whole number from 0 to {most} in {design.names[h]}, or None"
            faults.add("a count that no stratum can have", parameter=name, expected=expected, got=repr(count))
        else:
            found[h] = int(count)
    return found


def decides(component: ItemComponent, base: Membership) -> bool:
    """Tell whether a component decides, as the last, who belongs to a base."""
    outer, inner = split_base(base, component.items)
    if inner is None or not any(set(inner.parts) == set(f.parts) for f in component.families):
        return False
    split = {c for cell in component.cells for b in (*cell.inside, *cell.outside) for c in b.conditions}
    asked = list({p.outer.conditions: p.outer for p in component.figures}.values())
    return set(outer.conditions) <= split and bool(asked) and covered(outer, asked)
