"""How do results become one self-contained page?"""

from __future__ import annotations

import base64
import hashlib
import platform
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from aibaro.ledger import Finding
from aibaro.published.bundled import bundled_names, collection_titles
from aibaro.report.chapters import Section, sections
from aibaro.report.chapters.claims import badge
from aibaro.report.exhibits import Exhibit
from aibaro.report.inputs import SurveyResults
from aibaro.report.ledger_rows import LedgerRow, ledger_rows
from aibaro.report.overview import (
    CLAIM_FATES,
    CLAIM_VERDICTS,
    NUMBER_VERDICTS,
    Card,
    answers,
    card,
    chosen_findings,
    sentences,
    survey_line,
    trusted,
)
from aibaro.report.style import house_style
from aibaro.report.svg import with_rules
from aibaro.report.words import LANGUAGES, Text, check_language, count, is_english, place_words, say

KINDS = ("percentage", "count", "verbal", "threshold", "number", "date")
SHORT = 40
LIBRARIES = ("numpy", "pandas", "matplotlib")


@dataclass(frozen=True, slots=True)
class Chapter:
    """One survey in the page.

    Parameters
    ----------
    results : SurveyResults
        Its results.
    sections : tuple of Section
        Its sections.
    rows : tuple of LedgerRow
        Its ledger.
    """

    results: SurveyResults
    sections: tuple[Section, ...]
    rows: tuple[LedgerRow, ...]

    @property
    def exhibits(self) -> tuple[Exhibit, ...]:
        """All figures, in reading order."""
        return _exhibits(self.sections)


def chapters(results: Mapping[str, SurveyResults], figures: str = "files") -> tuple[Chapter, ...]:
    """Lay out the chapters, without figures where none are wanted."""
    found = []
    for entry in results.values():
        parts = sections(entry)
        if figures == "none":
            parts = tuple(replace(part, exhibits=(), more=()) for part in parts)
        found.append(Chapter(entry, parts, ledger_rows(entry)))
    return tuple(found)


def drawings(results: Mapping[str, SurveyResults], executor: Executor) -> Iterator[tuple[tuple[str, str], bytes]]:
    """Let an executor draw every figure once a language; the drawing begins at once, while this goes on."""
    # the survey with most printed numbers has most figures: it is begun first
    order = sorted(results.values(), key=lambda r: -len(r.survey.printed))
    each, lang = zip(*((r, lang) for r in order for lang in LANGUAGES), strict=True)
    return (pair for part in executor.map(_draw, each, lang) for pair in part.items())


def _draw(results: SurveyResults, lang: str) -> dict[tuple[str, str], bytes]:
    return drawn_here(_exhibits(sections(results)), [lang])


def drawn_here(exhibits: Iterable[Exhibit], languages: Sequence[str] = LANGUAGES) -> dict[tuple[str, str], bytes]:
    """Draw figures once a language."""
    with house_style():
        return {(e.key, lang): e.drawing(lang) for e in exhibits for lang in languages}


def _exhibits(parts: Sequence[Section]) -> tuple[Exhibit, ...]:
    """List all figures, in reading order."""
    return tuple(e for s in parts for e in (*s.exhibits, *s.more))


def render(
    parts: Sequence[Chapter],
    drawn: Mapping[tuple[str, str], bytes],
    lang: str = "en",
    ranked: Sequence[Finding] | None = None,
) -> str:
    """Write the page."""
    lines = [survey_line(c.results, c.rows) for c in parts]
    cards = [card(c.results, line) for c, line in zip(parts, lines, strict=True)]
    standfirst = say(_standfirst(len(lines), sum(line.claims for line in lines)), surveys=len(lines))
    script = _asset("report.js")
    figures, rules = with_rules(
        {(e.key, code): e.inline(drawn[e.key, code], code) for c in parts for e in c.exhibits for code in LANGUAGES}
    )
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            lang=check_language(lang),
            languages=LANGUAGES,
            drawn=figures,
            say=say,
            badge=badge,
            count=count,
            parts=parts,
            lines=lines,
            cards=cards,
            headline=_headline(cards),
            sentences=sentences(cards, lines),
            trusted=trusted(cards),
            known={row.key: row.printed for part in parts for row in part.rows},
            shared=_shared(parts),
            standfirst=standfirst,
            answers=answers(lines),
            claim_fates=CLAIM_FATES,
            is_english=is_english,
            place=place_words,
            findings=None if ranked is None else chosen_findings(ranked, [(c.results, c.rows) for c in parts]),
            number_verdicts=NUMBER_VERDICTS,
            claim_verdicts=CLAIM_VERDICTS,
            kinds=[k for k in KINDS if any(r.kind == k for c in parts for r in c.rows)],
            style=Markup(_asset("report.css") + rules),
            script=Markup(script),
            script_hash=_script_hash(script),
            provenance=provenance(parts),
        )
    )


def _shared(parts: Sequence[Chapter]) -> Callable[[Text], tuple[str, bool]]:
    """Give a line of an argument that is written more than once a place, and tell whether it is written now."""
    lines = [line for part in parts for row in part.rows for line in row.argument]
    groups = [group for part in parts for section in part.sections for group in section.claims]
    lines += [line for group in groups for row in group.rows for line in (*row.argument, *row.unless)]
    many = {line: f"s{place}" for place, (line, times) in enumerate(Counter(lines).items()) if times > 1}
    # a short line is no longer than a link to it
    places = {line: key for line, key in many.items() if len(line.en) + len(line.nl) > SHORT}
    seen: set[str] = set()

    def shared(line: Text) -> tuple[str, bool]:
        key = places.get(line, "")
        first = not key or key not in seen
        seen.add(key)
        return key, first

    return shared


def _headline(cards: Sequence[Card]) -> Text:
    """Title of the page: its subject, where one survey or the bundled collection gives one."""
    if len(cards) == 1:
        return say("page.headline_one", title=cards[0].title)
    titles = collection_titles() if len(cards) == len(bundled_names()) else {}
    return Text.labels(titles["en"], titles["nl"]) if titles else say("page.headline")


def provenance(parts: Sequence[Chapter]) -> list[tuple[str, str]]:
    """List versions and hashes of code and data; there is no clock among them."""
    from aibaro import __version__

    rows = [("aibaro", f"{__version__}, sha256 {code_hash()}"), ("Python", platform.python_version())]
    rows += [(name, version(name)) for name in LIBRARIES]
    for chapter in parts:
        survey = chapter.results.survey
        sources = [str(s["sha256"]) for s in survey.metadata.get("sources", []) if s.get("sha256")]
        hashes = [f"{r.get('path')} {r['hash']}" for r in survey.metadata.get("resources", []) if r.get("hash")]
        data = hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()
        edition = str(survey.metadata.get("version", ""))
        rows.append(
            (
                survey.name,
                ", ".join(
                    [*([edition] if edition else []), f"data sha256 {data}", *(f"source sha256 {s}" for s in sources)]
                ),
            )
        )
    return rows


def _standfirst(surveys: int, claims: int) -> str:
    if surveys == 1:
        return "page.standfirst_one"
    return "page.standfirst" if claims else "page.standfirst_numbers"


@cache
def code_hash() -> str:
    """Hash the package's own modules."""
    root = Path(str(files("aibaro")))
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _asset(name: str) -> str:
    return files("aibaro.report.page").joinpath(name).read_text(encoding="utf-8")


def _script_hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@cache
def _environment() -> Environment:
    options: dict[str, Any] = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    return Environment(loader=PackageLoader("aibaro.report", "page"), autoescape=True, **options)
