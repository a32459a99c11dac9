"""Small surveys printed from microdata that a test knows."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tests.reconstruct.surveys import CELLS

from aibaro.published import PublishedSurvey, read
from aibaro.rounding import round_half_up

TOOLS = ("tool.a", "tool.b", "tool.c")
ITEMS = (*TOOLS, "any_tool", "tools.one", "tools.two_plus", "used.x", "used.y", "up", "flat", "down")


def percent(share: Fraction, decimals: int = 1) -> str:
    """Print a share rounded half up."""
    value = round_half_up(100 * share, decimals)
    return f"{float(value):.{decimals}f}".replace(".", ",") + "%"


def microdata(seed: int, sizes: tuple[int, ...] = (6, 9, 5, 8)) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw strata (2 sectors by 2 sizes) and answers: three tools, two uses among users, a trend of everybody."""
    generator = np.random.default_rng(seed)
    strata = pd.DataFrame(
        {
            "sector": ["s0", "s0", "s1", "s1"],
            "size": ["z0", "z1"] * 2,
            "population": [n * int(generator.integers(2, 9)) for n in sizes],
            "respondents": sizes,
        }
    )
    rows = strata.loc[np.repeat(range(4), sizes), ["sector", "size"]].reset_index(drop=True)
    for tool in TOOLS:
        rows[tool] = generator.binomial(1, generator.uniform(0.2, 0.6), len(rows))
    number = rows[list(TOOLS)].sum(axis=1)
    rows["any_tool"], rows["tools.one"], rows["tools.two_plus"] = number >= 1, number == 1, number >= 2
    for use in ("used.x", "used.y"):
        rows[use] = np.where(number >= 1, generator.binomial(1, 0.5, len(rows)), 0)
    trend = generator.integers(0, 3, len(rows))
    for index, name in enumerate(("up", "flat", "down")):
        rows[name] = trend == index
    return strata, rows.astype(dict.fromkeys(ITEMS, int))


def tabulate(strata: pd.DataFrame, rows: pd.DataFrame, decimals: int = 1) -> list[dict[str, Any]]:
    """Print every item overall and by both domains, uses among users."""
    weight = {(r.sector, r.size): Fraction(r.population, r.respondents) for r in strata.itertuples()}
    own = [weight[key] for key in zip(rows["sector"], rows["size"], strict=True)]
    printed = []
    for item in ITEMS:
        base = "users" if item.startswith("used.") else "all"
        inside = (rows["any_tool"] == 1) if base == "users" else pd.Series(True, index=rows.index)
        places = [("", "")] + [(d, level) for d in ("sector", "size") for level in sorted(set(rows[d]))]
        for domain, level in places:
            kept = [i for i in rows.index if inside[i] and (not domain or rows.loc[i, domain] == level)]
            total = sum(own[i] for i in kept)
            if total:
                share = sum(own[i] for i in kept if rows.loc[i, item] == 1) / total
                printed.append(
                    {
                        "id": f"{item}.{level or 'all'}",
                        "item": item,
                        "base": base,
                        "domain": domain,
                        "level": level,
                        "printed": percent(Fraction(share), decimals),
                    }
                )
    return printed


def publish(
    folder: Path, strata: pd.DataFrame, printed: list[dict[str, Any]], users: int | None = None
) -> PublishedSurvey:
    """Write a survey to a folder and read it."""
    strata.to_csv(folder / "strata.csv", index=False)
    (folder / "datapackage.json").write_text(CELLS, encoding="utf-8")
    pd.DataFrame(printed).to_csv(folder / "printed.csv", index=False)
    pd.DataFrame({"item": ITEMS}).to_csv(folder / "items.csv", index=False)
    pd.DataFrame(
        {
            "base": ["all", "users"],
            "parent": ["", "all"],
            "definition": ["all", "any(tool.*)"],
            "respondents": ["", "" if users is None else str(users)],
        },
    ).to_csv(folder / "bases.csv", index=False)
    pd.DataFrame(
        {
            "kind": ["union", "count", "count", "exhaustive"],
            "parts": ["tool.*", "tool.*", "tool.*", "up flat down"],
            "whole": ["any_tool", "tools.one=1", "tools.two_plus>=2", "@all"],
        },
    ).to_csv(folder / "relations.csv", index=False)
    return read(folder)
