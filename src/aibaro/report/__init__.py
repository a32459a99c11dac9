"""What does a reader see?  Tables, figures and one self-contained page; no statistic is computed here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aibaro._lazy import on_first_use

if TYPE_CHECKING:
    from aibaro.report.exhibits import Exhibit
    from aibaro.report.inputs import SurveyResults
    from aibaro.report.style import house_style
    from aibaro.report.svg import save_figure
    from aibaro.report.tables import Table
    from aibaro.report.write import write_report

__all__ = ["Exhibit", "SurveyResults", "Table", "house_style", "save_figure", "write_report"]

# matplotlib and Jinja2 are slow to import: they are loaded with the first name that needs them
__getattr__, __dir__ = on_first_use(__name__)
