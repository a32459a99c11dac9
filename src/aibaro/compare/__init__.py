"""Do these groups, domains, waves or ranks differ, from what was printed alone?

One line compares two percentages of any two reports: ``groups("19%", 841, "28%", 1552)``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

# name -> module of this room; loaded on first use, so that one comparison does not load every solver
_NAMES: dict[str, str] = {
    "Comparisons": "families",
    "Fact": "facts",
    "GroupDifference": "independent",
    "PairedDifference": "within",
    "Share": "shares",
    "SweptDifference": "sizes",
    "adjust": "multiplicity",
    "breakdown_deff": "independent",
    "check_mixtures": "mixtures",
    "compare": "families",
    "declared": "families",
    "fact": "facts",
    "frontier": "independent",
    "groups": "independent",
    "joint_share": "mixtures",
    "paired": "within",
    "share": "shares",
    "subgroups": "sizes",
    "sweep": "independent",
    "swept": "sizes",
    "verdict": "verdicts",
    "weighted_share": "mixtures",
}

__all__ = [*_NAMES]  # noqa: PLE0604 - keys of a dictionary of text


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_NAMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__]
