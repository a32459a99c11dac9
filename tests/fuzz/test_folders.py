"""Folders broken at random: read, or refused in our own words."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import strategies as st
from tests.fuzz.harness import NASTY, explore, ran
from tests.published.small_survey import DESCRIPTOR, FILES

from aibaro.errors import InputError, IntegrityError
from aibaro.published import PublishedSurvey, read

COMPARISONS = "family,kind,domain,item,fact_a,fact_b,claim\nquantity,claims,,,,,\np,pairs,size,use,,,\n"
WHOLE = {**FILES, "comparisons.csv": COMPARISONS, "datapackage.json": json.dumps(DESCRIPTOR)}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | NASTY,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NASTY, inner, max_size=3),
    max_leaves=5,
)


@st.composite
def cells(draw: st.DrawFn) -> dict[str, bytes]:
    """Replace some cells of some files, header cells among them; drop, double or cut rows."""
    files = dict(WHOLE)
    for _ in range(draw(st.integers(1, 2))):
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


def tried(files: dict[str, bytes]) -> str:
    code, said, _, left = ran({f"survey/{name}": content for name, content in files.items()}, "show", "survey")
    assert not left
    assert code == 2 or said
    with TemporaryDirectory() as place:
        for name, content in files.items():
            (Path(place) / name).write_bytes(content)
        if code == 2:
            with pytest.raises((InputError, IntegrityError)):
                read(place)
            return "refused"
        used(read(place))
        return "read"


def used(survey: PublishedSurvey) -> None:
    """A survey that was read can be shown, written and read row by row."""
    assert survey.summary()
    assert json.dumps(survey.to_dict()).encode()
    assert not survey.printed["id"].duplicated().any()
    for row in survey.printed.to_dict("records"):
        reading = survey.reading({str(name): str(cell) for name, cell in row.items()})
        assert (reading.interval() is None) == (reading.value is None)


def test_cells() -> None:
    explore(cells(), tried, examples=120, least={"read": 0.03, "refused": 0.2})


def test_bytes() -> None:
    explore(octets(), tried, examples=90, least={"read": 0.03, "refused": 0.2})


def test_descriptors() -> None:
    explore(descriptors(), tried, examples=90, least={"read": 0.03, "refused": 0.2})
