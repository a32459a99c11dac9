"""Laws of held counts: rows are found exactly where plain enumeration of all tables finds some."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import product
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from tests.reconstruct.surveys import CELLS, printed_text

from aibaro.errors import ConflictError
from aibaro.published import PublishedSurvey, read
from aibaro.synthesize import synthesize

pytest.importorskip("ortools")
SETTINGS = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

# three strata; the first two are level g0 of the printed domain, the third is g1
LEVELS = {"": (0, 1, 2), "g0": (0, 1), "g1": (2,)}
# respondents of a stratum with tool a, tool b, any tool, and those of any tool with x and with y
Cell = tuple[int, int, int, int, int]
NAMES = {"tool.a": (0, ""), "tool.b": (1, ""), "any_tool": (2, ""), "x": (3, "users"), "y": (4, "users")}
Known = tuple[tuple[int, ...], tuple[int, ...], tuple[Cell, ...], int]


@lru_cache
def cells(n: int) -> tuple[Cell, ...]:
    """List every table of one stratum of n respondents."""
    tools = ((a, b, u) for a in range(n + 1) for b in range(n + 1) for u in range(max(a, b), min(n, a + b) + 1))
    return tuple((a, b, u, x, y) for a, b, u in tools for x in range(u + 1) for y in range(u + 1))


@st.composite
def known_surveys(draw: st.DrawFn) -> Known:
    """Draw a population, respondents and a true table."""
    n = (draw(st.integers(1, 2)), draw(st.integers(1, 2)), draw(st.integers(1, 3)))
    population = tuple(k + draw(st.integers(0, 9)) for k in n)
    return population, n, tuple(draw(st.sampled_from(cells(k))) for k in n), draw(st.integers(0, 1))


def texts(known: Known, table: tuple[Cell | None, ...], level: str) -> dict[str, str | None]:
    """Print the shares of one level of a table; nothing of a share of nobody."""
    population, n, _, decimals = known
    weights = [Fraction(big, small) for big, small in zip(population, n, strict=True)]
    found: dict[str, str | None] = {}
    for name, (place, base) in NAMES.items():
        own = [(weights[h], table[h]) for h in LEVELS[level]]
        total = sum(w * (cell[2] if base else n[h]) for (w, cell), h in zip(own, LEVELS[level], strict=True) if cell)
        top = sum(w * cell[place] for w, cell in own if cell)
        found[name] = printed_text(Fraction(top) / total, decimals) if total else None
    return found


def write(known: Known, folder: Path) -> PublishedSurvey:
    """Publish the shares of the true table."""
    population, n, truth, _ = known
    strata = pd.DataFrame(
        {"g": ["g0", "g0", "g1"], "s": ["s0", "s1", "s0"], "population": population, "respondents": n}
    )
    strata.to_csv(folder / "strata.csv", index=False)
    (folder / "datapackage.json").write_text(CELLS, encoding="utf-8")
    rows = [
        (f"{name}.{level}", name, NAMES[name][1] or "all", "g" if level else "", level, text)
        for level in LEVELS
        for name, text in texts(known, truth, level).items()
        if text is not None
    ]
    columns = ["id", "item", "base", "domain", "level", "printed"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "printed.csv", index=False)
    bases = {"base": ["all", "users"], "parent": ["", "all"], "definition": ["all", "any(tool.a tool.b)"]}
    pd.DataFrame(bases).to_csv(folder / "bases.csv", index=False)
    union = {"kind": ["union"], "parts": ["tool.a tool.b"], "whole": ["any_tool"]}
    pd.DataFrame(union).to_csv(folder / "relations.csv", index=False)
    return read(folder)


def tables(known: Known) -> Iterator[tuple[Cell, ...]]:
    """List every table that print allows, by plain enumeration."""
    _, n, truth, _ = known
    wanted = {level: texts(known, truth, level) for level in LEVELS}

    def fits(table: tuple[Cell | None, ...], level: str) -> bool:
        # a share that is not printed, because nobody was in its base, binds nothing
        found = texts(known, table, level)
        return all(text is None or found[name] in {text, None} for name, text in wanted[level].items())

    first = [pair for pair in product(cells(n[0]), cells(n[1])) if fits((*pair, None), "g0")]
    last = [cell for cell in cells(n[2]) if fits((None, None, cell), "g1")]
    yield from (table for pair in first for cell in last if fits(table := (*pair, cell), ""))


@given(known_surveys(), st.data())
@SETTINGS
def test_counts_are_held_exactly_where_enumeration_finds_a_table(known: Known, data: st.DataObject) -> None:
    _, n, truth, _ = known
    assume(any(cell[2] for cell in truth))
    places = data.draw(st.sampled_from([(2, 3), (3,), (0,), (2,), (0, 1), (0, 2), (3, 4), (2, 3, 4)]))
    keys = {0: "tool.a", 1: "tool.b", 2: "@users", 3: "x@users", 4: "y@users"}
    # near the truth, so that many questions are close
    moved = {p: [cell[p] + data.draw(st.sampled_from([0, 0, 0, 1, -1])) for cell in truth] for p in places}
    free = data.draw(st.lists(st.booleans(), min_size=3, max_size=3))
    assume(not all(free))
    asked = {
        p: [None if free[h] else min(max(v, 0), n[h]) for h, v in enumerate(values)] for p, values in moved.items()
    }
    users = asked.get(2, list(n))
    assume(all(v is None or v <= (users[h] or 0) for p in places if p > 2 for h, v in enumerate(asked[p])))
    possible = any(
        all(v is None or table[h][p] == v for p, values in asked.items() for h, v in enumerate(values))
        for table in tables(known)
    )
    counts = {keys[p]: values for p, values in asked.items()}
    with tempfile.TemporaryDirectory() as folder:
        survey = write(known, Path(folder))
        if not possible:
            with pytest.raises(ConflictError, match=r"print excludes|exclude each other|no rows were found"):
                synthesize(survey, 1, counts=counts)
            return
        file = synthesize(survey, 1, counts=counts)
    rows = file.rows
    assert file.unmet == ()
    assert file.check.loc[file.check["kind"] == "percentage", "reproduced"].all()
    stratum = rows["g"].map({"g0": 0, "g1": 2}) + (rows["s"] == "s1")
    used = rows[["tool.a", "tool.b"]].max(axis=1) == 1
    columns = {0: rows["tool.a"], 1: rows["tool.b"], 2: used, 3: used & (rows["x"] == 1), 4: used & (rows["y"] == 1)}
    for p, values in asked.items():
        for h, value in enumerate(values):
            assert value is None or int(columns[p][stratum == h].sum()) == value
