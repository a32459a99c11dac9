"""The whole argument for one number or claim, as text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aibaro.facts import FactLabels
from aibaro.ledger._sentences import text_of
from aibaro.ledger.comparisons import exact
from aibaro.messages import Message, keys, message
from aibaro.published import unknown_id

if TYPE_CHECKING:
    from aibaro.ledger._ledger import Ledger
    from aibaro.ledger._numbers import Entry
    from aibaro.ledger.claims import ClaimVerdict


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
    verdict: not checkable (no second figure to compare)
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
    printing, labels = entry.printing, ledger.labels
    say = _Lines(language, labels)
    name = labels(str(printing.key), language)
    about = say("about", name=name[:1].upper() + name[1:], n=int(printing.base_n)) if printing.base_n else name
    lines = [
        f"{printing.id} ({ledger.name})",
        say("printed", text=", ".join(filter(None, (printing.text, printing.location)))),
        say("subject", words=about[:1].upper() + about[1:]),
        say("verdict", words=say.verdict(entry.verdict, entry.reason)),
        say("words", words=text_of([entry.sentence], language, labels)),
        say("rule", words=say.rule(entry.rule)),
    ]
    if len(entry.suspects) > 1:
        lines.append(say("one_wrong", ids=entry.suspects))
    if entry.inputs:
        lines += [say("inputs"), *_inputs(ledger, entry.inputs, language)]
    lines += [say("argument"), *(f"    {step.text(language, labels)}" for step in entry.argument)]
    if entry.interval is not None and entry.verdict != "not_checkable":
        lines.append(say("allowed", low=exact(entry.interval.lower), high=exact(entry.interval.upper)))
    if entry.passes:
        lines.append(say("holds_under", rules=say.rounding(entry.passes)))
    if entry.fails:
        lines.append(say("fails_under", rules=say.rounding(entry.fails)))
    if entry.power is not None:
        lines.append(say("power", share=100 * float(entry.power)))
    if entry.detection_limit is not None:
        limit = round(float(entry.detection_limit), 2)
        lines.append(say("detection", limit=limit) if limit else say("detection_all"))
    if entry.needed is not None:
        lines.append(say("needed", words=entry.needed))
    return "\n".join(lines)


def explain_claim(ledger: Ledger, verdict: ClaimVerdict, language: str = "en") -> str:
    """Explain a claim."""
    claim, labels = verdict.claim, ledger.labels
    say = _Lines(language, labels)
    lines = [
        f"{claim.id} ({ledger.name})",
        say("claim", words=claim.words(language)),
        say("place", place=claim.location),
        say("as_printed", words=say.verdict(verdict.as_printed, verdict.reason)),
        say("population", words=say.verdict(verdict.population)),
        say("words", words=text_of(verdict.sentences, language, labels)),
    ]
    if verdict.inputs:
        lines += [say("inputs"), *_inputs(ledger, dict.fromkeys(verdict.inputs), language)]
    if verdict.steps:
        lines += [say("argument"), *(f"    {step.text(language, labels)}" for step in verdict.steps)]
    if verdict.turns:
        lines += [say("turns"), *(f"    {turn.text(language, labels)}" for turn in verdict.turns)]
    else:
        lines.append(say("no_turns"))
    if verdict.unless:
        lines += [
            say("unless_true" if verdict.population == "refuted" else "unless"),
            *(f"    {line.text(language, labels)}" for line in verdict.unless_lines),
        ]
    parameters = "; ".join(f"{name}={value}" for name, value in claim.parameters.items())
    rule = f"{claim.rule} ({parameters})" if parameters else claim.rule
    return "\n".join([*lines, say("as_written", rule=rule)])


def _inputs(ledger: Ledger, names: Iterable[str], language: str) -> list[str]:
    """The figures that were read, by what they are called."""
    facts, found = ledger.facts, []
    for name in names:
        printing = facts.printing(name)
        found.append(f"    {ledger.labels(str(printing.key), language)} {printing.text} ({name})")
    return found


@dataclass(frozen=True, slots=True)
class _Lines:
    """Lines of an explanation in one language."""

    language: str
    labels: FactLabels

    def __call__(self, key: str, **values: object) -> str:
        return (
            "  " + message(f"explain.{key}", **values).text(self.language, self.labels)
            if key != "about"
            else (message("explain.about", **values).text(self.language, self.labels))
        )

    def verdict(self, verdict: str, reason: str = "") -> str:
        """A verdict, with the reason why a number cannot be checked."""
        words = message(f"verdict.{verdict}").text(self.language)
        return f"{words} ({message(f'reason.{reason}').text(self.language)})" if reason else words

    def rule(self, rule: str) -> str:
        """A rule as the report calls it."""
        name = f"rule.{rule}"
        return message(name).text(self.language) if name in keys() else rule

    def rounding(self, rules: Iterable[str]) -> tuple[Message, ...]:
        """Rounding rules by their names."""
        return tuple(message(f"rounding.{rule}") for rule in rules)
