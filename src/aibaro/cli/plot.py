"""``aibaro plot``: one figure of a survey as SVG, PNG or PDF."""

from __future__ import annotations

import argparse
from typing import Any

import pandas as pd

from aibaro.cli._options import add_language, add_output, keep_apart
from aibaro.published import PublishedSurvey, open_survey


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("survey", metavar="SURVEY", help="id of a bundled survey ('aibaro list'), or a folder")
    parser.add_argument(
        "figure",
        metavar="FIGURE",
        help="adoption, population, response-rate, weight, variance-share, response, shares, waves, "
        "groups, recomputed, grim, detection, bounds, ranks, pairs or pinned",
    )
    parser.add_argument(
        "--by",
        default="",
        metavar="DOMAIN",
        help="domain of adoption, bounds, ranks or pairs (default: the one of most levels)",
    )
    parser.add_argument("--item", default="", metavar="ITEM", help="item of the same, such as nlg")
    add_output(parser, "file to write: .svg, .png or .pdf", metavar="FILE", required=True)
    add_language(parser)
    parser.add_argument("--size", choices=("paper", "slide"), default="paper", help="type size (default: paper)")


def run(arguments: argparse.Namespace) -> int:
    """Draw a figure."""
    from aibaro.report.plots import NEEDS, bare_results, draw_exhibit, find_exhibit
    from aibaro.report.svg import save_figure

    keep_apart(arguments.out, command="plot")
    survey = open_survey(arguments.survey)
    results = bare_results(**_entries(survey, NEEDS.get(arguments.figure, ""), arguments.item))
    exhibit = find_exhibit(results, arguments.figure, item=arguments.item, by=arguments.by)
    axes = draw_exhibit(exhibit, lang=arguments.lang, size=arguments.size)
    target = save_figure(
        axes,
        arguments.out,
        title=exhibit.title[arguments.lang],
        description=exhibit.caption[arguments.lang],
        lang=arguments.lang,
    )
    print(f"{exhibit.title[arguments.lang]}: {target}")
    return 0


def _entries(survey: PublishedSurvey, needs: str, item: str) -> dict[str, Any]:
    """Compute what a figure needs, and no more."""
    from aibaro.study import Study, comparison_frames, design_frames, precision_frames, report_frames

    bounds = _bounds(survey, item) if needs == "bounds" else None
    none = {"differences": None, "overall": None}
    study = Study(survey, {**none, "tables": None if bounds is None else (bounds, "")})
    if needs == "ledger":
        return dict(report_frames(study))
    entries: dict[str, Any] = {"survey": survey, **precision_frames(survey, bounds)}
    if len(survey.strata):
        entries |= design_frames(study)
    if needs == "differences":
        found = Study(survey).differences
        entries |= {} if found is None else comparison_frames(found)
    return entries


def _bounds(survey: PublishedSurvey, item: str) -> pd.DataFrame | None:
    """Put intervals beside the bounds of one item: the one named, else the first figure's."""
    from aibaro.reconstruct import bounds_with_intervals, read_bounds
    from aibaro.report.chapters.groups import headline

    bounds = read_bounds(survey)
    if bounds.empty:
        return None
    items = bounds["item"].astype(str)
    wanted = (
        items.str.rpartition(".")[2].eq(item) | items.eq(item)
        if item
        else items.eq(headline(list(items), survey.headline))
    )
    # an item without bounds: the figure says which ones there are
    chosen = bounds[wanted] if wanted.any() else bounds
    return bounds_with_intervals(survey, bounds=chosen) if wanted.any() else chosen
