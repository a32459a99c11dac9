"""Drawn surveys through ``aibaro check``: a ledger and a report, unless files are at fault; most are not."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from hypothesis import event
from hypothesis import strategies as st
from tests.fuzz.harness import explore, ran

from aibaro.published import settings
from aibaro.published._rules import Parameter, rules
from aibaro.published.vocabulary import ITEM_NONRESPONSE, SAMPLINGS, WEIGHTINGS

# what print may say, impossible or not
NUMBERS = st.one_of(
    st.sampled_from(["0%", "100%", "110%", "-4%", "<1%", ">50%", "10-15%", "0", "1", "250", "99.95%", "7%", "*", "-"]),
    st.integers(0, 100).map(lambda n: f"{n}%"),
    st.integers(0, 2000).map(str),
    st.decimals(0, 100, places=1).map(lambda d: f"{d}%"),
)
ITEMS = ("use", "use.a", "use.b", "plan", "../x", 'q"onload="1', "=1+1", "-3", "x" * 150)
PLACES = ("", "", "|s=a", "|s=b", "|r=x", "|r=..", "|s×r=a×x", "|wave=2022", "|group=public")
BASES = ("all", "all", "all", "users")
FACTS = st.builds(
    lambda item, base, place: f"{item}{'' if base == 'all' else f'@{base}'}{place}",
    st.sampled_from(ITEMS),
    st.sampled_from(BASES),
    st.sampled_from(PLACES),
)
# a fault of a file, now and then
BROKEN = ("n/a", "1.234", "one in eight", "1e5", "9" * 40, "\x00", "12 %%", "\x1b[31m", "\u2028", "\u202e", "\ud800")
SIZES = st.tuples(st.sampled_from([1, 10, 1000]), st.sampled_from([0, 1, 10, 40]))
DECLARED = st.fixed_dictionaries(
    {"decimal_mark": st.just("."), "marks": st.just({"*": "<0.5", "-": "0"})},
    optional={
        "weighting": st.one_of(
            st.sampled_from(WEIGHTINGS[:2] + WEIGHTINGS[3:]),
            st.fixed_dictionaries({"kind": st.just("margins"), "margins": st.sampled_from([["s"], ["s", "r"]])}),
        ),
        "item_nonresponse": st.sampled_from(ITEM_NONRESPONSE),
        "sampling": st.sampled_from(SAMPLINGS),
        "rounding": st.sampled_from(settings()["rounding"].values),
        "language": st.sampled_from(["en", "nl"]),
        "headline": st.sampled_from(ITEMS[:4]),
    },
)


def cells_of(fact: str) -> dict[str, str]:
    """The columns of a fact."""
    item, _, place = fact.partition("|")
    item, _, base = item.partition("@")
    name, _, level = place.partition("=")
    cells = {"item": item, "base": base or "all", "domain": "", "level": "", "wave": "", "group": ""}
    return {**cells, **({name: level} if name in {"wave", "group"} else {"domain": name, "level": level})}


def text_of(draw: st.DrawFn, parameter: Parameter) -> str:
    """A value of a parameter, mostly of its kind."""
    if parameter.words:
        return draw(st.sampled_from(parameter.words))
    values = {
        "count": ["0", "1", "2", "99"],
        "number": ["0", "5", "0.5", "1/3", "-1", "9" * 30],
        "text": ["use", "s", "f"],
    }
    return draw(st.sampled_from(values.get(parameter.value, [""])))


def relation(draw: st.DrawFn, facts: list[str]) -> dict[str, str]:
    """A relation of any kind, with as many parts as it takes."""
    kind = draw(st.sampled_from(sorted(rules("relations"))))
    if kind == "mixture":
        return {"kind": kind, "parts": "@all|s=a @all|s=b", "whole": "@all"}
    size = {"subset": 1, "ratio": 2, "difference": 2}.get(kind, draw(st.integers(2, 3)))
    parts = draw(st.lists(st.sampled_from(facts), min_size=min(size, len(facts) - 1), max_size=size, unique=True))
    rest = [fact for fact in facts if fact not in parts] or ["@all"]
    whole = draw(st.sampled_from(rest))
    whole = f"{whole}>=2" if kind == "count" else draw(st.sampled_from([whole, "@all"]))
    return {"kind": kind, "parts": " ".join(parts), "whole": whole}


def claim(draw: st.DrawFn, facts: list[str]) -> dict[str, str]:
    """A claim of any rule, with as many sections as it takes and some of its parameters."""
    rule = draw(st.sampled_from(sorted(rules("claims").values(), key=lambda found: found.name)))
    least = {"": 1, "any": 1}.get(rule.sections) or int(rule.sections.rstrip("+"))
    parts = st.lists(st.sampled_from(facts), min_size=rule.figures or 1, max_size=rule.figures or 3)
    sections = [" ".join(draw(parts)) for _ in range(least)]
    chosen = [name for name, parameter in rule.parameters.items() if parameter.default is None or draw(st.booleans())]
    parameters = ";".join(f"{name}={text_of(draw, rule.parameters[name])}" for name in chosen)
    return {"claim": "words", "rule": rule.name, "inputs": " / ".join(sections), "parameters": parameters}


def comparison(draw: st.DrawFn, facts: list[str], strata: str) -> dict[str, str]:
    """A row of comparisons.csv with what its kind needs and some of what it may have."""
    tables = {"pairs", "against_all", "items"} if strata == "none" else set()
    kind = draw(st.sampled_from(sorted(set(rules("comparisons")) - tables)))
    rule = rules("comparisons")[kind]
    values: dict[str, Any] = {
        "family": st.sampled_from(["f", "g"]),
        "fact_a": st.sampled_from(facts),
        "fact_b": st.sampled_from(facts),
        "joint": st.sampled_from(facts),
        "claim": st.sampled_from(["greater", "less", "differs"]),
        "item": st.just("*"),
        "domain": st.sampled_from(["s", "r"]),
        "base": st.sampled_from(["all", "users"]),
        "mixture": st.sampled_from(["s", "r", ""]),
        "n_a": st.sampled_from(["1..40", "15..40", "40", "0"]),
    }
    shares = st.sampled_from(["0.2", "0.2..0.4", "0..1", "1/3"])
    optional = draw(st.lists(st.sampled_from(sorted(rule.may)), max_size=2, unique=True)) if rule.may else []
    optional += [] if kind != "size" or {"n_a", "share_a", "mixture"} & set(optional) else ["n_a"]
    # of two groups of a base print says how large they are, or a table does
    optional += ["share_a", "share_b"] if kind == "subgroups" and "mixture" not in optional else []
    return {"kind": kind} | {name: draw(values.get(name, shares)) for name in (*rule.needs, *optional)}


@st.composite
def surveys(draw: st.DrawFn) -> dict[str, bytes]:
    """Files of a survey that hang together: every fact that a relation, a claim or a comparison names is printed."""
    facts = draw(st.lists(FACTS, min_size=2, max_size=9, unique=True))
    # a number printed twice, and one of a kind of its own
    printed = [{**cells_of(fact), "printed": draw(NUMBERS), "weighted": draw(st.sampled_from(["yes", "no", ""]))}
               for fact in [*facts, *draw(st.lists(st.sampled_from(facts), max_size=2))]]  # fmt: skip
    for row in draw(st.lists(st.sampled_from(printed), max_size=2)):
        plain = row["printed"].isdigit()
        row["kind"] = draw(st.sampled_from(["count", "mean", "standard_error", "index"] if plain else [""]))
    for row in draw(st.lists(st.sampled_from(printed), max_size=2)):
        row["base_n"] = draw(st.sampled_from(["0", "1", "36", "1000"]))
    if draw(st.integers(0, 19)) == 0:
        printed[-1]["printed"] = draw(st.sampled_from(BROKEN))
    cells = [{"s": s, "r": r} for s in "ab" for r in ("x", "..")]
    strata = draw(st.sampled_from(["given", "none"]))
    sizes = draw(st.lists(SIZES, min_size=4, max_size=4))
    counts = [{**row, "population": str(max(*size)), "respondents": str(size[1])}
              for row, size in zip(cells, sizes, strict=True)]  # fmt: skip
    users = draw(st.sampled_from(["", "0", "5", "2000"]))
    relations = [relation(draw, facts) for _ in range(draw(st.integers(0, 2)))]
    tables = {
        "printed.csv": printed,
        "bases.csv": [
            {"base": "all", "respondents": draw(st.sampled_from(["", "1", "40", "40", "1000"]))},
            {"base": "users", "parent": "all", "definition": "any(use)", "respondents": users},
        ],
        "relations.csv": relations,
        "claims.csv": [{"id": f"c{n}", **claim(draw, facts)} for n in range(draw(st.integers(0, 3)))],
        "comparisons.csv": [comparison(draw, facts, strata) for _ in range(draw(st.integers(0, 2)))],
        "strata.csv": counts if strata == "given" else [],
    }
    # everything that a base or a pattern names is an item
    tables["items.csv"] = [{"item": item, "label_en": item} for item in ITEMS]
    descriptor = {"name": "drawn", "aibaro": draw(DECLARED)}
    files = {name: table(rows) for name, rows in tables.items() if rows}
    return files | {"datapackage.json": json.dumps(descriptor).encode()}


def table(rows: list[dict[str, str]]) -> bytes:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode("utf-8", "surrogatepass")


def checked(files: dict[str, bytes]) -> str:
    """Check a folder of these files; what became of it, when all that is promised held."""
    survey = {f"survey/{name}": content for name, content in files.items()}
    code, said, told, left = ran(survey, "check", "survey", "--no-figures", "-o", "out", "--quiet")
    if code == 2:
        assert said == ""
        event(told.partition("1. ")[2].partition("\n")[0] or told[:80])
        return "refused"
    assert {"out/ledger.json", "out/report.html"} <= set(left), told
    assert all(name.startswith("out/") for name in left)
    # what print says of itself may leave a comparison out, never a fault of the files
    assert "the report is not complete" not in told
    assert "not computed" not in told or any(word in told for word in ("exclude each other", "impossible")), told
    for name, content in left.items():
        if name.endswith(".json"):
            json.loads(content)
        if name.endswith(".csv"):
            rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
            assert len({len(row) for row in rows}) == 1
            assert not [cell for row in rows for cell in row if cell[:1] in "=@\t\r\n" and cell]
    return "judged"


@st.composite
def with_a_strange_cell(draw: st.DrawFn) -> dict[str, bytes]:
    """A cell of a drawn survey takes the text of any other, mostly of its column, of no name, or of what is no text."""
    # drawn first, so that large surveys take no more than small ones from what is left to draw
    which, row, place, text = (draw(st.integers(0, 10**6)) for _ in range(4))
    strange = draw(st.sampled_from(["a text of its column"] * 2 + ["any text", "no text"]))
    files = draw(surveys())
    names = sorted(name for name in files if name.endswith(".csv"))
    name = names[which % len(names)]
    rows = list(csv.reader(io.StringIO(files[name].decode("utf-8", "surrogatepass"), newline="")))
    row, place = (row % len(rows) if row % 10 == 0 else 1 + row % (len(rows) - 1)), place % len(rows[0])
    texts = {
        "a text of its column": sorted({cells[place] for cells in rows[1:]}),
        "any text": sorted({cell for cells in rows for cell in cells}),
        "no text": [*BROKEN, *ITEMS, "", "@", "|"],
    }[strange]
    rows[row][place] = texts[text % len(texts)]
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return files | {name: buffer.getvalue().encode("utf-8", "surrogatepass")}


def test_surveys_that_hang_together() -> None:
    explore(surveys(), checked, examples=60, least={"judged": 0.3, "refused": 0.05})


def test_surveys_with_a_strange_cell() -> None:
    explore(with_a_strange_cell(), checked, examples=40, least={"judged": 0.05, "refused": 0.2})
