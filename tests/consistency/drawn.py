"""Right surveys, drawn at random: respondents, weights, questions, and everything that such a survey may print.

All of it is synthetic.  What is printed is true of the respondents and rounded as said, so that nothing may be
accused; ``slip`` then plants one misprint.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
from tests.facts.sheets import survey_of

from aibaro.published import PublishedSurvey
from aibaro.published.schema import CROSS

LEVELS = {"size": ("small", "medium", "large"), "sector": ("trade", "care", "build"), "age": ("young", "old")}


@dataclass
class Drawn:
    """A survey while it is put together."""

    rng: np.random.Generator
    weighting: str
    nonresponse: str
    decimals: int
    rounding: str
    strata: tuple[str, ...]
    banners: tuple[str, ...]
    rows: list[dict[str, str]] = field(default_factory=list)
    bases: list[dict[str, str]] = field(default_factory=list)
    relations: list[dict[str, str]] = field(default_factory=list)
    items: dict[str, str] = field(default_factory=dict)

    def survey(self) -> PublishedSurvey:
        """The survey, as if it had been read."""
        weighting: object = self.weighting
        if self.weighting == "margins":
            weighting = {"kind": "margins", "margins": list(self.strata)}
        return survey_of(
            self.rows,
            strata=self.table,
            bases=self.bases,
            relations=self.relations,
            weighting=weighting,
            item_nonresponse=self.nonresponse,
            rounding="half_up",
        )

    # --- respondents
    def people(self) -> None:
        """Draw strata, respondents and weights."""
        rng = self.rng
        cells: list[tuple[str, ...]] = [()]
        for name in self.strata:
            cells = [(*cell, level) for cell in cells for level in LEVELS[name]]
        self.table: list[dict[str, object]] = []
        who: dict[str, list[str]] = {name: [] for name in (*self.strata, *self.banners)}
        weights: list[float] = []
        for cell in cells:
            n = int(rng.integers(2, 60)) if self.strata else int(rng.integers(30, 400))
            population = n * int(rng.integers(1, 40)) + int(rng.integers(0, 30))
            if self.strata:
                labels = dict(zip(self.strata, cell, strict=True))
                self.table.append({**labels, "population": population, "respondents": n})
            for name, level in zip(self.strata, cell, strict=True):
                who[name] += [level] * n
            for name in self.banners:
                who[name] += list(rng.choice(LEVELS[name], n, p=(0.4, 0.6)))
            weights += [population / n] * n
        self.who = {name: np.array(values) for name, values in who.items()}
        self.n = len(weights)
        self.weight = self._weights(np.array(weights))

    def _weights(self, cells: np.ndarray) -> np.ndarray:
        if self.weighting == "none":
            return np.ones(self.n)
        if self.weighting == "cells":
            return cells
        weights = np.exp(self.rng.normal(0, 0.6, self.n))
        if self.weighting == "margins":
            for _ in range(200):
                for name in self.strata:
                    for level in LEVELS[name]:
                        at = self.who[name] == level
                        total = sum(int(row["population"]) for row in self.table if row[name] == level)
                        weights[at] *= total / weights[at].sum()
        return weights

    def asked(self, mask: np.ndarray) -> np.ndarray:
        """Who answered a question: by classes at rates between 0.8 and 1 where answers may be missing."""
        if self.nonresponse in {"none", "imputed"}:
            return mask
        answered = mask.copy()
        names = (*self.strata, *self.banners) or ("",)
        name = names[int(self.rng.integers(len(names)))]
        groups = [self.who[name] == level for level in LEVELS[name]] if name else [np.ones(self.n, bool)]
        for group in groups:
            inside = np.flatnonzero(group & mask)
            missing = int(len(inside) * float(self.rng.uniform(0, 0.2)))
            # the weight of those who answered stays at least 0.8 of the class in every cell of the tables
            self.rng.shuffle(inside)
            for person in inside[:missing]:
                answered[person] = False
        return answered if self._enough(mask, answered) else mask

    def _enough(self, mask: np.ndarray, answered: np.ndarray) -> bool:
        for cell in self.cells():
            whole = self.weight[mask & cell[2]].sum()
            if whole and self.weight[answered & cell[2]].sum() < 0.8 * whole:
                return False
            if (mask & cell[2]).sum() and (answered & cell[2]).sum() < 0.8 * (mask & cell[2]).sum():
                return False
        return True

    # --- print
    def cells(self) -> list[tuple[str, str, np.ndarray]]:
        """Places of the tables: all, levels of each variable, crossed strata."""
        everyone = np.ones(self.n, bool)
        found = [("", "", everyone)]
        for name in (*self.strata, *self.banners):
            found += [(name, level, self.who[name] == level) for level in LEVELS[name]]
        if len(self.strata) == 2:
            first, second = self.strata
            found += [
                (CROSS.join((first, second)), CROSS.join((a, b)), (self.who[first] == a) & (self.who[second] == b))
                for a in LEVELS[first]
                for b in LEVELS[second]
            ]
        return found

    def round(self, value: Fraction | float, decimals: int | None = None) -> str:
        """A number rounded half up."""
        places = self.decimals if decimals is None else decimals
        exact = Fraction(value)
        scaled = exact * 10**places
        number = (scaled * 2 + 1) // 2
        text = f"{Decimal(int(number)).scaleb(-places):f}"
        return str(Decimal(text).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))

    def share(self, yes: np.ndarray, among: np.ndarray) -> Fraction | None:
        """A weighted share in percent."""
        if self.weighting == "none":
            n = int(among.sum())
            return Fraction(100 * int((yes & among).sum()), n) if n else None
        if self.weighting == "cells":
            sizes, place = np.unique(self.weight, return_inverse=True)
            masses = [Fraction(float(size)).limit_denominator(10**6) for size in sizes]
            top, bottom = (np.bincount(place[mask], minlength=len(sizes)) for mask in (yes & among, among))
            total = sum(m * int(n) for m, n in zip(masses, bottom, strict=True))
            return Fraction(100 * sum(m * int(n) for m, n in zip(masses, top, strict=True))) / total if total else None
        whole = float(self.weight[among].sum())
        return Fraction(100 * float(self.weight[yes & among].sum()) / whole) if whole else None

    def print(self, item: str, kind: str, text: str, **cells: str) -> None:
        """Add a printing."""
        row = {"id": f"p{len(self.rows) + 1}", "item": item, "kind": kind, "printed": text, "base": "all"}
        self.rows.append({**row, **cells})

    def table_of(
        self, items: dict[str, np.ndarray], among: np.ndarray, base: str, *, whole: bool = False
    ) -> np.ndarray:
        """Print a table of shares of items by all places; ``whole`` where the set may be rounded to add up to 100."""
        answered = self.asked(among)
        beside = bool(self.rng.integers(2))
        places = [c for c in self.cells() if not c[0] or self.rng.random() < 0.9 or CROSS in c[0]]
        for domain, level, mask in places:
            inside = answered & mask
            values = {item: self.share(yes, inside) for item, yes in items.items()}
            if any(value is None for value in values.values()):
                continue
            shares = {item: value for item, value in values.items() if value is not None}
            texts = {item: self.round(value) for item, value in shares.items()}
            if whole and self.rounding == "sum_to_100":
                texts = self._to_100(shares)
            for item, text in texts.items():
                cells = {"base": base, "domain": domain, "level": level, "weighted": self.weighted()}
                if beside:
                    cells["base_n"] = str(int(inside.sum()))
                self.print(item, "percentage", f"{text}%", **cells)
                if self.rng.random() < 0.1:
                    self.print(
                        item, "percentage", f"{self.round(shares[item], 0)}%" if not whole else f"{text}%", **cells
                    )
                if self.weighting == "none" and self.rng.random() < 0.15:
                    count = str(int((items[item] & inside).sum()))
                    self.print(item, "count", count, **{**cells, "weighted": "no", "base_n": ""})
        return answered

    def _to_100(self, shares: dict[str, Fraction]) -> dict[str, str]:
        """Largest remainders: a set rounded so that it adds up to 100."""
        unit = Fraction(1, 10**self.decimals)
        floors = {item: value // unit for item, value in shares.items()}
        left = round(100 / unit) - int(sum(floors.values()))
        order = sorted(shares, key=lambda item: -(shares[item] / unit - floors[item]))
        for item in order[: max(left, 0)]:
            floors[item] += 1
        return {item: self.round(floors[item] * unit) for item in shares}

    def weighted(self) -> str:
        """What the column ``weighted`` says."""
        return "no" if self.weighting == "none" else str(self.rng.choice(["yes", "yes", "", "unknown"]))

    # --- questions
    def single(self, name: str, among: np.ndarray, base: str, effect: np.ndarray) -> None:
        """One answer each of several; don't know printed, or left out."""
        answers = [f"{name}.a", f"{name}.b", f"{name}.c", f"{name}.dk"]
        cut = np.sort(self.rng.uniform(0, 1, 3))
        place = np.searchsorted(cut, np.clip(self.rng.uniform(0, 1, self.n) * 0.8 + effect, 0, 0.999))
        items = {item: place == n for n, item in enumerate(answers)}
        unprinted = self.rng.random() < 0.3
        shown = dict(list(items.items())[:3]) if unprinted else items
        self.table_of(shown, among, base, whole=not unprinted)
        at = f"@{base}" if base != "all" else ""
        kind = "exclusive" if unprinted else "exhaustive"
        self.relate(kind, " ".join(f"{item}{at}" for item in shown), f"@{base}")

    def several(self, name: str, among: np.ndarray, base: str, effect: np.ndarray) -> np.ndarray:
        """A question with several answers, their union and how many were given."""
        rates = self.rng.uniform(0.02, 0.6, 4)
        chosen = np.array([self.rng.uniform(0, 1, self.n) < rate + effect / 3 for rate in rates])
        items = {f"{name}.{n}": chosen[n] for n in range(4)}
        number = chosen.sum(axis=0)
        items |= {f"{name}_any": number > 0}
        if self.rng.random() < 0.5:
            items |= {f"{name}_one": number == 1, f"{name}_two": number == 2, f"{name}_more": number >= 3}
        answered = self.table_of(items, among, base)
        at = f"@{base}" if base != "all" else ""
        parts = " ".join(f"{name}.{n}{at}" for n in range(4))
        self.relate("union", parts, f"{name}_any{at}")
        if f"{name}_one" in items:
            for item, count in (("one", "=1"), ("two", "=2"), ("more", ">=3")):
                self.relate("count", parts, f"{name}_{item}{at}{count}")
            self.relate("exhaustive", f"{name}_one{at} {name}_two{at} {name}_more{at}", f"{name}_any{at}")
        return (number > 0) & answered

    def relate(self, kind: str, parts: str, whole: str) -> None:
        """Declare a relation."""
        self.relations.append({"kind": kind, "parts": parts, "whole": whole})

    def sizes(self, base: str, mask: np.ndarray, parent: str, definition: str) -> None:
        """Print the sizes of a base: its respondents, or their weights added up."""
        row = {"base": base, "parent": parent, "definition": definition}
        said = False
        for domain, level, cell in self.cells():
            if CROSS in domain or (domain and self.rng.random() < 0.4):
                continue
            place = {"domain": domain, "level": level}
            if self.rng.random() < 0.7:
                self.bases.append({**row, **place, "respondents": str(int((mask & cell).sum())), "weighted": "no"})
                said = True
            if self.weighting != "none" and self.rng.random() < 0.4:
                total = self.round(float(self.weight[mask & cell].sum()), 0)
                self.bases.append({**row, **place, "respondents": total, "weighted": "yes"})
                said = True
        if not said:
            self.bases.append(row)

    def waves(self, item: str, yes: np.ndarray, among: np.ndarray) -> None:
        """The same item a wave earlier, and the difference in points."""
        now = self.share(yes, self.asked(among))
        earlier = Fraction(float(self.rng.uniform(0, 100)))
        if now is None:
            return
        self.print(item, "percentage", f"{self.round(now)}%", weighted=self.weighted())
        self.print(item, "percentage", f"{self.round(earlier)}%", wave="2022", weighted=self.weighted())
        self.print(item, "points", self.round(now - earlier), weighted=self.weighted())

    def totals(self) -> None:
        """Counts of the strata table, and weighted counts that add up."""
        for domain, level, mask in self.cells():
            known = set(domain.split(CROSS)) <= set(self.strata) or not domain
            if known and self.strata and self.rng.random() < 0.6:
                names = dict(zip(domain.split(CROSS), level.split(CROSS), strict=True)) if domain else {}
                inside = [row for row in self.table if all(row[k] == v for k, v in names.items())]
                total = str(sum(int(row["population"]) for row in inside))
                self.print("population", "count", total, domain=domain, level=level, weighted="no")
            if self.rng.random() < 0.6:
                self.print("respondents", "count", str(int(mask.sum())), domain=domain, level=level, weighted="no")
        if self.banners and self.weighting != "none":
            name = self.banners[0]
            for level in ("", *LEVELS[name]):
                at = self.who[name] == level if level else np.ones(self.n, bool)
                total = self.round(float(self.weight[at].sum()), 0)
                domain = name if level else ""
                self.print("heads", "count", total, domain=domain, level=level, weighted="yes")
            parts = " ".join(f"heads|{name}={level}" for level in LEVELS[name])
            self.relate("exhaustive", parts, "heads")


def draw(seed: int, **fixed: str) -> Drawn:
    """Draw a right survey; some traits may be fixed."""
    rng = np.random.default_rng(seed)
    strata = [(), ("size",), ("sector",), ("size", "sector")][int(rng.integers(4))]
    kinds = ["none", "unknown"] if not strata else ["none", "cells", "margins", "unknown"]
    made = Drawn(
        rng,
        fixed.get("weighting") or str(rng.choice(kinds)),
        fixed.get("nonresponse") or str(rng.choice(["none", "out", "imputed", "unknown"])),
        int(rng.integers(0, 3)),
        fixed.get("rounding") or str(rng.choice(["half_up", "half_up", "half_up", "sum_to_100"])),
        strata,
        ("age",) if rng.random() < 0.7 else (),
    )
    if made.weighting in {"cells", "margins"} and not strata:
        made.weighting = "unknown"
    made.people()
    everyone = np.ones(made.n, bool)
    effect = rng.uniform(-0.2, 0.2, made.n)
    for name in (*made.strata, *made.banners):
        for level in LEVELS[name]:
            effect[made.who[name] == level] += rng.uniform(-0.3, 0.3)
    for number in range(int(rng.integers(1, 4))):
        made.single(f"q{number}", everyone, "all", effect)
    users = made.several("use", everyone, "all", effect)
    made.bases_of(users, effect) if rng.random() < 0.7 else None
    made.sizes("all", everyone, "", "")
    made.totals()
    if rng.random() < 0.5:
        made.waves("trend", rng.uniform(0, 1, made.n) < 0.4 + effect, everyone)
    made.mixtures()
    return made


def _bases_of(made: Drawn, users: np.ndarray, effect: np.ndarray) -> None:
    """Questions that only users were asked."""
    made.sizes("users", users, "all", "any(use.0 use.1 use.2 use.3)")
    made.single("why", users, "users", effect)
    if made.rng.random() < 0.5:
        made.several("how", users, "users", effect)


def _mixtures(made: Drawn) -> None:
    """Relations that say that classes make up their whole."""
    for name in (*made.strata, *made.banners):
        if made.rng.random() < 0.5:
            bases = ["all", "users"] if any(row["base"] == "users" for row in made.bases) else ["all"]
            for base in bases:
                parts = " ".join(f"@{base}|{name}={level}" for level in LEVELS[name])
                made.relate("mixture", parts, f"@{base}")


Drawn.bases_of = _bases_of  # type: ignore[attr-defined]
Drawn.mixtures = _mixtures  # type: ignore[attr-defined]
