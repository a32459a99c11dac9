"""Which files and columns make up a published survey?  Declared here, once, for bundled and users' surveys alike."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field

DESCRIPTOR = "datapackage.json"
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
FACT_COLUMNS: tuple[str, ...] = ("item", "base", "domain", "level", "wave", "group", "measure")


@dataclass(frozen=True, slots=True)
class FileSchema:
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
    named : tuple of str
        Columns of the key that may not be empty.
    aliases : dict of str to str
        Column that an older or shorter heading stands for.
    open : bool
        Whether further columns are allowed (the stratum variables of ``strata.csv``).
    """

    file: str
    columns: tuple[str, ...]
    required: tuple[str, ...]
    key: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    aliases: dict[str, str] = field(default_factory=dict)
    open: bool = False

    @property
    def name(self) -> str:
        """Name of the file without its ending."""
        return self.file.removesuffix(".csv")


PRINTED_COLUMNS: tuple[str, ...] = (
    "id",
    "fact",
    "kind",
    "item",
    "measure",
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
)
BASE_COLUMNS: tuple[str, ...] = (
    "base",
    "parent",
    "definition",
    "respondents",
    "domain",
    "level",
    "weighted",
    "weighting",
    "label_en",
    "label_nl",
)
CLAIM_COLUMNS: tuple[str, ...] = ("id", "location", "claim_en", "claim_nl", "type", "rule", "inputs", "parameters")
TABLES: dict[str, FileSchema] = {
    table.name: table
    for table in (
        FileSchema("strata.csv", COUNT_COLUMNS, ("population", "respondents"), open=True),
        FileSchema("printed.csv", PRINTED_COLUMNS, ("item", "printed"), key=("id",), named=("id",)),
        FileSchema(
            "levels.csv",
            ("domain", "level", "order", "label_en", "label_nl"),
            ("domain", "level"),
            key=("domain", "level"),
            named=("domain", "level"),
        ),
        FileSchema("items.csv", ("item", "type", "label_en", "label_nl"), ("item",), key=("item",), named=("item",)),
        # a base has one row, and further ones for its sizes by level, weighted or not
        FileSchema("bases.csv", BASE_COLUMNS, ("base",), key=("base", "domain", "level", "weighted"), named=("base",)),
        FileSchema("relations.csv", ("kind", "parts", "whole", "status", "evidence"), ("kind", "parts", "whole")),
        FileSchema(
            "claims.csv",
            CLAIM_COLUMNS,
            ("id", "claim_en"),
            key=("id",),
            named=("id",),
            aliases={"claim": "claim_en"},
        ),
        FileSchema("ignored.csv", ("token", "times", "location", "reason"), ("token", "reason")),
        FileSchema("verdicts.csv", ("id", "verdict", "reason"), ("id", "verdict"), key=("id",), named=("id",)),
    )
}

COMPARISONS = "comparisons.csv"
COMPARISON_COLUMNS: tuple[str, ...] = (
    "family",
    "kind",
    "domain",
    "item",
    "fact_a",
    "fact_b",
    "claim",
    "base",
    "mixture",
    "share_a",
    "share_b",
    "relative_weight",
    "n_a",
    "joint",
    "reason",
)

GRADE_COLUMNS: tuple[str, ...] = (
    "claim",
    "reason",
    "measure",
    "draws",
    "established",
    "refuted",
    "imprecise",
    "not_significant",
    "depends",
    "chains",
    "rhat",
    "ess",
    "steps",
    "seed",
    "inputs",
)

#: Files beside the tables: what the library itself writes, what compares surveys, what a person confirms.
SIDE_TABLES: dict[str, FileSchema] = {
    table.name: table
    for table in (
        FileSchema(COMPARISONS, COMPARISON_COLUMNS, COMPARISON_COLUMNS[:2]),
        FileSchema(
            "adoption.csv",
            (
                "fact",
                "meaning",
                "group",
                "population",
                "place",
                "unit",
                "year",
                "definition",
                "technology_scope",
                "sampling",
                "weighting",
                "quality",
                "base_printed",
                "caution",
            ),
            ("fact", "meaning"),
        ),
        FileSchema("detection.csv", ("item", "base", "domain", "level"), ("item",), open=True),
        # claims that depend on counts, and the tables that were drawn to grade them
        FileSchema("typical.csv", GRADE_COLUMNS, GRADE_COLUMNS, key=("claim",), named=("claim",)),
        FileSchema("disclosure.csv", ("item", "base", "cells", "pinned", "narrow"), ("item",), open=True),
        FileSchema("candidates.csv", (), (), open=True),
        # one of these a set of constraints: bounds.csv, bounds-overall.csv
        FileSchema("bounds.csv", ("item", "base", "domain", "level"), ("item",), open=True),
    )
}
#: How a figure begins that is no number of print with an id: with its file, and its place in it.
CELL = re.compile(r"[a-z-]+\.csv#")
#: Files that are neither a table nor read: what is said of the folder, and counts for verification alone.
OTHER_FILES: tuple[str, ...] = ("README.md", "LICENSE.md", "CITATION.cff", "bounds-witnesses.json")


def side_table(file: str) -> FileSchema | None:
    """Return what is declared of a file beside the tables; None for a file that nobody knows.

    Examples
    --------
    >>> side_table("bounds-overall.csv").name, side_table("bound.csv")
    ('bounds', None)
    """
    stem = file.removesuffix(".csv") if file.endswith(".csv") else ""
    return SIDE_TABLES.get("bounds" if stem.startswith("bounds-") else stem)


def is_known(file: str) -> bool:
    """Tell whether a file of this name may stand in the folder of a survey."""
    witnesses = file.startswith("bounds-") and file.endswith("witnesses.json")
    tables = {table.file for table in TABLES.values()}
    return file in {DESCRIPTOR, *tables, *OTHER_FILES} or witnesses or side_table(file) is not None


def nearest_file(file: str) -> str:
    """The table that a file of an unknown name may be meant for; nothing where there is none.

    Examples
    --------
    >>> nearest_file("relatons.csv"), nearest_file("relations.csv"), nearest_file("extra.csv")
    ('relations.csv', '', '')
    """
    tables = [] if is_known(file) else [table.file for table in (*TABLES.values(), *SIDE_TABLES.values())]
    return next(iter(difflib.get_close_matches(file, tables, 1, cutoff=0.85)), "")


def fact_key(
    item: str,
    base: str = WHOLE_BASE,
    domain: str = "",
    level: str = "",
    *,
    wave: str = "",
    group: str = "",
    measure: str = "",
) -> str:
    """Return the key of the quantity that a printing states.

    Notes
    -----
    The measure is named where it is not that of the item.

    Examples
    --------
    >>> fact_key("technology.nlg", "all", "sector", "nace-58-63")
    'technology.nlg|sector=nace-58-63'
    >>> fact_key("barrier.legal", "adopters", wave="2022")
    'barrier.legal@adopters|wave=2022'
    >>> fact_key("use", measure="count")
    'use|measure=count'
    """
    parts = [item + (f"@{base}" if base not in {"", WHOLE_BASE} else "")]
    parts += [f"{domain}={level}"] if domain else []
    parts += [f"wave={wave}"] if wave else []
    parts += [f"group={group}"] if group else []
    parts += [f"measure={measure}"] if measure else []
    return "|".join(parts)
