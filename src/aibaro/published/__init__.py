"""What was printed, by whom, where?  The bundled surveys, and how a survey of one's own is read and checked."""

from __future__ import annotations

from aibaro.published._claims import join_references, split_parameters, split_references, split_sections
from aibaro.published._folder import read
from aibaro.published._printed_tables import printed_table, table_cells, table_numbers
from aibaro.published._rules import Parameter, Rule, claim_parameters, nearest, rules
from aibaro.published._second_reading import left_over, second_reading
from aibaro.published._survey import PublishedSurvey
from aibaro.published._templates import small_survey, templates
from aibaro.published._upgrade import upgrade
from aibaro.published.bundled import catalogue, load, open_survey, unknown_id
from aibaro.published.descriptor import Declaration, Setting, settings
from aibaro.published.wide_folder import printed_sheet

__all__ = [
    "Declaration",
    "Parameter",
    "PublishedSurvey",
    "Rule",
    "Setting",
    "catalogue",
    "claim_parameters",
    "join_references",
    "left_over",
    "load",
    "nearest",
    "open_survey",
    "printed_sheet",
    "printed_table",
    "read",
    "rules",
    "second_reading",
    "settings",
    "small_survey",
    "split_parameters",
    "split_references",
    "split_sections",
    "table_cells",
    "table_numbers",
    "templates",
    "unknown_id",
    "upgrade",
]
