"""Do these groups, domains, waves or ranks differ, from what was printed alone?

One line compares two percentages of any two reports: ``groups("19%", 841, "28%", 1552)``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

# name -> module of this room; loaded on first use, so that one comparison does not load every solver
_NAMES: dict[str, str] = {
    "Comparisons": "families",
    "Differences": "everything",
    "DomainShare": "domains",
    "Equivalence": "equivalence",
    "GroupDifference": "independent",
    "PairedDifference": "within",
    "Share": "shares",
    "SweptDifference": "sizes",
    "WaveChange": "waves",
    "across": "surveys",
    "adjust": "multiplicity",
    "adoption": "surveys",
    "base_shares": "domains",
    "breakdown_deff": "breakdown",
    "check_mixtures": "mixtures",
    "compare": "families",
    "compare_adoption": "surveys",
    "contrast_variance": "margins",
    "correlation_bounds": "waves",
    "claim_families": "declarations",
    "declared": "declarations",
    "declared_size": "declarations",
    "difference_se": "domains",
    "differences": "everything",
    "domain_differences": "pairs",
    "domain_ranks": "printed_ranks",
    "domain_shares": "domains",
    "equivalent": "equivalence",
    "frontier": "breakdown",
    "groups": "independent",
    "item_differences": "frechet",
    "item_ranks": "printed_ranks",
    "joint_share": "mixtures",
    "later_se": "waves",
    "marginal_rank_set": "ranking",
    "pair_matrix": "pairs",
    "paired": "within",
    "paired_se_bounds": "frechet",
    "rank_sets": "ranking",
    "refusals": "surveys",
    "se_bounds": "margins",
    "share": "shares",
    "share_of": "figures",
    "subgroups": "sizes",
    "survey_waves": "waves",
    "sweep": "independent",
    "swept": "sizes",
    "table_families": "declarations",
    "tukey_critical": "pairs",
    "verdict": "verdicts",
    "wave_change": "waves",
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
