"""What does a reader see?  Tables, figures and one self-contained page; no statistic is computed here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aibaro.report.exhibits import Exhibit
    from aibaro.report.inputs import SurveyResults
    from aibaro.report.style import house_style
    from aibaro.report.svg import save_figure
    from aibaro.report.tables import Table
    from aibaro.report.write import write_report

__all__ = ["Exhibit", "SurveyResults", "Table", "house_style", "save_figure", "write_report"]

_HOMES = {
    "Exhibit": "exhibits",
    "SurveyResults": "inputs",
    "Table": "tables",
    "house_style": "style",
    "save_figure": "svg",
    "write_report": "write",
}


def __getattr__(name: str) -> Any:
    # matplotlib and Jinja2 are slow to import: load them with the first name that needs them
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"aibaro.report.{_HOMES[name]}"), name)
