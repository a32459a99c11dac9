"""Which files and columns make up a published survey?  Declared here, once, for bundled and users' surveys alike."""

from __future__ import annotations

from dataclasses import dataclass

COUNT_COLUMNS: tuple[str, ...] = ("population", "sample", "respondents")
IGNORED_REASONS: tuple[str, ...] = (
    "url",
    "code",
    "page",
    "footnote_mark",
    "axis",
    "reference",
    "enumeration",
    "name",
    "homonym",
)
CROSS = "×"
WHOLE_BASE = "all"
# What makes two printings statements of the same quantity.
FACT_COLUMNS: tuple[str, ...] = ("item", "base", "domain", "level", "wave", "group")


@dataclass(frozen=True, slots=True)
class Table:
    """A declared file of a survey.

    Parameters
    ----------
    file : str
        Its name in the folder.
    columns : tuple of str
        All declared columns in their order on disk.
    required : tuple of str
        Columns that must be there; the others are derived, or left empty, when they are not.
    key : tuple of str
        Columns that name a row; no two rows share them.
    open : bool
        Whether further columns are allowed (the stratum variables of ``strata.csv``).
    """

    file: str
    columns: tuple[str, ...]
    required: tuple[str, ...]
    key: tuple[str, ...] = ()
    open: bool = False

    @property
    def name(self) -> str:
        """Name of the file without its ending."""
        return self.file.removesuffix(".csv")


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table("strata.csv", COUNT_COLUMNS, ("population", "respondents"), open=True),
        Table(
            "printed.csv",
            (
                "id",
                "fact",
                "kind",
                "item",
                "base",
                "base_n",
                "weighted",
                "domain",
                "level",
                "wave",
                "group",
                "printed",
                "decimals",
                "low",
                "high",
                "qualifier",
                "unit",
                "location",
            ),
            ("id", "item", "base", "domain", "level", "printed"),
            key=("id",),
        ),
        Table(
            "levels.csv",
            ("domain", "level", "order", "label_en", "label_nl"),
            ("domain", "level"),
            key=("domain", "level"),
        ),
        Table("items.csv", ("item", "type", "label_en", "label_nl"), ("item",), key=("item",)),
        Table("bases.csv", ("base", "parent", "definition", "respondents"), ("base",), key=("base",)),
        Table("relations.csv", ("kind", "parts", "whole"), ("kind", "parts", "whole")),
        Table(
            "claims.csv",
            ("id", "location", "claim", "type", "rule", "inputs", "parameters"),
            ("id", "claim"),
            key=("id",),
        ),
        Table("ignored.csv", ("token", "times", "location", "reason"), ("token", "reason")),
        Table("verdicts.csv", ("id", "verdict", "reason"), ("id", "verdict"), key=("id",)),
    )
}


def fact_key(
    item: str, base: str = WHOLE_BASE, domain: str = "", level: str = "", *, wave: str = "", group: str = ""
) -> str:
    """Give the key of the quantity that a printing states.

    Examples
    --------
    >>> fact_key("technology.nlg", "all", "sector", "nace-58-63")
    'technology.nlg|sector=nace-58-63'
    >>> fact_key("barrier.legal", "adopters", wave="2022")
    'barrier.legal@adopters|wave=2022'
    """
    parts = [item + (f"@{base}" if base not in {"", WHOLE_BASE} else "")]
    parts += [f"{domain}={level}"] if domain else []
    parts += [f"wave={wave}"] if wave else []
    parts += [f"group={group}"] if group else []
    return "|".join(parts)
