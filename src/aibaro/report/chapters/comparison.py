"""Bounds, ranks, pairs and differences: what can be told apart?"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import pandas as pd

from aibaro.report import figures
from aibaro.report.chapters.section import Section
from aibaro.report.exhibits import Exhibit
from aibaro.report.inputs import SurveyResults
from aibaro.report.names import Names, brief
from aibaro.report.numbers import LANGUAGES
from aibaro.report.tables import Table
from aibaro.report.words import Text, count, decimal, interval, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def _key(prefix: str, *parts: object) -> str:
    return "-".join([prefix, *map(str, parts)]).replace(".", "-").replace("_", "-").replace("@", "-")


def _groups(frame: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    cells = frame[frame["domain"] != ""].groupby(["item", "domain"], sort=False)
    return [(str(item), str(domain), rows.reset_index(drop=True)) for (item, domain), rows in cells if len(rows) > 1]


def _about(item: str, domain: str, names: Names) -> Text:
    key = f"figure.by_{domain}" if domain in {"sector", "size_class"} else "figure.by_other"
    return say(key, item=names.item(item.partition("@")[0]), domain=domain)


def bounds_section(results: SurveyResults, names: Names) -> Section | None:
    """Show the range of each standard error that print allows.

    Parameters
    ----------
    results : SurveyResults
        Results of the survey.
    names : Names
        Its labels.

    Returns
    -------
    Section or None
        None where no bounds were computed.
    """
    if results.bounds is None:
        return None
    groups = _groups(results.bounds)
    if not groups:
        return None
    prefix, items = results.survey.prefix, [item for item, _, _ in groups]
    head = "at_least_one" if "at_least_one" in items else items[0]
    exhibits = tuple(_bounds(prefix, item, domain, rows, names) for item, domain, rows in groups if item == head)
    rest = [rows for item, _, rows in groups if item != head]
    tables = (_bounds_table(prefix, pd.concat(rest, ignore_index=True), names),) if rest else ()
    return Section(f"{prefix}-bounds", say("chapter.bounds"), None, exhibits, tables=tables)


def _bounds_table(prefix: str, rows: pd.DataFrame, names: Names) -> Table:
    cells = tuple((names.item(str(r["item"]).partition("@")[0]), brief(names.level(str(r["domain"]), str(r["level"]))),
                   decimal(100 * float(r["se_lower"]), 2), decimal(100 * float(r["se_upper"]), 2),
                   Text.same(r["status"])) for r in rows.to_dict("records"))  # fmt: skip
    heads = tuple(say(f"column.{c}") for c in ("item", "level", "se_lower", "se_upper", "status"))
    return Table(_key(prefix, "bounds", "others"), say("chapter.bounds_others"), heads, cells, (2, 3), rows)


def _bounds(prefix: str, item: str, domain: str, rows: pd.DataFrame, names: Names) -> Exhibit:
    key = _key(prefix, "bounds", item, domain)
    title = say("figure.bounds", item=_about(item, domain, names))
    cells = tuple((names.level(domain, str(r["level"])), decimal(100 * float(r["se_lower"]), 2),
                   decimal(100 * float(r["se_upper"]), 2), Text.same(r["status"]))
                  for r in rows.to_dict("records"))  # fmt: skip
    heads = tuple(say(f"column.{c}") for c in ("level", "se_lower", "se_upper", "status"))

    def draw(axes: Axes, lang: str) -> None:
        figures.error_bounds(rows, labels=names.short(domain, lang), lang=lang, ax=axes)

    return Exhibit(key, title, say("figure.bounds_see"), draw, 0.45 + 0.33 * len(rows),
                   Table(key, title, heads, cells, (1, 2), rows))  # fmt: skip


def ranks_section(results: SurveyResults, names: Names) -> Section | None:
    """Show rank sets and the matrix of pairs.

    Parameters
    ----------
    results : SurveyResults
        Results of the survey.
    names : Names
        Its labels.

    Returns
    -------
    Section or None
        None where no ranks were computed.
    """
    if results.ranks is None:
        return None
    groups = _groups(results.ranks[results.ranks["domain"] != "all"])
    if not groups:
        return None
    items = [item for item, _, _ in groups]
    head = "at_least_one" if "at_least_one" in items else items[0]
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
    rest = [rows for item, _, rows in groups if item != head]
    tables = (_rank_table(prefix, pd.concat(rest, ignore_index=True), names),) if rest else ()
    return Section(f"{prefix}-ranks", say("chapter.ranks"), None, tuple(exhibits), tables=tables)


def _rank_table(prefix: str, rows: pd.DataFrame, names: Names) -> Table:
    cells = tuple((names.item(str(r["item"])), brief(names.level(str(r["domain"]), str(r["level"]))),
                   count(float(r["rank"])), interval(float(r["rank_low"]), float(r["rank_high"]), 0, ""))
                  for r in rows.to_dict("records"))  # fmt: skip
    heads = tuple(say(f"column.{c}") for c in ("item", "level", "rank", "ranks"))
    return Table(_key(prefix, "ranks", "others"), say("chapter.ranks_others"), heads, cells, (2, 3), rows)


def _ranks(prefix: str, item: str, domain: str, rows: pd.DataFrame, names: Names) -> Exhibit:
    key = _key(prefix, "ranks", item, domain)
    title = say("figure.ranks", item=_about(item, domain, names))
    cells = tuple((names.level(domain, str(r["level"])), count(float(r["rank"])),
                   interval(float(r["rank_low"]), float(r["rank_high"]), 0, ""))
                  for r in rows.sort_values("rank", kind="stable").to_dict("records"))  # fmt: skip
    heads = tuple(say(f"column.{c}") for c in ("level", "rank", "ranks"))

    def draw(axes: Axes, lang: str) -> None:
        figures.rank_sets(rows, labels=names.short(domain, lang), ax=axes)

    return Exhibit(key, title, say("figure.ranks_see"), draw, 0.45 + 0.33 * len(rows),
                   Table(key, title, heads, cells, (1, 2), rows))  # fmt: skip


def _pairs(prefix: str, pairs: pd.DataFrame, order: list[str], names: Names) -> Exhibit:
    item, domain = str(pairs["item"].iloc[0]), str(pairs["domain"].iloc[0])
    key = _key(prefix, "pairs", item, domain)
    title = say("figure.pairs", item=_about(item, domain, names))
    cells = tuple((names.level(domain, str(r["level_a"])), names.level(domain, str(r["level_b"])),
                   say(f"relation.{r['relation']}")) for r in pairs.to_dict("records"))  # fmt: skip
    heads = (say("column.level"), say("column.other_level"), say("column.relation"))

    def draw(axes: Axes, lang: str) -> None:
        figures.pairwise_matrix(pairs, order=order, labels=names.short(domain, lang), ax=axes)

    return Exhibit(key, title, say("figure.pairs_see"), draw, 0.45 + 0.33 * len(order),
                   Table(key, title, heads, cells, (), pairs))  # fmt: skip


def groups_section(results: SurveyResults, names: Names) -> Section | None:
    """Show differences between groups as a forest.

    Parameters
    ----------
    results : SurveyResults
        Results of the survey.
    names : Names
        Its labels.

    Returns
    -------
    Section or None
        None where no differences were computed.
    """
    frame = results.differences
    if frame is None or frame.empty:
        return None
    prefix = results.survey.prefix
    families = frame["family"] if "family" in frame else pd.Series("all", index=frame.index)
    exhibits = tuple(_forest(_key(prefix, "groups", place), rows.reset_index(drop=True), names)
                     for place, (_, rows) in enumerate(frame.groupby(families, sort=False), 1))  # fmt: skip
    return Section(_key(prefix, "groups"), say("chapter.groups"), None, exhibits)


def _forest(key: str, frame: pd.DataFrame, names: Names) -> Exhibit:
    known = "breakdown_deff" in frame and bool(frame["breakdown_deff"].notna().any())
    points = frame.assign(**{c: 100 * frame[c].astype(float) for c in ("estimate", "conf_low", "conf_high")})
    points["deff"] = frame["breakdown_deff"].astype(float) if known else float("nan")
    records = points.to_dict("records")
    one_pair = {"group_a", "group_b"} <= set(frame) and len(frame[["group_a", "group_b"]].drop_duplicates()) == 1
    labels = [_label(r, names) if one_pair else _label_with_groups(r, names) for r in records]
    cells = tuple((label, decimal(float(r["estimate"])), interval(float(r["conf_low"]), float(r["conf_high"]), 1, ""),
                   *((decimal(float(r["deff"]), 2),) if known else ()))
                  for label, r in zip(labels, records, strict=True))  # fmt: skip
    heads = tuple(say(f"column.{c}") for c in ("item", "difference", "interval", *(("deff",) if known else ())))

    def draw(axes: Axes, lang: str) -> None:
        drawn = points.assign(label=[label[lang] for label in labels],
                              note=[decimal(float(v), 1)[lang] for v in points["deff"]])  # fmt: skip
        figures.difference_forest(drawn, note="note" if known else None, note_head=say("figure.group_deff")[lang],
                                  lang=lang, ax=axes)  # fmt: skip

    title = say("figure.groups")
    if one_pair:
        a, b = (_group(str(records[0][column]), names) for column in ("group_a", "group_b"))
        title = say("figure.groups_pair", a=a, b=b)
    height = max(figures.rows_height(figures.named([label[lang] for label in labels], None, 30)) for lang in LANGUAGES)
    table = Table(key, title, heads, cells, tuple(range(1, len(heads))), frame)
    return Exhibit(key, title, say("figure.groups_see" if known else "figure.groups_plain"), draw, height + 0.15, table)


def _group(code: str, names: Names) -> Text:
    """Name a group: a level of any domain, or an item with its base."""
    for (_, level), label in names.levels.items():
        if level == code:
            return brief(label)
    return names.item(code.partition("@")[0])


def _label(row: dict[Hashable, Any], names: Names) -> Text:
    label = str(row["label"])
    return names.item(label) if label in names.items else Text.labels(label, str(row.get("label_nl") or ""))


def _label_with_groups(row: dict[Hashable, Any], names: Names) -> Text:
    words = _label(row, names)
    if "group_a" not in row:
        return words
    a, b = (_group(str(row[column]), names) for column in ("group_a", "group_b"))
    if words in {a, b}:
        return Text(f"{a.en} − {b.en}", f"{a.nl} − {b.nl}")
    return Text(f"{words.en}: {a.en} − {b.en}", f"{words.nl}: {a.nl} − {b.nl}")


def grim_section(results: SurveyResults, names: Names) -> Section | None:
    """List percentages of printed bases with the power of their check.

    Parameters
    ----------
    results : SurveyResults
        Results of the survey.
    names : Names
        Its labels.

    Returns
    -------
    Section or None
        None where no percentage has a printed base.
    """
    if results.grim is None or results.grim.empty:
        return None
    survey = results.survey
    rows = results.grim.merge(survey.printed[["id", "item", "printed"]], on="id", how="left", suffixes=("", "_printed"))
    rows = rows.merge(results.ledger[["id", "verdict"]], on="id", how="left", suffixes=("", "_ledger"))
    cells = tuple((names.item(str(r["item"])), Text.same(r["printed"]), count(float(r["n"])),
                   decimal(100 * float(r["power"]), 1).map(lambda t: f"{t}%"), say(f"verdict.{r['verdict']}"))
                  for r in rows.to_dict("records"))  # fmt: skip
    heads = tuple(say(f"column.{c}") for c in ("item", "printed", "n", "power", "verdict"))
    table = Table(f"{survey.prefix}-grim", say("chapter.grim"), heads, cells, (1, 2, 3), rows)
    return Section(f"{survey.prefix}-grim-section", say("chapter.grim"), say("methods.grim_text"), tables=(table,))
