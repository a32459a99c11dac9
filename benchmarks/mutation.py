"""Mutation score of a room: how many faults, planted one at a time, make a test of the room fail?

Run from the root of the checkout; ``cosmic-ray`` and ``pytest-cov`` have to be installed::

    python benchmarks/mutation.py rounding --number 80 --seed 15 --out rounding.jsonl
    python benchmarks/mutation.py rounding --again rounding.jsonl     # the survivors alone, after new tests

Faults are those of cosmic-ray's operators.  Places are drawn at random without repetition, then one fault at each, so
that a binary operator with eleven faults does not weigh more than a constant with two.  Faults in annotations run
nowhere and are not drawn.  Tests that pass through the line go first, then others that enter the module (a constant, or
a value kept from an earlier call), quickest first, until one fails.  A run that was stopped goes on where it ended.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from importlib.machinery import SourceFileLoader
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy  # noqa: F401  # loaded before forking, so that no fault waits for it
import pandas  # noqa: F401
import pytest
import scipy.optimize
import scipy.stats  # noqa: F401
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from coverage.numbits import numbits_to_nums
from hypothesis import Phase, settings

# the room's own tests; parity with R and other rooms' tests, which would see more, are left out for time
TESTS = {
    "weights": [
        "tests/weights",
        "tests/parity/weights",
        "tests/parity/test_calibrated_replicates.py",
        *(f"tests/laws/test_{name}_laws.py" for name in ("weights", "replicates")),
        "src/aibaro/weights",
    ],
    "estimate": [
        "tests/estimate",
        *(f"tests/laws/test_{name}_laws.py" for name in ("estimate", "interval", "variance")),
        "tests/parity/test_models.py",
        "tests/parity/test_calibrated.py",
        "src/aibaro/estimate",
    ],
    "rounding": [
        "tests/test_rounding.py",
        "tests/test_notations.py",
        "tests/test_verbal_words.py",
        "tests/laws/test_rounding_laws.py",
        "src/aibaro/rounding",
    ],
    "consistency": [
        *(
            f"tests/consistency/test_{name}.py"
            for name in ("ends", "forensic", "grim", "mixtures", "power", "print_cases")
        ),
        "src/aibaro/consistency",
    ],
}
# plain assertions, as pytest would else load modules with doctests itself
PLAIN = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--assert=plain"]
# seconds of tests that do not pass through the line themselves
MOST = 60.0
QUIET = [*PLAIN, "-x", "-p", "no:cov", "--no-header", "--tb=no"]


class Chosen:
    """Keep some tests alone, in the order given; note which fails and how long each takes."""

    def __init__(self, order: list[str] | None = None) -> None:
        self.rank = None if order is None else {name: k for k, name in enumerate(order)}
        self.failed = ""
        self.seconds: dict[str, float] = defaultdict(float)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self.rank is not None:
            items[:] = sorted((i for i in items if i.nodeid in self.rank), key=lambda i: self.rank[i.nodeid])
            # a smaller example of a fault is of no use here
            settings.register_profile("mutation", settings(), phases=[Phase.explicit, Phase.generate])
            settings.load_profile("mutation")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration
        if report.failed and not self.failed:
            self.failed = report.nodeid


def covered(tests: list[str], folder: Path) -> tuple[dict[str, float], dict[tuple[str, int], set[str]]]:
    """Seconds of each test, and the tests that pass through each line."""
    folder.mkdir(parents=True, exist_ok=True)
    data, noted = folder / "coverage", folder / "seconds.json"
    code = (
        "import json, sys, pytest; sys.path.insert(0, 'benchmarks'); from mutation import Chosen; c = Chosen();"
        f"r = pytest.main([*{PLAIN}, '--cov=aibaro', '--cov-context=test', '--cov-report=', *{tests}], [c]);"
        f"r or json.dump(c.seconds, open({str(noted)!r}, 'w')); sys.exit(r)"
    )
    if not noted.exists():
        subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"COVERAGE_FILE": str(data)})
    seconds: dict[str, float] = json.loads(noted.read_text())
    lines: dict[tuple[str, int], set[str]] = defaultdict(set)
    query = (
        "select f.path, c.context, b.numbits from line_bits b "
        "join file f on f.id = b.file_id join context c on c.id = b.context_id"
    )
    for path, context, bits in sqlite3.connect(data).execute(query):
        test, _, phase = context.rpartition("|")
        # what a fixture sets up serves every test of the file
        names = [n for n in seconds if n.split("::")[0] == test.split("::")[0]] if phase == "setup" else [test]
        for number in numbits_to_nums(bits):
            lines[path, number] |= set(filter(None, names))
    return seconds, lines


def places(paths: list[Path]) -> dict[tuple[str, str, tuple[int, int]], list[tuple[str, int]]]:
    """Operators and occurrences at each place of the modules."""
    found: dict[Any, list[tuple[str, int]]] = defaultdict(list)
    for path in paths:
        nodes = list(ast_nodes(get_ast(path.read_text())))
        for name in sorted(operator_names()):
            if name.partition("/")[2] in {"VariableInserter", "VariableReplacer", "NoOp"}:
                continue
            operator, occurrence = get_operator(name)(), 0
            for node in nodes:
                for start, _ in operator.mutation_positions(node):
                    found[str(path), name.split("_")[0], start].append((name, occurrence))
                    occurrence += 1
    return found


def meaning(source: str) -> str:
    """Syntax without annotations, which run nowhere."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for field in ("annotation", "returns"):
            if getattr(node, field, None) is not None:
                setattr(node, field, ast.Constant(None))
    return ast.dump(tree)


def draw(room: str, number: int, seed: int) -> list[dict[str, Any]]:
    """Faults at random places."""
    found = places(sorted(Path("src/aibaro", room).glob("*.py")))
    generator, faults = random.Random(seed), []
    for place in generator.sample(sorted(found), len(found)):
        path, _, (line, column) = place
        name, occurrence = generator.choice(found[place])
        source = Path(path).read_text()
        try:
            changed = mutate_code(source, get_operator(name)(), occurrence)
            if meaning(changed) == meaning(source):
                continue
        except SyntaxError:
            continue
        faults.append({"path": path, "line": line, "column": column, "operator": name, "occurrence": occurrence})
        if len(faults) == number:
            break
    return faults


def attempt(path: str, changed: str, order: list[str], limit: float) -> str:
    """Run tests on changed source in a process of its own: the test that fails, `timeout`, or nothing."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        own, original = str(Path(path).resolve()), SourceFileLoader.get_code
        SourceFileLoader.get_code = lambda self, name: (  # type: ignore[method-assign]
            compile(changed, own, "exec", dont_inherit=True)
            if str(Path(self.path).resolve()) == own
            else original(self, name)
        )
        chosen = Chosen(order)
        try:
            code = pytest.main([*QUIET, *sorted({name.split("::")[0] for name in order})], [chosen])
            said = chosen.failed or ("" if code in (0, 5) else f"pytest ends with {code}")
        except BaseException as error:
            said = f"pytest stops: {error!r}"
        os.write(writing, said.encode()[:4000])
        os._exit(0)
    os.close(writing)
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if os.waitpid(child, os.WNOHANG)[0]:
            with os.fdopen(reading) as stream:
                return stream.read()
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reading)
    return "timeout"


def judged(fault: dict[str, Any], seconds: dict[str, float], lines: dict[tuple[str, int], set[str]]) -> dict[str, Any]:
    """Tell which test sees a fault."""
    path, source = fault["path"], Path(fault["path"]).read_text()
    changed = mutate_code(source, get_operator(fault["operator"])(), fault["occurrence"])
    pairs = list(zip(source.splitlines(), changed.splitlines(), strict=False))
    line = next((k for k, (a, b) in enumerate(pairs, 1) if a != b), fault["line"])
    whole = str(Path(path).resolve())
    through = lines.get((whole, line), set())
    nearby = set().union(*(names for (p, _), names in lines.items() if p == whole)) - through
    killer, begin = "", time.monotonic()
    for group, most in ((through, float("inf")), (nearby, MOST)):
        order = sorted(group, key=lambda n: (seconds.get(n, 9.0), n))
        total = list(accumulate(seconds.get(n, 9.0) for n in order))
        order = [name for name, end in zip(order, total, strict=True) if end <= most]
        if order and not killer:
            killer = attempt(path, changed, order, 60 + 4 * total[len(order) - 1])
    diff = [
        d for d in difflib.unified_diff(source.splitlines(), changed.splitlines(), n=0, lineterm="") if d[0] in "+-"
    ][2:]
    return {
        **fault,
        "line": line,
        "killed_by": killer,
        "tests_of_line": len(through),
        "seconds": round(time.monotonic() - begin, 1),
        "diff": diff,
    }


def main() -> int:
    """Draw faults, try them, and print the score."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("room", choices=sorted(TESTS))
    parser.add_argument("--number", type=int, default=80)
    parser.add_argument("--seed", type=int, default=15)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--again", type=Path, help="results whose survivors are tried again")
    parser.add_argument(
        "--work", type=Path, default=Path(tempfile.gettempdir()) / "mutation", help="folder of coverage data"
    )
    options = parser.parse_args()
    seconds, lines = covered(TESTS[options.room], options.work / options.room)
    if options.again:
        faults = [f for f in map(json.loads, options.again.read_text().splitlines()) if not f["killed_by"]]
    else:
        faults = draw(options.room, options.number, options.seed)
    results = []
    if options.out and options.out.exists():
        results = [json.loads(line) for line in options.out.read_text().splitlines()]
    for fault in faults[len(results) :]:
        results.append(judged(fault, seconds, lines))
        last = results[-1]
        print(
            last["killed_by"] or "SURVIVED",
            last["path"],
            last["line"],
            *last["diff"],
            f"{last['seconds']}s",
            sep="\n  ",
            flush=True,
        )
        if options.out:
            with options.out.open("a") as stream:
                stream.write(json.dumps(last) + "\n")
    killed = sum(bool(r["killed_by"]) for r in results)
    print(f"{options.room}: {killed} of {len(results)} killed, {100 * killed / max(len(results), 1):.1f}%")
    return 0


if __name__ == "__main__":
    sys.exit(main())
