"""Every printed number and every claim with its rule, verdict and argument."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aibaro._lazy import on_first_use

if TYPE_CHECKING:
    from aibaro.ledger._claim_rules import Claim, read_claims
    from aibaro.ledger._evidence import Evidence
    from aibaro.ledger._explain import explain_id
    from aibaro.ledger._export import ledger_json, write_ledgers, write_sheets
    from aibaro.ledger._findings import Finding, findings, spread
    from aibaro.ledger._grades import (
        GRADES_FILE,
        TABLE_VERDICTS,
        Grade,
        Grades,
        grades_inputs,
        how_drawn,
        read_grades,
        shipped_grades,
    )
    from aibaro.ledger._group_evidence import GroupEvidence
    from aibaro.ledger._ledger import Ledger, build_ledger, conflicts_of, second_figures, suspected, weighting_of
    from aibaro.ledger._numbers import Entry, Limits, assess, matches, shipped_limits, with_words
    from aibaro.ledger._pins import Drift, drift, pin
    from aibaro.ledger._sentences import text_of
    from aibaro.ledger.claims import ClaimVerdict, judge_claims
    from aibaro.ledger.strata_evidence import evidence_for

__all__ = [
    "GRADES_FILE",
    "TABLE_VERDICTS",
    "Claim",
    "ClaimVerdict",
    "Drift",
    "Entry",
    "Evidence",
    "Finding",
    "Grade",
    "Grades",
    "GroupEvidence",
    "Ledger",
    "Limits",
    "assess",
    "build_ledger",
    "conflicts_of",
    "drift",
    "evidence_for",
    "explain_id",
    "findings",
    "grades_inputs",
    "how_drawn",
    "judge_claims",
    "ledger_json",
    "matches",
    "pin",
    "read_claims",
    "read_grades",
    "second_figures",
    "shipped_grades",
    "shipped_limits",
    "spread",
    "suspected",
    "text_of",
    "weighting_of",
    "with_words",
    "write_ledgers",
    "write_sheets",
]

# loaded on first use, so that one number is explained without the tests of claims
__getattr__, __dir__ = on_first_use(__name__)
