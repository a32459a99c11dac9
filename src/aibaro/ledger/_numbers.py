"""Every printed number with its verdict, its argument and, where figures cannot all hold, who else may be wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from fractions import Fraction
from itertools import islice

from aibaro.consistency import Conflict, Judgement, Statement, Suspect, counts, judgements
from aibaro.consistency.slips import alike
from aibaro.errors import IntegrityError
from aibaro.facts import Fact, Facts, Key, Printing, soft_words, value_words
from aibaro.ledger._claim_rules import EXACT_RULES, Claim
from aibaro.ledger.comparisons import RULES, exact, resolve
from aibaro.messages import Message, message
from aibaro.published.schema import WHOLE_BASE
from aibaro.reconstruct import detection_limits
from aibaro.rounding import Interval, PrintedNumber, parse_printed

# --- How large a misprint would the other figures have betrayed?  Shipped beside the data, put beside the statements.

HUNDRED = Fraction(100)


@dataclass(frozen=True, slots=True)
class Limit:
    """Smallest misprints of a figure that all tables of counts contradict; None where no printable one is.

    Parameters
    ----------
    down, up : Fraction or None
        Points below and above the printed number.
    """

    down: Fraction | None
    up: Fraction | None

    @property
    def step(self) -> Message:
        """The limit as a step of an argument."""
        ends = {"down": self.down, "up": self.up}
        said = {side: message("sentence.points", value=exact(end)) for side, end in ends.items() if end is not None}
        if len(said) == 2:
            return message("ledger.detection", **said)
        (side, size), *_ = said.items()
        return message(f"ledger.detection_{side}", size=size)


@dataclass(frozen=True, slots=True)
class Limits:
    """Detection limits of a survey.

    Parameters
    ----------
    by_key : mapping of Key to Limit
        The limits by figure.
    stale : tuple of Message
        Why a file that is there was left out.
    """

    by_key: Mapping[Key, Limit] = field(default_factory=dict)
    stale: tuple[Message, ...] = ()


def shipped_limits(facts: Facts) -> Limits:
    """Read the detection limits that ship with a survey; none where they were computed for other figures.

    Parameters
    ----------
    facts : Facts
        The survey's facts.

    Returns
    -------
    Limits
        Empty where no file ships.

    Examples
    --------
    >>> from aibaro.facts import Facts
    >>> from aibaro.published import load
    >>> found = shipped_limits(Facts.of(load("flanders-2023"))).by_key[Key.parse("technology.nlg|size_class=large")]
    >>> float(found.down), float(found.up)
    (3.6, 2.1)
    """
    try:
        frame = detection_limits(facts.survey)
    except IntegrityError:
        return Limits(stale=(message("ledger.stale_limits"),))
    found: dict[Key, Limit] = {}
    for row in frame.to_dict("records"):
        key = Key(str(row["item"]), str(row["base"]), str(row["domain"]), str(row["level"]))
        decimals = parse_printed(str(row["printed"])).decimals
        ends = [None if row[side] != row[side] else round(row[side] * 10**decimals) for side in ("down", "up")]
        down, up = (None if end is None else Fraction(end, 10**decimals) for end in ends)
        if down is not None or up is not None:
            found[key] = Limit(down, up)
    return Limits(found)


def limited(judgement: Judgement, printing: Printing, limit: Limit) -> Judgement:
    """Add what tables of counts would have rejected to what the statements would have.

    Parameters
    ----------
    judgement : Judgement
        What the statements say.
    printing : Printing
        The printing.
    limit : Limit
        The limit of its figure.

    Returns
    -------
    Judgement
        With the power and the detection limit of both together; a figure that the statements leave open is
        ``consistent`` where tables of counts would have rejected another print.
    """
    value, unit = printing.value or Fraction(0), printing.unit_of_print
    low = Fraction(0) if limit.down is None else value - limit.down + unit
    high = HUNDRED if limit.up is None else value + limit.up - unit
    if judgement.detection_limit is not None:
        low, high = max(low, value - judgement.detection_limit), min(high, value + judgement.detection_limit)
    accepted, printable = (high - low) / unit + 1, HUNDRED / unit + 1
    power = max(judgement.power or Fraction(0), 1 - accepted / printable)
    found = replace(judgement, power=power, detection_limit=max(value - low, high - value))
    if judgement.verdict == "not_checkable":
        return replace(found, verdict="consistent", reason="")
    return found


# --- Every printed number with its verdict, its argument and, where figures cannot all hold, who else may be wrong.

THIRD_PARTY = "third_party"
# an end beyond every printed number is no end
FAR = Fraction(10**9)
# ids and statements that are written out; a fact that is printed a thousand times would fill pages
MOST_IDS, MOST_STATEMENTS = 60, 8
# beyond so many answers nearly every printable percentage is reachable
MOST_ANSWERS = 500
# which statement says most about a number, the ones that a reader can redo by hand first
ORDER = (
    "range",
    "balance",
    "exhaustive",
    "ratio",
    "difference",
    "change",
    "mixture",
    "granular",
    "count",
    "union",
    "exclusive",
    "subset",
    "error",
    "repeat",
)
# equations that a claim may state of a number; the first two have counts alone on their right side
COUNTED = ("count_of", "ratio_of")
EQUATIONS = (*COUNTED, "balance", "sum_of")
_DECIDED = {"supported": "reproduced", "rounding_dependent": "rounding_dependent", "contradicted": "in_conflict"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One printed number in the ledger.

    Parameters
    ----------
    printing : Printing
        The printing.
    fact : Fact
        The fact that it states.
    judgement : Judgement
        What the other figures say of it.
    verdict, reason : str
        The verdict, and why it cannot be checked.
    rule : str
        Kind of the statement that says most, or why nothing does.
    inputs : tuple of str
        Ids of the other printings in that statement.
    argument : tuple of Message
        The whole argument, one message per step.
    repeats : tuple of str
        Ids of the other printings of the same fact in digits.
    mark : str
        The mark that is printed in the place of a number and stands for none, by the descriptor of the survey.
    """

    printing: Printing
    fact: Fact
    judgement: Judgement
    verdict: str
    reason: str
    rule: str
    inputs: tuple[str, ...]
    argument: tuple[Message, ...]
    repeats: tuple[str, ...]
    mark: str = ""

    @property
    def id(self) -> str:
        """Id of the printing."""
        return self.printing.id

    @property
    def interval(self) -> Interval | None:
        """Values that the other figures allow."""
        return self.judgement.interval

    @property
    def power(self) -> Fraction | None:
        """Share of printable values that the statements would have rejected."""
        return self.judgement.power

    @property
    def detection_limit(self) -> Fraction | None:
        """Largest misprint that would go unnoticed."""
        return self.judgement.detection_limit

    @property
    def suspects(self) -> tuple[str, ...]:
        """Printings of which one is wrong, this one among them; empty where nothing is in conflict."""
        return () if self.judgement.conflict is None else self.judgement.conflict.ids

    @property
    def would_hold(self) -> dict[str, object] | None:
        """The values with which all would hold, and the slip that gives one of them."""
        conflict = self.judgement.conflict
        own = next((s for s in conflict.suspects if self.id in s.ids), None) if conflict is not None else None
        return None if own is None else {**ends_of(own), "slip": slip_of(own)}

    @property
    def passes(self) -> tuple[str, ...]:
        """Rounding rules under which all that it takes part in holds."""
        if self.verdict == "not_checkable":
            return ()
        conflict = self.judgement.conflict
        return (self.fact.rounding,) if conflict is None else conflict.holds_under

    @property
    def fails(self) -> tuple[str, ...]:
        """Rounding rules under which it does not."""
        conflict = self.judgement.conflict
        if conflict is None:
            return ()
        return tuple(rule for rule in dict.fromkeys((self.fact.rounding, *RULES)) if rule not in conflict.holds_under)

    @property
    def sentence(self) -> Message:
        """What was found, in one plain sentence."""
        return number_sentence(self)

    @property
    def needed(self) -> Message | None:
        """What would have to be published, or declared, so that the number can be checked."""
        if self.mark:
            return message("ledger.needed_mark")
        return message(f"ledger.needed_{self.reason}") if self.verdict == "not_checkable" else None


def assess(
    facts: Facts,
    claims: Sequence[Claim] = (),
    only: Sequence[str] = ("*",),
    *,
    judged: Mapping[str, Judgement] | None = None,
    spoken: Mapping[str, Judgement] | None = None,
    limits: Mapping[Key, Limit] | None = None,
) -> tuple[Entry, ...]:
    """Return every printed number its verdict.

    Parameters
    ----------
    facts : Facts
        The survey's facts.
    claims : sequence of Claim
        Its claims; some state an equation of their own, or that a figure is cited.
    only : sequence of str
        Globs over ids: other numbers are left out.
    judged, spoken : mapping of str to Judgement, optional
        Judgements from digits alone, and with words read as digits; by default they are made here, of the numbers
        that are asked for.
    limits : mapping of Key to Limit, optional
        How large misprints would have been noticed; by default as it ships with the survey.

    Returns
    -------
    tuple of Entry
        One per printing, in the order of ``printed.csv``.

    Examples
    --------
    >>> from aibaro.facts import Facts
    >>> from aibaro.published import load
    >>> entries = assess(Facts.of(load("topdesk-2025")))
    >>> entries[0].verdict, entries[0].reason
    ('not_checkable', 'date')
    """
    asked = [p for p in facts.printings if p.named and matches(p.id, only)]
    keys = None if len(asked) == len(facts.printings) else {p.key for p in asked}
    found = judgements(facts, keys) if judged is None else judged
    if spoken is None:
        # words are asked where digits alone say nothing
        spoken = with_words(facts, {p.key for p in asked if found[p.id].verdict == "not_checkable"})
    known = shipped_limits(facts).by_key if limits is None else limits
    desk = _Desk(facts, found, spoken, _cited(claims), _stated(facts, claims), alike(facts), known)
    return tuple(desk.entry(p) for p in asked)


def number_sentence(entry: Entry) -> Message:
    """Say what the other figures make of a printed number.

    Parameters
    ----------
    entry : Entry
        The number with its verdict.

    Returns
    -------
    Message
        One sentence.
    """
    verdict = entry.verdict
    quoted = _quoted(entry.printing)
    if entry.mark:
        return message("sentence.reason_mark", mark=entry.mark)
    if verdict == "not_checkable":
        return message(f"sentence.reason_{_why(entry)}")
    if verdict == "rounding_dependent":
        return message("sentence.rounding_dependent", printed=quoted)
    if verdict == "in_conflict":
        others = len(entry.suspects) - 1
        if others > 1:
            return message("sentence.in_conflict", printed=quoted, count=others)
        return message("sentence.in_conflict_one", printed=quoted)
    if verdict == "inconsistent":
        held = entry.would_hold or {}
        ends = [None if held.get(end) is None else Fraction(str(held[end])) for end in ("low", "high")]
        value = _span(ends[0], ends[1], entry.printing.decimals)
        if value is None:
            return message("sentence.inconsistent_alone", printed=quoted)
        return message("sentence.inconsistent", printed=quoted, value=value)
    band = entry.interval
    value = None if band is None or band.empty else _span(band.lower, band.upper, entry.printing.decimals)
    if value is None:
        return message("sentence.agrees", printed=quoted)
    if band is not None and band.lower == band.upper == entry.printing.value:
        return message("sentence.exact", printed=quoted, value=value)
    return message(f"sentence.{verdict}", printed=quoted, value=value)


def _why(entry: Entry) -> str:
    """Why a number cannot be checked: its reason, or that whatever it could be held against is in doubt."""
    aside = entry.reason == "no_second_figure" and entry.judgement.set_aside
    return "in_doubt" if aside else entry.reason


def _quoted(printing: Printing) -> Message:
    """The printed characters between quotation marks; words with what they say, unless they say it in English."""
    plain = message("sentence.quoted", text=printing.text)
    if not printing.soft:
        return plain
    words = soft_words(printing.text, printing.qualifier, printing.band)
    said = words.text("en") == printing.text.lower()
    return plain if said else message("sentence.quoted_words", text=printing.text, words=words)


def _span(low: Fraction | None, high: Fraction | None, decimals: int) -> Message | Fraction | None:
    """A range, one end of it, or a value, two places finer than print; None where it says nothing."""
    unit = Fraction(10) ** -(decimals + 2)
    low, high = (None if end is None or abs(end) > FAR else exact(round(end / unit) * unit) for end in (low, high))
    if low is None and high is None:
        return None
    if low is None or high is None:
        key = "sentence.at_most" if low is None else "sentence.at_least"
        return message(key, **({"high": high} if low is None else {"low": low}))
    return low if low == high else message("sentence.span", low=low, high=high)


def slip_of(suspect: Suspect) -> dict[str, str] | None:
    """The slip that explains a suspect: its kind, the other figure of an exchange, and the value that it gives."""
    kind, _, other = suspect.slip.partition(":")
    return {"kind": kind, "other": other, "value": suspect.value} if kind else None


def ends_of(suspect: Suspect) -> dict[str, float | None]:
    """Values with which all would hold; no zero is negative."""
    return {"low": None if suspect.low is None else suspect.low + 0.0, "high": suspect.high}


def condition_of(facts: Facts, entry: Entry) -> Message | None:
    """Say what would follow for a percentage if its whole base had answered and no answer were weighted."""
    printing = entry.printing
    plain = printing.kind == "percentage" and printing.value is not None and printing.band is None
    known = printing.weighted != "unknown" or facts.weighting(entry.fact).kind != "unknown"
    number = PrintedNumber(printing.text, printing.value or Fraction(0), printing.decimals, True)
    n = _answers(facts, printing.key.base, printing.key)
    if not plain or known:
        return None
    if 0 < n < MOST_ANSWERS:
        found = counts(n, number, facts.rounding)
        key = "ledger.condition_some" if found else "ledger.condition_none"
        return message(key, n=n, printed=printing.text, **({"k": found[0]} if found else {}))
    return _condition_inside(facts, printing, number)


def _condition_inside(facts: Facts, printing: Printing, number: PrintedNumber) -> Message | None:
    """The same of a base whose size is not printed, but whose share of its parent is."""
    base = facts.bases.get(printing.key.base)
    if base is None or base.share is None or base.share[1] != "inside":
        return None
    domain, level, wave, group = printing.key.place
    share = facts.get(base.share[0].about(domain=domain, level=level, wave=wave, group=group))
    n = _answers(facts, base.parent or WHOLE_BASE, printing.key)
    if share is None or share.soft or share.best.band is not None or not 0 < n < MOST_ANSWERS:
        return None
    own = PrintedNumber(share.best.text, share.value or Fraction(0), share.decimals, True)
    members = [m for m in counts(n, own, facts.rounding) if m]
    found = [(k, m) for m in members for k in counts(m, number, facts.rounding)]
    if not members:
        return None
    shown = {"n": n, "share": share.best.text, "members": " / ".join(map(str, members)), "printed": printing.text}
    if not found:
        return message("ledger.condition_inside_none", **shown)
    return message("ledger.condition_inside", k=found[0][0], of=found[0][1], **shown)


def _answers(facts: Facts, base: str, key: Key) -> int:
    """Printed number of respondents of a base at a place; 0 where it is not printed as a count."""
    size = facts.size(base, *key.place)
    return int(size.value or 0) if size is not None and size.exact else 0


def with_words(facts: Facts, keys: Collection[Key] | None = None) -> Mapping[str, Judgement]:
    """Judge once more with words read as if they were digits, where facts are printed in words alone.

    Parameters
    ----------
    facts : Facts
        The survey's facts.
    keys : collection of Key, optional
        Judge the printings of these facts alone; by default all.

    Returns
    -------
    mapping of str to Judgement
        By id of the printing.

    Examples
    --------
    >>> from aibaro.facts import facts_of
    >>> from aibaro.published import load
    >>> with_words(facts_of(load("softwareone-2025")), [])
    {}
    """
    if keys is not None and not keys:
        return {}
    other = facts.with_words()
    return {} if other is facts else judgements(other, keys)


def matches(name: str, globs: Sequence[str]) -> bool:
    """Tell whether an id is asked for.

    Parameters
    ----------
    name : str
        The id.
    globs : sequence of str
        Patterns such as ``fl23.t3.*``.

    Returns
    -------
    bool
        True when one pattern matches.

    Examples
    --------
    >>> matches("fl23.t3.nlg.nace-58-63", ["fl23.t3.*"])
    True
    """
    return any(fnmatchcase(name, pattern) for pattern in globs)


def _cited(claims: Iterable[Claim]) -> frozenset[str]:
    """References to figures that claims say are cited from elsewhere."""
    declared = [c for c in claims if c.rule == "not_checkable" and c.parameters.get("reason") == THIRD_PARTY]
    return frozenset(reference for claim in declared for section in claim.sections for reference in section)


def _stated(facts: Facts, claims: Iterable[Claim]) -> dict[str, list[Claim]]:
    """Claims that state how a figure comes from others, by the figure's fact."""
    found: dict[str, list[Claim]] = {}
    for claim in claims:
        if claim.rule in EQUATIONS and claim.sections and claim.sections[0]:
            for quantity in resolve(facts, claim.sections[0][0]):
                found.setdefault(quantity.fact, []).append(claim)
    return found


@dataclass(frozen=True, slots=True)
class _Desk:
    facts: Facts
    judged: Mapping[str, Judgement]
    spoken: Mapping[str, Judgement]
    cited: frozenset[str]
    stated: Mapping[str, list[Claim]]
    alike: Mapping[Key, tuple[Message, ...]]
    limits: Mapping[Key, Limit]
    told: dict[int, tuple[Message, ...]] = field(default_factory=dict)

    def argument(self, of: Statement | Conflict) -> tuple[Message, ...]:
        """An argument, made once for all figures that it is about."""
        if id(of) not in self.told:
            self.told[id(of)] = of.argument
        return self.told[id(of)]

    def entry(self, printing: Printing) -> Entry:
        """Judge one printing."""
        fact, judgement = self.facts[printing.key], self.judged[printing.id]
        others = [p.id for p in fact.hard if p.id != printing.id and p.named and not p.soft]
        repeats = tuple(others[:MOST_IDS])
        conflict, steps = judgement.conflict, list[Message]()
        if conflict is not None:
            steps += self.argument(conflict)
        chosen = sorted(judgement.statements, key=_strength)
        for statement in chosen[:MOST_STATEMENTS]:
            steps += self.argument(statement)
        if len(chosen) > MOST_STATEMENTS:
            steps.append(message("ledger.more_statements", count=len(chosen) - MOST_STATEMENTS))
        limit = self.limits.get(printing.key)
        if limit is not None and conflict is None and printing.kind == "percentage" and not printing.soft:
            judgement = limited(judgement, printing, limit)
            steps.append(limit.step)
        verdict, reason = judgement.verdict, judgement.reason
        rule = conflict.statements[0].kind if conflict and conflict.statements else chosen[0].kind if chosen else ""
        if limit is not None and not rule:
            rule = "granular"  # tables of counts are all that says something of it
        inputs = _others(conflict.ids if conflict else chosen[0].ids if chosen else (), printing.id)
        mark = printing.text if self.facts.survey.marks.get(printing.text) == "" and printing.value is None else ""
        made = Entry(printing, fact, judgement, verdict, reason, rule, inputs, (), repeats, mark)
        if verdict in {"not_checkable", "consistent"} and reason not in {"date", "definition"}:
            made, more = self._equation(made)
            steps[:0] = more
        if reason == "date":
            steps.append(message("ledger.why_date"))
        elif made.verdict == "not_checkable":
            made, more = self._second(made)
            steps += more
        if printing.soft and not fact.soft:
            words = soft_words(printing.text, printing.qualifier, printing.band)
            steps.insert(0, message("ledger.words_for", words=words, digits=value_words(fact)))
            made = replace(made, rule="words", inputs=tuple(p.id for p in fact.hard[:MOST_IDS]))
        steps += self.alike.get(printing.key, ())
        if repeats:
            steps.append(message("ledger.repeats", ids=repeats))
        if len(others) > len(repeats):
            steps.append(message("messages.more", count=len(others) - len(repeats)))
        rule = made.rule if made.verdict != "not_checkable" else made.reason
        return replace(made, rule=rule, inputs=made.inputs[:MOST_IDS], argument=tuple(dict.fromkeys(steps)))

    def _second(self, entry: Entry) -> tuple[Entry, list[Message]]:
        """Look further for a number that digits alone cannot check."""
        printing = entry.printing
        name = str(printing.key.about(measure="share"))
        if printing.key.base.split(".")[0] == THIRD_PARTY or self.cited & {name, printing.id}:
            return replace(entry, reason=THIRD_PARTY), [message("ledger.cited")]
        spoken = self.spoken.get(entry.fact.best.id)
        if spoken is None or spoken.interval is None or not spoken.power or printing.qualifier == "vague":
            return entry, self._nothing(entry)
        own = printing.interval(self.facts.rounding)
        if own is None or not own.meets(spoken.interval):
            return entry, self._nothing(entry)
        chosen = sorted(spoken.statements, key=_strength)
        steps = [step for statement in chosen[:MOST_STATEMENTS] for step in self.argument(statement)]
        rule, ids = (chosen[0].kind, chosen[0].ids) if chosen else ("words", ())
        soft = replace(spoken, conflict=None)
        found = replace(entry, judgement=soft, verdict="consistent", reason="", rule=rule)
        steps.append(message("ledger.rests_on_words"))
        return replace(found, inputs=_others(ids, printing.id)), steps

    def _equation(self, entry: Entry) -> tuple[Entry, list[Message]]:
        """Hold a number against an equation that a claim states."""
        for claim in self.stated.get(str(entry.printing.key.about(measure="share")), ()):
            sections = [[q for ref in section for q in resolve(self.facts, ref)] for section in claim.sections]
            computed = EXACT_RULES[claim.rule](self.facts, sections, claim.parameters).computed
            if entry.verdict == "consistent" and claim.rule not in COUNTED:
                continue
            if computed is not None and not entry.printing.soft:
                ids = tuple(q.id for section in sections[1:] for q in section)
                verdict = _DECIDED[computed.verdict(self.facts.rounding)]
                return replace(entry, verdict=verdict, reason="", rule=claim.rule, inputs=ids), [computed.step]
        return entry, []

    def _nothing(self, entry: Entry) -> list[Message]:
        """Say what is missing."""
        if entry.mark:
            return [message("ledger.why_mark", mark=entry.mark)]
        words = entry.printing.kind == "verbal" and entry.printing.qualifier == "vague"
        steps = [message("ledger.vague_words" if words else f"ledger.why_{_why(entry)}")]
        condition = condition_of(self.facts, entry)
        return steps if condition is None else [*steps, condition]


def _others(ids: Sequence[str], own: str) -> tuple[str, ...]:
    """The other printings, as many as are named."""
    return tuple(islice((name for name in ids if name != own), MOST_IDS))


def _strength(statement: Statement) -> tuple[bool, int, bool, int]:
    known = ORDER.index(statement.kind) if statement.kind in ORDER else len(ORDER)
    return statement.binding != "yes", known, statement.relation != "=", len(statement.ids)
