"""One survey with its facts, statements, verdicts, bounds and comparisons; each is built once, when first asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aibaro.consistency import (
    Addition,
    ClassShare,
    Conflict,
    Judgement,
    Statement,
    WeightingResult,
    accused_by,
    additions,
    judgements,
    shares,
    statements,
)
from aibaro.errors import AibaroError, InputError
from aibaro.facts import Facts, facts_of
from aibaro.ledger import (
    Grades,
    Ledger,
    Limits,
    assess,
    conflicts_of,
    explain_id,
    read_claims,
    second_figures,
    shipped_grades,
    shipped_limits,
    suspected,
    weighting_of,
    with_words,
)
from aibaro.messages import Message, message
from aibaro.published import PublishedSurvey, open_survey, unknown_id
from aibaro.rounding import Interval

if TYPE_CHECKING:
    import pandas as pd

    from aibaro.compare import Differences
    from aibaro.ledger import Claim, ClaimVerdict, Entry, Evidence, Finding
    from aibaro.reconstruct import WholeCounts

PARTS = ("tables", "overall")


def open(name_or_folder: str | Path) -> Study:
    """Open a bundled survey, or a folder, as one object.

    Parameters
    ----------
    name_or_folder : str or pathlib.Path
        Id of a bundled survey, or a folder with at least ``printed.csv``.

    Returns
    -------
    Study
        The survey; nothing is computed before it is asked for.

    Raises
    ------
    InputError
        With every fault of the files.

    Examples
    --------
    >>> study = open("topdesk-2025")
    >>> len(study.numbers), study.conflicts
    (24, ())
    """
    return Study(open_survey(str(name_or_folder)))


# cached_property keeps results in the instance's dictionary, so this class has no slots
@dataclass(frozen=True, eq=False, repr=False)
class Study:
    """Everything that is known of one survey.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    given : mapping of str to object
        Results that were computed elsewhere, by the name of the property: ``differences``, ``tables``, ``overall``,
        ``ledger``.

    Examples
    --------
    >>> open("softwareone-2025").ledger.counts()["inconsistent"]
    0
    """

    survey: PublishedSurvey
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Id of the survey."""
        return self.survey.name

    @cached_property
    def facts(self) -> Facts:
        """Which values the printed facts stand for."""
        return facts_of(self.survey)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """What ties the printed figures."""
        return statements(self.facts)

    @cached_property
    def digits(self) -> Mapping[str, Judgement]:
        """What the statements say of each printing, counts taken for real numbers."""
        return judgements(self.facts)

    @cached_property
    def whole(self) -> WholeCounts:
        """What whole numbers of respondents in strata exclude, and what was not decided."""
        from aibaro.reconstruct import whole_counts

        return whole_counts(self.facts, apart=suspected(self.digits))

    @cached_property
    def judged(self) -> Mapping[str, Judgement]:
        """What the other figures say of each printing."""
        return accused_by(self.digits, self.whole.conflicts)

    @cached_property
    def spoken(self) -> Mapping[str, Judgement]:
        """The same with words read as digits."""
        return with_words(self.facts)

    @cached_property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Statements that cannot hold together, and who may be to blame."""
        return conflicts_of(self.judged)

    @cached_property
    def declared_claims(self) -> tuple[Claim, ...]:
        """The claims as they are written down."""
        return read_claims(self.survey)

    @cached_property
    def numbers(self) -> tuple[Entry, ...]:
        """Every printed number with its verdict."""
        limits = self.limits.by_key
        return assess(self.facts, self.declared_claims, judged=self.judged, spoken=self.spoken, limits=limits)

    @cached_property
    def limits(self) -> Limits:
        """How large misprints would have been noticed, as it ships with the survey."""
        return shipped_limits(self.facts)

    @cached_property
    def grades(self) -> Grades:
        """In how many drawn tables claims that depend on them are established, as it ships with the survey."""
        return shipped_grades(self.survey)

    @cached_property
    def evidence(self) -> Evidence | None:
        """What is known about the precision of the figures."""
        from aibaro.ledger import evidence_for

        return evidence_for(self.facts)

    @cached_property
    def claims(self) -> tuple[ClaimVerdict, ...]:
        """Every claim with both verdicts."""
        return self._judged(self.declared_claims, second_figures(self.spoken))

    def _judged(
        self, claims: Sequence[Claim], second: Mapping[str, Interval], only: Collection[str] | None = None
    ) -> tuple[ClaimVerdict, ...]:
        from aibaro.ledger import judge_claims

        grades = self.grades.by_claim
        judge = partial(judge_claims, self.facts, claims, recomputed=second, only=only, grades=grades)
        try:
            return judge(evidence=self.evidence)
        except AibaroError:
            # print that contradicts itself leaves no table of counts, hence no test: the numbers' verdicts say why;
            # faults of the claims themselves are raised again
            return judge()

    @cached_property
    def weighting(self) -> WeightingResult | None:
        """Which weighting the printed figures allow."""
        return weighting_of(self.facts, self.conflicts)

    @cached_property
    def shares(self) -> tuple[ClassShare, ...]:
        """Class shares that make whole tables add up."""
        return shares(self.facts)

    @cached_property
    def additions(self) -> tuple[Addition, ...]:
        """What would make most further numbers checkable."""
        return additions(self.facts)

    @cached_property
    def ledger(self) -> Ledger:
        """Numbers, claims and conflicts together."""
        if "ledger" in self.given:
            found: Ledger = self.given["ledger"]
            return found
        return Ledger(
            self.facts,
            self.numbers,
            self.claims,
            self.weighting,
            self.conflicts,
            self.shares,
            self.additions,
            (
                *self.whole.undecided,
                *self.limits.stale,
                *self.grades.stale,
                *self.grades.left_over({v.claim.id: v.population for v in self.claims}),
            ),
        )

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What deserves attention, most serious first."""
        from aibaro.ledger import findings

        return findings([self.ledger])

    @cached_property
    def differences(self) -> Differences | None:
        """All comparisons that the printed figures allow; None where they allow none."""
        return self.given["differences"] if "differences" in self.given else compared(self.survey)

    @cached_property
    def bounds(self) -> pd.DataFrame | None:
        """Certified bounds of items printed for several domains, with their intervals; None where none ship."""
        found = self._part("tables")
        return None if found is None else found[0]

    @cached_property
    def overall(self) -> pd.DataFrame | None:
        """The same of items printed overall alone."""
        found = self._part("overall")
        return None if found is None else found[0]

    @property
    def verified(self) -> tuple[Message, ...]:
        """What was verified of the bounds and grades that ship with the survey."""
        bounds = tuple(found[1] for part in PARTS if (found := self._part(part)) is not None)
        graded = sum(not grade.reason for grade in self.grades.by_claim.values())
        others = len(self.grades.by_claim) - graded
        grades = (message("summary.verified_grades", graded=graded, others=others),)
        return bounds + grades if self.grades.by_claim else bounds

    def _part(self, part: str) -> tuple[pd.DataFrame, Message] | None:
        return self._tables if part == "tables" else self._overall

    @cached_property
    def _tables(self) -> tuple[pd.DataFrame, Message] | None:
        return self.given["tables"] if "tables" in self.given else bounded(self.survey, "tables")

    @cached_property
    def _overall(self) -> tuple[pd.DataFrame, Message] | None:
        return self.given["overall"] if "overall" in self.given else bounded(self.survey, "overall")

    def explain(self, name: str, language: str = "en") -> str:
        """Return the whole argument for a number, a fact or a claim; only what it needs is computed.

        Parameters
        ----------
        name : str
            Id of a printing or claim, or a fact.
        language : {"en", "nl"}
            Language of the argument.

        Returns
        -------
        str
            The argument.

        Raises
        ------
        InputError
            For a name that nothing carries; near ones are proposed.

        Examples
        --------
        >>> print(open("topdesk-2025").explain("td25.text.integrated").splitlines()[0])
        td25.text.integrated (topdesk-2025)
        """
        known = self.names()
        if name not in known:
            raise unknown_id(name, known)
        own = next((claim for claim in self.declared_claims if claim.id == name), None)
        if own is not None:
            return explain_id([Ledger(self.facts, (), self._claim(own))], name, language)
        ledger = Ledger(self.facts, self._entries(self._printings(name)), ())
        if not ledger.entries:
            raise unknown_id(name, known)
        return "\n\n".join(explain_id([ledger], entry.id, language) for entry in ledger.entries)

    def _claim(self, claim: Claim) -> tuple[ClaimVerdict, ...]:
        """Judge a claim by itself: its family is asked how many tests it makes."""
        from aibaro.ledger.claims import soft_keys

        family = [c for c in self.declared_claims if c.family == claim.family]
        second = second_figures(with_words(self.facts, soft_keys(self.facts, family)))
        return self._judged(family, second, {claim.id})

    def _printings(self, name: str) -> tuple[str, ...]:
        """Ids of the printing of this name, or of those of the fact of this name."""
        frame = self.survey.printed
        facts = dict(zip(map(str, frame["id"]), map(str, frame["fact"]), strict=True))
        printings = {p.id: p.key for p in self.facts.printings if p.named}
        if name in printings:
            return (name,)
        return tuple(
            number
            for number, key in printings.items()
            if name in {str(key), str(key.about(measure="share")), facts.get(number)}
        )

    def _entries(self, names: Collection[str]) -> tuple[Entry, ...]:
        """Judge printings by themselves: what they hang on, and whole counts of their items."""
        facts = self.facts
        keys = {facts.printing(name).key for name in names}
        pairs: set[tuple[str, str]] = set()
        if not self.survey.strata.empty:
            own = {key.item for key in keys}
            pairs = {(f.key.item, f.key.base) for f in facts if f.key.item in own or self._members(f.key.base) & own}
            items = {item for pair in pairs for item in (pair[0], *self._members(pair[1]))}
            keys |= {fact.key for fact in facts if fact.key.item in items}
        digits = judgements(facts, keys)
        found: tuple[Conflict, ...] = ()
        if pairs:
            from aibaro.reconstruct import whole_counts

            found = whole_counts(facts, pairs, apart=suspected(digits)).conflicts
        only, limits = [escape(name) for name in names], self.limits.by_key
        return assess(facts, self.declared_claims, only, judged=accused_by(digits, found), limits=limits)

    def _members(self, base: str) -> frozenset[str]:
        """The item whose share is that of a base, where print says so."""
        known = self.facts.bases.get(base)
        return frozenset() if known is None or known.share is None else frozenset({known.share[0].item})

    def names(self) -> tuple[str, ...]:
        """List everything that can be explained: ids of numbers and claims, and facts.

        Returns
        -------
        tuple of str
            Ids first, in the order of the files.
        """
        return self.facts.names

    def __repr__(self) -> str:
        return f"Study({self.survey.name!r})"


def compared(survey: PublishedSurvey) -> Differences | None:
    """Compare what the printed figures allow to compare.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.

    Returns
    -------
    Differences or None
        None where the printed figures allow no comparison, or contradict each other.

    Raises
    ------
    InputError
        When figures cannot be compared although they do not contradict each other.
    """
    from aibaro.compare import declared, differences

    if not len(survey.strata) and not declared(survey):
        return None
    try:
        return differences(survey)
    except InputError:
        # figures that contradict each other cannot be compared: the ledger names them
        if conflicts_of(judgements(facts_of(survey))):
            return None
        raise


def bounded(survey: PublishedSurvey, part: str) -> tuple[pd.DataFrame, Message] | None:
    """Verify the bounds that ship with a survey and put intervals beside them.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    part : {"tables", "overall"}
        As for :func:`aibaro.reconstruct.read_bounds`.

    Returns
    -------
    tuple of (pandas.DataFrame, Message) or None
        Bounds with their intervals, and what was verified; None where none ship.
    """
    from aibaro.reconstruct import bounds_with_intervals, own_items, read_bounds, verify

    kept = read_bounds(survey, part)
    if kept.empty:
        return None
    pairs = sorted({(str(a), str(b)) for a, b in zip(kept["item"], kept["base"], strict=True)})
    systems = own_items(survey, pairs)
    found = verify(survey, part, systems=systems)
    told = message(f"summary.verified_{part}", rows=found.rows, tables=found.witnesses, **found.statuses)
    return bounds_with_intervals(survey, bounds=kept, systems=systems), told
