"""Which single figure does someone want, and from which survey?"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import pandas as pd

from aibaro.errors import InputError
from aibaro.report.chapters.comparison import groups_section, ranks_section
from aibaro.report.chapters.design import design_section, response_section
from aibaro.report.chapters.groups import figure_key
from aibaro.report.chapters.precision import bounds_section, detection_section, grim_section, pinned_section
from aibaro.report.chapters.recomputed import recomputed_section
from aibaro.report.chapters.section import Section
from aibaro.report.chapters.shares import domain_exhibits, overview_section, waves_section
from aibaro.report.figures.axes import root_figure
from aibaro.report.inputs import SurveyResults
from aibaro.report.names import Names
from aibaro.report.style import WIDTHS, house_style
from aibaro.report.svg import blank_axes, fit_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from aibaro.report.exhibits import Exhibit

# name of a figure -> the section that draws it, and the beginning of its key
SECTIONS: dict[str, tuple[Callable[[SurveyResults, Names], Section | None], str]] = {
    "population": (design_section, "map-population"),
    "response-rate": (design_section, "map-response-rate"),
    "weight": (design_section, "map-weight"),
    "variance-share": (design_section, "map-variance-share"),
    "response": (response_section, "funnel"),
    "shares": (overview_section, "shares"),
    "waves": (waves_section, "waves"),
    "groups": (groups_section, "groups"),
    "recomputed": (recomputed_section, "recomputed"),
    "grim": (grim_section, "grim-power"),
    "detection": (detection_section, "detection"),
    "bounds": (bounds_section, "bounds"),
    "ranks": (ranks_section, "ranks"),
    "pairs": (ranks_section, "pairs"),
    "pinned": (pinned_section, "pinned"),
}
NAMES: tuple[str, ...] = ("adoption", *SECTIONS)
BY_ITEM: tuple[str, ...] = ("bounds", "ranks", "pairs")
NEEDS: dict[str, str] = {
    **dict.fromkeys(("groups", "ranks", "pairs"), "differences"),
    **dict.fromkeys(("recomputed", "shares", "grim"), "ledger"),
    **dict.fromkeys(("adoption", "bounds", "variance-share"), "bounds"),
}


def find_exhibit(results: SurveyResults, name: str, *, item: str = "", by: str = "") -> Exhibit:
    """Find a figure of a survey by name; without a domain that of most levels for which there is one."""
    names = Names.of(results.survey)
    if name not in NAMES:
        raise InputError("unknown figure", parameter="FIGURE", expected=", ".join(NAMES), got=name)
    if name == "adoption":
        known = domain_exhibits(results, names)
        domains = _longest_first(names, {domain for _, domain in known})
        return _adoption(known, item, by or next(iter(domains), ""), results.survey.name)
    section, stem = SECTIONS[name]
    made = section(results, names)
    prefix = f"{results.survey.prefix}-{stem}"
    drawn = {e.key: e for e in (*made.exhibits, *made.more) if e.key.startswith(prefix)} if made else {}
    if not drawn:
        raise InputError(
            "the survey does not print what this figure needs", where=results.survey.name, parameter="FIGURE", got=name
        )
    if name not in BY_ITEM:
        return next(iter(drawn.values()))
    # the first one listed is the headline item
    found: list[Exhibit] = []
    for domain in [by] if by else _longest_first(names, names.order):
        ends = figure_key("", *([item] if item else []), domain)
        found = found or [e for key, e in drawn.items() if key.endswith(ends)]
    if not found or (item and len(found) > 1):
        raise InputError(
            "which item and domain?",
            where=results.survey.name,
            parameter="--item, --by",
            got=f"{item} {by}".strip(),
            expected=", ".join(key.removeprefix(f"{prefix}-") for key in drawn),
        )
    return found[0]


def _longest_first(names: Names, domains: Iterable[str]) -> list[str]:
    """Domains with most levels first."""
    return sorted(domains, key=lambda domain: (-len(names.order.get(domain, ())), domain))


def _adoption(known: dict[tuple[str, str], Exhibit], item: str, by: str, survey: str) -> Exhibit:
    domains = sorted({domain for _, domain in known})
    if by not in domains:
        raise InputError(
            "no item is printed for every level of this domain",
            where=survey,
            parameter="--by",
            expected=", ".join(domains) or "nothing: no domain is printed whole",
            got=by,
        )
    items = [i for i, domain in known if domain == by]
    wanted = item or items[0]
    found = [i for i in items if i == wanted or i.rpartition(".")[2] == wanted]
    if len(found) != 1:
        raise InputError("which item?", where=survey, parameter="--item", expected=", ".join(items), got=wanted)
    return known[found[0], by]


def draw_exhibit(exhibit: Exhibit, *, lang: str = "en", size: str = "paper") -> Axes:
    """Draw a figure with its title, in the house style."""
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
    """Make results that hold a survey and nothing judged."""
    empty = pd.DataFrame({"id": pd.Series(dtype=str), "verdict": pd.Series(dtype=str)})
    return SurveyResults.read({"ledger": empty, **entries}, "figure")
