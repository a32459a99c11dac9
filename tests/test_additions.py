"""What CONTRIBUTING.md promises: an interval method, a check and a figure are added where they are written."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import aibaro.consistency
from aibaro.cli import parser_of
from aibaro.consistency import _sources, statements
from aibaro.design import Design
from aibaro.estimate import METHODS, interval, proportion
from aibaro.estimate.intervals import Limits, MethodInputs
from aibaro.facts import facts_of
from aibaro.published import load
from aibaro.report import figures
from aibaro.tables import crosstab

CHECK = """
from aibaro.consistency._arithmetic import impossible
from aibaro.consistency._sources import generator
from aibaro.consistency.statement import ONE, Linear, Statement

@generator(1000)
def new(sources):
    fact = next(iter(sources.facts))
    terms = ((fact.key, ONE),)
    yield Statement("new", "range", terms, "<=", ONE, (), form=Linear(terms, "<=", ONE), explain=impossible)
"""
FIGURE = """
def new_figure(frame, *, ax=None):
    return ax

def helper(frame):
    return frame
"""


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose modules lie in the rooms of checks and of figures for the length of a test."""
    _sources.generators()
    for room in (aibaro.consistency, figures):
        monkeypatch.setattr(room, "__path__", [*room.__path__, str(tmp_path)])
    known = dict(_sources._GENERATORS)
    _sources.generators.cache_clear()
    yield tmp_path
    _sources._GENERATORS.clear()
    _sources._GENERATORS.update(known)
    _sources.generators.cache_clear()
    for name in ("aibaro.consistency._from_new", "aibaro.report.figures.new"):
        sys.modules.pop(name, None)


def test_an_interval_method_is_a_function_and_its_line_in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    def half_as_wide(estimate: np.ndarray, setting: MethodInputs) -> Limits:
        return estimate - setting.std_error, estimate + setting.std_error

    monkeypatch.setitem(METHODS, "half", half_as_wide)
    assert [float(end[0]) for end in interval("half", [0.5], [0.1], [9], [10])[:2]] == [0.4, 0.6]
    rows = pd.DataFrame({"ai": [0, 1, 1, 1], "w": [1.0, 1.0, 1.0, 1.0]})
    design = Design.from_frame(rows, weight="w")
    assert proportion(rows, "ai", design=design, interval="half").method[0] == "half"
    assert crosstab(rows, "ai", design=design, interval="half").to_frame()["conf_low"].notna().any()
    words = ["rows.csv", "--weight", "w", "--proportion", "ai", "--interval", "half"]
    assert parser_of("estimate").parse_args(words).interval == "half"


def test_a_check_is_a_module_of_its_room(beside: Path) -> None:
    facts = facts_of(load("softwareone-2025"))
    assert "new" not in {statement.id for statement in statements(facts)}
    (beside / "_from_new.py").write_text(CHECK, encoding="utf-8")
    _sources.generators.cache_clear()
    assert [statement.id for statement in statements(facts)][-1] == "new"


def test_a_figure_is_a_module_of_its_room(beside: Path) -> None:
    assert set(figures._figures()) < set(figures.__all__)
    (beside / "new.py").write_text(FIGURE, encoding="utf-8")
    assert set(figures._figures()) - set(figures.__all__) == {"new_figure"}


def test_two_checks_have_two_places() -> None:
    _sources.generators()
    with pytest.raises(ValueError, match="the same place"):
        _sources.generator(10)(lambda sources: iter(()))
