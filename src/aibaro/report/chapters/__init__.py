"""What does the report tell of one survey?  One module per group of sections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from aibaro.files import slug
from aibaro.report.chapters.claims import claims_section, limits_section
from aibaro.report.chapters.comparison import groups_section, ranks_section
from aibaro.report.chapters.design import design_section, response_section
from aibaro.report.chapters.precision import bounds_section, detection_section, grim_section, pinned_section
from aibaro.report.chapters.recomputed import recomputed_section
from aibaro.report.chapters.section import Section
from aibaro.report.chapters.shares import domain_section, overall_section, overview_section, waves_section
from aibaro.report.exhibits import Exhibit
from aibaro.report.inputs import SurveyResults
from aibaro.report.names import Names

__all__ = ["Section", "sections"]

_TALLEST = 50.0  # inches; a figure of more rows is a table on the page, and its numbers a file


def sections(results: SurveyResults) -> tuple[Section, ...]:
    """Return the sections of a survey's chapter, those without content left out."""
    names = Names.of(results.survey)
    by_domain = domain_section(results, names)
    found = [
        design_section(results, names),
        response_section(results, names),
        by_domain if by_domain is not None else overview_section(results, names),
        overall_section(results, names),
        waves_section(results, names),
        groups_section(results, names),
        recomputed_section(results, names),
        grim_section(results, names),
        detection_section(results, names),
        bounds_section(results, names),
        ranks_section(results, names),
        claims_section(results),
        pinned_section(results, names),
        limits_section(results),
    ]
    return tuple(_named([_readable(section) for section in found if section is not None]))


def _readable(section: Section) -> Section:
    """Leave out figures that are taller than anybody reads; their tables stay."""
    shown, tall = ([e for e in section.exhibits if (e.height > _TALLEST) is high] for high in (False, True))
    more, high = ([e for e in section.more if (e.height > _TALLEST) is high] for high in (False, True))
    if not tall and not high:
        return section
    tables = (*section.tables, *(exhibit.table for exhibit in (*tall, *high)))
    return replace(section, exhibits=tuple(shown), more=tuple(more), tables=tables)


def _named(found: Iterable[Section]) -> Iterator[Section]:
    """Return every figure and table a name of its own that is safe as a file name and as the id of an element.

    Items and levels may be any printable text, and two of them may read alike once their signs are replaced.
    """
    taken: set[str] = set()

    def name(key: str) -> str:
        taken.add(chosen := slug(key, taken))
        return chosen

    def exhibit(drawn: Exhibit) -> Exhibit:
        key = name(drawn.key)
        return replace(drawn, key=key, table=replace(drawn.table, key=key))

    for section in found:
        yield replace(
            section,
            exhibits=tuple(map(exhibit, section.exhibits)),
            more=tuple(map(exhibit, section.more)),
            tables=tuple(replace(table, key=name(table.key)) for table in section.tables),
        )
