"""``aibaro plot``: one figure of a survey as SVG, PNG or PDF."""

from __future__ import annotations

import argparse
from typing import Any

import pandas as pd

from aibaro.published import PublishedSurvey, open_survey


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        The parser of the command.
    """
    parser.add_argument("survey", metavar="SURVEY", help="id of a bundled survey ('aibaro list'), or a folder")
    parser.add_argument("figure", metavar="FIGURE",
                        help="adoption, population, response-rate, weight, response or waves")  # fmt: skip
    parser.add_argument("--by", default="sector", metavar="DOMAIN", help="domain of 'adoption' (default: sector)")
    parser.add_argument("--item", default="", metavar="ITEM", help="item of 'adoption', such as nlg")
    parser.add_argument("-o", "--out", required=True, metavar="FILE", help="file to write: .svg, .png or .pdf")
    parser.add_argument("--lang", choices=("en", "nl"), default="en", help="language of the words (default: en)")
    parser.add_argument("--size", choices=("paper", "slide"), default="paper", help="type size (default: paper)")


def run(arguments: argparse.Namespace) -> int:
    """Draw a figure.

    Parameters
    ----------
    arguments : argparse.Namespace
        The parsed arguments.

    Returns
    -------
    int
        0.
    """
    from aibaro.report.plots import bare_results, draw_exhibit, find_exhibit
    from aibaro.report.svg import save_figure

    survey = open_survey(arguments.survey)
    results = bare_results(**_entries(survey))
    exhibit = find_exhibit(results, arguments.figure, item=arguments.item, by=arguments.by)
    axes = draw_exhibit(exhibit, lang=arguments.lang, size=arguments.size)
    target = save_figure(axes, arguments.out, title=exhibit.title[arguments.lang],
                         description=exhibit.caption[arguments.lang], lang=arguments.lang)  # fmt: skip
    print(f"{exhibit.title[arguments.lang]}: {target}")
    return 0


def _entries(survey: PublishedSurvey) -> dict[str, Any]:
    entries: dict[str, Any] = {"survey": survey}
    if len(survey.strata):
        from aibaro.design import Design
        from aibaro.weights import from_strata

        design = Design.from_strata(survey.strata)
        entries |= {"design": design, "strata": from_strata(design).to_frame()}
    bounds = survey.folder / "bounds.csv"
    if bounds.is_file():
        entries["bounds"] = pd.read_csv(bounds)
    return entries
