"""Bounds, ranks, pairs and differences: what can be told apart?"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import pandas as pd

from aibaro.report import figures
from aibaro.report.chapters.section import Section
from aibaro.report.exhibits import Exhibit
from aibaro.report.inputs import SurveyResults
from aibaro.report.names import Names
from aibaro.report.tables import Table
from aibaro.report.words import Text, count, decimal, interval, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def _key(prefix: str, *parts: object) -> str:
    return "-".join([prefix, *map(str, parts)]).replace(".", "-").replace("_", "-").replace("@", "-")


def _groups(frame: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    cells = frame[frame["domain"] != ""].groupby(["item", "domain"], sort=False)
    return [(str(item), str(domain), rows.reset_index(drop=True)) for (item, domain), rows in cells if len(rows) > 1]


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
    if results.bounds is None or not _groups(results.bounds):
        return None
    exhibits = [_bounds(results.survey.prefix, item, domain, rows, names)
                for item, domain, rows in _groups(results.bounds)]  # fmt: skip
    return Section(f"{results.survey.prefix}-bounds", say("chapter.bounds"), None, tuple(exhibits[:2]),
                   tuple(exhibits[2:]), more_title=say("chapter.adoption_more"))  # fmt: skip


def _bounds(prefix: str, item: str, domain: str, rows: pd.DataFrame, names: Names) -> Exhibit:
    key = _key(prefix, "bounds", item, domain)
    title = say("figure.bounds", item=names.item(item.partition("@")[0]))
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
    if results.ranks is None or not _groups(results.ranks):
        return None
    exhibits: list[Exhibit] = []
    for item, domain, rows in _groups(results.ranks):
        exhibits.append(_ranks(results.survey.prefix, item, domain, rows, names))
        if results.pairs is not None:
            pairs = results.pairs[(results.pairs["item"] == item) & (results.pairs["domain"] == domain)]
            if len(pairs):
                order = [str(level) for level in rows.sort_values("rank", kind="stable")["level"]]
                exhibits.append(_pairs(results.survey.prefix, pairs, order, names))
    return Section(f"{results.survey.prefix}-ranks", say("chapter.ranks"), None, tuple(exhibits[:2]),
                   tuple(exhibits[2:]), more_title=say("chapter.adoption_more"))  # fmt: skip


def _ranks(prefix: str, item: str, domain: str, rows: pd.DataFrame, names: Names) -> Exhibit:
    key = _key(prefix, "ranks", item, domain)
    title = say("figure.ranks", item=names.item(item.partition("@")[0]))
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
    title = say("figure.pairs", item=names.item(item.partition("@")[0]))
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
    key = f"{results.survey.prefix}-groups"
    deff = "breakdown_deff" if "breakdown_deff" in frame else None
    points = frame.assign(**{c: 100 * frame[c].astype(float) for c in ("estimate", "conf_low", "conf_high")})
    labels = [_label(r, names) for r in frame.to_dict("records")]
    cells = tuple((label, decimal(float(r["estimate"])), interval(float(r["conf_low"]), float(r["conf_high"]), 1, ""),
                   *((decimal(float(r[deff]), 2),) if deff else ()))
                  for label, r in zip(labels, points.to_dict("records"), strict=True))  # fmt: skip
    heads = tuple(say(f"column.{c}") for c in ("item", "difference", "interval", *(("deff",) if deff else ())))

    def draw(axes: Axes, lang: str) -> None:
        drawn = points.assign(label=[label[lang] for label in labels])
        if deff:
            drawn = drawn.assign(note=[decimal(float(v), 1)[lang] for v in frame[deff]])
        figures.difference_forest(drawn, note="note" if deff else None, note_head=say("figure.group_deff")[lang],
                                  lang=lang, ax=axes)  # fmt: skip

    table = Table(key, say("figure.groups"), heads, cells, tuple(range(1, len(heads))), frame)
    exhibit = Exhibit(key, table.caption, say("figure.groups_see"), draw, 0.6 + 0.33 * len(frame), table)
    return Section(key + "-section", say("chapter.groups"), None, (exhibit,))


def _label(row: dict[Hashable, Any], names: Names) -> Text:
    label = str(row["label"])
    return names.item(label) if label in names.items else Text.labels(label, str(row.get("label_nl") or ""))


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
