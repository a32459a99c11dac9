"""What an estimate has to know of weights that were written to a file: the steps that calibrated them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aibaro._typed import typed
from aibaro.errors import InputError
from aibaro.results import plain
from aibaro.weights._result import WeightResult
from aibaro.weights.residuals import Auxiliaries

FORMAT = "aibaro.weights/1"
SUFFIX = ".weights.json"


@dataclass(frozen=True, slots=True)
class History:
    """Weights in a file, and the steps that made them.

    Parameters
    ----------
    column : str
        Column of the weights.
    strata : tuple of str
        Columns of the strata that the base weights knew.
    calibration : tuple of Auxiliaries
        Steps that a residual variance needs, first to last.
    """

    column: str
    strata: tuple[str, ...]
    calibration: tuple[Auxiliaries, ...]


@typed
def history_path(rows: str | Path) -> Path:
    """Name the file that lies beside a file of weighted rows.

    Parameters
    ----------
    rows : str or pathlib.Path
        File of weighted rows.

    Returns
    -------
    pathlib.Path
        ``NAME.weights.json`` in the same folder.

    Examples
    --------
    >>> history_path("rows.csv").name
    'rows.csv.weights.json'
    """
    path = Path(rows)
    return path.with_name(path.name + SUFFIX)


@typed
def write_history(result: WeightResult, rows: str | Path) -> Path:
    """Write the history of weights beside the file of their rows, with a hash of it.

    Parameters
    ----------
    result : WeightResult
        The weights.
    rows : str or path
        The file that holds the rows with the weights, already written.

    Returns
    -------
    pathlib.Path
        The file of the history, ``ROWS.weights.json``.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from aibaro.weights import rake
    >>> made = rake(pd.DataFrame({"size": ["s", "s", "l"]}), {"size": {"s": 60, "l": 40}})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "rows.csv"
    ...     made.frame.to_csv(path, index=False)
    ...     kept = write_history(made, path)
    ...     kept.name, read_history(kept, path).strata
    ('rows.csv.weights.json', ())
    """
    from aibaro.errors import UnsupportedError
    from aibaro.files import write_bytes_atomic

    try:
        calibration: Any = [_step_dict(step) for step in result.calibration]
    except UnsupportedError as error:
        calibration = {"refused": str(error)}
    facts = {
        "format": FORMAT,
        "rows": {"name": Path(rows).name, "sha256": _hash(Path(rows))},
        "strata": list(result.strata),
        "calibration": calibration,
        **result.to_dict(),
    }
    path = history_path(rows)
    write_bytes_atomic(path, json.dumps(plain(facts), ensure_ascii=False, indent=1).encode("utf-8"))
    return path


@typed
def read_history(path: str | Path, rows: str | Path) -> History:
    """Read the history of the weights in a file of rows.

    Parameters
    ----------
    path : str or path
        The history.
    rows : str or path
        The file of rows, whose hash has to be the one in the history.

    Returns
    -------
    History
        Column of the weights, strata and calibrating steps.

    Raises
    ------
    InputError
        When the file is not a history, belongs to other rows, or holds weights without a residual variance.

    Examples
    --------
    >>> read_history("no.weights.json", "no.csv")
    Traceback (most recent call last):
    aibaro.errors.InputError: the history cannot be read
    ...
    """
    try:
        facts = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError("the history cannot be read", parameter="history", where=str(path), got=str(error)) from error
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise InputError(
            "not a history of weights",
            parameter="history",
            where=str(path),
            expected=f"a file that aibaro weights wrote, format {FORMAT}",
            got=str(facts.get("format")) if isinstance(facts, dict) else type(facts).__name__,
        )
    if facts["rows"]["sha256"] != _hash(Path(rows)):
        raise InputError(
            "the history belongs to other rows",
            parameter="history",
            where=str(path),
            expected=f"the file {facts['rows']['name']} as aibaro weights wrote it",
            got=str(rows),
            hint="weight the rows again after changing them",
        )
    if isinstance(facts["calibration"], dict):
        raise InputError(
            "these weights have no residual variance",
            parameter="history",
            where=str(path),
            got=facts["calibration"]["refused"].splitlines()[0],
            hint="without --history the weights are taken as given",
        )
    return History(facts["column"], tuple(facts["strata"]), tuple(_read_step(step) for step in facts["calibration"]))


def column_of(path: Path) -> str:
    """Name the column of weights that a history tells of; nothing where it cannot be read."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(facts.get("column", "")) if isinstance(facts, dict) else ""


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError("the file of rows cannot be read", where=str(path), got=str(error)) from error


def _step_dict(step: Auxiliaries) -> dict[str, Any]:
    return {
        "keys": list(step.keys),
        "levels": [list(level) for level in step.levels],
        "names": list(step.names),
        "matrix": step.matrix.tolist(),
        "before": step.before.tolist(),
        # not a number where numeric auxiliaries differ within cells, infinite where weights stand at a limit
        "factors": [str(f) if not np.isfinite(f) else f for f in step.factors.tolist()],
        "numeric": list(step.numeric),
        "gram": None if step.gram is None else step.gram.tolist(),
    }


def _read_step(facts: dict[str, Any]) -> Auxiliaries:
    count = len(facts["levels"])
    return Auxiliaries(
        keys=tuple(facts["keys"]),
        levels=tuple(tuple(level) for level in facts["levels"]),
        names=tuple(facts["names"]),
        matrix=np.array(facts["matrix"], dtype=float).reshape(count, len(facts["names"])),
        before=np.array(facts["before"], dtype=float),
        factors=np.array([float(f) for f in facts["factors"]]),
        numeric=tuple(facts["numeric"]),
        gram=None if facts["gram"] is None else np.array(facts["gram"], dtype=float),
    )
