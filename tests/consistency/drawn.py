"""Right surveys, drawn at random: respondents, weights, questions, and everything that such a survey may print.

All of it is synthetic.  What is printed is true of the respondents and rounded by the publisher's rule, so that
nothing may be accused.  Traits that are not fixed are drawn: strata or none; no weights, equal weights in strata,
raked or arbitrary ones; one or several banners, crossed ones, weighted bases of their own; one or several answers, all
that may be counted of them, don't-knows left out; missing answers by class; counts, weighted counts and pairs of count
and percentage; means, medians, standard errors and margins of error; earlier waves, points and growth; further groups;
nested bases; marks, ranges and words; further printings with other decimals; five rounding rules, declared or not; nets
and differences from answers or from rounded figures.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import sqrt

import numpy as np
from tests.facts.sheets import survey_of

from aibaro.published import PublishedSurvey
from aibaro.published.schema import CROSS

LEVELS = {
    "size": ("small", "medium", "large"),
    "sector": ("trade", "care", "build"),
    "region": ("north", "south"),
    "age": ("young", "old"),
    "vote": ("left", "right", "none"),
}
CHANCES = {"age": (0.4, 0.6), "vote": (0.35, 0.4, 0.25)}
RULES = ("half_up", "half_even", "truncate", "floor_or_ceil", "sum_to_100")
_WORDS = ("about a third", "nearly half", "one in eight", "about two in five", "a majority")


@dataclass(repr=False)
class Drawn:
    """A survey while it is put together."""

    rng: np.random.Generator
    weighting: str
    nonresponse: str
    decimals: int
    rounding: str
    strata: tuple[str, ...]
    banners: tuple[str, ...]
    declared: str = ""  # rounding rule that the survey declares
    crossed: bool = False  # a banner crossed with a variable of the strata
    unfilled: bool = False  # a stratum without respondents
    summed: bool = False  # nets and differences are computed from rounded figures
    margins: tuple[str, ...] = ()
    rows: list[dict[str, str]] = field(default_factory=list)
    bases: list[dict[str, str]] = field(default_factory=list)
    relations: list[dict[str, str]] = field(default_factory=list)
    members: dict[str, np.ndarray] = field(default_factory=dict)

    def survey(self) -> PublishedSurvey:
        """The survey, as if it had been read."""
        weighting: object = self.weighting
        if self.weighting == "margins":
            weighting = {"kind": "margins", "margins": list(self.margins)}
        return survey_of(
            self.rows,
            strata=self.table,
            bases=self.bases,
            relations=self.relations,
            weighting=weighting,
            item_nonresponse=self.nonresponse,
            rounding=self.declared,
        )

    def chance(self, probability: float) -> bool:
        """Whether something is printed."""
        return bool(self.rng.random() < probability)

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
        empty = int(rng.integers(len(cells))) if self.unfilled and len(self.strata) > 1 else -1
        sampled = self.chance(0.2)
        for number, cell in enumerate(cells):
            n = int(rng.integers(2, 60)) if self.strata else int(rng.integers(30, 400))
            n = 0 if number == empty else n
            population = n * int(rng.integers(1, 40)) + int(rng.integers(0, 30)) + (50 if not n else 0)
            if self.strata:
                row: dict[str, object] = {**dict(zip(self.strata, cell, strict=True)), "population": population}
                row |= {"sample": int(rng.integers(n, population + 1))} if sampled else {}
                self.table.append({**row, "respondents": n})
            for name, level in zip(self.strata, cell, strict=True):
                who[name] += [level] * n
            for name in self.banners:
                who[name] += list(rng.choice(LEVELS[name], n, p=CHANCES[name]))
            weights += [population / max(n, 1)] * n
        self.who = {name: np.array(values) for name, values in who.items()}
        self.n = len(weights)
        self.weight = self._weights(np.array(weights))
        self.members["all"] = np.ones(self.n, bool)

    def _weights(self, cells: np.ndarray) -> np.ndarray:
        if self.weighting == "none":
            return np.ones(self.n)
        if self.weighting == "cells":
            return cells
        weights = np.exp(self.rng.normal(0, float(self.rng.choice([0.2, 0.6, 1.0])), self.n))
        if self.weighting == "margins":
            for _ in range(200):
                for name in self.margins:
                    for level in LEVELS[name]:
                        at = self.who[name] == level
                        total = sum(int(str(row["population"])) for row in self.table if row[name] == level)
                        weights[at] *= total / weights[at].sum() if at.any() else 1.0
        elif self.chance(0.3):
            weights *= self.n / weights.sum()  # scaled to respondents, as publishers do
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
        for base in self.members.values():
            for cell in self.cells():
                inside = mask & cell[2] & base
                whole = self.weight[inside].sum()
                if whole and self.weight[answered & inside].sum() < 0.8 * whole:
                    return False
                if inside.sum() and (answered & inside).sum() < 0.8 * inside.sum():
                    return False
        return True

    # --- print
    def cells(self) -> list[tuple[str, str, np.ndarray]]:
        """Places of the tables: all, levels of each variable, crossed ones."""
        everyone = np.ones(self.n, bool)
        found = [("", "", everyone)]
        for name in (*self.strata, *self.banners):
            found += [(name, level, self.who[name] == level) for level in LEVELS[name]]
        if len(self.strata) > 1:
            found += self._cross(self.strata)
        if self.crossed:
            found += self._cross((*self.strata[:1], *self.banners)[:2])
        return found

    def _cross(self, names: tuple[str, ...]) -> list[tuple[str, str, np.ndarray]]:
        found: list[tuple[tuple[str, ...], np.ndarray]] = [((), np.ones(self.n, bool))]
        for name in names:
            found = [
                ((*done, level), mask & (self.who[name] == level)) for done, mask in found for level in LEVELS[name]
            ]
        return [(CROSS.join(names), CROSS.join(labels), mask) for labels, mask in found]

    def round(self, value: Fraction | float, decimals: int | None = None, rule: str = "") -> str:
        """A number rounded by the publisher's rule."""
        places = self.decimals if decimals is None else decimals
        scaled = Fraction(value) * 10**places
        rule = rule or self.rounding
        if rule == "half_even":
            number = round(scaled)
        elif rule == "truncate":
            number = int(scaled)
        elif rule == "floor_or_ceil":
            number = int(scaled // 1) + int(scaled % 1 != 0 and self.chance(0.5))
        else:
            number = int((scaled * 2 + 1) // 2)
        text = f"{Decimal(number).scaleb(-places):f}"
        return str(Decimal(text).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))

    def share(self, yes: np.ndarray, among: np.ndarray, weight: np.ndarray | None = None) -> Fraction | None:
        """A weighted share in percent."""
        if self.weighting == "none" or weight is not None:
            n = int(among.sum())
            return Fraction(100 * int((yes & among).sum()), n) if n else None
        if self.weighting == "cells":
            sizes, place = np.unique(self.weight, return_inverse=True)
            masses = [Fraction(float(size)).limit_denominator(10**6) for size in sizes]
            top, bottom = (np.bincount(place[mask], minlength=len(sizes)) for mask in (yes & among, among))
            total = sum(m * int(n) for m, n in zip(masses, bottom, strict=True))
            return Fraction(100 * sum(m * int(n) for m, n in zip(masses, top, strict=True))) / total if total else None
        whole = float(self.weight[among].sum())
        share = float(self.weight[yes & among].sum()) / whole if whole else None
        return None if share is None else Fraction(100 * share).limit_denominator(10**9)

    def print(self, item: str, kind: str, text: str, **cells: str) -> None:
        """Add a printing."""
        row = {"id": f"p{len(self.rows) + 1}", "item": item, "kind": kind, "printed": text, "base": "all"}
        self.rows.append({**row, **cells})

    def table_of(
        self,
        items: dict[str, np.ndarray],
        among: np.ndarray,
        base: str,
        *,
        whole: bool = False,
        wave: str = "",
        net: dict[str, list[str]] | None = None,
    ) -> np.ndarray:
        """Print a table of shares of items by all places; ``whole`` where the set may be rounded to add up to 100.

        A net of other items may be added up from what is printed of them.
        """
        answered = self.asked(among)
        beside = self.chance(0.35)
        # a table of unweighted answers in a weighted survey says so and prints its bases
        plain = self.weighting != "none" and self.chance(0.08)
        weight = np.ones(self.n) if plain else None
        said = "no" if plain else ""
        # counts of a table are all weighted, or none is; not every table says which
        words = ["no"] if plain or self.weighting == "none" else ["no", "yes", "yes", "unknown", ""]
        counted = str(self.rng.choice(words)) if self.chance(0.3) else None
        shown = {c[0] for c in self.cells() if not c[0] or self.chance(0.12 if CROSS in c[0] else 0.4)}
        places = [c for c in self.cells() if c[0] in shown and (not c[0] or self.chance(0.95) or CROSS in c[0])]
        for domain, level, mask in places:
            inside = answered & mask
            values = {item: self.share(yes, inside, weight) for item, yes in items.items()}
            if any(value is None for value in values.values()):
                continue
            shares = {item: value for item, value in values.items() if value is not None}
            texts = {item: f"{self.round(value)}%" for item, value in shares.items()}
            if whole and self.rounding == "sum_to_100":
                texts = {item: f"{text}%" for item, text in self._to_100(shares).items()}
            for item, parts in (net or {}).items():
                if self.summed:
                    texts[item] = f"{sum(Decimal(texts[part].rstrip('%')) for part in parts)}%"
            for item, text in texts.items():
                cells = {"base": base, "domain": domain, "level": level, "weighted": said or self.weighted()}
                cells |= {"wave": wave} if wave else {}
                if beside or plain:
                    cells["base_n"] = str(int(inside.sum()))
                self.print(item, "percentage", self._marked(shares[item], text), **cells)
                if self.chance(0.1) and not (whole and self.rounding == "sum_to_100"):
                    decimals = int(self.rng.integers(0, 4))
                    self.print(item, "percentage", f"{self.round(shares[item], decimals)}%", **cells)
                elif self.chance(0.02):
                    self.print(item, "verbal", self._words(shares[item]), **cells)
                if counted is not None and self.chance(0.5):
                    self._count(item, items[item] & inside, {**cells, "base_n": "", "weighted": counted})
        return answered

    def _count(self, item: str, yes: np.ndarray, cells: dict[str, str]) -> None:
        """How many gave an answer: counted, or their weights added up."""
        number = str(int(yes.sum())) if cells["weighted"] == "no" else self.round(float(self.weight[yes].sum()), 0)
        self.print(item, "count", number, **cells)

    def _marked(self, value: Fraction, text: str) -> str:
        """Small shares as signs, a few as ranges or after a word; digits else."""
        if self.rounding in {"sum_to_100", "floor_or_ceil"}:
            return text
        if 0 < value < 1 and self.chance(0.3):
            return "<1%" if value >= Fraction(1, 2) or self.chance(0.5) else str(self.rng.choice(["<0.5%", "*"]))
        if self.chance(0.01):
            low = int(value // 5) * 5
            return str(self.rng.choice([f"{low}-{low + 5}%", f"over {int(value)}%" if value % 1 else text, f"~{text}"]))
        return text

    def _words(self, value: Fraction) -> str:
        """A quantity in words that fits, or one of the language that does not have to."""
        if Fraction(32) <= value <= Fraction(35):
            return "about a third"
        return str(self.rng.choice(_WORDS))

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
    def single(self, name: str, among: np.ndarray, base: str, effect: np.ndarray) -> dict[str, np.ndarray]:
        """One answer each of several; don't know printed, or left out; a net of the first two."""
        answers = [f"{name}.a", f"{name}.b", f"{name}.c", f"{name}.dk"]
        cut = np.sort(self.rng.uniform(0, 1, 3))
        place = np.searchsorted(cut, np.clip(self.rng.uniform(0, 1, self.n) * 0.8 + effect, 0, 0.999))
        items = {item: place == n for n, item in enumerate(answers)}
        unprinted, net = self.chance(0.3), self.chance(0.3)
        shown = dict(list(items.items())[:3]) if unprinted else dict(items)
        at = f"@{base}" if base != "all" else ""
        parts = " ".join(f"{item}{at}" for item in shown)
        if net:
            shown[f"{name}_net"] = place < 2
        nets = {f"{name}_net": answers[:2]} if net else {}
        self.table_of(shown, among, base, whole=not unprinted and not net, net=nets)
        self.relate("exclusive" if unprinted else "exhaustive", parts, f"@{base}")
        if net:
            self.relate("exhaustive", f"{name}.a{at} {name}.b{at}", f"{name}_net{at}")
            if self.chance(0.3):
                self.relate("subset", f"{name}.a{at}", f"{name}_net{at}")
        return items

    def several(self, name: str, among: np.ndarray, base: str, effect: np.ndarray) -> np.ndarray:
        """A question with several answers, their union and how many were given."""
        rates = self.rng.uniform(0.005, 0.6, 4)
        chosen = np.array([self.rng.uniform(0, 1, self.n) < rate + effect / 3 for rate in rates])
        items = {f"{name}.{n}": chosen[n] for n in range(4)}
        number = chosen.sum(axis=0)
        items |= {f"{name}_any": number > 0}
        none = self.chance(0.3)
        if none:
            items |= {f"{name}_none": number == 0}
        if self.chance(0.5):
            items |= {f"{name}_one": number == 1, f"{name}_two": number == 2, f"{name}_more": number >= 3}
        answered = self.table_of(items, among, base)
        at = f"@{base}" if base != "all" else ""
        parts = " ".join(f"{name}.{n}{at}" for n in range(4))
        self.relate("union", parts, f"{name}_any{at}")
        if none:
            self.relate("exhaustive", f"{name}_any{at} {name}_none{at}", f"@{base}")
        if f"{name}_one" in items:
            for item, count in (("one", "=1"), ("two", "=2"), ("more", ">=3")):
                self.relate("count", parts, f"{name}_{item}{at}{count}")
            self.relate("exhaustive", f"{name}_one{at} {name}_two{at} {name}_more{at}", f"{name}_any{at}")
        self.chosen = chosen & answered
        return (number > 0) & answered

    def relate(self, kind: str, parts: str, whole: str) -> None:
        """Declare a relation."""
        self.relations.append({"kind": kind, "parts": parts, "whole": whole})

    def sizes(self, base: str, mask: np.ndarray, parent: str, definition: str) -> None:
        """Print the sizes of a base: its respondents, or their weights added up."""
        self.members[base] = mask
        row = {"base": base, "parent": parent, "definition": definition}
        said = False
        for domain, level, cell in self.cells():
            if CROSS in domain or (domain and self.chance(0.4)):
                continue
            place = {"domain": domain, "level": level}
            if self.chance(0.7):
                self.bases.append({**row, **place, "respondents": str(int((mask & cell).sum())), "weighted": "no"})
                said = True
            if self.weighting != "none" and self.chance(0.5):
                total = self.round(float(self.weight[mask & cell].sum()), 0)
                self.bases.append({**row, **place, "respondents": total, "weighted": "yes"})
                said = True
        if not said:
            self.bases.append(row)

    def means(self, effect: np.ndarray) -> None:
        """Means and medians of a number by class, with standard errors."""
        values = np.round(np.exp(1.5 + effect + self.rng.normal(0, 0.5, self.n)), 2)
        answered = self.asked(np.ones(self.n, bool))
        for domain, level, mask in self.cells():
            inside = answered & mask
            if not inside.any():
                continue
            place = {"domain": domain, "level": level, "weighted": self.weighted(), "base_n": str(int(inside.sum()))}
            mean = float(np.average(values[inside], weights=self.weight[inside]))
            self.print("hours", "mean", self.round(mean), **place)
            if self.chance(0.5):
                self.print("hours", "median", self.round(float(np.median(values[inside]))), **place)
            if self.chance(0.5):
                spread = sqrt(float(np.var(values[inside])) / int(inside.sum()))
                self.print("hours", "standard_error", self.round(spread, 2), **place)

    def errors(self, yes: np.ndarray) -> None:
        """A share with its standard error and a margin of error, and the largest margin of the survey."""
        answered = self.asked(np.ones(self.n, bool))
        for domain, level, mask in self.cells():
            inside = answered & mask
            n = int(inside.sum())
            share = self.share(yes, inside)
            if n < 2 or share is None or (domain and self.chance(0.4)):
                continue
            place = {"domain": domain, "level": level, "weighted": self.weighted(), "base_n": str(n)}
            error = self._error(float(share), yes, inside)
            self.print("sure", "percentage", f"{self.round(share)}%", **place)
            self.print("sure", "standard_error", self.round(error, int(self.rng.integers(1, 3))), **place)
            if self.chance(0.4):
                width = float(self.rng.choice([1.645, 1.96, 2.0, 2.576]))
                self.print("sure", "margin_of_error", self.round(width * error, 1), **place)
        n = int(answered.sum())
        self.print("largest", "margin_of_error", self.round(98 / sqrt(n), 1), base_n=str(n))

    def _error(self, share: float, yes: np.ndarray, inside: np.ndarray) -> float:
        """A standard error in points: of a simple sample, or of the strata with their finite populations."""
        n = int(inside.sum())
        weight = self.weight[inside]
        deff = n * float((weight**2).sum()) / float(weight.sum()) ** 2
        simple = sqrt(max(share * (100 - share), 0.0) / (n - 1) * deff)
        if not self.strata or self.chance(0.5):
            clusters = float(self.rng.uniform(1.0, 1.6)) if self.chance(0.3) else 1.0
            # design effects beyond sixteen are no longer those of a sample
            return min(simple * clusters, 4 * sqrt(max(share * (100 - share), 0.0) / n))
        total = float(weight.sum())
        variance = 0.0
        for row in self.table:
            at = inside.copy()
            for name in self.strata:
                at &= self.who[name] == row[name]
            m = int(at.sum())
            if m > 1:
                p = float((yes & at).sum()) / m
                variance += (float(self.weight[at].sum()) / total) ** 2 * p * (1 - p) / (m - 1)
        return 100 * sqrt(variance)

    def waves(self, item: str, yes: np.ndarray, among: np.ndarray) -> None:
        """The same item a wave earlier, and the difference in points or the growth; by class in some surveys."""
        answered = self.asked(among)
        growth, by_class = self.chance(0.3), self.chance(0.4)
        before = self.rng.uniform(0, 1, self.n) < float(self.rng.uniform(0.1, 0.9))
        for domain, level, mask in self.cells():
            now, earlier = (self.share(answer, answered & mask) for answer in (yes, before))
            if now is None or earlier is None or (domain and (not by_class or self.chance(0.3))):
                continue
            place = {"domain": domain, "level": level, "weighted": self.weighted()}
            after, before_that = self.round(now), self.round(earlier)
            self.print(item, "percentage", f"{after}%", **place)
            self.print(item, "percentage", f"{before_that}%", wave="2022", **place)
            change = self.round(now - earlier)
            if self.summed:
                now, earlier = Fraction(after), Fraction(before_that)
                change = str(Decimal(after) - Decimal(before_that))
            sign = "+" if not change.startswith("-") and self.chance(0.5) else ""
            self.print(item, "points", f"{sign}{change}", **place)
            if growth and earlier:
                self.print(item, "change", f"{self.round(100 * (now / earlier - 1))}%", **place)

    def apart(self, effect: np.ndarray) -> None:
        """A group that was asked apart from the sample, printed beside it."""
        n = int(self.rng.integers(20, 200))
        for item in ("q0.a", "q0.b", "use.0"):
            k = int(self.rng.integers(0, n // 3))
            cells = {"group": "panel", "weighted": "no", "base_n": str(n)}
            self.print(item, "percentage", f"{self.round(Fraction(100 * k, n))}%", **cells)

    def totals(self) -> None:
        """Counts of the strata table, weighted counts that add up, and a flow of counts."""
        for domain, level, mask in self.cells():
            known = set(domain.split(CROSS)) <= set(self.strata) or not domain
            if known and self.strata:
                names = dict(zip(domain.split(CROSS), level.split(CROSS), strict=True)) if domain else {}
                inside = [row for row in self.table if all(row[k] == v for k, v in names.items())]
                for column in ("population", "sample"):
                    if column in self.table[0] and self.chance(0.5):
                        total = str(sum(int(str(row[column])) for row in inside))
                        self.print(column, "count", total, domain=domain, level=level, weighted="no")
            if self.chance(0.6):
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
        if self.chance(0.3):
            invited = self.n + int(self.rng.integers(0, 500))
            refused = int(self.rng.integers(0, invited - self.n + 1))
            flow = {"invited": invited, "refused": refused, "away": invited - self.n - refused, "done": self.n}
            for item, count in flow.items():
                self.print(item, "count", str(count), weighted="no")
            self.relate("balance", "invited -refused -away", "done")
            rate = self.round(Fraction(100 * self.n, invited))
            self.print("response", "percentage", f"{rate}%", weighted="no")
            self.relate("ratio", "done|measure=count invited|measure=count", "response")


def draw(seed: int, **fixed: str) -> Drawn:
    """Draw a right survey; some traits may be fixed."""
    rng = np.random.default_rng(seed)
    layouts = [(), (), ("size",), ("sector",), ("region",), ("size", "sector"), ("size", "region")]
    layouts += [("size", "sector", "region")] if seed % 5 == 0 else []
    strata: tuple[str, ...] = layouts[int(rng.integers(len(layouts)))]
    kinds = ["none", "unknown"] if not strata else ["none", "cells", "margins", "unknown"]
    rule = fixed.get("rounding") or str(rng.choice(["half_up", "half_up", "half_up", "sum_to_100", *RULES]))
    # a survey that prints floors and ceilings as it likes has to say so, as no other rule explains it
    declared = rule if rule == "floor_or_ceil" or rng.random() < 0.5 else "half_up"
    made = Drawn(
        rng,
        fixed.get("weighting") or str(rng.choice(kinds)),
        fixed.get("nonresponse") or str(rng.choice(["none", "out", "imputed", "unknown"])),
        int(rng.integers(0, 3)),
        rule,
        strata,
        [(), ("age",), ("age",), ("vote",), ("age", "vote")][int(rng.integers(5))],
        declared,
    )
    made.crossed = len(made.strata[:1] + made.banners) > 1 and len(strata) < 3 and rng.random() < 0.2
    made.unfilled = rng.random() < 0.1
    made.summed = np.random.default_rng([seed, 1]).random() < 0.15
    if made.weighting in {"cells", "margins"} and not strata:
        made.weighting = "unknown"
    if made.weighting == "margins":
        made.margins = strata[: int(rng.integers(1, len(strata) + 1))]
    made.people()
    everyone = np.ones(made.n, bool)
    effect = rng.uniform(-0.2, 0.2, made.n)
    for name in (*made.strata, *made.banners):
        for level in LEVELS[name]:
            effect[made.who[name] == level] += rng.uniform(-0.3, 0.3)
    made.sizes("all", everyone, "", "")
    first = made.single("q0", everyone, "all", effect)
    for number in range(1, int(rng.integers(1, 3)) if made.chance(0.3) else 1):
        made.single(f"q{number}", everyone, "all", effect)
    if made.chance(0.6):
        users = made.several("use", everyone, "all", effect)
        if made.chance(0.5):
            _bases(made, users, effect)
    made.totals()
    if made.chance(0.3):
        made.waves("trend", rng.uniform(0, 1, made.n) < 0.4 + effect, everyone)
    if made.chance(0.15):
        made.means(effect)
    if made.chance(0.15):
        made.errors(first["q0.a"])
    if made.chance(0.15):
        made.apart(effect)
    if made.chance(0.1):
        made.table_of(first, everyone, "all", wave="2021")
    _mixtures(made)
    return made


def _bases(made: Drawn, users: np.ndarray, effect: np.ndarray) -> None:
    """Questions that only some were asked: users, those who are none, those with two uses, users of one kind."""
    chosen = made.chosen
    made.sizes("users", users, "all", "any(use.0 use.1 use.2 use.3)")
    made.single("why", users, "users", effect)
    if made.chance(0.4):
        made.several("how", users, "users", effect)
    if made.chance(0.3) and made.nonresponse in {"none", "imputed"}:
        others = ~users
        made.sizes("others", others, "all", "not any(use.0 use.1 use.2 use.3)")
        items = made.single("plan", others, "others", effect)
        made.table_of(items, users, "users")
    if made.chance(0.2):
        made.sizes("twice", chosen.sum(axis=0) >= 2, "all", "count(use.0 use.1 use.2 use.3)>=2")
        made.single("mix", chosen.sum(axis=0) >= 2, "twice", effect)
    if made.chance(0.2):
        made.sizes("first", chosen[0], "users", "any(use.0)")
        made.single("kind", chosen[0], "first", effect)


def _mixtures(made: Drawn) -> None:
    """Relations that say that classes make up their whole."""
    for name in (*made.strata, *made.banners):
        if made.chance(0.25):
            bases = ["all", "users"] if any(row["base"] == "users" for row in made.bases) else ["all"]
            for base in bases:
                parts = " ".join(f"@{base}|{name}={level}" for level in LEVELS[name])
                made.relate("mixture", parts, f"@{base}")
