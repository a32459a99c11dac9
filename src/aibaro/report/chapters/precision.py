"""How sure is print?  Errors and counts that it allows, misprints that it or the printed bases would betray."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from aibaro.consistency import power
from aibaro.report import figures
from aibaro.report.chapters.groups import about, families, family_words, figure_key, grid, headline, item_groups
from aibaro.report.chapters.section import Section
from aibaro.report.exhibits import Exhibit
from aibaro.report.inputs import SurveyResults
from aibaro.report.names import Names, brief
from aibaro.report.tables import Table
from aibaro.report.words import LANGUAGES, Text, count, decimal, format_number, percent, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes


SIZES = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0)
STATUSES = ("sharp", "outer", "open")


def bounds_section(results: SurveyResults, names: Names) -> Section | None:
    """Show the range of each standard error that the printed figures allow."""
    if results.bounds is None:
        return None
    groups = item_groups(results.bounds)
    if not groups:
        return None
    prefix, head = results.survey.prefix, headline([item for item, _, _ in groups], results.survey.headline)
    first = [
        _bounds(figure_key(prefix, "bounds", item, domain), about(item, domain, names), rows, "level", names)
        for item, domain, rows in groups
        if item == head
    ]
    more = [
        _bounds_grid(figure_key(prefix, "bounds", "all", kind), kind, rows, names)
        for kind, rows in families(results.bounds, head)
    ]
    whole = results.bounds[results.bounds["domain"] == ""].reset_index(drop=True)
    overall = [_bounds(figure_key(prefix, "bounds-overall"), say("figure.overall_shares"), whole, "item", names)]
    found = results.bounds["status"].value_counts()
    lead = None
    if set(found.index) <= set(STATUSES):
        lead = say(
            "chapter.bounds_lead",
            all=count(len(results.bounds)),
            **{code: count(int(found.get(code, 0))) for code in STATUSES},
        )
    exhibits = (*first, *(overall if len(whole) > 1 else ()), *more)
    return Section(f"{prefix}-bounds", say("chapter.bounds"), lead, exhibits)


def _bounds_grid(key: str, kind: str, rows: pd.DataFrame, names: Names) -> Exhibit:
    title = say("figure.bounds_grid", kind=family_words(kind))
    return grid(
        key,
        title,
        say("figure.bounds_grid_see"),
        rows,
        names,
        value="se_upper",
        words=lambda r, lang: _two_digits(100 * float(r["se_upper"]), lang),
        columns=(
            ("se_lower", lambda r: decimal(100 * float(r["se_lower"]), 2)),
            ("se_upper", lambda r: decimal(100 * float(r["se_upper"]), 2)),
        ),
    )


def _two_digits(points: float, lang: str) -> str:
    """Write points as short as a cell asks: whole ones from ten on."""
    return format_number(points, 1 if points < 9.95 else 0, lang)


def _bounds(key: str, subject: Text, rows: pd.DataFrame, label: str, names: Names) -> Exhibit:
    title = say("figure.bounds", item=subject)
    own = label == "item"
    full = {
        str(r[label]): names.item(str(r[label])) if own else names.level(str(r["domain"]), str(r[label]))
        for r in rows.to_dict("records")
    }
    words = {code: brief(name) for code, name in full.items()}
    status = {code: say(f"status.{code}") for code in STATUSES}
    cells = tuple(
        (
            full[str(r[label])],
            decimal(100 * float(r["se_lower"]), 2),
            decimal(100 * float(r["se_upper"]), 2),
            status.get(str(r["status"]), Text.same(r["status"])),
        )
        for r in rows.to_dict("records")
    )
    heads = tuple(say(f"column.{c}") for c in (label, "se_lower", "se_upper", "status"))

    def draw(axes: Axes, lang: str) -> None:
        labels = {code: name[lang] for code, name in words.items()}
        figures.error_bounds(rows, label=label, labels=labels, lang=lang, ax=axes)

    height = max(figures.rows_height(figures.named([w[lang] for w in words.values()], None)) for lang in LANGUAGES)
    return Exhibit(key, title, say("figure.bounds_see"), draw, height, Table(key, title, heads, cells, (1, 2), rows))


def detection_section(results: SurveyResults, names: Names) -> Section | None:
    """Show how large a misprint of a percentage would have been noticed."""
    frame = results.detection
    if frame is None or frame.empty:
        return None
    limits = frame.assign(
        limit=frame[["down", "up"]].astype(float).max(axis=1, skipna=False),
        group=frame["domain"].fillna("").replace("", "all"),
    )
    rows = [
        {"group": group, "size": size, "share": 100 * float((own["limit"] <= size + 1e-9).mean()), "n": len(own)}
        for group, own in limits.groupby("group", sort=True)
        for size in SIZES
    ]
    data = pd.DataFrame(rows)
    words = {code: _kind(code, names) for code in data["group"].drop_duplicates()}
    key = f"{results.survey.prefix}-detection"
    chosen = data[data["size"].isin([0.2, 0.5, 1.0, 2.0, 5.0])]
    cells = tuple(
        (words[str(r["group"])], count(int(r["n"])), decimal(float(r["size"])), percent(float(r["share"]), 0))
        for r in chosen.to_dict("records")
    )
    heads = tuple(say(f"column.{c}") for c in ("kind_of_figure", "firms", "misprint", "noticed"))
    title = say("figure.detection")

    def draw(axes: Axes, lang: str) -> None:
        named = data.assign(group=[f"{words[g][lang]} ({n})" for g, n in zip(data["group"], data["n"], strict=True)])
        figures.share_curves(
            named,
            x="size",
            y="share",
            label="group",
            log=True,
            lang=lang,
            x_label=say("figure.detection_axis")[lang],
            ax=axes,
        )

    half = int((limits["limit"] <= 1 + 1e-9).sum())
    caption = say(
        "figure.detection_see",
        noticed=count(half),
        all=count(len(limits)),
        never=count(int(limits["limit"].isna().sum())),
    )
    exhibit = Exhibit(key, title, caption, draw, 2.7, Table(key, title, heads, cells, (1, 2, 3), data))
    return Section(key + "-section", say("chapter.detection"), say("chapter.detection_lead"), (exhibit,))


def _kind(domain: str, names: Names) -> Text:
    return say("figure.kind_all") if domain == "all" else say("figure.kind_domain", domain=names.domain(domain))


def pinned_section(results: SurveyResults, names: Names) -> Section | None:
    """Tell how many unpublished counts print determines, without telling which."""
    if results.pinned is None or results.pinned.empty:
        return None
    frame = results.pinned.assign(estimate=results.pinned["pinned"].astype(float))
    pinned, cells = int(frame["pinned"].sum()), int(frame["cells"].sum())
    share = 100 * pinned / cells if cells else 0.0
    note = say("chapter.pinned_note", pinned=count(pinned), cells=count(cells), share=decimal(share, 1))
    key, title = f"{results.survey.prefix}-pinned", say("figure.pinned")
    words = {str(item): brief(names.item(str(item))) for item in frame["item"]}
    rows = tuple(
        (words[str(r["item"])], count(int(r["pinned"])), count(int(r["cells"]))) for r in frame.to_dict("records")
    )
    heads = tuple(say(f"column.{c}") for c in ("item", "pinned", "cells"))

    def draw(axes: Axes, lang: str) -> None:
        labels = {item: word[lang] for item, word in words.items()}
        figures.dot_whisker(frame, label="item", labels=labels, decimals=0, unit="", lang=lang, width=30, ax=axes)

    height = max(figures.rows_height(figures.named([w[lang] for w in words.values()], None, 30)) for lang in LANGUAGES)
    shown = results.pinned[["item", "pinned", "cells"]]
    exhibit = Exhibit(key, title, say("figure.pinned_see"), draw, height, Table(key, title, heads, rows, (1, 2), shown))
    return Section(f"{key}-section", say("chapter.pinned"), note, (exhibit,) if len(words) > 1 else ())


# --- Can the printed percentages come from the printed bases, and would the check have told?

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
