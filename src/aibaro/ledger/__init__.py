"""Every printed number and every claim with its rule, verdict and argument."""

from __future__ import annotations

from aibaro.ledger.book import Book
from aibaro.ledger.claims import ClaimVerdict, judge_claims
from aibaro.ledger.conflicts import conflict_checks
from aibaro.ledger.evidence import Evidence, Tail
from aibaro.ledger.explain import explain_id
from aibaro.ledger.export import write_ledgers, write_workbook
from aibaro.ledger.figures import Figure, Key
from aibaro.ledger.findings import Finding, findings
from aibaro.ledger.group_evidence import GroupEvidence
from aibaro.ledger.ledger import Ledger, build_ledger
from aibaro.ledger.numbers import Entry, assess
from aibaro.ledger.pins import Drift, drift, pin
from aibaro.ledger.statements import Claim, read_claims
from aibaro.ledger.strata_evidence import StrataEvidence, evidence_for

__all__ = [
    "Book",
    "Claim",
    "ClaimVerdict",
    "Drift",
    "Entry",
    "Evidence",
    "Figure",
    "Finding",
    "GroupEvidence",
    "Key",
    "Ledger",
    "StrataEvidence",
    "Tail",
    "assess",
    "build_ledger",
    "conflict_checks",
    "drift",
    "evidence_for",
    "explain_id",
    "findings",
    "judge_claims",
    "pin",
    "read_claims",
    "write_ledgers",
    "write_workbook",
]
