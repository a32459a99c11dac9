"""Every printed number and every claim with its rule, verdict and argument."""

from __future__ import annotations

from aibaro.ledger._claims import ClaimVerdict, judge_claims
from aibaro.ledger._evidence import Evidence
from aibaro.ledger._explain import explain_id
from aibaro.ledger._export import csv_text, ledger_json, write_ledgers
from aibaro.ledger._findings import Finding, findings, spread
from aibaro.ledger._group_evidence import GroupEvidence
from aibaro.ledger._ledger import Ledger, build_ledger, conflicts_of, second_figures, suspected, weighting_of
from aibaro.ledger._limits import Limits, shipped_limits
from aibaro.ledger._neutral import neutralised
from aibaro.ledger._numbers import Entry, assess, matches, with_words
from aibaro.ledger._pins import Drift, drift, pin
from aibaro.ledger._reading import Claim, read_claims
from aibaro.ledger._sentences import text_of
from aibaro.ledger._strata_evidence import evidence_for
from aibaro.ledger._workbook import write_sheets

__all__ = [
    "Claim",
    "ClaimVerdict",
    "Drift",
    "Entry",
    "Evidence",
    "Finding",
    "GroupEvidence",
    "Ledger",
    "Limits",
    "assess",
    "build_ledger",
    "conflicts_of",
    "csv_text",
    "drift",
    "evidence_for",
    "explain_id",
    "findings",
    "judge_claims",
    "ledger_json",
    "matches",
    "neutralised",
    "pin",
    "read_claims",
    "second_figures",
    "shipped_limits",
    "spread",
    "suspected",
    "text_of",
    "weighting_of",
    "with_words",
    "write_ledgers",
    "write_sheets",
]
