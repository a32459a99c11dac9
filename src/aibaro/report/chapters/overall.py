"""Figures of a whole base, with the interval that every table of counts allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from aibaro.report import figures
from aibaro.report.chapters.groups import family_words
from aibaro.report.chapters.section import Section
from aibaro.report.exhibits import Exhibit
from aibaro.report.inputs import SurveyResults
from aibaro.report.names import Names, brief, without_head
from aibaro.report.numbers import LANGUAGES
from aibaro.report.tables import Table
from aibaro.report.words import Text, interval, percent, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEWEST_ITEMS = 2
# percentage points: wider than this, print says next to nothing
NO_BOUND = 90.0


def overall_section(results: SurveyResults, names: Names) -> Section | None:
    """Show the figures of whole bases with their conservative intervals, one drawing a kind of item and base."""
    if results.overall is None:
        return None
    rows = results.overall.assign(base=results.overall["base"].replace("", "all"))
    # everybody first
    rows = rows.sort_values("base", key=lambda base: base != "all", kind="stable")
    kinds = rows["item"].astype(str).str.split(".").str[0]
    parts = [
        _exhibit(results, names, str(kind), str(base), part.reset_index(drop=True))
        for (kind, base), part in rows.groupby([kinds, "base"], sort=False)
        if len(part) >= FEWEST_ITEMS
    ]
    if not parts:
        return None
    return Section(
        f"{results.survey.prefix}-overall",
        say("chapter.overall"),
        say("chapter.overall_lead"),
        (parts[0],),
        tuple(parts[1:]),
        more_title=say("chapter.overall_more"),
    )


def _exhibit(results: SurveyResults, names: Names, kind: str, base: str, rows: pd.DataFrame) -> Exhibit:
    key = f"{results.survey.prefix}-overall-{kind}-{base}".replace("_", "-")
    data = rows[["item", "estimate", "conf_low", "conf_high"]].copy()
    data[["estimate", "conf_low", "conf_high"]] *= 100
    spoken = say("figure.overall", kind=family_words(kind), base=names.base(base))
    title = Text(*(words[:1].upper() + words[1:] for words in (spoken.en, spoken.nl)))
    words = {str(item): names.item(str(item)) for item in data["item"]}
    wide = bool((data["conf_high"] - data["conf_low"] > NO_BOUND).any())
    caption = say("figure.overall_wide" if wide else "figure.overall_see")
    cells = tuple(
        (words[str(r["item"])], percent(float(r["estimate"])), interval(float(r["conf_low"]), float(r["conf_high"])))
        for r in data.sort_values("estimate", ascending=False, kind="stable").to_dict("records")
    )
    heads = (say("column.item"), say("column.estimate"), say("column.interval"))
    table = Table(key, title, heads, cells, (1, 2), data)

    bare = dict(zip(words, without_head([brief(word) for word in words.values()]), strict=True))

    def short(lang: str) -> dict[str, str]:
        return {item: word[lang] for item, word in bare.items()}

    def draw(axes: Axes, lang: str) -> None:
        figures.dot_whisker(data, label="item", labels=short(lang), lang=lang, width=30, ax=axes)

    height = max(figures.rows_height(figures.named(data["item"], short(lang), 30)) for lang in LANGUAGES) + 0.15
    return Exhibit(key, title, caption, draw, height, table)
