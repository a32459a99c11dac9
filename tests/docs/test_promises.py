"""The counts of the page of promises are those of the tests, and what it names is there."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from tests.fuzz.harness import TRIED

from aibaro.files import MOST_STREAMED

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
FUZZ = re.findall(r"^\| (.+?) \| `(test_\w+\.test_\w+)` \| ([\d,]+) \| ([\d,]+) \|$", PAGE, flags=re.MULTILINE)


def number(text: str) -> int:
    return int(text.replace(",", ""))


def examples() -> dict[str, int]:
    """Examples that each harness tries in a run of the tests."""
    found = {}
    for path in sorted(TRIED.parent.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for call in ast.walk(node):
                    if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "explore":
                        (given,) = [word.value for word in call.keywords if word.arg == "examples"]
                        found[f"{path.stem}.{node.name}"] = ast.literal_eval(given)
    return found


def test_the_examples_of_a_run_are_those_of_the_harnesses() -> None:
    assert {harness: number(run) for _, harness, run, _ in FUZZ} == examples()
    assert sum(examples().values()) >= 1000, "a thousand are promised"


def test_what_was_tried_by_hand_is_what_the_harnesses_noted() -> None:
    tried = {harness: sum(outcomes.values()) for harness, outcomes in json.loads(TRIED.read_text()).items()}
    assert {harness: number(hand) for _, harness, _, hand in FUZZ} == tried


def test_the_pairs_of_a_command_and_a_package_are_counted() -> None:
    tree = ast.parse((ROOT / "tests" / "cli" / "test_main.py").read_text(encoding="utf-8"))
    (test,) = [
        n for n in tree.body if getattr(n, "name", "") == "test_a_missing_extra_is_named_before_anything_is_written"
    ]
    assert isinstance(test, ast.FunctionDef)
    (marked,) = test.decorator_list
    assert isinstance(marked, ast.Call)
    pairs = marked.args[1]
    assert isinstance(pairs, ast.List)
    assert f"{len(pairs.elts)} pairs of a command and a package" in PAGE


def test_limits_are_those_of_the_code() -> None:
    assert f"{MOST_STREAMED // 2**20} MB are read" in PAGE


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`(tests/[\w./]+)`", PAGE))))
def test_the_tests_that_the_page_names_are_there(path: str) -> None:
    assert (ROOT / path).exists()
