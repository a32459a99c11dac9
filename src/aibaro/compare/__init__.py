"""Do these groups, domains, waves or ranks differ, from what was printed alone?

One line compares two percentages of any two reports: ``groups("19%", 841, "28%", 1552)``.
"""

from __future__ import annotations

from aibaro._lazy import on_first_use

# name -> module of this room; loaded on first use, so that one comparison does not load every solver
_NAMES: dict[str, str] = {
    "Comparisons": "_declared",
    "Differences": "_survey",
    "DomainShare": "_domain_precision",
    "Equivalence": "_groups",
    "GroupDifference": "_groups",
    "PairedDifference": "_paired",
    "Share": "_shares",
    "SweptDifference": "_groups",
    "WaveChange": "_waves",
    "across": "_across_surveys",
    "adjust": "_declared",
    "adoption": "_across_surveys",
    "base_shares": "_domain_precision",
    "breakdown_deff": "_limits",
    "compare": "_declared",
    "correlation_bounds": "_waves",
    "claim_families": "_declared",
    "declared": "_declared",
    "declared_size": "_declared",
    "difference_se": "_domain_precision",
    "differences": "_survey",
    "domain_differences": "_domain_pairs",
    "domain_ranks": "_ranks",
    "domain_shares": "_domain_precision",
    "equivalent": "_groups",
    "frontier": "_limits",
    "groups": "_groups",
    "item_ranks": "_ranks",
    "joint_share": "_mixtures",
    "pair_matrix": "_domain_pairs",
    "paired": "_paired",
    "paired_se_bounds": "_item_pairs",
    "rank_sets": "_ranks",
    "refusals": "_across_surveys",
    "se_bounds": "_domain_precision",
    "share": "_shares",
    "share_of": "_shares",
    "subgroups": "_groups",
    "survey_waves": "_waves",
    "sweep": "_groups",
    "swept": "_groups",
    "verdict": "_verdicts",
    "wave_change": "_waves",
    "weighted_share": "_mixtures",
}

__all__ = [*_NAMES]  # noqa: PLE0604 - keys of a dictionary of text

__getattr__, __dir__ = on_first_use(__name__, _NAMES)
