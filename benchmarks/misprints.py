"""Planted misprints: how many are noticed, who is suspected, and is a right number ever the only suspect?

Run from the root of the checkout::

    python -m benchmarks.misprints --each 70 --out misprints.json

Each slip is planted in bundled surveys, in three published surveys that are kept as test data, and in synthetic
surveys drawn at random.  Whether a misprint can be noticed at all is decided by a second programme that is written
here from the tables alone and shares no code with the library: it reads digits, relations, populations and bases, and
asks by linear programming whether any figures behind the print meet them.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_array
from tests.consistency.drawn import draw

from aibaro.consistency import suspects
from aibaro.facts import Facts
from aibaro.published import PublishedSurvey, catalogue, load, read

CASES = Path(__file__).resolve().parents[1] / "tests" / "consistency" / "surveys"
_NUMBER = re.compile(r"(?P<whole>\d{1,3}(?:[.,]\d{3})+|\d+)(?:[.,](?P<part>\d+))?\s?(?:%|procent)?")


# --- planting
@dataclass(frozen=True)
class Cell:
    """A printed number that a slip can change."""

    row: int
    text: str
    mark: str
    digits: str
    decimals: int

    def written(self, digits: str) -> str:
        """The text with other digits."""
        digits = digits.zfill(self.decimals + 1)
        cut = len(digits) - self.decimals
        number = str(int(digits[:cut])) + (self.mark + digits[cut:] if self.decimals else "")
        return _NUMBER.sub(lambda m: number + m.group(0)[len(m.group(0).rstrip("% procent")) :], self.text, count=1)


def cells_of(survey: PublishedSurvey) -> list[Cell]:
    """Numbers in plain digits, percentages and counts."""
    found = []
    for row, cells in enumerate(survey.printed.to_dict("records")):
        match = _NUMBER.fullmatch(str(cells["printed"]))
        if match is None or cells.get("qualifier") or cells["kind"] not in {"percentage", "count", "points"}:
            continue
        plain = re.sub(r"[^\d.,]", "", str(cells["printed"]))
        mark = survey.decimal
        whole, _, part = plain.replace("." if mark == "," else ",", "").partition(mark)
        if mark == "," and "." in plain and cells["kind"] == "percentage" and not part:
            whole, _, part = plain.partition(".")
            mark = "."
        found.append(Cell(row, str(cells["printed"]), mark, (whole + part).lstrip("0") or "0", len(part)))
    return found


Plant = Callable[[np.random.Generator, PublishedSurvey, list[Cell]], "dict[int, str] | None"]


def _one(change: Callable[[np.random.Generator, Cell], str | None]) -> Plant:
    def plant(rng: np.random.Generator, survey: PublishedSurvey, cells: list[Cell]) -> dict[int, str] | None:
        for place in rng.permutation(len(cells))[:30]:
            cell = cells[int(place)]
            text = change(rng, cell)
            if text is not None and text != cell.text:
                return {cell.row: text}
        return None

    return plant


def swapped(rng: np.random.Generator, cell: Cell) -> str | None:
    """Two digits swapped."""
    digits = cell.digits.zfill(cell.decimals + 1)
    places = [n for n in range(len(digits) - 1) if digits[n] != digits[n + 1]]
    if not places:
        return None
    n = int(rng.choice(places))
    return cell.written(digits[:n] + digits[n + 1] + digits[n] + digits[n + 2 :])


def misread(rng: np.random.Generator, cell: Cell) -> str | None:
    """One digit misread."""
    other = {"1": "7", "7": "1", "3": "8", "8": "3", "6": "9", "9": "6", "0": "6"}
    digits = cell.digits.zfill(cell.decimals + 1)
    places = [n for n, d in enumerate(digits) if d in other]
    if not places:
        return None
    n = int(rng.choice(places))
    return cell.written(digits[:n] + other[digits[n]] + digits[n + 1 :])


def shifted_mark(rng: np.random.Generator, cell: Cell) -> str | None:
    """Decimal mark shifted."""
    return cell.written(cell.digits[:-1] or "0") if rng.random() < 0.5 else cell.written(cell.digits + "0")


def complement(rng: np.random.Generator, cell: Cell) -> str | None:
    """The complement to 100 printed."""
    number = 100 * 10**cell.decimals - int(cell.digits)
    return cell.written(str(number)) if "%" in cell.text and number >= 0 else None


def old_total(rng: np.random.Generator, cell: Cell) -> str | None:
    """A total left as it was before a correction: some units off."""
    off = int(rng.integers(2, 2 + 5 * 10**cell.decimals)) * int(rng.choice([-1, 1]))
    number = int(cell.digits) + off
    return cell.written(str(number)) if number >= 0 else None


def _line(survey: PublishedSurvey, cells: list[Cell], cell: Cell, along: str) -> list[Cell]:
    table = survey.printed
    own = table.iloc[cell.row]
    same = ("item", "base", "wave", "group", "kind") if along == "row" else ("base", "domain", "level", "wave", "kind")
    rows = [c for c in cells if all(table.iloc[c.row][n] == own[n] for n in same)]
    seen: dict[tuple[str, str, str], Cell] = {}
    for c in rows:
        place = table.iloc[c.row]
        seen.setdefault((place["item"], place["domain"], place["level"]), c)
    return list(seen.values())


def _neighbour(kind: str) -> Plant:
    def plant(rng: np.random.Generator, survey: PublishedSurvey, cells: list[Cell]) -> dict[int, str] | None:
        for place in rng.permutation(len(cells))[:30]:
            cell = cells[int(place)]
            line = _line(survey, cells, cell, str(rng.choice(["row", "column"])))
            if cell not in line or len(line) < 2:
                continue
            at = line.index(cell)
            other = line[at - 1] if at else line[1]
            if other.text == cell.text:
                continue
            if kind == "copied":
                return {cell.row: other.text}
            return {cell.row: other.text, other.row: cell.text}
        return None

    return plant


def shifted_row(rng: np.random.Generator, survey: PublishedSurvey, cells: list[Cell]) -> dict[int, str] | None:
    """Cells of a row moved by one place."""
    for place in rng.permutation(len(cells))[:30]:
        cell = cells[int(place)]
        domain = survey.printed.iloc[cell.row]["domain"]
        line = [c for c in _line(survey, cells, cell, "row") if survey.printed.iloc[c.row]["domain"] == domain]
        texts = [c.text for c in line]
        if domain and len(line) > 2 and len(set(texts)) > 1:
            moved = texts[1:] + texts[:1]
            return {c.row: text for c, text in zip(line, moved, strict=True) if c.text != text}
    return None


def exchanged_rows(rng: np.random.Generator, survey: PublishedSurvey, cells: list[Cell]) -> dict[int, str] | None:
    """Two rows of a table in each other's place."""
    for place in rng.permutation(len(cells))[:30]:
        cell = cells[int(place)]
        column = _line(survey, cells, cell, "column")
        at = column.index(cell) if cell in column else -1
        if at < 0 or len(column) < 2:
            continue
        other = column[at - 1] if at else column[1]
        table = survey.printed
        first, second = (_line(survey, cells, c, "row") for c in (cell, other))
        matched = {(table.iloc[c.row]["domain"], table.iloc[c.row]["level"]): c for c in second}
        changes = {}
        for c in first:
            twin = matched.get((table.iloc[c.row]["domain"], table.iloc[c.row]["level"]))
            if twin is not None and twin.text != c.text and table.iloc[c.row]["domain"]:
                changes |= {c.row: twin.text, twin.row: c.text}
        if len(changes) > 2:
            return changes
    return None


def other_wave(rng: np.random.Generator, survey: PublishedSurvey, cells: list[Cell]) -> dict[int, str] | None:
    """The number of another wave, group or base."""
    table = survey.printed
    for place in rng.permutation(len(cells))[:60]:
        cell = cells[int(place)]
        own = table.iloc[cell.row]
        others = [
            c
            for c in cells
            if all(table.iloc[c.row][n] == own[n] for n in ("item", "domain", "level", "kind"))
            and any(table.iloc[c.row][n] != own[n] for n in ("wave", "group", "base"))
            and c.text != cell.text
        ]
        if others:
            return {cell.row: others[int(rng.integers(len(others)))].text}
    return None


def sign(rng: np.random.Generator, survey: PublishedSurvey, cells: list[Cell]) -> dict[int, str] | None:
    """A difference in points with the other sign."""
    rows = survey.printed.reset_index()
    points = rows.loc[(rows["kind"] == "points") & (rows["printed"] != "0")]
    if points.empty:
        return None
    row = points.iloc[int(rng.integers(len(points)))]
    text = str(row["printed"])
    return {int(row.name): text[1:] if text.startswith("-") else f"-{text.lstrip('+')}"}


SLIPS: dict[str, Plant] = {
    "digits swapped": _one(swapped),
    "digit misread": _one(misread),
    "decimal shifted": _one(shifted_mark),
    "complement": _one(complement),
    "old total": _one(old_total),
    "sign": sign,
    "neighbour copied": _neighbour("copied"),
    "other wave or base": other_wave,
    "cells exchanged": _neighbour("exchanged"),
    "row shifted": shifted_row,
    "rows exchanged": exchanged_rows,
}
SEVERAL = ("cells exchanged", "row shifted", "rows exchanged")


def with_changes(survey: PublishedSurvey, changes: dict[int, str]) -> PublishedSurvey:
    """The survey with other texts."""
    printed = survey.printed.copy()
    column = printed.columns.get_loc("printed")
    for row, text in changes.items():
        printed.iloc[row, column] = text
        if "decimals" in printed and printed.iloc[row]["decimals"]:
            part = re.search(rf"\{survey.decimal}(\d+)", text)
            printed.iloc[row, printed.columns.get_loc("decimals")] = str(len(part[1])) if part else "0"
    return replace(survey, printed=printed)


# --- the second programme
class Second:
    """Figures as variables, print and relations as rows; from the tables alone."""

    def __init__(self, survey: PublishedSurvey) -> None:
        self.survey = survey
        self.columns: dict[tuple[str, ...], int] = {}
        self.rows: list[tuple[dict[int, float], float]] = []
        self.read()
        self.relate()
        self.mix()

    def at(self, key: tuple[str, ...]) -> int | None:
        """Column of a printed figure."""
        return self.columns.get(key)

    def add(self, terms: dict[int, float], upper: float) -> None:
        """One row ``sum terms <= upper``."""
        self.rows.append((terms, upper))

    def read(self) -> None:
        """Bounds from digits."""
        for cells in self.survey.printed.to_dict("records"):
            text = str(cells["printed"])
            match = _NUMBER.fullmatch(text.lstrip("+-"))
            if match is None or cells.get("qualifier") or cells["kind"] not in {"percentage", "count", "points"}:
                continue
            plain = re.sub(r"[^\d.,]", "", text)
            mark = self.survey.decimal
            other = "." if mark == "," else ","
            if re.fullmatch(rf"\d{{1,3}}(\{other}\d{{3}})+(\{mark}\d+)?", plain):
                plain = plain.replace(other, "")
            plain = plain.replace(",", ".")
            value = float(plain) * (-1 if text.startswith("-") else 1)
            unit = 10.0 ** -len(plain.partition(".")[2])
            exact = cells["kind"] == "count" and cells.get("weighted") == "no"
            wave = "" if cells.get("wave", "") == self.survey.wave else cells.get("wave", "")
            kind = {"percentage": "share", "count": "count", "points": "points"}[cells["kind"]]
            if kind == "count" and cells["item"] == "respondents" and cells.get("weighted") == "yes":
                continue
            place = (cells.get("domain", ""), cells.get("level", ""), wave, cells.get("group", ""))
            key = (cells["item"], cells.get("base") or "all", *place, kind)
            column = self.columns.setdefault(key, len(self.columns))
            low, high = (value, value) if exact else (value - unit / 2, value + unit / 2 - 1e-9)
            if kind == "share":
                low, high = max(low, 0.0), min(high, 100.0)
                if value > 100:
                    low, high = 1.0, 0.0
            self.add({column: -1.0}, -low)
            self.add({column: 1.0}, high)

    def places(self, item: str, base: str, kind: str) -> list[tuple[str, str, str, str]]:
        """Where an item is printed."""
        return [key[2:6] for key in self.columns if (key[0], key[1], key[6]) == (item, base, kind)]

    def relate(self) -> None:
        """Rows of relations.csv at every place."""
        items = list(dict.fromkeys(key[0] for key in self.columns))
        for row in self.survey.relations.to_dict("records"):
            parts = []
            for part in str(row["parts"]).split():
                name, at, base = part.partition("@")
                hits = [item for item in items if fnmatchcase(item, name)] if "*" in name else [name]
                parts += [(item, base if at else "all") for item in hits]
            whole = str(row["whole"])
            if any("|" in part for part in str(row["parts"]).split()) or row["kind"] in {"mixture", "count"}:
                continue
            for kind in ("share", "count"):
                seen = dict.fromkeys(place for item, base in parts for place in self.places(item, base, kind))
                for place in seen:
                    self.apply(str(row["kind"]), parts, whole, place, kind)

    def apply(
        self, kind: str, parts: list[tuple[str, str]], whole: str, place: tuple[str, str, str, str], measure: str
    ) -> None:
        """One relation at one place."""
        columns = [self.at((item, base, *place, measure)) for item, base in parts]
        printed = [c for c in columns if c is not None]
        if whole.startswith("@"):
            if measure == "count":
                return
            top, constant = None, 100.0
        else:
            item, at, base = whole.partition("@")
            top, constant = self.at((item, base if at else "all", *place, measure)), 0.0
            if top is None:
                return
        total = dict.fromkeys(printed, 1.0)
        if top is not None:
            total[top] = total.get(top, 0.0) - 1.0
        if kind in {"exhaustive", "exclusive"}:
            self.add(total, constant)
            if kind == "exhaustive" and len(printed) == len(columns):
                self.add({c: -v for c, v in total.items()}, -constant)
        elif kind in {"union", "subset"} and top is not None:
            for c in printed:
                if c != top:
                    self.add({c: 1.0, top: -1.0}, 0.0)
            if kind == "union" and len(printed) == len(columns):
                self.add({c: -v for c, v in total.items()}, 0.0)

    def mix(self) -> None:
        """Populations as shares, where weights meet them and nobody's answer is missing; totals of counts; points."""
        strata = self.survey.strata
        variables = [c for c in strata.columns if c not in {"population", "sample", "respondents"}]
        weighting, missing = self.survey.weighting, self.survey.item_nonresponse.kind
        if weighting.kind == "cells" and "respondents" in strata and (strata["respondents"] == 0).any():
            return  # what weighs for a stratum without respondents is not said
        for key, column in list(self.columns.items()):
            item, base, domain, _level, wave, group, kind = key
            if kind == "points":
                now, then = (
                    self.at((item, base, *key[2:4], "", group, "share")),
                    [c for k, c in self.columns.items() if k[:2] == key[:2] and k[4] and k[6] == "share" and not k[2]],
                )
                if now is not None and len(then) == 1 and not domain:
                    for flip in (1.0, -1.0):
                        self.add({now: flip, then[0]: -flip, column: -flip}, 0.0)
            if domain or wave or group or base != "all" or strata.empty:
                continue
            if kind == "count" and item in strata:
                total = float(strata[item].sum())
                self.add({column: 1.0}, total + 0.5)
                self.add({column: -1.0}, -total + 0.5)
            met = weighting.kind in {"cells", "margins"}
            if kind != "share" or not met or missing not in {"none", "imputed"}:
                continue
            for name in variables:
                if weighting.kind == "margins" and name not in weighting.margins:
                    continue
                sizes = strata.groupby(name)["population"].sum()
                parts = [self.at((item, base, name, str(level), "", "", "share")) for level in sizes.index]
                if any(part is None for part in parts):
                    continue
                row = {p: float(s) / float(sizes.sum()) for p, s in zip(parts, sizes, strict=True) if p is not None}
                row[column] = -1.0
                for flip in (1.0, -1.0):
                    self.add({c: flip * v for c, v in row.items()}, 0.0)

    def possible(self) -> bool:
        """Whether any figures meet all rows."""
        if not self.rows:
            return True
        data, where, upper = [], ([], []), []
        for number, (terms, end) in enumerate(self.rows):
            for column, value in terms.items():
                where[0].append(number)
                where[1].append(column)
                data.append(value)
            upper.append(end)
        size = len(self.columns)
        matrix = csr_array((data, where), shape=(len(self.rows), size + 1)).tolil()
        matrix[:, size] = -1.0
        cost = np.zeros(size + 1)
        cost[-1] = 1.0
        bounds = [(None, None)] * size + [(0, None)]
        result = linprog(cost, A_ub=csr_array(matrix), b_ub=upper, bounds=bounds, method="highs")
        return bool(result.status == 0 and result.fun < 1e-7)


# --- measuring
@dataclass
class Tally:
    """What happened to the misprints of one kind."""

    planted: int = 0
    detectable: int = 0
    flagged: int = 0
    flagged_detectable: int = 0
    among: int = 0
    first: int = 0
    three: int = 0
    suspects: int = 0
    wrongly: int = 0
    only_rounding: int = 0
    cut: int = 0
    seconds: float = 0.0
    slowest: float = 0.0


def measure(survey: PublishedSurvey, changes: dict[int, str], tally: Tally, most: float) -> None:
    """Plant, judge, compare; what takes more than ``most`` seconds of the processor is cut off and counted."""
    tally.planted += 1
    started = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, most)
    try:
        _measure(survey, changes, tally)
    except _TooLong:
        tally.cut += 1
        print("cut off:", survey.name, changes, file=sys.stderr, flush=True)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        spent = time.process_time() - started
        tally.seconds, tally.slowest = tally.seconds + spent, max(tally.slowest, spent)


class _TooLong(Exception):
    """A case that took more than its time."""


def _stop(_signal: int, _frame: object) -> None:
    raise _TooLong


def _measure(survey: PublishedSurvey, changes: dict[int, str], tally: Tally) -> None:
    wrong = with_changes(survey, changes)
    true = {str(survey.printed.iloc[row]["id"]) for row in changes}
    facts = Facts.of(wrong)
    conflicts = suspects(facts)
    detectable = not Second(wrong).possible()
    tally.detectable += detectable
    if detectable and not conflicts:
        print("not flagged:", survey.name, changes, file=sys.stderr, flush=True)
    if not conflicts:
        return
    tally.flagged += 1
    tally.flagged_detectable += detectable
    tally.only_rounding += all(c.holds_under for c in conflicts)
    ranked = [suspect for conflict in conflicts for suspect in conflict.suspects]
    tally.suspects += len({name for suspect in ranked for name in suspect.ids})
    places = [s.rank for c in conflicts for s in c.suspects if set(s.ids) & true]
    tally.among += bool(places)
    tally.first += bool(places) and min(places) == 1
    tally.three += bool(places) and min(places) <= 3
    if not places:
        print("true cell absent:", survey.name, changes, [c.ids for c in conflicts], file=sys.stderr, flush=True)
    alone = {name for c in conflicts if c.verdict == "inconsistent" for name in c.ids} - true
    tally.wrongly += len(alone)
    if alone:
        print("wrongly inconsistent:", survey.name, changes, sorted(alone), file=sys.stderr, flush=True)


def sources(drawn: int) -> dict[str, list[Callable[[], PublishedSurvey]]]:
    """Surveys by group."""
    names = list(catalogue()["name"]) if "name" in catalogue() else list(catalogue().index)
    return {
        "bundled": [lambda name=name: load(name) for name in names],
        "cases": [lambda path=path: read(path) for path in sorted(CASES.iterdir()) if path.is_dir()],
        "drawn": [lambda seed=seed: _drawn(seed) for seed in range(drawn)],
    }


def _drawn(seed: int) -> PublishedSurvey:
    return replace(draw(seed, rounding="half_up").survey(), name=f"drawn-{seed}")


def main() -> None:
    """Run the benchmark and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=40, help="misprints of each slip and group")
    parser.add_argument("--drawn", type=int, default=60, help="synthetic surveys")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most", type=float, default=60.0, help="processor seconds of a case at most")
    parser.add_argument("--groups", default="bundled,cases,drawn")
    parser.add_argument("--slips", default=",".join(SLIPS))
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    signal.signal(signal.SIGPROF, _stop)
    tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
    groups: dict[str, tuple[list[PublishedSurvey], list[list[Cell]], np.ndarray]] = {}
    for group, makers in sources(chosen.drawn).items():
        if group in chosen.groups.split(","):
            surveys = [make() for make in makers]
            surveys = [s for s in surveys if all(c.holds_under for c in suspects(Facts.of(s)))]
            printed = [cells_of(survey) for survey in surveys]
            sizes = np.sqrt([len(cells) for cells in printed])
            groups[group] = surveys, printed, sizes / sizes.sum()
    # in rounds, so that a run that is stopped has planted every slip alike
    for number in range(chosen.each):
        for group, (surveys, printed, chances) in groups.items():
            for slip, plant in SLIPS.items():
                if slip not in chosen.slips.split(","):
                    continue
                rng = np.random.default_rng([chosen.seed, number, len(slip), len(group)])
                for _ in range(4):
                    place = int(rng.choice(len(surveys), p=chances))
                    changes = plant(rng, surveys[place], printed[place])
                    if changes:
                        measure(surveys[place], changes, tallies[group, slip], chosen.most)
                        break
        if chosen.out:
            chosen.out.write_text(json.dumps(_rows(tallies), indent=1) + "\n", encoding="utf-8")
    report(pd.DataFrame(_rows(tallies)))


def _rows(tallies: dict[tuple[str, str], Tally]) -> list[dict[str, object]]:
    """One row a group and slip."""
    return [{"group": g, "slip": s, **vars(t)} for (g, s), t in sorted(tallies.items()) if t.planted]


def report(frame: pd.DataFrame) -> None:
    """Print the table and its sums."""
    print(frame.round(1).to_string(index=False))
    single = frame.loc[~frame["slip"].isin(SEVERAL)]
    groups = [(f"{name}, single slips", part) for name, part in single.groupby("group")]
    for name, part in (*groups, ("single slips", single), ("all", frame)):
        total = part.drop(columns=["group", "slip"]).sum()
        hit = max(int(total["flagged"]), 1)
        print(
            f"{name}: {total['planted']:.0f} planted, {total['detectable']:.0f} detectable, "
            f"{total['flagged']:.0f} flagged, {total['flagged_detectable']:.0f} of the detectable; "
            f"true cell among suspects {total['among'] / hit:.1%}, first {total['first'] / hit:.1%}, "
            f"first three {total['three'] / hit:.1%}, suspects on average {total['suspects'] / hit:.1f}, "
            f"right numbers inconsistent {total['wrongly']:.0f}, cut off {total['cut']:.0f}, "
            f"{total['seconds']:.0f} s"
        )


if __name__ == "__main__":
    main()
