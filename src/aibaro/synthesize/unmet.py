"""Which printed numbers can no rows reproduce, and what proves it?"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata

import numpy as np

from aibaro.synthesize.counts import ComponentModel
from aibaro.synthesize.frame import Frame
from aibaro.synthesize.run import Plan, add_shadows
from aibaro.synthesize.structure import Component

# deterministic seconds for one proof
_LIMIT = 10.0
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


def explain(prepared: Plan, component: Component, dropped: frozenset[str], seed: int) -> Unmet | None:
    """Look for figures of a component that exclude each other.

    Notes
    -----
    The proof widens every rounding interval and coefficient outward, so that no table consistent with print is lost,
    and tries to leave out each figure in turn; what cannot be left out stays.
    """
    model, names = _joint(prepared, component)
    needed = [name for name in names if name not in dropped]
    if model.model.solve(seed, _LIMIT, dropped).status != "impossible":
        return None
    kept = list(needed)
    for name in needed:
        trial = dropped | {n for n in names if n not in kept} | {name}
        if model.model.solve(seed, _LIMIT, frozenset(trial)).status == "impossible":
            kept.remove(name)
    own = [name for name in kept if any(p.figure.name == name for p in component.figures)] or kept
    ids = next((f.ids for f in prepared.figures if f.name == own[-1]), ()) if own else ()
    second = _second(model, dropped | (set(names) - set(kept)), seed)
    proof = (
        f"ortools {metadata.version('ortools')} proves that no counts meet these {len(kept)} together, with "
        f"limits rounded outward; {second}; without any one of them the first proof fails"
    )
    return Unmet(own[-1], ids, tuple(kept), proof) if own else None


def _second(model: ComponentModel, dropped: frozenset[str] | set[str], seed: int) -> str:
    """Ask HiGHS, without presolve, about the same figures."""
    outcome = model.model.solve(seed, _SECOND, frozenset(dropped), solver="highs")
    said = "proves the same" if outcome.status == "impossible" else "did not decide within its limit"
    return f"scipy {metadata.version('scipy')} (HiGHS) {said}"


def _joint(prepared: Plan, component: Component) -> tuple[ComponentModel, list[str]]:
    """Put a component and the one that decides its base in one model, without targets and limits."""
    conditions = {c for cell in component.cells for b in cell.inside for c in b.conditions}
    deciding = [c for c in prepared.components if any(set(k.parts) <= set(c.items) for k in conditions)]
    host = deciding[0] if deciding else component
    sizes = np.tile(prepared.design.respondents, (len(host.cells), 1)).astype(np.int64)
    frame = Frame(prepared.weights, sizes, prepared.numbered)
    model = ComponentModel(host, frame, [{}], {}, rounding="outward", ends="printed")
    names = [p.figure.name for p in host.figures]
    if host is not component:
        add_shadows(model, [component], host, which="all")
        names += [p.figure.name for p in component.figures]
    return model, list(dict.fromkeys(names))
