"""Small published surveys made from known counts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd

from aibaro.published import PublishedSurvey, read
from aibaro.rounding import round_half_up

# descriptor of a made survey whose weights are equal within strata
CELLS = json.dumps({"name": "made", "aibaro": {"weighting": "cells"}})


def unsealed_copy(source: Path, folder: Path, names: Sequence[str]) -> None:
    """Copy tables of a bundled survey with its descriptor, but without checksums, so that they can be changed."""
    descriptor = json.loads((source / "datapackage.json").read_text(encoding="utf-8"))
    text = json.dumps({**descriptor, "resources": []})
    (folder / "datapackage.json").write_text(text, encoding="utf-8")
    for name in names:
        shutil.copy(source / name, folder / name)


def printed_text(share: Fraction, decimals: int) -> str:
    """Print a share as a percentage, rounded half up."""
    value = round_half_up(100 * share, decimals)
    return f"{float(value):.{decimals}f}".replace(".", ",") + "%"


def make_survey(
    folder: Path,
    population: list[list[int]],
    respondents: list[list[int]],
    items: dict[str, list[list[int]]],
    *,
    decimals: int = 1,
    base: list[list[int]] | None = None,
    overrides: dict[str, str] | None = None,
) -> PublishedSurvey:
    """Write and read a survey of rows (sectors) by columns (sizes), with every margin of every item printed."""
    sectors, sizes = len(population), len(population[0])
    cells = [(s, c) for s in range(sectors) for c in range(sizes)]
    pd.DataFrame(
        {
            "sector": [f"s{s}" for s, _ in cells],
            "size": [f"z{c}" for _, c in cells],
            "population": [population[s][c] for s, c in cells],
            "respondents": [respondents[s][c] for s, c in cells],
        },
    ).to_csv(folder / "strata.csv", index=False)
    (folder / "datapackage.json").write_text(CELLS, encoding="utf-8")
    rows: list[dict[str, Any]] = []
    known = items if base is None else {"used": base, **items}
    for item, counts in known.items():
        inside = respondents if base is None or item == "used" else base
        among = "all" if base is None or item == "used" else "users"
        domains = [("", "", cells)]
        domains += [("sector", f"s{s}", [(s, c) for c in range(sizes)]) for s in range(sectors)]
        domains += [("size", f"z{c}", [(s, c) for s in range(sectors)]) for c in range(sizes)]
        for domain, level, members in domains:
            weight = {m: Fraction(population[m[0]][m[1]], respondents[m[0]][m[1]]) for m in members}
            size = sum(weight[m] * inside[m[0]][m[1]] for m in members)
            if size == 0:
                continue
            share = sum(weight[m] * counts[m[0]][m[1]] for m in members) / size
            key = f"{item}.{level or 'total'}"
            rows.append(
                {
                    "id": key,
                    "item": item,
                    "base": among,
                    "domain": domain,
                    "level": level,
                    "printed": (overrides or {}).get(key, printed_text(share, decimals)),
                }
            )
    pd.DataFrame(rows).to_csv(folder / "printed.csv", index=False)
    if base is not None:
        total = sum(map(sum, base))
        pd.DataFrame(
            {
                "base": ["all", "users"],
                "parent": ["", "all"],
                "definition": ["all", "any(used)"],
                "respondents": [str(sum(map(sum, respondents))), str(total)],
            },
        ).to_csv(folder / "bases.csv", index=False)
    return read(folder)
