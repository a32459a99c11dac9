"""In how many drawn tables of counts is a claim that depends on them established?  Kept beside the data."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from aibaro.errors import FaultList, InputError, IntegrityError
from aibaro.messages import Code, Message, message
from aibaro.published import PublishedSurvey
from aibaro.reconstruct import MEASURES, chains_agree
from aibaro.results import Result

GRADES_FILE = "typical.csv"
#: Verdicts in the population that a drawn table may give, a column each.
TABLE_VERDICTS = ("established", "refuted", "imprecise", "not_significant", "depends")
#: Why a claim has no grade: those for which tables were drawn, and those for which none can be.
DRAWN_REASONS = ("chains", "rest")
GRADE_REASONS = (*DRAWN_REASONS, "few", "own", "tied", "mixed", "domain", "base")
_REMEDY = "run 'aibaro bounds --typical --recompute'"
_WHOLE, _DECIMAL = re.compile(r"[0-9]{1,9}"), re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class Grade(Result):
    """How a claim fares over tables of counts drawn from all that print allows.

    Parameters
    ----------
    claim : str
        Id of the claim.
    measure : {"answers", "tables"}
        What is equally likely: sets of answers of the respondents, or tables of counts.
    draws : int
        Tables drawn.
    verdicts : mapping of str to int
        Tables that give each verdict in the population, at 95%, with the correction of its family and by every
        supported interval method; ``depends`` where it hangs on more than counts.  Empty where there is no grade.
    chains : int
        Chains from different corners; 0 where all draws are independent.
    rhat, ess : float
        Worst agreement of the chains: largest split R-hat, smallest effective number of draws.
    steps, seed : int
        Steps of each chain, seed of the random numbers.
    reason : str
        Why there is no grade: ``chains`` (they disagree), ``rest`` (at every table it hangs on more than counts), or
        what tables cannot be drawn of; empty for a grade.
    """

    claim: str
    measure: str
    draws: int
    verdicts: Mapping[str, int]
    chains: int = 0
    rhat: float = 1.0
    ess: float = 0.0
    steps: int = 0
    seed: int = 0
    reason: str = ""

    @property
    def drawn(self) -> bool:
        """Whether tables were drawn."""
        return self.reason in {"", *DRAWN_REASONS}

    @property
    def share(self) -> float:
        """Share of the tables in which the claim is established; NaN where there is no grade."""
        return float("nan") if self.reason else self.verdicts.get("established", 0) / self.draws

    @property
    def line(self) -> Message:
        """The grade in a sentence, with how tables were drawn; or why there is none."""
        if self.reason == "chains":
            return message("typical.disagree", chains=self.chains, rhat=self.rhat, ess=self.ess)
        if self.reason:
            return message("typical.not_graded", why=message(f"typical.why_{self.reason}"))
        parts = [self._count("established", "established")]
        parts += [self._count("refuted", "refuted")] if self.verdicts.get("refuted") else []
        open_ = ("imprecise", "not_significant"), ("depends",)
        for name, verdicts in zip(("imprecise", "depends"), open_, strict=True):
            parts += [self._count(name, *verdicts)] if any(self.verdicts.get(v) for v in verdicts) else []
        return message(
            "typical.grade",
            draws=self.draws,
            parts=tuple(parts),
            measure=message(f"typical.{self.measure}"),
            how=how_drawn(self.chains, self.rhat, self.ess),
        )

    def _count(self, name: str, *verdicts: str) -> Message:
        return message(f"typical.part_{name}", count=sum(self.verdicts.get(verdict, 0) for verdict in verdicts))

    @property
    def sentence(self) -> Message | None:
        """The grade in few words; None where there is none."""
        if self.reason:
            return None
        refuted = self.verdicts.get("refuted", 0)
        counts = {"established": self.verdicts.get("established", 0), "draws": self.draws}
        return (
            message("typical.short_refuted", refuted=refuted, **counts)
            if refuted
            else message("typical.short", **counts)
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each verdict.

        Returns
        -------
        pandas.DataFrame
            ``claim``, ``measure``, ``verdict``, ``tables``, ``draws``, ``rhat``, ``ess``.
        """
        rows = [
            {"claim": self.claim, "measure": self.measure, "verdict": verdict, "tables": count}
            for verdict, count in sorted(self.verdicts.items())
        ]
        return pd.DataFrame(rows, columns=["claim", "measure", "verdict", "tables"]).assign(
            draws=self.draws, rhat=self.rhat, ess=self.ess
        )

    def summary(self, language: str = "en") -> str:
        """Say the grade.

        Parameters
        ----------
        language : {"en", "nl"}
            The language.

        Returns
        -------
        str
            One sentence.
        """
        return self.line.text(language)


def how_drawn(chains: int, rhat: float, ess: float) -> Message:
    """Say how tables were drawn, and how well chains agree.

    Parameters
    ----------
    chains : int
        Number of chains; 0 for independent draws.
    rhat, ess : float
        Largest split R-hat, smallest effective number of draws.

    Returns
    -------
    Message
        A few words.

    Examples
    --------
    >>> how_drawn(4, 1.02, 310.0).text()
    '4 chains from different corners, R-hat 1.02, 310 effective draws'
    """
    return message("typical.chains", chains=chains, rhat=rhat, ess=ess) if chains else message("typical.independent")


def read_grades(survey: PublishedSurvey) -> dict[str, Grade]:
    """Read in how many drawn tables each claim that depends on unpublished counts is established.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.

    Returns
    -------
    dict of str to Grade
        By claim, with those that have no grade and why; empty where the survey keeps no such file.

    Raises
    ------
    InputError
        With every row that is no grade: words and numbers that cannot be, counts that do not add to the draws, chains
        that do not agree.
    IntegrityError
        When figures or claims changed since the file was written.

    Examples
    --------
    >>> from aibaro.published import load
    >>> grades = read_grades(load("flanders-2023"))
    >>> grades["fl23.c.sizes.16"].share, grades["fl23.c.summary.08"].reason
    (1.0, 'own')
    """
    path = survey.folder / GRADES_FILE
    if not path.is_file():
        return {}
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    faults = FaultList("the grades cannot be used", where=f"{survey.name} / {GRADES_FILE}")
    rows = ({str(column): str(cell) for column, cell in row.items()} for row in frame.to_dict("records"))
    found = [grade for n, row in enumerate(rows, 2) if (grade := _read(row, f"row {n}", faults)) is not None]
    faults.raise_if_any(InputError)
    if set(frame["inputs"]) - {grades_inputs(survey)}:
        raise IntegrityError(
            "printed figures or claims changed since the grades were computed",
            where=f"{survey.name} / {GRADES_FILE}",
            parameter="inputs",
            expected=grades_inputs(survey),
            got=", ".join(sorted(set(frame["inputs"]))[:3]),
            hint=_REMEDY,
        )
    return {grade.claim: grade for grade in found}


def _read(row: Mapping[str, str], where: str, faults: FaultList) -> Grade | None:
    """One row; None where a cell is wrong."""
    before, reason = len(faults), row["reason"]
    drawn = reason in {"", *DRAWN_REASONS}
    for column, words in (("reason", ("", *GRADE_REASONS)), ("measure", MEASURES)):
        if row[column] not in words:
            expected = ", ".join(word or "an empty cell" for word in words)
            faults.add("unknown word", where=where, parameter=column, expected=expected, got=row[column][:80])
    for column in ("draws", *TABLE_VERDICTS, "chains", "steps", "seed"):
        if not _WHOLE.fullmatch(row[column]):
            faults.add("not a number", where=where, parameter=column, expected="a whole number", got=row[column][:80])
    for column in ("rhat", "ess"):
        if not (_DECIMAL.fullmatch(row[column]) if drawn else row[column] == ""):
            expected = "a number" if drawn else "an empty cell, as no tables were drawn"
            faults.add("not a number", where=where, parameter=column, expected=expected, got=row[column][:80])
    if len(faults) > before:
        return None
    verdicts = {name: int(row[name]) for name in TABLE_VERDICTS if int(row[name])}
    whole = {name: int(row[name]) for name in ("draws", "chains", "steps", "seed")}
    rhat, ess = float(row["rhat"] or 1.0), float(row["ess"] or 0.0)
    grade = Grade(row["claim"], row["measure"], verdicts=verdicts, rhat=rhat, ess=ess, reason=reason, **whole)
    _check(grade, where, faults)
    return grade if len(faults) == before else None


def _check(grade: Grade, where: str, faults: FaultList) -> None:
    counted, agree = sum(grade.verdicts.values()), chains_agree(grade.chains, grade.rhat, grade.ess)
    wanted = grade.draws if grade.reason in {"", "rest"} else 0
    if not grade.draws or counted != wanted:
        faults.add(
            "the verdicts of the tables do not add to the draws",
            where=where,
            parameter="draws",
            expected=f"{wanted} tables, and at least one draw",
            got=f"{counted} tables, {grade.draws} draws",
        )
    elif (grade.verdicts.get("depends", 0) == grade.draws) != (grade.reason == "rest"):
        faults.add(
            "a claim that hangs on more than counts at every table, and no other, has no grade for that reason",
            where=where,
            parameter="reason",
            expected="rest" if grade.reason != "rest" else "a grade",
            got=grade.reason or "an empty cell",
        )
    if grade.drawn and agree == (grade.reason == "chains"):
        faults.add(
            "a grade needs chains that agree, and chains that agree give one",
            where=where,
            parameter="rhat, ess",
            expected="chains that agree" if grade.reason != "chains" else "chains that do not agree",
            got=f"R-hat {grade.rhat:g}, {grade.ess:g} effective draws",
        )


def grades_inputs(survey: PublishedSurvey) -> str:
    """Hash what grades depend on, in whatever order it stands: strata, figures, bases, relations, claims, families.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.

    Returns
    -------
    str
        Sixteen hexadecimal digits.

    Examples
    --------
    >>> from aibaro.published import load
    >>> len(grades_inputs(load("topdesk-2025")))
    16
    """
    figures = survey.printed[["item", "base", "domain", "level", "wave", "group", "kind", "weighted", "printed"]]
    bases = survey.bases[["base", "parent", "definition", "respondents"]]
    claims = survey.claims[["id", "rule", "inputs", "parameters"]]
    relations = survey.relations[["kind", "parts", "whole"]]
    text = "\n".join(
        table.sort_values(list(table.columns)).to_csv(index=False, lineterminator="\n")
        for table in (survey.strata, figures, bases, relations, claims, survey.comparisons)
    )
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Grades:
    """Grades that ship with a survey.

    Parameters
    ----------
    by_claim : mapping of str to Grade
        The grades.
    stale : tuple of Message
        Why a file that is there was left out.
    """

    by_claim: Mapping[str, Grade] = field(default_factory=dict)
    stale: tuple[Message, ...] = ()

    def left_over(self, judged: Mapping[str, str]) -> tuple[Message, ...]:
        """Say which grades are of claims whose verdict in the population does not depend.

        Parameters
        ----------
        judged : mapping of str to str
            Verdicts in the population, by claim.

        Returns
        -------
        tuple of Message
            One sentence that names them; none where there are none.
        """
        names = [claim for claim, verdict in judged.items() if verdict != "depends" and claim in self.by_claim]
        return (message("typical.left_over", claims=tuple(map(Code, names))),) if names else ()


def shipped_grades(survey: PublishedSurvey) -> Grades:
    """Read the grades that ship with a survey; none where they were computed for other figures or claims.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.

    Returns
    -------
    Grades
        Empty where no file ships.

    Examples
    --------
    >>> from aibaro.published import load
    >>> shipped_grades(load("topdesk-2025"))
    Grades(by_claim={}, stale=())
    """
    try:
        return Grades(read_grades(survey))
    except IntegrityError:
        return Grades(stale=(message("typical.stale"),))
