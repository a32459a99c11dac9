"""The ledger as rows of the page: one per printing, with the argument behind its verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from aibaro.facts import Facts, facts_of, soft_words
from aibaro.published import split_references
from aibaro.published.schema import CELL
from aibaro.report.chapters.claims import badge
from aibaro.report.chapters.recomputed import rule_words
from aibaro.report.chapters.section import Badge
from aibaro.report.inputs import SurveyResults
from aibaro.report.names import Names
from aibaro.report.words import Text, argument_steps, catalogue, decimal, interval, percent, say, sentence_of

SHOWN = 0.005  # the smallest value that two decimals show


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One printing of a number, as the page shows it.

    Parameters
    ----------
    key : str
        Its id and permanent link.
    survey, kind : str
        Codes that the filters use.
    what, detail : Text
        Item; domain, wave, group and base.
    location : str
        Where it stands.
    printed : Text
        Its characters, and beside words what they say.
    recomputed : Text
        Interval that the other figures allow, or a dash.
    verdict : Badge
        The verdict.
    sentence : Text
        What was found, in one plain sentence; empty where the results give none.
    argument : tuple of Text
        Lines of the argument.
    facts : tuple of (Text, Text)
        Rule, rounding and power as pairs of head and words.
    inputs : tuple of str
        Ids of the figures that entered.
    """

    key: str
    survey: str
    kind: str
    what: Text
    detail: Text
    location: str
    printed: Text
    recomputed: Text
    verdict: Badge
    sentence: Text
    argument: tuple[Text, ...]
    facts: tuple[tuple[Text, Text], ...]
    inputs: tuple[str, ...]


def ledger_rows(results: SurveyResults) -> tuple[LedgerRow, ...]:
    """Return the ledger of a survey as rows, in the order of its print."""
    names = Names.of(results.survey)
    printed = {str(r["id"]): {str(k): v for k, v in r.items()} for r in results.survey.printed.to_dict("records")}
    grouped: dict[str, list[dict[str, Any]]] = {}
    for r in results.ledger.to_dict("records"):
        grouped.setdefault(str(r["id"]), []).append({str(k): v for k, v in r.items()})
    order = [key for key in printed if key in grouped] + [key for key in grouped if key not in printed]
    return tuple(_row(results, printed.get(key, {}), grouped[key], names) for key in order)


def _row(results: SurveyResults, source: dict[str, Any], judged: list[dict[str, Any]], names: Names) -> LedgerRow:
    first = judged[0]
    decimals = int(source.get("decimals") or 0)
    argument = tuple(step for r in judged for step in argument_steps(r))
    return LedgerRow(
        key=str(first["id"]),
        survey=results.survey.name,
        kind=str(source.get("kind", "")),
        what=names.item(str(source.get("item", ""))),
        detail=_detail(source, names, results.survey.wave),
        location=str(source.get("location", "")),
        printed=_printed(source, facts_of(results.survey)),
        recomputed=_recomputed(first, decimals),
        verdict=badge(str(first["verdict"]), _reason(first)),
        sentence=sentence_of(first),
        argument=argument,
        facts=tuple(fact for r in judged for fact in _facts(r)),
        # of a table the file is named: its cells have no row here
        inputs=tuple(dict.fromkeys(_place(n) for r in judged for n in split_references(str(r["inputs"] or "")))),
    )


def _place(name: str) -> str:
    return name.partition("#")[0] if CELL.match(name) else name


def _printed(source: dict[str, Any], facts: Facts) -> Text:
    """The printed characters; beside words, what they say, wherever a reader's language says it otherwise."""
    text = str(source.get("printed", ""))
    if source.get("kind") != "verbal":
        return Text.same(text)
    printing = facts.printing(str(source["id"]))
    said = Text.each(soft_words(text, printing.qualifier, printing.band).text)
    return said.map(lambda words: text if words == text.lower() else f"{text} ({words})")


def _reason(row: dict[str, Any]) -> str:
    return str(row["reason"] or "") if row["verdict"] == "not_checkable" else ""


def _detail(source: dict[str, Any], names: Names, own_wave: str) -> Text:
    domain, level = str(source.get("domain", "")), str(source.get("level", ""))
    group, wave = str(source.get("group", "")), str(source.get("wave", ""))
    base = str(source.get("base", ""))
    parts = [names.level(domain, level)] if domain else []
    parts += [names.level("group", group)] if group else []
    parts += [Text.same(wave)] if wave not in {"", own_wave} else []
    parts += [say("ledger.base", base=names.base(base))] if base not in {"", "all"} else []
    return Text("; ".join(p.en for p in parts), "; ".join(p.nl for p in parts))


def _recomputed(row: dict[str, Any], decimals: int) -> Text:
    low, high = float(row["low"]), float(row["high"])
    if math.isnan(low) and math.isnan(high):
        return Text.same("–")
    if low == high:
        return decimal(low, decimals)
    places = decimals + 2 if decimals else 2
    if math.isnan(low) or math.isnan(high):
        ends = ("at_most", high) if math.isnan(low) else ("at_least", low)
        return say(f"ledger.{ends[0]}", value=decimal(ends[1], decimals if ends[1].is_integer() else places))
    return interval(low, high, places, "")


def _facts(row: dict[str, Any]) -> list[tuple[Text, Text]]:
    facts = []
    if row["rule"]:
        facts.append((say("ledger.rule"), rule_words(str(row["rule"]))))
    for key in ("passes", "fails"):
        if row[key]:
            facts.append((say(f"ledger.{key}"), _rounding_rules(str(row[key]))))
    if not math.isnan(float(row["power"])):
        words = percent(100 * float(row["power"]), 1)
        if not math.isnan(float(row["detection_limit"])):
            limit = float(row["detection_limit"])
            noticed = (
                say("ledger.detection", value=decimal(limit, 2)) if limit >= SHOWN else say("ledger.detection_any")
            )
            words = Text(f"{words.en}; {noticed.en}", f"{words.nl}; {noticed.nl}")
        facts.append((say("ledger.power"), words))
    return facts


def _rounding_rules(rules: str) -> Text:
    """Name rounding rules."""
    known = catalogue()
    words = [known.get(f"rounding.{rule}", Text.same(rule.replace("_", " "))) for rule in rules.split()]
    return Text(", ".join(w.en for w in words), ", ".join(w.nl for w in words))
