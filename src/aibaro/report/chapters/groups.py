"""How are rows of an item and a domain kept together, and what is their figure called?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from aibaro.report import figures
from aibaro.report.exhibits import Exhibit
from aibaro.report.figures.strata import CROWDED
from aibaro.report.names import Names, brief
from aibaro.report.tables import Table
from aibaro.report.words import Text, catalogue, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def figure_key(prefix: str, *parts: object) -> str:
    """Make the name of a figure.

    Examples
    --------
    >>> figure_key("fl23", "ranks", "technology.nlg", "size_class")
    'fl23-ranks-technology-nlg-size-class'
    """
    return "-".join([prefix, *map(str, parts)]).replace(".", "-").replace("_", "-").replace("@", "-")


def item_groups(frame: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    """Part a frame by item and domain."""
    cells = frame[frame["domain"] != ""].groupby(["item", "domain"], sort=False)
    return [(str(item), str(domain), rows.reset_index(drop=True)) for (item, domain), rows in cells if len(rows) > 1]


def headline(items: Sequence[str], chosen: str) -> str:
    """Choose the item that a chapter shows in full: the survey's own headline where it has such a figure.

    Examples
    --------
    >>> headline(["b", "use"], "use"), headline(["b", "a"], "use")
    ('use', 'b')
    """
    return chosen if chosen in items else items[0]


def about(item: str, domain: str, names: Names) -> Text:
    """Say what a figure of an item by a domain is about."""
    return say("figure.by_domain", item=names.item(item), domain=names.domain(domain))


def families(frame: pd.DataFrame, head: str) -> list[tuple[str, pd.DataFrame]]:
    """Part the rows of all items but one by kind of item: what stands before the point of the item's name."""
    rest = frame[(frame["domain"] != "") & (frame["item"] != head)]
    kinds = rest["item"].astype(str).str.split(".").str[0]
    return [(str(kind), rows.reset_index(drop=True)) for kind, rows in rest.groupby(kinds, sort=False)]


def family_words(kind: str) -> Text:
    """Name a family of items."""
    known = catalogue().get(f"family.{kind}")
    return known if known is not None else Text.same(kind)


def grid(
    key: str,
    title: Text,
    caption: Text,
    rows: pd.DataFrame,
    names: Names,
    *,
    value: str,
    words: Callable[[dict[Any, Any], str], str],
    columns: Sequence[tuple[str, Callable[[dict[Any, Any]], Text]]],
) -> Exhibit:
    """Make a figure of many items and all levels: one cell each, with its words."""
    records = rows.to_dict("records")
    items = {str(i): brief(names.item(str(i))) for i in rows["item"].drop_duplicates()}
    domains = sorted(rows["domain"].drop_duplicates(), key=lambda d: len(names.order.get(d, ())))
    levels = [level for domain in domains for level in names.order.get(domain, ())]
    label = {str(r["level"]): brief(names.level(str(r["domain"]), str(r["level"]))) for r in records}
    cells = tuple((items[str(r["item"])], label[str(r["level"])], *(cell(r) for _, cell in columns)) for r in records)
    heads = (say("column.item"), say("column.level"), *(say(f"column.{head}") for head, _ in columns))

    def draw(axes: Axes, lang: str) -> None:
        frame = rows.assign(words=[words(r, lang) for r in records])
        labels = {code: text[lang] for code, text in (*items.items(), *label.items())}
        figures.stratum_map(
            frame,
            value,
            rows="level",
            columns="item",
            order={"level": levels, "item": list(items)},
            labels=labels,
            text="words",
            heads="upright",
            lang=lang,
            ax=axes,
        )

    table = Table(key, title, heads, cells, tuple(range(2, len(heads))), rows)
    height = 1.9 + (0.24 if len(items) <= CROWDED else 0.36) * len(levels)
    return Exhibit(key, title, caption, draw, height, table)
