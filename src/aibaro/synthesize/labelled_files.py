"""How do synthetic rows leave the program?  Labelled and described as synthetic, and never read as anything else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from aibaro.errors import InputError, IntegrityError
from aibaro.files import csv_text, sha256_bytes, write_together
from aibaro.published import PublishedSurvey
from aibaro.synthesize.synthetic import LABEL, NOTE, Synthetic

_HASH = "sha256:"


def descriptor_path(path: str | Path) -> Path:
    """Return the place of the descriptor of a file of rows.

    Examples
    --------
    >>> descriptor_path("synthetic-demo.csv").name
    'synthetic-demo.datapackage.json'
    """
    return Path(path).with_suffix(".datapackage.json")


def write_synthetic(file: Synthetic, path: str | Path, survey: PublishedSurvey) -> tuple[Path, Path]:
    """Write synthetic rows and their descriptor.

    Parameters
    ----------
    file : Synthetic
        The rows.
    path : str or pathlib.Path
        Name of the CSV file; it must contain ``synthetic``.
    survey : PublishedSurvey
        The survey that they follow, for the citation and labels.

    Returns
    -------
    tuple of pathlib.Path
        The CSV file and its descriptor, a Data Package of version 2.

    Raises
    ------
    InputError
        When the name does not say that the rows are synthetic.

    Examples
    --------
    >>> import tempfile
    >>> from aibaro.published import small_survey
    >>> from aibaro.synthesize import synthesize
    >>> survey = small_survey(tempfile.mkdtemp())
    >>> files = write_synthetic(synthesize(survey, seed=1), survey.folder / "synthetic-rows.csv", survey)
    >>> files[0].name
    'synthetic-rows.csv'
    """
    target = Path(path)
    check_name(target, file.survey)
    content = csv_text(file.rows).encode("utf-8")
    labels = dict(zip(survey.items["item"], survey.items.get("label_en", survey.items["item"]), strict=True))
    described = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": target.stem.lower(),
        "title": f"Synthetic {file.kind} after: {survey.title}",
        "description": NOTE,
        "sources": [{"title": f"Printed figures of: {survey.citation or survey.title}"}],
        "resources": [
            {
                "name": "rows",
                "path": target.name,
                "type": "table",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "bytes": len(content),
                "hash": _HASH + sha256_bytes(content),
                "description": "Synthetic rows, one a row; an empty cell means that print says nothing",
                "schema": {
                    "fields": [_field(str(name), str(kind), labels) for name, kind in file.rows.dtypes.items()],
                    "missingValues": [""],
                },
            }
        ],
        "aibaro": {LABEL: file.to_dict()},
    }
    text = json.dumps(described, indent=2, ensure_ascii=False) + "\n"
    contents = {target.name: content, descriptor_path(target).name: text.encode("utf-8")}
    rows, descriptor = write_together(target.parent, contents)
    return rows, descriptor


def check_name(target: Path, survey: str) -> None:
    """Refuse a name that hides what the rows are."""
    if LABEL not in target.name.lower() or target.suffix != ".csv":
        raise InputError(
            "the file name must say that its rows are synthetic",
            parameter="path",
            expected=f"synthetic-{survey}.csv",
            got=target.name,
        )


def _field(name: str, kind: str, labels: dict[Any, Any]) -> dict[str, str]:
    own = {"weight": "weight of the stratum: population over rows", LABEL: "always 1: the row is synthetic"}
    text = own.get(name) or str(labels.get(name, ""))
    form = "number" if kind.startswith("float") else "integer" if kind.lower().startswith("int") else "string"
    return {"name": name, "type": form} | ({"description": text} if text else {})


def synthetic_label(path: str | Path, columns: Iterable[str]) -> str:
    """Tell whether a file of rows is synthetic: by its descriptor, its column or its name.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.
    columns : iterable of str
        Its columns.

    Returns
    -------
    str
        One line that must stand wherever results of such rows are shown; empty for other rows.

    Examples
    --------
    >>> synthetic_label("synthetic-demo.csv", ["a"])
    'SYNTHETIC rows (synthetic-demo.csv): nobody gave these answers; they support no statement about a survey'
    >>> synthetic_label("answers.csv", ["a"])
    ''
    """
    target, beside = Path(path), descriptor_path(path)
    described = json.loads(beside.read_text(encoding="utf-8")) if beside.is_file() else {}
    if LABEL in described.get("aibaro", {}) or LABEL in set(columns) or LABEL in target.name.lower():
        return f"SYNTHETIC rows ({target.name}): nobody gave these answers; they support no statement about a survey"
    return ""


def read_declared(path: str | Path, *, expect: str) -> pd.DataFrame:
    """Read rows from a CSV file, and refuse synthetic rows where respondents are expected.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.
    expect : {"microdata", "synthetic"}
        What the reader takes the rows for.

    Returns
    -------
    pandas.DataFrame
        The rows.

    Raises
    ------
    InputError
        When the rows are synthetic and microdata are expected, or the other way round.
    IntegrityError
        When synthetic rows are not what their descriptor promises.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "answers.csv"
    >>> _ = path.write_text("size,use\\nsmall,1\\nlarge,0\\n", encoding="utf-8")
    >>> len(read_declared(path, expect="microdata"))
    2
    """
    target = Path(path)
    if expect not in {"microdata", "synthetic"}:
        raise InputError(
            "unknown kind of rows",
            where="read_declared",
            parameter="expect",
            expected="microdata or synthetic",
            got=repr(expect),
        )
    if not target.is_file():
        raise InputError(
            "there is no such file", where="read_declared", parameter="path", expected="a CSV file", got=str(path)
        )
    content = target.read_bytes()
    beside = descriptor_path(target)
    described = json.loads(beside.read_text(encoding="utf-8")) if beside.is_file() else {}
    rows = pd.read_csv(target)
    synthetic = bool(synthetic_label(target, rows.columns))
    if synthetic != (expect == "synthetic"):
        found = "synthetic rows" if synthetic else "rows that nothing labels as synthetic"
        raise InputError(
            f"{found} cannot be presented as {expect}",
            where=target.name,
            parameter="expect",
            expected="synthetic" if synthetic else "microdata",
            got=expect,
            hint="synthetic rows support no statement about the survey" if synthetic else "",
        )
    if synthetic and described and described["resources"][0]["hash"] != _HASH + sha256_bytes(content):
        raise IntegrityError(
            "the synthetic rows are not what their descriptor promises",
            where=target.name,
            expected=described["resources"][0]["hash"],
            got=_HASH + sha256_bytes(content),
        )
    return rows
