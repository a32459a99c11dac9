"""How does a folder of files become a survey?  Read once, checked whole, every fault of every file together."""

from __future__ import annotations

import stat
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from aibaro.errors import FaultList, InputError, IntegrityError
from aibaro.files import mend
from aibaro.published._claims import check_claims, check_comparisons, check_verdicts
from aibaro.published._links import check_levels, check_links, check_side, check_strata, complete_relations, raw_levels
from aibaro.published._printed import Print, check_printed, complete, decide, domains_of
from aibaro.published._raw_tables import RawTable, check_keys, read_table
from aibaro.published._rules import nearest
from aibaro.published._survey import PublishedSurvey
from aibaro.published.descriptor import check_files, declared_files, former, read_descriptor, spoken
from aibaro.published.schema import (
    COUNT_COLUMNS,
    DESCRIPTOR,
    OTHER_FILES,
    SIDE_TABLES,
    TABLES,
    WHOLE_BASE,
    FileSchema,
    is_known,
    nearest_file,
    side_table,
)


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
    folder = _folder(path)
    # tables and descriptor that were being replaced together when something stopped it
    mend(folder)
    name = folder.resolve().name
    faults = FaultList("the survey cannot be used", where=name)
    contents = _contents(folder, faults)
    metadata = read_descriptor(contents[DESCRIPTOR], faults) if DESCRIPTOR in contents else {}
    declared = declared_files(metadata)
    contents |= _further(folder, [path for path in declared if path not in contents], faults)
    broken = check_files(metadata, contents, faults)
    _check_presence(folder, declared, contents, faults)
    tables = {
        file.removesuffix(".csv"): raw
        for file, content in contents.items()
        if (table := _table_of(file)) is not None and (raw := read_table(content, table, faults)) is not None
    }
    settings = metadata.get("aibaro") if isinstance(metadata.get("aibaro"), dict) else {}
    decimal = _check(tables, settings or {}, faults)
    faults.raise_if_any(IntegrityError if broken else InputError)
    return _build(name, folder, metadata, tables, decimal)


#: Largest file that is read.
MOST_BYTES = 256 * 2**20


def _folder(path: str | Path) -> Path:
    try:
        folder = Path(path)
        found = folder.is_dir()
    except (OSError, ValueError):  # a name that is too long, or holds NUL
        found = False
    if not found:
        raise InputError(
            "there is no such folder",
            where="aibaro.read",
            parameter="path",
            got=ascii(str(path)[:200]).strip("'"),
            expected="a folder with printed.csv",
        )
    return folder


def _table_of(file: str) -> FileSchema | None:
    found = TABLES.get(file.removesuffix(".csv")) if file.endswith(".csv") else None
    if found is not None:
        return found
    side = side_table(file)
    return None if side is None else replace(side, file=file)


def _contents(folder: Path, faults: FaultList) -> dict[str, bytes]:
    """Read every known file of the folder; what else lies there is named by :func:`_check_presence`."""
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        raise InputError(
            "the folder cannot be read",
            where=str(folder),
            expected="a readable folder",
            got=error.strerror or str(error),
        ) from error
    read_too = [name for name in names if is_known(name) and name not in OTHER_FILES]
    order = [DESCRIPTOR, *(table.file for table in TABLES.values())]
    known = sorted(read_too, key=lambda name: (order.index(name) if name in order else len(order), name))
    return _read_all(folder, known, faults)


def _further(folder: Path, paths: Sequence[str], faults: FaultList) -> dict[str, bytes]:
    """Read the files that the descriptor declares beside the known ones."""
    root, inside = folder.resolve(), []
    for path in paths:
        try:
            if (folder / path).resolve().is_relative_to(root) and (folder / path).exists():
                inside.append(path)
        except (OSError, RuntimeError):  # a loop of links
            _unreadable(path, "a loop of links", faults)
    return _read_all(folder, inside, faults)


def _read_all(folder: Path, names: Sequence[str], faults: FaultList) -> dict[str, bytes]:
    contents = {}
    for name in names:
        try:
            found = (folder / name).stat()
            if not stat.S_ISREG(found.st_mode):
                _unreadable(name, "a folder, a pipe or a device", faults)
            elif found.st_size > MOST_BYTES:
                _unreadable(name, f"{found.st_size:,} bytes; at most {MOST_BYTES:,} are read", faults)
            else:
                contents[name] = (folder / name).read_bytes()
        except OSError as error:
            _unreadable(name, error.strerror or str(error), faults)
    return contents


def _unreadable(name: str, got: str, faults: FaultList) -> None:
    faults.add("the file cannot be read", where=name, expected="a readable file", got=got)


def _check_presence(folder: Path, declared: Collection[str], contents: Mapping[str, bytes], faults: FaultList) -> None:
    if "printed.csv" not in contents and "printed.csv" not in declared:
        faults.add(
            "a file is missing",
            where=folder.name,
            expected="printed.csv",
            got=", ".join(sorted(contents)) or "no file",
            hint="see the data dictionary of the documentation",
        )
    known = [table.file for table in (*TABLES.values(), *SIDE_TABLES.values())]
    for entry in sorted(folder.iterdir()):
        name = entry.name
        # hidden files and folders are of editors, systems and runs
        if name.startswith((".", "~$")) or is_known(name) or name in declared or entry.is_dir():
            continue
        near = nearest_file(name)
        faults.add(
            "a file has an unknown name",
            where=ascii(name[:80]).strip("'"),
            expected=", ".join(known),
            got=ascii(name[:80]).strip("'"),
            hint=f"rename it {near}" if near else f"keep it elsewhere, or declare it in {DESCRIPTOR}",
        )


def _check(tables: dict[str, RawTable], settings: Mapping[str, Any], faults: FaultList) -> str:
    """Complete and check all tables; the decimal mark."""
    if "strata" in tables and not len(tables["strata"]):
        del tables["strata"]  # a template that nobody has filled in says nothing
    if "strata" in tables:
        check_strata(tables["strata"], faults)
    decimal, wave = None, str(settings.get("wave") or "")
    if "printed" in tables:
        decimal = decide(tables["printed"], settings, faults)
        if decimal is not None:
            style = Print(decimal, *spoken(settings))
            complete(tables["printed"], tables.get("items"), style, wave)
            check_printed(tables["printed"], style, _prefix(settings), wave, faults)
            check_levels(tables, faults)
            complete_relations(tables.get("relations"), raw_levels(tables["printed"], "item"))
            check_links(tables, faults)
            _check_statements(tables, settings, faults)
    for raw in tables.values():
        if raw.table.name != "printed" or decimal is not None:
            check_keys(raw, faults)
    return decimal or ","


def _check_statements(tables: Mapping[str, RawTable], settings: Mapping[str, Any], faults: FaultList) -> None:
    if "claims" in tables:
        check_claims(tables["claims"], tables, faults)
    if "comparisons" in tables:
        check_comparisons(tables["comparisons"], tables, faults)
    if "verdicts" in tables:
        check_verdicts(tables["verdicts"], faults)
    for raw in tables.values():
        if raw.table.name not in {*TABLES, "comparisons", "candidates"}:
            check_side(raw, tables, faults)
    items = {*tables["printed"].column("item"), *(tables["items"].column("item") if "items" in tables else ())}
    headline = settings.get("headline")
    if isinstance(headline, str) and headline and headline not in items:
        faults.add(
            "unknown item",
            where=DESCRIPTOR,
            parameter="aibaro.headline",
            expected="an item of printed.csv",
            got=headline[:80],
            hint=nearest(headline, items),
        )


def _prefix(settings: Mapping[str, Any]) -> str:
    """What ids begin with; a prefix that is no text is a fault of its own."""
    prefix = settings.get("prefix", "")
    return prefix if isinstance(prefix, str) else ""


def _build(
    name: str, folder: Path, metadata: Mapping[str, Any], tables: dict[str, RawTable], decimal: str
) -> PublishedSurvey:
    raws = {key: tables.get(key, RawTable(table, {}, [])) for key, table in TABLES.items()}
    frames = {key: raw.frame() for key, raw in raws.items() if key != "strata"}
    frames["strata"] = _strata(raws["strata"])
    frames["comparisons"] = tables.get("comparisons", RawTable(SIDE_TABLES["comparisons"], {}, [])).frame()
    if "items" not in tables:
        frames["items"] = _listed("items", item=list(dict.fromkeys(raws["printed"].column("item"))))
    if "bases" not in tables:
        bases = dict.fromkeys([WHOLE_BASE, *raws["printed"].column("base")])
        frames["bases"] = _listed("bases", base=[base for base in bases if base])
    if "levels" not in tables:
        frames["levels"] = _levels(frames["strata"], raws["printed"])
    prefix = _prefix(metadata.get("aibaro", {}))
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
