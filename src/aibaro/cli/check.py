"""``aibaro check``: everything that the files of a survey of one's own allow."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from aibaro.cli._options import add_language, add_output, keep_apart, require
from aibaro.cli._pipeline import DRAWING, LEDGER, counted, drifts, key_lines, told_drifts, wrapped, write_all
from aibaro.cli._terminal import progress, say
from aibaro.cli._workers import Counted, workers
from aibaro.consistency import ClassShare, Conflict
from aibaro.errors import AibaroError, InputError
from aibaro.ledger import Ledger, build_ledger, ledger_json, text_of, write_ledgers
from aibaro.messages import LANGUAGES, Code, Message, message
from aibaro.published import PublishedSurvey, read
from aibaro.published.bundled import bundled_names
from aibaro.study import PARTS, Study, bounded, compared

# conflicts, and claims that fail, that are written out; the files hold them all
MOST = 10
# equations of a conflict that are written out
EQUATIONS = 3
# what is said of rows, columns and waves without a verdict
CAUTIONS = ("consistency.alike", "consistency.waves_exchanged")
# below this size drawing takes less time than starting processes
SMALL = 400


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("path", metavar="PATH", help="folder of the survey ('aibaro init PATH' makes one)")
    add_output(parser, "folder for the files", default="out")
    add_language(parser)
    parser.add_argument("--xlsx", action="store_true", help="write all tables as a workbook too (extra 'excel')")
    parser.add_argument("--json", action="store_true", help="print the ledger as JSON instead of a summary")
    parser.add_argument("--no-figures", action="store_true", help="write the report without figures and tables: faster")
    parser.add_argument("--quiet", action="store_true", help="print the first lines alone, and no progress")


def run(arguments: argparse.Namespace) -> int:
    """Check a survey and write the same files as ``aibaro replicate``."""
    keep_apart(arguments.out, arguments.path, command="check")
    if arguments.xlsx:
        require("xlsxwriter", where="--xlsx")
    if arguments.path in bundled_names() and not Path(arguments.path).is_dir():
        raise InputError(
            "there is no such folder",
            where="aibaro check",
            parameter="PATH",
            expected="a folder with printed.csv",
            got=arguments.path,
            hint=f"a bundled survey is re-analysed with 'aibaro replicate {arguments.path}'",
        )
    survey = read(arguments.path)
    for note in survey.notes:
        say(f"{note} ('aibaro init {arguments.path} --upgrade' does it)")
    out = Path(arguments.out)
    with progress("checking", 0 if arguments.quiet else LEDGER + 1 + len(PARTS) + DRAWING * len(LANGUAGES)) as step:
        ledger = build_ledger(survey)
        step(LEDGER)
        # whatever happens to the report, the ledger stands
        files = write_ledgers([ledger], out)
        more, trouble, key = _report(survey, ledger, out, arguments, step)
    changed = drifts([ledger], ["*"])
    if arguments.json:
        print(ledger_json([ledger]).rstrip())
    else:
        lines = told(ledger, arguments.lang, key, quiet=arguments.quiet)
        lines += (
            []
            if arguments.quiet
            else [*told_drifts([ledger], changed, arguments.lang), *_files([*files, *more], out, arguments.lang)]
        )
        print("\n".join(lines))
    for line in trouble:
        say(line)
    return 1 if changed or accused(ledger) else 0


def accused(ledger: Ledger) -> int:
    """Count what does not hold: conflicts that no rounding explains, numbers in conflict, claims contradicted."""
    counts = ledger.counts()
    numbers = counts["inconsistent"] + counts["in_conflict"]
    clashes = sum(not conflict.holds_under for conflict in ledger.conflicts)
    return numbers + clashes + ledger.claim_counts()["as_printed"]["contradicted"]


def told(ledger: Ledger, language: str, key: Sequence[str] = (), *, quiet: bool = False) -> list[str]:
    """Say the key figures, what was found and who may be to blame, what could be checked and what would help."""
    total = len(ledger.entries)
    checked = sum(entry.verdict != "not_checkable" for entry in ledger.entries)
    open_conflicts = [conflict for conflict in ledger.conflicts if not conflict.holds_under]
    if open_conflicts:
        first = message("ledger.found_conflicts", name=ledger.name, total=total, count=len(open_conflicts))
    elif checked:
        first = message("ledger.found_nothing", name=ledger.name, total=total, checked=checked)
    else:
        first = message("ledger.found_unchecked", name=ledger.name, total=total)
    lines = [*([*key, ""] if key and not quiet else []), wrapped(first.text(language))]
    for conflict in ledger.conflicts[:MOST]:
        shown = conflict.argument[:1] if quiet else _shown(conflict)
        lines += [wrapped(step.text(language, ledger.labels), "  ") for step in shown]
    alike = [step for entry in ledger.entries for step in entry.argument if step.key in CAUTIONS]
    lines += [f"  {step.text(language)}" for step in list(dict.fromkeys(alike))[:MOST]]
    failing = [verdict for verdict in ledger.claims if verdict.as_printed == "contradicted"]
    for verdict in failing[:MOST]:
        claim = verdict.claim.words(language)
        lines.append(wrapped(message("ledger.found_claim", id=verdict.claim.id, claim=claim).text(language), "  "))
        lines.append(wrapped(text_of(verdict.sentences, language, ledger.labels), "    "))
    if quiet:
        return lines
    lines += [""] if key else []
    lines.append(message("ledger.found_checkable", checked=checked, total=total).text(language))
    if ledger.additions:
        best = ledger.additions[0]
        # some of these may be held against little already
        said = "ledger.found_addition" if best.numbers <= total - checked else "ledger.found_sharper"
        # the row by itself, to be copied as it stands
        lines += [wrapped(message(said, file=best.file, numbers=best.numbers).text(language), "  "), f"    {best.row}"]
    lines += [wrapped(_share(s).text(language, ledger.labels), "  ") for s in ledger.shares[:MOST]]
    return [*lines, *counted(ledger, language)[1:]]


def _share(share: ClassShare) -> Message:
    """A class by its label, and which share of its base it has to be."""
    low, high = round(share.low, 1), round(share.high, 1)
    names = {"level": Code(f"|{share.domain}={share.level}"), "base": Code(f"@{share.base}")}
    if low == high:
        return message("ledger.found_share_value", **names, value=low)
    return message("ledger.found_share", **names, low=low, high=high)


def _shown(conflict: Conflict) -> tuple[Message, ...]:
    """A conflict with the first of its equations; the others are the business of ``explain``."""
    if len(conflict.statements) <= EQUATIONS:
        return conflict.argument
    first, *others = conflict.statements
    more = message("ledger.found_more", count=len(others), id=conflict.ids[0])
    return (*conflict.remedies, *first.argument, more)


def _files(files: list[Path], out: Path, language: str) -> list[str]:
    shown = (*(path.name for path in files[:4]), *(["..."] if len(files) > 4 else []))
    lines = ["", message("summary.files", count=len(files), folder=str(out), names=shown).text(language)]
    page = out / "report.html"
    return [*lines, message("summary.next_page", page=str(page)).text(language)] if page in files else lines


def _report(
    survey: PublishedSurvey, ledger: Ledger, out: Path, arguments: argparse.Namespace, step: Callable[[int], object]
) -> tuple[tuple[Path, ...], list[str], list[str]]:
    """Write comparisons, bounds and the report; print that contradicts itself may leave some of them out."""
    figures = "none" if arguments.no_figures else "files"
    count = 0 if figures == "none" or (len(survey.printed) < SMALL and survey.strata.empty) else 2
    trouble = []
    with workers(count) as pool:
        executor = Counted(pool, step)
        given: dict[str, object] = {"ledger": ledger}
        asked: dict[str, Future[Any]] = {"differences": executor.submit(compared, survey)}
        asked |= {part: executor.submit(bounded, survey, part) for part in PARTS}
        for name, future in asked.items():
            try:
                given[name] = future.result()
            except AibaroError as error:
                given[name] = None
                trouble.append(f"{name}: not computed: {error.faults[0].problem if error.faults else error}")
        study = Study(survey, given)
        key: list[str] = []
        try:
            key = key_lines(study, arguments.lang)
            drawing = Counted(pool, step, DRAWING)
            files = write_all([study], out, arguments.lang, drawing, workbook=arguments.xlsx, figures=figures)
        except AibaroError as error:
            trouble.append(f"the report is not complete: {error}")
            files = ()
    return files, trouble, key
