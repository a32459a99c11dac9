"""How does a folder of files become a survey?  Read once, checked whole, every fault of every file together."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from aibaro.errors import FaultList, InputError, IntegrityError
from aibaro.published._decimal_mark import decide
from aibaro.published._printed import Print, check_printed, complete, domains_of
from aibaro.published.checks_links import check_levels, check_links, check_strata
from aibaro.published.package import DESCRIPTOR, check_files, declared_files, former, read_descriptor, spoken
from aibaro.published.schema import COUNT_COLUMNS, TABLES, WHOLE_BASE
from aibaro.published.survey import PublishedSurvey
from aibaro.published.tables import RawTable, check_keys, read_table


def read(path: str | Path) -> PublishedSurvey:
    """Read a survey from a folder, bundled or one's own.

    Parameters
    ----------
    path : str or pathlib.Path
        Folder with ``printed.csv``, of which the columns ``item`` and ``printed`` are needed, and as many of the
        other files of the data dictionary as there are.

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

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from aibaro.published import templates
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name, text in templates("my-survey").items():
    ...     _ = (folder / name).write_text(text, encoding="utf-8")
    >>> survey = read(folder)
    >>> survey.name, survey.printed["printed"].tolist()
    ('my-survey', ['14,0%', '86,0%', '10,0%', '50,0%'])
    """
    folder = Path(path)
    if not folder.is_dir():
        raise InputError(
            "there is no such folder",
            where="aibaro.read",
            parameter="path",
            got=str(path),
            expected="a folder with printed.csv",
        )
    name = folder.resolve().name
    faults = FaultList("the survey cannot be used", where=name)
    contents = _contents(folder, faults)
    metadata = read_descriptor(contents[DESCRIPTOR], faults) if DESCRIPTOR in contents else {}
    broken = check_files(folder, metadata, contents, faults)
    _check_presence(folder, metadata, contents, faults)
    tables = {
        table.name: raw
        for table in TABLES.values()
        if table.file in contents
        if (raw := read_table(contents[table.file], table, faults)) is not None
    }
    settings = metadata.get("aibaro") if isinstance(metadata.get("aibaro"), dict) else {}
    decimal = _check(tables, settings or {}, faults)
    faults.raise_if_any(IntegrityError if broken else InputError)
    return _build(name, folder, metadata, tables, decimal)


def _contents(folder: Path, faults: FaultList) -> dict[str, bytes]:
    contents = {}
    for file in (DESCRIPTOR, *(table.file for table in TABLES.values())):
        try:
            if (folder / file).exists():
                contents[file] = (folder / file).read_bytes()
        except OSError as error:
            faults.add(
                "the file cannot be read", where=file, expected="a readable file", got=error.strerror or str(error)
            )
    return contents


def _check_presence(
    folder: Path, metadata: Mapping[str, Any], contents: Mapping[str, bytes], faults: FaultList
) -> None:
    declared = declared_files(metadata)
    if "printed.csv" not in contents and "printed.csv" not in declared:
        faults.add(
            "a file is missing",
            where=folder.name,
            expected="printed.csv",
            got=", ".join(sorted(contents)) or "no file",
            hint="see the data dictionary of the documentation",
        )
    known = [table.file for table in TABLES.values()]
    for entry in sorted(folder.glob("*.csv")):
        near = difflib.get_close_matches(entry.name, known, 1, cutoff=0.85)
        if near and entry.name not in known and entry.name not in declared and near[0] not in contents:
            faults.add(
                "a file has an unknown name",
                where=entry.name,
                expected=", ".join(known),
                got=entry.name,
                hint=f"rename it {near[0]}",
            )


def _check(tables: Mapping[str, RawTable], settings: Mapping[str, Any], faults: FaultList) -> str:
    """Complete and check all tables; the decimal mark."""
    if "strata" in tables:
        check_strata(tables["strata"], faults)
    decimal, wave = None, str(settings.get("wave") or "")
    if "printed" in tables:
        decimal = decide(tables["printed"], settings, faults)
        if decimal is not None:
            style = Print(decimal, *spoken(settings))
            complete(tables["printed"], tables.get("items"), style, wave)
            check_printed(tables["printed"], style, str(settings.get("prefix", "")), wave, faults)
            check_levels(tables, faults)
            check_links(tables, faults)
    for raw in tables.values():
        if raw.table.name != "printed" or decimal is not None:
            check_keys(raw, faults)
    return decimal or ","


def _build(
    name: str, folder: Path, metadata: Mapping[str, Any], tables: dict[str, RawTable], decimal: str
) -> PublishedSurvey:
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
    return PublishedSurvey(
        own, prefix, folder, MappingProxyType(dict(metadata)), **frames, decimal=decimal, notes=former(metadata)
    )


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
