"""Bounds, ranks, pairs and differences: what can be told apart?"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import pandas as pd

from aibaro.report import figures
from aibaro.report.chapters.groups import about, families, family_words, figure_key, grid, headline, item_groups
from aibaro.report.chapters.section import Section
from aibaro.report.exhibits import Exhibit
from aibaro.report.inputs import SurveyResults
from aibaro.report.names import Names, brief, capital
from aibaro.report.tables import Table
from aibaro.report.words import LANGUAGES, Text, count, decimal, interval, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def ranks_section(results: SurveyResults, names: Names) -> Section | None:
    """Show rank sets and the matrix of pairs."""
    if results.ranks is None:
        return None
    groups = item_groups(results.ranks[results.ranks["domain"] != "all"])
    if not groups:
        return None
    head = headline([item for item, _, _ in groups], results.survey.headline)
    prefix = results.survey.prefix
    exhibits: list[Exhibit] = []
    for _, domain, rows in (group for group in groups if group[0] == head):
        exhibits.append(_ranks(prefix, head, domain, rows, names))
        if results.pairs is None:
            continue
        pairs = results.pairs[(results.pairs["item"] == head) & (results.pairs["domain"] == domain)]
        if len(pairs):
            order = [str(level) for level in rows.sort_values("rank", kind="stable")["level"]]
            exhibits.append(_pairs(prefix, pairs, order, names))
    for kind, rows in families(results.ranks[results.ranks["domain"] != "all"], head):
        exhibits.append(_rank_grid(figure_key(prefix, "ranks", "all", kind), kind, rows, names))
    return Section(f"{prefix}-ranks", say("chapter.ranks"), say("chapter.ranks_lead"), tuple(exhibits))


def _rank_grid(key: str, kind: str, rows: pd.DataFrame, names: Names) -> Exhibit:
    spans = rows.assign(width=rows["rank_high"].astype(float) - rows["rank_low"].astype(float))

    def words(row: dict[Any, Any], _: str) -> str:
        low, high = int(row["rank_low"]), int(row["rank_high"])
        return str(low) if low == high else f"{low}–{high}"

    return grid(
        key,
        say("figure.ranks_grid", kind=family_words(kind)),
        say("figure.ranks_grid_see"),
        spans,
        names,
        value="width",
        words=words,
        columns=(
            ("rank", lambda r: count(float(r["rank"]))),
            ("ranks", lambda r: interval(float(r["rank_low"]), float(r["rank_high"]), 0, "")),
        ),
    )


def _ranks(prefix: str, item: str, domain: str, rows: pd.DataFrame, names: Names) -> Exhibit:
    key = figure_key(prefix, "ranks", item, domain)
    title = say("figure.ranks", item=about(item, domain, names))
    cells = tuple(
        (
            names.level(domain, str(r["level"])),
            count(float(r["rank"])),
            interval(float(r["rank_low"]), float(r["rank_high"]), 0, ""),
        )
        for r in rows.sort_values("rank", kind="stable").to_dict("records")
    )
    heads = tuple(say(f"column.{c}") for c in ("level", "rank", "ranks"))

    def draw(axes: Axes, lang: str) -> None:
        figures.rank_sets(rows, labels=names.short(domain, lang), ax=axes)

    return Exhibit(
        key,
        title,
        say("figure.ranks_see"),
        draw,
        0.45 + 0.33 * len(rows),
        Table(key, title, heads, cells, (1, 2), rows),
    )


def _pairs(prefix: str, pairs: pd.DataFrame, order: list[str], names: Names) -> Exhibit:
    item, domain = str(pairs["item"].iloc[0]), str(pairs["domain"].iloc[0])
    key = figure_key(prefix, "pairs", item, domain)
    title = say("figure.pairs", item=about(item, domain, names))
    cells = tuple(
        (
            names.level(domain, str(r["level_a"])),
            names.level(domain, str(r["level_b"])),
            say(f"relation.{r['relation']}"),
        )
        for r in pairs.to_dict("records")
    )
    heads = (say("column.level"), say("column.other_level"), say("column.relation"))

    def draw(axes: Axes, lang: str) -> None:
        figures.pairwise_matrix(pairs, order=order, labels=names.short(domain, lang), ax=axes)

    return Exhibit(
        key, title, say("figure.pairs_see"), draw, 0.45 + 0.33 * len(order), Table(key, title, heads, cells, (), pairs)
    )


def groups_section(results: SurveyResults, names: Names) -> Section | None:
    """Show differences between groups as a forest."""
    frame = results.differences
    if frame is None or frame.empty:
        return None
    prefix = results.survey.prefix
    parts = _alike(frame)
    exhibits = tuple(_forest(figure_key(prefix, "groups", place), rows, names) for place, rows in enumerate(parts, 1))
    return Section(figure_key(prefix, "groups"), say("chapter.groups"), None, exhibits)


def _alike(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """Part differences by the pair of groups that they compare; pairs compared once stand together at the end."""
    if not {"group_a", "group_b"} <= set(frame):
        return [frame.reset_index(drop=True)]
    pairs = frame["group_a"].astype(str) + " " + frame["group_b"].astype(str)
    often = pairs.map(pairs.value_counts()) > 1
    parts = [rows.reset_index(drop=True) for _, rows in frame[often].groupby(pairs[often], sort=False)]
    return [*parts, *([frame[~often].reset_index(drop=True)] if (~often).any() else [])]


def _forest(key: str, frame: pd.DataFrame, names: Names) -> Exhibit:
    known = "breakdown_deff" in frame and bool(frame["breakdown_deff"].notna().any())
    points = frame.assign(**{c: 100 * frame[c].astype(float) for c in ("estimate", "conf_low", "conf_high")})
    points["deff"] = frame["breakdown_deff"].astype(float) if known else float("nan")
    records = points.to_dict("records")
    one_pair = {"group_a", "group_b"} <= set(frame) and len(frame[["group_a", "group_b"]].drop_duplicates()) == 1
    labels = [_label(r, names) if one_pair else _label_with_groups(r, names) for r in records]
    cells = tuple(
        (
            label,
            decimal(float(r["estimate"])),
            interval(float(r["conf_low"]), float(r["conf_high"]), 1, ""),
            *((_deff(float(r["deff"]), 2),) if known else ()),
        )
        for label, r in zip(labels, records, strict=True)
    )
    heads = tuple(say(f"column.{c}") for c in ("item", "difference", "interval", *(("deff",) if known else ())))

    def draw(axes: Axes, lang: str) -> None:
        drawn = points.assign(
            label=[label[lang] for label in labels], note=[_deff(float(v), 1)[lang] for v in points["deff"]]
        )
        figures.difference_forest(
            drawn, note="note" if known else None, note_head=say("figure.group_deff")[lang], lang=lang, ax=axes
        )

    title = say("figure.groups_others" if {"group_a", "group_b"} <= set(frame) else "figure.groups")
    if one_pair:
        a, b = (_group(str(records[0][column]), names) for column in ("group_a", "group_b"))
        title = say("figure.groups_pair", a=a.map(capital), b=b)
    height = max(figures.rows_height(figures.named([label[lang] for label in labels], None, 30)) for lang in LANGUAGES)
    table = Table(key, title, heads, cells, tuple(range(1, len(heads))), frame)
    return Exhibit(key, title, say("figure.groups_see" if known else "figure.groups_plain"), draw, height + 0.15, table)


def _deff(value: float, decimals: int) -> Text:
    """Write the design effect that a difference survives; below one it is no more than chance in any design."""
    return Text.same("–") if value < 1 else decimal(value, decimals)


def _level(code: str, names: Names) -> Text | None:
    return next((brief(label) for (_, level), label in names.levels.items() if level == code), None)


def _parts(code: str, names: Names) -> tuple[Text, Text | None]:
    """Name a group and, for one such as ``willing.no (public)``, the people in whom it is compared."""
    head, _, people = code.removesuffix(")").partition(" (")
    return _level(head, names) or names.item(head), _level(people, names)


def _group(code: str, names: Names) -> Text:
    """Name a group: a level of any domain, or an item with its base."""
    return _beside(*_parts(code, names))


def _beside(words: Text, people: Text | None) -> Text:
    return words if people is None else Text(f"{words.en} ({people.en})", f"{words.nl} ({people.nl})")


def _label(row: dict[Hashable, Any], names: Names) -> Text:
    label = str(row["label"])
    return names.item(label) if label in names.items else Text.labels(label, str(row.get("label_nl") or ""))


def _label_with_groups(row: dict[Hashable, Any], names: Names) -> Text:
    words = _label(row, names)
    if "group_a" not in row:
        return words
    (a, of_a), (b, of_b) = (_parts(str(row[column]), names) for column in ("group_a", "group_b"))
    if of_a == of_b:
        both = _beside(Text(f"{a.en} − {b.en}", f"{a.nl} − {b.nl}"), of_a)
    else:
        a, b = _beside(a, of_a), _beside(b, of_b)
        both = Text(f"{a.en} − {b.en}", f"{a.nl} − {b.nl}")
    return both if words in {a, b} else Text(f"{words.en}: {both.en}", f"{words.nl}: {both.nl}")
