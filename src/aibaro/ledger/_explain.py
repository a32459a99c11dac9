"""The whole argument for one number or claim, as text."""

from __future__ import annotations

from collections.abc import Iterable

from aibaro.consistency.intervals import interval_text, number_text
from aibaro.ledger._claims import ClaimVerdict
from aibaro.ledger._ledger import Ledger
from aibaro.ledger._numbers import Entry
from aibaro.published import unknown_id


def explain_id(ledgers: Iterable[Ledger], name: str, language: str = "en") -> str:
    """Explain a number or claim by its id.

    Parameters
    ----------
    ledgers : iterable of Ledger
        Where to look.
    name : str
        Id of a printing, a fact, or id of a claim.
    language : {"en", "nl"}
        Language of the argument.

    Returns
    -------
    str
        What was printed where, the rule, its inputs, the formula with numbers filled in, the result; for a fact, all
        its printings.

    Raises
    ------
    InputError
        For an id that nothing carries; similar ids and facts are proposed.

    Examples
    --------
    >>> from aibaro.study import open
    >>> ledger = open("topdesk-2025").ledger
    >>> print(explain_id([ledger], "td25.text.integrated").splitlines()[3].strip())
    verdict: not_checkable (no_second_figure)
    """
    known: list[str] = []
    for ledger in ledgers:
        for entry in ledger.entries:
            if entry.id == name:
                return explain_number(ledger, entry, language)
        for verdict in ledger.claims:
            if verdict.claim.id == name:
                return explain_claim(ledger, verdict, language)
        same = [entry for entry in ledger.entries if name in {str(entry.fact.key), plain_fact(entry)}]
        if same:
            return "\n\n".join(explain_number(ledger, entry, language) for entry in same)
        known += [entry.id for entry in ledger.entries] + [verdict.claim.id for verdict in ledger.claims]
        known += [plain_fact(entry) for entry in ledger.entries]
    raise unknown_id(name, known)


def plain_fact(entry: Entry) -> str:
    """The fact of a printing, its measure left out."""
    return str(entry.fact.key.about(measure="share"))


def explain_number(ledger: Ledger, entry: Entry, language: str = "en") -> str:
    """Explain a printed number."""
    printing, key, facts = entry.printing, entry.printing.key, ledger.facts
    about = [f"base {key.base}" + (f" (n = {printing.base_n})" if printing.base_n else "")]
    about += [f"{key.domain} {key.level}"] if key.domain else []
    about += [f"wave {key.wave}"] if key.wave else []
    about += [f"group {key.group}"] if key.group else []
    items = facts.survey.items
    label = dict(zip(items["item"], items[f"label_{language}"], strict=True)) if len(items) else {}
    lines = [
        f"{printing.id} ({ledger.name})",
        f"  printed: {printing.text}, {printing.location}",
        f"  subject: {label.get(key.item) or key.item}; {'; '.join(about)}",
        f"  verdict: {entry.verdict}{f' ({entry.reason})' if entry.reason else ''}",
        f"  rule: {entry.rule}",
    ]
    if entry.suspects:
        lines.append(f"  one of these is wrong: {', '.join(entry.suspects)}" if len(entry.suspects) > 1 else "")
    if entry.inputs:
        lines.append("  inputs:")
        lines += [f"    {name} = {facts.printing(name).text}" for name in entry.inputs]
    lines += ["  argument:", *(f"    {step.text(language)}" for step in entry.argument)]
    if entry.interval is not None and entry.verdict != "not_checkable":
        lines.append(f"  the other figures allow: {interval_text(entry.interval, 4)}")
    if entry.passes or entry.fails:
        lines.append(
            f"  holds under: {', '.join(entry.passes) or 'no rule'}; fails under: {', '.join(entry.fails) or 'no rule'}"
        )
    if entry.power is not None:
        lines.append(f"  power: {float(entry.power):.3f} of printable values would have been rejected")
    if entry.detection_limit is not None:
        lines.append(f"  detection limit: a misprint of up to {number_text(entry.detection_limit, 2)} goes unnoticed")
    if entry.needed is not None:
        lines.append(f"  needed to check it: {entry.needed.text(language)}")
    return "\n".join(line for line in lines if line)


def explain_claim(ledger: Ledger, verdict: ClaimVerdict, language: str = "en") -> str:
    """Explain a claim."""
    claim = verdict.claim
    lines = [
        f"{claim.id} ({ledger.name})",
        f"  claim: {claim.text}",
        f"  location: {claim.location}",
        f"  as printed: {verdict.as_printed}{f' ({verdict.reason})' if verdict.reason else ''}",
        f"  in the population: {verdict.population}",
        f"  rule: {claim.rule} {' '.join(f'{k}={v}' for k, v in claim.parameters.items())}".rstrip(),
    ]
    if verdict.population != "not_checkable":
        lines.append(f"  tested in: {', '.join(verdict.family.split())}")
    if verdict.inputs:
        lines.append("  inputs:")
        lines += [f"    {name} = {ledger.facts.printing(name).text}" for name in dict.fromkeys(verdict.inputs)]
    lines += ["  argument:", *(f"    {step.text(language)}" for step in verdict.steps)] if verdict.steps else []
    lines.append(f"  choices that turn a verdict: {'; '.join(turn.text(language) for turn in verdict.turns) or 'none'}")
    return "\n".join(lines)
