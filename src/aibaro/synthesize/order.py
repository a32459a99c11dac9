"""In which order can the answers of a row be filled, so that each relation holds when its last item is filled?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aibaro.errors import UnsupportedError

if TYPE_CHECKING:
    from aibaro.synthesize.structure import Family, Tie


@dataclass(frozen=True, slots=True)
class Count:
    """Fill items that are counted together.

    Parameters
    ----------
    family : Family
        The items.
    """

    family: Family


@dataclass(frozen=True, slots=True)
class Derive:
    """Read an item off others.

    Parameters
    ----------
    item : str
        The item.
    kind : {"number", "rest"}
        True where `low` to `high` of the parts are, or where the whole is and no part is.
    parts : tuple of str
        Items that are filled already.
    low, high : int
        Range of the number of parts.
    whole : str
        Item for ``rest``; empty for the whole cell.
    """

    item: str
    kind: str
    parts: tuple[str, ...]
    low: int = 1
    high: int = 0
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Pick:
    """Give at most one of several items to respondents drawn at random.

    Parameters
    ----------
    options : tuple of str
        The items.
    among : str
        Only respondents with this item; empty for the whole cell.
    apart : tuple of str
        Never respondents with one of these.
    covers : tuple of str
        Always respondents with one of these.
    """

    options: tuple[str, ...]
    among: str = ""
    apart: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()


Step = Count | Derive | Pick


def filling_order(
    where: str,
    items: Sequence[str],
    families: Sequence[Family],
    relations: Sequence[Tie],
    cells: Sequence[str],
) -> tuple[Step, ...]:
    """Order the items of a component.

    Examples
    --------
    >>> from aibaro.synthesize.structure import Tie
    >>> split = Tie("exhaustive", ("up", "down"), "", "all")
    >>> filling_order("demo", ["up", "down"], [], [split], ["all"])[0].options
    ('up', 'down')
    """
    known: set[str] = {part for family in families for part in family.parts}
    steps: list[Step] = [Count(family) for family in families]
    while known != set(items):
        step = _derive(relations, known) or _pick(relations, known) or _free(items, relations, known)
        if step is None:
            left = [item for item in items if item not in known]
            raise UnsupportedError(
                "no order fills these items one after the other",
                where=f"{where}/relations.csv",
                expected="relations that form a tree",
                got=", ".join(left),
                hint=f"cells: {', '.join(cells)}; leave out a relation",
            )
        steps.append(step)
        known |= {step.item} if isinstance(step, Derive) else set(step.options) if isinstance(step, Pick) else set()
    return tuple(steps)


def _derive(relations: Sequence[Tie], known: set[str]) -> Step | None:
    for r in relations:
        unknown = [part for part in r.parts if part not in known]
        if r.kind in {"union", "count"} and not unknown and r.whole not in known:
            return Derive(r.whole, "number", r.parts, r.low, r.high)
        if r.kind != "exhaustive":
            continue
        if not unknown and r.whole and r.whole not in known:
            return Derive(r.whole, "number", r.parts, 1, len(r.parts))
        if len(unknown) == 1 and (not r.whole or r.whole in known):
            return Derive(unknown[0], "rest", tuple(p for p in r.parts if p != unknown[0]), whole=r.whole)
    return None


def _composite(relations: Sequence[Tie]) -> set[str]:
    return {r.whole for r in relations if r.kind != "subset" and r.whole}


def _pick(relations: Sequence[Tie], known: set[str]) -> Step | None:
    """Choose the exclusive set that is ready: first those whose whole is known, then the larger."""
    ready = []
    for index, r in enumerate(relations):
        options = tuple(part for part in r.parts if part not in known)
        if r.kind != "exhaustive" or not options or set(options) & _composite(relations):
            continue
        settled = not r.whole or r.whole in known
        wholes = {s.whole for s in relations if s.kind == "subset" and set(s.parts) & set(options)}
        if wholes - known or (wholes and ((settled and r.whole) or len(wholes) > 1)):
            continue
        among = next(iter(wholes), r.whole if settled else "")
        apart = tuple(part for part in r.parts if part in known)
        pick = Pick(options, among, apart, _covered(options, relations, known))
        ready.append((not settled, -len(options), index, pick))
    return min(ready)[3] if ready else None


def _free(items: Sequence[str], relations: Sequence[Tie], known: set[str]) -> Step | None:
    bound = _composite(relations) | {p for r in relations if r.kind == "exhaustive" for p in r.parts}
    for item in items:
        wholes = {r.whole for r in relations if r.kind == "subset" and item in r.parts}
        if item in known or item in bound or wholes - known or len(wholes) > 1:
            continue
        return Pick((item,), next(iter(wholes), ""), (), _covered((item,), relations, known))
    return None


def _covered(options: Sequence[str], relations: Sequence[Tie], known: set[str]) -> tuple[str, ...]:
    parts = (p for r in relations if r.kind == "subset" and r.whole in options for p in r.parts if p in known)
    return tuple(dict.fromkeys(parts))
