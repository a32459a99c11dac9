"""How broken input is tried: in this process, in a folder of its own, against what is promised of every command.

A thousand examples are tried in every run of the tests; ``make fuzz TRIES=20000`` tries as many of each kind, drawn
anew each time.
"""

from __future__ import annotations

import io
import json
import os
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aibaro.cli import main

TRIED = Path(__file__).with_name("tried.json")
BY_HAND = int(os.environ.get("AIBARO_FUZZ", "0"))
T = TypeVar("T")

#: Texts that break readers: marks, numbers at their edges, formulas, paths, markup, characters that turn or end text.
TEXTS = (
    *("", " ", "-", "*", "0", "-1", "1e9", "110%", "<1%", "10-15%", "1" * 30, "9" * 400, "１２", "½", "any(", "any()"),
    *("count(use)>=99999999999", "@all", "@", "|", "=", "use|size=", "use@use@use", "*", "**", "[", "(?", "\\"),
    *("../../x", "/", "a\x00b", "\x1b[31m", "\u202e", "\ufffe", "=1+1", '"', "'", ";;;", "share=1/0", "a=b=c"),
    *("margins:", "cells", "none none", "x" * 5000, "all", "users", "small×care", "×", "1/3", "n = 5", "NaN"),
    *("<script>window.struck=1</script>", "inf", "-inf", "1e400", "1_000", "٣", "\ud800", "\u2028", "0x10", "1,2,3.4"),
)
NASTY = st.one_of(st.sampled_from(TEXTS), st.text(max_size=12))


def explore(
    drawn: st.SearchStrategy[T], tried: Callable[[T], str], *, examples: int, least: Mapping[str, float]
) -> None:
    """Try drawn examples; outcomes that matter have their share, as a harness that refuses everything tries nothing."""
    seen: Counter[str] = Counter()
    number = BY_HAND or examples

    @settings(max_examples=number, deadline=None, suppress_health_check=list(HealthCheck), derandomize=not BY_HAND)
    @given(drawn)
    def each(example: T) -> None:
        seen[tried(example)] += 1

    each()
    total = seen.total()
    if BY_HAND:
        _record(dict(seen.most_common()))
    print(f"{total} examples: {', '.join(f'{count} {word}' for word, count in seen.most_common())}")
    assert all(seen[word] >= share * total for word, share in least.items()), seen


def _record(outcomes: Mapping[str, int]) -> None:
    """Note what was tried by hand; the page of promises tells it."""
    test = os.environ["PYTEST_CURRENT_TEST"].partition(" ")[0].rpartition("/")[2].replace(".py::", ".")
    tried = {**json.loads(TRIED.read_text(encoding="utf-8")), test: outcomes}
    TRIED.write_text(json.dumps(tried, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def ran(files: Mapping[str, bytes], *words: str, code: int | None = None) -> tuple[int, str, str, dict[str, bytes]]:
    """Run a command in a folder of these files; exit code, what it said, and the files that it made.

    Whatever it is given: no traceback, no exit but 0, 1 and 2, no file outside, no input changed, no part left; an exit
    of 2 is said in our own words and short, and leaves no file.
    """
    with TemporaryDirectory() as top:
        place = Path(top) / "place"
        place.mkdir()
        for name, content in files.items():
            (place / name).parent.mkdir(exist_ok=True)
            (place / name).write_bytes(content)
        out, err = io.StringIO(), io.StringIO()
        before = Path.cwd()
        os.chdir(place)
        try:
            with redirect_stdout(out), redirect_stderr(err), warnings.catch_warnings():
                # a user sees no warning of a library either: each is an error here
                warnings.simplefilter("error")
                done = main(list(words))
        finally:
            os.chdir(before)
        left = {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}
        assert [path.name for path in Path(top).iterdir()] == ["place"]
    said, told = out.getvalue(), err.getvalue()
    assert done in ({0, 1, 2} if code is None else {code}), told
    assert "Traceback" not in told
    assert not [name for name in left if name.endswith(".part")]
    assert {name: left.pop(name) for name in files} == dict(files)
    if done == 2:
        assert any(line.startswith(OWN_WORDS) for line in told.splitlines()), told
        assert len(told.encode()) < 50_000
        assert not left, "a refusal writes nothing"
    return done, said, told, left


#: How the line begins that says why a command ended in 2.
OWN_WORDS = ("error: ", "aibaro: ")
