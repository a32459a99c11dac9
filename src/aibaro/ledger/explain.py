"""The whole argument for one number or claim, as text."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from aibaro.consistency.sums import interval_text, number_text
from aibaro.errors import InputError
from aibaro.ledger.claims import ClaimVerdict
from aibaro.ledger.ledger import Ledger
from aibaro.ledger.numbers import Entry


def explain_id(ledgers: Iterable[Ledger], name: str) -> str:
    """Explain a number or claim by its id.

    Parameters
    ----------
    ledgers : iterable of Ledger
        Where to look.
    name : str
        Id of a printing, a fact, or id of a claim.

    Returns
    -------
    str
        What was printed where, the rule, its inputs, the formula with numbers filled in, the result.

    Raises
    ------
    InputError
        For an id that nothing carries; similar ids are proposed.

    Examples
    --------
    >>> from aibaro.ledger import build_ledger
    >>> from aibaro.published import load
    >>> ledger = build_ledger(load("topdesk-2025"), only=["td25.text.integrated"])
    >>> print(explain_id([ledger], "td25.text.integrated").splitlines()[3].strip())
    verdict: not_checkable (base_not_printed)
    """
    known: list[str] = []
    for ledger in ledgers:
        for entry in ledger.entries:
            if entry.figure.id == name:
                return explain_number(ledger, entry)
        for verdict in ledger.claims:
            if verdict.claim.id == name:
                return explain_claim(ledger, verdict)
        same = [entry for entry in ledger.entries if entry.figure.fact == name]
        if same:
            return "\n\n".join(explain_number(ledger, entry) for entry in same)
        known += [entry.figure.id for entry in ledger.entries] + [verdict.claim.id for verdict in ledger.claims]
    near = difflib.get_close_matches(name, known, 3, cutoff=0.5)
    raise InputError(
        "nothing has this id",
        where="explain",
        parameter="ID",
        expected=", ".join(near) or "an id of ledger.csv or claim_verdicts.csv",
        got=name,
    )


def explain_number(ledger: Ledger, entry: Entry) -> str:
    """Explain a printed number."""
    figure, check, key = entry.figure, entry.check, entry.figure.key
    about = [f"base {key.base}" + (f" (n = {figure.base_n})" if figure.base_n else "")]
    about += [f"{key.domain} {key.level}"] if key.domain else []
    about += [f"wave {key.wave}"] if key.wave else []
    about += [f"group {key.group}"] if key.group else []
    label = dict(zip(ledger.book.survey.items["item"], ledger.book.survey.items["label_en"], strict=True))
    lines = [
        f"{figure.id} ({ledger.name})",
        f"  printed: {figure.printed}, {figure.location}",
        f"  subject: {label.get(key.item) or key.item}; {'; '.join(about)}",
        f"  verdict: {entry.verdict}{f' ({entry.reason})' if entry.reason else ''}",
        f"  rule: {check.rule}",
    ]
    if check.inputs:
        lines.append("  inputs:")
        for name in check.inputs:
            source = ledger.book.figures.get(name)
            lines.append(f"    {name} = {source.printed}" if source else f"    {name}")
    lines += ["  argument:", *(f"    {step}" for step in entry.argument)]
    if check.recomputed is not None:
        value = "" if check.central is None else f"{number_text(check.central, 4)}, "
        lines.append(f"  recomputed: {value}admissible {interval_text(check.recomputed, 4)}")
    if check.passes or check.fails:
        lines.append(
            f"  holds under: {', '.join(check.passes) or 'no rule'}; fails under: {', '.join(check.fails) or 'no rule'}"
        )
    if entry.power is not None:
        lines.append(f"  power: {float(entry.power):.3f} of printable values would have been rejected")
    if entry.detection_limit is not None:
        lines.append(f"  detection limit: a misprint of up to {number_text(entry.detection_limit, 2)} goes unnoticed")
    if entry.needed:
        lines.append(f"  needed to check it: {entry.needed}")
    return "\n".join(lines)


def explain_claim(ledger: Ledger, verdict: ClaimVerdict) -> str:
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
        lines += [f"    {name} = {ledger.book.figures[name].printed}" for name in dict.fromkeys(verdict.inputs)]
    lines += ["  argument:", *(f"    {step}" for step in verdict.steps)] if verdict.steps else []
    lines.append(f"  choices that turn a verdict: {'; '.join(map(str, verdict.turns)) or 'none'}")
    return "\n".join(lines)
