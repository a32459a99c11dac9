"""Broken folders by the thousand: read, or refused in our own words; no traceback, no exit but 0, 1 and 2.

``AIBARO_FUZZ=20000 pytest tests/published/test_fuzz_folder.py`` tries as many examples by hand.
"""

from __future__ import annotations

import contextlib
import copy
import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.published.small_survey import DESCRIPTOR, FILES

from aibaro.cli import main
from aibaro.errors import AibaroError
from aibaro.published import PublishedSurvey, read

EXAMPLES = int(os.environ.get("AIBARO_FUZZ", "340"))
FUZZ = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
COMPARISONS = "family,kind,domain,item,fact_a,fact_b,claim\nf,claims,,,,,\np,pairs,size,use,,,\n"
WHOLE = {**FILES, "comparisons.csv": COMPARISONS, "datapackage.json": json.dumps(DESCRIPTOR)}

TEXTS = (
    *("", " ", "-", "*", "0", "-1", "1e9", "110%", "<1%", "10-15%", "1" * 30, "9" * 400, "１２", "½", "any(", "any()"),
    *("count(use)>=99999999999", "@all", "@", "|", "=", "use|size=", "use@use@use", "*", "**", "[", "(?", "\\"),
    *("../../x", "/", "a\x00b", "\x1b[31m", "\u202e", "\ufffe", "=1+1", '"', "'", ";;;", "share=1/0", "a=b=c"),
    *("margins:", "cells", "none none", "x" * 5000, "all", "users", "small×care", "×", "1/3", "n = 5", "NaN"),
)
NASTY = st.one_of(st.sampled_from(TEXTS), st.text(max_size=12))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | NASTY,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NASTY, inner, max_size=3),
    max_leaves=5,
)


@st.composite
def cells(draw: st.DrawFn) -> dict[str, bytes]:
    """Replace some cells of some files, header cells among them; drop, double or cut rows."""
    files = dict(WHOLE)
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from([name for name in files if name.endswith(".csv")]))
        rows = [line.split(",") for line in files[name].splitlines()]
        if not rows:
            continue
        row = draw(st.integers(0, len(rows) - 1))
        change = draw(st.sampled_from(["cell", "cell", "cell", "double", "drop", "cut", "empty"]))
        if change == "cell":
            place = draw(st.integers(0, len(rows[row]) - 1))
            rows[row][place] = '"' + draw(NASTY).replace('"', '""') + '"'
        elif change == "double":
            rows.append(rows[row])
        elif change == "drop":
            del rows[row]
        elif change == "cut":
            rows[row] = rows[row][:-1]
        else:
            rows = rows[:1]
        files[name] = "\n".join(",".join(cells_) for cells_ in rows) + "\n"
    return {name: text.encode("utf-8", "surrogatepass") for name, text in files.items()}


@st.composite
def octets(draw: st.DrawFn) -> dict[str, bytes]:
    """Replace a piece of a file by any bytes, or leave a file out."""
    files = {name: text.encode() for name, text in WHOLE.items()}
    name = draw(st.sampled_from(list(files)))
    if draw(st.booleans()):
        start = draw(st.integers(0, len(files[name])))
        end = draw(st.integers(start, min(len(files[name]), start + 40)))
        files[name] = files[name][:start] + draw(st.binary(max_size=12)) + files[name][end:]
    else:
        del files[name]
    return files


@st.composite
def descriptors(draw: st.DrawFn) -> dict[str, bytes]:
    """Replace any value of the descriptor by any other, or add a key."""
    descriptor: Any = copy.deepcopy(DESCRIPTOR)
    descriptor["resources"] = [{"name": "printed", "path": "printed.csv"}, {"name": "strata", "path": "strata.csv"}]
    place = descriptor
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from([*keys, "new"]) if isinstance(place, dict) else st.sampled_from(keys or [0]))
        inner = place[key] if key in keys else None
        if not isinstance(inner, dict | list) or not inner or draw(st.booleans()):
            break
        place = inner
    value = draw(JSON)
    if isinstance(place, list) and key not in keys:
        place.append(value)
    else:
        place[key] = value
    files = {name: text.encode() for name, text in WHOLE.items()}
    return {**files, "datapackage.json": json.dumps(descriptor).encode("utf-8", "surrogatepass")}


def tried(files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "survey"
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        refused = ""
        try:
            used(read(folder))
        except AibaroError as error:
            refused = str(error)
        assert len(refused.encode()) < 50_000
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(["show", str(folder)])
        assert code in {0, 1, 2}
        assert "Traceback" not in err.getvalue()
        assert (code == 2) == bool(refused) == err.getvalue().startswith(("InputError", "IntegrityError"))
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == files
        assert [path.name for path in Path(place).iterdir()] == ["survey"]


def used(survey: PublishedSurvey) -> None:
    """A survey that was read can be shown, written and read row by row."""
    assert survey.summary()
    assert json.dumps(survey.to_dict()).encode()
    assert not survey.printed["id"].duplicated().any()
    for row in survey.printed.to_dict("records"):
        reading = survey.reading({str(name): str(cell) for name, cell in row.items()})
        assert (reading.interval() is None) == (reading.value is None)


@FUZZ
@given(cells())
def test_cells(files: dict[str, bytes]) -> None:
    tried(files)


@FUZZ
@given(octets())
def test_bytes(files: dict[str, bytes]) -> None:
    tried(files)


@FUZZ
@given(descriptors())
def test_descriptors(files: dict[str, bytes]) -> None:
    tried(files)
