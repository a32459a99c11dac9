"""Design, weights and response: whom does each answer stand for, and who answered?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from aibaro.facts import facts_of
from aibaro.report import figures
from aibaro.report.chapters.section import Section
from aibaro.report.exhibits import Exhibit
from aibaro.report.inputs import SurveyResults
from aibaro.report.names import Names, brief, capital
from aibaro.report.tables import Table
from aibaro.report.words import Text, count, decimal, percent, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SMALL = 10

# column of the frame of strata -> scale of the shades, factor to print, decimals, words of the column head
MAPS: dict[str, tuple[str, float, int, str]] = {
    "population": ("log", 1.0, 0, "column.population_count"),
    "response_rate": ("linear", 100.0, 0, "column.response_rate"),
    "final_weight": ("log", 1.0, 1, "column.weight"),
    "variance_share": ("linear", 100.0, 1, "column.variance_share"),
}


def design_section(results: SurveyResults, names: Names) -> Section | None:
    """Show the strata: population, response rate, weight and share of the variance."""
    strata, design = results.strata, results.design
    if strata is None or design is None:
        return None
    prefix = results.survey.prefix
    weights = design.weights
    lead = None
    if results.weighting is not None:
        lead = say(
            "chapter.design_lead",
            respondents=count(design.respondents.sum()),
            strata=design.size,
            population=count(design.population.sum()),
            low=decimal(weights.min()),
            high=decimal(weights.max()),
            kish=decimal(results.weighting["kish_ratio"], 2),
            effective=count(results.weighting["kish_effective_n"]),
        )
    shown = _without_small(strata)
    variables = design.variables
    # a map has rows and columns: it needs two stratum variables
    columns = [column for column in MAPS if column in strata.columns and len(variables) == 2]
    exhibits = tuple(_map(shown, column, prefix, names, variables) for column in columns)
    return Section(f"{prefix}-design", say("chapter.design"), lead, exhibits)


def _without_small(strata: pd.DataFrame) -> pd.DataFrame:
    """Blank what would tell of the answers of fewer than ten respondents; counts and weights were published."""
    if "variance_share" not in strata.columns:
        return strata
    return strata.assign(variance_share=strata["variance_share"].where(strata["respondents"] >= SMALL))


def _map(strata: pd.DataFrame, column: str, prefix: str, names: Names, variables: tuple[str, ...]) -> Exhibit:
    scale, factor, decimals, head = MAPS[column]
    short = column.removeprefix("final_")
    across, down = sorted(variables, key=lambda v: strata[v].nunique())

    def draw(axes: Axes, lang: str) -> None:
        figures.stratum_map(
            strata,
            column,
            rows=down,
            columns=across,
            order=names.order,
            scale=scale,
            factor=factor,
            labels={**names.short(down, lang), **names.short(across, lang)},
            decimals=decimals,
            lang=lang,
            ax=axes,
        )

    numbers = strata[column] * factor
    lowest, highest = strata.iloc[int(numbers.argmin())], strata.iloc[int(numbers.argmax())]

    def where(row: pd.Series[Any]) -> Text:
        parts = [brief(names.level(v, str(row[v]))) for v in (down, across)]
        return Text(", ".join(p.en for p in parts), ", ".join(p.nl for p in parts))

    low, high = decimal(float(numbers.min()), decimals), decimal(float(numbers.max()), decimals)
    caption = say(f"figure.map_{short}_see", low=low, high=high, low_where=where(lowest), high_where=where(highest))
    rows = tuple(
        (
            names.level(down, str(r[down])),
            names.level(across, str(r[across])),
            decimal(float(r[column]) * factor, decimals),
        )
        for r in strata.to_dict("records")
    )
    key = f"{prefix}-map-{short}".replace("_", "-")
    heads = (names.domain(down).map(capital), names.domain(across).map(capital), say(head))
    table = Table(key, say(f"figure.map_{short}"), heads, rows, (2,), strata[[down, across, column]])
    return Exhibit(table.key, table.caption, caption, draw, 0.6 + 0.32 * strata[down].nunique(), table)


def response_section(results: SurveyResults, names: Names) -> Section | None:
    """Show how many of those approached are left at each step."""
    survey = results.survey
    printed = survey.printed[(survey.printed["kind"] == "count") & (survey.printed["domain"] == "")]
    facts, steps = facts_of(survey), []
    for item in str(survey.settings.get("funnel") or "").split():
        values = [facts.printing(str(name)).value for name in printed.loc[printed["item"] == item, "id"]]
        if values and values[0] is not None:
            steps.append((item, int(values[0])))
    if len(steps) < 2:
        return None
    first, last = steps[0][1], steps[-1][1]
    data = pd.DataFrame(
        {"item": [s[0] for s in steps], "count": [s[1] for s in steps], "share": [100 * s[1] / first for s in steps]}
    )
    rows = tuple((names.item(item), count(value), percent(100 * value / first)) for item, value in steps)
    table = Table(
        f"{survey.prefix}-funnel",
        say("figure.funnel"),
        (say("column.step"), say("column.firms"), say("column.share")),
        rows,
        (1, 2),
        data,
    )

    def draw(axes: Axes, lang: str) -> None:
        frame = data.assign(label=[names.item(item)[lang] for item in data["item"]])
        figures.response_funnel(frame, lang=lang, ax=axes)

    caption = say("figure.funnel_see", first=count(first), last=count(last), share=percent(100 * last / first))
    exhibit = Exhibit(table.key, table.caption, caption, draw, 0.35 + 0.36 * len(steps), table)
    return Section(f"{survey.prefix}-response", say("chapter.response"), None, (exhibit,))
