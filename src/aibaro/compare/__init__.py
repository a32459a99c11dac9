"""Do these groups, domains, waves or ranks differ, from what was printed alone?

One line compares two percentages of any two reports: ``groups("19%", 841, "28%", 1552)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aibaro._lazy import on_first_use

if TYPE_CHECKING:
    from aibaro.compare._across_surveys import across, adoption, refusals
    from aibaro.compare._domain_pairs import domain_differences, pair_matrix
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
    from aibaro.compare._paired import PairedDifference, paired, paired_se_bounds
    from aibaro.compare._ranks import domain_ranks, item_ranks, rank_sets
    from aibaro.compare._shares import Share, joint_share, share, share_of, weighted_share
    from aibaro.compare.comparison_results import verdict
    from aibaro.compare.declarations import Comparisons, claim_families, compare, declared, declared_size
    from aibaro.compare.domain_precision import DomainShare, base_shares, difference_se, domain_shares, se_bounds
    from aibaro.compare.limits import breakdown_deff, frontier
    from aibaro.compare.survey_differences import Differences, differences
    from aibaro.compare.waves import WaveChange, correlation_bounds, survey_waves, wave_change
    from aibaro.estimate.multiplicity import adjust

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

# loaded on first use, so that one comparison does not load every solver
__getattr__, __dir__ = on_first_use(__name__)
