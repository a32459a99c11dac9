"""Which ranks can domains and items have in the population, over every table that print admits?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from aibaro.compare.domains import DomainShare, domain_shares
from aibaro.compare.frechet import item_table
from aibaro.compare.pairs import domain_table
from aibaro.compare.ranking import sets_from
from aibaro.design import Design
from aibaro.published import PublishedSurvey


def domain_ranks(
    survey: PublishedSurvey, item: str, *, domain: str = "sector", conf_level: float = 0.95, fpc: str = "population"
) -> pd.DataFrame:
    """Give rank sets of the levels of a stratum variable that hold in every table that print admits.

    Examples
    --------
    >>> from aibaro.published import load
    >>> ranks = domain_ranks(load("flanders-2023"), "at_least_one", domain="size_class")
    >>> ranks.loc[ranks["level"] == "large", ["rank", "rank_low", "rank_high"]].values.tolist()
    [[1, 1, 1]]
    """
    shares = domain_shares(survey, item, [domain], fpc=fpc)
    return domain_rank_table(Design.from_strata(survey.strata), shares, domain=domain, conf_level=conf_level)


def domain_rank_table(
    design: Design, shares: Sequence[DomainShare], *, domain: str = "sector", conf_level: float = 0.95
) -> pd.DataFrame:
    """Give rank sets of levels from shares that were read before."""
    members = [share for share in shares if share.domain == domain]
    item = members[0].item
    table = domain_table(design, {item: members}, domain=domain, conf_level=conf_level)
    values = [float(member.share.value) for member in members]
    frame = _from_pairs(table, ("level_a", "level_b"), [m.level for m in members], values, 1 - conf_level)
    frame.insert(0, "item", item)
    frame.insert(1, "domain", domain)
    return frame


def item_ranks(
    survey: PublishedSurvey, items: Sequence[str], *, domain: str = "all", level: str = "all", conf_level: float = 0.95
) -> pd.DataFrame:
    """Give rank sets of several items of one sample that hold in every table that print admits.

    Examples
    --------
    >>> from aibaro.published import load
    >>> pair = ["technology.nlg", "technology.autonomous_machines"]
    >>> item_ranks(load("flanders-2023"), pair)[["level", "rank", "rank_low", "rank_high"]]
                                level  rank  rank_low  rank_high
    0                  technology.nlg     1         1          1
    1  technology.autonomous_machines     2         2          2
    """
    shares = {item: domain_shares(survey, item) for item in items}
    table = item_table(Design.from_strata(survey.strata), shares, domain=domain, level=level, conf_level=conf_level)
    return item_rank_table(table, shares, domain=domain, level=level, conf_level=conf_level)


def item_rank_table(
    table: pd.DataFrame,
    shares: Mapping[str, Sequence[DomainShare]],
    *,
    domain: str = "all",
    level: str = "all",
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Give rank sets of items from pairs that were compared before."""
    values = [
        float(next(s.share.value for s in rows if (s.domain, s.level) == (domain, level))) for rows in shares.values()
    ]
    return _from_pairs(table, ("item_a", "item_b"), list(shares), values, 1 - conf_level)


def _from_pairs(
    table: pd.DataFrame, names: tuple[str, str], levels: list[str], values: list[float], alpha: float
) -> pd.DataFrame:
    first, second = names
    place = {level: i for i, level in enumerate(levels)}
    sets = []
    for column in ("p_adjusted", "p_adjusted_low"):
        ahead = np.zeros((len(levels), len(levels)), dtype=bool)
        for a, b, estimate, p in zip(table[first], table[second], table["estimate"], table[column], strict=True):
            if p < alpha and estimate != 0:
                winner, loser = (a, b) if estimate > 0 else (b, a)
                ahead[place[winner], place[loser]] = True
        sets.append(sets_from(ahead))
    series = pd.Series(values)
    return pd.DataFrame(
        {
            "level": levels,
            "estimate": values,
            "rank": series.rank(ascending=False, method="min").astype(int),
            "rank_low": sets[0][0],
            "rank_high": sets[0][1],
            "rank_low_inner": sets[1][0],
            "rank_high_inner": sets[1][1],
        }
    )
