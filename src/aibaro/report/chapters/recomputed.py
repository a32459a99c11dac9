"""Printed totals beside what the other figures give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from aibaro.facts import facts_of
from aibaro.report import figures
from aibaro.report.chapters.section import Section
from aibaro.report.exhibits import Exhibit
from aibaro.report.inputs import SurveyResults
from aibaro.report.names import Names, brief
from aibaro.report.tables import Table
from aibaro.report.words import LANGUAGES, Text, interval, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_ROWS = 26
LABEL = 32


def recomputed_section(results: SurveyResults, names: Names) -> Section | None:
    """Show overall percentages that were recomputed, with the band that rounding of the printed figure allows."""
    survey = results.survey
    data = _overall(results)
    if data.empty:
        return None
    key = f"{survey.prefix}-recomputed"
    labels = {
        fact: _label(item, group, names)
        for fact, item, group in zip(data["fact"], data["item"], data["group"], strict=True)
    }
    heads = tuple(say(f"column.{c}") for c in ("item", "from", "printed", "recomputed"))
    rows = tuple(
        (
            labels[str(r["fact"])],
            rule_words(str(r["rule"])),
            Text.same(r["printed"]),
            interval(float(r["low"]), float(r["high"]), 2, ""),
        )
        for r in data.to_dict("records")
    )
    table = Table(key, say("figure.recomputed"), heads, rows, (2, 3), data)
    rules = list(data["rule"].drop_duplicates())

    def draw(axes: Axes, lang: str) -> None:
        frame = data.assign(
            label=[
                labels[fact][lang] + ("" if base in {"", "all"} else "\u00a0*")
                for fact, base in zip(data["fact"], data["base"], strict=True)
            ]
        )
        figures.printed_against_recomputed(
            frame,
            source="rule" if len(rules) > 1 else None,
            sources={r: rule_words(r)[lang] for r in rules},
            lang=lang,
            decimals=int(data["decimals"].max()),
            width=LABEL,
            ax=axes,
        )

    words = [[text[lang] for text in labels.values()] for lang in LANGUAGES]
    height = max(figures.rows_height(figures.named(texts, None, LABEL)) for texts in words)
    height += 0.2 * len(rules) * (len(rules) > 1)
    caption = say("figure.recomputed_see")
    if (~data["base"].isin(["", "all"])).any():
        starred = say("figure.recomputed_star")
        caption = Text(caption.en + starred.en, caption.nl + starred.nl)
    exhibit = Exhibit(key, table.caption, caption, draw, height, table)
    return Section(key + "-section", say("chapter.recomputed"), None, (exhibit,))


def _label(item: str, group: str, names: Names) -> Text:
    label = brief(names.item(item))
    if not group:
        return label
    people = brief(names.level("group", group))
    return Text(f"{label.en} ({people.en})", f"{label.nl} ({people.nl})")


def _overall(results: SurveyResults) -> pd.DataFrame:
    """Overall percentages with a recomputed interval, one row per fact and rule, widest gaps first."""
    survey = results.survey
    facts = facts_of(survey)
    printed = survey.printed[(survey.printed["kind"] == "percentage") & (survey.printed["domain"] == "")]
    frame = printed.drop(columns=["low", "high"]).merge(results.ledger, on="id", suffixes=("", "_ledger"))
    frame = frame[frame["low"].notna() & frame["high"].notna() & (frame["verdict"] != "not_checkable")]
    frame = frame.drop_duplicates(["fact", "rule"])
    read = [facts.printing(str(name)).interval(facts.rounding) for name in frame["id"]]
    # what is impossible stands for nothing, and has no place on an axis
    shown = pd.Series([band is not None and not band.empty for band in read], index=frame.index, dtype=bool)
    frame, bands = frame[shown], [band for band in read if band is not None and not band.empty]
    frame = frame.assign(printed_low=[float(b.lower) for b in bands], printed_high=[float(b.upper) for b in bands])
    frame["printed_value"] = (frame["printed_low"] + frame["printed_high"]) / 2
    frame["estimate"] = frame["estimate"].where(frame["estimate"].notna(), (frame["low"] + frame["high"]) / 2)
    narrow = frame[(frame["high"] - frame["low"]) <= 10 * (frame["printed_high"] - frame["printed_low"])]
    first = list(narrow["fact"].drop_duplicates())[:MOST_ROWS]
    columns = [
        "id",
        "fact",
        "item",
        "base",
        "group",
        "rule",
        "printed",
        "decimals",
        "printed_value",
        "printed_low",
        "printed_high",
        "estimate",
        "low",
        "high",
        "verdict",
    ]
    chosen = narrow.loc[narrow["fact"].isin(first), columns].reset_index(drop=True)
    return chosen.assign(decimals=pd.to_numeric(chosen["decimals"]).fillna(0).astype(int))


def rule_words(rule: str) -> Text:
    """Name a rule of the ledger in words."""
    from aibaro.report.words import catalogue

    known = catalogue().get(f"rule.{rule}")
    return known if known is not None else Text.same(rule.replace("_", " "))
