"""Can the printed percentages come from the printed bases, and would the check have told?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from aibaro.consistency import power
from aibaro.report import figures
from aibaro.report.chapters.section import Section
from aibaro.report.exhibits import Exhibit
from aibaro.report.inputs import SurveyResults
from aibaro.report.names import Names
from aibaro.report.tables import Table
from aibaro.report.words import Text, count, percent, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BASES = (*range(5, 100, 5), *range(100, 901, 20))


def grim_section(results: SurveyResults, names: Names) -> Section | None:
    """List percentages of printed bases with the power of their check."""
    if results.grim is None or results.grim.empty:
        return None
    survey = results.survey
    rows = results.grim.merge(survey.printed[["id", "item", "printed"]], on="id", how="left", suffixes=("", "_printed"))
    rows = rows.merge(results.ledger[["id", "verdict"]], on="id", how="left", suffixes=("", "_ledger"))
    cells = tuple(
        (
            names.item(str(r["item"])),
            Text.same(r["printed"]),
            count(float(r["n"])),
            percent(100 * float(r["power"])),
            say(f"verdict.{r['verdict']}"),
        )
        for r in rows.to_dict("records")
    )
    heads = tuple(say(f"column.{c}") for c in ("item", "printed", "n", "power", "verdict"))
    title = say("chapter.grim")
    table = Table(f"{survey.prefix}-grim", title, heads, cells, (1, 2, 3), rows)
    return Section(
        f"{survey.prefix}-grim-section",
        title,
        say("chapter.grim_lead"),
        (_power(survey.prefix, sorted({int(n) for n in rows["n"]})),),
        tables=(table,),
    )


def _power(prefix: str, own: list[int]) -> Exhibit:
    """Draw what the check of a single percentage can tell, by base, with the survey's own bases."""
    bases = sorted({*BASES, *(n for n in own if n <= BASES[-1])})
    data = pd.DataFrame([{"decimals": d, "n": n, "power": 100 * float(power(n, d))} for d in (0, 1) for n in bases])
    shown = data[data["n"].isin({20, 50, 100, 200, 500, 900, *own})]
    rows = tuple((count(r["n"]), count(r["decimals"]), percent(float(r["power"]))) for r in shown.to_dict("records"))
    heads = tuple(say(f"column.{c}") for c in ("n", "decimals", "power"))
    key, title = f"{prefix}-grim-power", say("figure.grim_power")

    def draw(axes: Axes, lang: str) -> None:
        named = data.assign(label=[say(f"figure.decimals_{d}")[lang] for d in data["decimals"]])
        figures.share_curves(
            named,
            x="n",
            y="power",
            label="label",
            log=True,
            lang=lang,
            marks=own,
            x_label=say("column.n")[lang],
            ax=axes,
        )

    caption = say("figure.grim_power_see", n=Text.each(lambda _: ", ".join(map(str, own))))
    return Exhibit(key, title, caption, draw, 2.6, Table(key, title, heads, rows, (0, 1, 2), data))
