"""Which relations does a table suggest?  Proposed with their evidence, for a person to accept; they bind nothing.

A pattern is proposed when most columns of the table follow it, so that a misprint does not erase its own check: the
columns that do not follow are named as questions, and no verdict rests on them before the relation is accepted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import takewhile

from aibaro.facts import Fact, Facts, Key, facts_of
from aibaro.facts.printings import WEIGHTED_BASE
from aibaro.published import PublishedSurvey, join_references
from aibaro.published.cell_text import begins, is_word
from aibaro.published.cell_text import words as table_words
from aibaro.published.wide import begins_total, slug

# The share of columns that a proposal has to fit.
MOST = Fraction(3, 5)
_LONGEST = 24
# measures whose rows add up, over answers or over groups
TABLED = ("share", "count", WEIGHTED_BASE)
Place = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A relation that a table suggests.

    Parameters
    ----------
    kind : str
        Kind of the relation.
    parts : tuple of str
        Its parts.
    whole : str
        Its whole.
    fits : tuple of str
        Columns that follow it.
    misfits : tuple of str
        Columns that do not, each with its arithmetic: questions, no verdicts.
    pattern : str
        What the numbers do, in words.

    Examples
    --------
    >>> Proposal("exhaustive", ("yes", "no"), "@all", ("total", "sex=men"), (), "add to 100").evidence
    'proposed: add to 100 in 2 of 2 columns'
    """

    kind: str
    parts: tuple[str, ...]
    whole: str
    fits: tuple[str, ...]
    misfits: tuple[str, ...]
    pattern: str

    @property
    def evidence(self) -> str:
        """What speaks for the relation, and what does not follow it."""
        counted = "rows" if self.kind == "mixture" else "columns"
        text = f"proposed: {self.pattern} in {len(self.fits)} of {len(self.fits) + len(self.misfits)} {counted}"
        return text + (f"; not in {'; '.join(self.misfits)}" if self.misfits else "")

    def row(self) -> dict[str, str]:
        """Return the row of ``relations.csv``.

        Returns
        -------
        dict
            ``kind, parts, whole, status, evidence``.
        """
        return {
            "kind": self.kind,
            "parts": join_references(self.parts),
            "whole": self.whole,
            "status": "proposed",
            "evidence": self.evidence,
        }


def propose(survey: PublishedSurvey, depths: Mapping[str, int] | None = None) -> tuple[Proposal, ...]:
    """Propose the relations that the numbers of a survey suggest.

    Parameters
    ----------
    survey : PublishedSurvey
        A survey, usually one that was read from wide tables.
    depths : mapping of str to int, optional
        How far the words of each item are indented in the table: rows below a net that stand further in are its parts.

    Returns
    -------
    tuple of Proposal
        Parts that add to 100 or to a total, nets that are sums or unions of the rows below or above them, totals that
        are mixtures of the columns of a banner, counts that add to a total over a banner.  Relations that the survey
        has already are left out.

    Notes
    -----
    A relation is proposed when at least 3 in 5 columns of a table follow it within rounding, so that a misprint does
    not erase its own check; columns that do not follow are named in ``misfits``.

    Examples
    --------
    >>> from aibaro.published import load
    >>> all(proposal.row()["status"] == "proposed" for proposal in propose(load("topdesk-2025")))
    True
    """
    facts = facts_of(survey)
    known = {(relation.kind, frozenset(relation.parts), relation.whole) for relation in facts.relations}
    words = _words(survey)
    found: list[Proposal] = []
    for base, measure in _tables(facts):
        rows = _rows(facts, base, measure)
        found += _sums_to_whole(facts, rows, base, measure, words)
        found += _nets(rows, base, words, depths or {})
        if measure != "share":
            found += _counts_over_banner(rows, base)
    found += _mixtures(facts)
    fresh: dict[tuple[str, frozenset[str], str], Proposal] = {}
    for proposal in found:
        key = (proposal.kind, frozenset(proposal.parts), proposal.whole)
        if key not in known:
            fresh.setdefault(key, proposal)
    return tuple(fresh.values())


def _words(survey: PublishedSurvey) -> dict[str, str]:
    columns = [column for column in ("label_en", "label_nl") if column in survey.items]
    return {
        str(row["item"]): next((str(row[column]) for column in columns if row[column]), str(row["item"]))
        for row in survey.items.to_dict("records")
    }


def _tables(facts: Facts) -> list[tuple[str, str]]:
    return list(dict.fromkeys((f.key.base, f.key.measure) for f in facts if f.key.measure in TABLED))


def _rows(facts: Facts, base: str, measure: str) -> dict[str, dict[Place, Fact]]:
    """The table of a base: for each item its figures by column, in the order of print."""
    rows: dict[str, dict[Place, Fact]] = {}
    for fact in facts:
        if (
            fact.key.base == base
            and fact.key.measure == measure
            and fact.best.source == "printed.csv"
            and not fact.soft
        ):
            interval = fact.interval()
            if interval is not None and not interval.empty:
                rows.setdefault(fact.key.item, {})[fact.key.place] = fact
    return rows


def _section(item: str) -> str:
    return item.rpartition(".")[0]


def _ends(facts: Iterable[Fact]) -> tuple[Fraction, Fraction]:
    low = high = Fraction(0)
    for fact in facts:
        band = fact.interval()
        if band is None:
            continue
        low, high = low + band.lower, high + band.upper
    return low, high


def _shown(place: Place) -> str:
    domain, level, wave, group = place
    parts = [f"{domain}={level}" if domain else "", wave, group]
    return "|".join(filter(None, parts)) or "total"


def _value(fact: Fact) -> str:
    return fact.best.text


def _add(rows: Sequence[Mapping[Place, Fact]], place: Place) -> str:
    return " + ".join(_value(row[place]) for row in rows if place in row)


def _fit(
    rows: Sequence[Mapping[Place, Fact]], whole: Mapping[Place, Fact] | None, size: Mapping[Place, Fact] | None = None
) -> tuple[list[str], list[str]]:
    """Columns in which rows add to 100, to a row, or to the size of their base, and columns in which they do not."""
    fits, misfits = [], []
    places = [place for place in rows[0] if all(place in row for row in rows)]
    for place in places:
        low, high = _ends(row[place] for row in rows)
        if whole is None and size is None:
            bottom = top = Fraction(100)
            text = "100"
        else:
            target = (whole if whole is not None else size or {}).get(place)
            band = target.interval() if target is not None else None
            if target is None or band is None:
                continue
            bottom, top, text = band.lower, band.upper, _value(target)
        if low <= top and high >= bottom:
            fits.append(_shown(place))
        else:
            misfits.append(f"{_shown(place)}: {_add(rows, place)} against {text}")
    return fits, misfits


def _by_chance(rows: Sequence[Mapping[Place, Fact]]) -> bool:
    """Tell sums to 100 that scatter more than rounding does: many parts reach any total that is not far off."""
    spread = []
    for place in rows[0]:
        bands = [row[place].interval() for row in rows if place in row]
        known = [band for band in bands if band is not None]
        if len(known) == len(rows):
            middle = sum((band.lower + band.upper for band in known), Fraction(0)) / 2
            # the variance of the rounding of each part, a twelfth of its width squared
            rounding = sum(((band.upper - band.lower) ** 2 for band in known), Fraction(0)) / 12
            spread.append((middle - 100) ** 2 / rounding if rounding else Fraction(0))
    # twice the standard deviation in the middle column of three or more is no rounding
    return len(spread) >= 3 and sorted(spread)[len(spread) // 2] > 4


def _most(fits: Sequence[str], misfits: Sequence[str], least: int = 1) -> bool:
    return len(fits) >= least and len(fits) >= MOST * (len(fits) + len(misfits))


def _sums_to_whole(
    facts: Facts, rows: Mapping[str, Mapping[Place, Fact]], base: str, measure: str, words: Mapping[str, str]
) -> Iterator[Proposal]:
    """Runs of rows that add to 100 (counts: to the size of their base), whole sections first."""
    names = [n for n in rows if n not in {"respondents", "population", "sample"}]
    sections = {
        section: [item for item in items if not _is_net(item, words)] for section, items in _by_section(names).items()
    }
    size = None
    if measure == "count":
        groups = [[rows[item] for item in plain] for plain in sections.values() if len(plain) >= 2]
        size = _sizes(facts, rows, base, groups)
        if not size:
            return
    found = {
        section: _fit([rows[item] for item in plain], None, size)
        for section, plain in sections.items()
        if len(plain) >= 2
    }
    # sections with the same answers are one pattern: what holds in most of them is asked of all
    pooled: dict[tuple[str, ...], tuple[list[str], list[str]]] = {}
    for section, (fits, misfits) in found.items():
        answers = tuple(item.rpartition(".")[2] for item in sections[section])
        followed, broken = pooled.setdefault(answers, ([], []))
        followed += fits
        broken += misfits
    for section, plain in sections.items():
        answers = tuple(item.rpartition(".")[2] for item in plain)
        fits, misfits = found.get(section, ([], []))
        alike = pooled.get(answers, ([], []))
        if measure == "share" and plain and _by_chance([rows[item] for item in plain]):
            fits = misfits = []
        if _most(fits, misfits):
            yield _whole(plain, base, fits, misfits, measure)
        elif fits + misfits and _most(*alike, least=2):
            yield _whole(plain, base, fits, misfits, measure, f" ({len(alike[0])} of {sum(map(len, alike))} alike)")
        else:
            # a section without name may hold several questions: runs of rows, short ones first
            items = plain if section else _by_section(names)[section]
            yield from _runs(rows, items, base=base, measure=measure, size=size, words=words)
        net = [item for item in _by_section(names)[section] if _is_net(item, words)]
        none = [item for item in plain if _denies(words.get(item, item))]
        for pair in ([a, b] for a in net for b in none):
            fits, misfits = _fit([rows[item] for item in pair], None, size)
            if _most(fits, misfits, least=2):
                yield _whole(pair, base, fits, misfits, measure)


def _sizes(
    facts: Facts, rows: Mapping[str, Mapping[Place, Fact]], base: str, groups: Sequence[Sequence[Mapping[Place, Fact]]]
) -> dict[Place, Fact]:
    """Sizes of the base by column, weighted or not: those that more of the counts add to."""
    places = dict.fromkeys(place for row in rows.values() for place in row)
    found = [
        {place: fact for place in places if (fact := facts.size(base, *place, weighted)) is not None}
        for weighted in ("no", "yes")
    ]
    return max(found, key=lambda sizes: sum(len(_fit(group, None, sizes)[0]) for group in groups) if sizes else -1)


def _runs(
    rows: Mapping[str, Mapping[Place, Fact]],
    items: Sequence[str],
    *,
    base: str,
    measure: str,
    size: Mapping[Place, Fact] | None,
    words: Mapping[str, str],
) -> Iterator[Proposal]:
    start = 0
    while start < len(items):
        for end in range(start + 2, min(len(items), start + _LONGEST) + 1):
            run = [item for item in items[start:end] if not _is_net(item, words)]
            if len(run) < 2:
                continue
            fits, misfits = _fit([rows[item] for item in run], None, size)
            # one column alone agrees by chance too often to be evidence for a part of a list
            chance = measure == "share" and _by_chance([rows[item] for item in run])
            if _most(fits, misfits, least=2) and not chance:
                yield _whole(run, base, fits, misfits, measure)
                start = end - 1
                break
        start += 1


def _whole(  # noqa: PLR0917 - what a proposal is made of
    items: Sequence[str], base: str, fits: list[str], misfits: list[str], measure: str, alike: str = ""
) -> Proposal:
    parts = tuple(_reference(item, base) for item in items)
    pattern = ("add to 100" if measure == "share" else "add to the respondents") + alike
    return Proposal("exhaustive", parts, f"@{base}", tuple(fits), tuple(misfits), pattern)


def _reference(item: str, base: str, **about: str) -> str:
    return str(Key(item, base).about(**about))


def _by_section(items: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in items:
        found.setdefault(_section(item), []).append(item)
    return found


def _is_net(item: str, words: Mapping[str, str]) -> bool:
    label = words.get(item, item)
    return begins(label, "net") or begins_total(label) or label.strip().lower().endswith(("(net)", " net"))


def _nets(
    rows: Mapping[str, Mapping[Place, Fact]],
    base: str,
    words: Mapping[str, str],
    depths: Mapping[str, int],
) -> Iterator[Proposal]:
    """Rows that are called a net: sums of the rows below or above them, else unions of them."""
    for items in _by_section(list(rows)).values():
        for place, item in enumerate(items):
            if not _is_net(item, words):
                continue
            inside = _indented(items[place:], words, depths)
            below = inside or _until_net(items[place + 1 :], words)
            above = [] if inside else list(reversed(_until_net(list(reversed(items[:place])), words)))
            named = _named(item, [other for other in items if not _is_net(other, words)], words)
            summed = _summed(rows, item, [(named, 1)] if named else _candidates(below, above))
            if summed is not None:
                run, fits, misfits = summed
                parts = tuple(_reference(part, base) for part in run)
                yield Proposal(
                    "exhaustive",
                    parts,
                    _reference(item, base),
                    tuple(fits),
                    tuple(misfits),
                    f"add to {words.get(item, item)!r}",
                )
                continue
            for whole_run in [named] if named else (below, above):
                run = [part for part in whole_run if not _denies(words.get(part, part))]
                if len(run) < 2 or begins_total(words.get(item, item)) or _complete(rows, run):
                    continue
                fits, misfits = _between(rows, item, run)
                if _most(fits, misfits):
                    parts = tuple(_reference(part, base) for part in run)
                    pattern = f"are each at most {words.get(item, item)!r}, which is at most their sum,"
                    yield Proposal("union", parts, _reference(item, base), tuple(fits), tuple(misfits), pattern)
                    break


def _indented(items: Sequence[str], words: Mapping[str, str], depths: Mapping[str, int]) -> list[str]:
    """Rows that stand one step further in than the net above them; of a net of all, those that stand beside it.

    A table that indents parts of some of its nets says which rows the others are made of too.
    """
    net, *others = items
    own = depths.get(net, 0)
    deeper = list(takewhile(lambda item: depths.get(item, 0) > own, others))
    if not deeper:
        beside = list(takewhile(lambda item: depths.get(item, 0) >= own, others))
        deeper = beside if begins(words.get(net, net), "any") and any(depths.get(i, 0) > own for i in beside) else []
    step = min((depths.get(item, 0) for item in deeper), default=0)
    return [i for i in deeper if depths.get(i, 0) == step and not is_word(words.get(i, i), "none")]


def _denies(label: str) -> bool:
    """Tell a row of those without any of the things that a list names: 'None of these', 'No tool'."""
    return is_word(label, "none") or bool(re.match(rf"(?:{'|'.join(table_words()['no'])})\s+\w", label.strip().lower()))


def _complete(rows: Mapping[str, Mapping[Place, Fact]], run: Sequence[str]) -> bool:
    """Rows that add to 100 are all answers that there are: a net of all of them would say nothing."""
    return _most(*_fit([rows[item] for item in run], None))


def _named(item: str, others: Sequence[str], words: Mapping[str, str]) -> list[str]:
    """Rows that the words of a net name: 'Very good/fairly good' names two."""
    label = f" {slug(words.get(item, item)).replace('-', ' ')} "
    found = [o for o in others if (own := slug(words.get(o, o)).replace("-", " ")) and f" {own} " in label]
    return found if len(found) >= 2 else []


def _candidates(below: Sequence[str], above: Sequence[str]) -> list[tuple[list[str], int]]:
    """Runs that a net may be the sum of, each with the columns that it takes to believe it."""
    found = [(list(below[:k]), 1) for k in range(2, len(below) + 1)]
    found += [(list(above[-k:]), 1) for k in range(2, len(above) + 1)]
    # a net at the end, of answers anywhere before it: many runs are tried, so that few columns prove nothing
    found += [(list(above[i:k]), 4) for i in range(len(above)) for k in range(i + 2, len(above))]
    return found


def _until_net(items: Sequence[str], words: Mapping[str, str]) -> list[str]:
    found: list[str] = []
    for item in items:
        if _is_net(item, words):
            break
        # who names none of them, or does not know, is in no net
        if not is_word(words.get(item, item), "none"):
            found.append(item)
    return found


def _summed(
    rows: Mapping[str, Mapping[Place, Fact]], whole: str, candidates: Sequence[tuple[list[str], int]]
) -> tuple[list[str], list[str], list[str]] | None:
    best = None
    for run, least in candidates:
        fits, misfits = _fit([rows[part] for part in run], rows[whole])
        columns = len(fits) + len(misfits)
        enough = max(least, min(2, max(columns, 1)))
        if _most(fits, misfits, least=enough) and (best is None or len(fits) > len(best[1])):
            best = (run, fits, misfits)
    return best


def _between(rows: Mapping[str, Mapping[Place, Fact]], whole: str, run: Sequence[str]) -> tuple[list[str], list[str]]:
    fits, misfits = [], []
    for place, fact in rows[whole].items():
        parts = [rows[item][place] for item in run if place in rows[item]]
        band = fact.interval()
        if len(parts) < len(run) or band is None:
            continue
        _, most = _ends(parts)
        largest = max((b.lower for part in parts if (b := part.interval()) is not None), default=Fraction(0))
        if largest <= band.upper and band.lower <= most:
            fits.append(_shown(place))
        else:
            misfits.append(f"{_shown(place)}: {_value(fact)} beside {', '.join(map(_value, parts))}")
    return fits, misfits


def _counts_over_banner(rows: Mapping[str, Mapping[Place, Fact]], base: str) -> Iterator[Proposal]:
    """Counts whose levels add to the total: the levels of a banner exclude each other and cover the base."""
    domains = dict.fromkeys(place[0] for row in rows.values() for place in row if place[0] and "×" not in place[0])
    for domain in domains:
        fits, misfits, fitting = [], [], []
        for item, row in rows.items():
            total = row.get(("", "", "", ""))
            levels = [
                (place, fact) for place, fact in row.items() if place[0] == domain and not place[2] and not place[3]
            ]
            band = total.interval() if total is not None else None
            if total is None or band is None or len(levels) < 2:
                continue
            low, high = _ends(fact for _, fact in levels)
            if low <= band.upper and high >= band.lower:
                fits.append(item)
                fitting.append((item, [place[1] for place, _ in levels]))
            else:
                added = " + ".join(_value(fact) for _, fact in levels)
                misfits.append(f"{item}: {added} against {_value(total)}")
                fitting.append((item, [place[1] for place, _ in levels]))
        if not _most(fits, misfits):
            continue
        for item, names in fitting:
            # a relation of sizes holds for those that are weighted too
            measure = {} if item in {"respondents", "population", "sample"} else {"measure": "count"}
            parts = tuple(_reference(item, base, domain=domain, level=level, **measure) for level in names)
            own = tuple(text for text in misfits if text.startswith(f"{item}: "))
            yield Proposal(
                "exhaustive",
                parts,
                _reference(item, base, **measure),
                tuple(name for name in fits if name == item),
                own,
                f"the levels of {domain} add to the total in {len(fits)} of {len(fits) + len(misfits)} rows; this row",
            )


def _mixtures(facts: Facts) -> Iterator[Proposal]:
    """Totals that lie between the smallest and largest level of a banner, row after row."""
    tables: dict[tuple[str, str], dict[tuple[str, str, str], dict[str, Fact]]] = {}
    for fact in facts:
        key = fact.key
        if key.measure not in {"share", "mean"} or key.group or fact.soft or "×" in key.domain:
            continue
        tables.setdefault((key.base, key.domain), {}).setdefault((key.item, key.measure, key.wave), {})[key.level] = (
            fact
        )
    found = {}
    for (base, domain), rows in tables.items():
        levels = list(dict.fromkeys(level for row in rows.values() for level in row))
        if domain and len(levels) >= 2 and not _leave_some_out(facts, base, domain, levels):
            found[base, domain] = (levels, *_between_levels(rows, tables.get((base, ""), {}), levels))
    # a banner that holds for one base is asked of the others too, even where one row alone has a total
    holding = {domain for (_, domain), (_, fits, misfits) in found.items() if _most(fits, misfits, least=2)}
    for (base, domain), (levels, fits, misfits) in found.items():
        if domain in holding and _most(fits, misfits):
            parts = tuple(f"@{base}|{domain}={level}" for level in levels)
            yield Proposal(
                "mixture",
                parts,
                f"@{base}",
                tuple(fits),
                tuple(misfits),
                f"the total lies between the levels of {domain}",
            )


def _leave_some_out(facts: Facts, base: str, domain: str, levels: Sequence[str]) -> bool:
    """Tell levels whose printed sizes fall short of the size of their base: they are no classes of all of it."""
    whole = facts.size(base)
    band = whole.interval() if whole is not None else None
    sizes = [size for level in levels if (size := facts.size(base, domain, level)) is not None]
    if band is None or len(sizes) < len(levels):
        return False
    # not by a misprint alone; banners that no size parts cover everybody twice, which is a mixture too
    return _ends(sizes)[1] < band.lower * Fraction(9, 10)


def _between_levels(
    rows: Mapping[tuple[str, str, str], Mapping[str, Fact]],
    totals: Mapping[tuple[str, str, str], Mapping[str, Fact]],
    levels: Sequence[str],
) -> tuple[list[str], list[str]]:
    """Rows whose total lies between their smallest and largest level, and rows whose total does not."""
    fits, misfits = [], []
    for item, row in rows.items():
        total = totals.get(item, {}).get("")
        band = total.interval() if total is not None else None
        ends = [b for level in levels if level in row and (b := row[level].interval()) is not None]
        if total is None or band is None or len(ends) < len(levels):
            continue
        if min(e.lower for e in ends) <= band.upper and max(e.upper for e in ends) >= band.lower:
            fits.append(item[0])
        else:
            shown = ", ".join(_value(row[level]) for level in levels)
            name = f"{item[0]}, {item[2]}" if item[2] else item[0]
            misfits.append(f"{name}: {_value(total)} is not between {shown}")
    return fits, misfits
