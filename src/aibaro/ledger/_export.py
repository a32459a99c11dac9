"""How does the ledger leave the package?  CSV for programs, JSON with every argument, a workbook for Excel."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from aibaro.files import csv_text, write_text_atomic
from aibaro.ledger._findings import findings
from aibaro.ledger._ledger import CLAIM_COLUMNS, NUMBER_COLUMNS, Ledger, combined

SCHEMA_VERSION = "2"


def numbers_frame(ledgers: Sequence[Ledger]) -> pd.DataFrame:
    """Put the numbers of several ledgers into one frame."""
    return combined((ledger.to_frame() for ledger in ledgers), NUMBER_COLUMNS)


def claims_frame(ledgers: Sequence[Ledger]) -> pd.DataFrame:
    """Put the claims of several ledgers into one frame."""
    return combined((ledger.claims_frame() for ledger in ledgers), CLAIM_COLUMNS)


def ledger_json(ledgers: Sequence[Ledger]) -> str:
    """Write ledgers as JSON.

    Parameters
    ----------
    ledgers : sequence of Ledger
        The ledgers.

    Returns
    -------
    str
        The file ``ledger.json``, version 2.

    Examples
    --------
    >>> from aibaro.study import open
    >>> json.loads(ledger_json([open("softwareone-2025").ledger]))["schema_version"]
    '2'
    """
    found = [
        {
            "id": f.id,
            "survey": f.survey,
            "location": f.location,
            "verdict": f.verdict,
            "text": f.text,
            "headline": f.headline,
            "distance": f.distance,
        }
        for f in findings(ledgers)
    ]
    content = {"schema_version": SCHEMA_VERSION, "surveys": [ledger.to_dict() for ledger in ledgers], "findings": found}
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def write_ledgers(ledgers: Sequence[Ledger], folder: str | Path) -> tuple[Path, ...]:
    """Write ``ledger.csv``, ``claim_verdicts.csv`` and ``ledger.json``.

    Parameters
    ----------
    ledgers : sequence of Ledger
        The ledgers.
    folder : str or pathlib.Path
        Where to write; missing folders are made.

    Returns
    -------
    tuple of pathlib.Path
        The files.

    Examples
    --------
    >>> import tempfile
    >>> from aibaro.study import open
    >>> [path.name for path in write_ledgers([open("softwareone-2025").ledger], tempfile.mkdtemp())]
    ['ledger.csv', 'claim_verdicts.csv', 'ledger.json']
    """
    out = Path(folder)
    return (
        write_text_atomic(out / "ledger.csv", csv_text(numbers_frame(ledgers))),
        write_text_atomic(out / "claim_verdicts.csv", csv_text(claims_frame(ledgers))),
        write_text_atomic(out / "ledger.json", ledger_json(ledgers)),
    )
