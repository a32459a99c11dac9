"""Do these groups, domains, waves or ranks differ, from what was printed alone?

One line compares two percentages of any two reports: ``groups("19%", 841, "28%", 1552)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aibaro._lazy import on_first_use

if TYPE_CHECKING:
    from aibaro.compare._across_surveys import across, adoption, refusals
    from aibaro.compare._declared import Comparisons, claim_families, compare, declared, declared_size
    from aibaro.compare._domain_pairs import domain_differences, pair_matrix
    from aibaro.compare._domain_precision import DomainShare, base_shares, difference_se, domain_shares, se_bounds
    from aibaro.compare._groups import (
        Equivalence,
        GroupDifference,
        SweptDifference,
        equivalent,
        groups,
        subgroups,
        sweep,
        swept,
    )
    from aibaro.compare._item_pairs import paired_se_bounds
    from aibaro.compare._limits import breakdown_deff, frontier
    from aibaro.compare._mixtures import joint_share, weighted_share
    from aibaro.compare._paired import PairedDifference, paired
    from aibaro.compare._ranks import domain_ranks, item_ranks, rank_sets
    from aibaro.compare._shares import Share, share, share_of
    from aibaro.compare._survey import Differences, differences
    from aibaro.compare._verdicts import verdict
    from aibaro.compare._waves import WaveChange, correlation_bounds, survey_waves, wave_change
    from aibaro.estimate._multiplicity import adjust

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

__all__ = [
    "Comparisons",
    "Differences",
    "DomainShare",
    "Equivalence",
    "GroupDifference",
    "PairedDifference",
    "Share",
    "SweptDifference",
    "WaveChange",
    "across",
    "adjust",
    "adoption",
    "base_shares",
    "breakdown_deff",
    "claim_families",
    "compare",
    "correlation_bounds",
    "declared",
    "declared_size",
    "difference_se",
    "differences",
    "domain_differences",
    "domain_ranks",
    "domain_shares",
    "equivalent",
    "frontier",
    "groups",
    "item_ranks",
    "joint_share",
    "pair_matrix",
    "paired",
    "paired_se_bounds",
    "rank_sets",
    "refusals",
    "se_bounds",
    "share",
    "share_of",
    "subgroups",
    "survey_waves",
    "sweep",
    "swept",
    "verdict",
    "wave_change",
    "weighted_share",
]

__getattr__, __dir__ = on_first_use(__name__, _NAMES)
