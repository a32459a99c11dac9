"""The second programme of the benchmark on planted misprints: what it proves wrong is noticed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.misprints import SEVERAL, SLIPS, Second, cells_of, with_changes
from tests.consistency.drawn import draw

from aibaro.consistency import _system, judgements, suspects
from aibaro.facts import Facts
from aibaro.published import PublishedSurvey, read

SURVEYS = Path(__file__).parent / "surveys"


def source(name: str) -> PublishedSurvey:
    """A published survey, or a synthetic one of a seed."""
    return draw(int(name), rounding="half_up").survey() if name.isdigit() else read(SURVEYS / name)


@pytest.mark.parametrize(
    ("name", "slip"),
    [
        (name, slip)
        for name in ("surveyusa-2010", "3", "8")
        for slip in sorted(SLIPS)
        if name == "surveyusa-2010" or slip not in SEVERAL
    ],
)
def test_what_a_second_programme_proves_wrong_is_noticed(name: str, slip: str) -> None:
    survey = source(name)
    cells = cells_of(survey)
    rng = np.random.default_rng(7)
    for _ in range(2):
        changes = SLIPS[slip](rng, survey, cells)
        if not changes:
            return
        wrong = with_changes(survey, changes)
        facts, true = Facts.of(wrong), {str(survey.printed.iloc[row]["id"]) for row in changes}
        found = suspects(facts)
        assert found or Second(wrong).possible()
        if slip not in SEVERAL:
            assert all(true & set(conflict.ids) for conflict in found)
            judged = judgements(facts)
            assert not [n for n, j in judged.items() if j.verdict == "inconsistent" and n not in true]


@pytest.mark.parametrize("work", [0, 3_000])
@pytest.mark.parametrize("name", ["3", "surveyusa-2010"])
def test_what_is_left_undecided_of_a_large_table_makes_nobody_the_only_suspect(
    name: str, work: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_system, "_LARGE", 20)
    monkeypatch.setattr(_system, "_MOST_WORK", work)
    survey = source(name)
    cells, rng, flagged = cells_of(survey), np.random.default_rng(5), 0
    for slip in ("digits swapped", "digit misread", "decimal shifted"):
        changes = next(found for _ in range(50) if (found := SLIPS[slip](rng, survey, cells)))
        facts = Facts.of(with_changes(survey, changes))
        true = {str(survey.printed.iloc[row]["id"]) for row in changes}
        verdicts = {name: judgement.verdict for name, judgement in judgements(facts).items()}
        flagged += "in_conflict" in verdicts.values() or "inconsistent" in verdicts.values()
        assert {name for name, verdict in verdicts.items() if verdict == "inconsistent"} <= true
    # what fails in a narrow part is found however little may be asked of the whole
    assert flagged or not work
    facts = Facts.of(survey)
    assert not {j.verdict for j in judgements(facts).values()} & {"inconsistent", "in_conflict"}
