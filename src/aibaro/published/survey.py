"""What was printed, by whom, where?  One class for the bundled surveys and for a survey of one's own."""

from __future__ import annotations

import difflib
import html
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from aibaro.errors import FaultList, InputError, IntegrityError
from aibaro.published.checks_links import check_levels, check_links, check_strata
from aibaro.published.checks_printed import check_printed, complete, domains_of
from aibaro.published.package import DESCRIPTOR, check_files, declared_files, read_descriptor
from aibaro.published.paths import bundled_names, data_root
from aibaro.published.schema import COUNT_COLUMNS, TABLES, WHOLE_BASE
from aibaro.published.tables import RawTable, read_table


@dataclass(frozen=True, slots=True, eq=False)
class PublishedSurvey:
    """A published survey: its strata, every number that it prints, and what these numbers are about.

    Parameters
    ----------
    name : str
        Id of the survey, such as ``flanders-2023``.
    prefix : str
        What the ids of its printings start with, such as ``fl23``.
    folder : pathlib.Path
        Folder that it was read from.
    metadata : mapping
        Its Data Package descriptor: title, sources with citation, dates, rights, settings.
    strata : pandas.DataFrame, shape (H, ...)
        Stratum variables (text), population, respondents and, where published, sample (int64); no rows when the
        survey prints no strata.
    printed, items, levels, bases, relations, claims, ignored, verdicts : pandas.DataFrame
        The tables of the data dictionary, text throughout; empty text stands for an empty cell.

    Notes
    -----
    Every call of :func:`load` or :func:`read` gives frames of its own: changing one changes no other.

    Examples
    --------
    >>> survey = load("flanders-2023")
    >>> len(survey.strata), int(survey.strata["respondents"].sum())
    (44, 2612)
    """

    name: str
    prefix: str
    folder: Path
    metadata: Mapping[str, Any]
    strata: pd.DataFrame
    printed: pd.DataFrame
    items: pd.DataFrame
    levels: pd.DataFrame
    bases: pd.DataFrame
    relations: pd.DataFrame
    claims: pd.DataFrame
    ignored: pd.DataFrame
    verdicts: pd.DataFrame

    @property
    def title(self) -> str:
        """Title of the survey; its name where none is given."""
        return str(self.metadata.get("title") or self.name)

    @property
    def citation(self) -> str:
        """Citation of the publication; empty where none is given."""
        return "; ".join(str(source.get("title", "")) for source in self.metadata.get("sources", []))

    @property
    def publisher(self) -> str:
        """Publisher of the figures; empty where none is given."""
        people = self.metadata.get("contributors", [])
        return "; ".join(str(p.get("title", "")) for p in people if "publisher" in p.get("roles", []))

    @property
    def settings(self) -> Mapping[str, Any]:
        """The descriptor's own block: rounding, wave, decimal mark, decimals, notes on weighting."""
        return MappingProxyType(dict(self.metadata.get("aibaro", {})))

    @property
    def rounding(self) -> str:
        """Rounding rule that the publisher is taken to use, ``half_up`` where none is declared."""
        return str(self.settings.get("rounding", "half_up"))

    @property
    def decimal(self) -> str:
        """Decimal mark of the publication, a comma where none is declared."""
        return str(self.settings.get("decimal_mark", ","))

    @property
    def wave(self) -> str:
        """The survey's own wave, left out of facts; empty where none is declared."""
        return str(self.settings.get("wave") or "")

    def label(self, item: str, language: str = "en") -> str:
        """Give the label of an item.

        Parameters
        ----------
        item : str
            The item.
        language : {"en", "nl"}
            Language of the label.

        Returns
        -------
        str
            Its label; the item itself where none is given.

        Raises
        ------
        InputError
            For an unknown item or language.

        Examples
        --------
        >>> load("flanders-2023").label("at_least_one")
        'at least one AI technology in use'
        """
        rows = self.items.loc[self.items["item"] == item]
        if rows.empty or language not in {"en", "nl"}:
            near = difflib.get_close_matches(item, list(self.items["item"]), 3)
            raise InputError("no such label", where=self.name, expected=f"an item of items.csv; {', '.join(near)}",
                             got=f"{item}, {language}", hint="languages are en and nl")  # fmt: skip
        return str(rows[f"label_{language}"].iloc[0]) or item

    def summary(self) -> str:
        """Describe the survey in a few lines.

        Returns
        -------
        str
            Title, citation, size, and the number of printings of each kind.
        """
        kinds = self.printed["kind"].value_counts().sort_index()
        counted = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
        lines = [f"{self.name}: {self.title}", f"  citation: {self.citation or 'none given'}"]
        if len(self.strata):
            counts = ", ".join(f"{self.strata[c].sum()} {c}" for c in COUNT_COLUMNS if c in self.strata)
            lines.append(f"  strata: {len(self.strata)} ({counts})")
        else:
            lines.append("  strata: none printed")
        lines += [f"  printings: {len(self.printed)} of {self.printed['fact'].nunique()} facts ({counted})",
                  f"  items: {len(self.items)}, bases: {len(self.bases)}, relations: {len(self.relations)}, "
                  f"claims: {len(self.claims)}"]  # fmt: skip
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Give the whole survey as plain values.

        Returns
        -------
        dict
            Name, prefix, metadata, and each table as a list of records; ready for JSON.
        """
        tables = {name: getattr(self, name).to_dict(orient="records") for name in TABLES}
        return {"name": self.name, "prefix": self.prefix, "metadata": dict(self.metadata), **tables}

    def _repr_html_(self) -> str:
        """Give the summary as HTML for notebooks."""
        head, *lines = self.summary().splitlines()
        items = "".join(f"<li>{html.escape(line.strip())}</li>" for line in lines)
        return f"<p><strong>{html.escape(head)}</strong></p><ul>{items}</ul>"

    def __repr__(self) -> str:
        return f"PublishedSurvey({self.name!r}, {len(self.strata)} strata, {len(self.printed)} printings)"


def load(name: str) -> PublishedSurvey:
    """Load a bundled survey.

    Parameters
    ----------
    name : str
        Its id; :func:`catalogue` lists them.

    Returns
    -------
    PublishedSurvey
        The survey, checked against its checksums.

    Raises
    ------
    InputError
        For an unknown id.
    IntegrityError
        When a file is not what its checksum promises.

    Examples
    --------
    >>> load("flanders-2023").strata.columns.tolist()
    ['size_class', 'sector', 'population', 'sample', 'respondents']
    """
    names = bundled_names()
    if name not in names:
        near = difflib.get_close_matches(str(name), names, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise InputError("unknown survey", where="aibaro.load", parameter="name", expected=", ".join(names),
                         got=str(name), hint=f"{hint}A folder of your own is read with aibaro.read(path)")  # fmt: skip
    return read(data_root() / name)


def open_survey(name: str) -> PublishedSurvey:
    """Load a bundled survey by its id, or read a folder.

    Parameters
    ----------
    name : str
        Id of a bundled survey, which wins, or the path of a folder (``./flanders-2023`` names a folder).

    Returns
    -------
    PublishedSurvey
        The survey.

    Raises
    ------
    InputError
        When it is neither, or the folder holds faults.
    IntegrityError
        When a checksum is broken.

    Examples
    --------
    >>> open_survey("topdesk-2025").prefix
    'td25'
    """
    return read(name) if name not in bundled_names() and Path(name).is_dir() else load(name)


def catalogue() -> pd.DataFrame:
    """List the bundled surveys.

    Returns
    -------
    pandas.DataFrame
        One row a survey, sorted by name: name, title, publisher, wave, strata, printings, facts, citation.

    Examples
    --------
    >>> "flanders-2023" in set(catalogue()["name"])
    True
    """
    surveys = [load(name) for name in bundled_names()]
    return pd.DataFrame(
        {
            "name": [s.name for s in surveys],
            "title": [s.title for s in surveys],
            "publisher": [s.publisher for s in surveys],
            "wave": [s.wave for s in surveys],
            "strata": [len(s.strata) for s in surveys],
            "printings": [len(s.printed) for s in surveys],
            "facts": [s.printed["fact"].nunique() for s in surveys],
            "citation": [s.citation for s in surveys],
        }
    )


def read(path: str | Path) -> PublishedSurvey:
    """Read a survey from a folder, bundled or one's own.

    Parameters
    ----------
    path : str or pathlib.Path
        Folder with ``printed.csv`` and ``strata.csv``, and as many of the other files of the data dictionary as
        there are.  ``strata.csv`` may be left out when a ``datapackage.json`` lists the files and it is not among
        them.

    Returns
    -------
    PublishedSurvey
        The survey; optional columns and files that are missing are derived.

    Raises
    ------
    InputError
        With every fault of every file.
    IntegrityError
        When a checksum in ``datapackage.json`` is broken; with every other fault too.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise InputError("there is no such folder", where="aibaro.read", parameter="path", got=str(path),
                         expected="a folder with printed.csv and strata.csv")  # fmt: skip
    name = folder.resolve().name
    faults = FaultList("the survey cannot be used", where=name)
    contents = _contents(folder, faults)
    metadata = read_descriptor(contents[DESCRIPTOR], faults) if DESCRIPTOR in contents else {}
    broken = check_files(folder, metadata, contents, faults)
    _check_presence(folder, metadata, contents, faults)
    tables = {table.name: raw for table in TABLES.values() if table.file in contents
              if (raw := read_table(contents[table.file], table, faults)) is not None}  # fmt: skip
    settings = metadata.get("aibaro") if isinstance(metadata.get("aibaro"), dict) else {}
    _check(tables, settings or {}, faults)
    faults.raise_if_any(IntegrityError if broken else InputError)
    return _build(name, folder, metadata, tables)


def _contents(folder: Path, faults: FaultList) -> dict[str, bytes]:
    contents = {}
    for file in (DESCRIPTOR, *(table.file for table in TABLES.values())):
        try:
            if (folder / file).exists():
                contents[file] = (folder / file).read_bytes()
        except OSError as error:
            faults.add("the file cannot be read", where=file, expected="a readable file",
                       got=error.strerror or str(error))  # fmt: skip
    return contents


def _check_presence(
    folder: Path, metadata: Mapping[str, Any], contents: Mapping[str, bytes], faults: FaultList
) -> None:
    declared = declared_files(metadata)
    needed = ["printed.csv", *([] if declared and "strata.csv" not in declared else ["strata.csv"])]
    for file in needed:
        if file not in contents and file not in declared:
            faults.add("a file is missing", where=folder.name, expected=file,
                       got=", ".join(sorted(contents)) or "no file",
                       hint="see the data dictionary of the documentation")  # fmt: skip
    known = [table.file for table in TABLES.values()]
    for entry in sorted(folder.glob("*.csv")):
        near = difflib.get_close_matches(entry.name, known, 1, cutoff=0.85)
        if near and entry.name not in known and entry.name not in declared and near[0] not in contents:
            faults.add("a file has an unknown name", where=entry.name, expected=", ".join(known), got=entry.name,
                       hint=f"rename it {near[0]}")  # fmt: skip


def _check(tables: Mapping[str, RawTable], settings: Mapping[str, Any], faults: FaultList) -> None:
    if "strata" in tables:
        check_strata(tables["strata"], faults)
    if "printed" not in tables:
        return
    decimal, wave = str(settings.get("decimal_mark", ",")), str(settings.get("wave") or "")
    if decimal not in {",", "."}:
        return  # the descriptor's fault is recorded; no print can be read before it is mended
    complete(tables["printed"], decimal, wave)
    check_printed(tables["printed"], decimal, str(settings.get("prefix", "")), wave, faults)
    check_levels(tables, faults)
    check_links(tables, faults)


def _build(name: str, folder: Path, metadata: Mapping[str, Any], tables: dict[str, RawTable]) -> PublishedSurvey:
    raws = {key: tables.get(key, RawTable(table, {}, [])) for key, table in TABLES.items()}
    frames = {key: raw.frame() for key, raw in raws.items() if key != "strata"}
    frames["strata"] = _strata(raws["strata"])
    if "items" not in tables:
        frames["items"] = _listed("items", item=list(dict.fromkeys(raws["printed"].column("item"))))
    if "bases" not in tables:
        bases = dict.fromkeys([WHOLE_BASE, *raws["printed"].column("base")])
        frames["bases"] = _listed("bases", base=[base for base in bases if base])
    if "levels" not in tables:
        frames["levels"] = _levels(frames["strata"], raws["printed"])
    prefix = str(metadata.get("aibaro", {}).get("prefix", ""))
    own = str(metadata.get("name") or name)
    return PublishedSurvey(own, prefix, folder, MappingProxyType(dict(metadata)), **frames)


def _strata(raw: RawTable) -> pd.DataFrame:
    frame = raw.frame()
    frame = frame.drop(columns=[c for c in COUNT_COLUMNS if c not in raw.cells and c == "sample"])
    return frame.astype({c: "int64" for c in COUNT_COLUMNS if c in frame})


def _listed(name: str, **cells: list[str]) -> pd.DataFrame:
    size = len(next(iter(cells.values())))
    return pd.DataFrame({c: cells.get(c, [""] * size) for c in TABLES[name].columns}, dtype="str")


def _levels(strata: pd.DataFrame, printed: RawTable) -> pd.DataFrame:
    """List the levels in the order in which strata and printings first name them."""
    seen: dict[tuple[str, str], None] = {}
    for variable in [c for c in strata.columns if c not in COUNT_COLUMNS]:
        seen.update(dict.fromkeys((str(variable), str(level)) for level in strata[variable]))
    for domain, level in printed.rows("domain", "level"):
        seen.update(dict.fromkeys(domains_of(domain, level) or []))
    counts: dict[str, int] = {}
    orders = []
    for domain, _ in seen:
        counts[domain] = counts.get(domain, 0) + 1
        orders.append(str(counts[domain]))
    return _listed("levels", domain=[d for d, _ in seen], level=[level for _, level in seen], order=orders)
