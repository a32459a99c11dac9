"""What does a survey print about a fact?  All its printings and complements, read as one share."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from aibaro.compare.shares import Share, share, union
from aibaro.errors import InputError
from aibaro.published import PublishedSurvey

_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Fact:
    """A share that a survey states.

    Parameters
    ----------
    key : str
        Key of the fact, ``item[@base][|domain=level][|wave=W][|group=G]``.
    item, base, domain, level, wave, group : str
        Its parts; empty where they do not apply.
    share : Share
        What the printings admit.
    n : int or None
        Respondents behind it; None where no printing and no base gives them.
    source : str
        ``percentage``, ``verbal`` or ``complement``: what the share was read from.
    ids : tuple of str
        Printings that were used.
    """

    key: str
    item: str
    base: str
    domain: str
    level: str
    wave: str
    group: str
    share: Share
    n: int | None
    source: str
    ids: tuple[str, ...]


def fact(survey: PublishedSurvey, key: str) -> Fact:
    """Read a fact from a survey.

    Notes
    -----
    Printed percentages count before words: a verbal quantity is read only where no percentage states the fact.
    Percentages that differ give their hull; words for one share narrow each other.  Where a declared pair of items
    exhausts the base, the share is 100% less the other one's: if that was printed as a percentage and this was not, or
    if this was not printed at all.

    Examples
    --------
    >>> from aibaro.published import load
    >>> known = fact(load("io-2023"), "awareness.any|group=entrepreneurs")
    >>> known.share.box, known.n, known.source
    ((0.845, 0.855), 1552, 'percentage')
    >>> fact(load("io-2023"), "awareness.none|group=entrepreneurs").share.box
    (0.145, 0.155)
    """
    rows = _rows(survey, key)
    percentages = [row for row in rows if row["kind"] == "percentage"]
    if not percentages:
        partner = _complement(survey, key, "percentage" if rows else "any")
        if partner is not None:
            return partner
    source = "percentage" if percentages else "verbal"
    used = percentages or [row for row in rows if row["kind"] == "verbal" and row["high"] != ""]
    if not used:
        raise InputError(
            "the fact is printed, but not as a share",
            where=survey.name,
            parameter="key",
            expected="a percentage or a verbal quantity",
            got=key,
        )
    readings = [_reading(survey, row) for row in used]
    read = union(readings) if source == "percentage" else _agreed(readings)
    first = used[0]
    return Fact(
        key,
        first["item"],
        first["base"],
        first["domain"],
        first["level"],
        first["wave"],
        first["group"],
        read,
        _size(survey, rows),
        source,
        tuple(row["id"] for row in used),
    )


def _rows(survey: PublishedSurvey, key: str) -> list[dict[Hashable, Any]]:
    """Percentages and words under a key, as records: selecting from frames again and again takes far longer."""
    printed = survey.printed
    found = printed.loc[(printed["fact"] == key).to_numpy(dtype=bool)].to_dict("records")
    return [row for row in found if row["kind"] in {"percentage", "verbal"}]


def _reading(survey: PublishedSurvey, row: Mapping[Hashable, Any]) -> Share:
    if row["kind"] == "percentage":
        figure = share(row["printed"], rounding=survey.rounding, decimal=survey.decimal)
        return replace(figure, text=f"{float(_PERCENT * figure.value):.{int(row['decimals'])}f}%")
    low, high = (Fraction(row[end]) / _PERCENT for end in ("low", "high"))
    return Share(low, high, (low + high) / 2, row["printed"])


def _agreed(readings: list[Share]) -> Share:
    """Let words that describe one share narrow each other; where they exclude each other keep all they admit."""
    low, high = max(s.low for s in readings), min(s.high for s in readings)
    narrowest = min(readings, key=lambda s: s.high - s.low)
    if low > high:
        return union(readings)
    return Share(low, high, min(max(narrowest.value, low), high), narrowest.text)


def _size(survey: PublishedSurvey, rows: list[dict[Hashable, Any]]) -> int | None:
    """Take the base of a printing, else that of the whole base; a domain's own size is never guessed."""
    stated = sorted({int(row["base_n"]) for row in rows if row["base_n"] != ""})
    if len(stated) > 1:
        raise InputError(
            "printings of one fact disagree on its base",
            where=survey.name,
            parameter="base_n",
            expected="one number",
            got=", ".join(map(str, stated)),
        )
    if stated:
        return stated[0]
    row = rows[0]
    return None if row["domain"] else base_size(survey, row["base"], row["group"])


def base_size(survey: PublishedSurvey, base: str, group: str = "") -> int | None:
    """Give the printed number of respondents of a base.

    Examples
    --------
    >>> from aibaro.published import load
    >>> base_size(load("io-2023"), "aware", "public"), base_size(load("io-2023"), "working", "public")
    (668, None)
    """
    names = [f"{base}.{group}", base] if group else [base]
    for name in names:
        found = survey.bases.loc[survey.bases["base"] == name, "respondents"]
        if len(found):
            text = str(found.iloc[0])
            return int(text) if text else None
    return None


def _complement(survey: PublishedSurvey, key: str, kind: str) -> Fact | None:
    head, _, tail = key.partition("|")
    item, _, base = head.partition("@")
    for other in _partners(survey, item, base or "all"):
        wanted = other + (f"@{base}" if base else "") + (f"|{tail}" if tail else "")
        rows = _rows(survey, wanted)
        if any(row["kind"] == "percentage" for row in rows) or (kind == "any" and rows):
            partner = fact(survey, wanted)
            return Fact(
                key,
                item,
                partner.base,
                partner.domain,
                partner.level,
                partner.wave,
                partner.group,
                partner.share.complement,
                partner.n,
                "complement",
                partner.ids,
            )
    if kind == "percentage":
        return None
    raise InputError(
        "the survey states no such share",
        where=survey.name,
        parameter="key",
        expected="a key of column fact in printed.csv, or the complement of one",
        got=key,
    )


def _partners(survey: PublishedSurvey, item: str, base: str) -> list[str]:
    """List items that together with this one exhaust the base, by a declared relation of two parts."""
    exhaustive = survey.relations.loc[(survey.relations["kind"] == "exhaustive")]
    found = []
    for parts, whole in zip(exhaustive["parts"], exhaustive["whole"], strict=True):
        names = [part.partition("@") for part in str(parts).split()]
        items = [name for name, _, _ in names]
        bases = {at or "all" for _, _, at in names}
        if whole == f"@{base}" and len(items) == 2 and item in items and bases == {base}:
            found += [name for name in items if name != item]
    return found
