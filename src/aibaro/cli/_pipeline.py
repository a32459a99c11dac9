"""From surveys to files: the steps that ``replicate`` and ``check`` share."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

import pandas as pd

from aibaro.cli._terminal import say
from aibaro.files import csv_text, write_text_atomic
from aibaro.ledger import Drift, Ledger, build_ledger, drift, findings, spread, text_of
from aibaro.messages import LANGUAGES, message
from aibaro.published import PublishedSurvey
from aibaro.study import PARTS, Study, bounded, compared, headline, report_frames

# what a run leaves in its folder, as a reader opens it
LEDGERS = ("ledger.csv", "claim_verdicts.csv", "ledger.json")
INDEX = (
    *("report.html", "report.xlsx", *LEDGERS[:2], "differences.csv", "bounds.csv"),
    *("tables", "figures", "report.json", "ledger.json"),
)
TOP = 10
DRIFTS = 50
# longer lines are hard to read, however wide the window is
WIDEST = 100


# how long a ledger takes, and all figures of a survey in one language, where comparing takes one step
LEDGER, DRAWING = 2, 4


def begun(surveys: Sequence[PublishedSurvey], executor: Executor, lang: str = "en") -> tuple[Study, ...]:
    """Build everything of each survey, shared out so that no process waits long for another."""
    # what takes longest is begun first
    order = sorted(range(len(surveys)), key=lambda place: -len(surveys[place].printed))
    beside, built = {}, {}
    for place in order:
        survey = surveys[place]
        beside[place] = (
            executor.submit(compared, survey),
            {part: executor.submit(bounded, survey, part) for part in PARTS},
        )
        if place != order[0]:
            built[place] = executor.submit(build_ledger, survey)
    for place, survey in enumerate(surveys, 1):
        size = {"numbers": len(survey.printed), "claims": len(survey.claims)}
        say(message("summary.begun", place=place, total=len(surveys), name=survey.name, **size).text(lang))
    own = Study(surveys[order[0]]).ledger
    found = []
    for place, survey in enumerate(surveys):
        differences, parts = beside[place]
        given: dict[str, object] = {part: future.result() for part, future in parts.items()}
        given |= {
            "differences": differences.result(),
            "ledger": built[place].result() if place in built else own,
        }
        found.append(Study(survey, given))
    return tuple(found)


def write_all(
    studies: Sequence[Study],
    out: Path,
    lang: str,
    executor: Executor | None,
    *,
    workbook: bool = False,
    figures: str = "files",
) -> tuple[Path, ...]:
    """Write differences, bounds, report and figures, beside a ledger that is written already."""
    from aibaro.report import write_report

    ledgers = [study.ledger for study in studies]
    files: list[Path] = []
    say(message("summary.drawing").text(lang))
    for study in studies:
        for line in study.verified:
            say(f"{study.name}, {line.text(lang)}")
    bounds = [(s.name, part) for s in studies for part in (s.bounds, s.overall) if part is not None]
    differences = [(s.name, s.differences.to_frame()) for s in studies if s.differences is not None]
    for file, frames in (("bounds.csv", bounds), ("differences.csv", differences)):
        if frames:
            table = pd.concat([frame.assign(survey=name) for name, frame in frames], ignore_index=True)
            files.append(write_text_atomic(out / file, csv_text(table)))
    files += write_report(
        {study.name: report_frames(study) for study in studies},
        out,
        lang,
        findings=findings(ledgers),
        executor=executor,
        workbook=out / "report.xlsx" if workbook else None,
        figures=figures,
    )
    _clear(out, {path.name for path in files})
    files.append(write_text_atomic(out / "README.txt", contents({path.relative_to(out) for path in files}, lang)))
    return tuple(files)


def _clear(out: Path, written: set[str]) -> None:
    """Remove what an earlier run left here, by its own list of contents, and this one did not write anew."""
    listed = out / "README.txt"
    earlier = listed.read_text(encoding="utf-8").splitlines() if listed.is_file() else []
    if earlier[:1] not in [[message("summary.index").text(lang)] for lang in LANGUAGES]:
        return
    for name in {line.partition("  ")[0] for line in earlier[1:]} & {*INDEX} - {*written, *LEDGERS}:
        if (out / name).is_file():
            (out / name).unlink()


def contents(files: set[Path], lang: str) -> str:
    """Say in a line each what stands in the folder of a run, what to open first on top."""
    names = {str(path.parent) if len(path.parts) > 1 else path.name for path in files} | {*LEDGERS}
    told = [(name, message(f"summary.index_{Path(name).name.replace('.', '_')}").text(lang)) for name in INDEX]
    lines = [f"{name:<{max(map(len, INDEX))}}  {words}" for name, words in told if name in names]
    return "\n".join([message("summary.index").text(lang), "", *lines, ""])


def drifts(ledgers: Sequence[Ledger], only: Sequence[str]) -> tuple[Drift, ...]:
    """Compare ledgers with the pinned verdicts, where there are any."""
    pinned = [ledger for ledger in ledgers if len(ledger.facts.survey.verdicts)]
    return tuple(found for ledger in pinned for found in drift(ledger, only))


def key_lines(study: Study, language: str) -> list[str]:
    """Say the key figures of a survey with their intervals, how far to trust them and what does not fit."""
    from aibaro.report.overview import told

    head, *rest = told(study.survey, headline(study))
    failing = [verdict.claim for verdict in study.ledger.claims if verdict.as_printed == "contradicted"]
    lines = [wrapped(head[language]), *(wrapped(text[language], "  ") for text in rest)]
    if failing:
        fails = [message("summary.fails", words=claim.words(language)).text(language) for claim in failing]
        return [*lines, *(wrapped(line, "  ") for line in fails)]
    wrong = [entry for entry in study.ledger.entries if entry.verdict in {"inconsistent", "in_conflict"}]
    return lines if wrong else [*lines, wrapped(message("summary.fits").text(language), "  ")]


def wrapped(text: str, indent: str = "") -> str:
    """Break a sentence at the width of the terminal; further lines hang."""
    width = min(WIDEST, shutil.get_terminal_size((80, 24)).columns)
    return textwrap.fill(text, width, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False)


def counted(ledger: Ledger, language: str) -> list[str]:
    """How many numbers and statements fared how, in the width of the terminal."""
    head, *lines = ledger.summary(language).splitlines()
    return [wrapped(head), *(wrapped(line.strip(), "  ") for line in lines)]


def summary(
    ledgers: Sequence[Ledger], changed: Sequence[Drift], language: str = "en", studies: Sequence[Study] = ()
) -> str:
    """Say what was found: rates and differences first, counts of verdicts second, findings third."""
    lines = [line for study in studies for line in (*key_lines(study, language), "")]
    lines += [line for ledger in ledgers for line in counted(ledger, language)]
    ranked = findings(ledgers)
    if ranked:
        shown = spread(ranked, TOP)
        lines += ["", message("summary.findings", shown=len(shown), total=len(ranked)).text(language)]
        labels = {ledger.name: ledger.labels for ledger in ledgers}
        words = {v.claim.id: v.claim.words(language) for ledger in ledgers for v in ledger.claims}
        for finding in shown:
            verdict = message(f"verdict.{finding.verdict}")
            told = message("summary.finding", verdict=verdict, text=words.get(finding.id, finding.text))
            lines.append(wrapped(told.text(language), "  "))
            lines.append(wrapped(text_of(finding.reason, language, labels[finding.survey]), "    "))
            lines.append(f"    {finding.id}")
    return "\n".join([*lines, *told_drifts(ledgers, changed, language)])


def told_drifts(ledgers: Sequence[Ledger], changed: Sequence[Drift], language: str = "en") -> list[str]:
    """Say whether verdicts are the pinned ones."""
    pinned = [ledger.name for ledger in ledgers if len(ledger.facts.survey.verdicts)]
    if not changed:
        return ["", wrapped(message("summary.equal", names=tuple(pinned)).text(language))] if pinned else []
    nothing = message("summary.nothing")
    lines = [
        message("summary.drift_one", id=d.id, pinned=d.pinned or nothing, found=d.found or nothing)
        for d in changed[:DRIFTS]
    ]
    if len(changed) > DRIFTS:
        lines.append(message("summary.more", count=len(changed) - DRIFTS))
    head = message("summary.drift", count=len(changed)).text(language)
    return ["", head, *(f"  {line.text(language)}" for line in lines)]
