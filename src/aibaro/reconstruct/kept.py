"""Bounds that were computed before: kept beside the data, keyed by the hash of their inputs."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd

from aibaro.design import Design
from aibaro.errors import FaultList, InputError, IntegrityError
from aibaro.facts import facts_of
from aibaro.published import PublishedSurvey
from aibaro.published.checksums import write_with_descriptor
from aibaro.published.schema import CROSS, WHOLE_BASE
from aibaro.reconstruct._bounds import LARGEST_ERROR, PROVED, STATUSES, RowBounds, side_status
from aibaro.reconstruct._domain_sizes import domain_size
from aibaro.reconstruct._ties import tied_item
from aibaro.reconstruct.items import CONSTRAINTS, ItemSystem, PrintedShare, own_item, own_items, percentages
from aibaro.reconstruct.program import IntegerRow, exact_rows, linear_rows, violated
from aibaro.reconstruct.share_variance import Extreme, exact_variance, root_above, root_below
from aibaro.results import Result

BOUNDS_FILE = "bounds.csv"
WITNESS_FILE = "bounds-witnesses.json"
FILES = {"tables": (BOUNDS_FILE, WITNESS_FILE), "overall": ("bounds-overall.csv", "bounds-overall-witnesses.json")}
COLUMNS = (
    "item",
    "base",
    "domain",
    "level",
    "se_lower",
    "se_lower_witness",
    "se_upper_witness",
    "se_upper",
    "df_lower",
    "constraints",
    "status",
    "proof",
    "inputs",
)
_NUMBERS = ("se_lower", "se_lower_witness", "se_upper_witness", "se_upper")


def bounds_frame(rows: Iterable[RowBounds]) -> pd.DataFrame:
    """Lay out bounds as a table.

    Parameters
    ----------
    rows : iterable of RowBounds
        The bounds.

    Returns
    -------
    pandas.DataFrame
        One row per printed percentage, sorted; standard errors as shares, outer bounds rounded outward, attained
        ones inward.

    Examples
    --------
    >>> from aibaro.published import load
    >>> from aibaro.reconstruct import Bounder, own_item
    >>> system = own_item(load("flanders-2023"), "at_least_one")
    >>> share = system.share("sector", "nace-58-63")
    >>> bounds_frame([Bounder(system).row(share)])[["level", "status"]].values.tolist()
    [['nace-58-63', 'sharp']]
    """
    records = [_record(r) for r in sorted(rows, key=lambda r: (r.item, r.base, r.domain, r.level))]
    return pd.DataFrame(records, columns=list(COLUMNS))


def write_bounds(
    folder: str | Path,
    rows: Iterable[RowBounds],
    strata: Iterable[str],
    *,
    part: str = "tables",
    others: str = "dropped",
) -> tuple[Path, Path]:
    """Write bounds and their witnesses beside the data.

    Parameters
    ----------
    folder : str or pathlib.Path
        Folder of the survey.
    rows : iterable of RowBounds
        The bounds.
    strata : iterable of str
        Names of the strata, in the order of the witnesses' counts.
    part : {"tables", "overall"}
        Items printed for several domains, or those printed overall alone: a file each.
    others : {"dropped", "kept"}
        What becomes of the file's bounds of other items.

    Returns
    -------
    tuple of pathlib.Path
        The table and the file of witnesses.

    Raises
    ------
    InputError
        For an unknown part or choice.

    Examples
    --------
    >>> import tempfile
    >>> [path.name for path in write_bounds(tempfile.mkdtemp(), [], ["small"])]
    ['bounds.csv', 'bounds-witnesses.json']
    """
    written = write_with_descriptor(folder, bound_contents(folder, rows, strata, part=part, others=others))
    return written[0], written[1]


def bound_contents(
    folder: str | Path, rows: Iterable[RowBounds], strata: Iterable[str], *, part: str, others: str
) -> dict[str, bytes]:
    """The table and the witnesses that :func:`write_bounds` writes, by their names."""
    if others not in {"dropped", "kept"}:
        raise InputError("unknown choice", parameter="others", expected="dropped or kept", got=repr(others))
    listed = list(rows)
    names = list(strata)
    bounds, witnesses = (Path(folder) / name for name in bound_files(part))
    frame = pd.read_csv(io.StringIO(bounds_frame(listed).to_csv(index=False)), dtype=str, keep_default_na=False)
    attained = {bound_key(r.item, r.base, r.domain, r.level): _attained(r) for r in listed}
    if others == "kept" and bounds.is_file():
        old = pd.read_csv(bounds, dtype=str, keep_default_na=False)
        new = set(zip(frame["item"], frame["base"], strict=True))
        old = old.loc[[pair not in new for pair in zip(old["item"], old["base"], strict=True)]]
        frame = pd.concat([old, frame]).sort_values(["item", "base", "domain", "level"], ignore_index=True)
        stored = json.loads(witnesses.read_text(encoding="utf-8"))
        for key in [bound_key(*map(str, k)) for k in old[["item", "base", "domain", "level"]].to_numpy().tolist()]:
            attained[key] = {side: tuple(stored["tables"][n]) for side, n in stored["rows"].get(key, {}).items()}
    keys = [bound_key(*map(str, k)) for k in frame[["item", "base", "domain", "level"]].to_numpy().tolist()]
    texts = {
        bounds.name: frame.to_csv(index=False, lineterminator="\n"),
        witnesses.name: _witness_text({k: attained[k] for k in keys}, names),
    }
    return {name: text.encode("utf-8") for name, text in texts.items()}


def _attained(row: RowBounds) -> dict[str, tuple[int, ...]]:
    sides = (("smallest", row.smallest.witness), ("largest", row.largest.witness))
    return {side: witness for side, witness in sides if witness is not None}


def _witness_text(attained: Mapping[str, Mapping[str, tuple[int, ...]]], strata: list[str]) -> str:
    """Lay out witnesses, each table of counts once."""
    tables: list[list[int]] = []
    places: dict[tuple[int, ...], int] = {}
    pointers: dict[str, dict[str, int]] = {}
    for key, sides in attained.items():
        for witness in sides.values():
            if witness not in places:
                places[witness] = len(tables)
                tables.append(list(witness))
        pointers[key] = {side: places[witness] for side, witness in sides.items()}
    lines = ",\n".join(json.dumps(t, separators=(",", ":")) for t in tables)
    named = ",\n".join(f"{json.dumps(k)}:{json.dumps(v, separators=(',', ':'))}" for k, v in pointers.items())
    note = "counts that attain a bound, for verification alone; they are no estimate of the unpublished table"
    head = f'{{"note":{json.dumps(note)},\n"strata":{json.dumps(strata)},\n'
    return f'{head}"rows":{{\n{named}\n}},\n"tables":[\n{lines}\n]}}\n'


def bound_files(part: str) -> tuple[str, str]:
    """Name the files of a part of the bounds.

    Examples
    --------
    >>> bound_files("tables")
    ('bounds.csv', 'bounds-witnesses.json')
    """
    if part not in FILES:
        raise InputError("unknown part of the bounds", parameter="part", expected=" or ".join(FILES), got=repr(part))
    return FILES[part]


def read_bounds(survey: PublishedSurvey, part: str = "tables") -> pd.DataFrame:
    """Read the pinned bounds of a survey.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    part : {"tables", "overall"}
        Items printed for several domains (Tables 3 to 6 of the AI-Barometer), or those printed overall alone, whose
        bounds rest on that figure and on what is printed of the base.

    Returns
    -------
    pandas.DataFrame
        Columns as :func:`bounds_frame` writes them; no rows where none are pinned.

    Raises
    ------
    InputError
        When columns are missing or hold no numbers.

    Examples
    --------
    >>> from aibaro.published import load
    >>> len(read_bounds(load("softwareone-2025")))
    0
    """
    path = survey.folder / bound_files(part)[0]
    if not path.is_file():
        return pd.DataFrame(columns=list(COLUMNS))
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    missing = [c for c in COLUMNS if c not in frame.columns]
    if missing:
        raise InputError(
            "the table of bounds lacks columns",
            where=str(path.name),
            expected=", ".join(COLUMNS),
            got=f"without {', '.join(missing)}",
            hint="run 'aibaro bounds --recompute'",
        )
    faults = FaultList("the bounds cannot be used", where=f"{survey.name} / {path.name}")
    for line, given in enumerate(frame["constraints"], 2):
        if given not in CONSTRAINTS:
            expected = " or ".join(CONSTRAINTS)
            faults.add(
                "unknown constraints", where=f"row {line}", parameter="constraints", expected=expected, got=given
            )
    numbers = {c: [_number(v, c, line, faults) for line, v in enumerate(frame[c], 2)] for c in (*_NUMBERS, "df_lower")}
    faults.raise_if_any(InputError)
    table = frame[list(COLUMNS)].assign(**numbers)
    return table.assign(df_lower=table["df_lower"].astype("int64"))


def _number(text: str, column: str, line: int, faults: FaultList) -> float:
    """Read a cell; only an attained standard error may be missing."""
    try:
        value = float(text) if text else math.nan
    except ValueError:
        value = math.inf
    wanted = column.endswith("_witness") or not math.isnan(value)
    if not wanted or value < 0 or math.isinf(value) or (column == "df_lower" and value != int(value)):
        expected = "degrees of freedom" if column == "df_lower" else "a standard error"
        faults.add("a bound is not a number", where=f"row {line}", parameter=column, expected=expected, got=text)
        return 0.0
    return value


def kept_rows(survey: PublishedSurvey, system: ItemSystem, part: str = "tables") -> list[RowBounds]:
    """Read the pinned bounds of one item as they were computed, where its inputs are the same.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    system : ItemSystem
        The statements about the item.
    part : {"tables", "overall"}
        As for :func:`read_bounds`.

    Returns
    -------
    list of RowBounds
        In the order of the file; none for inputs that changed.

    Examples
    --------
    >>> from aibaro.published import load
    >>> from aibaro.reconstruct import own_item
    >>> survey = load("flanders-2023")
    >>> len(kept_rows(survey, own_item(survey, "technology.nlg")))
    16
    >>> len(kept_rows(survey, own_item(survey, "application.hr", "adopters")))
    16
    """
    frame = read_bounds(survey, part)
    own = frame.loc[(frame["item"] == system.item) & (frame["base"] == system.base)]
    if own.empty:
        return []
    stored = json.loads((survey.folder / bound_files(part)[1]).read_text(encoding="utf-8"))
    fingerprint, found = system.fingerprint(), []
    for row in own.to_dict(orient="records"):
        share = system.share(str(row["domain"]), str(row["level"]))
        if share is None or row["inputs"] != fingerprint:
            continue
        places = stored["rows"].get(bound_key(system.item, system.base, share.domain, share.level), {})
        ends: dict[str, Extreme] = {}
        for side, column in (("smallest", "se_lower"), ("largest", "se_upper")):
            witness = tuple(int(v) for v in stored["tables"][places[side]]) if side in places else None
            inner = None if witness is None else exact_variance(system, share.strata, witness)
            proof = str(row["proof"]).removesuffix(PROVED)
            ends[side] = Extreme(Fraction(float(row[column])) ** 2, inner, witness, proof, 0.0)
        found.append(
            RowBounds(
                system.item,
                system.base,
                share.domain,
                share.level,
                share,
                ends["smallest"],
                ends["largest"],
                int(row["df_lower"]),
                fingerprint,
                str(row["constraints"]),
            )
        )
    return found


ENDS = {"lower": "smallest", "upper": "largest"}


@dataclass(frozen=True, slots=True)
class KeptWitness:
    """A table of counts, kept beside the data, at one end of a bound.

    Parameters
    ----------
    share : PrintedShare
        The printed share whose standard error is bounded.
    end : {"lower", "upper"}
        Which end.
    std_error : float
        Standard error of the share under these counts, as a share.
    counts : mapping of str to tuple of (int or None)
        Respondents with the item by ``item`` or ``item@base``, and those of the base by ``@base``: one count a
        stratum, in the order of ``strata.csv``; None outside the share's domain, which its standard error leaves out.
    """

    share: PrintedShare
    end: str
    std_error: float
    counts: Mapping[str, tuple[int | None, ...]]


def kept_witness(survey: PublishedSurvey, reference: str, end: str = "upper") -> KeptWitness:
    """Read the table of counts that is kept at one end of a bound.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    reference : str
        Id of a printed share, or its fact.
    end : {"lower", "upper"}
        End of the bound on its standard error.

    Returns
    -------
    KeptWitness
        The counts, ready for :func:`aibaro.synthesize.synthesize`.

    Raises
    ------
    InputError
        When the reference is not one printed share, or no table is kept at this end for what is printed now.

    Examples
    --------
    >>> from aibaro.published import load
    >>> found = kept_witness(load("flanders-2023"), "technology.nlg|sector=nace-10-33", "lower")
    >>> list(found.counts), [n for n in found.counts["technology.nlg"] if n is not None]
    (['technology.nlg'], [0, 0, 66, 71])
    """
    if end not in ENDS:
        raise InputError("unknown end of a bound", parameter="end", expected=" or ".join(ENDS), got=repr(end))
    facts = facts_of(survey)
    keys = [fact.key for fact in facts.resolve(reference)]
    if len(keys) != 1:
        got = ", ".join(map(str, keys[:5]))
        raise InputError(
            "not one printed share", where=survey.name, parameter="reference", expected="its id or fact", got=got
        )
    key = keys[0]
    known = any((key.item, key.base) == pair for pair in percentages(facts)[["item", "base"]].itertuples(index=False))
    for system in (read(facts, key.item, key.base) for read in (own_item, tied_item) if known):
        for row in (row for part in FILES for row in kept_rows(survey, system, part)):
            extreme: Extreme = getattr(row, ENDS[end])
            if (row.domain, row.level) != (key.domain, key.level) or extreme.witness is None or extreme.inner is None:
                continue
            size = system.design.size
            tables = {system.name: extreme.witness[:size]}
            if not system.whole:
                tables[f"@{system.base}"] = extreme.witness[size : 2 * size]
            inside = set(row.share.strata)
            counts = {
                name: tuple(n if h in inside else None for h, n in enumerate(table)) for name, table in tables.items()
            }
            return KeptWitness(row.share, end, math.sqrt(extreme.inner), counts)
    raise InputError(
        "no table of counts is kept at this end of the bound",
        where=survey.name,
        parameter="reference",
        expected="a printed share that 'aibaro bounds' lists",
        got=f"{key}, {end}",
        hint="'aibaro bounds --recompute' keeps bounds beside the data of your own survey",
    )


def largest_witnesses(survey: PublishedSurvey) -> dict[str, tuple[int, ...]]:
    """Read the counts at which pinned standard errors are largest.

    Examples
    --------
    >>> from aibaro.published import load
    >>> len(largest_witnesses(load("softwareone-2025")))
    0
    """
    found: dict[str, tuple[int, ...]] = {}
    for _, file in FILES.values():
        path = survey.folder / file
        if path.is_file():
            stored = json.loads(path.read_text(encoding="utf-8"))
            found |= {
                key: tuple(stored["tables"][sides["largest"]])
                for key, sides in stored["rows"].items()
                if "largest" in sides
            }
    return found


def kept_tables(survey: PublishedSurvey) -> dict[tuple[str, str], list[tuple[int, ...]]]:
    """Read one table of counts of each item that ships with a survey: whether it fits print is for the reader to ask.

    Examples
    --------
    >>> from aibaro.published import load
    >>> len(kept_tables(load("flanders-2023"))["technology.nlg", "all"][0])
    44
    """
    found: dict[tuple[str, str], list[tuple[int, ...]]] = {}
    for part, (_, file) in FILES.items():
        path = survey.folder / file
        if path.is_file():
            stored = json.loads(path.read_text(encoding="utf-8"))
            for item, base, key in _places(survey, part):
                sides = stored["rows"].get(key)
                if (item, base) not in found and sides:
                    found[item, base] = [_of_item(stored, base, min(sides.values()))]
    return found


def every_kept_table(survey: PublishedSurvey) -> dict[tuple[str, str], list[tuple[int, ...]]]:
    """Read all tables of counts of each item that ship with a survey, those of the whole survey's share first.

    Examples
    --------
    >>> from aibaro.published import load
    >>> len(every_kept_table(load("softwareone-2025")))
    0
    """
    found: dict[tuple[str, str], list[tuple[int, ...]]] = {}
    for part, (_, file) in FILES.items():
        path = survey.folder / file
        if path.is_file():
            stored = json.loads(path.read_text(encoding="utf-8"))
            for item, base, key in sorted(
                _places(survey, part), key=lambda place: (place[2] != bound_key(*place[:2]), place[2])
            ):
                own = found.setdefault((item, base), [])
                own += [t for n in stored["rows"].get(key, {}).values() if (t := _of_item(stored, base, n)) not in own]
    return found


def _of_item(stored: Mapping[str, Any], base: str, number: int) -> tuple[int, ...]:
    """Take a table without the counts of tied sets."""
    table = tuple(int(v) for v in stored["tables"][number])
    return table[: len(stored["strata"])] if base == WHOLE_BASE else table


def _places(survey: PublishedSurvey, part: str) -> list[tuple[str, str, str]]:
    """Item, base and name of each bound that is kept."""
    rows = read_bounds(survey, part)[["item", "base", "domain", "level"]].astype(str)
    return [(item, base, bound_key(item, base, *place)) for item, base, *place in rows.itertuples(index=False)]


def bound_key(item: str, base: str, domain: str = "", level: str = "") -> str:
    """Name a bound in the file of witnesses.

    Examples
    --------
    >>> bound_key("technology.nlg", "all", "size_class", "large")
    'technology.nlg@all|size_class=large'
    """
    return f"{item}@{base}|{domain}={level}" if domain else f"{item}@{base}"


def stratum_names(design: Design) -> list[str]:
    """Name the strata in the order of a witness's counts."""
    return [CROSS.join(row) for row in design.labels.to_numpy().tolist()]


def _record(row: RowBounds) -> tuple[Any, ...]:
    low, high = _below(row.se_lower), _above(row.se_upper)
    low_witness = math.nan if row.se_lower_witness is None else float(row.se_lower_witness)
    high_witness = math.nan if row.se_upper_witness is None else float(row.se_upper_witness)
    sides = ((low, low_witness), (high, high_witness))
    status = min(
        (side_status(Fraction(o), None if math.isnan(i) else Fraction(i)) for o, i in sides), key=STATUSES.index
    )
    return (
        row.item,
        row.base,
        row.domain,
        row.level,
        low,
        low_witness,
        high_witness,
        high,
        row.df_lower,
        row.constraints,
        status,
        row.proof,
        row.fingerprint,
    )


def _below(value: Fraction) -> float:
    """Round to a double that is not larger."""
    near = float(value)
    return near if Fraction(near) <= value else math.nextafter(near, 0.0)


def _above(value: Fraction) -> float:
    """Round to a double that is not smaller."""
    near = float(value)
    return near if Fraction(near) >= value else math.nextafter(near, math.inf)


SIDES = (("smallest", "se_lower_witness", root_above), ("largest", "se_upper_witness", root_below))


@dataclass(frozen=True, slots=True)
class Verification(Result):
    """Result of re-verifying pinned bounds.

    Parameters
    ----------
    rows : int
        Rows verified.
    witnesses : int
        Tables of counts that were checked in exact arithmetic.
    statuses : mapping of str to int
        Rows of each status.
    """

    rows: int
    witnesses: int
    statuses: Mapping[str, int]

    def to_frame(self) -> pd.DataFrame:
        """Return the counts as one row.

        Returns
        -------
        pandas.DataFrame
            ``rows, witnesses`` and a column a status.
        """
        return pd.DataFrame([{"rows": self.rows, "witnesses": self.witnesses, **self.statuses}])

    def summary(self) -> str:
        """Describe it in one line.

        Returns
        -------
        str
            Rows, witnesses and statuses.
        """
        counted = ", ".join(f"{n} {s}" for s, n in self.statuses.items())
        return f"{self.rows} bounds verified with {self.witnesses} tables of counts: {counted}"


def verify(
    survey: PublishedSurvey, part: str = "tables", *, systems: Mapping[tuple[str, str], ItemSystem] | None = None
) -> Verification:
    """Verify the pinned bounds of a survey again.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    part : {"tables", "overall"}
        As for :func:`read_bounds`.
    systems : mapping of (str, str) to ItemSystem, optional
        The survey's statements by item and base, where :func:`own_items` collected them before.

    Returns
    -------
    Verification
        What was verified.

    Raises
    ------
    IntegrityError
        With every fault: inputs that changed since, a witness that fails a printed number or does not attain its
        standard error, bounds in the wrong order, a status that does not follow.

    Notes
    -----
    Witnesses are checked in exact arithmetic.  Outer bounds are not proved again here: that takes
    ``aibaro bounds --recompute``.

    Examples
    --------
    >>> from aibaro.published import load
    >>> verify(load("softwareone-2025")).rows
    0
    """
    frame = read_bounds(survey, part)
    if frame.empty:
        return Verification(0, 0, {})
    table, witnesses = bound_files(part)
    stored = json.loads((survey.folder / witnesses).read_text(encoding="utf-8"))
    faults = FaultList("pinned bounds do not hold", where=f"{survey.name} / {table}")
    pairs = {(str(a), str(b)) for a, b in zip(frame["item"], frame["base"], strict=True)}
    own = own_items(survey, sorted(pairs)) if systems is None else systems
    tied = frame.loc[frame["constraints"] == CONSTRAINTS[1]]
    more = {(a, b): tied_item(survey, a, b) for a, b in {(str(r.item), str(r.base)) for r in tied.itertuples()}}
    subjects = {pair: _Subject.of(more.get(pair) or own[pair]) for pair in sorted(pairs)}
    good: dict[tuple[str, str, int], bool] = {}
    for row in frame.to_dict(orient="records"):
        _verify_row(row, subjects[str(row["item"]), str(row["base"])], stored, good=good, faults=faults)
    faults.raise_if_any(IntegrityError)
    counts = frame["status"].value_counts()
    return Verification(len(frame), len(good), {s: int(counts.get(s, 0)) for s in reversed(STATUSES)})


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is needed of an item for all its bounds."""

    system: ItemSystem
    fingerprint: str
    strata: list[str]
    rows: tuple[IntegerRow, ...]

    @classmethod
    def of(cls, system: ItemSystem) -> _Subject:
        return cls(system, system.fingerprint(), stratum_names(system.design), exact_rows(linear_rows(system)))


def _verify_row(
    row: Mapping[Any, Any],
    subject: _Subject,
    stored: Mapping[str, Any],
    *,
    good: dict[tuple[str, str, int], bool],
    faults: FaultList,
) -> None:
    key = bound_key(row["item"], row["base"], row["domain"], row["level"])
    if row["inputs"] != subject.fingerprint:
        faults.add(
            "the inputs of a bound changed",
            where=key,
            parameter="inputs",
            expected=subject.fingerprint,
            got=row["inputs"],
            hint="run 'aibaro bounds --recompute'",
        )
        return
    system = subject.system
    share = system.share(row["domain"], row["level"])
    if share is None or stored["strata"] != subject.strata:
        faults.add("a bound of a number or of strata that the survey does not print", where=key)
        return
    low = domain_size(system, share.strata).df[0]
    if int(row["df_lower"]) != low:
        faults.add(
            "degrees of freedom that are not the fewest",
            where=key,
            parameter="df_lower",
            expected=str(low),
            got=str(row["df_lower"]),
        )
    attained = {}
    for side, index in stored["rows"].get(key, {}).items():
        table = tuple(int(v) for v in stored["tables"][index])
        mark = (row["item"], row["base"], index)
        if mark not in good:
            failed = violated(system, table, subject.rows)
            if system.overlap is not None and len(table) == 2 * system.design.size:
                failed = (*failed, f"the sets that {system.base} is common to: no counts are given")
            good[mark] = not failed
            if failed:
                faults.add("a witness fails printed numbers", where=key, parameter=side, got="; ".join(failed))
        attained[side] = exact_variance(system, share.strata, table)
    _verify_numbers(row, key, attained, faults)


def _verify_numbers(
    row: Mapping[Any, Any], key: str, attained: Mapping[str, Fraction | None], faults: FaultList
) -> None:
    inner = []
    for side, column, root in SIDES:
        variance, given = attained.get(side), float(row[column])
        inner.append(None if math.isnan(given) else Fraction(given))
        reached = math.nan if variance is None else float(root(variance))
        absent = math.isnan(given) and variance is None
        if not (absent or math.isclose(given, reached, rel_tol=1e-14, abs_tol=1e-300)):
            faults.add(
                "a witness does not attain its standard error",
                where=key,
                parameter=column,
                expected=repr(reached),
                got=repr(given),
            )
    low, high = Fraction(float(row["se_lower"])), Fraction(float(row["se_upper"]))
    known = [v for v in inner if v is not None]
    if not all(low <= v <= high for v in known):
        faults.add("an attained standard error lies outside its bounds", where=key)
    if high > LARGEST_ERROR:
        faults.add(
            "a bound beyond what a share can have",
            where=key,
            parameter="se_upper",
            expected=f"at most {float(LARGEST_ERROR):g}",
            got=str(row["se_upper"]),
        )
    status = min((side_status(low, inner[0]), side_status(high, inner[1])), key=STATUSES.index)
    if status != row["status"]:
        faults.add("the status does not follow from the numbers", where=key, expected=status, got=str(row["status"]))
