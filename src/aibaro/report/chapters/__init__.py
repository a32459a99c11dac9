"""What does the report tell of one survey?  One module a group of sections."""

from __future__ import annotations

from aibaro.report.chapters.claims import claims_section, limits_section
from aibaro.report.chapters.comparison import groups_section, ranks_section
from aibaro.report.chapters.design import design_section, response_section
from aibaro.report.chapters.grim import grim_section
from aibaro.report.chapters.overall import overall_section
from aibaro.report.chapters.precision import bounds_section, detection_section, pinned_section
from aibaro.report.chapters.recomputed import recomputed_section
from aibaro.report.chapters.section import Section
from aibaro.report.chapters.shares import domain_section, overview_section, waves_section
from aibaro.report.inputs import SurveyResults
from aibaro.report.names import Names

__all__ = ["Section", "sections"]


def sections(results: SurveyResults) -> tuple[Section, ...]:
    """Give the sections of a survey's chapter, those without content left out."""
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
        detection_section(results),
        bounds_section(results, names),
        ranks_section(results, names),
        claims_section(results),
        pinned_section(results, names),
        limits_section(results),
    ]
    return tuple(section for section in found if section is not None)
