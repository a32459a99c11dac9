"""Do bounds that were computed before still hold for the survey's files?  Verified exactly, in seconds."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from aibaro.errors import FaultList, IntegrityError
from aibaro.reconstruct._items import ItemSystem, own_items
from aibaro.reconstruct.bounds import LARGEST_ERROR, STATUSES, side_status
from aibaro.reconstruct.pinned import bound_files, bound_key, read_bounds, stratum_names
from aibaro.reconstruct.rows import IntegerRow, exact_rows, linear_rows, violated
from aibaro.reconstruct.sizes import domain_size
from aibaro.reconstruct.variance import exact_variance, root_above, root_below

if TYPE_CHECKING:
    from aibaro.published import PublishedSurvey

SIDES = (("smallest", "se_lower_witness", root_above), ("largest", "se_upper_witness", root_below))


@dataclass(frozen=True, slots=True)
class Verification:
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

    def summary(self) -> str:
        """Describe it in one line.

        Returns
        -------
        str
            Rows, witnesses and statuses.
        """
        counted = ", ".join(f"{n} {s}" for s, n in self.statuses.items())
        return f"{self.rows} bounds verified with {self.witnesses} tables of counts: {counted}"

    def __str__(self) -> str:
        return self.summary()


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
    subjects = {pair: _Subject.of(own[pair]) for pair in sorted(pairs)}
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
        return cls(system, system.fingerprint(), stratum_names(system), exact_rows(linear_rows(system)))


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
