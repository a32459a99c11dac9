"""Which single figure does someone want, and from which survey?"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pandas as pd

from aibaro.errors import InputError
from aibaro.report.chapters.design import design_section, response_section
from aibaro.report.chapters.shares import domain_exhibits, waves_section
from aibaro.report.figures.axes import root_figure
from aibaro.report.inputs import SurveyResults
from aibaro.report.names import Names
from aibaro.report.style import WIDTHS, house_style
from aibaro.report.svg import blank_axes, fit_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from aibaro.report.exhibits import Exhibit

NAMES: tuple[str, ...] = ("adoption", "population", "response-rate", "weight", "response", "waves")


def find_exhibit(results: SurveyResults, name: str, *, item: str = "", by: str = "sector") -> Exhibit:
    """Find a figure of a survey by name.

    Parameters
    ----------
    results : SurveyResults
        Results of the survey; ``survey``, ``design`` and ``strata`` suffice.
    name : {"adoption", "population", "response-rate", "weight", "response", "waves"}
        The figure.
    item : str
        For adoption: the item, or the end of its name (``nlg`` for ``technology.nlg``).
    by : str
        For adoption: the domain.

    Returns
    -------
    Exhibit
        The figure.

    Raises
    ------
    InputError
        For an unknown figure, item or domain, and where the survey does not print what the figure needs.
    """
    names = Names.of(results.survey)
    if name not in NAMES:
        raise InputError("unknown figure", parameter="FIGURE", expected=", ".join(NAMES), got=name)
    if name == "adoption":
        return _adoption(domain_exhibits(results, names), item, by, results.survey.name)
    sections = {"waves": waves_section, "response": response_section}
    section = sections.get(name, design_section)(results, names)
    wanted = name if name in {"waves"} else {"response": "funnel"}.get(name, f"map-{name}")
    found = [e for e in (section.exhibits if section else ()) if e.key.replace("_", "-").endswith(wanted)]
    if not found:
        raise InputError("the survey does not print what this figure needs", where=results.survey.name,
                         parameter="FIGURE", got=name)  # fmt: skip
    return found[0]


def _adoption(known: dict[tuple[str, str], Exhibit], item: str, by: str, survey: str) -> Exhibit:
    domains = sorted({domain for _, domain in known})
    if by not in domains:
        raise InputError("no item is printed for every level of this domain", where=survey, parameter="--by",
                         expected=", ".join(domains) or "nothing: no domain is printed whole", got=by)  # fmt: skip
    items = [i for i, domain in known if domain == by]
    wanted = item or items[0]
    found = [i for i in items if i == wanted or i.rpartition(".")[2] == wanted]
    if len(found) != 1:
        raise InputError("which item?", where=survey, parameter="--item", expected=", ".join(items), got=wanted)
    return known[found[0], by]


def draw_exhibit(exhibit: Exhibit, *, lang: str = "en", size: str = "paper") -> Axes:
    """Draw a figure with its title, in the house style.

    Parameters
    ----------
    exhibit : Exhibit
        The figure.
    lang : {"en", "nl"}
        Language.
    size : {"paper", "slide"}
        Where it will stand.

    Returns
    -------
    matplotlib.axes.Axes
        Its axes.
    """
    with house_style(size):
        lines = textwrap.wrap(exhibit.title[lang], 46)
        axes = blank_axes(exhibit.height + 0.2 + 0.16 * len(lines), size)
        exhibit.draw(axes, lang)
        figure = root_figure(axes)
        fit_axes(axes)
        unit = figure.get_figwidth() / WIDTHS["paper"] / figure.get_figheight()
        figure.text(0.01, 1 - 0.06 * unit, "\n".join(lines), weight="bold", va="top")
        place = axes.get_position()
        shift = (0.2 + 0.16 * len(lines)) * unit
        axes.set_position((place.x0, place.y0, place.width, place.height - shift))
    return axes


def bare_results(**entries: object) -> SurveyResults:
    """Make results that hold a survey and nothing judged.

    Parameters
    ----------
    **entries : object
        Fields of :class:`SurveyResults`; the ledger is empty.

    Returns
    -------
    SurveyResults
        The results.
    """
    empty = pd.DataFrame({"id": pd.Series(dtype=str), "verdict": pd.Series(dtype=str)})
    return SurveyResults.read({"ledger": empty, **entries}, "figure")
