"""The pages of rules and notations are what the tables say, and their examples are read by the checks."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from aibaro.compare.declarations import KINDS
from aibaro.published import read, rules
from aibaro.published.schema import COMPARISON_COLUMNS

LEDGER = "aibaro.ledger._claim_rules" if find_spec("aibaro.ledger._claim_rules") else "aibaro.ledger.claims"
COMPUTED = import_module(LEDGER)
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["rules.md", "notations.md"])
def test_the_page_is_what_the_tables_say(name: str) -> None:
    code = f"import write_rules as w; print(w.PAGES[{name!r}](), end='')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "docs", capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout == (ROOT / "docs" / name).read_text(encoding="utf-8"), "run docs/write_rules.py"


def test_every_rule_that_is_computed_stands_in_the_table_and_no_other() -> None:
    assert set(rules("claims")) == {*COMPUTED.CLAIM_RULES, *COMPUTED.EXACT_RULES}
    assert set(rules("comparisons")) == set(KINDS)


def test_every_rule_says_what_it_means_checks_and_cannot() -> None:
    for group in ("claims", "relations", "definitions", "comparisons"):
        for rule in rules(group).values():
            assert rule.meaning
            assert rule.checks
            assert rule.cannot
            assert any(rule.example)
            assert set(rule.needs) | set(rule.may) <= set(COMPARISON_COLUMNS)


FACTS = """item,base,domain,level,wave,kind,printed
use,all,,,,,34%
use,all,,,2022,,23%
use,all,size,small,,,30%
use,all,size,medium,,,40%
use,all,size,large,,,50%
use,all,size,micro,,,20%
plan,all,,,,,12%
plan,all,size,small,,,10%
plan,all,size,large,,,20%
no_use,all,,,,,66%
use.a,all,,,,,10%
use.b,all,,,,,12%
use.c,all,,,,,14%
use.any,all,,,,,34%
use.often,all,,,,,14%
use.sometimes,all,,,,,20%
plan.a,all,,,,,4%
plan.b,all,,,,,5%
plan.c,all,,,,,6%
barrier.cost,all,,,,,40%
barrier.legal,all,,,,,20%
barrier.ethics,all,,,,,10%
use,all,sector,farming,,,10%
use,all,sector,finance,,,60%
applications.security,all,sector,farming,,,10%
stage.pilots,all,,,,,30%
stage.none,all,,,,,30%
technology.a,all,,,,,10%
response_rate,all,,,,,50%
respondents,,,,,count,100
sample,,,,,count,200
contacted,,,,,count,200
undeliverable,,,,,count,10
reached,,,,,count,190
asked,,,,,number,1
"""


@pytest.mark.parametrize("name", list(rules("claims")))
def test_the_example_of_a_rule_of_claims_is_read(name: str, tmp_path: Path) -> None:
    inputs, parameters = rules("claims")[name].example
    (tmp_path / "printed.csv").write_text(FACTS, encoding="utf-8")
    (tmp_path / "claims.csv").write_text(
        f'id,claim_en,type,rule,inputs,parameters\nc,words,comparison,{name},"{inputs}","{parameters}"\n',
        encoding="utf-8",
    )
    assert read(tmp_path).claims["rule"].tolist() == [name]
